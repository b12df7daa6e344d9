//! What is printed of a calibration: tables of families and parameters, and the law to paste.

use super::{Calibration, FamilyRow, Manifest};
use crate::report::table::Layout;
use crate::report::table::grid::Grid;

/// A number with so many digits that count.
pub(super) fn short(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    if !value.is_finite() {
        return "none".to_string();
    }
    let size = value.abs().log10().floor() as i32;
    match size {
        -4..=6 => format!("{value:.*}", (digits as i32 - 1 - size).max(0) as usize),
        _ => format!("{value:.*e}", digits - 1),
    }
}

fn optional(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_string(), |value| short(value, digits))
}

pub(super) fn family_grid(rows: &[FamilyRow]) -> Grid {
    let mut grid = Grid::new(&["family", "", "parameters", "rmse", "R2", "AICc", "difference", "weight"]);
    grid.texts = 2;
    for row in rows.iter().filter(|row| row.not_fitted.is_none()) {
        let fixed = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_string(), |value| format!("{value:.digits$}"))
        };
        grid.row(vec![
            row.family.into(),
            if row.chosen { "chosen".into() } else { String::new() },
            row.fitted_parameters.to_string(),
            optional(row.rmse, 4),
            fixed(row.r2, 5),
            fixed(row.aicc, 2),
            fixed(row.delta, 2),
            fixed(row.weight, 3),
        ]);
    }
    grid
}

pub(super) fn parameter_grid(rows: &[FamilyRow]) -> Grid {
    let mut grid = Grid::new(&["family", "parameter", "value", "low", "high"]);
    grid.texts = 2;
    // The chosen one first.
    let mut rows: Vec<&FamilyRow> = rows.iter().collect();
    rows.sort_by_key(|row| !row.chosen);
    for row in rows {
        for p in &row.parameters {
            let name = if p.derived { format!("  {}", p.name) } else { p.name.to_string() };
            let end = |end: Option<f64>| {
                if row.resamples == 0 { "-".to_string() } else { short(end.unwrap_or(f64::INFINITY), 5) }
            };
            grid.row(vec![
                row.family.into(),
                name,
                short(p.value.unwrap_or(f64::INFINITY), 5),
                end(p.low),
                end(p.high),
            ]);
        }
    }
    grid
}

/// The formula of each family that was fitted.
pub(super) fn formulas(rows: &[FamilyRow]) -> Grid {
    let mut grid = Grid::new(&["family", "formula"]);
    grid.texts = 2;
    rows.iter()
        .filter(|row| row.not_fitted.is_none())
        .for_each(|row| grid.row(vec![row.family.into(), row.formula.into()]));
    grid
}

pub(super) fn not_fitted(rows: &[FamilyRow]) -> Option<String> {
    let all: Vec<String> =
        rows.iter().filter_map(|row| row.not_fitted.as_ref().map(|why| format!("{} ({why})", row.family))).collect();
    (!all.is_empty()).then(|| format!("Not fitted: {}", all.join("; ")))
}

/// The law to paste, with what it means, as text of a file.
pub(super) fn law_text(calibration: &Calibration) -> String {
    match calibration.comparison.law() {
        Ok(law) => format!("{}\n// {}\n", law.ron, law.note),
        Err(why) => format!("// {} cannot be written as a law: {why}\n", calibration.chosen()),
    }
}

/// What is printed for people.
pub fn text(calibration: &Calibration, manifest: &Manifest, layout: Layout) -> String {
    let rows = calibration.rows();
    let mut parts =
        vec![format!("{}\n{}\n", layout.bold(&manifest.title), layout.wrapped(&calibration.basis(manifest), 2))];
    if !rows.is_empty() {
        parts.push(format!("{}\n{}", layout.bold("Families"), family_grid(&rows).render(layout)));
        parts.push(format!("{}\n{}", layout.bold("Formulas"), formulas(&rows).render(layout)));
        parts.push(format!("{}\n{}", layout.bold("Parameters"), parameter_grid(&rows).render(layout)));
    }
    if let Some(line) = not_fitted(&rows) {
        parts.push(layout.wrapped(&line, 2) + "\n");
    }
    let law = calibration.comparison.law();
    let ron = match &law {
        Ok(law) => {
            format!("{}\n{}\n", law.ron, layout.wrapped(&format!("// {}", law.note), 3).replace("\n   ", "\n// "))
        }
        Err(why) => format!("none: {why}\n"),
    };
    parts.push(format!("{}\n{ron}", layout.bold(&format!("To paste: {}", calibration.chosen()))));
    let remarks = calibration.remarks(manifest);
    if !remarks.is_empty() {
        let lines: Vec<String> = remarks.iter().map(|remark| layout.wrapped(&format!("- {remark}"), 2)).collect();
        parts.push(lines.join("\n") + "\n");
    }
    parts.join("\n")
}
