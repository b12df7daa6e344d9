//! Sources of requests, and where requests leave.

use super::super::request::NONE;
use super::super::source::{GAP, THINK, request_key};
use super::super::{BULK_INSTANCE, BULK_THINK, MANY_TIMERS, Outcome, Phase, Simulation, Stop, bulk};
use super::Plain;
use super::pending::{Arrivals, Slots};
use super::program::Next;
use super::request::Request;
use super::table::Table;
use crate::system::Arrivals as Workload;
use sim_core::distributions::{Distribution, Exponential, Family};
use sim_core::event_list::{Fired, Slot};
use sim_core::random::{Keyed, combine};
use sim_core::time::Time;

/// The source of a flow.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub flow: u16,
    pub closed: bool,
    pub many: bool,
    pub units: u32,
    pub key: u64,
    /// Gaps, or thoughts: exponential, or whatever else.
    exponential: Option<Exponential>,
    other: Option<Distribution>,
    site: u64,
    /// Ordinal of the next request of each unit; not of users that have timers.
    pub ordinals: Vec<u32>,
    /// Of the single process: the keys of its next request and the one after, and the gap between them.
    next_key: u64,
    after_key: u64,
    gap: u64,
    ordinal: u32,
}

impl super::super::source::Source {
    /// Whether it is one process.
    pub(super) fn is_single(&self) -> bool {
        self.units == 1 && !self.closed
    }

    /// Whether its events go to the bulk list.
    pub(super) fn is_many(&self) -> bool {
        self.units as usize > MANY_TIMERS
    }
}

/// The sources of a system, and source and unit of each timer.
pub(super) fn lay_out(simulation: &Simulation<'_>) -> (Vec<Source>, Vec<(u32, u32)>) {
    let mut sources = Vec::new();
    let mut timers = Vec::new();
    for (index, source) in simulation.sources.iter().enumerate() {
        let flow = &simulation.system.flows[source.flow as usize];
        let spans = match (&source.gap, &flow.arrivals) {
            (Some(gap), _) => gap.clone(),
            (None, Some(Workload::Closed { think, .. })) => think.clone(),
            (None, _) => continue,
        };
        sources.push(Source {
            flow: source.flow,
            closed: source.closed,
            many: source.is_many(),
            units: source.units,
            key: source.key,
            exponential: match &spans {
                Distribution::Exponential(exponential) => Some(*exponential),
                _ => None,
            },
            other: Some(spans),
            site: if source.closed { THINK } else { GAP },
            ordinals: vec![0; source.units as usize],
            next_key: 0,
            after_key: 0,
            gap: 0,
            ordinal: 0,
        });
        if !source.is_many() {
            timers.extend((0..source.units).map(|unit| (index as u32, unit)));
        }
    }
    (sources, timers)
}

impl Source {
    /// The key that those of a unit's requests are made from.
    #[inline(always)]
    pub fn own_key(&self, unit: u32) -> u64 {
        if self.units == 1 { self.key } else { combine(self.key, u64::from(unit)) }
    }

    /// The key of a request by that of its unit and its ordinal.
    #[inline(always)]
    pub fn key_of(own: u64, ordinal: u32) -> u64 {
        request_key(own, ordinal)
    }

    /// The same, and the gap before that request [ticks].
    #[inline(always)]
    pub fn coming(&self, own: u64, ordinal: u32) -> (u64, u64) {
        let key = request_key(own, ordinal);
        (key, self.span(key, ordinal))
    }

    /// Mean gap or thought [ticks].
    pub fn mean(&self) -> f64 {
        self.other.as_ref().map_or(f64::INFINITY, Distribution::mean)
    }

    /// The gap or thought before the request with this key and ordinal [ticks].
    #[inline(always)]
    pub fn span(&self, key: u64, ordinal: u32) -> u64 {
        let mut random = Keyed::new(key, self.site);
        let span = match &self.exponential {
            Some(exponential) => exponential.sample(&mut random),
            None => self.other_span(ordinal, random),
        };
        (span + 0.5) as i64 as u64
    }

    #[inline(never)]
    fn other_span(&self, ordinal: u32, mut random: Keyed) -> f64 {
        self.other.as_ref().map_or(0.0, |other| other.sample_at(u64::from(ordinal), &mut random))
    }
}

