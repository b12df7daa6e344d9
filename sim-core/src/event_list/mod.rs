//! The pending events of a simulation, earliest first.
//!
//! Two structures behind one face. Every component (or busy server) owns a *slot* with at most one pending event, in a
//! tournament tree: scheduling anew and cancelling are cheap. Large populations go as *bulk* events into a ladder queue:
//! not cancellable, and amortised O(1) each however many are pending. What happens at an event, and what time it is now,
//! is the business of the engine.
//!
//! Simultaneous events run by rank, the smaller first, and within a rank in the order in which they were scheduled,
//! slots and bulk events in one common order.

mod ladder;
mod pool;
mod tournament;

use crate::time::Time;
pub use ladder::Ladder;
pub use tournament::{IDLE, Tournament};

/// A place for one pending event.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Slot(pub u32);

/// What happens: the event of a slot, or a bulk event with the payload it was pushed with.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Fired {
    /// The pending event of this slot, which is idle from now on.
    Slot(Slot),
    /// A bulk event with this payload.
    Bulk(u64),
}

/// The order of events: time, then rank (4 bits), then sequence number (60 bits: at a billion events a second enough
/// for 36 years).
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
struct Key(u128);

impl Key {
    /// The key of no event; later than all others.
    const IDLE: Key = Key(u128::MAX);

    #[inline]
    fn new(at: Time, tie: u64) -> Key {
        Key(u128::from(at.ticks()) << 64 | u128::from(tie))
    }

    #[inline]
    fn time(self) -> Time {
        Time::from_ticks((self.0 >> 64) as u64)
    }
}

/// All pending events of a simulation.
///
/// An event at [`Time::MAX`], or within 2^31 ticks of it, never happens: scheduling a slot there leaves it idle, and a bulk event there is dropped.
///
/// ```
/// use sim_core::event_list::{EventList, Fired};
/// use sim_core::time::Time;
///
/// let mut events = EventList::new();
/// let server = events.add_slot();
/// events.schedule(server, Time::from_ticks(7), 0);
/// events.push(Time::from_ticks(5), 0, 42);
/// assert_eq!(events.next(Time::MAX), Some((Time::from_ticks(5), Fired::Bulk(42))));
/// assert_eq!(events.next(Time::from_ticks(6)), None);
/// assert_eq!(events.next(Time::MAX), Some((Time::from_ticks(7), Fired::Slot(server))));
/// ```
#[derive(Clone, Debug)]
pub struct EventList {
    tournament: Tournament,
    ladder: Ladder,
    sequence: u64,
}

impl Default for EventList {
    fn default() -> Self {
        Self::new()
    }
}

impl EventList {
    /// No slots, no events.
    pub fn new() -> Self {
        EventList { tournament: Tournament::new(), ladder: Ladder::new(), sequence: 0 }
    }

    /// A new slot, idle. Slots are never removed: callers that need slots for a while keep lists of free ones.
    /// Amortised O(1).
    ///
    /// # Panics
    ///
    /// Beyond 2^31 slots.
    pub fn add_slot(&mut self) -> Slot {
        Slot(self.tournament.add_slot())
    }

    /// The rank and a new sequence number, the lower half of a key.
    #[inline]
    fn tie(&mut self, rank: u8) -> u64 {
        debug_assert!(rank < 16, "rank {rank} is above 15");
        self.sequence += 1;
        u64::from(rank) << 60 | self.sequence
    }

    /// Sets or moves the one pending event of `slot`. Among simultaneous events of its rank (at most 15) it becomes the
    /// last, even when neither time nor rank change. O(log slots).
    ///
    /// # Panics
    ///
    /// If `slot` is not from [`EventList::add_slot`] of this list.
    #[inline]
    pub fn schedule(&mut self, slot: Slot, at: Time, rank: u8) {
        let tie = self.tie(rank);
        self.tournament.set(slot.0, at, tie);
    }

    /// Takes back the pending event of `slot`; nothing happens when it is idle.
    ///
    /// # Panics
    ///
    /// If `slot` is not from [`EventList::add_slot`] of this list.
    #[inline]
    pub fn cancel(&mut self, slot: Slot) {
        self.tournament.cancel(slot.0);
    }

    /// The time of the pending event of `slot`, `None` when it is idle.
    ///
    /// # Panics
    ///
    /// If `slot` is not from [`EventList::add_slot`] of this list.
    pub fn scheduled_at(&self, slot: Slot) -> Option<Time> {
        let time = self.tournament.key(slot.0).time();
        (time != Time::MAX).then_some(time)
    }

    /// Adds a bulk event, which cannot be cancelled. `rank` is at most 15. Amortised O(1).
    #[inline]
    pub fn push(&mut self, at: Time, rank: u8, payload: u64) {
        let tie = self.tie(rank);
        if at.ticks() < tournament::IDLE {
            self.ladder.push(at.ticks(), tie, payload);
        }
    }

    /// Removes and returns the earliest event if its time is at most `until`; otherwise all remains as it was.
    #[inline]
    pub fn next(&mut self, until: Time) -> Option<(Time, Fired)> {
        if !self.ladder.is_empty() {
            return self.next_of_both(until);
        }
        let (time, slot) = self.take_slot(until);
        (time != Time::MAX).then_some((time, Fired::Slot(Slot(slot))))
    }

    /// Removes the earliest event of a slot if its time is at most `until`; otherwise the time returned is never.
    // Not inlined: in a loop of the caller conditional moves would become branches. The result fits into registers.
    #[inline(never)]
    fn take_slot(&mut self, until: Time) -> (Time, u32) {
        let (time, slot) = self.tournament.first();
        if time > until || time == Time::MAX {
            return (Time::MAX, slot);
        }
        self.tournament.pop(slot);
        (time, slot)
    }

    #[inline(never)]
    fn next_of_both(&mut self, until: Time) -> Option<(Time, Fired)> {
        let (bulk, payload) = self.ladder.first();
        if self.tournament.first_key() < bulk {
            let (time, slot) = self.take_slot(until);
            return (time != Time::MAX).then_some((time, Fired::Slot(Slot(slot))));
        }
        let time = bulk.time();
        if time > until {
            return None;
        }
        self.ladder.pop();
        Some((time, Fired::Bulk(payload)))
    }

    /// The time of the earliest event.
    pub fn peek_time(&mut self) -> Option<Time> {
        let mut time = self.tournament.first().0;
        if !self.ladder.is_empty() {
            time = time.min(self.ladder.first().0.time());
        }
        (time != Time::MAX).then_some(time)
    }

    /// The number of pending events. O(slots): it is not kept.
    pub fn len(&self) -> usize {
        self.tournament.len() + self.ladder.len()
    }

    /// Whether no event is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The payloads of the bulk events that come next, in order: those that the ladder queue has already sorted,
    /// usually some tens. A caller with a large population can touch their records early, all at once, so that memory
    /// fetches them in parallel; worth doing when [`EventList::bottom_generation`] has changed.
    pub fn bottom_payloads(&self) -> impl Iterator<Item = u64> + '_ {
        self.ladder.bottom().iter().map(|entry| entry.payload)
    }

    /// How often the ladder queue has refilled what [`EventList::bottom_payloads`] shows.
    #[inline]
    pub fn bottom_generation(&self) -> u64 {
        self.ladder.generation()
    }
}

#[cfg(test)]
mod tests;
