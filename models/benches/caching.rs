//! Replacement policies against loops written by hand: nanoseconds of CPU per request.
//!
//! ```text
//! cargo bench -p models --bench caching               10^7 requests, 10^6 objects, about a minute
//! cargo bench -p models --bench caching -- --quick    a smoke run with a tenth of the requests
//! models/benches/record                               the table, kept in models/benches/runs
//! ```
//!
//! Requests are drawn by Zipf's law with exponent 0.9 over a million objects before the clock starts. A loop by hand
//! keeps what it needs in arrays over all objects, can do nothing but this, and is the floor. Loops and policies run
//! in turn, five times each; figures are medians. Hit ratios are from empty; those of the full run are compared with
//! what independent programs found. The status is 1 when one is off, or a loop and its policy differ.

use cpu_time::ProcessTime;
use models::caching::run::{Requests, run};
use models::caching::{Capacity, Kind, Settings};
use sim_core::distributions::{Family, Zipf};
use sim_core::random::Stream;
use std::process::ExitCode;

const OBJECTS: usize = 1_000_000;
const REQUESTS: usize = 10_000_000;
const EXPONENT: f64 = 0.9;
const CAPACITIES: [usize; 2] = [10_000, 100_000];
const ROUNDS: usize = 5;

/// A policy; nanoseconds of array loops on another machine (Xeon) and hit ratios of independent programs, for each
/// capacity.
const KNOWN: [(Kind, [f64; 2], [f64; 2]); 6] = [
    (Kind::Lru, [19.0, 18.0], [0.3950, 0.6351]),
    (Kind::Fifo, [5.0, 5.0], [0.3619, 0.5977]),
    (Kind::Lfu, [24.0, 25.0], [0.4852, 0.6880]),
    (Kind::Sieve, [13.0, 12.0], [0.4879, 0.6880]),
    (Kind::S3Fifo, [23.0, 21.0], [0.4946, 0.6918]),
    (Kind::Arc, [25.0, 19.0], [0.4910, 0.6871]),
];
/// Two traces of 10^7 requests differ by this at most; SIEVE, which has a long memory, by more.
const TOLERANCE: f64 = 1e-3;
const SIEVE_TOLERANCE: f64 = 3e-3;

fn main() -> ExitCode {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let requests = if quick { REQUESTS / 10 } else { REQUESTS };
    let keys = trace(requests);
    let mut wrong = Vec::new();
    println!(
        "| policy | capacity | by hand, ns | loadgraph, ns | ratio | array loops elsewhere, ns | ratio | hit ratio | elsewhere |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (kind, elsewhere, known) in KNOWN {
        for (at, capacity) in CAPACITIES.into_iter().enumerate() {
            let by_hand: Option<fn(&[u32], usize) -> u64> = match kind {
                Kind::Lru => Some(lru),
                Kind::Fifo => Some(fifo),
                Kind::Sieve => Some(sieve),
                Kind::Arc => Some(arc),
                _ => None,
            };
            let (mut floors, mut ours, mut misses) = (Vec::new(), Vec::new(), 0);
            for _ in 0..if quick { 1 } else { ROUNDS } {
                let (ns, missed) = timed(&keys, || policy(kind, &keys, capacity));
                (misses, _) = (missed, ours.push(ns));
                if let Some(by_hand) = by_hand {
                    let (ns, missed) = timed(&keys, || by_hand(&keys, capacity));
                    floors.push(ns);
                    if missed != misses {
                        wrong.push(format!("{} misses {misses}, the loop by hand {missed}", kind.name()));
                    }
                }
            }
            let (own, floor) = (median(ours), median(floors));
            let hits = 1.0 - misses as f64 / keys.len() as f64;
            let tolerance = if kind == Kind::Sieve { SIEVE_TOLERANCE } else { TOLERANCE };
            if !quick && (hits - known[at]).abs() > tolerance {
                wrong.push(format!("{} with {capacity} hits {hits:.4}, elsewhere {}", kind.name(), known[at]));
            }
            let by_hand = if floor.is_nan() {
                ["–".into(), "–".into()]
            } else {
                [format!("{floor:.1}"), format!("{:.2}", own / floor)]
            };
            println!(
                "| {} | {capacity} | {} | {own:.1} | {} | {} | {:.2} | {hits:.4} | {:.4} |",
                kind.name(),
                by_hand[0],
                by_hand[1],
                elsewhere[at],
                own / elsewhere[at],
                known[at]
            );
        }
    }
    wrong.iter().for_each(|wrong| println!("\nwrong: {wrong}"));
    ExitCode::from(u8::from(!wrong.is_empty()))
}

fn trace(requests: usize) -> Vec<u32> {
    let zipf = Zipf::new(OBJECTS as u64, EXPONENT).expect("positive parameters");
    let mut stream = Stream::named(1, 0, "bench", "keys");
    (0..requests).map(|_| zipf.sample(&mut stream) as u32 - 1).collect()
}

