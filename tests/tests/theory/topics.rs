//! Topics: events and their handlers.

use tests::{Case, case};

fn topic(bus: &str, times: &str) -> Case {
    case("topics").set("bus", format!("Topic({bus})")).set("events.arrivals", format!("At(times: [{times}])"))
}

const BOTH: &str = "handlers: [(flow: \"store\"), (flow: \"alarm\", priority: 5)]";

#[test]
fn handlers_run_in_turn_the_most_urgent_first_and_the_publisher_does_not_wait() {
    let run = topic(BOTH, "1, 1").run();
    run.is("events.latency.max", 0.0).is("alarm.latency.max", 1.0).is("store.latency.max", 2.0);
    run.is("alarm.throughput", 2e-3).is("store.throughput", 2e-3).is("bus.deliveries", 4e-3);
    // The first event takes 3 s, the second waits for it; the bus is busy for both.
    run.is("bus.latency.min", 3.0).is("bus.latency.max", 6.0).is("bus.waiting", 1.5).is("bus.utilisation", 6e-3);
    // In turn: the alarm of an event ends before its store begins.
    let line = "Hold(pool: \"cpu\", steps: [Delay(\"1 s\")])";
    let run = topic(BOTH, "1").set("cpu", "Semaphore(capacity: 1)").set("alarm.steps", format!("[{line}]"));
    run.set("store.steps", format!("[{line}]")).run().is("cpu.waiting", 0.0).is("bus.latency.max", 2.0);
}

#[test]
fn at_once_all_handlers_of_an_event_start_together() {
    let run = topic(&format!("{BOTH}, dispatch: AtOnce"), "1, 1").run();
    run.is("bus.deliveries", 4e-3).is("store.latency.max", 2.0).is("bus.latency.max", 0.0);
    run.is("store.in_system", 2.0 * 2.0 / 1000.0).is("store.throughput", 2e-3);
}

#[test]
fn a_message_fans_out_over_a_network_to_every_subscriber() {
    // Twenty screens get 100 B each over one link: a message takes 0.1 s, one after the other.
    let run = topic("handlers: [(flow: \"store\", subscribers: 20), (flow: \"alarm\")], dispatch: AtOnce", "1")
        .set("store.steps", "[Send(over: \"link\", size: \"64 B\", protocol: Mqtt(topic: \"32 B\")), Compute(on: \"screens\", work: \"1 ms\")]")
        .set("store.from", "\"screens\"")
        .set("alarm.arrivals", "At(times: [999])")
        .run();
    run.is("store.throughput", 20e-3).is("link.throughput", 20e-3).is("link.wire", 20.0 * 8.0 * 100.0 / 1000.0);
    run.is("store.latency.max", 2.001).is("store.latency.min", 0.101);
    // Each on a screen of its own.
    run.is("screens.throughput", 20e-3).is("screens.waiting", 0.0);
}

#[test]
fn handlers_choose_their_events() {
    let handlers = "handlers: [(flow: \"store\"), (flow: \"alarm\", event: \"fire\")]";
    let steps =
        "[Publish(topic: \"bus\", event: \"fire\"), Publish(topic: \"bus\"), Publish(topic: \"bus\", event: \"fire\")]";
    let run = topic(handlers, "1").set("events.steps", steps).run();
    run.is("store.throughput", 3e-3).is("alarm.throughput", 2e-3).is("bus.throughput", 3e-3);
}

/// The alarm fails for the second event, whose ordinal it has.
const FAILS: &str = "[Timeout(Sequence([\"9 s\", \"0.5 s\", \"9 s\", \"9 s\", \"9 s\"]), [Delay(\"1 s\")])]";

