//! The figures that only one kind of component has.

use super::cell::{As, cell};
use super::grid::Grid;
use crate::report::figure::Figure;
use crate::results::Scope;
use crate::store::stored::Stored;
use models::resources::figures_of;

/// A line for each figure that was observed.
pub fn grid(stored: &Stored, figure: &Figure<'_>) -> Grid {
    let mut grid = Grid::new(&["component", "figure", "value"]);
    grid.texts = 2;
    for node in &stored.manifest.graph.nodes {
        for name in figures_of(&node.kind) {
            let how = if name.share { As::Share } else { As::Of(name.dimension) };
            let estimate = figure.get(Scope::Component, &node.name, name.name);
            if estimate.is_some() {
                grid.row(vec![node.name.clone(), name.name.to_string(), cell(estimate, how)]);
            }
        }
    }
    grid
}
