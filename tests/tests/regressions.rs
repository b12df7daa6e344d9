//! Faults that were found once, so that they do not come back.

use experiments::file::Source;
use experiments::run::{Run, Silent, run};
use experiments::study::Study;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn read(text: &str) -> Result<Study, String> {
    Study::from_source(Path::new("regression.ron"), Source::new("regression.ron", text), &[], false)
        .map_err(|error| error.to_string())
}

fn simulate(text: &str) -> Run {
    let study = read(text).unwrap_or_else(|error| panic!("{error}"));
    run(&study, 2, &Silent, &AtomicBool::new(false)).expect("nobody interrupts it")
}

fn station(fields: &str) -> String {
    format!(
        r#"Experiment(
            system: System(
                components: {{ "station": Processor({fields}) }},
                flows: {{ "work": Flow(arrivals: Poisson("2 /s"), steps: [Compute("station", Exponential("100 ms"))]) }},
            ),
            run: Run(horizon: "200 s", warm_up: "0 s", replications: 2),
        )"#
    )
}

#[test]
fn the_share_of_services_on_the_floor_counts_each_visit_once() {
    for scheduler in [r#"RoundRobin("1 ms")"#, "LifoPreemptive()", "Srpt()", "Fcfs()"] {
        let laws = r#"laws: (throughput: Linear(1), floor: 0.9), load: Occupancy(2)"#;
        let run = simulate(&station(&format!("scheduler: {scheduler}, {laws}")));
        let share = run.results.find("station.on_floor").expect("there is a throughput law").value;
        // One present of two is a load of a half, and below the floor already.
        assert!((share - 1.0).abs() < 1e-9, "{scheduler}: {share}");
    }
}

#[test]
fn failures_and_repairs_that_take_no_time_are_refused() {
    let failures = |to: &str, repair: &str| {
        read(&station(&format!(r#"failures: Failures(time_to_failure: "{to}", repair: "{repair}")"#)))
    };
    let error = failures("0 s", "0 s").expect_err("it would never end");
    assert!(error.contains("failures and repairs must take time"), "{error}");
    assert!(failures("1 s", "0 s").is_ok() && failures("0 s", "1 s").is_ok());
}
