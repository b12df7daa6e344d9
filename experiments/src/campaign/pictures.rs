//! Pictures of a sweep: curves over one factor, maps over two, small multiples beyond, percentiles over the load, and
//! what can be had of one response for how much of another.

use super::design::{Design, Factor};
use super::export::Point;
use super::record::Status;
use super::responses::{Aim, Response};
use super::store::manifest::Manifest;
use super::{labels, report};
use crate::report::plot::heat_map::HeatMapPlot;
use crate::report::plot::indicators::{IndicatorGroup, IndicatorItem, IndicatorPlot};
use crate::report::plot::multiples::{MultiplesPlot, Panel};
use crate::report::plot::response::{ResponsePlot, ResponseSeries};
use crate::report::plot::scatter::{ScatterPlot, ScatterPoint};
use crate::report::plot::{PlotError, Stamp};
use crate::results::PERCENTILES;
use crate::store::place::safe;
use std::path::Path;

/// Curves of a panel, panels of a picture.
const CURVES: usize = 6;
const PANELS: usize = 12;
/// Ratio of the largest to the smallest value from which on an axis of responses is logarithmic.
const LOG_FROM: f64 = 100.0;
/// Rows of a picture of levels that are no numbers.
const ROWS: usize = 40;

/// A factor that a picture has an axis, curves or panels for.
#[derive(Clone, Copy)]
struct Axis<'d> {
    /// Which of the factors it is.
    number: usize,
    factor: &'d Factor,
}

impl Axis<'_> {
    /// Where a point stands: its number, or else that of its level.
    fn x(&self, point: &Point) -> f64 {
        let level = point.levels[self.number];
        self.factor.levels[level].number.unwrap_or(level as f64)
    }

    fn level(&self, point: &Point) -> usize {
        point.levels[self.number]
    }

    fn label(&self) -> String {
        labels::factor(&self.factor.name)
    }

    /// "gateway.cores = 4".
    fn with(&self, level: usize) -> String {
        format!("{} = {}", self.label(), self.factor.levels[level].shown)
    }

    fn levels(&self) -> usize {
        self.factor.levels.len()
    }
}

/// The factors that vary, of those that move together the first.
fn axes(design: &Design) -> (Vec<Axis<'_>>, bool) {
    let mut number = 0;
    let mut axes = Vec::new();
    let mut scattered = false;
    for block in &design.blocks {
        let shown = if block.scattered { block.factors.len() } else { 1 };
        scattered |= block.scattered;
        for (i, factor) in block.factors.iter().enumerate() {
            if i < shown && factor.levels.len() > 1 {
                axes.push(Axis { number, factor });
            }
            number += 1;
        }
    }
    (axes, scattered)
}

/// Draws the pictures of a sweep into a folder and gives their names.
///
/// # Errors
/// A picture cannot be written.
pub fn draw(manifest: &Manifest, points: &[Point], folder: &Path) -> Result<Vec<String>, PlotError> {
    let stamp = Stamp { title: manifest.title.clone(), hash: manifest.id.clone(), footnote: manifest.basis() };
    let (axes, scattered) = axes(&manifest.design);
    let responses = report::telling(manifest, points);
    let mut files = Vec::new();
    let mut fresh = |name: String| -> String {
        let mut free = format!("{name}.png");
        let mut n = 2;
        while files.contains(&free) {
            free = format!("{name}-{n}.png");
            n += 1;
        }
        files.push(free.clone());
        free
    };
    for response in &responses {
        let mut path = |kind: &str| folder.join(fresh(format!("{kind}-{}", safe(&response.path))));
        match axes.as_slice() {
            [] => {}
            all if scattered => scatter_panels(all, response, points).draw(&path("scatter"), &stamp)?,
            [only] if only.factor.is_numeric() => {
                curve(*only, None, response, points).draw(&path("response"), &stamp)?
            }
            [only] => bars(*only, response, points).draw(&path("response"), &stamp)?,
            [a, b] => {
                map(*a, *b, response, points).draw(&path("map"), &stamp)?;
                if let Some((x, curves)) = across(*a, *b) {
                    curve(x, Some(curves), response, points).draw(&path("response"), &stamp)?;
                }
            }
            several => multiples(several, response, points).draw(&path("multiples"), &stamp)?,
        }
    }
    if let ([only], false) = (axes.as_slice(), scattered)
        && only.factor.is_numeric()
    {
        for flow in flows(points) {
            let plot = percentiles(*only, &flow, points);
            plot.draw(&folder.join(fresh(format!("percentiles-{}", safe(&flow)))), &stamp)?;
        }
    }
    if let Some((a, b)) = trade_off(&responses) {
        let plot = pareto(&axes, a, b, points);
        if plot.points.len() > 2 {
            plot.draw(&folder.join(fresh("pareto".to_string())), &stamp)?;
        }
    }
    Ok(files)
}

