//! Latency of one server with any service (Pollaczek 1930, Khinchine 1932).

use super::mmc::{open_queue, service_times, services, utilisation};
use super::{Family, Problem, Quantity, derived, parameter};
use crate::calibrate::law::{Law, number};
use crate::calibrate::{Points, Setting};
use models::spec::LoadKind;

/// The greatest squared coefficient of variation that is looked for.
const SCV: f64 = 1e4;

/// R = S (1 + rho (1 + scv)/(2 (1 - rho))), rho = lambda S or the load in percent.
pub struct Mg1;

impl Family for Mg1 {
    fn name(&self) -> &'static str {
        "mg1"
    }

    fn formula(&self, _: &Setting) -> &'static str {
        "R = S (1 + rho (1 + scv) / (2 (1 - rho)))"
    }

    fn applies(&self, setting: &Setting, points: &Points) -> Result<(), String> {
        open_queue(setting, points)
    }

    fn parameters(&self, _: &Setting) -> usize {
        2
    }

    fn problems(&self, setting: &Setting, points: &Points, _: Option<f64>) -> Vec<Problem> {
        let bounds = service_times(setting, points, 1.0);
        let starts = services(points, bounds).into_iter().flat_map(|s| [0.0, 1.0, 5.0].map(|scv| vec![s, scv]));
        vec![Problem { starts: starts.collect(), bounds: vec![bounds, (0.0, SCV)], held: Vec::new() }]
    }

    fn value(&self, setting: &Setting, load: f64, p: &[f64]) -> f64 {
        let rho = utilisation(setting, load, p[0], 1.0);
        p[0] * (1.0 + rho * (1.0 + p[1]) / (2.0 * (1.0 - rho)))
    }

    fn quantities(&self, setting: &Setting, p: &[f64]) -> Vec<Quantity> {
        let mut all = vec![parameter("service", p[0]), parameter("scv", p[1])];
        if setting.load == LoadKind::Rate {
            all.push(derived("capacity", 1.0 / p[0]));
        }
        all
    }

    fn law(&self, _: &Setting, p: &[f64]) -> Result<Law, String> {
        let (service, scv) = (number(p[0]), number(p[1]));
        let quantity = match p[1] {
            scv if scv < 1e-9 => format!("\"{service} s\""),
            _ => format!("Gamma(mean: \"{service} s\", scv: {scv})"),
        };
        Ok(Law::queue("Processor(cores: 1)".into(), format!("Compute(\"NAME\", {quantity})")))
    }
}
