//! A plain pool of threads with one queue.

use super::worker_pool::{Overflow, Pool, Steal, Threads, whole};
use super::{Discipline, Policy};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use serde::{Deserialize, Serialize};

/// Threads that take tasks from one queue, in order. More threads than cores share the cores equally.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThreadPool {
    /// Threads (default: one per core).
    pub threads: Option<Scalar>,
    /// Room in the queue; a further task is dropped (default: no limit).
    pub queue: Option<Scalar>,
}

impl Discipline for ThreadPool {
    fn policy(&self, lower: &Lower<'_>, at: &Path) -> Policy {
        let workers = match &self.threads {
            Some(n) => Threads::Number(lower.whole(&at.field("threads"), n, 1, 1 << 20) as u32),
            None => Threads::PerCore(1.0),
        };
        Pool {
            workers,
            local_room: 0,
            global_room: whole(lower, at.field("queue"), &self.queue, 1, u32::MAX),
            overflow: Overflow::Drop,
            steal: Steal::Never,
            ..Pool::basic()
        }
        .policy(None)
    }
}
