//! Requests that are skipped when their deadline has passed at their turn.

use tests::case;

/// Of an M/M/1 queue whose requests wait at most `patience`: shares that are skipped, and served but late (Barrer 1957:
/// with p0 the share of idle time, the density of the wait of those served is lambda p0 e^(-(mu - lambda) w)).
fn barrer(lambda: f64, mu: f64, patience: f64) -> (f64, f64) {
    let rho = lambda / mu;
    let tail = (-(mu - lambda) * patience).exp();
    let skipped = (1.0 - rho) * rho * tail / (1.0 - rho * rho * tail);
    let idle = 1.0 - rho * (1.0 - skipped);
    // Late: the wait and an exponential service exceed the patience, though the wait does not.
    (skipped, idle * tail)
}

#[test]
fn an_m_m_1_queue_skips_and_is_late_by_the_formula_of_barrer() {
    let (skipped, late) = barrer(0.8, 1.0, 3.0);
    for scheduler in ["Priority(skip_late: true)", "Edf(skip_late: true)"] {
        let run = case("station").set("cpu.scheduler", scheduler).set("jobs.deadline", "\"3 s\"").run();
        run.holds("jobs.timed_out", skipped, 0.003).holds("jobs.late", late, 0.003);
        run.holds("jobs.in_time", 1.0 - skipped - late, 0.004).holds("cpu.skipped", 0.8 * skipped, 0.003);
        run.holds("cpu.reliability", 1.0 - skipped, 0.003);
    }
    // Overload is no harm: what is late is not served.
    let (skipped, late) = barrer(2.0, 1.0, 3.0);
    let run = case("station").set("parameters.rate", 2).set("cpu.scheduler", "Edf(skip_late: true)");
    let run = run.set("jobs.deadline", "\"3 s\"").run();
    run.holds("jobs.timed_out", skipped, 0.003).holds("jobs.late", late, 0.003);
}

#[test]
fn in_time_late_skipped_and_dropped_are_counted_apart() {
    // One server, 2 s each; all at 0 with a deadline of 5 s: ends at 2, 4, 6 (late); the fourth's turn comes at 6.
    let run = case("exact")
        .set("a.arrivals", "At([\"0 s\", \"0 s\", \"0 s\", \"0 s\", \"0 s\", \"0 s\"])")
        .set("a.serve.work", "2 s")
        .set("a.deadline", "\"5 s\"")
        .set("cpu.scheduler", "Priority(skip_late: true)")
        .set("cpu.limit", 5)
        .run();
    run.is("a.in_time", 2.0 / 6.0).is("a.late", 1.0 / 6.0).is("a.timed_out", 2.0 / 6.0).is("a.dropped", 1.0 / 6.0);
    run.is("cpu.utilisation", 6.0 / 1000.0).is("cpu.skipped", 2.0 / 1000.0).is("cpu.in_system_max", 5.0);
    // A turn at the very deadline is not too late.
    let run = case("exact")
        .set("a.arrivals", "At([\"0 s\", \"0 s\"])")
        .set("a.serve.work", "2 s")
        .set("a.deadline", "\"2 s\"")
        .set("cpu.scheduler", "Edf(skip_late: true)")
        .run();
    run.is("a.timed_out", 0.0).is("a.late", 0.5);
}

#[test]
fn the_more_urgent_come_first_and_a_retry_catches_what_is_skipped() {
    // d (High) overtakes b (Low), whose turn comes at 4 when its deadline has passed; its retry is skipped as well, and
    // the other way is taken at once.
    let run = case("exact")
        .set("a.arrivals", "At([\"0 s\"])")
        .set("a.serve.work", "2 s")
        .set("b.arrivals", "At([\"0.5 s\"])")
        .set("b.deadline", "\"3 s\"")
        .set("b.steps", "[Retry(1, backoff: \"1 s\", steps: [Compute(\"cpu\", \"1 s\")])]")
        .set("d.arrivals", "At([\"1 s\"])")
        .set("d.serve.work", "2 s")
        .set("cpu.scheduler", "Priority(skip_late: true)")
        .run();
    run.is("d.latency.max", 3.0).is("b.timed_out", 1.0).is("cpu.skipped", 2.0 / 1000.0);
}
