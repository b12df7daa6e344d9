//! Linear in load.

use super::{Factor, Figure, Load};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;

/// 1 - slope l for benefits, 1 + slope l for costs, l being the load as a share.
#[derive(Debug)]
pub struct Linear(f64);

impl Linear {
    pub(super) fn lower(slope: &Scalar, lower: &Lower<'_>, at: &Path) -> Linear {
        Linear(lower.not_negative(&at.field("slope"), slope, Dimension::NONE))
    }
}

impl Factor for Linear {
    fn factor(&self, load: Load, figure: Figure) -> f64 {
        match figure {
            Figure::Benefit => 1.0 - self.0 * load.share,
            Figure::Cost => 1.0 + self.0 * load.share,
        }
    }
}
