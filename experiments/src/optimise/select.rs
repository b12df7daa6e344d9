//! The selection among the candidates, on random numbers of its own.
//!
//! Feasibility and comparison go on together (Andradóttir and Kim 2010, Fully sequential procedures for comparing
//! constrained systems via simulation, Naval Research Logistics 57): a candidate is out when it misses a bound, or when
//! one that has been found to meet all bounds is better. Half of what the confidence leaves goes to each; by Bonferroni's
//! inequality the errors of all candidates and bounds add up to no more. With independent random numbers the comparison
//! is that of Rinott, in two stages.

use super::goal::References;
use super::judge::{Judged, mean};
use super::lab::{Lab, LabError, Samples};
use super::space::Point;
use super::trial::{Stage, Status};
use models::spec::Procedure;
use sim_core::select::{Triangle, rinott, variance};
use std::collections::HashMap;

/// Part by which the samples grow from one look to the next.
const GROWTH: u64 = 8;

/// How candidates are selected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// How they are compared.
    pub procedure: Procedure,
    /// The confidence of it all.
    pub confidence: f64,
    /// Replications of each before the first look.
    pub first: u64,
    /// Replications that may be spent.
    pub budget: u64,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It is recommended.
    Best,
    /// It is worse than the candidate of this number.
    Worse(usize),
    /// It misses this constraint.
    Misses(usize),
    /// It has no steady state, or was no system.
    Broken(String),
    /// That it meets all bounds was not decided within the budget.
    Undecided,
    /// It meets the bounds; that it is worse was not decided, within the budget or because it is as good.
    AsGood,
}

/// A candidate.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The configuration.
    pub point: Point,
    /// What it gave.
    pub judged: Judged,
    /// Replications.
    pub count: u64,
    /// By constraint: whether it is met.
    pub feasible: Vec<Option<bool>>,
    /// What became of it.
    pub fate: Fate,
}

/// How the selection ended.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The candidates, in their order.
    pub candidates: Vec<Candidate>,
    /// The one that is recommended.
    pub best: Option<usize>,
    /// Whether everything was decided that the guarantee needs.
    pub complete: bool,
    /// More replications that would have decided at most, where not.
    pub needed: f64,
}

impl Candidate {
    /// Whether it is still in the running.
    fn is_in(&self) -> bool {
        matches!(self.fate, Fate::AsGood)
    }

    /// Whether some of its bounds are not decided.
    fn is_open(&self) -> bool {
        self.feasible.iter().any(Option::is_none)
    }

    /// Takes in what it has given.
    fn take(&mut self, lab: &Lab<'_>, references: &References, samples: &Samples) {
        self.judged = Judged::of(&lab.problem.goal, references, samples);
        self.count = samples.count() as u64;
        if samples.status != Status::Ok {
            self.fate = Fate::Broken(samples.remark.clone());
        } else if self.judged.complete().is_none() {
            self.fate = Fate::Broken("an indicator with a weight was not observed in every replication".into());
        }
    }

    /// The objectives of its replications.
    fn objectives(&self) -> impl Iterator<Item = f64> + '_ {
        self.judged.objective.iter().flatten().copied()
    }
}

/// How candidates are compared.
enum Comparison {
    /// Pair by pair, as long as the samples leave it open; without a triangle there is nothing to compare.
    Pairs(Option<Triangle>),
    /// In two stages: Rinott's constant, and how many replications each is to have in the end.
    Stages { constant: f64, wanted: Vec<Option<u64>> },
}

/// A selection that goes on.
struct Selecting {
    candidates: Vec<Candidate>,
    comparison: Comparison,
    /// Error of each decision on a bound.
    error: f64,
    tolerance: f64,
    delta: f64,
    first: u64,
}

/// Selects among candidates.
///
/// # Errors
/// Trials that could not be simulated or kept.
pub fn select(
    lab: &mut Lab<'_>,
    points: &[Point],
    references: &References,
    rules: &Rules,
) -> Result<Selection, LabError> {
    let mut selecting = Selecting::new(lab, points, rules);
    let independent = rules.procedure == Procedure::Rinott;
    let mut samples: HashMap<Option<Point>, Samples> = HashMap::new();
    let before = lab.replications_of(Stage::Selection);
    let (mut block, mut size) = (0, rules.first);
    lab.begin("selecting");
    loop {
        let due = selecting.due(size);
        let spent = lab.replications_of(Stage::Selection) - before;
        if due.is_empty() || spent + due.iter().map(|(_, count)| count).sum::<u64>() > rules.budget {
            break;
        }
        let point = |i: usize| Some(points[i].clone());
        if independent {
            for (i, count) in &due {
                lab.run(Stage::Selection, block, *count, true, &[point(*i)], &mut samples)?;
            }
        } else {
            let asked: Vec<Option<Point>> = due.iter().map(|(i, _)| point(*i)).collect();
            lab.run(Stage::Selection, block, size, false, &asked, &mut samples)?;
        }
        for (i, _) in &due {
            let Some(own) = samples.get(&point(*i)) else { continue };
            selecting.candidates[*i].take(lab, references, own);
        }
        selecting.check();
        selecting.compare(&due);
        if selecting.is_settled() {
            break;
        }
        block += 1;
        let most = selecting.candidates.iter().filter(|candidate| candidate.is_in()).map(|c| c.count).max();
        size = (most.unwrap_or(0) / GROWTH).max(2);
    }
    Ok(selecting.finish())
}

