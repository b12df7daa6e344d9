//! What is told of memory pools.

use super::size_pools::Sum;
use super::state::State;
use crate::resources::{FigureName, Measured};
use crate::units::Dimension;
use sim_core::observe::Level;
use std::collections::BTreeMap;

/// Figures of single sizes are given for so many, from the smallest.
const SIZES_SHOWN: usize = 6;

macro_rules! of_sizes {
    ($($n:literal)*) => {
        [
            $(FigureName::of(concat!("requests_", $n), Dimension::RATE, concat!("requests for size number ", $n)),)*
            $(FigureName::share(concat!("hit_ratio_", $n), "share of them that found a free block"),)*
            $(FigureName::share(concat!("idle_ratio_", $n), "free blocks of that size, of all of it"),)*
        ]
    };
}
const OF_ALL: [FigureName; 13] = [
    FigureName::share("hit_ratio", "requests that found a free block, of all"),
    FigureName::share("idle_ratio", "free / (free + allocated) of the blocks in pools, over time"),
    FigureName::share("internal_fragmentation", "1 - requested / granted"),
    FigureName::share("memory_efficiency", "useful / allocated: bytes that requests asked for, of the footprint"),
    FigureName::of("live", Dimension::DATA, "what requests asked for and hold, mean"),
    FigureName::of("live_peak", Dimension::DATA, "the most at once"),
    FigureName::of("objects", Dimension::NONE, "allocations that are alive, mean number"),
    FigureName::of("footprint", Dimension::DATA, "memory from the system, mean"),
    FigureName::of("footprint_peak", Dimension::DATA, "the most at once"),
    FigureName::of("saved", Dimension::DATA, "what compression saves of it, mean"),
    FigureName::of("system_requests", Dimension::RATE, "requests to the system"),
    FigureName::of("returned", Dimension::RATE, "idle blocks given back to the system"),
    FigureName::share("upkeep", "time in which it defragments or compresses"),
];
const OF_SIZES: [FigureName; 3 * SIZES_SHOWN] = of_sizes!("1" "2" "3" "4" "5" "6");
/// All figures: of the whole, then of single sizes.
pub(super) const ALL: [FigureName; OF_ALL.len() + OF_SIZES.len()] = {
    let mut all = [OF_ALL[0]; OF_ALL.len() + OF_SIZES.len()];
    let mut i = 0;
    while i < all.len() {
        all[i] = if i < OF_ALL.len() { OF_ALL[i] } else { OF_SIZES[i - OF_ALL.len()] };
        i += 1;
    }
    all
};

/// Their values over all instances of a component.
pub(super) fn measure(all: &[&State], measured: Measured) -> Vec<Option<f64>> {
    let Measured { end, span, ticks } = measured;
    let sum = |f: &dyn Fn(&State) -> f64| all.iter().map(|state| f(state)).sum::<f64>();
    let mean = |f: &dyn Fn(&State) -> &Level| sum(&|state| f(state).integral(end)) / span;
    let bits = |bytes: f64| Some(bytes * 8.0);
    let rate = |number: f64| Some(number / (span / ticks));
    let part = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let mut sizes: BTreeMap<u64, Sum> = Default::default();
    let mut whole = Sum::default();
    for (size, pool) in all.iter().flat_map(|state| &state.pools.0) {
        sizes.entry(*size).or_default().add(pool, end);
        whole.add(pool, end);
    }
    let (live, footprint) = (mean(&|s| &s.live), mean(&|s| &s.footprint));
    let granted = sum(&|s| s.counts.granted as f64);
    let requests = sum(&|s| s.counts.system as f64) + whole.hits as f64;
    let works = all.iter().any(|state| state.growing || state.cold.is_some());
    let mut figures = vec![
        part(whole.hits as f64, requests),
        whole.idle_ratio(),
        part(granted - sum(&|s| s.counts.requested as f64), granted),
        part(live, footprint),
        bits(live),
        bits(sum(&|s| s.live.max() as f64)),
        Some(mean(&|s| &s.objects)),
        bits(footprint),
        bits(sum(&|s| s.footprint.max() as f64)),
        all.iter().any(|state| state.cold.is_some()).then(|| 8.0 * mean(&|s| &s.saved)),
        rate(sum(&|s| s.counts.system as f64)),
        rate(sum(&|s| s.counts.returned as f64)).filter(|_| all.iter().any(|state| state.growing)),
        works.then(|| mean(&|s| &s.background.busy) / all.len() as f64),
    ];
    let shown: Vec<&Sum> = sizes.values().take(SIZES_SHOWN).collect();
    let of = |f: &dyn Fn(&Sum) -> Option<f64>| {
        (0..SIZES_SHOWN).map(|i| shown.get(i).and_then(|sum| f(sum))).collect::<Vec<_>>()
    };
    figures.extend(of(&|sum| rate(sum.requests as f64)));
    figures.extend(of(&Sum::hit_ratio));
    figures.extend(of(&Sum::idle_ratio));
    figures
}
