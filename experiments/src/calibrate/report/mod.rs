//! What a calibration says: figures for programs here, for people in `text`, and what is stored in `write`.

mod text;
mod write;

pub use text::text;
pub use write::write;

use super::bootstrap::{CONFIDENCE, Intervals};
use super::family::TABLE;
use super::fit::{Comparison, Entry, quantities};
use super::law::Law;
use super::setting::counted;
use models::spec::{LoadKind, Weights};
use serde::Serialize;

/// The data as they were read.
pub const DATA: &str = "data.csv";
/// The study with the law in it.
const STUDY: &str = "experiment.ron";

/// A calibration that is done.
pub struct Calibration {
    /// The fits.
    pub comparison: Comparison,
    /// Their intervals, in the order of the entries.
    pub intervals: Vec<Intervals>,
    /// A study that takes the law, with it.
    pub study: Option<StudyWithLaw>,
}

/// A study with the fitted law in it.
pub struct StudyWithLaw {
    /// Its text, as it is stored.
    pub text: String,
    /// The field that took the law.
    pub into: String,
    /// The law, and its family.
    pub law: (String, &'static str),
    /// Files that it reads: (name, content).
    pub inputs: Vec<(String, Vec<u8>)>,
}

/// What the figures follow from.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// What it is about.
    pub title: String,
    /// The file that was named.
    pub file: String,
    /// The data.
    pub data: String,
    /// A hash of all that the figures follow from.
    pub id: String,
    /// Version of loadgraph.
    pub version: String,
    /// Commit that it was built from, if known.
    pub commit: Option<String>,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Resamples.
    pub resamples: u64,
    /// What was drawn again.
    pub resample: String,
    /// The command that does it again.
    pub command: String,
    /// Threads.
    pub threads: usize,
    /// Real time that it took \[s\].
    pub wall_seconds: f64,
    /// The files of this result.
    pub files: Vec<String>,
}

/// A parameter as programs have it.
#[derive(Clone, Debug, Serialize)]
pub struct ParameterRow {
    /// Its name.
    pub name: &'static str,
    /// Its value; none where it is infinite.
    pub value: Option<f64>,
    /// Low end of its interval.
    pub low: Option<f64>,
    /// High end of its interval.
    pub high: Option<f64>,
    /// Whether it follows from others.
    pub derived: bool,
}

/// A family as programs have it.
#[derive(Clone, Debug, Serialize)]
pub struct FamilyRow {
    /// Its name.
    pub family: &'static str,
    /// Its formula.
    pub formula: &'static str,
    /// Whether it was chosen.
    pub chosen: bool,
    /// Why it was not fitted.
    pub not_fitted: Option<String>,
    /// Parameters that were fitted.
    pub fitted_parameters: usize,
    /// What it says.
    pub parameters: Vec<ParameterRow>,
    /// Weighted sum of squares.
    pub sum_of_squares: Option<f64>,
    /// Root of the mean squared error.
    pub rmse: Option<f64>,
    /// Share of the variance that it explains.
    pub r2: Option<f64>,
    /// Corrected criterion of Akaike.
    pub aicc: Option<f64>,
    /// Difference to the least.
    pub delta: Option<f64>,
    /// Weight of evidence.
    pub weight: Option<f64>,
    /// Resamples that could be fitted.
    pub resamples: u64,
    /// What is to be pasted.
    pub law: Option<Law>,
}

/// What `results.json` holds, and what `--json` prints.
#[derive(Debug, Serialize)]
pub struct Figures<'r> {
    /// The data.
    pub data: &'r str,
    /// The column of load.
    pub load: &'r str,
    /// What it counts.
    pub load_is: LoadKind,
    /// The column of the response.
    pub response: &'r str,
    /// What it is.
    pub kind: models::spec::ResponseKind,
    /// Points.
    pub points: usize,
    /// The load that is 100 %.
    pub full: f64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// The family that was chosen.
    pub chosen: &'static str,
    /// What is to be pasted, if there is such a law.
    pub law: Option<Law>,
    /// All families.
    pub families: Vec<FamilyRow>,
    /// The points as a law.
    pub table: Option<Law>,
    /// What is to be known beside.
    pub remarks: Vec<String>,
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

