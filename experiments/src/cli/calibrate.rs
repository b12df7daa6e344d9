//! `loadgraph calibrate`: laws and parameters from measurements.

use super::ending::{Ending, Failure, lost, may_replace};
use super::progress::Shown;
use super::results::{ResultArgs, shown};
use super::{command_line, override_, say_warnings, stop, terminal};
use crate::calibrate::bootstrap::{Intervals, Plan, intervals};
use crate::calibrate::fit::{Comparison, compare};
use crate::calibrate::report::{self, Calibration, DATA, Manifest, StudyWithLaw};
use crate::calibrate::{Asked, Setting};
use crate::measured::Measured;
use crate::run::on_threads;
use crate::store::identity::run_id;
use crate::store::inputs::{self, Input};
use crate::store::manifest::{COMMIT, VERSION};
use crate::study::Study;
use models::spec::{Calibrate, Gamma, LoadKind, Resample, ResponseKind, Scalar, Weights};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Resamples where nothing is said.
const RESAMPLES: u64 = 1000;
/// The most resamples.
const MOST_RESAMPLES: u64 = 1_000_000;

/// What can be said to `calibrate`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Measurements as CSV with a header, or an experiment file with a `calibrate` section
    file: PathBuf,
    /// The column of load, by its name or its number from 1
    #[arg(long, value_name = "COLUMN")]
    load: Option<String>,
    /// The column of throughput or latency
    #[arg(long, value_name = "COLUMN")]
    response: Option<String>,
    /// What the response is (default: as its column's name says)
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<ResponseKind>,
    /// What the load counts: users (requests present), percent (utilisation) or rate (arrivals per second)
    #[arg(long, value_name = "WHAT", value_parser = load_is)]
    load_is: Option<LoadKind>,
    /// Fit these families, separated by commas: constant, linear, saturating, usl, usl-first, mmc, mg1, table
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    family: Vec<String>,
    /// Throughput of one user in the scalability law: free, or that of the first point
    #[arg(long, value_name = "HOW", value_parser = gamma)]
    gamma: Option<Gamma>,
    /// Errors are equal, or relative to the response
    #[arg(long, value_name = "HOW", value_parser = weights)]
    weights: Option<Weights>,
    /// Unit of latencies, such as ms
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// The load that is 100 % (default: 100 for percents, else the greatest)
    #[arg(long, value_name = "LOAD")]
    full: Option<f64>,
    /// Resamples for the intervals, 0 for none (default: 1000)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=MOST_RESAMPLES))]
    bootstrap: Option<u64>,
    /// Draw residuals or cases (whole points) again
    #[arg(long, value_name = "WHAT", value_parser = resample)]
    resample: Option<Resample>,
    /// The field of the experiment file that takes the law, such as server.laws.throughput
    #[arg(long, value_name = "PATH")]
    into: Option<String>,
    /// Change a field of the experiment file; may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = override_)]
    set: Vec<(String, String)>,
    /// Seed of the resamples (default: 1, or that of the experiment file)
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Let --out overwrite what is not a result of the same data
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    results: ResultArgs,
}

/// One of several words.
fn word<T: Copy>(text: &str, all: &[(&str, T)]) -> Result<T, String> {
    let known = all.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    known.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        format!("give one of: {}", names.join(", "))
    })
}

fn kind(text: &str) -> Result<ResponseKind, String> {
    word(text, &[("throughput", ResponseKind::Throughput), ("latency", ResponseKind::Latency)])
}

fn load_is(text: &str) -> Result<LoadKind, String> {
    word(text, &[("users", LoadKind::Users), ("percent", LoadKind::Percent), ("rate", LoadKind::Rate)])
}

fn gamma(text: &str) -> Result<Gamma, String> {
    word(text, &[("free", Gamma::Free), ("first", Gamma::First)])
}

fn weights(text: &str) -> Result<Weights, String> {
    word(text, &[("equal", Weights::Equal), ("relative", Weights::Relative)])
}

fn resample(text: &str) -> Result<Resample, String> {
    word(text, &[("residuals", Resample::Residuals), ("cases", Resample::Cases)])
}

