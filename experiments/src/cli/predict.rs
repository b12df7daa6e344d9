//! `loadgraph predict`: models of indicators, trained on a sweep or on measurements.

use super::ending::{Ending, Failure, lost, may_replace};
use super::progress::Shown;
use super::results::{ResultArgs, shown};
use super::{command_line, override_, terminal};
use crate::fault::Fault;
use crate::measured::Measured;
use crate::predict::PerformanceModel;
use crate::predict::data::{Data, of_sweep, of_table};
use crate::predict::model::FILE;
use crate::predict::report::{self, AtPoint, Manifest};
use crate::predict::train::{Plan, train};
use crate::report::document::quoted;
use crate::run::on_threads;
use crate::store::identity::run_id;
use crate::store::manifest::{COMMIT, VERSION};
use crate::study::Study;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What can be said to `predict`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// A trained model, or its folder, to be evaluated
    #[arg(required_unless_present = "train", conflicts_with = "train")]
    model: Option<PathBuf>,
    /// Train models on the stored sweep in this folder, or on a CSV file of points
    #[arg(long, value_name = "DIR|CSV")]
    train: Option<PathBuf>,
    /// Evaluate at this value of a factor, such as `gateway.cores=8`; give one for each factor
    #[arg(long, value_name = "PATH=VALUE", value_parser = override_)]
    at: Vec<(String, String)>,
    /// Evaluate at all points of a CSV file with a column for each factor
    #[arg(long, value_name = "CSV", conflicts_with = "at")]
    points: Option<PathBuf>,
    /// Train a model of this indicator, or take this column as a response; may be given several times
    #[arg(long, value_name = "PATH", requires = "train")]
    response: Vec<String>,
    /// Take this column of the CSV file as a factor (default: all that are no responses)
    #[arg(long, value_name = "COLUMN", requires = "train")]
    factor: Vec<String>,
    /// The experiment file that the points of the CSV file are configurations of, for what theory says
    #[arg(long, value_name = "FILE", requires = "train")]
    study: Option<PathBuf>,
    /// Folds of the cross-validation
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=100))]
    folds: u64,
    /// Seed of who is in which fold, and who is locked away
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Let --out overwrite what is not a result of the same points
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    results: ResultArgs,
}

/// Trains, or evaluates.
///
/// # Errors
/// Bad input, or results that cannot be written.
pub fn command(options: &Options) -> Ending {
    if let Some(from) = &options.train {
        return trained(options, from);
    }
    if options.results.out.is_some() {
        let fault =
            Fault::new("`--out` is where models are written that are trained").help("say on what: `--train DIR`");
        return Err(fault.into());
    }
    let model = PerformanceModel::load(options.model.as_deref().unwrap_or(Path::new("")))?;
    if options.at.is_empty() && options.points.is_none() {
        let layout = terminal::layout();
        let shown = if options.results.json {
            crate::report::json(&report::Trained::of(&model, String::new()))
        } else {
            report::text(&model, layout)
        };
        terminal::say(&shown)?;
        return Ok(0);
    }
    evaluate(options, &model)
}

fn trained(options: &Options, from: &Path) -> Ending {
    let start = Instant::now();
    let (data, study) = data(options, from)?;
    let plan = Plan { folds: options.folds as usize, seed: options.seed };
    // What a model follows from: all points and what is found at them.
    let values: Vec<_> = data.indicators.iter().map(|indicator| (&indicator.path, &indicator.values)).collect();
    let text = data.origin.as_ref().map_or("", |origin| origin.text.as_str());
    let all = format!("predict {plan:?} {:?} {:?} {values:?}\n{text}", data.space, data.points);
    let id = run_id(VERSION, &all, plan.seed, &[]);
    let target = options.results.folder(&named(&data, from), &format!("predict-{id}"));
    if !options.force {
        may_replace(options.results.out.as_deref(), from, &data.title)?;
    }
    let staging = options.results.staging(&target)?;
    let progress = Shown::new(options.results.is_quiet());
    progress.task(&format!("training {} models", data.indicators.len()), 1);
    let threads = options.results.threads();
    let done = on_threads(&[], threads, || train(&data, study.as_ref(), plan));
    progress.clear();
    let (model, checked) = done?;
    let mut manifest = Manifest {
        title: data.title.clone(),
        file: from.display().to_string(),
        id,
        version: VERSION.to_string(),
        commit: COMMIT.map(str::to_string),
        seed: plan.seed,
        folds: model.folds,
        command: command_line(),
        threads,
        wall_seconds: start.elapsed().as_secs_f64(),
        files: Vec::new(),
    };
    report::write(staging.path(), &model, &checked, &data.points, &mut manifest, !options.results.no_plots)
        .map_err(|error| lost(&target, &error))?;
    staging.publish().map_err(|error| lost(&target, &error))?;
    let shown = shown(&target);
    if !options.at.is_empty() || options.points.is_some() {
        return evaluate(options, &model);
    }
    if options.results.json {
        terminal::say(&crate::report::json(&report::Trained::of(&model, format!("{shown}/{FILE}"))))?;
    } else {
        let layout = terminal::layout();
        let text = report::text(&model, layout);
        let next = format!("Evaluate: loadgraph predict {} --at PATH=VALUE ..", quoted(&shown));
        terminal::say(&format!("{text}\n{}{next}\n", layout.results(&manifest.files, &shown)))?;
    }
    Ok(0)
}

