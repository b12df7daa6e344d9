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

pub use write::{json_text, write};

use crate::study::Study;
use confirm::Confirmed;
use goal::{Goal, INDICATORS, References};
use judge::Judged;
use lab::{Lab, LabError, Samples};
use models::spec::Procedure;
use screen::Screened;
use search::Looked;
use select::{Rules, Selection};
use sim_core::analyse::Estimate;
use space::{Point, Space};
use std::collections::HashMap;
use trial::{Stage, Status};

/// Configurations that theory looks at one by one; of a larger space it looks at a sample.
const SCREENED: usize = 20_000;
const SAMPLED: usize = 2_000;
/// All configurations are candidates where so many of them have so many times the first replications within the budget.
const CANDIDATES: usize = 500;
const ROOM: u64 = 3;
/// Levels of one variable that are tried before anything is simulated.
const LEVELS_TRIED: usize = 64;
/// The most neighbours of the best that are looked at in the end.
const NEIGHBOURS: usize = 12;

/// An optimisation that a study asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The configurations.
    pub space: Space,
    /// What is aimed at.
    pub goal: Goal,
    /// How the best is selected.
    pub procedure: Procedure,
    /// The confidence of the selection.
    pub confidence: f64,
    /// Replications of each candidate before the first is dropped.
    pub first: u64,
    /// The most candidates, where not all configurations are.
    pub candidates: usize,
    /// The most replications.
    pub budget: u64,
    /// Of the screening.
    pub margin: f64,
    /// Indicators whose trade-off is shown, by their places.
    pub pareto: Vec<usize>,
}

impl Problem {
    /// Replications of each of three in the final estimate, and of the references.
    pub fn last(&self) -> u64 {
        (self.budget / 40).clamp(5, 20)
    }

    /// Replications of each neighbour.
    pub fn beside(&self) -> u64 {
        (self.last() / 2).max(5)
    }

    /// What the search and the selection may spend.
    fn room(&self) -> u64 {
        let dimensions = self.space.variables.len() * 2;
        self.budget.saturating_sub(4 * self.last() + self.beside() * dimensions.min(NEIGHBOURS) as u64)
    }
}

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
pub fn optimise(problem: &Problem, lab: &mut Lab<'_>) -> Result<Outcome, OptimiseError> {
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
    let (references, remarks) = references(problem, lab)?;
    lab.progress.stage("screening by theory");
    let all = problem.space.all().filter(|points| points.len() <= SCREENED);
    let whole = all.is_some();
    let points = all.unwrap_or_else(|| problem.space.sample(lab.study.plan.seed, SAMPLED));
    let threads = rayon::ThreadPoolBuilder::new().num_threads(lab.threads).build();
    let look =
        || screen::screen(lab.study, &problem.space, &problem.goal, &references, &points, problem.margin, lab.stop);
    // A pool that cannot be built leaves the global one, which gives the same.
    let mut screened = threads.map_or_else(|_| look(), |pool| pool.install(look)).ok_or(OptimiseError::Interrupted)?;
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
        Some(best) => Some(confirm::confirm(lab, problem, &references, &selection, best)?),
        None => None,
    };
    let stages = [Stage::Reference, Stage::Search, Stage::Selection, Stage::Final];
    let spent = stages.map(|stage| (stage, lab.replications_of(stage))).to_vec();
    Ok(Outcome { references, remarks, screened, whole, looked, selection, confirmed, spent, events: lab.events })
}

