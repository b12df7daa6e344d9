//! A table of measured points.

use super::{Factor, Figure, Load};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;

/// Piecewise linear through (load in percent, factor), constant beyond the ends.
#[derive(Debug)]
pub struct Table(Vec<(f64, f64)>);

impl Table {
    pub(super) fn lower(points: &[(Scalar, Scalar)], lower: &Lower<'_>, at: &Path) -> Table {
        let at = at.field("points");
        let points: Vec<(f64, f64)> = points
            .iter()
            .enumerate()
            .map(|(i, (load, factor))| {
                let at = at.index(i);
                (
                    lower.not_negative(&at.index(0), load, Dimension::NONE),
                    lower.not_negative(&at.index(1), factor, Dimension::NONE),
                )
            })
            .collect();
        if points.is_empty() {
            lower.problem_with_help(&at, "the table is empty", "give points such as (0, 1.0), (100, 0.4)");
        } else if points.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            lower.problem_with_help(&at, "the loads of a table must rise", "sort the points by load, each load once");
        }
        Table(points)
    }
}

impl Factor for Table {
    fn factor(&self, load: Load, _: Figure) -> f64 {
        let percent = load.share * 100.0;
        let above = self.0.partition_point(|(l, _)| *l <= percent);
        match (above.checked_sub(1).map(|i| self.0[i]), self.0.get(above)) {
            (Some((l0, f0)), Some((l1, f1))) => f0 + (f1 - f0) * (percent - l0) / (l1 - l0),
            (Some((_, factor)), None) | (None, Some(&(_, factor))) => factor,
            (None, None) => 1.0,
        }
    }
}
