//! Nonlinear least squares by Levenberg and Marquardt, within bounds.

use super::matrix::{Cholesky, Matrix, least_squares};

/// The most steps.
const STEPS: usize = 300;
/// The least and the most damping.
const DAMPING: (f64, f64) = (1e-15, 1e12);
/// The cosine between the residuals and every direction of change below which nothing can be gained.
const ORTHOGONAL: f64 = 1e-9;
/// A relative gain of a step that is rounding.
const ROUNDING: f64 = 1e-15;

/// Fitted parameters.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The parameters.
    pub parameters: Vec<f64>,
    /// What is left at each point.
    pub residuals: Vec<f64>,
    /// The sum of their squares.
    pub sum_of_squares: f64,
    /// How the residuals change with each parameter.
    pub jacobian: Matrix,
}

/// Minimises the sum of squares of `residuals(parameters, out)` of `n` points, from each of the starts; the best is
/// kept. `None` where the residuals are finite at no start.
///
/// Steps solve the damped linear problem by reflections, with damping in the scale of the columns (Levenberg 1944,
/// Marquardt 1963, Moré 1978). A parameter that stands on a bound and would be pushed across it is held for the step.
/// Derivatives are central differences.
pub fn minimise(
    residuals: &dyn Fn(&[f64], &mut [f64]),
    n: usize,
    starts: &[Vec<f64>],
    bounds: &[(f64, f64)],
) -> Option<Fit> {
    // How large a parameter usually is, where it is 0 at the moment.
    let size = |k: usize| starts.iter().map(|start| start[k].abs()).fold(0.0, f64::max);
    let sizes: Vec<f64> = (0..bounds.len()).map(|k| if size(k) > 0.0 { size(k) } else { 1.0 }).collect();
    let fits = starts.iter().filter_map(|start| descend(residuals, n, start, bounds, &sizes));
    fits.reduce(|best, next| if next.sum_of_squares < best.sum_of_squares { next } else { best })
}

fn descend(
    residuals: &dyn Fn(&[f64], &mut [f64]),
    n: usize,
    start: &[f64],
    bounds: &[(f64, f64)],
    sizes: &[f64],
) -> Option<Fit> {
    let clip = |x: f64, k: usize| x.clamp(bounds[k].0, bounds[k].1);
    let mut at: Vec<f64> = start.iter().enumerate().map(|(k, x)| clip(*x, k)).collect();
    let mut left = vec![0.0; n];
    residuals(&at, &mut left);
    let mut sum = squares(&left);
    if !sum.is_finite() {
        return None;
    }
    let mut damping = 1e-3;
    let mut scale = vec![0.0_f64; at.len()];
    let mut jacobian = slopes(residuals, n, &at, bounds, sizes);
    for _ in 0..STEPS {
        let column = |k: usize| (0..n).map(|i| jacobian[(i, k)].powi(2)).sum::<f64>().sqrt();
        let norms: Vec<f64> = (0..at.len()).map(column).collect();
        let gradient: Vec<f64> =
            (0..at.len()).map(|k| (0..n).map(|i| jacobian[(i, k)] * left[i]).sum::<f64>()).collect();
        scale.iter_mut().zip(&norms).for_each(|(scale, norm)| *scale = scale.max(*norm));
        let held =
            |k: usize| (at[k] <= bounds[k].0 && gradient[k] > 0.0) || (at[k] >= bounds[k].1 && gradient[k] < 0.0);
        let free: Vec<usize> = (0..at.len()).filter(|k| !held(*k) && norms[*k] > 0.0).collect();
        let size = sum.sqrt();
        if free.iter().all(|k| gradient[*k].abs() <= ORTHOGONAL * norms[*k] * size) {
            break;
        }
        let mut gained = None;
        while damping <= DAMPING.1 {
            let damped = Matrix::from_fn(n + free.len(), free.len(), |i, j| match i.checked_sub(n) {
                None => jacobian[(i, free[j])],
                Some(row) if row == j => damping.sqrt() * scale[free[j]],
                Some(_) => 0.0,
            });
            let aim = left.iter().map(|r| -r).chain(free.iter().map(|_| 0.0)).collect();
            if let Some(step) = least_squares(damped, aim) {
                let mut next = at.clone();
                free.iter().zip(&step).for_each(|(k, step)| next[*k] = clip(at[*k] + step, *k));
                let mut rest = vec![0.0; n];
                residuals(&next, &mut rest);
                let less = squares(&rest);
                if less < sum {
                    gained = Some(sum - less);
                    (at, left, sum) = (next, rest, less);
                    damping = (damping / 10.0).max(DAMPING.0);
                    break;
                }
            }
            damping *= 10.0;
        }
        let Some(gained) = gained else { break };
        jacobian = slopes(residuals, n, &at, bounds, sizes);
        if gained <= ROUNDING * sum {
            break;
        }
    }
    Some(Fit { parameters: at, residuals: left, sum_of_squares: sum, jacobian })
}

