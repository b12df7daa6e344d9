//! What changes while a system runs: stations, lanes (a queue with its servers) and servers.

use super::queue::Queue;
use super::sharing::Sharing;
use super::spells::Spells;
use crate::system::{Power, Station};
use sim_core::observe::{Histogram, Level};
use sim_core::random::Stream;
use sim_core::time::Time;
use std::collections::VecDeque;

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Doing {
    Idle,
    Busy,
    /// A frame on the air whose request is gone.
    Orphan,
    /// A worker looks for work at others.
    Search,
    /// Its request cannot go on: the next component is full.
    Blocked,
    Setup,
    Vacation,
    /// Switched off until somebody comes.
    Off,
    OffDuty,
}

/// The two ends of a transmission: component and instance each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Air {
    pub sender: (u16, u32),
    pub receiver: (u16, u32),
}

/// A server. Its slot in the event list has its index.
#[derive(Debug)]
pub(super) struct Server {
    pub request: u32,
    pub lane: u32,
    pub doing: Doing,
    pub down: bool,
    /// Goes off duty after the present request.
    pub leaving: bool,
    /// The event is the end of a slice, not of the service.
    pub slice: bool,
    pub speed: f64,
    /// Nominal ticks of the fixed part, and of work, per tick.
    pub fixed_rate: f64,
    pub work_rate: f64,
    pub updated: Time,
    pub started: Time,
    /// What was left of its event when it failed [ticks].
    pub suspended: u64,
    /// Switch cost at the start of the present slice [ticks].
    pub switching: u64,
    /// Time that it is silent after its frame [ticks].
    pub silence: u64,
    /// What is left of the present slice [ticks].
    pub turn: u64,
    /// Who is on the air.
    pub air: Option<Air>,
}

/// Free servers of a lane, the fastest (lowest index) first.
#[derive(Debug)]
pub(super) enum IdleSet {
    Few(u64),
    Many { words: Vec<u64>, count: u32, from: usize },
}

impl IdleSet {
    pub fn new(servers: usize) -> IdleSet {
        if servers <= 64 {
            IdleSet::Few(0)
        } else {
            IdleSet::Many { words: vec![0; servers.div_ceil(64)], count: 0, from: 0 }
        }
    }

    #[inline(always)]
    pub fn insert(&mut self, index: u32) {
        match self {
            IdleSet::Few(bits) => *bits |= 1 << index,
            IdleSet::Many { words, count, from } => {
                let word = index as usize / 64;
                let bit = 1 << (index % 64);
                *count += u32::from(words[word] & bit == 0);
                words[word] |= bit;
                *from = (*from).min(word);
            }
        }
    }

    #[inline(always)]
    pub fn remove(&mut self, index: u32) {
        match self {
            IdleSet::Few(bits) => *bits &= !(1 << index),
            IdleSet::Many { words, count, .. } => {
                let word = index as usize / 64;
                let bit = 1 << (index % 64);
                *count -= u32::from(words[word] & bit != 0);
                words[word] &= !bit;
            }
        }
    }

    #[inline(always)]
    pub fn first(&mut self) -> Option<u32> {
        match self {
            IdleSet::Few(0) => None,
            IdleSet::Few(bits) => Some(bits.trailing_zeros()),
            IdleSet::Many { count: 0, .. } => None,
            IdleSet::Many { words, from, .. } => {
                while words[*from] == 0 {
                    *from += 1;
                }
                Some(*from as u32 * 64 + words[*from].trailing_zeros())
            }
        }
    }

    /// The first that is free from an index on.
    pub fn next(&self, from: u32) -> Option<u32> {
        match self {
            IdleSet::Few(_) if from >= 64 => None,
            IdleSet::Few(bits) => {
                let rest = bits >> from << from;
                (rest != 0).then(|| rest.trailing_zeros())
            }
            IdleSet::Many { words, .. } => {
                let first = from as usize / 64;
                let rest =
                    |(i, word): (usize, &u64)| if i == first { word >> (from % 64) << (from % 64) } else { *word };
                let found = (first..words.len()).map(|i| (i, rest((i, &words[i])))).find(|(_, word)| *word != 0);
                found.map(|(i, word)| i as u32 * 64 + word.trailing_zeros())
            }
        }
    }

    /// Whether one is free.
    pub fn contains(&self, index: u32) -> bool {
        self.next(index) == Some(index)
    }

    pub fn count(&self) -> u32 {
        match self {
            IdleSet::Few(bits) => bits.count_ones(),
            IdleSet::Many { count, .. } => *count,
        }
    }
}

/// A queue with its servers: one per instance (and per direction of a full-duplex network).
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct LaneState {
    pub station: u16,
    /// Nothing but queues and servers: no laws, failures, preemption, slices, rest, loss, patience or power of senders.
    pub plain: bool,
    /// See [`super::quiet`].
    pub quiet: bool,
    pub down: bool,
    pub first: u32,
    pub servers: u32,
    pub present: u32,
    pub waiting: u32,
    pub busy: u32,
    pub queue: Queue,
    pub idle: IdleSet,
    /// Weighted utilisation, and when it was brought up to date.
    pub load: f64,
    pub load_at: Time,
    pub duty: u32,
    pub sharing: Option<Box<Sharing>>,
    pub adaptive: Option<Box<super::adaptive::Adaptive>>,
    pub interrupts: Option<Box<super::interrupts::Interrupts>>,
    /// What passive components take of its servers.
    pub governed: Option<Box<super::governed::Governed>>,
    /// Requests that wait for room. [`NONE`](super::request::NONE) at the front: the instance takes nobody, as it is dead or
    /// down.
    pub blocked: VecDeque<u32>,
    /// When one of its servers went down last.
    pub down_since: Time,
}

