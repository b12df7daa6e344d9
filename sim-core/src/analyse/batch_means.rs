//! Batches of one long run: whether they look independent.

use statrs::distribution::{ContinuousCDF, Normal};

/// Share of independent series that the test takes to be dependent.
pub const SIGNIFICANCE: f64 = 0.1;

/// What a test for independence found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Independence {
    /// The estimated correlation of neighbours, -1 to 1.
    pub lag_1: f64,
    /// The statistic: standard normal where the values are independent and normal.
    pub statistic: f64,
    /// Whether they may be independent.
    pub passed: bool,
}

/// The test of von Neumann (1941), as Fishman (1978, Grouping observations in digital simulation, Management Science 24)
/// uses it on batch means: C = 1 - sum (y_j - y_(j-1))^2 / (2 sum (y_j - mean)^2) is the correlation of neighbours with a
/// correction at the ends; C sqrt((k^2 - 1) / (k - 2)) is about standard normal for independent values. Only positive
/// correlation, which makes intervals too narrow, is a reason to refuse. Values that are all the same pass; fewer than
/// eight tell nothing and do not.
pub fn von_neumann(values: &[f64]) -> Independence {
    let k = values.len() as f64;
    if values.len() < 8 || values.iter().any(|value| !value.is_finite()) {
        return Independence { lag_1: 0.0, statistic: f64::NAN, passed: false };
    }
    let mean = values.iter().sum::<f64>() / k;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if squares <= 1e-24 * k * mean * mean {
        return Independence { lag_1: 0.0, statistic: 0.0, passed: true };
    }
    let steps: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    let lag_1 = 1.0 - steps / (2.0 * squares);
    let statistic = lag_1 * ((k * k - 1.0) / (k - 2.0)).sqrt();
    Independence { lag_1, statistic, passed: statistic <= Normal::standard().inverse_cdf(1.0 - SIGNIFICANCE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Normal noise, and the same with memory: y_j = rho y_(j-1) + noise.
    fn series(seed: u64, rho: f64, n: usize) -> Vec<f64> {
        let mut rng = crate::random::Stream::named(seed, 0, "test", "noise");
        let mut last = 0.0;
        let normal = Normal::standard();
        let values = (0..n + 200).map(|_| {
            last = rho * last + normal.inverse_cdf(crate::random::unit(&mut rng).max(1e-12));
            last
        });
        values.skip(200).collect()
    }

    #[test]
    fn independent_values_are_refused_as_often_as_stated() {
        // 2000 series: three standard errors of the share are 0.020.
        let refused = (0..2000).filter(|seed| !von_neumann(&series(*seed, 0.0, 64)).passed).count() as f64 / 2000.0;
        assert!((refused - SIGNIFICANCE).abs() < 0.02, "{refused}");
    }

    #[test]
    fn correlated_values_are_refused() {
        let passed = (0..200).filter(|seed| von_neumann(&series(*seed, 0.5, 128)).passed).count();
        assert!(passed <= 2, "{passed}");
        let mean = (0..200).map(|seed| von_neumann(&series(seed, 0.5, 128)).lag_1).sum::<f64>() / 200.0;
        assert!((mean - 0.5).abs() < 0.03, "{mean}");
    }

    #[test]
    fn values_that_alternate_are_no_reason_for_wider_intervals() {
        let alternating: Vec<f64> = (0..32).map(|i| f64::from(i % 2)).collect();
        assert!(von_neumann(&alternating).passed);
        assert!(von_neumann(&[2.5; 16]).passed);
        assert!(!von_neumann(&[1.0, 2.0, 3.0]).passed);
    }
}
