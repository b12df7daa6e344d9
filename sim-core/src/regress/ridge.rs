//! Linear regression that shrinks what the points do not determine.

use super::matrix::{Cholesky, Matrix};
use serde::{Deserialize, Serialize};

/// Penalties that are tried, relative to the points.
const PENALTIES: [f64; 9] = [1e-9, 1e-6, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0];

/// A fitted plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ridge {
    /// The mean of the responses.
    pub level: f64,
    /// What each input adds per standard deviation.
    pub coefficients: Vec<f64>,
    /// Mean and standard deviation of each input.
    pub scales: Vec<(f64, f64)>,
    /// The inverse of the penalised matrix of products, row by row.
    inverse: Vec<f64>,
    /// Standard deviation of the residuals.
    pub deviation: f64,
    /// Points less what was fitted.
    pub degrees_of_freedom: f64,
    n: usize,
}

impl Ridge {
    /// The plane whose penalty has the least generalised cross-validation error (Hoerl and Kennard 1970; Golub, Heath and
    /// Wahba 1979). `None` where there are fewer than three points.
    pub fn fit(x: &[Vec<f64>], y: &[f64]) -> Option<Ridge> {
        let (n, inputs) = (x.len(), x.first()?.len());
        if n < 3 {
            return None;
        }
        let scales: Vec<(f64, f64)> = (0..inputs)
            .map(|k| {
                let mean = x.iter().map(|x| x[k]).sum::<f64>() / n as f64;
                let deviation = (x.iter().map(|x| (x[k] - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
                (mean, deviation)
            })
            .collect();
        let level = y.iter().sum::<f64>() / n as f64;
        let scaled: Vec<Vec<f64>> = x.iter().map(|x| scale(x, &scales)).collect();
        let centred: Vec<f64> = y.iter().map(|y| y - level).collect();
        let products = Matrix::from_fn(inputs, inputs, |a, b| scaled.iter().map(|x| x[a] * x[b]).sum::<f64>());
        let sums: Vec<f64> = (0..inputs).map(|k| scaled.iter().zip(&centred).map(|(x, y)| x[k] * y).sum()).collect();
        let mut best: Option<(f64, Ridge)> = None;
        for penalty in PENALTIES {
            let whole = Matrix::from_fn(inputs, inputs, |a, b| {
                products[(a, b)] + if a == b { penalty * n as f64 } else { 0.0 }
            });
            let Some(factor) = Cholesky::of(&whole) else { continue };
            let coefficients = factor.solve(&sums);
            let inverse = factor.inverse();
            let used: f64 =
                (0..inputs).map(|a| (0..inputs).map(|b| inverse[(a, b)] * products[(b, a)]).sum::<f64>()).sum();
            let free = n as f64 - 1.0 - used;
            // A point has to be left for the errors.
            if free < 1.0 {
                continue;
            }
            let rest: f64 = scaled.iter().zip(&centred).map(|(x, y)| (y - dot(x, &coefficients)).powi(2)).sum();
            let score = n as f64 * rest / (free * free);
            if best.as_ref().is_none_or(|(least, _)| score < *least) {
                let inverse = (0..inputs * inputs).map(|i| inverse[(i / inputs, i % inputs)]).collect();
                let deviation = (rest / free).sqrt();
                let scales = scales.clone();
                let ridge = Ridge { level, coefficients, scales, inverse, deviation, degrees_of_freedom: free, n };
                best = Some((score, ridge));
            }
        }
        best.map(|(_, ridge)| ridge)
    }

    /// What is expected at a place, and the standard deviation of an observation there.
    pub fn predict(&self, x: &[f64]) -> (f64, f64) {
        let x = scale(x, &self.scales);
        let inputs = x.len();
        let spread: f64 = (0..inputs).map(|a| x[a] * dot(&self.inverse[a * inputs..(a + 1) * inputs], &x)).sum();
        let share = 1.0 + 1.0 / self.n as f64 + spread.max(0.0);
        (self.level + dot(&x, &self.coefficients), self.deviation * share.sqrt())
    }

    /// Whether its parts fit together: it may have come from a file.
    pub fn is_sound(&self) -> bool {
        let inputs = self.coefficients.len();
        self.scales.len() == inputs && self.inverse.len() == inputs * inputs && self.n > 0
    }
}

/// Inputs in standard deviations; one that never varied says nothing.
fn scale(x: &[f64], scales: &[(f64, f64)]) -> Vec<f64> {
    let one = |(x, (mean, deviation)): (&f64, &(f64, f64))| {
        if *deviation > 1e-12 * mean.abs() { (x - mean) / deviation } else { 0.0 }
    };
    x.iter().zip(scales).map(one).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn a_plane_is_found_and_an_input_that_never_varies_does_no_harm() {
        let x: Vec<Vec<f64>> = (0..30).map(|i| vec![f64::from(i % 6), f64::from(i * i % 7), 4.0]).collect();
        let y: Vec<f64> = x.iter().map(|x| 3.0 + 2.0 * x[0] - 0.5 * x[1]).collect();
        let ridge = Ridge::fit(&x, &y).unwrap();
        assert_relative_eq!(ridge.predict(&[2.5, 3.0, 4.0]).0, 6.5, max_relative = 1e-6);
        assert!(ridge.predict(&[2.5, 3.0, 4.0]).1 < 1e-5 && ridge.is_sound());
        assert!(Ridge::fit(&x[..2], &y[..2]).is_none());
    }

    #[test]
    fn deviations_are_those_of_new_observations() {
        // y = x + or - 1 in turn: the residual deviation is about 1, and larger far from the points.
        let x: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i)]).collect();
        let y: Vec<f64> = (0..40).map(|i| f64::from(i) + if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let ridge = Ridge::fit(&x, &y).unwrap();
        assert_relative_eq!(ridge.predict(&[20.0]).1, 1.04, epsilon = 0.02);
        assert!(ridge.predict(&[400.0]).1 > 5.0);
    }
}
