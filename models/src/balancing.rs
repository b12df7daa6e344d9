//! How one of several alternatives is chosen.

use crate::system::Balance;
use sim_core::random::{Rng, below};

impl Balance {
    /// One of `n` alternatives: by whose turn it is, at random, or by the load of each.
    pub(crate) fn choose<R: Rng + ?Sized>(self, n: u32, turn: u32, random: &mut R, load: impl Fn(u32) -> u64) -> u32 {
        let mut below = |n: u32| below(random, u64::from(n)) as u32;
        match self {
            Balance::RoundRobin => turn % n,
            Balance::Random => below(n),
            Balance::ShortestQueue | Balance::LeastWork => {
                let least = (0..n).map(&load).min().unwrap_or(0);
                let ties = (0..n).filter(|i| load(*i) == least).count() as u32;
                let chosen = below(ties.max(1));
                (0..n).filter(|i| load(*i) == least).nth(chosen as usize).unwrap_or(0)
            }
            Balance::PowerOf(d) => {
                // d different ones: a partial shuffle in which only the moved places are kept.
                let d = d.min(n);
                let mut moved: Vec<(u32, u32)> = Vec::with_capacity(d as usize);
                let at =
                    |moved: &[(u32, u32)], i: u32| moved.iter().rev().find(|(j, _)| *j == i).map_or(i, |(_, v)| *v);
                let mut best = (u64::MAX, 0);
                for k in 0..d {
                    let pick = k + below(n - k);
                    let candidate = at(&moved, pick);
                    let first = at(&moved, k);
                    moved.push((pick, first));
                    let load = load(candidate);
                    if load < best.0 {
                        best = (load, candidate);
                    }
                }
                best.1
            }
        }
    }
}
