//! Faults that were found once, so that they do not come back.

use experiments::file::Source;
use experiments::run::{Run, Silent, run};
use experiments::study::Study;
use models::simulation::Replication;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn read(text: &str) -> Result<Study, String> {
    Study::from_source(Path::new("regression.ron"), Source::new("regression.ron", text), &[], false)
        .map_err(|error| error.to_string())
}

fn simulate(text: &str) -> Run {
    let study = read(text).unwrap_or_else(|error| panic!("{error}"));
    run(&study, 2, &Silent, &AtomicBool::new(false)).expect("nobody interrupts it")
}

fn station(fields: &str) -> String {
    format!(
        r#"Experiment(
            system: System(
                components: {{ "station": Processor({fields}) }},
                flows: {{ "work": Flow(arrivals: Poisson("2 /s"), steps: [Compute("station", Exponential("100 ms"))]) }},
            ),
            run: Run(horizon: "200 s", warm_up: "0 s", replications: 2),
        )"#
    )
}

#[test]
fn the_share_of_services_on_the_floor_counts_each_visit_once() {
    for scheduler in [r#"RoundRobin("1 ms")"#, "LifoPreemptive()", "Srpt()", "Fcfs()"] {
        let laws = r#"laws: (throughput: Linear(1), floor: 0.9), load: Occupancy(2)"#;
        let run = simulate(&station(&format!("scheduler: {scheduler}, {laws}")));
        let share = run.results.find("station.on_floor").expect("there is a throughput law").value;
        // One present of two is a load of a half, and below the floor already.
        assert!((share - 1.0).abs() < 1e-9, "{scheduler}: {share}");
    }
}

#[test]
fn failures_and_repairs_that_take_no_time_are_refused() {
    let failures = |to: &str, repair: &str| {
        read(&station(&format!(r#"failures: Failures(time_to_failure: "{to}", repair: "{repair}")"#)))
    };
    let error = failures("0 s", "0 s").expect_err("it would never end");
    assert!(error.contains("failures and repairs must take time"), "{error}");
    assert!(failures("1 s", "0 s").is_ok() && failures("0 s", "1 s").is_ok());
}

/// One replication of a text, with its books.
fn replicate(text: &str) -> Replication {
    let study = read(text).unwrap_or_else(|error| panic!("{error}"));
    tests::simulate(&study, 0)
}

#[test]
fn where_few_visits_are_completed_littles_law_holds_with_the_others() {
    let overloaded = |scheduler: &str| {
        format!(
            r#"Experiment(system: System(
                components: {{ "station": Processor(cores: 2, scheduler: {scheduler}) }},
                flows: {{ "work": Flow(arrivals: Poisson("4 /s"), steps: [
                    Timeout("20 s", [Compute("station", Uniform("0.2 s", "1 s"))])]) }},
            ), run: Run(horizon: "30 s", warm_up: "5 s"))"#
        )
    };
    let dying = r#"Experiment(system: System(
            components: { "station": Device(count: 3, cores: 2, battery: "30 J", scheduler: LifoPreemptive(Restart),
                power: (idle: "1 W", active: "3 W")) },
            flows: { "work": Flow(from: "station", arrivals: Saturated, steps: [Compute("station", Exponential("1 s"))]) },
        ), run: Run(horizon: "30 s", warm_up: "5 s"))"#;
    let cases = [
        ("Restart", overloaded("LifoPreemptive(Restart)")),
        ("Resample", overloaded("LifoPreemptive(Resample)")),
        ("battery", dying.to_string()),
    ];
    for (name, text) in cases {
        let run = replicate(&text);
        let station = &run.components[0];
        let level = station.present * run.measured;
        let of_completed = station.sojourn.sum() as f64 / 1e9;
        // What is completed says little of who is there: those that are starved are not completed.
        assert!(of_completed < 0.7 * level, "{name}: {of_completed} s of {level} s");
        let all = station.visit_time.total() as f64 / 1e9;
        assert!((all - level).abs() < 1e-9 * level, "{name}: {all} s and {level} s");
        assert_eq!(station.visit_time.completed, station.sojourn.sum());
    }
}

