//! Theory against known numbers, and against the simulation.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::file::Source;
use approx::assert_relative_eq;
use std::path::Path;

fn study_with(components: &str, flows: &str, run: &str) -> Study {
    let text =
        format!("Experiment(system: System(components: {{ {components} }}, flows: {{ {flows} }}), run: Run({run}))");
    match Study::from_source(Path::new("check.ron"), Source::new("check.ron", text), &[], false) {
        Ok(study) => study,
        Err(error) => panic!("{error}"),
    }
}

fn study(components: &str, flows: &str) -> Study {
    study_with(components, flows, r#"horizon: "1000 s""#)
}

/// A flow of Poisson requests that compute on one processor, exponentially with mean 1 s.
fn one(processor: &str, rate: f64) -> Study {
    study(
        &format!(r#""cpu": Processor({processor})"#),
        &format!(
            r#""jobs": Flow(arrivals: Poisson("{rate} /s"), steps: [Compute(on: "cpu", work: Exponential("1 s"))])"#
        ),
    )
}

#[track_caller]
fn exactly(study: &Study, expected: &[(&str, f64)]) {
    let report = check(study);
    for (path, value) in expected {
        let Some(found) = report.find(path) else {
            panic!("nothing for {path}: {:#?} {:?}", report.theory.predictions, report.theory.declined)
        };
        assert_eq!(found.kind, Kind::Exact, "{path}: {}", found.method);
        assert_relative_eq!(found.value, *value, max_relative = 2e-5);
    }
}

#[track_caller]
fn declines(study: &Study, path: &str, because: &str) {
    let report = check(study);
    assert!(report.find(path).is_none_or(|p| p.kind == Kind::Approximate), "{:?}", report.find(path));
    let reasons: Vec<&str> = report.theory.declined.iter().map(|(_, why)| why.as_str()).collect();
    assert!(reasons.iter().any(|why| why.contains(because)), "{reasons:?}");
}

#[test]
fn exponential_stations_have_their_known_figures() {
    let mm1 = one("", 0.8);
    exactly(&mm1, &[("jobs.latency.mean", 5.0), ("jobs.latency.p99", 23.02585), ("cpu.waiting", 4.0)]);
    exactly(&mm1, &[("cpu.utilisation", 0.8), ("cpu.in_system", 4.0), ("jobs.in_system", 4.0), ("in_system", 4.0)]);
    exactly(&one("cores: 10", 8.0), &[("cpu.waiting", 0.204590), ("cpu.utilisation", 0.8)]);
    exactly(&one("cores: 4", 3.2), &[("cpu.waiting", 0.745541)]);
    exactly(&one("scheduler: Srpt()", 0.8), &[("jobs.latency.mean", 2.3528)]);
    exactly(&one("scheduler: LifoPreemptive()", 0.5), &[("jobs.latency.mean", 2.0)]);
    exactly(&one("scheduler: Lifo()", 0.5), &[("jobs.latency.mean", 2.0)]);
    exactly(&one("wake: AtLeast(3)", 0.5), &[("cpu.in_system", 2.0)]);
    let lost = study(
        r#""cpu": Processor(cores: 2, limit: 3)"#,
        r#""jobs": Flow(arrivals: Poisson("3 /s"), steps: [Compute(on: "cpu", work: Exponential("250 ms"))])"#,
    );
    exactly(&lost, &[("jobs.reliability", 1.0 - 0.049360), ("cpu.in_system", 0.762340)]);
    let full = study(
        r#""cpu": Processor(limit: 4)"#,
        r#""jobs": Flow(arrivals: Poisson("1 /s"), steps: [Compute(on: "cpu", work: Exponential("950 ms"))])"#,
    );
    let known = [("jobs.throughput", 0.819974), ("cpu.in_system", 1.897530), ("jobs.latency.mean", 2.314135)];
    exactly(&full, &known);
}

#[test]
fn general_service_needs_its_mean_and_variance() {
    for (work, wait) in [
        (r#""1 s""#, 2.0),
        (r#"Erlang(4, "1 s")"#, 2.5),
        (r#"HyperExponential(mean: "1 s", scv: 4)"#, 10.0),
        (r#"Mixture([(1, Exponential("1 s"))])"#, 4.0),
    ] {
        let flow = format!(r#""jobs": Flow(arrivals: Poisson("0.8 /s"), steps: [Compute(on: "cpu", work: {work})])"#);
        exactly(&study(r#""cpu": Processor()"#, &flow), &[("cpu.waiting", wait), ("jobs.latency.mean", wait + 1.0)]);
        exactly(&study(r#""cpu": Processor(scheduler: Sharing())"#, &flow), &[("jobs.latency.mean", 5.0)]);
    }
    // 125 bytes at 1 kbit/s and a header of as much: 2 s, and 1 s of propagation.
    let network = study(
        r#""net": Network(bandwidth: "1 kbit/s", latency: "1 s", header: "125 B")"#,
        r#""jobs": Flow(arrivals: Poisson("0.4 /s"), steps: [Send(over: "net", size: "125 B")])"#,
    );
    exactly(
        &network,
        &[("net.waiting", 4.0), ("jobs.latency.mean", 7.0), ("net.latency.mean", 7.0), ("net.in_system", 2.8)],
    );
}

#[test]
fn other_arrivals_are_known_at_a_single_server() {
    let fed = |arrivals: &str| {
        let flow =
            format!(r#""jobs": Flow(arrivals: {arrivals}, steps: [Compute(on: "cpu", work: Exponential("0.5 s"))])"#);
        study(r#""cpu": Processor()"#, &flow)
    };
    exactly(&fed(r#"Renewal("1 s")"#), &[("jobs.latency.mean", 0.627500)]);
    exactly(&fed(r#"Renewal(Erlang(4, "1 s"))"#), &[("jobs.latency.mean", 0.716262)]);
    exactly(&fed(r#"Renewal(Uniform("0 s", "2 s"))"#), &[("jobs.latency.mean", 0.782188)]);
    let batches = study(
        r#""cpu": Processor()"#,
        r#""jobs": Flow(arrivals: Batch(4, Poisson("0.2 /s")), steps: [Compute(on: "cpu", work: Exponential("1 s"))])"#,
    );
    exactly(&batches, &[("cpu.in_system", 10.0), ("jobs.latency.mean", 12.5)]);
    let devices = study(
        r#""field": Device(count: 1000), "cpu": Processor()"#,
        r#""jobs": Flow(from: "field", arrivals: Poisson("0.0008 /s"), steps: [Compute(on: "cpu", work: Exponential("1 s"))])"#,
    );
    exactly(&devices, &[("jobs.latency.mean", 5.0), ("jobs.throughput", 0.8)]);
    declines(&fed(r#"TimeVarying([("1 s", "1 /s"), ("1 s", "0.5 /s")])"#), "jobs.latency.mean", "changes over time");
}

#[test]
fn priorities_have_their_known_figures() {
    let two = |scheduler: &str, low: &str, high: (&str, &str)| {
        let (rate, work) = high;
        study(
            &format!(r#""cpu": Processor(scheduler: {scheduler})"#),
            &format!(
                r#""high": Flow(priority: High, arrivals: Poisson("{rate} /s"), steps: [Compute(on: "cpu", work: Exponential("{work} s"))]),
                   "low": Flow(arrivals: Poisson({low} /s"), steps: [Compute(on: "cpu", work: Exponential("{} s"))])"#,
                if work == "1" { "1" } else { "2" }
            ),
        )
    };
    let resume = "Priority(preemption: Resume)";
    exactly(&two(resume, "\"0.5", ("0.3", "1")), &[("high.latency.mean", 1.42857), ("low.latency.mean", 7.14286)]);
    exactly(
        &two("Priority()", "\"0.5", ("0.3", "1")),
        &[("high.latency.mean", 2.14286), ("low.latency.mean", 6.71429)],
    );
    exactly(&two(resume, "\"0.25", ("0.5", "0.4")), &[("high.latency.mean", 0.5), ("low.latency.mean", 7.0)]);
    exactly(&two("Priority()", "\"0.25", ("0.5", "0.4")), &[("high.latency.mean", 1.75), ("low.latency.mean", 6.5)]);
    let restart = two("Priority(preemption: Restart)", "\"0.2", ("0.2", "1"));
    declines(&restart, "low.latency.mean", "preempted work is lost");
}

#[test]
fn open_networks_add_up() {
    let names: Vec<String> = (0..10).map(|i| format!("s{i}")).collect();
    let components: Vec<String> = names.iter().map(|n| format!(r#""{n}": Processor()"#)).collect();
    let steps: Vec<String> = names.iter().map(|n| format!(r#"Compute(on: "{n}", work: Exponential("1 s"))"#)).collect();
    let flow = format!(r#""jobs": Flow(arrivals: Poisson("0.8 /s"), steps: [{}])"#, steps.join(", "));
    exactly(&study(&components.join(", "), &flow), &[("jobs.latency.mean", 50.0), ("s9.in_system", 4.0)]);

    let jackson = study(
        r#""a": Processor(cores: 4), "b": Processor(cores: 5), "c": Processor(cores: 3)"#,
        r#""jobs": Flow(arrivals: Poisson("4 /s"), steps: [Route(start: "a", steps: [
            Compute(label: "a", on: "a", work: Exponential("0.5 s")),
            Compute(label: "b", on: "b", work: Exponential("1 s")),
            Compute(label: "c", on: "c", work: Exponential("1 s")),
        ], moves: {"a": [(0.6, "b"), (0.4, "c")], "b": [(0.2, "a"), (0.8, Done)], "c": [(1, Done)]})])"#,
    );
    exactly(&jackson, &[("jobs.latency.mean", 1.977719)]);

    // A general service ends the product form: what comes after it is approximate.
    let mixed = study(
        r#""a": Processor(), "b": Processor(), "c": Processor()"#,
        r#""jobs": Flow(arrivals: Poisson("0.5 /s"), steps: [Compute(on: "a", work: Exponential("1 s")),
            Compute(on: "b", work: "1 s"), Compute(on: "c", work: Exponential("1 s"))])"#,
    );
    exactly(&mixed, &[("a.waiting", 1.0), ("b.waiting", 0.5), ("c.utilisation", 0.5)]);
    assert_eq!(check(&mixed).find("c.waiting").unwrap().kind, Kind::Approximate);
    assert_eq!(check(&mixed).find("jobs.latency.mean").unwrap().kind, Kind::Approximate);
}

#[test]
fn closed_networks_have_their_known_figures() {
    let three = |users: u32| {
        study(
            r#""a": Processor(), "b": Processor(), "c": Processor()"#,
            &format!(
                r#""jobs": Flow(arrivals: Closed(users: {users}, think: Exponential("15 s")), steps: [
                Compute(on: "a", work: Exponential("2.1 s")), Compute(on: "b", work: Exponential("0.605 s")),
                Compute(on: "c", work: Exponential("1.35 s"))])"#
            ),
        )
    };
    exactly(&three(3), &[("jobs.throughput", 0.151516), ("a.in_system", 0.394657), ("c.in_system", 0.235030)]);
    exactly(&three(10), &[("jobs.throughput", 0.400205), ("a.in_system", 2.656170), ("b.in_system", 0.311573)]);
    let two_servers = study(
        r#""a": Processor(cores: 2)"#,
        r#""jobs": Flow(arrivals: Closed(users: 16, think: Exponential("1 s")), steps: [Compute(on: "a", work: Exponential("1.5 s"))])"#,
    );
    exactly(&two_servers, &[("jobs.throughput", 1.3333333), ("jobs.latency.mean", 11.0)]);
    let two_classes = study(
        r#""a": Processor(cores: 2, scheduler: Sharing())"#,
        r#""p": Flow(arrivals: Closed(users: 4, think: Exponential("1 s")), steps: [Compute(on: "a", work: Exponential("1.5 s"))]),
           "q": Flow(arrivals: Closed(users: 2, think: Exponential("2 s")), steps: [Compute(on: "a", work: Exponential("2.5 s"))])"#,
    );
    exactly(&two_classes, &[("p.throughput", 0.8975019), ("q.throughput", 0.2557871), ("p.in_system", 3.1024981)]);
    let dependent = study(
        r#""a": Processor(), "b": Processor(load: Occupancy(100), laws: (throughput:
            Table([(1, 1), (2, "1/1.5"), (3, "1/1.9"), (4, "1/2.6"), (5, "1/3.1")])))"#,
        r#""jobs": Flow(arrivals: Closed(users: 5), steps: [
            Compute(on: "a", work: Exponential("1.5 s")), Compute(on: "b", work: Exponential("1 s"))])"#,
    );
    exactly(&dependent, &[("jobs.throughput", 0.4036174845), ("a.in_system", 1.6721204), ("b.in_system", 3.3278796)]);
    let bound = &check(&three(10)).stability.bounds[0];
    assert_relative_eq!(bound.throughput, 1.0 / 2.1, max_relative = 1e-9);
    assert_eq!(bound.bottleneck.as_ref().unwrap().0, "a");
}

#[test]
fn what_breaks_a_formula_is_named() {
    let work = r#"Compute(on: "cpu", work: Exponential("1 s"))"#;
    let steps = |steps: &str| {
        study(
            r#""cpu": Processor(), "disk": Processor()"#,
            &format!(r#""jobs": Flow(arrivals: Poisson("0.2 /s"), steps: [{steps}])"#),
        )
    };
    let path = "jobs.latency.mean";
    declines(&steps(&format!(r#"Fork(branches: [[{work}], [Compute(on: "disk", work: "1 s")]])"#)), path, "Fork");
    declines(&steps(&format!(r#"Timeout(time: "3 s", steps: [{work}])"#)), path, "Timeout");
    declines(&steps(&format!("Spawn(steps: [{work}]), {work}")), path, "Spawn");
    declines(&steps(r#"Compute(on: "cpu", work: Exponential("1 s"), patience: "1 s")"#), path, "patience");
    declines(
        &one("failures: (time_to_failure: Exponential(\"100 s\"), repair: Exponential(\"1 s\"))", 0.5),
        path,
        "fails",
    );
    declines(&one("scheduler: WeightedSharing(), count: 2, balance: ShortestQueue", 0.5), path, "numbers present");
    assert_eq!(check(&one("count: 4", 0.5)).find(path).unwrap().kind, Kind::Approximate);
    declines(&one("cores: [(1, 1), (1, 2)]", 0.5), path, "speed");
    declines(&one("schedule: [(\"1 s\", 1), (\"1 s\", 0)]", 0.2), path, "number of servers");
    declines(&one("load: Utilisation(\"10 s\"), laws: (throughput: Linear(1))", 0.1), path, "feedback");
    // Utilisation does not depend on any of it.
    exactly(&steps(&format!("Spawn(steps: [{work}]), {work}")), &[("cpu.utilisation", 0.4)]);
    exactly(&one("count: 4", 0.5), &[("cpu.utilisation", 0.125), ("cpu.throughput", 0.5)]);
}

#[test]
fn laws_settle_at_their_fixed_points() {
    let linear = |rate: f64| one("load: Utilisation(\"200 s\"), laws: (throughput: Linear(1))", rate);
    let low = &check(&linear(0.16)).laws[0];
    assert_eq!(low.meaning, Meaning::Metastable);
    assert_relative_eq!(low.points[0].utilisation, 0.2, epsilon = 1e-9);
    assert_relative_eq!(low.points[1].utilisation, 0.8, epsilon = 1e-9);
    assert!(low.points[0].stable && !low.points[1].stable && low.full_is_absorbing);
    assert_relative_eq!(low.most.0, 0.25, epsilon = 1e-6);
    let much = check(&linear(0.3));
    assert_eq!((much.laws[0].meaning, much.status()), (Meaning::Overload, 1));
    let floored = check(&one("load: Utilisation(\"9 s\"), laws: (throughput: Linear(1), floor: 0.5)", 0.3));
    assert_eq!((floored.laws[0].meaning, floored.status()), (Meaning::OnFloor, 0));
    assert_relative_eq!(floored.laws[0].points[0].utilisation, 0.6, epsilon = 1e-9);
    let occupancy = one("load: Occupancy(10), laws: (throughput: Table([(0, 1), (100, 0.5)]))", 0.3);
    assert!(check(&occupancy).find("jobs.latency.mean").unwrap().method.contains("birth-death"));
}

#[test]
fn an_overload_and_a_circle_that_may_lock_up_are_told() {
    let report = check(&one("", 1.2));
    assert_eq!(report.status(), 1);
    assert!(report.text().contains("`cpu` is offered 120"), "{}", report.text());
    assert_eq!(check(&one("limit: 5", 1.2)).status(), 0);
    let circle = study(
        r#""a": Processor(limit: 2, full: Block), "b": Processor(limit: 2, full: Block)"#,
        r#""jobs": Flow(arrivals: Poisson("0.1 /s"), steps: [Compute(on: "a", work: "1 s"), Compute(on: "b", work: "1 s"),
            Compute(on: "a", work: "1 s")])"#,
    );
    let report = check(&circle);
    assert_eq!(report.structure.deadlocks, [(vec!["a".to_string(), "b".to_string()], 4)]);
    assert!(report.text().contains("deadlock"));
    assert!(report.text().lines().all(|line| line.chars().count() <= 100), "{}", report.text());
}

/// All exact predictions hold in the simulation: 99.9 % intervals, and a little more, as several hundred are compared.
#[test]
fn exact_predictions_agree_with_the_simulation() {
    let compute = |on: &str, work: &str| format!(r#"Compute(on: "{on}", work: {work})"#);
    let flow =
        |name: &str, arrivals: &str, steps: &str| format!(r#""{name}": Flow(arrivals: {arrivals}, steps: [{steps}])"#);
    let exponential = compute("a", r#"Exponential("1 s")"#);
    let erlang = compute("a", r#"Erlang(2, "1 s")"#);
    let after = format!(r#"Delay("2 s"), {}"#, compute("b", r#"Uniform("0 s", "1 s")"#));
    let models = [
        (r#""a": Processor(cores: 3)"#.to_string(), flow("j", r#"Poisson("2 /s")"#, &exponential)),
        (r#""a": Processor(cores: 2, scheduler: Sharing())"#.to_string(), flow("j", r#"Poisson("1.2 /s")"#, &erlang)),
        (r#""a": Processor(limit: 3, scheduler: Sharing())"#.to_string(), flow("j", r#"Poisson("1 /s")"#, &erlang)),
        (r#""a": Processor(cores: 2, limit: 2)"#.to_string(), flow("j", r#"Poisson("2 /s")"#, &erlang)),
        (r#""a": Processor(scheduler: LifoPreemptive())"#.to_string(), flow("j", r#"Poisson("0.5 /s")"#, &erlang)),
        (r#""a": Processor(setup: Exponential("2 s"))"#.to_string(), flow("j", r#"Poisson("0.5 /s")"#, &erlang)),
        (r#""a": Processor(vacation: "2 s")"#.to_string(), flow("j", r#"Poisson("0.5 /s")"#, &erlang)),
        (r#""a": Processor(scheduler: Sjf())"#.to_string(), flow("j", r#"Poisson("0.6 /s")"#, &exponential)),
        (
            r#""a": Processor(count: 3, balance: Random), "b": Processor()"#.to_string(),
            flow("j", r#"Poisson("1 /s")"#, &format!("{exponential}, {after}")),
        ),
        (
            r#""n": Network(bandwidth: "1 kbit/s", latency: Exponential("1 s"), reliability: 0.8, retransmit: UpTo(2))"#.to_string(),
            flow("j", r#"Poisson("0.4 /s")"#, r#"Send(over: "n", size: "125 B")"#),
        ),
        (
            r#""n": Network(bandwidth: "1 kbit/s", latency: "1 s", duplex: Full, between: ("a", "b")), "a": Processor(reliability: 0.9), "b": Processor()"#.to_string(),
            flow(
                "j",
                r#"Poisson("0.4 /s")"#,
                &format!(r#"{exponential}, Send(to: "b", size: Exponential("125 B")), {}, Send(to: "a", size: Exponential("60 B"))"#, compute("b", r#"Exponential("1 s")"#)),
            ),
        ),
        (
            r#""a": Processor(load: Occupancy(10), laws: (throughput: Table([(0, 1), (100, 0.5)])))"#.to_string(),
            flow("j", r#"Poisson("0.4 /s")"#, &exponential),
        ),
        (
            r#""a": Processor(), "b": Processor(scheduler: Sharing())"#.to_string(),
            flow("j", r#"Closed(users: 6, think: "3 s")"#, &format!(r#"{exponential}, Repeat(times: 2, steps: [{}])"#, compute("b", r#""0.6 s""#))),
        ),
        (
            r#""a": Processor(cores: 2, scheduler: Priority())"#.to_string(),
            format!(
                "{}, {}",
                flow("j", r#"Poisson("0.7 /s")"#, &exponential),
                flow("k", r#"Poisson("0.6 /s")"#, &exponential).replacen("arrivals", "priority: High, arrivals", 1)
            ),
        ),
    ];
    let run = r#"horizon: "20000 s", warm_up: "500 s", replications: 8, confidence: 0.999, seed: 11"#;
    for (components, flows) in &models {
        let study = study_with(components, flows, run);
        let report = check(&study);
        let run = run::run(&study, 2, &Silent, &AtomicBool::new(false)).unwrap();
        let rows = compare(&report, &run.results);
        let exact = rows.iter().filter(|row| row.prediction.kind == Kind::Exact).collect::<Vec<_>>();
        assert!(exact.len() >= 4, "{components}: {:?} {:?}", report.theory.predictions, report.theory.declined);
        for row in exact {
            let far = row.half_widths.map_or(f64::INFINITY, f64::abs);
            assert!(far < 1.2, "{components}: {row:?}");
        }
    }
}

#[test]
fn the_command_sets_theory_beside_a_short_simulation() {
    let study = study_with(
        r#""cpu": Processor()"#,
        r#""jobs": Flow(arrivals: Poisson("0.5 /s"), steps: [Compute(on: "cpu", work: Exponential("1 s"))])"#,
        r#"horizon: "2000 s", replications: 5"#,
    );
    let (text, status) = command(&study, true, 1);
    assert_eq!(status, 0, "{text}");
    for part in ["Structure", "Stability", "Theory", "jobs.latency.mean", "exact: M/M/1", "\u{b1}"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert_eq!(command(&study, false, 1).1, 0);
}
