//! Batteries: every instance pays for what it does itself, whoever asked for it.

use experiments::file::Source;
use experiments::run::{Run, Silent, run};
use experiments::study::Study;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn simulate(text: &str) -> Run {
    let study = Study::from_source(Path::new("battery.ron"), Source::new("battery.ron", text), &[], false)
        .unwrap_or_else(|error| panic!("{error}"));
    run(&study, 2, &Silent, &AtomicBool::new(false)).expect("nobody interrupts it")
}

fn value(run: &Run, path: &str) -> f64 {
    run.results.find(path).unwrap_or_else(|| panic!("{path} is measured")).value
}

/// Four devices of 1 J: computing 100 ms of every 4 s at 41 mW beside 1 mW idle is 2 mW, and lasts for 500 s.
fn of_many(computing: &str) -> String {
    format!(
        r#"Experiment(
            system: System(
                components: {{
                    "devices": Device(count: 4, battery: "1 J", power: (idle: "1 mW", active: "41 mW")),
                    "hub": Processor(),
                }},
                flows: {{ "work": Flow({computing}) }},
            ),
            run: Run(horizon: "1000 s", warm_up: "0 s", replications: 2, drain: "0 s"),
        )"#
    )
}

#[test]
fn a_device_that_others_compute_on_pays_for_it() {
    let steps = r#"steps: [Compute(on: "devices", work: "100 ms")]"#;
    let run = simulate(&of_many(&format!(r#"from: "hub", arrivals: Periodic("1 s"), {steps}"#)));
    assert_eq!(value(&run, "devices.instances_lost"), 4.0);
    assert!((value(&run, "devices.availability") - 0.5).abs() < 0.01, "{}", value(&run, "devices.availability"));
    assert!((value(&run, "devices.energy") - 4.0).abs() < 0.01, "{}", value(&run, "devices.energy"));
}

#[test]
fn a_device_that_computes_for_itself_pays_for_it() {
    let steps = r#"steps: [Compute(on: "devices", work: "100 ms")]"#;
    let run = simulate(&of_many(&format!(r#"from: "devices", arrivals: Periodic("4 s"), {steps}"#)));
    assert_eq!(value(&run, "devices.instances_lost"), 4.0);
    assert!((value(&run, "devices.energy") - 4.0).abs() < 0.01, "{}", value(&run, "devices.energy"));
}

#[test]
fn a_single_device_pays_as_one_of_many_does() {
    let text =
        of_many(r#"from: "devices", arrivals: Periodic("4 s"), steps: [Compute(on: "devices", work: "100 ms")]"#)
            .replace("count: 4, ", "");
    let run = simulate(&text);
    assert_eq!(value(&run, "devices.instances_lost"), 1.0);
    assert!((value(&run, "devices.energy") - 1.0).abs() < 0.01, "{}", value(&run, "devices.energy"));
}

#[test]
fn sharing_a_processor_costs_what_queueing_for_it_does() {
    let steps = r#"steps: [Compute(on: "devices", work: "100 ms")]"#;
    let text = of_many(&format!(r#"from: "hub", arrivals: Periodic("1 s"), {steps}"#))
        .replace("battery: \"1 J\"", "battery: \"1 J\", scheduler: Sharing()");
    let run = simulate(&text);
    assert_eq!(value(&run, "devices.instances_lost"), 4.0);
    assert!((value(&run, "devices.energy") - 4.0).abs() < 0.01, "{}", value(&run, "devices.energy"));
}

#[test]
fn the_life_of_a_battery_does_not_count_the_time_after_its_end() {
    let steps = r#"steps: [Compute(on: "devices", work: "100 ms")]"#;
    let run = simulate(&of_many(&format!(r#"from: "devices", arrivals: Periodic("4 s"), {steps}"#)));
    assert!((value(&run, "devices.battery_life") - 500.0).abs() < 1.0, "{}", value(&run, "devices.battery_life"));
}

/// Two devices, one of which computes from 1 s on until its battery is empty, after some 24 s.
fn one_dies(balance: &str) -> Run {
    simulate(
        &of_many(
            r#"from: "hub", arrivals: Periodic("1 s", phase: "5 s"), steps: [Compute(on: "devices", work: "10 ms")]"#,
        )
        .replace("count: 4, battery: \"1 J\"", &format!("count: 2, balance: {balance}, battery: \"1 J\""))
        .replace(
            "flows: {",
            r#"flows: {
                    "killer": Flow(from: "hub", arrivals: At(["1 s"]), steps: [Compute(on: "devices", work: "100 s")]),
                    "waits": Flow(from: "hub", arrivals: At(["2 s", "3 s"]), steps: [Compute(on: "devices", work: "1 ms")]),"#,
        )
        .replace("horizon: \"1000 s\"", "horizon: \"200 s\"")
        .replace("drain: \"0 s\"", "drain: \"1 s\""),
    )
}

#[test]
fn requests_are_not_routed_to_the_dead() {
    for balance in ["RoundRobin", "Random", "ShortestQueue", "PowerOf(2)"] {
        let run = one_dies(balance);
        assert_eq!(value(&run, "devices.instances_lost"), 1.0, "{balance}");
        assert_eq!(value(&run, "killer.failed"), 1.0, "{balance}");
        for flow in ["work", "waits"] {
            assert_eq!(value(&run, &format!("{flow}.unfinished")), 0.0, "{flow} with {balance}");
        }
        // Born after its end at about 26 s, none goes to it.
        let failed = value(&run, "work.failed");
        assert!(failed < 25.0 / 195.0, "{failed} with {balance}");
    }
}

#[test]
fn requests_fail_at_once_where_all_are_dead() {
    let steps = r#"steps: [Compute(on: "devices", work: "100 ms")]"#;
    for by in ["RoundRobin", "Random", "ShortestQueue", "PowerOf(2)"] {
        for full in ["Drop", "Block"] {
            let text = of_many(&format!(r#"from: "hub", arrivals: Periodic("1 s"), {steps}"#))
                .replace("battery: \"1 J\"", &format!("battery: \"1 J\", balance: {by}, limit: 5, full: {full}"));
            let run = simulate(&text);
            assert_eq!(value(&run, "devices.instances_lost"), 4.0);
            assert_eq!(value(&run, "work.unfinished"), 0.0, "{by} {full}");
            assert!((value(&run, "work.failed") - 0.5).abs() < 0.01, "{by}: {}", value(&run, "work.failed"));
        }
    }
}

#[test]
fn a_request_of_a_dead_device_fails_where_it_would_compute() {
    // Born on the device, it is back there from a delay after the end of the battery.
    let text = of_many(
        r#"from: "devices", arrivals: At(["1 s"]),
           steps: [Delay("900 s"), Compute(on: "devices", work: "1 s"), Compute("hub", "1 s")]"#,
    )
    .replace("idle: \"1 mW\"", "idle: \"2 mW\"");
    let run = simulate(&text);
    assert_eq!(value(&run, "devices.instances_lost"), 4.0);
    assert_eq!((value(&run, "work.failed"), value(&run, "work.unfinished")), (1.0, 0.0));
}
