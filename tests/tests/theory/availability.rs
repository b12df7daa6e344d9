//! Servers that are not always there.

use models::analytic::mg1::{Moments, mg1_setup, mg1_vacations};
use tests::{Case, case};

fn station() -> Case {
    case("station").set("parameters.rate", 0.5)
}

#[test]
fn setup() {
    for (law, scv) in [("\"2 s\"", 0.0), ("Exponential(\"2 s\")", 1.0)] {
        let exact = mg1_setup(0.5, Moments::new(1.0, 1.0), Moments::new(2.0, scv)).unwrap();
        station().set("cpu.setup", law).run().holds("jobs.latency.mean", exact.sojourn, 0.08);
    }
}

#[test]
fn vacations() {
    for (law, scv) in [("\"2 s\"", 0.0), ("Exponential(\"2 s\")", 1.0)] {
        let exact = mg1_vacations(0.5, Moments::new(1.0, 1.0), Moments::new(2.0, scv)).unwrap();
        station()
            .set("cpu.vacation", law)
            .run()
            .holds("jobs.latency.mean", exact.sojourn, 0.08)
            // On vacation whenever it does not serve.
            .holds("cpu.asleep", 0.5, 0.01);
    }
}

#[test]
fn n_policy_sleeps_as_long_as_it_should() {
    // The server is busy for rho; else it sleeps.
    station().set("cpu.wake", "AtLeast(3)").run().holds("cpu.asleep", 0.5, 0.01).holds("cpu.utilisation", 0.5, 0.01);
}

#[test]
fn breakdowns_of_an_m_m_1() {
    // Avi-Itzhak and Naor (1963), by generating functions: failures at f whether busy or idle, repairs at r.
    let (rate, mu, f, r) = (0.5, 1.0, 0.05, 0.2);
    let up = r / (f + r);
    let spare = mu - rate - f * rate / r;
    let none_and_up = up * spare / mu;
    let slope = mu * none_and_up * (rate + f * rate / r + f * rate * rate / (r * r)) / (spare * spare);
    let present = slope + f * (slope / r + up * rate / (r * r));
    for scheduler in ["Fcfs", "Sharing", "LifoPreemptive"] {
        for of in ["Instance", "Server"] {
            if scheduler == "Sharing" && of == "Server" {
                continue;
            }
            station()
                .set("cpu.scheduler", scheduler)
                .set(
                    "cpu.failures",
                    format!("(time_to_failure: Exponential(\"20 s\"), repair: Exponential(\"5 s\"), of: {of})"),
                )
                .run()
                .holds("cpu.in_system", present, 0.15)
                .holds("jobs.latency.mean", present / rate, 0.3)
                .holds("cpu.availability", up, 0.01)
                .holds("cpu.utilisation", 0.5, 0.01);
        }
    }
}

#[test]
fn availability_is_up_over_up_and_down() {
    station()
        .set("cpu.cores", 4)
        .set("cpu.failures", "(time_to_failure: Uniform(\"0 s\", \"60 s\"), repair: \"10 s\", of: Server)")
        .run()
        .holds("cpu.availability", 0.75, 0.005);
    case("instances")
        .set("cpu.failures", "(time_to_failure: Exponential(\"90 s\"), repair: Exponential(\"10 s\"))")
        .set("parameters.load", 0.1)
        .run()
        .holds("cpu.availability", 0.9, 0.01);
}

/// Mean present of a chain of (present, servers up of two): arrivals, failures and repairs, and the rate of service.
fn two_failing_servers(rate: f64, f: f64, r: f64, serve: impl Fn(usize, usize) -> f64) -> f64 {
    let n_max = 120;
    let index = |n: usize, up: usize| n * 3 + up;
    let size = (n_max + 1) * 3;
    let mut p = vec![1.0 / size as f64; size];
    // Uniformisation: power steps until the distribution stands.
    let clock = rate + 2.0 * (1.0 + f + r);
    for _ in 0..40_000 {
        let mut q = vec![0.0; size];
        for n in 0..=n_max {
            for up in 0..3usize {
                let here = p[index(n, up)];
                let mut stay = clock;
                let mut go = |to: usize, rate: f64| {
                    q[to] += here * rate / clock;
                    stay -= rate;
                };
                if n < n_max {
                    go(index(n + 1, up), rate);
                }
                if n > 0 {
                    go(index(n - 1, up), serve(n, up));
                }
                if up > 0 {
                    go(index(n, up - 1), f * up as f64);
                }
                if up < 2 {
                    go(index(n, up + 1), r * (2 - up) as f64);
                }
                q[index(n, up)] += here * stay / clock;
            }
        }
        p = q;
    }
    (0..=n_max).map(|n| n as f64 * (0..3).map(|up| p[index(n, up)]).sum::<f64>()).sum()
}

#[test]
fn servers_that_fail_one_by_one() {
    let failing = |rate: f64| {
        let failures = "(time_to_failure: Exponential(\"10 s\"), repair: Exponential(\"1/0.3 * 1 s\"), of: Server)";
        station().set("parameters.rate", rate).set("cpu.cores", 2).set("cpu.failures", failures)
    };
    let present = two_failing_servers(0.8, 0.1, 0.3, |n, up| n.min(up) as f64);
    failing(0.8).run().holds("cpu.in_system", present, 0.06).holds("cpu.availability", 0.75, 0.01);
    // A request that needs both goes on only while both are up.
    let present = two_failing_servers(0.2, 0.1, 0.3, |_, up| if up == 2 { 1.0 } else { 0.0 });
    failing(0.2).set("jobs.serve.servers", 2).run().holds("cpu.in_system", present, 0.04);
}

#[test]
fn a_schedule_and_failures_keep_their_books() {
    // Two servers by day, none by night, both failing: shares stay shares, and everything gets through.
    let run = station()
        .set("cpu.cores", 2)
        .set("cpu.schedule", "[(\"50 s\", 2), (\"30 s\", 1), (\"20 s\", 0)]")
        .set("cpu.failures", "(time_to_failure: Exponential(\"40 s\"), repair: Exponential(\"10 s\"), of: Server)")
        .run();
    run.holds("jobs.throughput", 0.5, 0.01).holds("cpu.utilisation", 0.25, 0.005).holds("cpu.availability", 0.8, 0.01);
    let asleep = run.value("cpu.asleep");
    // Off duty for (30 + 2 * 20)/200 of the time of the servers that are up.
    assert!((asleep - 0.8 * 0.35).abs() < 0.02, "{asleep}");
}
