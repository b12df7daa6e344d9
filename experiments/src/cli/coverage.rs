//! `loadgraph coverage`: how often the intervals hold the true value.

use super::ending::{Ending, Failure, lost};
use super::progress::Shown;
use super::{stop, terminal};
use crate::coverage::{self, Case, CoverageError, Figures, Manifest, cases, judge, measure};
use crate::file;
use crate::run::on_threads;
use crate::store::place;
use crate::store::staging::Staging;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What can be said to `coverage`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Independent experiments for each case
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    experiments: u64,
    /// Only this case; may be given several times
    #[arg(long = "case", value_name = "NAME")]
    cases: Vec<String>,
    /// List the cases, and do nothing else
    #[arg(long)]
    list: bool,
    /// Seed of the first experiment; the others follow
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Simulate on so many threads (default: all cores); the results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// Write the results to this folder instead of one of their own under notebooks-out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the results as JSON, and nothing else
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print the table as Markdown, and nothing else
    #[arg(long)]
    markdown: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

impl From<CoverageError> for Failure {
    fn from(error: CoverageError) -> Failure {
        match error {
            CoverageError::Interrupted(interrupted) => interrupted.into(),
            CoverageError::Bad(bad) => bad.into(),
        }
    }
}

/// Measures.
///
/// # Errors
/// An unknown case, an interrupt, or results that cannot be written.
pub fn command(options: &Options) -> Ending {
    if options.list {
        let lines: String = cases().iter().map(|case| format!("{:<18} {}\n", case.name, case.about)).collect();
        terminal::say(&lines)?;
        return Ok(0);
    }
    let chosen = chosen(&options.cases)?;
    let here = std::env::current_dir().unwrap_or_default();
    let id = format!("{}-{}", options.experiments, options.seed);
    let target = options.out.clone().unwrap_or_else(|| place::folder(&here, Path::new("coverage"), &id));
    let staging = Staging::prepare(&target, options.out.is_some()).map_err(|error| lost(&target, &error))?;
    let progress = Shown::new(options.quiet || options.json || options.markdown);
    let stopped = stop::on_interrupt();
    let start = Instant::now();
    let threads = options.threads.map_or(0, |threads| threads as usize);
    let measured: Result<Vec<_>, CoverageError> = on_threads(&[], threads, || {
        chosen.iter().map(|case| measure(case, options.experiments, options.seed, &progress, stopped)).collect()
    });
    progress.clear();
    let mut cells = measured?.concat();
    judge(&mut cells);
    let manifest = Manifest::of(&chosen, options.experiments, options.seed, start.elapsed().as_secs_f64());
    coverage::write(staging.path(), &manifest, &chosen, &cells).map_err(|error| lost(&target, &error))?;
    staging.publish().map_err(|error| lost(&target, &error))?;
    let figures = Figures::of(&cells);
    if options.json {
        terminal::say(&figures.json())?;
    } else if options.markdown {
        terminal::say(&coverage::markdown(&cells))?;
    } else {
        let layout = terminal::layout();
        let place = place::shown(&here, &target);
        terminal::say(&format!(
            "{}\n{} {place}\n",
            coverage::text(&manifest, &cells, layout),
            layout.bold("Results in")
        ))?;
    }
    Ok(figures.status)
}

/// The cases that were named, or all.
fn chosen(names: &[String]) -> Result<Vec<Case>, Failure> {
    let all = cases();
    for name in names {
        if !all.iter().any(|case| case.name == name) {
            let near = file::nearest(name, all.iter().map(|case| case.name));
            let help = near.map_or_else(
                || format!("there are: {}", all.iter().map(|case| case.name).collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(Failure::BadInput(format!("error: there is no case `{name}`\n  help: {help}")));
        }
    }
    Ok(all.into_iter().filter(|case| names.is_empty() || names.iter().any(|name| name == case.name)).collect())
}
