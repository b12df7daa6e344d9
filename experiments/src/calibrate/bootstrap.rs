//! How sure parameters are: the same fit to data as they might have been (Efron 1979; Davison and Hinkley 1997).

use super::family::Family;
use super::fit::{Fitted, solve, weight};
use super::{Points, Setting};
use models::spec::Resample;
use rayon::prelude::*;
use sim_core::random::{Keyed, below, combine, mix, name_hash};
use sim_core::regress::{leverages, quantile};
use std::sync::atomic::{AtomicBool, Ordering};

/// Confidence of the intervals.
pub const CONFIDENCE: f64 = 0.95;
/// Points of a curve in pictures.
pub const GRID: usize = 160;

/// How resamples are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many.
    pub resamples: u64,
    /// What is drawn.
    pub resample: Resample,
    /// Seed.
    pub seed: u64,
}

/// Intervals of a fit.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    /// Low and high end of each quantity.
    pub quantities: Vec<(f64, f64)>,
    /// Low and high end of the curve at each place of the grid.
    pub curve: Vec<(f64, f64)>,
    /// Resamples that could be fitted.
    pub fitted: u64,
}

/// Quantities and curve of a resample.
type Refit = (Vec<f64>, Vec<f64>);

/// Loads at which a curve is drawn.
pub fn grid(points: &Points) -> Vec<f64> {
    let (low, high) = (points.load.first().copied().unwrap_or(0.0), points.greatest());
    (0..GRID).map(|i| low + (high - low) * i as f64 / (GRID - 1) as f64).collect()
}

/// Percentile intervals of a fit; none where there are no more points than parameters. They depend on nothing but the
/// seed. `None` when `stop` was set.
pub fn intervals(
    family: &'static dyn Family,
    setting: &Setting,
    points: &Points,
    fitted: &Fitted,
    plan: &Plan,
    stop: &AtomicBool,
) -> Option<Intervals> {
    if points.len() <= family.parameters(setting) || plan.resamples == 0 {
        return Some(Intervals::default());
    }
    let errors = errors(setting, points, fitted);
    let places = grid(points);
    let refit = |number: u64| {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let mut dice = Keyed::new(combine(plan.seed, name_hash(family.name())), mix(number + 1));
        let resample = match plan.resample {
            Resample::Residuals => residuals(setting, points, fitted, &errors, &mut dice),
            Resample::Cases => cases(points, &mut dice),
        };
        if resample.means().len() < family.parameters(setting) {
            return None;
        }
        let (p, _) = solve(family, setting, &resample, Some(&fitted.parameters))?;
        let quantities: Vec<f64> = family.quantities(setting, &p).iter().map(|q| q.value).collect();
        let curve: Vec<f64> = places.iter().map(|load| family.value(setting, *load, &p)).collect();
        Some((quantities, curve))
    };
    let all: Vec<Refit> = (0..plan.resamples).into_par_iter().filter_map(refit).collect();
    if stop.load(Ordering::Relaxed) {
        return None;
    }
    let ends = |values: &dyn Fn(&Refit) -> f64| {
        let mut sorted: Vec<f64> = all.iter().map(values).filter(|value| !value.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let end = |share| quantile(&sorted, share).unwrap_or(f64::NAN);
        (end((1.0 - CONFIDENCE) / 2.0), end((1.0 + CONFIDENCE) / 2.0))
    };
    let count = family.quantities(setting, &fitted.parameters).len();
    Some(Intervals {
        quantities: (0..count).map(|i| ends(&|one| one.0[i])).collect(),
        curve: (0..places.len()).map(|i| ends(&|one| one.1[i])).collect(),
        fitted: all.len() as u64,
    })
}

/// Weighted residuals as large as errors are: a fit makes them smaller where it follows a point (Davison and Hinkley
/// 1997, section 6.2.3), and about 0.
fn errors(setting: &Setting, points: &Points, fitted: &Fitted) -> Vec<f64> {
    let leverages = leverages(&fitted.solution.jacobian);
    let errors = points.response.iter().zip(&fitted.values).zip(&leverages).map(|((y, value), leverage)| {
        // A point that determines its own fitted value has no residual that could be made larger.
        let room = if *leverage < 1.0 - 1e-6 { (1.0 - leverage).sqrt() } else { 1.0 };
        (y - value) * weight(setting, *y) / room
    });
    let errors: Vec<f64> = errors.collect();
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    errors.into_iter().map(|error| error - mean).collect()
}

fn residuals(setting: &Setting, points: &Points, fitted: &Fitted, errors: &[f64], dice: &mut Keyed) -> Points {
    let drawn = |(y, value): (&f64, &f64)| {
        let error = errors[below(dice, errors.len() as u64) as usize];
        value + error / weight(setting, *y)
    };
    let response = points.response.iter().zip(&fitted.values).map(drawn).collect();
    Points { load: points.load.clone(), response }
}

fn cases(points: &Points, dice: &mut Keyed) -> Points {
    let n = points.len() as u64;
    let mut drawn: Vec<usize> = (0..n).map(|_| below(dice, n) as usize).collect();
    drawn.sort_unstable();
    let of = |values: &[f64]| drawn.iter().map(|i| values[*i]).collect();
    Points { load: of(&points.load), response: of(&points.response) }
}
