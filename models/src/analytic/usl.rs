//! The universal scalability law (Gunther 2007, Guerrilla Capacity Planning): how much more n workers do than one.
//!
//! Contention `alpha` is the share of the work that they take turns at (Amdahl 1967); coherency `beta` is what each pair
//! of them costs to keep in step, and makes the capacity fall again beyond a best number.

use super::{Answer, not_negative};

/// C(n) = n / (1 + alpha (n - 1) + beta n (n - 1)), the capacity of n workers relative to that of one.
///
/// # Errors
/// A parameter that is negative or not finite.
pub fn capacity(n: f64, alpha: f64, beta: f64) -> Answer<f64> {
    not_negative("n", n)?;
    not_negative("alpha", alpha)?;
    not_negative("beta", beta)?;
    Ok(n / slow_down(n, alpha, beta))
}

/// What each of n workers takes for its work, relative to one alone: n / C(n).
pub(crate) fn slow_down(n: f64, alpha: f64, beta: f64) -> f64 {
    1.0 + alpha * (n - 1.0) + beta * n * (n - 1.0)
}

/// Where the capacity is greatest: sqrt((1 - alpha) / beta), not less than 1; infinite without coherency cost.
///
/// # Errors
/// A parameter that is negative or not finite.
pub fn peak(alpha: f64, beta: f64) -> Answer<f64> {
    not_negative("alpha", alpha)?;
    not_negative("beta", beta)?;
    Ok(match beta {
        0.0 if alpha < 1.0 => f64::INFINITY,
        0.0 => 1.0,
        beta => ((1.0 - alpha).max(0.0) / beta).sqrt().max(1.0),
    })
}

/// The best whole number of workers, the smaller of two that are as good; `None` where more are always better.
///
/// # Errors
/// A parameter that is negative or not finite.
pub fn best(alpha: f64, beta: f64) -> Answer<Option<u64>> {
    let peak = peak(alpha, beta)?;
    if peak.is_infinite() {
        return Ok(None);
    }
    let low = peak.floor();
    let more = capacity(low + 1.0, alpha, beta)? > capacity(low, alpha, beta)?;
    Ok(Some(low as u64 + u64::from(more)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn capacity_and_peak_have_their_known_values() {
        let (alpha, beta) = (0.02, 0.0005);
        assert_abs_diff_eq!(capacity(16.0, alpha, beta).unwrap(), 11.2676, epsilon = 5e-5);
        assert_abs_diff_eq!(capacity(32.0, alpha, beta).unwrap(), 15.1229, epsilon = 5e-5);
        assert_abs_diff_eq!(peak(alpha, beta).unwrap(), 44.27, epsilon = 5e-3);
        assert_eq!(best(alpha, beta).unwrap(), Some(44));
    }

    #[test]
    fn the_best_number_is_that_of_a_search() {
        for alpha in [0.0, 0.01, 0.1, 0.5, 1.0] {
            for beta in [1e-4, 1e-3, 0.02, 0.3] {
                let all = (1..1000).map(|n| capacity(f64::from(n), alpha, beta).unwrap());
                let (mut most, mut at) = (0.0, 0);
                for (i, c) in all.enumerate() {
                    if c > most {
                        (most, at) = (c, i as u64 + 1);
                    }
                }
                assert_eq!(best(alpha, beta).unwrap(), Some(at), "{alpha} {beta}");
            }
        }
    }

    #[test]
    fn without_coherency_more_workers_are_always_better() {
        assert_eq!(best(0.1, 0.0).unwrap(), None);
        // Amdahl's limit is 1 / alpha.
        assert_abs_diff_eq!(capacity(1e9, 0.1, 0.0).unwrap(), 10.0, epsilon = 1e-6);
        assert!(capacity(-1.0, 0.1, 0.0).is_err() && peak(-0.1, 0.0).is_err() && best(0.1, f64::NAN).is_err());
    }
}
