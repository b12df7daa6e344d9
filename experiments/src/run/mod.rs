//! Runs: warm-up, replications in parallel or one long run in batches, precision, verdicts.
//!
//! `warm_up` finds where the measured time begins, and whether the run must be longer; `replications` and `batches` are
//! the two methods; `precision` compares half-widths with what was asked for; `comment` says what is to be said beside the
//! figures, in the words of `advice`.

mod advice;
mod batches;
mod comment;
mod precision;
mod replications;
mod warm_up;

pub use advice::{Advice, Reason};
pub use warm_up::Start;

use crate::results::{Results, Sample, is_extreme};
use crate::study::{Plan, Study, Target};
use comment::{comment, deadlocked};
use models::expression::Operator;
use models::simulation::{Deadlock, Stop};
use models::spec::Method;
use serde::{Deserialize, Serialize};
use sim_core::analyse::Estimate;
use std::sync::atomic::AtomicBool;

/// What becomes of a run as it goes on.
pub trait Progress: Sync {
    /// So many replications are to be run from now on (an estimate where a precision decides).
    fn phase(&self, what: &str, replications: u64);
    /// A replication is done.
    fn done(&self);
}

/// Progress that nobody looks at.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: &str, _: u64) {}
    fn done(&self) {}
}

/// Whether a target holds, by its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The whole interval satisfies it.
    Met,
    /// No point of the interval satisfies it.
    Missed,
    /// The interval holds both.
    Undecided,
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The figures.
    pub results: Results,
    /// Verdicts on the targets, with the estimate that each rests on.
    pub verdicts: Vec<(Target, Verdict, Option<Estimate>)>,
    /// What is to be said beside.
    pub advice: Vec<Advice>,
    /// What each replication adds to each row of the results; none where batches of one run are used.
    pub samples: Vec<Sample>,
    /// What each replication gave, row by row of the results.
    pub observed: Vec<Vec<Option<f64>>>,
    /// What the intervals rest on.
    pub method: Method,
    /// End of the measured time [ticks]; it may be later than declared.
    pub horizon: u64,
    /// Warm-up [ticks].
    pub warm_up: u64,
    /// Whether the warm-up was found from the runs.
    pub warm_up_found: bool,
    /// Replications.
    pub replications: u64,
    /// Events of all replications.
    pub events: u64,
    /// Hash over all events of all replications.
    pub fingerprint: u64,
}

impl Run {
    /// Exit status: 0 done, 1 no steady state, 3 a target missed.
    pub fn status(&self) -> u8 {
        if self.advice.iter().any(Advice::is_failure) {
            1
        } else if self.verdicts.iter().any(|(_, verdict, _)| *verdict == Verdict::Missed) {
            3
        } else {
            0
        }
    }
}

/// The run was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Simulates a study on so many threads (0: all cores).
///
/// # Errors
/// [`Interrupted`] when `stop` was set.
pub fn run(study: &Study, threads: usize, progress: &dyn Progress, stop: &AtomicBool) -> Result<Run, Interrupted> {
    on_threads(&[study], threads, || run_here(study, progress, stop))
}

/// Does something on so many threads (0: all cores), or on fewer where not as many replications of all of these studies
/// fit into memory.
pub fn on_threads<R: Send>(studies: &[&Study], threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let fit = studies.iter().map(|study| crate::memory::replications_at_once(&study.lowered.system)).min();
    let threads = threads.min(fit.unwrap_or(threads));
    // A pool that cannot be built leaves the global one, which gives the same results.
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// Simulates a study on the threads of the pool that this is called in.
///
/// # Errors
/// [`Interrupted`] when `stop` was set.
pub fn run_here(study: &Study, progress: &dyn Progress, stop: &AtomicBool) -> Result<Run, Interrupted> {
    let start = start(study, progress, stop)?;
    run_from(study, &start, progress, stop)
}

/// Where the measured time of a study begins and ends.
///
/// # Errors
/// [`Interrupted`] when `stop` was set.
pub fn start(study: &Study, progress: &dyn Progress, stop: &AtomicBool) -> Result<Start, Interrupted> {
    match study.plan.warm_up {
        Some(warm_up) => Ok(Start::given(warm_up, study.plan.horizon)),
        None => warm_up::find(&study.lowered.system, &study.plan, progress, stop),
    }
}

/// What a method gives.
struct Outcome {
    results: Results,
    samples: Vec<Sample>,
    observed: Vec<Vec<Option<f64>>>,
    replications: u64,
    events: u64,
    fingerprint: u64,
    horizon: u64,
    /// Why, when and where it ended early.
    early: Option<(Stop, f64, String)>,
    deadlock: Option<Deadlock>,
    advice: Vec<Advice>,
}

/// Simulates a study whose measured time is known.
///
/// # Errors
/// [`Interrupted`] when `stop` was set.
pub fn run_from(study: &Study, start: &Start, progress: &dyn Progress, stop: &AtomicBool) -> Result<Run, Interrupted> {
    let system = &study.lowered.system;
    let plan =
        Plan { horizon: start.horizon, max_horizon: study.plan.max_horizon.max(start.horizon), ..study.plan.clone() };
    let outcome = match plan.method {
        Method::Replications => replications::run(system, &plan, start.warm_up, progress, stop)?,
        Method::Batches => batches::run(system, &plan, start.warm_up, progress, stop)?,
    };
    let results = outcome.results;
    let mut advice = start.advice.clone();
    advice.extend(outcome.advice);
    advice.extend(outcome.deadlock.map(|deadlock| deadlocked(system, &deadlock)));
    comment(system, &results, outcome.early, &plan, &mut advice);
    if advice.iter().any(Advice::is_failure) {
        // Without a steady state neither a longer run nor a longer drain helps.
        advice.retain(|advice| !advice.is_of_length());
    }
    let judge = |target: &Target| {
        let estimate = results.find(&target.condition.left);
        (target.clone(), verdict(target, estimate), estimate)
    };
    Ok(Run {
        verdicts: study.targets.iter().map(judge).collect(),
        results,
        samples: outcome.samples,
        observed: outcome.observed,
        method: plan.method,
        advice,
        horizon: outcome.horizon,
        warm_up: start.warm_up,
        warm_up_found: start.found,
        replications: outcome.replications,
        events: outcome.events,
        fingerprint: outcome.fingerprint,
    })
}

/// Whether a target holds, by the interval of what it is about. What has no interval because it is an extreme is
/// judged by what was observed.
fn verdict(target: &Target, estimate: Option<Estimate>) -> Verdict {
    let Some(estimate) = estimate else { return Verdict::Undecided };
    let observed = is_extreme(&target.condition.left).then_some(0.0);
    let Some(half_width) = estimate.half_width.or(observed) else { return Verdict::Undecided };
    let (low, high) = (estimate.value - half_width, estimate.value + half_width);
    let bound = target.condition.right.value;
    let operator: Operator = target.condition.operator;
    match (operator.holds(low, bound), operator.holds(high, bound)) {
        (true, true) => Verdict::Met,
        (false, false) => Verdict::Missed,
        _ => Verdict::Undecided,
    }
}
