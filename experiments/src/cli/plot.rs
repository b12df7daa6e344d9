//! `loadgraph plot`: the pictures of a stored run, sweep or factorial, drawn again.

use super::ending::{Ending, Failure};
use super::terminal;
use crate::report::pictures;
use crate::store::stored::{StoreError, Stored};
use std::path::PathBuf;

/// What can be said to `plot`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The folder of a run, as `run` prints it
    folder: PathBuf,
    /// Write the pictures to this folder instead
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Draws the pictures.
///
/// # Errors
/// The folder holds no result, or the pictures cannot be written.
pub fn command(options: &Options) -> Ending {
    let bad = |error: StoreError| {
        Failure::BadInput(format!("error: {error}\n  help: give the folder that `loadgraph run` has printed"))
    };
    if options.folder.join(crate::campaign::store::manifest::FILE).exists() {
        return super::campaign::redraw(&options.folder, options.out.as_deref());
    }
    let stored = Stored::read(&options.folder).map_err(bad)?;
    let to = options.out.as_ref().unwrap_or(&options.folder);
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::BadInput(format!("error: pictures cannot be written to {}: {error}", to.display()))
    };
    std::fs::create_dir_all(to).map_err(|error| cannot(&error))?;
    let files = pictures::draw(&stored, to).map_err(|error| cannot(&error))?;
    let lines: String = files.iter().map(|file| format!("{}\n", to.join(file).display())).collect();
    terminal::say(&lines)?;
    Ok(0)
}
