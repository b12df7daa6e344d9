//! One long run in batches: how many batches each row needs to look independent, and its estimate from these.

use super::{Collector, Results};
use models::simulation::Replication;
use models::system::System;
use sim_core::analyse::{Estimate, von_neumann};

/// Batches that are told apart at first.
pub const FINEST: u64 = 128;
/// So many of the batches that have passed the test are joined to one of those that the interval rests on. Neighbours
/// that pass may still be a little correlated; joined four by four, what is left of that hardly matters (Law and Carson
/// 1979, A sequential procedure for determining the length of a steady-state simulation, Operations Research 27).
const JOINED: usize = 4;
/// Times that batches are made twice as large: 128 are tested for 32, 64 for 16, 32 for 8.
const DOUBLINGS: usize = 2;

/// The batches of a run, at each size.
#[derive(Clone, Debug)]
pub struct Batches<'s> {
    /// From the finest to the coarsest, each with half of the batches of the one before.
    levels: Vec<Collector<'s>>,
    /// The whole as one.
    whole: Collector<'s>,
}

/// What the batches say.
#[derive(Clone, Debug)]
pub struct Batched {
    /// The figures.
    pub results: Results,
    /// Rows whose batches are dependent at every size: their path, and the correlation of neighbours.
    pub dependent: Vec<(String, f64)>,
}

impl<'s> Batches<'s> {
    /// The segments of a run, which are [`FINEST`] unless it ended early.
    pub fn new(system: &'s System, segments: &[Replication]) -> Batches<'s> {
        let collect = |size: usize| {
            let mut collector = Collector::new(system);
            segments.chunks(size.max(1)).filter_map(Replication::join).for_each(|batch| collector.add(&batch));
            collector
        };
        let levels = (0..=DOUBLINGS + 2).map(|doublings| collect(1 << doublings)).collect();
        Batches { levels, whole: collect(segments.len()) }
    }

    /// Events, and the hash over all of them.
    pub fn trace(&self) -> (u64, u64) {
        (self.whole.events, self.whole.fingerprint)
    }

    /// What the whole gave, row by row.
    pub fn observed(&self) -> Vec<Vec<Option<f64>>> {
        self.whole.observed()
    }

    /// The results.
    pub fn finish(&self, confidence: f64) -> Batched {
        let chosen: Vec<Chosen> = (0..self.whole.columns()).map(|index| self.choose(index)).collect();
        let estimate = |index: usize| match &chosen[index] {
            Chosen::Whole => self.whole.estimate(index, confidence).map(|e| Estimate { half_width: None, ..e }),
            Chosen::Level { level, .. } => {
                let collector = &self.levels[*level];
                let estimate = collector.estimate(index, confidence)?;
                // Energy is that of the whole measured time.
                let factor = match collector.name(index).0 {
                    "energy" => collector.replications as f64,
                    _ => 1.0,
                };
                let half_width = estimate.half_width.map(|half_width| half_width * factor);
                Some(Estimate { value: estimate.value * factor, half_width, ..estimate })
            }
        };
        let results = self.whole.finish_with(&estimate);
        let path = |(row, chosen): (&super::Row, &Chosen)| match chosen {
            Chosen::Level { dependent: Some(lag_1), .. } => Some((row.path(), *lag_1)),
            _ => None,
        };
        let dependent = results.rows.iter().zip(&chosen).filter_map(path).collect();
        Batched { results, dependent }
    }

    fn choose(&self, index: usize) -> Chosen {
        match self.whole.name(index) {
            // What only grows, or is a maximum, has no mean over batches.
            ("latency", "min" | "max") | ("in_system_max" | "instances_lost" | "filled", _) => return Chosen::Whole,
            _ => {}
        }
        let joined = JOINED.ilog2() as usize;
        let mut lag_1 = None;
        for level in 0..=DOUBLINGS {
            // Where batches without a request leave gaps, larger ones are tried.
            let Some(values) = self.levels[level].values(index) else { continue };
            let test = von_neumann(&values);
            if test.passed {
                return Chosen::Level { level: level + joined, dependent: None };
            }
            lag_1 = Some(test.lag_1);
        }
        Chosen::Level { level: DOUBLINGS + joined, dependent: lag_1 }
    }
}

/// What an estimate is made of.
#[derive(Clone, Copy, Debug)]
enum Chosen {
    /// The whole run; there is no interval.
    Whole,
    /// Batches of a level; the correlation that is left, if they are dependent.
    Level { level: usize, dependent: Option<f64> },
}
