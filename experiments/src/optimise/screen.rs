//! Screening by theory: configurations that have no steady state, or that are worse by a wide margin, are not simulated.

use super::goal::{Goal, Inputs, References};
use super::problem::Problem;
use super::space::Point;
use crate::check::{Kind, Theory, theory};
use crate::study::Study;
use models::system::System;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// So many times the margin is given to what is approximate.
const APPROXIMATE: f64 = 3.0;

/// A utilisation of 1, but for rounding.
const FULL: f64 = 1.0 - 1e-9;

/// Why a configuration is not simulated.
#[derive(Clone, Debug, PartialEq)]
pub enum Dropped {
    /// A component is offered more than it can do.
    Overloaded {
        /// The component.
        component: String,
        /// Its offered utilisation.
        offered: f64,
    },
    /// It is no system that can be run.
    Refused(String),
    /// A bound on fields alone is missed.
    Outside {
        /// The constraint.
        constraint: usize,
    },
    /// Its objective is far worse than the best.
    Worse {
        /// What theory says of its objective.
        objective: f64,
    },
    /// A bound is missed by far.
    Misses {
        /// The constraint.
        constraint: usize,
        /// By how much, as a part of the bound.
        excess: f64,
    },
}

/// What theory says of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Screened {
    /// The configuration.
    pub point: Point,
    /// Its objective, where theory has a word on all that is in it.
    pub objective: Option<f64>,
    /// By constraint: the excess as a part of the bound, where theory has a word on it.
    pub excess: Vec<Option<f64>>,
    /// Whether all of that is exact.
    pub exact: bool,
    /// Why it is not simulated.
    pub dropped: Option<Dropped>,
}

/// What theory says of these configurations; `None` when the flag was set. What is worse than the best by more than
/// the margin times its objective, or misses a bound by more than that part of it, is dropped.
pub fn screen(
    study: &Study,
    problem: &Problem,
    references: &References,
    points: &[Point],
    stop: &AtomicBool,
) -> Option<Vec<Screened>> {
    let Problem { goal, margin, .. } = problem;
    let look = |point: &Point| (!stop.load(Ordering::Relaxed)).then(|| one(study, problem, references, point));
    let mut all: Vec<Screened> = points.par_iter().map(look).collect::<Option<_>>()?;
    let margin_of = |screened: &Screened| if screened.exact { *margin } else { APPROXIMATE * margin };
    let far = |screened: &Screened| {
        let missed = |excess: &Option<f64>| excess.filter(|excess| *excess > margin_of(screened));
        screened.excess.iter().enumerate().find_map(|(i, excess)| Some((i, missed(excess)?)))
    };
    for screened in all.iter_mut().filter(|screened| screened.dropped.is_none()) {
        screened.dropped = far(screened).map(|(constraint, excess)| Dropped::Misses { constraint, excess });
    }
    // The best that theory finds clearly within all bounds.
    let within = |screened: &&Screened| {
        screened.dropped.is_none() && screened.excess.iter().all(|excess| excess.is_some_and(|excess| excess <= 0.0))
    };
    let best = all.iter().filter(within).filter_map(|screened| screened.objective).fold(f64::INFINITY, f64::min);
    if best.is_finite() {
        // Objectives near 0 need a margin of their own: that of the weights.
        let sum: f64 = goal.objective.weights.iter().sum();
        let scale = best.abs().max(0.2 * sum).max(10.0 * goal.delta);
        for screened in all.iter_mut().filter(|screened| screened.dropped.is_none()) {
            let limit = best + margin_of(screened) * scale;
            let objective = screened.objective.filter(|objective| *objective > limit);
            screened.dropped = objective.map(|objective| Dropped::Worse { objective });
        }
    }
    Some(all)
}

/// Where theory has left nothing, so many of those that miss a bound by the least are simulated all the same: to say how far
/// they are from it.
pub fn reopen(all: &mut [Screened], count: usize) {
    if all.iter().any(|screened| screened.dropped.is_none()) {
        return;
    }
    let excess = |screened: &Screened| match screened.dropped {
        Some(Dropped::Misses { excess, .. }) => Some(excess),
        _ => None,
    };
    let mut nearest: Vec<&mut Screened> = all.iter_mut().filter(|screened| excess(screened).is_some()).collect();
    nearest.sort_by(|a, b| excess(a).unwrap_or(f64::INFINITY).total_cmp(&excess(b).unwrap_or(f64::INFINITY)));
    nearest.into_iter().take(count).for_each(|screened| screened.dropped = None);
}

fn one(study: &Study, problem: &Problem, references: &References, point: &Point) -> Screened {
    let Problem { space, goal, .. } = problem;
    let mut screened = Screened {
        point: point.clone(),
        objective: None,
        excess: vec![None; goal.constraints.len()],
        exact: false,
        dropped: None,
    };
    let study = match study.variant(&space.overrides(point)) {
        Ok(study) => study,
        Err(refused) => {
            screened.dropped = Some(Dropped::Refused(refused.message));
            return screened;
        }
    };
    let inputs = match goal.inputs(&study) {
        Ok(inputs) => inputs,
        Err((message, _)) => {
            screened.dropped = Some(Dropped::Refused(message));
            return screened;
        }
    };
    // Rounding misses no bound.
    let missed = |number: &usize| {
        let excess = goal.excess(*number, &inputs, &|_| None);
        excess.is_some_and(|excess| excess > 1e-9 * goal.scale(*number, &inputs))
    };
    if let Some(constraint) = (0..goal.constraints.len()).find(missed) {
        screened.dropped = Some(Dropped::Outside { constraint });
        return screened;
    }
    if let Some((component, offered)) = overloaded(&study.lowered.system) {
        screened.dropped = Some(Dropped::Overloaded { component, offered });
        return screened;
    }
    let theory = theory(&study);
    judge(&theory, goal, references, &inputs, &mut screened);
    screened
}

fn judge(theory: &Theory, goal: &Goal, references: &References, inputs: &Inputs, screened: &mut Screened) {
    let find = |number: usize| {
        let path = &goal.kept.paths[number];
        theory.predictions.iter().find(|prediction| prediction.path == *path)
    };
    let measured = |number: usize| find(number).map(|prediction| prediction.value);
    let indicators = goal.indicators(inputs, &measured);
    let losses = goal.objective.losses(&indicators, references);
    screened.objective = goal.cost(inputs, &measured).and_then(|cost| goal.objective.value(&losses, cost));
    for (number, excess) in screened.excess.iter_mut().enumerate() {
        *excess = goal.excess(number, inputs, &measured).map(|excess| excess / goal.scale(number, inputs));
    }
    let exact = |number: usize| find(number).is_none_or(|prediction| prediction.kind == Kind::Exact);
    screened.exact = screened.objective.is_some() && (0..goal.kept.paths.len()).all(exact);
}

/// A component that is offered more work than it can do, and does not turn any away.
pub fn overloaded(system: &System) -> Option<(String, f64)> {
    let offered = models::graph::offered_utilisation(system);
    system.stations.iter().zip(offered).find_map(|(station, offered)| {
        let offered = offered.filter(|offered| *offered >= FULL)?;
        let unlimited = station.limit == u32::MAX && station.laws.is_none();
        unlimited.then(|| (station.name.clone(), offered))
    })
}
