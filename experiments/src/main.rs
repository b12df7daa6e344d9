//! The `loadgraph` command: what it can do, and where each part lives.

use experiments::cli::{self, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match cli::parse() {
        Command::Run(options) => cli::run::command(&options),
        Command::Compare(options) => cli::compare::command(&options),
        Command::Coverage(options) => cli::coverage::command(&options),
        Command::Check(options) => cli::check::command(&options),
        Command::Sweep(options) => cli::sweep::command(&options),
        Command::Factorial(options) => cli::factorial::command(&options),
        Command::Optimise(options) => cli::optimise::command(&options),
        Command::Merge(options) => cli::merge::command(&options),
        Command::Cache(options) => cli::cache::command(&options),
        Command::Calibrate(options) => cli::calibrate::command(&options),
        Command::Predict(options) => cli::predict::command(&options),
        Command::List(options) => cli::list::command(&options),
        Command::New(options) => cli::new::command(&options),
        Command::Plot(options) => cli::plot::command(&options),
        Command::Graph(options) => cli::graph::command(&options),
        Command::BenchModel(options) => cli::bench_model::command(&options),
    };
    cli::ending::exit(done)
}
