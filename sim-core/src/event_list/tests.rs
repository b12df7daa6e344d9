use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::*;

/// The obviously right event list: one sorted map.
/// Times from here on never happen.
const NEVER: u64 = u64::MAX - (1 << 31);

#[derive(Default)]
struct Reference {
    events: BTreeMap<(u64, u8, u64), Fired>,
    slots: HashMap<u32, (u64, u8, u64)>,
    sequence: u64,
}

impl Reference {
    fn schedule(&mut self, slot: Slot, at: u64, rank: u8) {
        self.cancel(slot);
        self.sequence += 1;
        if at < NEVER {
            let key = (at, rank, self.sequence);
            self.events.insert(key, Fired::Slot(slot));
            self.slots.insert(slot.0, key);
        }
    }

    fn cancel(&mut self, slot: Slot) {
        if let Some(key) = self.slots.remove(&slot.0) {
            self.events.remove(&key);
        }
    }

    fn push(&mut self, at: u64, rank: u8, payload: u64) {
        self.sequence += 1;
        if at < NEVER {
            self.events.insert((at, rank, self.sequence), Fired::Bulk(payload));
        }
    }

    fn next(&mut self, until: u64) -> Option<(Time, Fired)> {
        let (&key, &fired) = self.events.first_key_value()?;
        if key.0 > until {
            return None;
        }
        self.events.remove(&key);
        if let Fired::Slot(slot) = fired {
            self.slots.remove(&slot.0);
        }
        Some((Time::from_ticks(key.0), fired))
    }
}

/// What a random program does. Times are differences to the time of the last event, now and then absolute.
#[derive(Clone, Debug)]
enum Step {
    AddSlots(u8),
    Schedule(u16, u64, u8),
    Cancel(u16),
    Push(u16, u64, u8),
    Next(u16, u64),
    Hold(u16, u64),
}

fn span() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..3_u64,
        4 => 0..100_u64,
        2 => 0..1_000_000_u64,
        1 => any::<u64>(),
        1 => (0..64_u32).prop_map(|shift| 1 << shift),
        1 => Just(u64::MAX),
        1 => Just(u64::MAX - (1 << 32)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (1..20_u8).prop_map(Step::AddSlots),
        8 => (any::<u16>(), span(), 0..16_u8).prop_map(|(slot, at, rank)| Step::Schedule(slot, at, rank)),
        2 => any::<u16>().prop_map(Step::Cancel),
        4 => (1..300_u16, span(), 0..16_u8).prop_map(|(n, at, rank)| Step::Push(n, at, rank)),
        6 => (1..100_u16, span()).prop_map(|(n, until)| Step::Next(n, until)),
        4 => (1..200_u16, span()).prop_map(|(n, span)| Step::Hold(n, span)),
    ]
}

