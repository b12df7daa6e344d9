//! Trials: some replications of a configuration, simulated and kept.
//!
//! What a trial gives follows from what is asked alone: the configuration, the stage, the block of random numbers and the
//! number of replications. Configurations that are compared get the same blocks, and so face the same random numbers;
//! stages have blocks of their own, so that what was selected is not estimated by what selected it.

use super::goal::{Goal, Inputs};
use super::space::{Point, Space};
use crate::campaign::work::Job;
use crate::run::{Advice, Interrupted, Silent, Start, run_from, start};
use crate::study::{Refused, Study};
use models::spec::Method;
use rayon::ThreadPool;
use serde::{Deserialize, Serialize};
use sim_core::random::{combine, name_hash};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

/// Runs in which the warm-up of a configuration is looked for.
const PILOTS: u64 = 5;

/// What trials are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The references, from the baseline.
    Reference,
    /// The search for candidates.
    Search,
    /// The selection among the candidates.
    Selection,
    /// The final estimate, and the neighbours.
    Final,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Stage::Reference => "reference",
            Stage::Search => "search",
            Stage::Selection => "selection",
            Stage::Final => "final",
        }
    }
}

/// Start and end of the measured time [ticks].
pub type Span = (u64, u64);

/// What is to be simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The configuration; `None` for the file as it stands.
    pub point: Option<Point>,
    /// What for.
    pub stage: Stage,
    /// Which random numbers.
    pub block: u64,
    /// Whether they are this configuration's own.
    pub independent: bool,
    /// Replications.
    pub count: u64,
    /// The measured time, where it is known from an earlier trial.
    pub span: Option<Span>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It was simulated.
    Ok,
    /// It has no steady state, or stopped early.
    Unstable,
    /// It is no system that can be run.
    Refused,
    /// The simulator failed on it.
    Failed,
}

/// A trial that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its number.
    pub index: u64,
    /// What was asked.
    pub ask: Ask,
    /// What became of it.
    pub status: Status,
    /// Why, where it is not ok.
    pub remark: String,
    /// The measured time.
    pub span: Span,
    /// Values of fields.
    pub inputs: Inputs,
    /// What each replication gave, by the indicators that are kept.
    pub samples: Vec<Vec<Option<f64>>>,
    /// Events.
    pub events: u64,
}

/// Trials by their numbers.
pub struct Trials<'a> {
    /// The file.
    pub study: &'a Study,
    /// The configurations.
    pub space: &'a Space,
    /// What is kept.
    pub goal: &'a Goal,
    /// What was asked so far.
    pub asks: &'a [Ask],
    /// Ends the work.
    pub stop: &'a AtomicBool,
    /// Held by the only one that runs of those that take much memory.
    pub large: Mutex<()>,
}

impl Job for Trials<'_> {
    type Kept = Trial;

    fn perform(&self, number: u64, pool: &ThreadPool) -> Result<Trial, Interrupted> {
        let ask = &self.asks[number as usize];
        // A panic is a mistake of the simulator: it costs this configuration, not the others.
        match catch_unwind(AssertUnwindSafe(|| pool.install(|| self.simulate(number, ask)))) {
            Ok(trial) => trial,
            Err(_) => {
                let why = "the simulator failed, which is a mistake in it";
                Ok(without(number, ask, Status::Failed, why.to_string()))
            }
        }
    }
}

impl Trials<'_> {
    fn simulate(&self, number: u64, ask: &Ask) -> Result<Trial, Interrupted> {
        let overrides = ask.point.as_ref().map(|point| self.space.overrides(point)).unwrap_or_default();
        let mut study = match self.study.variant(&overrides) {
            Ok(study) => study,
            Err(Refused { message, .. }) => return Ok(without(number, ask, Status::Refused, message)),
        };
        let inputs = match self.goal.inputs(&study) {
            Ok(inputs) => inputs,
            Err((message, help)) => {
                let help = help.map_or(String::new(), |help| format!(": {help}"));
                return Ok(without(number, ask, Status::Refused, message + &help));
            }
        };
        let plan = &mut study.plan;
        plan.seed = combine(combine(plan.seed, name_hash(ask.stage.name())), ask.block);
        if let (true, Some(point)) = (ask.independent, &ask.point) {
            plan.seed = combine(plan.seed, name_hash(&format!("{point:?}")));
        }
        (plan.method, plan.precision) = (Method::Replications, None);
        study.targets.clear();
        let fit = crate::memory::replications_at_once(&study.lowered.system);
        if fit == usize::MAX {
            return self.replicate(number, ask, study, inputs);
        }
        // Of those that take much memory only one runs, on as many threads as fit.
        let _alone = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        let threads = rayon::current_num_threads().min(fit);
        match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
            Ok(pool) => pool.install(|| self.replicate(number, ask, study, inputs)),
            // The pool that this runs in gives the same results.
            Err(_) => self.replicate(number, ask, study, inputs),
        }
    }

    fn replicate(&self, number: u64, ask: &Ask, mut study: Study, inputs: Inputs) -> Result<Trial, Interrupted> {
        let start = match ask.span {
            Some((warm_up, horizon)) => Start::given(warm_up, horizon),
            None => {
                study.plan.replications = PILOTS;
                start(&study, &Silent, self.stop)?
            }
        };
        study.plan.replications = ask.count;
        let run = run_from(&study, &start, &Silent, self.stop)?;
        let failure = run.advice.iter().find(|advice| advice.is_failure());
        let row = |path: &String| run.results.rows.iter().position(|row| row.path() == *path);
        let samples = |path: &String| match row(path).and_then(|row| run.observed.get(row)) {
            Some(values) => values.iter().map(|value| value.filter(|value| value.is_finite())).collect(),
            None => vec![None; run.replications as usize],
        };
        Ok(Trial {
            index: number,
            ask: ask.clone(),
            status: if failure.is_some() { Status::Unstable } else { Status::Ok },
            remark: failure.map(Advice::text).unwrap_or_default(),
            span: (start.warm_up, start.horizon),
            inputs,
            samples: self.goal.kept.paths.iter().map(samples).collect(),
            events: run.events,
        })
    }
}

fn without(index: u64, ask: &Ask, status: Status, remark: String) -> Trial {
    let (inputs, samples) = (Vec::new(), Vec::new());
    Trial { index, ask: ask.clone(), status, remark, span: (0, 0), inputs, samples, events: 0 }
}
