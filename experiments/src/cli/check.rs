//! `loadgraph check`: what can be said of a file before it runs, and theory beside a short simulation.

use super::ending::Ending;
use super::{StudyArgs, terminal};
use crate::file;
use crate::study::Study;

/// What can be said to `check`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
    /// Leave out the short simulation that is set beside theory
    #[arg(long)]
    no_simulation: bool,
    /// Simulate on so many threads (0: all cores)
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
}

/// Checks a file.
///
/// # Errors
/// Bad input.
pub fn command(options: &Options) -> Ending {
    let mut study = Study::load(&options.study.file, &options.study.overrides(), terminal::colour_err())?;
    if !study.warnings.is_empty() {
        let text = file::render(&study.source, &study.warnings, terminal::colour_err());
        terminal::note(text.trim_end());
        // Shown with their places: once is enough.
        study.warnings.clear();
    }
    let (text, status) = crate::check::command(&study, !options.no_simulation, options.threads);
    terminal::say(&text)?;
    Ok(status)
}
