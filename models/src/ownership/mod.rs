//! What can be said before a run of what requests take and give back.
//!
//! ```text
//!   program ──walk──▶ what each flow takes, where, and what it holds meanwhile; whether every way gives it back once
//!                          ├──pools──▶ one component taken several times by one request
//!                          └──order──▶ circles of components taken in different orders
//! ```
//!
//! The walk is over the compiled program, every way that a request may take, whatever its probability. It proves what the
//! structure of flows promises; the two others find deadlocks that may come (Coffman, Elphick, Shoshani 1971: a circle of
//! those who hold and wait).

mod order;
mod pools;
mod walk;

pub use order::{Circle, Edge, circles};
pub use pools::{Draws, draws};
pub use walk::{Asked, Ownership, Violation, walk};

use crate::lower::Problem;
use crate::resources::Exclusion;
use crate::system::{Arrivals, System};

/// What is wrong for certain: a request that waits for itself.
pub(crate) fn check(system: &System) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for (flow, _) in system.flows.iter().enumerate().filter(|(_, flow)| flow.arrivals.is_some()) {
        for asked in walk(system, flow).asked {
            let Some(message) = pools::waits_for_itself(system, &asked) else { continue };
            let help = "take it once, around both blocks, or give the inner one a component of its own";
            let path = system.program.places[asked.ask].path.clone();
            let problem = Problem { path, message, help: Some(help.into()), warning: asked.ends_by_itself };
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    problems
}

/// What the component that a question is about keeps from others.
fn exclusion(system: &System, ask: usize) -> Exclusion {
    let station = system.program.asks[ask].station;
    let passive = system.resources.iter().find(|passive| passive.station == station);
    passive.map_or(Exclusion::Nothing, |passive| passive.prototype.exclusion())
}

/// The most that a question may ask for; `None` where that is not known.
fn most(system: &System, ask: usize) -> Option<f64> {
    let Some(draw) = &system.program.asks[ask].amount else { return Some(1.0) };
    let distribution = &draw.distribution;
    if distribution.is_constant() {
        return Some(distribution.mean().round());
    }
    let Exclusion::Units(capacity) = exclusion(system, ask) else { return None };
    // More than there are is refused.
    let below = |n: u32| distribution.cdf(f64::from(n) + 0.5);
    let within = (1..capacity.min(10_000.0) as u32).find(|n| below(*n).is_some_and(|share| share > 1.0 - 1e-12));
    below(1).map(|_| within.map_or(capacity, f64::from))
}

/// Requests of a flow that there can be at once, where that is known: the users of a closed one.
fn users(system: &System, flow: usize) -> Option<u64> {
    match system.flows[flow].arrivals {
        Some(Arrivals::Closed { users, .. }) => Some(u64::from(users) * u64::from(system.flows[flow].count)),
        _ => None,
    }
}