impl<S: Slots, A: Arrivals, const ROOM: usize> Plain<'_, S, A, ROOM> {
    pub(super) fn start_sources(&mut self) {
        let mut timer = 0;
        for index in 0..self.books.sources.len() as u32 {
            let source = &mut self.sources[index];
            for unit in 0..source.units {
                let span = source.span(request_key(source.own_key(unit), 0), 0);
                if source.many {
                    let kind = if source.closed { BULK_THINK } else { BULK_INSTANCE };
                    self.arrivals.push(span, bulk(kind, index, unit));
                } else {
                    self.arrivals.push(span, timer);
                    timer += 1;
                }
            }
            if source.units == 1 {
                (source.next_key, source.after_key) = (request_key(source.key, 0), request_key(source.key, 1));
                source.gap = source.span(source.after_key, 1);
            }
            if source.closed && !source.many {
                self.start_users(index, timer as usize);
            }
        }
    }

    /// The first arrival, which is at `time`.
    #[inline(always)]
    pub(super) fn arrival(&mut self, time: u64) {
        let payload = self.arrivals.take();
        let slots = self.stations.servers.len() as u32;
        if A::SINGLE {
            self.take(time, Fired::Slot(Slot(slots)));
            return self.single(0, payload, time);
        }
        if A::CLOSED {
            self.take(time, Fired::Slot(Slot(slots + payload as u32)));
            let user = self.free_timer(payload as u32);
            return self.user(user, time);
        }
        if payload >> 62 != 0 {
            self.take(time, Fired::Bulk(payload));
            self.touch_coming();
            let (source, unit) = ((payload >> 32) as u32 & 0x3fff_ffff, payload as u32);
            match payload >> 62 {
                BULK_INSTANCE => self.instance(source, unit, payload, time),
                _ => self.one_of_many(source, unit, time),
            }
            return;
        }
        self.take(time, Fired::Slot(Slot(slots + payload as u32)));
        let (source, unit) = self.timers[payload as usize];
        let state = &self.sources[source];
        if state.closed {
            let user = self.free_timer(payload as u32);
            self.user(user, time);
        } else if state.units == 1 {
            self.single(source, payload, time);
        } else {
            self.instance(source, unit, payload, time);
        }
    }

    /// Touches what the next arrivals will need, all at once, so that memory fetches it in parallel.
    #[inline(always)]
    fn touch_coming(&mut self) {
        if let Some(payloads) = self.arrivals.coming() {
            touch(payloads, &self.sources);
        }
    }

    /// A source that is one process.
    #[inline(always)]
    fn single(&mut self, index: u32, timer: u64, now: u64) {
        let source = &mut self.sources[index];
        self.arrivals.push(now.saturating_add(source.gap), timer);
        let (key, ordinal) = (source.next_key, source.ordinal);
        source.ordinal = ordinal.wrapping_add(1);
        source.next_key = source.after_key;
        source.after_key = request_key(source.key, ordinal.wrapping_add(2));
        // The gap after the next arrival is drawn now, while nobody waits for it.
        source.gap = source.span(source.after_key, ordinal.wrapping_add(2));
        self.emit(index, key, ordinal, 0, now);
    }

    /// An instance of many, whose next arrival follows.
    #[inline(always)]
    fn instance(&mut self, index: u32, unit: u32, payload: u64, now: u64) {
        let source = &mut self.sources[index];
        let own = source.own_key(unit);
        let ordinal = source.ordinals[unit as usize];
        let next = ordinal.wrapping_add(1);
        source.ordinals[unit as usize] = next;
        let gap = source.span(request_key(own, next), next);
        self.arrivals.push(now.saturating_add(gap), payload);
        self.emit(index, request_key(own, ordinal), ordinal, unit, now);
    }

    /// A request is born, and does what comes first.
    #[inline(always)]
    pub(super) fn emit(&mut self, index: u32, key: u64, ordinal: u32, unit: u32, now: u64) {
        let flow = self.sources[index].flow;
        let first = self.stations.coming(self.flows[u32::from(flow)].start, key, ordinal);
        self.born(index as u16, flow, key, ordinal, unit, first, now);
    }

    /// A request is born, and comes to its first visit or leaves at once.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    pub(super) fn born(
        &mut self,
        source: u16,
        flow: u16,
        key: u64,
        ordinal: u32,
        unit: u32,
        (first, demand): (Next, f64),
        now: u64,
    ) {
        let book = &mut self.flows[u32::from(flow)];
        book.seen.present.up(Time::from_ticks(now));
        let cohort = self.books.phase == Phase::Measured;
        if cohort {
            book.seen.born += 1;
            self.books.cohort_open += 1;
        }
        if self.requests.free == NONE {
            self.grow();
        }
        let request = self.requests.free;
        let record = &mut self.requests.records[request as usize];
        let free = record.unit;
        (record.key, record.born, record.ordinal, record.unit) = (key, now, ordinal, unit);
        (record.source, record.flow, record.cohort) = (source, flow, cohort);
        if first == Next::DONE {
            let left = *record;
            record.unit = free;
            self.leave(&left, now);
        } else {
            self.requests.free = free;
            self.stations.arrive(record, request, first, demand, now);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.requests.grow();
        if self.requests.records.len() as u64 > self.books.settings.max_in_system {
            self.books.stop = Some(Stop::TooMany);
        }
    }

    /// A request, whose record has been given back, leaves correctly, in time or not.
    #[inline(always)]
    pub(super) fn leave(&mut self, record: &Request, now: u64) {
        let book = &mut self.flows[u32::from(record.flow)];
        let state = &mut book.seen;
        state.present.down(Time::from_ticks(now));
        let latency = now - record.born;
        let outcome = match (latency > book.deadline, book.hard) {
            (false, _) => Outcome::Correct,
            (true, false) => Outcome::Late,
            (true, true) => Outcome::TooLate,
        };
        let correct = outcome != Outcome::TooLate;
        if record.cohort {
            state.outcomes[outcome as usize] += 1;
            if correct {
                state.latency.add(latency);
            }
            self.books.cohort_open -= 1;
        }
        if correct && self.books.phase != Phase::Drain {
            state.departures += 1;
        }
        if A::CLOSED {
            return self.think(record.unit, now);
        }
        let source = u32::from(record.source);
        match &self.sources[source] {
            _ if A::SINGLE => {}
            Source { closed: false, .. } => {}
            Source { many: true, .. } => self.one_of_many_thinks(source, record.unit, now),
            _ => self.think(record.unit, now),
        }
    }
}

#[inline(never)]
fn touch<const ROOM: usize>(payloads: impl Iterator<Item = u64>, sources: &Table<Source, ROOM>) {
    let of = |payload: u64| match payload >> 62 {
        0 => 0,
        _ => sources[(payload >> 32) as u32 & 0x3fff_ffff].ordinals[payload as u32 as usize],
    };
    std::hint::black_box(payloads.map(of).fold(0, u32::wrapping_add));
}