impl Selecting {
    fn new(lab: &Lab<'_>, points: &[Point], rules: &Rules) -> Selecting {
        let goal = &lab.problem.goal;
        // What is on fields alone is met by all of them.
        let decided: Vec<Option<bool>> =
            (0..goal.constraints.len()).map(|i| (!goal.is_measured(i)).then_some(true)).collect();
        let bounds = decided.iter().filter(|decided| decided.is_none()).count();
        let alpha = 1.0 - rules.confidence;
        let (for_bounds, for_comparison) = match (bounds, points.len()) {
            (0, _) => (0.0, alpha),
            (_, 1) => (alpha, 0.0),
            _ => (alpha / 2.0, alpha / 2.0),
        };
        let comparison = match rules.procedure {
            Procedure::KimNelson => {
                let error = for_comparison / (points.len() - 1).max(1) as f64;
                Comparison::Pairs(Triangle::new(error, rules.first, goal.delta))
            }
            Procedure::Rinott => Comparison::Stages {
                constant: rinott(points.len() as u64, 1.0 - for_comparison, rules.first).unwrap_or(0.0),
                wanted: vec![None; points.len()],
            },
        };
        let candidate = |point: &Point| Candidate {
            point: point.clone(),
            judged: Judged::default(),
            count: 0,
            feasible: decided.clone(),
            fate: Fate::AsGood,
        };
        Selecting {
            candidates: points.iter().map(candidate).collect(),
            comparison,
            error: for_bounds / (points.len() * bounds).max(1) as f64,
            tolerance: goal.tolerance,
            delta: goal.delta,
            first: rules.first,
        }
    }

    /// Those still in the running.
    fn running(&self) -> Vec<usize> {
        (0..self.candidates.len()).filter(|i| self.candidates[*i].is_in()).collect()
    }

    /// Who is to be simulated next, and how often, where a block has this size.
    fn due(&self, size: u64) -> Vec<(usize, u64)> {
        let count = |i: usize| {
            let candidate = &self.candidates[i];
            match &self.comparison {
                Comparison::Stages { wanted, .. } => match wanted[i] {
                    Some(n) if n > candidate.count => Some(n - candidate.count),
                    Some(_) if !candidate.is_open() => None,
                    _ => Some(size),
                },
                Comparison::Pairs(_) => Some(size),
            }
        };
        self.running().into_iter().filter_map(|i| Some((i, count(i)?))).collect()
    }

    /// The variance of the first samples, which all regions rest on.
    fn spread(&self, samples: &[f64]) -> f64 {
        variance(&samples[..(self.first as usize).min(samples.len())])
    }

    /// The region in which it is open whether a candidate meets a bound.
    fn region(&self, candidate: &Candidate, number: usize) -> Option<Triangle> {
        Triangle::new(self.error, self.first, self.tolerance * candidate.judged.scales[number])
    }

    /// Decides on bounds, as far as samples allow.
    fn check(&mut self) {
        for i in self.running() {
            for number in 0..self.candidates[i].feasible.len() {
                let candidate = &self.candidates[i];
                let Some(excess) = candidate.judged.excess.get(number) else { continue };
                if candidate.feasible[number].is_some() || (excess.len() as u64) < self.first {
                    continue;
                }
                let middle = mean(excess.iter().copied());
                let (Some(region), Some(middle)) = (self.region(candidate, number), middle) else { continue };
                let missed = region.decide(middle, self.spread(excess), excess.len() as u64);
                let candidate = &mut self.candidates[i];
                candidate.feasible[number] = missed.map(|missed| !missed);
                if missed == Some(true) {
                    candidate.fate = Fate::Misses(number);
                    break;
                }
            }
        }
    }

    /// The mean difference of the objectives of two candidates, its variance by the first replications, and how many there
    /// are.
    fn difference(&self, one: usize, other: usize) -> (f64, f64, u64) {
        let (one, other) = (&self.candidates[one], &self.candidates[other]);
        let differences: Vec<f64> = one.objectives().zip(other.objectives()).map(|(a, b)| a - b).collect();
        let spread = self.spread(&differences);
        // What is left of equal values is rounding.
        let size = one.objectives().fold(0.0f64, |most, value| most.max(value.abs()));
        let spread = if spread < 1e-24 * size * size { 0.0 } else { spread };
        (mean(differences.iter().copied()).unwrap_or(0.0), spread, differences.len() as u64)
    }

