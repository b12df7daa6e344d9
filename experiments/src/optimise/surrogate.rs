//! A surrogate of the objective: a Gaussian process over the coordinates of configurations (Rasmussen and Williams 2006,
//! Gaussian Processes for Machine Learning, algorithm 2.1), which guides the search.

/// Ratios of noise to signal, and length scales, that are tried.
const NOISE: [f64; 3] = [1e-4, 1e-2, 1e-1];
const LENGTHS: [f64; 6] = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2];

/// A fitted process.
#[derive(Clone, Debug)]
pub struct Surrogate {
    points: Vec<Vec<f64>>,
    mean: f64,
    scale: f64,
    /// Standard deviation of the process, in units of the values.
    height: f64,
    length: f64,
    /// Lower triangle of Cholesky's factor, by rows.
    factor: Vec<Vec<f64>>,
    weights: Vec<f64>,
}

impl Surrogate {
    /// Fits values at points, by the greatest marginal likelihood over a few length scales and noises; `None` where
    /// there are fewer than three points or all values are the same.
    pub fn fit(points: &[Vec<f64>], values: &[f64]) -> Option<Surrogate> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let scale = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
        if values.len() < 3 || !scale.is_finite() || scale <= 0.0 {
            return None;
        }
        let scaled: Vec<f64> = values.iter().map(|value| (value - mean) / scale).collect();
        let mut best: Option<(f64, Surrogate)> = None;
        for length in LENGTHS {
            for noise in NOISE {
                let Some(factor) = cholesky(points, length, noise) else { continue };
                let weights = solve_back(&factor, &solve(&factor, &scaled));
                let fit: f64 = scaled.iter().zip(&weights).map(|(value, weight)| value * weight).sum();
                let determinant: f64 = factor.iter().enumerate().map(|(i, row)| row[i].ln()).sum();
                // The height of the process is the one that fits best.
                let likelihood = -0.5 * n * (fit / n).max(1e-300).ln() - determinant;
                if best.as_ref().is_none_or(|(other, _)| likelihood > *other) {
                    let (points, height) = (points.to_vec(), scale * (fit / n).sqrt());
                    best = Some((likelihood, Surrogate { points, mean, scale, height, length, factor, weights }));
                }
            }
        }
        best.map(|(_, surrogate)| surrogate)
    }

    /// Mean and standard deviation at a point.
    pub fn predict(&self, point: &[f64]) -> (f64, f64) {
        let near: Vec<f64> = self.points.iter().map(|other| kernel(point, other, self.length)).collect();
        let mean: f64 = near.iter().zip(&self.weights).map(|(near, weight)| near * weight).sum();
        let known: f64 = solve(&self.factor, &near).iter().map(|value| value * value).sum();
        (self.mean + self.scale * mean, self.height * (1.0 - known).max(0.0).sqrt())
    }

    /// By how much a point is expected to be less than `best` (Jones, Schonlau and Welch 1998, Efficient global
    /// optimization of expensive black-box functions, J. Global Optimization 13).
    pub fn expected_improvement(&self, point: &[f64], best: f64) -> f64 {
        let (mean, deviation) = self.predict(point);
        if deviation <= 0.0 {
            return (best - mean).max(0.0);
        }
        let z = (best - mean) / deviation;
        let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        deviation * (z * normal(z) + density)
    }
}

/// Matern's kernel of order 5/2.
fn kernel(a: &[f64], b: &[f64], length: f64) -> f64 {
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
    let r = (5.0 * squares).sqrt() / length;
    (1.0 + r + r * r / 3.0) * (-r).exp()
}

fn cholesky(points: &[Vec<f64>], length: f64, noise: f64) -> Option<Vec<Vec<f64>>> {
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(points.len());
    for (i, point) in points.iter().enumerate() {
        let mut row: Vec<f64> = Vec::with_capacity(i + 1);
        for (j, other) in points[..=i].iter().enumerate() {
            let own = if i == j { 1.0 + noise } else { kernel(point, other, length) };
            let known: f64 = if i == j {
                row.iter().map(|value| value * value).sum()
            } else {
                row.iter().zip(&factor[j]).map(|(a, b)| a * b).sum()
            };
            let rest = own - known;
            if i == j {
                if rest <= 0.0 {
                    return None;
                }
                row.push(rest.sqrt());
            } else {
                row.push(rest / factor[j][j]);
            }
        }
        factor.push(row);
    }
    Some(factor)
}

fn solve(factor: &[Vec<f64>], values: &[f64]) -> Vec<f64> {
    let mut solution: Vec<f64> = Vec::with_capacity(values.len());
    for (row, value) in factor.iter().zip(values) {
        let known: f64 = row.iter().zip(&solution).map(|(a, b)| a * b).sum();
        solution.push((value - known) / row[solution.len()]);
    }
    solution
}

fn solve_back(factor: &[Vec<f64>], values: &[f64]) -> Vec<f64> {
    let mut rest = values.to_vec();
    for i in (0..rest.len()).rev() {
        rest[i] /= factor[i][i];
        for j in 0..i {
            rest[j] -= factor[i][j] * rest[i];
        }
    }
    rest
}

/// The standard normal distribution.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn grid() -> Vec<Vec<f64>> {
        (0..36).map(|i| vec![f64::from(i % 6) / 5.0, f64::from(i / 6) / 5.0]).collect()
    }

    #[test]
    fn a_smooth_function_is_found_again_between_its_points() {
        let f = |x: &[f64]| (3.0 * x[0]).sin() + x[1] * x[1];
        let points = grid();
        let values: Vec<f64> = points.iter().map(|point| f(point)).collect();
        let surrogate = Surrogate::fit(&points, &values).unwrap();
        for point in [[0.1, 0.3], [0.5, 0.55], [0.9, 0.7]] {
            let (mean, deviation) = surrogate.predict(&point);
            assert!((mean - f(&point)).abs() < 0.02, "{point:?}: {mean} {}", f(&point));
            assert!(deviation < 0.2);
        }
    }

    #[test]
    fn what_is_unknown_is_worth_more_than_what_is_known_to_be_bad() {
        let points: Vec<Vec<f64>> = (0..6).map(|i| vec![f64::from(i) / 10.0]).collect();
        let values: Vec<f64> = points.iter().map(|point| 1.0 - point[0]).collect();
        let surrogate = Surrogate::fit(&points, &values).unwrap();
        let (known, unknown) =
            (surrogate.expected_improvement(&[0.0], 0.5), surrogate.expected_improvement(&[0.7], 0.5));
        assert!(unknown > 10.0 * known, "{known} {unknown}");
    }

    #[test]
    fn equal_values_have_no_surrogate() {
        assert!(Surrogate::fit(&grid(), &[1.0; 36]).is_none());
    }
}
