//! `loadgraph optimise`: which configuration to use, and what that advice is worth.

use super::campaign::{not_kept, open, refused};
use super::ending::{Ending, Failure, lost};
use super::results::{ResultArgs, shown};
use super::steps::Steps;
use super::{StudyArgs, override_, prepare, stop, terminal, texts};
use crate::campaign::design::Design;
use crate::campaign::labels;
use crate::campaign::shard::Shard;
use crate::campaign::store::manifest::{Kind, Manifest};
use crate::campaign::store::merge;
use crate::campaign::work::WorkError;
use crate::optimise::lab::{Lab, LabError, Means};
use crate::optimise::{OptimiseError, Problem, optimise, report, write};
use crate::report::table::Layout;
use crate::study::Study;
use std::path::Path;

/// No configuration meets all bounds: as a target that is missed.
const INFEASIBLE: u8 = 3;

/// What can be said to `optimise`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
    /// Give an indicator a weight, such as latency=0.5; may be given several times, and replaces those of the file
    #[arg(long = "weight", value_name = "INDICATOR=W", value_parser = override_)]
    weights: Vec<(String, String)>,
    /// Decide on a field, such as gateway.cores=1..=8 or 'cache.policy=[Lru, Arc]'; may be given several times, and
    /// replaces what the file varies
    #[arg(long = "vary", value_name = "PATH=LEVELS", value_parser = override_)]
    vary: Vec<(String, String)>,
    /// Demand something, such as "telemetry.latency.p99 <= 250 ms"; may be given several times, and replaces the file's
    #[arg(long = "subject-to", value_name = "CONDITION")]
    subject_to: Vec<String>,
    /// Spend so many replications at most
    #[arg(long, value_name = "N")]
    budget: Option<u64>,
    /// Take what is worse by less than this for as good
    #[arg(long, value_name = "DELTA")]
    delta: Option<f64>,
    /// Simulate only part I of N of each step, such as 2/16; `merge` puts the parts together, or all use one folder
    #[arg(long, value_name = "I/N", default_value = "1/1", hide_default_value = true)]
    shard: Shard,
    /// Print what would be decided on, and simulate nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    results: ResultArgs,
}

/// Optimises.
///
/// # Errors
/// Bad input, an interrupt, or results that cannot be kept.
pub fn command(options: &Options) -> Ending {
    let study = load(options)?;
    let inputs = prepare(&study)?;
    // What is wrong with the section was told when the file was read.
    let Ok(Some(problem)) = Problem::of(&study) else {
        return Err(Failure::BadInput(format!(
            "error: {} has no `optimise` section\n  help: add `optimise: Optimise(weights: {{ \"latency\": 1 }}, vary: {{ \
             \"gateway.cores\": 1..=8 }})`, or say `--weight latency=1 --vary gateway.cores=1..=8`",
            study.path.display()
        )));
    };
    study.try_factors(problem.tried(&study), terminal::colour_err())?;
    let manifest = Manifest::of(Kind::Optimise, &study, Design::default(), Vec::new(), &inputs);
    let target = super::campaign::folder(&manifest, &study.path, &options.results);
    let layout = terminal::layout();
    if options.dry_run {
        terminal::say(&look_ahead(&study, &problem, layout))?;
        return Ok(0);
    }
    let store = open(&target, manifest)?;
    let progress = Steps::new(options.results.is_quiet());
    let threads = options.results.threads();
    let stopped = stop::on_interrupt();
    let means = Means { threads, shard: options.shard, progress: &progress, stop: stopped };
    let mut lab = Lab::new(&study, &problem, &store, means).map_err(refused)?;
    let done = optimise(&mut lab);
    progress.clear();
    let shown = shown(&target);
    let outcome = done.map_err(|error| failed(error, options.shard, &shown))?;
    merge::merge(&store).map_err(refused)?;
    let alone = store.alone().map_err(not_kept)?;
    let files = write(&target, &study, &problem, &outcome, &store.manifest, !options.results.no_plots)
        .map_err(|error| lost(&target, &error))?;
    drop(alone);
    if options.results.json {
        terminal::say(&crate::optimise::json_text(&problem, &outcome))?;
    } else {
        let text = report::text(&study, &problem, &outcome, layout);
        terminal::say(&format!("{text}\n{}", layout.results(&files, &shown)))?;
    }
    Ok(if outcome.selection.best.is_some() { 0 } else { INFEASIBLE })
}

