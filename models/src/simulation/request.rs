//! Requests: records in a slab.

use sim_core::time::Time;
use std::ops::{Index, IndexMut};

/// No request, server, timer or frame.
pub(super) const NONE: u32 = u32::MAX;

/// Odd constants that tell visits at one site, and the draws of one visit, apart.
const VISIT: u64 = 0x9e6c_63d0_876a_3f6b;
const AGAIN: u64 = 0xd1b5_4a32_d192_ed03;

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// Nowhere: the record is free.
    Free,
    /// Between two instructions.
    Running,
    /// In the queue of a lane.
    Queued,
    /// In service on the server `place`.
    Served,
    /// Sharing the servers of a lane.
    Sharing,
    /// Before a full component.
    Blocked,
    /// Waiting for the timer `place`.
    Delayed,
    /// On its way to the other end of a network, with the timer `place`.
    Propagating,
    /// Waiting for the passive component whose instance is `lane`.
    Asking,
    /// Interrupting a processor: before it, or handled by a core.
    Interrupting,
    /// Waiting for the branches of the Fork in its innermost frame.
    Forked,
    /// Waiting for the request `place`, which it has started.
    Calling,
    /// In the batch `lane`, whose body runs, at the position `place`.
    Batched,
}

/// What a record stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Role {
    /// A request of a flow: counted.
    Request,
    /// A branch of a Fork.
    Branch,
    /// The body of a Spawn.
    Spawned,
    /// The body of a Batch.
    Batch,
    /// A request of a flow that somebody waits for: counted.
    Called,
}

/// One request. What every event touches comes first, so that it shares cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Request {
    /// Keys all its draws.
    pub key: u64,
    pub born: Time,
    /// When it came to the station where it is.
    pub entered: Time,
    /// What this visit and its resampling add to the sites of draws.
    pub salt: u64,
    pub pc: u32,
    pub next: u32,
    pub previous: u32,
    /// Server, timer, or position, depending on the state.
    pub place: u32,
    pub lane: u32,
    /// The instance or user whose ordinal counts.
    pub unit: u32,
    pub ordinal: u32,
    /// The source, where it is closed.
    pub source: u32,

    /// The flow whose program it runs.
    pub flow: u16,
    /// The flow it was born in.
    pub origin: u16,
    pub location: u16,
    /// New demands drawn in this visit: resampling.
    pub resampled: u16,
    /// Attempts of this visit that have failed: retransmission draws a new fate, not a new demand.
    pub attempt: u32,
    pub state: State,
    pub role: Role,
    /// Born in the measured time.
    pub cohort: bool,
    /// Has not been in service in this visit.
    pub fresh: bool,
    /// Number of this visit at this step.
    pub visit: u32,
    /// Instance of the flow's source.
    pub instance: u32,
    /// The worker of a pool that it, or what has started it, was last served by.
    pub worker: u32,
    /// Whether it was started by what that worker served, and has not been served itself.
    pub heir: bool,

    // From here on `NONE` but while in use: a record that is free has them so.
    /// Innermost frame.
    pub frame: u32,
    /// The Fork frame that it is a branch of; the batch whose body it is; who waits for it.
    pub parent: u32,
    /// Timer of its patience.
    pub patience: u32,
    /// Its counters of visits.
    pub counters: u32,
    /// The server (or lane) that it still holds while it is blocked.
    pub held: u32,
    /// The next branch of the same Fork.
    pub sibling: u32,

    /// Length of its service at a plain station [ticks]: drawn when it arrives, so that nobody waits for the draw later.
    pub service: u64,
    /// Time that it owes for what a passive component granted or took back [ticks].
    pub owed: f64,
    /// What its innermost block carries, in terms of what is typical there.
    pub content: f64,
    /// What is left of the fixed part of its service [nominal ticks].
    pub fixed_left: f64,
    /// What is left of its work [nominal ticks].
    pub work_left: f64,
    /// Order of arrival at a queue, and its key there.
    pub sequence: u64,
    pub rank: u64,
    /// The branch before it in the same Fork; read only while there is one.
    pub previous_sibling: u32,
    /// Items and bits of the batch whose body this belongs to.
    pub batch_items: u32,
    pub batch_size: f64,
    /// When the worker had served it.
    pub worked: Time,
}