/// The study that was named, if it was one.
fn study(options: &Options) -> Result<Option<Study>, Failure> {
    if options.file.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("ron")) {
        let only = [(!options.set.is_empty(), "--set"), (options.into.is_some(), "--into")];
        if let Some((_, option)) = only.iter().find(|(given, _)| *given) {
            return Err(Failure::BadInput(format!(
                "error: `{option}` changes an experiment file, and {} is data\n  help: give an experiment file with a `calibrate` section",
                options.file.display()
            )));
        }
        return Ok(None);
    }
    let study = Study::load(&options.file, &options.set, terminal::colour_err())?;
    say_warnings(&study);
    Ok(Some(study))
}

/// Calibrates.
///
/// # Errors
/// Bad input, an interrupt, or results that cannot be written.
pub fn command(options: &Options) -> Ending {
    let study = study(options)?;
    let section = match &study {
        None => None,
        Some(study) => Some(study.experiment.calibrate.clone().ok_or_else(|| {
            Failure::BadInput(format!(
                "error: {} has no `calibrate` section\n  help: add `calibrate: Calibrate(data: \"measured.csv\", load: \"users\", response: \"throughput\")`, or give a CSV file",
                study.path.display()
            ))
        })?),
    };
    let data = match (&study, &section) {
        (Some(study), Some(section)) => study.path.parent().unwrap_or(Path::new("")).join(&section.data),
        _ => options.file.clone(),
    };
    let table = Measured::load(&data)?;
    let (asked, families, plan) = asked(options, section.as_ref(), study.as_ref())?;
    let (setting, points) = Setting::of(&table, &asked)?;
    let name = data.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let title = match &study {
        Some(study) => study.title(),
        None => format!("Calibration of {name}"),
    };
    let wanted = format!("calibrate {setting:?} {families:?} {plan:?} {:?}", options.into);
    let text = study.as_ref().map_or("", |study| study.source.text.as_str());
    let input = Input { name: name.clone(), stored: DATA.into(), content: table.text.clone().into_bytes() };
    let id = run_id(VERSION, &format!("{wanted}\n{text}"), plan.seed, &[input]);
    let target = options.results.folder(&options.file, &format!("calibrate-{id}"));
    if !options.force {
        may_replace(options.results.out.as_deref(), &options.file, &title)?;
    }
    let stopped = stop::on_interrupt();
    let progress = Shown::new(options.results.is_quiet());
    let start = Instant::now();
    let comparison = compare(setting, points, &families)?;
    let into = options.into.clone().or_else(|| section.as_ref().and_then(|section| section.into.clone()));
    let with_law = match (&study, into) {
        (Some(study), Some(into)) => Some(with_law(study, &into, &comparison)?),
        _ => None,
    };
    let staging = options.results.staging(&target)?;
    let threads = options.results.threads();
    progress.task("resampling", comparison.entries.len() as u64);
    let all = on_threads(&[], threads, || -> Option<Vec<Intervals>> {
        let mut all = Vec::new();
        for (i, entry) in comparison.entries.iter().enumerate() {
            progress.reached(i as u64);
            all.push(match &entry.fitted {
                Ok(fitted) => intervals(entry.family, &comparison.setting, &comparison.points, fitted, &plan, stopped)?,
                Err(_) => Intervals::default(),
            });
        }
        Some(all)
    });
    progress.clear();
    let calibration = Calibration { comparison, intervals: all.ok_or(Failure::Interrupted)?, study: with_law };
    let mut manifest = Manifest {
        title,
        file: options.file.display().to_string(),
        data: data.display().to_string(),
        id,
        version: VERSION.to_string(),
        commit: COMMIT.map(str::to_string),
        seed: plan.seed,
        resamples: plan.resamples,
        resample: if plan.resample == Resample::Cases { "cases".into() } else { "residuals".into() },
        command: command_line(),
        threads,
        wall_seconds: start.elapsed().as_secs_f64(),
        files: Vec::new(),
    };
    report::write(staging.path(), &calibration, &mut manifest, &table.text, !options.results.no_plots)
        .map_err(|error| lost(&target, &error))?;
    staging.publish().map_err(|error| lost(&target, &error))?;
    if options.results.json {
        terminal::say(&calibration.figures(&manifest).json())?;
    } else {
        let layout = terminal::layout();
        let text = report::text(&calibration, &manifest, layout);
        terminal::say(&format!("{text}\n{}", layout.results(&manifest.files, &shown(&target))))?;
    }
    Ok(0)
}

