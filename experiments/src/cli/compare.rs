//! `loadgraph compare`: configurations against each other, under common random numbers.

use super::ending::{Ending, Failure, lost, may_replace};
use super::progress::Shown;
use super::results::{ResultArgs, shown};
use super::{command_line, override_, say_warnings, stop, terminal};
use crate::compare::{self, Figures, Manifest, SideError, With, align, indicators, sides, usual_responses};
use crate::file;
use crate::results::Row;
use crate::run::on_threads;
use crate::store::identity::run_id;
use crate::store::inputs;
use crate::store::manifest::VERSION;
use std::path::PathBuf;
use std::time::Instant;

/// What can be said to `compare`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Experiment files; of one alone, its named configurations are compared
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Compare these named configurations of the file, with commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    configurations: Vec<String>,
    /// Compare the first file with these changes, under this name; may be given several times
    #[arg(long, value_name = "NAME:PATH=VALUE,..")]
    with: Vec<With>,
    /// Compare this indicator, such as `telemetry.latency.p95`; may be given several times
    #[arg(long = "response", value_name = "PATH")]
    responses: Vec<String>,
    /// Change a field on all sides; may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = override_)]
    set: Vec<(String, String)>,
    /// Change the master seed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Change the number of replications
    #[arg(long, value_name = "N")]
    replications: Option<u64>,
    /// Let --out overwrite what is not a result of the same study
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    results: ResultArgs,
}

impl From<SideError> for Failure {
    fn from(error: SideError) -> Failure {
        Failure::BadInput(error.to_string().trim_end().to_string())
    }
}

/// Compares.
///
/// # Errors
/// Bad input, an interrupt, or results that cannot be written.
pub fn command(options: &Options) -> Ending {
    let mut common = options.set.clone();
    common.extend(options.seed.map(|seed| ("run.seed".to_string(), seed.to_string())));
    common.extend(options.replications.map(|n| ("run.replications".to_string(), n.to_string())));
    let mut sides = sides(&options.files, &options.configurations, &options.with, &common, terminal::colour_err())?;
    let notes = align(&mut sides)?;
    sides.iter().for_each(|side| say_warnings(&side.study));
    let section = sides[0].study.experiment.compare.as_ref().map(|c| c.responses.clone()).unwrap_or_default();
    let asked = if options.responses.is_empty() { section } else { options.responses.clone() };
    let (responses, all) = match asked.is_empty() {
        true => (usual_responses(&sides), false),
        false => (asked.into_iter().map(full).collect(), true),
    };
    for side in &sides {
        known(&responses, &indicators(&side.study), &side.name)?;
    }
    let mut id = format!("compare {responses:?} {}", sides[0].study.plan.replications);
    let mut all_inputs = Vec::new();
    for side in &sides {
        id.push_str(&format!("\n{}\n{}", side.name, side.study.source.text));
        let inputs = inputs::of(&side.study)
            .map_err(|error| Failure::BadInput(format!("error: a file that an experiment reads has gone: {error}")))?;
        all_inputs.extend(inputs);
    }
    let id = run_id(VERSION, &id, sides[0].study.plan.seed, &all_inputs);
    let (file, title) = (sides[0].study.path.clone(), sides[0].study.title());
    let target = options.results.folder(&file, &format!("compare-{id}"));
    if !options.force {
        may_replace(options.results.out.as_deref(), &file, &title)?;
    }
    let staging = options.results.staging(&target)?;

    let threads = options.results.threads();
    let progress = Shown::new(options.results.is_quiet());
    let start = Instant::now();
    let stopped = stop::on_interrupt();
    let studies: Vec<&crate::study::Study> = sides.iter().map(|side| &side.study).collect();
    let runs = on_threads(&studies, threads, || compare::run(&sides, &progress, stopped));
    progress.clear();
    let comparison = compare::compare(sides, runs?, &responses, all, notes);
    let wall = start.elapsed().as_secs_f64();
    let mut manifest = Manifest::of(&comparison, &id, command_line(), threads, wall);
    compare::write(staging.path(), &comparison, &mut manifest, !options.results.no_plots)
        .map_err(|error| lost(&target, &error))?;
    if stop::interrupted() {
        return Err(Failure::Interrupted);
    }
    staging.publish().map_err(|error| lost(&target, &error))?;
    if options.results.json {
        terminal::say(&Figures::of(&comparison).json())?;
    } else {
        let layout = terminal::layout();
        let text = compare::text(&comparison, &manifest, layout);
        let place = shown(&target);
        terminal::say(&format!("{text}\n{}", layout.results(&manifest.files, &place)))?;
    }
    Ok(comparison.status())
}

/// A path as results name it: `system.` and a bare `latency` are understood.
fn full(path: String) -> String {
    let path = path.strip_prefix("system.").unwrap_or(&path).to_string();
    if path == "latency" || path.ends_with(".latency") { format!("{path}.mean") } else { path }
}

/// Whether a side has all responses.
fn known(responses: &[String], rows: &[Row], side: &str) -> Result<(), Failure> {
    let paths: Vec<String> = rows.iter().map(Row::path).collect();
    for response in responses {
        if paths.contains(response) {
            continue;
        }
        let near = file::nearest(response, paths.iter().map(String::as_str));
        let help = near
            .map_or_else(|| "see `loadgraph list indicators`".to_string(), |near| format!("did you mean `{near}`?"));
        return Err(Failure::BadInput(format!("error: `{side}` has no indicator `{response}`\n  help: {help}")));
    }
    Ok(())
}
