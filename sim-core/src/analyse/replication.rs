//! Estimates from independent replications.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// An estimate with the half-width of its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Half-width of the interval; `None` with fewer than two replications.
    pub half_width: Option<f64>,
    /// Replications that it rests on.
    pub n: u64,
}

impl Estimate {
    /// Whether the half-width is at most `precision` times the value.
    pub fn is_within(&self, precision: f64) -> bool {
        self.half_width.is_some_and(|half_width| half_width <= precision * self.value.abs())
    }
}

/// A spread below this share of the value is rounding: the values are the same.
const ROUNDING: f64 = 1e-12;

/// The quantile of Student's t distribution for a two-sided interval of the given confidence.
pub fn student(confidence: f64, degrees_of_freedom: u64) -> f64 {
    match StudentsT::new(0.0, 1.0, degrees_of_freedom.max(1) as f64) {
        Ok(t) => t.inverse_cdf(0.5 + confidence / 2.0),
        Err(_) => f64::NAN,
    }
}

/// The quantile of the standard normal distribution for a two-sided interval of the given confidence.
pub fn normal(confidence: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + confidence / 2.0)
}

/// The mean of one value per replication, with Student's interval. Replications without a value are left out; `None`
/// when all are.
pub fn estimate(values: impl IntoIterator<Item = Option<f64>>, confidence: f64) -> Option<Estimate> {
    let values: Vec<f64> = values.into_iter().flatten().filter(|value| value.is_finite()).collect();
    if values.is_empty() {
        return None;
    }
    let equal = values.windows(2).all(|pair| pair[0] == pair[1]);
    // The sum of equal values would be rounded.
    let mean = if equal { values[0] } else { values.iter().sum::<f64>() / values.len() as f64 };
    Some(around(mean, &values, confidence))
}

/// A value from all replications together, such as a quantile of all observations, with an interval from the same value
/// of each replication (sectioning: Asmussen and Glynn, Stochastic Simulation, 2007, section III.5).
pub fn section(
    together: Option<f64>,
    values: impl IntoIterator<Item = Option<f64>>,
    confidence: f64,
) -> Option<Estimate> {
    let values: Vec<f64> = values.into_iter().flatten().filter(|value| value.is_finite()).collect();
    together.filter(|value| value.is_finite()).map(|value| around(value, &values, confidence))
}

/// A centre with Student's interval from the spread of values about it.
pub fn around(centre: f64, values: &[f64], confidence: f64) -> Estimate {
    let n = values.len() as u64;
    let half_width = (n > 1).then(|| {
        if values.iter().all(|value| (value - centre).abs() <= ROUNDING * centre.abs()) {
            return 0.0;
        }
        let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
        student(confidence, n - 1) * (squares / (n * (n - 1)) as f64).sqrt()
    });
    Estimate { value: centre, half_width, n }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn student_quantiles_are_those_of_the_tables() {
        assert_relative_eq!(student(0.95, 9), 2.262_157_162_8, max_relative = 1e-8);
        assert_relative_eq!(student(0.99, 4), 4.604_094_871_4, max_relative = 1e-8);
        assert_relative_eq!(normal(0.95), 1.959_963_984_5, max_relative = 1e-9);
    }

    #[test]
    fn the_interval_is_students() {
        let e = estimate([Some(1.0), Some(2.0), None, Some(3.0)], 0.95).unwrap();
        assert_eq!((e.value, e.n), (2.0, 3));
        assert_relative_eq!(e.half_width.unwrap(), 4.302_652_7 / 3f64.sqrt(), max_relative = 1e-6);
        assert_eq!(estimate([Some(5.0)], 0.95).unwrap().half_width, None);
        assert_eq!(estimate([None, None], 0.95), None);
    }

    #[test]
    fn constants_have_no_spread() {
        let e = estimate([Some(0.1); 10], 0.95).unwrap();
        assert_eq!((e.value, e.half_width, e.n), (0.1, Some(0.0), 10));
        let e = estimate([Some(24.999_999_999_999_996), Some(25.0), Some(25.000_000_000_000_004)], 0.95).unwrap();
        assert_eq!(e.half_width, Some(0.0));
        assert_eq!(section(Some(0.1), [Some(0.1), Some(0.1 + 1e-17)], 0.95).unwrap().half_width, Some(0.0));
        assert!(estimate([Some(1.0), Some(1.0 + 1e-9)], 0.95).unwrap().half_width.unwrap() > 0.0);
    }
}
