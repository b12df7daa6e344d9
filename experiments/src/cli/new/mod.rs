//! `loadgraph new`: a commented experiment file that runs as it is.

use super::ending::{Ending, Failure};
use super::terminal;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// A file with every section.
const TEMPLATE: &str = include_str!("template.ron");
/// The least that runs.
const MINIMAL: &str = include_str!("minimal.ron");

/// What can be said to `new`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The file to write
    #[arg(default_value = "my-system.ron")]
    path: PathBuf,
    /// Write the least that runs instead of a tour
    #[arg(long)]
    minimal: bool,
    /// Write over a file that exists
    #[arg(long)]
    force: bool,
}

/// Writes the file.
///
/// # Errors
/// It exists, or cannot be written.
pub fn command(options: &Options) -> Ending {
    let text = if options.minimal { MINIMAL } else { TEMPLATE };
    let path = options.path.display();
    let mut open = OpenOptions::new();
    let open = if options.force { open.create(true).truncate(true) } else { open.create_new(true) };
    let written = open.write(true).open(&options.path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::BadInput(format!(
            "error: {path} exists already\n  help: give another name, or `--force` to write over it"
        )),
        _ => Failure::BadInput(format!("error: {path} cannot be written: {error}")),
    })?;
    terminal::say(&format!(
        "Wrote {path}. Next:\n  loadgraph run {path}      simulate it\n  loadgraph check {path}    look for mistakes first\n  \
         loadgraph list            what else files can use\n"
    ))?;
    Ok(0)
}
