//! Shortest remaining processing time.

use super::{Discipline, Order, Policy, Preemption, ascending};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// Shortest remaining processing time, preemptive (Schrage and Miller 1966).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Srpt {}

impl Discipline for Srpt {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy {
            preemption: Preemption::Resume,
            preempts: |arriving, running| arriving.remaining < running.remaining,
            ..Policy::in_order(Order::Keyed(|job| ascending(job.remaining)))
        }
    }
}
