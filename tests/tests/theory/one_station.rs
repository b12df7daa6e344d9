//! One station: queues with formulas.

use models::analytic::{erlang, mg1};
use tests::{Case, case};

fn station() -> Case {
    case("station")
}

fn with(rate: f64, mean: f64) -> Case {
    station().set("parameters.rate", rate).set("parameters.mean", mean)
}

/// Service laws of mean 1 with their squared coefficients of variation.
const LAWS: [(&str, f64); 4] = [
    ("\"1 s\"", 0.0),
    ("Erlang(4, \"1 s\")", 0.25),
    ("Exponential(\"1 s\")", 1.0),
    ("HyperExponential(mean: \"1 s\", scv: 4)", 4.0),
];

#[test]
fn m_m_1() {
    station()
        .run()
        .holds("jobs.latency.mean", 5.0, 0.25)
        .holds("jobs.latency.p99", 100f64.ln() / 0.2, 2.0)
        .holds("jobs.latency.p50", 2f64.ln() / 0.2, 0.2)
        .holds("cpu.waiting", 4.0, 0.25)
        .holds("cpu.utilisation", 0.8, 0.01)
        .holds("cpu.in_system", 4.0, 0.25)
        .holds("cpu.queue", 3.2, 0.25)
        .holds("jobs.throughput", 0.8, 0.01);
}

#[test]
fn m_g_1_waits_by_pollaczek_and_khinchine() {
    for (law, scv) in LAWS {
        let wait = 0.8 * (1.0 + scv) / (2.0 * 0.2);
        let run = station().set("jobs.serve.work", law).run();
        run.holds("cpu.waiting", wait, 0.09 * wait).holds("jobs.latency.mean", wait + 1.0, 0.09 * wait);
    }
}

#[test]
fn response_at_service_rate_2() {
    for scheduler in ["Fcfs", "Lifo", "LifoPreemptive", "Random", "Sharing"] {
        with(1.0, 0.5).set("cpu.scheduler", scheduler).run().holds("jobs.latency.mean", 1.0, 0.02);
    }
    for (gap, response) in
        [("\"1 s\"", 0.627500), ("Erlang(4, \"1 s\")", 0.716262), ("Uniform(\"0 s\", \"2 s\")", 0.782188)]
    {
        with(1.0, 0.5).set("jobs.arrivals", format!("Renewal({gap})")).run().holds("jobs.latency.mean", response, 0.01);
    }
}

#[test]
fn shared_sojourn_is_insensitive_and_proportional_to_size() {
    for (law, _) in LAWS {
        station().set("cpu.scheduler", "Sharing").set("jobs.serve.work", law).run().holds(
            "jobs.latency.mean",
            5.0,
            0.3,
        );
    }
    let run = case("sizes").run();
    let load = 0.5 * 0.25 + 0.2 * 1.0 + 0.1 * 3.0;
    for (flow, size) in [("small", 0.25), ("medium", 1.0), ("large", 3.0)] {
        run.holds(&format!("{flow}.latency.mean"), size / (1.0 - load), 0.04 * size / (1.0 - load));
    }
}

#[test]
fn m_m_c() {
    for (servers, offered, blocked, waits, wait) in [
        (10, 8.0, 0.121661, 0.409180, 0.204590),
        (8, 5.0, 0.070048, 0.167267, 0.055756),
        (4, 3.2, 0.228145, 0.596432, 0.745541),
        (20, 16.0, 0.064411, 0.256078, 0.064019),
    ] {
        let many = || with(offered, 1.0).set("cpu.cores", servers).set("run.horizon", "\"20000 s\"");
        many().run().holds("cpu.waiting", wait, 0.1 * wait).holds("jobs.latency.mean", 1.0 + wait, 0.04);
        many().set("cpu.limit", servers).run().holds("jobs.dropped", blocked, 0.005);
        // The probability of waiting, from the queue: Lq = C rho / (1 - rho).
        let load = offered / f64::from(servers);
        many().run().holds("cpu.queue", waits * load / (1.0 - load), 0.1 * waits * load / (1.0 - load));
    }
}

#[test]
fn m_m_c_k() {
    with(1.0, 0.95)
        .set("cpu.limit", 4)
        .run()
        .holds("jobs.dropped", 0.180026, 0.004)
        .holds("jobs.throughput", 0.819974, 0.004)
        .holds("cpu.in_system", 1.897530, 0.015)
        .holds("jobs.latency.mean", 2.314135, 0.02);
    with(0.8, 1.0).set("cpu.limit", 5).run().holds("jobs.dropped", 0.088819, 0.004);
    with(12.0, 1.0).set("cpu.cores", 10).set("cpu.limit", 20).set("run.horizon", "\"15000 s\"").run().holds(
        "jobs.dropped",
        0.179666,
        0.004,
    );
    with(3.0, 0.25).set("cpu.cores", 2).set("cpu.limit", 3).run().holds("jobs.dropped", 0.049360, 0.002).holds(
        "cpu.in_system",
        0.762340,
        0.005,
    );
}

