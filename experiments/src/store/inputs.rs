//! The files that an experiment file reads: profiles and traces. They are stored with the results, so that the stored
//! experiment can be run again by itself.

use crate::file::{self, Kind, Node, Source};
use crate::study::Study;
use std::io;
use std::path::Path;

/// A file that an experiment file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// As the experiment names it.
    pub name: String,
    /// As it is stored.
    pub stored: String,
    /// What it holds.
    pub content: Vec<u8>,
}

/// Reads the files that an experiment names.
///
/// # Errors
/// One of them cannot be read any more.
pub fn of(study: &Study) -> io::Result<Vec<Input>> {
    let folder = study.path.parent().unwrap_or(Path::new("."));
    study
        .inputs
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let content = std::fs::read(folder.join(name))?;
            Ok(Input { name: name.clone(), stored: stored_name(i, name), content })
        })
        .collect()
}

/// A plain name, which is none that results have.
fn stored_name(i: usize, name: &str) -> String {
    let plain = Path::new(name).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let taken = super::owner::ALWAYS.contains(&name) || name == super::staging::MANIFEST;
    let own = plain == name && !taken && !name.starts_with('.') && !name.ends_with(".png");
    if own { plain } else { format!("input-{}-{}", i + 1, super::place::safe(&plain)) }
}

/// The text of an experiment in which the files have the names under which they are stored.
pub fn renamed(source: &Source, inputs: &[Input]) -> String {
    let mut places = Vec::new();
    if inputs.iter().any(|input| input.name != input.stored)
        && let Ok(tree) = file::parse(source)
    {
        strings(tree.root(), &mut |node, text| {
            places
                .extend(inputs.iter().find(|input| input.name == text).map(|input| (node.span.clone(), &input.stored)));
        });
    }
    let mut text = source.text.clone();
    places.sort_by_key(|(span, _)| span.start);
    for (span, stored) in places.iter().rev() {
        text.replace_range(span.clone(), &format!("{stored:?}"));
    }
    text
}

/// Calls for every string of a document.
fn strings(node: &Node, found: &mut impl FnMut(&Node, &str)) {
    match &node.kind {
        Kind::Text(text) => found(node, text),
        Kind::Sequence(items) => items.iter().for_each(|item| strings(item, found)),
        Kind::Map(entries) => entries.iter().for_each(|(_, value)| strings(value, found)),
        Kind::Group(group) => {
            group.positional.iter().for_each(|item| strings(item, found));
            group.fields.iter().for_each(|field| strings(&field.value, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_elsewhere_are_stored_under_plain_names() {
        assert_eq!(stored_name(0, "gaps.csv"), "gaps.csv");
        assert_eq!(stored_name(0, "latency.csv"), "input-1-latency.csv");
        assert_eq!(stored_name(1, "../data/gaps.csv"), "input-2-gaps.csv");
        let input = |name: &str, stored: &str| Input { name: name.into(), stored: stored.into(), content: Vec::new() };
        let inputs = [input("../a.csv", "input-1-a.csv"), input("b.csv", "b.csv")];
        let source = Source::new("x.ron", r#"(gap: Trace(file: "../a.csv"), list: ["../a.csv", "b.csv"], t: "../a")"#);
        let wanted = r#"(gap: Trace(file: "input-1-a.csv"), list: ["input-1-a.csv", "b.csv"], t: "../a")"#;
        assert_eq!(renamed(&source, &inputs), wanted);
    }
}
