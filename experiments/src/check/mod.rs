//! What can be said of a study before it runs: structure, stability, where laws of load settle, and closed forms.

mod compare;
mod holds;
mod laws;
mod model;
mod stability;
mod station;
mod structure;
#[cfg(test)]
mod tests;
mod text;
mod theory;

pub use compare::Comparison;
pub use holds::Holds;
pub use laws::{Meaning, Settling};
pub use stability::{Bound, Degree, Demand, Stability};
pub use structure::{FlowPath, Structure};
pub use theory::{Kind, Overloaded, Prediction, Theory, theory};

use crate::results::Results;
use crate::run::{self, Silent};
use crate::study::Study;
use std::sync::atomic::AtomicBool;

/// What `check` says of a study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckReport {
    /// Components, flows and links.
    pub structure: Structure,
    /// What requests take and hold.
    pub holds: Holds,
    /// Offered utilisations and bounds.
    pub stability: Stability,
    /// Fixed points of laws on utilisation.
    pub laws: Vec<Settling>,
    /// Closed forms.
    pub theory: Theory,
    /// Warnings of the study itself.
    pub warnings: Vec<String>,
}

impl CheckReport {
    /// Exit status: 1 when there is no steady state, else 0.
    pub fn status(&self) -> u8 {
        let fallen = self.laws.iter().any(|settling| settling.meaning == Meaning::Overload);
        u8::from(fallen || self.stability.overloaded().next().is_some())
    }

    /// The prediction for an indicator, by its path.
    pub fn find(&self, path: &str) -> Option<&Prediction> {
        self.theory.find(path)
    }
}

/// Checks a study without running it.
pub fn check(study: &Study) -> CheckReport {
    CheckReport {
        structure: structure::structure(study),
        holds: holds::holds(study),
        stability: stability::stability(study),
        laws: laws::settle(study),
        theory: theory::thorough(study),
        warnings: study.warnings.iter().map(|warning| warning.message.clone()).collect(),
    }
}

/// Theory beside a simulation: all predictions for which there is an estimate.
pub fn compare(report: &CheckReport, results: &Results) -> Vec<Comparison> {
    compare::rows(&report.theory.predictions, results)
}

/// The same as a table.
pub fn compare_text(report: &CheckReport, results: &Results) -> String {
    report.theory_text(Some(&compare(report, results)))
}

/// Replications that `check` simulates at most.
const REPLICATIONS: u64 = 10;
/// Events that it simulates at most, over all replications, by what is expected.
const EVENTS: f64 = 5e6;

/// The `check` command: the report, with a short simulation beside where one is asked for; and the exit status.
pub fn command(study: &Study, simulate: bool, threads: usize) -> (String, u8) {
    let report = check(study);
    if !simulate || report.status() != 0 || report.theory.predictions.is_empty() {
        return (report.text(), report.status());
    }
    let Ok(short) = shortened(study, &report) else { return (report.text(), report.status()) };
    match run::run(&short, threads, &Silent, &AtomicBool::new(false)) {
        Ok(run) => {
            let mut text = report.text();
            // The table with the simulation takes the place of that without.
            if let Some(at) = text.find("\nTheory\n") {
                text.truncate(at);
            }
            text.push_str(&compare_text(&report, &run.results));
            for advice in &run.advice {
                text.push_str(&format!("  {}\n", advice.text()));
            }
            let failed = run.advice.iter().any(run::Advice::is_failure);
            (text, report.status().max(u8::from(failed)))
        }
        Err(run::Interrupted) => (report.text(), report.status()),
    }
}

/// The study with its plan capped: at most [`REPLICATIONS`] replications, no precision to reach, and a horizon that keeps
/// the whole below about [`EVENTS`] events. A run that begins with a transient is kept at a tenth of its horizon at least.
fn shortened(study: &Study, report: &CheckReport) -> Result<Study, crate::study::BadInput> {
    let mut short = Study::from_source(&study.path, study.source.clone(), &[], false)?;
    let plan = &mut short.plan;
    plan.replications = plan.replications.min(REPLICATIONS);
    plan.precision = None;
    plan.method = models::spec::Method::Replications;
    let model = model::Model::new(study);
    let seconds = plan.horizon as f64 / plan.clock.ticks_per_second();
    let per_second: f64 = model
        .flows
        .iter()
        .enumerate()
        .map(|(index, view)| {
            let visits = models::graph::visits_per_request(model.system, index).len() as f64;
            let name = &model.system.flows[index].name;
            let bound = report.stability.bounds.iter().find(|bound| bound.flow == *name);
            let rate = view.source.rate().or(bound.map(|bound| bound.throughput)).unwrap_or(0.0);
            rate * (1.0 + visits)
        })
        .sum();
    let events = per_second * seconds * plan.replications as f64;
    if events > EVENTS {
        let share = (EVENTS / events).max(0.1);
        plan.horizon = ((plan.horizon as f64 * share) as u64).max(1);
        plan.warm_up = plan.warm_up.map(|warm_up| warm_up.min(plan.horizon / 4));
        plan.drain = (plan.drain as f64 * share) as u64;
        plan.sample = plan.sample.min((plan.horizon / 500).max(1));
    }
    plan.max_horizon = plan.horizon;
    Ok(short)
}
