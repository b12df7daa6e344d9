//! Orchestrators: where services are placed, and how they move.

use tests::{Case, case};

#[test]
fn services_go_to_the_node_with_the_best_score() {
    // By hand, with 0.4 (1 - cpu) + 0.4 (1 - memory) + 0.2 min(Gbit/s free, 1):
    //   a 1.00, b 0.90, c 1.00: a, the first of equals
    //   a 0.78, b 0.90, c 1.00: c
    //   a 0.78, b 0.90, c 0.775: b
    //   a 0.78, b 0.73, c 0.775: a
    //   a 0.56, b 0.73, c 0.775: c, which is full then
    //   a 0.56, b 0.73: b
    case("scores").run().is("a.throughput", 1.0 + 8.0).is("b.throughput", 4.0 + 32.0).is("c.throughput", 2.0 + 16.0);
    // By the processor alone: a, b and c, which are empty; b 0.875; a 0.75, the first of equals; b 0.75.
    case("scores")
        .set("cluster.weights", "(cpu: 1, memory: 0, bandwidth: 0)")
        .run()
        .is("a.throughput", 1.0 + 16.0)
        .is("b.throughput", 2.0 + 8.0 + 32.0)
        .is("c.throughput", 4.0);
}

/// Node `a`, where the service is at first, fails at 10.5 s.
fn moving(repair: &str) -> Case {
    let failures = format!("(time_to_failure: \"10.5 s\", repair: \"{repair}\", arriving: Fail)");
    let times = "At(times: [\"10 s\", \"11 s\", \"12.5 s\", \"15 s\"])";
    case("placement").set("a.failures", failures).set("calls.arrivals", times)
}

#[test]
fn a_service_moves_when_two_heartbeats_have_been_missed() {
    // Missed at 11 s and 12 s; pulled until 13 s, created until 13.5 s, started until 13.75 s, healthy at 14 s.
    let ran = moving("1000 s").run();
    ran.is("calls.reliability", 0.75)
        .is("calls.failed", 0.25)
        .is("calls.latency.max", 1.51)
        .is("cluster.deployment_time", 2.0)
        .is("cluster.moves", 0.01)
        .is("cluster.deployments", 0.01)
        .is("cluster.services_absent", 0.02)
        .is("wan.utilisation", 0.01)
        .is("b.utilisation", (0.75 + 2.0 * 0.01) / 100.0)
        .is("cluster/detector.latency.mean", 2.0);
    // Who will not wait fails; who waits for less than 1.5 s goes away.
    let absent = moving("1000 s").set("cluster.services.detector.absent", "Fail").run();
    absent.is("calls.failed", 0.5);
}

#[test]
fn who_waits_for_a_service_can_go_away() {
    let place = |rest: &str| format!("[Place(\"cluster\", \"detector\", [Compute(\"detector\", \"10 ms\")]{rest})]");
    let ran = moving("1000 s").set("calls.steps", place(", patience: \"1 s\"")).run();
    ran.is("calls.reneged", 0.25).is("calls.failed", 0.25).is("calls.reliability", 0.5);
    let ran = moving("1000 s").set("calls.steps", format!("[Timeout(\"1 s\", {})]", place(""))).run();
    ran.is("calls.timed_out", 0.25).is("calls.failed", 0.25);
    // One that tries again after a second is there when the service is.
    let again = format!("[Retry(times: 5, backoff: \"1 s\", steps: [Timeout(\"1 s\", {})])]", place(""));
    moving("1000 s").set("calls.steps", again).run().is("calls.reliability", 1.0);
}

#[test]
fn a_failure_that_nobody_notices_moves_nothing() {
    // Up again at 11.9 s: one heartbeat is missed.
    moving("1.4 s").set("run.horizon", "20 s").run().is("cluster.moves", 0.0).is("calls.reliability", 0.75);
}

#[test]
fn an_image_that_is_there_is_not_pulled_again() {
    // `a` is back at 15.5 s; `b` fails at 20.2 s, which is noticed at 22 s.
    let both = || {
        let failures = "(time_to_failure: \"20.2 s\", repair: \"1000 s\", arriving: Fail)";
        moving("5 s").set("b.failures", failures).set("run.horizon", "25 s")
    };
    let ran = both().set("cluster.services.detector.pull", "IfAbsent").run();
    // `b` had it not, `a` has.
    ran.is("wan.utilisation", 1.0 / 25.0).is("cluster.deployment_time", 1.5).is("cluster.moves", 2.0 / 25.0);
    both().run().is("wan.utilisation", 2.0 / 25.0).is("cluster.deployment_time", 2.0);
}

