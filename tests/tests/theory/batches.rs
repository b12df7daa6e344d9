//! Batches: how many items go together, how long they wait for it, and what becomes of them.

use tests::{Case, Ran, case};

fn batches(rate: f64, batcher: &str) -> Case {
    case("batches").set("parameters.rate", rate).set("batcher", batcher)
}

/// Requests at given times through a batcher; nothing random.
fn given(batcher: &str, times: &str, steps: &str) -> Case {
    case("mechanisms")
        .set("pool", batcher)
        .set("load.steps", "[Delay(\"1 s\")]")
        .set("jobs.arrivals", format!("At(times: [{times}])"))
        .set("jobs.steps", steps)
}

/// Mean number of items, and mean wait, of batches by number B or time T from the first item, with Poisson items: the
/// batch has 1 + min(B - 1, N(T)) items; the j-th further item comes after an Erlang(j) time. (Computed here by sums.)
fn by_number_or_time(lambda: f64, b: u32, t: f64) -> (f64, f64) {
    let a = lambda * t;
    let mut probability = (-a).exp();
    let mut below = Vec::new();
    let mut sum = 0.0;
    for _ in 0..b {
        sum += probability;
        below.push(sum);
        probability *= a / (below.len() as f64);
    }
    // P(N(T) >= k), and so the mean number of items; the batch lasts min(T, Erlang(B - 1)).
    let at_least = |k: u32| if k == 0 { 1.0 } else { 1.0 - below[k as usize - 1] };
    let items = 1.0 + (1..b).map(at_least).sum::<f64>();
    // Sum of waits: for each further item that comes, how long the items before it had waited: by conditioning on the
    // present number k, the expected time in state k is E min(..) = P(N >= k)/lambda, in which k items wait.
    let waits = (1..b).map(|k| f64::from(k) * at_least(k) / lambda).sum::<f64>();
    (items, waits / items)
}

#[test]
fn by_number_or_time_from_the_first_item_batches_have_their_mean_size_and_wait() {
    for (lambda, b, t, size, wait) in [(1.0, 8, 5.0, 5.74452, 2.65380), (2.0, 16, 2.0, 4.99999, 1.19999)] {
        let (items, waits) = by_number_or_time(lambda, b, t);
        assert!((items - size).abs() < 1e-5 && (waits - wait).abs() < 1e-5, "{items} {waits}");
        let run = batches(lambda, &format!("Batcher(size: {b}, time: \"{t} s\")")).run();
        run.holds("batcher.batch_items", size, 0.03).holds("batcher.waiting", wait, 0.03);
        run.holds("batcher.batches", lambda / size, 0.002).holds("batcher.queue", lambda * wait, 0.03);
        // The body lasts a millisecond for each item: an item sees the square of the size.
        assert!(run.value("items.latency.mean") > run.value("batcher.waiting") + 1e-3 * size);
        littles_law(&run, lambda);
    }
}

#[test]
fn by_time_alone_an_item_waits_half_the_time_and_more() {
    // lambda T + 1 items; the first waits T, the others T/2 in the mean: (T + lambda T T/2) / (1 + lambda T).
    let run = batches(1.0, "Batcher(time: \"5 s\")").run();
    run.holds("batcher.waiting", 2.91667, 0.03).holds("batcher.batch_items", 6.0, 0.05);
    run.is("batcher.batch_full", 0.0);
}

#[test]
fn by_number_alone_every_batch_is_full() {
    // The k-th of B waits for B - k further arrivals.
    let run = batches(1.0, "Batcher(size: 8)").run();
    run.is("batcher.batch_items", 8.0).is("batcher.batch_full", 1.0).is("batcher.batch_items_max", 8.0);
    run.holds("batcher.waiting", 3.5, 0.05);
}

fn littles_law(run: &Ran, lambda: f64) {
    let (present, latency) = (run.value("batcher.in_system"), run.value("batcher.latency.mean"));
    assert!((present - lambda * latency).abs() < 0.02 * present, "{present} is not {lambda} x {latency}");
}

