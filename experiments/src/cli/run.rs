//! `loadgraph run`: simulate, print, store.

use super::ending::{Ending, Failure, lost, may_replace};
use super::progress::Shown;
use super::results::{ResultArgs, shown};
use super::{StudyArgs, prepare, stop, terminal};
use crate::report::table;
use crate::run::Progress;
use crate::store::identity::run_id;
use crate::store::manifest::{Manifest, VERSION};
use crate::store::stored::{Figures, Stored};
use crate::study::Study;
use std::time::Instant;

/// What can be said to `run`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
    /// Let --out overwrite what is not a result of the same study
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    results: ResultArgs,
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
    let target = options.results.folder(&study.path, &id);
    if !options.force {
        may_replace(options.results.out.as_deref(), &study.path, &study.title())?;
    }
    let staging = options.results.staging(&target)?;

    let threads = options.results.threads();
    let progress = Shown::new(options.results.is_quiet());
    let start = Instant::now();
    let run = crate::run::run(&study, threads, &progress, stop::on_interrupt());
    let run = run.inspect_err(|_| progress.clear())?;
    let wall = start.elapsed().as_secs_f64();

    let figures = Figures::of(&run);
    let manifest = Manifest::of(&study, &run, &id, threads, wall);
    let mut stored = Stored { manifest, results: run.results };
    if !options.results.no_plots {
        progress.phase("drawing", 0);
    }
    let written = stored.write(staging.path(), &study, &figures, &inputs, !options.results.no_plots);
    progress.clear();
    written.map_err(|error| lost(&target, &error))?;
    if stop::interrupted() {
        return Err(Failure::Interrupted);
    }
    staging.publish().map_err(|error| Failure::Failed(format!("cannot write {}: {error}", target.display())))?;

    if options.results.json {
        terminal::say(&figures.json())?;
    } else {
        let layout = terminal::layout();
        terminal::say(&table::report(&stored, &figures, &shown(&target), layout))?;
    }
    Ok(figures.status)
}