/// What a station is and has seen. What every event touches comes first.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct StationState {
    pub first_lane: u32,
    pub lanes: u32,
    pub limit: u32,
    /// Source of a saturated flow that starts here.
    pub saturator: u32,
    /// First instance, where it is passive.
    pub first_resource: u32,
    /// Units in use that no request holds.
    pub units_aside: i64,
    pub present: Level,
    pub busy: Level,
    /// Sum of waiting times before the first start [ticks], and their number.
    pub waited: u128,
    pub starts: u64,
    pub completed: u64,
    pub sojourn: Histogram,
    /// Service asked for by each flow [nominal ticks], kept where energy is to be shared out among flows.
    pub asked: Vec<f64>,
    /// Next instance in turn.
    pub turn: u32,
    /// Requests waiting, where stations are not plain: there it is what is present and not busy.
    pub queued: Level,
    pub resting: Level,
    pub in_setup: Level,
    pub down: Level,
    pub off_duty: Level,
    pub blocked: Level,
    pub tx: Level,
    pub rx: Level,
    pub on_floor: u64,
    pub dropped: u64,
    pub refused: u64,
    pub reneged: u64,
    pub failed: u64,
    pub lost: u64,
    pub aborted: u64,
    pub retransmitted: u64,
    pub preempted: u64,
    /// Time of visits that ended otherwise, and of those present at the last reset until then [ticks].
    pub sojourn_otherwise: u128,
    pub sojourn_before: u128,
    /// Requests whose deadline had passed at their turn.
    pub skipped: u64,
    /// Bits on the wire or moved; and payload bits of completed visits.
    pub bits: f64,
    pub payload: f64,
    pub stored: f64,
    /// Active energy under an energy law: integral [W ticks], power now, and since when.
    pub law_energy: f64,
    pub law_power: f64,
    pub law_since: Time,
    pub failures: Vec<Spells>,
    /// Draws of the order of service; set-ups and vacations.
    pub random: Stream,
    pub resting_spells: Spells,
    pub batteries: Vec<super::battery::Battery>,
    pub instances_lost: u64,
    /// Requests on the air to and from each instance, where that takes power.
    pub on_air: Vec<[i32; 2]>,
    pub power: Power,
    pub shift: usize,
    /// Requests on their way to the other end of a network.
    pub travelling: Level,
    /// Frames on the air, where senders do not listen to each other.
    pub medium: Option<super::medium::Medium>,
}

impl StationState {
    pub fn reset(&mut self, now: Time) {
        for level in [
            &mut self.present,
            &mut self.busy,
            &mut self.queued,
            &mut self.resting,
            &mut self.in_setup,
            &mut self.down,
            &mut self.off_duty,
            &mut self.blocked,
            &mut self.tx,
            &mut self.rx,
            &mut self.travelling,
        ] {
            level.reset(now);
        }
        self.sojourn.clear();
        self.sojourn_otherwise = 0;
        self.waited = 0;
        for counter in [
            &mut self.starts,
            &mut self.on_floor,
            &mut self.completed,
            &mut self.dropped,
            &mut self.refused,
            &mut self.reneged,
            &mut self.failed,
            &mut self.lost,
            &mut self.aborted,
            &mut self.retransmitted,
            &mut self.preempted,
            &mut self.skipped,
        ] {
            *counter = 0;
        }
        self.bits = 0.0;
        self.payload = 0.0;
        self.asked.fill(0.0);
        self.law_energy = 0.0;
        self.law_since = now;
    }
}

/// What a flow has seen.
#[derive(Debug, Default)]
pub(super) struct FlowState {
    /// Requests in the system.
    pub present: Level,
    /// Latency of correct requests of the cohort.
    pub latency: Histogram,
    /// Requests born in the measured time.
    pub born: u64,
    /// Requests that were started by others than its source.
    pub started: u32,
    /// Requests that were born in segments of it that are over, and were still in the system when the last of them ended.
    pub open_before: u64,
    /// Their ends, by [`super::Outcome`].
    pub outcomes: [u64; super::OUTCOMES],
    /// Correct departures in the measured time, and the payload they delivered [bit].
    pub departures: u64,
    pub payload: f64,
    /// Mean number in the system in the measured time.
    pub mean_present: f64,
    /// Its share of the energy [J].
    pub energy: f64,
    /// Free blocks of counters of visits.
    pub counters: Vec<u32>,
    pub free_counters: Vec<u32>,
}

/// The random streams of a station's failures are named by their lane or server.
pub(super) fn failure_stream(seed: u64, replication: u64, station: &Station, index: u32) -> Stream {
    Stream::named(seed, replication, &station.name, &format!("failures {index}"))
}