#[test]
fn cold_services_are_started_first() {
    // Pull, create, start and ready: 2 s.
    let ran = case("placement").set("cluster.cold", true).set("calls.arrivals", "At(times: [\"0 s\", \"3 s\"])").run();
    ran.is("calls.latency.max", 2.01).is("calls.latency.min", 0.01).is("cluster.deployment_time", 2.0);
}

#[test]
fn each_instance_of_a_component_is_a_node() {
    let case = |replicas: u32, apart: bool| {
        let service = format!("{{\"detector\": (cpu: 0.1, replicas: {replicas}, apart: {apart})}}");
        case("placement")
            .set("a.count", 3)
            .set("cluster.nodes", "{\"a\": (), \"b\": (cpu: 0.05)}")
            .set("cluster.services", service)
            .set("cluster.over", "None")
            .set("calls.arrivals", "At(times: [\"1 s\", \"1 s\", \"1 s\"])")
    };
    let case = |replicas, apart, steps: &str| case(replicas, apart).set("calls.steps", steps).run();
    let place = "[Place(\"cluster\", \"detector\", [Compute(\"detector\", \"10 s\")])]";
    // One for each of three requests; or two of them at one replica.
    case(3, true, place).is("calls.latency.max", 10.0);
    case(2, true, place).is("calls.latency.max", 20.0);
    case(1, false, place).is("calls.latency.max", 30.0);
    // Branches go where the request is that has forked.
    let forks =
        "[Place(\"cluster\", \"detector\", [Fork([[Compute(\"detector\", \"10 s\")], [Compute(\"a\", \"10 s\")]])])]";
    case(3, true, forks).is("calls.latency.min", 20.0).is("calls.latency.max", 20.0);
}

#[test]
fn the_number_of_replicas_follows_the_requests() {
    let scaled = |scale: &str| {
        case("placement")
            .set("cluster.services", format!("{{\"detector\": (cpu: 0.1, scale: {scale})}}"))
            .set("cluster.over", "None")
            .set("calls.steps", "[Place(\"cluster\", \"detector\", [Delay(\"60 s\")])]")
    };
    // Eight requests for 60 s, two wanted in each replica. In the first half minute there are 8 for 29 s, which makes 3.9
    // replicas, in the second 8, in the third 8 for 1 s: four from 30 s to 90 s, else one.
    let eight = format!("At(times: [{}])", ["\"1 s\""; 8].join(", "));
    let burst = |scale| scaled(scale).set("calls.arrivals", &eight).set("run.horizon", "120 s").run();
    burst("(inside: 2, most: 10)").is("cluster.replicas_up", 2.5).is("calls.reliability", 1.0);
    burst("(inside: 2, most: 3)").is("cluster.replicas_up", 2.0);
    burst("(inside: 2, most: 10, every: \"40 s\")").is("cluster.replicas_up", (40.0 + 4.0 * 40.0 + 3.0 * 40.0) / 120.0);
    // Users who never think.
    let users = "Closed(users: 7, think: \"0 s\")";
    let ran = scaled("(inside: 2, most: 10)").set("calls.arrivals", users).set("run.warm_up", "40 s").run();
    ran.is("cluster.replicas_up", 4.0);
}

/// The stationary distribution of a chain with these rates between states, by powers of its uniformised matrix.
fn stationary(states: usize, rates: &[(usize, usize, f64)]) -> Vec<f64> {
    let leaving = |i: usize| rates.iter().filter(|(from, ..)| *from == i).map(|(.., rate)| rate).sum::<f64>();
    let step = 0.9 / (0..states).map(leaving).fold(0.0, f64::max);
    let mut shares = vec![1.0 / states as f64; states];
    for _ in 0..100_000 {
        let mut next: Vec<f64> = (0..states).map(|i| shares[i] * (1.0 - step * leaving(i))).collect();
        rates.iter().for_each(|(from, to, rate)| next[*to] += step * rate * shares[*from]);
        shares = next;
    }
    shares
}

