//! Requests: records of one cache line in a slab.

use super::super::request::NONE;
use super::program::Next;

/// A request.
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
    /// What comes after the visit that it is at, and the number of the visit.
    pub next: Next,
    pub visit: u32,
    pub ordinal: u32,
    /// The user, where the source is closed.
    pub unit: u32,
    /// The next free record.
    free: u32,
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

    /// Takes a free record for a request, if there is one.
    #[inline(always)]
    pub fn take(&mut self, request: &Request) -> Option<u32> {
        let index = self.free;
        let record = self.records.get_mut(index as usize)?;
        self.free = record.free;
        *record = *request;
        Some(index)
    }

    /// The records of requests in the system.
    pub fn in_use(&self) -> impl Iterator<Item = &Request> {
        let mut free = vec![false; self.records.len()];
        let mut at = self.free;
        while let Some(flag) = free.get_mut(at as usize) {
            *flag = true;
            at = self.records[at as usize].free;
        }
        self.records.iter().zip(free).filter(|(_, free)| !free).map(|(record, _)| record)
    }

    /// A new record.
    #[cold]
    #[inline(never)]
    pub fn grow(&mut self, request: &Request) -> u32 {
        self.records.push(*request);
        self.records.len() as u32 - 1
    }

    /// Gives a record back.
    #[inline(always)]
    pub fn remove(&mut self, index: u32) {
        self.records[index as usize].free = self.free;
        self.free = index;
    }
}

impl Request {
    pub fn new(key: u64, born: u64, ordinal: u32, unit: u32, source: u16, flow: u16, cohort: bool) -> Request {
        Request {
            key,
            born,
            entered: born,
            service: 0,
            next: Next::DONE,
            visit: 0,
            ordinal,
            unit,
            free: NONE,
            source,
            flow,
            cohort,
        }
    }
}