/// What the folder of results is named after: the study of a sweep, or the file of points.
fn named(data: &Data, from: &Path) -> PathBuf {
    data.origin
        .as_ref()
        .filter(|_| from.is_dir())
        .map_or_else(|| from.to_path_buf(), |origin| PathBuf::from(&origin.file))
}

/// The points, and the study that they are configurations of.
fn data(options: &Options, from: &Path) -> Result<(Data, Option<Study>), Failure> {
    let with_study = |file: &PathBuf| Study::load(file, &[], terminal::colour_err());
    if !from.is_dir() {
        let study = options.study.as_ref().map(with_study).transpose()?;
        let table = Measured::load(from)?;
        return Ok((of_table(&table, &options.factor, &options.response, study.as_ref())?, study));
    }
    for (given, option) in [(!options.factor.is_empty(), "--factor"), (options.study.is_some(), "--study")] {
        if given {
            let fault = Fault::new(format!("`{option}` is for CSV files: a sweep has its own")).help("leave it out");
            return Err(fault.into());
        }
    }
    let mut data = of_sweep(from, &options.response)?;
    let study = data.origin.as_ref().map(crate::predict::data::Origin::study);
    let study = match study {
        Some(Ok(study)) => Some(study),
        Some(Err(_)) => {
            let why = "the study of the sweep cannot be read any more (a file that it reads has gone?): models do without theory";
            data.remarks.push(why.to_string());
            None
        }
        None => None,
    };
    Ok((data, study))
}

fn evaluate(options: &Options, model: &PerformanceModel) -> Ending {
    let points = match &options.points {
        None => vec![model.space.point(&options.at)?],
        Some(file) => {
            let table = Measured::load(file)?;
            let columns = model.space.factors.iter().map(|factor| table.column(&factor.name));
            let columns = columns.collect::<Result<Vec<_>, _>>()?;
            let cell = |row: usize, (factor, column): (&crate::predict::space::Factor, &usize)| {
                let text = table.cell(row, *column);
                factor.value(text).map_err(|fault| {
                    let what = format!("{}: {}", table.place(row, *column), fault.what);
                    Fault { what, ..fault }
                })
            };
            let row = |row: usize| {
                model.space.factors.iter().zip(&columns).map(|both| cell(row, both)).collect::<Result<Vec<_>, _>>()
            };
            (0..table.len()).map(row).collect::<Result<Vec<_>, _>>()?
        }
    };
    let study = match &model.origin {
        Some(origin) if model.needs_study() => Some(origin.study().map_err(|why| {
            Failure::BadInput(format!(
                "error: the model builds on theory, and its study cannot be read any more\n{why}\n  help: stand where `{}` is, beside the files that it reads",
                origin.file
            ))
        })?),
        _ => None,
    };
    let one = |point: &Vec<crate::predict::space::Value>| AtPoint {
        at: model.space.factors.iter().zip(point).map(|(factor, v)| (factor.name.clone(), factor.shown(*v))).collect(),
        outside: model.space.outside(point),
        predictions: model.predict(point, study.as_ref()),
    };
    let all: Vec<AtPoint> = points.iter().map(one).collect();
    if options.results.json {
        terminal::say(&crate::report::json(&all))?;
    } else {
        let layout = terminal::layout();
        terminal::say(&report::predictions(&all, layout))?;
    }
    Ok(0)
}
