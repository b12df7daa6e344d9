//! What is printed of a campaign: the responses of each configuration, and what went wrong where.

use super::export::Point;
use super::record::Status;
use super::responses::Response;
use super::store::manifest::Manifest;
use super::{export, labels};
use crate::report::table::Layout;
use crate::report::table::cell::{As, cell, dimension};
use crate::report::table::grid::Grid;

/// Rows that are printed; all are in the tables.
const ROWS: usize = 60;
/// Configurations that are named of those which went wrong.
const NAMED: usize = 12;

/// The responses that tell something: those asked for, and of the others those that differ.
pub fn telling<'m>(manifest: &'m Manifest, points: &[Point]) -> Vec<&'m Response> {
    let differs = |response: &Response| {
        let mut values = points.iter().filter_map(|point| point.steady(&response.path)).map(|e| e.value);
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    manifest.responses.iter().filter(|response| response.asked || differs(response)).collect()
}

/// How a response is written.
pub fn how(response: &Response) -> As {
    const SHARES: [&str; 4] = ["reliability", "utilisation", "availability", "unfinished"];
    if SHARES.iter().any(|share| response.path.rsplit('.').next() == Some(share)) {
        return As::Share;
    }
    As::Of(dimension(&response.unit))
}

/// The head of a report.
pub fn header(manifest: &Manifest, layout: Layout) -> String {
    let basis = format!("{} of {}: {}", manifest.kind, manifest.file, manifest.basis());
    format!("{}\n{}\n", layout.bold(&manifest.title), layout.wrapped(&basis, 2))
}

/// The table of configurations.
pub fn table(manifest: &Manifest, points: &[Point], layout: Layout) -> String {
    let mut out = grid(manifest, points).render(layout);
    if points.len() > ROWS {
        out += &format!("and {} more in {}\n", points.len() - ROWS, export::FILES[0]);
    }
    out
}

/// Its cells, for the first configurations.
pub fn grid(manifest: &Manifest, points: &[Point]) -> Grid {
    let responses = telling(manifest, points);
    let factors: Vec<String> = manifest.design.factors().map(|factor| labels::factor(&factor.name)).collect();
    let paths = responses.iter().map(|response| response.path.clone());
    // Beside the levels, so that it is seen; only where there is something to be seen.
    let status = points.iter().any(|point| point.status != Status::Ok).then(|| "status".to_string());
    let texts = 1 + factors.len() + usize::from(status.is_some());
    let head = std::iter::once("#".to_string()).chain(factors).chain(status.clone()).chain(paths).collect();
    let mut grid = Grid { head, rows: Vec::new(), texts };
    for point in points.iter().take(ROWS) {
        let levels = manifest.design.levels(point.index).into_iter().map(|level| level.shown.clone());
        let cells = responses.iter().map(|response| {
            let written = cell(point.estimates.get(&response.path).copied(), how(response));
            // Of what has no steady state no interval says how far it is off.
            if point.status == Status::Unstable { format!("({})", alone(&written)) } else { written }
        });
        let status = status.as_ref().map(|_| point.status.name().to_string());
        let number = (point.index + 1).to_string();
        grid.row(std::iter::once(number).chain(levels).chain(status).chain(cells).collect());
    }
    grid.without_empty_columns()
}

/// A value without its half-width.
fn alone(written: &str) -> String {
    match written.split_once(" ± ") {
        Some((value, rest)) => {
            let unit = rest.split_once(' ').map_or("", |(_, unit)| unit);
            format!("{value} {unit}").trim_end().to_string()
        }
        None => written.to_string(),
    }
}

/// What went wrong where, one line for each way.
pub fn trouble(points: &[Point], layout: Layout) -> String {
    let mut out = String::new();
    for text in troubles(points) {
        out += &layout.styled("33", &layout.wrapped(&format!("warning: {text}"), 2));
        out.push('\n');
    }
    out
}

/// The same, a sentence for each way.
pub fn troubles(points: &[Point]) -> Vec<String> {
    let mut all = Vec::new();
    for (status, what) in [
        (Status::Unstable, "no steady state: figures in brackets depend on the horizon"),
        (Status::Refused, "not simulated"),
        (Status::Failed, "not simulated"),
    ] {
        let found: Vec<&Point> = points.iter().filter(|point| point.status == status).collect();
        let Some(first) = found.first() else { continue };
        let mut numbers: Vec<String> = found.iter().take(NAMED).map(|p| (p.index + 1).to_string()).collect();
        if found.len() > NAMED {
            numbers.push(format!("and {} more", found.len() - NAMED));
        }
        let several = if found.len() == 1 { "configuration" } else { "configurations" };
        let why = first.remark.as_deref().unwrap_or_default();
        all.push(format!("{several} {}: {what}. {}: {why}", numbers.join(", "), first.index + 1));
    }
    all
}

/// The campaign for programs.
pub fn json(manifest: &Manifest, points: &[Point], effects: Option<serde_json::Value>) -> String {
    let one = |point: &Point| -> serde_json::Value {
        let levels = manifest.design.levels(point.index).into_iter();
        let response = |response: &Response| {
            let estimate = point.estimates.get(&response.path);
            (response.path.clone(), serde_json::to_value(estimate).unwrap_or_default())
        };
        let responses: serde_json::Map<String, serde_json::Value> = manifest.responses.iter().map(response).collect();
        serde_json::json!({
            "configuration": point.index + 1,
            "levels": levels.map(|level| level.shown.as_str()).collect::<Vec<_>>(),
            "status": point.status,
            "remark": point.remark,
            "responses": responses,
        })
    };
    let factors: Vec<&str> = manifest.design.factors().map(|factor| factor.name.as_str()).collect();
    let configurations: Vec<serde_json::Value> = points.iter().map(one).collect();
    let mut all = serde_json::json!({ "id": manifest.id, "factors": factors, "configurations": configurations });
    if let Some(effects) = effects {
        all["effects"] = effects;
    }
    crate::report::json(&all)
}