fn run(steps: &[Step], seed: u64) {
    let mut random = SmallRng::seed_from_u64(seed);
    let (mut events, mut reference) = (EventList::new(), Reference::default());
    let (mut now, mut slots, mut payload) = (0_u64, 0_u32, 0_u64);
    let next = |events: &mut EventList, reference: &mut Reference, now: &mut u64, until: u64| {
        let expected = reference.next(until);
        assert_eq!(events.next(Time::from_ticks(until)), expected);
        if let Some((time, _)) = expected {
            *now = time.ticks();
        }
        expected
    };
    for step in steps {
        match *step {
            Step::AddSlots(n) => {
                for _ in 0..n {
                    assert_eq!(events.add_slot(), Slot(slots));
                    slots += 1;
                }
            }
            Step::Schedule(slot, span, rank) if slots > 0 => {
                let slot = Slot(u32::from(slot) % slots);
                let at = now.saturating_add(span);
                events.schedule(slot, Time::from_ticks(at), rank);
                reference.schedule(slot, at, rank);
                let scheduled = reference.slots.get(&slot.0).map(|key| Time::from_ticks(key.0));
                assert_eq!(events.scheduled_at(slot), scheduled);
            }
            Step::Cancel(slot) if slots > 0 => {
                let slot = Slot(u32::from(slot) % slots);
                events.cancel(slot);
                reference.cancel(slot);
                assert_eq!(events.scheduled_at(slot), None);
            }
            Step::Schedule(..) | Step::Cancel(..) => {}
            Step::Push(n, span, rank) => {
                for _ in 0..n {
                    let (at, rank) = match n % 3 {
                        0 => (now.saturating_add(span), rank),
                        1 => (random.random_range(0..=now.saturating_add(span)), rank),
                        _ => (now.saturating_add(random.random_range(0..=span)), random.random_range(0..16)),
                    };
                    payload += 1;
                    events.push(Time::from_ticks(at), rank, payload);
                    reference.push(at, rank, payload);
                }
            }
            Step::Next(n, span) => {
                let until = now.saturating_add(span);
                for _ in 0..n {
                    next(&mut events, &mut reference, &mut now, until);
                }
            }
            Step::Hold(n, span) => {
                for _ in 0..n {
                    let fired = next(&mut events, &mut reference, &mut now, u64::MAX);
                    let at = now.saturating_add(random.random_range(0..=span));
                    match fired {
                        Some((_, Fired::Slot(slot))) => {
                            events.schedule(slot, Time::from_ticks(at), 3);
                            reference.schedule(slot, at, 3);
                        }
                        Some((_, Fired::Bulk(payload))) => {
                            events.push(Time::from_ticks(at), 3, payload);
                            reference.push(at, 3, payload);
                        }
                        None => {}
                    }
                }
            }
        }
        assert_eq!(events.len(), reference.events.len());
        let first = reference.events.first_key_value().map(|(key, _)| Time::from_ticks(key.0));
        if payload % 2 == 0 {
            assert_eq!(events.peek_time(), first);
        }
    }
    while next(&mut events, &mut reference, &mut now, u64::MAX).is_some() {}
    assert!(events.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_program_runs_as_on_a_sorted_map(steps in proptest::collection::vec(step(), 1..120), seed in any::<u64>()) {
        run(&steps, seed);
    }
}

fn ticks(ticks: u64) -> Time {
    Time::from_ticks(ticks)
}

fn bulk(events: &mut EventList) -> Option<(u64, u64)> {
    match events.next(Time::MAX) {
        Some((time, Fired::Bulk(payload))) => Some((time.ticks(), payload)),
        None => None,
        Some((_, Fired::Slot(slot))) => panic!("{slot:?} fired"),
    }
}

#[test]
fn simultaneous_events_run_by_rank_then_in_the_order_scheduled() {
    for slots in [5, 9, 100] {
        let mut events = EventList::new();
        let slot: Vec<Slot> = (0..slots).map(|_| events.add_slot()).collect();
        events.schedule(slot[3], ticks(5), 1);
        events.push(ticks(5), 1, 77);
        events.schedule(slot[1], ticks(5), 1);
        events.schedule(slot[2], ticks(5), 0);
        events.schedule(slot[0], ticks(5), 15);
        events.schedule(slot[4], ticks(5), 1);
        events.schedule(slot[3], ticks(5), 1); // anew: now behind 4
        let fired: Vec<Fired> = std::iter::from_fn(|| events.next(ticks(5))).map(|(_, fired)| fired).collect();
        let s = |i: usize| Fired::Slot(slot[i]);
        assert_eq!(fired, [s(2), Fired::Bulk(77), s(1), s(4), s(3), s(0)]);
    }
}

#[test]
fn all_events_at_the_end_time_run_and_none_after_it() {
    let mut events = EventList::new();
    for i in 0..20 {
        let slot = events.add_slot();
        events.schedule(slot, ticks(10 + u64::from(slot.0 % 2)), 0);
        events.push(ticks(10 + i % 2), 0, i);
    }
    assert_eq!(events.next(ticks(9)), None);
    assert_eq!(std::iter::from_fn(|| events.next(ticks(10))).count(), 20);
    assert_eq!(events.len(), 20);
    assert_eq!(events.peek_time(), Some(ticks(11)));
}

#[test]
fn a_cancelled_event_neither_fires_nor_moves_anything() {
    for slots in [2, 20] {
        let mut events = EventList::new();
        let slot: Vec<Slot> = (0..slots).map(|_| events.add_slot()).collect();
        events.schedule(slot[0], ticks(1), 0);
        events.schedule(slot[1], ticks(2), 0);
        events.cancel(slot[0]);
        events.cancel(slot[0]);
        assert_eq!(events.scheduled_at(slot[0]), None);
        assert_eq!(events.len(), 1);
        assert_eq!(events.peek_time(), Some(ticks(2)));
        assert_eq!(events.next(Time::MAX), Some((ticks(2), Fired::Slot(slot[1]))));
        events.cancel(slot[1]);
        assert_eq!(events.next(Time::MAX), None);
        assert_eq!(events.len(), 0);
    }
}

#[test]
fn the_tree_may_grow_between_a_pop_and_the_next_schedule() {
    for slots in 1..70 {
        let mut events = EventList::new();
        for i in 0..slots {
            let slot = events.add_slot();
            events.schedule(slot, ticks(100 - i), 0);
        }
        let last = Slot(slots as u32 - 1);
        assert_eq!(events.next(Time::MAX), Some((ticks(101 - slots), Fired::Slot(last))));
        let new: Vec<Slot> = (0..70).map(|_| events.add_slot()).collect();
        assert_eq!(events.len() as u64, slots - 1);
        events.schedule(new[69], ticks(0), 0);
        events.schedule(last, ticks(1), 0);
        assert_eq!(events.next(Time::MAX), Some((ticks(0), Fired::Slot(new[69]))));
        assert_eq!(events.next(Time::MAX), Some((ticks(1), Fired::Slot(last))));
        assert_eq!(std::iter::from_fn(|| events.next(Time::MAX)).count() as u64, slots - 1);
    }
}

#[test]
fn a_million_simultaneous_bulk_events_run_in_order() {
    let mut events = EventList::new();
    const N: u64 = 1_000_000;
    for i in 0..N {
        events.push(ticks(9), (i % 3) as u8 * 4, i);
    }
    // The first third, of rank 0, adds others of rank 4: these belong between ranks 4 and 8.
    for i in (0..N).step_by(3) {
        assert_eq!(bulk(&mut events), Some((9, i)));
        events.push(ticks(9), 4, N + i);
    }
    let second = (1..N).step_by(3);
    let added = (N..2 * N).step_by(3);
    let third = (2..N).step_by(3);
    for i in second.chain(added).chain(third) {
        assert_eq!(bulk(&mut events), Some((9, i)));
    }
    assert_eq!(bulk(&mut events), None);
}

#[test]
fn a_chain_of_immediate_bulk_events_runs_beside_a_million_simultaneous_ones() {
    let mut events = EventList::new();
    for i in 0..1_000_000 {
        events.push(ticks(9), 7, i);
    }
    events.push(ticks(2_000_000), 7, 1_000_000);
    for i in 0..1_000_000 {
        assert_eq!(bulk(&mut events), Some((9, i)));
        events.push(ticks(9), 3, 2_000_000 + i);
        assert_eq!(bulk(&mut events), Some((9, 2_000_000 + i)));
    }
    assert_eq!(events.len(), 1);
}

#[test]
fn bulk_events_before_all_sorted_ones_are_not_inserted_one_by_one() {
    let mut events = EventList::new();
    for i in 0..60 {
        events.push(ticks(1_000_000_000 + i), 0, i);
    }
    assert_eq!(bulk(&mut events), Some((1_000_000_000, 0)));
    for i in 0..500_000 {
        events.push(ticks(1_000_000 - i), 0, i);
    }
    for i in 0..500_000 {
        assert_eq!(bulk(&mut events), Some((500_001 + i, 499_999 - i)));
    }
    assert_eq!(events.len(), 59);
}

#[test]
fn memory_stays_bounded_by_the_number_pending() {
    let mut events = EventList::new();
    let mut random = SmallRng::seed_from_u64(5);
    const N: u64 = 100_000;
    events.push(ticks(u64::MAX - 1), 0, N);
    for i in 0..N {
        events.push(ticks(random.random_range(0..N << 20)), 0, i);
    }
    for _ in 0..20 * N {
        let Some((now, payload)) = bulk(&mut events) else { panic!("an event was lost") };
        events.push(ticks(now + random.random_range(0..N << 20)), 0, payload);
    }
    let bytes = events.ladder.bytes();
    assert!(bytes < 70 * N as usize, "{bytes} bytes for {N} events");

    // Some events that never leave bottom, for one far away keeps the ladder above it, and go to its end.
    let mut events = EventList::new();
    events.push(ticks(0), 0, 0);
    events.push(ticks(u64::MAX - 1), 0, 1);
    assert_eq!(bulk(&mut events), Some((0, 0)));
    for i in 1..=300 {
        events.push(ticks(i), 0, i);
    }
    for _ in 0..100_000 {
        let Some((now, payload)) = bulk(&mut events) else { panic!("an event was lost") };
        events.push(ticks(now + 300), 0, payload);
    }
    let bytes = events.ladder.bytes();
    assert!(bytes < 100_000, "{bytes} bytes for 301 events");
}

#[test]
fn bottom_shows_the_bulk_events_that_come_next() {
    let mut events = EventList::new();
    for i in 0..1000 {
        events.push(ticks(i * 7919 % 1000), 0, i);
    }
    assert_eq!(events.bottom_payloads().count(), 0);
    let generation = events.bottom_generation();
    assert_eq!(bulk(&mut events), Some((0, 0)));
    assert_ne!(events.bottom_generation(), generation);
    let upcoming: Vec<u64> = events.bottom_payloads().collect();
    assert!(upcoming.len() > 5);
    for payload in upcoming {
        assert_eq!(bulk(&mut events).map(|(_, payload)| payload), Some(payload));
    }
}
