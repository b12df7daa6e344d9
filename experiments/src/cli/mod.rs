//! The command line: what can be asked for, one file per command.
//!
//! A command reads its options, calls the library, prints, and returns an [`ending::Ending`]. To add one, write its
//! file, name it in [`Command`] and in `main.rs`.

pub mod bench_model;
pub mod cache;
pub mod calibrate;
mod campaign;
pub mod check;
pub mod compare;
pub mod coverage;
pub mod ending;
pub mod factorial;
pub mod graph;
pub mod list;
pub mod merge;
pub mod new;
pub mod optimise;
pub mod plot;
pub mod predict;
mod progress;
mod results;
pub mod run;
mod steps;
mod stop;
pub mod sweep;
mod terminal;

use crate::file;
use crate::report::document::quoted;
use crate::store::inputs::{self, Input};
use crate::study::Study;
use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};

/// Performance simulation of IoT systems.
#[derive(Debug, Parser)]
#[command(name = "loadgraph", version, about, long_about = None, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
First steps: `loadgraph new my-system.ron`, then `loadgraph run my-system.ron`.
Exit status: 0 done, 1 no steady state, 2 bad input, 3 a target missed, 74 the output
cannot be written, 75 interrupted and can be resumed, 130 interrupted.";

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate a system; print the indicators, store results and pictures
    Run(run::Options),
    /// Compare configurations or files, paired under common random numbers, with significance
    Compare(compare::Options),
    /// Measure how often the intervals hold the true value, on systems where it is known
    Coverage(coverage::Options),
    /// Check a file: structure, stability, and theory beside a short simulation
    Check(check::Options),
    /// Simulate many configurations: every combination of levels, or a design; killed and started again it goes on
    Sweep(sweep::Options),
    /// Find out which treatments matter, alone and together, and whether assumed gains come true
    Factorial(factorial::Options),
    /// Recommend a configuration: weights, bounds and what may vary, with a guarantee and what would change it
    Optimise(optimise::Options),
    /// Put the shards of a sweep, factorial or optimisation together
    Merge(merge::Options),
    /// Run cache replacement policies over a trace of requests; print and store the miss ratios
    Cache(cache::Options),
    /// Fit laws and parameters to measurements: load against throughput or latency
    Calibrate(calibrate::Options),
    /// Train models that predict indicators from a sweep or from measurements, and evaluate them
    Predict(predict::Options),
    /// List what files can use: components, steps, disciplines, profiles, ..
    List(list::Options),
    /// Write a commented experiment file that runs as it is
    New(new::Options),
    /// Draw the pictures of a stored run again
    Plot(plot::Options),
    /// Print the component graph in the DOT language of Graphviz
    Graph(graph::Options),
    /// Measure the speed of the simulator on a file; prints JSON
    BenchModel(bench_model::Options),
}

/// An experiment file with changes to it.
#[derive(Clone, Debug, Args)]
pub struct StudyArgs {
    /// The experiment file
    pub file: PathBuf,
    /// Change a field for this run, such as `gateway.cores=8` or `run.horizon="1 h"`; may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = override_)]
    pub set: Vec<(String, String)>,
    /// Change the master seed (same as --set run.seed=N)
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Change the number of replications (same as --set run.replications=N)
    #[arg(long, value_name = "N")]
    pub replications: Option<u64>,
}

impl StudyArgs {
    /// All changes, as paths and values.
    pub fn overrides(&self) -> Vec<(String, String)> {
        let mut all = self.set.clone();
        all.extend(self.seed.map(|seed| ("run.seed".to_string(), seed.to_string())));
        all.extend(self.replications.map(|n| ("run.replications".to_string(), n.to_string())));
        all
    }
}

/// Says the warnings of a study.
fn say_warnings(study: &Study) {
    if !study.warnings.is_empty() {
        let text = file::render(&study.source, &study.warnings, terminal::colour_err());
        terminal::note(text.trim_end());
    }
}

/// Says a study's warnings, and reads the files that it names.
fn prepare(study: &Study) -> Result<Vec<Input>, ending::Failure> {
    say_warnings(study);
    inputs::of(study).map_err(|error| {
        ending::Failure::BadInput(format!("error: a file that the experiment reads has gone: {error}"))
    })
}

/// The command that does it again, as a shell takes it.
fn command_line() -> String {
    let words: Vec<String> = std::env::args_os().skip(1).map(|word| quoted(&word.to_string_lossy())).collect();
    format!("loadgraph {}", words.join(" "))
}

/// The list of these texts, as a file would have it.
fn texts(list: &[String]) -> String {
    let list: Vec<String> = list.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", list.join(", "))
}

fn override_(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().to_string(), value.trim().to_string())),
        _ => Err("give a path and a value, such as `gateway.cores=8`".to_string()),
    }
}

/// The command that was asked for; ends the program with help or a message when there is none.
pub fn parse() -> Command {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli.command,
        Err(error) => {
            if error.kind() == clap::error::ErrorKind::InvalidSubcommand
                && let Some(file) = arguments.get(1).filter(|first| looks_like_a_file(Path::new(first)))
            {
                let file = file.to_string_lossy();
                eprintln!("error: `{file}` is not a command\n  help: did you mean `loadgraph run {file}`?");
                std::process::exit(2);
            }
            error.exit()
        }
    }
}

fn looks_like_a_file(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("ron")) || path.is_file()
}
