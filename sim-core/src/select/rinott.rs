//! Rinott's constant: how many samples of each of several independent systems select the best.

use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, Normal};

/// Nodes of the quadrature, each way.
const NODES: usize = 64;
/// What is left out at each end of the chi-squared distribution.
const TAIL: f64 = 1e-10;

/// The constant h of Rinott 1978, On two-stage selection procedures and related probability-inequalities,
/// Communications in Statistics A 7: where each of k systems with independent samples gets max(n, (h S / delta)^2) of
/// them, S^2 being the variance of the first n, the best mean belongs to the best system with at least that
/// `confidence` if the second best is at least delta worse; and in any case to one within delta of the best (Nelson and
/// Matejcik 1995, Using common random numbers for indifference-zone selection, Management Science 41).
///
/// `None` unless there are two systems or more, `first` is at least 2, and the confidence in (1/k, 1).
pub fn rinott(systems: u64, confidence: f64, first: u64) -> Option<f64> {
    if systems < 2 || first < 2 || !(confidence > 1.0 / systems as f64 && confidence < 1.0) {
        return None;
    }
    let freedom = (first - 1) as f64;
    let chi = ChiSquared::new(freedom).ok()?;
    let normal = Normal::standard();
    let (low, high) = (chi.inverse_cdf(TAIL), chi.inverse_cdf(1.0 - TAIL));
    let nodes: Vec<(f64, f64)> = legendre()
        .into_iter()
        .map(|(x, weight)| (0.5 * (high + low) + 0.5 * (high - low) * x, 0.5 * (high - low) * weight))
        .map(|(x, weight)| (x, weight * chi.pdf(x)))
        .collect();
    let correct = |h: f64| -> f64 {
        let beats = |y: f64| -> f64 {
            nodes.iter().map(|(x, weight)| weight * normal.cdf(h / (freedom * (1.0 / x + 1.0 / y)).sqrt())).sum()
        };
        nodes.iter().map(|(y, weight)| weight * beats(*y).min(1.0).powf((systems - 1) as f64)).sum()
    };
    let (mut below, mut above) = (0.0, 1.0);
    while correct(above) < confidence {
        above *= 2.0;
        if above > 1e6 {
            return None;
        }
    }
    for _ in 0..60 {
        let middle = 0.5 * (below + above);
        if correct(middle) < confidence { below = middle } else { above = middle }
    }
    Some(above)
}

/// Nodes and weights of Gauss and Legendre on (-1, 1), by Newton's method on the polynomial's recursion.
fn legendre() -> Vec<(f64, f64)> {
    let n = NODES as f64;
    let node = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..50 {
            let (mut before, mut value) = (1.0, x);
            for k in 2..=NODES {
                let k = k as f64;
                (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            let step = value / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..NODES).map(node).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::random::{Stream, unit};

    #[test]
    fn quadrature_is_exact_for_polynomials() {
        let integral = |f: &dyn Fn(f64) -> f64| legendre().iter().map(|(x, w)| w * f(*x)).sum::<f64>();
        assert!((integral(&|_| 1.0) - 2.0).abs() < 1e-12);
        assert!((integral(&|x| x.powi(20)) - 2.0 / 21.0).abs() < 1e-12);
    }

    #[test]
    fn with_known_variance_it_is_that_of_bechhofer() {
        // Of two systems and very many first samples: P = Phi(h / sqrt 2).
        let h = rinott(2, 0.95, 4001).unwrap();
        assert!((h - 2f64.sqrt() * 1.644_853_6).abs() < 5e-3, "{h}");
    }

    #[test]
    fn the_best_is_selected_as_often_as_stated_where_all_others_are_just_delta_worse() {
        let (k, first, confidence) = (5, 10, 0.9);
        let h = rinott(k, confidence, first).unwrap();
        const RUNS: u64 = 3000;
        let mut right = 0.0;
        for run in 0..RUNS {
            let mut random = Stream::named(3, run, "rinott", "test");
            let mut normal = || (0..12).map(|_| unit(&mut random)).sum::<f64>() - 6.0;
            let means: Vec<f64> = (0..k)
                .map(|i| {
                    let delta = 0.5;
                    let truth = if i == 0 { delta } else { 0.0 };
                    let values: Vec<f64> = (0..first).map(|_| truth + normal()).collect();
                    let spread = super::super::variance(&values);
                    let n = ((h * h * spread / (delta * delta)).ceil() as u64).max(first);
                    let more: f64 = (first..n).map(|_| truth + normal()).sum();
                    (values.iter().sum::<f64>() + more) / n as f64
                })
                .collect();
            right += f64::from(u8::from(means.iter().skip(1).all(|mean| *mean < means[0]))) / RUNS as f64;
        }
        let error = 3.0 * (confidence * (1.0 - confidence) / RUNS as f64).sqrt();
        assert!(right > confidence - error && right < confidence + 0.06, "{right}");
    }

    #[test]
    fn more_systems_and_fewer_first_samples_cost_more() {
        let h = |k, confidence, first| rinott(k, confidence, first).unwrap();
        assert!(h(10, 0.95, 20) > h(2, 0.95, 20) && h(10, 0.95, 10) > h(10, 0.95, 20));
        assert!(rinott(1, 0.95, 20).is_none() && rinott(3, 0.3, 20).is_none() && rinott(3, 0.95, 1).is_none());
    }
}
