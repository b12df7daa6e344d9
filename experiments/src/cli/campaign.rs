//! What the commands have in common that run many configurations: work, or a look ahead, and the report.

use super::ending::{Ending, Failure, RESUMABLE};
use super::results::{ResultArgs, shown};
use super::steps::{Steps, span};
use super::{stop, terminal};
use crate::campaign::cluster::follow::{FollowError, follow};
use crate::campaign::cluster::slurm::Task;
use crate::campaign::evaluate::Evaluator;
use crate::campaign::export::{self, Point};
use crate::campaign::factorial::report::Taken;
use crate::campaign::record::{Keep, Status};
use crate::campaign::responses::{Response, responses};
use crate::campaign::shard::Shard;
use crate::campaign::store::index::Index;
use crate::campaign::store::manifest::{Kind, Manifest};
use crate::campaign::store::{Store, StoreError, merge};
use crate::campaign::work::{WorkError, work};
use crate::campaign::{cost, document, factorial, labels, pictures, report};
use crate::report::plot::PlotError;
use crate::report::table::grid::Grid;
use crate::study::Study;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Parts that a cluster gets: starting a task takes it some tenths of a second.
const PARTS: u64 = 64;
/// Configurations that `--dry-run` lists.
const LISTED: u64 = 60;

/// What can be said to every command that runs many configurations.
#[derive(Clone, Debug, clap::Args)]
pub struct CampaignArgs {
    /// Simulate only part I of N, such as 2/16; `merge` puts the parts together
    #[arg(long, value_name = "I/N", default_value = "1/1", hide_default_value = true)]
    pub shard: Shard,
    /// Print which configurations there are and about what they take, and run none
    #[arg(long)]
    pub dry_run: bool,
    /// Run the parts as tasks of a cluster, follow them and put them together
    #[arg(long, value_enum, value_name = "WHICH", conflicts_with_all = ["shard", "dry_run"])]
    pub cluster: Option<Cluster>,
    /// Parts for the cluster (default: one for each configuration, at most 64)
    #[arg(long, value_name = "N", requires = "cluster", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub parts: Option<u64>,
    /// An option for `sbatch`, such as --sbatch=--partition=long or --sbatch=--cpus-per-task=4; may be given several times
    #[arg(long, value_name = "OPTION", requires = "cluster", allow_hyphen_values = true)]
    pub sbatch: Vec<String>,
    /// Leave putting together and reporting to others
    #[arg(long, hide = true)]
    pub task: bool,
    #[command(flatten)]
    pub results: ResultArgs,
}

/// Where a campaign can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Cluster {
    /// An array job of Slurm
    Slurm,
}

/// What is asked for, or what is usual.
pub(super) fn responses_of(study: &Study, asked: &[String]) -> Result<Vec<Response>, Failure> {
    responses(study, asked).map_err(|(message, help)| {
        Failure::BadInput(format!("error: {message}{}", help.map_or(String::new(), |help| format!("\n  help: {help}"))))
    })
}

/// The folder of a campaign.
pub(super) fn folder(manifest: &Manifest, file: &Path, results: &ResultArgs) -> PathBuf {
    results.folder(file, &format!("{}-{}", manifest.kind, manifest.id))
}

/// Opens the store in a folder, or makes it.
pub(super) fn open(target: &Path, manifest: Manifest) -> Result<Store, Failure> {
    Store::open(target, manifest).map_err(|error| match error {
        StoreError::Io { .. } => Failure::BadInput(format!(
            "error: results cannot be kept: {error}\n  help: give a folder that can be written with `--out DIR`"
        )),
        other => refused(other),
    })
}

/// Runs the configurations of a campaign that are missing, or of a part of it; reports when all are done.
pub(super) fn run(study: &Study, manifest: Manifest, arguments: &CampaignArgs) -> Ending {
    let target = folder(&manifest, &study.path, &arguments.results);
    let wanted: Vec<u64> = arguments.shard.members(manifest.count()).collect();
    if arguments.dry_run {
        return look_ahead(study, &manifest, &target, &wanted, arguments);
    }
    study.try_levels(&manifest.design, terminal::colour_err())?;
    let store = open(&target, manifest)?;
    let progress = Steps::new(arguments.results.is_quiet());
    if arguments.cluster.is_some() {
        on_cluster(study, &store, arguments, &progress)?;
        return finish(&store, arguments.results.json, !arguments.results.no_plots);
    }
    let stop = stop::on_interrupt();
    let keep = Keep { responses: store.manifest.responses.iter().map(|response| response.path.clone()).collect() };
    let evaluator = Evaluator::new(study, &store.manifest.design, keep, stop);
    let worked = work(&store, &wanted, &evaluator, arguments.results.threads(), &progress, stop);
    progress.clear();
    match worked {
        Ok(()) => {}
        Err(WorkError::Store(error)) => return Err(not_kept(error)),
        Err(WorkError::Interrupted { done, count }) => {
            return Err(Failure::Resumable(format!(
                "interrupted: {done} of {count} configurations are done and kept in {}; the same command goes on from there",
                target.display()
            )));
        }
        Err(error @ WorkError::Threads(_)) => return Err(Failure::Failed(error.to_string())),
    }
    let index = store.index().map_err(refused)?;
    if index.len() < store.manifest.count() || arguments.task {
        let shown = shown(&target);
        terminal::note(&format!(
            "part {} is done; of all {} configurations {} are in {shown}: `loadgraph merge {shown}` when the others are",
            arguments.shard,
            store.manifest.count(),
            index.len()
        ));
        return Ok(0);
    }
    finish(&store, arguments.results.json, !arguments.results.no_plots)
}

