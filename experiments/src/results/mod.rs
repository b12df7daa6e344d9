//! Results: what all replications, or all batches of one long run, say together, as rows of (what, statistic, value,
//! half-width, n).
//!
//! `indicators` names what there is, `observed` takes it from a replication, `collect` makes estimates of many, and
//! `batches` of the segments of one.

mod batches;
mod collect;
mod indicators;
mod observed;

pub use batches::{Batches, FINEST};
pub use collect::{Collector, Sample};
pub use indicators::{Owner, PERCENTILES, dimension, indicators, is_extreme, is_share, unit};

use serde::{Deserialize, Serialize};
use sim_core::analyse::Estimate;
use sim_core::observe::{Histogram, Series};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The whole.
    System,
    /// A flow.
    Flow,
    /// A component.
    Component,
}

/// The path of a figure below its owner: `latency.p95`, or `throughput` where the statistic is the mean.
pub fn path_below(indicator: &str, statistic: &str) -> String {
    match statistic {
        "mean" if indicator != "latency" => indicator.to_string(),
        _ => format!("{indicator}.{statistic}"),
    }
}

/// One estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What it is about.
    pub scope: Scope,
    /// Name of the flow or component; "system" for the whole.
    pub name: String,
    /// Such as `latency`.
    pub indicator: String,
    /// Such as `p95`.
    pub statistic: String,
    /// Base unit of the value; empty for shares and numbers.
    pub unit: String,
    /// The estimate and its half-width; `None` where nothing was observed.
    pub estimate: Option<Estimate>,
}

impl Row {
    /// The same without the owner.
    pub fn path_below(&self) -> String {
        path_below(&self.indicator, &self.statistic)
    }

    /// The path under which targets and plots find it, such as `telemetry.latency.p95`.
    pub fn path(&self) -> String {
        match self.scope {
            Scope::System => self.path_below(),
            Scope::Flow | Scope::Component => format!("{}.{}", self.name, self.path_below()),
        }
    }

    /// Whether that is its path, where `.mean` may be left out or not.
    fn is_at(&self, path: &str) -> bool {
        let rest = match self.scope {
            Scope::System => Some(path),
            Scope::Flow | Scope::Component => path.strip_prefix(self.name.as_str()).and_then(|p| p.strip_prefix('.')),
        };
        match rest.and_then(|rest| rest.strip_prefix(self.indicator.as_str())) {
            None => false,
            Some("") => self.statistic == "mean",
            Some(rest) => rest.strip_prefix('.') == Some(self.statistic.as_str()),
        }
    }
}

/// A distribution of latencies: bins with their counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// (lower edge [s], upper edge [s], count).
    pub bins: Vec<(f64, f64, u64)>,
}

impl Distribution {
    fn of(histogram: &Histogram, ticks: f64) -> Distribution {
        // At most some hundred bins are kept: neighbours are joined.
        let all: Vec<(u64, u64, u64)> = histogram.buckets().collect();
        let join = all.len().div_ceil(600).max(1);
        let bins = all
            .chunks(join)
            .map(|part| {
                let count = part.iter().map(|(_, _, count)| count).sum();
                (part[0].0 as f64 / ticks, part[part.len() - 1].1 as f64 / ticks, count)
            })
            .collect();
        Distribution { bins }
    }
}

/// What all replications together say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The estimates.
    pub rows: Vec<Row>,
    /// Names of the flows.
    pub flows: Vec<String>,
    /// Names of the components.
    pub components: Vec<String>,
    /// Latencies of each flow.
    pub latencies: Vec<Distribution>,
    /// Utilisation of each component over time, mean of the replications.
    pub utilisation: Vec<Series>,
    /// Requests present at each component over time.
    pub present: Vec<Series>,
    /// Requests in the system over time.
    pub in_system: Series,
    /// Degree of concurrency over time.
    pub concurrency: Series,
}

impl Results {
    /// The estimate under a path such as `telemetry.latency.p95`, `system.energy` or `reliability`.
    pub fn find(&self, path: &str) -> Option<Estimate> {
        let path = path.strip_prefix("system.").unwrap_or(path);
        self.rows.iter().find(|row| row.is_at(path)).and_then(|row| row.estimate)
    }
}
