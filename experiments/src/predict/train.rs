//! Training, choosing, and the accuracy on what was not trained on.

use super::data::{Data, Indicator};
use super::family::{Answer, CONFIDENCE, Family, Place, SimulationError, Trained, Training};
use super::model::{FORMAT, IndicatorModel, PerformanceModel, Rated};
use super::prior::{Prior, priors};
use crate::fault::Fault;
use crate::store::manifest::VERSION;
use crate::study::Study;
use rayon::prelude::*;
use sim_core::random::{combine, mix};
use sim_core::regress::{Scored, Scores, quantile, scores};

/// Configurations that are needed at least.
const FEWEST: usize = 5;
/// Configurations from which on some are locked away.
const LOCKED_FROM: usize = 10;
/// The share that is locked away.
const LOCKED: f64 = 0.2;

/// How models are trained.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Folds of the cross-validation.
    pub folds: usize,
    /// Seed of who is in which fold.
    pub seed: u64,
}

/// A prediction of a point that was not trained on.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The indicator.
    pub path: String,
    /// The point.
    pub point: usize,
    /// Whether it was locked away: else it was in another fold.
    pub locked: bool,
    /// Whether it lies in the box that was trained.
    pub inside: bool,
    /// What was found and predicted.
    pub scored: Scored,
}

/// Which points are for what.
struct Split {
    /// Points to train on, by fold.
    folds: Vec<Vec<usize>>,
    /// Points that are locked away.
    locked: Vec<usize>,
}

/// Divides configurations, not points: repeated measurements of one stay together.
fn split(groups: &[usize], usable: &[usize], plan: Plan) -> Result<Split, usize> {
    let mut names: Vec<usize> = usable.iter().map(|i| groups[*i]).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < FEWEST {
        return Err(names.len());
    }
    names.sort_by_key(|group| (combine(plan.seed, mix(*group as u64 + 1)), *group));
    let locked = if names.len() < LOCKED_FROM { 0 } else { (LOCKED * names.len() as f64).round() as usize };
    let (away, kept) = names.split_at(locked);
    let folds = plan.folds.clamp(2, kept.len());
    let of = |wanted: &[usize]| usable.iter().copied().filter(|i| wanted.contains(&groups[*i])).collect::<Vec<_>>();
    let fold = |f: usize| kept.iter().copied().skip(f).step_by(folds).collect::<Vec<_>>();
    Ok(Split { folds: (0..folds).map(|f| of(&fold(f))).collect(), locked: of(away) })
}

/// Trains a model for each indicator. The result depends on the data and the plan alone.
///
/// # Errors
/// There are too few configurations.
pub fn train(data: &Data, study: Option<&Study>, plan: Plan) -> Result<(PerformanceModel, Vec<Checked>), Fault> {
    let all: Vec<usize> = (0..data.points.len()).collect();
    // The split of all points gives the box, which is that of the points that are trained on.
    let whole = split(&data.groups, &all, plan).map_err(|found| {
        Fault::new(format!("{found} configurations are too few to train on")).help(format!(
            "give at least {FEWEST}; from {LOCKED_FROM} on, some are locked away to measure the accuracy"
        ))
    })?;
    let trained: Vec<&Vec<_>> = whole.folds.iter().flatten().map(|i| &data.points[*i]).collect();
    let space = data.space.spanned(&trained);
    let plain: Vec<Vec<f64>> = data.points.iter().map(|point| space.features(point, false)).collect();
    let logs: Vec<Vec<f64>> = data.points.iter().map(|point| space.features(point, true)).collect();
    let inside: Vec<bool> = data.points.iter().map(|point| space.outside(point).is_empty()).collect();
    let prior = study.map(|study| priors(study, &data.sets));
    let common = Common { data, plan, plain: &plain, logs: &logs, inside: &inside, prior: prior.as_deref() };
    let done: Vec<_> = data.indicators.par_iter().map(|indicator| common.one(indicator)).collect();
    let mut remarks = data.remarks.clone();
    let (mut models, mut checked) = (Vec::new(), Vec::new());
    for (indicator, done) in data.indicators.iter().zip(done) {
        match done {
            Ok((model, points)) => {
                models.push(model);
                checked.extend(points);
            }
            Err(why) => remarks.push(format!("{} has no model: {why}", indicator.path)),
        }
    }
    if models.is_empty() {
        return Err(Fault::new("no indicator can be modelled").help(remarks.join("; ")));
    }
    if whole.locked.is_empty() {
        remarks.push(format!(
            "fewer than {LOCKED_FROM} configurations: none are locked away, and the accuracy is that of the cross-validation, which has chosen the models too"
        ));
    }
    if models.iter().any(|model| model.simulation_error.absolute > 0.0) {
        remarks.push(
            "the points of a sweep share their random numbers: against simulations with others, errors are larger by those of              the simulation (last column), for which intervals leave room"
                .to_string(),
        );
    }
    let model = PerformanceModel {
        format: FORMAT,
        version: VERSION.to_string(),
        title: data.title.clone(),
        space,
        origin: data.origin.clone(),
        confidence: CONFIDENCE,
        seed: plan.seed,
        folds: whole.folds.len(),
        trained: whole.folds.iter().flatten().count(),
        locked: whole.locked.len(),
        models,
        remarks,
    };
    Ok((model, checked))
}

