//! Last come, first served, preemptive.

use super::{Discipline, Order, Policy, Preemption};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// Last come, first served: an arrival takes the place of the job that started last. With `Resume` (the default) the
/// mean sojourn depends on the service distribution by its mean only (Baskett, Chandy, Muntz and Palacios 1975).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LifoPreemptive {
    /// What happens to the work done.
    pub preemption: Preemption,
}

impl Default for LifoPreemptive {
    fn default() -> Self {
        LifoPreemptive { preemption: Preemption::Resume }
    }
}

impl Discipline for LifoPreemptive {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy {
            preemption: self.preemption,
            preempts: |arriving, running| arriving.sequence > running.sequence,
            ..Policy::in_order(Order::Keyed(|job| u64::MAX - job.sequence))
        }
    }
}