fn squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}

/// Central differences, one-sided where a bound is near.
fn slopes(
    residuals: &dyn Fn(&[f64], &mut [f64]),
    n: usize,
    at: &[f64],
    bounds: &[(f64, f64)],
    sizes: &[f64],
) -> Matrix {
    let mut jacobian = Matrix::zeros(n, at.len());
    let (mut above, mut below, mut moved) = (vec![0.0; n], vec![0.0; n], at.to_vec());
    for k in 0..at.len() {
        let (low, high) = bounds[k];
        // The cube root of the precision balances rounding and truncation.
        let step = 6e-6 * at[k].abs().max(1e-3 * sizes[k]);
        let (up, down) = ((at[k] + step).min(high), (at[k] - step).max(low));
        moved[k] = up;
        residuals(&moved, &mut above);
        moved[k] = down;
        residuals(&moved, &mut below);
        moved[k] = at[k];
        for i in 0..n {
            let slope = (above[i] - below[i]) / (up - down);
            jacobian[(i, k)] = if slope.is_finite() { slope } else { 0.0 };
        }
    }
    jacobian
}

/// How much each point determines its own fitted value, from 0 to 1: the diagonal of the hat matrix of the linearised
/// problem. Parameters that the points do not determine count for nothing.
pub fn leverages(jacobian: &Matrix) -> Vec<f64> {
    let (n, p) = (jacobian.rows(), jacobian.columns());
    let norms: Vec<f64> = (0..p).map(|k| (0..n).map(|i| jacobian[(i, k)].powi(2)).sum::<f64>().sqrt()).collect();
    let kept: Vec<usize> = (0..p).filter(|k| norms[*k] > 0.0).collect();
    let scaled = |i: usize, k: usize| jacobian[(i, kept[k])] / norms[kept[k]];
    let gram = Matrix::from_fn(kept.len(), kept.len(), |a, b| (0..n).map(|i| scaled(i, a) * scaled(i, b)).sum());
    let Some(factor) = Cholesky::of(&gram) else { return vec![p as f64 / n as f64; n] };
    let row = |i: usize| (0..kept.len()).map(|k| scaled(i, k)).collect::<Vec<f64>>();
    (0..n).map(|i| factor.forward(&row(i)).iter().map(|x| x * x).sum::<f64>().min(1.0)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// NIST StRD "Misra1a" (National Institute of Standards and Technology 1978): certified to eleven digits.
    #[test]
    fn misra_1a_has_its_certified_values() {
        let x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0];
        let y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78];
        let model = |p: &[f64], out: &mut [f64]| {
            for i in 0..x.len() {
                out[i] = p[0] * (1.0 - libm::exp(-p[1] * x[i])) - y[i];
            }
        };
        let open = [(f64::NEG_INFINITY, f64::INFINITY); 2];
        let fit = minimise(&model, x.len(), &[vec![500.0, 0.0001], vec![250.0, 0.0005]], &open).unwrap();
        assert_relative_eq!(fit.parameters[0], 2.389_421_291_8e2, max_relative = 1e-8);
        assert_relative_eq!(fit.parameters[1], 5.501_564_318_1e-4, max_relative = 1e-8);
        assert_relative_eq!(fit.sum_of_squares, 1.245_513_889_4e-1, max_relative = 1e-9);
        // Each parameter is worth a point.
        assert_relative_eq!(leverages(&fit.jacobian).iter().sum::<f64>(), 2.0, max_relative = 1e-9);
    }

    #[test]
    fn a_parameter_that_wants_across_its_bound_stays_on_it() {
        let model = |p: &[f64], out: &mut [f64]| {
            for (i, r) in out.iter_mut().enumerate() {
                let x = i as f64;
                *r = p[0] + p[1] * x - (5.0 - 0.5 * x);
            }
        };
        let fit = minimise(&model, 9, &[vec![1.0, 1.0]], &[(f64::NEG_INFINITY, f64::INFINITY), (0.0, 9.0)]).unwrap();
        assert_eq!(fit.parameters[1], 0.0);
        assert_relative_eq!(fit.parameters[0], 3.0, max_relative = 1e-9);
        assert!(minimise(&|_, out| out.fill(f64::NAN), 3, &[vec![1.0]], &[(0.0, 2.0)]).is_none());
    }
}