impl Calibration {
    fn chosen(&self) -> &'static str {
        self.comparison.choice().map_or(TABLE, |(family, _)| family.name())
    }

    fn rows(&self) -> Vec<FamilyRow> {
        let setting = &self.comparison.setting;
        let row = |(i, entry): (usize, &Entry)| {
            let fitted = entry.fitted.as_ref().ok();
            let intervals = &self.intervals[i];
            let parameters = quantities(setting, entry).into_iter().enumerate().map(|(k, q)| {
                let ends = intervals.quantities.get(k);
                ParameterRow {
                    name: q.name,
                    value: finite(q.value),
                    low: ends.and_then(|ends| finite(ends.0)),
                    high: ends.and_then(|ends| finite(ends.1)),
                    derived: q.derived,
                }
            });
            FamilyRow {
                family: entry.family.name(),
                formula: entry.family.formula(setting),
                chosen: self.comparison.chosen == Some(i),
                not_fitted: entry.fitted.as_ref().err().cloned(),
                fitted_parameters: entry.family.parameters(setting),
                parameters: parameters.collect(),
                sum_of_squares: fitted.map(|f| f.sum_of_squares),
                rmse: fitted.map(|f| f.rmse),
                r2: fitted.and_then(|f| f.r2),
                aicc: fitted.and_then(|f| f.aicc),
                delta: fitted.and_then(|f| f.delta),
                weight: fitted.and_then(|f| f.weight),
                resamples: intervals.fitted,
                law: fitted.and_then(|f| entry.family.law(setting, &f.parameters).ok()),
            }
        };
        self.comparison.entries.iter().enumerate().map(row).collect()
    }

    fn remarks(&self, manifest: &Manifest) -> Vec<String> {
        let mut all = self.comparison.remarks.clone();
        if let Err(why) = self.comparison.law() {
            all.push(format!("{} cannot be written as a law: {why}", self.chosen()));
        }
        for (entry, intervals) in self.comparison.entries.iter().zip(&self.intervals) {
            if intervals.fitted > 0 && intervals.fitted < manifest.resamples * 9 / 10 {
                all.push(format!(
                    "the intervals of {} rest on {} of {} resamples: the others could not be fitted",
                    entry.family.name(),
                    intervals.fitted,
                    manifest.resamples
                ));
            }
        }
        if let Some(study) = &self.study {
            all.push(format!("`{}` of {STUDY} has taken {} ({})", study.into, study.law.0, study.law.1));
        }
        all
    }

    /// What a program is told.
    pub fn figures<'r>(&'r self, manifest: &'r Manifest) -> Figures<'r> {
        let setting = &self.comparison.setting;
        Figures {
            data: &manifest.data,
            load: &setting.load_name,
            load_is: setting.load,
            response: &setting.response_name,
            kind: setting.kind,
            points: self.comparison.points.len(),
            full: setting.full,
            confidence: CONFIDENCE,
            chosen: self.chosen(),
            law: self.comparison.law().ok(),
            families: self.rows(),
            table: self.comparison.table.clone().ok(),
            remarks: self.remarks(manifest),
        }
    }

    fn basis(&self, manifest: &Manifest) -> String {
        let setting = &self.comparison.setting;
        let weights = match setting.weights {
            Weights::Equal => "all points weigh alike",
            Weights::Relative => "errors relative to the response",
        };
        format!(
            "{} points of {}, {} over {} ({}); {weights}; {:.0} % intervals from {} resamples of {}, seed {}",
            self.comparison.points.len(),
            manifest.data,
            setting.response_name,
            setting.load_name,
            counted(setting.load),
            100.0 * CONFIDENCE,
            manifest.resamples,
            manifest.resample,
            manifest.seed
        )
    }
}

impl Figures<'_> {
    /// As JSON, with a line break at the end.
    pub fn json(&self) -> String {
        crate::report::json(self)
    }
}