#[test]
fn the_body_runs_once_and_its_amounts_follow_the_batch() {
    // Three at 0, 1, 2: the body of (1 s + 3 x 0.5 s) ends at 4.5 for all of them; two more go when the run ends.
    let steps =
        "[Batch(batcher: \"pool\", size: \"100 B\", steps: [Compute(on: \"cpu\", work: \"1 s + $batch.n * 0.5 s\")])]";
    let run = given("Batcher(size: 3)", "0, 1, 2, 990, 999", steps).run();
    run.is("jobs.latency.max", 12.0).is("jobs.latency.min", 2.5).is("cpu.throughput", 1.0 / 1000.0);
    // 4.5 + 3.5 + 2.5 of the first, 10 + 2 and 1 + 2 of those that the end lets go.
    run.is("jobs.latency.mean", (4.5 + 3.5 + 2.5 + 12.0 + 3.0) / 5.0).is("jobs.unfinished", 0.0);
    run.is("pool.batch_items", 3.0).is("pool.batch_data", 2400.0).is("pool.batch_time", 2.5);
    // Two bodies, of which the second runs after the horizon.
    run.is("cpu.utilisation", 2.5 / 4000.0);
}

#[test]
fn what_is_sent_for_a_batch_has_its_size() {
    let network = "Network(bandwidth: \"8 kbit/s\")";
    let steps = "[Batch(batcher: \"pool\", size: Sequence([\"100 B\", \"300 B\"]), steps: [Send(over: \"other\", size: \"$batch.size + 24 B\")])]";
    let run = given("Batcher(size: 2)", "0, 0", steps).set("other", network).run();
    run.is("jobs.latency.max", 0.424).is("other.wire", 8.0 * 424.0 / 1000.0).is("jobs.data_throughput", 3.2);
    // The number of repetitions and the mean of an exponential can follow it too.
    let steps = "[Batch(batcher: \"pool\", steps: [Repeat(\"$batch.n\", [Delay(\"1 s\")]), Delay(Erlang(1, \"$batch.n * 0.1 ms\"))])]";
    let latency = given("Batcher(size: 4)", "0, 0, 0, 0", steps).run().value("jobs.latency.max");
    assert!(latency > 4.0 && latency < 4.01, "{latency}: four rounds of a second");
}

#[test]
fn data_that_would_pass_the_limit_goes_with_the_next_batch() {
    let steps =
        "[Batch(batcher: \"pool\", size: Sequence([\"400 B\", \"500 B\", \"200 B\", \"2 kB\", \"1 kB\"]), steps: [])]";
    let run = given("Batcher(size: \"1 kB\")", "0, 1, 2, 3, 10", steps).run();
    // 400 + 500 wait until 200 comes at 2, which waits for 2 kB at 3, which are too much by themselves and go at once.
    run.is("jobs.latency.max", 2.0).is("jobs.latency.mean", (2.0 + 1.0 + 1.0 + 0.0 + 0.0) / 5.0);
    run.is("pool.batches", 4.0 / 1000.0);
}

#[test]
fn an_item_that_leaves_early_does_not_cancel_the_batch() {
    // The body takes 10 s for the three of them; the first gives up after 5 s: at 5, when the body has run for 3 s.
    let steps = "[Timeout(Sequence([\"5 s\", \"100 s\", \"100 s\"]), [Batch(batcher: \"pool\", steps: [Compute(on: \"cpu\", work: \"10 s\")])])]";
    let run = given("Batcher(size: 3)", "0, 1, 2", steps).run();
    run.is("jobs.timed_out", 1.0 / 3.0).is("jobs.latency.max", 11.0).is("jobs.latency.min", 10.0);
    run.is("cpu.utilisation", 10.0 / 4000.0).is("pool.aborted", 1e-3).is("pool.throughput", 2e-3);
    // One that leaves before the batch goes out makes room for another.
    let steps =
        "[Timeout(Sequence([\"1.5 s\", \"100 s\", \"100 s\"]), [Batch(batcher: \"pool\", steps: [Delay(\"1 s\")])])]";
    let run = given("Batcher(size: 2)", "0, 2, 3", steps).run();
    run.is("jobs.timed_out", 1.0 / 3.0).is("jobs.latency.max", 2.0).is("jobs.latency.min", 1.0);
    // The time counts from the first item that is there.
    let steps = "[Batch(batcher: \"pool\", patience: Sequence([\"3 s\", \"100 s\"]), steps: [])]";
    let run = given("Batcher(time: \"10 s\")", "0, 4", steps).run();
    run.is("jobs.reneged", 0.5).is("jobs.latency.max", 10.0);
}

