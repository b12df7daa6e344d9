//! What `run` prints: tables for people.
//!
//! One file per part of the report, in the order in which they are printed; `grid` lays tables out and `cell` writes
//! figures. To add a part, write its file and name it in [`report`].

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

/// The whole report on a run whose results are in `place`.
pub fn report(stored: &Stored, figures: &Figures, place: &str, layout: Layout) -> String {
    let figure = Figure::of(&stored.results);
    let parts = [
        header::part(&stored.manifest, layout),
        flows::part(&stored.results, &figure, layout),
        outcomes::part(&stored.results, &figure, layout),
        components::part(stored, &figure, layout),
        extras::part(&stored.results, &figure, layout),
        figures::part(stored, &figure, layout),
        targets::part(&figures.targets, layout),
        remarks::part(&figures.advice, layout),
        header::written(&stored.manifest, place, layout),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}
