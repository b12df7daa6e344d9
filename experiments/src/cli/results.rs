//! What can be said of the results of every command that leaves a folder of them.

use super::ending::{Failure, cannot_write};
use crate::store::place;
use crate::store::staging::Staging;
use std::path::{Path, PathBuf};

/// How a command works, where its results go and what is said of them.
#[derive(Clone, Debug, clap::Args)]
pub struct ResultArgs {
    /// Work on so many threads (default: all cores); the results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: Option<u64>,
    /// Keep the results in this folder instead of one of their own under notebooks-out
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the results as JSON, and nothing else
    #[arg(long)]
    pub json: bool,
    /// Draw no pictures
    #[arg(long)]
    pub no_plots: bool,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
}

impl ResultArgs {
    /// Threads: as many as were asked for, else all cores.
    pub fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, |threads| threads as usize)
    }

    /// Whether progress is not shown.
    pub fn is_quiet(&self) -> bool {
        self.quiet || self.json
    }

    /// The folder of results about a file: the one that was named, else one of this name.
    pub fn folder(&self, file: &Path, name: &str) -> PathBuf {
        let here = std::env::current_dir().unwrap_or_default();
        self.out.clone().unwrap_or_else(|| place::folder(&here, file, name))
    }

    /// Where results are written until they are complete.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn staging(&self, target: &Path) -> Result<Staging, Failure> {
        Staging::prepare(target, self.out.is_some()).map_err(|error| cannot_write(target, &error))
    }
}

/// A folder as it would be written from here.
pub fn shown(folder: &Path) -> String {
    place::shown(&std::env::current_dir().unwrap_or_default(), folder)
}
