//! Each policy against a slow one, theory, and counts from elsewhere.

mod adaptive;
mod agree;
mod elsewhere;
mod expiry;
mod ratios;
mod slow;

use super::Capacity;
use sim_core::random::{Rng, Stream};

/// Draws from Zipf's law over 0..n by its cumulative distribution: slow and plain.
pub(super) struct Zipf {
    cumulative: Vec<f64>,
    stream: Stream,
}

impl Zipf {
    pub(super) fn new(n: usize, s: f64, seed: u64) -> Zipf {
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=n)
            .map(|rank| {
                sum += libm::pow(rank as f64, -s);
                sum
            })
            .collect();
        cumulative.iter_mut().for_each(|c| *c /= sum);
        Zipf { cumulative, stream: Stream::named(seed, 0, "zipf", "test") }
    }

    pub(super) fn draw(&mut self) -> u64 {
        let u = (self.stream.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        self.cumulative.partition_point(|c| *c <= u).min(self.cumulative.len() - 1) as u64
    }
}

/// A whole number below `n`.
pub(super) fn below(stream: &mut Stream, n: u64) -> u64 {
    stream.next_u64() % n
}

/// Whether it is in bytes.
pub(super) fn in_bytes(capacity: Capacity) -> bool {
    matches!(capacity, Capacity::Bytes(_))
}
