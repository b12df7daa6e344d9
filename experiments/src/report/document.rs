//! What a notebook or a page says, whatever command it comes from.

use super::table::grid::Grid;
use super::{html, notebook};
use crate::store::stored::Remark;
use serde::Serialize;
use std::io;
use std::path::Path;

/// A document about a result: its parts in the order in which they are shown.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What it is about.
    pub title: String,
    /// What was done, such as "Run" or "Comparison".
    pub kind: &'static str,
    /// What the figures rest on, and how they are to be read: paragraphs.
    pub basis: Vec<String>,
    /// Failures and warnings.
    pub remarks: Vec<Remark>,
    /// The tables.
    pub tables: Vec<Table>,
    /// The pictures, which lie in the folder.
    pub pictures: Vec<Picture>,
    /// Files of the folder that can be loaded as tables.
    pub data: Vec<Data>,
    /// Further cells of a notebook, which may use what has been loaded.
    pub code: Vec<Code>,
    /// What was run: (name, text).
    pub sources: Vec<(String, String)>,
    /// Commands that do it again.
    pub again: Vec<String>,
    /// What was run, for programs; nothing in it may change from one time to the next.
    pub manifest: serde_json::Value,
    /// The file of the folder that holds it, where that is not `manifest.json`.
    pub manifest_file: Option<&'static str>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its heading.
    pub title: String,
    /// Its cells.
    pub grid: Grid,
}

/// A picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its file in the folder.
    pub file: String,
    /// What it shows, in a sentence.
    pub caption: String,
}

/// A file that can be loaded.
#[derive(Clone, Debug)]
pub struct Data {
    /// A CSV file in the folder.
    pub file: String,
    /// The name that a notebook gives it: a word of letters and `_`.
    pub variable: &'static str,
    /// What it holds.
    pub about: String,
}

impl Data {
    /// A file of the folder, the variable that it gets, and what it holds.
    pub fn new(file: &str, variable: &'static str, about: &str) -> Data {
        Data { file: file.to_string(), variable, about: about.to_string() }
    }
}

/// A cell of a notebook.
#[derive(Clone, Debug)]
pub struct Code {
    /// What it does.
    pub about: String,
    /// Python.
    pub code: String,
}

impl Document {
    /// Writes the notebook and the page into the folder, in which the pictures lie.
    ///
    /// # Errors
    /// They cannot be written, or a picture cannot be read.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        notebook::write(self, folder)?;
        html::write(self, folder)
    }

    /// Adds a table, unless it is empty.
    pub fn table(&mut self, title: &str, grid: Grid) {
        if !grid.rows.is_empty() {
            self.tables.push(Table { title: title.to_string(), grid });
        }
    }
}

/// A manifest without fields that change from one time to the next, or that stand elsewhere.
pub fn without(manifest: &impl Serialize, fields: &[&str]) -> serde_json::Value {
    let mut value = serde_json::to_value(manifest).unwrap_or_default();
    if let Some(all) = value.as_object_mut() {
        for field in fields {
            all.shift_remove(*field);
        }
    }
    value
}

/// A word as a shell takes it: in quotes where it has to be.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+%@".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("gateway.cores=8"), "gateway.cores=8");
        assert_eq!(quoted("run.horizon=\"1 h\""), "'run.horizon=\"1 h\"'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
