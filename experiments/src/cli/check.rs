//! `loadgraph check`: what can be said of a file beforehand, and theory beside a short simulation.

use super::ending::Ending;
use super::{StudyArgs, terminal};
use crate::check;
use crate::study::Study;

/// What can be said to `check`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
    /// Do not simulate: theory alone
    #[arg(long)]
    no_simulation: bool,
    /// Threads to simulate on (0: all cores)
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
}

/// Checks a file.
///
/// # Errors
/// Bad input.
pub fn command(options: &Options) -> Ending {
    let study = Study::load(&options.study.file, &options.study.overrides(), terminal::colour_err())?;
    let (text, status) = check::command(&study, !options.no_simulation, options.threads);
    terminal::say(&text)?;
    Ok(status)
}
