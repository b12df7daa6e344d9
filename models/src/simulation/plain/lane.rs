//! Queues with their servers, and the requests in them: no more than a plain station needs.

use super::super::request::NONE;
use super::super::state::IdleSet;

/// A request.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub(super) struct Request {
    /// Keys all its draws.
    pub key: u64,
    pub born: u64,
    /// When it came to the station where it is.
    pub entered: u64,
    /// Length of its service there [ticks].
    pub service: u64,
    /// The visit that it is at.
    pub node: u32,
    /// The next free record.
    next: u32,
    pub ordinal: u32,
    /// The user, where the source is closed.
    pub unit: u32,
    pub instance: u32,
    pub source: u16,
    pub flow: u16,
    /// Born in the measured time.
    pub cohort: bool,
}

/// All requests in the system.
#[derive(Debug)]
pub(super) struct Requests {
    pub records: Vec<Request>,
    free: u32,
}

impl Requests {
    pub fn new() -> Requests {
        Requests { records: Vec::new(), free: NONE }
    }

    /// A free record, if there is one.
    #[inline(always)]
    pub fn take(&mut self) -> Option<u32> {
        let index = self.free;
        self.free = self.records.get(index as usize)?.next;
        Some(index)
    }

    /// A new record.
    #[cold]
    #[inline(never)]
    pub fn grow(&mut self) -> u32 {
        self.records.push(Request::default());
        self.records.len() as u32 - 1
    }

    /// Gives a record back.
    #[inline(always)]
    pub fn remove(&mut self, index: u32) {
        self.records[index as usize].next = self.free;
        self.free = index;
    }
}

/// A server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    pub request: u32,
    pub lane: u32,
}

/// A queue with its servers.
#[derive(Debug)]
pub(super) struct Lane {
    pub station: u32,
    /// Its first server.
    pub first: u32,
    pub idle: IdleSet,
    /// Waiting requests in a ring whose length is a power of two.
    ring: Vec<u32>,
    head: u32,
    tail: u32,
}

impl Lane {
    pub fn new(station: u32, first: u32, servers: u32) -> Lane {
        let mut idle = IdleSet::new(servers as usize);
        (0..servers).for_each(|server| idle.insert(server));
        Lane { station, first, idle, ring: Vec::new(), head: 0, tail: 0 }
    }

    #[inline(always)]
    pub fn push(&mut self, request: u32) {
        let mask = (self.ring.len() as u32).wrapping_sub(1);
        match self.ring.get_mut((self.tail & mask) as usize) {
            Some(place) if self.tail.wrapping_sub(self.head) <= mask => *place = request,
            _ => self.grow(request),
        }
        self.tail = self.tail.wrapping_add(1);
    }

    /// Makes the ring longer, and puts the request at its end.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, request: u32) {
        let waiting: Vec<u32> = {
            let mask = (self.ring.len() as u32).wrapping_sub(1);
            let length = self.tail.wrapping_sub(self.head);
            (0..length).map(|i| self.ring[(self.head.wrapping_add(i) & mask) as usize]).collect()
        };
        (self.head, self.tail) = (0, waiting.len() as u32);
        self.ring = vec![NONE; (2 * waiting.len()).next_power_of_two().max(4)];
        self.ring[..waiting.len()].copy_from_slice(&waiting);
        self.ring[waiting.len()] = request;
    }

    /// Takes the first that waits.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<u32> {
        if self.head == self.tail {
            return None;
        }
        let mask = self.ring.len() as u32 - 1;
        let first = self.ring[(self.head & mask) as usize];
        self.head = self.head.wrapping_add(1);
        Some(first)
    }
}
