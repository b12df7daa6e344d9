//! Comparing configurations: every one faces the same requests with the same demands, replication by replication.
//!
//! ```text
//!   sides ──▶ one measured time ──▶ the same replications of each ──▶ paired differences ──▶ table, CSV, JSON, PNG
//! ```
//!
//! The first side is the reference. `sides` collects what is compared, [`run`] simulates it, `pairs` compares, and
//! `report` writes.

mod pairs;
mod report;
mod sides;

pub use pairs::{Line, Verdict};
pub use report::{Figures, Manifest, text, write};
pub use sides::{Side, SideError, With, sides};

use crate::results::{Collector, Results, Row};
use crate::run::{Advice, Interrupted, Progress, Run, Start, run_from, start};
use crate::study::Study;
use models::spec::Method;
use std::sync::atomic::AtomicBool;

/// A finished comparison.
#[derive(Debug)]
pub struct Comparison {
    /// What was compared; the first is the reference.
    pub sides: Vec<Side>,
    /// The run of each.
    pub runs: Vec<Run>,
    /// Each response of each side against the reference.
    pub lines: Vec<Line>,
    /// What is to be said of how the sides were made comparable.
    pub notes: Vec<String>,
}

impl Comparison {
    /// Exit status: 1 where a side has no steady state, else 0.
    pub fn status(&self) -> u8 {
        u8::from(self.runs.iter().any(|run| run.advice.iter().any(Advice::is_failure)))
    }
}

/// Gives all sides the plan of the first, as far as pairs need it; says what was changed.
///
/// # Errors
/// Their horizons differ, which only the user can settle.
pub fn align(sides: &mut [Side]) -> Result<Vec<String>, SideError> {
    let Some((first, others)) = sides.split_first_mut() else { return Ok(Vec::new()) };
    let mut notes = Vec::new();
    let seconds = |study: &Study| study.plan.horizon as f64 / study.plan.clock.ticks_per_second();
    let precise = |side: &Side| side.study.plan.precision.is_some() || side.study.plan.method == Method::Batches;
    if precise(first) || others.iter().any(precise) {
        notes.push("Pairs are of a fixed number of replications: a precision and batches are for single runs.".into());
    }
    first.study.plan.precision = None;
    first.study.plan.method = Method::Replications;
    for side in others {
        if (seconds(&side.study) - seconds(&first.study)).abs() > 1e-9 * seconds(&first.study) {
            return Err(SideError::Horizons { one: first.name.clone(), other: side.name.clone() });
        }
        let (own, common) = (&mut side.study.plan, &first.study.plan);
        if (own.seed, own.replications) != (common.seed, common.replications) {
            notes.push(format!(
                "`{}` was run with the seed and the number of replications of `{}`.",
                side.name, first.name
            ));
        }
        (own.seed, own.replications, own.confidence) = (common.seed, common.replications, common.confidence);
        (own.precision, own.method) = (None, Method::Replications);
    }
    Ok(notes)
}

/// Simulates all sides with the same random numbers over the same measured time.
///
/// # Errors
/// [`Interrupted`] when `stop` was set.
pub fn run(sides: &[Side], progress: &dyn Progress, stop: &AtomicBool) -> Result<Vec<Run>, Interrupted> {
    let starts: Vec<Start> =
        sides.iter().map(|side| start(&side.study, progress, stop)).collect::<Result<_, Interrupted>>()?;
    let ticks = |i: usize| sides[i].study.plan.clock.ticks_per_second();
    let latest = |of: fn(&Start) -> u64| {
        starts.iter().enumerate().map(|(i, start)| of(start) as f64 / ticks(i)).fold(0.0, f64::max)
    };
    let (warm_up, horizon) = (latest(|start| start.warm_up), latest(|start| start.horizon));
    let run = |(i, side): (usize, &Side)| {
        let own = &starts[i];
        let common = Start {
            warm_up: (warm_up * ticks(i)).round() as u64,
            found: own.found,
            horizon: (horizon * ticks(i)).round() as u64,
            advice: own.advice.clone(),
        };
        run_from(&side.study, &common, progress, stop)
    };
    sides.iter().enumerate().map(run).collect()
}

/// The indicators that a study has, as rows without values.
pub fn indicators(study: &Study) -> Vec<Row> {
    Collector::new(&study.lowered.system).finish(study.plan.confidence).rows
}

/// What is compared where nothing else is asked for: the indicators of the system, latencies of flows where there are
/// several, but only what all sides have.
pub fn usual_responses(sides: &[Side]) -> Vec<String> {
    let Some(first) = sides.first() else { return Vec::new() };
    let mut wanted: Vec<String> =
        ["throughput", "latency.mean", "latency.p95", "reliability", "power"].map(String::from).to_vec();
    let flows = &first.study.lowered.system.flows;
    if flows.len() > 1 {
        let of =
            |flow: &models::system::Flow| ["latency.mean", "latency.p95"].map(|path| format!("{}.{path}", flow.name));
        wanted.extend(flows.iter().flat_map(of));
    }
    let has: Vec<Vec<String>> =
        sides.iter().map(|side| indicators(&side.study).iter().map(Row::path).collect()).collect();
    wanted.retain(|path| has.iter().all(|paths| paths.contains(path)));
    wanted
}

/// Compares every side with the first in every response; what is nothing on all sides is left out unless `all`.
pub fn compare(sides: Vec<Side>, runs: Vec<Run>, responses: &[String], all: bool, notes: Vec<String>) -> Comparison {
    let confidence = sides.first().map_or(0.95, |side| side.study.plan.confidence);
    let results: Vec<&Results> = runs.iter().map(|run| &run.results).collect();
    let nothing = |path: &str| results.iter().all(|results| results.find(path).is_none_or(|e| e.value == 0.0));
    let kept: Vec<&String> = responses.iter().filter(|path| all || !nothing(path)).collect();
    let lines = pairs::lines(&sides, &runs, &kept, confidence);
    Comparison { sides, runs, lines, notes }
}
