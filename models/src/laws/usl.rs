//! The universal scalability law.

use super::{Factor, Figure, Load};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;

/// Relative capacity C(n) = n / (1 + alpha (n - 1) + beta n (n - 1)) of n requests present (Gunther, Guerrilla Capacity
/// Planning, 2007). As a factor of the rate of one service it is C(n)/n for benefits, n/C(n) for costs: contention and
/// coherence slow every request that is in service beside others.
#[derive(Debug)]
pub struct Usl {
    alpha: f64,
    beta: f64,
}

impl Usl {
    pub(super) fn lower(alpha: &Scalar, beta: &Scalar, lower: &Lower<'_>, at: &Path) -> Usl {
        Usl {
            alpha: lower.not_negative(&at.field("alpha"), alpha, Dimension::NONE),
            beta: lower.not_negative(&at.field("beta"), beta, Dimension::NONE),
        }
    }
}

impl Factor for Usl {
    fn factor(&self, load: Load, figure: Figure) -> f64 {
        let n = load.present.max(1.0);
        let slow_down = crate::analytic::usl::slow_down(n, self.alpha, self.beta);
        match figure {
            Figure::Benefit => 1.0 / slow_down,
            Figure::Cost => slow_down,
        }
    }
}
