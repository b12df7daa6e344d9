//! What a number is worth: warm-up, batches of one long run, precision.

use experiments::run::{Advice, Reason, Verdict};
use experiments::study::Study;
use models::simulation::{Replication, Simulation};
use tests::{Case, case};

fn segments(case: &Case, n: u64, general: bool) -> Vec<Replication> {
    let study: Study = case.load();
    let simulation = Simulation::new(&study.lowered.system, tests::settings(&study, 0));
    let simulation = if general { simulation.general() } else { simulation };
    simulation.run_in_segments(n)
}

/// Both to twelve digits, where they are numbers.
#[track_caller]
fn close(what: &str, a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * a.abs().max(1e-9) || a.is_nan() && b.is_nan(), "{what}: {a} and {b}");
}

#[test]
fn segments_of_a_run_are_the_run_in_parts() {
    for file in ["series", "central_server", "fork_join", "tandem", "two_classes", "radio", "sizes", "steps"] {
        let case = case(file).set("run.horizon", "3000 s").set("run.warm_up", "500 s").set("run.drain", "100 s");
        let whole = case.replication(0);
        let parts = segments(&case, 7, false);
        assert_eq!(parts.len(), 7, "{file}");
        let last = parts.last().unwrap();
        assert_eq!((last.events, last.fingerprint), (whole.events, whole.fingerprint), "{file}");
        let joined = Replication::join(&parts).unwrap();
        close(file, joined.measured, whole.measured);
        assert_eq!(joined.in_system, whole.in_system, "{file}: the series goes on");
        for (a, b) in joined.flows.iter().zip(&whole.flows) {
            assert_eq!((a.born, a.outcomes, a.unfinished), (b.born, b.outcomes, b.unfinished), "{file}");
            assert_eq!(a.latency.buckets().collect::<Vec<_>>(), b.latency.buckets().collect::<Vec<_>>(), "{file}");
            for (x, y) in [(a.throughput, b.throughput), (a.in_system, b.in_system)] {
                close(file, x, y);
            }
        }
        let energy: f64 = joined.flows.iter().map(|flow| flow.energy).sum();
        close(file, energy, whole.flows.iter().map(|flow| flow.energy).sum());
        for (a, b) in joined.components.iter().zip(&whole.components) {
            assert_eq!((a.ended, a.starts, a.dropped, a.lost), (b.ended, b.starts, b.dropped, b.lost), "{file}");
            assert_eq!(a.present_max, b.present_max, "{file}");
            assert_eq!(a.visit_time.total(), b.visit_time.total(), "{file}");
            for (x, y) in [
                (a.utilisation, b.utilisation),
                (a.present, b.present),
                (a.queued, b.queued),
                (a.energy, b.energy),
                (a.bits, b.bits),
                (a.waiting.unwrap_or(-1.0), b.waiting.unwrap_or(-1.0)),
                (a.reliability.unwrap_or(-1.0), b.reliability.unwrap_or(-1.0)),
            ] {
                close(file, x, y);
            }
        }
    }
}

#[test]
fn both_executors_give_the_same_segments() {
    for file in ["series", "central_server", "closed_pool"] {
        let case = case(file).set("run.horizon", "500 s").set("run.warm_up", "50 s");
        assert_eq!(format!("{:?}", segments(&case, 5, false)), format!("{:?}", segments(&case, 5, true)), "{file}");
    }
}

#[test]
fn no_warm_up_is_none_and_not_found() {
    let run =
        case("station").set("run.warm_up", "None").set("run.horizon", "\"500 s\"").set("run.replications", 2).run();
    assert_eq!((run.run.warm_up, run.run.warm_up_found), (0, false));
    let found = case("station").set("run.warm_up", "Auto").set("run.replications", 2).run();
    assert!(found.run.warm_up_found && found.run.warm_up > 0);
    let text = case("station").set("run.warm_up", "Nothing").refused();
    assert!(text.contains("Auto"), "{text}");
}

