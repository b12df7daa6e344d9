//! The hyperexponential distribution.

use std::sync::Arc;

use rand::Rng;

use super::exponential::unit_exponential;
use super::support::{Choice, finite, ordered, positive, representable, scv_from_moments, unit};
use super::{DistributionError, Family};

const FAMILY: &str = "hyperexponential";

/// Hyperexponential: an exponential whose mean is chosen at random; its scv is at least 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Hyperexponential {
    choice: Choice,
    means: Arc<[f64]>,
}

impl Hyperexponential {
    /// From branches (probability, mean). The probabilities add up to 1, the means are finite and greater than 0.
    ///
    /// # Errors
    /// If they are not, or there are none.
    pub fn new(branches: &[(f64, f64)]) -> Result<Self, DistributionError> {
        let probabilities: Vec<f64> = branches.iter().map(|&(probability, _)| probability).collect();
        let choice = Choice::new(FAMILY, "probabilities", &probabilities)?;
        let means =
            branches.iter().enumerate().map(|(index, &(_, mean))| positive(FAMILY, format!("means[{index}]"), mean));
        Ok(Self { choice, means: means.collect::<Result<_, _>>()? })
    }

    /// Two branches with the given mean, finite and greater than 0, and squared coefficient of variation, at least 1,
    /// such that both contribute half of the mean ("balanced means": Sauer, Chandy 1975; Tijms 2003, appendix B).
    ///
    /// # Errors
    /// If the mean or the scv is not as said.
    pub fn with_scv(mean: f64, scv: f64) -> Result<Self, DistributionError> {
        let mean = positive(FAMILY, "mean", mean)?;
        let scv = finite(FAMILY, "scv", scv)?;
        ordered(FAMILY, ("scv", scv), "at least", ("that of the exponential", 1.0), scv >= 1.0)?;
        let root = ((scv - 1.0) / (scv + 1.0)).sqrt();
        let likely = f64::midpoint(1.0, root);
        // 1 - likely without cancellation: (1 - root²) / (2 (1 + root)), with 1 - root² = 2 / (scv + 1).
        let rare = 1.0 / (scv + 1.0) / (1.0 + root);
        let rare_mean = representable(FAMILY, "mean of the rare branch", mean / (2.0 * rare))?;
        Self::new(&[(likely, mean / (2.0 * likely)), (rare, rare_mean)])
    }

    fn branches(&self) -> impl Iterator<Item = (f64, f64)> {
        self.choice.probabilities().iter().copied().zip(self.means.iter().copied())
    }
}

impl Family for Hyperexponential {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.means[self.choice.pick(unit(rng))] * unit_exponential(rng)
    }

    fn mean(&self) -> f64 {
        self.branches().map(|(probability, mean)| probability * mean).sum()
    }

    fn scv(&self) -> f64 {
        scv_from_moments(self.mean(), self.branches().map(|(probability, mean)| 2.0 * probability * mean * mean).sum())
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { choice: self.choice.clone(), means: self.means.iter().map(|mean| mean * factor).collect() }
    }

    fn min(&self) -> f64 {
        0.0
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        let x = x.max(0.0);
        Some(self.branches().map(|(probability, mean)| -probability * libm::expm1(-x / mean)).sum())
    }

    fn is_exponential(&self) -> bool {
        self.means.iter().all(|mean| mean == &self.means[0])
    }
}
