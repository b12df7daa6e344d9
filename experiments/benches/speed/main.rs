//! The engine against loops written by hand for one workload each, in CPU time per model event (an arrival or a
//! completion).
//!
//! ```text
//! cargo bench -p experiments --bench speed                   the whole table, about two minutes
//! cargo bench -p experiments --bench speed -- --quick        a smoke run
//! cargo bench -p experiments --bench speed -- --only mm1     some rows: those that have this in their names
//! experiments/benches/record                                 the whole table, kept in experiments/benches/runs
//! ```
//!
//! The loops take events one by one, each through a minimum over what is pending. The engine does so for `closed`; the
//! other systems are chains, which it executes station by station (`models/src/simulation/plain/chains`).
//!
//! Both run in turn, at least five times each; figures are medians, the ratio is the median of the ratios of
//! neighbours, so that a machine that is shared with others disturbs both alike. Beside it stands the ratio of the least
//! times of both, which others can only make longer. The status is 1 when a mean is not that of theory.

mod children;
mod floors;
mod measure;
mod workloads;

use children::{Task, parallel, peak_memory};
use clap::Parser;
use measure::{Row, mechanisms};
use std::process::ExitCode;

/// Most memory for a million devices [MB].
const MEMORY_TARGET: f64 = 200.0;
/// Most time on two threads, in that of two processes.
const PARALLEL_TARGET: f64 = 1.05;

/// Most time of an event where all mechanisms are used, in that of a plain network.
const MECHANISMS_TARGET: f64 = 4.0;
/// Its files are short: their warm-up must not take all.
const MECHANISMS_SHORTER: f64 = 4.0;

/// Forty replications in each pair need not be as long as the others, only much longer than it takes to start them.
const PARALLEL_SHORTER: f64 = 5.0;

/// The engine against loops written by hand.
#[derive(Debug, Parser)]
struct Options {
    /// Short runs, to see that all works.
    #[arg(long)]
    quick: bool,
    /// Only rows with this in their names.
    #[arg(long, value_name = "NAME", default_value = "")]
    only: String,
    /// Pairs of runs.
    #[arg(long)]
    pairs: Option<u64>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    task: Option<Task>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match options.task {
        Some(task) => {
            task.perform();
            ExitCode::SUCCESS
        }
        None => table(&options),
    }
}

fn table(options: &Options) -> ExitCode {
    let (pairs, shorter) = if options.quick { (3, 40.0) } else { (7, 1.0) };
    let pairs = options.pairs.unwrap_or(pairs).max(2);
    let wanted = |name: &str| name.contains(&options.only);
    let mut mistakes = Vec::new();
    println!(
        "| workload | floor, ns/event | loadgraph, ns/event | ratio | target | of the least | mean, theory [s] | floor | \
         loadgraph |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for workload in workloads::ALL.iter().filter(|workload| wanted(workload.name)) {
        let row = Row::measure(workload, pairs, shorter);
        println!(
            "| {} | {:.1} | {:.1} | {:.2} | {} | {:.2} | {:.5} | {:.5} | {:.5} |",
            workload.name,
            row.floor,
            row.engine,
            row.ratio,
            verdict(row.ratio, workload.target),
            row.least,
            (workload.theory)(),
            row.floor_mean.value,
            row.engine_mean.value,
        );
        mistakes.extend(row.mistakes(options.quick));
    }
    println!();
    if wanted("memory")
        && let Some(peak) = peak_memory(shorter)
    {
        println!("memory: 10^6 devices take {peak:.0} MB at most (target {})", verdict(peak, Some(MEMORY_TARGET)));
    }
    if wanted("mechanisms") {
        let (event, visit) = mechanisms(pairs, shorter.min(MECHANISMS_SHORTER));
        println!(
            "mechanisms: all of them in one system take {event:.2} times as long an event as a plain network (target \
             {}), {visit:.2} times as long a visit",
            verdict(event, Some(MECHANISMS_TARGET))
        );
    }
    if wanted("parallel") {
        let (threads, processes, ratio) = parallel(pairs, shorter * PARALLEL_SHORTER);
        let verdict = verdict(ratio, Some(PARALLEL_TARGET));
        println!(
            "parallel: 20 replications of mm1 take {threads:.2} s on two threads, two processes with 10 each \
             {processes:.2} s; ratio {ratio:.3} (target {verdict})"
        );
    }
    mistakes.iter().for_each(|mistake| eprintln!("WRONG: {mistake}"));
    if mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A target, and whether it is met.
fn verdict(value: f64, target: Option<f64>) -> String {
    match target {
        None => "–".into(),
        Some(target) => format!("{target}, {}", if value <= target { "met" } else { "missed" }),
    }
}
