//! What each step does, to the digit; random ones by their frequencies.

use tests::{Case, Ran, case};

/// One request at 1 s through these steps; `cpu`, `disk` and `other` are processors.
fn steps(text: &str) -> Case {
    case("steps").set("jobs.steps", text)
}

/// Another flow that keeps `cpu` busy from 0 for `span`.
fn busy_until(case: Case, span: &str) -> Case {
    case.set("load.arrivals", "At([\"0 s\"])").set("load.steps", format!("[Compute(\"cpu\", \"{span}\")]"))
}

#[track_caller]
fn takes(run: &Ran, seconds: f64) {
    run.is("jobs.latency.max", seconds).is("jobs.in_time", 1.0);
}

#[test]
fn fork_joins_on_all_any_or_a_quorum() {
    let branches = "[[Compute(\"cpu\", \"2 s\")], [Compute(\"disk\", \"3 s\"), Delay(\"2 s\")], [Delay(\"7 s\")]]";
    takes(&steps(&format!("[Fork({branches})]")).run(), 7.0);
    takes(&steps(&format!("[Fork({branches}, join: Quorum(2))]")).run(), 5.0);
    let run = steps(&format!("[Fork({branches}, join: Any), Compute(\"other\", \"1 s\")]")).run();
    takes(&run, 3.0);
    // The disk was cut off after 2 s: nothing else used it.
    run.is("disk.utilisation", 2.0 / 1000.0).is("disk.aborted", 1.0 / 1000.0).is("disk.throughput", 0.0);
    run.is("jobs.in_system", 3.0 / 1000.0).is("disk.in_system", 2.0 / 1000.0);
}

#[test]
fn a_cancelled_branch_leaves_the_queue() {
    // The second branch waits behind the load until it is cancelled at 3; the next request of the cpu starts at 10.
    let run = busy_until(
        steps("[Fork([[Delay(\"2 s\")], [Compute(\"cpu\", \"5 s\")]], join: Any), Compute(\"cpu\", \"1 s\")]"),
        "10 s",
    )
    .run();
    takes(&run, 10.0);
    run.is("cpu.utilisation", 11.0 / 1000.0).is("cpu.aborted", 1.0 / 1000.0);
}

#[test]
fn a_cancelled_service_lets_the_next_one_begin_with_its_own_demand() {
    // jobs holds the cpu from 1 until it is cancelled at 3; load waits from 2 and is served for 4 s from 3.
    for scheduler in ["Fcfs", "Random", "Lifo", "Sjf", "RoundRobin(\"100 s\")", "Priority(Resume)"] {
        for body in [
            "Fork([[Delay(\"2 s\")], [Compute(\"cpu\", \"5 s\")]], join: Any)",
            "Timeout(\"2 s\", [Compute(\"cpu\", \"5 s\")], otherwise: [])",
        ] {
            let run = steps(&format!("[{body}]"))
                .set("load.arrivals", "At([\"2 s\"])")
                .set("load.steps", "[Compute(\"cpu\", \"4 s\")]")
                .set("cpu.scheduler", scheduler)
                .run();
            takes(&run, 2.0);
            run.is("load.latency.max", 5.0).is("cpu.utilisation", 6.0 / 1000.0);
            run.is("cpu.waiting", 0.5);
        }
    }
}

#[test]
fn what_follows_a_timeout_does_not_overtake() {
    // jobs is cut off at 3 and comes again: load, which waits since 2, goes first.
    for scheduler in ["Fcfs", "Sjf"] {
        let run = steps("[Timeout(\"2 s\", [Compute(\"cpu\", \"5 s\")], otherwise: [Compute(\"cpu\", \"4 s\")])]")
            .set("load.arrivals", "At([\"2 s\"])")
            .set("load.steps", "[Compute(\"cpu\", \"4 s\")]")
            .set("cpu.scheduler", scheduler)
            .run();
        run.is("load.latency.max", 5.0);
        takes(&run, 10.0);
    }
}

