//! Two configurations under common random numbers: the difference, its significance, and what the pairing gains.

use super::replication::{Estimate, around};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A difference of two configurations that saw the same random numbers, replication by replication.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// The difference, second less first.
    pub difference: Estimate,
    /// Probability of so large a difference, either way, where there is none (Student, paired); `None` with fewer than
    /// two pairs.
    pub p: Option<f64>,
    /// Variance of the difference if both had been independent, over its variance as it is: so many times as many
    /// independent replications would have been needed. `None` where the pairs differ by a constant.
    pub gain: Option<f64>,
    /// Correlation of the two.
    pub correlation: Option<f64>,
}

/// Compares the second of two series with the first, pair by pair. `centre` is the difference of the two estimates where
/// it is not the mean of the differences (quantiles of all observations together). Pairs of which one is missing are
/// left out; `None` when all are.
pub fn paired(first: &[Option<f64>], second: &[Option<f64>], centre: Option<f64>, confidence: f64) -> Option<Paired> {
    let both = first.iter().zip(second).filter_map(|(a, b)| Some(((*a)?, (*b)?)));
    let pairs: Vec<(f64, f64)> = both.filter(|(a, b)| a.is_finite() && b.is_finite()).collect();
    let n = pairs.len() as f64;
    if pairs.is_empty() {
        return None;
    }
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| b - a).collect();
    let mean = differences.iter().sum::<f64>() / n;
    // What is left of values that agree to twelve digits is their rounding.
    let scale = pairs.iter().map(|(a, b)| a.abs().max(b.abs())).fold(0.0, f64::max);
    let rounding = 1e-12 * scale;
    let centre = centre.unwrap_or(mean);
    let centre = if centre.abs() <= rounding { 0.0 } else { centre };
    let mut difference = around(centre, &differences, confidence);
    if differences.iter().all(|d| (d - centre).abs() <= rounding) {
        difference.half_width = difference.half_width.map(|_| 0.0);
    }
    let p = difference.half_width.map(|half_width| match half_width {
        0.0 if difference.value == 0.0 => 1.0,
        0.0 => 0.0,
        half_width => {
            let error = half_width / super::student(confidence, pairs.len() as u64 - 1);
            two_sided(difference.value / error, n - 1.0)
        }
    });
    let mean_of = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (a, b) = (mean_of(|pair| pair.0), mean_of(|pair| pair.1));
    let (va, vb, vd, cov) = pairs.iter().fold((0.0, 0.0, 0.0, 0.0), |sum, pair| {
        let (x, y) = (pair.0 - a, pair.1 - b);
        (sum.0 + x * x, sum.1 + y * y, sum.2 + (y - x).powi(2), sum.3 + x * y)
    });
    let noise = n * rounding * rounding;
    Some(Paired {
        difference,
        p,
        gain: (vd > noise && va + vb > noise).then(|| (va + vb) / vd),
        correlation: (va > noise && vb > noise).then(|| (cov / (va * vb).sqrt()).clamp(-1.0, 1.0)),
    })
}

/// Probability of a Student variate at least so far from 0.
fn two_sided(t: f64, degrees_of_freedom: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, degrees_of_freedom.max(1.0)) {
        Ok(student) => (2.0 * student.cdf(-t.abs())).min(1.0),
        Err(_) => 1.0,
    }
}

/// The probabilities of several tests, adjusted so that those under a level are wrong in any of them with at most that
/// probability (Holm 1979, A simple sequentially rejective multiple test procedure): the k-th smallest of m is multiplied
/// by m - k + 1, and none is below those before it. Missing ones are no tests.
pub fn holm(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<usize> = (0..p.len()).filter(|i| p[*i].is_some()).collect();
    order.sort_by(|a, b| p[*a].unwrap_or(1.0).total_cmp(&p[*b].unwrap_or(1.0)));
    let mut adjusted = vec![None; p.len()];
    let mut least: f64 = 0.0;
    for (k, index) in order.iter().enumerate() {
        least = least.max(p[*index].unwrap_or(1.0) * (order.len() - k) as f64).min(1.0);
        adjusted[*index] = Some(least);
    }
    adjusted
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn the_paired_test_is_that_of_the_textbook() {
        // Student (1908), The probable error of a mean: hours of sleep gained by ten patients with two drugs.
        let one = some(&[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]);
        let two = some(&[1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
        let paired = paired(&one, &two, None, 0.95).unwrap();
        assert_relative_eq!(paired.difference.value, 1.58, max_relative = 1e-12);
        assert_relative_eq!(paired.p.unwrap(), 0.002_832_890, max_relative = 1e-5);
        assert_relative_eq!(paired.difference.half_width.unwrap(), 0.879_881, max_relative = 1e-5);
        assert_relative_eq!(paired.correlation.unwrap(), 0.795_170, max_relative = 1e-5);
        // Var(one) + Var(two) over the variance of the differences.
        assert_relative_eq!(paired.gain.unwrap(), (3.200_556 + 4.009_000) / 1.512_889, max_relative = 1e-5);
    }

    #[test]
    fn equal_series_do_not_differ_and_constant_ones_do_for_certain() {
        let one = some(&[1.0, 2.0, 3.0]);
        let same = paired(&one, &one, None, 0.95).unwrap();
        assert_eq!(
            (same.difference.value, same.difference.half_width, same.p, same.gain),
            (0.0, Some(0.0), Some(1.0), None)
        );
        let shifted = paired(&one, &some(&[2.0, 3.0, 4.0]), None, 0.95).unwrap();
        assert_eq!((shifted.difference.value, shifted.p), (1.0, Some(0.0)));
        assert_eq!(paired(&[None], &[Some(1.0)], None, 0.95), None);
        let once = paired(&[Some(1.0)], &[Some(2.0)], None, 0.95).unwrap();
        assert_eq!((once.difference.half_width, once.p), (None, None));
    }

    #[test]
    fn holm_adjusts_in_steps() {
        let adjusted = holm(&[Some(0.01), None, Some(0.04), Some(0.03), Some(0.005)]);
        let wanted = [Some(0.03), None, Some(0.06), Some(0.06), Some(0.02)];
        for (a, b) in adjusted.iter().zip(wanted) {
            assert_eq!(a.is_some(), b.is_some());
            assert_relative_eq!(a.unwrap_or(0.0), b.unwrap_or(0.0), max_relative = 1e-12);
        }
    }
}
