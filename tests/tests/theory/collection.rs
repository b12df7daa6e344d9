//! Garbage collection, and what it does to the processor that it shares.

use tests::books::books;
use tests::{Case, case};

/// Cycles start at .51, 1.01, .. s, mark 50 ms of work on a quarter of the core, and are over after 200 ms.
fn collection() -> Case {
    case("collection")
}

#[test]
fn cycles_come_as_often_as_allocation_fills_the_heap_and_cost_the_marking_of_what_is_alive() {
    let run = collection().run();
    run.is("heap.cycle_time", 0.5).is("heap.collections", 2.0).is("heap.collection", 0.10).is("heap.stopped", 0.0);
    run.is("heap.live", 50e6 * 8.0).is("heap.pause", 0.0).near("heap.heap_peak", 120e6 * 8.0, 1.01e6 * 8.0);
    // 101 to 120 MB while it marks, then 71 to 100 MB, in steps of 10 ms.
    run.is("heap.heap", 95.5e6 * 8.0);
    let run = collection().set("heap.gogc", 200).run();
    run.is("heap.cycle_time", 1.0).is("heap.collections", 1.0).is("heap.collection", 0.05);
    // Four cores mark on one of them.
    let run = collection().set("cpu.cores", 4).run();
    run.is("heap.cycle_time", 0.5).is("heap.collection", 0.10 / 4.0);
    // Nothing alive: the least goal is 4 MiB x GOGC/100, of which four objects fit; there is nothing to mark.
    let run = collection().set("heap.live", "\"0 B\"").run();
    run.is("heap.cycle_time", 0.04).is("heap.collection", 0.0).is("heap.heap_peak", 4e6 * 8.0);
    let run = collection().set("heap.live", "\"0 B\"").set("heap.gogc", 50).run();
    run.is("heap.cycle_time", 0.02);
}

#[test]
fn what_requests_hold_is_alive_and_marked() {
    // Ten objects of 1 MB are held at any time, and five more live on: 65 MB alive.
    let run = collection().set("garbage.take.steps", "[Delay(\"99 ms\")]").set("garbage.take.lives", "\"50 ms\"").run();
    run.is("heap.objects", 14.9).is("heap.live", 64.9e6 * 8.0).is("heap.live_peak", 65e6 * 8.0);
    run.near("heap.cycle_time", 0.65, 0.011).near("heap.collection", 0.10, 0.001);
    // By Little's law, with random times.
    let run = collection()
        .set("garbage.arrivals", "Poisson(\"100 /s\")")
        .set("garbage.take.steps", "[Delay(Exponential(\"100 ms\"))]")
        .set("garbage.take.lives", "Exponential(\"50 ms\")")
        .set("run.replications", 10)
        .run();
    run.holds("heap.objects", 15.0, 0.3).holds("heap.in_system", 10.0, 0.2).holds("heap.live", 520e6, 3e6);
}

const DISCIPLINES: [&str; 12] = [
    "Fcfs",
    "Lifo",
    "LifoPreemptive",
    "Random",
    "Priority",
    "Priority(Resume)",
    "Edf(Resume)",
    "Sjf",
    "Srpt",
    "RoundRobin(\"70 ms\")",
    "Sharing",
    "WeightedSharing",
];

#[test]
fn services_share_what_marking_leaves_of_the_cores() {
    for discipline in DISCIPLINES {
        let case = collection().set("cpu.scheduler", discipline);
        // From 10.51 s on 200 ms at three quarters: 150 ms done, the rest at full speed.
        let run = case.clone().run();
        run.near("jobs.latency.max", 0.35, 2e-9);
        // Marks in 50 ms on one of four cores: one service does not notice, four share the other three.
        let four = case.clone().set("cpu.cores", 4);
        four.run().near("jobs.latency.max", 0.3, 2e-9);
        let run = four.set("jobs.arrivals", format!("At([{}])", ["\"10.51 s\""; 4].join(", "))).run();
        run.near("jobs.latency.max", 0.3125, 2e-9).near("jobs.latency.min", 0.3125, 2e-9);
        // A service from before: 10 ms alone, 200 ms at three quarters, 140 ms alone.
        let run = case.set("jobs.arrivals", "At([\"10.5 s\"])").run();
        run.near("jobs.latency.max", 0.35, 2e-9);
    }
}