/// What indicators are divided by: what is declared, else the baseline's, on random numbers of their own.
fn references(problem: &Problem, lab: &mut Lab<'_>) -> Result<(References, Vec<String>), OptimiseError> {
    let objective = &problem.goal.objective;
    let mut references = objective.declared;
    let mut remarks = Vec::new();
    let missing = |i: usize| objective.weights[i] > 0.0 && references[i].is_none() && INDICATORS[i] != "reliability";
    if !(0..5).any(missing) {
        return Ok((references, remarks));
    }
    lab.progress.stage("measuring the baseline");
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

/// Levels that make no system with any of some levels of the other variables: the field, what is wrong, and what would be
/// right.
pub fn levels_without_system(study: &Study, problem: &Problem) -> goal::Mistakes {
    let variables = &problem.space.variables;
    let mut found = Vec::new();
    for (number, variable) in variables.iter().enumerate() {
        let count = variable.factor.levels.len();
        for level in (0..count).step_by(count.div_ceil(LEVELS_TRIED).max(1)) {
            let with = |share: f64| {
                let other = |(i, v): (usize, &space::Variable)| match i == number {
                    true => level as u32,
                    false => (share * (v.factor.levels.len() - 1) as f64) as u32,
                };
                problem.space.point(&variables.iter().enumerate().map(other).collect::<Vec<u32>>())
            };
            let points = [0.0, 0.5, 1.0].map(with).into_iter().filter(|point| point[number].is_some());
            let mut refusals = Vec::new();
            let runs =
                |point: Point| study.variant(&problem.space.overrides(&point)).map_err(|r| refusals.push(r)).is_ok();
            if points.into_iter().any(runs) {
                continue;
            }
            // Too little memory is no mistake of the file, and may be different on the next machine.
            let Some(refused) = refusals.into_iter().find(|refused| !refused.too_large) else { continue };
            let (name, shown) = (&variable.factor.name, &variable.factor.levels[level].shown);
            let at = match study.experiment.optimise.as_ref().is_some_and(|o| o.vary.contains_key(name)) {
                true => models::lower::Path::new("optimise").field("vary").field(name),
                false => models::lower::Path::new("optimise").field("configurations"),
            };
            found.push((at, (format!("`{name}` cannot be {shown}: {}", refused.message), refused.help)));
        }
    }
    found
}

/// The problem of a study's section, as far as it can be told without simulation.
pub fn problem(study: &Study) -> Result<Option<Problem>, goal::Mistakes> {
    let Some(section) = &study.experiment.optimise else { return Ok(None) };
    let root = models::lower::Path::new("optimise");
    let tree = crate::file::parse(&study.source).ok();
    if let Some(tree) = &tree {
        // Reading tells the tree which fields there can be.
        let _ = crate::file::read::<models::spec::Experiment>(tree);
    }
    let same = |path: &str| tree.as_ref().and_then(|tree| crate::file::resolve(tree, path).ok());
    let mut mistakes: goal::Mistakes = Vec::new();
    let space = match Space::of(&study.experiment, section, &study.parameters, &same) {
        Ok(space) => Some(space),
        Err(errors) => {
            mistakes.extend(errors.into_iter().map(|error| (error.at, (error.message, error.help))));
            None
        }
    };
    let goal = match Goal::of(study, section) {
        Ok(goal) => Some(goal),
        Err(found) => {
            mistakes.extend(found);
            None
        }
    };
    let mut number = |field: &str, given: &Option<models::spec::Scalar>, usual: f64, range: (f64, f64), whole: bool| {
        let Some(scalar) = given else { return usual };
        let value = match scalar {
            models::spec::Scalar::Number(value) => Some(*value),
            models::spec::Scalar::Text(text) => {
                models::expression::evaluate(text, &|name| study.parameters.get(name).copied())
                    .ok()
                    .filter(|measure| measure.dimension == models::units::Dimension::NONE)
                    .map(|measure| measure.value)
            }
        };
        let fits = |value: &f64| *value >= range.0 && *value <= range.1 && (!whole || value.fract() == 0.0);
        value.filter(fits).unwrap_or_else(|| {
            let kind = if whole { "a whole number" } else { "a number" };
            let help = format!("give {kind} from {} to {}, such as {usual}", range.0, range.1);
            mistakes.push((root.field(field), (format!("`{scalar}` is no {field}"), Some(help))));
            usual
        })
    };
    let confidence = number("confidence", &section.confidence, study.plan.confidence, (0.5, 0.9999), false);
    let first = number("first", &section.first, 10.0, (3.0, 1e6), true) as u64;
    let candidates = number("candidates", &section.candidates, 10.0, (2.0, CANDIDATES as f64), true) as usize;
    let budget = number("budget", &section.budget, 2000.0, (1.0, 1e9), true) as u64;
    let margin = number("margin", &section.margin, 0.5, (0.0, 1e9), false);
    let mut pareto = Vec::new();
    for (i, name) in section.pareto.iter().enumerate() {
        match INDICATORS.iter().position(|known| known == name) {
            Some(place) if !pareto.contains(&place) => pareto.push(place),
            Some(_) => {
                mistakes.push((root.field("pareto").index(i), (format!("`{name}` stands here twice"), None)));
            }
            None => {
                let near = crate::file::nearest(name, INDICATORS).map(|near| format!("did you mean `{near}`? "));
                let help = format!("{}there are: {}", near.unwrap_or_default(), INDICATORS.join(", "));
                mistakes.push((root.field("pareto").index(i), (format!("unknown indicator `{name}`"), Some(help))));
            }
        }
    }
    if !(section.pareto.is_empty() || (2..=3).contains(&section.pareto.len())) {
        let help = Some("name two or three indicators".to_string());
        mistakes.push((root.field("pareto"), ("a trade-off is between two or three indicators".into(), help)));
    }
    match (space, goal) {
        (Some(space), Some(goal)) if mistakes.is_empty() => {
            if pareto.is_empty() {
                let mut order: Vec<usize> = (0..5).collect();
                order.sort_by(|a, b| goal.objective.weights[*b].total_cmp(&goal.objective.weights[*a]));
                // Where all weight is on one, it is latency against energy.
                let second = if goal.objective.weights[order[1]] > 0.0 {
                    order[1]
                } else if order[0] == 4 {
                    1
                } else {
                    4
                };
                let all = goal.objective.weights[order[0]] == 0.0;
                pareto = if all { vec![1, 4] } else { vec![order[0], second] };
            }
            let procedure = section.procedure.unwrap_or_default();
            Ok(Some(Problem { space, goal, procedure, confidence, first, candidates, budget, margin, pareto }))
        }
        _ => Err(mistakes),
    }
}
