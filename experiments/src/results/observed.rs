//! What one replication gave, in the order of [`indicators`](super::indicators::indicators).

use super::indicators::{COMPONENT, PERCENTILES};
use models::simulation::{ComponentResult, FlowResult, OUTCOMES, Replication};
use sim_core::analyse::Ratio;
use sim_core::observe::Histogram;

/// What one replication gave of one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observed {
    /// A value, such as a mean over time, or a percentile.
    Plain(Option<f64>),
    /// A mean per request, or a share of requests: replications with many requests weigh more.
    Ratio(Ratio),
}

impl Observed {
    /// A mean or a share, and of how many.
    pub fn per(mean: Option<f64>, of: f64) -> Observed {
        Observed::Ratio(match mean.filter(|_| of > 0.0) {
            Some(mean) => Ratio { numerator: mean * of, denominator: of },
            None => Ratio { numerator: 0.0, denominator: 0.0 },
        })
    }

    /// A part of a whole.
    fn part(numerator: f64, denominator: f64) -> Observed {
        match denominator > 0.0 {
            true => Observed::Ratio(Ratio { numerator, denominator }),
            false => Observed::Ratio(Ratio { numerator: 0.0, denominator: 0.0 }),
        }
    }

    /// The value; `None` where nothing was observed.
    pub fn value(self) -> Option<f64> {
        match self {
            Observed::Plain(value) => value,
            Observed::Ratio(ratio) => (ratio.denominator > 0.0).then(|| ratio.numerator / ratio.denominator),
        }
    }
}

/// All values of a replication: of the system, of the flows, of the components. `written` are the flows of the file, and
/// `whole` holds their latencies.
pub(super) fn observed(
    replication: &Replication,
    written: &[FlowResult],
    whole: &Histogram,
    ticks: f64,
) -> Vec<Observed> {
    let mut all = system_values(replication, written, whole, ticks);
    for flow in &replication.flows {
        all.extend(flow_values(flow, replication, ticks));
    }
    for component in &replication.components {
        all.extend(component_values(component, replication, ticks));
    }
    all
}

fn latency_values(histogram: &Histogram, ticks: f64) -> Vec<Observed> {
    let mut values = vec![
        Observed::part(histogram.sum() as f64 / ticks, histogram.count() as f64),
        Observed::Plain(histogram.min().map(|min| min as f64 / ticks)),
        Observed::Plain(histogram.max().map(|max| max as f64 / ticks)),
    ];
    values.extend(PERCENTILES.iter().map(|(_, p)| Observed::Plain(histogram.quantile(*p).map(|q| q / ticks))));
    values
}

/// What every owner has, in the order of the table, but for the bare `latency`.
struct Common<'r> {
    throughput: f64,
    latency: &'r Histogram,
    data: f64,
    reliability: Observed,
    energy: f64,
    in_system: f64,
    measured: f64,
}

fn values(common: &Common<'_>, ticks: f64) -> Vec<Observed> {
    let plain = |value: f64| Observed::Plain(Some(value));
    let mut all = vec![plain(common.throughput)];
    all.extend(latency_values(common.latency, ticks));
    all.extend([
        plain(common.data),
        common.reliability,
        plain(common.energy),
        plain(common.energy / common.measured),
        Observed::part(common.energy, common.throughput * common.measured),
        plain(common.in_system),
    ]);
    all
}

fn shares(outcomes: &[u64], born: u64, unfinished: u64) -> Vec<Observed> {
    let share = |n: u64| Observed::part(n as f64, born as f64);
    outcomes.iter().map(|n| share(*n)).chain([share(unfinished)]).collect()
}

fn system_values(replication: &Replication, flows: &[FlowResult], whole: &Histogram, ticks: f64) -> Vec<Observed> {
    let sum = |f: fn(&FlowResult) -> f64| flows.iter().map(f).sum::<f64>();
    let born: u64 = flows.iter().map(|flow| flow.born).sum();
    let correct: u64 = flows.iter().map(|flow| flow.correct()).sum();
    let common = Common {
        throughput: sum(|flow| flow.throughput),
        latency: whole,
        data: sum(|flow| flow.data_throughput),
        reliability: Observed::part(correct as f64, born as f64),
        energy: replication.system.energy,
        in_system: replication.system.in_system,
        measured: replication.measured,
    };
    let mut all = values(&common, ticks);
    let mut outcomes = [0u64; OUTCOMES];
    for flow in flows {
        outcomes.iter_mut().zip(&flow.outcomes).for_each(|(sum, n)| *sum += n);
    }
    all.extend(shares(&outcomes, born, flows.iter().map(|flow| flow.unfinished).sum()));
    let seconds = replication.system.tasks * replication.measured;
    all.push(Observed::per(replication.system.concurrency, seconds));
    all
}

fn flow_values(flow: &FlowResult, replication: &Replication, ticks: f64) -> Vec<Observed> {
    let common = Common {
        throughput: flow.throughput,
        latency: &flow.latency,
        data: flow.data_throughput,
        reliability: Observed::part(flow.correct() as f64, flow.born as f64),
        energy: flow.energy,
        in_system: flow.in_system,
        measured: replication.measured,
    };
    let mut all = values(&common, ticks);
    all.extend(shares(&flow.outcomes, flow.born, flow.unfinished));
    all
}

fn component_values(component: &ComponentResult, replication: &Replication, ticks: f64) -> Vec<Observed> {
    let common = Common {
        throughput: component.throughput,
        latency: &component.sojourn,
        data: component.data_throughput,
        reliability: Observed::per(component.reliability, component.ended as f64),
        energy: component.energy,
        in_system: component.present,
        measured: replication.measured,
    };
    let mut all = values(&common, ticks);
    all.extend(COMPONENT.iter().map(|(_, _, figure)| figure(component, replication.measured)));
    all.extend(component.figures.iter().map(|figure| Observed::Plain(*figure)));
    all
}
