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
