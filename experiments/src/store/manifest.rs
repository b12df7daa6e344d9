//! What was run: everything that the figures follow from, and what it took.

use super::graph::Graph;
use crate::run::Run;
use crate::study::Study;
use models::spec::{Method, Named, Scalar};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Version of loadgraph.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that loadgraph was built from, where that was known.
pub const COMMIT: Option<&str> = option_env!("LOADGRAPH_COMMIT");

/// The warm-up of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarmUp {
    /// Its length [s].
    pub seconds: f64,
    /// Whether it was found from the runs.
    pub found: bool,
}

/// A field that was changed for a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Override {
    /// The field.
    pub path: String,
    /// Its value.
    pub value: String,
}

/// A file that the experiment reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputName {
    /// As the experiment names it.
    pub name: String,
    /// As it is stored.
    pub stored: String,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Title of the study.
    pub title: String,
    /// The experiment file as it was named.
    pub file: String,
    /// The run: a hash of all that the figures follow from.
    pub id: String,
    /// Version of loadgraph.
    pub version: String,
    /// Commit that it was built from, if known.
    pub commit: Option<String>,
    /// Master seed.
    pub seed: u64,
    /// What the intervals rest on.
    #[serde(default)]
    pub method: Method,
    /// Replications that were simulated.
    pub replications: u64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// End of the measured time [s].
    pub horizon_seconds: f64,
    /// The warm-up.
    pub warm_up: WarmUp,
    /// Events of all replications.
    pub events: u64,
    /// Hash over all events, hexadecimal.
    pub fingerprint: String,
    /// Exit status: 0 done, 1 no steady state, 3 a target missed.
    pub status: u8,
    /// The parameters of the experiment.
    pub parameters: Named<Scalar>,
    /// Fields changed on the command line.
    pub overrides: Vec<Override>,
    /// Files that the experiment reads.
    pub inputs: Vec<InputName>,
    /// Names of the flows.
    pub flows: Vec<String>,
    /// Deadline of each flow [s].
    pub deadlines: Vec<Option<f64>>,
    /// The component graph.
    pub graph: Graph,
    /// The whole experiment file, changes included.
    pub text: String,
    /// The same as it was understood.
    pub experiment: serde_json::Value,
    /// The files of this result.
    pub files: Vec<String>,
    /// Threads that simulated.
    pub threads: usize,
    /// Real time that it took [s].
    pub wall_seconds: f64,
}

impl Manifest {
    /// The manifest of a run; `files` are filled in when they have been written.
    pub fn of(study: &Study, run: &Run, id: &str, threads: usize, wall_seconds: f64) -> Manifest {
        let system = &study.lowered.system;
        let ticks = study.plan.clock.ticks_per_second();
        Manifest {
            title: study.title(),
            file: study.path.display().to_string(),
            id: id.to_string(),
            version: VERSION.to_string(),
            commit: COMMIT.map(str::to_string),
            seed: study.plan.seed,
            method: run.method,
            replications: run.replications,
            confidence: study.plan.confidence,
            horizon_seconds: run.horizon as f64 / ticks,
            warm_up: WarmUp { seconds: run.warm_up as f64 / ticks, found: run.warm_up_found },
            events: run.events,
            fingerprint: format!("{:016x}", run.fingerprint),
            status: run.status(),
            parameters: study.experiment.parameters.clone(),
            overrides: study
                .overrides
                .iter()
                .map(|(path, value)| Override { path: path.clone(), value: value.clone() })
                .collect(),
            inputs: Vec::new(),
            flows: system.flows.iter().map(|flow| flow.name.clone()).collect(),
            deadlines: system
                .flows
                .iter()
                .map(|flow| (flow.deadline < u64::MAX).then(|| flow.deadline as f64 / ticks))
                .collect(),
            graph: Graph::of(system, &run.results),
            text: study.source.text.clone(),
            experiment: serde_json::to_value(&study.experiment).unwrap_or_default(),
            files: Vec::new(),
            threads,
            wall_seconds,
        }
    }

    /// What the figures rest on, in a line.
    pub fn basis(&self) -> String {
        let time = |seconds: f64| models::units::format(seconds, models::units::Dimension::TIME);
        let plural = if self.replications == 1 { "" } else { "s" };
        let warm_up =
            format!("warm-up {}{}", time(self.warm_up.seconds), if self.warm_up.found { " (found)" } else { "" });
        if self.method == Method::Batches {
            return format!(
                "one run of {} in batches, {warm_up}, {} % intervals",
                time(self.horizon_seconds),
                self.confidence * 100.0
            );
        }
        let intervals = match self.replications {
            1 => "no intervals".to_string(),
            _ => format!("{} % intervals", self.confidence * 100.0),
        };
        format!("{} replication{plural} of {}, {warm_up}, {intervals}", self.replications, time(self.horizon_seconds),)
    }
}

/// The files that the result with this manifest consists of; none where there is no manifest.
pub(super) fn files_of(manifest: &Path) -> Vec<String> {
    #[derive(Deserialize)]
    struct Files {
        files: Vec<String>,
    }
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    let files = serde_json::from_str::<Files>(&text).map_or_else(|_| Vec::new(), |files| files.files);
    // Only what can be a file of a result: a manifest is a file that anyone may have written.
    files.into_iter().filter(|name| super::place::safe(name) == *name).collect()
}
