//! The Pareto distribution.

use rand::Rng;

use super::support::{finite, ordered, positive, representable, unit};
use super::{DistributionError, Family};

const FAMILY: &str = "Pareto";

/// Pareto of type I: P(X > x) = (minimum / x)^alpha for x >= minimum (Pareto 1896). Sampled by inversion of one word.
///
/// The mean is infinite for alpha <= 1, the scv for alpha <= 2. Values that do not fit are the largest finite number,
/// which can only happen for alpha below about 0.05.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    alpha: f64,
    minimum: f64,
}

impl Pareto {
    /// By the exponent alpha and the smallest value, both finite and greater than 0.
    ///
    /// # Errors
    /// If they are not.
    pub fn new(alpha: f64, minimum: f64) -> Result<Self, DistributionError> {
        Ok(Self { alpha: positive(FAMILY, "alpha", alpha)?, minimum: positive(FAMILY, "minimum", minimum)? })
    }

    /// By the exponent alpha, greater than 1, and the mean, finite and greater than 0: minimum = mean (alpha - 1) / alpha.
    ///
    /// # Errors
    /// If they are not.
    pub fn with_mean(alpha: f64, mean: f64) -> Result<Self, DistributionError> {
        let alpha = finite(FAMILY, "alpha", alpha)?;
        ordered(FAMILY, ("alpha", alpha), "greater than", ("the least for a finite mean", 1.0), alpha > 1.0)?;
        let mean = positive(FAMILY, "mean", mean)?;
        Self::new(alpha, representable(FAMILY, "minimum", mean * ((alpha - 1.0) / alpha))?)
    }
}

impl Family for Pareto {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        (self.minimum * libm::exp(-libm::log1p(-unit(rng)) / self.alpha)).min(f64::MAX)
    }

    fn mean(&self) -> f64 {
        if self.alpha <= 1.0 { f64::INFINITY } else { self.minimum * (self.alpha / (self.alpha - 1.0)) }
    }

    fn scv(&self) -> f64 {
        if self.alpha <= 2.0 { f64::INFINITY } else { 1.0 / self.alpha / (self.alpha - 2.0) }
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { minimum: self.minimum * factor, ..*self }
    }

    fn min(&self) -> f64 {
        self.minimum
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        Some(if x <= self.minimum { 0.0 } else { -libm::expm1(-self.alpha * libm::log(x / self.minimum)) })
    }
}