#[test]
fn the_availability_of_a_service_on_two_nodes_is_that_of_a_markov_chain() {
    let (fails, repaired, started) = (1.0 / 1000.0, 1.0 / 200.0, 1.0 / 100.0);
    // Up with the other node up or down; being started with the other node up or down; no node.
    let (both, one, starts_both, starts_one, none) = (0, 1, 2, 3, 4);
    let chain = stationary(
        5,
        &[
            (both, starts_one, fails),
            (both, one, fails),
            (one, both, repaired),
            (one, none, fails),
            (none, starts_one, 2.0 * repaired),
            (starts_one, one, started),
            (starts_one, starts_both, repaired),
            (starts_one, none, fails),
            (starts_both, both, started),
            (starts_both, starts_one, 2.0 * fails),
        ],
    );
    let available = chain[both] + chain[one];
    let failures = "(time_to_failure: Exponential(\"1000 s\"), repair: Exponential(\"200 s\"), arriving: Fail)";
    let ran = case("placement")
        .set("a.failures", failures)
        .set("b.failures", failures)
        .set("cluster.services", "{\"detector\": (cpu: 0.5, ready: Exponential(\"100 s\"), absent: Fail)}")
        .set("cluster.over", "None")
        .set("cluster.every", "0.5 s")
        .set("cluster.misses", 1)
        .set("calls.arrivals", "Poisson(\"0.5 /s\")")
        .set("run.horizon", "300000 s")
        .set("run.replications", 20)
        .run();
    // Failures are noticed after 0.25 s, a four-hundredth of what a move takes.
    ran.holds("calls.reliability", available, 0.01).holds("cluster.services_absent", 1.0 - available, 0.01);
}

#[test]
fn whatever_fails_and_is_cancelled_every_request_ends_once() {
    let failures =
        "(time_to_failure: Exponential(\"3 s\"), repair: Exponential(\"2 s\"), interrupted: Lose, arriving: Fail)";
    let steps = "[Retry(times: 2, backoff: \"100 ms\", steps: [Timeout(\"2 s\", [Place(\"cluster\", \"detector\", patience: \"1 s\", steps: [\
                 Fork([[Compute(\"detector\", Exponential(\"50 ms\"))], [Compute(\"a\", Exponential(\"50 ms\")), \
                 Place(\"cluster\", \"other\", [Compute(\"other\", \"5 ms\")])]], join: Any)])])])]";
    for balance in ["RoundRobin", "Random", "ShortestQueue", "PowerOf(2)"] {
        let service = format!(
            "{{\"detector\": (cpu: 0.3, replicas: 2, ready: \"0.2 s\", create: \"50 ms\", balance: {balance}), \
             \"other\": (cpu: 0.2, replicas: 3, ready: \"0.1 s\", absent: Fail)}}"
        );
        let ran = case("placement")
            .set("a.count", 2)
            .set("a.failures", failures)
            .set("b.failures", failures)
            .set("cluster.services", service)
            .set("cluster.over", "None")
            .set("calls.steps", steps)
            .set("calls.arrivals", "Poisson(\"5 /s\")")
            .set("run.horizon", "2000 s")
            .run();
        let ends = ["in_time", "dropped", "refused", "reneged", "timed_out", "failed", "lost", "unfinished"];
        let sum: f64 = ends.iter().map(|end| ran.value(&format!("calls.{end}"))).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{balance}: {sum}");
        assert!(ran.value("calls.reliability") > 0.2 && ran.value("cluster.moves") > 0.1, "{balance}");
    }
}

#[test]
fn what_cannot_be_placed_is_said_with_its_place() {
    let refused = |path: &str, value: &str, words: &str| {
        let text = case("placement").set(path, value).refused();
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    };
    let place = |service: &str, on: &str| format!("[Place(\"cluster\", \"{service}\", [Compute(\"{on}\", \"1 ms\")])]");
    refused("calls.steps", &place("detectr", "detectr"), "did you mean `detector`?");
    // Outside of its own Place a service has no place, and neither has what is started apart.
    refused("calls.steps", "[Compute(\"detector\", \"1 ms\")]", "unknown component `detector`");
    let apart = "[Place(\"cluster\", \"detector\", [Spawn([Compute(\"detector\", \"1 ms\")])])]";
    refused("calls.steps", apart, "unknown component `detector`");
    refused("cluster.nodes", "{}", "it has 0 kinds of nodes");
    refused("cluster.nodes", "{\"wan\": ()}", "`wan` is a Network");
    refused("cluster.services", "{}", "it has no services");
    refused("cluster.services", "{\"detector\": (cpu: 2, image: \"1 MB\")}", "no node could ever hold `detector`");
    refused("cluster.services", "{\"detector\": (image: \"1 MB\"), \"a\": ()}", "`a` is a component");
    refused("cluster.services", "{\"detector\": (image: \"1 MB\", balance: LeastWork)}", "how many requests are in it");
    refused("cluster.services", "{\"detector\": (image: \"1 MB\", replicas: 0)}", "`0` is not possible here");
    refused("cluster.services", "{\"detector\": (image: \"1 s\")}", "s");
    let scale = "{\"detector\": (image: \"1 MB\", replicas: 3, scale: (inside: 1, most: 2))}";
    refused("cluster.services", scale, "`2` is not possible here");
    refused("cluster.over", "None", "there is nothing to pull the image over");
}
