//! The pictures of a result: which there are, and what goes into each.

use super::figure::Figure;
use super::plot::graph::{GraphEdge, GraphNode, GraphPlot};
use super::plot::indicators::{IndicatorGroup, IndicatorItem, IndicatorPlot};
use super::plot::latency::{LatencyPlot, LatencySeries};
use super::plot::timeline::{TimelinePanel, TimelinePlot, TimelineSeries};
use super::plot::{PlotError, Stamp};
use crate::results::{Results, Scope};
use crate::store::place::safe;
use crate::store::stored::Stored;
use models::units::{Dimension, format};
use sim_core::observe::Series;
use std::path::Path;

/// Flows whose latencies are told apart in one picture.
const TOGETHER: std::ops::RangeInclusive<usize> = 2..=6;
/// The most components in the timeline and in the picture of indicators: the busiest of them.
const SHOWN: usize = 12;

/// Draws all pictures of a result into a folder; gives their names.
///
/// # Errors
/// A picture cannot be written.
pub fn draw(stored: &Stored, folder: &Path) -> Result<Vec<String>, PlotError> {
    let manifest = &stored.manifest;
    let figure = Figure::of(&stored.results);
    let stamp = Stamp {
        title: manifest.title.clone(),
        hash: format!("{}-{}", manifest.id, manifest.fingerprint),
        footnote: manifest.basis(),
    };
    let mut names: Vec<String> = Vec::new();
    // Two flows may have the same name as a file.
    let mut fresh = |name: String| {
        let mut free = name.clone();
        let mut n = 2;
        while names.contains(&free) {
            free = format!("{name}-{n}");
            n += 1;
        }
        names.push(free.clone());
        format!("{free}.png")
    };
    let mut files = Vec::new();
    let latencies: Vec<LatencySeries> = (0..manifest.flows.len()).filter_map(|i| latency(stored, &figure, i)).collect();
    if TOGETHER.contains(&latencies.len()) {
        files.push(fresh("latency".into()));
        LatencyPlot { series: latencies.clone() }.draw(&folder.join(&files[files.len() - 1]), &stamp)?;
    }
    for series in latencies {
        files.push(fresh(format!("latency-{}", safe(&series.name))));
        LatencyPlot { series: vec![series] }.draw(&folder.join(&files[files.len() - 1]), &stamp)?;
    }
    let shown = busiest(&stored.results, &figure);
    files.push(fresh("timeline".into()));
    timeline(stored, &shown).draw(&folder.join(&files[files.len() - 1]), &stamp)?;
    files.push(fresh("indicators".into()));
    indicators(&stored.results, &figure, &shown).draw(&folder.join(&files[files.len() - 1]), &stamp)?;
    files.push(fresh("graph".into()));
    graph(stored, &figure).draw(&folder.join(&files[files.len() - 1]), &stamp)?;
    Ok(files)
}

/// The latencies of a flow; `None` without correct requests.
fn latency(stored: &Stored, figure: &Figure<'_>, flow: usize) -> Option<LatencySeries> {
    let name = &stored.manifest.flows[flow];
    let bins = &stored.results.latencies[flow].bins;
    let total: u64 = bins.iter().map(|(_, _, count)| count).sum();
    if total == 0 {
        return None;
    }
    let mut below = 0;
    let cdf = bins.iter().map(|(_, to, count)| {
        below += count;
        (*to, below as f64 / total as f64)
    });
    let percentile = |p: &str| {
        let estimate = figure.get(Scope::Flow, &stored.results.flows[flow], &format!("latency.{p}"))?;
        Some((p.to_string(), estimate.value))
    };
    Some(LatencySeries {
        name: name.clone(),
        cdf: bins.first().map(|(from, _, _)| (*from, 0.0)).into_iter().chain(cdf).collect(),
        histogram: bins.iter().map(|(from, to, count)| (*from, *to, *count as f64)).collect(),
        percentiles: ["p50", "p95", "p99"].into_iter().filter_map(percentile).collect(),
        deadline: stored.manifest.deadlines.get(flow).copied().flatten(),
    })
}

/// The components that served, by index: a device that only sends has nothing to show.
fn served(results: &Results, figure: &Figure<'_>) -> Vec<usize> {
    let some = |i: &usize, path: &str| figure.component(&results.components[*i], path).is_some_and(|value| value > 0.0);
    (0..results.components.len()).filter(|i| some(i, "throughput") || some(i, "in_system")).collect()
}

/// The components to be shown, by index, in the order of the file: those that served, and of many the busiest.
fn busiest(results: &Results, figure: &Figure<'_>) -> Vec<usize> {
    let mut all = served(results, figure);
    if all.len() > SHOWN {
        let busy = |i: &usize| figure.component(&results.components[*i], "utilisation").unwrap_or(0.0);
        all.sort_by(|a, b| busy(b).total_cmp(&busy(a)));
        all.truncate(SHOWN);
        all.sort_unstable();
    }
    all
}

