//! Functions through points: linear and nonlinear least squares, Gaussian processes, and how models are compared.
//!
//! Plain arithmetic on numbers, as [`crate::analyse`]: nothing here knows where points come from. [`Matrix`] has what
//! little linear algebra that takes.

mod gaussian;
mod matrix;
mod nonlinear;
mod ridge;
mod score;

pub use gaussian::{Gaussian, Kernel};
pub use matrix::{Cholesky, Matrix, least_squares};
pub use nonlinear::{Fit, leverages, minimise};
pub use ridge::Ridge;
pub use score::{Scored, Scores, aicc, f_test, quantile, scores};
