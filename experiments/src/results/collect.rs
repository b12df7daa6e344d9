//! From replications to estimates.

use super::indicators::{Owner, PERCENTILES, indicators, unit};
use super::observed::{Observed, observed};
use super::{Distribution, Results, Row, Scope};
use models::simulation::Replication;
use models::system::System;
use models::units::Dimension;
use sim_core::analyse::{Estimate, Ratio, estimate, jackknife, pseudo_values, section};
use sim_core::observe::{Histogram, Series};

/// What each replication adds to an estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// By replication: its value, or for a ratio the pseudo-value of the jackknife; their mean is the estimate.
    pub values: Vec<Option<f64>>,
    /// The estimate where it is not the mean: a percentile of all observations together.
    pub centre: Option<f64>,
}

/// The ratios, if that is what they are.
fn ratios(observed: &[Observed]) -> Option<Vec<Ratio>> {
    let ratio = |observed: &Observed| match observed {
        Observed::Ratio(ratio) => Some(*ratio),
        Observed::Plain(_) => None,
    };
    observed.iter().map(ratio).collect()
}

/// All observations of one kind, pooled, and what each replication gave.
#[derive(Clone, Debug, Default)]
struct Column {
    scope: Option<Scope>,
    name: String,
    indicator: &'static str,
    statistic: &'static str,
    dimension: Option<Dimension>,
    values: Vec<Observed>,
    /// For percentiles: which pooled histogram, and the share.
    quantile: Option<(usize, f64)>,
}

/// Collects replications, in their order.
#[derive(Clone, Debug)]
pub struct Collector<'s> {
    system: &'s System,
    ticks: f64,
    columns: Vec<Column>,
    /// Latencies pooled: system, flows, components.
    pooled: Vec<Histogram>,
    utilisation: Vec<Series>,
    present: Vec<Series>,
    in_system: Series,
    concurrency: Series,
    /// Replications so far.
    pub replications: u64,
    /// Events so far.
    pub events: u64,
    /// Fingerprints combined.
    pub fingerprint: u64,
}

