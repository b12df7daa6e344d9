//! Ratios of two quantities that are observed together, such as total latency and number of requests.

use super::replication::{Estimate, around};

/// One observation of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// What is divided.
    pub numerator: f64,
    /// By what; a replication in which nothing was observed has 0.
    pub denominator: f64,
}

/// The pseudo-values of the jackknife: n r - (n - 1) r_(i), where r is the ratio of the sums and r_(i) that without
/// observation i (Quenouille 1956; Miller 1974, The jackknife, Biometrika 61). Their mean estimates the ratio of the
/// expectations with a bias of order 1/n^2; the mean of the ratios themselves has one of order 1/m for observations of
/// length m, however many there are. `None` where less than two observations have a denominator.
pub fn pseudo_values(observed: &[Ratio]) -> Option<Vec<f64>> {
    let n = observed.len() as f64;
    let (numerator, denominator) = sums(observed);
    if observed.iter().filter(|ratio| ratio.denominator > 0.0).count() < 2 {
        return None;
    }
    let whole = numerator / denominator;
    let without = |ratio: &Ratio| (numerator - ratio.numerator) / (denominator - ratio.denominator);
    Some(observed.iter().map(|ratio| n * whole - (n - 1.0) * without(ratio)).collect())
}

fn sums(observed: &[Ratio]) -> (f64, f64) {
    observed.iter().fold((0.0, 0.0), |sum, ratio| (sum.0 + ratio.numerator, sum.1 + ratio.denominator))
}

/// The ratio of the expectations, with the interval of the jackknife. It lies among the observed ratios: the correction
/// of the bias cannot make a share larger than 1. `None` where nothing was observed.
pub fn jackknife(observed: &[Ratio], confidence: f64) -> Option<Estimate> {
    let observed: Vec<Ratio> =
        observed.iter().copied().filter(|r| r.numerator.is_finite() && r.denominator.is_finite()).collect();
    let ratios: Vec<f64> =
        observed.iter().filter(|r| r.denominator > 0.0).map(|r| r.numerator / r.denominator).collect();
    let first = *ratios.first()?;
    if ratios.iter().all(|ratio| *ratio == first) {
        return Some(around(first, &ratios, confidence));
    }
    let pseudo = pseudo_values(&observed)?;
    let mean = pseudo.iter().sum::<f64>() / pseudo.len() as f64;
    let (low, high) = ratios.iter().fold((first, first), |ends, ratio| (ends.0.min(*ratio), ends.1.max(*ratio)));
    let spread = around(mean, &pseudo, confidence);
    Some(Estimate { value: mean.clamp(low, high), ..spread })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::analyse::estimate;
    use approx::assert_relative_eq;

    fn ratios(values: &[(f64, f64)]) -> Vec<Ratio> {
        values
            .iter()
            .map(|(numerator, denominator)| Ratio { numerator: *numerator, denominator: *denominator })
            .collect()
    }

    #[test]
    fn with_equal_denominators_it_is_the_mean_with_students_interval() {
        let jack = jackknife(&ratios(&[(2.0, 2.0), (4.0, 2.0), (9.0, 2.0)]), 0.95).unwrap();
        let plain = estimate([Some(1.0), Some(2.0), Some(4.5)], 0.95).unwrap();
        assert_relative_eq!(jack.value, plain.value, max_relative = 1e-12);
        assert_relative_eq!(jack.half_width.unwrap(), plain.half_width.unwrap(), max_relative = 1e-12);
        assert_eq!(jack.n, 3);
    }

    #[test]
    fn it_estimates_the_ratio_of_expectations_and_not_the_mean_of_ratios() {
        // Numerator = denominator^2: E[d^2] / E[d] for d uniform on 1..=3 is (14/3) / 2; the mean of the ratios is 2.
        let mut rng = crate::random::Stream::named(7, 0, "test", "ratio");
        let mut both = (0.0, 0.0);
        let rounds = 4000;
        for _ in 0..rounds {
            let draws: Vec<(f64, f64)> = (0..10)
                .map(|_| {
                    let d = 1.0 + (3.0 * crate::random::unit(&mut rng)).floor();
                    (d * d, d)
                })
                .collect();
            both.0 += jackknife(&ratios(&draws), 0.95).unwrap().value / f64::from(rounds);
            both.1 += draws.iter().map(|(a, b)| a / b).sum::<f64>() / 10.0 / f64::from(rounds);
        }
        // The standard error of the mean of 4000 is about 0.004.
        assert!((both.0 - 7.0 / 3.0).abs() < 0.012, "{both:?}");
        assert!((both.1 - 2.0).abs() < 0.02, "{both:?}");
    }

    #[test]
    fn observations_of_nothing_count_as_such() {
        let e = jackknife(&ratios(&[(0.0, 0.0), (1.0, 2.0), (1.0, 1.0), (0.0, 0.0)]), 0.95).unwrap();
        assert_eq!(e.n, 4);
        assert!(e.value >= 0.5 && e.value <= 1.0, "{e:?}");
        assert_eq!(jackknife(&ratios(&[(0.0, 0.0)]), 0.95), None);
        assert_eq!(jackknife(&ratios(&[(1.0, 2.0)]), 0.95).unwrap().half_width, None);
        // Of two of which one is empty there is a value, but no interval.
        assert_eq!(jackknife(&ratios(&[(1.0, 2.0), (0.0, 0.0)]), 0.95).unwrap().half_width, None);
    }

    #[test]
    fn a_share_stays_a_share() {
        let e =
            jackknife(&ratios(&[(9_999.0, 10_000.0), (100.0, 100.0), (100.0, 100.0), (100.0, 100.0)]), 0.95).unwrap();
        assert!(e.value <= 1.0, "{e:?}");
        assert_eq!(jackknife(&ratios(&[(7.0, 7.0), (9.0, 9.0)]), 0.95).unwrap().half_width, Some(0.0));
    }
}
