//! Mixtures of distributions.

use std::sync::Arc;

use rand::Rng;

use super::support::{Choice, scv_from_moments, unit};
use super::{Distribution, DistributionError, Family};

/// One of several distributions, chosen at random for each value.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    choice: Choice,
    parts: Arc<[Distribution]>,
}

impl Mixture {
    /// From parts (probability, distribution); the probabilities add up to 1.
    ///
    /// # Errors
    /// If they do not, or there are none.
    pub fn new(parts: Vec<(f64, Distribution)>) -> Result<Self, DistributionError> {
        let (probabilities, parts): (Vec<f64>, Vec<Distribution>) = parts.into_iter().unzip();
        Ok(Self { choice: Choice::new("mixture", "probabilities", &probabilities)?, parts: parts.into() })
    }

    /// The parts that can occur.
    fn possible(&self) -> impl Iterator<Item = (f64, &Distribution)> {
        self.choice.probabilities().iter().copied().zip(self.parts.iter()).filter(|&(probability, _)| probability > 0.0)
    }
}

impl Family for Mixture {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.sample_at(0, rng)
    }

    fn sample_at<R: Rng + ?Sized>(&self, ordinal: u64, rng: &mut R) -> f64 {
        self.parts[self.choice.pick(unit(rng))].sample_at(ordinal, rng)
    }

    fn mean(&self) -> f64 {
        self.possible().map(|(probability, part)| probability * part.mean()).sum()
    }

    fn scv(&self) -> f64 {
        let mean = self.mean();
        if !mean.is_finite() || mean == 0.0 {
            return scv_from_moments(mean, mean);
        }
        // Variance within the parts and between them, relative to the mean, so that no large numbers are subtracted.
        self.possible()
            .map(|(probability, part)| {
                let ratio = part.mean() / mean;
                // A part that is always 0 has no spread, whatever 0 times its scv would be.
                let within = if ratio == 0.0 { 0.0 } else { part.scv() * ratio * ratio };
                probability * (within + (ratio - 1.0) * (ratio - 1.0))
            })
            .sum()
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { choice: self.choice.clone(), parts: self.parts.iter().map(|part| part.scaled(factor)).collect() }
    }

    fn min(&self) -> f64 {
        self.possible().map(|(_, part)| part.min()).fold(f64::INFINITY, f64::min)
    }

    fn cdf(&self, x: f64) -> Option<f64> {
        self.possible().map(|(probability, part)| Some(probability * part.cdf(x)?)).sum()
    }

    fn is_exponential(&self) -> bool {
        let mean = self.mean();
        self.possible().all(|(_, part)| part.is_exponential() && part.mean() == mean)
    }

    fn is_constant(&self) -> bool {
        let min = self.min();
        self.possible().all(|(_, part)| part.is_constant() && part.min() == min)
    }
}
