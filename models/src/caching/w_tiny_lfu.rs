//! W-TinyLFU.

use super::index::{Index, NONE};
use super::recency::Recency;
use super::room::Room;
use super::sketch::Sketch;
use super::slots::Slots;
use super::{Build, Capacity, Policy, Settings};

/// Lists, most recently used first: newcomers, and the two segments of the main cache.
const WINDOW: usize = 0;
const PROBATION: usize = 1;
const PROTECTED: usize = 2;

/// Part of the capacity for newcomers, and part of the rest for what was used in the main cache.
const WINDOW_SHARE: f64 = 0.01;
const PROTECTED_SHARE: f64 = 0.80;

/// The counters are laid out for so many entries at most before they are needed.
const LAID_OUT: u64 = 1 << 22;
/// Entries that they are laid out for where the capacity is in bytes; they grow with the residents.
const BYTES_LAID_OUT: u64 = 1024;

/// W-TinyLFU (Einziger, Friedman and Manes 2017): newcomers enter a window, an LRU of 1 %. What leaves it is a candidate
/// for the main cache: where that is full, the candidate is admitted if it was asked for more often lately than the one
/// that would have to leave, and else leaves itself. The main cache is a segmented LRU (Karedla, Love and Wherry 1994):
/// a use brings an object from probation to the protected segment (80 %), whose last goes back to the front of
/// probation when it is too large; the last of probation leaves.
///
/// Counts are those of a sketch with four rows of four-bit counters, which is told of every request, hit or miss, and is
/// halved every 10 requests per entry of the capacity (in bytes: of the most residents so far). There is no doorkeeper.
/// Equal counts keep the one that is there.
///
/// The window holds at least one in entries. In bytes an object that is larger than the window is a candidate at once,
/// and one that is larger than the main cache as well is not admitted; a candidate must have been asked for more often
/// than each that leaves for it, and those stay gone that lost against it before it lost.
#[derive(Clone, Debug)]
pub struct WTinyLfu<I> {
    /// A mark is the list.
    slots: Slots<I>,
    order: Recency<3>,
    room: Room,
    weights: [u64; 3],
    window: u64,
    main: u64,
    protected: u64,
    sketch: Sketch,
    /// Entries that the sample of the sketch is measured by.
    entries: u64,
}

impl<I: Index> WTinyLfu<I> {
    #[inline]
    fn put(&mut self, slot: u32, list: usize) {
        let weight = u64::from(self.slots.weight(slot));
        self.weights[usize::from(self.slots.mark(slot))] -= weight;
        self.weights[list] += weight;
        self.order.bring(list, slot);
        self.slots.set_mark(slot, list as u8);
    }

    #[inline]
    fn delete(&mut self, slot: u32) -> u64 {
        let list = usize::from(self.slots.mark(slot));
        let weight = self.slots.weight(slot);
        self.weights[list] -= u64::from(weight);
        self.room.give(weight);
        self.order.leave(slot);
        self.slots.delete(slot)
    }

    #[inline]
    fn add(&mut self, list: usize, key: u64, weight: u32) {
        let slot = self.slots.add(key, weight, list as u8);
        self.order.bring(list, slot);
        self.weights[list] += u64::from(weight);
        self.room.take(weight);
    }

    /// Makes room in the main cache for a candidate, if it is worth it.
    #[inline]
    fn admit(&mut self, key: u64, weight: u32, evicted: &mut impl FnMut(u64)) -> bool {
        let weight = u64::from(weight);
        if weight > self.main {
            return false;
        }
        let mut count = None;
        while self.weights[PROBATION] + self.weights[PROTECTED] + weight > self.main {
            let last = self.order.back(PROBATION);
            let victim = if last == NONE { self.order.back(PROTECTED) } else { last };
            let count = *count.get_or_insert_with(|| self.sketch.count(key));
            if count <= self.sketch.count(self.slots.key(victim)) {
                return false;
            }
            evicted(self.delete(victim));
        }
        true
    }
}

impl<I: Index> Build<I> for WTinyLfu<I> {
    fn build(settings: &Settings, index: I) -> WTinyLfu<I> {
        let room = Room::new(settings.capacity);
        let window = room.share(WINDOW_SHARE, 1);
        let main = room.limit() - window;
        let entries = match settings.capacity {
            Capacity::Entries(entries) => entries,
            Capacity::Bytes(_) => BYTES_LAID_OUT,
        };
        WTinyLfu {
            slots: Slots::new(index, settings.capacity),
            order: Recency::new(),
            room,
            weights: [0; 3],
            window,
            main,
            protected: (main as f64 * PROTECTED_SHARE) as u64,
            sketch: Sketch::new(entries.min(LAID_OUT) as usize),
            entries,
        }
    }
}

impl<I: Index> Policy for WTinyLfu<I> {
    #[inline]
    fn touch(&mut self, key: u64) -> bool {
        self.sketch.add(key, self.entries);
        let slot = self.slots.find(key);
        if slot == NONE {
            return false;
        }
        if usize::from(self.slots.mark(slot)) == WINDOW {
            self.order.bring(WINDOW, slot);
            return true;
        }
        self.put(slot, PROTECTED);
        while self.weights[PROTECTED] > self.protected {
            let last = self.order.back(PROTECTED);
            self.put(last, PROBATION);
        }
        true
    }

    #[inline]
    fn insert(&mut self, key: u64, size: u32, mut evicted: impl FnMut(u64)) -> bool {
        let weight = self.room.weight(size);
        let slot = self.slots.find(key);
        if slot != NONE {
            if self.slots.weight(slot) == weight {
                return true;
            }
            self.delete(slot);
        }
        if u64::from(weight) > self.window {
            let admitted = self.admit(key, weight, &mut evicted);
            if admitted {
                self.add(PROBATION, key, weight);
            }
            return admitted;
        }
        while self.weights[WINDOW] + u64::from(weight) > self.window {
            let candidate = self.order.back(WINDOW);
            let key = self.slots.key(candidate);
            if self.admit(key, self.slots.weight(candidate), &mut evicted) {
                self.put(candidate, PROBATION);
            } else {
                evicted(self.delete(candidate));
            }
        }
        self.add(WINDOW, key, weight);
        let len = self.slots.len();
        self.sketch.fit(len);
        self.entries = self.entries.max(len as u64);
        true
    }

    #[inline]
    fn prepare(&self, keys: impl Iterator<Item = u64>) {
        let (mut all, mut count) = (0, 0);
        for key in keys {
            let slot = self.slots.slot(key);
            all |= self.slots.look(slot) | self.order.look(slot);
            count += 1;
        }
        for list in [WINDOW, PROBATION, PROTECTED] {
            let slots = self.order.upcoming(list, count / 2);
            all |= slots.fold(0, |all, slot| all | self.slots.look(slot) | self.order.look(slot));
        }
        std::hint::black_box(all);
    }

    fn remove(&mut self, key: u64) -> bool {
        let slot = self.slots.find(key);
        if slot != NONE {
            self.delete(slot);
        }
        slot != NONE
    }

    fn contains(&self, key: u64) -> bool {
        self.slots.find(key) != NONE
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn used(&self) -> u64 {
        self.room.used()
    }

    fn capacity(&self) -> Capacity {
        self.room.capacity()
    }
}
