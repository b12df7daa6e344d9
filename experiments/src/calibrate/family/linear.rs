//! A straight line.

use super::{Family, OPEN, Problem, Quantity, derived, is_scaling, mean, parameter};
use crate::calibrate::law::{Law, number};
use crate::calibrate::{Points, Setting};

/// y = base + rise l, l being the load as a share of the full one.
pub struct Linear;

impl Linear {
    /// What a law calls the slope: how much of the base is lost (throughput) or added (latency) at full load.
    fn slope(setting: &Setting, p: &[f64]) -> f64 {
        if setting.is_latency() { p[1] / p[0] } else { -p[1] / p[0] }
    }
}

impl Family for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn formula(&self, setting: &Setting) -> &'static str {
        match (is_scaling(setting), setting.is_latency()) {
            (true, _) => "X = base + rise n/full",
            (_, true) => "R = base (1 + slope l)",
            (_, false) => "X = base (1 - slope l)",
        }
    }

    fn applies(&self, _: &Setting, _: &Points) -> Result<(), String> {
        Ok(())
    }

    fn parameters(&self, _: &Setting) -> usize {
        2
    }

    fn problems(&self, _: &Setting, points: &Points, _: Option<f64>) -> Vec<Problem> {
        vec![Problem { starts: vec![vec![mean(&points.response), 0.0]], bounds: vec![OPEN; 2], ..Problem::default() }]
    }

    fn value(&self, setting: &Setting, load: f64, p: &[f64]) -> f64 {
        p[0] + p[1] * setting.share(load)
    }

    fn quantities(&self, setting: &Setting, p: &[f64]) -> Vec<Quantity> {
        let mut all = vec![parameter("base", p[0]), parameter("rise", p[1])];
        if !is_scaling(setting) {
            all.push(derived("slope", Linear::slope(setting, p)));
        }
        all
    }

    fn law(&self, setting: &Setting, p: &[f64]) -> Result<Law, String> {
        if is_scaling(setting) {
            let (base, rise) = (p[0], p[1] / setting.full);
            let one = base + rise;
            if one <= 0.0 || base + rise * setting.full <= 0.0 {
                return Err("the line is not positive at all loads".into());
            }
            let law = format!("Expr(\"({} + {} * n) / n\")", number(base / one), number(rise / one));
            return Ok(Law::of(setting, law, number(one)));
        }
        if p[0] <= 0.0 {
            return Err("the line is not positive without load".into());
        }
        let slope = Linear::slope(setting, p);
        let law = match (slope >= 0.0, setting.is_latency()) {
            (true, _) => format!("Linear({})", number(slope)),
            // A law of that name knows no improvement with load.
            (false, true) => format!("Expr(\"1 - {} * l / 100\")", number(-slope)),
            (false, false) => format!("Expr(\"1 + {} * l / 100\")", number(-slope)),
        };
        Ok(Law::of(setting, law, number(p[0])))
    }
}
