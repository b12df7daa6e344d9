//! Pairs of runs, one of the loop and one of the engine, in CPU time of the thread.

use crate::floors::Outcome;
use crate::workloads::{Workload, load};
use cpu_time::ThreadTime;
use experiments::study::Study;
use models::simulation::{Replication, Settings, Simulation};
use sim_core::analyse::{Estimate, estimate};
use std::sync::atomic::AtomicBool;

/// Confidence of the intervals in which the means of theory must lie.
const CONFIDENCE: f64 = 0.9999;
/// An interval wider than this share of the mean shows nothing; that of a smoke run may be as wide as it likes.
const WIDEST: f64 = 0.1;

/// One replication of a study, everything observed, as `run` does it.
fn replicate(study: &Study, replication: u64) -> Replication {
    let plan = &study.plan;
    let stop = AtomicBool::new(false);
    let settings = Settings {
        seed: plan.seed,
        replication,
        warm_up: plan.warm_up.expect("the files of the benches say how long to warm up"),
        horizon: plan.horizon,
        drain: plan.drain,
        sample: plan.sample,
        max_in_system: plan.max_in_system,
        stop: Some(&stop),
    };
    Simulation::new(&study.lowered.system, settings).run()
}

/// The same; mean response [s].
pub fn simulate(study: &Study, replication: u64) -> Outcome {
    let result = replicate(study, replication);
    let mean = result.flows[0].latency.mean().unwrap_or(f64::NAN) / study.plan.clock.ticks_per_second();
    Outcome { events: result.events - result.in_system.values.len() as u64, mean }
}

/// The system that uses every mechanism against the plain network of as many visits to queues: how many times as long an
/// event takes, and a visit (of any component: to take a lock or to look into a cache is one, and needs no event), by
/// the least times of all pairs.
pub fn mechanisms(pairs: u64, shorter: f64) -> (f64, f64) {
    let [everything, network] = ["everything", "network"].map(|file| load(file, &[], shorter));
    let spent = |study: &Study, pair: u64| {
        let start = ThreadTime::now();
        let result = replicate(study, pair);
        let nanoseconds = start.elapsed().as_nanos() as f64;
        let visits: f64 = result.components.iter().map(|component| component.throughput).sum();
        let whole = study.plan.horizon as f64 / study.plan.clock.ticks_per_second();
        (nanoseconds / result.events as f64, nanoseconds / (visits * whole))
    };
    let runs: Vec<_> = (0..pairs).map(|pair| (spent(&everything, pair), spent(&network, pair))).collect();
    let ratio = |of: fn(&(f64, f64)) -> f64| {
        least(runs.iter().map(|(everything, _)| of(everything))) / least(runs.iter().map(|(_, network)| of(network)))
    };
    (ratio(|time| time.0), ratio(|time| time.1))
}

/// Nanoseconds of CPU per event, and the mean response.
fn timed(run: impl FnOnce() -> Outcome) -> (f64, f64) {
    let start = ThreadTime::now();
    let outcome = run();
    (start.elapsed().as_nanos() as f64 / outcome.events as f64, outcome.mean)
}

/// What was measured of a workload.
pub struct Row {
    pub workload: &'static Workload,
    /// Medians [ns per event], and the median of the ratios of the pairs.
    pub floor: f64,
    pub engine: f64,
    pub ratio: f64,
    /// The least time of the engine over that of the floor: what others do on the machine makes both longer, never shorter.
    pub least: f64,
    /// Mean responses [s].
    pub floor_mean: Estimate,
    pub engine_mean: Estimate,
}

impl Row {
    /// Runs the two in turn, with other random numbers in each pair.
    pub fn measure(workload: &'static Workload, pairs: u64, shorter: f64) -> Row {
        let study = workload.load(shorter);
        let horizon = study.plan.horizon as f64 / study.plan.clock.ticks_per_second();
        let runs: Vec<_> = (0..pairs)
            .map(|pair| (timed(|| (workload.floor)(horizon, pair)), timed(|| simulate(&study, pair))))
            .collect();
        let mean =
            |values: Vec<f64>| estimate(values.into_iter().map(Some), CONFIDENCE).expect("there is at least one pair");
        Row {
            workload,
            floor: median(runs.iter().map(|(floor, _)| floor.0)),
            engine: median(runs.iter().map(|(_, engine)| engine.0)),
            ratio: median(runs.iter().map(|(floor, engine)| engine.0 / floor.0)),
            least: least(runs.iter().map(|(_, engine)| engine.0)) / least(runs.iter().map(|(floor, _)| floor.0)),
            floor_mean: mean(runs.iter().map(|(floor, _)| floor.1).collect()),
            engine_mean: mean(runs.iter().map(|(_, engine)| engine.1).collect()),
        }
    }

    /// What is wrong with its means; a fast wrong answer is worth nothing.
    pub fn mistakes(&self, smoke: bool) -> Vec<String> {
        let theory = (self.workload.theory)();
        let wrong = |who: &str, mean: &Estimate| {
            let half_width = mean.half_width.unwrap_or(f64::INFINITY);
            let name = self.workload.name;
            if (mean.value - theory).abs() > half_width || mean.value.is_nan() {
                Some(format!("{name}: the mean of the {who} is {} ± {half_width}, but should be {theory}", mean.value))
            } else if half_width > WIDEST * theory && !smoke {
                Some(format!("{name}: the mean of the {who} is not known, ± {half_width}; give more pairs"))
            } else {
                None
            }
        };
        [wrong("floor", &self.floor_mean), wrong("engine", &self.engine_mean)].into_iter().flatten().collect()
    }
}

/// The smallest value.
fn least(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::INFINITY, f64::min)
}

/// The middle value.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}
