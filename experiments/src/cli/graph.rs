//! `loadgraph graph`: the component graph in the DOT language.

use super::ending::Ending;
use super::{StudyArgs, terminal};
use crate::study::Study;

/// What can be said to `graph`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
}

/// Prints the graph.
///
/// # Errors
/// Bad input.
pub fn command(options: &Options) -> Ending {
    let study = Study::load(&options.study.file, &options.study.overrides(), terminal::colour_err())?;
    terminal::say(&models::graph::dot(&study.lowered.system))?;
    Ok(0)
}