#[test]
fn an_error_of_a_handler_stops_its_batch_or_is_counted() {
    // The first event is alone; the four that come while it runs are a batch of three and one of one.
    let bus = |on_error: &str| {
        topic(&format!("{BOTH}, batch: 3, on_error: {on_error}"), "1, 2, 2.1, 2.2, 2.3").set("alarm.steps", FAILS).run()
    };
    let run = bus("Continue");
    run.is("bus.handler_errors", 1e-3).is("bus.skipped", 0.0).is("store.throughput", 5e-3);
    run.is("alarm.throughput", 4e-3)
        .is("alarm.timed_out", 0.2)
        .is("bus.batch_items", 5.0 / 3.0)
        .is("bus.batches", 3e-3);
    let run = bus("Stop");
    // The store of the second event, and the third and fourth event, are gone; the fifth begins a new batch.
    run.is("bus.handler_errors", 1e-3).is("bus.skipped", 2e-3).is("bus.dropped", 2e-3);
    run.is("store.throughput", 2e-3).is("alarm.throughput", 2e-3).is("bus.throughput", 3e-3);
}

#[test]
fn a_full_queue_drops_events() {
    let run = topic(&format!("{BOTH}, queue: 2"), "1, 1, 1, 1, 1").run();
    run.is("bus.dropped", 2e-3).is("store.throughput", 3e-3).is("events.throughput", 5e-3);
}

#[test]
fn every_event_is_delivered_to_every_handler_once() {
    // Poisson events to an M/M/1 store and to an alarm that fails now and then: 1 + 3 deliveries for each.
    let bus = "Topic(handlers: [(flow: \"store\"), (flow: \"alarm\", subscribers: 3)], dispatch: AtOnce)";
    let run = case("topics")
        .set("bus", bus)
        .set("events.arrivals", "Poisson(\"0.8 /s\")")
        .set("store.steps", "[Compute(on: \"cpu\", work: Exponential(\"1 s\"))]")
        .set("alarm.steps", "[Choose([(0.3, [Fail()]), (0.7, [])])]")
        .set("run.horizon", "\"50000 s\"")
        .set("run.warm_up", "\"500 s\"")
        .set("run.replications", 10)
        .run();
    run.holds("store.latency.mean", 5.0, 0.4).holds("cpu.utilisation", 0.8, 0.01);
    run.holds("alarm.failed", 0.3, 0.01);
    // One for one, event for event: what is started is what is published.
    run.holds("bus.deliveries", 4.0 * run.value("events.throughput"), 0.05);
    let (deliveries, published) = (run.value("bus.deliveries"), run.value("bus.throughput"));
    assert!((deliveries - 4.0 * published).abs() < 1e-9 * deliveries, "{deliveries} are not 4 x {published}");
    run.holds("store.throughput", 0.8, 0.01).holds("alarm.throughput", 3.0 * 0.8 * 0.7, 0.03);
    // In turn an error is counted for each: 0.8 x 3 x 0.3 a second where each takes no time.
    let run = case("topics")
        .set("bus", "Topic(handlers: [(flow: \"alarm\", subscribers: 3)])")
        .set("system.flows.store", "Flow(arrivals: At(times: [1]), steps: [Delay(\"1 s\")])")
        .set("events.arrivals", "Poisson(\"0.8 /s\")")
        .set("alarm.steps", "[Choose([(0.3, [Fail()]), (0.7, [])])]")
        .set("run.horizon", "\"50000 s\"")
        .set("run.replications", 10)
        .run();
    run.holds("bus.handler_errors", 0.72, 0.02);
}

#[test]
fn what_is_wrong_with_a_topic_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says(topic("", "1"), &["nobody handles"]);
    says(topic("handlers: [(flow: \"stor\"), (flow: \"alarm\")]", "1"), &["stor", "store"]);
    says(topic(&format!("{BOTH}, dispatch: AtOnce, batch: 3"), "1"), &["do not wait"]);
    says(topic(&format!("{BOTH}, batch: 0"), "1"), &["not possible"]);
    let named = "handlers: [(flow: \"store\", event: \"fire\"), (flow: \"alarm\", event: \"fire\")]";
    says(topic(named, "1").set("events.steps", "[Publish(topic: \"bus\", event: \"fir\")]"), &["did you mean `fire`"]);
    says(topic(BOTH, "1").set("events.steps", "[Publish(topic: \"cpu\")]"), &["is a Processor", "Topic"]);
    // A handler without arrivals that nobody publishes to.
    says(topic("handlers: [(flow: \"store\")]", "1"), &["alarm", "no arrivals"]);
}