#[test]
fn timeout() {
    // In time, even when both happen at once: the departure comes first.
    for span in ["3 s", "2.5 s"] {
        takes(
            &steps(&format!("[Timeout(\"3 s\", [Compute(\"cpu\", \"{span}\")])]")).run(),
            span[..span.len() - 2].parse().unwrap(),
        );
    }
    let run = steps("[Timeout(\"3 s\", [Compute(\"cpu\", \"4 s\")])]").run();
    run.is("jobs.timed_out", 1.0).is("jobs.reliability", 0.0).is("cpu.utilisation", 3.0 / 1000.0);
    assert!(!run.has("jobs.latency.mean"));
    takes(&steps("[Timeout(\"3 s\", [Compute(\"cpu\", \"4 s\")], otherwise: [Delay(\"0.5 s\")])]").run(), 3.5);
    // The outer one cuts off the inner one and what follows it.
    takes(
        &steps("[Timeout(\"3 s\", [Timeout(\"2 s\", [Delay(\"9 s\")], otherwise: [Delay(\"9 s\")])], otherwise: [Delay(\"1 s\")])]").run(),
        4.0,
    );
    // A Timeout around a Fork cancels all its branches.
    let run =
        steps("[Timeout(\"3 s\", [Fork([[Compute(\"cpu\", \"9 s\")], [Compute(\"disk\", \"9 s\")]])], otherwise: [])]")
            .run();
    takes(&run, 3.0);
    run.is("cpu.utilisation", 3e-3).is("disk.utilisation", 3e-3);
}

#[test]
fn retry() {
    // Four attempts of 3 s each, 1 s between them.
    let text = "[Retry(3, backoff: \"1 s\", steps: [Timeout(\"3 s\", [Compute(\"cpu\", \"4 s\")])])]";
    let run = steps(text).run();
    run.is("jobs.timed_out", 1.0).is("cpu.utilisation", 12e-3).is("jobs.in_system", 15e-3);
    // The third attempt is short enough.
    let text = "[Retry(3, backoff: \"1 s\", steps: [Timeout(\"3 s\", [Compute(\"cpu\", Sequence([4, 4, 2]))])])]";
    takes(&steps(text).run(), 3.0 + 1.0 + 3.0 + 1.0 + 2.0);
    // A failure is caught, too; the second time round the branch is another.
    let run = steps("[Retry(2, steps: [Delay(\"1 s\"), Fail()])]").run();
    run.is("jobs.failed", 1.0).is("jobs.in_system", 3e-3);
    // A backoff of 1, 2, 4.
    let run = steps("[Retry(3, backoff: Sequence([1, 2, 4]), steps: [Delay(\"1 s\"), Fail()])]").run();
    run.is("jobs.failed", 1.0).is("jobs.in_system", 11e-3);
    // The inner one first, the outer one after it: 2 x 2 attempts.
    let run = steps("[Retry(1, steps: [Retry(1, steps: [Delay(\"1 s\"), Fail()])])]").run();
    run.is("jobs.failed", 1.0).is("jobs.in_system", 4e-3);
}

#[test]
fn retry_catches_drops() {
    // Full until 10: refused at 1, 5 and 9; taken at 13.
    let run = busy_until(steps("[Retry(5, backoff: \"4 s\", steps: [Compute(\"cpu\", \"1 s\")])]"), "10 s")
        .set("cpu.limit", 1)
        .run();
    takes(&run, 13.0);
    run.is("cpu.dropped", 3e-3);
}

#[test]
fn retry_does_not_catch_lost_patience() {
    let run = busy_until(steps("[Retry(5, steps: [Compute(\"cpu\", \"1 s\", patience: \"2 s\")])]"), "10 s").run();
    run.is("jobs.reneged", 1.0).is("jobs.in_system", 2e-3);
}

#[test]
fn repeat() {
    takes(&steps("[Repeat(3, steps: [Compute(\"cpu\", Sequence([1, 2, 5])), Delay(\"1 s\")])]").run(), 11.0);
    takes(&steps("[Repeat(0, steps: [Delay(\"9 s\")]), Delay(\"1 s\")]").run(), 1.0);
    takes(&steps("[Repeat(2, steps: [Repeat(3, steps: [Delay(\"1 s\")])])]").run(), 6.0);
}

#[test]
fn spawn_is_not_waited_for() {
    let run = steps("[Spawn([Compute(\"cpu\", \"5 s\"), Fail()]), Compute(\"disk\", \"1 s\")]").run();
    takes(&run, 1.0);
    run.is("cpu.utilisation", 5e-3)
        .is("cpu.failed", 0.0)
        .is("cpu.throughput", 1e-3)
        .is("in_system", 6e-3)
        .is("jobs.in_system", 1e-3);
}

#[test]
fn fail_ends_a_flow_and_a_fork() {
    let run = steps("[Compute(\"cpu\", \"1 s\"), Fail()]").run();
    run.is("jobs.failed", 1.0).is("jobs.throughput", 0.0).is("cpu.throughput", 1e-3);
    // One branch fails at once: All cannot be reached, and the other is cancelled.
    let run = steps("[Fork([[Compute(\"cpu\", \"5 s\")], [Delay(\"1 s\"), Fail()]])]").run();
    run.is("jobs.failed", 1.0).is("jobs.in_system", 1e-3).is("cpu.utilisation", 1e-3);
    takes(&steps("[Fork([[Compute(\"cpu\", \"5 s\")], [Delay(\"1 s\"), Fail()]], join: Any)]").run(), 5.0);
    takes(&steps("[Fork([[Delay(\"4 s\")], [Delay(\"5 s\")], [Fail()]], join: Quorum(2))]").run(), 5.0);
}

