//! The stored result: models of indicators, with their accuracy and the box in which they hold.

use super::data::Origin;
use super::family::{Family, Place, SimulationError, Trained};
use super::prior::prior;
use super::space::{Space, Value};
use crate::fault::Fault;
use crate::results::Scope;
use crate::study::Study;
use serde::{Deserialize, Serialize};
use sim_core::regress::Scores;
use std::path::Path;

/// The format that this version writes.
pub const FORMAT: u64 = 1;
/// The file of a model in its folder.
pub const FILE: &str = "model.json";

/// How a family did in the cross-validation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rated {
    /// The family.
    pub family: Family,
    /// Its mean squared error, of logarithms where all values are positive.
    pub loss: f64,
    /// The standard error of that.
    pub standard_error: f64,
    /// The rest.
    pub scores: Option<Scores>,
}

/// The model of one indicator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IndicatorModel {
    /// Whose indicator it is, where that is known.
    pub scope: Option<Scope>,
    /// Its path.
    pub path: String,
    /// Its base unit.
    pub unit: String,
    /// The model.
    pub trained: Trained,
    /// How many times as wide as the model says intervals are.
    pub scale: f64,
    /// How unsure the simulated values are that it was trained on.
    pub simulation_error: SimulationError,
    /// All families that were tried.
    pub families: Vec<Rated>,
    /// The accuracy in the cross-validation, which has chosen the family and the scale.
    pub validation: Option<Scores>,
    /// The accuracy on points that were locked away, within the box.
    pub test: Option<Scores>,
    /// Points that were locked away and lie outside of the box.
    pub test_outside: usize,
    /// Points that were locked away and of which it can say nothing.
    pub unpredicted: usize,
}

/// Models of all indicators.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PerformanceModel {
    /// The format of the file.
    pub format: u64,
    /// Version of loadgraph.
    pub version: String,
    /// What it is about.
    pub title: String,
    /// The factors with the box that was trained.
    pub space: Space,
    /// The study, of which theory speaks.
    pub origin: Option<Origin>,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Seed of the folds.
    pub seed: u64,
    /// Folds.
    pub folds: usize,
    /// Points that were trained on.
    pub trained: usize,
    /// Points that were locked away.
    pub locked: usize,
    /// The models.
    pub models: Vec<IndicatorModel>,
    /// What is to be known.
    pub remarks: Vec<String>,
}

/// What is predicted of an indicator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Predicted {
    /// The indicator.
    pub path: String,
    /// Its base unit.
    pub unit: String,
    /// The family of its model.
    pub model: &'static str,
    /// The value, if there is one.
    pub value: Option<f64>,
    /// Low end of its interval.
    pub low: Option<f64>,
    /// High end.
    pub high: Option<f64>,
    /// Whether the point lies within the box that was trained.
    pub inside: bool,
}

impl PerformanceModel {
    /// Reads a model, from its file or its folder.
    ///
    /// # Errors
    /// There is none, it is damaged, or of a newer version.
    pub fn load(path: &Path) -> Result<PerformanceModel, Fault> {
        let file = if path.is_dir() { path.join(FILE) } else { path.to_path_buf() };
        let shown = file.display();
        let text = std::fs::read_to_string(&file).map_err(|error| {
            Fault::new(format!("{shown} cannot be read: {error}"))
                .help("give a model that `loadgraph predict --train` has written")
        })?;
        let wrong = |why: String| {
            Fault::new(format!("{shown} is no model: {why}"))
                .help("give a model that `loadgraph predict --train` has written")
        };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if let Some(found) = value.get("format").and_then(serde_json::Value::as_u64).filter(|found| *found > FORMAT) {
            return Err(Fault::new(format!(
                "{shown} was written by a newer version (format {found}; this one knows {FORMAT})"
            ))
            .help("use that version, or train again"));
        }
        let model: PerformanceModel = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        let features = model.features();
        match model.models.iter().find(|model| !model.trained.is_sound(features)) {
            Some(bad) => Err(wrong(format!("the model of {} does not fit its factors", bad.path))),
            None => Ok(model),
        }
    }

    fn features(&self) -> usize {
        let point: Vec<Value> = self.space.factors.iter().map(|_| Value::Word(0)).collect();
        self.space.features(&point, false).len()
    }

    /// As JSON.
    pub fn json(&self) -> String {
        crate::report::json(self)
    }

    /// What it predicts at a point; `study` is that of its origin, for what builds on theory.
    pub fn predict(&self, point: &[Value], study: Option<&Study>) -> Vec<Predicted> {
        let (plain, logs) = (self.space.features(point, false), self.space.features(point, true));
        let theory = study.map(|study| prior(study, &self.space.sets(point))).unwrap_or_default();
        let inside = self.space.outside(point).is_empty();
        let one = |model: &IndicatorModel| {
            let place = Place {
                plain: plain.clone(),
                logs: logs.clone(),
                prior: theory.get(&model.path).copied().filter(|value| value.is_finite()),
            };
            let ends = model.trained.predict(&place).map(|answer| answer.ends(model.scale, model.simulation_error));
            let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
            Predicted {
                path: model.path.clone(),
                unit: model.unit.clone(),
                model: model.trained.family().name(),
                value: finite(ends.map(|ends| ends.0)),
                low: finite(ends.map(|ends| ends.1)),
                high: finite(ends.map(|ends| ends.2)),
                inside,
            }
        };
        self.models.iter().map(one).collect()
    }

    /// Whether a model builds on theory, for which the study is needed.
    pub fn needs_study(&self) -> bool {
        self.models.iter().any(|model| match &model.trained {
            Trained::Analytic(_) => true,
            Trained::Gaussian(process) => process.has_prior(),
            _ => false,
        })
    }
}
