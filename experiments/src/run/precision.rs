//! Half-widths beside those that were asked for.

use super::Advice;
use crate::results::{Results, Scope, unit};
use crate::study::Goals;
use models::system::System;
use models::units::Dimension;
use sim_core::analyse::Estimate;

/// How near a run has come to a goal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reached {
    /// Half-width over the one wanted; at most 1 when it is met.
    pub share: f64,
    indicator: String,
    within: f64,
    unit: Option<String>,
}

impl Reached {
    /// That it was not met.
    pub fn not_met(self, batches: bool) -> Advice {
        let reached = self.share * self.within;
        Advice::NotPrecise { indicator: self.indicator, reached, wanted: self.within, unit: self.unit, batches }
    }
}

/// The goal that is the furthest from being met; `None` where there is nothing to be judged.
pub(super) fn worst(system: &System, results: &Results, goals: &Goals) -> Option<Reached> {
    let all: Vec<Reached> = match goals {
        Goals::Flows(within) => {
            // What components do by themselves is not judged.
            let own = |name: &str| system.flows.iter().any(|flow| flow.owned.is_some() && flow.name == name);
            let judged = results.rows.iter().filter(|row| {
                row.scope == Scope::Flow
                    && !own(&row.name)
                    && matches!(row.path_below().as_str(), "latency.mean" | "throughput")
            });
            // Nothing can be relative to nothing.
            let told = judged.filter_map(|row| Some((row.path(), row.estimate.filter(|e| e.value != 0.0)?)));
            told.map(|(path, estimate)| reached(path, Some(estimate), *within, None)).collect()
        }
        Goals::Named(goals) => {
            let of = |goal: &crate::study::Goal| {
                let unit = (!goal.relative).then(|| unit_of(goal.dimension));
                reached(goal.path.clone(), results.find(&goal.path), goal.within, unit)
            };
            goals.iter().map(of).collect()
        }
    };
    all.into_iter().max_by(|a, b| a.share.total_cmp(&b.share))
}

fn unit_of(dimension: Dimension) -> String {
    if dimension == Dimension::NONE { String::new() } else { unit(dimension) }
}

fn reached(indicator: String, estimate: Option<Estimate>, within: f64, unit: Option<String>) -> Reached {
    let half_width = estimate.and_then(|e| {
        let scale = if unit.is_some() { 1.0 } else { e.value.abs() };
        match e.half_width? {
            0.0 => Some(0.0),
            half_width => Some(half_width / scale),
        }
    });
    Reached { share: half_width.unwrap_or(f64::INFINITY) / within, indicator, within, unit }
}
