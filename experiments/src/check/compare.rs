//! Theory beside a simulation.

use super::theory::{Kind, Prediction};
use crate::results::Results;
use sim_core::analyse::Estimate;

/// Exact predictions further off than so many half-widths are flagged.
const FAR: f64 = 3.0;
/// Differences below this share of the value are rounding, of ticks above all.
const ROUNDING: f64 = 1e-5;

/// A prediction and what was simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What theory says.
    pub prediction: Prediction,
    /// What was simulated.
    pub estimate: Estimate,
    /// Difference over half-width; `None` without a half-width.
    pub half_widths: Option<f64>,
}

impl Comparison {
    /// How far the prediction is from what was simulated, relative to that; `None` where that is nothing.
    pub fn error(&self) -> Option<f64> {
        let simulated = self.estimate.value;
        let difference = self.prediction.value - simulated;
        if difference == 0.0 { Some(0.0) } else { (simulated != 0.0).then(|| difference / simulated.abs()) }
    }

    /// Whether an exact prediction is too far off to be chance.
    pub fn is_off(&self) -> bool {
        let difference = (self.estimate.value - self.prediction.value).abs();
        self.prediction.kind == Kind::Exact
            && difference > ROUNDING * self.prediction.value.abs()
            && self.half_widths.is_some_and(|n| n.abs() > FAR)
    }
}

/// All predictions for which the simulation has an estimate.
pub fn rows(predictions: &[Prediction], results: &Results) -> Vec<Comparison> {
    predictions
        .iter()
        .filter_map(|prediction| {
            let estimate = results.find(&prediction.path)?;
            let difference = estimate.value - prediction.value;
            let half_widths = estimate.half_width.map(|half_width| {
                if difference.abs() <= ROUNDING * prediction.value.abs() { 0.0 } else { difference / half_width }
            });
            Some(Comparison { prediction: prediction.clone(), estimate, half_widths })
        })
        .collect()
}
