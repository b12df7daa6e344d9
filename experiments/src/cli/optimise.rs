//! `loadgraph optimise`: which configuration to use, and what that advice is worth.

use super::campaign::{lost, refused, span};
use super::ending::{Ending, Failure};
use super::progress::Shown;
use super::{StudyArgs, override_, prepare, stop, terminal, texts};
use crate::campaign::design::Design;
use crate::campaign::shard::Shard;
use crate::campaign::store::manifest::{Kind, Manifest};
use crate::campaign::store::{Store, StoreError, merge};
use crate::campaign::work::{Observer, WorkError};
use crate::optimise::lab::{Lab, LabError, Progress};
use crate::optimise::{OptimiseError, levels_without_system, optimise, problem, report, write};
use crate::report::table::Layout;
use crate::store::place;
use crate::study::Study;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a line is printed where there is no terminal.
const SILENCE: Duration = Duration::from_secs(10);
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
    /// Simulate on so many threads (default: all cores); the results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// Keep the results in this folder instead of one of their own under notebooks-out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
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

/// Optimises.
///
/// # Errors
/// Bad input, an interrupt, or results that cannot be kept.
pub fn command(options: &Options) -> Ending {
    let study = load(options)?;
    let inputs = prepare(&study)?;
    // What is wrong with the section was told when the file was read.
    let Ok(Some(problem)) = problem(&study) else {
        return Err(Failure::BadInput(format!(
            "error: {} has no `optimise` section\n  help: add `optimise: Optimise(weights: {{ \"latency\": 1 }}, vary: {{ \
             \"gateway.cores\": 1..=8 }})`, or say `--weight latency=1 --vary gateway.cores=1..=8`",
            study.path.display()
        )));
    };
    let mistakes = levels_without_system(&study, &problem);
    if !mistakes.is_empty() {
        return Err(study.bad_fields(mistakes, terminal::colour_err()).into());
    }
    let manifest = Manifest::of(Kind::Optimise, &study, Design::default(), Vec::new(), &inputs);
    let here = std::env::current_dir().unwrap_or_default();
    let target = super::campaign::folder(&manifest, &study.path, options.out.as_ref());
    let layout = Layout { width: terminal::width(), colour: terminal::colour_out() };
    if options.dry_run {
        terminal::say(&look_ahead(&study, &problem, layout))?;
        return Ok(0);
    }
    let store = Store::open(&target, manifest).map_err(|error| match error {
        StoreError::Io { .. } => Failure::BadInput(format!(
            "error: results cannot be kept: {error}\n  help: give a folder that can be written with `--out DIR`"
        )),
        other => refused(other),
    })?;
    let progress = Steps::new(options.quiet || options.json);
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = options.threads.map_or_else(cores, |threads| threads as usize);
    let stopped = stop::on_interrupt();
    let mut lab = Lab::new(&study, &problem.space, &problem.goal, &store, threads, options.shard, &progress, stopped);
    let done = optimise(&problem, &mut lab);
    progress.shown.clear();
    let shown = place::shown(&here, &target);
    let outcome = done.map_err(|error| failed(error, options.shard, &shown))?;
    merge::merge(&store).map_err(refused)?;
    let alone = store.alone().map_err(lost)?;
    let files = write(&target, &study, &problem, &outcome, &store.manifest, !options.no_plots).map_err(|error| {
        Failure::Failed(format!("the results could not be written to {}: {error}", target.display()))
    })?;
    drop(alone);
    if options.json {
        terminal::say(&crate::optimise::json_text(&problem, &outcome))?;
    } else {
        let text = report::text(&study, &problem, &outcome, layout);
        let place = format!("{} {shown}\n{}\n", layout.bold("Results in"), layout.wrapped(&files.join(", "), 2));
        terminal::say(&format!("{text}\n{place}"))?;
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

fn look_ahead(study: &Study, problem: &crate::optimise::Problem, layout: Layout) -> String {
    let mut text = report::header(study, problem, layout);
    for variable in &problem.space.variables {
        let levels: Vec<&str> = variable.factor.levels.iter().map(|level| level.shown.as_str()).collect();
        let shown = match levels.as_slice() {
            [first, second, .., last] if levels.len() > 8 => {
                format!("{first}, {second} .. {last} ({} levels)", levels.len())
            }
            _ => levels.join(", "),
        };
        text += &format!("  {}: {shown}\n", variable.factor.name);
    }
    let count = problem.space.all().map_or(String::new(), |all| format!("{} configurations; ", all.len()));
    text + &format!("\n{count}at most {} replications\n", problem.budget)
}

fn failed(error: OptimiseError, shard: Shard, shown: &str) -> Failure {
    match error {
        OptimiseError::Lab(LabError::Work(WorkError::Store(error))) => lost(error),
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

/// Progress by trials.
struct Steps {
    shown: Shown,
    state: Mutex<Pace>,
}

struct Pace {
    stage: String,
    count: u64,
    before: u64,
    start: Instant,
    said: Instant,
}

impl Steps {
    fn new(quiet: bool) -> Steps {
        let pace = Pace { stage: String::new(), count: 0, before: 0, start: Instant::now(), said: Instant::now() };
        Steps { shown: Shown::new(quiet), state: Mutex::new(pace) }
    }
}

impl Progress for Steps {
    fn stage(&self, what: &str) {
        let mut pace = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        pace.stage = what.to_string();
        self.shown.task(what, 0);
    }
}

impl Observer for Steps {
    fn begin(&self, count: u64, done: u64) {
        let mut pace = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (pace.count, pace.before, pace.start) = (count, done, Instant::now());
        if let Shown::Bar(_) = self.shown {
            self.shown.resume(&pace.stage, count, done);
        }
    }

    fn done(&self, done: u64) {
        self.shown.reached(done);
        let mut pace = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(self.shown, Shown::Lines) || pace.said.elapsed() < SILENCE || done >= pace.count {
            return;
        }
        pace.said = Instant::now();
        let each = pace.start.elapsed().as_secs_f64() / (done - pace.before).max(1) as f64;
        let left = span(Duration::from_secs_f64(each * (pace.count - done) as f64));
        terminal::note(&format!(
            "{}: {done} of {} configurations, about {left} left in this step",
            pace.stage, pace.count
        ));
    }
}

/// Why the pictures of an optimisation are not drawn by themselves.
pub(super) fn not_drawn_again(folder: &Path) -> Failure {
    Failure::BadInput(format!(
        "error: {} holds an optimisation\n  help: run the same `loadgraph optimise` again: it draws from what is stored",
        folder.display()
    ))
}
