//! What is pending: completions of servers, and arrivals. Simultaneous completions come in the order in which the
//! services began, and simultaneous arrivals in the order in which they were scheduled, as in the engine's own list;
//! between the two the rank decides: completions come first.

use super::tree::Tree;
use sim_core::event_list::{IDLE, Ladder};
use std::hint::select_unpredictable;

/// Slots with an event each.
pub(super) trait Slots {
    /// So many slots, all idle.
    fn new(slots: usize) -> Self;
    /// The time of the first event [ticks], beyond all that is asked for when there is none, and its slot.
    fn first(&mut self) -> (u64, u32);
    /// The first event, of this slot, happens now; another one may follow.
    fn follow(&mut self, slot: u32, follows: bool, time: u64);
    /// Schedules the event of a slot, if there is one; else the slot means nothing.
    fn set(&mut self, slot: u32, comes: bool, time: u64);
}

/// A single slot.
pub(super) struct One(u64);

impl Slots for One {
    fn new(_: usize) -> One {
        One(IDLE)
    }

    #[inline(always)]
    fn first(&mut self) -> (u64, u32) {
        (self.0, 0)
    }

    #[inline(always)]
    fn follow(&mut self, _: u32, follows: bool, time: u64) {
        self.0 = select_unpredictable(follows, time, IDLE);
    }

    #[inline(always)]
    fn set(&mut self, _: u32, comes: bool, time: u64) {
        self.0 = select_unpredictable(comes, time, self.0);
    }
}

/// Several slots.
pub(super) struct Many(Tree);

impl Slots for Many {
    fn new(slots: usize) -> Many {
        Many(Tree::new(slots))
    }

    #[inline(always)]
    fn first(&mut self) -> (u64, u32) {
        self.0.first()
    }

    #[inline(always)]
    fn follow(&mut self, slot: u32, follows: bool, time: u64) {
        self.0.pop(slot);
        if follows {
            self.0.set(slot, time);
        }
    }

    #[inline(always)]
    fn set(&mut self, slot: u32, comes: bool, time: u64) {
        if comes {
            self.0.set(slot, time);
        }
    }
}

/// Arrivals, each with a payload that says whose it is.
pub(super) trait Arrivals {
    /// Whether there is nothing but one source that is a single process.
    const SINGLE: bool = false;
    /// Whether there are nothing but users, with a timer each.
    const CLOSED: bool = false;
    /// For so many timers.
    fn new(timers: usize) -> Self;
    /// The time of the first arrival [ticks], beyond all that is asked for when there is none.
    fn time(&mut self) -> u64;
    /// Takes the first arrival.
    fn take(&mut self) -> u64;
    /// Schedules an arrival.
    fn push(&mut self, time: u64, payload: u64);
    /// The payloads of what comes next, when there are new ones.
    fn coming(&mut self) -> Option<impl Iterator<Item = u64> + '_> {
        None::<std::iter::Empty<u64>>
    }
}

impl Arrivals for One {
    const SINGLE: bool = true;

    fn new(_: usize) -> One {
        One(IDLE)
    }

    #[inline(always)]
    fn time(&mut self) -> u64 {
        self.0
    }

    #[inline(always)]
    fn take(&mut self) -> u64 {
        self.0 = IDLE;
        0
    }

    #[inline(always)]
    fn push(&mut self, time: u64, _: u64) {
        self.0 = time;
    }
}

/// Payloads are the numbers of slots.
impl Arrivals for Many {
    fn new(timers: usize) -> Many {
        <Many as Slots>::new(timers)
    }

    #[inline(always)]
    fn time(&mut self) -> u64 {
        self.0.first().0
    }

    #[inline(always)]
    fn take(&mut self) -> u64 {
        let slot = self.0.first().1;
        self.0.pop(slot);
        u64::from(slot)
    }

    #[inline(always)]
    fn push(&mut self, time: u64, payload: u64) {
        self.0.set(payload as u32, time);
    }
}

/// A ladder queue, for very many.
pub(super) struct Bulk {
    ladder: Ladder,
    sequence: u64,
    shown: u64,
}

impl Arrivals for Bulk {
    fn new(_: usize) -> Bulk {
        Bulk { ladder: Ladder::new(), sequence: 0, shown: 0 }
    }

    #[inline(always)]
    fn time(&mut self) -> u64 {
        self.ladder.time()
    }

    #[inline(always)]
    fn take(&mut self) -> u64 {
        self.ladder.take()
    }

    #[inline(always)]
    fn push(&mut self, time: u64, payload: u64) {
        self.sequence += 1;
        if time < IDLE {
            self.ladder.push(time, self.sequence, payload);
        }
    }

    #[inline(always)]
    fn coming(&mut self) -> Option<impl Iterator<Item = u64> + '_> {
        let generation = self.ladder.generation();
        let new = generation != self.shown;
        self.shown = generation;
        new.then(|| self.ladder.bottom_payloads())
    }
}

/// Timers of users: a tournament of slots whose events are never moved.
///
/// Simultaneous ones are put in order when the first of them is taken, so that matches need not look for them.
pub(super) struct Users {
    tree: Tree<false>,
    /// When each slot was scheduled last: a number that grows.
    ties: Vec<u64>,
    sequence: u64,
}

impl Users {
    /// Of all events at this time, of which that of `slot` has just been cleared, the one that was scheduled first.
    #[cold]
    #[inline(never)]
    fn first_of_equal(&mut self, time: u64, slot: u32) -> u32 {
        let mut equal = vec![slot];
        while self.tree.root().0 == time {
            let another = self.tree.root().1;
            self.tree.clear(another);
            equal.push(another);
        }
        let first = equal.iter().copied().min_by_key(|slot| self.ties[*slot as usize]).unwrap_or(slot);
        equal.iter().filter(|slot| **slot != first).for_each(|slot| self.tree.set(*slot, time));
        first
    }
}

/// Payloads are the numbers of slots.
impl Arrivals for Users {
    const CLOSED: bool = true;

    fn new(timers: usize) -> Users {
        Users { tree: Tree::deep(timers), ties: vec![0; timers], sequence: 0 }
    }

    #[inline(always)]
    fn time(&mut self) -> u64 {
        self.tree.root().0
    }

    #[inline(always)]
    fn take(&mut self) -> u64 {
        let (time, slot) = self.tree.root();
        self.tree.clear(slot);
        let slot = if self.tree.root().0 == time { self.first_of_equal(time, slot) } else { slot };
        u64::from(slot)
    }

    #[inline(always)]
    fn push(&mut self, time: u64, payload: u64) {
        self.sequence += 1;
        self.ties[payload as usize] = self.sequence;
        self.tree.set(payload as u32, time);
    }
}