/// Of two factors the one along x and the one that has a curve for each of its levels.
fn across<'d>(a: Axis<'d>, b: Axis<'d>) -> Option<(Axis<'d>, Axis<'d>)> {
    let few = |axis: &Axis<'_>| axis.levels() <= CURVES;
    match (a.factor.is_numeric() && few(&b), b.factor.is_numeric() && few(&a)) {
        (true, true) if a.levels() >= b.levels() => Some((a, b)),
        (_, true) => Some((b, a)),
        (true, false) => Some((a, b)),
        (false, false) => None,
    }
}

fn is_log(values: impl Iterator<Item = f64>) -> bool {
    let (lo, hi) = values.fold((f64::INFINITY, 0.0), |(lo, hi): (f64, f64), v| (lo.min(v), hi.max(v)));
    lo > 0.0 && hi / lo > LOG_FROM
}

/// Whether the values of a response are better read on a logarithmic axis.
fn log_y(response: &str, points: &[Point]) -> bool {
    is_log(points.iter().filter_map(|point| point.steady(response)).map(|estimate| estimate.value))
}

fn log_x(axis: Axis<'_>) -> bool {
    axis.factor.logarithmic || is_log(axis.factor.levels.iter().filter_map(|level| level.number))
}

/// The unit and the factor to it, in which a response is drawn.
fn unit(response: &Response) -> (String, f64) {
    match report::how(response) {
        crate::report::table::cell::As::Share => ("%".to_string(), 100.0),
        crate::report::table::cell::As::Of(_) => (response.unit.clone(), 1.0),
    }
}

/// Points in the order of x.
fn by_x<'p>(axis: Axis<'_>, points: impl Iterator<Item = &'p Point>) -> Vec<&'p Point> {
    let mut sorted: Vec<&Point> = points.collect();
    sorted.sort_by(|a, b| axis.x(a).total_cmp(&axis.x(b)));
    sorted
}

fn series(name: String, axis: Axis<'_>, path: &str, factor: f64, points: &[&Point]) -> ResponseSeries {
    let steady = || points.iter().filter_map(|point| Some((axis.x(point), point.steady(path)?)));
    let half_widths: Vec<f64> = steady().map(|(_, e)| e.half_width.map_or(f64::NAN, |h| h * factor)).collect();
    ResponseSeries {
        name,
        points: steady().map(|(x, estimate)| (x, estimate.value * factor)).collect(),
        half_widths: half_widths.iter().any(|half_width| half_width.is_finite()).then_some(half_widths),
        marker: true,
    }
}

/// Where no point has a steady state.
fn unstable(axis: Axis<'_>, points: &[&Point]) -> Vec<f64> {
    let mut all: Vec<f64> = points.iter().filter(|p| p.status != Status::Ok).map(|point| axis.x(point)).collect();
    all.retain(|x| points.iter().filter(|point| axis.x(point) == *x).all(|point| point.status != Status::Ok));
    all.dedup();
    all
}

/// A response over a factor, perhaps with a curve for each level of another.
fn curve(x: Axis<'_>, curves: Option<Axis<'_>>, response: &Response, points: &[Point]) -> ResponsePlot {
    let sorted = by_x(x, points.iter());
    let (unit, factor) = unit(response);
    let of_level = |axis: Axis<'_>, level: usize| -> Vec<&Point> {
        sorted.iter().copied().filter(|point| axis.level(point) == level).collect()
    };
    let series = match curves {
        None => vec![series(String::new(), x, &response.path, factor, &sorted)],
        Some(axis) => (0..axis.levels())
            .map(|level| series(axis.with(level), x, &response.path, factor, &of_level(axis, level)))
            .collect(),
    };
    ResponsePlot {
        x_label: x.label(),
        x_unit: x.factor.unit.clone(),
        y_label: labels::response(&response.path),
        y_unit: unit,
        log_x: log_x(x),
        log_y: log_y(&response.path, points),
        series,
        references: Vec::new(),
        unstable: unstable(x, &sorted),
    }
}

