//! How often intervals hold the true value: many independent experiments on systems where it is known.
//!
//! Each experiment is a file that is run as a user's is, with the warm-up, the estimates and the stopping that a user
//! gets, and a seed of its own. `cases` has the systems and their exact values.

mod cases;
mod report;

pub use cases::{Case, Truth, cases};
pub use report::{Figures, Manifest, document, markdown, text, write};

use crate::file::Source;
use crate::run::{Advice, Interrupted, Progress, Silent, run_here};
use crate::study::{BadInput, Study};
use rayon::prelude::*;
use serde::Serialize;
use sim_core::analyse::normal;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a share is what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is within the band of one cell.
    Within,
    /// It is outside of that, but within the one that is as wide as so many cells need.
    Near,
    /// It is below: intervals are too narrow, or off.
    Under,
    /// It is above: intervals are wider than they need be.
    Over,
}

/// What was measured of one value of one case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The case.
    pub case: String,
    /// Path of the indicator.
    pub quantity: String,
    /// Its exact value, in base units.
    pub exact: f64,
    /// Experiments.
    pub experiments: u64,
    /// Those whose interval held it; those that did not reach their precision do not count.
    pub covered: u64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Share that covered.
    pub share: f64,
    /// Mean of the estimates.
    pub mean: f64,
    /// Mean half-width.
    pub half_width: f64,
    /// Whether the share is what it should be.
    pub verdict: Verdict,
}

/// The bands in which a share of so many experiments lies with a probability of 99 %: of one cell, and of all of so many.
pub fn bands(confidence: f64, experiments: u64, cells: usize) -> [(f64, f64); 2] {
    let deviation = (confidence * (1.0 - confidence) / experiments.max(1) as f64).sqrt();
    let around = |level: f64| normal(level) * deviation;
    let band = |level: f64| ((confidence - around(level)).max(0.0), (confidence + around(level)).min(1.0));
    [band(0.99), band(1.0 - 0.01 / cells.max(1) as f64)]
}

/// Why a case cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// The run was interrupted.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A case is no experiment; those that are shipped are.
    #[error(transparent)]
    Bad(#[from] BadInput),
}

/// What one experiment gave for one value.
type Seen = (bool, f64, f64);

/// Measures a case with experiments of the seeds from `first` on, on the threads of the pool that this is called in.
///
/// # Errors
/// `stop` was set.
pub fn measure(
    case: &Case,
    experiments: u64,
    first: u64,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Vec<Cell>, CoverageError> {
    progress.phase(case.name, experiments);
    let seen: Vec<(f64, Vec<Seen>)> = (first..first.saturating_add(experiments))
        .into_par_iter()
        .map(|seed| {
            let seen = experiment(case, seed, stop)?;
            progress.done();
            Ok(seen)
        })
        .collect::<Result<_, CoverageError>>()?;
    if stop.load(Ordering::Relaxed) {
        return Err(Interrupted.into());
    }
    let n = seen.len().max(1) as f64;
    let cell = |(i, truth): (usize, &Truth)| {
        let column = || seen.iter().map(|(_, all)| all[i]);
        let covered = column().filter(|(covered, ..)| *covered).count() as u64;
        Cell {
            case: case.name.to_string(),
            quantity: truth.path.to_string(),
            exact: truth.exact,
            experiments,
            covered,
            confidence: seen.first().map_or(0.95, |(confidence, _)| *confidence),
            share: covered as f64 / n,
            mean: column().map(|(_, value, _)| value).sum::<f64>() / n,
            half_width: column().map(|(.., half_width)| half_width).sum::<f64>() / n,
            verdict: Verdict::Within,
        }
    };
    Ok(case.truths.iter().enumerate().map(cell).collect())
}

fn experiment(case: &Case, seed: u64, stop: &AtomicBool) -> Result<(f64, Vec<Seen>), CoverageError> {
    let set = |(path, value): &(&str, &str)| ((*path).to_string(), (*value).to_string());
    let mut overrides: Vec<(String, String)> = case.overrides.iter().map(set).collect();
    overrides.push(("run.seed".into(), seed.to_string()));
    let file = format!("{}.ron", case.name);
    let study = Study::from_source(Path::new(&file), Source::new(file.clone(), case.text), &overrides, false)?;
    let run = run_here(&study, &Silent, stop)?;
    let reached = !run.advice.iter().any(|advice| matches!(advice, Advice::NotPrecise { .. }));
    let seen = |truth: &Truth| match run.results.find(truth.path) {
        Some(e) => {
            let half_width = e.half_width.unwrap_or(0.0);
            (reached && (e.value - truth.exact).abs() <= half_width, e.value, half_width)
        }
        None => (false, 0.0, 0.0),
    };
    Ok((study.plan.confidence, case.truths.iter().map(seen).collect()))
}

/// Judges the shares of all cells together.
pub fn judge(cells: &mut [Cell]) {
    let n = cells.len();
    for cell in cells {
        let [one, all] = bands(cell.confidence, cell.experiments, n);
        cell.verdict = match cell.share {
            share if share < all.0 => Verdict::Under,
            share if share > all.1 => Verdict::Over,
            share if share < one.0 || share > one.1 => Verdict::Near,
            _ => Verdict::Within,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_of_a_thousand_experiments_is_the_known_one() {
        let [one, all] = bands(0.95, 1000, 30);
        assert!((one.0 - 0.932).abs() < 5e-4 && (one.1 - 0.968).abs() < 5e-4, "{one:?}");
        assert!(all.0 < one.0 && all.0 > 0.92, "{all:?}");
    }

    #[test]
    fn every_case_runs_and_its_estimates_are_near_the_exact_values() {
        for case in cases() {
            let stop = AtomicBool::new(false);
            let cells = measure(&case, 3, 1, &Silent, &stop).unwrap_or_else(|error| panic!("{}: {error}", case.name));
            for cell in cells {
                // Three times the half-width of one experiment is far outside of the mean of three.
                let off = (cell.mean - cell.exact).abs();
                assert!(off <= 3.0 * cell.half_width.max(1e-3 * cell.exact), "{cell:?}");
            }
        }
    }
}
