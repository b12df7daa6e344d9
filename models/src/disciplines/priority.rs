//! Priorities.

use super::{Discipline, Order, Policy, Preemption, ascending};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// The highest priority first, first come first served within one (Cobham 1954). The victim of preemption is the lowest
/// priority, then the latest started.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Priority {
    /// Whether a more urgent arrival interrupts, and what happens to the work done.
    pub preemption: Preemption,
    /// Whether a job whose deadline has passed when its turn comes is skipped: it leaves as timed out.
    pub skip_late: bool,
}

impl Discipline for Priority {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy {
            preemption: self.preemption,
            skip_late: self.skip_late,
            preempts: |arriving, running| arriving.priority > running.priority,
            ..Policy::in_order(Order::Keyed(|job| ascending(-job.priority)))
        }
    }
}