#[test]
fn nested_forks_are_cancelled_whole() {
    let inner = "Fork([[Compute(\"cpu\", \"8 s\")], [Compute(\"disk\", \"8 s\")]])";
    let run = steps(&format!("[Fork([[Delay(\"2 s\")], [{inner}]], join: Any)]")).run();
    takes(&run, 2.0);
    run.is("cpu.utilisation", 2e-3).is("disk.utilisation", 2e-3).is("cpu.in_system", 2e-3);
}

#[test]
fn deadlines() {
    for (deadline, what, reliability) in [
        ("\"2 s\"", "in_time", 1.0),
        ("\"1.9 s\"", "late", 1.0),
        ("Hard(\"1.9 s\")", "too_late", 0.0),
        ("Hard(\"2 s\")", "in_time", 1.0),
    ] {
        let run = steps("[Compute(\"cpu\", \"2 s\")]").set("jobs.deadline", deadline).run();
        run.is(&format!("jobs.{what}"), 1.0)
            .is("jobs.reliability", reliability)
            .is("jobs.throughput", reliability * 1e-3);
    }
}

#[test]
fn balance_by_each_rule() {
    let by = |rule: &str| case("balance").set("jobs.steps[0].by", rule).run();
    // In turn and by the shortest queue each of the three gets a third; at random about a third.
    for rule in ["RoundRobin", "Random", "ShortestQueue", "PowerOf(2)"] {
        let run = by(rule);
        for station in ["a", "b", "c"] {
            run.holds(&format!("{station}.throughput"), 0.8, 0.02);
        }
    }
    // Random: three M/M/1. Round robin: arrivals are Erlang-3: between D and M. Shorter queues are better still.
    by("Random").holds("jobs.latency.mean", 5.0, 0.3);
    let means = ["Random", "RoundRobin", "PowerOf(2)", "ShortestQueue"].map(|rule| by(rule).value("jobs.latency.mean"));
    assert!(means[0] > means[1] && means[0] > means[2] && means[2] > means[3], "{means:?}");
    let gm1 = models::analytic::mg1::gm1(|s| (2.4 / (2.4 + s)).powi(3), 1.25, 1.0).unwrap();
    by("RoundRobin").holds("jobs.latency.mean", gm1.queue.sojourn, 0.3);
}

#[test]
fn in_turn_is_in_turn_whatever_else_takes_turns() {
    // The first branch has two instances with a turn of their own: each of them gets a quarter, the other station a half.
    let run = case("turns").run();
    run.near("a.throughput", 0.5, 0.003).near("b.throughput", 0.5, 0.003);
    run.is("a.in_system_max", 2.0).is("b.in_system_max", 1.0);
}

#[test]
fn choose_by_its_probabilities() {
    let run = case("choose").run();
    run.holds("a.throughput", 5.0, 0.05).holds("b.throughput", 3.0, 0.05).holds("c.throughput", 2.0, 0.05);
}

#[test]
fn become_switches_class() {
    // A request of a is served at low priority, then goes on as one of b: counted under a.
    let run = case("become").run();
    run.is("a.latency.max", 4.0).is("a.in_time", 1.0).is("a.throughput", 1e-3).is("b.throughput", 0.0);
    run.is("cpu.throughput", 2e-3);
}

#[test]
fn become_leaves_what_enclosed_it() {
    for enclosing in [
        "Retry(3, steps: [Become(\"b\")])",
        "Timeout(\"1 s\", [Become(\"b\")], otherwise: [])",
        "Repeat(2, [Become(\"b\")])",
    ] {
        let run = case("become")
            .set("a.steps", format!("[{enclosing}]"))
            .set("b.steps", "[Compute(\"cpu\", \"3 s\"), Fail()]")
            .run();
        run.is("a.failed", 1.0).is("cpu.throughput", 1e-3).is("a.in_system", 3e-3);
    }
    let refused = case("become").set("a.steps", "[Fork([[Become(\"b\")], [Delay(\"1 s\")]])]").refused();
    assert!(refused.contains("Become"), "{refused}");
}

#[test]
fn a_route_ends_where_it_says() {
    let text = "[Route(start: \"x\", moves: {\"x\": [(1, \"y\")], \"y\": [(1, Done)]}, steps: [Compute(\"disk\", \"2 s\", label: \"y\"), Compute(\"cpu\", \"1 s\", label: \"x\")]), Delay(\"1 s\")]";
    takes(&steps(text).run(), 4.0);
}