/// What all indicators have in common.
struct Common<'a> {
    data: &'a Data,
    plan: Plan,
    plain: &'a [Vec<f64>],
    logs: &'a [Vec<f64>],
    inside: &'a [bool],
    prior: Option<&'a [Prior]>,
}

/// The squared error by which families are compared: of logarithms where both are positive.
fn loss(observed: f64, predicted: f64, log: bool) -> f64 {
    match (log, predicted > 0.0) {
        (true, true) => (observed / predicted).ln().powi(2),
        // Nothing that is positive is so far from a prediction below 0.
        (true, false) => ((observed - predicted) / observed).powi(2).max(1.0),
        (false, _) => (observed - predicted).powi(2),
    }
}

/// Differences of losses below this are rounding.
const ROUNDING: f64 = 1e-20;

/// What the cross-validation says of a family.
struct Validated {
    family: Family,
    /// Each point that was predicted, with the answer.
    answers: Vec<(usize, Answer)>,
    /// Mean loss and its standard error over the folds.
    loss: f64,
    error: f64,
}

impl Common<'_> {
    fn prior_at(&self, i: usize, path: &str) -> Option<f64> {
        self.prior.and_then(|all| all[i].get(path).copied()).filter(|value| value.is_finite())
    }

    fn place(&self, i: usize, path: &str) -> Place {
        Place { plain: self.plain[i].clone(), logs: self.logs[i].clone(), prior: self.prior_at(i, path) }
    }

    fn one(&self, indicator: &Indicator) -> Result<(IndicatorModel, Vec<Checked>), String> {
        let path = &indicator.path;
        let usable: Vec<usize> = (0..indicator.values.len()).filter(|i| indicator.values[*i].is_some()).collect();
        let y = |i: usize| indicator.values[i].unwrap_or(f64::NAN);
        let Split { folds, locked } = split(&self.data.groups, &usable, self.plan)
            .map_err(|found| format!("only {found} configurations have it"))?;
        let kept: Vec<usize> = folds.iter().flatten().copied().collect();
        let prior: Option<Vec<f64>> = kept.iter().map(|i| self.prior_at(*i, path)).collect();
        let training = Training {
            plain: kept.iter().map(|i| self.plain[*i].clone()).collect(),
            logs: kept.iter().map(|i| self.logs[*i].clone()).collect(),
            prior,
            y: kept.iter().map(|i| y(*i)).collect(),
        };
        let log = training.y.iter().all(|y| *y > 0.0);
        let constant = training.y.windows(2).all(|pair| pair[0] == pair[1]);
        let tried = Family::ALL.into_iter().filter(|family| !constant || *family == Family::Constant);
        let validated: Vec<Validated> =
            tried.filter_map(|family| self.validate(family, path, &kept, &folds, &training, log)).collect();
        let best = validated.iter().reduce(|best, next| if next.loss < best.loss { next } else { best });
        let Some(best) = best else { return Err("no family fits".into()) };
        let error = simulation_error(indicator, &kept);
        let own = if log { error.relative } else { error.absolute };
        // The simplest within one standard error of the best (Breiman et al. 1984), or within the error of the simulations
        // themselves: a model may not learn by heart what other random numbers would change.
        let limit = best.loss + best.error + own * own + ROUNDING;
        for chosen in validated.iter().filter(|one| one.loss <= limit) {
            let Some(trained) = Trained::train(chosen.family, &training) else { continue };
            let scale = scale(chosen, &y);
            let scored = |i: usize, answer: &Answer| {
                let (predicted, low, high) = answer.ends(scale, error);
                Scored { observed: y(i), predicted, low, high }
            };
            let note = |i: usize, locked: bool, answer: &Answer| Checked {
                path: path.clone(),
                point: i,
                locked,
                inside: self.inside[i],
                scored: scored(i, answer),
            };
            let mut checked: Vec<Checked> = chosen.answers.iter().map(|(i, answer)| note(*i, false, answer)).collect();
            let answers = locked.iter().filter_map(|i| Some((*i, trained.predict(&self.place(*i, path))?)));
            checked.extend(answers.map(|(i, answer)| note(i, true, &answer)));
            let some = |locked: bool, inside: bool| -> Vec<Scored> {
                let wanted = checked.iter().filter(|c| c.locked == locked && (!inside || c.inside));
                wanted.map(|c| c.scored).collect()
            };
            let model = IndicatorModel {
                scope: indicator.scope,
                path: path.clone(),
                unit: indicator.unit.clone(),
                trained,
                scale,
                simulation_error: error,
                families: validated.iter().map(|one| rated(one, &y)).collect(),
                validation: scores(&some(false, false)),
                test: scores(&some(true, true)),
                test_outside: some(true, false).len() - some(true, true).len(),
                unpredicted: locked.len() - some(true, false).len(),
            };
            return Ok((model, checked));
        }
        Err("no family fits".into())
    }

    fn validate(
        &self,
        family: Family,
        path: &str,
        kept: &[usize],
        folds: &[Vec<usize>],
        training: &Training,
        log: bool,
    ) -> Option<Validated> {
        let (mut answers, mut losses) = (Vec::new(), Vec::new());
        for fold in folds {
            let others: Vec<usize> = (0..kept.len()).filter(|k| !fold.contains(&kept[*k])).collect();
            let trained = Trained::train(family, &training.some(&others))?;
            let mut sum = 0.0;
            for (k, i) in kept.iter().enumerate().filter(|(_, i)| fold.contains(i)) {
                let answer = trained.predict(&self.place(*i, path))?;
                sum += loss(training.y[k], answer.ends(1.0, SimulationError::default()).0, log);
                answers.push((*i, answer));
            }
            if !fold.is_empty() {
                losses.push(sum / fold.len() as f64);
            }
        }
        let n = losses.len() as f64;
        let mean = losses.iter().sum::<f64>() / n;
        let variance = losses.iter().map(|loss| (loss - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        mean.is_finite().then(|| Validated { family, answers, loss: mean, error: (variance / n).sqrt() })
    }
}

/// By how much intervals have to be wider, or narrower, to hold as many of the points that were left out as they say: the
/// quantile of their distances in half-widths (conformal prediction by cross-validation: Vovk 2015; Lei et al. 2018).
fn scale(of: &Validated, y: &dyn Fn(usize) -> f64) -> f64 {
    let mut distances: Vec<f64> = of.answers.iter().map(|(i, answer)| answer.distance(y(*i))).collect();
    distances.sort_by(f64::total_cmp);
    let rank = (CONFIDENCE * (distances.len() + 1) as f64).ceil() as usize;
    let at = rank.clamp(1, distances.len().max(1)) - 1;
    distances.get(at).copied().filter(|scale| scale.is_finite() && *scale < 1e12).unwrap_or(1.0)
}

/// Medians of the half-widths of what was simulated; none of measured values.
fn simulation_error(indicator: &Indicator, kept: &[usize]) -> SimulationError {
    let pairs = || kept.iter().filter_map(|i| Some((indicator.values[*i]?, indicator.half_widths[*i]?)));
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        quantile(&values, 0.5).filter(|value| value.is_finite()).unwrap_or(0.0)
    };
    SimulationError {
        relative: median(pairs().filter(|(value, _)| *value != 0.0).map(|(value, half)| half / value.abs()).collect()),
        absolute: median(pairs().map(|(_, half)| half).collect()),
    }
}

fn rated(one: &Validated, y: &dyn Fn(usize) -> f64) -> Rated {
    let scored = |(i, answer): &(usize, Answer)| {
        let (predicted, low, high) = answer.ends(1.0, SimulationError::default());
        Scored { observed: y(*i), predicted, low, high }
    };
    let all: Vec<Scored> = one.answers.iter().map(scored).collect();
    let scores: Option<Scores> = scores(&all);
    Rated { family: one.family, loss: one.loss, standard_error: one.error, scores }
}
