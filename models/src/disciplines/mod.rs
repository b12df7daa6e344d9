//! The order of service: one discipline per file, named as in the literature.
//!
//! A discipline is a [`Policy`]: the order in which waiting jobs are taken, when an arrival takes the place of a job in
//! service, and whether service is given in slices or shared. To add one, write a file with a type that implements
//! [`Discipline`] and add its line below. What a job *is* while it runs lives in [`crate::simulation`].

mod adaptive;
mod auto;
mod edf;
mod fcfs;
mod go;
mod lifo;
mod lifo_preemptive;
mod priority;
mod random;
mod round_robin;
mod sharing;
mod sjf;
mod srpt;
mod thread_pool;
mod tokio;
mod weighted_sharing;
mod work_stealing;
mod worker_pool;

pub use adaptive::{Mood, Rules, Seen};
pub use auto::{Choice, choose};
pub use worker_pool::{Batch, FIGURES, Local, Outside, Overflow, Pool, Search, Slot, Steal, Threads};

use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// Declares the list of disciplines: how each is written in a file, what it is, and which file it lives in.
macro_rules! disciplines {
    ($($name:ident($type:ty) $about:literal,)*) => {
        /// A discipline as written.
        #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
        #[allow(missing_docs)]
        pub enum Scheduler { $($name($type),)* }

        impl Scheduler {
            /// Names and one line each, for `loadgraph list`.
            pub const LIST: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $about),)*];

            /// What it does.
            pub fn policy(&self, lower: &Lower<'_>, at: &Path) -> Policy {
                match self { $(Scheduler::$name(discipline) => discipline.policy(lower, at),)* }
            }

            /// Its name.
            pub fn name(&self) -> &'static str {
                match self { $(Scheduler::$name(_) => stringify!($name),)* }
            }
        }
    };
}
disciplines! {
    Fcfs(fcfs::Fcfs) "first come, first served",
    Lifo(lifo::Lifo) "last come, first served, without preemption",
    LifoPreemptive(lifo_preemptive::LifoPreemptive) "last come, first served, preemptive",
    Random(random::Random) "random order of service",
    Priority(priority::Priority) "priorities, FCFS within one; preemption: Never, Resume, Restart or Resample",
    Edf(edf::Edf) "earliest deadline first",
    Sjf(sjf::Sjf) "shortest job first, without preemption",
    Srpt(srpt::Srpt) "shortest remaining processing time",
    RoundRobin(round_robin::RoundRobin) "round robin with a quantum and a switch cost",
    Sharing(sharing::Sharing) "processor sharing",
    WeightedSharing(weighted_sharing::WeightedSharing) "processor sharing in proportion to the weights of the flows",
    WorkStealing(Box<work_stealing::WorkStealing>) "a worker per core with a queue of its own; idle ones steal",
    Tokio(tokio::Tokio) "the scheduler of Tokio: Stock, Balanced, HighThroughput or LowLatency",
    Go(go::Go) "the scheduler of Go",
    ThreadPool(thread_pool::ThreadPool) "threads that take tasks from one queue",
    Adaptive(adaptive::Adaptive) "switches between FCFS, SJF and priorities by what it sees",
    Auto(auto::Auto) "priorities, work stealing or adaptive, chosen by what the flows ask for",
}

/// How a discipline is turned into what the stations run.
pub trait Discipline {
    /// The policy; mistakes in its parameters are reported to `lower` under the path `at`.
    fn policy(&self, lower: &Lower<'_>, at: &Path) -> Policy;
}

/// What a discipline may know of a job.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Order of arrival at the station.
    pub sequence: u64,
    /// Priority of its flow; a larger one is more urgent.
    pub priority: f64,
    /// Deadline [ticks since the start]; `u64::MAX` where there is none.
    pub deadline: u64,
    /// Service demand at nominal speed [ticks].
    pub demand: f64,
    /// What is left of it [ticks].
    pub remaining: f64,
}

/// The order in which waiting jobs are taken.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// By arrival.
    Fifo,
    /// A uniform choice at each start.
    Random,
    /// By a key, the smallest first; equal keys by arrival.
    Keyed(fn(&Job) -> u64),
    /// By a key that changes with what is seen.
    Adaptive(Rules),
    /// By the workers of a pool, each with a queue of its own.
    Workers(Pool),
    /// No queue: all jobs share the servers, equally or by the weight of their flow.
    Shared {
        /// By weight.
        weighted: bool,
    },
}

/// What happens to the work done on a job that is preempted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Preemption {
    /// Jobs are not preempted.
    #[default]
    Never,
    /// It is kept.
    Resume,
    /// It is lost; the demand stays.
    Restart,
    /// It is lost; the demand is drawn again.
    Resample,
}

/// A discipline as the stations run it.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The order of waiting jobs.
    pub order: Order,
    /// Whether, and how, jobs in service are preempted.
    pub preemption: Preemption,
    /// Whether `arriving` takes the place of `running`.
    pub preempts: fn(arriving: &Job, running: &Job) -> bool,
    /// Slices of service: (quantum, switch cost) [ticks].
    pub quantum: Option<(u64, u64)>,
    /// Whether a job whose deadline has passed at its turn is skipped.
    pub skip_late: bool,
}

impl Policy {
    /// A policy without preemption and slices.
    pub fn in_order(order: Order) -> Policy {
        Policy { order, preemption: Preemption::Never, preempts: |_, _| false, quantum: None, skip_late: false }
    }

    /// Whether all jobs share the servers.
    pub fn is_shared(&self) -> bool {
        matches!(self.order, Order::Shared { .. })
    }
}

/// Maps a float to an integer of the same order, so that it can be a key.
pub fn ascending(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}
