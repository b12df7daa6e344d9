//! Optimisation: which configuration to use, how sure that is, what it costs in the other indicators, and what would
//! change it.
//!
//! ```text
//!              theory          search seeds        seeds of its own      and again
//!   Space ──▶ screen ──▶ (search ──▶ candidates) ──▶ select ──▶ best ──▶ confirm ──▶ Outcome ──▶ report, pictures
//!   space      screen     search, surrogate           select              confirm     sensitivity
//! ```
//!
//! [`goal`] says what is aimed at, in terms of [`quantity`]; [`trial`] is a number of replications of one configuration,
//! which the [`lab`] asks for, and [`judge`] values. All that is decided follows from the file alone, so that a run that
//! was killed goes on, and one that is repeated ends the same.

pub mod confirm;
pub mod goal;
pub mod judge;
pub mod lab;
pub mod pictures;
pub mod problem;
pub mod quantity;
pub mod report;
pub mod screen;
pub mod search;
pub mod select;
pub mod sensitivity;
pub mod space;
mod surrogate;
pub mod trial;
mod write;

pub use problem::Problem;
pub use write::{json_text, write};

use crate::run::on_threads;
use confirm::Confirmed;
use goal::{INDICATORS, References};
use judge::Judged;
use lab::{Lab, LabError, Samples};
use screen::Screened;
use search::Looked;
use select::{Rules, Selection};
use sim_core::analyse::Estimate;
use space::Point;
use std::collections::HashMap;
use trial::{Stage, Status};

/// Configurations that theory looks at one by one; of a larger space it looks at a sample.
const SCREENED: usize = 20_000;
const SAMPLED: usize = 2_000;
/// All configurations are candidates where so many of them have so many times the first replications within the budget.
const CANDIDATES: usize = 500;
const ROOM: u64 = 3;
/// The most neighbours of the best that are looked at in the end.
const NEIGHBOURS: usize = 12;

/// Why there is no recommendation, nor anything to say instead.
#[derive(Debug, thiserror::Error)]
pub enum OptimiseError {
    /// Trials could not be simulated or kept.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The flag was set.
    #[error("interrupted")]
    Interrupted,
    /// The file as it stands gives no reference.
    #[error("{0}")]
    Reference(String),
    /// Too little for what is asked.
    #[error("a budget of {budget} replications is too small: {needs}")]
    Budget {
        /// What there is.
        budget: u64,
        /// What it would take.
        needs: String,
    },
    /// No configuration can be simulated.
    #[error("none of the {0} configurations can be simulated: {1}")]
    Nothing(usize, String),
}

/// A finished optimisation.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What indicators were divided by.
    pub references: References,
    /// What there is to say of them.
    pub remarks: Vec<String>,
    /// What theory said.
    pub screened: Vec<Screened>,
    /// Whether theory has gone through all configurations.
    pub whole: bool,
    /// What the search has looked at; empty where all configurations were candidates.
    pub looked: Vec<Looked>,
    /// The selection.
    pub selection: Selection,
    /// The final estimate, of the best.
    pub confirmed: Option<Confirmed>,
    /// Replications by stage.
    pub spent: Vec<(Stage, u64)>,
    /// Events.
    pub events: u64,
}

impl Outcome {
    /// Whether all configurations were candidates, but for those that theory has proved to be worse or to have no steady
    /// state.
    pub fn all_were_candidates(&self) -> bool {
        let proved = |screened: &Screened| match &screened.dropped {
            None => true,
            Some(
                screen::Dropped::Overloaded { .. } | screen::Dropped::Refused(_) | screen::Dropped::Outside { .. },
            ) => true,
            Some(screen::Dropped::Worse { .. } | screen::Dropped::Misses { .. }) => screened.exact,
        };
        self.whole && self.looked.is_empty() && self.screened.iter().all(proved)
    }

    /// Everything that was simulated: the configuration, what it gave, and whether it is known or seems to meet all
    /// bounds. What was selected among has the figures of the selection.
    pub fn evaluated(&self, tolerance: f64) -> Vec<(&Point, &Judged, bool)> {
        let mut all: Vec<(&Point, &Judged, bool)> = Vec::new();
        for candidate in self.selection.candidates.iter().filter(|c| !matches!(c.fate, select::Fate::Broken(_))) {
            let seems = candidate.judged.excesses().iter().all(|excess| *excess <= tolerance);
            let meets = candidate.feasible.iter().all(|met| met.unwrap_or(seems));
            all.push((&candidate.point, &candidate.judged, meets));
        }
        for looked in self.looked.iter().filter(|looked| looked.status == Status::Ok) {
            if !self.selection.candidates.iter().any(|candidate| candidate.point == looked.point) {
                let seems = looked.judged.excesses().iter().all(|excess| *excess <= tolerance);
                all.push((&looked.point, &looked.judged, seems));
            }
        }
        all
    }
}