/// Runs a campaign as an array job of Slurm.
fn on_cluster(study: &Study, store: &Store, arguments: &CampaignArgs, progress: &Steps) -> Result<(), Failure> {
    let absolute = |path: &Path| {
        std::path::absolute(path).map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))
    };
    let program = std::env::current_exe().map_err(|error| Failure::Failed(error.to_string()))?;
    let folder = absolute(store.folder())?;
    let mut command = vec![program.display().to_string(), store.manifest.kind.to_string()];
    command.push(absolute(&study.path)?.display().to_string());
    for (path, value) in &study.overrides {
        command.extend(["--set".to_string(), format!("{path}={value}")]);
    }
    command.extend(["--out".to_string(), folder.display().to_string(), "--task".to_string()]);
    let task = Task {
        command,
        folder: absolute(Path::new("."))?,
        name: format!("loadgraph-{}", store.manifest.id),
        logs: folder.join("slurm"),
        parts: arguments.parts.unwrap_or(PARTS).min(store.manifest.count()),
        options: arguments.sbatch.clone(),
    };
    let tell = |text: &str| {
        if !arguments.results.is_quiet() {
            terminal::note(text);
        }
    };
    let followed = follow(store, &task, progress, &tell, stop::on_interrupt());
    progress.clear();
    followed.map_err(|error| match error {
        FollowError::Store(error) => not_kept(error),
        FollowError::Slurm(error) => {
            let help = "look at `sinfo`, give options for sbatch with `--sbatch`, or leave out `--cluster`";
            Failure::BadInput(format!("error: {error}\n  help: {help}; what is done is kept"))
        }
        FollowError::Interrupted { job } => Failure::Resumable(format!(
            "interrupted: job {job} goes on by itself; the same command follows it further, `scancel {job}` ends it"
        )),
        error @ FollowError::Failed(_) => Failure::Failed(format!(
            "{error}\n  help: what they have printed is in {}; what is done is kept",
            task.logs.display()
        )),
    })
}

/// Merges a store in which everything is done, writes its tables and pictures, and reports.
pub(super) fn finish(store: &Store, json: bool, draw: bool) -> Ending {
    let index = merge::merge(store).map_err(refused)?;
    present(store, &index, json, draw)
}

/// Writes tables and pictures of what is in a store, and reports.
pub(super) fn present(store: &Store, index: &Index, json: bool, draw: bool) -> Ending {
    let alone = store.alone().map_err(not_kept)?;
    let points = export::write(store, index).map_err(not_kept)?;
    let mut files: Vec<String> = export::FILES.iter().map(ToString::to_string).collect();
    let effects = store.manifest.effects.as_ref();
    let taken = taken(&store.manifest, &points);
    if let Some(effects) = effects {
        files.extend(factorial::report::write(store.folder(), effects, &taken).map_err(not_kept)?);
    }
    if draw {
        let drawn = pictures(&store.manifest, &points, &taken, store.folder());
        let drawn = drawn.map_err(|error| Failure::Failed(error.to_string()))?;
        let written = document::write(store.folder(), &store.manifest, &points, &taken, &drawn).map_err(|error| {
            Failure::Failed(format!("error: cannot write to {}: {error}", store.folder().display()))
        })?;
        files.splice(0..0, written.map(ToString::to_string));
        files.extend(drawn);
    }
    drop(alone);
    if json {
        let effects = effects.map(|effects| factorial::report::json(effects, &taken));
        terminal::say(&report::json(&store.manifest, &points, effects))?;
    } else {
        terminal::say(&told(store, &points, &taken, &files))?;
    }
    let failed = points.iter().any(|point| point.status == Status::Failed);
    Ok(if failed { 1 } else { 0 })
}

/// What a factorial is taken apart into.
fn taken<'m>(manifest: &'m Manifest, points: &[Point]) -> Vec<Taken<'m>> {
    let effects = manifest.effects.as_ref();
    effects.map_or_else(Vec::new, |effects| factorial::report::take_apart(manifest, effects, points))
}

