//! What a study hands to its reader: tables, pictures, a notebook and a page.
//!
//! `table` and `plot` know of figures; `notebook` and `html` write a [`document::Document`], which any command can make.

mod base64;
pub mod document;
mod figure;
pub mod html;
pub mod notebook;
pub mod pictures;
pub mod plot;
mod run_document;
pub mod table;

pub use run_document::run_document;

/// As JSON for people to read, with a line break at the end.
pub fn json(what: &impl serde::Serialize) -> String {
    // Strings, numbers and lists of them: this cannot fail.
    serde_json::to_string_pretty(what).unwrap_or_default() + "\n"
}

/// Why results cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file cannot be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A table cannot be written.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// A picture cannot be drawn.
    #[error(transparent)]
    Plot(#[from] plot::PlotError),
}