/// The most points of a line.
const POINTS: usize = 250;

fn timeline(stored: &Stored, shown: &[usize]) -> TimelinePlot {
    let results = &stored.results;
    let lines = |all: &[Series], factor: f64| -> Vec<TimelineSeries> {
        let line = |i: &usize| TimelineSeries {
            name: results.components[*i].clone(),
            points: all.get(*i).map_or_else(Vec::new, |series| points(series, factor)),
            band: None,
        };
        shown.iter().map(line).collect()
    };
    let warm_up = stored.manifest.warm_up.seconds;
    let label = format!("warm-up {}", format(warm_up, Dimension::TIME));
    let marks = if warm_up > 0.0 { vec![(warm_up, label)] } else { Vec::new() };
    let panel = |label: &str, unit: &str, series, y_limit| TimelinePanel {
        y_label: label.into(),
        unit: unit.into(),
        series,
        y_limit,
        marks: marks.clone(),
    };
    let utilisation = lines(&results.utilisation, 100.0);
    // The whole scale, but where nothing could be seen on it.
    let highest = utilisation.iter().flat_map(|line| &line.points).map(|point| point.1).fold(0.0, f64::max);
    let whole = (highest > 10.0).then_some((0.0, 100.0));
    TimelinePlot {
        panels: vec![
            panel("Utilisation", "%", utilisation, whole),
            panel("Requests present", "", lines(&results.present, 1.0), None),
        ],
    }
}

/// A series as points, neighbours joined where there are many.
fn points(series: &Series, factor: f64) -> Vec<(f64, f64)> {
    let join = series.values.len().div_ceil(POINTS).max(1);
    let parts = series.values.chunks(join).enumerate();
    let point = |(i, part): (usize, &[f64])| {
        let end = (i * join + part.len()) as f64;
        (end * series.interval, factor * part.iter().sum::<f64>() / part.len() as f64)
    };
    parts.map(point).collect()
}

fn indicators(results: &Results, figure: &Figure<'_>, shown: &[usize]) -> IndicatorPlot {
    // Title, path, unit, and the factor to it.
    let groups = [
        ("Utilisation", "utilisation", "%", 100.0),
        ("Request throughput", "throughput", "1/s", 1.0),
        ("Mean latency", "latency.mean", "s", 1.0),
        ("Requests present", "in_system", "", 1.0),
        ("Data throughput", "data_throughput", "bit/s", 1.0),
        ("Reliability", "reliability", "%", 100.0),
        ("Power", "power", "W", 1.0),
    ];
    let group = |(title, path, unit, factor): (&str, &str, &str, f64)| {
        let item = |i: &usize| {
            let estimate = figure.get(Scope::Component, &results.components[*i], path)?;
            Some(IndicatorItem {
                name: results.components[*i].clone(),
                value: estimate.value * factor,
                half_width: estimate.half_width.map(|half_width| half_width * factor),
                note: None,
            })
        };
        // Power and data are not everybody's: those that have none are left out, and devices that only send are in.
        let items: Vec<IndicatorItem> = match path {
            "power" | "data_throughput" => {
                let all = 0..results.components.len();
                all.filter_map(|i| item(&i)).filter(|item| item.value != 0.0).take(SHOWN).collect()
            }
            _ => shown.iter().filter_map(item).collect(),
        };
        IndicatorGroup { title: title.into(), unit: unit.into(), items }
    };
    let telling = |group: &IndicatorGroup| match group.title.as_str() {
        // Nothing was sent, or all went well: no picture is needed to say so.
        "Reliability" => group.items.iter().any(|item| item.value < 100.0),
        _ => group.items.iter().any(|item| item.value != 0.0),
    };
    IndicatorPlot { groups: groups.into_iter().map(group).filter(telling).collect(), ..IndicatorPlot::default() }
}

fn graph(stored: &Stored, figure: &Figure<'_>) -> GraphPlot {
    let graph = &stored.manifest.graph;
    let shown = served(&stored.results, figure);
    let node = |(i, node): (usize, &crate::store::graph::Node)| GraphNode {
        name: node.name.clone(),
        kind: node.kind.clone(),
        subtitle: node.size.clone(),
        utilisation: shown
            .contains(&i)
            .then(|| figure.component(&stored.results.components[i], "utilisation"))
            .flatten(),
    };
    let edge = |edge: &crate::store::graph::Edge| GraphEdge {
        from: edge.from,
        to: edge.to,
        label: if edge.rate > 0.0 { format(edge.rate, Dimension::RATE) } else { String::new() },
        weight: edge.rate,
        flow: edge.flow,
    };
    GraphPlot {
        nodes: graph.nodes.iter().enumerate().map(node).collect(),
        edges: graph.edges.iter().map(edge).collect(),
        flows: stored.manifest.flows.clone(),
    }
}
