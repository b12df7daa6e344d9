//! The uniform distribution.

use rand::Rng;

use super::support::{finite, non_negative, ordered, unit};
use super::{DistributionError, Family};

/// Equally likely anywhere in [low, high). Sampled by inversion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    low: f64,
    high: f64,
}

impl Uniform {
    /// Between the bounds, 0 <= low < high.
    ///
    /// # Errors
    /// If the bounds are not finite, negative, or not in this order.
    pub fn new(low: f64, high: f64) -> Result<Self, DistributionError> {
        const FAMILY: &str = "uniform";
        let low = non_negative(FAMILY, "low", low)?;
        let high = finite(FAMILY, "high", high)?;
        ordered(FAMILY, ("high", high), "greater than", ("low", low), high > low)?;
        Ok(Self { low, high })
    }
}

impl Family for Uniform {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.low + (self.high - self.low) * unit(rng)
    }

    fn mean(&self) -> f64 {
        self.low / 2.0 + self.high / 2.0
    }

    fn scv(&self) -> f64 {
        let spread = (self.high - self.low) / self.mean();
        spread * spread / 12.0
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }

    fn min(&self) -> f64 {
        self.low
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        Some(((x - self.low) / (self.high - self.low)).clamp(0.0, 1.0))
    }
}