/// A response over levels that are no numbers.
fn bars(axis: Axis<'_>, response: &Response, points: &[Point]) -> IndicatorPlot {
    let (unit, factor) = unit(response);
    let item = |point: &Point| {
        let estimate = point.steady(&response.path);
        let note = (point.status != Status::Ok).then(|| "no steady state".to_string());
        IndicatorItem {
            name: axis.factor.levels[axis.level(point)].shown.clone(),
            value: estimate.map_or(f64::NAN, |estimate| estimate.value * factor),
            half_width: estimate.and_then(|estimate| estimate.half_width).map(|half_width| half_width * factor),
            note,
        }
    };
    let title = format!("{} by {}", labels::response(&response.path), axis.label());
    let items = points.iter().take(ROWS).map(item).collect();
    IndicatorPlot { heading: String::new(), groups: vec![IndicatorGroup { title, unit, items }] }
}

/// A response over two factors.
fn map(a: Axis<'_>, b: Axis<'_>, response: &Response, points: &[Point]) -> HeatMapPlot {
    // The longer one lies along x.
    let (x, y) = if b.levels() > a.levels() { (b, a) } else { (a, b) };
    let (unit, factor) = unit(response);
    let names = |axis: Axis<'_>| axis.factor.levels.iter().map(|level| level.shown.clone()).collect();
    let mut cells = vec![vec![None; x.levels()]; y.levels()];
    for point in points {
        if let Some(estimate) = point.steady(&response.path) {
            cells[y.level(point)][x.level(point)] = Some(estimate.value * factor);
        }
    }
    HeatMapPlot {
        label: labels::response(&response.path),
        unit,
        x_label: x.label(),
        x_levels: names(x),
        y_label: y.label(),
        y_levels: names(y),
        cells,
    }
}

/// A response over three or more factors: one along x, one with a curve for each level, the others with panels.
fn multiples(axes: &[Axis<'_>], response: &Response, points: &[Point]) -> MultiplesPlot {
    let mut order: Vec<Axis<'_>> = axes.to_vec();
    // Along x the numeric factor with most levels; of the others the one with fewest has the curves.
    order.sort_by_key(|axis| (axis.factor.is_numeric(), axis.levels()));
    let x = order.pop().unwrap_or(axes[0]);
    order.sort_by_key(|axis| std::cmp::Reverse(axis.levels()));
    let curves = order.pop().filter(|axis| axis.levels() <= CURVES);
    let rest: Vec<Axis<'_>> = axes
        .iter()
        .copied()
        .filter(|axis| axis.number != x.number && curves.is_none_or(|curves| curves.number != axis.number))
        .collect();
    let (unit, factor) = unit(response);
    let mut keys: Vec<Vec<usize>> = points.iter().map(|p| rest.iter().map(|axis| axis.level(p)).collect()).collect();
    keys.sort();
    keys.dedup();
    let left_out = keys.len().saturating_sub(PANELS);
    keys.truncate(PANELS);
    let panel = |key: &Vec<usize>| {
        let own = points.iter().filter(|point| rest.iter().zip(key).all(|(axis, level)| axis.level(point) == *level));
        let sorted = by_x(x, own);
        let of_level = |axis: Axis<'_>, level: usize| -> Vec<&Point> {
            sorted.iter().copied().filter(|point| axis.level(point) == level).collect()
        };
        Panel {
            title: rest.iter().zip(key).map(|(axis, level)| axis.with(*level)).collect::<Vec<_>>().join(", "),
            x_label: x.label(),
            x_unit: x.factor.unit.clone(),
            log_x: log_x(x),
            series: match curves {
                None => vec![series(String::new(), x, &response.path, factor, &sorted)],
                Some(axis) => (0..axis.levels())
                    .map(|level| series(axis.with(level), x, &response.path, factor, &of_level(axis, level)))
                    .collect(),
            },
            unstable: unstable(x, &sorted),
        }
    };
    let more = if left_out > 0 { format!(" ({left_out} panels more are left out)") } else { String::new() };
    MultiplesPlot {
        heading: format!("{} over {}{more}", labels::response(&response.path), x.label()),
        y_label: labels::response(&response.path),
        y_unit: unit,
        log_y: log_y(&response.path, points),
        joined: true,
        panels: keys.iter().map(panel).collect(),
    }
}

