//! Connection pools: reuse, limits, ages and health against closed forms, and to the digit.

use tests::{Case, Ran, case};

/// Connections for requests at given times, which use them for given times; nothing random.
fn at(pool: &str, times: &str, use_for: &str) -> Case {
    case("mechanisms")
        .set("pool", pool)
        .set("jobs.arrivals", format!("At(times: [{times}])"))
        .set("jobs.steps", format!("[Connect(pool: \"pool\", steps: [Delay({use_for})], label: \"connect\")]"))
}

fn says(case: Case, words: &[&str]) {
    let text = case.refused();
    words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
}

#[test]
fn one_connection_is_an_m_g_1_queue_whose_first_service_may_be_longer() {
    // Welch 1964: an arrival to an empty system finds the connection closed when that was idle for over T, with
    // probability e^-(lambda T); then it pays the set-up S first.
    let (lambda, mean, setup, idle): (f64, f64, f64, f64) = (0.8, 0.5, 0.3, 1.0);
    let closed = (-lambda * idle).exp();
    let (rho, second) = (lambda * mean, 2.0 * mean * mean);
    let first = mean + setup * closed;
    let first_second = second + closed * (2.0 * mean * setup + setup * setup);
    let empty = (1.0 - rho) / (1.0 - rho + lambda * first);
    let waiting = lambda * (empty * first_second + (1.0 - empty) * second) / (2.0 * (1.0 - rho));
    let run = case("connections").run();
    run.holds("pool.hit_ratio", 1.0 - empty * closed, 0.005).holds("pool.waiting", waiting, 0.02);
    run.holds("jobs.latency.mean", waiting + mean + setup * empty * closed, 0.02);
    run.holds("pool.expired", lambda * empty * closed, 0.005).holds("pool.misses", lambda * empty * closed, 0.005);
    // In use, or idle for at most T after each busy period.
    let idle_mean = lambda * empty * (1.0 - closed) / lambda;
    run.holds("pool.idle", idle_mean, 0.005);
    run.holds("pool.open", lambda * (mean + setup * empty * closed) + idle_mean, 0.01);
}

#[test]
fn a_pool_at_its_limit_is_an_m_m_c_queue_of_connections_that_are_all_used_again() {
    let run = case("connections")
        .set("pool.limit", 10)
        .set("pool.idle", "\"1000 h\"")
        .set("jobs.arrivals", "Poisson(\"8 /s\")")
        .set("jobs.use.time", "Exponential(\"1 s\")")
        .run();
    run.holds("pool.waiting", 0.204590, 0.02).holds("pool.utilisation", 0.8, 0.01);
    run.is("pool.hit_ratio", 1.0).is("pool.open", 10.0);
}

#[test]
fn what_is_found_broken_is_replaced() {
    let unhealthy = case("connections").set("pool.idle", "\"1000 h\"").set("pool.unhealthy", 0.1).run();
    unhealthy.holds("pool.hit_ratio", 0.9, 0.005).holds("pool.unhealthy", 0.08, 0.003);
    // A connection breaks 10 s after it was opened, on average; it is used every second.
    let breaks = case("connections")
        .set("pool", "ConnectionPool(idle: \"1 h\", max_age: \"1000 h\", breaks: Exponential(\"10 s\"))")
        .set("jobs.arrivals", "Periodic(\"1 s\")")
        .set("jobs.use.time", "\"0.1 s\"")
        .run();
    breaks.holds("pool.hit_ratio", (-0.1f64).exp(), 0.005).holds("pool.unhealthy", 1.0 - (-0.1f64).exp(), 0.005);
}

#[test]
fn the_last_returned_is_used_again_and_the_others_grow_old() {
    // Two at 0, back at 1 and 3; one at 5, which takes the second and is back at 6. They are idle until 31 and 36.
    let times = "\"0 s\", \"0 s\", \"5 s\"";
    let run = at("ConnectionPool()", times, "Sequence([\"1 s\", \"3 s\", \"1 s\"])").run();
    run.is("pool.open", 67e-3).is("pool.idle", 62e-3).is("pool.hit_ratio", 1.0 / 3.0).is("pool.expired", 2e-3);
    // Closed at an age of 4: none is left at 5.
    let run = at("ConnectionPool(max_age: \"4 s\")", times, "Sequence([\"1 s\", \"3 s\", \"1 s\"])").run();
    run.is("pool.open", 12e-3).is("pool.hit_ratio", 0.0).is("pool.expired", 3e-3);
    // In use beyond its age: closed when it comes back.
    let run = at("ConnectionPool(max_age: \"4 s\")", "\"0 s\", \"11 s\"", "\"10 s\"").run();
    run.is("pool.open", 20e-3).is("pool.idle", 0.0).is("pool.misses", 2e-3);
    // Warm: three from the start, of which two are never used.
    let run = at("ConnectionPool(warm: 3)", "\"1 s\"", "\"1 s\"").run();
    run.is("pool.open", (30.0 + 30.0 + 32.0) / 1000.0).is("pool.hit_ratio", 1.0).is("pool.expired", 3e-3);
}

