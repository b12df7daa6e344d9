//! Laws of load.

use models::analytic::birth_death;
use tests::{Case, case};

/// Means of a closed station with `users` who think for 1 s on average, and the given rates by requests present.
fn closed(users: usize, rate: impl Fn(usize) -> f64) -> (f64, f64) {
    let births: Vec<f64> = (0..users).map(|n| (users - n) as f64).collect();
    let deaths: Vec<f64> = (1..=users).map(rate).collect();
    let p = birth_death::stationary(&births, &deaths).unwrap().probabilities;
    let present: f64 = p.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
    (users as f64 - present, present)
}

fn station() -> Case {
    case("station")
        .set("jobs.arrivals", "Closed(users: 8, think: Exponential(\"1 s\"))")
        .set("run.horizon", "\"20000 s\"")
}

#[test]
fn occupancy_laws_are_birth_and_death_processes() {
    type Factor = fn(f64) -> f64;
    let laws: [(&str, &str, Factor); 6] = [
        ("Usl(alpha: 0.1, beta: 0.02)", "Occupancy(1)", |n| 1.0 / (1.0 + 0.1 * (n - 1.0) + 0.02 * n * (n - 1.0))),
        ("Linear(1)", "Occupancy(10)", |n| 1.0 - n / 10.0),
        ("Saturating", "Occupancy(16)", |n| 1.0 - n / 16.0),
        ("Linear(2)", "Occupancy(10)", |n| (1.0 - 2.0 * n / 10.0).max(0.05)),
        ("Expr(\"1 / (1 + 0.001 * l * n)\")", "Occupancy(4)", |n| 1.0 / (1.0 + 0.001 * 25.0 * n * n)),
        ("Table([(0, 1), (100, 0.5)])", "Occupancy(4)", |n| (1.0 - n / 8.0).max(0.5)),
    ];
    for (law, load, rate) in laws {
        let (throughput, present) = closed(8, |n| rate(n as f64));
        for scheduler in ["Fcfs", "Sharing", "Lifo"] {
            station()
                .set("cpu.laws", format!("(throughput: {law})"))
                .set("cpu.load", load)
                .set("cpu.scheduler", scheduler)
                .run()
                .holds("jobs.throughput", throughput, 0.02)
                .holds("cpu.in_system", present, 0.05);
        }
    }
}

#[test]
fn the_universal_scalability_law_on_as_many_cores_as_requests() {
    let (throughput, present) = closed(8, |n| {
        let n = n as f64;
        n / (1.0 + 0.1 * (n - 1.0) + 0.02 * n * (n - 1.0))
    });
    for scheduler in ["Fcfs", "Sharing"] {
        station()
            .set("cpu.cores", 8)
            .set("cpu.laws", "(throughput: Usl(alpha: 0.1, beta: 0.02))")
            .set("cpu.load", "Occupancy(1)")
            .set("cpu.scheduler", scheduler)
            .run()
            .holds("jobs.throughput", throughput, 0.03)
            .holds("cpu.in_system", present, 0.05);
    }
}

#[test]
fn a_latency_law_without_fixed_part_stretches_the_work() {
    let (throughput, present) = closed(8, |n| 1.0 / (1.0 + n as f64 / 4.0));
    for scheduler in ["Fcfs", "Sharing"] {
        station()
            .set("cpu.laws", "(latency: Linear(1))")
            .set("cpu.load", "Occupancy(4)")
            .set("cpu.scheduler", scheduler)
            .run()
            .holds("jobs.throughput", throughput, 0.02)
            .holds("cpu.in_system", present, 0.06);
    }
}

#[test]
fn a_latency_law_multiplies_the_fixed_part_and_a_throughput_law_divides_the_work() {
    // One request alone: load 1/2, so latency 1.5 and throughput 0.5.
    for scheduler in ["Fcfs", "Sharing", "Sjf"] {
        let run = case("exact")
            .set("a.arrivals", "At([\"1 s\"])")
            .set("a.serve.work", "2 s")
            .set("cpu.overhead", "1 s")
            .set("cpu.load", "Occupancy(2)")
            .set("cpu.laws", "(latency: Linear(1), throughput: Linear(1))")
            .set("cpu.scheduler", scheduler)
            .run();
        run.is("a.latency.max", 1.5 + 4.0);
    }
}

#[test]
fn rates_follow_every_arrival_and_departure() {
    // Alone a runs at 3/4, with b waiting at 1/2. a: 0-1 does .75, then 1.25 left at 1/2 until 3.5; b then 2 at 3/4.
    let run = case("exact")
        .set("a.arrivals", "At([\"0 s\"])")
        .set("a.serve.work", "2 s")
        .set("b.arrivals", "At([\"1 s\"])")
        .set("b.serve.work", "3 s")
        .set("cpu.load", "Occupancy(4)")
        .set("cpu.laws", "(throughput: Linear(1))")
        .run();
    run.is("a.latency.max", 3.5).is("b.latency.max", 3.5 + 4.0 - 1.0);
}

#[test]
fn the_fixed_point_of_a_linear_law_on_utilisation() {
    let run = case("station")
        .set("parameters.rate", 0.16)
        .set("jobs.serve.work", "\"1 s\"")
        .set("cpu.laws", "(throughput: Linear(1))")
        .set("cpu.load", "Utilisation(\"200 s\")")
        .set("run.horizon", "\"20000 s\"")
        .run();
    run.near("cpu.utilisation", 0.2, 0.006).near("jobs.latency.mean", 1.25 + 0.16, 0.05).is("cpu.on_floor", 0.0);
    // Half of that load: u = r/(1 - u).
    let root = (1.0 - (1.0f64 - 4.0 * 0.08).sqrt()) / 2.0;
    case("station")
        .set("parameters.rate", 0.08)
        .set("cpu.laws", "(throughput: Linear(1))")
        .set("cpu.load", "Utilisation(\"500 s\")")
        .run()
        .near("cpu.utilisation", root, 0.002);
    // On shared servers as well.
    case("station")
        .set("parameters.rate", 0.16)
        .set("cpu.scheduler", "Sharing")
        .set("cpu.laws", "(throughput: Linear(1))")
        .set("cpu.load", "Utilisation(\"200 s\")")
        .set("run.horizon", "\"20000 s\"")
        .run()
        .near("cpu.utilisation", 0.2, 0.01);
}

#[test]
fn reliability_under_a_law() {
    // One present of one: load 1; half of the attempts fail.
    let run = case("station")
        .set("cpu.laws", "(reliability: Linear(0.5))")
        .set("cpu.load", "Occupancy(1)")
        .set("cpu.limit", 1)
        .run();
    // M/M/1/1 takes 1/1.8; of those half.
    run.holds("jobs.reliability", 0.5 / 1.8, 0.005).holds("cpu.reliability", 0.5 / 1.8, 0.005);
}

#[test]
fn the_energy_law_scales_active_power() {
    // 3 W active at load 1 of 2: 3 * 1.5, for 4 of 10 s; idle 1 W is not scaled.
    let run = case("exact")
        .set("a.arrivals", "At([\"1 s\"])")
        .set("a.serve.work", "4 s")
        .set("run.horizon", "\"10 s\"")
        .set("cpu.load", "Occupancy(2)")
        .set("cpu.laws", "(energy: Linear(1))")
        .set("cpu.power", "(idle: \"1 W\", active: \"3 W\")")
        .run();
    run.is("cpu.energy", 6.0 + 4.0 * 4.5);
}
