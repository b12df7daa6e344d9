//! Desks: stations with one queue, and what they have seen.

use super::super::request::NONE;
use super::super::state::{IdleSet, StationState};
use sim_core::observe::{Histogram, Level};

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
    pub busy: Level,
    pub waited: u128,
    pub starts: u64,
    pub completed: u64,
    pub sojourn: Histogram,
    /// Its first server.
    pub first: u32,
    /// Waiting requests, in a ring whose length is a power of two.
    head: u32,
    tail: u32,
    ring: Vec<u32>,
    pub idle: IdleSet,
    pub asked: Vec<f64>,
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
            busy: Level::default(),
            waited: 0,
            starts: 0,
            completed: 0,
            sojourn: Histogram::default(),
            first,
            head: 0,
            tail: 0,
            ring: Vec::new(),
            idle,
            asked: Vec::new(),
            payload: 0.0,
            bits: 0.0,
        }
    }

    /// Exchanges what has been seen here for what is in the books.
    pub fn exchange(&mut self, books: &mut StationState) {
        use std::mem::swap;
        swap(&mut self.present, &mut books.present);
        swap(&mut self.busy, &mut books.busy);
        swap(&mut self.waited, &mut books.waited);
        swap(&mut self.starts, &mut books.starts);
        swap(&mut self.completed, &mut books.completed);
        swap(&mut self.sojourn, &mut books.sojourn);
        swap(&mut self.asked, &mut books.asked);
        swap(&mut self.payload, &mut books.payload);
        swap(&mut self.bits, &mut books.bits);
    }

    /// Adds a request to those that wait.
    #[inline(always)]
    pub fn push(&mut self, request: u32) {
        let mask = (self.ring.len() as u32).wrapping_sub(1);
        let tail = self.tail;
        match self.ring.get_mut((tail & mask) as usize) {
            Some(place) if tail.wrapping_sub(self.head) <= mask => *place = request,
            _ => self.grow(request),
        }
        self.tail = self.tail.wrapping_add(1);
    }

    /// Makes the ring longer, and puts the request at its end.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, request: u32) {
        let mask = (self.ring.len() as u32).wrapping_sub(1);
        let waiting = self.tail.wrapping_sub(self.head);
        let mut ring = vec![NONE; (2 * waiting as usize).next_power_of_two().max(4)];
        for i in 0..waiting {
            ring[i as usize] = self.ring[(self.head.wrapping_add(i) & mask) as usize];
        }
        ring[waiting as usize] = request;
        (self.head, self.tail, self.ring) = (0, waiting, ring);
    }

    /// Takes the first that waits.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<u32> {
        if self.head == self.tail {
            return None;
        }
        let mask = (self.ring.len() as u32).wrapping_sub(1);
        let first = self.ring.get((self.head & mask) as usize).copied();
        self.head = self.head.wrapping_add(1);
        first
    }
}
