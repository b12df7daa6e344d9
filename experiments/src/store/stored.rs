//! A result, whole: what a run writes and `plot` reads.

use super::inputs::{self, Input};
use super::manifest::{InputName, Manifest};
use super::owner::ALWAYS;
use super::staging::MANIFEST;
use super::tables::{self, Line, TableError};
use crate::report::plot::PlotError;
use crate::report::{self, html, notebook, pictures};
use crate::results::Results;
use crate::run::{Advice, Run, Verdict};
use crate::study::Study;
use models::units::Dimension;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// A target with its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetResult {
    /// As written.
    pub target: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What was measured.
    pub value: Option<f64>,
    /// Half-width of its interval.
    pub half_width: Option<f64>,
    /// What it is compared with, in base units.
    pub bound: f64,
    /// Base unit of all three; empty for bare numbers.
    pub unit: String,
}

/// Something that is to be said beside the figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    /// Whether the figures are not those of a steady state.
    pub failure: bool,
    /// What, and what to do.
    pub text: String,
    /// The same for programs.
    pub advice: serde_json::Value,
}

impl From<&Advice> for Remark {
    fn from(advice: &Advice) -> Remark {
        let value = serde_json::to_value(advice).unwrap_or_default();
        Remark { failure: advice.is_failure(), text: advice.text(), advice: value }
    }
}

/// What `results.json` holds, and what `run --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Exit status: 0 done, 1 no steady state, 3 a target missed.
    pub status: u8,
    /// The estimates.
    pub rows: Vec<Line>,
    /// The targets.
    pub targets: Vec<TargetResult>,
    /// What is to be said beside.
    pub advice: Vec<Remark>,
}

impl Figures {
    /// The figures of a run.
    pub fn of(run: &Run) -> Figures {
        let target =
            |(target, verdict, estimate): &(crate::study::Target, Verdict, Option<sim_core::analyse::Estimate>)| {
                let right = target.condition.right;
                TargetResult {
                    target: target.text.clone(),
                    verdict: *verdict,
                    value: estimate.map(|estimate| estimate.value),
                    half_width: estimate.and_then(|estimate| estimate.half_width),
                    bound: right.value,
                    unit: if right.dimension == Dimension::NONE {
                        String::new()
                    } else {
                        crate::results::unit(right.dimension)
                    },
                }
            };
        Figures {
            status: run.status(),
            rows: run.results.rows.iter().map(Line::from).collect(),
            targets: run.verdicts.iter().map(target).collect(),
            advice: run.advice.iter().map(Remark::from).collect(),
        }
    }

    /// As JSON, with a line break at the end.
    pub fn json(&self) -> String {
        crate::report::json(self)
    }
}

/// Why a result cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was to be written or read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A table is wrong.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A picture cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The folder holds no result.
    #[error("{} is no result of loadgraph: {reason}", path.display())]
    NoResult {
        /// The folder.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> StoreError {
    let path = path.to_path_buf();
    move |source| StoreError::Io { path: path.clone(), source }
}

/// A result.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What was run.
    pub manifest: Manifest,
    /// What came out.
    pub results: Results,
}

impl Stored {
    /// Writes all files of a run into a folder, the pictures where they are wanted.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(
        &mut self,
        folder: &Path,
        study: &Study,
        figures: &Figures,
        inputs: &[Input],
        draw: bool,
    ) -> Result<(), StoreError> {
        let text = |name: &str, content: &str| {
            let path = folder.join(name);
            std::fs::write(&path, content).map_err(io_at(&path))
        };
        tables::write_results(&folder.join("results.csv"), &self.results)?;
        tables::write_series(&folder.join("series.csv"), &self.results)?;
        tables::write_latency(&folder.join("latency.csv"), &self.results)?;
        text("results.json", &figures.json())?;
        let experiment = inputs::renamed(&study.source, inputs);
        text("experiment.ron", &experiment)?;
        text("graph.dot", &models::graph::dot(&study.lowered.system))?;
        let mut files: Vec<String> = ALWAYS.iter().chain([&MANIFEST]).map(ToString::to_string).collect();
        for input in inputs {
            let path = folder.join(&input.stored);
            std::fs::write(&path, &input.content).map_err(io_at(&path))?;
            files.push(input.stored.clone());
        }
        let drawn = if draw { pictures::draw(self, folder)? } else { Vec::new() };
        files.extend(drawn.iter().cloned());
        self.manifest.inputs =
            inputs.iter().map(|i| InputName { name: i.name.clone(), stored: i.stored.clone() }).collect();
        self.manifest.files = files;
        let document = report::run_document(self, figures, &experiment, &drawn);
        notebook::write(&document, folder).map_err(io_at(&folder.join(notebook::FILE)))?;
        html::write(&document, folder).map_err(io_at(&folder.join(html::FILE)))?;
        text(MANIFEST, &report::json(&self.manifest))
    }

    /// Reads the result in a folder.
    ///
    /// # Errors
    /// The folder holds none, or one of another version.
    pub fn read(folder: &Path) -> Result<Stored, StoreError> {
        let no_result = |reason: String| StoreError::NoResult { path: folder.to_path_buf(), reason };
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path).map_err(|error| no_result(format!("{MANIFEST}: {error}")))?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| no_result(format!("{MANIFEST}: {error}")))?;
        let components: Vec<String> = manifest.graph.nodes.iter().map(|node| node.name.clone()).collect();
        let results = tables::read_results(folder, &manifest.flows, &components)?;
        Ok(Stored { manifest, results })
    }
}
