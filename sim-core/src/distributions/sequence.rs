//! A given series.

use std::sync::Arc;

use rand::Rng;

use super::support::{non_negative, not_empty, weighted_moments};
use super::{DistributionError, Family};

/// A given series (a trace): request number i of a source gets value number i, from the start again after the last.
///
/// No random number is drawn. Without an ordinal, [`sample`](Family::sample) returns the first value. Mean and scv are
/// those of the series, each value once.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    values: Arc<[f64]>,
}

impl Sequence {
    /// The values in their order, at least one, finite and at least 0.
    ///
    /// # Errors
    /// If they are not.
    pub fn new(values: &[f64]) -> Result<Self, DistributionError> {
        const FAMILY: &str = "sequence";
        not_empty(FAMILY, "values", values.len())?;
        let checked =
            values.iter().enumerate().map(|(index, &value)| non_negative(FAMILY, format!("values[{index}]"), value));
        Ok(Self { values: checked.collect::<Result<_, _>>()? })
    }

    fn moments(&self) -> (f64, f64) {
        let weight = 1.0 / self.values.len() as f64;
        weighted_moments(self.values.iter().map(|&value| (weight, value)))
    }
}

impl Family for Sequence {
    fn sample<R: Rng + ?Sized>(&self, _rng: &mut R) -> f64 {
        self.values[0]
    }

    fn sample_at<R: Rng + ?Sized>(&self, ordinal: u64, _rng: &mut R) -> f64 {
        self.values[(ordinal % self.values.len() as u64) as usize]
    }

    fn mean(&self) -> f64 {
        self.moments().0
    }

    fn scv(&self) -> f64 {
        self.moments().1
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { values: self.values.iter().map(|value| value * factor).collect() }
    }

    fn min(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn is_constant(&self) -> bool {
        self.values.iter().all(|value| value == &self.values[0])
    }
}
