//! Desks: stations with one queue, and what they have seen.
//!
//! Whether a server is free, and whether somebody waits, is as good as a coin toss: what depends on it is selected, not
//! branched on.

use super::super::request::NONE;
use super::super::state::{IdleSet, StationState};
use sim_core::observe::{Histogram, Level};
use std::hint::select_unpredictable;

/// A server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    /// The request in service.
    pub request: u32,
    pub desk: u32,
}

/// A station with its one queue.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Desk {
    pub present: Level,
    /// Sum of waiting times [ticks].
    pub waited: u128,
    /// Of the times at which servers became busy, less those at which they became idle [ticks], since time 0.
    busy: i128,
    pub sojourn: Histogram,
    pub completed: u64,
    /// Its first server, and how many there are.
    pub first: u32,
    servers: u32,
    /// Waiting requests, in a ring whose length is a power of two.
    head: u32,
    tail: u32,
    ring: Vec<u32>,
    idle: IdleSet,
    /// Completed before the last exchange of books, and requests in service then.
    counted: (u64, u64),
    pub asked: Vec<f64>,
    /// Whether a visit may move data.
    pub moves: bool,
    pub payload: f64,
    pub bits: f64,
}

impl Default for Desk {
    fn default() -> Self {
        Desk::new(0, 0)
    }
}

impl Desk {
    pub fn new(first: u32, servers: u32) -> Desk {
        let mut idle = IdleSet::new(servers as usize);
        (0..servers).for_each(|server| idle.insert(server));
        Desk {
            present: Level::default(),
            waited: 0,
            busy: 0,
            sojourn: Histogram::default(),
            completed: 0,
            first,
            servers,
            head: 0,
            tail: 0,
            ring: vec![NONE; 4],
            idle,
            counted: (0, 0),
            asked: Vec::new(),
            moves: false,
            payload: 0.0,
            bits: 0.0,
        }
    }

    /// Gives what has been seen here to the books. Who is present is served, as far as there are servers: that says how
    /// many are busy, how many were at most, and how many services have begun.
    pub fn give(&mut self, books: &mut StationState) {
        let servers = i64::from(self.servers);
        let serving = self.present.get().min(servers);
        books.busy.set(serving, self.present.max().min(servers), self.busy);
        books.starts += self.completed + serving as u64 - self.counted.0 - self.counted.1;
        self.exchange(books);
    }

    /// Takes what has been seen here back from the books.
    pub fn take(&mut self, books: &mut StationState) {
        self.exchange(books);
        self.counted = (self.completed, self.present.get().min(i64::from(self.servers)) as u64);
    }

    fn exchange(&mut self, books: &mut StationState) {
        use std::mem::swap;
        swap(&mut self.present, &mut books.present);
        swap(&mut self.waited, &mut books.waited);
        swap(&mut self.completed, &mut books.completed);
        swap(&mut self.sojourn, &mut books.sojourn);
        swap(&mut self.asked, &mut books.asked);
        swap(&mut self.payload, &mut books.payload);
        swap(&mut self.bits, &mut books.bits);
    }

    /// Takes an idle server, by its number among all, for a service from now on; whether there is one, else the number
    /// means nothing.
    #[inline(always)]
    pub fn seize(&mut self, now: u64) -> (bool, u32) {
        let (free, index) = match &mut self.idle {
            IdleSet::Few(bits) => {
                let (free, index) = (*bits != 0, bits.trailing_zeros());
                *bits &= bits.wrapping_sub(1);
                // Of its servers, whether one is free or not.
                (free, index & 63)
            }
            idle => match idle.first() {
                Some(index) => {
                    idle.remove(index);
                    (true, index)
                }
                None => (false, 0),
            },
        };
        self.busy = self.busy.wrapping_add(i128::from(select_unpredictable(free, now, 0)));
        (free, self.first + index)
    }

    /// The server with this number among all becomes idle now, if nobody waits for it.
    #[inline(always)]
    pub fn release(&mut self, server: u32, idles: bool, now: u64) {
        let index = server - self.first;
        match &mut self.idle {
            IdleSet::Few(bits) => *bits |= u64::from(idles) << (index & 63),
            idle if idles => idle.insert(index),
            _ => {}
        }
        self.busy = self.busy.wrapping_sub(i128::from(select_unpredictable(idles, now, 0)));
    }

    /// Adds a request to those that wait, if it has to.
    #[inline(always)]
    pub fn push(&mut self, request: u32, waits: bool) {
        let mask = (self.ring.len() as u32).wrapping_sub(1);
        // There is always a free place after the last.
        if let Some(place) = self.ring.get_mut((self.tail & mask) as usize) {
            *place = request;
        }
        self.tail = self.tail.wrapping_add(u32::from(waits));
        if self.tail.wrapping_sub(self.head) > mask {
            self.grow();
        }
    }

    /// Makes the ring, which is full, longer.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let length = self.ring.len() as u32;
        let waiting = (0..length).map(|i| self.ring[(self.head.wrapping_add(i) & (length - 1)) as usize]);
        let mut ring: Vec<u32> = waiting.collect();
        ring.resize(2 * length as usize, NONE);
        (self.head, self.tail, self.ring) = (0, length, ring);
    }

    /// Takes the first that waits; whether there is one, else the request means nothing.
    #[inline(always)]
    pub fn pop(&mut self) -> (bool, u32) {
        let waits = self.head != self.tail;
        let mask = (self.ring.len() as u32).wrapping_sub(1);
        let first = self.ring.get((self.head & mask) as usize).copied().unwrap_or(NONE);
        self.head = self.head.wrapping_add(u32::from(waits));
        (waits, first)
    }
}
