//! Shortest job first.

use super::{Discipline, Order, Policy, ascending};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// Shortest job first, without preemption (Phipps 1956).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sjf {}

impl Discipline for Sjf {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy::in_order(Order::Keyed(|job| ascending(job.demand)))
    }
}
