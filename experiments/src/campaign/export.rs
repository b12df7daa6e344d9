//! Tidy tables of a campaign, for pandas, polars, R: one row per figure, the factors as columns.

use super::design::Design;
use super::record::{Record, Status};
use super::store::index::Index;
use super::store::{Store, StoreError};
use crate::results::{PERCENTILES, Scope};
use crate::run::Verdict;
use csv::Writer;
use sim_core::analyse::Estimate;
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;

/// What reports show of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its number, from 0.
    pub index: u64,
    /// The number of the level of each factor.
    pub levels: Vec<usize>,
    /// What became of it.
    pub status: Status,
    /// What is to be said first.
    pub remark: Option<String>,
    /// Whether the targets hold.
    pub verdicts: Vec<Verdict>,
    /// Estimates by path: the responses, and the percentiles of the latencies of flows.
    pub estimates: HashMap<String, Estimate>,
    /// What each replication gave, by response.
    pub samples: HashMap<String, Vec<Option<f64>>>,
}

impl Point {
    /// The estimate of a response, if the configuration has a steady state.
    pub fn steady(&self, path: &str) -> Option<Estimate> {
        self.estimates.get(path).copied().filter(|_| self.status == Status::Ok)
    }
}

/// The tables.
pub const FILES: [&str; 3] = ["results.csv", "replications.csv", "configurations.csv"];

/// Names that columns have which are no factors.
const TAKEN: [&str; 17] = [
    "configuration",
    "status",
    "remark",
    "scope",
    "name",
    "indicator",
    "statistic",
    "unit",
    "value",
    "half_width",
    "n",
    "replication",
    "replications",
    "warm_up",
    "events",
    "fingerprint",
    "target",
];

/// Reads all records once: writes the tables, and gives what reports show.
///
/// # Errors
/// A record cannot be read, or a table cannot be written; old tables are then as they were.
pub fn write(store: &Store, index: &Index) -> Result<Vec<Point>, StoreError> {
    let design = &store.manifest.design;
    let folder = store.folder();
    let [results, replications, configurations] = FILES.map(|file| Table::new(folder, file));
    let (mut results, mut replications, mut configurations) = (results?, replications?, configurations?);
    let factors: Vec<String> = design.factors().map(|factor| column(&factor.name)).collect();
    let head = |more: &[&str], targets: &[String]| -> Vec<String> {
        let more = more.iter().map(ToString::to_string);
        let targets = targets.iter().map(|target| format!("target {target}"));
        std::iter::once("configuration".to_string()).chain(factors.clone()).chain(more).chain(targets).collect()
    };
    results
        .row(&head(&["status", "scope", "name", "indicator", "statistic", "unit", "value", "half_width", "n"], &[]))?;
    replications
        .row(&head(&["status", "replication", "scope", "name", "indicator", "statistic", "unit", "value"], &[]))?;
    configurations.row(&head(
        &["status", "replications", "warm_up", "events", "fingerprint", "remark"],
        &store.manifest.targets,
    ))?;
    let mut points = Vec::new();
    for (number, place) in index.records() {
        let record = store.record(index, &place)?;
        let levels = design.levels(number);
        let mut front = vec![(number + 1).to_string()];
        front.extend(levels.iter().map(|level| level.number.map_or(level.shown.clone(), |number| number.to_string())));
        front.push(record.status.name().to_string());
        let with = |more: &[&str]| -> Vec<String> {
            front.iter().map(String::as_str).chain(more.iter().copied()).map(str::to_string).collect()
        };
        let verdicts: Vec<&str> = record.verdicts.iter().map(|verdict| said(*verdict)).collect();
        let missing = store.manifest.targets.len() - verdicts.len().min(store.manifest.targets.len());
        let mut row = with(&[
            &record.replications.to_string(),
            &record.warm_up.to_string(),
            &record.events.to_string(),
            &record.fingerprint,
            record.remarks.first().map_or("", String::as_str),
        ]);
        row.extend(verdicts.into_iter().map(str::to_string));
        row.extend(std::iter::repeat_n(String::new(), missing));
        configurations.row(&row)?;
        for owner in &record.owners {
            let scope = match owner.scope {
                Scope::System => "system",
                Scope::Flow => "flow",
                Scope::Component => "component",
            };
            for figure in &owner.figures {
                let what = [scope, &owner.name, &figure.indicator, &figure.statistic, &figure.unit];
                let Estimate { value, half_width, n } = figure.estimate;
                let half_width = half_width.map_or(String::new(), |half_width| half_width.to_string());
                let mut row = with(&what);
                row.extend([value.to_string(), half_width, n.to_string()]);
                results.row(&row)?;
                for (i, sample) in figure.samples.iter().enumerate() {
                    let mut row = with(&[&(i + 1).to_string()]);
                    row.extend(what.map(str::to_string));
                    row.push(sample.map_or(String::new(), |sample| sample.to_string()));
                    replications.row(&row)?;
                }
            }
        }
        points.push(point(store, design, record));
    }
    results.finish()?;
    replications.finish()?;
    configurations.finish()?;
    Ok(points)
}

