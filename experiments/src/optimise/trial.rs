//! Trials: some replications of a configuration, simulated and kept.
//!
//! What a trial gives follows from what is asked alone: the configuration, the stage, the block of random numbers and the
//! number of replications. Configurations that are compared get the same blocks, and so face the same random numbers;
//! stages have blocks of their own, so that what was selected is not estimated by what selected it.

use super::goal::Inputs;
use super::problem::Problem;
use super::space::Point;
use crate::campaign::evaluate::{NoVariant, Variants};
use crate::campaign::work::Job;
use crate::run::{Advice, Interrupted, Silent, Start, run_from, start};
use crate::study::Study;
use models::spec::Method;
use rayon::ThreadPool;
use serde::{Deserialize, Serialize};
use sim_core::random::{combine, name_hash};
use std::sync::atomic::AtomicBool;

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
    /// The study, with other values.
    pub variants: &'a Variants<'a>,
    /// What it is about.
    pub problem: &'a Problem,
    /// What was asked so far.
    pub asks: &'a [Ask],
    /// Ends the work.
    pub stop: &'a AtomicBool,
}

impl Job for Trials<'_> {
    type Kept = Trial;

    fn perform(&self, number: u64, pool: &ThreadPool) -> Result<Trial, Interrupted> {
        let ask = &self.asks[number as usize];
        let overrides = ask.point.as_ref().map(|point| self.problem.space.overrides(point)).unwrap_or_default();
        match self.variants.simulate(&overrides, pool, |study| self.replicate(number, ask, study)) {
            Ok(done) => done,
            Err(NoVariant::Refused(refused)) => Ok(without(number, ask, Status::Refused, refused.message)),
            Err(failed) => Ok(without(number, ask, Status::Failed, failed.to_string())),
        }
    }
}

impl Trials<'_> {
    fn replicate(&self, number: u64, ask: &Ask, mut study: Study) -> Result<Trial, Interrupted> {
        let goal = &self.problem.goal;
        let inputs = match goal.inputs(&study) {
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
            samples: goal.kept.paths.iter().map(samples).collect(),
            events: run.events,
        })
    }
}

fn without(index: u64, ask: &Ask, status: Status, remark: String) -> Trial {
    let (inputs, samples) = (Vec::new(), Vec::new());
    Trial { index, ask: ask.clone(), status, remark, span: (0, 0), inputs, samples, events: 0 }
}
