//! The lognormal distribution.

use rand::Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::support::{positive, representable};
use super::{DistributionError, Family};

/// Lognormal: exp(mu + sigma Z) with Z standard normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lognormal {
    mean: f64,
    scv: f64,
    median: f64,
    sigma: f64,
}

impl Lognormal {
    /// By the mean and the squared coefficient of variation of the variable itself (not of its logarithm), both finite
    /// and greater than 0: sigma² = ln(1 + scv), mu = ln(mean) - sigma² / 2.
    ///
    /// # Errors
    /// If they are not.
    pub fn with_scv(mean: f64, scv: f64) -> Result<Self, DistributionError> {
        let mean = positive("lognormal", "mean", mean)?;
        let scv = positive("lognormal", "scv", scv)?;
        let median = representable("lognormal", "median", mean / (1.0 + scv).sqrt())?;
        Ok(Self { mean, scv, median, sigma: libm::log1p(scv).sqrt() })
    }
}

impl Family for Lognormal {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let z: f64 = StandardNormal.sample(rng);
        self.median * libm::exp(self.sigma * z)
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn scv(&self) -> f64 {
        self.scv
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { mean: self.mean * factor, median: self.median * factor, ..*self }
    }

    fn min(&self) -> f64 {
        0.0
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        if x <= 0.0 {
            return Some(0.0);
        }
        Some(0.5 * libm::erfc(-libm::log(x / self.median) / self.sigma * std::f64::consts::FRAC_1_SQRT_2))
    }
}
