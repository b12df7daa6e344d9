//! The text of an experiment file.

use super::diagnose::Diagnostic;
use super::words::nearest;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Largest file that is read, in bytes. Experiment files are written by people; more is a mistake.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The text of a file and the name under which diagnostics mention it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path as the user gave it, or a description such as `--set`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A source from a text that is already at hand.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Source { name: name.into(), text: text.into() }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// A missing file (with the nearest name in its folder), a folder, a file that cannot be read, one larger than
    /// [`MAX_BYTES`], or one that is not UTF-8 (with the offset of the first wrong byte).
    pub fn load(path: &Path) -> Result<Source, Diagnostic> {
        let name = path.display().to_string();
        let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => missing(path),
            _ => Diagnostic::error(format!("cannot read `{name}`: {error}")),
        })?;
        if metadata.is_dir() {
            return Err(Diagnostic::error(format!("`{name}` is a folder, not an experiment file"))
                .maybe_help(some_experiment_in(path).map(|file| format!("did you mean `{file}`?"))));
        }
        if metadata.len() > MAX_BYTES {
            return Err(too_large(&name));
        }
        let mut bytes = Vec::new();
        // Pipes and devices have no length, so the limit holds while reading too.
        File::open(path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|error| Diagnostic::error(format!("cannot read `{name}`: {error}")))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(too_large(&name));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source { name, text }),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
                Err(Diagnostic::error(format!(
                    "`{name}` is not UTF-8 text: byte {at} (line {line}) is not part of a character"
                ))
                .help("save the file as UTF-8"))
            }
        }
    }
}

fn too_large(name: &str) -> Diagnostic {
    Diagnostic::error(format!("`{name}` is larger than {} MiB", MAX_BYTES / (1024 * 1024)))
        .help("put measured data into a trace file and name that in the experiment file")
}

/// Names of the entries of a folder, sorted, so that a message does not depend on the file system.
fn names_in(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).take(10_000).collect();
    names.sort();
    names
}

fn some_experiment_in(folder: &Path) -> Option<String> {
    let name = names_in(folder).into_iter().find(|name| name.ends_with(".ron"))?;
    Some(folder.join(name).display().to_string())
}

fn missing(path: &Path) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("there is no file `{}`", path.display()));
    let folder = path.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() && !folder.is_dir() {
        return diagnostic.help(format!("there is no folder `{}` either", folder.display()));
    }
    let Some(wanted) = path.file_name().and_then(|name| name.to_str()) else { return diagnostic };
    let names = names_in(folder);
    let with_ending = format!("{wanted}.ron");
    let near = names
        .iter()
        .find(|name| **name == with_ending)
        .map(String::as_str)
        .or_else(|| nearest(wanted, names.iter().map(String::as_str)));
    diagnostic.maybe_help(near.map(|name| format!("did you mean `{}`?", folder.join(name).display())))
}
