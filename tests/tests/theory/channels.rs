//! Channels: loss, blocking and order of messages.

use tests::{Case, case};

/// M/M/c/K: probability that all K places are taken.
fn loss(offered: f64, servers: u32, places: u32) -> f64 {
    let mut weights = vec![1.0];
    for n in 1..=places {
        weights.push(weights[n as usize - 1] * offered / f64::from(n.min(servers)));
    }
    weights[places as usize] / weights.iter().sum::<f64>()
}

fn channel(capacity: u32, consumers: u32, full: &str, rate: &str, work: &str) -> Case {
    case("channel")
        .set("channel", format!("Channel(capacity: {capacity}, consumers: {consumers}, full: {full})"))
        .set("jobs.arrivals", format!("Poisson(\"{rate}\")"))
        .set("jobs.serve.time", format!("Exponential(\"{work}\")"))
}

#[test]
fn messages_that_find_a_full_channel_are_lost_as_in_m_m_c_k() {
    // M/M/2/3, lambda 3, mu 2 each.
    assert!((loss(1.5, 2, 3) - 0.188811).abs() < 1e-6);
    let run = channel(1, 2, "DropNewest", "3 /s", "0.5 s").run();
    let lost = loss(1.5, 2, 3);
    run.holds("channel.dropped_newest", 3.0 * lost, 0.02).holds("channel.reliability", 1.0 - lost, 0.003);
    run.holds("channel.dropped", 3.0 * lost, 0.02).holds("channel.throughput", 3.0 * (1.0 - lost), 0.03);
    run.is("jobs.reliability", 1.0);
    // M/M/2/3 with mu 4: loss .049360, L .762340.
    let run = channel(1, 2, "DropNewest", "3 /s", "0.25 s").run();
    run.holds("channel.reliability", 1.0 - 0.049360, 0.002).holds("channel.in_system", 0.762340, 0.01);
    // M/M/1/5 and M/M/10/20; who is refused knows of it.
    let run = channel(4, 1, "Fail", "0.8 /s", "1 s").run();
    run.holds("jobs.refused", 0.088819, 0.004).holds("channel.reliability", 1.0 - 0.088819, 0.004);
    channel(10, 10, "Fail", "12 /s", "1 s").run().holds("jobs.refused", 0.179666, 0.003);
    // M/M/1/4: throughput .819974, L 1.897530, R 2.314135.
    let run = channel(3, 1, "DropNewest", "1 /s", "0.95 s").run();
    run.holds("channel.throughput", 0.819974, 0.01).holds("channel.in_system", 1.897530, 0.03);
    run.holds("channel.latency.mean", 2.314135, 0.04).holds("channel.buffered", 1.897530 - 0.819974 * 0.95, 0.03);
}

#[test]
fn to_drop_the_oldest_loses_as_many_but_those_that_get_through_wait_less() {
    let lost = loss(1.5, 1, 4);
    let newest = channel(3, 1, "DropNewest", "1.5 /s", "1 s").run();
    let oldest = channel(3, 1, "DropOldest", "1.5 /s", "1 s").run();
    oldest.holds("channel.dropped_oldest", 1.5 * lost, 0.02).holds("channel.dropped", 1.5 * lost, 0.02);
    newest.holds("channel.dropped_newest", 1.5 * lost, 0.02);
    assert!(oldest.value("channel.waiting") < 0.8 * newest.value("channel.waiting"));
    oldest.holds("channel.in_system", newest.value("channel.in_system"), 0.05);
    // Sent is received, dropped or still there.
    let difference = |of: &tests::Ran| of.value("channel.sent") - of.value("channel.received");
    assert!(difference(&newest).abs() <= 4.0 / 19_900.0);
    assert!((difference(&oldest) - oldest.value("channel.dropped_oldest")).abs() <= 4.0 / 19_900.0);
}

#[test]
fn a_blocked_producer_and_its_consumer_are_two_stations_with_blocking_after_service() {
    // One slot between two saturated exponential stations of rate 1: throughput .75, four states.
    let run = case("channel")
        .set("channel", "Channel(capacity: 1)")
        .set("jobs.arrivals", "Closed(users: 1, think: \"0 s\")")
        .set(
            "jobs.steps",
            "[Delay(Exponential(\"1 s\")), Put(channel: \"channel\", steps: [Delay(Exponential(\"1 s\"))])]",
        )
        .run();
    run.holds("jobs.throughput", 0.75, 0.01).holds("channel.throughput", 0.75, 0.01);
    run.holds("channel.senders", 0.25, 0.01).holds("channel.utilisation", 0.75, 0.01);
}

