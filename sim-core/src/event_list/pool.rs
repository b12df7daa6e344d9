//! Bulk events, and unsorted lists of them whose memory comes from one pool.

use super::{Key, Time};

/// Entries in a chunk.
const CHUNK: usize = 16;
/// No chunk.
const NONE: u32 = u32::MAX;

/// A bulk event.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) time: u64,
    pub(super) tie: u64,
    pub(super) payload: u64,
}

impl Entry {
    #[inline]
    pub(super) fn key(&self) -> Key {
        Key::new(Time::from_ticks(self.time), self.tie)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// An unsorted list of entries: chunks of the pool, all full but the first.
#[derive(Copy, Clone, Debug)]
pub(super) struct Bucket {
    pub(super) first: u32,
    pub(super) len: u32,
}

impl Bucket {
    pub(super) const EMPTY: Bucket = Bucket { first: NONE, len: 0 };
}

/// Chunks of [`CHUNK`] entries, used again when emptied.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    entries: Vec<Entry>,
    /// For each chunk the next of its list.
    next: Vec<u32>,
    free: u32,
}

impl Pool {
    pub(super) const fn new() -> Self {
        Pool { entries: Vec::new(), next: Vec::new(), free: NONE }
    }

    #[inline]
    pub(super) fn push(&mut self, bucket: &mut Bucket, entry: Entry) {
        let within = bucket.len as usize % CHUNK;
        if within == 0 {
            bucket.first = self.chunk(bucket.first);
        }
        bucket.len += 1;
        self.entries[bucket.first as usize * CHUNK + within] = entry;
    }

    /// Memory held.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.next.capacity() * size_of::<u32>()
    }

    /// An unused chunk, in front of the list `rest`.
    fn chunk(&mut self, rest: u32) -> u32 {
        if self.free == NONE {
            self.grow();
        }
        let chunk = self.free;
        self.free = self.next[chunk as usize];
        self.next[chunk as usize] = rest;
        chunk
    }

    /// Adds a quarter to the chunks (doubling would waste up to half of the memory).
    #[cold]
    fn grow(&mut self) {
        let old = self.next.len();
        let new = old + (old / 4).max(16);
        assert!(new < NONE as usize, "too many bulk events");
        self.entries.reserve_exact((new - old) * CHUNK);
        self.entries.resize(new * CHUNK, Entry::default());
        self.next.reserve_exact(new - old);
        for chunk in old..new {
            self.next.push(if chunk + 1 < new { chunk as u32 + 1 } else { self.free });
        }
        self.free = old as u32;
    }

    /// The entries in the first chunk of `bucket`.
    #[inline]
    pub(super) fn front(&self, bucket: Bucket) -> &[Entry] {
        if bucket.len == 0 {
            return &[];
        }
        let start = bucket.first as usize * CHUNK;
        &self.entries[start..start + (bucket.len as usize - 1) % CHUNK + 1]
    }

    /// `bucket` without its first chunk, which stays in use.
    #[inline]
    pub(super) fn rest(&self, bucket: Bucket) -> Bucket {
        let len = bucket.len - ((bucket.len - 1) % CHUNK as u32 + 1);
        Bucket { first: self.next[bucket.first as usize], len }
    }

    #[inline]
    pub(super) fn release(&mut self, chunk: u32) {
        self.next[chunk as usize] = self.free;
        self.free = chunk;
    }
}
