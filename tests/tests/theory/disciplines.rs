//! The order of service: what it changes and what it does not.

use models::analytic::birth_death;
use tests::{Case, case};

fn station() -> Case {
    case("station")
}

#[test]
fn orders_that_do_not_look_at_sizes_have_one_mean() {
    for scheduler in ["Lifo", "Random", "LifoPreemptive"] {
        station().set("cpu.scheduler", scheduler).run().holds("jobs.latency.mean", 5.0, 0.3).holds(
            "cpu.in_system",
            4.0,
            0.3,
        );
    }
    // Not so for other laws: LIFO with preemption is insensitive, as sharing is; FCFS is not.
    for law in ["\"1 s\"", "HyperExponential(mean: \"1 s\", scv: 4)"] {
        station().set("cpu.scheduler", "LifoPreemptive").set("jobs.serve.work", law).run().holds(
            "jobs.latency.mean",
            5.0,
            0.5,
        );
        let wait = if law == "\"1 s\"" { 2.0 } else { 10.0 };
        for scheduler in ["Lifo", "Random"] {
            station().set("cpu.scheduler", scheduler).set("jobs.serve.work", law).run().holds(
                "jobs.latency.mean",
                1.0 + wait,
                0.1 * wait,
            );
        }
    }
}

#[test]
fn round_robin_with_small_slices_is_sharing() {
    station()
        .set("cpu.scheduler", "RoundRobin(\"50 ms\")")
        .set("jobs.serve.work", "\"1 s\"")
        .set("run.horizon", "\"20000 s\"")
        .run()
        .near("jobs.latency.mean", 5.0, 0.25);
    // With slices longer than any service it is FCFS.
    station()
        .set("cpu.scheduler", "RoundRobin(\"2 s\", switch: \"1 s\")")
        .set("jobs.serve.work", "\"1 s\"")
        .run()
        .holds("jobs.latency.mean", 3.0, 0.15);
}

#[test]
fn weighted_sharing_of_two_classes() {
    // Fayolle, Mitrani and Iasnogorodski (1980).
    let (rates, means, weights) = ([0.3, 0.4], [1.0, 1.0], [3.0, 1.0]);
    let load = [rates[0] * means[0], rates[1] * means[1]];
    let d = weights[0] * (1.0 - load[0]) / means[0] + weights[1] * (1.0 - load[1]) / means[1];
    let sojourn = |i: usize| {
        let j = 1 - i;
        means[i] / (1.0 - load[0] - load[1]) * (1.0 + load[j] * (weights[j] - weights[i]) / means[i] / d)
    };
    case("two_classes")
        .set("parameters.rate_a", rates[0])
        .set("parameters.rate_b", rates[1])
        .set("a.weight", weights[0])
        .set("cpu.scheduler", "WeightedSharing")
        .run()
        .holds("a.latency.mean", sojourn(0), 0.08)
        .holds("b.latency.mean", sojourn(1), 0.15);
}

#[test]
fn two_unequal_servers_the_fastest_first() {
    let (rate, fast, slow) = (1.0f64, 1.0, 0.5);
    let both = fast + slow;
    let r = rate / both;
    // Relative to the state with two: only the slow one busy, only the fast one, none, more.
    let only_slow = fast / (rate + slow);
    let only_fast = both / rate - only_slow;
    let empty = (fast * only_fast + slow * only_slow) / rate;
    let sum = empty + only_fast + only_slow + 1.0 / (1.0 - r);
    let present = (only_fast + only_slow + 2.0 / (1.0 - r) + r / (1.0 - r).powi(2)) / sum;
    station()
        .set("parameters.rate", rate)
        .set("cpu.cores", "[(1, 0.5), (1, 1)]")
        .run()
        .holds("cpu.in_system", present, 0.04)
        .holds("jobs.latency.mean", present / rate, 0.04);
}

#[test]
fn several_servers_for_one_request() {
    // All need both of two servers: one server. In a mixture the work done is the same.
    station().set("cpu.cores", 2).set("jobs.serve.servers", 2).run().holds("jobs.latency.mean", 5.0, 0.3).holds(
        "cpu.utilisation",
        0.8,
        0.01,
    );
    case("two_classes").set("cpu.cores", 2).set("a.serve.servers", 2).run().holds(
        "cpu.utilisation",
        (0.3 * 2.0 + 0.5) / 2.0,
        0.005,
    );
}

#[test]
fn preemption_on_several_servers() {
    // The urgent class sees M/M/2 alone; work is conserved, so with equal means the whole is M/M/2.
    let mmc = |rate: f64| models::analytic::erlang::mmc(rate, 1.0, 2).unwrap().sojourn;
    let run = case("two_classes")
        .set("cpu.cores", 2)
        .set("parameters.rate_a", 0.8)
        .set("parameters.rate_b", 0.8)
        .set("cpu.scheduler", "Priority(Resume)")
        .run();
    run.holds("a.latency.mean", mmc(0.8), 0.02).holds("latency.mean", mmc(1.6), 0.15);
}

#[test]
fn earliest_deadlines_first_reorder_classes_only() {
    // With one relative deadline for all, EDF is FCFS; with two that are far apart it is nearly a priority.
    station().set("cpu.scheduler", "Edf").set("jobs.deadline", "10 s").run().holds("jobs.latency.mean", 5.0, 0.3);
    let run = case("two_classes")
        .set("cpu.scheduler", "Edf(Resume)")
        .set("a.deadline", "1 ms")
        .set("b.deadline", "1000 s")
        .run();
    run.near("a.latency.mean", 1.42857, 0.03).near("b.latency.mean", 7.14286, 0.5);
}

#[test]
fn impatience() {
    // M/M/1+M: deaths at mu + (n - 1) theta; what reneges is what does not get through.
    let (rate, theta) = (1.2, 0.5);
    let births = vec![rate; 60];
    let deaths: Vec<f64> = (0..60).map(|n| 1.0 + f64::from(n) * theta).collect();
    let chain = birth_death::stationary(&births, &deaths).unwrap();
    let p: Vec<f64> = chain.probabilities;
    let through = 1.0 - p[0];
    let queue: f64 = p.iter().enumerate().skip(2).map(|(n, p)| (n as f64 - 1.0) * p).sum();
    station()
        .set("parameters.rate", rate)
        .set("jobs.serve.patience", "Exponential(\"2 s\")")
        .run()
        .holds("jobs.throughput", through, 0.005)
        .holds("cpu.queue", queue, 0.02)
        .holds("cpu.reneged", theta * queue, 0.01)
        .holds("jobs.reneged", theta * queue / rate, 0.01);
}

#[test]
fn limits_hold_for_each_order() {
    for scheduler in ["Fcfs", "Sharing", "Lifo", "Priority(Resume)", "RoundRobin(\"200 ms\")"] {
        station()
            .set("parameters.rate", 1)
            .set("parameters.mean", 0.95)
            .set("cpu.limit", 4)
            .set("cpu.scheduler", scheduler)
            .set("run.horizon", "\"20000 s\"")
            .run()
            .holds("jobs.dropped", 0.180026, 0.006)
            .holds("cpu.in_system", 1.897530, 0.03)
            .is("cpu.in_system_max", 4.0);
    }
}
