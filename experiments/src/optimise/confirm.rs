//! The final estimate, on a third set of random numbers: what was best by chance in the selection is not so again.

use super::goal::References;
use super::judge::Judged;
use super::lab::{Lab, Samples};
use super::select::{Fate, Selection};
use super::space::Point;
use super::trial::{Stage, Status};
use super::{NEIGHBOURS, OptimiseError};
use sim_core::analyse::{Estimate, Paired, Ratio, jackknife, paired};
use std::collections::HashMap;

/// The best, estimated anew beside what it is compared with, replication by replication.
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// The best.
    pub best: Judged,
    /// Why these random numbers call its steady state into question; empty where they do not.
    pub doubt: String,
    /// The file as it stands; `None` where it has no steady state.
    pub baseline: Option<Judged>,
    /// The runner-up: its number among the candidates.
    pub runner_up: Option<(usize, Judged)>,
    /// Neighbours of the best, and why some have no figures.
    pub neighbours: Vec<Neighbour>,
}

/// A configuration one step from the best.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// The configuration.
    pub point: Point,
    /// What it gave, or why it gave nothing.
    pub judged: Result<Judged, String>,
}

/// Estimates the best anew.
///
/// # Errors
/// Trials that could not be simulated or kept.
pub fn confirm(
    lab: &mut Lab<'_>,
    references: &References,
    selection: &Selection,
    best: usize,
) -> Result<Confirmed, OptimiseError> {
    let problem = lab.problem;
    lab.begin("estimating the best anew");
    let mut known: HashMap<Option<Point>, Samples> = HashMap::new();
    let point = Some(selection.candidates[best].point.clone());
    let runner_up = selection.runner_up(best);
    let runner_point = runner_up.map(|runner| Some(selection.candidates[runner].point.clone()));
    let mut asked = vec![point.clone(), None];
    asked.extend(runner_point.clone());
    lab.run(Stage::Final, 0, problem.last(), false, &asked, &mut known)?;
    let judged = |known: &HashMap<Option<Point>, Samples>, point: &Option<Point>| {
        let samples = known.get(point)?;
        (samples.status == Status::Ok).then(|| Judged::of(&problem.goal, references, samples))
    };
    let beside = problem.space.neighbours(&selection.candidates[best].point);
    let mut neighbours = Vec::new();
    let steps: Vec<Option<Point>> = spread(beside, NEIGHBOURS).into_iter().map(Some).collect();
    let left = problem.budget.saturating_sub(lab.replications());
    let steps: Vec<Option<Point>> = steps.into_iter().take((left / problem.beside()) as usize).collect();
    if !steps.is_empty() {
        lab.begin("looking at its neighbours");
        let mut around: HashMap<Option<Point>, Samples> = HashMap::new();
        lab.run(Stage::Final, 0, problem.beside(), false, &steps, &mut around)?;
        for step in &steps {
            let (Some(samples), Some(point)) = (around.get(step), step) else { continue };
            let judged = match samples.status {
                Status::Ok => Ok(Judged::of(&problem.goal, references, samples)),
                _ => Err(samples.remark.clone()),
            };
            neighbours.push(Neighbour { point: point.clone(), judged });
        }
    }
    let Some(found) = known.get(&point) else {
        return Err(OptimiseError::Reference("the best configuration was not simulated again".into()));
    };
    Ok(Confirmed {
        best: Judged::of(&problem.goal, references, found),
        doubt: found.remark.clone(),
        baseline: judged(&known, &None),
        runner_up: runner_up.and_then(|runner| Some((runner, judged(&known, runner_point.as_ref()?)?))),
        neighbours,
    })
}

/// Some of a list, spread over it.
fn spread(list: Vec<Point>, most: usize) -> Vec<Point> {
    let n = list.len();
    if n <= most {
        return list;
    }
    (0..most).map(|i| list[i * n / most].clone()).collect()
}

impl Selection {
    /// The candidate that is best after the best one, among those that may meet all bounds.
    pub fn runner_up(&self, best: usize) -> Option<usize> {
        let value = |i: &usize| self.candidates[*i].judged.estimate(0.95).map_or(f64::INFINITY, |e| e.value);
        (0..self.candidates.len())
            .filter(|i| *i != best && matches!(self.candidates[*i].fate, Fate::Worse(_) | Fate::AsGood))
            .filter(|i| self.candidates[*i].feasible.iter().all(|met| *met != Some(false)))
            .min_by(|a, b| value(a).total_cmp(&value(b)))
    }
}

/// The difference of the objectives of two, second less first.
pub fn gap(first: &Judged, second: &Judged, confidence: f64) -> Option<Paired> {
    paired(&first.objective, &second.objective, None, confidence)
}

/// The relative change of an indicator: (after - before) / before, of the means, with the jackknife's interval.
pub fn change(before: &Judged, after: &Judged, indicator: usize, confidence: f64) -> Option<Estimate> {
    let pairs = before.indicators.iter().zip(&after.indicators);
    let ratios: Vec<Ratio> = pairs
        .filter_map(|(before, after)| Some(Ratio { numerator: after[indicator]?, denominator: before[indicator]? }))
        .collect();
    let ratio = jackknife(&ratios, confidence)?;
    Some(Estimate { value: ratio.value - 1.0, ..ratio }).filter(|change| change.value.is_finite())
}
