//! Requests: records in a slab.

use sim_core::time::Time;
use std::ops::{Index, IndexMut};

/// No request, server, timer or frame.
pub(super) const NONE: u32 = u32::MAX;

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
    /// Waiting for the branches of the Fork in its innermost frame.
    Forked,
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
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// Keys all its draws.
    pub key: u64,
    pub born: Time,
    /// When it came to the station where it is.
    pub entered: Time,
    /// What is left of the fixed part of its service [nominal ticks]; NaN: not drawn.
    pub fixed_left: f64,
    /// What is left of its work [nominal ticks].
    pub work_left: f64,
    /// Order of arrival at a queue, and its key there.
    pub sequence: u64,
    pub rank: u64,
    pub pc: u32,
    pub next: u32,
    pub previous: u32,
    /// Server, timer, or position, depending on the state.
    pub place: u32,
    pub lane: u32,
    /// Innermost frame.
    pub frame: u32,
    /// The Fork frame that it is a branch of.
    pub parent: u32,
    pub sibling: u32,
    /// Timer of its patience.
    pub patience: u32,
    /// Its counters of visits.
    pub counters: u32,
    /// Number of this visit at this step.
    pub visit: u32,
    /// The instance or user whose ordinal counts.
    pub unit: u32,
    /// Instance of the flow's source.
    pub instance: u32,
    pub ordinal: u32,
    /// The server (or lane) that it still holds while it is blocked.
    pub held: u32,
    pub source: u32,
    /// The flow whose program it runs.
    pub flow: u16,
    /// The flow it was born in.
    pub origin: u16,
    pub location: u16,
    /// Draws of this visit so far: resampling and retransmission draw anew.
    pub attempt: u16,
    pub state: State,
    pub role: Role,
    /// Born in the measured time.
    pub cohort: bool,
    /// Is in service for the first time in this visit.
    pub fresh: bool,
}

impl Default for Request {
    fn default() -> Request {
        Request {
            key: 0,
            born: Time::ZERO,
            entered: Time::ZERO,
            fixed_left: f64::NAN,
            work_left: 0.0,
            sequence: 0,
            rank: 0,
            pc: 0,
            next: NONE,
            previous: NONE,
            place: NONE,
            lane: NONE,
            frame: NONE,
            parent: NONE,
            sibling: NONE,
            patience: NONE,
            counters: NONE,
            visit: 0,
            unit: 0,
            instance: 0,
            ordinal: 0,
            held: NONE,
            source: NONE,
            flow: 0,
            origin: 0,
            location: 0,
            attempt: 0,
            state: State::Free,
            role: Role::Request,
            cohort: false,
            fresh: true,
        }
    }
}

/// All requests in the system.
#[derive(Debug)]
pub(super) struct Requests {
    records: Vec<Request>,
    free: u32,
    live: u64,
}

impl Default for Requests {
    fn default() -> Self {
        Requests { records: Vec::new(), free: NONE, live: 0 }
    }
}

impl Requests {
    /// Takes a record; all fields are to be set by the caller, through [`Request::default`] and what differs.
    #[inline(always)]
    pub fn insert(&mut self, request: Request) -> u32 {
        self.live += 1;
        if self.free != NONE {
            let index = self.free;
            self.free = self.records[index as usize].next;
            self.records[index as usize] = request;
            return index;
        }
        self.records.push(request);
        self.records.len() as u32 - 1
    }

    /// Gives a record back.
    #[inline(always)]
    pub fn remove(&mut self, index: u32) {
        self.live -= 1;
        let record = &mut self.records[index as usize];
        record.state = State::Free;
        record.next = self.free;
        self.free = index;
    }

    pub fn live(&self) -> u64 {
        self.live
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
