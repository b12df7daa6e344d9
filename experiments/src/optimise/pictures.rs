//! Pictures of an optimisation: what the objective is made of, what was gained, trade-offs, the neighbours of the best.

use super::confirm::{change, gap};
use super::goal::{INDICATORS, less_is_better, word};
use super::judge::Judged;
use super::report::{fate, ranked};
use super::select::Fate;
use super::{Outcome, Problem};
use crate::report::plot::contributions::{ContributionsPlot, ContributionsRow};
use crate::report::plot::indicators::{IndicatorGroup, IndicatorItem, IndicatorPlot};
use crate::report::plot::scatter::{ScatterPlot, ScatterPoint};
use crate::report::plot::{PlotError, Stamp};
use std::path::Path;

/// Ratio of the largest to the smallest value from which on an axis is logarithmic.
const WIDE: f64 = 20.0;
/// Candidates that are drawn.
const DRAWN: usize = 10;

/// A picture and what it shows.
pub type Drawn = (String, String);

/// Draws the pictures into a folder; gives their names with what they show.
///
/// # Errors
/// A picture cannot be written.
pub fn draw(problem: &Problem, outcome: &Outcome, folder: &Path, stamp: &Stamp) -> Result<Vec<Drawn>, PlotError> {
    let mut files = Vec::new();
    recommendation(problem, outcome).draw(&folder.join("recommendation.png"), stamp)?;
    let about = "the objective of the best candidates by its parts: less is better";
    files.push(("recommendation.png".to_string(), about.to_string()));
    if let Some(confirmed) = &outcome.confirmed {
        if let Some(baseline) = &confirmed.baseline {
            improvement(problem, baseline, &confirmed.best).draw(&folder.join("improvement.png"), stamp)?;
            let about = "change of each indicator against the file as it stands";
            files.push(("improvement.png".to_string(), about.to_string()));
        }
        if !confirmed.neighbours.is_empty() {
            neighbours(problem, outcome).draw(&folder.join("neighbours.png"), stamp)?;
            let about = "what one step from the best would change in the objective: below 0 would be better";
            files.push(("neighbours.png".to_string(), about.to_string()));
        }
    }
    let places = &problem.pareto;
    for (i, x) in places.iter().enumerate() {
        for y in &places[i + 1..] {
            let file = format!("pareto-{}-{}.png", INDICATORS[*x], INDICATORS[*y]);
            let plot = pareto(problem, outcome, *x, *y);
            if plot.points.is_empty() {
                continue;
            }
            plot.draw(&folder.join(&file), stamp)?;
            let about = format!(
                "what no other configuration that meets the bounds beats in both {} and {}",
                word(*x),
                word(*y)
            );
            files.push((file, about));
        }
    }
    Ok(files)
}

/// Parts of the objective: the weighted losses, and the cost.
fn parts(problem: &Problem, judged: &Judged) -> Vec<f64> {
    let weighted = |i: usize| {
        let weight = problem.goal.objective.weights[i];
        (weight > 0.0).then(|| weight * judged.loss(i).unwrap_or(0.0))
    };
    let mut parts: Vec<f64> = (0..5).filter_map(weighted).collect();
    if problem.goal.objective.cost.is_some() {
        parts.push(judged.cost());
    }
    parts
}

fn recommendation(problem: &Problem, outcome: &Outcome) -> ContributionsPlot {
    let goal = &problem.goal;
    let weighted = |i: &usize| goal.objective.weights[*i] > 0.0;
    let mut names: Vec<String> =
        (0..5).filter(weighted).map(|i| format!("{} × loss of {}", goal.objective.weights[i], word(i))).collect();
    if goal.objective.cost.is_some() {
        names.push("cost".into());
    }
    let row = |name: String, note: String, judged: &Judged, pale: bool| {
        let total = judged.estimate(problem.confidence)?;
        let parts = parts(problem, judged);
        Some(ContributionsRow { name, note, parts, total: total.value, half_width: total.half_width, pale })
    };
    let mut rows = Vec::new();
    if let Some(baseline) = outcome.confirmed.as_ref().and_then(|confirmed| confirmed.baseline.as_ref()) {
        rows.extend(row("the file as it stands".into(), String::new(), baseline, false));
    }
    for i in ranked(outcome).into_iter().take(DRAWN) {
        let candidate = &outcome.selection.candidates[i];
        let pale = matches!(candidate.fate, Fate::Misses(_) | Fate::Broken(_));
        let note = fate(problem, outcome, i);
        rows.extend(row(problem.space.label(&candidate.point), note, &candidate.judged, pale));
    }
    ContributionsPlot {
        heading: "Objective by its parts; less is better".into(),
        axis: "weighted losses".into(),
        parts: names,
        rows,
    }
}

