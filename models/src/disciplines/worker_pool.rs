//! Worker pools: threads that take tasks from queues of their own and from a common one, and steal from each other.
//!
//! ```text
//!   from outside ──▶ [ global queue ] ──▶ a worker that has nothing, or at every n-th of its tasks
//!                          ▲ half of a local queue that is full
//!   from a task ──▶ [ slot ] [ local queue ] ──▶ its worker
//!                                  └──▶ another worker that steals
//! ```
//!
//! The rules are those of Blumofe and Leiserson (1999, "Scheduling multithreaded computations by work stealing") with what
//! the runtimes of today have added. `WorkStealing`, `Tokio`, `Go` and `ThreadPool` are sets of these rules; what a pool
//! does while it runs lives in `simulation/workers.rs`.

use super::{Order, Policy};
use crate::lower::{Lower, Path};
use crate::resources::FigureName;
use crate::spec::Scalar;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// Where the owner of a local queue takes the next task; thieves take the oldest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Local {
    /// The oldest.
    #[default]
    Fifo,
    /// The newest.
    Lifo,
}

/// How much a thief takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Steal {
    /// Nothing: workers do not steal.
    Never,
    /// One task.
    One,
    /// Half of the queue, rounded up.
    #[default]
    Half,
}

/// Where a worker looks that has nothing of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Search {
    /// Into the global queue, then at the other workers.
    #[default]
    GlobalFirst,
    /// At the other workers, then into the global queue.
    OthersFirst,
}

/// Where tasks from outside go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Outside {
    /// Into the global queue.
    #[default]
    Global,
    /// Into the local queue of a worker, each with equal probability.
    Random,
}

/// What happens to a task from outside that finds the global queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Overflow {
    /// It is dropped.
    #[default]
    Drop,
    /// It goes into the local queue of a worker, each with equal probability; it is dropped when that is full as well.
    Local,
}

/// The place for the newest task that a worker's own task has started: it is next, before the local queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Slot {
    /// There is none.
    #[default]
    None,
    /// Nobody else may take from it.
    Private,
    /// A thief takes from it where the local queue is empty.
    Stealable,
}

/// How much a worker takes from the global queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Batch {
    /// One task.
    #[default]
    One,
    /// Its share, tasks / workers + 1, but not more than half of a local queue.
    Share,
}

/// A number of threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threads {
    /// So many for each core.
    PerCore(f64),
    /// So many.
    Number(u32),
}

impl Threads {
    /// The number for so many cores, at least one.
    pub fn on(self, cores: u32) -> u32 {
        match self {
            Threads::PerCore(share) => (share * f64::from(cores)).ceil().max(1.0) as u32,
            Threads::Number(n) => n.max(1),
        }
    }
}

/// The rules of a pool, resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pool {
    /// Workers.
    pub workers: Threads,
    /// The most threads for blocking tasks.
    pub blocking: Threads,
    /// Room in a local queue; 0: there are none, `u32::MAX`: no limit.
    pub local_room: u32,
    /// Order of a local queue.
    pub local: Local,
    /// Room in the global queue; `u32::MAX`: no limit.
    pub global_room: u32,
    /// What becomes of a task that finds it full.
    pub overflow: Overflow,
    /// How much is stolen.
    pub steal: Steal,
    /// Where a worker looks.
    pub search: Search,
    /// Victims that one search tries; `u32::MAX`: all.
    pub attempts: u32,
    /// Waiting tasks that a victim has at least.
    pub threshold: u32,
    /// Time of a search [ticks].
    pub steal_cost: u64,
    /// The greatest share of the workers that search at once.
    pub searchers: f64,
    /// Whether a task that is queued at a busy worker wakes an idle one.
    pub wakes: bool,
    /// Where tasks from outside go.
    pub outside: Outside,
    /// The slot.
    pub slot: Slot,
    /// The most tasks that come from the slot in a row.
    pub slot_polls: u32,
    /// A worker looks into the global queue first at each so many-th task; 0: never.
    pub global_interval: u64,
    /// The interval follows the mean time of a task.
    pub adaptive_interval: bool,
    /// How much a worker takes from the global queue.
    pub batch: Batch,
    /// A worker looks after events at each so many-th task.
    pub event_interval: u64,
    /// What that costs it [ticks].
    pub event_cost: u64,
    /// Stack of a thread [bit].
    pub stack: f64,
    /// Stack of a task [bit].
    pub task_stack: f64,
}