#[test]
fn the_warm_up_is_at_least_three_relaxation_times_of_the_busiest_station() {
    // 1 / (mu (1 - sqrt(rho))^2) = 89.7 s at 0.8; the utilisation is measured.
    let run = case("station").set("run.warm_up", "Auto").run().run;
    assert!(run.warm_up as f64 * 1e-9 > 0.95 * 3.0 * 89.72, "{}", run.warm_up);
    assert!(run.warm_up <= run.horizon / 4);
    assert!(run.advice.is_empty(), "{:?}", run.advice);
}

#[test]
fn a_run_that_is_too_short_for_its_warm_up_is_made_longer_or_says_so() {
    let short =
        || case("station").set("run.warm_up", "Auto").set("run.horizon", "\"600 s\"").set("run.replications", 5);
    let run = short().run().run;
    let lengthened = |advice: &Advice| matches!(advice, Advice::Lengthened { reason: Reason::WarmUp, .. });
    assert!(run.advice.iter().any(lengthened), "{:?}", run.advice);
    assert!(run.horizon > 1_000_000_000_000 && run.warm_up <= run.horizon / 4 + 1, "{}", run.horizon);
    let kept = short().set("run.max_horizon", "\"600 s\"").run().run;
    assert_eq!(kept.horizon, 600_000_000_000);
    let Some(Advice::LongWarmUp { share, wanted }) = kept.advice.first() else { panic!("{:?}", kept.advice) };
    assert!((*share - 0.25).abs() < 1e-9 && *wanted > 900.0, "{share} {wanted}");
    // What is overloaded has no steady state to wait for, and what ends with its trace is no longer when it runs on.
    let overloaded = short().set("parameters.rate", 1.2).run().run;
    assert_eq!(overloaded.horizon, 600_000_000_000);
    assert_eq!(overloaded.status(), 1);
    let ends = case("mechanisms").set("run.warm_up", "Auto").set("run.horizon", "\"3 s\"").run().run;
    assert_eq!(ends.horizon, 3_000_000_000);
    assert!(short().set("run.max_horizon", "\"1 s\"").refused().contains("shorter than the horizon"));
}

#[test]
fn full_stations_with_little_room_relax_soon() {
    // A closed network whose bottleneck is always busy: with so few users there is nothing to wait for.
    let run = case("central_server").set("run.warm_up", "Auto").run().run;
    assert!((run.warm_up as f64) < 0.2 * run.horizon as f64, "{} of {}", run.warm_up, run.horizon);
    assert!(!run.advice.iter().any(|advice| matches!(advice, Advice::Lengthened { .. })), "{:?}", run.advice);
}

fn batches() -> Case {
    case("station").set("run", "Run(method: Batches, horizon: \"400000 s\", drain: \"1000 s\", seed: 5)")
}

#[test]
fn batches_of_one_long_run_hold_the_exact_values() {
    let run = batches().run();
    run.holds("jobs.latency.mean", 5.0, 0.5)
        .holds("jobs.latency.p50", 2f64.ln() / 0.2, 0.3)
        .holds("jobs.latency.p95", 20f64.ln() / 0.2, 2.5)
        .holds("jobs.throughput", 0.8, 0.01)
        .holds("cpu.utilisation", 0.8, 0.02)
        .holds("cpu.in_system", 4.0, 0.4);
    assert_eq!(run.run.replications, 1);
    for (path, most) in [("jobs.latency.mean", 32), ("jobs.throughput", 32)] {
        let n = run.estimate(path).n;
        assert!(n >= 8 && n <= most, "{path}: {n}");
    }
    assert_eq!(run.estimate("cpu.in_system_max").half_width, None);
    // Energy is that of the measured time and not of a batch: power times seconds.
    let energy = batches().set("cpu.power", "(idle: \"1 W\", active: \"2 W\")").run();
    let seconds = (energy.run.horizon - energy.run.warm_up) as f64 * 1e-9;
    let (joules, watts) = (energy.value("energy"), energy.value("power"));
    assert!((joules - watts * seconds).abs() < 1e-6 * joules, "{joules} {watts} {seconds}");
}

