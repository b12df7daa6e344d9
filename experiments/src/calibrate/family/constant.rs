//! The same at every load.

use super::{Family, OPEN, Problem, Quantity, is_scaling, mean, parameter};
use crate::calibrate::law::{Law, number};
use crate::calibrate::{Points, Setting};

/// y = c.
pub struct Constant;

impl Family for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }

    fn formula(&self, _: &Setting) -> &'static str {
        "y = level"
    }

    fn applies(&self, _: &Setting, _: &Points) -> Result<(), String> {
        Ok(())
    }

    fn parameters(&self, _: &Setting) -> usize {
        1
    }

    fn problems(&self, _: &Setting, points: &Points, _: Option<f64>) -> Vec<Problem> {
        vec![Problem { starts: vec![vec![mean(&points.response)]], bounds: vec![OPEN], ..Problem::default() }]
    }

    fn value(&self, _: &Setting, _: f64, p: &[f64]) -> f64 {
        p[0]
    }

    fn quantities(&self, _: &Setting, p: &[f64]) -> Vec<Quantity> {
        vec![parameter("level", p[0])]
    }

    fn law(&self, setting: &Setting, p: &[f64]) -> Result<Law, String> {
        // A throughput that users do not raise is that of one after the other: each takes n times as long.
        let law = if is_scaling(setting) { "Usl(alpha: 1, beta: 0)".to_string() } else { "Constant(1)".to_string() };
        Ok(Law::of(setting, law, number(p[0])))
    }

    fn within(&self) -> Option<&'static str> {
        Some("linear")
    }
}
