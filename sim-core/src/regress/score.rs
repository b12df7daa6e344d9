//! How good a model is: by what it was fitted to, and by what it was not.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// Akaike's criterion with the correction for few points (Akaike 1974; Hurvich and Tsai 1989): n ln(S/n) + 2k +
/// 2k(k + 1)/(n - k - 1), k counting the `parameters` and the variance. `None` where there are too few points for it. A sum
/// of squares below `rounding` counts as that.
pub fn aicc(points: usize, parameters: usize, sum_of_squares: f64, rounding: f64) -> Option<f64> {
    let (n, k) = (points as f64, parameters as f64 + 1.0);
    if n - k - 1.0 <= 0.0 {
        return None;
    }
    Some(n * libm::log(sum_of_squares.max(rounding) / n) + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0))
}

/// The probability that `more` further parameters lower the sum of squares so far by chance, `free` degrees of freedom
/// being left (Fisher's F). `None` where nothing is left.
pub fn f_test(narrow: f64, wide: f64, more: usize, free: usize) -> Option<f64> {
    if more == 0 || free == 0 || wide <= 0.0 {
        return None;
    }
    let ratio = ((narrow - wide).max(0.0) / more as f64) / (wide / free as f64);
    FisherSnedecor::new(more as f64, free as f64).ok().map(|f| f.sf(ratio))
}

/// The quantile of sorted values, interpolated (type 7 of Hyndman and Fan 1996).
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let (a, b) = (sorted[low], sorted[(low + 1).min(last)]);
    Some(if part == 0.0 || a == b { a } else { a + (b - a) * part })
}

/// How predictions compare with what was observed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The share of the variance that is predicted: 1 - (squared errors)/(squared deviations from the mean). `None` where
    /// nothing varies.
    pub q2: Option<f64>,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean of the relative errors; those of values of 0 are left out.
    pub mape: Option<f64>,
    /// Median of the relative errors.
    pub median: Option<f64>,
    /// Their 95th percentile.
    pub p95: Option<f64>,
    /// The share of the intervals that hold the value.
    pub coverage: f64,
    /// How many there are.
    pub n: usize,
}

/// A prediction beside what was observed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// What was observed.
    pub observed: f64,
    /// What was predicted.
    pub predicted: f64,
    /// Low end of its interval.
    pub low: f64,
    /// High end of its interval.
    pub high: f64,
}

/// Compares predictions with observations.
pub fn scores(points: &[Scored]) -> Option<Scores> {
    if points.is_empty() {
        return None;
    }
    let n = points.len() as f64;
    let mean = points.iter().map(|p| p.observed).sum::<f64>() / n;
    let errors: f64 = points.iter().map(|p| (p.observed - p.predicted).powi(2)).sum();
    let deviations: f64 = points.iter().map(|p| (p.observed - mean).powi(2)).sum();
    let mut relative: Vec<f64> =
        points.iter().filter(|p| p.observed != 0.0).map(|p| ((p.observed - p.predicted) / p.observed).abs()).collect();
    relative.sort_by(f64::total_cmp);
    let varies = deviations > (1e-12 * mean).powi(2) * n;
    Some(Scores {
        q2: varies.then(|| 1.0 - errors / deviations),
        rmse: (errors / n).sqrt(),
        mape: (!relative.is_empty()).then(|| relative.iter().sum::<f64>() / relative.len() as f64),
        median: quantile(&relative, 0.5),
        p95: quantile(&relative, 0.95),
        coverage: points.iter().filter(|p| holds(p)).count() as f64 / n,
        n: points.len(),
    })
}

/// Whether an interval holds what was observed, up to rounding.
fn holds(p: &Scored) -> bool {
    let rounding = 1e-9 * p.observed.abs();
    p.low - rounding <= p.observed && p.observed <= p.high + rounding
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn the_criterion_needs_more_points_than_parameters() {
        assert_eq!(aicc(4, 2, 1.0, 0.0), None);
        // n = 10, k = 3, S = 10: 0 + 6 + 24/6.
        assert_relative_eq!(aicc(10, 2, 10.0, 0.0).unwrap(), 10.0);
        assert!(aicc(10, 1, 0.0, 1e-20).unwrap() < aicc(10, 2, 0.0, 1e-20).unwrap());
    }

    #[test]
    fn a_further_parameter_is_tested_as_in_the_tables() {
        // The 95th percentile of F(1, 4) is 7.7086: narrow = wide (1 + F/4).
        assert_relative_eq!(f_test(1.0 + 7.708_647_4 / 4.0, 1.0, 1, 4).unwrap(), 0.05, max_relative = 1e-6);
        assert_eq!(f_test(1.0, 1.0, 1, 4), Some(1.0));
        assert_eq!(f_test(1.0, 1.0, 1, 0), None);
    }

    #[test]
    fn scores_are_those_counted_by_hand() {
        let of = |observed, predicted: f64, half_width| Scored {
            observed,
            predicted,
            low: predicted - half_width,
            high: predicted + half_width,
        };
        let s = scores(&[of(1.0, 1.5, 0.6), of(2.0, 2.0, 0.1), of(3.0, 2.4, 0.5)]).unwrap();
        assert_relative_eq!(s.q2.unwrap(), 1.0 - (0.25 + 0.36) / 2.0);
        assert_relative_eq!(s.mape.unwrap(), (0.5 + 0.2) / 3.0, max_relative = 1e-12);
        assert_relative_eq!(s.median.unwrap(), 0.2, max_relative = 1e-12);
        assert_relative_eq!(s.coverage, 2.0 / 3.0);
        assert_eq!(scores(&[of(2.0, 2.0, 0.0)]).unwrap().q2, None);
    }
}