#[test]
fn priorities() {
    let classes = |rate_a: f64, rate_b: f64, mean_a: f64, mean_b: f64| {
        case("two_classes")
            .set("parameters.rate_a", rate_a)
            .set("parameters.rate_b", rate_b)
            .set("parameters.mean_a", mean_a)
            .set("parameters.mean_b", mean_b)
    };
    let equal = classes(0.3, 0.5, 1.0, 1.0);
    equal.clone().set("cpu.scheduler", "Priority(Resume)").run().holds("a.latency.mean", 1.42857, 0.02).holds(
        "b.latency.mean",
        7.14286,
        0.4,
    );
    equal.set("cpu.scheduler", "Priority").run().holds("a.latency.mean", 1.0 + 1.14286, 0.03).holds(
        "b.latency.mean",
        1.0 + 5.71429,
        0.4,
    );
    let unequal = classes(0.5, 0.25, 0.4, 2.0);
    unequal.clone().set("cpu.scheduler", "Priority(Resume)").run().holds("a.latency.mean", 0.5, 0.02).holds(
        "b.latency.mean",
        7.0,
        0.4,
    );
    unequal.set("cpu.scheduler", "Priority").run().holds("a.latency.mean", 0.4 + 1.35, 0.04).holds(
        "b.latency.mean",
        2.0 + 4.5,
        0.4,
    );
}

#[test]
fn preemptive_restart_and_resample_of_memoryless_work_are_what_resume_is() {
    // Exponential work that is drawn again is work that resumes.
    case("two_classes").set("cpu.scheduler", "Priority(Resample)").run().holds("a.latency.mean", 1.42857, 0.02).holds(
        "b.latency.mean",
        7.14286,
        0.4,
    );
}

#[test]
fn batch_arrivals() {
    station().set("jobs.arrivals", "Batch(4, Poisson(\"0.2 /s\"))").run().holds("cpu.in_system", 10.0, 0.7).holds(
        "jobs.latency.mean",
        12.5,
        0.8,
    );
}

#[test]
fn shortest_first() {
    for (rate, sojourn) in [(0.5, 1.4254), (0.8, 2.3528)] {
        with(rate, 1.0).set("cpu.scheduler", "Srpt").run().holds("jobs.latency.mean", sojourn, 0.06);
        let sjf = mg1::sjf_exponential(rate, 1.0).unwrap();
        with(rate, 1.0).set("cpu.scheduler", "Sjf").run().holds("jobs.latency.mean", sjf.sojourn, 0.08);
    }
}

#[test]
fn n_policy() {
    with(0.5, 1.0).set("cpu.wake", "AtLeast(3)").run().holds("cpu.in_system", 2.0, 0.05);
    let setup = mg1::n_policy(0.5, mg1::Moments::new(1.0, 1.0), 3, mg1::Moments::new(2.0, 0.0)).unwrap();
    with(0.5, 1.0).set("cpu.wake", "AtLeast(3)").set("cpu.setup", "2 s").run().holds(
        "cpu.in_system",
        setup.queue.in_system,
        0.05,
    );
}

#[test]
fn power_of_d() {
    case("instances").run().holds("jobs.latency.mean", 2.635, 0.07);
    case("instances").set("cpu.balance", "PowerOf(3)").run().near("jobs.latency.mean", 2.0279 + 0.02, 0.04);
    // One choice among many is no choice: M/M/1. All: the shortest queue.
    case("instances").set("cpu.balance", "PowerOf(1)").set("parameters.load", 0.5).run().holds(
        "jobs.latency.mean",
        2.0,
        0.04,
    );
    case("instances").set("cpu.balance", "Random").set("parameters.load", 0.5).run().holds(
        "jobs.latency.mean",
        2.0,
        0.04,
    );
}

#[test]
fn erlang_formulas_agree_with_the_table() {
    for (servers, offered, b, c) in
        [(10, 8.0, 0.121661, 0.409180), (8, 5.0, 0.070048, 0.167267), (4, 3.2, 0.228145, 0.596432)]
    {
        assert!((erlang::erlang_b(servers, offered).unwrap() - b).abs() < 1e-6);
        assert!((erlang::erlang_c(servers, offered).unwrap() - c).abs() < 1e-6);
    }
}
