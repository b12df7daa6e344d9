//! Earliest deadline first.

use super::{Discipline, Order, Policy, Preemption};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// Earliest deadline first (Liu and Layland 1973); jobs without a deadline come last, in order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Edf {
    /// Whether an earlier deadline interrupts, and what happens to the work done.
    pub preemption: Preemption,
    /// Whether a job whose deadline has passed when its turn comes is skipped: it leaves as timed out.
    pub skip_late: bool,
}

impl Discipline for Edf {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy {
            preemption: self.preemption,
            skip_late: self.skip_late,
            preempts: |arriving, running| arriving.deadline < running.deadline,
            ..Policy::in_order(Order::Keyed(|job| job.deadline))
        }
    }
}
