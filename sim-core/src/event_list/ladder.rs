//! A ladder queue (Tang, Goh and Thng, ACM Transactions on Modeling and Computer Simulation 15(3), 2005).
//!
//! ```text
//!   time ->   bottom | rungs, finest first            | top
//!             sorted | buckets, unsorted              | unsorted
//!             . . .  | [..][.][...]  [   ][  ][ ][  ] | . .. . .  .
//! ```
//!
//! Far events wait unsorted in *top*. When all before them are gone, they are spread over the equal buckets of a
//! *rung*; a bucket whose turn has come is spread over a finer rung if it is large, or sorted into *bottom*, from which
//! events leave. Each event is so moved a few times only, whatever the number pending.
//!
//! Differences from the paper: the width of a bucket is a power of two, so that finding the bucket is a shift; buckets
//! and top are lists of chunks from one pool, so that memory is bounded by the number pending; the range of a rung is
//! that of the events it is made from, so that equal times are never spread; events that would move many others in
//! bottom wait in a heap beside it, which is spread over a rung with bottom when it becomes as large.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Key;
use super::pool::{Bucket, Entry, Pool};

/// Entries a bucket should hold on average, at least; up to twice as many, for the width is a power of two.
/// 12 and 20 measured alike; 8 is slower.
const PER_BUCKET: usize = 12;
/// Buckets of a rung at most.
const FAN_OUT: usize = 1024;
/// A bucket of at most so many entries is sorted, not spread.
const SORTED: usize = 32;
/// Rungs at most; with so many a bucket is sorted whatever its size.
const RUNGS: usize = 12;
/// Entries moved at most to insert one into bottom.
const MOVED: usize = 128;
/// Entries in bottom and beside it that are worth a rung.
const CROWD: usize = 512;

/// Buckets of equal width.
#[derive(Clone, Debug, Default)]
struct Rung {
    /// Time at which the first bucket begins.
    start: u64,
    /// Binary logarithm of the width of a bucket.
    shift: u32,
    buckets: Vec<Bucket>,
    /// The bucket whose turn is next.
    current: usize,
    /// Time at which that bucket begins; where all have had their turn, the `floor` of the rung above.
    floor: u64,
    /// Entries in all buckets.
    len: usize,
}

impl Rung {
    /// Prepares the rung for `len` entries between `min` and `max`.
    fn reset(&mut self, min: u64, max: u64, len: usize) {
        let range = max - min;
        let fan_out = (len / PER_BUCKET).clamp(2, FAN_OUT) as u64;
        // The smallest shift with range >> shift < fan_out.
        let mut shift = (64 - range.leading_zeros()).saturating_sub(64 - fan_out.leading_zeros());
        while range >> shift >= fan_out {
            shift += 1;
        }
        self.start = min;
        self.shift = shift;
        self.buckets.clear();
        self.buckets.resize((range >> shift) as usize + 1, Bucket::EMPTY);
        self.current = 0;
        self.floor = min;
        self.len = 0;
    }

    #[inline]
    fn push(&mut self, pool: &mut Pool, entry: Entry) {
        // Later times than the rung was made for, but before the rung above, go to the last bucket.
        let bucket = ((entry.time - self.start) >> self.shift).min(self.buckets.len() as u64 - 1);
        pool.push(&mut self.buckets[bucket as usize], entry);
        self.len += 1;
    }

    /// Takes the next bucket that is not empty; there must be one. `end` is the floor of the rung above.
    fn take(&mut self, end: u64) -> Bucket {
        while self.buckets[self.current].len == 0 {
            self.current += 1;
        }
        let bucket = std::mem::replace(&mut self.buckets[self.current], Bucket::EMPTY);
        self.current += 1;
        self.len -= bucket.len as usize;
        self.floor = if self.current == self.buckets.len() {
            end
        } else {
            // Less than 2^64: the bucket is not behind the last, which begins at or before the latest entry.
            self.start + ((self.current as u64) << self.shift)
        };
        bucket
    }
}

