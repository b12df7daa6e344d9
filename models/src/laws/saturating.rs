//! Saturating at full load.

use super::{Factor, Figure, Load};

/// 1/(1 - l) for costs, 1 - l for benefits: the growth of an M/M/1 sojourn time.
#[derive(Debug)]
pub struct Saturating;

impl Factor for Saturating {
    fn factor(&self, load: Load, figure: Figure) -> f64 {
        let left = (1.0 - load.share).max(0.0);
        match figure {
            Figure::Benefit => left,
            Figure::Cost => 1.0 / left,
        }
    }
}
