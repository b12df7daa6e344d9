//! Sources: what arrives when.

use tests::{Case, case};

fn workload(arrivals: &str) -> Case {
    case("workload").set("jobs.arrivals", arrivals)
}

#[test]
fn rates_are_per_instance() {
    for (arrivals, rate, tolerance) in [
        ("Poisson(\"2 /s\")", 2.0, 0.05),
        ("Poisson(rate: \"2 /s\", merged: false)", 2.0, 0.05),
        ("Renewal(Erlang(4, \"0.5 s\"))", 2.0, 0.05),
        ("Periodic(\"0.5 s\")", 2.0, 0.002),
        ("Periodic(every: \"0.5 s\", jitter: Uniform(\"0 s\", \"0.2 s\"))", 2.0, 0.002),
        ("TimeVarying([(\"10 s\", \"3 /s\"), (\"10 s\", \"1 /s\")])", 2.0, 0.05),
        // Half of the time in each state: (5 + 1)/2; a third at 6 and two thirds at 0.
        ("MarkovModulated(states: [(\"3 /s\", \"2 s\"), (\"1 /s\", \"2 s\")])", 2.0, 0.1),
        ("MarkovModulated(states: [(\"6 /s\", \"2 s\"), (\"0 /s\", \"4 s\")])", 2.0, 0.2),
        ("Batch(Uniform(\"1\", \"3\"), Poisson(\"1 /s\"))", 2.0, 0.1),
        ("Batch(4, Periodic(\"2 s\"))", 2.0, 0.05),
    ] {
        for count in [1, 10] {
            let run = workload(arrivals).set("parameters.count", count).run();
            let count = f64::from(count);
            run.near("jobs.throughput", rate * count, tolerance * count);
        }
    }
}

#[test]
fn modulated_sources_follow_their_moves() {
    // From 1 always to 2, from 2 back to 1 or on to 3 with equal chances, from 3 to 1: visits 2 : 2 : 1.
    let moves = "[[0, 1, 0], [0.5, 0, 0.5], [1, 0, 0]]";
    let states = "[(\"1 /s\", \"1 s\"), (\"2 /s\", \"1 s\"), (\"10 /s\", \"2 s\")]";
    let rate = (2.0 + 4.0 + 20.0) / (2.0 + 2.0 + 2.0);
    workload(&format!("MarkovModulated(states: {states}, moves: {moves})")).set("run.horizon", "5000 s").run().holds(
        "jobs.throughput",
        rate,
        0.15,
    );
}

#[test]
fn periodic_sources_start_after_a_period_and_do_not_drift() {
    let births = |arrivals: &str, horizon: &str| {
        let run = workload(arrivals).set("run.horizon", horizon).set("run.replications", 1).replication(0);
        run.flows[0].born
    };
    assert_eq!(births("Periodic(\"2 s\")", "1.999 s"), 0);
    assert_eq!(births("Periodic(\"2 s\")", "2 s"), 1);
    assert_eq!(births("Periodic(\"2 s\")", "20 s"), 10);
    assert_eq!(births("Periodic(every: \"2 s\", first: \"0 s\")", "20 s"), 11);
    assert_eq!(births("Periodic(every: \"2 s\", first: \"0.5 s\")", "20 s"), 10);
    // Jitter of always .9 s shifts, it does not add up.
    assert_eq!(births("Periodic(every: \"1 s\", jitter: \"0.9 s\")", "100 s"), 99);
    assert_eq!(births("Periodic(every: \"1 s\", jitter: \"0.9 s\")", "100.9 s"), 100);
    // Many sources have phases of their own: within every period each sends once.
    let many = workload("Periodic(\"2 s\")").set("parameters.count", 500).set("run.horizon", "20 s").replication(0);
    assert_eq!(many.flows[0].born, 5000);
    let early = workload("Periodic(\"2 s\")").set("parameters.count", 500).set("run.horizon", "1 s").replication(0);
    assert!((200..300).contains(&early.flows[0].born), "{}", early.flows[0].born);
}