/// Very many events, the earliest first.
#[derive(Clone, Debug)]
pub struct Ladder {
    pool: Pool,
    /// Events at `top_start` or later.
    top: Bucket,
    top_start: u64,
    top_min: u64,
    top_max: u64,
    /// The first `depth` are in use, the coarsest first; the others keep their memory.
    rungs: Vec<Rung>,
    depth: usize,
    /// Events before all rungs, sorted; those before `head` are gone.
    bottom: Vec<Entry>,
    head: usize,
    /// Events that belong into bottom, but would have moved too many others.
    late: BinaryHeap<Reverse<Entry>>,
    /// With more entries in bottom and beside it these are spread over a rung.
    crowd_limit: usize,
    len: usize,
    generation: u64,
}

impl Default for Ladder {
    fn default() -> Self {
        Self::new()
    }
}

impl Ladder {
    /// Without events.
    pub const fn new() -> Self {
        Ladder {
            pool: Pool::new(),
            top: Bucket::EMPTY,
            top_start: 0,
            top_min: u64::MAX,
            top_max: 0,
            rungs: Vec::new(),
            depth: 0,
            bottom: Vec::new(),
            head: 0,
            late: BinaryHeap::new(),
            crowd_limit: CROWD,
            len: 0,
            generation: 0,
        }
    }

