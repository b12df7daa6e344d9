//! Profiles: the catalogue that comes with loadgraph, and files of the user's.

use super::at_path;
use crate::file::{self, Diagnostic, Source, Tree};
use models::catalogue::{Catalogue, Profile};
use models::lower::Path as FieldPath;
use models::spec::{Experiment, Named};
use std::path::Path;

/// The built-in catalogue with the user's files.
pub(super) fn catalogue(
    experiment: &Experiment,
    folder: &Path,
    tree: &Tree,
    diagnostics: &mut Vec<Diagnostic>,
) -> Catalogue {
    let mut catalogue = Catalogue::built_in();
    for (i, name) in experiment.profiles.iter().enumerate() {
        let at = FieldPath::new("profiles").index(i);
        match read_profiles(&folder.join(name), name) {
            Ok(profiles) => {
                if let Err(message) = catalogue.extend(name, profiles) {
                    diagnostics.push(at_path(tree, &at, message, None));
                }
            }
            Err(message) => diagnostics.push(at_path(tree, &at, message, None)),
        }
    }
    catalogue
}

/// The profiles of a user's file.
///
/// # Errors
/// What is wrong with it, with the place.
pub fn read_profiles(path: &Path, name: &str) -> Result<Named<Profile>, String> {
    let first = |source: &Source, diagnostics: &[Diagnostic]| {
        let Some(diagnostic) = diagnostics.first() else { return format!("`{name}` cannot be read") };
        let (line, column) = file::line_and_column(&source.text, diagnostic.span.as_ref().map_or(0, |span| span.start));
        let help = diagnostic.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
        format!("{name}:{line}:{column}: {}{help}", diagnostic.message)
    };
    let source = Source::load(path).map_err(|diagnostic| diagnostic.message)?;
    let tree = file::parse(&source).map_err(|d| first(&source, &d))?;
    file::read(&tree).map_err(|d| first(&source, &d))
}
