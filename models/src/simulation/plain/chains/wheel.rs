//! What is pending of a source of many units: one arrival for each.
//!
//! ```text
//!   time ->   now, sorted | windows of equal width, unsorted | far
//!             . .. . ..   | [...][. ..][....][ . ]...        | . ... .
//! ```
//!
//! A calendar queue (Brown 1988) for events of which it is known how often they come: the width of a window, a power of
//! two, is chosen for some hundreds. A window whose turn has come is sorted, by distribution first. An entry is one word,
//! the time within its window above the number of the unit, so that little memory is moved.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Entries in a window on average, at most; and windows in a mean gap, at least, so that few arrivals are for the window
/// that is sorted already.
const PER_WINDOW: f64 = 512.0;
const PER_GAP: f64 = 64.0;
/// Windows at most, and mean gaps that those in sight cover: of exponential gaps 3 in 10 000 are longer.
const WINDOWS: f64 = 16384.0;
const GAPS: f64 = 8.0;
/// Entries in a chunk.
const CHUNK: usize = 32;
/// Entries moved at most to insert one into those that are sorted.
const MOVED: usize = 256;
const NONE: u32 = u32::MAX;
/// From here on time has ended [ticks].
const NEVER: u64 = u64::MAX >> 1;

/// What is known of a unit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unit {
    /// Ordinal of its next request.
    pub ordinal: u32,
    /// When its arrival was scheduled, as a number that grows (and wraps): decides between simultaneous ones.
    scheduled: u32,
}

/// Chunks in a list; the first has `room` left.
#[derive(Clone, Copy, Debug)]
struct Window {
    chunk: u32,
    room: u32,
}

const EMPTY: Window = Window { chunk: NONE, room: 0 };

#[derive(Debug)]
pub struct Wheel {
    pub units: Vec<Unit>,
    scheduled: u32,
    /// Bits of the number of a unit, and of the time within a window.
    unit_bits: u32,
    width: u32,
    /// The window that is sorted, counted from time 0; its entries, and those before `next` have been taken.
    now: u64,
    sorted: Vec<u64>,
    next: usize,
    /// Entries of that window which would have moved too many others.
    late: BinaryHeap<Reverse<(u64, u32, u32)>>,
    windows: Vec<Window>,
    chunks: Vec<[u64; CHUNK]>,
    links: Vec<u32>,
    free: u32,
    /// Times and units beyond the windows in sight, which go up to this one.
    far: Vec<(u64, u32)>,
    sight: u64,
    /// Entries in all windows that are not sorted yet.
    pending: usize,
    scratch: Vec<u64>,
    ends: Vec<u32>,
}

