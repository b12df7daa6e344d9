//! A draw depends on who draws and where, and on nothing else.

use models::simulation::{FlowResult, Replication};
use tests::{Case, case};

fn flow<'r>(case: &Case, replication: &'r Replication, name: &str) -> &'r FlowResult {
    let study = case.load();
    let index = study.lowered.system.flows.iter().position(|flow| flow.name == name).unwrap();
    &replication.flows[index]
}

#[track_caller]
fn same(a: &FlowResult, b: &FlowResult) {
    assert_eq!(a.latency, b.latency);
    assert_eq!((a.born, a.outcomes, a.throughput.to_bits()), (b.born, b.outcomes, b.throughput.to_bits()));
}

#[test]
fn other_flows_and_components_change_nothing() {
    let base = case("apart");
    let run = base.replication(3);
    let mine = flow(&base, &run, "a");
    assert!(mine.born > 3000);
    for (path, value) in [
        ("b.arrivals.rate", "0.9 /s"),
        ("b.serve.work", "Uniform(\"0 s\", \"1 s\")"),
        ("right.scheduler", "Random"),
        ("right.scheduler", "Sharing"),
        ("right.failures", "(time_to_failure: Exponential(\"50 s\"), repair: Exponential(\"5 s\"))"),
        ("b.arrivals", "Closed(users: 5, think: Exponential(\"1 s\"))"),
        ("right.count", "3"),
    ] {
        let other = base.clone().set(path, value);
        let run = other.replication(3);
        same(mine, flow(&other, &run, "a"));
    }
    let more = case("apart_and_more");
    same(mine, flow(&more, &more.replication(3), "a"));
    // Another seed, or another replication, is another experience.
    assert_ne!(mine.latency, flow(&base, &base.replication(4), "a").latency);
    let other = base.clone().set("run.seed", "8");
    assert_ne!(mine.latency, flow(&other, &other.replication(3), "a").latency);
}

/// Work that is done on a station for a fixed set of requests, in ticks of busy time.
fn work_done(case: &Case) -> f64 {
    let run = case.replication(0);
    assert_eq!(run.flows[0].correct(), run.flows[0].born);
    run.components[0].utilisation * run.measured
}

#[test]
fn demands_do_not_depend_on_the_order_of_service() {
    // All arrive in the first 500 s of a horizon that serves them all.
    let base = case("station")
        .set("jobs.arrivals", "TimeVarying([(\"500 s\", \"2 /s\"), (\"100000 s\", \"0 /s\")])")
        .set("run.warm_up", "0 s");
    let first = work_done(&base);
    assert!(first > 900.0);
    for scheduler in [
        "Lifo",
        "Random",
        "Sjf",
        "Srpt",
        "Edf",
        "Priority",
        "LifoPreemptive",
        "RoundRobin(\"0.1 s\")",
        "Sharing",
        "WeightedSharing",
    ] {
        let work = work_done(&base.clone().set("cpu.scheduler", scheduler));
        // Ends are rounded to ticks, where requests share: 2000 of them at most.
        assert!((work - first).abs() < 1e-5, "{scheduler}: {work} and {first}");
    }
    let two = work_done(&base.clone().set("cpu.cores", 2));
    assert!((two * 2.0 - first).abs() < 1e-6, "{two} on two cores");
}

#[test]
fn steps_elsewhere_in_the_flow_change_no_demand() {
    let base = case("station")
        .set("jobs.arrivals", "TimeVarying([(\"500 s\", \"2 /s\"), (\"100000 s\", \"0 /s\")])")
        .set("run.warm_up", "0 s");
    let first = work_done(&base);
    let serve = "Compute(\"cpu\", Exponential(\"1 s\"), label: \"serve\")";
    for steps in [
        format!("[Delay(Exponential(\"3 s\")), {serve}]"),
        format!("[Choose([(0.5, [Delay(Exponential(\"1 s\"))]), (0.5, [])]), {serve}]"),
        format!("[Repeat(2, [Delay(\"1 s\")]), {serve}, Delay(\"1 s\")]"),
        format!("[Timeout(\"100000 s\", [{serve}])]"),
        format!("[Fork([[{serve}], [Delay(Exponential(\"1 s\"))]])]"),
    ] {
        let work = work_done(&base.clone().set("jobs.steps", &steps));
        assert!((work - first).abs() < 1e-6, "{steps}: {work} and {first}");
    }
}

#[test]
fn failures_do_not_depend_on_the_load() {
    let failing = |rate: &str| {
        case("station")
            .set("parameters.rate", rate)
            .set("cpu.failures", "(time_to_failure: Exponential(\"50 s\"), repair: Exponential(\"5 s\"))")
            .replication(0)
            .components[0]
            .availability
    };
    assert_eq!(failing("0.2").to_bits(), failing("0.7").to_bits());
}

#[test]
fn each_visit_draws_anew() {
    // The sum of two visits in a loop has half the scv of one: M/G/1 with Erlang-2 demands, split by the loop.
    let run = case("choose").set("jobs.steps", "[Repeat(2, [Delay(Exponential(\"1 s\"))])]").run();
    // P(Erlang-2 > median of the exponential sum): the 99th percentile of Erlang(2) with mean 2 is 6.6384.
    run.holds("jobs.latency.p99", 6.6384, 0.05).holds("jobs.latency.mean", 2.0, 0.01);
}
