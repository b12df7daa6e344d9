//! Physical dimensions, the units in which people write them, and numbers formatted for people.
//!
//! Everything inside the simulator is in base units: seconds, bits, cycles, joules, amperes. This module
//! knows how the outside names them; [`crate::expression`] knows how such names are combined.

mod dimension;
mod format;
mod table;
#[cfg(test)]
mod tests;

pub use dimension::Dimension;
pub use format::{format, format_share, format_share_with_error, format_with_error};
pub(crate) use table::{nearest_unit, unit, units_of};

/// A number with its dimension, in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// The number, in seconds, bits, cycles, joules, amperes and their products.
    pub value: f64,
    /// What it measures.
    pub dimension: Dimension,
}

/// The value of `measure` where it has the dimension `wanted`.
///
/// # Errors
/// Says what was expected and what was found: "expected a data rate (such as `20 Mbit/s`), found a time".
pub fn expect(measure: Measure, wanted: Dimension) -> Result<f64, String> {
    let found = measure.dimension;
    if found == wanted {
        return Ok(measure.value);
    }
    let hint = match (found, wanted) {
        (Dimension::FREQUENCY, Dimension::RATE) => {
            "; did you mean `/s`? (`Hz` counts processor cycles, `/s` occurrences)"
        }
        (Dimension::RATE, Dimension::FREQUENCY) => {
            "; did you mean `Hz`? (`/s` counts occurrences, `Hz` processor cycles)"
        }
        (Dimension::DATA, Dimension::DATA_RATE) => "; is a `/s` missing?",
        (Dimension::TIME, Dimension::RATE) => "; its reciprocal, written `1 / (...)`, is a rate",
        (Dimension::NONE, _) => "; is its unit missing?",
        _ => "",
    };
    Err(format!("expected {}, found {}{hint}", wanted.describe(), found.name()))
}