impl Wheel {
    /// Nothing pending; gaps of a unit have this mean [ticks].
    pub fn new(units: u32, gap: f64) -> Wheel {
        let unit_bits = 32 - units.saturating_sub(1).leading_zeros().min(31);
        let number = f64::from(units);
        let per_window = PER_WINDOW.min(number / PER_GAP).max(2.0);
        let width = (gap * per_window / number).max(1.0).log2().ceil();
        let width = if width.is_finite() { (width as u32).min(63 - unit_bits) } else { 20 };
        let windows = (GAPS * number / per_window).clamp(16.0, WINDOWS) as usize;
        let windows = windows.next_power_of_two();
        Wheel {
            units: vec![Unit::default(); units as usize],
            scheduled: 0,
            unit_bits,
            width,
            now: 0,
            sorted: Vec::new(),
            next: 0,
            late: BinaryHeap::new(),
            windows: vec![EMPTY; windows],
            chunks: Vec::new(),
            links: Vec::new(),
            free: NONE,
            far: Vec::new(),
            sight: windows as u64,
            pending: 0,
            scratch: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Schedules the arrival of a unit, which has none pending, not before what has been taken.
    #[inline(always)]
    pub fn push(&mut self, time: u64, unit: u32) {
        self.scheduled = self.scheduled.wrapping_add(1);
        self.units[unit as usize].scheduled = self.scheduled;
        let window = time >> self.width;
        if window > self.now && window < self.sight {
            self.append(window, self.entry(time, unit));
        } else {
            self.push_elsewhere(time, unit);
        }
    }

    #[inline(always)]
    fn entry(&self, time: u64, unit: u32) -> u64 {
        (time & ((1 << self.width) - 1)) << self.unit_bits | u64::from(unit)
    }

    #[inline(always)]
    fn append(&mut self, window: u64, entry: u64) {
        let at = window as usize & (self.windows.len() - 1);
        if self.windows[at].room == 0 {
            self.add_chunk(at);
        }
        let Window { chunk, room } = &mut self.windows[at];
        *room -= 1;
        self.chunks[*chunk as usize][*room as usize & (CHUNK - 1)] = entry;
        self.pending += 1;
    }

    #[inline(never)]
    fn add_chunk(&mut self, window: usize) {
        if self.free == NONE {
            self.free = self.chunks.len() as u32;
            self.chunks.push([0; CHUNK]);
            self.links.push(NONE);
        }
        let chunk = self.free;
        self.free = std::mem::replace(&mut self.links[chunk as usize], self.windows[window].chunk);
        self.windows[window] = Window { chunk, room: CHUNK as u32 };
    }

    /// For the window that is sorted, or beyond those in sight.
    #[inline(never)]
    fn push_elsewhere(&mut self, time: u64, unit: u32) {
        if time >= NEVER {
            return;
        }
        if time >> self.width > self.now {
            self.far.push((time, unit));
            return;
        }
        let entry = self.entry(time, unit);
        // It is the last to be scheduled: behind all that are simultaneous.
        let end = ((entry >> self.unit_bits) + 1) << self.unit_bits;
        let place = self.next + self.sorted[self.next..].partition_point(|other| *other < end);
        if self.sorted.len() - place > MOVED {
            self.late.push(Reverse((entry >> self.unit_bits, self.scheduled, unit)));
        } else {
            self.sorted.insert(place, entry);
        }
    }

    /// Takes the first arrival: its time [ticks], after all that is asked for when there is none, and its unit.
    #[inline(always)]
    pub fn pop(&mut self) -> (u64, u32) {
        if self.next == self.sorted.len() || !self.late.is_empty() {
            return self.pop_closely();
        }
        let entry = self.sorted[self.next];
        self.next += 1;
        self.event(entry)
    }

    #[inline(always)]
    fn event(&self, entry: u64) -> (u64, u32) {
        let time = self.now << self.width | entry >> self.unit_bits;
        (time, (entry & ((1 << self.unit_bits) - 1)) as u32)
    }

    #[inline(never)]
    fn pop_closely(&mut self) -> (u64, u32) {
        if let Some(Reverse((time, scheduled, unit))) = self.late.peek().copied() {
            let sorted = self.sorted.get(self.next).map(|entry| entry >> self.unit_bits);
            let earlier = match sorted {
                Some(other) if other == time => {
                    let other = self.event(self.sorted[self.next]).1;
                    before(scheduled, self.units[other as usize].scheduled)
                }
                Some(other) => time < other,
                None => true,
            };
            if earlier {
                let event = (self.now << self.width | time, unit);
                self.late.pop();
                return event;
            }
        }
        if self.next == self.sorted.len() && !self.open_next() {
            return (u64::MAX, 0);
        }
        let entry = self.sorted[self.next];
        self.next += 1;
        self.event(entry)
    }

    /// Sorts the next window that is not empty; `false` when nothing is pending.
    fn open_next(&mut self) -> bool {
        self.sorted.clear();
        self.next = 0;
        if self.pending == 0 && !self.far.is_empty() {
            // Nothing is in sight: go on to the first that is far.
            let first = self.far.iter().map(|(time, _)| time >> self.width).min().unwrap_or(self.now + 1);
            self.now = first - 1;
            self.look_farther();
        }
        while self.pending > 0 {
            self.now += 1;
            if self.now == self.sight {
                self.look_farther();
            }
            let at = self.now as usize & (self.windows.len() - 1);
            if self.windows[at].chunk != NONE {
                self.open(at);
                return true;
            }
        }
        false
    }

    /// The windows from the present one on come in sight. (The present one is empty, or has just come in sight.)
    fn look_farther(&mut self) {
        self.sight = self.now + self.windows.len() as u64;
        let mut far = std::mem::take(&mut self.far);
        far.retain(|&(time, unit)| {
            let window = time >> self.width;
            if window < self.sight {
                self.append(window, self.entry(time, unit));
            }
            window >= self.sight
        });
        self.far = far;
    }

    /// Takes the entries of a window, and sorts them.
    fn open(&mut self, at: usize) {
        let Window { mut chunk, room } = std::mem::replace(&mut self.windows[at], EMPTY);
        let mut from = room as usize;
        self.scratch.clear();
        while chunk != NONE {
            self.scratch.extend_from_slice(&self.chunks[chunk as usize][from..]);
            let rest = std::mem::replace(&mut self.links[chunk as usize], self.free);
            self.free = chunk;
            (chunk, from) = (rest, 0);
        }
        self.pending -= self.scratch.len();
        // What is known of the units is fetched from memory now, all at once.
        let mask = (1 << self.unit_bits) - 1;
        let near = self.scratch.iter().map(|entry| self.units[(entry & mask) as usize].ordinal);
        std::hint::black_box(near.fold(0, u32::wrapping_add));
        self.distribute();
        self.sort();
    }

    /// From scratch to sorted, in the order of as many parts of the window as there are entries.
    fn distribute(&mut self) {
        let bits = (usize::BITS - self.scratch.len().leading_zeros()).min(12).min(self.width);
        let shift = self.width + self.unit_bits - bits;
        self.ends.clear();
        self.ends.resize(1 << bits, 0);
        for entry in &self.scratch {
            self.ends[(entry >> shift) as usize] += 1;
        }
        let mut end = 0;
        for part in &mut self.ends {
            end += *part;
            *part = end;
        }
        self.sorted.resize(self.scratch.len(), 0);
        for &entry in &self.scratch {
            let place = &mut self.ends[(entry >> shift) as usize];
            *place -= 1;
            self.sorted[*place as usize] = entry;
        }
    }

    /// Sorts what is nearly sorted: by time, and simultaneous arrivals as they were scheduled.
    fn sort(&mut self) {
        let (bits, units) = (self.unit_bits, &self.units);
        let scheduled = |entry: u64| units[(entry & ((1 << bits) - 1)) as usize].scheduled;
        let less = |one: u64, other: u64| match one >> bits == other >> bits {
            true => before(scheduled(one), scheduled(other)),
            false => one < other,
        };
        let mut moves = 8 * self.sorted.len();
        for at in 1..self.sorted.len() {
            let entry = self.sorted[at];
            let mut place = at;
            while place > 0 && less(entry, self.sorted[place - 1]) {
                self.sorted[place] = self.sorted[place - 1];
                place -= 1;
            }
            self.sorted[place] = entry;
            moves = moves.saturating_sub(at - place);
            if moves == 0 {
                // Many lie in one part of the window.
                self.sorted.sort_unstable_by(|one, other| match less(*one, *other) {
                    true => std::cmp::Ordering::Less,
                    false if one == other => std::cmp::Ordering::Equal,
                    false => std::cmp::Ordering::Greater,
                });
                return;
            }
        }
    }
}

/// Whether one number was given before another, of numbers that wrap.
#[inline(always)]
fn before(one: u32, other: u32) -> bool {
    (one.wrapping_sub(other) as i32) < 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::random::mix;

    /// The wheel and a slow list of (time, number of scheduling, unit).
    fn agree(units: u32, mean: f64, steps: usize, gap: impl Fn(u64) -> u64) {
        let mut wheel = Wheel::new(units, mean);
        let mut slow = BinaryHeap::new();
        let mut number = 0u64;
        let mut push = |wheel: &mut Wheel, slow: &mut BinaryHeap<Reverse<(u64, u64, u32)>>, time, unit| {
            number += 1;
            wheel.push(time, unit);
            if time < NEVER {
                slow.push(Reverse((time, number, unit)));
            }
        };
        (0..units).for_each(|unit| push(&mut wheel, &mut slow, gap(mix(u64::from(unit))), unit));
        for step in 0..steps as u64 {
            let Some(Reverse((time, _, unit))) = slow.pop() else {
                assert_eq!(wheel.pop().0, u64::MAX);
                return;
            };
            assert_eq!(wheel.pop(), (time, unit), "{units} units, mean {mean}, step {step}");
            push(&mut wheel, &mut slow, time.saturating_add(gap(mix(step + 1_000_000))), unit);
        }
    }

    #[test]
    fn arrivals_come_by_time_and_simultaneous_ones_as_they_were_scheduled() {
        for units in [1, 2, 3, 100, 5000] {
            agree(units, 1e6, 50_000, |random| random % 2_000_000);
            // Many are equal.
            agree(units, 3.0, 50_000, |random| random % 6);
            agree(units, 1000.0, 50_000, |_| 1000);
            // Other gaps than the mean says, and many at once.
            agree(units, 10.0, 20_000, |random| random % 2_000_000);
            agree(units, 1e9, 20_000, |random| random % 2_000_000);
            agree(units, f64::INFINITY, 20_000, |random| random % 2_000_000);
            agree(units, 1e6, 20_000, |random| if random % 3 == 0 { 10_000_000_000 } else { random % 3 });
            agree(units, 1e6, 20_000, |random| if random % 8 == 0 { u64::MAX } else { 5 });
        }
    }
}