impl Pool {
    /// What all pools start from: FIFO queues of 256 that overflow by half, a global queue of 1000, half is stolen.
    pub fn basic() -> Pool {
        Pool {
            workers: Threads::PerCore(1.0),
            blocking: Threads::Number(512),
            local_room: 256,
            local: Local::Fifo,
            global_room: 1000,
            overflow: Overflow::Drop,
            steal: Steal::Half,
            search: Search::GlobalFirst,
            attempts: u32::MAX,
            threshold: 1,
            steal_cost: 0,
            searchers: 0.5,
            wakes: true,
            outside: Outside::Global,
            slot: Slot::None,
            slot_polls: 3,
            global_interval: 61,
            adaptive_interval: false,
            batch: Batch::One,
            event_interval: 61,
            event_cost: 0,
            stack: 2.0 * MIB,
            task_stack: 0.0,
        }
    }

    /// The policy of a pool with these rules.
    pub fn policy(self, slice: Option<u64>) -> Policy {
        Policy { quantum: slice.map(|slice| (slice.max(1), 0)), ..Policy::in_order(Order::Workers(self)) }
    }

    /// Whether no worker is ever idle while a task waits, and nothing is dropped or costs time.
    pub fn conserves_work(&self) -> bool {
        let shared = self.local_room == 0
            || (self.steal != Steal::Never
                && self.attempts == u32::MAX
                && self.threshold == 1
                && self.wakes
                && self.slot != Slot::Private);
        shared && self.global_room == u32::MAX && self.steal_cost == 0 && self.event_cost == 0
    }
}

/// Bits in a mebibyte.
pub const MIB: f64 = 8.0 * 1024.0 * 1024.0;

/// A whole number from a field, or what stands there already.
pub(super) fn whole(lower: &Lower<'_>, at: Path, field: &Option<Scalar>, least: u64, otherwise: u32) -> u32 {
    field.as_ref().map_or(otherwise, |n| lower.whole(&at, n, least, u64::from(u32::MAX)) as u32)
}

/// A time in ticks.
pub(super) fn span(lower: &Lower<'_>, at: Path, field: &Option<Scalar>) -> Option<u64> {
    field.as_ref().map(|time| lower.clock().span(lower.not_negative(&at, time, Dimension::TIME)))
}

/// The figures of components that schedule in one of the ways that have some; the others are left out of a table.
pub const FIGURES: &[FigureName] = &[
    FigureName::of("steals", Dimension::RATE, "searches that found something to steal"),
    FigureName::of("failed_steals", Dimension::RATE, "searches that found nothing to steal"),
    FigureName::of("stolen", Dimension::RATE, "tasks that changed their worker by stealing"),
    FigureName::of("overflowed", Dimension::RATE, "tasks moved to the global queue because a local one was full"),
    FigureName::of("global_queue", Dimension::NONE, "mean tasks in the global queue"),
    FigureName::of("local_queues", Dimension::NONE, "mean tasks in all local queues and slots"),
    FigureName::share("searching", "mean share of the workers that search for work"),
    FigureName::of("blocking_threads", Dimension::NONE, "mean busy threads of the blocking pool"),
    FigureName::of("blocking_threads_max", Dimension::NONE, "threads that the blocking pool has had to start"),
    FigureName::of("stack_memory", Dimension::DATA, "stacks of workers, blocking threads and tasks, at the most"),
    FigureName::of("skipped", Dimension::RATE, "requests skipped because their deadline had passed at their turn"),
    FigureName::of("switches", Dimension::RATE, "changes of the policy"),
    FigureName::share("calm", "share of time under the policy for calm times"),
    FigureName::share("crowded", "share of time under the policy for long queues of unequal jobs"),
    FigureName::share("urgent", "share of time under the policy for urgent jobs"),
    FigureName::of("interrupts", Dimension::RATE, "interrupts that were acknowledged"),
    FigureName::share("handling", "mean share of the cores that handle interrupts"),
];
