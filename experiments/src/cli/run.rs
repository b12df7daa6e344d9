//! `loadgraph run`: simulate, print, store.

use super::ending::{Ending, Failure, cannot_write, may_replace};
use super::progress::Shown;
use super::{StudyArgs, prepare, stop, terminal};
use crate::report::table::{self, Layout};
use crate::run::Progress;
use crate::store::identity::run_id;
use crate::store::manifest::{Manifest, VERSION};
use crate::store::place;
use crate::store::staging::Staging;
use crate::store::stored::{Figures, StoreError, Stored};
use crate::study::Study;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What can be said to `run`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
    /// Simulate on so many threads (default: all cores); the results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// Write the results to this folder instead of one of their own under notebooks-out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Let --out overwrite what is not a result of the same study
    #[arg(long, requires = "out")]
    force: bool,
    /// Print the results as JSON, and nothing else
    #[arg(long)]
    json: bool,
    /// Draw no pictures
    #[arg(long)]
    no_plots: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Runs a study.
///
/// # Errors
/// Bad input, an interrupt, or results that cannot be written.
pub fn command(options: &Options) -> Ending {
    let overrides = options.study.overrides();
    let study = Study::load(&options.study.file, &overrides, terminal::colour_err())?;
    let inputs = prepare(&study)?;
    let id = run_id(VERSION, &study.source.text, study.plan.seed, &inputs);
    let here = std::env::current_dir().unwrap_or_default();
    let target = options.out.clone().unwrap_or_else(|| place::folder(&here, &study.path, &id));
    if !options.force {
        may_replace(options.out.as_deref(), &study.path, &study.title())?;
    }
    let staging = Staging::prepare(&target, options.out.is_some()).map_err(|error| cannot_write(&target, &error))?;

    let threads = options.threads.map_or_else(cores, |threads| threads as usize);
    let progress = Shown::new(options.quiet || options.json);
    let start = Instant::now();
    let run = crate::run::run(&study, threads, &progress, stop::on_interrupt());
    let run = run.inspect_err(|_| progress.clear())?;
    let wall = start.elapsed().as_secs_f64();

    let figures = Figures::of(&run);
    let manifest = Manifest::of(&study, &run, &id, threads, wall);
    let mut stored = Stored { manifest, results: run.results };
    if !options.no_plots {
        progress.phase("drawing", 0);
    }
    let written = stored.write(staging.path(), &study, &figures, &inputs, !options.no_plots);
    progress.clear();
    written.map_err(|error| lost(&target, &error))?;
    if stop::interrupted() {
        return Err(Failure::Interrupted);
    }
    staging.publish().map_err(|error| Failure::Failed(format!("cannot write {}: {error}", target.display())))?;

    if options.json {
        terminal::say(&figures.json())?;
    } else {
        let layout = Layout { width: terminal::width(), colour: terminal::colour_out() };
        terminal::say(&table::report(&stored, &figures, &place::shown(&here, &target), layout))?;
    }
    Ok(figures.status)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn lost(target: &Path, error: &StoreError) -> Failure {
    Failure::Failed(format!("the results could not be written to {}: {error}", target.display()))
}
