//! The triangular distribution.

use rand::Rng;

use super::support::{finite, non_negative, ordered, unit};
use super::{DistributionError, Family};

/// Density that rises linearly from `low` to `mode` and falls linearly to `high`. Sampled by inversion of one word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triangular {
    low: f64,
    mode: f64,
    high: f64,
}

impl Triangular {
    /// By 0 <= low <= mode <= high, with low < high.
    ///
    /// # Errors
    /// If they are not so, or not finite.
    pub fn new(low: f64, mode: f64, high: f64) -> Result<Self, DistributionError> {
        const FAMILY: &str = "triangular";
        let low = non_negative(FAMILY, "low", low)?;
        let mode = finite(FAMILY, "mode", mode)?;
        let high = finite(FAMILY, "high", high)?;
        ordered(FAMILY, ("high", high), "greater than", ("low", low), high > low)?;
        ordered(FAMILY, ("mode", mode), "at least", ("low", low), mode >= low)?;
        ordered(FAMILY, ("mode", mode), "at most", ("high", high), mode <= high)?;
        Ok(Self { low, mode, high })
    }
}

impl Family for Triangular {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let u = unit(rng);
        let (rise, fall, width) = (self.mode - self.low, self.high - self.mode, self.high - self.low);
        if u * width < rise {
            self.low + (u * width * rise).sqrt()
        } else {
            self.high - ((1.0 - u) * width * fall).sqrt()
        }
    }

    fn mean(&self) -> f64 {
        self.low / 3.0 + self.mode / 3.0 + self.high / 3.0
    }

    fn scv(&self) -> f64 {
        // Var = (rise² + rise fall + fall²) / 18: the textbook formula without its differences of large numbers.
        let mean = self.mean();
        let (rise, fall) = ((self.mode - self.low) / mean, (self.high - self.mode) / mean);
        (rise * rise + rise * fall + fall * fall) / 18.0
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { low: self.low * factor, mode: self.mode * factor, high: self.high * factor }
    }

    fn min(&self) -> f64 {
        self.low
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        let width = self.high - self.low;
        Some(if x <= self.low {
            0.0
        } else if x >= self.high {
            1.0
        } else if x <= self.mode {
            (x - self.low) / width * ((x - self.low) / (self.mode - self.low))
        } else {
            1.0 - (self.high - x) / width * ((self.high - x) / (self.high - self.mode))
        })
    }
}
