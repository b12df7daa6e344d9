//! A plane over the factors.

use super::{Answer, Place, Training};
use serde::{Deserialize, Serialize};
use sim_core::regress::Ridge;

/// A plane.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plane(Ridge);

impl Plane {
    pub(super) fn train(on: &Training) -> Option<Plane> {
        Ridge::fit(&on.plain, &on.y).map(Plane)
    }

    pub(super) fn predict(&self, at: &Place) -> Answer {
        let (mean, deviation) = self.0.predict(&at.plain);
        Answer::new(mean, deviation, self.0.degrees_of_freedom, false)
    }

    pub(super) fn is_sound(&self, features: usize) -> bool {
        self.0.is_sound() && self.0.coefficients.len() == features
    }
}
