//! Semaphores: permits held for a block.

use tests::{Case, case};

fn mechanisms(jobs: &str) -> Case {
    case("mechanisms").set("jobs.steps", jobs)
}

#[test]
fn a_pool_of_permits_around_a_delay_is_an_m_m_c_queue() {
    // Erlang C .409180, mean wait .204590 with ten servers and eight erlangs.
    let run = case("pool").run();
    run.holds("pool.waiting", 0.204590, 0.02).holds("pool.utilisation", 0.8, 0.01);
    run.holds("jobs.latency.mean", 1.204590, 0.03).holds("pool.queue", 8.0 * 0.204590, 0.2);
}

#[test]
fn a_pool_without_a_queue_is_a_loss_system() {
    // Erlang B .121661.
    let run = case("pool").set("pool.queue", 0).run();
    run.holds("jobs.refused", 0.121661, 0.005).holds("pool.reliability", 1.0 - 0.121661, 0.005);
    run.holds("pool.refused", 8.0 * 0.121661, 0.05);
}

#[test]
fn patience_in_front_of_a_pool_is_reneging() {
    // M/M/c+D by its closed form is in the queueing tests; here the limits: nobody waits longer than the patience.
    let run = case("pool").set("jobs.hold.patience", "\"0.05 s\"").run();
    let lost = run.value("jobs.reneged");
    assert!(lost > 0.0 && lost < 0.121661, "{lost}: less than without any waiting");
    assert!(run.value("pool.waiting") < 0.05);
}

#[test]
fn permits_are_given_back_at_the_end_of_the_block_and_however_it_ends() {
    for (block, end) in [
        ("Delay(\"5 s\")", 6.0),
        ("Timeout(\"5 s\", [Delay(\"9 s\")], otherwise: [])", 6.0),
        ("Repeat(5, [Delay(\"1 s\")])", 6.0),
        ("Fork([[Delay(\"5 s\")], [Delay(\"3 s\")]])", 6.0),
    ] {
        // load takes both permits at 0 and gives them back at 2; jobs come at 1.
        let run = mechanisms(&format!("[Hold(pool: \"pool\", steps: [{block}])]"))
            .set("load.steps", "[Hold(pool: \"pool\", n: 2, steps: [Delay(\"2 s\")])]")
            .run();
        run.is("jobs.latency.max", end).is("pool.in_system", (2.0 + 6.0) / 1000.0);
        run.is("pool.utilisation", (2.0 * 2.0 + 5.0) / 2000.0).is("pool.queue", 1.0 / 1000.0);
        run.is("pool.waiting", 0.5).is("pool.latency.max", 6.0);
    }
}

#[test]
fn a_timeout_around_a_block_gives_back_what_is_held_and_what_is_waited_for() {
    // Two outer holds; the innermost is waited for until the timeout at 4 s.
    let run = mechanisms(
        "[Timeout(\"3 s\", [Hold(pool: \"pool\", steps: [Hold(pool: \"other\", steps: [Delay(\"1 s\")])])], otherwise: [])]",
    )
    .set("load.steps", "[Hold(pool: \"other\", steps: [Delay(\"50 s\")]), Hold(pool: \"pool\", n: 2, steps: [Delay(\"1 s\")])]")
    .run();
    run.is("jobs.latency.max", 3.0).is("pool.aborted", 1e-3).is("other.aborted", 1e-3);
    run.is("load.latency.max", 51.0).is("pool.utilisation", (3.0 + 2.0) / 2000.0);
}

#[test]
fn more_than_there_is_is_refused_and_the_first_in_line_is_not_overtaken() {
    mechanisms("[Hold(pool: \"pool\", n: 3, steps: [])]").run().is("jobs.refused", 1.0);
    // load: one permit from 0 to 10. jobs at 1 want two, a further one at 2 wants one, which is free.
    let run = mechanisms("[Choose([(1.0, [Hold(pool: \"pool\", n: Sequence([2, 1]), steps: [Delay(\"1 s\")])])])]")
        .set("jobs.arrivals", "At(times: [\"1 s\", \"2 s\"])")
        .set("load.steps", "[Hold(pool: \"pool\", steps: [Delay(\"10 s\")])]")
        .run();
    // They go at 10 and at 11.
    run.is("jobs.latency.max", 10.0).is("jobs.latency.min", 10.0);
}

#[test]
fn priorities_and_deadlines_order_the_line() {
    let orders = |order: &str| {
        case("mechanisms")
            .set("other.order", order)
            .set("load.steps", "[Hold(pool: \"other\", steps: [Delay(\"10 s\")])]")
            .set("load.arrivals", "At(times: [\"0 s\", \"1 s\"])")
            .set("load.deadline", "\"100 s\"")
            .set("jobs.arrivals", "At(times: [\"2 s\"])")
            .set("jobs.priority", "High")
            .set("jobs.deadline", "\"20 s\"")
            .set("jobs.steps", "[Hold(pool: \"other\", steps: [Delay(\"10 s\")])]")
            .run()
    };
    orders("Fifo").is("jobs.latency.max", 28.0);
    orders("Priority").is("jobs.latency.max", 18.0);
    orders("Edf").is("jobs.latency.max", 18.0);
}

#[test]
fn a_spinning_request_burns_the_processor_until_it_gets_through() {
    // From 1 s on it polls for 150 ms each on one of four cores; the permits are back at 2 s.
    let run = mechanisms("[Hold(pool: \"pool\", steps: [Delay(\"5 s\")])]")
        .set("pool.spin", "\"cpu\"")
        .set("pool.poll", "\"150 ms\"")
        .set("load.steps", "[Hold(pool: \"pool\", n: 2, steps: [Delay(\"2 s\")])]")
        .run();
    run.is("jobs.latency.max", 6.05).is("cpu.utilisation", 1.05 / 4000.0).is("cpu.throughput", 7.0 / 1000.0);
    run.is("cpu.energy", 1000.0 + 1.05 / 4.0);
}

#[test]
fn each_instance_can_have_a_pool_of_its_own() {
    // Ten devices send at once through a pool of one permit: together one after the other, with one each at once.
    let devices = |pool: &str| {
        case("mechanisms")
            .set("pool", pool)
            .set("cpu", "Device(count: 10)")
            .set("jobs.from", "\"cpu\"")
            .set("jobs.steps", "[Hold(pool: \"pool\", steps: [Delay(\"1 s\")])]")
            .run()
    };
    devices("Semaphore(capacity: 1)").is("jobs.latency.max", 10.0);
    let run = devices("Semaphore(capacity: 1, per: \"cpu\")");
    run.is("jobs.latency.max", 1.0).is("pool.utilisation", 1.0 / 1000.0).is("pool.throughput", 10.0 / 1000.0);
}

#[test]
fn what_is_wrong_with_a_semaphore_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says(mechanisms("[Hold(pool: \"poll\", steps: [])]"), &["poll", "pool"]);
    says(mechanisms("[Hold(pool: \"cpu\", steps: [])]"), &["is a Processor", "Semaphore"]);
    says(mechanisms("[]").set("pool", "Semaphore()"), &["capacity"]);
    says(mechanisms("[]").set("pool.capacity", "0"), &["not possible"]);
    says(mechanisms("[]").set("pool.per", "\"other\""), &["passive"]);
    says(mechanisms("[Compute(on: \"pool\", work: \"1 s\")]"), &["is a Semaphore"]);
    says(mechanisms("[Delay(\"1 s\")]").set("jobs.from", "\"pool\""), &["no request starts"]);
}
