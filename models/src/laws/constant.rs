//! The same at every load.

use super::{Factor, Figure, Load};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;

/// A constant factor.
#[derive(Debug)]
pub struct Constant(f64);

impl Constant {
    pub(super) fn lower(factor: &Scalar, lower: &Lower<'_>, at: &Path) -> Constant {
        Constant(lower.positive(at, factor, Dimension::NONE))
    }
}

impl Factor for Constant {
    fn factor(&self, _: Load, _: Figure) -> f64 {
        self.0
    }
}