#[test]
fn a_miss_pays_for_round_trips_handshake_and_further_steps_and_a_hit_for_its_test() {
    let pool =
        "ConnectionPool(round_trips: 3, round_trip: \"10 ms\", handshake: \"4 ms\", on: \"cpu\", check: \"1 ms\")";
    let run = at(pool, "\"0 s\", \"5 s\"", "\"1 s\"").set("jobs.connect.open", "[Delay(\"100 ms\")]").run();
    run.is("jobs.latency.max", 1.134).is("jobs.latency.min", 1.001).is("cpu.utilisation", 1e-6);
    // What is broken is tested as well.
    let pool = "ConnectionPool(warm: 2, unhealthy: 1, check: \"1 ms\")";
    at(pool, "\"5 s\"", "\"1 s\"").run().is("jobs.latency.max", 1.002).is("pool.unhealthy", 2e-3);
}

#[test]
fn each_endpoint_has_connections_and_a_limit_of_its_own() {
    let pool = "ConnectionPool(limit: 1, endpoints: 2)";
    let run = |endpoints: &str| {
        at(pool, "\"0 s\", \"0 s\", \"0 s\"", "\"10 s\"")
            .set("jobs.connect.endpoint", format!("Sequence({endpoints})"))
            .run()
    };
    run("[1, 1, 1]").is("jobs.latency.max", 30.0).is("pool.hits", 2e-3).is("pool.utilisation", 30.0 / 2000.0);
    run("[1, 2, 2]").is("jobs.latency.max", 20.0).is("pool.hits", 1e-3);
}

#[test]
fn a_request_that_waits_too_long_reneges_and_a_full_line_refuses() {
    let one = |pool: &str| at(pool, "\"0 s\", \"1 s\"", "\"10 s\"");
    let run = one("ConnectionPool(limit: 1)").set("jobs.connect.patience", "\"2 s\"").run();
    run.is("jobs.reneged", 0.5).is("pool.queue", 2e-3).is("pool.misses", 1e-3);
    one("ConnectionPool(limit: 1, queue: 0)").run().is("jobs.refused", 0.5).is("pool.refused", 1e-3);
}

#[test]
fn a_block_that_is_broken_off_closes_its_connection() {
    let run: Ran = case("mechanisms")
        .set("pool", "ConnectionPool()")
        .set("jobs.arrivals", "At(times: [\"0 s\", \"10 s\"])")
        .set("jobs.steps", "[Timeout(\"5 s\", [Connect(pool: \"pool\", steps: [Delay(\"9 s\")])], otherwise: [])]")
        .run();
    run.is("pool.aborted", 2e-3).is("pool.misses", 2e-3).is("pool.open", 10e-3).is("pool.idle", 0.0);
}

#[test]
fn probes_find_what_is_broken_before_a_request_does() {
    // Warm connections break at 12 s. Tested at 10 (sound) and 20 (closed): the request at 25 finds none.
    let probes = |idle: &str| {
        at("ConnectionPool(warm: 2, breaks: \"12 s\")", "\"25 s\"", "\"1 s\"")
            .set("load.arrivals", "At(times: [\"10 s\", \"20 s\"])")
            .set(
                "load.steps",
                format!("[Probe(pool: \"pool\", idle: \"{idle}\", steps: [Compute(\"cpu\", \"0.1 s\")])]"),
            )
            .run()
    };
    // Two tests at 10 and at 20, one after the other.
    let run = probes("5 s");
    run.is("pool.unhealthy", 2e-3).is("pool.misses", 1e-3).is("cpu.throughput", 4e-3).is("load.latency.max", 0.2);
    // Nothing is due: the request finds out by itself, for both.
    let run = probes("26 s");
    run.is("pool.unhealthy", 2e-3).is("pool.misses", 1e-3).is("cpu.throughput", 0.0);
}

#[test]
fn what_is_wrong_with_connections_is_said() {
    let with = |pool: &str| at(pool, "\"0 s\"", "\"1 s\"");
    says(with("ConnectionPool(limit: 0)"), &["not possible"]);
    says(with("ConnectionPool(limit: 2, warm: 3)"), &["not possible", "from 0 to 2"]);
    says(with("ConnectionPool(unhealthy: 2)"), &["not a probability"]);
    says(with("ConnectionPool(endpoints: 3)"), &["which", "endpoint"]);
    says(with("ConnectionPool(endpoints: 3)").set("jobs.connect.endpoint", "Zipf(4, 1)"), &["no such endpoint"]);
    says(with("ConnectionPool(endpoints: 3)").set("jobs.connect.endpoint", "Uniform(0, 3)"), &["no such endpoint"]);
    says(with("ConnectionPool(on: \"cpu\")"), &["handshake"]);
    says(with("ConnectionPool(handshake: \"1 ms\", on: \"cpo\")"), &["cpo", "cpu"]);
    says(with("ConnectionPool(round_trips: 3)"), &["round_trip"]);
    says(with("Semaphore(capacity: 1)"), &["this step needs a ConnectionPool"]);
}
