//! Results that are awaited: polling burns the processor, waking does not.

use tests::case;

fn awaits(jobs: &str) -> tests::Case {
    case("workers").set("cpu.scheduler", "Fcfs").set("jobs.steps", jobs)
}

#[test]
fn a_poller_burns_the_processor_until_the_result_is_there() {
    // Ten polls of 1 s; the eleventh is not needed.
    let run = awaits("[Await(on: \"cpu\", time: \"9.5 s\", mode: Polling, poll: \"1 s\")]").run();
    run.is("jobs.latency.max", 10.0).is("cpu.utilisation", 10.0 / 1000.0).is("cpu.throughput", 10.0 / 1000.0);
    // Woken: a poll, the rest of the time, and a poll.
    let run = awaits("[Await(on: \"cpu\", time: \"9.5 s\", poll: \"1 s\")]").run();
    run.is("jobs.latency.max", 10.5).is("cpu.utilisation", 2.0 / 1000.0).is("cpu.throughput", 2.0 / 1000.0);
    // There before the first poll ends.
    let run = awaits("[Await(on: \"cpu\", time: \"0.5 s\", mode: Polling, poll: \"1 s\")]").run();
    run.is("jobs.latency.max", 1.0).is("cpu.throughput", 1.0 / 1000.0);
}

#[test]
fn a_pending_task_goes_to_the_back_of_the_queue() {
    // A task of 2 s that comes at 2.5 has its turn after the poll that runs; the result of 4 s is seen at 6.
    for scheduler in ["Fcfs", "WorkStealing", "Tokio"] {
        let run = awaits("[Await(on: \"cpu\", time: \"4 s\", mode: Polling, poll: \"1 s\")]")
            .set("cpu.scheduler", scheduler)
            .set("load.arrivals", "At([\"2.5 s\"])")
            .set("load.steps", "[Compute(\"cpu\", \"2 s\")]")
            .run();
        println!("{scheduler}");
        if scheduler == "Fcfs" {
            run.is("load.latency.max", 2.5).is("jobs.latency.max", 6.0);
        }
        run.is("cpu.utilisation", 6.0 / 1000.0);
    }
}

#[test]
fn what_polling_burns_follows_from_who_awaits() {
    // Results of mean 1 s are asked for at .5 a second: M/G/infinity, somebody awaits for a share 1 - e^-.5 of the time,
    // in which short polls keep the core busy. Woken, each costs two polls.
    let run = |mode: &str| {
        case("station")
            .set("parameters.rate", 0.5)
            .set(
                "jobs.steps",
                format!("[Await(on: \"cpu\", time: Exponential(\"1 s\"), mode: {mode}, poll: \"1 ms\")]"),
            )
            .set("run.replications", 8)
            .set("run.horizon", "\"3000 s\"")
            .set("run.warm_up", "\"100 s\"")
            .run()
    };
    let polling = run("Polling");
    polling.near("cpu.utilisation", 1.0 - (-0.5_f64).exp(), 0.01).near("jobs.latency.mean", 1.0, 0.03);
    let waking = run("Waking");
    waking.near("cpu.utilisation", 0.5 * 2.0 * 0.001, 3e-5).near("jobs.latency.mean", 1.001, 0.03);
}

#[test]
fn a_cancelled_await_stops_polling() {
    for mode in ["Polling", "Waking"] {
        let body = format!("[Await(on: \"cpu\", time: \"9 s\", mode: {mode}, poll: \"1 s\")]");
        let run = awaits(&format!("[Timeout(\"3.5 s\", {body}, otherwise: [])]")).run();
        let burnt = if mode == "Polling" { 3.5 } else { 1.0 };
        run.is("jobs.latency.max", 3.5).is("cpu.utilisation", burnt / 1000.0);
    }
    let text = awaits("[Await(on: \"cpu\", time: \"1 s\", poll: \"0 s\")]").refused();
    assert!(text.contains("not positive"), "{text}");
}
