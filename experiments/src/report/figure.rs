//! Finding estimates.

use crate::results::{Results, Row, Scope};
use sim_core::analyse::Estimate;
use std::collections::HashMap;

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
        self.rows.get(&(scope, name, path.to_string())).copied()
    }

    /// The value of an indicator of a component.
    pub fn component(&self, name: &'r str, path: &str) -> Option<f64> {
        self.get(Scope::Component, name, path).map(|estimate| estimate.value)
    }
}
