//! The gamma distribution.

use rand::Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::support::{positive, representable, unit};
use super::{DistributionError, Family};

/// Gamma with density proportional to x^(shape - 1) exp(-x shape / mean); its scv is 1 / shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    shape: f64,
    mean: f64,
}

impl Gamma {
    /// By the mean and the squared coefficient of variation, both finite and greater than 0.
    ///
    /// # Errors
    /// If they are not.
    pub fn with_scv(mean: f64, scv: f64) -> Result<Self, DistributionError> {
        let scv = positive("gamma", "scv", scv)?;
        Self::with_shape(mean, representable("gamma", "shape", 1.0 / scv)?)
    }

    /// By the mean and the shape, both finite and greater than 0.
    ///
    /// # Errors
    /// If they are not.
    pub fn with_shape(mean: f64, shape: f64) -> Result<Self, DistributionError> {
        let mean = positive("gamma", "mean", mean)?;
        let shape = positive("gamma", "shape", shape)?;
        representable("gamma", "scale (mean / shape)", mean / shape)?;
        Ok(Self { shape, mean })
    }
}

/// One value of the gamma distribution with this shape and scale 1: Marsaglia, Tsang 2000, "A simple method for
/// generating gamma variables"; for shapes below 1 with their boost from shape + 1 (section 6).
pub(super) fn unit_gamma<R: Rng + ?Sized>(shape: f64, rng: &mut R) -> f64 {
    if shape < 1.0 {
        let boost = libm::pow(1.0 - unit(rng), 1.0 / shape);
        return unit_gamma(shape + 1.0, rng) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x: f64 = StandardNormal.sample(rng);
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let u = 1.0 - unit(rng);
        let square = x * x;
        // The first test is the squeeze: it spares the logarithms in most cases.
        if u < 1.0 - 0.0331 * square * square || libm::log(u) < 0.5 * square + d * (1.0 - v + libm::log(v)) {
            return d * v;
        }
    }
}

/// P(X <= x) of the gamma distribution with scale 1.
pub(super) fn gamma_cdf(shape: f64, x: f64) -> Option<f64> {
    if x <= 0.0 { Some(0.0) } else { statrs::function::gamma::checked_gamma_lr(shape, x).ok() }
}

impl Family for Gamma {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.mean / self.shape * unit_gamma(self.shape, rng)
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn scv(&self) -> f64 {
        1.0 / self.shape
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { mean: self.mean * factor, ..*self }
    }

    fn min(&self) -> f64 {
        0.0
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        gamma_cdf(self.shape, x / self.mean * self.shape)
    }

    #[allow(clippy::float_cmp)]
    fn is_exponential(&self) -> bool {
        self.shape == 1.0
    }
}
