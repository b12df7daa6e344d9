//! The bounded Pareto distribution.

use rand::Rng;

use super::support::{finite, ordered, positive, scv_from_moments, unit};
use super::{DistributionError, Family};

/// Pareto, given that it falls into [low, high]: density proportional to x^(-shape - 1) there (Harchol-Balter, Downey
/// 1997). Sampled by inversion of one word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundedPareto {
    shape: f64,
    low: f64,
    high: f64,
}

impl BoundedPareto {
    /// By the exponent, greater than 0, and the bounds, 0 < low < high.
    ///
    /// # Errors
    /// If they are not as said, or not finite.
    pub fn new(shape: f64, low: f64, high: f64) -> Result<Self, DistributionError> {
        const FAMILY: &str = "bounded Pareto";
        let shape = positive(FAMILY, "shape", shape)?;
        let low = positive(FAMILY, "low", low)?;
        let high = finite(FAMILY, "high", high)?;
        ordered(FAMILY, ("high", high), "greater than", ("low", low), high > low)?;
        Ok(Self { shape, low, high })
    }

    /// P(X > high) of the unbounded Pareto is exp of this.
    fn log_tail(&self) -> f64 {
        -self.shape * libm::log(self.high / self.low)
    }

    /// E (X / low)^order = shape / (1 - r^shape) (1 - r^(shape - order)) / (shape - order) with r = low / high, where
    /// the last quotient is ln(1 / r) for shape = order.
    fn relative_moment(&self, order: f64) -> f64 {
        let log_ratio = libm::log(self.low / self.high);
        let difference = self.shape - order;
        let quotient = if difference == 0.0 { -log_ratio } else { -libm::expm1(difference * log_ratio) / difference };
        self.shape * quotient / -libm::expm1(self.log_tail())
    }
}

impl Family for BoundedPareto {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let below = unit(rng) * -libm::expm1(self.log_tail());
        (self.low * libm::exp(-libm::log1p(-below) / self.shape)).clamp(self.low, self.high)
    }

    fn mean(&self) -> f64 {
        self.low * self.relative_moment(1.0)
    }

    fn scv(&self) -> f64 {
        scv_from_moments(self.relative_moment(1.0), self.relative_moment(2.0))
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor, ..*self }
    }

    fn min(&self) -> f64 {
        self.low
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        let x = x.clamp(self.low, self.high);
        Some(libm::expm1(-self.shape * libm::log(x / self.low)) / libm::expm1(self.log_tail()))
    }
}
