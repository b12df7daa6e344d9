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

struct State {
    alive: Vec<bool>,
    /// By candidate: objectives of all replications.
    objectives: Vec<Vec<f64>>,
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
    // What is on fields alone is met by all of them.
    let decided: Vec<Option<bool>> =
        (0..lab.goal.constraints.len()).map(|i| (!lab.goal.is_measured(i)).then_some(true)).collect();
    let bounds = decided.iter().filter(|decided| decided.is_none()).count();
    let alpha = 1.0 - rules.confidence;
    let (for_bounds, for_comparison) = match (bounds, points.len()) {
        (0, _) => (0.0, alpha),
        (_, 1) => (alpha, 0.0),
        _ => (alpha / 2.0, alpha / 2.0),
    };
    let independent = rules.procedure == Procedure::Rinott;
    let mut samples: HashMap<Option<Point>, Samples> = HashMap::new();
    let mut candidates: Vec<Candidate> = points
        .iter()
        .map(|point| Candidate {
            point: point.clone(),
            judged: Judged::default(),
            count: 0,
            feasible: decided.clone(),
            fate: Fate::AsGood,
        })
        .collect();
    let mut state = State { alive: vec![true; points.len()], objectives: vec![Vec::new(); points.len()] };
    let error = for_bounds / (points.len() * bounds).max(1) as f64;
    let pairs = Triangle::new(for_comparison / (points.len() - 1).max(1) as f64, rules.first, lab.goal.delta);
    let constant = rinott(points.len() as u64, 1.0 - for_comparison, rules.first);
    let before = lab.replications_of(Stage::Selection);
    let (mut block, mut size) = (0, rules.first);
    // How many replications each is to have in the end (two stages).
    let mut wanted: Vec<Option<u64>> = vec![None; points.len()];
    lab.progress.stage("selecting");
    loop {
        let due: Vec<usize> = (0..points.len())
            .filter(|i| state.alive[*i])
            .filter(|i| {
                !independent
                    || block == 0
                    || wanted[*i].is_none_or(|n| n > candidates[*i].count)
                    || open(&candidates[*i])
            })
            .collect();
        let spent = lab.replications_of(Stage::Selection) - before;
        let sizes: Vec<u64> = due
            .iter()
            .map(|i| match wanted[*i] {
                Some(n) if n > candidates[*i].count => n - candidates[*i].count,
                _ => size,
            })
            .collect();
        if due.is_empty() || spent + sizes.iter().sum::<u64>() > rules.budget {
            break;
        }
        if independent {
            for (i, count) in due.iter().zip(&sizes) {
                // Blocks of one size are asked for together.
                lab.run(Stage::Selection, block, *count, true, &[Some(points[*i].clone())], &mut samples)?;
            }
        } else {
            let asked: Vec<Option<Point>> = due.iter().map(|i| Some(points[*i].clone())).collect();
            lab.run(Stage::Selection, block, size, false, &asked, &mut samples)?;
        }
        for i in &due {
            let Some(own) = samples.get(&Some(points[*i].clone())) else { continue };
            take(lab, references, own, &mut candidates[*i], &mut state, *i);
        }
        for (candidate, alive) in candidates.iter_mut().zip(&mut state.alive) {
            *alive = *alive && !check(candidate, lab.goal.tolerance, error, rules.first);
        }
        if independent {
            for i in due {
                let spread = variance(&state.objectives[i][..(rules.first as usize).min(state.objectives[i].len())]);
                let h = constant.unwrap_or(0.0);
                let n = (h * h * spread / (lab.goal.delta * lab.goal.delta)).ceil();
                wanted[i].get_or_insert((n.min(1e15) as u64).max(rules.first));
            }
        } else if let Some(pairs) = &pairs {
            compare(&mut candidates, &mut state, pairs, rules.first);
        }
        if settled(&candidates, &state, pairs.as_ref().filter(|_| !independent), rules.first, &wanted, independent) {
            break;
        }
        block += 1;
        let most = state.alive.iter().zip(&candidates).filter(|(alive, _)| **alive).map(|(_, c)| c.count).max();
        size = (most.unwrap_or(0) / GROWTH).max(2);
    }
    Ok(finish(lab, candidates, &state, pairs.as_ref(), rules, &wanted, error, independent))
}

fn open(candidate: &Candidate) -> bool {
    candidate.feasible.iter().any(Option::is_none)
}

/// Takes in what a candidate has given.
fn take(
    lab: &Lab<'_>,
    references: &References,
    samples: &Samples,
    candidate: &mut Candidate,
    state: &mut State,
    i: usize,
) {
    candidate.judged = Judged::of(lab.goal, references, samples);
    candidate.count = samples.count() as u64;
    match (samples.status, candidate.judged.complete()) {
        (Status::Ok, Some(objectives)) => state.objectives[i] = objectives,
        (Status::Ok, None) => {
            candidate.fate = Fate::Broken("an indicator with a weight was not observed in every replication".into());
            state.alive[i] = false;
        }
        _ => {
            candidate.fate = Fate::Broken(samples.remark.clone());
            state.alive[i] = false;
        }
    }
}

