//! The engine: takes the events in order, moves the clock, counts them, and keeps a fingerprint of the run.

use crate::event_list::{EventList, Fired, Slot};
use crate::time::Time;

/// Events at one instant after which the run is taken to be stuck.
pub const STUCK_AFTER: u64 = 2_000_000;

/// Ranks of simultaneous events: smaller first; within a rank in the order of scheduling.
pub mod rank {
    /// The end of a service: departures come before everything else.
    pub const DEPARTURE: u8 = 0;
    /// A change of servers: failure, repair, shift, set-up and vacation.
    pub const SERVERS: u8 = 1;
    /// The end of a delay, a propagation or a backoff.
    pub const DELAY: u8 = 2;
    /// A timeout, or the end of somebody's patience.
    pub const TIMEOUT: u8 = 3;
    /// An arrival from a source.
    pub const ARRIVAL: u8 = 4;
    /// An observation: it sees everything that happened at its time.
    pub const OBSERVATION: u8 = 5;
}

/// A hash of one event, by its time [ticks] and what it is: both halves of a long product, folded.
#[inline(always)]
pub fn print_of(time: u64, fired: Fired) -> u64 {
    let what = match fired {
        Fired::Slot(Slot(slot)) => u64::from(slot),
        Fired::Bulk(payload) => payload ^ 0x9e37_79b9_7f4a_7c15,
    };
    let product = u128::from(time ^ what.rotate_left(40)) * u128::from(0x2545_f491_4f6c_dd1d ^ what << 1);
    product as u64 ^ (product >> 64) as u64
}

/// The clock and the pending events of one replication.
#[derive(Debug)]
pub struct Engine {
    /// Pending events.
    pub list: EventList,
    now: Time,
    events: u64,
    /// The instant at which it was last asked whether time moves on, and the events until then.
    watched: (Time, u64),
    fingerprint: u64,
}

impl Default for Engine {
    fn default() -> Self {
        Engine::new()
    }
}

impl Engine {
    /// An engine at time 0 with nothing pending.
    pub fn new() -> Engine {
        Engine { list: EventList::new(), now: Time::ZERO, events: 0, watched: (Time::ZERO, 0), fingerprint: 0 }
    }

    /// The current time.
    #[inline(always)]
    pub fn now(&self) -> Time {
        self.now
    }

    /// The next event at or before `until`, to which the clock moves; `None` when there is none: then the clock stays.
    #[inline(always)]
    pub fn next(&mut self, until: Time) -> Option<Fired> {
        let (time, fired) = self.list.next(until)?;
        self.take(time, fired);
        Some(fired)
    }

    /// Takes an event that was pending elsewhere: the clock moves to it, and it is counted.
    #[inline(always)]
    pub fn take(&mut self, time: Time, fired: Fired) {
        self.now = time;
        self.count(1, print_of(time.ticks(), fired));
    }

    /// Counts events that were taken elsewhere, by their number and the sum of their [prints](print_of).
    #[inline(always)]
    pub fn count(&mut self, events: u64, prints: u64) {
        self.events += events;
        self.fingerprint = self.fingerprint.wrapping_add(prints);
    }

    /// Schedules the event of `slot` after a span of ticks; an event beyond the end of time never happens.
    #[inline(always)]
    pub fn after(&mut self, slot: Slot, span: u64, rank: u8) {
        self.list.schedule(slot, self.now.saturating_add(span), rank);
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// A hash over the times and names of all events so far: the sum of their [prints](print_of). It does not depend on
    /// the order in which they were taken, so that an executor may take them station by station.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Whether so many events have happened at one instant that time seems to stand still. To be asked now and then:
    /// it looks at what has happened since it was asked last. So many as there are `members` may well do something at once.
    pub fn is_stuck(&mut self, members: u64) -> bool {
        if self.now != self.watched.0 {
            self.watched = (self.now, self.events);
        }
        self.events - self.watched.1 > STUCK_AFTER.saturating_add(members.saturating_mul(20))
    }
}
