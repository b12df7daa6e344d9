//! Latency of c servers with exponential service (Erlang 1917).

use super::{BELOW_ONE, Family, POSITIVE, Problem, Quantity, derived, mean, parameter};
use crate::calibrate::law::{Law, number};
use crate::calibrate::{Points, Setting};
use models::analytic::erlang::erlang_c;
use models::spec::{LoadKind, ResponseKind};

/// The most servers that are tried.
const SERVERS: u32 = 64;

/// R = S (1 + C(c, c rho)/(c (1 - rho))), rho = lambda S/c or the load in percent.
pub struct Mmc;

/// Why neither this nor M/G/1 is a curve for such points.
pub(super) fn open_queue(setting: &Setting, points: &Points) -> Result<(), String> {
    if setting.kind == ResponseKind::Throughput {
        return Err("it is a curve of latency".into());
    }
    match setting.load {
        LoadKind::Users => Err("it is a law of arrivals, which these loads do not count".into()),
        LoadKind::Percent if setting.share(points.greatest()) >= 1.0 => Err("loads reach 100 %".into()),
        _ => Ok(()),
    }
}

/// The service times that leave a queue of so many servers stable at all loads.
pub(super) fn service_times(setting: &Setting, points: &Points, servers: f64) -> (f64, f64) {
    match setting.load {
        LoadKind::Percent => POSITIVE,
        _ => (0.0, BELOW_ONE * servers / points.greatest()),
    }
}

/// Utilisation at a load.
pub(super) fn utilisation(setting: &Setting, load: f64, service: f64, servers: f64) -> f64 {
    match setting.load {
        LoadKind::Percent => setting.share(load),
        _ => load * service / servers,
    }
}

/// Starts of the service time.
pub(super) fn services(points: &Points, bounds: (f64, f64)) -> Vec<f64> {
    let level = mean(&points.response);
    let least = points.response.iter().copied().filter(|y| *y > 0.0).fold(level, f64::min);
    let mut all = vec![least.min(bounds.1), (0.3 * least).min(bounds.1)];
    if bounds.1.is_finite() {
        all.extend([0.5, 0.95].map(|share| share * bounds.1));
    }
    all
}

impl Family for Mmc {
    fn name(&self) -> &'static str {
        "mmc"
    }

    fn formula(&self, _: &Setting) -> &'static str {
        "R = S (1 + C(c, c rho) / (c (1 - rho))), C being Erlang's"
    }

    fn applies(&self, setting: &Setting, points: &Points) -> Result<(), String> {
        open_queue(setting, points)
    }

    fn parameters(&self, _: &Setting) -> usize {
        2
    }

    fn problems(&self, setting: &Setting, points: &Points, near: Option<f64>) -> Vec<Problem> {
        let (low, high) = match near {
            Some(c) => (((0.5 * c) as u32).saturating_sub(1).max(1), ((2.0 * c) as u32 + 1).min(SERVERS)),
            None => (1, SERVERS),
        };
        let problem = |c: u32| {
            let bounds = service_times(setting, points, f64::from(c));
            let starts = services(points, bounds).into_iter().map(|service| vec![service]).collect();
            Problem { held: vec![f64::from(c)], starts, bounds: vec![bounds] }
        };
        (low..=high).map(problem).collect()
    }

    fn value(&self, setting: &Setting, load: f64, p: &[f64]) -> f64 {
        let (c, service) = (p[0], p[1]);
        let rho = utilisation(setting, load, service, c);
        let waits = erlang_c(c as u32, c * rho).unwrap_or(f64::INFINITY);
        service * (1.0 + waits / (c * (1.0 - rho)))
    }

    fn quantities(&self, setting: &Setting, p: &[f64]) -> Vec<Quantity> {
        let mut all = vec![parameter("servers", p[0]), parameter("service", p[1])];
        if setting.load == LoadKind::Rate {
            all.push(derived("capacity", p[0] / p[1]));
        }
        all
    }

    fn law(&self, _: &Setting, p: &[f64]) -> Result<Law, String> {
        Ok(Law::queue(
            format!("Processor(cores: {})", p[0]),
            format!("Compute(\"NAME\", Exponential(\"{} s\"))", number(p[1])),
        ))
    }
}
