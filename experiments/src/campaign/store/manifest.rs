//! What a campaign runs: everything that its figures follow from, and what its reports need.

use super::{StoreError, io_at};
use crate::campaign::design::Design;
use crate::campaign::factorial::design::Effects;
use crate::campaign::responses::Response;
use crate::store::identity::run_id;
use crate::store::inputs::Input;
use crate::store::manifest::VERSION;
use crate::study::Study;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// The name of the file.
pub const FILE: &str = "store.json";
/// The format of stores that this version writes.
pub const FORMAT: u64 = 1;

/// What kind of campaign it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `loadgraph sweep`.
    Sweep,
    /// `loadgraph factorial`.
    Factorial,
    /// `loadgraph optimise`.
    Optimise,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Sweep => "sweep",
            Kind::Factorial => "factorial",
            Kind::Optimise => "optimise",
        })
    }
}

/// What a campaign runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of the store.
    pub format: u64,
    /// What kind of campaign it is.
    pub kind: Kind,
    /// A hash of all that the figures follow from.
    pub id: String,
    /// Title of the study.
    pub title: String,
    /// The experiment file as it was named.
    pub file: String,
    /// Version of loadgraph.
    pub version: String,
    /// Master seed: the same for all configurations, which so face the same random numbers.
    pub seed: u64,
    /// Replications of each configuration, or the first of them where a precision is asked for.
    pub replications: u64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// End of the measured time [s].
    pub horizon_seconds: f64,
    /// What is printed and drawn.
    pub responses: Vec<Response>,
    /// The targets.
    pub targets: Vec<String>,
    /// The configurations.
    pub design: Design,
    /// How a factorial is taken apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effects: Option<Effects>,
    /// The whole experiment file, changes included.
    pub text: String,
}

impl Manifest {
    /// The manifest of a campaign.
    pub fn of(kind: Kind, study: &Study, design: Design, responses: Vec<Response>, inputs: &[Input]) -> Manifest {
        let text = format!("{kind}\n{}", study.source.text);
        Manifest {
            format: FORMAT,
            kind,
            id: run_id(VERSION, &text, study.plan.seed, inputs),
            title: study.title(),
            file: study.path.display().to_string(),
            version: VERSION.to_string(),
            seed: study.plan.seed,
            replications: study.plan.replications,
            confidence: study.plan.confidence,
            horizon_seconds: study.plan.horizon as f64 / study.plan.clock.ticks_per_second(),
            responses,
            targets: study.targets.iter().map(|target| target.text.clone()).collect(),
            design,
            effects: None,
            text: study.source.text.clone(),
        }
    }

    /// How many configurations there are.
    pub fn count(&self) -> u64 {
        self.design.count()
    }

    /// What the figures rest on, in a line.
    pub fn basis(&self) -> String {
        let count = self.count();
        let several = |n: u64| if n == 1 { "" } else { "s" };
        format!(
            "{count} configuration{}, {} replication{} of {} each, {} % intervals, the same random numbers for all",
            several(count),
            self.replications,
            several(self.replications),
            models::units::format(self.horizon_seconds, models::units::Dimension::TIME),
            self.confidence * 100.0
        )
    }
}

/// Reads the manifest in a folder.
///
/// # Errors
/// There is none, it is damaged, or of a newer version.
pub fn read(folder: &Path) -> Result<Manifest, StoreError> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(StoreError::None(folder.to_path_buf()));
        }
        Err(error) => return Err(io_at(&path)(error)),
    };
    let corrupt = |error: serde_json::Error| StoreError::Manifest { path: path.clone(), reason: error.to_string() };
    let value: serde_json::Value = serde_json::from_str(&text).map_err(corrupt)?;
    if let Some(found) = value.get("format").and_then(serde_json::Value::as_u64).filter(|found| *found > FORMAT) {
        return Err(StoreError::Newer { folder: folder.to_path_buf(), found });
    }
    serde_json::from_value(value).map_err(corrupt)
}

/// Writes a manifest, so that it is there whole or not at all.
///
/// # Errors
/// The file system refuses.
pub fn write(folder: &Path, manifest: &Manifest) -> Result<(), StoreError> {
    let path = folder.join(FILE);
    let beside = folder.join(format!("{FILE}-{}.tmp", std::process::id()));
    let text = crate::report::json(manifest);
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What could not be finished is not needed.
        let _ = fs::remove_file(&beside);
    }
    written.map_err(io_at(&path))
}
