//! The search for candidates, where not all configurations can be: a Latin hypercube and the best by theory to begin with,
//! then what a surrogate expects most of, and the neighbours of the best; at last a race of the best under common random
//! numbers.

use super::confirm::gap;
use super::goal::{Goal, References};
use super::judge::Judged;
use super::lab::{Lab, LabError, Samples};
use super::screen::{Screened, overloaded};
use super::space::Point;
use super::surrogate::Surrogate;
use super::trial::{Stage, Status};
use std::collections::{HashMap, HashSet};

/// Replications of each configuration that is looked at.
pub const LOOK: u64 = 4;
/// Configurations that are looked at together.
const BATCH: usize = 8;
/// Whose neighbours are looked at.
const LEADERS: usize = 3;
/// The most points of which the surrogate is asked, and to which it is fitted.
const ASKED: usize = 4000;
const FITTED: usize = 300;
/// Replications of the race, for so many times as many as there will be candidates.
const RACE: u64 = 8;
const RACERS: usize = 3;
/// Confidence with which one is left behind in the race.
const CONFIDENCE: f64 = 0.95;

/// What a search is given.
pub struct Task<'a> {
    /// What theory has left over, or in a space too large for that a sample of it.
    pub screened: &'a [Screened],
    /// Whether these are all configurations.
    pub whole: bool,
    /// Candidates that are wanted.
    pub candidates: usize,
    /// Replications that may be spent.
    pub budget: u64,
    /// References.
    pub references: &'a References,
    /// Seed of the samples.
    pub seed: u64,
}

/// A configuration that was looked at.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The configuration.
    pub point: Point,
    /// What it gave.
    pub judged: Judged,
    /// What became of it.
    pub status: Status,
    /// Why, where it is not ok.
    pub remark: String,
}

impl Looked {
    /// What the search goes by: the objective, with a penalty for bounds that are missed; infinite where there is none.
    pub fn score(&self, goal: &Goal) -> f64 {
        if self.status != Status::Ok {
            return f64::INFINITY;
        }
        let Some(objective) = self.judged.estimate(CONFIDENCE).filter(|_| self.judged.complete().is_some()) else {
            return f64::INFINITY;
        };
        let sum: f64 = goal.objective.weights.iter().sum::<f64>().max(objective.value.abs());
        let missed: f64 = self.judged.excesses().iter().map(|excess| excess.clamp(0.0, 10.0)).sum();
        let any = self.judged.excesses().iter().any(|excess| *excess > goal.tolerance);
        objective.value + if any { 2.0 * sum } else { 0.0 } + sum * missed
    }
}

/// Looks for candidates; gives all that were looked at, the best first.
///
/// # Errors
/// Trials that could not be simulated or kept.
pub fn search(lab: &mut Lab<'_>, task: &Task<'_>) -> Result<Vec<Looked>, LabError> {
    let goal = &lab.problem.goal;
    let theory: HashMap<&Point, f64> = task.screened.iter().filter_map(|s| Some((&s.point, s.objective?))).collect();
    let open: Vec<&Screened> = task.screened.iter().filter(|screened| screened.dropped.is_none()).collect();
    let mut known: HashMap<Option<Point>, Samples> = HashMap::new();
    let mut dead: HashSet<Point> =
        task.screened.iter().filter(|screened| screened.dropped.is_some()).map(|s| s.point.clone()).collect();
    let race = RACE * (RACERS * task.candidates) as u64;
    let looks = task.budget.saturating_sub(race.min(task.budget / 2)) / LOOK;
    let first = beginning(lab, task, &open, looks);
    lab.begin("searching");
    look(lab, first, &mut known)?;
    loop {
        let left = looks.saturating_sub(known.len() as u64) as usize;
        if left == 0 {
            break;
        }
        let all = looked(goal, task.references, &known);
        let next = next(lab, task, &open, &all, &theory, &mut dead, left.min(BATCH));
        if next.is_empty() {
            break;
        }
        look(lab, next, &mut known)?;
    }
    let mut all = looked(goal, task.references, &known);
    // The race: those that are clearly worse than the best of it do not go on.
    let racers: Vec<Option<Point>> = all
        .iter()
        .filter(|looked| looked.score(goal).is_finite())
        .take(RACERS * task.candidates)
        .map(|looked| Some(looked.point.clone()))
        .collect();
    let left = task.budget.saturating_sub(lab.replications_of(Stage::Search));
    if racers.len() > task.candidates && left >= racers.len() as u64 {
        lab.begin("racing the best");
        let count = RACE.min(left / racers.len() as u64);
        lab.run(Stage::Search, 1, count, false, &racers, &mut known)?;
        all = looked(goal, task.references, &known);
        let raced: Vec<&Looked> = all.iter().filter(|looked| racers.contains(&Some(looked.point.clone()))).collect();
        let behind: HashSet<Point> = match raced.first() {
            Some(best) => {
                raced.iter().skip(1).filter(|other| is_behind(best, other)).map(|l| l.point.clone()).collect()
            }
            None => HashSet::new(),
        };
        // Raced ones first; of these the ones that were left behind last.
        all.sort_by_cached_key(|looked| {
            let point = Some(looked.point.clone());
            (!racers.contains(&point), behind.contains(&looked.point))
        });
    }
    Ok(all)
}