fn improvement(problem: &Problem, before: &Judged, after: &Judged) -> IndicatorPlot {
    let item = |i: usize| {
        let change = change(before, after, i, problem.confidence)?;
        let better = if less_is_better(i) { "less is better" } else { "more is better" };
        Some(IndicatorItem {
            name: word(i),
            value: 100.0 * change.value,
            half_width: change.half_width.map(|half_width| 100.0 * half_width),
            note: Some(better.to_string()),
        })
    };
    IndicatorPlot {
        heading: "Change against the file as it stands".into(),
        groups: vec![IndicatorGroup {
            title: "recommended against the file as it stands".into(),
            unit: "%".into(),
            items: (0..5).filter_map(item).collect(),
        }],
    }
}

fn neighbours(problem: &Problem, outcome: &Outcome) -> IndicatorPlot {
    let mut items = Vec::new();
    if let (Some(confirmed), Some(best)) = (&outcome.confirmed, outcome.selection.best) {
        let point = &outcome.selection.candidates[best].point;
        let own = confirmed.best.estimate(problem.confidence).map_or(1.0, |own| own.value.abs().max(1e-300));
        for neighbour in &confirmed.neighbours {
            let Ok(judged) = &neighbour.judged else { continue };
            let Some(pair) = gap(&confirmed.best, judged, problem.confidence) else { continue };
            let missed = judged.excesses().iter().any(|excess| *excess > problem.goal.tolerance);
            items.push(IndicatorItem {
                name: problem.space.change(point, &neighbour.point),
                value: 100.0 * pair.difference.value / own,
                half_width: pair.difference.half_width.map(|half_width| 100.0 * half_width / own),
                note: missed.then(|| "misses a bound".to_string()),
            });
        }
    }
    IndicatorPlot {
        heading: "One step from the recommendation".into(),
        groups: vec![IndicatorGroup { title: "change of the objective".into(), unit: "%".into(), items }],
    }
}

fn pareto(problem: &Problem, outcome: &Outcome, x: usize, y: usize) -> ScatterPlot {
    let unit = |i: usize| crate::results::unit(problem.goal.objective.measures[i].dimension());
    let value = |judged: &Judged, i: usize| judged.indicator(i, problem.confidence).map(|estimate| estimate.value);
    let best = outcome.selection.best.map(|best| &outcome.selection.candidates[best].point);
    let values = outcome.evaluated(problem.goal.tolerance).into_iter().filter(|(_, _, meets)| *meets);
    let values: Vec<f64> = values.filter_map(|(_, judged, _)| value(judged, x)).collect();
    let (least, most) = values.iter().fold((f64::INFINITY, 0.0f64), |ends, v| (ends.0.min(*v), ends.1.max(*v)));
    let point = |(point, judged, meets): (&super::space::Point, &Judged, bool)| {
        let chosen = if best == Some(point) { "recommended: " } else { "" };
        let name = format!("{chosen}{}", problem.space.label(point));
        meets.then(|| Some(ScatterPoint { x: value(judged, x)?, y: value(judged, y)?, name })).flatten()
    };
    let label = |i: usize| {
        let mut name = word(i);
        name[..1].make_ascii_uppercase();
        name
    };
    let plain = |i: usize| {
        if problem.goal.objective.measures[i].dimension() == models::units::Dimension::NONE {
            String::new()
        } else {
            unit(i)
        }
    };
    ScatterPlot {
        x_label: label(x),
        x_unit: plain(x),
        y_label: label(y),
        y_unit: plain(y),
        log_x: least > 0.0 && most > WIDE * least,
        more_x: !less_is_better(x),
        more_y: !less_is_better(y),
        points: outcome.evaluated(problem.goal.tolerance).into_iter().filter_map(point).collect(),
    }
}
