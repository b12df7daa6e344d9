//! The targets and their verdicts.

use super::Layout;
use super::cell::{As, cell, dimension};
use super::grid::Grid;
use crate::run::Verdict;
use crate::store::stored::TargetResult;
use sim_core::analyse::Estimate;

/// The table of targets.
pub fn grid(targets: &[TargetResult]) -> Grid {
    let mut grid = Grid::new(&["verdict", "target", "measured"]);
    grid.texts = 2;
    for target in targets {
        let verdict = match target.verdict {
            Verdict::Met => "met",
            Verdict::Missed => "MISSED",
            Verdict::Undecided => "undecided",
        };
        let estimate = target.value.map(|value| Estimate { value, half_width: target.half_width, n: 0 });
        let measured = cell(estimate, As::Of(dimension(&target.unit)));
        grid.row(vec![verdict.to_string(), target.target.clone(), measured]);
    }
    grid
}

/// What to do about targets that are undecided, if any are.
pub fn advice(targets: &[TargetResult], layout: Layout) -> String {
    let mut out = String::new();
    if targets.iter().any(|target| target.verdict == Verdict::Undecided) {
        let why = if targets.iter().any(|target| target.half_width.is_some()) {
            "warning: a target is undecided, because the interval lies on both sides of its bound. Give more \
             replications (`--replications`), or a longer horizon."
        } else {
            "warning: a target is undecided, because one replication gives no interval. Give more (`--replications`)."
        };
        out.push_str(&layout.styled("33", &layout.wrapped(why, 2)));
        out.push('\n');
    }
    out
}