/// A response against each factor of a Latin hypercube.
fn scatter_panels(axes: &[Axis<'_>], response: &Response, points: &[Point]) -> MultiplesPlot {
    let (unit, factor) = unit(response);
    let panel = |axis: &Axis<'_>| {
        let sorted = by_x(*axis, points.iter());
        let steady =
            sorted.iter().filter_map(|point| Some((axis.x(point), point.steady(&response.path)?.value * factor)));
        Panel {
            title: axis.label(),
            x_label: axis.label(),
            x_unit: axis.factor.unit.clone(),
            log_x: log_x(*axis),
            series: vec![ResponseSeries { points: steady.collect(), marker: true, ..ResponseSeries::default() }],
            unstable: sorted.iter().filter(|p| p.status != Status::Ok).map(|point| axis.x(point)).collect(),
        }
    };
    let shown = &axes[..axes.len().min(PANELS)];
    MultiplesPlot {
        heading: format!("{} of {} configurations", labels::response(&response.path), points.len()),
        y_label: labels::response(&response.path),
        y_unit: unit,
        log_y: log_y(&response.path, points),
        joined: false,
        panels: shown.iter().map(panel).collect(),
    }
}

/// Flows that have percentiles of latency.
fn flows(points: &[Point]) -> Vec<String> {
    let mut names: Vec<String> = points
        .iter()
        .flat_map(|point| point.estimates.keys())
        .filter_map(|path| path.strip_suffix(".latency.p95").map(str::to_string))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The percentiles of the latency of a flow over a factor.
fn percentiles(x: Axis<'_>, flow: &str, points: &[Point]) -> ResponsePlot {
    let sorted = by_x(x, points.iter());
    let path = |name: &str| format!("{flow}.latency.{name}");
    let one = |(name, _): &(&str, f64)| series((*name).to_string(), x, &path(name), 1.0, &sorted);
    ResponsePlot {
        x_label: x.label(),
        x_unit: x.factor.unit.clone(),
        y_label: format!("Percentiles of latency of {flow}"),
        y_unit: "s".into(),
        log_x: log_x(x),
        log_y: is_log(sorted.iter().flat_map(|point| {
            PERCENTILES.iter().filter_map(|(name, _)| point.steady(&path(name))).map(|estimate| estimate.value)
        })),
        series: PERCENTILES.iter().map(one).collect(),
        references: Vec::new(),
        unstable: unstable(x, &sorted),
    }
}

/// Two responses that are worth setting against each other: a latency, and what it is bought with.
fn trade_off<'r>(responses: &[&'r Response]) -> Option<(&'r Response, &'r Response)> {
    let with =
        |word: &str| responses.iter().copied().find(|response| response.path.split('.').any(|part| part == word));
    let first =
        with("latency").or_else(|| responses.iter().copied().find(|response| response.aim() != Aim::Neither))?;
    let other = |response: &&'r Response| response.path != first.path;
    let bought = ["power", "energy", "energy_per_request", "reliability", "throughput"].into_iter().find_map(with);
    let any = responses.iter().copied().filter(|response| response.aim() != Aim::Neither).find(other);
    Some((first, bought.filter(other).or(any)?))
}

fn pareto(axes: &[Axis<'_>], x: &Response, y: &Response, points: &[Point]) -> ScatterPlot {
    let ((x_unit, x_factor), (y_unit, y_factor)) = (unit(x), unit(y));
    let name = |point: &Point| axes.iter().map(|axis| axis.with(axis.level(point))).collect::<Vec<_>>().join(", ");
    let one = |point: &Point| {
        let (x, y) = (point.steady(&x.path)?, point.steady(&y.path)?);
        Some(ScatterPoint { x: x.value * x_factor, y: y.value * y_factor, name: name(point) })
    };
    ScatterPlot {
        x_label: labels::response(&x.path),
        x_unit,
        y_label: labels::response(&y.path),
        y_unit,
        log_x: log_y(&x.path, points),
        more_x: x.aim() == Aim::High,
        more_y: y.aim() == Aim::High,
        points: points.iter().filter_map(one).collect(),
    }
}
