//! A quadratic function of the logarithms of wide factors, for the logarithm: products of powers are planes of it.

use super::{Answer, Place, Training};
use serde::{Deserialize, Serialize};
use sim_core::regress::Ridge;

/// The most features, whose squares and products are taken.
const MOST: usize = 20;

/// A second-order response surface (Box and Wilson 1951) on logarithms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quadratic(Ridge);

/// Features, their squares and their products.
fn expand(x: &[f64]) -> Vec<f64> {
    let mut all = x.to_vec();
    for i in 0..x.len() {
        all.extend((i..x.len()).map(|j| x[i] * x[j]));
    }
    all
}

impl Quadratic {
    pub(super) fn train(on: &Training) -> Option<Quadratic> {
        if on.y.iter().any(|y| *y <= 0.0) || on.logs.first()?.len() > MOST {
            return None;
        }
        let x: Vec<Vec<f64>> = on.logs.iter().map(|x| expand(x)).collect();
        let y: Vec<f64> = on.y.iter().map(|y| y.ln()).collect();
        Ridge::fit(&x, &y).map(Quadratic)
    }

    pub(super) fn predict(&self, at: &Place) -> Answer {
        let (mean, deviation) = self.0.predict(&expand(&at.logs));
        Answer::new(mean, deviation, self.0.degrees_of_freedom, true)
    }

    pub(super) fn is_sound(&self, features: usize) -> bool {
        self.0.is_sound() && self.0.coefficients.len() == features + features * (features + 1) / 2
    }
}
