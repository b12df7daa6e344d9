//! Problems as experiment files, and how they are solved here.

use experiments::campaign::design::Design;
use experiments::campaign::shard::Shard;
use experiments::campaign::store::Store;
use experiments::campaign::store::manifest::{Kind, Manifest};
use experiments::campaign::work::Observer;
use experiments::file::Source;
use experiments::optimise::lab::{Lab, Means, Progress};
use experiments::optimise::{OptimiseError, Outcome, Problem, optimise};
use experiments::study::Study;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Nobody looks on.
pub struct Silent;

impl Observer for Silent {
    fn begin(&self, _: u64, _: u64) {}
    fn done(&self, _: u64) {}
}

impl Progress for Silent {
    fn stage(&self, _: &str) {}
}

/// Reads a problem with another seed.
pub fn read(text: &str, seed: u64) -> (Study, Problem) {
    let set = [("run.seed".to_string(), seed.to_string())];
    let study = Study::from_source(Path::new("problem.ron"), Source::new("problem.ron", text), &set, false);
    let study = study.unwrap_or_else(|bad| panic!("{bad}"));
    let problem = Problem::of(&study).unwrap().unwrap();
    (study, problem)
}

/// Solves it, keeping what is done in a folder.
pub fn solve_in(folder: &Path, study: &Study, problem: &Problem) -> Result<Outcome, OptimiseError> {
    let manifest = Manifest::of(Kind::Optimise, study, Design::default(), Vec::new(), &[]);
    let store = Store::open(folder, manifest).unwrap();
    let stop = AtomicBool::new(false);
    let means = Means { threads: 1, shard: Shard::WHOLE, progress: &Silent, stop: &stop };
    optimise(&mut Lab::new(study, problem, &store, means).unwrap())
}

/// Solves a problem with another seed.
pub fn solve(text: &str, seed: u64) -> (Problem, Outcome) {
    let (study, problem) = read(text, seed);
    let folder = tempfile::tempdir().unwrap();
    let outcome = solve_in(folder.path(), &study, &problem).unwrap();
    (problem, outcome)
}

/// The recommended values, by the variables in their order.
pub fn chosen(problem: &Problem, outcome: &Outcome) -> Option<Vec<f64>> {
    let best = &outcome.selection.candidates[outcome.selection.best?].point;
    let values = problem.space.variables.iter().zip(best);
    Some(values.map(|(variable, level)| variable.factor.levels[level.unwrap() as usize].number.unwrap()).collect())
}

/// How often something holds, over repetitions with seeds 1, 2, .. on both cores.
pub fn count(repetitions: u64, holds: impl Fn(u64) -> bool + Sync) -> u64 {
    let (next, found) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let repetition = next.fetch_add(1, Ordering::Relaxed);
                    if repetition >= repetitions {
                        return;
                    }
                    found.fetch_add(u64::from(holds(repetition + 1)), Ordering::Relaxed);
                }
            });
        }
    });
    found.into_inner()
}

/// The least that `repetitions` of probability `p` give but once in a thousand times.
pub fn at_least(repetitions: u64, p: f64) -> f64 {
    let n = repetitions as f64;
    n * p - 3.1 * (n * p * (1.0 - p)).sqrt()
}

/// An M/M/c with 8 requests a second, each of 1 s; `section` is that of the optimisation.
pub fn servers(run: &str, deadline: &str, section: &str) -> String {
    format!(
        "Experiment(
            system: System(
                components: {{ \"cpu\": Processor(cores: 10) }},
                flows: {{ \"jobs\": Flow(arrivals: Poisson(\"8 /s\"), {deadline} steps: [Compute(\"cpu\", Exponential(\"1 s\"))]) }},
            ),
            run: Run({run}),
            optimise: Optimise({section}),
        )"
    )
}