fn is_behind(best: &Looked, other: &Looked) -> bool {
    gap(&best.judged, &other.judged, CONFIDENCE)
        .is_some_and(|pair| pair.difference.value - pair.difference.half_width.unwrap_or(f64::INFINITY) > 0.0)
}

/// Half of what is looked at first is the best by theory, half is spread over the space.
fn beginning(lab: &Lab<'_>, task: &Task<'_>, open: &[&Screened], looks: u64) -> Vec<Point> {
    let size = (8 + 4 * lab.problem.space.variables.len()).min((looks as usize).div_ceil(2).max(1));
    let mut by_theory: Vec<&&Screened> = open.iter().filter(|screened| screened.objective.is_some()).collect();
    by_theory.sort_by(|a, b| merit(a, &lab.problem.goal).total_cmp(&merit(b, &lab.problem.goal)));
    let mut first: Vec<Point> = by_theory.iter().take(size / 2).map(|screened| screened.point.clone()).collect();
    let spread = lab.problem.space.sample(task.seed, 4 * size);
    let allowed: HashSet<&Point> = open.iter().map(|screened| &screened.point).collect();
    let dropped: HashSet<&Point> = task.screened.iter().filter(|s| s.dropped.is_some()).map(|s| &s.point).collect();
    for point in spread {
        let fits = if task.whole { allowed.contains(&point) } else { !dropped.contains(&point) };
        if first.len() < size && fits && !first.contains(&point) {
            first.push(point);
        }
    }
    // Where most of the space is closed, what is open in its order.
    for screened in open {
        if first.len() < size && !first.contains(&screened.point) {
            first.push(screened.point.clone());
        }
    }
    first
}

/// What theory expects, with a penalty for bounds that are missed.
fn merit(screened: &Screened, goal: &Goal) -> f64 {
    let missed: f64 = screened.excess.iter().flatten().map(|excess| excess.max(0.0)).sum();
    let sum: f64 = goal.objective.weights.iter().sum::<f64>();
    screened.objective.unwrap_or(f64::INFINITY) + sum.max(1.0) * missed
}

fn look(lab: &mut Lab<'_>, points: Vec<Point>, known: &mut HashMap<Option<Point>, Samples>) -> Result<(), LabError> {
    let points: Vec<Option<Point>> = points.into_iter().map(Some).collect();
    lab.run(Stage::Search, 0, LOOK, false, &points, known)
}

