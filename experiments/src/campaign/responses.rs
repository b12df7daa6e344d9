//! Responses: the indicators that reports on many configurations show.

use crate::study::Study;
use models::units::Dimension;
use serde::{Deserialize, Serialize};

/// Flows whose latencies are shown by default.
const FLOWS: usize = 3;

/// An indicator that is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Its path, such as `telemetry.latency.p95`.
    pub path: String,
    /// Base unit; empty for shares and numbers.
    pub unit: String,
    /// Whether it was asked for: others are left out where they are the same everywhere.
    pub asked: bool,
}

/// Whether more of an indicator is better, less of it, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// As much as possible.
    High,
    /// As little as possible.
    Low,
    /// It is no aim.
    Neither,
}

impl Response {
    /// What is to be aimed at.
    pub fn aim(&self) -> Aim {
        const HIGH: [&str; 5] = ["throughput", "data_throughput", "reliability", "availability", "battery_life"];
        const LOW: [&str; 11] = [
            "latency",
            "energy",
            "power",
            "energy_per_request",
            "waiting",
            "queue",
            "dropped",
            "lost",
            "failed",
            "refused",
            "unfinished",
        ];
        let mut words = self.path.split('.');
        if words.clone().any(|word| LOW.contains(&word)) {
            Aim::Low
        } else if words.any(|word| HIGH.contains(&word)) {
            Aim::High
        } else {
            Aim::Neither
        }
    }
}

/// The responses that a section or the command line asks for, or else latency by flow, throughput, reliability and
/// power.
///
/// # Errors
/// Nothing is measured under one of them: what is wrong, and what would be right.
pub fn responses(study: &Study, asked: &[String]) -> Result<Vec<Response>, (String, Option<String>)> {
    let response = |path: &str, asked: bool| {
        let dimension = study.indicator(path)?;
        let unit = if dimension == Dimension::NONE { String::new() } else { crate::results::unit(dimension) };
        Ok(Response { path: path.to_string(), unit, asked })
    };
    if !asked.is_empty() {
        return asked.iter().map(|path| response(path, true)).collect();
    }
    let flows = study.lowered.system.flows.iter().filter(|flow| flow.arrivals.is_some());
    let latencies = flows
        .take(FLOWS)
        .flat_map(|flow| ["mean", "p95"].map(|statistic| format!("{}.latency.{statistic}", flow.name)));
    let whole = ["throughput", "reliability", "power"].map(str::to_string);
    // Flows with the name of a component have no paths.
    Ok(latencies.chain(whole).filter_map(|path| response(&path, false).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aims_follow_from_what_is_measured() {
        let aim = |path: &str| Response { path: path.into(), unit: String::new(), asked: true }.aim();
        assert_eq!(aim("telemetry.latency.p95"), Aim::Low);
        assert_eq!(aim("throughput"), Aim::High);
        assert_eq!(aim("energy_per_request"), Aim::Low);
        assert_eq!(aim("gateway.utilisation"), Aim::Neither);
    }
}
