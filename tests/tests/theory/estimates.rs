//! What is made of the replications.

use experiments::run::{Advice, Verdict};
use tests::case;

#[test]
fn extremes_are_of_all_replications_and_have_no_interval() {
    let station =
        case("station").set("run.horizon", "\"1000 s\"").set("run.warm_up", "\"0 s\"").set("run.replications", 4);
    let targets = "[\"jobs.latency.max <= 1 d\", \"jobs.latency.max <= 1 ms\", \"jobs.latency.min >= 0 s\"]";
    let run = station.clone().set("targets", targets).run();
    let all: Vec<_> = (0..4).map(|number| station.replication(number)).collect();
    let ends =
        |of: fn(&models::simulation::Replication) -> Option<u64>| all.iter().filter_map(of).collect::<Vec<u64>>();
    let (least, most) = (ends(|r| r.flows[0].latency.min()), ends(|r| r.flows[0].latency.max()));
    run.is("jobs.latency.max", *most.iter().max().unwrap() as f64 * 1e-9);
    run.is("jobs.latency.min", *least.iter().min().unwrap() as f64 * 1e-9);
    for path in ["jobs.latency.max", "jobs.latency.min", "cpu.latency.max", "system.latency.max"] {
        let estimate = run.estimate(path);
        assert_eq!((estimate.half_width, estimate.n), (None, 4), "{path}");
    }
    let verdicts: Vec<Verdict> = run.run.verdicts.iter().map(|(_, verdict, _)| *verdict).collect();
    assert_eq!(verdicts, [Verdict::Met, Verdict::Missed, Verdict::Met]);
}

#[test]
fn the_busier_direction_of_a_full_duplex_network_decides_whether_there_is_a_steady_state() {
    // Frames of 2 s: 1.25 of what one direction can do, and little of the other.
    let radio = |every: &str| {
        let case = case("radio").set("radio.duplex", "Full").set("down.arrivals", "Periodic(\"100 s\")");
        case.set("up.arrivals", format!("Periodic(\"{every}\")")).set("run.horizon", "\"1000 s\"").run()
    };
    let overloaded =
        |advice: &Advice| matches!(advice, Advice::NoSteadyState { component, .. } if component == "radio");
    assert!(radio("1.6 s").run.advice.iter().any(overloaded));
    assert!(!radio("2.5 s").run.advice.iter().any(overloaded));
}