fn lossy(scheduler: &str, reliability: &str, retransmit: &str, horizon: &str) -> String {
    format!(
        r#"Experiment(system: System(
            components: {{ "link": Network(bandwidth: "1 Mbit/s", scheduler: {scheduler},
                reliability: {reliability}, retransmit: {retransmit}) }},
            flows: {{ "frames": Flow(arrivals: Poisson("40 /s"), steps: [Send("link", Exponential("400 B"))]) }},
        ), run: Run(horizon: "{horizon}", warm_up: "0 s", drain: "100 s"))"#
    )
}

#[test]
fn a_new_demand_after_a_preemption_costs_no_retransmission() {
    for scheduler in ["LifoPreemptive(Resample)", "LifoPreemptive(Restart)", "Fcfs", "Sharing"] {
        let run = replicate(&lossy(scheduler, "0", "UpTo(3)", "20 s"));
        let link = &run.components[0];
        let open = 3 * link.present_max as u64;
        assert!(link.lost > 500, "{scheduler}: {} lost", link.lost);
        assert!(
            (3 * link.lost..=3 * link.lost + open).contains(&link.retransmitted),
            "{scheduler}: {} retransmissions of {} frames",
            link.retransmitted,
            link.lost
        );
    }
}

#[test]
fn a_frame_that_is_lost_a_hundred_thousand_times_is_delivered_in_the_end() {
    let text = lossy("Fcfs", "0.00001", "Forever", "200 s")
        .replace(r#"Poisson("40 /s")"#, r#"At(["0 s", "0 s", "0 s", "0 s", "0 s", "0 s", "0 s", "0 s"])"#)
        .replace(r#"Exponential("400 B")"#, r#""1 B""#);
    let run = replicate(&text);
    assert_eq!(run.flows[0].correct(), 8);
    // The number of failures of each frame is geometric: mean and standard deviation are 1e5; five deviations.
    let failures = run.components[0].retransmitted as f64;
    assert!((failures - 8e5).abs() < 5.0 * 1e5 * 8f64.sqrt(), "{failures}");
}

#[test]
fn a_wide_fork_ends_with_its_first_branch() {
    let branches = r#"[Compute("station", Exponential("1 ms"))],"#.repeat(20_000);
    for (join, completed) in [("Any", 1), ("Quorum(7)", 7), ("All", 20_000)] {
        let text = format!(
            r#"Experiment(system: System(
                components: {{ "station": Processor(cores: 1) }},
                flows: {{ "work": Flow(arrivals: At(["1 s"]), steps: [Fork([{branches}], join: {join})]) }},
            ), run: Run(horizon: "100 s", warm_up: "0 s"))"#
        );
        let run = replicate(&text);
        let station = &run.components[0];
        assert_eq!(run.flows[0].correct(), 1, "{join}");
        assert_eq!((station.sojourn.count(), station.aborted), (completed, 20_000 - completed), "{join}");
    }
}

#[test]
fn a_send_finds_the_network_from_where_the_request_is() {
    let home = |steps: &str| {
        format!(
            r#"Experiment(system: System(
                components: {{
                    "sensors": Device(count: 2), "gateway": Processor(), "cloud": Processor(), "disk": Storage(access: "1 ms"),
                    "radio": Network(bandwidth: "1 Mbit/s", between: ("sensors", "gateway")),
                    "uplink": Network(bandwidth: "1 Mbit/s", between: ("gateway", "cloud")),
                    "mobile": Network(bandwidth: "1 Mbit/s", between: ("sensors", "cloud")),
                }},
                flows: {{ "readings": Flow(from: "sensors", arrivals: Periodic("1 s"), steps: [{steps}]) }},
            ), run: Run(horizon: "10 s", warm_up: "0 s"))"#
        )
    };
    let to = |name: &str| format!(r#"Send(to: "{name}", size: "1 B"), "#);
    let (gateway, cloud, sensors) = (to("gateway"), to("cloud"), to("sensors"));
    let write = r#"Write("disk", "1 B"), "#;
    let choose = |a: &str, b: &str| format!("Choose([(0.5, [{a}]), (0.5, [{b}])]), ");
    let cases = [
        (gateway.clone(), [true, false, false]),
        (cloud.clone(), [false, false, true]),
        (format!("{gateway}{cloud}"), [true, true, false]),
        // What has been stored is sent on from where it was before.
        (format!("{gateway}{write}{cloud}"), [true, true, false]),
        (format!("{gateway}{cloud}{sensors}"), [true, true, true]),
        (format!("{}{cloud}", choose(&gateway, &gateway)), [true, true, false]),
        (format!("Spawn([{gateway}]), {cloud}"), [true, false, true]),
        (format!("Repeat(2, [{gateway}{sensors}]), {cloud}"), [true, false, true]),
    ];
    for (steps, used) in cases {
        let run = replicate(&home(&steps));
        let networks: Vec<bool> = run.components[4..].iter().map(|network| network.throughput > 0.0).collect();
        assert_eq!(networks, used, "{steps}");
    }
    let error = read(&home(&format!("{}{cloud}", choose(&gateway, "")))).expect_err("it may come from either");
    for word in ["several networks end at `cloud`", "`uplink` from `gateway`", "depends on the way", "`over`"] {
        assert!(error.contains(word), "no {word} in {error}");
    }
}

