//! What theory says where no formula is exact: all flows of an island at once, each queue by itself.
//!
//! ```text
//!            ┌────────── rates, variability (qna) ──────────┐
//!   flows ──▶ walk (programs) ──▶ queues (station) ──▶ passive components ──▶ again, until nothing changes
//!            └── times and chances of each place ◀──────────┘
//! ```
//!
//! | file | what |
//! |---|---|
//! | `source` | how variable arrivals are |
//! | `walk` | programs: visits, chances of a good end, times to it |
//! | `variability` | which queue feeds which |
//! | `service` | what occupies a server |
//! | `station` | a queue by itself |
//! | `passive` | caches, and units that are held |
//! | `solve` | the fixed point |
//! | `rows` | what it says of flows and components |
//! | `span` | durations by two moments |

mod passive;
mod rows;
mod service;
mod solve;
mod source;
mod span;
mod station;
mod variability;
mod walk;

use super::{Island, Overloaded, Theory};
use crate::check::model::Model;
use solve::{Failure, solve};
use std::collections::BTreeMap;

/// What power follows from, beside utilisation: by component.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extra {
    /// Share of the servers that is off, and being set up.
    pub off: f64,
    pub starting: f64,
    /// Mean instances that send, and that receive.
    pub tx: f64,
    pub rx: f64,
    /// Bits on the wire [1/s].
    pub bits: f64,
    /// Factor of active power by its law.
    pub active: f64,
}

/// What the decomposition leaves to what is said of the whole.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub extra: BTreeMap<usize, Extra>,
    /// Service that each flow asks of each component [s/s]: (component, flow).
    pub asked: BTreeMap<(usize, usize), f64>,
    /// Requests born of each flow [1/s].
    pub born: BTreeMap<usize, f64>,
    /// Flows whose requests start others.
    pub spawns: bool,
}

/// Solves an island, and says what follows.
pub(super) fn decompose(model: &Model<'_>, island: &Island, horizon: f64, theory: &mut Theory, found: &mut Found) {
    match solve(model, island, horizon) {
        Ok(solved) => rows::predict(model, island, &solved, theory, found),
        Err(Failure::Declined(reasons)) => reasons.into_iter().for_each(|(what, why)| theory.decline(&what, why)),
        Err(Failure::Overloaded(components)) => {
            for flow in &island.flows {
                let names: Vec<String> = components.iter().map(|(name, _)| format!("`{name}`")).collect();
                let why = format!("{} cannot do what is asked: there is no steady state", names.join(", "));
                theory.decline(&model.system.flows[*flow].name, why);
            }
            for (component, offered) in components {
                if !theory.overloaded.iter().any(|other| other.component == component) {
                    theory.overloaded.push(Overloaded { component, offered });
                }
            }
        }
    }
}
