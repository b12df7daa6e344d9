//! What theory says of configurations, before anything is simulated.

use crate::check::theory;
use crate::study::Study;
use rayon::prelude::*;
use std::collections::HashMap;

/// What theory says of one configuration: indicator to value.
pub type Prior = HashMap<String, f64>;

/// What theory says of the configuration with these values; nothing of one that is no system.
pub fn prior(study: &Study, set: &[(String, String)]) -> Prior {
    let Ok(variant) = study.variant(set) else { return Prior::new() };
    theory(&variant).predictions.into_iter().map(|prediction| (prediction.path, prediction.value)).collect()
}

/// The same of many, in their order.
pub fn priors(study: &Study, sets: &[Vec<(String, String)>]) -> Vec<Prior> {
    sets.par_iter().map(|set| prior(study, set)).collect()
}
