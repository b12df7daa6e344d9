//! Approximations against known figures and against the simulation, within stated errors.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::{Kind, Theory, theory};
use crate::check::{Comparison, check, compare};
use crate::file::Source;
use crate::run::{self, Silent};
use crate::study::Study;
use approx::assert_relative_eq;
use std::path::Path;
use std::sync::atomic::AtomicBool;

const RUN: &str = r#"horizon: "20000 s", warm_up: "1000 s", replications: 4, seed: 5"#;

fn study(components: &str, flows: &str) -> Study {
    let text =
        format!("Experiment(system: System(components: {{ {components} }}, flows: {{ {flows} }}), run: Run({RUN}))");
    match Study::from_source(Path::new("theory.ron"), Source::new("theory.ron", text), &[], false) {
        Ok(study) => study,
        Err(error) => panic!("{error}"),
    }
}

fn value(theory: &Theory, path: &str) -> f64 {
    match theory.predictions.iter().find(|prediction| prediction.path == path) {
        Some(found) => found.value,
        None => panic!("nothing for {path}: {:#?} {:?}", theory.predictions, theory.declined),
    }
}

fn simulated(study: &Study) -> Vec<Comparison> {
    let run = run::run(study, 2, &Silent, &AtomicBool::new(false)).unwrap();
    compare(&check(study), &run.results)
}

/// Each path is within its relative error of what is simulated.
#[track_caller]
fn agrees(study: &Study, paths: &[(&str, f64)]) {
    let rows = simulated(study);
    for (path, error) in paths {
        let Some(row) = rows.iter().find(|row| row.prediction.path == *path) else {
            panic!("nothing for {path}: {:?} {:?}", check(study).theory.declined, rows)
        };
        let (found, right) = (row.prediction.value, row.estimate.value);
        assert!((found - right).abs() <= error * right.abs(), "{path}: {found} against {right} ({error})");
    }
}

