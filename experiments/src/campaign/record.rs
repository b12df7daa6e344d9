//! What is kept of a configuration: its figures, and what each replication gave.

use super::design::Configuration;
use crate::results::{PERCENTILES, Results, Row, Scope};
use crate::run::{Advice, Run, Verdict};
use crate::study::{Refused, Study};
use serde::{Deserialize, Serialize};
use sim_core::analyse::Estimate;

/// What became of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was simulated.
    Ok,
    /// It was simulated, and has no steady state: its figures depend on the horizon.
    Unstable,
    /// It is no system that can be run, or one that does not fit into memory.
    Refused,
    /// The simulator itself failed on it.
    Failed,
}

impl Status {
    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Unstable => "unstable",
            Status::Refused => "refused",
            Status::Failed => "failed",
        }
    }
}

/// One estimate of a configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct Figure {
    /// Such as `latency`.
    pub indicator: String,
    /// Such as `p95`.
    pub statistic: String,
    /// Base unit; empty for shares and numbers.
    pub unit: String,
    /// The estimate.
    pub estimate: Estimate,
    /// What each replication gave, where that is kept.
    pub samples: Vec<Option<f64>>,
}

/// As it is written: names of fields would be most of a store.
type Packed = (String, String, String, f64, Option<f64>, u64, Vec<Option<f64>>);

impl From<Packed> for Figure {
    fn from((indicator, statistic, unit, value, half_width, n, samples): Packed) -> Figure {
        Figure { indicator, statistic, unit, estimate: Estimate { value, half_width, n }, samples }
    }
}

impl From<Figure> for Packed {
    fn from(figure: Figure) -> Packed {
        let Estimate { value, half_width, n } = figure.estimate;
        (figure.indicator, figure.statistic, figure.unit, value, half_width, n, figure.samples)
    }
}

impl Figure {
    /// Its path below its owner, such as `latency.p95`.
    pub fn path(&self) -> String {
        if self.statistic == "mean" && self.indicator != "latency" {
            self.indicator.clone()
        } else {
            format!("{}.{}", self.indicator, self.statistic)
        }
    }
}

/// The figures of a flow, a component or the system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owned {
    /// What it is.
    pub scope: Scope,
    /// Its name; "system" for the whole.
    pub name: String,
    /// What was measured.
    pub figures: Vec<Figure>,
}

/// A configuration that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number, from 0.
    pub index: u64,
    /// The fields that it changes.
    pub set: Vec<(String, String)>,
    /// What became of it.
    pub status: Status,
    /// What is to be said beside: first why it has no figures, or none of a steady state.
    pub remarks: Vec<String>,
    /// Replications.
    pub replications: u64,
    /// Warm-up [s].
    pub warm_up: f64,
    /// Events of all replications.
    pub events: u64,
    /// Hash over all events, hexadecimal.
    pub fingerprint: String,
    /// Whether the targets hold, in their order.
    pub verdicts: Vec<Verdict>,
    /// The figures.
    pub owners: Vec<Owned>,
}

/// Which replications' values are kept beside the estimates.
#[derive(Clone, Debug, Default)]
pub struct Keep {
    /// Paths of responses.
    pub responses: Vec<String>,
}

/// Indicators of which flows and the system keep what each replication gave.
const KEPT: [&str; 6] = ["throughput", "data_throughput", "reliability", "energy", "power", "energy_per_request"];

impl Keep {
    fn keeps(&self, row: &Row) -> bool {
        let latency = row.indicator == "latency"
            && (row.statistic == "mean" || PERCENTILES.iter().any(|(name, _)| *name == row.statistic));
        let usual = row.scope != Scope::Component && (latency || KEPT.contains(&row.indicator.as_str()));
        usual || self.responses.iter().any(|path| names(path, row.scope, &row.name, &row.path_below()))
    }
}

/// Whether a path such as `telemetry.latency.p95` means a figure.
fn names(path: &str, scope: Scope, owner: &str, below: &str) -> bool {
    let rest = match scope {
        Scope::System => path.strip_prefix("system.").unwrap_or(path),
        _ => match path.strip_prefix(owner).and_then(|rest| rest.strip_prefix('.')) {
            Some(rest) => rest,
            None => return false,
        },
    };
    rest == below || below.strip_suffix(".mean") == Some(rest)
}

