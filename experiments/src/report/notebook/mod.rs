//! A Jupyter notebook about a result (nbformat 4.5): tables and pictures that are there without running anything, and
//! cells that load what is stored.
//!
//! It runs as it is in the folder of the result, with pandas and nothing else. Equal documents give equal bytes.

mod markdown;

use super::base64;
use super::document::Document;
use serde_json::{Value, json};
use std::io;
use std::path::Path;

/// The file in the folder of a result.
pub const FILE: &str = "notebook.ipynb";

/// Writes the notebook into the folder, from which the pictures are taken.
///
/// # Errors
/// A picture cannot be read, or the file not written.
pub fn write(document: &Document, folder: &Path) -> io::Result<()> {
    let notebook = build(document, &|file| std::fs::read(folder.join(file)))?;
    let mut text = serde_json::to_string_pretty(&notebook)?;
    text.push('\n');
    std::fs::write(folder.join(FILE), text)
}

/// The notebook, with pictures as `read` gives them.
fn build(document: &Document, read: &dyn Fn(&str) -> io::Result<Vec<u8>>) -> io::Result<Value> {
    let mut cells = vec![text("title", markdown::head(document), None)];
    for (i, table) in document.tables.iter().enumerate() {
        cells.push(text(&format!("table-{}", i + 1), markdown::table(table), None));
    }
    for (i, picture) in document.pictures.iter().enumerate() {
        let image = json!({ "image/png": base64::encode(&read(&picture.file)?) });
        let attachments = Value::Object([(picture.file.clone(), image)].into_iter().collect());
        let source = format!("{}\n\n![{}](attachment:{})", picture.caption, picture.caption, picture.file);
        cells.push(text(&format!("picture-{}", i + 1), source, Some(attachments)));
    }
    cells.push(text(
        "load",
        "## The stored results\n\nWhat follows reads the files beside this notebook.".into(),
        None,
    ));
    let manifest = document.manifest_file.unwrap_or("manifest.json");
    let imports = format!(
        "import json\nfrom pathlib import Path\n\nimport pandas as pd\n\nfolder = Path(\".\")\n\
                   manifest = json.loads((folder / \"{manifest}\").read_text(encoding=\"utf-8\"))\n\
                   pd.Series({{name: value for name, value in manifest.items() if isinstance(value, (str, int, float)) \
                   and name != \"text\"}}, name=\"manifest\")"
    );
    cells.push(code("imports", &imports));
    for data in &document.data {
        cells.push(text(&format!("about-{}", data.variable), format!("`{}`: {}", data.file, data.about), None));
        let load = format!("{0} = pd.read_csv(folder / {1})\n{0}.head(10)", data.variable, json!(data.file));
        cells.push(code(&format!("load-{}", data.variable), &load));
    }
    for (i, cell) in document.code.iter().enumerate() {
        cells.push(text(&format!("about-code-{}", i + 1), cell.about.clone(), None));
        cells.push(code(&format!("code-{}", i + 1), &cell.code));
    }
    cells.push(text("again", markdown::again(document), None));
    Ok(json!({
        "cells": cells,
        "metadata": {
            "kernelspec": { "display_name": "Python 3", "language": "python", "name": "python3" },
            "language_info": { "name": "python" },
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }))
}

fn text(id: &str, source: String, attachments: Option<Value>) -> Value {
    let mut cell = json!({ "cell_type": "markdown", "id": id, "metadata": {}, "source": lines(&source) });
    if let (Some(attachments), Some(cell)) = (attachments, cell.as_object_mut()) {
        cell.insert("attachments".into(), attachments);
    }
    cell
}

fn code(id: &str, source: &str) -> Value {
    json!({
        "cell_type": "code", "execution_count": null, "id": id, "metadata": {}, "outputs": [], "source": lines(source),
    })
}

/// A text as lines that keep their breaks, as the format has it.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::document::{Code, Data, Picture};
    use crate::report::table::grid::Grid;

    fn document() -> Document {
        let mut document = Document {
            title: "A | B *bold* <b>".into(),
            kind: "Run",
            basis: vec!["ten runs".into()],
            pictures: vec![Picture { file: "a b.png".into(), caption: "What".into() }],
            data: vec![Data { file: "results.csv".into(), variable: "results", about: "all".into() }],
            code: vec![Code { about: "more".into(), code: "results.shape".into() }],
            sources: vec![("x.ron".into(), "Experiment(\n// ```\n)".into())],
            again: vec!["loadgraph run x.ron".into()],
            manifest: json!({ "seed": 1 }),
            ..Document::default()
        };
        let mut grid = Grid::new(&["name", "a|b"]);
        grid.row(vec!["x|y".into(), "1 ± 0".into()]);
        document.table("Flows", grid);
        document
    }

    #[test]
    fn it_has_the_form_of_4_5() {
        let notebook = build(&document(), &|_| Ok(vec![1, 2, 3])).unwrap();
        assert_eq!((notebook["nbformat"].as_u64(), notebook["nbformat_minor"].as_u64()), (Some(4), Some(5)));
        let cells = notebook["cells"].as_array().unwrap();
        let mut ids: Vec<&str> = cells.iter().map(|cell| cell["id"].as_str().unwrap()).collect();
        let fits = |id: &str| {
            (1..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        assert!(ids.iter().all(|id| fits(id)), "{ids:?}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), cells.len());
        for cell in cells {
            match cell["cell_type"].as_str().unwrap() {
                "code" => assert!(cell["outputs"].is_array() && cell["execution_count"].is_null()),
                kind => assert_eq!(kind, "markdown"),
            }
            assert!(cell["metadata"].is_object() && cell["source"].is_array());
        }
        let picture = cells.iter().find(|cell| cell["id"] == "picture-1").unwrap();
        assert_eq!(picture["attachments"]["a b.png"]["image/png"], "AQID");
        let text = serde_json::to_string(&notebook).unwrap();
        assert!(text.contains(r"x\\|y"), "bars within cells are no borders: {text}");
    }

    #[test]
    fn a_picture_that_is_missing_is_an_error() {
        assert!(build(&document(), &|_| Err(io::ErrorKind::NotFound.into())).is_err());
    }
}
