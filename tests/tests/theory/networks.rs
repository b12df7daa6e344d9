//! Networks of stations with product form, and those with a small Markov chain.

use tests::{Case, case};

#[test]
fn ten_in_series() {
    let run = case("series").run();
    run.holds("jobs.latency.mean", 50.0, 2.0);
    for station in ["s0", "s4", "s9"] {
        run.holds(&format!("{station}.latency.mean"), 5.0, 0.4);
    }
}

#[test]
fn closed_network() {
    case("central_server")
        .run()
        .holds("jobs.throughput", 0.151516, 0.0015)
        .holds("a.in_system", 0.394657, 0.006)
        .holds("b.in_system", 0.097566, 0.0015)
        .holds("c.in_system", 0.235030, 0.004);
    case("central_server")
        .set("jobs.arrivals.users", 10)
        .run()
        .holds("jobs.throughput", 0.400205, 0.003)
        .holds("a.in_system", 2.656170, 0.08)
        .holds("b.in_system", 0.311573, 0.005)
        .holds("c.in_system", 1.029188, 0.03);
}

#[test]
fn a_closed_network_with_a_load_dependent_station() {
    case("load_dependent")
        .run()
        .holds("jobs.throughput", 0.4036174845, 0.003)
        .holds("a.in_system", 1.6721204, 0.03)
        .holds("b.in_system", 3.3278796, 0.03);
    // Shared, the rate is that of the whole station: the same product form.
    case("load_dependent").set("b.scheduler", "Sharing").run().holds("jobs.throughput", 0.4036174845, 0.003).holds(
        "b.in_system",
        3.3278796,
        0.03,
    );
}

#[test]
fn an_interactive_system() {
    case("closed_pool").run().holds("jobs.throughput", 1.3333333, 0.008).holds("jobs.latency.mean", 11.0, 0.08);
}

#[test]
fn two_closed_classes() {
    case("two_closed_classes")
        .run()
        .holds("a.throughput", 0.8975019, 0.006)
        .holds("b.throughput", 0.2557871, 0.003)
        .holds("a.in_system", 3.1024981, 0.01)
        .holds("b.in_system", 1.4884258, 0.01);
}

#[test]
fn fork_and_join() {
    let run = case("fork_join").run();
    run.holds("jobs.throughput", 0.8823627, 0.006)
        .holds("left.in_system", 2.6367904, 0.04)
        .holds("right.in_system", 2.6367904, 0.04)
        .holds("jobs.latency.mean", 4.6666039, 0.05);
}

fn tandem(slots: u32) -> Case {
    case("tandem").set("parameters.slots", slots)
}

#[test]
fn blocking_after_service() {
    // With b slots between two equal exponential stations: (b + 2)/(b + 3) of the time the first is not blocked.
    for slots in [0, 1, 4] {
        let exact = f64::from(slots + 2) / f64::from(slots + 3);
        let run = tandem(slots).run();
        run.holds("jobs.throughput", exact, 0.008)
            .holds("first.utilisation", exact, 0.008)
            .holds("first.blocked", 1.0 - exact, 0.008)
            .holds("second.utilisation", exact, 0.008);
    }
}

#[test]
fn blocking_after_service_without_randomness() {
    // Services of 1 s and 3 s, one slot: the second station sets the pace, the first is blocked for 2 of 3 s.
    tandem(1)
        .set("jobs.one.work", "1 s")
        .set("jobs.two.work", "3 s")
        .set("run.horizon", "\"3001 s\"")
        .set("run.replications", 1)
        .run()
        .near("jobs.throughput", 1.0 / 3.0, 1e-3)
        .near("first.blocked", 2.0 / 3.0, 1e-3)
        .near("first.utilisation", 1.0 / 3.0, 1e-3)
        // Served, waiting, and blocked at the first, and one that waits there.
        .near("second.in_system", 2.0, 1e-3)
        .near("first.in_system", 2.0, 1e-3);
}

#[test]
fn jackson() {
    let run = case("jackson").run();
    run.holds("jobs.latency.mean", 1.977719, 0.02);
    let run = case("jackson").set("two.cores", 4).set("three.cores", 4).run();
    run.holds("jobs.latency.mean", 2.028413, 0.02);
    // Traffic: 4/(1 - .12) into 1, .6 and .4 of it into 2 and 3.
    run.holds("one.throughput", 4.0 / 0.88, 0.04).holds("two.throughput", 2.4 / 0.88, 0.03).holds(
        "three.throughput",
        1.6 / 0.88,
        0.03,
    );
}

#[test]
fn stations_that_block_each_other_are_reported() {
    let run = case("tandem")
        .set("parameters.slots", 0)
        .set("first.limit", 1)
        .set("first.full", "Block")
        .set("jobs.steps", "[Compute(\"first\", \"1 s\"), Compute(\"second\", \"1 s\"), Compute(\"first\", \"1 s\")]")
        .run();
    assert!(run.run.advice.iter().any(|advice| matches!(advice, experiments::run::Advice::Deadlock { .. })));
}