    /// Those that are worse than one that meets all bounds are out; in two stages it is settled how often those are to be
    /// simulated that just were for the first time.
    fn compare(&mut self, due: &[(usize, u64)]) {
        let pairs = match &self.comparison {
            Comparison::Stages { constant, .. } => {
                let scale = constant * constant / (self.delta * self.delta);
                let count = |(i, _): &(usize, u64)| {
                    let objectives: Vec<f64> = self.candidates[*i].objectives().collect();
                    let n = (scale * self.spread(&objectives)).ceil();
                    (*i, (n.min(1e15) as u64).max(self.first))
                };
                let counts: Vec<(usize, u64)> = due.iter().map(count).collect();
                if let Comparison::Stages { wanted, .. } = &mut self.comparison {
                    for (i, count) in counts {
                        wanted[i].get_or_insert(count);
                    }
                }
                return;
            }
            Comparison::Pairs(None) => return,
            Comparison::Pairs(Some(pairs)) => *pairs,
        };
        let running = self.running();
        let meets = |i: &usize| self.candidates[*i].feasible.iter().all(|feasible| *feasible == Some(true));
        let good: Vec<usize> = running.iter().copied().filter(meets).collect();
        let beaten = |i: usize| {
            let beats = |l: &usize| {
                let (mean, spread, n) = self.difference(i, *l);
                mean > 0.0 && pairs.decide(mean, spread, n) == Some(true)
            };
            good.iter().copied().filter(|l| *l != i).find(beats)
        };
        let out: Vec<(usize, usize)> = running.iter().filter_map(|i| Some((*i, beaten(*i)?))).collect();
        for (i, l) in out {
            self.candidates[i].fate = Fate::Worse(l);
        }
    }

    /// Whether nothing is left to be decided.
    fn is_settled(&self) -> bool {
        let running = self.running();
        if running.iter().any(|i| self.candidates[*i].is_open()) {
            return false;
        }
        match &self.comparison {
            Comparison::Stages { wanted, .. } => {
                running.iter().all(|i| wanted[*i].is_some_and(|n| n <= self.candidates[*i].count))
            }
            Comparison::Pairs(None) => true,
            Comparison::Pairs(Some(pairs)) => running.iter().all(|i| {
                running.iter().filter(|l| *l != i).all(|l| {
                    let (_, spread, n) = self.difference(*i, *l);
                    pairs.reach(spread, n) == 0.0
                })
            }),
        }
    }

    /// Replications of a candidate that decide everything about it in any case.
    fn most(&self, i: usize) -> f64 {
        let candidate = &self.candidates[i];
        let bounds = candidate.judged.excess.iter().enumerate().filter_map(|(number, excess)| {
            let open = candidate.feasible[number].is_none();
            Some(self.region(candidate, number).filter(|_| open)?.most(self.spread(excess)))
        });
        let bounds = bounds.fold(0.0, f64::max);
        match &self.comparison {
            Comparison::Stages { wanted, .. } => bounds.max(wanted[i].unwrap_or(self.first) as f64),
            Comparison::Pairs(None) => bounds,
            Comparison::Pairs(Some(pairs)) => {
                let others = self.running().into_iter().filter(|l| *l != i);
                others.map(|l| pairs.most(self.difference(i, l).1)).fold(bounds, f64::max)
            }
        }
    }

    fn finish(mut self) -> Selection {
        let complete = self.is_settled();
        let running = self.running();
        let left = |i: &usize| (self.most(*i) - self.candidates[*i].count as f64).max(0.0);
        let needed = if complete { 0.0 } else { running.iter().map(left).sum() };
        let mut best: Option<(usize, f64)> = None;
        for i in &running {
            let candidate = &mut self.candidates[*i];
            let objective = mean(candidate.objectives());
            if candidate.is_open() {
                candidate.fate = Fate::Undecided;
            } else if let Some(objective) = objective
                && best.is_none_or(|(_, other)| objective < other)
            {
                best = Some((*i, objective));
            }
        }
        let best = best.map(|(best, _)| best);
        if let Some(best) = best {
            // In two stages all the others that meet the bounds are compared with it at once.
            let at_once = complete && matches!(self.comparison, Comparison::Stages { .. });
            for i in running.into_iter().filter(|i| *i != best && at_once) {
                self.candidates[i].fate = Fate::Worse(best);
            }
            self.candidates[best].fate = Fate::Best;
        }
        Selection { candidates: self.candidates, best, complete, needed }
    }
}
