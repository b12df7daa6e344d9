//! Values over time.

use serde::{Deserialize, Serialize};

/// Values observed at equal intervals: value i belongs to the interval that ends at (i + 1) * interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Length of an interval [s].
    pub interval: f64,
    /// The values.
    pub values: Vec<f64>,
}

impl Series {
    /// The mean of several series, value by value, over the length of the shortest; `None` without series.
    pub fn mean(series: &[&Series]) -> Option<Series> {
        let length = series.iter().map(|s| s.values.len()).min()?;
        let values = (0..length).map(|i| series.iter().map(|s| s.values[i]).sum::<f64>() / series.len() as f64);
        Some(Series { interval: series[0].interval, values: values.collect() })
    }
}
