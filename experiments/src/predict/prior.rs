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
    let said = theory(&variant).predictions.into_iter().map(|prediction| (prediction.path, prediction.value));
    let mut prior: Prior = said.collect();
    let flows = variant.lowered.system.flows.iter().filter(|flow| flow.arrivals.is_some());
    whole(&mut prior, &flows.map(|flow| flow.name.as_str()).collect::<Vec<_>>());
    prior
}

/// What follows for the whole system: its throughput is the sum of those of its flows, its latency their mean by
/// throughput, and with a single flow everything is that of the flow.
fn whole(prior: &mut Prior, flows: &[&str]) {
    if let [only] = flows {
        let below = |(path, value): (&String, &f64)| {
            let below = path.strip_prefix(only)?.strip_prefix('.')?;
            (below == "throughput" || below.starts_with("latency.")).then(|| (below.to_string(), *value))
        };
        let own: Vec<(String, f64)> = prior.iter().filter_map(below).collect();
        own.into_iter().for_each(|(path, value)| {
            prior.entry(path).or_insert(value);
        });
        return;
    }
    let of = |below: &str| -> Option<Vec<f64>> {
        flows.iter().map(|flow| prior.get(&format!("{flow}.{below}")).copied()).collect()
    };
    let Some(rates) = of("throughput") else { return };
    let latencies = of("latency.mean");
    let sum: f64 = rates.iter().sum();
    prior.entry("throughput".into()).or_insert(sum);
    if let Some(latencies) = latencies.filter(|_| sum > 0.0) {
        let mean = rates.iter().zip(&latencies).map(|(rate, latency)| rate * latency).sum::<f64>() / sum;
        prior.entry("latency.mean".into()).or_insert(mean);
    }
}

/// The same of many, in their order.
pub fn priors(study: &Study, sets: &[Vec<(String, String)>]) -> Vec<Prior> {
    sets.par_iter().map(|set| prior(study, set)).collect()
}
