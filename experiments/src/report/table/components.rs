//! The indicators of each component.

use super::cell::{As, cell, cell_or_dash};
use super::grid::Grid;
use crate::report::figure::Figure;
use crate::results::Scope;
use crate::store::stored::Stored;
use models::units::Dimension;

/// Head, path, and how it is read.
const COLUMNS: [(&str, &str, As); 9] = [
    ("utilisation", "utilisation", As::Share),
    ("throughput", "throughput", As::Of(Dimension::RATE)),
    ("latency mean", "latency.mean", As::Of(Dimension::TIME)),
    ("present", "in_system", As::Of(Dimension::NONE)),
    ("queue", "queue", As::Of(Dimension::NONE)),
    ("data throughput", "data_throughput", As::Of(Dimension::DATA_RATE)),
    ("reliability", "reliability", As::Share),
    ("energy", "energy", As::Of(Dimension::ENERGY)),
    ("power", "power", As::Of(Dimension::POWER)),
];

/// The table of components.
pub fn grid(stored: &Stored, figure: &Figure<'_>) -> Grid {
    let mut head = vec!["component", "kind"];
    head.extend(COLUMNS.iter().map(|(head, ..)| *head));
    let mut grid = Grid::new(&head);
    grid.texts = 2;
    for node in &stored.manifest.graph.nodes {
        let get = |path: &str| figure.get(Scope::Component, &node.name, path);
        // A device that only sends has no service of its own to report.
        let serves = get("throughput").is_some_and(|estimate| estimate.value > 0.0)
            || get("in_system").is_some_and(|estimate| estimate.value > 0.0);
        let cells = COLUMNS.iter().map(|(head, path, how)| match *head {
            "energy" | "power" | "data throughput" => cell_or_dash(get(path), *how),
            _ if !serves => "-".to_string(),
            _ => cell(get(path), *how),
        });
        let size = if node.size.is_empty() { node.kind.clone() } else { format!("{}, {}", node.kind, node.size) };
        grid.row([node.name.clone(), size].into_iter().chain(cells).collect());
    }
    grid.without_empty_columns()
}
