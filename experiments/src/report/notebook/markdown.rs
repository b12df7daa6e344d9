//! The texts of a notebook.

use crate::report::document::{Document, Table};

/// Title, what it rests on, and what is to be said beside.
pub(super) fn head(document: &Document) -> String {
    let mut out = format!("# {}\n", escaped(&document.title));
    for paragraph in &document.basis {
        out.push_str(&format!("\n{}\n", escaped(paragraph)));
    }
    for remark in &document.remarks {
        let word = if remark.failure { "Failed" } else { "Note" };
        out.push_str(&format!("\n> **{word}:** {}\n", escaped(&remark.text)));
    }
    out.trim_end().to_string()
}

/// A table with its heading.
pub(super) fn table(table: &Table) -> String {
    let grid = &table.grid;
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell).replace('|', r"\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule: String = (0..grid.head.len()).map(|i| if i < grid.texts { ":--|" } else { "--:|" }).collect();
    let rows: String = grid.rows.iter().map(|row| line(row)).collect();
    format!("## {}\n\n{}|{rule}\n{}", escaped(&table.title), line(&grid.head), rows.trim_end())
}

/// What was run, and how to do it again.
pub(super) fn again(document: &Document) -> String {
    let mut out = String::from("## What was run\n");
    for (name, text) in &document.sources {
        out.push_str(&format!("\n`{name}`:\n\n{}\n", fenced("ron", text)));
    }
    let manifest = serde_json::to_string_pretty(&document.manifest).unwrap_or_default();
    out.push_str(&format!("\nThe manifest:\n\n{}\n", fenced("json", &manifest)));
    out.push_str(&format!("\nTo run it again:\n\n{}", fenced("sh", &document.again.join("\n"))));
    out
}

/// A block of code, with a fence that does not occur in it.
fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_string();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// A text whose signs mean themselves. Code in backticks is left as it is.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut code = false;
    for c in text.chars() {
        code ^= c == '`';
        match c {
            '<' if !code => out.push_str("&lt;"),
            '*' | '_' | '#' | '[' | ']' | '$' if !code => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_mean_themselves() {
        assert_eq!(escaped("a_b *c* <d> `e_f`"), "a\\_b \\*c\\* &lt;d> `e_f`");
        assert_eq!(fenced("ron", "// ```\n"), "````ron\n// ```\n````");
    }
}