fn exactly(channel: &str, steps: &str) -> Case {
    case("mechanisms").set("pool", channel).set("jobs.arrivals", "At(times: [\"0 s\"])").set("jobs.steps", steps)
}

const TWO: &str = "[Put(channel: \"pool\", steps: [Delay(\"3 s\")]), Put(channel: \"pool\", steps: [Delay(\"5 s\")])]";

#[test]
fn messages_are_taken_in_the_order_in_which_they_were_put() {
    // The second waits for the first, 3 s; taken the other way round the first would wait 5 s.
    let run = exactly("Channel()", TWO).run();
    run.is("pool.waiting", 1.5).is("pool.latency.max", 8.0).is("jobs.latency.max", 0.0);
    run.is("pool.sent", 2e-3).is("pool.received", 2e-3).is("pool.in_system", 11e-3).is("pool.buffered", 3e-3);
}

#[test]
fn without_a_buffer_a_sender_waits_until_a_consumer_takes_its_message() {
    let run = exactly("Channel(capacity: 0)", TWO).run();
    run.is("jobs.latency.max", 3.0).is("pool.waiting", 0.0).is("pool.latency.max", 5.0).is("pool.senders", 3e-3);
    // In which case it may drop, fail, or lose its patience.
    exactly("Channel(capacity: 0, full: DropOldest)", TWO).run().is("pool.dropped_newest", 1e-3);
    exactly("Channel(capacity: 0, full: Fail)", TWO).run().is("jobs.refused", 1.0).is("pool.refused", 1e-3);
    let patient = TWO.replacen("Delay(\"5 s\")]", "Delay(\"5 s\")], patience: \"2 s\"", 1);
    let run = exactly("Channel(capacity: 0)", &patient).run();
    run.is("jobs.reneged", 1.0).is("pool.sent", 1e-3).is("pool.senders", 2e-3).is("pool.reneged", 1e-3);
}

#[test]
fn a_timeout_around_a_put_frees_the_place_in_the_line_and_a_retry_catches_a_refusal() {
    let run = exactly("Channel(capacity: 0)", &format!("[Timeout(\"1 s\", {TWO}, otherwise: [])]")).run();
    run.is("jobs.latency.max", 1.0).is("pool.senders", 1e-3).is("pool.throughput", 1e-3);
    let again = format!("[Retry(times: 9, backoff: \"1 s\", steps: {TWO})]");
    // Attempts at 0, 1, 2 put nothing more; at 3 the first fits, and the second is refused until 6 and so on.
    let run = exactly("Channel(capacity: 0, full: Fail)", &again).run();
    assert!(run.value("pool.refused") > 2e-3 && run.value("pool.sent") > 2e-3);
    // What a consumer does may go wrong: the consumer is free again.
    let fails = "[Repeat(3, [Put(channel: \"pool\", steps: [Delay(\"1 s\"), Fail()])])]";
    let run = exactly("Channel()", fails).run();
    run.is("pool.received", 3e-3).is("pool.aborted", 3e-3).is("pool.utilisation", 3e-3).is("jobs.reliability", 1.0);
}

#[test]
fn a_server_with_a_queue_for_each_client_drops_what_finds_that_full() {
    // M/M/1/101 for each of the ten clients.
    let lost = loss(1.1, 1, 101);
    let run = case("network_server").run();
    run.holds("queues.dropped", 1100.0 * lost, 5.0).holds("queues.throughput", 1100.0 * (1.0 - lost), 5.0);
    run.is("messages.reliability", 1.0);
}

#[test]
fn what_is_wrong_with_a_channel_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says(exactly("Channel(consumers: 0)", TWO), &["not possible"]);
    says(exactly("Channel(capacity: -1)", TWO), &["not possible"]);
    says(exactly("Channel(full: Drop)", TWO), &["Drop", "DropNewest"]);
    says(exactly("Channel(per: \"cpo\")", TWO), &["cpo", "cpu"]);
    says(exactly("Semaphore(capacity: 1)", TWO), &["this step needs a Channel"]);
}