#[test]
fn a_body_that_fails_fails_all_items_and_each_of_them_may_try_again() {
    let body = "Batch(batcher: \"pool\", steps: [Delay(\"1 s\"), Fail()])";
    let run = given("Batcher(size: 2)", "0, 1", &format!("[{body}]")).run();
    run.is("jobs.failed", 1.0).is("pool.aborted", 2e-3).is("pool.in_system", (2.0 + 1.0) / 1000.0);
    let run = given("Batcher(size: 2)", "0, 1", &format!("[Retry(2, \"1 s\", [{body}])]")).run();
    run.is("jobs.failed", 1.0).is("pool.batches", 3e-3);
}

#[test]
fn the_batch_is_as_urgent_as_its_most_urgent_item() {
    // The cpu is busy until 10; a normal job waits since 5. A batch of a low and a critical item passes it.
    let batch = "[Batch(batcher: \"pool\", steps: [Compute(on: \"cpu\", work: \"1 s\")])]";
    let system = |priority: &str| {
        let flows = format!(
            "{{ \"jobs\": Flow(priority: {priority}, arrivals: At(times: [7]), steps: {batch}), \
             \"low\": Flow(priority: Low, arrivals: At(times: [6]), steps: {batch}), \
             \"load\": Flow(arrivals: At(times: [0, 5]), steps: [Compute(on: \"cpu\", work: Sequence([\"10 s\", \"5 s\"]))]) }}"
        );
        let cpu = "Processor(scheduler: Priority())";
        case("mechanisms").set("cpu", cpu).set("pool", "Batcher(size: 2)").set("system.flows", flows)
    };
    system("Critical").run().is("jobs.latency.max", 4.0).is("low.latency.max", 5.0).is("load.latency.max", 11.0);
    system("Low").run().is("jobs.latency.max", 9.0).is("low.latency.max", 10.0).is("load.latency.max", 10.0);
}

#[test]
fn batches_of_batches_and_forks_within_compose() {
    // Inner batches of two within outer ones of two: four items, one inner body.
    let steps = "[Batch(batcher: \"pool\", steps: [Batch(batcher: \"other\", size: \"1 B\", steps: [\
                 Fork([[Delay(\"$batch.n * 1 s\")], [Compute(on: \"cpu\", work: \"$batch.size / 1 B * 1 s\")]])])])]";
    let run = given("Batcher(size: 2)", "0, 0, 0, 0", steps).set("other", "Batcher(size: 2)").run();
    run.is("jobs.latency.max", 2.0).is("pool.batches", 2e-3).is("other.batches", 1e-3).is("cpu.throughput", 1e-3);
}

#[test]
fn a_stream_fills_a_buffer_and_processes_it_in_batches() {
    // A buffer of 100 records, each read in 1 ms; a batch is processed in 20 ms and 0.1 ms for each record.
    let stream = "[Batch(batcher: \"batcher\", steps: [Compute(on: \"cpu\", work: \"20 ms + $batch.n * 0.1 ms\")])]";
    let run = batches(1000.0, "Batcher(size: 100)").set("items.steps", stream).set("run.horizon", "\"1000 s\"").run();
    run.is("batcher.batch_items", 100.0).holds("batcher.batches", 10.0, 0.05);
    run.holds("cpu.utilisation", 0.3, 0.002);
    // Batches come as Erlang(100, 0.1 s) and take 30 ms: hardly any waits for another.
    run.near("batcher.batch_time", 0.03, 1e-4).holds("batcher.waiting", 99.0 / 2.0 / 1000.0, 0.002);
}

#[test]
fn what_is_wrong_with_a_batch_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    let empty = "[Batch(batcher: \"pool\", steps: [])]";
    says(given("Batcher()", "0", empty), &["size or a time"]);
    says(given("Batcher(size: 0)", "0", empty), &["not possible"]);
    says(given("Batcher(size: \"1 s\")", "0", empty), &["time"]);
    says(given("Batcher(size: \"1 kB\")", "0", empty), &["bring none", "size"]);
    says(given("Batcher(size: 2)", "0", "[Delay(\"$batch.n * 1 s\")]"), &["$batch", "within the steps of a Batch"]);
    let within = |step: &str| given("Batcher(size: 2)", "0", &format!("[Batch(batcher: \"pool\", steps: [{step}])]"));
    says(within("Delay(\"$batch.size / 1 B * 1 s\")"), &["no size", "size:"]);
    says(within("Delay(\"$batch.n * 1 B\")"), &["time"]);
    says(within("Delay(Uniform(\"0 s\", \"$batch.n * 1 s\"))"), &["plain quantity"]);
    says(within("Become(\"load\")"), &["body of a Batch"]);
    says(given("Semaphore(capacity: 1)", "0", empty), &["is a Semaphore", "Batcher"]);
}

