//! What comes to an end at full load.

use super::{BELOW_ONE, Family, POSITIVE, Problem, Quantity, derived, is_scaling, mean, parameter};
use crate::calibrate::law::{Law, number};
use crate::calibrate::{Points, Setting};
use models::spec::{LoadKind, ResponseKind};

/// Over users, a throughput gamma n/(1 + alpha (n - 1)), which comes to gamma/alpha (Amdahl 1967); over percents, base
/// (1 - l); latencies base/(1 - load/capacity), as of M/M/1.
pub struct Saturating;

impl Family for Saturating {
    fn name(&self) -> &'static str {
        "saturating"
    }

    fn formula(&self, setting: &Setting) -> &'static str {
        match (setting.kind, setting.load) {
            (ResponseKind::Throughput, LoadKind::Users) => "X = gamma n / (1 + alpha (n - 1))",
            (ResponseKind::Throughput, _) => "X = base (1 - l)",
            (_, LoadKind::Percent) => "R = base / (1 - l)",
            _ => "R = base / (1 - load/capacity)",
        }
    }

    fn applies(&self, setting: &Setting, points: &Points) -> Result<(), String> {
        match setting.load {
            LoadKind::Percent if setting.share(points.greatest()) >= 1.0 && setting.is_latency() => {
                Err("loads reach 100 %, where it has a pole".into())
            }
            _ => Ok(()),
        }
    }

    fn parameters(&self, setting: &Setting) -> usize {
        if setting.load == LoadKind::Percent { 1 } else { 2 }
    }

    fn problems(&self, setting: &Setting, points: &Points, _: Option<f64>) -> Vec<Problem> {
        let level = mean(&points.response);
        let (starts, second) = if is_scaling(setting) {
            let first = points.means().into_iter().find(|(n, _)| *n > 0.0).map_or(1.0, |(n, x)| x / n);
            ([0.0, 0.01, 0.1, 0.5].map(|alpha| vec![first, alpha]).to_vec(), POSITIVE)
        } else if setting.load == LoadKind::Percent {
            return vec![Problem { starts: vec![vec![level]], bounds: vec![POSITIVE], ..Problem::default() }];
        } else {
            let most = 1.0 / points.greatest();
            ([0.1, 0.5, 0.9, 0.99].map(|share| vec![0.5 * level, share * most]).to_vec(), (0.0, BELOW_ONE * most))
        };
        vec![Problem { starts, bounds: vec![POSITIVE, second], ..Problem::default() }]
    }

    fn value(&self, setting: &Setting, load: f64, p: &[f64]) -> f64 {
        match (setting.kind, setting.load) {
            (ResponseKind::Throughput, LoadKind::Users) => p[0] * load / (1.0 + p[1] * (load - 1.0)),
            (ResponseKind::Throughput, _) => p[0] * (1.0 - setting.share(load)),
            (_, LoadKind::Percent) => p[0] / (1.0 - setting.share(load)),
            _ => p[0] / (1.0 - p[1] * load),
        }
    }

    fn quantities(&self, setting: &Setting, p: &[f64]) -> Vec<Quantity> {
        if is_scaling(setting) {
            return vec![parameter("alpha", p[1]), parameter("gamma", p[0]), derived("limit", p[0] / p[1])];
        }
        match setting.load {
            LoadKind::Percent => vec![parameter("base", p[0])],
            _ => vec![parameter("base", p[0]), parameter("capacity", 1.0 / p[1])],
        }
    }

    fn law(&self, setting: &Setting, p: &[f64]) -> Result<Law, String> {
        if is_scaling(setting) {
            return Ok(Law::of(setting, format!("Usl(alpha: {}, beta: 0)", number(p[1])), number(p[0])));
        }
        if setting.load == LoadKind::Percent {
            return Ok(Law::of(setting, "Saturating".into(), number(p[0])));
        }
        if p[1] <= 0.0 {
            return Err("no capacity shows in the points".into());
        }
        Ok(Law::with_full(setting, "Saturating".into(), number(p[0]), 1.0 / p[1]))
    }

    fn within(&self) -> Option<&'static str> {
        // Over users: with beta = 0. Otherwise the law does not apply, and there is nothing to compare with.
        Some("usl")
    }
}