#[test]
fn a_run_whose_batches_depend_on_each_other_is_made_longer_or_says_so() {
    let short = |longest: &str| {
        batches()
            .set("parameters.rate", 0.95)
            .set("run.horizon", "\"4000 s\"")
            .set("run.warm_up", "None")
            .set("run.max_horizon", format!("\"{longest}\""))
            .run()
            .run
    };
    let kept = short("4000 s");
    assert_eq!(kept.horizon, 4_000_000_000_000);
    assert!(kept.advice.iter().any(|a| matches!(a, Advice::Dependent { .. })), "{:?}", kept.advice);
    let longer = short("1000000 s");
    assert!(longer.horizon > 4 * kept.horizon, "{}", longer.horizon);
    assert!(longer.advice.iter().any(|a| matches!(a, Advice::Lengthened { .. })), "{:?}", longer.advice);
    assert!(!longer.advice.iter().any(|a| matches!(a, Advice::Dependent { .. })), "{:?}", longer.advice);
}

#[test]
fn batches_take_no_replications() {
    let text = batches().set("run.replications", 5).refused();
    assert!(text.contains("there are no replications"), "{text}");
}

#[test]
fn a_precision_of_named_indicators_is_reached_or_said_not_to_be() {
    let station = || case("station").set("run.horizon", "\"5000 s\"").set("run.replications", 5);
    let goals = "[\"jobs.latency.p95 within 1 s\", \"cpu.utilisation within 0.5 %\"]";
    let run = station().set("run.precision", goals).run();
    assert!(run.estimate("jobs.latency.p95").half_width.unwrap() <= 1.0);
    let utilisation = run.estimate("cpu.utilisation");
    assert!(utilisation.half_width.unwrap() <= 0.005 * utilisation.value);
    assert!(run.run.replications > 5);
    let capped = station().set("run.precision", goals).set("run.max_replications", 8).run();
    assert_eq!(capped.run.replications, 8);
    let not_met = |advice: &Advice| matches!(advice, Advice::NotPrecise { .. }) && advice.text().contains("not met");
    assert!(capped.run.advice.iter().any(not_met), "{:?}", capped.run.advice);
    // One long run grows instead.
    let long =
        batches().set("run.horizon", "\"50000 s\"").set("run.precision", "[\"jobs.latency.mean within 0.4 s\"]").run();
    assert!(long.estimate("jobs.latency.mean").half_width.unwrap() <= 0.4);
    for (goal, why) in [
        ("\"jobs.latency.p95 within 1 W\"", "power"),
        ("\"jobs.latency.p95\"", "within what"),
        ("\"jobs.latency.max within 1 s\"", "extreme"),
        ("\"jobs.latencies within 1 s\"", "latency"),
        ("\"jobs.latency.p95 within 0 s\"", "above 0"),
    ] {
        let text = station().set("run.precision", format!("[{goal}]")).refused();
        assert!(text.contains(why), "{text}");
    }
    assert!(station().set("run.precision", "[]").refused().contains("nothing to be reached"));
}

#[test]
fn a_target_is_judged_by_the_interval_and_never_by_the_mean() {
    let verdict = |replications: u32, bound: &str| {
        let run = case("station")
            .set("run.replications", replications)
            .set("run.horizon", "\"4000 s\"")
            .set("targets", format!("[\"jobs.latency.mean <= {bound}\"]"))
            .run();
        let value = run.value("jobs.latency.mean");
        (run.run.verdicts[0].1, value)
    };
    let (near, value) = verdict(10, "5.3 s");
    assert_eq!(near, Verdict::Undecided, "{value}");
    assert_eq!(verdict(10, "20 s").0, Verdict::Met);
    assert_eq!(verdict(10, "1 s").0, Verdict::Missed);
    assert_eq!(verdict(1, "20 s").0, Verdict::Undecided);
}
