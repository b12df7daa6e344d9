//! Neighbouring segments of one run as one segment.

use super::measure::{ComponentResult, FlowResult, Replication, SystemResult};
use super::visit_time::VisitTime;
use sim_core::observe::Histogram;

impl Replication {
    /// Joins segments that follow each other: counts add up, means over time are weighted by the time, means and shares per
    /// request by the requests. The time series, the events and the end are those of the last. `None` without segments.
    pub fn join(segments: &[Replication]) -> Option<Replication> {
        let last = segments.last()?;
        let spans: Vec<f64> = segments.iter().map(|segment| segment.measured).collect();
        let flows = (0..last.flows.len()).map(|i| {
            let parts: Vec<&FlowResult> = segments.iter().map(|segment| &segment.flows[i]).collect();
            join_flows(&parts, &spans)
        });
        let components = (0..last.components.len()).map(|i| {
            let parts: Vec<&ComponentResult> = segments.iter().map(|segment| &segment.components[i]).collect();
            join_components(&parts, &spans)
        });
        let systems = || segments.iter().map(|segment| &segment.system);
        let over_time =
            |value: fn(&SystemResult) -> f64| weighted(systems().map(|s| Some(value(s))), &spans).unwrap_or(0.0);
        let tasks: Vec<f64> = systems().zip(&spans).map(|(system, span)| system.tasks * span).collect();
        Some(Replication {
            flows: flows.collect(),
            components: components.collect(),
            system: SystemResult {
                energy: systems().map(|system| system.energy).sum(),
                in_system: over_time(|system| system.in_system),
                concurrency: weighted(systems().map(|system| system.concurrency), &tasks),
                tasks: over_time(|system| system.tasks),
            },
            measured: spans.iter().sum(),
            ..last.clone()
        })
    }
}

/// The mean of those values that there are, by weight.
fn weighted(values: impl Iterator<Item = Option<f64>>, weights: &[f64]) -> Option<f64> {
    let (sum, weight) = values.zip(weights).fold((0.0, 0.0), |(sum, all), (value, weight)| match value {
        Some(value) if *weight > 0.0 => (sum + value * weight, all + weight),
        _ => (sum, all),
    });
    (weight > 0.0).then(|| sum / weight)
}

fn merged<'h>(histograms: impl Iterator<Item = &'h Histogram>) -> Histogram {
    histograms.fold(Histogram::default(), |mut all, histogram| {
        all.merge(histogram);
        all
    })
}

fn join_flows(parts: &[&FlowResult], spans: &[f64]) -> FlowResult {
    let over_time =
        |value: fn(&FlowResult) -> f64| weighted(parts.iter().map(|part| Some(value(part))), spans).unwrap_or(0.0);
    let mut outcomes = [0; super::OUTCOMES];
    for part in parts {
        outcomes.iter_mut().zip(&part.outcomes).for_each(|(sum, n)| *sum += n);
    }
    FlowResult {
        latency: merged(parts.iter().map(|part| &part.latency)),
        throughput: over_time(|flow| flow.throughput),
        data_throughput: over_time(|flow| flow.data_throughput),
        born: parts.iter().map(|part| part.born).sum(),
        outcomes,
        unfinished: parts.iter().map(|part| part.unfinished).sum(),
        in_system: over_time(|flow| flow.in_system),
        energy: parts.iter().map(|part| part.energy).sum(),
    }
}

fn join_components(parts: &[&ComponentResult], spans: &[f64]) -> ComponentResult {
    let over_time =
        |value: fn(&ComponentResult) -> f64| weighted(parts.iter().map(|part| Some(value(part))), spans).unwrap_or(0.0);
    let perhaps = |value: fn(&ComponentResult) -> Option<f64>, weights: &[f64]| {
        weighted(parts.iter().map(|part| value(part)), weights)
    };
    let count = |value: fn(&ComponentResult) -> u64| parts.iter().map(|part| value(part)).sum::<u64>();
    let (ended, starts): (Vec<f64>, Vec<f64>) =
        parts.iter().map(|part| (part.ended as f64, part.starts as f64)).unzip();
    let last = parts[parts.len() - 1];
    ComponentResult {
        throughput: over_time(|c| c.throughput),
        sojourn: merged(parts.iter().map(|part| &part.sojourn)),
        visit_time: VisitTime {
            completed: parts.iter().map(|part| part.visit_time.completed).sum(),
            otherwise: parts.iter().map(|part| part.visit_time.otherwise).sum(),
            unfinished: last.visit_time.unfinished,
            before: parts[0].visit_time.before,
        },
        waiting: perhaps(|c| c.waiting, &starts),
        data_throughput: over_time(|c| c.data_throughput),
        bits: over_time(|c| c.bits),
        reliability: perhaps(|c| c.reliability, &ended),
        ended: count(|c| c.ended),
        starts: count(|c| c.starts),
        energy: parts.iter().map(|part| part.energy).sum(),
        utilisation: over_time(|c| c.utilisation),
        present: over_time(|c| c.present),
        present_max: parts.iter().map(|part| part.present_max).max().unwrap_or(0),
        queued: over_time(|c| c.queued),
        availability: over_time(|c| c.availability),
        blocked: over_time(|c| c.blocked),
        asleep: over_time(|c| c.asleep),
        dropped: count(|c| c.dropped),
        refused: count(|c| c.refused),
        reneged: count(|c| c.reneged),
        lost: count(|c| c.lost),
        failed: count(|c| c.failed),
        aborted: count(|c| c.aborted),
        retransmitted: count(|c| c.retransmitted),
        preempted: count(|c| c.preempted),
        on_floor: perhaps(|c| c.on_floor, &starts),
        instances_lost: last.instances_lost,
        battery_life: perhaps(|c| c.battery_life, spans),
        filled: last.filled,
        figures: (0..last.figures.len())
            .map(|i| weighted(parts.iter().map(|part| part.figures.get(i).copied().flatten()), spans))
            .collect(),
    }
}
