//! An optimisation that was interrupted, or repeated, ends the same.

use crate::problems::{Silent, read, servers, solve_in};
use experiments::campaign::design::Design;
use experiments::campaign::shard::Shard;
use experiments::campaign::store::Store;
use experiments::campaign::store::manifest::{Kind, Manifest};
use experiments::campaign::work::Observer;
use experiments::optimise::lab::{Lab, Means, Progress};
use experiments::optimise::{json_text, optimise};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

fn text() -> String {
    servers(
        "horizon: \"200 s\", warm_up: \"60 s\"",
        "",
        "weights: { \"latency\": 1, \"energy\": 0.1 }, cost: \"cpu.cores / 20\", vary: { \"cpu.cores\": Integers(9, 16) }, \
         subject_to: [\"latency.p95 <= 4 s\"], budget: 2000",
    )
    .replace("Processor(cores: 10)", "Processor(cores: 10, power: (idle: \"1 W\", active: \"20 W\"))")
}

/// Stops after so many trials.
struct Stopping<'a> {
    left: AtomicU64,
    stop: &'a AtomicBool,
}

impl Observer for Stopping<'_> {
    fn begin(&self, _: u64, _: u64) {}
    fn done(&self, _: u64) {
        if self.left.fetch_sub(1, Ordering::Relaxed) <= 1 {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Progress for Stopping<'_> {
    fn stage(&self, _: &str) {}
}

#[test]
fn an_interrupted_optimisation_goes_on_and_ends_as_an_undisturbed_one() {
    let (study, problem) = read(&text(), 3);
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let undisturbed = solve_in(whole.path(), &study, &problem).unwrap();
    let mut interrupted = 0;
    let resumed = loop {
        let manifest = Manifest::of(Kind::Optimise, &study, Design::default(), Vec::new(), &[]);
        let store = Store::open(parts.path(), manifest).unwrap();
        let stop = AtomicBool::new(false);
        let stopping = Stopping { left: AtomicU64::new(7), stop: &stop };
        let means = Means { threads: 2, shard: Shard::WHOLE, progress: &stopping, stop: &stop };
        match optimise(&mut Lab::new(&study, &problem, &store, means).unwrap()) {
            Ok(outcome) => break outcome,
            Err(_) => interrupted += 1,
        }
        assert!(interrupted < 100, "it makes no progress");
    };
    assert!(interrupted > 2);
    assert_eq!(json_text(&problem, &undisturbed), json_text(&problem, &resumed));
}

#[test]
fn two_parts_that_share_a_folder_end_as_one() {
    let (study, problem) = read(&text(), 4);
    let (whole, shared) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let undisturbed = solve_in(whole.path(), &study, &problem).unwrap();
    let stop = AtomicBool::new(false);
    let mut turns = 0;
    let outcome = 'parts: loop {
        for number in 1..=2 {
            let manifest = Manifest::of(Kind::Optimise, &study, Design::default(), Vec::new(), &[]);
            let store = Store::open(shared.path(), manifest).unwrap();
            let shard = Shard { number, of: 2 };
            let means = Means { threads: 1, shard, progress: &Silent, stop: &stop };
            if let Ok(outcome) = optimise(&mut Lab::new(&study, &problem, &store, means).unwrap()) {
                break 'parts outcome;
            }
            turns += 1;
            assert!(turns < 200, "it makes no progress");
        }
    };
    assert!(turns > 2);
    assert_eq!(json_text(&problem, &undisturbed), json_text(&problem, &outcome));
}
