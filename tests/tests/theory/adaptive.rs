//! Disciplines that switch, or are chosen, by what is seen.

use experiments::check::check;
use tests::{Case, Ran, case};

/// What a policy costs: the mean latencies of both flows, the urgent one counting four times.
fn cost(run: &Ran) -> f64 {
    run.value("jobs.latency.mean") + 4.0 * run.value("alarms.latency.mean")
}

fn by(scheduler: &str) -> Ran {
    case("moods").set("cpu.scheduler", scheduler).run()
}

#[test]
fn an_adaptive_discipline_beats_every_fixed_one_where_times_change() {
    let adaptive = by("Adaptive(every: \"20 s\", long: 2, variability: 1.5, urgent: 0.05)");
    let fixed: Vec<f64> = ["Fcfs", "Sjf", "Priority"].iter().map(|scheduler| cost(&by(scheduler))).collect();
    println!("adaptive {}, fixed {fixed:?}", cost(&adaptive));
    let worst = fixed.iter().copied().fold(0.0, f64::max);
    assert!(cost(&adaptive) < 0.6 * worst, "{} against {worst}", cost(&adaptive));
    fixed.iter().for_each(|fixed| assert!(cost(&adaptive) < *fixed, "{} against {fixed}", cost(&adaptive)));
    // It has switched, and its moods share the time.
    let moods = ["cpu.calm", "cpu.crowded", "cpu.urgent"].map(|mood| adaptive.value(mood));
    assert!((moods.iter().sum::<f64>() - 1.0).abs() < 1e-9 && moods.iter().all(|share| *share > 0.02), "{moods:?}");
    assert!(adaptive.value("cpu.switches") > 0.0);
}

#[test]
fn an_adaptive_discipline_in_calm_times_is_fcfs() {
    let run = |scheduler: &str| case("station").set("cpu.scheduler", scheduler).set("run.horizon", "\"5000 s\"").run();
    let (adaptive, fcfs) = (run("Adaptive(variability: 100)"), run("Fcfs"));
    adaptive.is("jobs.latency.max", fcfs.value("jobs.latency.max")).is("cpu.calm", 1.0).is("cpu.switches", 0.0);
    adaptive.is("jobs.latency.mean", fcfs.value("jobs.latency.mean"));
}

#[test]
fn those_that_wait_are_put_into_the_new_order() {
    // Jobs of 10 s come at 0, then 9 s, 1 s and 5 s. At 4 s the queue is long and the jobs are unequal: shortest first.
    let run = case("exact")
        .set("cpu.scheduler", "Adaptive(every: \"4 s\", long: 0.5, variability: 0.1)")
        .set("a.arrivals", "At([\"0 s\"])")
        .set("a.serve.work", "10 s")
        .set("b.arrivals", "At([\"1 s\"])")
        .set("b.serve.work", "9 s")
        .set("c.arrivals", "At([\"2 s\"])")
        .set("c.priority", "Normal")
        .set("c.serve.work", "1 s")
        .set("d.arrivals", "At([\"3 s\"])")
        .set("d.priority", "Normal")
        .set("d.serve.work", "5 s")
        .run();
    run.is("c.latency.max", 11.0 - 2.0).is("d.latency.max", 16.0 - 3.0).is("b.latency.max", 25.0 - 1.0);
}

fn chosen(case: Case) -> String {
    check(&case.load()).text()
}

#[test]
fn a_discipline_is_chosen_by_what_the_flows_ask_for() {
    let auto = |file: &str| case(file).set("cpu.scheduler", "Auto").set("cpu.cores", 4);
    // One class that computes.
    assert!(chosen(auto("station")).contains("WorkStealing chosen"));
    // Two priorities, the urgent ones .3 of .8.
    assert!(chosen(auto("two_classes")).contains("Priority chosen"));
    // Urgent ones are the most: nothing is won by priorities.
    let text = chosen(auto("two_classes").set("a.arrivals", "Poisson(\"2 /s\")"));
    assert!(text.contains("WorkStealing chosen") && text.contains("80 % are urgent"), "{text}");
    // More time on the network than on the processor, or one core: adaptive.
    let text = chosen(
        auto("exact")
            .set("a.arrivals", "Poisson(\"1 /s\")")
            .set("a.steps", "[Compute(\"cpu\", \"10 ms\"), Send(\"link\", \"1 B\")]")
            .set("b.serve.work", "\"1 ms\"")
            .set("c.serve.work", "\"1 ms\"")
            .set("d.serve.work", "\"1 ms\"")
            .set("c.priority", "Low")
            .set("d.priority", "Low"),
    );
    assert!(text.contains("Adaptive chosen"), "{text}");
    assert!(chosen(auto("station").set("cpu.cores", 1)).contains("Adaptive chosen"));
    // It runs as what was chosen: M/M/4 with 3.2 erlangs, whose wait is .745541.
    let run = auto("station").set("parameters.rate", 3.2).run();
    run.holds("jobs.latency.mean", 1.745541, 0.03).is("cpu.overflowed", 0.0);
    assert!(run.value("cpu.global_queue") > 0.0);
    let text = auto("station").set("jobs.serve.blocking", true).refused();
    assert!(text.contains("may have no blocking pool"), "{text}");
}

#[test]
fn balancing_by_the_work_left_is_one_queue_for_all() {
    // Each goes to the server that is free first, as in M/M/10: mean wait .204590 with eight erlangs.
    let farm = |by: &str| {
        case("instances")
            .set("parameters.count", 10)
            .set("parameters.load", 0.8)
            .set("cpu.balance", by)
            .set("run.horizon", "\"20000 s\"")
            .run()
    };
    farm("LeastWork").holds("jobs.latency.mean", 1.204590, 0.02);
    // By the numbers present it takes longer.
    assert!(farm("ShortestQueue").value("jobs.latency.mean") > 1.23);
    // The same among branches, plain or shared: three single servers with 2.4 erlangs as M/M/3.
    let wait = models::analytic::erlang::erlang_c(3, 2.4).unwrap() / (3.0 - 2.4);
    let branches = case("balance").set("jobs.steps[0].by", "LeastWork");
    branches.run().holds("jobs.latency.mean", 1.0 + wait, 0.1);
    // Shared servers: ten jobs that are small lose against one that is large.
    let run = case("balance")
        .set("a.scheduler", "Sharing")
        .set("b.scheduler", "Sharing")
        .set("jobs.steps[0].by", "LeastWork")
        .run();
    assert!(run.value("jobs.latency.mean") < 3.0 && run.value("a.utilisation") > 0.7);
}
