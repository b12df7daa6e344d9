//! Worker pools: against Markov chains, and to the digit.

use tests::{Case, case};

/// One worker or two, and tasks at given times.
fn workers(scheduler: &str) -> Case {
    case("workers").set("cpu.scheduler", scheduler)
}

fn flow(case: Case, name: &str, at: &str, steps: &str) -> Case {
    case.set(&format!("{name}.arrivals"), format!("At([\"{at}\"])")).set(&format!("{name}.steps"), steps)
}

/// A body that spawns tasks of so many seconds each, in this order.
fn spawns(works: &[f64]) -> String {
    let all: Vec<String> = works.iter().map(|work| format!("Spawn([Compute(\"cpu\", \"{work} s\")])")).collect();
    all.join(", ")
}

#[test]
fn an_emptied_worker_that_tries_once_has_its_known_sojourn() {
    // The limit of many workers: 1.6180 at .5, 3.5414 at .9; with 128 workers 3.525 (Mitzenmacher 1998 has the equations).
    case("stealing").set("parameters.load", 0.5).run().near("jobs.latency.mean", 1.6180, 0.008);
    let run = case("stealing").run();
    run.near("jobs.latency.mean", 3.525, 0.06).holds("cpu.utilisation", 0.9, 0.01);
    // A worker is emptied, and tries, once for each task that leaves nobody behind; what it steals it gets by one try.
    run.near("cpu.stolen", run.value("cpu.steals"), 1e-9);
    assert!(run.value("cpu.steals") > 0.0 && run.value("cpu.failed_steals") > 0.0);
}

#[test]
fn without_stealing_each_worker_is_a_queue_of_its_own() {
    let run = case("stealing").set("parameters.load", 0.5).set("cpu.scheduler.steal", "Never").run();
    run.holds("jobs.latency.mean", 2.0, 0.04).is("cpu.steals", 0.0);
}

#[test]
fn where_stealing_is_free_and_complete_a_pool_is_an_m_m_c_queue() {
    // Erlang C: mean wait .204590 with ten workers and eight erlangs, whatever the way to them.
    for scheduler in [
        "ThreadPool",
        "WorkStealing(global_queue: 100_000)",
        "WorkStealing(arrivals: Random)",
        "WorkStealing(arrivals: Random, steal: One, search: OthersFirst, local: Lifo, local_queue: 4)",
        "WorkStealing(global_queue: 100_000, batch: Share, global_queue_interval: 3, slice: \"0.3 s\")",
        "Go(slice: \"0.3 s\")",
        "Tokio",
        "Tokio(LowLatency)",
    ] {
        let run = case("station")
            .set("parameters.rate", 8)
            .set("cpu.cores", 10)
            .set("cpu.scheduler", scheduler)
            .set("run.horizon", "\"10000 s\"")
            .run();
        println!("{scheduler}");
        run.holds("cpu.queue", 8.0 * 0.204590, 0.1).holds("jobs.latency.mean", 1.204590, 0.015);
        run.holds("cpu.utilisation", 0.8, 0.01);
    }
}

#[test]
fn the_order_of_local_queues_and_slots() {
    // A task of 1 s starts three of 1, 2 and 4 s. Sum of the waits by the order in which they come, over four starts.
    let first = format!("[Compute(\"cpu\", \"1 s\"), {}]", spawns(&[1.0, 2.0, 4.0]));
    for (scheduler, waits) in [
        // In order: 0, 1, 3.
        ("WorkStealing", 4.0),
        // The newest first: 4 s, 2 s, 1 s.
        ("WorkStealing(local: Lifo)", 0.0 + 4.0 + 6.0),
        // The newest is in the slot, the others in order.
        ("WorkStealing(lifo_slot: Private)", 0.0 + 4.0 + 5.0),
        ("Tokio", 9.0),
        ("Go(slice: \"10 s\")", 9.0),
        ("ThreadPool", 4.0),
    ] {
        let run = flow(workers(scheduler), "jobs", "0 s", &first).run();
        println!("{scheduler}");
        run.is("cpu.waiting", waits / 4.0).is("cpu.utilisation", 8.0 / 1000.0);
    }
}

#[test]
fn the_slot_is_left_after_so_many_tasks_in_a_row() {
    // x is in the local queue while each task of a chain puts the next one into the slot.
    let chain = (0..5).fold(String::new(), |rest, _| format!("Spawn([Compute(\"cpu\", \"1 s\"), {rest}])"));
    let chain = chain.replace(", ])", "])");
    let steps = format!("[Compute(\"cpu\", \"1 s\"), Spawn([Compute(\"cpu\", \"2 s\")]), {chain}]");
    // x is queued at 1 and starts after three of the chain, or after all five.
    let slots = |polls: u32| format!("WorkStealing(lifo_slot: Private, slot_polls: {polls})");
    flow(workers(&slots(3)), "jobs", "0 s", &steps).run().is("cpu.latency.max", 3.0 + 2.0);
    flow(workers(&slots(1)), "jobs", "0 s", &steps).run().is("cpu.latency.max", 1.0 + 2.0);
    flow(workers(&slots(100)), "jobs", "0 s", &steps).run().is("cpu.latency.max", 5.0 + 2.0);
}