fn timed(keys: &[u32], work: impl FnOnce() -> u64) -> (f64, u64) {
    let start = ProcessTime::now();
    let out = work();
    (start.elapsed().as_secs_f64() * 1e9 / keys.len() as f64, out)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn policy(kind: Kind, keys: &[u32], capacity: usize) -> u64 {
    let trace = Requests { keys, sizes: &[], next: &[], objects: OBJECTS };
    let settings = Settings::of(Capacity::Entries(capacity as u64));
    run(kind, &settings, trace, |_| true).expect("nobody stops it").requests
}

/// No object.
const NONE: u32 = u32::MAX;
/// Both ends of a circular list over the objects: one more than there are.
const END: usize = OBJECTS;

/// LRU as a circular list through arrays over all objects.
fn lru(keys: &[u32], capacity: usize) -> u64 {
    let mut links = vec![[NONE; 2]; OBJECTS + 1];
    links[END] = [END as u32; 2];
    let (mut len, mut misses) = (0, 0);
    for &key in keys {
        let [previous, next] = links[key as usize];
        if previous != NONE {
            links[previous as usize][1] = next;
            links[next as usize][0] = previous;
        } else {
            misses += 1;
            if len == capacity {
                let last = links[END][0];
                let before = links[last as usize][0];
                links[before as usize][1] = END as u32;
                links[END][0] = before;
                links[last as usize] = [NONE; 2];
            } else {
                len += 1;
            }
        }
        let first = links[END][1];
        links[key as usize] = [END as u32, first];
        links[first as usize][0] = key;
        links[END][1] = key;
    }
    misses
}

/// SIEVE likewise, with a byte for each object: 0 absent, 1 not used, 2 used.
fn sieve(keys: &[u32], capacity: usize) -> u64 {
    let mut links = vec![[END as u32; 2]; OBJECTS + 1];
    let mut state = vec![0_u8; OBJECTS];
    let (mut len, mut misses, mut hand) = (0, 0, END);
    for &key in keys {
        if state[key as usize] != 0 {
            state[key as usize] = 2;
            continue;
        }
        misses += 1;
        if len == capacity {
            loop {
                if hand == END {
                    hand = links[END][0] as usize;
                }
                if state[hand] == 1 {
                    break;
                }
                state[hand] = 1;
                hand = links[hand][0] as usize;
            }
            let [previous, next] = links[hand];
            links[previous as usize][1] = next;
            links[next as usize][0] = previous;
            state[hand] = 0;
            hand = previous as usize;
        } else {
            len += 1;
        }
        let first = links[END][1];
        links[key as usize] = [END as u32, first];
        links[first as usize][0] = key;
        links[END][1] = key;
        state[key as usize] = 1;
    }
    misses
}

/// FIFO as a ring.
fn fifo(keys: &[u32], capacity: usize) -> u64 {
    let mut present = vec![false; OBJECTS];
    let mut ring = vec![NONE; capacity];
    let (mut at, mut misses) = (0, 0);
    for &key in keys {
        if present[key as usize] {
            continue;
        }
        misses += 1;
        let oldest = std::mem::replace(&mut ring[at], key);
        if oldest != NONE {
            present[oldest as usize] = false;
        }
        present[key as usize] = true;
        at = if at + 1 == capacity { 0 } else { at + 1 };
    }
    misses
}

/// The four lists of ARC, and objects that are in none.
const T1: usize = 0;
const T2: usize = 1;
const B1: usize = 2;
const B2: usize = 3;
const NOWHERE: u8 = 4;

/// Circular lists as in LRU, with an end each behind the objects.
struct Lists {
    links: Vec<[u32; 2]>,
    list: Vec<u8>,
    len: [usize; 4],
}

impl Lists {
    fn unlink(&mut self, key: u32) {
        let [previous, next] = self.links[key as usize];
        self.links[previous as usize][1] = next;
        self.links[next as usize][0] = previous;
        self.len[usize::from(self.list[key as usize])] -= 1;
        self.list[key as usize] = NOWHERE;
    }

    fn push(&mut self, list: usize, key: u32) {
        let end = OBJECTS + list;
        let first = self.links[end][1];
        self.links[key as usize] = [end as u32, first];
        self.links[first as usize][0] = key;
        self.links[end][1] = key;
        self.len[list] += 1;
        self.list[key as usize] = list as u8;
    }

    /// Takes out the last of a list.
    fn pop(&mut self, list: usize) -> u32 {
        let last = self.links[OBJECTS + list][0];
        self.unlink(last);
        last
    }

    /// REPLACE of the paper.
    fn replace(&mut self, target: f64, from_b2: bool) {
        let size = self.len[T1] as f64;
        let first = size > target || (from_b2 && size == target);
        let once = self.len[T1] > 0 && (first || self.len[T2] == 0);
        let (list, ghosts) = if once { (T1, B1) } else { (T2, B2) };
        let last = self.pop(list);
        self.push(ghosts, last);
    }
}

/// ARC as four such lists.
fn arc(keys: &[u32], capacity: usize) -> u64 {
    let ends = (OBJECTS..OBJECTS + 4).map(|end| [end as u32; 2]);
    let links = std::iter::repeat_n([NONE; 2], OBJECTS).chain(ends).collect();
    let mut lists = Lists { links, list: vec![NOWHERE; OBJECTS], len: [0; 4] };
    let (mut target, mut misses) = (0.0_f64, 0);
    for &key in keys {
        let list = lists.list[key as usize];
        if usize::from(list) < B1 {
            lists.unlink(key);
            lists.push(T2, key);
            continue;
        }
        misses += 1;
        let [t1, t2, b1, b2] = lists.len;
        if list != NOWHERE {
            let from_b2 = usize::from(list) == B2;
            let (b1, b2) = (b1 as f64, b2 as f64);
            target = match from_b2 {
                true => (target - (b1 / b2).max(1.0)).max(0.0),
                false => (target + (b2 / b1).max(1.0)).min(capacity as f64),
            };
            lists.unlink(key);
            if t1 + t2 == capacity {
                lists.replace(target, from_b2);
            }
            lists.push(T2, key);
            continue;
        }
        if t1 + b1 == capacity {
            lists.pop(if b1 > 0 { B1 } else { T1 });
        }
        if lists.len.iter().sum::<usize>() == 2 * capacity && lists.len[B2] > 0 {
            lists.pop(B2);
        }
        if lists.len[T1] + lists.len[T2] == capacity {
            lists.replace(target, false);
        }
        lists.push(T1, key);
    }
    misses
}
