//! What happened at components beside service: losses, failures, sleep, batteries.

use super::cell::{As, cell_or_dash};
use super::grid::Grid;
use crate::report::figure::Figure;
use crate::results::{Results, Scope};
use models::units::Dimension;

/// Head, path, how it is read, and the value that goes without saying.
const COLUMNS: [(&str, &str, As, f64); 16] = [
    ("dropped", "dropped", As::Of(Dimension::RATE), 0.0),
    ("refused", "refused", As::Of(Dimension::RATE), 0.0),
    ("reneged", "reneged", As::Of(Dimension::RATE), 0.0),
    ("lost", "lost", As::Of(Dimension::RATE), 0.0),
    ("failed", "failed", As::Of(Dimension::RATE), 0.0),
    ("aborted", "aborted", As::Of(Dimension::RATE), 0.0),
    ("retransmitted", "retransmitted", As::Of(Dimension::RATE), 0.0),
    ("preempted", "preempted", As::Of(Dimension::RATE), 0.0),
    ("availability", "availability", As::Share, 1.0),
    ("asleep or off duty", "asleep", As::Share, 0.0),
    ("blocked", "blocked", As::Share, 0.0),
    ("law on its floor", "on_floor", As::Share, 0.0),
    ("filled", "filled", As::Share, 0.0),
    ("battery life", "battery_life", As::Of(Dimension::TIME), 0.0),
    ("instances lost", "instances_lost", As::Of(Dimension::NONE), 0.0),
    ("on the wire", "wire", As::Of(Dimension::DATA_RATE), 0.0),
];

/// The columns in which something happened, for the components where it did.
pub fn grid(results: &Results, figure: &Figure<'_>) -> Grid {
    let mut head = vec!["component"];
    head.extend(COLUMNS.iter().map(|(head, ..)| *head));
    let mut grid = Grid::new(&head);
    for name in &results.components {
        let get = |path: &str| figure.get(Scope::Component, name, path);
        // What is on the wire tells something new only where it is more than the payload.
        let payload = get("data_throughput").map_or(0.0, |estimate| estimate.value);
        let cells: Vec<String> = COLUMNS
            .iter()
            .map(|(_, path, how, usual)| {
                let usual = if *path == "wire" { payload } else { *usual };
                let near = |value: f64| (value - usual).abs() <= 1e-9 * usual.abs().max(1e-9);
                cell_or_dash(get(path).filter(|estimate| !near(estimate.value)), *how)
            })
            .collect();
        if cells.iter().any(|cell| cell != "-") {
            grid.row(std::iter::once(name.clone()).chain(cells).collect());
        }
    }
    grid.without_empty_columns()
}
