//! The Weibull distribution.

use rand::Rng;

use super::support::{positive, representable, unit};
use super::{DistributionError, Family};

const FAMILY: &str = "Weibull";

/// Weibull: P(X > x) = exp(-(x / scale)^shape) (Weibull 1951). Sampled by inversion of one word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weibull {
    shape: f64,
    scale: f64,
}

impl Weibull {
    /// By the shape and the scale, both finite and greater than 0.
    ///
    /// # Errors
    /// If they are not, or if the mean overflows (shapes below about 0.006).
    pub fn new(shape: f64, scale: f64) -> Result<Self, DistributionError> {
        let shape = positive(FAMILY, "shape", shape)?;
        let scale = positive(FAMILY, "scale", scale)?;
        let weibull = Self { shape, scale };
        representable(FAMILY, "mean", weibull.mean())?;
        Ok(weibull)
    }

    /// By the shape and the mean, both finite and greater than 0: scale = mean / Γ(1 + 1 / shape).
    ///
    /// # Errors
    /// If they are not, or if the scale underflows.
    pub fn with_mean(shape: f64, mean: f64) -> Result<Self, DistributionError> {
        let shape = positive(FAMILY, "shape", shape)?;
        let mean = positive(FAMILY, "mean", mean)?;
        let scale = representable(FAMILY, "scale", mean / libm::tgamma(1.0 + 1.0 / shape))?;
        Self::new(shape, scale)
    }
}

impl Family for Weibull {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.scale * libm::pow(-libm::log1p(-unit(rng)), 1.0 / self.shape)
    }

    fn mean(&self) -> f64 {
        self.scale * libm::tgamma(1.0 + 1.0 / self.shape)
    }

    fn scv(&self) -> f64 {
        // Γ(1 + 2 / k) / Γ(1 + 1 / k)² - 1, through logarithms against overflow and against cancellation for large k.
        libm::expm1(libm::lgamma(1.0 + 2.0 / self.shape) - 2.0 * libm::lgamma(1.0 + 1.0 / self.shape))
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { scale: self.scale * factor, ..*self }
    }

    fn min(&self) -> f64 {
        0.0
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        Some(-libm::expm1(-libm::pow(x.max(0.0) / self.scale, self.shape)))
    }

    #[allow(clippy::float_cmp)]
    fn is_exponential(&self) -> bool {
        self.shape == 1.0
    }
}