fn compute(on: &str, work: &str) -> String {
    format!(r#"Compute(on: "{on}", work: {work})"#)
}

#[test]
fn general_stations_in_series_are_within_ten_percent() {
    let steps = [
        compute("a", r#"Uniform("0 s", "1 s")"#),
        compute("b", r#"HyperExponential(mean: "0.6 s", scv: 4)"#),
        compute("c", r#""0.6 s""#),
        compute("d", r#"Erlang(3, "2 s")"#),
    ];
    let flow = |arrivals: &str| format!(r#""j": Flow(arrivals: {arrivals}, steps: [{}])"#, steps.join(", "));
    let components = r#""a": Processor(), "b": Processor(), "c": Processor(), "d": Processor(cores: 4)"#;
    for arrivals in [r#"Poisson("1.2 /s")"#, r#"Renewal(Erlang(4, "0.8 s"))"#] {
        let study = study(components, &flow(arrivals));
        agrees(
            &study,
            &[("j.latency.mean", 0.1), ("b.latency.mean", 0.12), ("c.latency.mean", 0.15), ("d.utilisation", 0.02)],
        );
        agrees(&study, &[("j.latency.p95", 0.15), ("latency.mean", 0.1), ("reliability", 0.001)]);
    }
}

#[test]
fn classes_of_their_own_service_share_queues_of_every_order() {
    let flows = format!(
        r#""x": Flow(arrivals: Poisson("0.6 /s"), priority: High, weight: 3, steps: [{}, {}]),
           "y": Flow(arrivals: Poisson("0.3 /s"), steps: [{}, {}])"#,
        compute("a", r#"Exponential("0.5 s")"#),
        compute("b", r#"Exponential("1 s")"#),
        compute("a", r#"Erlang(2, "1.4 s")"#),
        compute("b", r#"Exponential("1.5 s")"#),
    );
    for (scheduler, error) in [
        ("Fcfs()", 0.1),
        ("Priority()", 0.12),
        ("Priority(preemption: Resume)", 0.15),
        ("Sharing()", 0.12),
        ("WeightedSharing()", 0.15),
    ] {
        let components =
            format!(r#""a": Processor(scheduler: {scheduler}), "b": Processor(cores: 2, scheduler: {scheduler})"#);
        let study = study(&components, &flows);
        agrees(&study, &[("x.latency.mean", error), ("y.latency.mean", error), ("a.utilisation", 0.02)]);
    }
}

#[test]
fn closed_and_mixed_networks_are_within_seven_percent() {
    // First come, first served by class: no product form.
    let closed = format!(
        r#""x": Flow(arrivals: Closed(users: 6, think: Exponential("3 s")), steps: [{}, {}]),
           "y": Flow(arrivals: Closed(users: 3, think: "5 s"), steps: [{}])"#,
        compute("a", r#"Exponential("0.5 s")"#),
        compute("b", r#"Uniform("0 s", "1 s")"#),
        compute("a", r#"Exponential("1.5 s")"#),
    );
    let two = r#""a": Processor(), "b": Processor(cores: 2)"#;
    agrees(&study(two, &closed), &[("x.throughput", 0.07), ("y.throughput", 0.07), ("a.utilisation", 0.07)]);
    let mixed = format!(
        r#""x": Flow(arrivals: Closed(users: 5, think: Exponential("4 s")), steps: [{}]),
           "y": Flow(arrivals: Poisson("0.4 /s"), steps: [{}])"#,
        compute("a", r#"Exponential("0.5 s")"#),
        compute("a", r#"Exponential("1 s")"#),
    );
    agrees(&study(two, &mixed), &[("x.throughput", 0.07), ("y.latency.mean", 0.12)]);
}

#[test]
fn full_queues_lose_about_what_they_lose() {
    let flow = format!(r#""j": Flow(arrivals: Poisson("0.9 /s"), steps: [{}])"#, compute("a", r#"Erlang(3, "1 s")"#));
    let lossy = study(r#""a": Processor(limit: 4)"#, &flow);
    agrees(&lossy, &[("j.reliability", 0.02), ("j.latency.mean", 0.05), ("a.utilisation", 0.03)]);
    let over = study(r#""a": Processor(limit: 4)"#, &flow.replace("0.9", "2.5"));
    agrees(&over, &[("j.throughput", 0.05), ("a.utilisation", 0.03)]);
}

#[test]
fn blocks_that_split_repeat_and_give_up_are_followed() {
    let a = compute("a", r#"Exponential("0.5 s")"#);
    let b = compute("b", r#"Exponential("0.8 s")"#);
    let two = r#""a": Processor(), "b": Processor()"#;
    let flow = |steps: &str| study(two, &format!(r#""j": Flow(arrivals: Poisson("0.5 /s"), steps: [{steps}])"#));
    agrees(&flow(&format!("Fork([[{a}], [{b}]], join: All)")), &[("j.latency.mean", 0.12), ("b.utilisation", 0.02)]);
    agrees(&flow(&format!("Spawn([{b}]), {a}")), &[("j.latency.mean", 0.05), ("b.latency.mean", 0.05)]);
    agrees(&flow(&format!("Repeat(times: 2, steps: [{a}])")), &[("j.latency.mean", 0.1), ("j.latency.p95", 0.12)]);
    agrees(&flow(&format!(r#"Timeout("6 s", [{a}])"#)), &[("j.reliability", 0.02), ("j.latency.mean", 0.06)]);
    let retried = format!(r#"Retry(times: 3, backoff: "1 s", steps: [{a}, Choose([(0.7, []), (0.3, [Fail()])])])"#);
    agrees(&flow(&retried), &[("j.reliability", 0.01), ("j.latency.mean", 0.12), ("a.utilisation", 0.03)]);
}

#[test]
fn units_that_are_held_bound_what_is_inside() {
    let work = compute("cpu", r#"Exponential("1 s")"#);
    // Two permits before one core: stable although two open services would take more than there is.
    let flow = format!(r#""j": Flow(arrivals: Poisson("0.7 /s"), steps: [Hold(pool: "permits", steps: [{work}])])"#);
    let gated = study(r#""cpu": Processor(), "permits": Semaphore(capacity: 2)"#, &flow);
    agrees(&gated, &[("j.latency.mean", 0.15), ("cpu.utilisation", 0.02)]);
    // A pool before a delay is M/M/c: 8 Erlang on 10 connections.
    let pool =
        r#""j": Flow(arrivals: Poisson("8 /s"), steps: [Hold(pool: "permits", steps: [Delay(Exponential("1 s"))])])"#;
    let found = theory(&study(r#""permits": Semaphore(capacity: 10)"#, pool));
    assert_relative_eq!(value(&found, "permits.waiting"), 0.204_590, max_relative = 1e-5);
    assert_relative_eq!(value(&found, "j.latency.mean"), 1.204_590, max_relative = 1e-5);
    let full = theory(&study(r#""permits": Semaphore(capacity: 7)"#, pool));
    assert_eq!(full.overloaded.len(), 1);
    assert_eq!(full.overloaded[0].component, "permits");
    // A critical section in a closed system: exactly X(8) = .661682.
    let mutex = r#""j": Flow(arrivals: Closed(users: 8, think: Exponential("10 s")), steps: [
        Lock(lock: "mutex", steps: [Delay(Exponential("1 s"))])])"#;
    let found = theory(&study(r#""mutex": Lock()"#, mutex));
    assert_relative_eq!(value(&found, "j.throughput"), 0.661_682, max_relative = 0.04);
}

#[test]
fn caches_send_on_what_they_miss() {
    let flow = |policy: &str| {
        let components = format!(r#""cache": Cache(policy: {policy}, capacity: 1000), "origin": Processor()"#);
        let steps = r#"Lookup(cache: "cache", key: Zipf(n: 10_000, s: 0.8), miss: [Compute(on: "origin", work: Exponential("1 s"))])"#;
        theory(&study(&components, &format!(r#""j": Flow(arrivals: Poisson("1 /s"), steps: [{steps}])"#)))
    };
    for (policy, hits) in [("Lru", 0.436_660), ("Fifo", 0.394_221), ("Random", 0.394_221), ("PerfectLfu", 0.570_618)] {
        let found = flow(policy);
        assert_relative_eq!(value(&found, "cache.hit_ratio"), hits, max_relative = 1e-3);
        assert_relative_eq!(value(&found, "origin.utilisation"), 1.0 - hits, max_relative = 2e-3);
        assert_relative_eq!(value(&found, "j.latency.mean"), (1.0 - hits) / hits, max_relative = 5e-3);
    }
    let reasons = flow("Arc").declined;
    assert!(reasons.iter().any(|(_, why)| why.contains("no formula for the policy")), "{reasons:?}");
}

#[test]
fn breakdowns_batches_and_laws_are_approximated() {
    let a = compute("a", r#"Exponential("1 s")"#);
    let flow = |arrivals: &str| format!(r#""j": Flow(arrivals: {arrivals}, steps: [{a}])"#);
    let failing =
        r#""a": Processor(failures: Failures(time_to_failure: Exponential("40 s"), repair: Exponential("4 s")))"#;
    agrees(&study(failing, &flow(r#"Poisson("0.5 /s")"#)), &[("j.latency.mean", 0.1), ("a.availability", 0.05)]);
    let batch = flow(r#"Batch(size: 3, arrivals: Periodic("6 s"))"#);
    agrees(&study(r#""a": Processor()"#, &batch), &[("j.latency.mean", 0.15), ("a.utilisation", 0.02)]);
    let law = r#""a": Processor(load: Utilisation("100 s"), laws: (throughput: Linear(0.5)))"#;
    agrees(&study(law, &flow(r#"Poisson("0.3 /s")"#)), &[("a.utilisation", 0.05), ("j.latency.mean", 0.12)]);
}

#[test]
fn an_overload_is_named_with_how_much_it_is() {
    let flow = format!(
        r#""j": Flow(arrivals: Poisson("2 /s"), steps: [{}, {}]), "k": Flow(arrivals: Poisson("1 /s"), steps: [{}])"#,
        compute("a", r#"Exponential("0.1 s")"#),
        compute("b", r#""0.75 s""#),
        compute("c", r#""0.5 s""#),
    );
    let found = theory(&study(r#""a": Processor(), "b": Processor(), "c": Processor()"#, &flow));
    assert_eq!(found.overloaded.len(), 1);
    assert_eq!(found.overloaded[0].component, "b");
    assert_relative_eq!(found.overloaded[0].offered, 1.5, max_relative = 1e-9);
    assert!(!found.predictions.iter().any(|p| p.path == "j.latency.mean"), "{:?}", found.predictions);
    // What it does not touch is predicted all the same.
    assert_relative_eq!(value(&found, "k.latency.mean"), 0.75, max_relative = 1e-9);
}

#[test]
fn the_five_indicators_follow_for_flows_components_and_the_whole() {
    let components = r#""field": Device(count: 10, power: (idle: "1 mW", tx: "101 mW")),
        "net": Network(bandwidth: "10 kbit/s", latency: "10 ms", power: (idle: "1 W", active: "3 W")),
        "cpu": Processor(cores: 2, power: (idle: "2 W", active: "6 W"))"#;
    let flows = r#""j": Flow(from: "field", arrivals: Poisson("0.1 /s"), steps: [Send(over: "net", size: "250 B"),
        Compute(on: "cpu", work: Exponential("1 s"))])"#;
    let study = study(components, flows);
    let found = theory(&study);
    // 1/s of 2000 bit, .2 s each: the network is busy for .2, the cores for .5 each.
    assert_relative_eq!(value(&found, "j.data_throughput"), 2000.0, max_relative = 1e-9);
    assert_relative_eq!(value(&found, "net.power"), 1.4, max_relative = 1e-9);
    assert_relative_eq!(value(&found, "cpu.power"), 4.0, max_relative = 1e-9);
    let every = [("power", 0.02), ("energy_per_request", 0.03), ("j.power", 0.02), ("field.power", 0.03)];
    agrees(&study, &every);
    agrees(&study, &[("throughput", 0.02), ("latency.mean", 0.05), ("reliability", 0.001), ("data_throughput", 0.02)]);
    agrees(&study, &[("net.data_throughput", 0.02), ("in_system", 0.05), ("cpu.queue", 0.15)]);
    assert!(found.predictions.iter().any(|p| p.path == "j.reliability" && p.kind == Kind::Exact));
}

#[test]
fn what_cannot_be_followed_says_so_and_nothing_hangs() {
    let a = compute("a", r#"Exponential("1 s")"#);
    for (components, steps, because) in [
        (
            r#""a": Processor(), "b": Batcher(size: 4)"#,
            format!(r#"Batch(batcher: "b", steps: [{a}])"#),
            "depends on what others",
        ),
        (r#""a": Processor(limit: 1, full: Block)"#, a.clone(), "hold servers there"),
        (r#""a": Processor(schedule: [("1 s", 1), ("1 s", 0)])"#, a.clone(), "number of servers"),
    ] {
        let text = format!(
            "Experiment(system: System(components: {{ {components} }}, flows: {{ {} }}), run: Run({RUN}))",
            format_args!(r#""j": Flow(arrivals: Poisson("0.2 /s"), steps: [{steps}])"#)
        );
        let Ok(study) = Study::from_source(Path::new("t.ron"), Source::new("t.ron", text), &[], false) else {
            continue;
        };
        let found = theory(&study);
        assert!(found.declined.iter().any(|(_, why)| why.contains(because)), "{because}: {:?}", found.declined);
        assert!(!found.predictions.iter().any(|p| p.path == "j.latency.mean"), "{:?}", found.predictions);
    }
}

/// Wide, as tests are not optimised and machines are busy: what must not come is a search or a list of states.
#[test]
fn twenty_components_take_no_time_worth_mentioning() {
    let names: Vec<String> = (0..20).map(|i| format!("s{i}")).collect();
    let components: Vec<String> =
        names.iter().map(|name| format!(r#""{name}": Processor(cores: 3, scheduler: Priority())"#)).collect();
    let steps: Vec<String> = names.iter().map(|name| compute(name, r#"Erlang(2, "1 s")"#)).collect();
    let flows = format!(
        r#""x": Flow(arrivals: Poisson("1 /s"), steps: [{0}]), "y": Flow(priority: High, arrivals: Periodic("1 s"), steps: [{0}]),
           "z": Flow(arrivals: Closed(users: 500, think: "1000 s"), steps: [{0}])"#,
        steps.join(", ")
    );
    for flows in [flows.split(r#""z""#).next().unwrap().to_string(), flows.clone()] {
        let study = study(&components.join(", "), &flows);
        let start = std::time::Instant::now();
        let found = theory(&study);
        let took = start.elapsed();
        println!("{took:?}");
        assert!(found.find("x.latency.mean").is_some(), "{:?}", found.declined);
        assert!(took.as_secs_f64() < 3.0, "{took:?}");
    }
}
