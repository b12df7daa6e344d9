//! The hold model (Jones, Communications of the ACM 29(4), 1986): the earliest of n pending events is removed and
//! scheduled again an exponential time later. Prints nanoseconds per removal and insertion, the median of three runs;
//! the line "nothing" is the cost of the loop without any list. Arguments select lines by a part of their names and, if
//! numbers, how many are pending.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Instant;

use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use sim_core::event_list::{EventList, Fired};
use sim_core::time::Time;

/// Exponential increments, drawn beforehand so that they cost one load each.
struct Increments {
    table: Vec<u64>,
    at: usize,
}

impl Increments {
    fn new() -> Self {
        let mut random = SmallRng::seed_from_u64(1);
        let exponential = |_| (-1e9 * (1.0 - random.random::<f64>()).ln()) as u64;
        Increments { table: (0..1 << 16).map(exponential).collect(), at: random.next_u32() as usize }
    }

    #[inline]
    fn draw(&mut self) -> u64 {
        // A step that is odd and no neighbour, so that the series is not the same for each event.
        self.at = self.at.wrapping_add(40_503);
        self.table[self.at & 0xffff]
    }
}

fn tournament(pending: usize, operations: usize) -> f64 {
    let mut increments = Increments::new();
    let mut events = EventList::new();
    for _ in 0..pending {
        let slot = events.add_slot();
        events.schedule(slot, Time::from_ticks(increments.draw()), 0);
    }
    measure(operations, || {
        if let Some((now, Fired::Slot(slot))) = events.next(Time::MAX) {
            events.schedule(slot, now.saturating_add(increments.draw()), 0);
        }
    })
}

/// The last slot moves at each event, too: as the server of a queue at an arrival.
fn tournament_two(pending: usize, operations: usize) -> f64 {
    let mut increments = Increments::new();
    let mut events = EventList::new();
    let slots: Vec<_> = (0..pending).map(|_| events.add_slot()).collect();
    for &slot in &slots {
        events.schedule(slot, Time::from_ticks(increments.draw()), 0);
    }
    measure(operations, || {
        if let Some((now, Fired::Slot(slot))) = events.next(Time::MAX) {
            let increment = increments.draw();
            events.schedule(slot, now.saturating_add(increment), 0);
            events.schedule(
                slots[(increment as u32 as usize * pending) >> 32],
                now.saturating_add(increments.draw()),
                1,
            );
        }
    })
}

fn ladder(pending: usize, operations: usize) -> f64 {
    let mut increments = Increments::new();
    let mut events = EventList::new();
    for i in 0..pending {
        events.push(Time::from_ticks(increments.draw()), 0, i as u64);
    }
    measure(operations, || {
        if let Some((now, Fired::Bulk(payload))) = events.next(Time::MAX) {
            events.push(now.saturating_add(increments.draw()), 0, payload);
        }
    })
}

fn std_heap(pending: usize, operations: usize) -> f64 {
    let mut increments = Increments::new();
    let mut heap = BinaryHeap::new();
    for i in 0..pending {
        heap.push(Reverse((increments.draw(), (i as u64) << 32 | i as u64)));
    }
    let mut sequence = pending as u64;
    measure(operations, || {
        if let Some(Reverse((now, id))) = heap.pop() {
            sequence += 1;
            heap.push(Reverse((now + increments.draw(), sequence << 32 | id & 0xffff_ffff)));
        }
    })
}

/// What the loop costs without any list.
fn nothing(_: usize, operations: usize) -> f64 {
    let mut increments = Increments::new();
    let mut now = 0_u64;
    measure(operations, || now = black_box(now.wrapping_add(increments.draw())))
}

/// Nanoseconds per call of `operation`, after a third as many calls to warm up.
#[inline]
fn measure(operations: usize, mut operation: impl FnMut()) -> f64 {
    for _ in 0..operations / 3 {
        operation();
    }
    let start = Instant::now();
    for _ in 0..operations {
        operation();
    }
    start.elapsed().as_nanos() as f64 / operations as f64
}

/// The name of a line and its bench, a function of the number pending and the number of operations.
type Line = (&'static str, fn(usize, usize) -> f64);

fn main() {
    let (numbers, names): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .partition(|argument| argument.parse::<usize>().is_ok());
    let lines: [Line; 5] = [
        ("nothing", nothing),
        ("std heap", std_heap),
        ("tournament", tournament),
        ("tournament, two scheduled", tournament_two),
        ("ladder", ladder),
    ];
    let mut pending: Vec<usize> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    if pending.is_empty() {
        pending = vec![2, 4, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
    }
    print!("{:27}", "ns per pop + push; pending");
    pending.iter().for_each(|n| print!("{n:>8}"));
    println!();
    for (name, bench) in lines {
        if !names.is_empty() && !names.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        print!("{name:27}");
        for &n in &pending {
            // A million pending take three operations each to forget the start.
            let operations = if n < 100_000 { 1_000_000 } else { 3_000_000 };
            let mut runs = [0; 3].map(|_| bench(n, operations));
            runs.sort_by(f64::total_cmp);
            print!("{:>8.1}", runs[1]);
        }
        println!();
    }
}