/// Decides on the bounds of a candidate, as far as its samples allow; tells whether one is missed.
fn check(candidate: &mut Candidate, tolerance: f64, error: f64, first: u64) -> bool {
    for number in 0..candidate.feasible.len() {
        if candidate.feasible[number].is_some() {
            continue;
        }
        let (excess, scale) = (&candidate.judged.excess[number], candidate.judged.scales[number]);
        let (Some(triangle), Some(middle)) =
            (Triangle::new(error, first, tolerance * scale), mean(excess.iter().copied()))
        else {
            continue;
        };
        if (excess.len() as u64) < first {
            continue;
        }
        let spread = variance(&excess[..first as usize]);
        let missed = triangle.decide(middle, spread, excess.len() as u64);
        candidate.feasible[number] = missed.map(|missed| !missed);
        if missed == Some(true) {
            candidate.fate = Fate::Misses(number);
            return true;
        }
    }
    false
}

/// The difference of two candidates, and its variance by the first replications.
fn difference(state: &State, one: usize, other: usize, first: u64) -> (f64, f64, u64) {
    let pairs = state.objectives[one].iter().zip(&state.objectives[other]).map(|(a, b)| a - b);
    let differences: Vec<f64> = pairs.collect();
    let spread = variance(&differences[..(first as usize).min(differences.len())]);
    // What is left of equal values is rounding.
    let size = state.objectives[one].iter().fold(0.0f64, |most, value| most.max(value.abs()));
    let spread = if spread < 1e-24 * size * size { 0.0 } else { spread };
    (mean(differences.iter().copied()).unwrap_or(0.0), spread, differences.len() as u64)
}

/// Those that are worse than one that meets all bounds are out.
fn compare(candidates: &mut [Candidate], state: &mut State, pairs: &Triangle, first: u64) {
    let good: Vec<usize> = (0..candidates.len())
        .filter(|i| state.alive[*i] && candidates[*i].feasible.iter().all(|feasible| *feasible == Some(true)))
        .collect();
    let mut out: Vec<(usize, usize)> = Vec::new();
    for i in (0..candidates.len()).filter(|i| state.alive[*i]) {
        for l in good.iter().copied().filter(|l| *l != i) {
            let (mean, spread, n) = difference(state, i, l, first);
            if mean > 0.0 && pairs.decide(mean, spread, n) == Some(true) {
                out.push((i, l));
                break;
            }
        }
    }
    for (i, l) in out {
        candidates[i].fate = Fate::Worse(l);
        state.alive[i] = false;
    }
}

/// Whether nothing is left to be decided.
fn settled(
    candidates: &[Candidate],
    state: &State,
    pairs: Option<&Triangle>,
    first: u64,
    wanted: &[Option<u64>],
    independent: bool,
) -> bool {
    let alive: Vec<usize> = (0..candidates.len()).filter(|i| state.alive[*i]).collect();
    if alive.iter().any(|i| open(&candidates[*i])) {
        return false;
    }
    if independent {
        return alive.iter().all(|i| wanted[*i].is_some_and(|n| n <= candidates[*i].count));
    }
    let Some(pairs) = pairs else { return true };
    alive.iter().all(|i| {
        alive.iter().filter(|l| *l != i).all(|l| {
            let (_, spread, n) = difference(state, *i, *l, first);
            pairs.reach(spread, n) == 0.0
        })
    })
}

#[allow(clippy::too_many_arguments)]
fn finish(
    lab: &Lab<'_>,
    mut candidates: Vec<Candidate>,
    state: &State,
    pairs: Option<&Triangle>,
    rules: &Rules,
    wanted: &[Option<u64>],
    error: f64,
    independent: bool,
) -> Selection {
    let complete = settled(&candidates, state, pairs.filter(|_| !independent), rules.first, wanted, independent);
    let mut best: Option<(usize, f64)> = None;
    let mut needed = 0.0;
    let alive: Vec<usize> = (0..candidates.len()).filter(|i| state.alive[*i]).collect();
    for i in &alive {
        let objective = mean(state.objectives[*i].iter().copied());
        let candidate = &mut candidates[*i];
        // What it would take to decide everything about it, at most.
        let mut most: f64 = 0.0;
        for (number, excess) in candidate.judged.excess.iter().enumerate() {
            let zone = lab.goal.tolerance * candidate.judged.scales[number];
            let spread = variance(&excess[..(rules.first as usize).min(excess.len())]);
            if let (None, Some(triangle)) = (candidate.feasible[number], Triangle::new(error, rules.first, zone)) {
                most = most.max(triangle.most(spread));
            }
        }
        if independent {
            most = most.max(wanted[*i].map_or(rules.first as f64, |n| n as f64));
        } else if let Some(pairs) = pairs {
            let spreads = alive.iter().filter(|l| *l != i).map(|l| difference(state, *i, *l, rules.first).1);
            most = most.max(spreads.map(|spread| pairs.most(spread)).fold(0.0, f64::max));
        }
        needed += (most - candidate.count as f64).max(0.0);
        if open(candidate) {
            candidate.fate = Fate::Undecided;
        } else if let Some(objective) = objective
            && best.is_none_or(|(_, other)| objective < other)
        {
            best = Some((*i, objective));
        }
    }
    if let Some((best, _)) = best {
        candidates[best].fate = Fate::Best;
        // In two stages all the others that meet the bounds are compared with it at once.
        if independent && complete {
            for i in alive.iter().filter(|i| **i != best) {
                if candidates[*i].fate == Fate::AsGood {
                    candidates[*i].fate = Fate::Worse(best);
                }
            }
        }
    }
    Selection { candidates, best: best.map(|(best, _)| best), complete, needed: if complete { 0.0 } else { needed } }
}
