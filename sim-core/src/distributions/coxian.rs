//! The Coxian distribution.

use std::sync::Arc;

use rand::Rng;

use super::exponential::unit_exponential;
use super::support::{not_empty, positive, probability, scv_from_moments, unit};
use super::{DistributionError, Family, PhaseType};

const FAMILY: &str = "Coxian";

/// Coxian: exponential phases in a row, after each of which the next follows with some probability (Cox 1955).
#[derive(Clone, Debug, PartialEq)]
pub struct Coxian {
    /// Mean of each phase, and the probability that another follows.
    phases: Arc<[(f64, f64)]>,
}

impl Coxian {
    /// From phases (mean, probability of going on to the next): means are finite and greater than 0; nothing follows
    /// the last phase, so its probability is 0.
    ///
    /// # Errors
    /// If this is not so, or there are no phases.
    pub fn new(phases: &[(f64, f64)]) -> Result<Self, DistributionError> {
        not_empty(FAMILY, "phases", phases.len())?;
        for (index, &(mean, go_on)) in phases.iter().enumerate() {
            positive(FAMILY, format!("means[{index}]"), mean)?;
            probability(FAMILY, format!("continue[{index}]"), go_on)?;
            if index + 1 == phases.len() && go_on != 0.0 {
                let right = "0, for nothing follows the last phase";
                return Err(DistributionError::OutOfRange {
                    family: FAMILY,
                    parameter: format!("continue[{index}]"),
                    value: go_on,
                    right,
                });
            }
        }
        Ok(Self { phases: phases.into() })
    }

    /// First and second moment, from the last phase backwards: with S the phase and R what follows it,
    /// E T = E S + p E R and E T² = 2 (E S)² + 2 p E S E R + p E R².
    fn moments(&self) -> (f64, f64) {
        self.phases.iter().rev().fold((0.0, 0.0), |(first, second), &(mean, go_on)| {
            (mean + go_on * first, 2.0 * mean * (mean + go_on * first) + go_on * second)
        })
    }
}

impl Family for Coxian {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let mut total = 0.0;
        for &(mean, go_on) in self.phases.iter() {
            total += mean * unit_exponential(rng);
            if go_on == 0.0 || (go_on < 1.0 && unit(rng) >= go_on) {
                break;
            }
        }
        total
    }

    fn mean(&self) -> f64 {
        self.moments().0
    }

    fn scv(&self) -> f64 {
        let (first, second) = self.moments();
        scv_from_moments(first, second)
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { phases: self.phases.iter().map(|&(mean, go_on)| (mean * factor, go_on)).collect() }
    }

    fn min(&self) -> f64 {
        0.0
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        PhaseType::from(self).cdf(x)
    }

    fn is_exponential(&self) -> bool {
        self.phases[0].1 == 0.0
    }
}

impl From<&Coxian> for PhaseType {
    fn from(coxian: &Coxian) -> Self {
        let count = coxian.phases.len();
        let rows = coxian.phases.iter().enumerate().map(|(index, &(mean, go_on))| {
            let mut row = vec![0.0; count];
            if index + 1 < count {
                row[index + 1] = go_on;
            }
            (mean, row)
        });
        Self::of_chain((0..count).map(|index| if index == 0 { 1.0 } else { 0.0 }).collect(), rows.collect())
    }
}
