//! Gaussian processes: a smooth function through points with noise, and how unsure it is between them.

use super::matrix::{Cholesky, Matrix};
use serde::{Deserialize, Serialize};

/// How alike two places are, by their distance in lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kernel {
    /// exp(-r^2/2): infinitely smooth.
    Rbf,
    /// (1 + sqrt(5) r + 5 r^2/3) exp(-sqrt(5) r): twice differentiable (Matérn 1960).
    Matern,
}

impl Kernel {
    fn of(self, squared: f64) -> f64 {
        match self {
            Kernel::Rbf => libm::exp(-0.5 * squared),
            Kernel::Matern => {
                let r = (5.0 * squared).sqrt();
                (1.0 + r + r * r / 3.0) * libm::exp(-r)
            }
        }
    }
}

/// Shortest and longest length, in the scale of the inputs.
const LENGTHS: (f64, f64) = (0.05, 30.0);
/// Least and most noise, as shares of the variance of the function.
const NUGGETS: (f64, f64) = (1e-7, 10.0);
/// The first and the last step of the search for them, as factors.
const FACTORS: (f64, f64) = (4.0, 1.1);

/// A process with a constant mean, a length for each input, and noise, conditioned on points.
#[derive(Clone, Debug)]
pub struct Gaussian {
    /// How alike places are.
    pub kernel: Kernel,
    /// Lengths, one for each input.
    pub lengths: Vec<f64>,
    /// Variance of the noise as a share of that of the function.
    pub nugget: f64,
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    mean: f64,
    variance: f64,
    likelihood: f64,
    factor: Cholesky,
    weights: Vec<f64>,
    ones: Vec<f64>,
    ones_sum: f64,
}

impl Gaussian {
    /// The process with given lengths and noise; mean and variance are those of greatest likelihood. `None` where points
    /// are too few, or numerically the same.
    pub fn new(kernel: Kernel, lengths: &[f64], nugget: f64, x: &[Vec<f64>], y: &[f64]) -> Option<Gaussian> {
        let n = x.len();
        if n < 2 {
            return None;
        }
        let alike = Matrix::from_fn(n, n, |i, j| match i.cmp(&j) {
            std::cmp::Ordering::Equal => 1.0 + nugget,
            std::cmp::Ordering::Less => 0.0,
            std::cmp::Ordering::Greater => kernel.of(distance(&x[i], &x[j], lengths)),
        });
        let factor = Cholesky::of(&alike)?;
        let ones = factor.solve(&vec![1.0; n]);
        let ones_sum: f64 = ones.iter().sum();
        let mean = ones.iter().zip(y).map(|(w, y)| w * y).sum::<f64>() / ones_sum;
        let centred: Vec<f64> = y.iter().map(|y| y - mean).collect();
        let weights = factor.solve(&centred);
        let variance = centred.iter().zip(&weights).map(|(y, w)| y * w).sum::<f64>() / (n - 1) as f64;
        let scale = y.iter().fold(0.0_f64, |scale, y| scale.max(y.abs()));
        let variance = variance.max((1e-12 * scale).powi(2)).max(f64::MIN_POSITIVE);
        let likelihood = -0.5 * ((n - 1) as f64 * libm::log(variance) + factor.log_determinant() + libm::log(ones_sum));
        let (lengths, x, y) = (lengths.to_vec(), x.to_vec(), y.to_vec());
        Some(Gaussian { kernel, lengths, nugget, x, y, mean, variance, likelihood, factor, weights, ones, ones_sum })
    }

    /// The process of greatest restricted likelihood (Rasmussen and Williams 2006, chapter 5): kernel, lengths and noise
    /// by a search along each of them in turn, from several starts.
    pub fn fit(x: &[Vec<f64>], y: &[f64]) -> Option<Gaussian> {
        let inputs = x.first()?.len();
        let mut best: Option<Gaussian> = None;
        for kernel in [Kernel::Matern, Kernel::Rbf] {
            for (length, nugget) in [(0.5, 1e-2), (2.0, 1e-4)] {
                let mut at: Vec<f64> = vec![length; inputs];
                at.push(nugget);
                let found = search(&mut at, inputs, &|at| Gaussian::new(kernel, &at[..inputs], at[inputs], x, y));
                if let Some(found) = found
                    && best.as_ref().is_none_or(|best| found.likelihood > best.likelihood)
                {
                    best = Some(found);
                }
            }
        }
        best
    }

    /// As [`Gaussian::fit`], but with lengths and noise from so many points at most, evenly taken; it is conditioned on up
    /// to `most` of them.
    pub fn fit_some(x: &[Vec<f64>], y: &[f64], searched: usize, most: usize) -> Option<Gaussian> {
        let take = |count: usize| -> (Vec<Vec<f64>>, Vec<f64>) {
            let count = count.min(x.len());
            (0..count).map(|i| i * x.len() / count).map(|i| (x[i].clone(), y[i])).unzip()
        };
        let (few, values) = take(searched);
        let found = Gaussian::fit(&few, &values)?;
        if x.len() <= searched {
            return Some(found);
        }
        let (many, values) = take(most);
        Gaussian::new(found.kernel, &found.lengths, found.nugget, &many, &values)
    }

