//! The scheduler of the Go runtime.

use super::worker_pool::{Batch, Pool, Slot, Threads};
use super::{Discipline, Policy};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// The scheduler of Go (source of its runtime): a processor per core with a local queue of 256, half of which overflows
/// into an unbounded global queue; the global queue at each 61st task; thieves take half, the newest task too where
/// there is no other; slices of 10 ms, after which a task goes to the global queue; stacks of 2 KiB per task; at most
/// 10 000 threads for blocking calls.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Go {
    /// Processors (`GOMAXPROCS`; default: one per core).
    pub processors: Option<Scalar>,
    /// Length of a slice (default 10 ms).
    pub slice: Option<Scalar>,
}

impl Discipline for Go {
    fn policy(&self, lower: &Lower<'_>, at: &Path) -> Policy {
        let workers = match &self.processors {
            Some(n) => Threads::Number(lower.whole(&at.field("processors"), n, 1, 1 << 20) as u32),
            None => Threads::PerCore(1.0),
        };
        let slice = match &self.slice {
            Some(slice) => lower.positive(&at.field("slice"), slice, Dimension::TIME),
            None => 10e-3,
        };
        let pool = Pool {
            workers,
            blocking: Threads::Number(10_000),
            global_room: u32::MAX,
            slot: Slot::Stealable,
            slot_polls: u32::MAX,
            batch: Batch::Share,
            // Threads have small stacks of the scheduler only; tasks bring theirs.
            stack: 16.0 * 8192.0,
            task_stack: 2.0 * 8192.0,
            ..Pool::basic()
        };
        pool.policy(Some(lower.clock().span(slice)))
    }
}
