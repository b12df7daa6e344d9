//! What is pending: completions of servers, and arrivals. Simultaneous completions come in the order in which the
//! services began, and simultaneous arrivals in the order in which they were scheduled, as in the engine's own list;
//! between the two the rank decides: completions come first.

use super::tree::Tree;
use sim_core::event_list::{IDLE, Ladder};

/// Slots with an event each.
pub(super) trait Slots {
    /// So many slots, all idle.
    fn new(slots: usize) -> Self;
    /// The time of the first event [ticks], beyond all that is asked for when there is none, and its slot.
    fn first(&mut self) -> (u64, u32);
    /// The first event, of this slot, happens now.
    fn pop(&mut self, slot: u32);
    /// Schedules the event of a slot.
    fn set(&mut self, slot: u32, time: u64);
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
    fn pop(&mut self, _: u32) {
        self.0 = IDLE;
    }

    #[inline(always)]
    fn set(&mut self, _: u32, time: u64) {
        self.0 = time;
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
    fn pop(&mut self, slot: u32) {
        self.0.pop(slot);
    }

    #[inline(always)]
    fn set(&mut self, slot: u32, time: u64) {
        self.0.set(slot, time);
    }
}

/// Arrivals, each with a payload that says whose it is.
pub(super) trait Arrivals {
    /// Whether there is nothing but one source that is a single process.
    const SINGLE: bool;
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
    const SINGLE: bool = false;

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
    const SINGLE: bool = false;

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
