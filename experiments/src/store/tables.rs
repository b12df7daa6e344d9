//! The figures as tidy tables.

use crate::results::{Distribution, Results, Row, Scope};
use serde::{Deserialize, Serialize};
use sim_core::analyse::Estimate;
use sim_core::observe::Series;
use std::path::Path;

/// Why a table cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct TableError {
    /// The table.
    pub file: String,
    /// What is wrong.
    pub reason: String,
}

fn wrong(path: &Path) -> impl Fn(csv::Error) -> TableError {
    let file = path.display().to_string();
    move |error| TableError { file: file.clone(), reason: error.to_string() }
}

fn write<R: Serialize>(path: &Path, rows: impl IntoIterator<Item = R>) -> Result<(), TableError> {
    let mut writer = csv::Writer::from_path(path).map_err(wrong(path))?;
    for row in rows {
        writer.serialize(row).map_err(wrong(path))?;
    }
    writer.flush().map_err(|error| wrong(path)(error.into()))
}

fn read<R: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<R>, TableError> {
    let mut reader = csv::Reader::from_path(path).map_err(wrong(path))?;
    reader.deserialize().collect::<Result<Vec<R>, _>>().map_err(wrong(path))
}

/// A line of `results.csv`, and an entry of `results.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What it is about.
    pub scope: Scope,
    /// Flow, component, or "system".
    pub name: String,
    /// Such as `latency`.
    pub indicator: String,
    /// Such as `p95`.
    pub statistic: String,
    /// Base unit.
    pub unit: String,
    /// The estimate; empty where nothing was observed.
    pub value: Option<f64>,
    /// Half-width of its interval.
    pub half_width: Option<f64>,
    /// Replications that it rests on.
    pub n: u64,
}

impl From<&Row> for Line {
    fn from(row: &Row) -> Line {
        Line {
            scope: row.scope,
            name: row.name.clone(),
            indicator: row.indicator.clone(),
            statistic: row.statistic.clone(),
            unit: row.unit.clone(),
            value: row.estimate.map(|estimate| estimate.value),
            half_width: row.estimate.and_then(|estimate| estimate.half_width),
            n: row.estimate.map_or(0, |estimate| estimate.n),
        }
    }
}

impl From<Line> for Row {
    fn from(line: Line) -> Row {
        let estimate = line.value.map(|value| Estimate { value, half_width: line.half_width, n: line.n });
        let Line { scope, name, indicator, statistic, unit, .. } = line;
        Row { scope, name, indicator, statistic, unit, estimate }
    }
}

/// Writes `results.csv`.
///
/// # Errors
/// The file cannot be written.
pub fn write_results(path: &Path, results: &Results) -> Result<(), TableError> {
    write(path, results.rows.iter().map(Line::from))
}

/// The component column of the series of the whole system.
const WHOLE: &str = "(whole system)";

#[derive(Serialize, Deserialize)]
struct Moment {
    time: f64,
    component: String,
    utilisation: Option<f64>,
    present: f64,
}

/// Writes `series.csv`: time [s] at the end of each interval, utilisation [share] and requests present, averaged over the
/// interval and the replications; for the component "(whole system)" the degree of concurrency and the requests in it.
///
/// # Errors
/// The file cannot be written.
pub fn write_series(path: &Path, results: &Results) -> Result<(), TableError> {
    let of = |name: &str, present: &Series, utilisation: Option<&Series>| -> Vec<Moment> {
        let moment = |(i, present): (usize, &f64)| Moment {
            time: (i + 1) as f64 * results.in_system.interval,
            component: name.to_string(),
            utilisation: utilisation.and_then(|series| series.values.get(i).copied()),
            present: *present,
        };
        present.values.iter().enumerate().map(moment).collect()
    };
    let components = results.components.iter().zip(&results.present).zip(&results.utilisation);
    let whole = of(WHOLE, &results.in_system, Some(&results.concurrency));
    let rest = components.flat_map(|((name, present), utilisation)| of(name, present, Some(utilisation)));
    write(path, whole.into_iter().chain(rest))
}

#[derive(Serialize, Deserialize)]
struct Bin {
    flow: String,
    from: f64,
    to: f64,
    count: u64,
}

/// Writes `latency.csv`: numbers of correct requests by flow and latency [s], of all replications together.
///
/// # Errors
/// The file cannot be written.
pub fn write_latency(path: &Path, results: &Results) -> Result<(), TableError> {
    let flows = results.flows.iter().zip(&results.latencies);
    let bins = flows.flat_map(|(flow, latencies)| {
        latencies.bins.iter().map(|(from, to, count)| Bin { flow: flow.clone(), from: *from, to: *to, count: *count })
    });
    write(path, bins)
}

/// Reads the tables of a result back.
///
/// # Errors
/// One of them cannot be read.
pub fn read_results(folder: &Path, flows: &[String], components: &[String]) -> Result<Results, TableError> {
    let lines: Vec<Line> = read(&folder.join("results.csv"))?;
    let moments: Vec<Moment> = read(&folder.join("series.csv"))?;
    let bins: Vec<Bin> = read(&folder.join("latency.csv"))?;
    let series = |name: &str, value: fn(&Moment) -> Option<f64>| -> Series {
        let own: Vec<&Moment> = moments.iter().filter(|moment| moment.component == name).collect();
        let interval = own.first().map_or(0.0, |moment| moment.time);
        Series { interval, values: own.into_iter().filter_map(value).collect() }
    };
    let latencies = |flow: &String| Distribution {
        bins: bins.iter().filter(|bin| bin.flow == *flow).map(|bin| (bin.from, bin.to, bin.count)).collect(),
    };
    Ok(Results {
        rows: lines.into_iter().map(Row::from).collect(),
        samples: Vec::new(),
        flows: flows.to_vec(),
        components: components.to_vec(),
        latencies: flows.iter().map(latencies).collect(),
        utilisation: components.iter().map(|name| series(name, |moment| moment.utilisation)).collect(),
        present: components.iter().map(|name| series(name, |moment| Some(moment.present))).collect(),
        in_system: series(WHOLE, |moment| Some(moment.present)),
        concurrency: series(WHOLE, |moment| moment.utilisation),
    })
}