/// Reads all records once: gives what reports show.
///
/// # Errors
/// A record cannot be read.
pub fn points(store: &Store, index: &Index) -> Result<Vec<Point>, StoreError> {
    let record = |(_, place)| Ok(point(store, &store.manifest.design, store.record(index, &place)?));
    index.records().map(record).collect()
}

fn point(store: &Store, design: &Design, record: Record) -> Point {
    let mut estimates = HashMap::new();
    let mut samples = HashMap::new();
    for response in &store.manifest.responses {
        if let Some(figure) = record.find(&response.path) {
            estimates.insert(response.path.clone(), figure.estimate);
            samples.insert(response.path.clone(), figure.samples.clone());
        }
    }
    for owner in record.owners.iter().filter(|owner| owner.scope == Scope::Flow) {
        let percentile = |statistic: &str| PERCENTILES.iter().any(|(name, _)| *name == statistic);
        for figure in owner.figures.iter().filter(|f| f.indicator == "latency" && percentile(&f.statistic)) {
            estimates.insert(format!("{}.{}", owner.name, figure.path()), figure.estimate);
        }
    }
    Point {
        index: record.index,
        levels: design.configuration(record.index).levels,
        status: record.status,
        remark: record.remarks.into_iter().next(),
        verdicts: record.verdicts,
        estimates,
        samples,
    }
}

fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Missed => "missed",
        Verdict::Undecided => "undecided",
    }
}

/// The column of a factor.
fn column(name: &str) -> String {
    if TAKEN.contains(&name) { format!("{name} (factor)") } else { name.to_string() }
}

/// A table that is written beside its place and moved there when it is whole.
struct Table {
    beside: std::path::PathBuf,
    path: std::path::PathBuf,
    writer: Writer<File>,
}

impl Table {
    fn new(folder: &Path, file: &str) -> Result<Table, StoreError> {
        let path = folder.join(file);
        let beside = folder.join(format!("{file}-{}.tmp", std::process::id()));
        let writer = File::create(&beside).map_err(super::store::io_at(&beside))?;
        Ok(Table { beside, path, writer: Writer::from_writer(writer) })
    }

    fn row(&mut self, cells: &[String]) -> Result<(), StoreError> {
        self.writer.write_record(cells).map_err(|error| super::store::io_at(&self.path)(error.into()))
    }

    fn finish(mut self) -> Result<(), StoreError> {
        let flushed = self.writer.flush();
        flushed.and_then(|()| fs::rename(&self.beside, &self.path)).map_err(super::store::io_at(&self.path))
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // After it has been moved there is nothing to remove.
        let _ = fs::remove_file(&self.beside);
    }
}