#[test]
fn services_stop_in_pauses_and_go_on_where_they_were() {
    for discipline in DISCIPLINES {
        let case = collection().set("cpu.scheduler", discipline).set("heap.pause", "\"10 ms\"");
        let run = case.clone().run();
        // 10 ms, 200 ms at three quarters, 10 ms, 150 ms.
        run.near("jobs.latency.max", 0.37, 2e-9).is("heap.stopped", 0.04).is("heap.pause_max", 0.01);
        run.is("heap.cycle_time", 0.5).is("cpu.availability", 1.0).is("heap.collection", 0.10);
        // It comes in the middle of a pause, in which nobody starts; two more wait behind it.
        let run = case.set("jobs.arrivals", "At([\"10.515 s\"])").set("jobs.serve.work", "\"0.15 s\"").run();
        run.near("jobs.latency.max", 0.005 + 0.2, 2e-9);
    }
    // Who waits is counted as waiting, and is served in its order after the pause.
    let run = collection()
        .set("heap.pause", "\"10 ms\"")
        .set("cpu.scheduler", "Sjf")
        .set("jobs.arrivals", "At([\"10.511 s\", \"10.512 s\"])")
        .set("jobs.serve.work", "Sequence([\"30 ms\", \"15 ms\"])")
        .run();
    // From 10.52 s on at three quarters: 20 ms for the short one, then 40 ms.
    run.near("jobs.latency.min", 0.028, 2e-9).near("jobs.latency.max", 0.069, 2e-9);
    run.near("cpu.waiting", (0.008 + 0.029) / 2.0, 2e-9);
}

#[test]
fn pauses_show_in_the_tail() {
    // Requests of next to no work see the rest of the pause that they come in: stopped .04, uniform up to 10 ms.
    let run = collection()
        .set("heap.pause", "\"10 ms\"")
        .set("jobs.arrivals", "Poisson(\"20 /s\")")
        .set("jobs.serve.work", "\"1 ns\"")
        .set("run.horizon", "\"2010 s\"")
        .set("run.replications", 10)
        .run();
    run.holds("jobs.latency.mean", 0.04 * 0.005, 1e-5).near("jobs.latency.p99", 0.0075, 3e-4);
    run.near("jobs.latency.p50", 1e-9, 1e-8).near("jobs.latency.max", 0.01, 2e-5);
    let off = collection().set("jobs.arrivals", "Poisson(\"20 /s\")").set("jobs.serve.work", "\"1 ns\"").run();
    assert!(off.value("jobs.latency.p99") < 1e-6);
}

#[test]
fn capacity_falls_by_the_share_of_collection() {
    // A saturated core, 1 ms and 100 kB per request: X = X0 / (1 + X0 x 100 kB x mark x 100/GOGC).
    let saturated = |gogc: u32| {
        collection()
            .set("jobs.arrivals", "Saturated")
            .set("jobs.steps", "[Compute(\"cpu\", \"1 ms\"), Allocate(\"heap\", \"100 kB\")]")
            .set("garbage.arrivals", "At([\"0 s\"])")
            .set("heap.gogc", gogc)
            .run()
    };
    for (gogc, cost) in [(100, 0.1), (200, 0.05), (50, 0.2)] {
        let run = saturated(gogc);
        let share = cost / (1.0 + cost);
        run.near("jobs.throughput", 1000.0 / (1.0 + cost), 1.0).near("heap.collection", share, 0.001);
        run.near("cpu.utilisation", 1.0, 1e-9);
    }
    // As good as off.
    saturated(1_000_000_000).near("jobs.throughput", 1000.0, 0.02);
}

#[test]
fn a_processor_without_services_draws_power_for_its_collector() {
    let run =
        collection().set("cpu.power", "(idle: \"1 W\", active: \"11 W\")").set("jobs.arrivals", "At([\"0 s\"])").run();
    run.is("cpu.utilisation", 0.10).is("cpu.power", 2.0);
    // In a pause all of it works.
    let run = collection().set("heap.pause", "\"10 ms\"").set("jobs.arrivals", "At([\"0 s\"])").run();
    run.is("cpu.utilisation", 0.14);
    // With a sweep of a tenth of a nanosecond for each byte of the heap, 122 MB when it starts, on a quarter.
    let run = collection().set("heap.sweep", "\"0.1 ns/B\"").set("jobs.arrivals", "At([\"0 s\"])").run();
    run.near("heap.collection", 0.10 + 120e6 * 0.1e-9 / 0.5, 3e-4);
}

#[test]
fn a_full_heap_makes_requests_wait_for_a_collection() {
    // 60 MB at most: ten objects; the next one waits for 200 ms of marking, and then nine more are free.
    let run = collection()
        .set("heap.limit", "\"60 MB\"")
        .set("heap.gogc", 1_000_000)
        .set("garbage.arrivals", "Periodic(\"100 ms\")")
        .run();
    // Starts at the eleventh, which waits, and two more behind it; 7 s later again.
    run.near("garbage.latency.max", 0.2, 1e-9).is("heap.heap_peak", 60e6 * 8.0).is("heap.cycle_time", 1.0);
    run.is("heap.queue", (0.2 + 0.1) / 1.0).is("garbage.reliability", 1.0);
    let run = collection().set("heap.limit", "\"50.5 MB\"").run();
    run.is("garbage.refused", 1.0);
}

