//! How a figure is written in a cell.

use models::units::{Dimension, format, format_share, format_share_with_error, format_with_error};
use sim_core::analyse::Estimate;

/// Mean numbers below this are shown as 0.
const TINY: f64 = 1e-4;

/// How a figure is to be read.
#[derive(Clone, Copy, Debug)]
pub enum As {
    /// A quantity of a dimension.
    Of(Dimension),
    /// A share of one, as a percentage.
    Share,
}

/// A figure with its half-width; a dash where there is none.
pub fn cell(estimate: Option<Estimate>, how: As) -> String {
    let Some(estimate) = estimate else { return "-".to_string() };
    if matches!(how, As::Of(Dimension::NONE)) && estimate.value.abs() + estimate.half_width.unwrap_or(0.0) < TINY {
        return "0".to_string();
    }
    match (how, estimate.half_width) {
        (As::Of(dimension), Some(half_width)) => format_with_error(estimate.value, half_width, dimension),
        (As::Of(dimension), None) => format(estimate.value, dimension),
        (As::Share, Some(half_width)) => format_share_with_error(estimate.value, half_width),
        (As::Share, None) => format_share(estimate.value),
    }
}

/// The same, but a dash for what never happened.
pub fn cell_or_dash(estimate: Option<Estimate>, how: As) -> String {
    cell(estimate.filter(|estimate| estimate.value != 0.0), how)
}

/// The dimension that a base unit belongs to, as [`crate::results::unit`] names it.
pub fn dimension(unit: &str) -> Dimension {
    let known = [Dimension::TIME, Dimension::RATE, Dimension::DATA_RATE, Dimension::ENERGY, Dimension::POWER];
    known.into_iter().find(|dimension| crate::results::unit(*dimension) == unit).unwrap_or(Dimension::NONE)
}
