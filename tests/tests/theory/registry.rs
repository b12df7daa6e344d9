//! Service registries: what is known of instances lags behind what is so.

use tests::{Case, case};

/// Shares of the time of an instance that is up for 100 s on average, in whole tens of seconds, and down for 30 s: down
/// and not known to be; known to be down, rightly or not. Checks every 10 s: where the last failure falls between two of
/// them is uniform, and so is where the repair does.
fn shares(misses: f64) -> (f64, f64) {
    let delay = 5.0 + 10.0 * (misses - 1.0);
    (delay / 130.0, (30.0 - delay + 5.0) / 130.0)
}

#[test]
fn a_failure_is_noticed_after_half_an_interval_and_one_more_for_each_further_miss() {
    for misses in [1, 2] {
        let (_, known) = shares(f64::from(misses));
        case("registry")
            .set("registry.misses", misses)
            .run()
            .holds("registry.detection_delay", 5.0 + 10.0 * f64::from(misses - 1), 0.15)
            // Of four instances.
            .holds("registry.instances_unhealthy", 4.0 * known, 0.01)
            .holds("registry.detections", 4.0 / 130.0, 3e-4);
    }
}

#[test]
fn requests_are_lost_until_a_failure_is_noticed_and_while_nobody_is_known_to_be_healthy() {
    for misses in [1, 2] {
        let (unnoticed, known) = shares(f64::from(misses));
        let nobody = known * known;
        let lost = nobody + (1.0 - nobody) * unnoticed / (1.0 - known);
        let ran = case("registry").set("registry.misses", misses).run();
        // Among instances of a component, and among branches.
        ran.holds("calls.failed", lost, 0.008).holds("pair.failed", lost, 0.015);
    }
}

#[test]
fn without_a_registry_a_request_that_may_wait_is_never_lost() {
    let waits = "(time_to_failure: Uniform(\"50 s\", \"150 s\"), repair: \"30 s\")";
    case("registry").set("api.balance", "Random").set("api.failures", waits).run().is("calls.reliability", 1.0);
    // Where it may not, the share that comes while its instance is down is.
    case("registry").set("api.balance", "Random").run().holds("calls.failed", 30.0 / 130.0, 0.004);
}

/// One instance, at given times; checks at 10 s, 20 s and so on.
fn single() -> Case {
    case("registry")
        .set("api.count", 1)
        .set("api.failures.time_to_failure", "15 s")
        .set("api.failures.repair", "100 s")
        .set("calls.arrivals", "At(times: [\"12 s\", \"16 s\", \"25 s\", \"31 s\", \"119 s\", \"121 s\"])")
        .set("run.horizon", "125 s")
        .set("run.warm_up", "0 s")
        .set("run.replications", 1)
        .set("registry.of", "[\"api\", \"a\", \"b\"]")
}

#[test]
fn a_single_instance_is_known_to_be_down_and_up_again_at_the_next_check() {
    // It fails at 15 s and is missed at 20 s, and at 30 s. It is repaired at 115 s and answers at 120 s.
    let ran = single().set("registry.misses", 2).set("pair.arrivals", "At(times: [\"1 s\"])").run();
    ran.is("calls.reliability", 2.0 / 6.0).is("calls.failed", 4.0 / 6.0).is("registry/api.failed", 10.0 / 12.0);
    // A second success is needed, which comes after the end.
    single().set("registry.successes", 2).run().is("calls.reliability", 1.0 / 6.0);
}

/// Nothing fails.
fn sound() -> Case {
    let mut case = case("registry").set("run.replications", 2).set("run.horizon", "2000 s");
    for component in ["api", "a", "b"] {
        case = case.set(&format!("{component}.failures.time_to_failure"), "1e6 s");
    }
    case
}

#[test]
fn checks_are_a_load_of_cost_over_interval() {
    let calls = 5.0 * 1e-6;
    let ran = sound().set("registry.work", "10 ms").set("registry.over", "\"lan\"").set("registry.size", "100 B").run();
    // Two instances of `api`; the network carries four checks and their answers.
    ran.near("api.utilisation", 0.001 + calls / 2.0, 2e-6).near("a.utilisation", 0.001 + calls / 2.0, 2e-6);
    ran.near("lan.utilisation", 4.0 * 2.0 * 800e-6 / 10.0, 2e-6).is("calls.reliability", 1.0);
    ran.is("registry.checks_missed", 0.0).is("registry.checks", 0.4);
    // They are no requests of the file.
    assert!((ran.value("throughput") - ran.value("calls.throughput") - ran.value("pair.throughput")).abs() < 1e-9);
    // Without work they are for nothing.
    sound().run().near("api.utilisation", calls / 2.0, 1e-6);
}

#[test]
fn an_instance_that_answers_late_is_taken_for_unhealthy() {
    let ran = sound().set("registry.work", "2 ms").set("registry.timeout", "1 ms").run();
    ran.is("calls.failed", 1.0).is("registry.instances_unhealthy", 4.0).is("registry.checks_missed", 1.0);
    // As soon as it has a moment more all is well.
    sound().set("registry.work", "2 ms").set("registry.timeout", "2.1 ms").run().is("calls.reliability", 1.0);
}

#[test]
fn what_a_registry_cannot_do_is_said_with_its_place() {
    let refused = |path: &str, value: &str, words: &str| {
        let text = case("registry").set(path, value).refused();
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    };
    refused("registry.of", "[\"api\", \"a\"]", "`registry` does not watch `b`");
    refused("registry.of", "[\"api\", \"a\", \"b\", \"lan\"]", "`lan` is a Network");
    refused("registry.of", "[\"api\", \"a\", \"b\", \"bb\"]", "unknown component `bb`");
    refused("registry.timeout", "\"1 s\"", "`timeout` means nothing without `work`");
    refused("registry.over", "\"lan\"", "`over` means nothing without `size`");
    refused("registry.misses", "0", "`0` is not possible here");
    refused("registry.per", "\"api\"", "there is one registry");
    refused("api.balance", "Registered(registry: \"lan\")", "`lan` is a Network, not a Registry");
    refused("api.balance", "Registered(registry: \"registr\")", "did you mean `registry`?");
    refused(
        "api.balance",
        "Registered(registry: \"registry\", by: Registered(registry: \"registry\"))",
        "one registry is asked at a time",
    );
}