    /// Whether no event is pending.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bottom(&self) -> &[Entry] {
        &self.bottom[self.head..]
    }

    /// Memory held.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let entries = self.bottom.capacity() + self.late.capacity();
        let buckets: usize = self.rungs.iter().map(|rung| rung.buckets.capacity()).sum();
        self.pool.bytes() + entries * size_of::<Entry>() + buckets * size_of::<Bucket>()
    }

    /// How often what [`Ladder::bottom_payloads`] shows has been refilled.
    #[inline]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The payloads of the events that come next: those that are sorted already.
    pub fn bottom_payloads(&self) -> impl Iterator<Item = u64> + '_ {
        self.bottom().iter().map(|entry| entry.payload)
    }

    /// The time of the earliest event [ticks]; `u64::MAX` when there is none.
    #[inline(always)]
    pub fn time(&mut self) -> u64 {
        if self.head < self.bottom.len() && self.late.is_empty() {
            self.bottom[self.head].time
        } else if self.len == 0 {
            u64::MAX
        } else {
            self.first().0.time().ticks()
        }
    }

    /// Takes the earliest event, whose time has just been asked for; there must be one.
    #[inline(always)]
    pub fn take(&mut self) -> u64 {
        let payload = self.first().1;
        self.pop();
        payload
    }

    /// Adds an event; `time` is less than `u64::MAX`. Among equal times the smaller `tie` comes first.
    #[inline]
    pub fn push(&mut self, time: u64, tie: u64, payload: u64) {
        let entry = Entry { time, tie, payload };
        if self.len == 0 {
            // Nothing is sorted yet: begin anew, lest all go to bottom one by one.
            self.top_start = 0;
            self.depth = 0;
        }
        self.len += 1;
        if time >= self.top_start {
            self.top_min = self.top_min.min(time);
            self.top_max = self.top_max.max(time);
            self.pool.push(&mut self.top, entry);
            return;
        }
        for rung in &mut self.rungs[..self.depth] {
            if time >= rung.floor {
                rung.push(&mut self.pool, entry);
                return;
            }
        }
        self.push_bottom(entry);
    }

    fn push_bottom(&mut self, entry: Entry) {
        let key = entry.key();
        let before = self.bottom[self.head..].partition_point(|other| other.key() < key);
        let place = self.head + before;
        let behind = self.bottom.len() - place;
        if self.head > 0 && before <= MOVED {
            self.bottom.copy_within(self.head..place, self.head - 1);
            self.head -= 1;
            self.bottom[place - 1] = entry;
        } else if behind <= MOVED {
            self.bottom.insert(place, entry);
            if self.head > MOVED && 2 * self.head > self.bottom.len() {
                self.bottom.drain(..self.head);
                self.head = 0;
            }
        } else {
            self.late.push(Reverse(entry));
        }
        if self.crowd() > self.crowd_limit {
            self.spread_crowd();
        }
    }

    /// Entries in bottom and beside it.
    #[inline]
    fn crowd(&self) -> usize {
        self.bottom.len() - self.head + self.late.len()
    }

    /// Spreads bottom and what is beside it over a new rung, unless all are simultaneous.
    #[cold]
    fn spread_crowd(&mut self) {
        let crowd = self.crowd();
        let late = self.late.iter().map(|Reverse(entry)| entry);
        let times = || self.bottom[self.head..].iter().chain(late.clone()).map(|entry| entry.time);
        let min = times().min().unwrap_or(0);
        let max = times().max().unwrap_or(0);
        if min == max || self.depth == RUNGS {
            self.crowd_limit = 2 * crowd;
            return;
        }
        let rung = next_rung(&mut self.rungs, &mut self.depth);
        rung.reset(min, max, crowd);
        for &entry in &self.bottom[self.head..] {
            rung.push(&mut self.pool, entry);
        }
        for Reverse(entry) in self.late.drain() {
            rung.push(&mut self.pool, entry);
        }
        self.bottom.clear();
        self.head = 0;
    }

    /// The earliest event; there must be one.
    #[inline]
    pub(super) fn first(&mut self) -> (Key, u64) {
        let entry = if self.late.is_empty() {
            if self.head == self.bottom.len() {
                self.refill();
            }
            self.bottom[self.head]
        } else {
            self.first_of_crowd()
        };
        (entry.key(), entry.payload)
    }

    /// The earliest event while there are late ones.
    #[cold]
    fn first_of_crowd(&self) -> Entry {
        match (self.bottom.get(self.head), self.late.peek()) {
            (Some(&bottom), Some(&Reverse(late))) => bottom.min(late),
            (None, Some(&Reverse(late))) => late,
            (_, None) => unreachable!("called with late events only"),
        }
    }

    /// Removes the event that `first` has just returned.
    #[inline]
    pub(super) fn pop(&mut self) {
        self.len -= 1;
        if self.late.is_empty() {
            self.head += 1;
        } else {
            self.pop_of_crowd();
        }
    }

    #[cold]
    fn pop_of_crowd(&mut self) {
        match (self.bottom.get(self.head), self.late.peek()) {
            (Some(bottom), Some(Reverse(late))) if bottom < late => self.head += 1,
            _ => {
                self.late.pop();
            }
        }
    }

    /// Moves the earliest events into bottom, which is empty; there must be some.
    fn refill(&mut self) {
        self.generation += 1;
        self.bottom.clear();
        self.head = 0;
        loop {
            let bucket = if self.depth > 0 {
                let end = if self.depth > 1 { self.rungs[self.depth - 2].floor } else { self.top_start };
                let rung = &mut self.rungs[self.depth - 1];
                if rung.len == 0 {
                    self.depth -= 1;
                    continue;
                }
                rung.take(end)
            } else {
                self.top_start = self.top_max + 1;
                self.top_min = u64::MAX;
                self.top_max = 0;
                std::mem::replace(&mut self.top, Bucket::EMPTY)
            };
            if self.sort_or_spread(bucket) {
                return;
            }
        }
    }

    /// Sorts `bucket` into bottom (true) or spreads it over a new rung (false).
    fn sort_or_spread(&mut self, mut bucket: Bucket) -> bool {
        if bucket.len as usize > SORTED && self.depth < RUNGS {
            let (mut min, mut max) = (u64::MAX, 0);
            let mut rest = bucket;
            while rest.len > 0 {
                for entry in self.pool.front(rest) {
                    min = min.min(entry.time);
                    max = max.max(entry.time);
                }
                rest = self.pool.rest(rest);
            }
            if min < max {
                let rung = next_rung(&mut self.rungs, &mut self.depth);
                rung.reset(min, max, bucket.len as usize);
                while bucket.len > 0 {
                    for at in 0..self.pool.front(bucket).len() {
                        let entry = self.pool.front(bucket)[at];
                        rung.push(&mut self.pool, entry);
                    }
                    let chunk = bucket.first;
                    bucket = self.pool.rest(bucket);
                    self.pool.release(chunk);
                }
                return false;
            }
        }
        while bucket.len > 0 {
            self.bottom.extend_from_slice(self.pool.front(bucket));
            let chunk = bucket.first;
            bucket = self.pool.rest(bucket);
            self.pool.release(chunk);
        }
        self.bottom.sort_unstable();
        self.crowd_limit = CROWD.max(2 * self.bottom.len());
        true
    }
}

/// The first unused rung, from now on in use.
fn next_rung<'a>(rungs: &'a mut Vec<Rung>, depth: &mut usize) -> &'a mut Rung {
    if *depth == rungs.len() {
        rungs.push(Rung::default());
    }
    *depth += 1;
    &mut rungs[*depth - 1]
}
