//! The precision that a run is to reach: half-widths of indicators.

use super::targets::{Names, indicator};
use crate::results::is_extreme;
use models::expression::evaluate;
use models::spec::Named;
use models::units::Dimension;

/// Half-widths to be reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Goals {
    /// So large a part of mean latency and throughput of every flow.
    Flows(f64),
    /// Of named indicators.
    Named(Vec<Goal>),
}

/// A half-width to be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// The indicator.
    pub path: String,
    /// The half-width, in base units, or as a part of the value.
    pub within: f64,
    /// Whether it is a part of the value.
    pub relative: bool,
    /// Dimension of the indicator.
    pub dimension: Dimension,
}

/// A goal from its text, such as `telemetry.latency.p95 within 5 ms` or `reliability within 1 %`: a percentage is a part
/// of the value, everything else a half-width.
pub(super) fn goal(text: &str, parameters: &Named<f64>, names: &Names) -> Result<Goal, (String, Option<String>)> {
    let example =
        || Some("write it as `telemetry.latency.p95 within 5 ms`, or `.. within 2 %` of the value".to_string());
    let Some((path, bound)) = text.split_once(" within ") else {
        return Err((format!("`{text}` does not say within what"), example()));
    };
    let (path, bound) = (path.trim(), bound.trim());
    let dimension = indicator(path, names)?;
    if is_extreme(path) {
        let help = "give a percentile, such as `latency.p99`".to_string();
        return Err((format!("`{path}` is an extreme, which has no interval"), Some(help)));
    }
    let (number, relative) = match bound.strip_suffix('%') {
        Some(number) => (number.trim(), true),
        None => (bound, false),
    };
    let measure =
        evaluate(number, &|name| parameters.get(name).copied()).map_err(|error| (error.message, error.help))?;
    let wanted = if relative { Dimension::NONE } else { dimension };
    if measure.dimension != wanted {
        let message = format!("`{path}` is {}, but the half-width is {}", dimension.name(), measure.dimension.name());
        return Err((message, Some(format!("give {}, or a percentage of the value", dimension.describe()))));
    }
    let within = if relative { measure.value / 100.0 } else { measure.value };
    if within > 0.0 {
        Ok(Goal { path: path.to_string(), within, relative, dimension })
    } else {
        Err(("a half-width is above 0".into(), example()))
    }
}