#[test]
fn books_balance_whatever_else_happens_to_the_processor() {
    let troubles = [
        "failures: (time_to_failure: Exponential(\"2 s\"), repair: Exponential(\"0.3 s\"), interrupted: Resume), ",
        "failures: (time_to_failure: Exponential(\"2 s\"), repair: Exponential(\"0.3 s\"), interrupted: Restart), ",
        "failures: (time_to_failure: Exponential(\"2 s\"), repair: Exponential(\"0.3 s\"), interrupted: Lose), ",
        "schedule: [(\"1 s\", 3), (\"0.7 s\", 1)], ",
        "limit: 5, full: Block, ",
        "load: Occupancy(5), laws: (throughput: Linear(0.5), energy: Linear(1)), ",
        "load: Utilisation(\"1 s\"), laws: (latency: Linear(0.5)), ",
        "reliability: 0.9, ",
        "setup: Exponential(\"0.1 s\"), ",
        "vacation: Exponential(\"0.1 s\"), ",
        "wake: AtLeast(3), ",
    ];
    for discipline in DISCIPLINES {
        for trouble in troubles {
            let rests = ["setup", "vacation", "wake"].iter().any(|word| trouble.starts_with(word));
            if rests && discipline.contains("Sharing") {
                continue;
            }
            let cpu = format!(
                "Processor(cores: 3, scheduler: {discipline}, {trouble}power: (idle: \"1 W\", active: \"3 W\"))"
            );
            let steps = "[Timeout(\"1 s\", [Allocate(\"heap\", \"1 MB\", [
                Compute(\"cpu\", Exponential(\"0.1 s\")),
                Fork([[Compute(\"cpu\", \"50 ms\")], [Compute(on: \"cpu\", work: \"30 ms\", servers: 2)]], join: Any),
            ], lives: Exponential(\"0.1 s\"))], otherwise: [])]";
            let case = collection()
                .set("cpu", &cpu)
                .set("heap.pause", "Exponential(\"20 ms\")")
                .set("heap.limit", "\"150 MB\"")
                .set("heap.allocation", "\"1 ms\"")
                .set("jobs.arrivals", "Poisson(\"12 /s\")")
                .set("jobs.priority", "High")
                .set("jobs.deadline", "\"1 s\"")
                .set("jobs.steps", steps)
                .set("run.horizon", "\"60 s\"")
                .set("run.warm_up", "\"3 s\"");
            let run = case.replication(0);
            let name = format!("{discipline} {trouble}");
            books(&name, &run);
            let again = case.replication(0);
            assert_eq!((run.events, run.fingerprint), (again.events, again.fingerprint), "{name}");
            assert!(run.flows.iter().all(|flow| flow.throughput > 0.0), "{name}");
        }
    }
}

#[test]
fn devices_have_heaps_of_their_own() {
    let run = collection()
        .set("cpu", "Device(count: 3)")
        .set("heap.per", "\"cpu\"")
        .set("other.per", "\"cpu\"")
        .set("heap.pause", "\"10 ms\"")
        .set("garbage.from", "\"cpu\"")
        .set("garbage.arrivals", "Periodic(\"10 ms\", first: \"10 ms\")")
        .set("jobs.from", "\"cpu\"")
        .run();
    // Each collects by itself, as one alone does.
    run.is("heap.collections", 6.0).is("heap.cycle_time", 0.5).is("heap.collection", 0.10).is("heap.stopped", 0.04);
    run.is("heap.live", 150e6 * 8.0).near("jobs.latency.max", 0.37, 2e-9);
}

#[test]
fn two_heaps_on_one_processor_take_their_shares_together() {
    // In step: half of the core is left while both mark.
    let run = collection().set("garbage.steps", "[Allocate(\"heap\", \"1 MB\"), Allocate(\"other\", \"1 MB\")]").run();
    run.near("jobs.latency.max", 0.4, 2e-9).is("heap.collection", 0.10).is("other.collection", 0.10);
}

#[test]
fn what_is_wrong_with_a_collector_is_said() {
    let says = |path: &str, value: &str, words: &[&str]| {
        let text = collection().set(path, value).refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says("heap", "Collector()", &["on: \"cpu\""]);
    says("heap.on", "\"heap\"", &["is a Collector"]);
    says("heap.gogc", "0", &["not positive"]);
    says("heap.share", "0", &["without cores"]);
    says("heap.mark", "\"1 ns\"", &["a time per amount of data"]);
    says("heap.limit", "\"50 MB\"", &["always alive"]);
    says("heap.live", "\"1e9 TB\"", &["no machine"]);
    says("cpu.count", "2", &["several instances", "per: \"cpu\""]);
    says("cpu", "Device(battery: \"1 kJ\", power: (idle: \"1 W\"))", &["battery"]);
}