/// What is asked by the command line, or else by the section.
fn asked(
    options: &Options,
    section: Option<&Calibrate>,
    study: Option<&Study>,
) -> Result<(Asked, Vec<String>, Plan), Failure> {
    let of = |scalar: Option<&Scalar>| match (scalar, study) {
        (Some(scalar), Some(study)) => study.number(scalar).map(Some).map_err(Failure::BadInput),
        _ => Ok(None),
    };
    let full = of(section.and_then(|section| section.full.as_ref()))?;
    let bootstrap = of(section.and_then(|section| section.bootstrap.as_ref()))?;
    let asked = Asked {
        load: options.load.clone().or_else(|| section.map(|section| section.load.clone())),
        response: options.response.clone().or_else(|| section.map(|section| section.response.clone())),
        kind: options.kind.or_else(|| section.and_then(|section| section.kind)),
        load_is: options.load_is.or_else(|| section.and_then(|section| section.load_is)),
        unit: options.unit.clone().or_else(|| section.and_then(|section| section.unit.clone())),
        full: options.full.or(full),
        gamma: options.gamma.or_else(|| section.map(|section| section.gamma)).unwrap_or_default(),
        weights: options.weights.or_else(|| section.map(|section| section.weights)).unwrap_or_default(),
    };
    let families = match (&options.family[..], section) {
        ([], Some(section)) => section.families.clone(),
        (given, _) => given.to_vec(),
    };
    let resamples = match (options.bootstrap, bootstrap) {
        (Some(resamples), _) => resamples,
        (None, Some(n)) if n >= 0.0 && n.fract() == 0.0 && n <= MOST_RESAMPLES as f64 => n as u64,
        (None, Some(n)) => {
            return Err(Failure::BadInput(format!(
                "error: `calibrate.bootstrap` is {n}\n  help: give a whole number from 0 to {MOST_RESAMPLES}"
            )));
        }
        (None, None) => RESAMPLES,
    };
    let plan = Plan {
        resamples,
        resample: options.resample.or_else(|| section.map(|section| section.resample)).unwrap_or_default(),
        seed: options.seed.unwrap_or_else(|| study.map_or(1, |study| study.plan.seed)),
    };
    Ok((asked, families, plan))
}

/// The study with the law in the field that is to take it.
fn with_law(study: &Study, into: &str, comparison: &Comparison) -> Result<StudyWithLaw, Failure> {
    let Some((family, law)) = comparison.best_law() else {
        return Err(Failure::BadInput(format!(
            "error: no fitted curve can be written as the law that `{into}` takes\n  help: leave `into` out, or try `--family table`"
        )));
    };
    let (Some(value), component) = (&law.law, into.rsplit_once(".laws.").map(|(component, _)| component)) else {
        return Err(Failure::BadInput(format!("error: {family} gives no law for `{into}`")));
    };
    let Some(component) = component else {
        return Err(Failure::BadInput(format!(
            "error: `{into}` takes no law\n  help: name a field of the laws of a component, such as `server.laws.{}`",
            law.field.unwrap_or("throughput")
        )));
    };
    let mut changes = vec![(into.to_string(), value.clone())];
    changes.extend(law.load.iter().map(|load| (format!("{component}.load"), load.clone())));
    changes.push(("calibrate.data".to_string(), format!("{DATA:?}")));
    let taken = Study::from_source(&study.path, study.source.clone(), &changes, terminal::colour_err())?;
    let inputs = inputs::of(&taken)
        .map_err(|error| Failure::BadInput(format!("error: a file that the experiment reads has gone: {error}")))?;
    let text = inputs::renamed(&taken.source, &inputs);
    let inputs = inputs.into_iter().map(|input| (input.stored, input.content)).collect();
    Ok(StudyWithLaw { text, into: into.to_string(), law: (value.clone(), family), inputs })
}