#[test]
fn an_unknown_component_hides_no_other_mistake_of_its_step() {
    let steps = |steps: &str| {
        let text = station("").replace(r#"[Compute("station", Exponential("100 ms"))]"#, &format!("[{steps}]"));
        read(&text).expect_err("it is wrong")
    };
    let cases = [
        r#"Compute(on: "nobody", work: "3 kg", patience: "4 kg")"#,
        r#"Send(over: "nobody", size: "3 kg", patience: "4 kg")"#,
        r#"Send(to: "nobody", size: "3 kg", patience: "4 kg")"#,
        r#"Write(storage: "nobody", size: "3 kg", patience: "4 kg")"#,
    ];
    for case in cases {
        let error = steps(case);
        assert_eq!(error.matches("error").count(), 3, "{case}: {error}");
    }
}

#[test]
fn times_that_would_take_for_ever_are_refused_with_their_place() {
    let cases = [
        (station(r#"vacation: "1e-12 s""#).replace("200 s", "1 h"), "vacations"),
        (station(r#"schedule: [("1e-12 s", 1), ("1 ns", 0)]"#).replace("200 s", "1 h"), "changes of shift"),
        (
            station(r#"failures: (time_to_failure: "1 ns", repair: "1 ns")"#).replace("200 s", "1 h"),
            "failures and repairs",
        ),
        (station("").replace("2 /s", "1e12 /s"), "requests"),
        (
            station("").replace(r#"Poisson("2 /s")"#, r#"TimeVarying([("1e-12 s", "1 /s"), ("1 ns", "2 /s")])"#),
            "changes of the rate",
        ),
        (
            station("").replace(r#"Poisson("2 /s")"#, r#"MarkovModulated([("1 /s", "1 ns"), ("2 /s", "1 ns")])"#),
            "changes of state",
        ),
    ];
    for (text, word) in cases {
        let error = read(&text).expect_err(word);
        assert!(error.contains(word) && error.contains("horizon") && error.contains("regression.ron:"), "{error}");
    }
}

#[test]
fn what_does_not_fit_into_memory_is_refused_with_its_place() {
    let many = |text: &str| read(text).expect_err("nobody has so much memory");
    let processors = many(&station("count: 100000000"));
    assert!(processors.contains("GB of memory") && processors.contains("`station`"), "{processors}");
    let users = many(&station("").replace(r#"Poisson("2 /s")"#, "Closed(users: 100000000)"));
    assert!(users.contains("GB of memory") && users.contains("`work`"), "{users}");
    let servers = many(&station("count: 100000000, cores: 1000"));
    assert!(servers.contains("servers"), "{servers}");
}

/// A given series of times to failure was gone through no further than its first value.
#[test]
fn times_to_failure_in_a_given_series_are_taken_in_turn() {
    // Up 1 s, down 1 s, up 7 s, down 1 s, and again: up 8 of 10 s.
    let text = r#"Experiment(
        system: System(
            components: { "cpu": Processor(failures: Failures(time_to_failure: Sequence(["1 s", "7 s"]), repair: "1 s")) },
            flows: { "jobs": Flow(arrivals: Poisson("1 /s"), steps: [Compute("cpu", "1 ms")]) },
        ),
        run: Run(horizon: "100 s", warm_up: "0 s", replications: 2),
    )"#;
    let run = simulate(text);
    let availability = run.results.find("cpu.availability").expect("it is measured");
    assert!((availability.value - 0.8).abs() < 1e-9, "{availability:?}");
}