#[test]
fn given_times() {
    let run = workload("At([\"0 s\", \"1 s\", \"1 s\", \"1000 s\"])").set("run.replications", 1).run();
    run.is("jobs.throughput", 3e-3);
    assert_eq!(workload("At([\"0 s\", \"1 s\", \"1 s\", \"1000 s\"])").replication(0).flows[0].born, 4);
    let trace = workload("Trace(file: \"trace.csv\", unit: \"1 ms\")");
    for (horizon, born) in [("499 ms", 0), ("500 ms", 1), ("1500 ms", 3), ("4 s", 4), ("400 s", 4)] {
        assert_eq!(trace.clone().set("run.horizon", horizon).replication(0).flows[0].born, born, "{horizon}");
    }
    // A column of demands: 1, 2, 3 and 4 s.
    let run = trace.set("jobs.serve.work", "Trace(file: \"trace.csv\", column: 1)").run();
    run.is("jobs.latency.mean", 2.5).is("jobs.latency.max", 4.0);
}

#[test]
fn time_varying_rates_are_followed() {
    // 3000 in the first half of each period, none in the second.
    let born = |horizon: &str| {
        workload("TimeVarying([(\"10 s\", \"300 /s\"), (\"10 s\", \"0 /s\")])")
            .set("run.horizon", horizon)
            .replication(0)
            .flows[0]
            .born
    };
    let (half, whole) = (born("10 s"), born("20 s"));
    assert!((2700..3300).contains(&half), "{half}");
    assert_eq!(half, whole);
}

#[test]
fn a_slow_modulation_is_a_mixture_of_poisson_queues() {
    // Stays far longer than the station remembers: half of the time M/M/1 at .2, half at .6.
    let present = (0.25 + 1.5) / 2.0;
    case("station")
        .set("jobs.arrivals", "MarkovModulated(states: [(\"0.2 /s\", \"2000 s\"), (\"0.6 /s\", \"2000 s\")])")
        .set("run.horizon", "100000 s")
        .run()
        .near("cpu.in_system", present, 0.12);
}

#[test]
fn users_of_each_instance() {
    // Ten devices with three users each, who think for 1 s and are served at once.
    workload("Closed(users: 3, think: Exponential(\"0.999 s\"))").set("parameters.count", 10).run().holds(
        "jobs.throughput",
        30.0,
        0.3,
    );
}

#[test]
fn saturated_stations_are_always_busy() {
    let saturated =
        || workload("Saturated").set("cpu.cores", 3).set("jobs.serve.work", "1 s").set("run.horizon", "100 s");
    let run = saturated().run();
    run.is("cpu.utilisation", 1.0).is("jobs.throughput", 3.0).is("cpu.queue", 1.0);
    for balance in ["RoundRobin", "Random", "ShortestQueue"] {
        let run = saturated()
            .set("cpu.count", 4)
            .set("cpu.balance", balance)
            .set("jobs.serve.work", "Exponential(\"1 s\")")
            .run();
        run.is("cpu.utilisation", 1.0).near("cpu.queue", 4.0, 1e-6);
    }
    saturated().set("cpu.scheduler", "Sharing").run().is("cpu.utilisation", 1.0);
    for scheduler in ["Fcfs", "Sjf", "Sharing", "RoundRobin(\"300 ms\")"] {
        saturated().set("cpu.limit", 3).set("cpu.scheduler", scheduler).run().is("cpu.utilisation", 1.0);
        saturated().set("cpu.scheduler", scheduler).run().is("cpu.utilisation", 1.0);
    }
    // From the first instant on, and only with the servers on duty.
    let run = saturated().set("cpu.schedule", "[(\"10 s\", 1), (\"10 s\", 3)]").set("run.horizon", "10 s").run();
    run.is("jobs.throughput", 1.0);
    assert_eq!(saturated().set("run.horizon", "1 s").replication(0).flows[0].born, 7);
    // Devices that compute by themselves.
    let run =
        workload("Saturated").set("parameters.count", 5).set("jobs.steps", "[Compute(\"things\", \"1 s\")]").run();
    run.is("things.utilisation", 1.0).is("jobs.throughput", 5.0);
}

#[test]
fn a_batch_comes_from_one_instance() {
    // Each of a hundred devices computes for itself: a batch of four takes 1, 2, 3 and 4 s.
    let run = workload("Batch(4, Poisson(\"0.001 /s\"))")
        .set("parameters.count", 100)
        .set("jobs.steps", "[Compute(\"things\", \"1 s\")]")
        .run();
    run.near("jobs.latency.mean", 2.5, 0.05);
}
