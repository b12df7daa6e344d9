//! Finding estimates.

use crate::results::{Results, Row, Scope};
use sim_core::analyse::Estimate;
use std::collections::HashMap;

/// Half-widths of so small a part of their values are noise of arithmetic.
const NOISE: f64 = 1e-12;

/// The estimates of a result by scope, name and path. A flow and a component may have the same name.
#[derive(Debug)]
pub(crate) struct Figure<'r> {
    rows: HashMap<(Scope, &'r str, String), Estimate>,
}

impl<'r> Figure<'r> {
    /// Those of a result.
    pub fn of(results: &'r Results) -> Figure<'r> {
        let key = |row: &'r Row| {
            let path = match row.statistic.as_str() {
                "mean" if row.indicator != "latency" => row.indicator.clone(),
                statistic => format!("{}.{statistic}", row.indicator),
            };
            (row.scope, row.name.as_str(), path)
        };
        Figure { rows: results.rows.iter().filter_map(|row| Some((key(row), row.estimate?))).collect() }
    }

    /// An estimate, such as that of `latency.p95` of a flow.
    pub fn get(&self, scope: Scope, name: &'r str, path: &str) -> Option<Estimate> {
        let estimate = self.rows.get(&(scope, name, path.to_string())).copied()?;
        // Replications that all gave the same value differ by the rounding of their sums.
        let half_width = estimate.half_width.map(|half_width| match half_width > NOISE * estimate.value.abs() {
            true => half_width,
            false => 0.0,
        });
        Some(Estimate { half_width, ..estimate })
    }

    /// The value of an indicator of a component.
    pub fn component(&self, name: &'r str, path: &str) -> Option<f64> {
        self.get(Scope::Component, name, path).map(|estimate| estimate.value)
    }
}
