//! Always the same value.

use rand::Rng;

use super::support::non_negative;
use super::{DistributionError, Family};

/// Always the same value; draws no random number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    value: f64,
}

impl Constant {
    /// The value is finite and at least 0.
    ///
    /// # Errors
    /// If it is not.
    pub fn new(value: f64) -> Result<Self, DistributionError> {
        Ok(Self { value: non_negative("constant", "value", value)? })
    }
}

impl Family for Constant {
    #[inline(always)]
    fn sample<R: Rng + ?Sized>(&self, _rng: &mut R) -> f64 {
        self.value
    }

    fn mean(&self) -> f64 {
        self.value
    }

    fn scv(&self) -> f64 {
        0.0
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { value: self.value * factor }
    }

    fn min(&self) -> f64 {
        self.value
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        Some(if x >= self.value { 1.0 } else { 0.0 })
    }

    fn is_constant(&self) -> bool {
        true
    }
}