#[test]
fn whatever_encloses_batches_protocols_and_topics_everything_is_given_back() {
    // Timeouts at random times cut through batches, confirmable messages, handlers and handshakes; debug assertions see to
    // it that no record leaves with something in use.
    let flows = "{ \"items\": Flow(from: \"things\", arrivals: Poisson(\"2 /s\"), priority: Low, steps: [\
          Retry(1, Exponential(\"1 s\"), [Timeout(Exponential(\"4 s\"), [\
            Fork([[Batch(batcher: \"batcher\", size: Exponential(\"100 B\"), patience: Exponential(\"9 s\"), steps: [\
                Send(over: \"link\", size: \"$batch.size\", protocol: Coap(wait: true)), Publish(topic: \"bus\"),\
                Repeat(\"$batch.n\", [Timeout(\"5 ms\", [Compute(on: \"cpu\", work: Exponential(\"4 ms\"))], otherwise: [])])])],\
              [Send(over: \"link\", size: Exponential(\"50 B\"), protocol: Coap()), Handshake(client: \"things\", server: \"cpu\", over: \"link\")],\
              [Send(over: \"field\", size: \"20 B\"), Token(tokens: \"tokens\", on: \"cpu\")]], join: Quorum(2))])])]),\
        \"more\": Flow(from: \"things\", arrivals: Poisson(\"1 /s\"), priority: High, deadline: \"2 s\", steps: [\
          Timeout(Exponential(\"3 s\"), [Batch(batcher: \"batcher\", size: \"10 B\", steps: [Delay(\"$batch.n * 10 ms\")])]), Publish(topic: \"bus\")]),\
        \"store\": Flow(from: \"things\", steps: [Timeout(Exponential(\"1 s\"), [Send(over: \"link\", size: \"1 kB\", compress: (codec: \"lz4\", on: \"cpu\"))])]),\
        \"alarm\": Flow(steps: [Batch(batcher: \"batcher\", size: \"1 B\", steps: [Fail()])]) }";
    let components = "{ \"cpu\": Processor(cores: 2, scheduler: Priority(preemption: Resume)), \"things\": Device(count: 40),\
        \"link\": Network(bandwidth: \"2 Mbit/s\", latency: \"3 ms\", reliability: 0.8), \"field\": Network(protocol: LoRaWan(duty: 0.1)),\
        \"batcher\": Batcher(size: \"500 B\", time: \"2 s\"), \"tokens\": Tokens(bad_form: 0.1, expired: 0.1),\
        \"bus\": Topic(handlers: [(flow: \"store\", subscribers: 2), (flow: \"alarm\", priority: -1)], batch: 3, on_error: Stop) }";
    let case = case("batches")
        .set("system.components", components)
        .set("system.flows", flows)
        .set("run.horizon", "\"2000 s\"")
        .set("run.replications", 2);
    let run = case.run();
    for flow in ["items", "more", "store", "alarm"] {
        let outcomes = [
            "in_time",
            "late",
            "too_late",
            "dropped",
            "refused",
            "reneged",
            "timed_out",
            "failed",
            "lost",
            "unfinished",
        ];
        let sum: f64 = outcomes.iter().map(|outcome| run.value(&format!("{flow}.{outcome}"))).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{flow}: the outcomes add up to {sum}");
        println!("{flow}: {:?}", outcomes.map(|outcome| run.value(&format!("{flow}.{outcome}"))));
    }
    for (component, figure) in
        [("batcher", "batch_items"), ("bus", "deliveries"), ("bus", "handler_errors"), ("bus", "skipped")]
    {
        assert!(run.value(&format!("{component}.{figure}")) > 0.0, "{component}.{figure}");
    }
    for component in ["cpu", "link", "field", "bus"] {
        let utilisation = run.value(&format!("{component}.utilisation"));
        assert!((0.0..=1.0).contains(&utilisation), "{component}: {utilisation}");
    }
    let again = case.replication(1);
    assert_eq!(again.fingerprint, case.threads(2).replication(1).fingerprint);
}
