//! Work stealing with rules of one's own.

use super::worker_pool::{Batch, Local, Outside, Overflow, Pool, Search, Slot, Steal, Threads, span, whole};
use super::{Discipline, Policy};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// One worker per core with a queue of its own, a global queue, and stealing (Blumofe and Leiserson 1999).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkStealing {
    /// How much a thief takes: `Never`, `One`, `Half` (default).
    pub steal: Option<Steal>,
    /// Where a worker without tasks looks: `GlobalFirst` (default) or `OthersFirst`.
    pub search: Option<Search>,
    /// Where tasks from outside go: `Global` (default) or `Random`, to a worker at random.
    pub arrivals: Option<Outside>,
    /// Workers (default: one per core).
    pub workers: Option<Scalar>,
    /// Order of a local queue for its owner: `Fifo` (default) or `Lifo`; thieves take the oldest.
    pub local: Option<Local>,
    /// Room in a local queue; half of a full one moves to the global queue (default 256, 0: none).
    pub local_queue: Option<Scalar>,
    /// Room in the global queue (default 1000).
    pub global_queue: Option<Scalar>,
    /// A task from outside that finds the global queue full: `Drop` (default), or `Local` to a worker at random.
    pub overflow: Option<Overflow>,
    /// Victims that a search tries, from a random one on (default: all).
    pub attempts: Option<Scalar>,
    /// Waiting tasks that a victim must have (default 1).
    pub threshold: Option<Scalar>,
    /// Time of a search (default 0).
    pub steal_cost: Option<Scalar>,
    /// The greatest share of the workers that search at once (default 0.5).
    pub searchers: Option<Scalar>,
    /// Whether a task that is queued at a busy worker wakes an idle one (default true).
    pub wakes: Option<bool>,
    /// The place of the newest task that a task has started: `None` (default), `Private`, `Stealable`.
    pub lifo_slot: Option<Slot>,
    /// The most tasks that come from that place in a row (default 3).
    pub slot_polls: Option<Scalar>,
    /// A worker looks into the global queue first at each so many-th task (default 61, 0: never).
    pub global_queue_interval: Option<Scalar>,
    /// Whether that interval follows the mean time of a task: 200 us / mean, from 2 to 127 (default false).
    pub adaptive_interval: Option<bool>,
    /// How much a worker takes from the global queue: `One` (default), `Share`.
    pub batch: Option<Batch>,
    /// A worker looks after events at each so many-th task (default 61).
    pub event_interval: Option<Scalar>,
    /// What that costs (default 0).
    pub event_cost: Option<Scalar>,
    /// Time after which a task is put at the end of the global queue, where others wait (default: none).
    pub slice: Option<Scalar>,
    /// The most threads for blocking tasks (default 512).
    pub blocking: Option<Scalar>,
    /// Stack of a thread (default 2 MiB).
    pub stack: Option<Scalar>,
}

impl Discipline for WorkStealing {
    fn policy(&self, lower: &Lower<'_>, at: &Path) -> Policy {
        let basic = Pool::basic();
        let threads = |field: &str, n: &Option<Scalar>, otherwise: Threads| match n {
            Some(n) => Threads::Number(lower.whole(&at.field(field), n, 1, 1 << 20) as u32),
            None => otherwise,
        };
        let number =
            |field: &str, n: &Option<Scalar>, least, otherwise| whole(lower, at.field(field), n, least, otherwise);
        let pool = Pool {
            workers: threads("workers", &self.workers, basic.workers),
            blocking: threads("blocking", &self.blocking, basic.blocking),
            local_room: number("local_queue", &self.local_queue, 0, basic.local_room),
            local: self.local.unwrap_or_default(),
            global_room: number("global_queue", &self.global_queue, 1, basic.global_room),
            overflow: self.overflow.unwrap_or_default(),
            steal: self.steal.unwrap_or_default(),
            search: self.search.unwrap_or_default(),
            attempts: number("attempts", &self.attempts, 1, basic.attempts),
            threshold: number("threshold", &self.threshold, 1, basic.threshold),
            steal_cost: span(lower, at.field("steal_cost"), &self.steal_cost).unwrap_or(0),
            searchers: self.searchers.as_ref().map_or(0.5, |s| lower.probability(&at.field("searchers"), s)),
            wakes: self.wakes.unwrap_or(true),
            outside: self.arrivals.unwrap_or_default(),
            slot: self.lifo_slot.unwrap_or_default(),
            slot_polls: number("slot_polls", &self.slot_polls, 1, basic.slot_polls),
            global_interval: u64::from(number("global_queue_interval", &self.global_queue_interval, 0, 61)),
            adaptive_interval: self.adaptive_interval.unwrap_or(false),
            batch: self.batch.unwrap_or_default(),
            event_interval: u64::from(number("event_interval", &self.event_interval, 1, 61)),
            event_cost: span(lower, at.field("event_cost"), &self.event_cost).unwrap_or(0),
            stack: match &self.stack {
                Some(stack) => lower.not_negative(&at.field("stack"), stack, Dimension::DATA),
                None => basic.stack,
            },
            task_stack: 0.0,
        };
        let needs_queues =
            [("local_queue", pool.outside == Outside::Random), ("local_queue", pool.overflow == Overflow::Local)];
        if let (0, Some((field, _))) = (pool.local_room, needs_queues.iter().find(|(_, needed)| *needed)) {
            let help = "give `local_queue: 256`";
            lower.problem_with_help(&at.field(field), "there are no local queues for tasks to go to", help);
        }
        if self.adaptive_interval == Some(true) && self.global_queue_interval.is_some() {
            let help = "leave one of them out";
            lower.problem_with_help(&at.field("adaptive_interval"), "the interval is both given and adaptive", help);
        }
        pool.policy(
            self.slice
                .as_ref()
                .map(|slice| lower.clock().span(lower.positive(&at.field("slice"), slice, Dimension::TIME))),
        )
    }
}
