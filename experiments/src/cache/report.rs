//! What is printed and stored.

use super::run::Row;
use super::size::Size;
use super::trace::Trace;
use crate::report::WriteError;
use crate::report::plot::Stamp;
use crate::report::plot::response::{ResponsePlot, ResponseSeries};
use crate::report::table::Layout;
use crate::report::table::grid::Grid;
use crate::store::staging::MANIFEST;
use serde::Serialize;
use std::path::Path;

/// The picture.
const PICTURE: &str = "miss_ratio.png";
/// The picture of bytes.
const BYTE_PICTURE: &str = "byte_miss_ratio.png";

/// What the figures follow from.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// What it is about.
    pub title: String,
    /// The trace as it was named.
    pub trace: String,
    /// How it was read.
    pub format: String,
    /// Requests, objects, and bytes of all objects where sizes are known.
    pub requests: u64,
    /// Objects.
    pub objects: u64,
    /// Bytes of all objects.
    pub object_bytes: Option<u64>,
    /// Hash of all requests, hexadecimal.
    pub trace_hash: String,
    /// The run: a hash of all that the figures follow from.
    pub id: String,
    /// Version of loadgraph.
    pub version: String,
    /// Commit that it was built from, if known.
    pub commit: Option<String>,
    /// Seed of random replacement.
    pub seed: u64,
    /// Policies.
    pub policies: Vec<&'static str>,
    /// Sizes, as asked for.
    pub sizes: Vec<String>,
    /// Threads.
    pub threads: usize,
    /// Real time that it took \[s\].
    pub wall_seconds: f64,
    /// The files of this result.
    pub files: Vec<String>,
}

/// What `results.json` holds, and what `--json` prints.
#[derive(Debug, Serialize)]
pub struct Figures<'r> {
    /// The trace as it was named.
    pub trace: &'r str,
    /// How it was read.
    pub format: &'r str,
    /// Requests.
    pub requests: u64,
    /// Objects.
    pub objects: u64,
    /// Bytes of all objects.
    pub object_bytes: Option<u64>,
    /// One for each policy and size.
    pub rows: &'r [Row],
}

impl Manifest {
    /// What a program is told.
    pub fn figures<'r>(&'r self, rows: &'r [Row]) -> Figures<'r> {
        Figures {
            trace: &self.trace,
            format: &self.format,
            requests: self.requests,
            objects: self.objects,
            object_bytes: self.object_bytes,
            rows,
        }
    }
}

impl Figures<'_> {
    /// As JSON, with a line break at the end.
    pub fn json(&self) -> String {
        crate::report::json(self)
    }
}

/// Bytes of all objects, where sizes are known.
pub fn object_bytes(trace: &Trace) -> Option<u64> {
    trace.has_sizes().then_some(trace.object_bytes)
}

/// Writes all files of a result into a folder, the pictures where they are wanted.
///
/// # Errors
/// One of them cannot be written.
pub fn write(folder: &Path, manifest: &mut Manifest, rows: &[Row], draw: bool) -> Result<(), WriteError> {
    let mut table = csv::Writer::from_path(folder.join("results.csv"))?;
    rows.iter().try_for_each(|row| table.serialize(row))?;
    table.flush()?;
    std::fs::write(folder.join("results.json"), manifest.figures(rows).json())?;
    manifest.files = vec!["results.csv".into(), "results.json".into(), MANIFEST.into()];
    if draw {
        let stamp = Stamp {
            title: manifest.title.clone(),
            hash: manifest.id.clone(),
            footnote: format!("{} requests for {} objects", manifest.requests, manifest.objects),
        };
        curve(rows, "Miss ratio", |row| Some(row.miss_ratio)).draw(&folder.join(PICTURE), &stamp)?;
        manifest.files.push(PICTURE.into());
        if manifest.object_bytes.is_some() {
            curve(rows, "Byte miss ratio", |row| row.byte_miss_ratio).draw(&folder.join(BYTE_PICTURE), &stamp)?;
            manifest.files.push(BYTE_PICTURE.into());
        }
    }
    Ok(std::fs::write(folder.join(MANIFEST), crate::report::json(manifest))?)
}

/// A curve for each policy over the sizes.
fn curve(rows: &[Row], label: &str, figure: impl Fn(&Row) -> Option<f64>) -> ResponsePlot {
    let mut series: Vec<ResponseSeries> = Vec::new();
    for row in rows {
        if series.last().is_none_or(|last| last.name != row.policy) {
            series.push(ResponseSeries { name: row.policy.into(), marker: true, ..ResponseSeries::default() });
        }
        if let (Some(last), Some(figure)) = (series.last_mut(), figure(row)) {
            last.points.push((row.capacity as f64, 100.0 * figure));
        }
    }
    let unit = rows.first().map_or("", |row| row.unit);
    ResponsePlot {
        x_label: "Size of the cache".into(),
        x_unit: if unit == "B" { "B".into() } else { "objects".into() },
        y_label: label.into(),
        y_unit: "%".into(),
        log_x: true,
        series,
        ..ResponsePlot::default()
    }
}

/// What is printed for people.
pub fn text(manifest: &Manifest, rows: &[Row], sizes: &[Size], layout: Layout) -> String {
    let objects = match manifest.object_bytes {
        Some(bytes) => {
            let bytes = models::units::format(bytes as f64 * 8.0, models::units::Dimension::DATA);
            format!("{} objects of {bytes} in all", manifest.objects)
        }
        None => format!("{} objects", manifest.objects),
    };
    let basis = format!("{}: {}, {} requests for {objects}", manifest.trace, manifest.format, manifest.requests);
    let mut parts = vec![format!("{}\n{}\n", layout.bold(&manifest.title), layout.wrapped(&basis, 2))];
    if sizes.len() == 1 {
        parts.push(one_size(rows, sizes, layout));
    } else {
        parts.push(matrix("Miss ratio", rows, sizes, layout, |row| Some(row.miss_ratio)));
        if manifest.object_bytes.is_some() {
            parts.push(matrix("Byte miss ratio", rows, sizes, layout, |row| row.byte_miss_ratio));
        }
    }
    parts.join("\n")
}

fn share(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_string(), |ratio| format!("{ratio:.4}"))
}

/// A row for each policy, with all figures.
fn one_size(rows: &[Row], sizes: &[Size], layout: Layout) -> String {
    let mut grid = Grid::new(&["policy", "size", "misses", "miss ratio", "byte miss ratio"]);
    for row in rows {
        let size = sizes.first().map_or_else(String::new, Size::shown);
        grid.row(vec![
            row.policy.into(),
            size,
            row.misses.to_string(),
            share(Some(row.miss_ratio)),
            share(row.byte_miss_ratio),
        ]);
    }
    grid.without_empty_columns().render(layout)
}

/// A row for each size, a column for each policy.
fn matrix(title: &str, rows: &[Row], sizes: &[Size], layout: Layout, figure: impl Fn(&Row) -> Option<f64>) -> String {
    let mut names: Vec<&str> = rows.iter().map(|row| row.policy).collect();
    names.dedup();
    let head: Vec<&str> = std::iter::once("size").chain(names.iter().copied()).collect();
    let mut grid = Grid::new(&head);
    for size in sizes {
        let of_size = rows.iter().filter(|row| row.capacity == size.amount());
        grid.row(std::iter::once(size.shown()).chain(of_size.map(|row| share(figure(row)))).collect());
    }
    format!("{}\n{}", layout.bold(title), grid.render(layout))
}