/// The study, with what the command line says spliced in, so that it gets every check.
fn load(options: &Options) -> Result<Study, Failure> {
    let mut overrides = options.study.overrides();
    let map = |pairs: &[(String, String)]| {
        let pairs: Vec<String> = pairs.iter().map(|(path, value)| format!("{path:?}: {value}")).collect();
        format!("{{ {} }}", pairs.join(", "))
    };
    let mut fields: Vec<(&str, String)> = Vec::new();
    if !options.weights.is_empty() {
        fields.push(("weights", map(&options.weights)));
    }
    if !options.vary.is_empty() {
        fields.push(("vary", map(&options.vary)));
    }
    if !options.subject_to.is_empty() {
        fields.push(("subject_to", texts(&options.subject_to)));
    }
    fields.extend(options.budget.map(|budget| ("budget", budget.to_string())));
    fields.extend(options.delta.map(|delta| ("delta", delta.to_string())));
    if fields.is_empty() {
        return Ok(Study::load(&options.study.file, &overrides, terminal::colour_err())?);
    }
    let has_section =
        Study::load(&options.study.file, &overrides, terminal::colour_err())?.experiment.optimise.is_some();
    if has_section {
        overrides.extend(fields.into_iter().map(|(name, value)| (format!("optimise.{name}"), value)));
    } else {
        let fields: Vec<String> = fields.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        overrides.push(("optimise".into(), format!("Optimise({})", fields.join(", "))));
    }
    Ok(Study::load(&options.study.file, &overrides, terminal::colour_err())?)
}

fn look_ahead(study: &Study, problem: &Problem, layout: Layout) -> String {
    let mut text = report::header(study, problem, layout);
    for variable in &problem.space.variables {
        text += &format!("  {}\n", labels::levels(&variable.factor));
    }
    let count = problem.space.all().map_or(String::new(), |all| format!("{} configurations; ", all.len()));
    text + &format!("\n{count}at most {} replications\n", problem.budget)
}

fn failed(error: OptimiseError, shard: Shard, shown: &str) -> Failure {
    match error {
        OptimiseError::Lab(LabError::Work(WorkError::Store(error))) => not_kept(error),
        OptimiseError::Lab(LabError::Work(WorkError::Interrupted { .. })) | OptimiseError::Interrupted => {
            Failure::Resumable(format!(
                "interrupted: what is done is kept in {shown}; the same command goes on from there"
            ))
        }
        OptimiseError::Lab(LabError::Parts { missing }) => Failure::Resumable(format!(
            "part {shard} of this step is done; {missing} trials belong to others: when theirs are in {shown}, by `loadgraph \
             merge` or because they use the same folder, the same command goes on"
        )),
        OptimiseError::Lab(error @ LabError::Mixed) => {
            Failure::BadInput(format!("error: {error}\n  help: give another folder with `--out DIR`"))
        }
        OptimiseError::Lab(LabError::Work(error @ WorkError::Threads(_))) => Failure::Failed(error.to_string()),
        error @ OptimiseError::Budget { .. } => {
            Failure::BadInput(format!("error: {error}\n  help: give more with `--budget`, or a smaller `first`"))
        }
        error => Failure::BadInput(format!("error: {error}")),
    }
}

/// Why the pictures of an optimisation are not drawn by themselves.
pub(super) fn not_drawn_again(folder: &Path) -> Failure {
    Failure::BadInput(format!(
        "error: {} holds an optimisation\n  help: run the same `loadgraph optimise` again: it draws from what is stored",
        folder.display()
    ))
}