impl Request {
    fn blank() -> Request {
        Request {
            key: 0,
            born: Time::ZERO,
            entered: Time::ZERO,
            salt: 0,
            pc: 0,
            next: NONE,
            previous: NONE,
            place: NONE,
            lane: NONE,
            unit: 0,
            ordinal: 0,
            source: NONE,
            flow: 0,
            origin: 0,
            location: 0,
            resampled: 0,
            attempt: 0,
            state: State::Free,
            role: Role::Request,
            cohort: false,
            fresh: true,
            visit: 0,
            instance: 0,
            worker: NONE,
            heir: false,
            frame: NONE,
            parent: NONE,
            patience: NONE,
            counters: NONE,
            held: NONE,
            sibling: NONE,
            service: 0,
            owed: 0.0,
            content: 0.0,
            fixed_left: 0.0,
            work_left: 0.0,
            sequence: 0,
            rank: 0,
            previous_sibling: NONE,
            batch_items: 0,
            batch_size: 0.0,
            worked: Time::ZERO,
        }
    }

    /// Makes this record a branch or a spawned request of `parent`.
    pub fn descend(&mut self, parent: &Request, key: u64, born: Time, pc: u32, role: Role) {
        self.key = key;
        self.born = born;
        self.pc = pc;
        self.unit = parent.unit;
        self.ordinal = parent.ordinal;
        self.source = NONE;
        self.flow = parent.flow;
        self.origin = parent.origin;
        self.location = parent.location;
        self.state = State::Running;
        self.role = role;
        self.cohort = false;
        self.instance = parent.instance;
        self.content = parent.content;
        (self.batch_items, self.batch_size) = (parent.batch_items, parent.batch_size);
        (self.worker, self.worked, self.heir) = (parent.worker, parent.worked, true);
        self.set_visit(0);
    }

    /// Begins a visit: its draws are told from those of other visits of the same step.
    #[inline(always)]
    pub fn set_visit(&mut self, visit: u32) {
        self.visit = visit;
        self.attempt = 0;
        self.resampled = 0;
        self.salt = u64::from(visit).wrapping_mul(VISIT);
    }

    /// From here on the draws of this visit are new ones.
    pub fn resample(&mut self) {
        self.resampled = self.resampled.wrapping_add(1);
        self.salt = self.salt.wrapping_add(AGAIN);
    }

    /// What the present attempt adds to the sites of draws. (Attempts and resamplings only grow, so that no two attempts of
    /// a visit share it.)
    pub fn attempt_salt(&self) -> u64 {
        self.salt.wrapping_add(u64::from(self.attempt).wrapping_mul(AGAIN))
    }

    /// Whether nothing is in use that a free record must not have.
    fn is_clean(&self) -> bool {
        [self.frame, self.parent, self.patience, self.counters, self.held].iter().all(|field| *field == NONE)
    }
}

/// All requests in the system.
#[derive(Debug)]
pub(super) struct Requests {
    records: Vec<Request>,
    free: u32,
}

impl Default for Requests {
    fn default() -> Self {
        Requests { records: Vec::new(), free: NONE }
    }
}

impl Requests {
    /// Takes a record, in which nothing is in use; the caller sets key, birth, program counter and who it is.
    #[inline(always)]
    pub fn take(&mut self) -> u32 {
        if self.free != NONE {
            let index = self.free;
            self.free = self.records[index as usize].next;
            return index;
        }
        self.grow()
    }

    #[inline(never)]
    fn grow(&mut self) -> u32 {
        self.records.push(Request::blank());
        self.records.len() as u32 - 1
    }

    /// Gives a record back.
    #[inline(always)]
    pub fn remove(&mut self, index: u32) {
        let record = &mut self.records[index as usize];
        debug_assert!(record.is_clean(), "a request leaves with something in use: {record:?}");
        record.state = State::Free;
        record.worker = NONE;
        record.next = self.free;
        self.free = index;
    }

    /// All records, free ones included.
    pub fn iter(&self) -> impl Iterator<Item = &Request> {
        self.records.iter()
    }

    /// The record of that index, if there is one.
    pub fn get_checked(&self, index: u32) -> Option<&Request> {
        self.records.get(index as usize)
    }

    /// The most that there have been at once.
    pub fn most(&self) -> u64 {
        self.records.len() as u64
    }
}

impl Index<u32> for Requests {
    type Output = Request;
    #[inline(always)]
    fn index(&self, index: u32) -> &Request {
        &self.records[index as usize]
    }
}

impl IndexMut<u32> for Requests {
    #[inline(always)]
    fn index_mut(&mut self, index: u32) -> &mut Request {
        &mut self.records[index as usize]
    }
}
