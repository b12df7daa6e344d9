//! A page about a result that needs nothing else: pictures and styles are in it, and nothing is fetched or executed.

use super::base64;
use super::document::{Document, Table};
use std::io;
use std::path::Path;

/// The file in the folder of a result.
pub const FILE: &str = "report.html";

const STYLE: &str = include_str!("style.css");

/// Writes the page into the folder, from which the pictures are taken.
///
/// # Errors
/// A picture cannot be read, or the file not written.
pub fn write(document: &Document, folder: &Path) -> io::Result<()> {
    let page = build(document, &|file| std::fs::read(folder.join(file)))?;
    std::fs::write(folder.join(FILE), page)
}

fn build(document: &Document, read: &dyn Fn(&str) -> io::Result<Vec<u8>>) -> io::Result<String> {
    let mut main = String::new();
    let title = escaped(&document.title);
    main.push_str(&format!("<header>\n<p class=\"kind\">{}</p>\n<h1>{title}</h1>\n", escaped(document.kind)));
    for paragraph in &document.basis {
        main.push_str(&format!("<p>{}</p>\n", worded(paragraph)));
    }
    for remark in &document.remarks {
        let (class, word) = if remark.failure { ("failure", "Failed: ") } else { ("note", "Note: ") };
        main.push_str(&format!("<p class=\"{class}\"><strong>{word}</strong>{}</p>\n", worded(&remark.text)));
    }
    main.push_str("</header>\n");
    for each in &document.tables {
        main.push_str(&table(each));
    }
    if !document.pictures.is_empty() {
        main.push_str("<section>\n<h2>Pictures</h2>\n");
        for picture in &document.pictures {
            let image = base64::encode(&read(&picture.file)?);
            let caption = escaped(&picture.caption);
            main.push_str(&format!(
                "<figure>\n<img alt=\"{caption}\" src=\"data:image/png;base64,{image}\">\n\
                 <figcaption>{caption}</figcaption>\n</figure>\n"
            ));
        }
        main.push_str("</section>\n");
    }
    main.push_str(&again(document));
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"generator\" content=\"loadgraph {}\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{main}</main>\n</body>\n</html>\n",
        crate::store::manifest::VERSION
    ))
}

fn table(table: &Table) -> String {
    let grid = &table.grid;
    let cells = |tag: &str, row: &[String]| -> String {
        let cell = |(i, text): (usize, &String)| {
            let class = match text.as_str() {
                "met" | "MISSED" | "undecided" => format!(" class=\"{}\"", text.to_lowercase()),
                _ if i < grid.texts => " class=\"text\"".to_string(),
                _ => String::new(),
            };
            format!("<{tag}{class}>{}</{tag}>", escaped(text))
        };
        format!("<tr>{}</tr>\n", row.iter().enumerate().map(cell).collect::<String>())
    };
    let rows: String = grid.rows.iter().map(|row| cells("td", row)).collect();
    format!(
        "<section>\n<h2>{}</h2>\n<div class=\"wide\">\n<table>\n<thead>\n{}</thead>\n<tbody>\n{rows}</tbody>\n</table>\n\
         </div>\n</section>\n",
        escaped(&table.title),
        cells("th", &grid.head)
    )
}

fn again(document: &Document) -> String {
    let mut out = String::from("<section>\n<h2>How to run it again</h2>\n");
    out.push_str(&format!(
        "<pre>{}</pre>\n</section>\n<section>\n<h2>What was run</h2>\n",
        escaped(&document.again.join("\n"))
    ));
    for (name, text) in &document.sources {
        let (name, text) = (escaped(name), escaped(text.trim_end()));
        out.push_str(&format!("<details open>\n<summary>{name}</summary>\n<pre>{text}</pre>\n</details>\n"));
    }
    let manifest = serde_json::to_string_pretty(&document.manifest).unwrap_or_default();
    out.push_str(&format!("<details>\n<summary>Manifest</summary>\n<pre>{}</pre>\n</details>\n", escaped(&manifest)));
    if !document.data.is_empty() {
        out.push_str("<p>The figures lie beside this page:</p>\n<ul>\n");
        for data in &document.data {
            out.push_str(&format!("<li><code>{}</code>: {}</li>\n", escaped(&data.file), worded(&data.about)));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</section>\n");
    out
}

/// A text whose signs mean themselves.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The same with `code` in backticks set as such.
fn worded(text: &str) -> String {
    let parts: Vec<String> = text.split('`').map(escaped).collect();
    if parts.len().is_multiple_of(2) {
        return parts.join("`");
    }
    let part = |(i, part): (usize, &String)| if i % 2 == 1 { format!("<code>{part}</code>") } else { part.clone() };
    parts.iter().enumerate().map(part).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::document::Picture;
    use crate::report::table::grid::Grid;

    #[test]
    fn nothing_comes_from_elsewhere_and_nothing_is_executed() {
        let mut document = Document {
            title: "<script>alert(1)</script> & \"more\"".into(),
            kind: "Run",
            basis: vec!["see `a<b`".into()],
            pictures: vec![Picture { file: "a.png".into(), caption: "\"A\"".into() }],
            sources: vec![("x.ron".into(), "Experiment(title: \"<img src=http://x>\")".into())],
            ..Document::default()
        };
        let mut grid = Grid::new(&["verdict", "target"]);
        grid.row(vec!["MISSED".into(), "x < 1".into()]);
        document.table("Targets", grid);
        let page = build(&document, &|_| Ok(vec![1, 2, 3])).unwrap();
        assert!(page.contains("src=\"data:image/png;base64,AQID\""));
        assert!(page.contains("<td class=\"missed\">MISSED</td>") && page.contains("<code>a&lt;b</code>"));
        for bad in ["<script", "src=\"http", "href=", "<link", "@import", "url("] {
            assert!(!page.contains(bad), "{bad}");
        }
        let quotes = page.matches("alt=\"&quot;A&quot;\"").count();
        assert_eq!(quotes, 1);
    }

    #[test]
    fn a_backtick_alone_is_a_backtick() {
        assert_eq!(worded("a `b` c"), "a <code>b</code> c");
        assert_eq!(worded("a ` b"), "a ` b");
    }
}
