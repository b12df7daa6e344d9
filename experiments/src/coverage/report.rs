//! What a coverage experiment prints and stores.

use super::{Case, Cell, Verdict, bands};
use crate::report::document::{Data, Document, without};
use crate::report::table::Layout;
use crate::report::table::grid::Grid;
use crate::report::{WriteError, html, notebook};
use crate::store::manifest::{COMMIT, VERSION};
use crate::store::staging::MANIFEST;
use serde::Serialize;
use std::path::Path;

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// What it is about.
    pub title: String,
    /// What it belongs to.
    pub file: String,
    /// Version of loadgraph.
    pub version: String,
    /// Commit that it was built from, if known.
    pub commit: Option<String>,
    /// Experiments for each case.
    pub experiments: u64,
    /// Seed of the first.
    pub seed: u64,
    /// The cases.
    pub cases: Vec<String>,
    /// The files of this result.
    pub files: Vec<String>,
    /// Real time that it took [s].
    pub wall_seconds: f64,
}

impl Manifest {
    /// The manifest of a measurement.
    pub fn of(cases: &[Case], experiments: u64, seed: u64, wall_seconds: f64) -> Manifest {
        let files = ["coverage.csv", "coverage.json", notebook::FILE, html::FILE, MANIFEST];
        Manifest {
            title: "Coverage of confidence intervals".into(),
            file: "coverage".into(),
            version: VERSION.to_string(),
            commit: COMMIT.map(str::to_string),
            experiments,
            seed,
            cases: cases.iter().map(|case| case.name.to_string()).collect(),
            files: files.map(String::from).to_vec(),
            wall_seconds,
        }
    }
}

/// What `coverage.json` holds, and what `--json` prints.
#[derive(Debug, Serialize)]
pub struct Figures<'c> {
    /// Exit status: 0 done, 3 where intervals hold too seldom.
    pub status: u8,
    /// The cells.
    pub cells: &'c [Cell],
}

impl Figures<'_> {
    /// Those of a measurement.
    pub fn of(cells: &[Cell]) -> Figures<'_> {
        let under = cells.iter().any(|cell| cell.verdict == Verdict::Under);
        Figures { status: if under { 3 } else { 0 }, cells }
    }

    /// As JSON, with a line break at the end.
    pub fn json(&self) -> String {
        crate::report::json(self)
    }
}

/// Writes all files of a result into a folder.
///
/// # Errors
/// One of them cannot be written.
pub fn write(folder: &Path, manifest: &Manifest, cases: &[Case], cells: &[Cell]) -> Result<(), WriteError> {
    let mut table = csv::Writer::from_path(folder.join("coverage.csv"))?;
    cells.iter().try_for_each(|cell| table.serialize(cell))?;
    table.flush()?;
    std::fs::write(folder.join("coverage.json"), Figures::of(cells).json())?;
    let document = document(manifest, cases, cells);
    document.write(folder)?;
    Ok(std::fs::write(folder.join(MANIFEST), crate::report::json(manifest))?)
}

fn explained(cells: &[Cell]) -> String {
    let Some(first) = cells.first() else { return String::new() };
    let [one, all] = bands(first.confidence, first.experiments, cells.len());
    format!(
        "Of the {} % intervals of {} independent experiments a share between {:.3} and {:.3} holds the exact value with a \
         probability of 99 %, for each cell by itself; for all {} cells together it is between {:.3} and {:.3} (Bonferroni).",
        first.confidence * 100.0,
        first.experiments,
        one.0,
        one.1,
        cells.len(),
        all.0,
        all.1
    )
}

fn grid(cells: &[Cell]) -> Grid {
    let mut grid = Grid::new(&["case", "quantity", "covered", "verdict", "exact", "mean estimate", "mean half-width"]);
    grid.texts = 2;
    for cell in cells {
        let verdict = match cell.verdict {
            Verdict::Within => "within",
            Verdict::Near => "near",
            Verdict::Under => "UNDER",
            Verdict::Over => "over",
        };
        grid.row(vec![
            cell.case.clone(),
            cell.quantity.clone(),
            format!("{:.3}", cell.share),
            verdict.to_string(),
            format!("{:.5}", cell.exact),
            format!("{:.5}", cell.mean),
            format!("{:.5}", cell.half_width),
        ]);
    }
    grid
}

/// The document of a measurement.
pub fn document(manifest: &Manifest, cases: &[Case], cells: &[Cell]) -> Document {
    let names = manifest.cases.iter().map(|name| format!(" --case {name}")).collect::<String>();
    let mut document = Document {
        title: manifest.title.clone(),
        kind: "Coverage",
        basis: vec![explained(cells)],
        data: vec![Data {
            file: "coverage.csv".into(),
            variable: "coverage",
            about: "one row for each case and quantity".into(),
        }],
        sources: cases.iter().map(|case| (format!("{}.ron", case.name), described(case))).collect(),
        again: vec![format!(
            "loadgraph coverage --experiments {} --seed {}{names}",
            manifest.experiments, manifest.seed
        )],
        manifest: without(manifest, &["wall_seconds"]),
        ..Document::default()
    };
    document.table("Share of intervals that hold the exact value", grid(cells));
    document
}

fn described(case: &Case) -> String {
    let changes: String = case.overrides.iter().map(|(path, value)| format!("// with {path} = {value}\n")).collect();
    format!("// {}\n{changes}{}", case.about, case.text)
}

/// The table for documentation.
pub fn markdown(cells: &[Cell]) -> String {
    let grid = grid(cells);
    let line = |row: &[String]| format!("| {} |\n", row.join(" | "));
    let rule: String = (0..grid.head.len()).map(|i| if i < grid.texts { ":--|" } else { "--:|" }).collect();
    let rows: String = grid.rows.iter().map(|row| line(row)).collect();
    format!("{}\n\n{}|{rule}\n{rows}", explained(cells), line(&grid.head))
}

/// What is printed for people.
pub fn text(manifest: &Manifest, cells: &[Cell], layout: Layout) -> String {
    format!(
        "{}\n{}\n\n{}",
        layout.bold(&manifest.title),
        layout.wrapped(&explained(cells), 2),
        grid(cells).render(layout)
    )
}
