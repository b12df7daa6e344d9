//! The Erlang distribution.

use rand::Rng;

use super::exponential::unit_exponential;
use super::gamma::{gamma_cdf, unit_gamma};
use super::support::positive;
use super::{DistributionError, Family};

/// Up to so many stages the exponentials are added up; beyond, the gamma sampler is faster.
const FEW: u32 = 8;

/// Erlang: the sum of k exponentials of mean `mean` / k (Erlang 1917); its scv is 1 / k.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erlang {
    stages: u32,
    mean: f64,
}

impl Erlang {
    /// By the number of stages k, at least 1, and the mean of the whole, finite and greater than 0.
    ///
    /// # Errors
    /// If they are not.
    pub fn new(stages: u32, mean: f64) -> Result<Self, DistributionError> {
        const FAMILY: &str = "Erlang";
        if stages == 0 {
            return Err(DistributionError::OutOfRange {
                family: FAMILY,
                parameter: "k".into(),
                value: 0.0,
                right: "a whole number, at least 1",
            });
        }
        Ok(Self { stages, mean: positive(FAMILY, "mean", mean)? })
    }
}

impl Family for Erlang {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let stages = f64::from(self.stages);
        let sum = if self.stages <= FEW {
            (0..self.stages).map(|_| unit_exponential(rng)).sum()
        } else {
            unit_gamma(stages, rng)
        };
        self.mean / stages * sum
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn scv(&self) -> f64 {
        1.0 / f64::from(self.stages)
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { mean: self.mean * factor, ..*self }
    }

    fn min(&self) -> f64 {
        0.0
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        let stages = f64::from(self.stages);
        gamma_cdf(stages, x / self.mean * stages)
    }

    fn is_exponential(&self) -> bool {
        self.stages == 1
    }
}