/// Optimises.
///
/// # Errors
/// Trials that could not be simulated or kept, a baseline without references, a budget that is too small.
pub fn optimise(lab: &mut Lab<'_>) -> Result<Outcome, OptimiseError> {
    let problem = lab.problem;
    let room = problem.room();
    let least = 2 * problem.first;
    if room < least {
        let fixed = problem.budget.saturating_sub(room).max(4 * problem.last());
        let needs = format!(
            "two candidates with {} replications each and the final estimate take {}",
            problem.first,
            least + fixed.max(4 * 5)
        );
        return Err(OptimiseError::Budget { budget: problem.budget, needs });
    }
    let (references, remarks) = references(lab)?;
    lab.begin("screening by theory");
    let all = problem.space.all().filter(|points| points.len() <= SCREENED);
    let whole = all.is_some();
    let points = all.unwrap_or_else(|| problem.space.sample(lab.study.plan.seed, SAMPLED));
    let look = || screen::screen(lab.study, problem, &references, &points, lab.means.stop);
    let mut screened = on_threads(&[], lab.means.threads, look).ok_or(OptimiseError::Interrupted)?;
    screen::reopen(&mut screened, problem.candidates);
    let mut open: Vec<&Screened> = screened.iter().filter(|screened| screened.dropped.is_none()).collect();
    if open.is_empty() {
        let why = screened.iter().find_map(|screened| screened.dropped.clone());
        let why = why.map_or_else(String::new, |why| report::why(&why, &problem.goal));
        return Err(OptimiseError::Nothing(screened.len(), why));
    }
    let fits = open.len() as u64 * problem.first * ROOM <= room && open.len() <= CANDIDATES;
    let (looked, candidates) =
        if whole && (fits || open.len() <= problem.candidates.min((room / problem.first) as usize)) {
            // The best by theory first: it drops the others sooner.
            open.sort_by(|a, b| {
                let value = |screened: &Screened| screened.objective.unwrap_or(f64::INFINITY);
                value(a).total_cmp(&value(b))
            });
            (Vec::new(), open.iter().map(|screened| screened.point.clone()).collect::<Vec<Point>>())
        } else {
            let candidates = problem.candidates.min((room / 2 / problem.first).max(2) as usize).max(2);
            let task = search::Task {
                screened: &screened,
                whole,
                candidates,
                budget: room - (room / 2).max(candidates as u64 * problem.first),
                references: &references,
                seed: lab.study.plan.seed,
            };
            let looked = search::search(lab, &task)?;
            let best = looked.iter().filter(|looked| looked.score(&problem.goal).is_finite());
            let chosen: Vec<Point> = best.take(candidates).map(|looked| looked.point.clone()).collect();
            (looked, chosen)
        };
    if candidates.is_empty() {
        let why = looked.first().map_or_else(String::new, |looked| looked.remark.clone());
        return Err(OptimiseError::Nothing(looked.len(), why));
    }
    let rules = Rules {
        procedure: problem.procedure,
        confidence: problem.confidence,
        first: problem.first,
        budget: room.saturating_sub(lab.replications_of(Stage::Search)),
    };
    let selection = select::select(lab, &candidates, &references, &rules)?;
    let confirmed = match selection.best {
        Some(best) => Some(confirm::confirm(lab, &references, &selection, best)?),
        None => None,
    };
    let stages = [Stage::Reference, Stage::Search, Stage::Selection, Stage::Final];
    let spent = stages.map(|stage| (stage, lab.replications_of(stage))).to_vec();
    Ok(Outcome { references, remarks, screened, whole, looked, selection, confirmed, spent, events: lab.events })
}

/// What indicators are divided by: what is declared, else the baseline's, on random numbers of their own.
fn references(lab: &mut Lab<'_>) -> Result<(References, Vec<String>), OptimiseError> {
    let problem = lab.problem;
    let objective = &problem.goal.objective;
    let mut references = objective.declared;
    let mut remarks = Vec::new();
    let missing = |i: usize| objective.weights[i] > 0.0 && references[i].is_none() && INDICATORS[i] != "reliability";
    if !(0..5).any(missing) {
        return Ok((references, remarks));
    }
    lab.begin("measuring the baseline");
    let mut known: HashMap<Option<Point>, Samples> = HashMap::new();
    lab.run(Stage::Reference, 0, problem.last(), false, &[None], &mut known)?;
    let Some(samples) = known.get(&None) else {
        return Err(OptimiseError::Reference("the baseline was not simulated".into()));
    };
    match samples.status {
        Status::Ok => {}
        Status::Unstable => remarks.push(format!(
            "The file as it stands has no steady state ({}): as a reference its latency is that of this horizon.",
            samples.remark
        )),
        Status::Refused | Status::Failed => {
            return Err(OptimiseError::Reference(format!(
                "the file as it stands cannot be simulated: {}",
                samples.remark
            )));
        }
    }
    let judged = Judged::of(&problem.goal, &references, samples);
    for (i, name) in INDICATORS.iter().enumerate() {
        if references[i].is_some() || *name == "reliability" {
            continue;
        }
        let value = judged.indicator(i, problem.confidence).map(|estimate: Estimate| estimate.value);
        references[i] = value.filter(|value| *value > 0.0);
        if references[i].is_none() && objective.weights[i] > 0.0 {
            return Err(OptimiseError::Reference(format!(
                "the {name} of the file as it stands is {}, which nothing can be divided by: declare one in `references`, or \
                 give {name} the weight 0",
                value.map_or("not observed".to_string(), |value| value.to_string())
            )));
        }
    }
    Ok((references, remarks))
}
