//! What `run` prints: tables for people.
//!
//! One file per part of the report, in the order in which they are printed; `grid` lays tables out and `cell` writes
//! figures. To add a table, write its file and name it in [`tables`].

pub mod cell;
mod components;
mod extras;
mod figures;
mod flows;
pub mod grid;
mod header;
mod outcomes;
mod remarks;
mod targets;

use super::figure::Figure;
use crate::store::stored::{Figures, Stored};
use grid::Grid;

/// How wide tables may be, and whether there is colour.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether there is colour.
    pub colour: bool,
}

impl Layout {
    /// A text in bold.
    pub fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    /// A text with an ANSI style, such as "31" for red.
    pub fn styled(self, style: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    /// Where the results are, and which files there are.
    pub fn results(self, files: &[String], place: &str) -> String {
        format!("{} {place}\n{}\n", self.bold("Results in"), self.wrapped(&files.join(", "), 2))
    }

    /// A text in lines that fit; those after the first are indented.
    pub fn wrapped(self, text: &str, indent: usize) -> String {
        let mut out = String::new();
        let mut column = 0;
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > self.width {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        out
    }
}

/// The tables of a run with their titles, in the order in which they are printed; none is empty.
pub fn tables(stored: &Stored, figures: &Figures) -> Vec<(&'static str, Grid)> {
    let figure = Figure::of(&stored.results);
    let all = [
        ("Flows", flows::grid(&stored.results, &figure)),
        ("How requests ended", outcomes::grid(&stored.results, &figure)),
        ("Components", components::grid(stored, &figure)),
        ("Also at the components", extras::grid(&stored.results, &figure)),
        ("Inside the components", figures::grid(stored, &figure)),
        (TARGETS, targets::grid(&figures.targets)),
    ];
    all.into_iter().filter(|(_, grid)| !grid.rows.is_empty()).collect()
}

/// The title of the table of targets.
pub const TARGETS: &str = "Targets";

/// The whole report on a run whose results are in `place`.
pub fn report(stored: &Stored, figures: &Figures, place: &str, layout: Layout) -> String {
    let mut parts = vec![header::part(&stored.manifest, layout)];
    for (title, grid) in tables(stored, figures) {
        let advice = if title == TARGETS { targets::advice(&figures.targets, layout) } else { String::new() };
        parts.push(format!("{}\n{}{advice}", layout.bold(title), grid.render(layout)));
    }
    parts.push(remarks::part(&figures.advice, layout));
    parts.push(header::written(&stored.manifest, place, layout));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Failures and warnings, for people.
pub fn remarks(remarks: &[crate::store::stored::Remark], layout: Layout) -> String {
    remarks::part(remarks, layout)
}
