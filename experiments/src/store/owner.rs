//! Whose a folder is that the user has named: what is there already may belong to another study.

use super::staging::MANIFEST;
use serde::Deserialize;
use std::path::Path;

/// Files that every result has, beside the manifest.
pub(super) const ALWAYS: [&str; 8] = [
    "results.csv",
    "results.json",
    "series.csv",
    "latency.csv",
    "experiment.ron",
    "graph.dot",
    "notebook.ipynb",
    "report.html",
];
/// Pictures that most results have.
const PICTURES: [&str; 4] = ["latency.png", "timeline.png", "indicators.png", "graph.png"];

/// What of a manifest says whose it is.
#[derive(Deserialize)]
struct Owner {
    title: String,
    file: String,
}

/// Why the results of a study may not go into a folder, if so: they would overwrite what is not theirs.
pub fn objection(folder: &Path, file: &Path, title: &str) -> Option<String> {
    let shown = folder.display();
    if let Ok(text) = std::fs::read_to_string(folder.join(MANIFEST)) {
        let Ok(owner) = serde_json::from_str::<Owner>(&text) else {
            return Some(format!("{shown} holds a {MANIFEST} that is none of loadgraph, and would be overwritten"));
        };
        let same = Path::new(&owner.file).file_name() == file.file_name() && owner.title == title;
        let other = || format!("{shown} holds the results of another study, \"{}\" ({})", owner.title, owner.file);
        return (!same).then(other);
    }
    let mut names = ALWAYS.iter().chain(&PICTURES);
    let there = names.find(|name| folder.join(name).exists())?;
    Some(format!("{shown} holds a file {there} that is no result of this study, and would be overwritten"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_results_of_the_same_study_are_replaced() {
        let root = tempfile::tempdir().unwrap();
        let ask = || objection(root.path(), Path::new("x/a.ron"), "A");
        assert_eq!(ask(), None);
        std::fs::write(root.path().join("thesis.tex"), "x").unwrap();
        assert_eq!(ask(), None, "what is in nobody's way may stay");
        std::fs::write(root.path().join("graph.png"), "x").unwrap();
        assert!(ask().unwrap().contains("graph.png"));
        for (manifest, objects) in [
            (r#"{"title": "A", "file": "y/a.ron"}"#, false),
            (r#"{"title": "A", "file": "b.ron"}"#, true),
            (r#"{"title": "B", "file": "a.ron"}"#, true),
            ("{}", true),
        ] {
            std::fs::write(root.path().join(MANIFEST), manifest).unwrap();
            assert_eq!(ask().is_some(), objects, "{manifest}: {:?}", ask());
        }
    }
}
