//! Metrics collection as a load of its own.

use tests::{Case, case};

#[test]
fn the_load_of_samples_is_cost_over_interval_exactly() {
    // 101 sources; all is periodic, and the measured time is a whole number of periods.
    let ran = case("metrics").run();
    ran.is("edge.utilisation", 0.2 / 10.0)
        .is("server.utilisation", (0.2 + 101.0 * 0.01) / 10.0 / 2.0)
        .is("lan.utilisation", 101.0 * 8000.0 / 1e6 / 10.0)
        .is("lan.wire", 101.0 * 8000.0 / 10.0)
        .is("disk.utilisation", 101.0 * 0.001 / 10.0)
        .is("metrics.samples", 10.1)
        .is("metrics.samples_lost", 0.0)
        .is("metrics/edge.throughput", 10.0)
        .is("metrics/server.throughput", 0.1);
    // The system is what the flows of the file are.
    assert_eq!(ran.value("throughput"), ran.value("jobs.throughput"));
    assert_eq!(ran.value("in_system"), ran.value("jobs.in_system"));
}

fn one_device() -> Case {
    case("metrics").set("edge.count", 1).set("metrics.of", "[\"edge\"]")
}

#[test]
fn what_is_known_is_half_an_interval_and_the_way_old() {
    let way = 0.2 + 0.008 + 1.0 + 0.01 + 0.001;
    one_device().run().is("metrics.sample_age", 5.0 + way);
}

#[test]
fn lost_samples_make_it_older() {
    // Samples arrive at multiples of the interval that are geometric: mean age (2 - q)/(2 q) intervals, and the way.
    let (q, way) = (0.9, 1.219);
    one_device()
        .set("lan.reliability", q)
        .set("run.horizon", "200000 s")
        .set("run.replications", 10)
        .run()
        .holds("metrics.samples_lost", 1.0 - q, 0.005)
        .holds("metrics.sample_age", 10.0 * (2.0 - q) / (2.0 * q) + way, 0.05);
}

#[test]
fn a_network_and_a_storage_are_sampled_by_a_processor() {
    let ran = case("metrics").set("metrics.of", "[\"lan\", \"disk\"]").set("metrics.on", "\"server\"").run();
    ran.is("server.utilisation", 2.0 * 0.21 / 10.0 / 2.0).is("edge.utilisation", 0.0);
}

#[test]
fn what_cannot_be_sampled_is_said_with_its_place() {
    let refused = |path: &str, value: &str, words: &str| {
        let text = case("metrics").set(path, value).refused();
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    };
    refused("metrics.of", "[]", "it samples 0 components");
    refused("metrics.of", "[\"lan\"]", "`lan` cannot do the work of sampling itself");
    refused("metrics.of", "[\"edge\", \"edge\"]", "`edge` is named twice");
    refused("metrics.of", "[\"edges\"]", "did you mean `edge`?");
    refused("metrics.collector", "\"disk\"", "`disk` is a Storage; here a Processor or a Device is needed");
    refused("metrics.every", "\"0 s\"", "not positive");
    refused("metrics.work", "\"2 Mcycle\"", "`edge` has no frequency");
    refused("metrics.ingest", "\"2 MB\"", "MB");
}
