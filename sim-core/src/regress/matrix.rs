//! Small dense matrices: as much as fitting takes.

use std::ops::{Index, IndexMut};

/// A matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Matrix {
        Matrix { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// A matrix by its elements.
    pub fn from_fn(rows: usize, columns: usize, mut element: impl FnMut(usize, usize) -> f64) -> Matrix {
        let values = (0..rows * columns).map(|i| element(i / columns.max(1), i % columns.max(1))).collect();
        Matrix { rows, columns, values }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// A row.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.columns..(i + 1) * self.columns]
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;
    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        &self.values[i * self.columns + j]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        &mut self.values[i * self.columns + j]
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The factor L of a symmetric positive definite matrix L L'.
#[derive(Clone, Debug)]
pub struct Cholesky(Matrix);

impl Cholesky {
    /// The factor, from the lower half of the matrix; none where it is not positive definite.
    pub fn of(matrix: &Matrix) -> Option<Cholesky> {
        let n = matrix.rows;
        let mut lower = Matrix::zeros(n, n);
        for i in 0..n {
            for j in 0..=i {
                let rest = matrix[(i, j)] - dot(&lower.row(i)[..j], &lower.row(j)[..j]);
                if i == j {
                    if rest.is_nan() || rest <= 0.0 {
                        return None;
                    }
                    lower[(i, i)] = rest.sqrt();
                } else {
                    lower[(i, j)] = rest / lower[(j, j)];
                }
            }
        }
        Some(Cholesky(lower))
    }

    /// x with L x = b.
    pub fn forward(&self, b: &[f64]) -> Vec<f64> {
        let mut x: Vec<f64> = Vec::with_capacity(b.len());
        for (i, value) in b.iter().enumerate() {
            x.push((value - dot(&self.0.row(i)[..i], &x)) / self.0[(i, i)]);
        }
        x
    }

    /// x with L L' x = b.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.forward(b);
        for i in (0..x.len()).rev() {
            x[i] /= self.0[(i, i)];
            let (known, row) = (x[i], self.0.row(i));
            x[..i].iter_mut().zip(row).for_each(|(x, l)| *x -= l * known);
        }
        x
    }

    /// The logarithm of the determinant of L L'.
    pub fn log_determinant(&self) -> f64 {
        (0..self.0.rows).map(|i| 2.0 * libm::log(self.0[(i, i)])).sum()
    }

    /// The inverse of L L'.
    pub fn inverse(&self) -> Matrix {
        let n = self.0.rows;
        let mut inverse = Matrix::zeros(n, n);
        for j in 0..n {
            let unit: Vec<f64> = (0..n).map(|i| if i == j { 1.0 } else { 0.0 }).collect();
            for (i, value) in self.solve(&unit).into_iter().enumerate() {
                inverse[(i, j)] = value;
            }
        }
        inverse
    }
}

/// A column that is so much shorter once the others are taken out of it depends on them.
const DEPENDENT: f64 = 1e-13;

/// The x that minimises |a x - b|, by Householder reflections (Golub 1965); none where the columns depend on each other.
pub fn least_squares(mut a: Matrix, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let (m, n) = (a.rows, a.columns);
    if m < n {
        return None;
    }
    let mut diagonal = vec![0.0; n];
    for k in 0..n {
        let whole = (0..m).map(|i| a[(i, k)].powi(2)).sum::<f64>().sqrt();
        let norm = (k..m).map(|i| a[(i, k)].powi(2)).sum::<f64>().sqrt();
        if norm.is_nan() || norm <= DEPENDENT * whole || norm == 0.0 {
            return None;
        }
        let alpha = if a[(k, k)] > 0.0 { -norm } else { norm };
        a[(k, k)] -= alpha;
        let length = (k..m).map(|i| a[(i, k)].powi(2)).sum::<f64>();
        for j in k + 1..n {
            let share = 2.0 * (k..m).map(|i| a[(i, k)] * a[(i, j)]).sum::<f64>() / length;
            for i in k..m {
                let reflected = share * a[(i, k)];
                a[(i, j)] -= reflected;
            }
        }
        let share = 2.0 * (k..m).map(|i| a[(i, k)] * b[i]).sum::<f64>() / length;
        for i in k..m {
            b[i] -= share * a[(i, k)];
        }
        diagonal[k] = alpha;
    }
    let mut x = vec![0.0; n];
    for k in (0..n).rev() {
        x[k] = (b[k] - dot(&a.row(k)[k + 1..], &x[k + 1..])) / diagonal[k];
    }
    Some(x)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// The inverse of the Hilbert matrix has whole numbers, and is hard to find.
    #[test]
    fn cholesky_inverts_a_hilbert_matrix() {
        let hilbert = Matrix::from_fn(4, 4, |i, j| 1.0 / (i + j + 1) as f64);
        let factor = Cholesky::of(&hilbert).unwrap();
        let inverse = factor.inverse();
        for (at, value) in [((0, 0), 16.0), ((1, 1), 1200.0), ((2, 3), -4200.0), ((3, 3), 2800.0)] {
            assert_relative_eq!(inverse[at], value, max_relative = 1e-9);
        }
        // det = 1/6048000.
        assert_relative_eq!(factor.log_determinant(), -(6_048_000.0_f64).ln(), max_relative = 1e-10);
        assert!(Cholesky::of(&Matrix::from_fn(2, 2, |_, _| 1.0)).is_none());
    }

    #[test]
    fn least_squares_are_those_of_the_normal_equations() {
        let x = [0.0, 1.0, 2.0, 4.0, 7.0];
        let y = vec![1.0, 2.5, 2.0, 5.5, 8.0];
        let line = least_squares(Matrix::from_fn(5, 2, |i, j| if j == 0 { 1.0 } else { x[i] }), y.clone()).unwrap();
        let (mx, my) = (2.8, 3.8);
        let slope = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
            / x.iter().map(|x| (x - mx).powi(2)).sum::<f64>();
        assert_relative_eq!(line[1], slope, max_relative = 1e-12);
        assert_relative_eq!(line[0], my - slope * mx, max_relative = 1e-12);
        assert_eq!(least_squares(Matrix::from_fn(5, 2, |i, j| x[i] * (j + 1) as f64), y), None);
    }
}
