//! The five indicators of each flow and of the system.

use super::cell::{As, cell, cell_or_dash};
use super::grid::Grid;
use crate::report::figure::Figure;
use crate::results::{Results, Scope};
use models::units::Dimension;

/// Head, path, how it is read, and whether zero is a dash.
const COLUMNS: [(&str, &str, As, bool); 9] = [
    ("throughput", "throughput", As::Of(Dimension::RATE), false),
    ("latency mean", "latency.mean", As::Of(Dimension::TIME), false),
    ("p50", "latency.p50", As::Of(Dimension::TIME), false),
    ("p95", "latency.p95", As::Of(Dimension::TIME), false),
    ("p99", "latency.p99", As::Of(Dimension::TIME), false),
    ("data throughput", "data_throughput", As::Of(Dimension::DATA_RATE), true),
    ("reliability", "reliability", As::Share, false),
    ("energy", "energy", As::Of(Dimension::ENERGY), true),
    ("power", "power", As::Of(Dimension::POWER), true),
];

/// The table of flows; the last row is the whole.
pub fn grid(results: &Results, figure: &Figure<'_>) -> Grid {
    let mut head = vec!["flow"];
    head.extend(COLUMNS.iter().map(|(head, ..)| *head));
    let mut grid = Grid::new(&head);
    let mut row = |scope: Scope, name: &str, shown: &str| {
        let cells = COLUMNS.iter().map(|(_, path, how, dash)| {
            let estimate = figure.get(scope, name, path);
            if *dash { cell_or_dash(estimate, *how) } else { cell(estimate, *how) }
        });
        grid.row(std::iter::once(shown.to_string()).chain(cells).collect());
    };
    for flow in &results.flows {
        row(Scope::Flow, flow, flow);
    }
    row(Scope::System, "system", "(whole system)");
    // Power says the same as energy where there is none.
    if grid.rows.iter().all(|row| row[9] == "-") { without_last(grid) } else { grid }
}

fn without_last(mut grid: Grid) -> Grid {
    grid.head.pop();
    grid.rows.iter_mut().for_each(|row| {
        row.pop();
    });
    grid
}
