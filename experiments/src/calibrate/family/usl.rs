//! The universal scalability law (Gunther 2007, Guerrilla Capacity Planning).

use super::{Family, POSITIVE, Problem, Quantity, derived, parameter};
use crate::calibrate::law::{Law, number};
use crate::calibrate::{Points, Setting};
use models::analytic::usl::peak;
use models::spec::{Gamma, LoadKind};

/// Throughput gamma C(n), C(n) = n/(1 + alpha (n - 1) + beta n (n - 1)), or latency n/(gamma C(n)): with gamma free, or
/// taken from the point of the lowest load.
pub struct Usl(pub Gamma);

impl Usl {
    /// The throughput of one by the point of the lowest load: that load is its unit where it is not 1.
    fn first(setting: &Setting, points: &Points) -> f64 {
        let (n, y) = points.means().into_iter().find(|(n, _)| *n > 0.0).unwrap_or((1.0, 1.0));
        if setting.is_latency() { 1.0 / y } else { y / n }
    }
}

impl Family for Usl {
    fn name(&self) -> &'static str {
        match self.0 {
            Gamma::Free => "usl",
            Gamma::First => "usl-first",
        }
    }

    fn formula(&self, setting: &Setting) -> &'static str {
        match (setting.is_latency(), self.0) {
            (false, Gamma::Free) => "X = gamma n / (1 + alpha (n - 1) + beta n (n - 1))",
            (false, Gamma::First) => "the same, gamma being that of the first point",
            (true, Gamma::Free) => "R = (1 + alpha (n - 1) + beta n (n - 1)) / gamma",
            (true, Gamma::First) => "the same, 1/gamma being the first latency",
        }
    }

    fn applies(&self, setting: &Setting, points: &Points) -> Result<(), String> {
        if setting.load != LoadKind::Users {
            return Err("it is a law of requests present, which these loads do not count".into());
        }
        match Usl::first(setting, points) {
            gamma if gamma > 0.0 && gamma.is_finite() => Ok(()),
            _ => Err("the first point has a response of 0".into()),
        }
    }

    fn parameters(&self, _: &Setting) -> usize {
        match self.0 {
            Gamma::Free => 3,
            Gamma::First => 2,
        }
    }

    fn problems(&self, setting: &Setting, points: &Points, _: Option<f64>) -> Vec<Problem> {
        let first = Usl::first(setting, points);
        let most = points.greatest().max(2.0);
        let pairs =
            [0.0, 0.01, 0.1, 0.5].into_iter().flat_map(|alpha| [0.0, 0.1, 3.0].map(|b| (alpha, b / (most * most))));
        match self.0 {
            Gamma::Free => {
                let starts = pairs.map(|(alpha, beta)| vec![first, alpha, beta]).collect();
                vec![Problem { starts, bounds: vec![POSITIVE; 3], held: Vec::new() }]
            }
            Gamma::First => {
                let starts = pairs.map(|(alpha, beta)| vec![alpha, beta]).collect();
                vec![Problem { starts, bounds: vec![POSITIVE; 2], held: vec![first] }]
            }
        }
    }

    fn value(&self, setting: &Setting, load: f64, p: &[f64]) -> f64 {
        let slow_down = 1.0 + p[1] * (load - 1.0) + p[2] * load * (load - 1.0);
        if setting.is_latency() { slow_down / p[0] } else { p[0] * load / slow_down }
    }

    fn quantities(&self, setting: &Setting, p: &[f64]) -> Vec<Quantity> {
        let mut all = vec![parameter("alpha", p[1]), parameter("beta", p[2])];
        all.push(match self.0 {
            Gamma::Free => parameter("gamma", p[0]),
            Gamma::First => derived("gamma", p[0]),
        });
        let at = peak(p[1], p[2]).unwrap_or(f64::NAN);
        let most =
            if at.is_finite() { p[0] * at / (1.0 + p[1] * (at - 1.0) + p[2] * at * (at - 1.0)) } else { p[0] / p[1] };
        all.push(derived("peak_load", at));
        all.push(derived(if setting.is_latency() { "peak_throughput" } else { "peak" }, most));
        all
    }

    fn law(&self, setting: &Setting, p: &[f64]) -> Result<Law, String> {
        let nominal = if setting.is_latency() { 1.0 / p[0] } else { p[0] };
        let law = format!("Usl(alpha: {}, beta: {})", number(p[1]), number(p[2]));
        Ok(Law::of(setting, law, number(nominal)))
    }

    fn eligible(&self, setting: &Setting) -> bool {
        setting.gamma == self.0
    }
}