fn pictures(
    manifest: &Manifest,
    points: &[Point],
    taken: &[Taken<'_>],
    folder: &Path,
) -> Result<Vec<String>, PlotError> {
    match &manifest.effects {
        None => pictures::draw(manifest, points, folder),
        Some(effects) => factorial::pictures::draw(manifest, effects, taken, folder),
    }
}

fn told(store: &Store, points: &[Point], taken: &[Taken<'_>], files: &[String]) -> String {
    let layout = terminal::layout();
    let mut parts = vec![
        report::header(&store.manifest, layout),
        report::table(&store.manifest, points, layout),
        report::trouble(points, layout),
    ];
    if let Some(effects) = &store.manifest.effects {
        parts.push(factorial::report::resolution(effects, layout));
        for one in taken {
            parts.push(factorial::report::effects(one, effects, layout));
            parts.push(factorial::report::gains_table(one, layout));
        }
    }
    parts.push(layout.results(files, &shown(store.folder())));
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Draws the pictures of a store again.
pub(super) fn redraw(folder: &Path, to: Option<&Path>) -> Ending {
    let store = Store::read(folder).map_err(refused)?;
    if store.manifest.kind == Kind::Optimise {
        return Err(super::optimise::not_drawn_again(folder));
    }
    let points = export::points(&store, &store.index().map_err(refused)?).map_err(refused)?;
    let to = to.unwrap_or(folder);
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::BadInput(format!("error: pictures cannot be written to {}: {error}", to.display()))
    };
    std::fs::create_dir_all(to).map_err(|error| cannot(&error))?;
    let taken = taken(&store.manifest, &points);
    let files = pictures(&store.manifest, &points, &taken, to).map_err(|error| cannot(&error))?;
    files.iter().try_for_each(|file| terminal::say(&format!("{}\n", to.join(file).display())))?;
    Ok(0)
}

/// Which configurations there are, and about what they take.
fn look_ahead(study: &Study, manifest: &Manifest, target: &Path, wanted: &[u64], arguments: &CampaignArgs) -> Ending {
    study.try_levels(&manifest.design, terminal::colour_err())?;
    let done = match Store::read(target) {
        Ok(store) if store.manifest.id == manifest.id => Some(store.index().map_err(refused)?),
        _ => None,
    };
    let is_done = |number: &u64| done.as_ref().is_some_and(|index| index.place(*number).is_some());
    let missing: Vec<u64> = wanted.iter().copied().filter(|number| !is_done(number)).collect();
    let layout = terminal::layout();
    let head = std::iter::once("#".to_string()).chain(manifest.design.factors().map(|f| labels::factor(&f.name)));
    let mut grid = Grid { head: head.collect(), rows: Vec::new(), texts: 1 };
    for number in wanted.iter().take(LISTED as usize) {
        let levels = manifest.design.levels(*number).into_iter().map(|level| level.shown.clone());
        grid.row(std::iter::once((number + 1).to_string()).chain(levels).collect());
    }
    let mut out = format!("{}\n{}", report::header(manifest, layout), grid.render(layout));
    if wanted.len() as u64 > LISTED {
        out += &format!("and {} more\n", wanted.len() as u64 - LISTED);
    }
    let part = if arguments.shard.of > 1 { format!(" in part {}", arguments.shard) } else { String::new() };
    out += &format!("\n{} configurations{part}, {} of them done already\n", wanted.len(), wanted.len() - missing.len());
    if let Some(cost) = cost::estimate(study, &manifest.design, &missing) {
        let threads = arguments.results.threads();
        let cores = threads.min(std::thread::available_parallelism().map_or(1, usize::from)) as f64;
        let time = |seconds: f64| span(Duration::from_secs_f64(seconds.min(1e12)));
        out += &format!(
            "about {} on {threads} thread{} ({} of one core), by a look at {} of them\n",
            time(cost.core_seconds / cores),
            if threads == 1 { "" } else { "s" },
            time(cost.core_seconds),
            cost.looked_at
        );
    }
    terminal::say(&out)?;
    Ok(0)
}

/// A store that cannot be used.
pub(super) fn refused(error: StoreError) -> Failure {
    Failure::BadInput(format!("error: {error}\n  help: {}", error.help()))
}

/// Results that cannot be kept.
pub(super) fn not_kept(error: StoreError) -> Failure {
    match error {
        StoreError::Io { .. } => Failure::Failed(format!("{error}\n  help: {}", error.help())),
        other => refused(other),
    }
}

/// The status of a store in which something is still missing.
pub(super) fn incomplete(store: &Store, index: &Index) -> Ending {
    let (done, count) = (index.len(), store.manifest.count());
    let missing: Vec<String> =
        (0..count).filter(|n| index.place(*n).is_none()).take(12).map(|n| (n + 1).to_string()).collect();
    let more = count - done - missing.len() as u64;
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    terminal::note(&format!(
        "warning: {} of {count} configurations are missing: {}{more}\n  help: run the same {} again, or the parts that are \
         missing",
        count - done,
        missing.join(", "),
        store.manifest.kind
    ));
    Ok(RESUMABLE)
}
