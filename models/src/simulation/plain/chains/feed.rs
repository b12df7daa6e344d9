//! The arrivals of a source, drawn ahead.

use super::super::super::{BULK_INSTANCE, bulk};
use super::super::sources::Source;
use super::wheel::Wheel;
use super::{CROWD, Request};
use sim_core::engine::{Engine, print_of};
use sim_core::event_list::{Fired, Slot};

pub(super) struct Feed {
    source: Source,
    index: u32,
    /// Slot of the arrivals of its first unit.
    slot: u32,
    /// What is pending of many units.
    wheel: Option<Wheel>,
    /// Arrivals drawn ahead, and the prints of these events; those before `next` have come.
    ahead: Vec<Request>,
    prints: Vec<u64>,
    next: usize,
    /// Of a single process: the ordinal of what comes next, and when the last one came [ticks].
    ordinal: u32,
    time: u64,
    /// Crowds in a row that came at one instant.
    pub crowds_at_once: u32,
    /// Arrivals, and the sum of their times.
    pub come: u64,
    pub came: u128,
}

impl Feed {
    pub fn new(mut source: Source, index: u32, slot: u32) -> Feed {
        // They lie in the wheel.
        source.ordinals = Vec::new();
        let wheel = (source.units > 1).then(|| {
            let mut wheel = Wheel::new(source.units, source.mean());
            for unit in 0..source.units {
                wheel.push(source.coming(source.own_key(unit), 0).1, unit);
            }
            wheel
        });
        Feed {
            source,
            index,
            slot,
            wheel,
            ahead: Vec::with_capacity(CROWD),
            prints: Vec::with_capacity(CROWD),
            next: 0,
            ordinal: 0,
            time: 0,
            crowds_at_once: 0,
            come: 0,
            came: 0,
        }
    }

    /// A crowd comes up to a time; whether there may be more.
    pub fn arrive(&mut self, crowd: &mut Vec<Request>, until: u64, engine: &mut Engine) -> bool {
        if self.next == self.ahead.len() {
            self.draw_ahead();
        }
        let ahead = &self.ahead[self.next..];
        let all = ahead.last().is_some_and(|last| last.at <= until);
        let count = if all { ahead.len() } else { ahead.partition_point(|request| request.at <= until) };
        crowd.extend_from_slice(&ahead[..count]);
        self.came += ahead[..count].iter().map(|request| u128::from(request.at)).sum::<u128>();
        let prints = self.prints[self.next..][..count].iter().copied().fold(0, u64::wrapping_add);
        engine.count(count as u64, prints);
        self.come += count as u64;
        self.next += count;
        all
    }

    #[inline(never)]
    fn draw_ahead(&mut self) {
        self.ahead.clear();
        self.prints.clear();
        self.next = 0;
        match &mut self.wheel {
            None => {
                let Feed { source, ordinal, time, .. } = self;
                self.ahead.extend((0..CROWD).map(|_| {
                    let (key, gap) = source.coming(source.key, *ordinal);
                    *time = time.saturating_add(gap);
                    let request = Request { key, born: *time, at: *time, ordinal: *ordinal };
                    *ordinal = ordinal.wrapping_add(1);
                    request
                }));
                let fired = Fired::Slot(Slot(self.slot));
                self.prints.extend(self.ahead.iter().map(|request| print_of(request.at, fired)));
            }
            Some(wheel) => {
                let many = self.source.many;
                for _ in 0..CROWD {
                    let (time, unit) = wheel.pop();
                    if time == u64::MAX {
                        // Nobody comes any more.
                        self.ahead.push(Request { key: 0, born: time, at: time, ordinal: 0 });
                        self.prints.push(0);
                        break;
                    }
                    let own = self.source.own_key(unit);
                    let ordinal = wheel.units[unit as usize].ordinal;
                    let next = ordinal.wrapping_add(1);
                    wheel.units[unit as usize].ordinal = next;
                    wheel.push(time.saturating_add(self.source.coming(own, next).1), unit);
                    let fired = match many {
                        true => Fired::Bulk(bulk(BULK_INSTANCE, self.index, unit)),
                        false => Fired::Slot(Slot(self.slot + unit)),
                    };
                    self.ahead.push(Request { key: Source::key_of(own, ordinal), born: time, at: time, ordinal });
                    self.prints.push(print_of(time, fired));
                }
            }
        }
        let same = self.ahead.first().map(|first| first.at) == self.ahead.last().map(|last| last.at);
        self.crowds_at_once = if same && self.ahead.len() == CROWD { self.crowds_at_once + 1 } else { 0 };
    }
}