    /// The places that it is conditioned on.
    pub fn places(&self) -> &[Vec<f64>] {
        &self.x
    }

    /// What was observed there.
    pub fn observations(&self) -> &[f64] {
        &self.y
    }

    /// How many they are, less the mean that is taken from them.
    pub fn degrees_of_freedom(&self) -> u64 {
        (self.x.len() as u64).saturating_sub(1).max(1)
    }

    /// Standard deviation of the noise of an observation.
    pub fn noise(&self) -> f64 {
        (self.variance * self.nugget).sqrt()
    }

    /// What is expected at a place, and the standard deviation of an observation there.
    pub fn predict(&self, at: &[f64]) -> (f64, f64) {
        let alike: Vec<f64> = self.x.iter().map(|x| self.kernel.of(distance(x, at, &self.lengths))).collect();
        let mean = self.mean + alike.iter().zip(&self.weights).map(|(a, w)| a * w).sum::<f64>();
        let known: f64 = self.factor.forward(&alike).iter().map(|x| x * x).sum();
        let of_mean = 1.0 - alike.iter().zip(&self.ones).map(|(a, w)| a * w).sum::<f64>();
        let share = (1.0 - known).max(0.0) + self.nugget + of_mean * of_mean / self.ones_sum;
        (mean, (self.variance * share).sqrt())
    }
}

fn distance(a: &[f64], b: &[f64], lengths: &[f64]) -> f64 {
    a.iter().zip(b).zip(lengths).map(|((a, b), length)| ((a - b) / length).powi(2)).sum()
}

fn search(at: &mut [f64], inputs: usize, process: &dyn Fn(&[f64]) -> Option<Gaussian>) -> Option<Gaussian> {
    let mut best = process(at)?;
    let mut factor = FACTORS.0;
    while factor > FACTORS.1 {
        let mut better = false;
        for k in 0..at.len() {
            let (low, high) = if k < inputs { LENGTHS } else { NUGGETS };
            // Noise is looked for in wider steps than lengths.
            let step = if k < inputs { factor } else { factor * factor };
            let before = at[k];
            for value in [(before * step).min(high), (before / step).max(low)] {
                at[k] = value;
                match process(at) {
                    Some(found) if found.likelihood > best.likelihood + 1e-6 => {
                        (best, better) = (found, true);
                        break;
                    }
                    _ => at[k] = before,
                }
            }
        }
        if !better {
            factor = factor.sqrt();
        }
    }
    Some(best)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    /// Two points by hand: at a distance at which places are alike by a half.
    #[test]
    fn two_points_are_conditioned_on_as_by_hand() {
        let apart = (2.0 * 2.0_f64.ln()).sqrt();
        let g = Gaussian::new(Kernel::Rbf, &[1.0], 0.0, &[vec![0.0], vec![apart]], &[1.0, 3.0]).unwrap();
        // K = [1 .5; .5 1], mean 2, weights K^-1 (-1, 1) = (-2, 2), variance (2 + 2)/1.
        assert_relative_eq!(g.variance, 4.0, max_relative = 1e-12);
        let (mean, deviation) = g.predict(&[0.0]);
        assert_abs_diff_eq!(mean, 1.0, epsilon = 1e-12);
        assert_abs_diff_eq!(deviation, 0.0, epsilon = 1e-6);
        assert_abs_diff_eq!(g.predict(&[1e6]).0, 2.0, epsilon = 1e-12);
    }

    #[test]
    fn a_smooth_function_is_learned_and_an_input_that_does_not_matter_is_found() {
        let x: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i) / 39.0, f64::from(i * 17 % 40) / 39.0]).collect();
        let f = |x: &[f64]| (5.0 * x[0]).sin() + 2.0;
        let y: Vec<f64> = x.iter().map(|x| f(x)).collect();
        let g = Gaussian::fit(&x, &y).unwrap();
        for at in [[0.11, 0.9], [0.5, 0.1], [0.83, 0.4]] {
            let (mean, deviation) = g.predict(&at);
            assert_abs_diff_eq!(mean, f(&at), epsilon = 0.01);
            assert!(deviation < 0.05, "{deviation}");
        }
        assert!(g.lengths[1] > 5.0 * g.lengths[0], "{:?}", g.lengths);
        // Far from all points it knows nothing.
        assert!(g.predict(&[30.0, 0.0]).1 > 0.3);
    }

    #[test]
    fn equal_values_and_equal_places_do_no_harm() {
        let x = vec![vec![0.5]; 6];
        let g = Gaussian::fit(&x, &[1.0, 1.2, 0.8, 1.1, 0.9, 1.0]).unwrap();
        assert_abs_diff_eq!(g.predict(&[0.5]).0, 1.0, epsilon = 0.01);
        assert!((0.1..0.3).contains(&g.predict(&[0.5]).1), "{:?}", g.predict(&[0.5]));
        let x: Vec<Vec<f64>> = (0..5).map(|i| vec![f64::from(i)]).collect();
        assert_abs_diff_eq!(Gaussian::fit(&x, &[7.0; 5]).unwrap().predict(&[2.5]).0, 7.0, epsilon = 1e-9);
        assert!(Gaussian::fit(&x[..1], &[7.0]).is_none());
    }
}
