//! The scheduler of the Tokio runtime for Rust.

use super::worker_pool::{Batch, MIB, Pool, Slot, Threads};
use super::{Discipline, Policy};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// A configuration of the runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum TokioPreset {
    /// As it comes: a worker per core, an adaptive interval, at most 512 blocking threads, stacks of 2 MiB.
    #[default]
    Stock,
    /// A worker per core, 2 blocking threads per core, stacks of 2 MB, the global queue at each 61st task.
    Balanced,
    /// 2 workers per core, 4 blocking threads per core, stacks of 4 MB, the global queue at each 31st task.
    HighThroughput,
    /// A worker per core, 1 blocking thread per core, stacks of 1 MB, the global queue at every task.
    LowLatency,
}

/// The multi-threaded scheduler of Tokio (source of its version 1, 2026): local queues of 256, half of which overflows
/// into an unbounded global queue; thieves take half from a random victim on, at most half of the workers at once; a slot
/// that is not stealable, from which at most 3 tasks come in a row; the global queue and events at intervals.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tokio {
    /// The configuration (default `Stock`).
    pub preset: TokioPreset,
}

impl Discipline for Tokio {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        let stock = Pool {
            global_room: u32::MAX,
            slot: Slot::Private,
            batch: Batch::Share,
            adaptive_interval: true,
            ..Pool::basic()
        };
        let preset = |workers: f64, blocking: f64, megabytes: f64, interval: u64| Pool {
            workers: Threads::PerCore(workers),
            blocking: Threads::PerCore(blocking),
            stack: megabytes * 8e6,
            global_interval: interval,
            adaptive_interval: false,
            event_interval: 1,
            ..stock
        };
        match self.preset {
            TokioPreset::Stock => Pool { stack: 2.0 * MIB, ..stock },
            TokioPreset::Balanced => preset(1.0, 2.0, 2.0, 61),
            TokioPreset::HighThroughput => preset(2.0, 4.0, 4.0, 31),
            TokioPreset::LowLatency => preset(1.0, 1.0, 1.0, 1),
        }
        .policy(None)
    }
}
