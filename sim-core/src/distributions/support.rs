//! What several families need: checks of parameters, choosing by probability, moments.

use std::sync::Arc;

use super::DistributionError;
pub(super) use crate::random::unit;

fn out_of_range<T>(
    family: &'static str,
    parameter: impl Into<String>,
    value: f64,
    right: &'static str,
) -> Result<T, DistributionError> {
    Err(DistributionError::OutOfRange { family, parameter: parameter.into(), value, right })
}

/// `value` if it is finite and greater than 0.
pub(super) fn positive(
    family: &'static str,
    parameter: impl Into<String>,
    value: f64,
) -> Result<f64, DistributionError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        out_of_range(family, parameter, value, "finite and greater than 0")
    }
}

/// `value` if it is finite and at least 0.
pub(super) fn non_negative(
    family: &'static str,
    parameter: impl Into<String>,
    value: f64,
) -> Result<f64, DistributionError> {
    // Adding 0 turns a negative zero into a positive one.
    if value.is_finite() && value >= 0.0 {
        Ok(value + 0.0)
    } else {
        out_of_range(family, parameter, value, "finite and at least 0")
    }
}

/// `value` if it is finite.
pub(super) fn finite(family: &'static str, parameter: impl Into<String>, value: f64) -> Result<f64, DistributionError> {
    if value.is_finite() { Ok(value) } else { out_of_range(family, parameter, value, "finite") }
}

/// `value` if it is between 0 and 1.
pub(super) fn probability(
    family: &'static str,
    parameter: impl Into<String>,
    value: f64,
) -> Result<f64, DistributionError> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { out_of_range(family, parameter, value, "between 0 and 1") }
}

/// `value` if `holds`; else an error that names both.
pub(super) fn ordered(
    family: &'static str,
    (parameter, value): (&'static str, f64),
    relation: &'static str,
    (other, bound): (&'static str, f64),
    holds: bool,
) -> Result<(), DistributionError> {
    if holds { Ok(()) } else { Err(DistributionError::Order { family, parameter, value, relation, other, bound }) }
}

/// `value` if it is finite and greater than 0, for what follows from parameters that were already checked.
pub(super) fn representable(
    family: &'static str,
    quantity: &'static str,
    value: f64,
) -> Result<f64, DistributionError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(DistributionError::Unrepresentable { family, quantity, value })
    }
}

/// An error unless there is at least one entry.
pub(super) fn not_empty(family: &'static str, parameter: &'static str, found: usize) -> Result<(), DistributionError> {
    if found > 0 {
        return Ok(());
    }
    Err(DistributionError::Length { family, parameter: parameter.into(), found, right: "at least one".into() })
}

/// Squared coefficient of variation from the first two moments; 0 for what is always 0, infinite with either moment.
pub(super) fn scv_from_moments(first: f64, second: f64) -> f64 {
    if first == 0.0 {
        0.0
    } else if first.is_infinite() || second.is_infinite() {
        f64::INFINITY
    } else {
        (second / first / first - 1.0).max(0.0)
    }
}

/// Mean and squared coefficient of variation of weighted values, in two passes so that nearly equal values keep their
/// variance. The weights add up to 1.
pub(super) fn weighted_moments(entries: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, f64) {
    let mean: f64 = entries.clone().map(|(weight, value)| weight * value).sum();
    let variance: f64 = entries.map(|(weight, value)| weight * (value - mean) * (value - mean)).sum();
    (mean, if mean == 0.0 { 0.0 } else { variance / mean / mean })
}

/// Probabilities and their running sums, for choosing an index with one uniform number by inversion.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    probabilities: Arc<[f64]>,
    sums: Arc<[f64]>,
}

impl Choice {
    /// From probabilities that add up to 1 within 1e-9; the remainder is spread over all in proportion.
    pub(super) fn new(family: &'static str, parameter: &'static str, given: &[f64]) -> Result<Self, DistributionError> {
        not_empty(family, parameter, given.len())?;
        for (index, &value) in given.iter().enumerate() {
            probability(family, format!("{parameter}[{index}]"), value)?;
        }
        let sum: f64 = given.iter().sum();
        if (sum - 1.0).abs() > 1e-9 {
            return Err(DistributionError::Probabilities { family, parameter, sum });
        }
        Ok(Self::from_weights(given, sum))
    }

    /// From non-negative weights with the positive total `sum`.
    pub(super) fn from_weights(weights: &[f64], sum: f64) -> Self {
        let probabilities: Arc<[f64]> = weights.iter().map(|weight| weight / sum).collect();
        let mut sums: Vec<f64> = probabilities
            .iter()
            .scan(0.0, |total, probability| {
                *total += probability;
                Some(*total)
            })
            .collect();
        // Rounding must not leave a gap below 1, nor choose what has probability 0.
        let last = probabilities.iter().rposition(|&probability| probability > 0.0).unwrap_or(0);
        sums[last..].fill(1.0);
        Self { probabilities, sums: sums.into() }
    }

    /// The index that the uniform number `u` in [0, 1) falls on.
    #[inline]
    pub(super) fn pick(&self, u: f64) -> usize {
        if self.sums.len() <= 8 {
            self.sums.iter().position(|&sum| u < sum).unwrap_or(0)
        } else {
            self.sums.partition_point(|&sum| sum <= u)
        }
    }

    /// The probabilities.
    pub(super) fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// The running sums, the last one 1.
    pub(super) fn sums(&self) -> &[f64] {
        &self.sums
    }
}