impl Record {
    /// What a run gave.
    pub fn of(configuration: &Configuration, study: &Study, run: &Run, keep: &Keep) -> Record {
        let unstable = run.advice.iter().any(Advice::is_failure);
        let mut advice: Vec<&Advice> = run.advice.iter().collect();
        advice.sort_by_key(|advice| !advice.is_failure());
        Record {
            index: configuration.index,
            set: configuration.overrides.clone(),
            status: if unstable { Status::Unstable } else { Status::Ok },
            remarks: advice.into_iter().map(Advice::text).collect(),
            replications: run.replications,
            warm_up: run.warm_up as f64 / study.plan.clock.ticks_per_second(),
            events: run.events,
            fingerprint: format!("{:016x}", run.fingerprint),
            verdicts: run.verdicts.iter().map(|(_, verdict, _)| *verdict).collect(),
            owners: owners(&run.results, keep),
        }
    }

    /// A configuration without figures.
    pub fn without(configuration: &Configuration, status: Status, why: String) -> Record {
        Record {
            index: configuration.index,
            set: configuration.overrides.clone(),
            status,
            remarks: vec![why],
            replications: 0,
            warm_up: 0.0,
            events: 0,
            fingerprint: String::new(),
            verdicts: Vec::new(),
            owners: Vec::new(),
        }
    }

    /// A configuration that is no system that can be run.
    pub fn refused(configuration: &Configuration, refused: &Refused) -> Record {
        Record::without(configuration, Status::Refused, refused.message.clone())
    }

    /// The figure under a path such as `telemetry.latency.p95` or `reliability`.
    pub fn find(&self, path: &str) -> Option<&Figure> {
        self.owners
            .iter()
            .find_map(|owner| owner.figures.iter().find(|figure| names(path, owner.scope, &owner.name, &figure.path())))
    }
}

fn owners(results: &Results, keep: &Keep) -> Vec<Owned> {
    let mut owners: Vec<Owned> = Vec::new();
    for (i, row) in results.rows.iter().enumerate() {
        if owners.last().is_none_or(|last| last.scope != row.scope || last.name != row.name) {
            owners.push(Owned { scope: row.scope, name: row.name.clone(), figures: Vec::new() });
        }
        let finite = row.estimate.filter(|estimate| estimate.value.is_finite());
        if let (Some(estimate), Some(owner)) = (finite, owners.last_mut()) {
            let half_width = estimate.half_width.filter(|half_width| half_width.is_finite());
            let samples = results.samples.get(i).filter(|_| keep.keeps(row)).cloned().unwrap_or_default();
            owner.figures.push(Figure {
                indicator: row.indicator.clone(),
                statistic: row.statistic.clone(),
                unit: row.unit.clone(),
                estimate: Estimate { half_width, ..estimate },
                samples: samples.into_iter().map(|value| value.filter(|value| value.is_finite())).collect(),
            });
        }
    }
    owners
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_figures_of_flows_components_and_the_system() {
        assert!(names("telemetry.latency.p95", Scope::Flow, "telemetry", "latency.p95"));
        assert!(names("telemetry.latency", Scope::Flow, "telemetry", "latency.mean"));
        assert!(names("gateway.utilisation", Scope::Component, "gateway", "utilisation"));
        assert!(names("power", Scope::System, "system", "power"));
        assert!(names("system.power", Scope::System, "system", "power"));
        assert!(!names("latency.p95", Scope::Flow, "telemetry", "latency.p95"));
        assert!(!names("telemetry.latency.p99", Scope::Flow, "telemetry", "latency.p95"));
        assert!(!names("telemetryx.latency.p95", Scope::Flow, "telemetry", "latency.p95"));
    }

    #[test]
    fn a_figure_comes_back_to_the_bit() {
        let figure = Figure {
            indicator: "latency".into(),
            statistic: "p95".into(),
            unit: "s".into(),
            estimate: Estimate { value: 0.1 + 0.2, half_width: Some(1e-17), n: 2 },
            samples: vec![Some(1.0 / 3.0), None],
        };
        let text = serde_json::to_string(&figure).unwrap();
        assert_eq!(text, r#"["latency","p95","s",0.30000000000000004,1e-17,2,[0.3333333333333333,null]]"#);
        assert_eq!(serde_json::from_str::<Figure>(&text).unwrap(), figure);
    }
}
