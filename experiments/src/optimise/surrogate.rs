//! A surrogate of the objective, which guides the search: a Gaussian process over the coordinates of configurations.

use sim_core::regress::Gaussian;

/// Points by which lengths and noise are found, and those that it is conditioned on.
const SEARCHED: usize = 60;
const MOST: usize = 300;

/// A fitted process.
#[derive(Clone, Debug)]
pub struct Surrogate {
    process: Gaussian,
}

impl Surrogate {
    /// Fits values at points; `None` where there are fewer than three points or all values are the same.
    pub fn fit(points: &[Vec<f64>], values: &[f64]) -> Option<Surrogate> {
        let differ = values.iter().any(|value| Some(value) != values.first());
        let process = Gaussian::fit_some(points, values, SEARCHED, MOST).filter(|_| differ && values.len() >= 3)?;
        Some(Surrogate { process })
    }

    /// Mean and standard deviation of the function, without the noise of an observation.
    fn predict(&self, point: &[f64]) -> (f64, f64) {
        let (mean, deviation) = self.process.predict(point);
        (mean, (deviation * deviation - self.process.noise().powi(2)).max(0.0).sqrt())
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

/// The standard normal distribution.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
    fn improvement_is_that_of_a_normal_variate() {
        // E max(0, -Z) = 1/sqrt(2 pi) for a standard normal Z.
        let density = (2.0 * std::f64::consts::PI).sqrt().recip();
        assert!((normal(0.0) - 0.5).abs() < 1e-15 && (normal(1.959_963_985) - 0.975).abs() < 1e-9);
        let points: Vec<Vec<f64>> = (0..4).map(|i| vec![f64::from(i)]).collect();
        let surrogate = Surrogate::fit(&points, &[0.0, 3.0, -2.0, 1.0]).unwrap();
        let (mean, deviation) = surrogate.predict(&[50.0]);
        let found = surrogate.expected_improvement(&[50.0], mean);
        assert!((found - deviation * density).abs() < 1e-9 * deviation, "{found} {deviation}");
    }

    #[test]
    fn equal_values_have_no_surrogate() {
        assert!(Surrogate::fit(&[vec![0.0], vec![0.5], vec![1.0]], &[1.0; 3]).is_none());
    }
}
