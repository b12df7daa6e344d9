//! How the requests of each flow ended, where not all ended well and in time.

use super::cell::{As, cell_or_dash};
use super::grid::Grid;
use crate::report::figure::Figure;
use crate::results::{Results, Scope};

/// Head and path.
const COLUMNS: [(&str, &str); 10] = [
    ("in time", "in_time"),
    ("late", "late"),
    ("too late", "too_late"),
    ("dropped", "dropped"),
    ("refused", "refused"),
    ("reneged", "reneged"),
    ("timed out", "timed_out"),
    ("failed", "failed"),
    ("lost", "lost"),
    ("unfinished", "unfinished"),
];

/// Shares of the requests of each flow by their ends; nothing where all were in time.
pub fn grid(results: &Results, figure: &Figure<'_>) -> Grid {
    let mut head = vec!["flow"];
    head.extend(COLUMNS.iter().map(|(head, _)| *head));
    let mut grid = Grid::new(&head);
    for flow in &results.flows {
        let get = |path: &str| figure.get(Scope::Flow, flow, path);
        if COLUMNS[1..].iter().any(|(_, path)| get(path).is_some_and(|estimate| estimate.value > 0.0)) {
            let cells = COLUMNS.iter().map(|(_, path)| cell_or_dash(get(path), As::Share));
            grid.row(std::iter::once(flow.clone()).chain(cells).collect());
        }
    }
    grid.without_empty_columns()
}