impl<'s> Collector<'s> {
    /// A collector for a system.
    pub fn new(system: &'s System) -> Collector<'s> {
        let mut columns = Vec::new();
        let mut owner = |scope: Scope, name: &str, pool: usize, whose: Owner| {
            for (path, dimension) in indicators(whose) {
                if path == "latency" {
                    continue;
                }
                let (indicator, statistic) = path.split_once('.').unwrap_or((path, "mean"));
                let quantile = PERCENTILES.iter().find(|(name, _)| *name == statistic).map(|(_, p)| (pool, *p));
                columns.push(Column {
                    scope: Some(scope),
                    name: name.to_string(),
                    indicator,
                    statistic,
                    dimension: Some(dimension),
                    values: Vec::new(),
                    quantile,
                });
            }
        };
        owner(Scope::System, "system", 0, Owner::System);
        for (i, flow) in system.flows.iter().enumerate() {
            owner(Scope::Flow, &flow.name, 1 + i, Owner::Flow);
        }
        for (i, station) in system.stations.iter().enumerate() {
            let whose = Owner::Component(station.figures);
            owner(Scope::Component, &station.name, 1 + system.flows.len() + i, whose);
        }
        Collector {
            system,
            ticks: system.clock.ticks_per_second(),
            columns,
            pooled: vec![Histogram::default(); 1 + system.flows.len() + system.stations.len()],
            utilisation: Vec::new(),
            present: Vec::new(),
            in_system: Series::default(),
            concurrency: Series::default(),
            replications: 0,
            events: 0,
            fingerprint: 0,
        }
    }

    /// Adds a replication.
    pub fn add(&mut self, replication: &Replication) {
        let mut whole = Histogram::default();
        // The whole is what the flows of the file are; what components do by themselves is a load, and no work.
        let written = self.system.flows.iter().filter(|flow| flow.owned.is_none()).count();
        let flows = &replication.flows[..written];
        flows.iter().for_each(|flow| whole.merge(&flow.latency));
        for (column, value) in self.columns.iter_mut().zip(observed(replication, flows, &whole, self.ticks)) {
            column.values.push(value);
        }
        self.pooled[0].merge(&whole);
        for (i, flow) in replication.flows.iter().enumerate() {
            self.pooled[1 + i].merge(&flow.latency);
        }
        for (i, component) in replication.components.iter().enumerate() {
            self.pooled[1 + replication.flows.len() + i].merge(&component.sojourn);
        }
        self.replications += 1;
        let n = self.replications as f64;
        let into = |mean: &mut Series, series: &Series| {
            if mean.values.is_empty() {
                *mean = series.clone();
                return;
            }
            mean.values.truncate(series.values.len());
            for (own, value) in mean.values.iter_mut().zip(&series.values) {
                *own += (value - *own) / n;
            }
        };
        self.utilisation.resize(replication.utilisation.len(), Series::default());
        self.present.resize(replication.present.len(), Series::default());
        for (mean, series) in self.utilisation.iter_mut().zip(&replication.utilisation) {
            into(mean, series);
        }
        for (mean, series) in self.present.iter_mut().zip(&replication.present) {
            into(mean, series);
        }
        into(&mut self.in_system, &replication.in_system);
        into(&mut self.concurrency, &replication.concurrency);
        self.events += replication.events;
        self.fingerprint = sim_core::random::combine(self.fingerprint, replication.fingerprint);
    }

    /// The number of columns, which is that of the rows of the results.
    pub(super) fn columns(&self) -> usize {
        self.columns.len()
    }

    /// The name of an indicator, such as `latency`, and of the statistic, such as `p95`.
    pub(super) fn name(&self, index: usize) -> (&'static str, &'static str) {
        (self.columns[index].indicator, self.columns[index].statistic)
    }

    /// What was observed, one value after the other; `None` where one is missing.
    pub(super) fn values(&self, index: usize) -> Option<Vec<f64>> {
        self.columns[index].values.iter().map(|observed| observed.value()).collect()
    }

    /// The estimate of one row.
    pub(super) fn estimate(&self, index: usize, confidence: f64) -> Option<Estimate> {
        let column = &self.columns[index];
        let values = column.values.iter().map(|observed| observed.value());
        let extreme: Option<fn(f64, f64) -> f64> = match (column.indicator, column.statistic) {
            ("latency", "min") => Some(f64::min),
            ("latency", "max") => Some(f64::max),
            _ => None,
        };
        if let Some(extreme) = extreme {
            // Of all replications together; an interval would say nothing of it.
            let n = values.clone().flatten().count() as u64;
            let value = values.flatten().reduce(extreme)?;
            return Some(Estimate { value, half_width: None, n });
        }
        match column.quantile {
            Some((pool, p)) => {
                let pooled = &self.pooled[pool];
                let estimate = section(self.pooled_quantile(column), values, confidence)?;
                // Where many values are alike the buckets of the histogram add an error of their own.
                let error = pooled.quantile_error(p) / self.ticks;
                Some(Estimate { half_width: estimate.half_width.map(|half_width| half_width + error), ..estimate })
            }
            None => match ratios(&column.values) {
                Some(ratios) => jackknife(&ratios, confidence),
                None => estimate(values, confidence),
            },
        }
    }

    fn pooled_quantile(&self, column: &Column) -> Option<f64> {
        let (pool, p) = column.quantile?;
        self.pooled[pool].quantile(p).map(|ticks| ticks / self.ticks)
    }

    /// What each replication adds to the estimate of each row: to compare runs replication by replication.
    pub fn samples(&self) -> Vec<Sample> {
        let sample = |column: &Column| {
            let plain = || column.values.iter().map(|observed| observed.value()).collect();
            let values = match ratios(&column.values).and_then(|ratios| pseudo_values(&ratios)) {
                Some(pseudo) => pseudo.into_iter().map(Some).collect(),
                None => plain(),
            };
            Sample { values, centre: self.pooled_quantile(column) }
        };
        self.columns.iter().map(sample).collect()
    }

    /// The results so far.
    pub fn finish(&self, confidence: f64) -> Results {
        self.finish_with(&|index| self.estimate(index, confidence))
    }

    /// The results, with estimates from elsewhere.
    pub(super) fn finish_with(&self, estimate: &dyn Fn(usize) -> Option<Estimate>) -> Results {
        let rows = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| Row {
                scope: column.scope.unwrap_or(Scope::System),
                name: column.name.clone(),
                indicator: column.indicator.to_string(),
                statistic: column.statistic.to_string(),
                unit: column.dimension.map_or(String::new(), unit),
                estimate: estimate(index),
            })
            .collect();
        let names = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<String>>();
        Results {
            rows,
            samples: self.columns.iter().map(|column| column.values.iter().map(|v| v.value()).collect()).collect(),
            latencies: self.pooled[1..=self.system.flows.len()]
                .iter()
                .map(|h| Distribution::of(h, self.ticks))
                .collect(),
            flows: names(self.system.flows.iter().map(|flow| &flow.name).collect()),
            components: names(self.system.stations.iter().map(|station| &station.name).collect()),
            utilisation: self.utilisation.clone(),
            present: self.present.clone(),
            in_system: self.in_system.clone(),
            concurrency: self.concurrency.clone(),
        }
    }
}