/// All that were looked at, the best first.
fn looked(goal: &Goal, references: &References, known: &HashMap<Option<Point>, Samples>) -> Vec<Looked> {
    let mut all: Vec<Looked> = known
        .iter()
        .filter_map(|(point, samples)| {
            let judged = Judged::of(goal, references, samples);
            let (status, remark) = (samples.status, samples.remark.clone());
            Some(Looked { point: point.clone()?, judged, status, remark })
        })
        .collect();
    // By the score, and in a stated order where that is the same.
    all.sort_by(|a, b| a.score(goal).total_cmp(&b.score(goal)).then_with(|| a.point.cmp(&b.point)));
    all
}

/// What to look at next: the neighbours of the leaders that promise most, and what promises most elsewhere.
fn next(
    lab: &Lab<'_>,
    task: &Task<'_>,
    open: &[&Screened],
    all: &[Looked],
    theory: &HashMap<&Point, f64>,
    dead: &mut HashSet<Point>,
    count: usize,
) -> Vec<Point> {
    let (goal, space) = (&lab.problem.goal, &lab.problem.space);
    let seen: HashSet<&Point> = all.iter().map(|looked| &looked.point).collect();
    let leaders = all.iter().filter(|looked| looked.score(goal).is_finite()).take(LEADERS);
    let mut near: Vec<Point> = Vec::new();
    for leader in leaders {
        for point in space.neighbours(&leader.point) {
            if !seen.contains(&point) && !dead.contains(&point) && !near.contains(&point) {
                near.push(point);
            }
        }
    }
    let mut far: Vec<Point> = match task.whole {
        true => open.iter().map(|screened| screened.point.clone()).filter(|point| !seen.contains(point)).collect(),
        false => space.sample(task.seed.wrapping_add(all.len() as u64), ASKED / 4),
    };
    far.retain(|point| !seen.contains(point) && !dead.contains(point) && !near.contains(point));
    far.truncate(ASKED);
    // Where the space was not gone through, theory has not seen these.
    if !task.whole {
        for points in [&mut near, &mut far] {
            points.retain(|point| {
                let runs =
                    lab.study.variant(&space.overrides(point)).is_ok_and(|s| overloaded(&s.lowered.system).is_none());
                if !runs {
                    dead.insert(point.clone());
                }
                runs
            });
        }
    }
    let finite: Vec<&Looked> = all.iter().filter(|looked| looked.score(goal).is_finite()).take(FITTED).collect();
    let Some(best) = finite.first().map(|looked| looked.score(goal)) else {
        near.truncate(count);
        far.truncate(count.saturating_sub(near.len()));
        near.append(&mut far);
        return near;
    };
    // Of what is far worse only that it is worse matters.
    let spread: f64 = goal.objective.weights.iter().sum::<f64>().max(best.abs());
    let score = |looked: &Looked| looked.score(goal).min(best + 4.0 * spread);
    let trend = |point: &Point| theory.get(point).copied();
    let with_trend = finite.iter().all(|looked| trend(&looked.point).is_some()) && task.whole;
    let prior = |point: &Point| if with_trend { trend(point).unwrap_or(0.0) } else { 0.0 };
    let coordinates: Vec<Vec<f64>> = finite.iter().map(|looked| space.coordinates(&looked.point)).collect();
    let values: Vec<f64> = finite.iter().map(|looked| score(looked) - prior(&looked.point)).collect();
    let Some(surrogate) = Surrogate::fit(&coordinates, &values) else {
        near.truncate(count);
        return near;
    };
    let promise = |point: &Point| surrogate.expected_improvement(&space.coordinates(point), best - prior(point));
    let ranked = |points: Vec<Point>| {
        let mut ranked: Vec<(f64, Point)> = points.into_iter().map(|point| (promise(&point), point)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        ranked
    };
    // Elsewhere only what may be better by a part of the indifference zone.
    let worth = 0.1 * goal.delta;
    let mut chosen: Vec<Point> = ranked(near).into_iter().take(count.div_ceil(2)).map(|(_, point)| point).collect();
    let elsewhere = ranked(far).into_iter().filter(|(promise, _)| *promise > worth).map(|(_, point)| point);
    chosen.extend(elsewhere.take(count - chosen.len()));
    chosen
}
