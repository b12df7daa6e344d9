//! `loadgraph bench-model`: the speed of the simulator on a file, as JSON, so that anyone can compare engines.

use super::ending::{Ending, Failure};
use super::{StudyArgs, stop, terminal};
use crate::run::Silent;
use crate::store::manifest::VERSION;
use crate::study::Study;
use cpu_time::ProcessTime;
use serde::Serialize;
use std::time::Instant;

/// What can be said to `bench-model`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
}

/// What is printed. Times are of the simulation alone, on one thread; reading the file is not counted.
#[derive(Debug, Serialize)]
struct Measured {
    engine: &'static str,
    version: &'static str,
    file: String,
    replications: u64,
    /// Events of all replications: arrivals, completions and whatever else the simulator schedules.
    events: u64,
    cpu_seconds: f64,
    wall_seconds: f64,
    ns_per_event: f64,
    /// Completed visits of all components in the measured time, passive ones included, which need no event of their own.
    visits: f64,
    ns_per_visit: f64,
    /// Mean latency of the system [s].
    mean: Option<f64>,
    /// Throughput of the system [1/s].
    throughput: Option<f64>,
}

/// Measures, and prints one JSON object.
///
/// # Errors
/// Bad input, or an interrupt.
pub fn command(options: &Options) -> Ending {
    let mut study = Study::load(&options.study.file, &options.study.overrides(), terminal::colour_err())?;
    // The runs that look for the end of the warm-up are not among the events that are counted: none are needed here.
    let warm_up = *study.plan.warm_up.get_or_insert(0);
    let unmeasured = |error| Failure::Failed(format!("the processor time cannot be read: {error}"));
    let (wall, cpu) = (Instant::now(), ProcessTime::try_now().map_err(unmeasured)?);
    let run = crate::run::run(&study, 1, &Silent, stop::on_interrupt())?;
    let (cpu, wall) = (cpu.try_elapsed().map_err(unmeasured)?.as_secs_f64(), wall.elapsed().as_secs_f64());
    let value = |path: &str| run.results.find(path).map(|estimate| estimate.value);
    let plan = &study.plan;
    let measured_ticks = plan.horizon.saturating_sub(warm_up) as f64;
    let seconds = measured_ticks / plan.clock.ticks_per_second() * run.replications as f64;
    let components = study.lowered.system.stations.iter();
    let visits = components.filter_map(|station| value(&format!("{}.throughput", station.name))).sum::<f64>() * seconds;
    let measured = Measured {
        engine: "loadgraph",
        version: VERSION,
        file: options.study.file.display().to_string(),
        replications: run.replications,
        events: run.events,
        cpu_seconds: cpu,
        wall_seconds: wall,
        ns_per_event: cpu * 1e9 / run.events.max(1) as f64,
        visits,
        ns_per_visit: cpu * measured_ticks / plan.horizon.max(1) as f64 * 1e9 / visits.max(1.0),
        mean: value("latency.mean"),
        throughput: value("throughput"),
    };
    let json = serde_json::to_string(&measured).map_err(|error| Failure::Failed(error.to_string()))?;
    terminal::say(&(json + "\n"))?;
    Ok(0)
}
