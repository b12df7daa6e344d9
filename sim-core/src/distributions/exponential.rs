//! The exponential distribution.

use rand::Rng;
use rand_distr::{Distribution as _, Exp1};

use super::support::{positive, representable};
use super::{DistributionError, Family};

/// Exponential: P(X > x) = exp(-x / mean). Sampled by the ziggurat method (Marsaglia, Tsang 2000; Doornik 2005).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    mean: f64,
}

impl Exponential {
    /// By its mean, finite and greater than 0.
    ///
    /// # Errors
    /// If it is not.
    pub fn with_mean(mean: f64) -> Result<Self, DistributionError> {
        Ok(Self { mean: positive("exponential", "mean", mean)? })
    }

    /// By its rate 1 / mean, finite and greater than 0.
    ///
    /// # Errors
    /// If it is not.
    pub fn with_rate(rate: f64) -> Result<Self, DistributionError> {
        let rate = positive("exponential", "rate", rate)?;
        Ok(Self { mean: representable("exponential", "mean", 1.0 / rate)? })
    }
}

/// One value of the exponential distribution with mean 1.
#[inline(always)]
pub(super) fn unit_exponential<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    Exp1.sample(rng)
}

impl Family for Exponential {
    #[inline(always)]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.mean * unit_exponential(rng)
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn scv(&self) -> f64 {
        1.0
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { mean: self.mean * factor }
    }

    fn min(&self) -> f64 {
        0.0
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        Some(if x <= 0.0 { 0.0 } else { -libm::expm1(-x / self.mean) })
    }

    fn is_exponential(&self) -> bool {
        true
    }
}
