//! The shipped experiment files.

use super::Layout;
use crate::file::{self, Kind, Source};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Where they are: in the repository that one stands in, or in that which loadgraph was built from.
fn folder() -> Option<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    let near = here.ancestors().map(|folder| folder.join("experiments/studies"));
    near.chain([Path::new(env!("CARGO_MANIFEST_DIR")).join("studies")]).find(|folder| folder.is_dir())
}

/// Each study with its title and what its first comment says.
pub fn list(layout: Layout) -> String {
    let Some(folder) = folder() else {
        return "There are no studies here: they are in experiments/studies of the repository.\n".to_string();
    };
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "ron")).collect();
    files.sort();
    let here = std::env::current_dir().unwrap_or_default();
    let mut out = String::new();
    for path in files {
        let Ok(source) = Source::load(&path) else { continue };
        let shown = crate::store::place::shown(&here, &path);
        let _ = writeln!(out, "{}  {}", layout.bold(&shown), title(&source).unwrap_or_default());
        let narrow = Layout { width: layout.width.saturating_sub(4), ..layout };
        let _ = writeln!(out, "    {}", narrow.wrapped(&first_sentence(&source.text), 4));
    }
    out
}

/// The title as it is written.
fn title(source: &Source) -> Option<String> {
    let tree = file::parse(source).ok()?;
    let Kind::Group(group) = &tree.root().kind else { return None };
    let field = group.fields.iter().find(|field| field.name.text == "title")?;
    match &field.value.kind {
        Kind::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The first sentence of the comment at the head of a file (with the next, where it is very short), without the diagram.
fn first_sentence(text: &str) -> String {
    let comment: Vec<&str> = text.lines().map_while(|line| line.trim().strip_prefix("//")).collect();
    let drawn = |line: &&str| line.starts_with("  ") || line.contains(['─', '│', '▶', '┌']) || line.contains("-->");
    let paragraphs = comment.split(|line| line.trim().is_empty()).filter(|part| !part.is_empty());
    let text = paragraphs.into_iter().find(|part| !part.iter().any(drawn));
    let text = text.unwrap_or_default().iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| *at >= SHORT);
    end.map_or_else(|| text.clone(), |end| text[..=end].to_string())
}

/// A sentence of so few bytes says too little alone.
const SHORT: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_comes_from_the_comment() {
        let text = "//    a -> b\n//\n// A queue. It stands\n// in front of a server. It fills up.\n//\n(title: \"x\")";
        assert_eq!(first_sentence(text), "A queue. It stands in front of a server.");
        assert_eq!(first_sentence("(a: 1)"), "");
        assert_eq!(title(&Source::new("x", text)).as_deref(), Some("x"));
    }
}