#[test]
fn the_global_queue_is_looked_into_at_each_so_many_th_task() {
    // A task starts three of 1 s, which are local; one from outside waits in the global queue from .5 on.
    let first = format!("[Compute(\"cpu\", \"1 s\"), {}]", spawns(&[1.0, 1.0, 1.0]));
    for (interval, start) in [(0, 4.0), (61, 4.0), (1, 1.0), (2, 1.0), (3, 2.0), (4, 3.0)] {
        let case = workers(&format!("WorkStealing(global_queue_interval: {interval})"));
        let run = flow(flow(case, "jobs", "0 s", &first), "load", "0.5 s", "[Compute(\"cpu\", \"1 s\")]").run();
        run.is("load.latency.max", start + 1.0 - 0.5);
    }
    // Tasks of 1 s are long: the adaptive interval is 2.
    let run = flow(flow(workers("Tokio"), "jobs", "0 s", &first), "load", "0.5 s", "[Compute(\"cpu\", \"1 s\")]").run();
    run.is("load.latency.max", 1.5);
}

#[test]
fn half_of_a_full_local_queue_overflows_and_a_full_global_queue_drops() {
    let five = format!("[Compute(\"cpu\", \"1 s\"), {}]", spawns(&[1.0, 2.0, 4.0, 8.0, 16.0]));
    let run = flow(workers("WorkStealing(local_queue: 4)"), "jobs", "0 s", &five).run();
    // 1 and 2 go to the global queue: 4, 8, 16 come first. Waits 0, 4, 12, 28, 29 over six starts.
    run.is("cpu.overflowed", 2.0 / 1000.0).is("cpu.waiting", (4.0 + 12.0 + 28.0 + 29.0) / 6.0);
    // Mean in the global queue: two from 1 to 29, one to 30.
    run.is("cpu.global_queue", (2.0 * 28.0 + 1.0) / 1000.0);
    // Three more from outside while one is served: one waits, two are dropped.
    let outside = |overflow: &str| {
        case("workers")
            .set("cpu.scheduler", format!("WorkStealing(global_queue: 1, {overflow})"))
            .set("load.arrivals", "At([\"0.1 s\", \"0.2 s\", \"0.3 s\"])")
            .run()
    };
    outside("overflow: Drop").is("load.dropped", 2.0 / 3.0).is("cpu.dropped", 2.0 / 1000.0);
    outside("overflow: Local").is("load.dropped", 0.0).is("load.latency.max", 4.0 - 0.1);
    // Both full: nothing can move.
    outside("overflow: Local, local_queue: 1").is("load.dropped", 1.0 / 3.0);
    let run = case("workers").set("cpu.scheduler", "ThreadPool(1, queue: 2)");
    run.set("load.arrivals", "At([\"0.1 s\", \"0.2 s\", \"0.3 s\"])").run().is("load.dropped", 1.0 / 3.0);
}

/// Worker 0 starts eight tasks of 1 s at 1, worker 1 is busy until 2.5; something from outside waits from 2 on.
fn two(scheduler: &str) -> Case {
    let case = workers(scheduler).set("cpu.cores", 2);
    let case = flow(case, "jobs", "0 s", &format!("[Compute(\"cpu\", \"1 s\"), {}]", spawns(&[1.0; 8])));
    let case = flow(case, "load", "0 s", "[Compute(\"cpu\", \"2.5 s\")]");
    flow(case, "more", "2 s", "[Compute(\"cpu\", \"1 s\")]")
}

#[test]
fn a_thief_takes_one_or_half_from_the_global_queue_or_the_others_first() {
    // At 2.5 six are left with worker 0.
    let run = two("WorkStealing(global_queue_interval: 0)").run();
    // From outside first; at 3.5 five are left, of which it takes three; both have their last at 6.5 and 6.
    run.is("more.latency.max", 1.5).is("cpu.stolen", 3.0 / 1000.0).is("cpu.steals", 1.0 / 1000.0);
    let run = two("WorkStealing(global_queue_interval: 0, search: OthersFirst)").run();
    // Three of six at 2.5, at 5.5 nothing is left to steal: then from outside.
    run.is("more.latency.max", 5.5 + 1.0 - 2.0).is("cpu.stolen", 3.0 / 1000.0);
    // One at 2.5, 3.5, 4.5: of 6, 4, 2. At 5.5 nothing is left.
    let run = two("WorkStealing(global_queue_interval: 0, search: OthersFirst, steal: One)").run();
    run.is("more.latency.max", 4.5).is("cpu.stolen", 3.0 / 1000.0).is("cpu.steals", 3.0 / 1000.0);
    // Nothing is stolen: worker 0 serves all eight.
    let run = two("WorkStealing(global_queue_interval: 0, steal: Never)").run();
    run.is("cpu.stolen", 0.0).is("cpu.latency.max", 8.0).is("more.latency.max", 1.5);
    // A victim must have seven.
    two("WorkStealing(global_queue_interval: 0, threshold: 7)").run().is("cpu.stolen", 0.0);
}

