//! What was measured, redrawn.

use std::sync::Arc;

use rand::Rng;

use super::support::{Choice, non_negative, not_empty, unit, weighted_moments};
use super::{DistributionError, Family};

const FAMILY: &str = "empirical";

/// One of the given values, or one between neighbours of them. Sampled by inversion of one word: the larger the random
/// number the larger the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    /// Ascending.
    values: Arc<[f64]>,
    law: Law,
}

#[derive(Clone, Debug, PartialEq)]
enum Law {
    /// All values are equally likely.
    Equal,
    /// The values have these probabilities.
    Weighted(Choice),
    /// The cdf is a line from each value to the next, with the same rise.
    Interpolated,
}

impl Empirical {
    /// Every value is equally likely. At least one, finite and at least 0, in any order.
    ///
    /// # Errors
    /// If they are not.
    pub fn new(values: &[f64]) -> Result<Self, DistributionError> {
        Ok(Self { values: sorted(values, 1)?, law: Law::Equal })
    }

    /// From (weight, value) pairs: a value is chosen with a probability proportional to its weight. Weights are finite
    /// and at least 0, one at least greater than 0; they need not add up to 1.
    ///
    /// # Errors
    /// If weights or values are not as said.
    pub fn weighted(pairs: &[(f64, f64)]) -> Result<Self, DistributionError> {
        not_empty(FAMILY, "values", pairs.len())?;
        let mut checked = Vec::with_capacity(pairs.len());
        for (index, &(weight, value)) in pairs.iter().enumerate() {
            checked.push((
                non_negative(FAMILY, format!("weights[{index}]"), weight)?,
                non_negative(FAMILY, format!("values[{index}]"), value)?,
            ));
        }
        checked.retain(|&(weight, _)| weight > 0.0);
        let sum: f64 = checked.iter().map(|&(weight, _)| weight).sum();
        if !(sum > 0.0 && sum.is_finite()) {
            let right = "finite and greater than 0";
            return Err(DistributionError::OutOfRange {
                family: FAMILY,
                parameter: "sum of the weights".into(),
                value: sum,
                right,
            });
        }
        checked.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (weights, values): (Vec<f64>, Vec<f64>) = checked.into_iter().unzip();
        Ok(Self { values: values.into(), law: Law::Weighted(Choice::from_weights(&weights, sum)) })
    }

    /// Continuous: the cdf rises linearly by 1 / (n - 1) from each of the n values, in ascending order, to the next (Law
    /// 2015, "Simulation modeling and analysis", section 6.2.4). At least two values, finite and at least 0.
    ///
    /// # Errors
    /// If they are not.
    pub fn interpolated(values: &[f64]) -> Result<Self, DistributionError> {
        Ok(Self { values: sorted(values, 2)?, law: Law::Interpolated })
    }

    fn moments(&self) -> (f64, f64) {
        match &self.law {
            Law::Equal => {
                let weight = 1.0 / self.values.len() as f64;
                weighted_moments(self.values.iter().map(|&value| (weight, value)))
            }
            Law::Weighted(choice) => {
                weighted_moments(choice.probabilities().iter().copied().zip(self.values.iter().copied()))
            }
            Law::Interpolated => {
                // A mixture of uniforms: variance between their midpoints, and within each width² / 12.
                let weight = 1.0 / (self.values.len() - 1) as f64;
                let (mean, between) =
                    weighted_moments(self.values.windows(2).map(|pair| (weight, f64::midpoint(pair[0], pair[1]))));
                if mean == 0.0 {
                    return (0.0, 0.0);
                }
                let within: f64 =
                    self.values.windows(2).map(|pair| weight * ((pair[1] - pair[0]) / mean).powi(2) / 12.0).sum();
                (mean, between + within)
            }
        }
    }
}

fn sorted(values: &[f64], least: usize) -> Result<Arc<[f64]>, DistributionError> {
    if values.len() < least {
        let right = format!("at least {least}");
        return Err(DistributionError::Length {
            family: FAMILY,
            parameter: "values".into(),
            found: values.len(),
            right,
        });
    }
    let checked =
        values.iter().enumerate().map(|(index, &value)| non_negative(FAMILY, format!("values[{index}]"), value));
    let mut values = checked.collect::<Result<Vec<f64>, _>>()?;
    values.sort_by(f64::total_cmp);
    Ok(values.into())
}

impl Family for Empirical {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let u = unit(rng);
        let count = self.values.len();
        match &self.law {
            // The product can round up to the count itself.
            Law::Equal => self.values[((u * count as f64) as usize).min(count - 1)],
            Law::Weighted(choice) => self.values[choice.pick(u)],
            Law::Interpolated => {
                let place = u * (count - 1) as f64;
                let index = (place as usize).min(count - 2);
                let (low, high) = (self.values[index], self.values[index + 1]);
                low + (high - low) * (place - index as f64)
            }
        }
    }

    fn mean(&self) -> f64 {
        self.moments().0
    }

    fn scv(&self) -> f64 {
        self.moments().1
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { values: self.values.iter().map(|value| value * factor).collect(), law: self.law.clone() }
    }

    fn min(&self) -> f64 {
        self.values[0]
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        let below = self.values.partition_point(|&value| value <= x);
        if below == 0 || x.is_nan() {
            return Some(0.0);
        }
        if below == self.values.len() {
            return Some(1.0);
        }
        Some(match &self.law {
            Law::Equal => below as f64 / self.values.len() as f64,
            Law::Weighted(choice) => choice.sums()[below - 1],
            Law::Interpolated => {
                let (low, high) = (self.values[below - 1], self.values[below]);
                ((below - 1) as f64 + (x - low) / (high - low)) / (self.values.len() - 1) as f64
            }
        })
    }

    fn is_constant(&self) -> bool {
        self.values.iter().all(|value| value == &self.values[0])
    }
}
