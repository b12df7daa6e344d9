//! Requests: records of one cache line in a slab.

use super::super::request::NONE;
use super::program::Next;

/// A request.
///
/// What it does next is drawn when it comes to a station, one visit ahead: nobody waits for these draws, as for those
/// of a service that starts at once.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Request {
    /// Keys all its draws.
    pub key: u64,
    pub born: u64,
    /// When it came to the station where it is.
    pub entered: u64,
    /// Length of its service there [ticks].
    pub service: u64,
    /// What it asks for at its next visit [nominal ticks].
    pub ahead: f64,
    /// Its next visit, or the end.
    pub next: Next,
    pub ordinal: u32,
    /// The user, where the source is closed; of a free record the next free one.
    pub unit: u32,
    /// The visit that it is at.
    pub visit: u16,
    pub source: u16,
    pub flow: u16,
    /// Born in the measured time.
    pub cohort: bool,
}

/// All requests in the system.
#[derive(Debug)]
pub(super) struct Requests {
    pub records: Vec<Request>,
    /// The first free record.
    pub free: u32,
}

impl Requests {
    pub fn new() -> Requests {
        Requests { records: Vec::new(), free: NONE }
    }

    /// The records of requests in the system.
    pub fn in_use(&self) -> impl Iterator<Item = &Request> {
        let mut free = vec![false; self.records.len()];
        let mut at = self.free;
        while let Some(flag) = free.get_mut(at as usize) {
            *flag = true;
            at = self.records[at as usize].unit;
        }
        self.records.iter().zip(free).filter(|(_, free)| !free).map(|(record, _)| record)
    }

    /// One more record, free.
    #[cold]
    #[inline(never)]
    pub fn grow(&mut self) {
        self.records.push(Request {
            key: 0,
            born: 0,
            entered: 0,
            service: 0,
            ahead: 0.0,
            next: Next::DONE,
            ordinal: 0,
            unit: self.free,
            visit: 0,
            source: 0,
            flow: 0,
            cohort: false,
        });
        self.free = self.records.len() as u32 - 1;
    }
}