#[test]
fn a_search_that_takes_time_occupies_its_worker() {
    let case = workers("WorkStealing(steal_cost: \"0.25 s\")").set("cpu.cores", 2);
    let case = flow(case, "jobs", "0 s", &format!("[Compute(\"cpu\", \"1 s\"), {}]", spawns(&[4.0, 4.0])));
    let run = flow(case, "load", "0 s", "[Compute(\"cpu\", \"2.5 s\")]").set("cpu.power", "(active: \"2 W\")").run();
    // At 2.5 worker 1 searches, and steals at 2.75; at 5 and at 6.75 workers search in vain.
    run.is("cpu.latency.max", 1.75 + 4.0).is("cpu.searching", 0.75 / 2.0 / 1000.0);
    run.is("cpu.utilisation", (1.0 + 2.5 + 8.0 + 0.75) / 2.0 / 1000.0).is("cpu.energy", 1.0 + 2.5 + 8.0 + 0.75);
    run.is("cpu.steals", 1.0 / 1000.0).is("cpu.failed_steals", 2.0 / 1000.0);
}

#[test]
fn at_most_a_share_of_the_workers_searches_at_once() {
    // Four workers end at the same time and find nothing: two may search, or all, or one.
    for (share, searches) in [("0.5", 2.0), ("1", 4.0), ("0.1", 1.0)] {
        let run = workers(&format!("WorkStealing(steal_cost: \"0.25 s\", searchers: {share})"))
            .set("cpu.cores", 4)
            .set("jobs.arrivals", "At([\"0 s\", \"0 s\", \"0 s\", \"0 s\"])")
            .run();
        run.is("cpu.searching", searches * 0.25 / 4.0 / 1000.0).is("jobs.latency.max", 1.0);
    }
}

#[test]
fn looking_after_events_takes_time_at_intervals() {
    let run = workers("WorkStealing(event_interval: 2, event_cost: \"0.1 s\")")
        .set("jobs.arrivals", "At([\"0 s\", \"0 s\", \"0 s\", \"0 s\", \"0 s\"])")
        .run();
    run.is("jobs.latency.max", 5.2).is("cpu.utilisation", 5.2 / 1000.0);
}

#[test]
fn more_threads_than_cores_share_them() {
    let pool = |threads: u32| {
        case("workers")
            .set("cpu.scheduler", format!("ThreadPool({threads})"))
            .set("cpu.power", "(idle: \"1 W\", active: \"3 W\")")
            .set("jobs.arrivals", "At([\"0 s\", \"0 s\", \"0 s\", \"0 s\"])")
            .run()
    };
    for (threads, first, mean) in [(1, 1.0, 2.5), (2, 2.0, 3.0), (4, 4.0, 4.0), (100, 4.0, 4.0)] {
        let run = pool(threads);
        run.is("jobs.latency.min", first).is("jobs.latency.mean", mean).is("jobs.latency.max", 4.0);
        run.is("cpu.utilisation", 4.0 / 1000.0).is("cpu.energy", 1000.0 + 2.0 * 4.0);
    }
    // As many as there are jobs: processor sharing, 1/(1 - .8) whatever the service.
    for service in ["\"1 s\"", "HyperExponential(mean: \"1 s\", scv: 4)"] {
        let run = case("station")
            .set("cpu.scheduler", "ThreadPool(500)")
            .set("jobs.serve.work", service)
            .set("run.horizon", "\"20000 s\"")
            .run();
        run.holds("jobs.latency.mean", 5.0, 0.6).holds("cpu.utilisation", 0.8, 0.02);
    }
}

