//! What samples say: the objective, the losses and the excess over bounds, replication by replication.

use super::goal::{Goal, References};
use super::lab::Samples;
use sim_core::analyse::{Estimate, estimate};

/// What a configuration is worth, by replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The objective; `None` where an indicator with a weight was not observed.
    pub objective: Vec<Option<f64>>,
    /// The five indicators.
    pub indicators: Vec<[Option<f64>; 5]>,
    /// The five losses.
    pub losses: Vec<[Option<f64>; 5]>,
    /// The cost.
    pub costs: Vec<Option<f64>>,
    /// By constraint: the excess, of those replications that have one.
    pub excess: Vec<Vec<f64>>,
    /// By constraint: what its excess is measured by.
    pub scales: Vec<f64>,
}

impl Judged {
    /// Judges samples.
    pub fn of(goal: &Goal, references: &References, samples: &Samples) -> Judged {
        let mut judged = Judged {
            excess: vec![Vec::new(); goal.constraints.len()],
            scales: (0..goal.constraints.len()).map(|i| goal.scale(i, &samples.inputs)).collect(),
            ..Judged::default()
        };
        for replication in 0..samples.count() {
            let measured = samples.at(replication);
            let indicators = goal.indicators(&samples.inputs, &measured);
            let losses = goal.objective.losses(&indicators, references);
            let cost = goal.cost(&samples.inputs, &measured);
            judged.objective.push(cost.and_then(|cost| goal.objective.value(&losses, cost)));
            judged.indicators.push(indicators);
            judged.losses.push(losses);
            judged.costs.push(cost);
            for (number, excess) in judged.excess.iter_mut().enumerate() {
                excess.extend(goal.excess(number, &samples.inputs, &measured));
            }
        }
        judged
    }

    /// The objective of all replications; `None` if one of them has none.
    pub fn complete(&self) -> Option<Vec<f64>> {
        self.objective.iter().copied().collect()
    }

    /// The mean objective.
    pub fn estimate(&self, confidence: f64) -> Option<Estimate> {
        estimate(self.objective.iter().copied(), confidence)
    }

    /// The mean of an indicator.
    pub fn indicator(&self, number: usize, confidence: f64) -> Option<Estimate> {
        estimate(self.indicators.iter().map(|all| all[number]), confidence)
    }

    /// The mean loss of an indicator.
    pub fn loss(&self, number: usize) -> Option<f64> {
        mean(self.losses.iter().filter_map(|all| all[number]))
    }

    /// The mean cost.
    pub fn cost(&self) -> f64 {
        mean(self.costs.iter().flatten().copied()).unwrap_or(0.0)
    }

    /// The mean excess over each bound, as a part of the bound; infinite where nothing was measured.
    pub fn excesses(&self) -> Vec<f64> {
        let part = |(excess, scale): (&Vec<f64>, &f64)| {
            mean(excess.iter().copied()).map_or(f64::INFINITY, |excess| excess / scale)
        };
        self.excess.iter().zip(&self.scales).map(part).collect()
    }

    /// The constraint that is missed most, or met with the least to spare, and its excess as a part of the bound.
    pub fn tightest(&self) -> Option<(usize, f64)> {
        self.excesses().into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// The mean of numbers.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}
