//! The shipped studies: every one loads, runs, and holds its targets.

use experiments::run::{Advice, Run, Silent, run};
use experiments::study::{Overrides, Study};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

fn studies() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments/studies");
    let entries = std::fs::read_dir(&folder).expect("the studies are in the repository");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ron"))
        .collect();
    paths.sort();
    paths
}

fn load(path: &Path, overrides: &Overrides) -> Study {
    Study::load(path, overrides, false).unwrap_or_else(|error| panic!("{}:\n{error}", path.display()))
}

fn simulate(study: &Study) -> Run {
    run(study, 2, &Silent, &AtomicBool::new(false)).expect("nobody interrupts it")
}

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments/studies").join(name)
}

#[test]
fn every_study_opens_with_a_diagram_and_says_what_to_look_at() {
    let paths = studies();
    assert!(paths.len() >= 7, "{paths:?}");
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let head: String = text.lines().take_while(|line| line.starts_with("//")).collect();
        let name = path.display();
        assert!(head.contains("──▶") || head.contains("▶"), "{name} has no diagram");
        assert!(head.contains("Look at"), "{name} does not say what to look at");
        assert!(!load(&path, &[]).experiment.title.is_empty(), "{name} has no title");
    }
}

#[test]
fn every_study_runs_with_a_shorter_horizon() {
    for path in studies() {
        let whole = load(&path, &[]);
        let seconds = whole.plan.horizon as f64 / whole.plan.clock.ticks_per_second();
        let set = |path: &str, value: String| (path.to_string(), value);
        let shorter = load(
            &path,
            &[
                set("run.horizon", format!("\"{} s\"", seconds / 20.0)),
                set("run.warm_up", format!("\"{} s\"", seconds / 200.0)),
                set("run.replications", "2".into()),
            ],
        );
        let run = simulate(&shorter);
        let name = path.display();
        assert_eq!(run.replications, 2, "{name}");
        assert!(!run.advice.iter().any(Advice::is_failure), "{name}: {:?}", run.advice);
        for flow in &run.results.flows {
            // The smart home's conversations, and deployments, are too rare for a short run.
            let rare = ["voice", "cluster/detector", "cluster/viewer"].contains(&flow.as_str());
            if !rare {
                assert!(
                    run.results.find(&format!("{flow}.throughput")).is_some_and(|e| e.value > 0.0),
                    "{name}: {flow}"
                );
            }
        }
    }
}

#[test]
fn every_study_meets_its_targets() {
    for path in studies() {
        let study = load(&path, &[]);
        assert!(study.warnings.is_empty(), "{}: {:?}", path.display(), study.warnings);
        let run = simulate(&study);
        let missed: Vec<_> = run.verdicts.iter().map(|(target, verdict, _)| (&target.text, verdict)).collect();
        assert_eq!(run.status(), 0, "{}: {missed:?} {:?}", path.display(), run.advice);
        assert!(!study.targets.is_empty(), "{} has no targets", path.display());
    }
}

/// Half-widths at 95 %, widened to 99.9 % (Student, 9 degrees of freedom: 4.78/2.26): one false alarm in a thousand.
fn agrees(run: &Run, path: &str, theory: f64) {
    let estimate = run.results.find(path).unwrap_or_else(|| panic!("{path} is measured"));
    let half_width = estimate.half_width.expect("ten replications") * 2.2;
    assert!((estimate.value - theory).abs() <= half_width, "{path}: {estimate:?}, but theory says {theory}");
}

#[test]
fn the_single_queue_is_that_of_the_textbook() {
    let run = simulate(&load(&shipped("single_queue.ron"), &[]));
    agrees(&run, "jobs.latency.mean", 1.0 / (100.0 - 80.0));
    agrees(&run, "jobs.latency.p95", 20f64.ln() / (100.0 - 80.0));
    agrees(&run, "cpu.utilisation", 0.8);
    agrees(&run, "cpu.queue", 0.64 / 0.2);
}

#[test]
fn the_closed_network_is_that_of_mean_value_analysis() {
    let run = simulate(&load(&shipped("closed_network.ron"), &[]));
    agrees(&run, "interaction.throughput", 0.400_205);
    agrees(&run, "disk1.in_system", 2.656_170);
    agrees(&run, "cpu.in_system", 0.311_573);
    agrees(&run, "disk2.in_system", 1.029_188);
}

#[test]
fn priorities_follow_cobham() {
    let run = simulate(&load(&shipped("priorities.ron"), &[]));
    // Mean residual service: 75 /s x E[S^2]/2 = 7.5 ms; sums of loads 0.25, 0.5, 0.75.
    agrees(&run, "alarms.latency.mean", 0.0075 / 0.75 + 0.01);
    agrees(&run, "control.latency.mean", 0.0075 / (0.75 * 0.5) + 0.01);
    agrees(&run, "reports.latency.mean", 0.0075 / (0.5 * 0.25) + 0.01);
}

#[test]
fn a_fork_waits_for_the_slower_branch_and_a_race_for_the_faster_one() {
    let run = simulate(&load(&shipped("fork_join.ron"), &[]));
    agrees(&run, "tasks.latency.mean", (12.0 - 0.5) / 8.0 * 0.02);
    // Both processors of a race are in step: one queue, whose service is the least of two exponentials.
    agrees(&run, "races.latency.mean", 1.0 / (200.0 - 50.0));
}

#[test]
fn waking_up_adds_its_time_to_every_latency() {
    let run = simulate(&load(&shipped("sleeping_gateway.ron"), &[]));
    agrees(&run, "first.latency.mean", 1.0 / (50.0 - 10.0));
    agrees(&run, "second.latency.mean", 1.0 / (50.0 - 10.0) + 0.05);
}