#[test]
fn blocking_tasks_have_threads_of_their_own_that_share_the_cores() {
    let blocked = |scheduler: &str| {
        let case = workers(scheduler).set("jobs.arrivals", "At([\"0 s\", \"0 s\"])");
        let case = case.set("jobs.steps", "[Compute(\"cpu\", \"1 s\", blocking: true)]");
        flow(case, "load", "0 s", "[Compute(\"cpu\", \"1 s\")]").run()
    };
    // All three run at a third of the core.
    let run = blocked("Tokio");
    run.is("jobs.latency.max", 3.0).is("load.latency.max", 3.0).is("cpu.utilisation", 3.0 / 1000.0);
    run.is("cpu.blocking_threads_max", 2.0).is("cpu.blocking_threads", 2.0 * 3.0 / 1000.0);
    // A worker and two threads of 2 MiB.
    run.is("cpu.stack_memory", 3.0 * 2.0 * 8.0 * 1024.0 * 1024.0);
    // One thread per core: the second waits. Halves until 2, then the second and nobody else.
    let run = blocked("Tokio(LowLatency)");
    run.is("load.latency.max", 2.0).is("jobs.latency.min", 2.0).is("jobs.latency.max", 3.0);
    run.is("cpu.stack_memory", 2.0 * 8e6);
    // Slices are for tasks only.
    blocked("Go").is("jobs.latency.max", 3.0);
}

#[test]
fn a_preset_has_the_parameters_of_its_runtime() {
    // Four tasks on two cores: 2 workers, or 4 that share.
    for (preset, first, stacks) in
        [("Stock", 1.0, 2.0 * 2.097152), ("Balanced", 1.0, 4.0), ("HighThroughput", 2.0, 16.0)]
    {
        let run = workers(&format!("Tokio({preset})"))
            .set("cpu.cores", 2)
            .set("jobs.arrivals", "At([\"0 s\", \"0 s\", \"0 s\", \"0 s\"])")
            .run();
        run.is("jobs.latency.min", first).is("jobs.latency.max", 2.0).near("cpu.stack_memory", stacks * 8e6, 1.0);
    }
    // Slices of 10 ms: a long task makes way for a short one.
    let run = flow(workers("Go"), "load", "0 s", "[Compute(\"cpu\", \"1 ms\")]").run();
    run.is("load.latency.max", 0.011).is("jobs.latency.max", 1.001);
    flow(workers("Tokio"), "load", "0 s", "[Compute(\"cpu\", \"1 ms\")]").run().is("load.latency.max", 1.001);
}

#[test]
fn tasks_that_are_cancelled_leave_wherever_they_wait() {
    // Queued locally, in the slot, globally, for a thread, and in service, when the timeout comes at 1.5.
    let bodies = "[[Compute(\"cpu\", \"1 s\")], [Compute(\"cpu\", \"1 s\")], [Compute(\"cpu\", \"1 s\")], \
                  [Compute(\"cpu\", \"9 s\", blocking: true)], [Compute(\"cpu\", \"9 s\", blocking: true)]]";
    let steps = format!("[Compute(\"cpu\", \"1 s\"), Timeout(\"0.5 s\", [Fork({bodies})], otherwise: [])]");
    for scheduler in [
        "WorkStealing(lifo_slot: Private, blocking: 1)",
        "WorkStealing(local_queue: 0, blocking: 1)",
        "WorkStealing(local: Lifo, blocking: 1)",
    ] {
        let case = flow(workers(scheduler), "jobs", "0 s", &steps);
        let run = flow(case, "load", "10 s", "[Compute(\"cpu\", \"1 s\")]").run();
        println!("{scheduler}");
        run.is("jobs.latency.max", 1.5).is("load.latency.max", 1.0).is("cpu.aborted", 5.0 / 1000.0);
        run.is("cpu.utilisation", (1.5 + 1.0) / 1000.0).is("cpu.queue", 3.0 * 0.5 / 1000.0);
    }
}

#[test]
fn what_is_wrong_with_a_pool_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says(workers("WorkStealing(steal: Most)"), &["Most", "Half"]);
    says(workers("WorkStealing(local_queue: 0, arrivals: Random)"), &["no local queues"]);
    says(workers("WorkStealing(steal_cost: \"-1 s\")"), &["negative"]);
    says(workers("WorkStealing(workers: 0)"), &["not possible"]);
    says(workers("Tokio").set("cpu.setup", "\"1 s\""), &["always on duty"]);
    says(workers("Tokio").set("cpu.schedule", "[(\"1 s\", 1)]"), &["always on duty"]);
    says(workers("ThreadPool(3)").set("cpu.cores", "[(1, 1), (1, 0.5)]"), &["one speed"]);
    says(workers("Fcfs").set("jobs.steps", "[Compute(\"cpu\", \"1 s\", blocking: true)]"), &["no blocking pool"]);
    says(workers("Tokio").set("jobs.steps", "[Compute(\"cpu\", \"1 s\", servers: 1)]"), &["one worker"]);
    let failures = "Failures(time_to_failure: \"1 s\", repair: \"1 s\", of: Server)";
    says(workers("Go").set("cpu.failures", failures), &["one by one"]);
    says(case("link").set("link.scheduler", "Go"), &["a Network has no workers"]);
}
