//! Miss counts from an independent program: libCacheSim 0.3.5 (Yang et al.), by its Python package, on the same trace.
//!
//! Not compared: random replacement and W-TinyLFU, whose counts depend on generators and hashes; ARC in bytes, where that
//! program moves its target by single bytes. S3-FIFO is compared with a tolerance: that program fills an empty cache in
//! another way than the paper (with its rule ours gave its counts exactly).

use super::super::run::{Missed, Requests, next_uses, run};
use super::super::{Capacity, Kind, Settings};
use sim_core::random::mix;

const LENGTH: u64 = 200_000;

/// A trace by a formula, which any language can repeat: skewed popularities that shift, and a loop now and then.
fn key(n: u64) -> u64 {
    let hash = mix(n + 1);
    if n / 4000 % 5 == 4 {
        return 10_000 + n % 3000;
    }
    let least = (hash % 3000).min((hash >> 20) % 3000).min((hash >> 40) % 3000);
    least * least / 3000 + n / 30_000 * 100
}

fn size(key: u64) -> u32 {
    50 + (mix(key + 77) % 1000) as u32
}

fn misses(kind: Kind, capacity: Capacity) -> Missed {
    let mut numbers = std::collections::HashMap::new();
    let mut keys = Vec::new();
    let mut sizes = Vec::new();
    for n in 0..LENGTH {
        let next = numbers.len() as u32;
        keys.push(*numbers.entry(key(n)).or_insert(next));
        sizes.push(size(key(n)));
    }
    let next = next_uses(&keys, numbers.len());
    let trace = Requests { keys: &keys, sizes: &sizes, next: &next, objects: numbers.len() };
    run(kind, &Settings::of(capacity), trace, |_| true).unwrap()
}

#[test]
fn misses_in_entries_are_those_of_an_independent_program() {
    let known = [
        (Kind::Fifo, [181_381, 121_873, 56_085]),
        (Kind::Lru, [179_146, 113_431, 56_085]),
        (Kind::Lfu, [191_971, 154_418, 45_236]),
        (Kind::Clock, [177_774, 110_965, 56_085]),
        (Kind::Sieve, [163_147, 99_227, 45_224]),
        (Kind::TwoQ, [166_320, 104_744, 44_983]),
        (Kind::Arc, [165_429, 103_329, 44_581]),
        (Kind::Belady, [140_609, 75_885, 32_539]),
    ];
    for (kind, counts) in known {
        let ours = [30, 300, 2000].map(|entries| misses(kind, Capacity::Entries(entries)).requests);
        assert_eq!(ours, counts, "{kind:?}");
    }
}

#[test]
fn misses_in_bytes_are_those_of_an_independent_program() {
    let known = [
        (Kind::Fifo, [172_062, 67_124]),
        (Kind::Lru, [168_513, 61_631]),
        (Kind::Lfu, [188_912, 66_314]),
        (Kind::Clock, [167_064, 61_235]),
        (Kind::Sieve, [151_531, 56_060]),
        (Kind::TwoQ, [155_789, 56_923]),
        (Kind::Belady, [126_545, 45_091]),
    ];
    for (kind, counts) in known {
        let ours = [30_000, 600_000].map(|bytes| misses(kind, Capacity::Bytes(bytes)).requests);
        assert_eq!(ours, counts, "{kind:?}");
    }
}

#[test]
fn misses_of_s3_fifo_are_nearly_those_of_an_independent_program() {
    let known = [
        (Capacity::Entries(30), 162_335),
        (Capacity::Entries(300), 100_514),
        (Capacity::Entries(2000), 45_833),
        (Capacity::Bytes(30_000), 151_237),
        (Capacity::Bytes(600_000), 54_294),
    ];
    for (capacity, count) in known {
        let ours = misses(Kind::S3Fifo, capacity).requests;
        assert!(ours.abs_diff(count) <= 500, "{capacity:?}: {ours}, {count}");
    }
}
