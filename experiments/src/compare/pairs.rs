//! Every response of every side against that of the reference.

use super::Side;
use crate::results::Results;
use crate::run::Run;
use serde::Serialize;
use sim_core::analyse::{holm, paired};

/// What a comparison shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is higher than with the reference.
    Higher,
    /// It is lower.
    Lower,
    /// No difference has been shown.
    Undecided,
    /// There is none: all replications are the same.
    Same,
}

impl Verdict {
    /// As tables say it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Higher => "higher",
            Verdict::Lower => "lower",
            Verdict::Undecided => "not shown",
            Verdict::Same => "the same",
        }
    }
}

/// A response of a side against the reference. Differences are the side's less the reference's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Path of the indicator.
    pub response: String,
    /// The side.
    pub configuration: String,
    /// What it is compared with.
    pub reference: String,
    /// Base unit of the values.
    pub unit: String,
    /// The reference's estimate.
    pub reference_value: Option<f64>,
    /// Half-width of its interval.
    pub reference_half_width: Option<f64>,
    /// The side's estimate.
    pub value: Option<f64>,
    /// Half-width of its interval.
    pub half_width: Option<f64>,
    /// The difference.
    pub difference: Option<f64>,
    /// Half-width of its paired interval.
    pub difference_half_width: Option<f64>,
    /// The difference as a part of the reference.
    pub relative: Option<f64>,
    /// Half-width of that, the reference taken as it is estimated.
    pub relative_half_width: Option<f64>,
    /// Probability of so large a difference where there is none: Student, paired, two-sided.
    pub p: Option<f64>,
    /// The same, adjusted for all comparisons made (Holm).
    pub p_adjusted: Option<f64>,
    /// What it shows.
    pub verdict: Verdict,
    /// So many times as many independent replications would have been needed.
    pub variance_gain: Option<f64>,
    /// Correlation of the two over the replications.
    pub correlation: Option<f64>,
    /// Pairs.
    pub pairs: u64,
}

fn row(results: &Results, path: &str) -> Option<usize> {
    results.rows.iter().position(|row| row.path() == path)
}

/// All lines: by response, and within one by side.
pub(super) fn lines(sides: &[Side], runs: &[Run], responses: &[&String], confidence: f64) -> Vec<Line> {
    let (Some((reference, others)), Some((base, runs))) = (sides.split_first(), runs.split_first()) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for response in responses {
        for (side, run) in others.iter().zip(runs) {
            let (Some(a), Some(b)) = (row(&base.results, response), row(&run.results, response)) else { continue };
            let (first, second) = (base.results.rows[a].estimate, run.results.rows[b].estimate);
            let pair = base.samples.get(a).zip(run.samples.get(b)).and_then(|(a, b)| {
                let centre = a.centre.zip(b.centre).map(|(a, b)| b - a);
                paired(&a.values, &b.values, centre, confidence)
            });
            let difference = pair.map(|pair| pair.difference);
            let scale = first.map(|e| e.value.abs()).filter(|value| *value > 0.0);
            let part = |value: Option<f64>| value.zip(scale).map(|(value, scale)| value / scale);
            let half_width = difference.and_then(|d| d.half_width);
            lines.push(Line {
                response: (*response).clone(),
                configuration: side.name.clone(),
                reference: reference.name.clone(),
                unit: base.results.rows[a].unit.clone(),
                reference_value: first.map(|e| e.value),
                reference_half_width: first.and_then(|e| e.half_width),
                value: second.map(|e| e.value),
                half_width: second.and_then(|e| e.half_width),
                difference: difference.map(|d| d.value),
                difference_half_width: half_width,
                relative: part(difference.map(|d| d.value)),
                relative_half_width: part(half_width),
                p: pair.and_then(|pair| pair.p),
                p_adjusted: None,
                verdict: Verdict::Undecided,
                variance_gain: pair.and_then(|pair| pair.gain),
                correlation: pair.and_then(|pair| pair.correlation),
                pairs: difference.map_or(0, |d| d.n),
            });
        }
    }
    let adjusted = holm(&lines.iter().map(|line| line.p).collect::<Vec<_>>());
    for (line, p) in lines.iter_mut().zip(adjusted) {
        line.p_adjusted = p;
        line.verdict = match (p, line.difference) {
            (Some(_), Some(difference)) if difference == 0.0 && line.difference_half_width == Some(0.0) => {
                Verdict::Same
            }
            (Some(p), Some(difference)) if p <= 1.0 - confidence => {
                if difference > 0.0 {
                    Verdict::Higher
                } else {
                    Verdict::Lower
                }
            }
            _ => Verdict::Undecided,
        };
    }
    lines
}
