//! Tables for people.
use crate::store::stored::{Figures, Stored};
/// How wide tables may be, and whether they may have colour.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns.
    pub width: usize,
    /// Colour.
    pub colour: bool,
}
/// The whole report.
pub fn report(stored: &Stored, figures: &Figures, place: &str, _: Layout) -> String {
    use std::fmt::Write;
    let mut out = format!("{}\n{}\n", stored.manifest.title, stored.manifest.basis());
    for line in &figures.rows {
        if let Some(value) = line.value.filter(|value| *value != 0.0) {
            let half = line.half_width.map_or(String::new(), |half| format!(" +- {half:.3e}"));
            let _ = writeln!(
                out,
                "{:20} {:16} {:5} {value:>14.6}{half} {}",
                line.name, line.indicator, line.statistic, line.unit
            );
        }
    }
    for target in &figures.targets {
        let _ = writeln!(out, "{:?}: {}", target.verdict, target.target);
    }
    for remark in &figures.advice {
        let _ = writeln!(out, "{}", remark.text);
    }
    let _ = writeln!(out, "results in {place}");
    out
}
