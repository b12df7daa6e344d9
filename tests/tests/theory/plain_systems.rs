//! Systems of nothing but queues and servers have an executor of their own; it gives what the general one gives, in
//! every figure.

use experiments::file::Source;
use experiments::study::Study;
use models::simulation::{Replication, Settings, Simulation, Stop};
use sim_core::random::{Keyed, Rng, mix, name_hash};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tests::case;
use tests::chance::Chance;

struct Dice(Keyed);

impl Chance for Dice {
    fn throw(&mut self) -> u64 {
        self.0.next_u64()
    }
}

impl Dice {
    /// Constants make events simultaneous.
    fn time(&mut self) -> String {
        let mean = self.pick(&["0.1 s", "0.2 s", "0.5 s", "1 s"]);
        match self.below(6) {
            0 | 1 => format!("\"{mean}\""),
            2 => format!("Uniform(\"0 s\", \"{mean}\")"),
            3 => format!("Erlang(3, \"{mean}\")"),
            _ => format!("Exponential(\"{mean}\")"),
        }
    }

    fn component(&mut self, index: usize) -> String {
        let servers = [1, 1, 2, 3, 70][self.below(5)];
        let power = if self.chance(30) { "power: (idle: \"1 W\", active: \"3 W\"), " } else { "" };
        match index {
            0 => format!("Storage(access: \"0.1 s\", read: \"100 B/s\", channels: {servers}, {power})"),
            1 => format!("Network(bandwidth: \"800 bit/s\", channels: {servers}, {power})"),
            _ => {
                let overhead = if self.chance(30) { "overhead: \"0.1 s\", " } else { "" };
                format!("Processor(cores: {servers}, {overhead}{power})")
            }
        }
    }

    fn steps(&mut self, components: usize, depth: usize) -> String {
        let count = self.below(4);
        let steps = (0..count).map(|_| {
            if depth < 2 && self.chance(25) {
                let first = self.steps(components, depth + 1);
                let second = self.steps(components, depth + 1);
                let share = self.pick(&["0.3", "0.5", "1", "0"]);
                let rest = match share {
                    "0.3" => "0.7",
                    "0.5" => "0.5",
                    "1" => "0",
                    _ => "1",
                };
                return format!("Choose([({share}, [{first}]), ({rest}, [{second}])])");
            }
            match self.below(components) {
                0 => "Read(\"c0\", \"20 B\")".to_string(),
                1 => "Send(\"c1\", \"10 B\")".to_string(),
                i => format!("Compute(\"c{i}\", {})", self.time()),
            }
        });
        steps.collect::<Vec<_>>().join(", ")
    }

    fn flow(&mut self, components: usize) -> String {
        let arrivals = match self.below(7) {
            0 => format!("Closed(users: {}, think: {})", 1 + self.below(6), self.time()),
            1 => "Closed(users: 2100, think: Exponential(\"1000 s\"))".to_string(),
            2 => "from: \"devices\", arrivals: Poisson(\"0.05 /s\", merged: false)".to_string(),
            3 => "from: \"many\", arrivals: Poisson(\"0.0005 /s\", merged: false)".to_string(),
            4 => "from: \"devices\", arrivals: Poisson(\"0.05 /s\", merged: true)".to_string(),
            5 => format!("Renewal({})", self.time()),
            _ => "Poisson(\"1 /s\")".to_string(),
        };
        let arrivals = if arrivals.starts_with("from") { arrivals } else { format!("arrivals: {arrivals}") };
        let deadline = self.pick(&["", "deadline: \"1 s\", ", "deadline: Hard(\"2 s\"), "]);
        let first = format!("Compute(\"c2\", {})", self.time());
        let steps = self.steps(components, 0);
        format!("Flow({arrivals}, {deadline}steps: [{first}, {steps}])")
    }

    fn system(&mut self) -> String {
        let components = 3 + self.below(20);
        let listed: Vec<String> = (0..components).map(|i| format!("\"c{i}\": {}", self.component(i))).collect();
        let flows: Vec<String> =
            (0..1 + self.below(4)).map(|i| format!("\"f{i}\": {}", self.flow(components))).collect();
        // All of them are used, and everybody starts from somewhere.
        let all: Vec<String> = (2..components).map(|i| format!("Compute(\"c{i}\", \"0.05 s\")")).collect();
        let warm_up = self.pick(&["0 s", "20 s"]);
        let drain = self.pick(&["0 s", "3 s", "1000 s"]);
        let most = self.pick(&["60", "5000"]);
        let sample = self.pick(&["0.5 s", "7 s", "150 s"]);
        format!(
            "Experiment(system: System(components: {{\n\"devices\": Device(count: 20), \"many\": Device(count: 2500),\n{}\n}}, flows: {{\n{},\n\"all\": Flow(from: \"devices\", arrivals: Poisson(\"0.001 /s\"), steps: [Read(\"c0\", \"5 B\"), Send(\"c1\", \"10 B\"), {}]),\n\"rare\": Flow(from: \"many\", arrivals: Poisson(\"1e-5 /s\", merged: true), steps: [Compute(\"c2\", \"0.1 s\")]),\n}}), run: Run(horizon: \"100 s\", warm_up: \"{warm_up}\", drain: \"{drain}\", sample: \"{sample}\", max_in_system: {most}))",
            listed.join(",\n"),
            flows.join(",\n"),
            all.join(", ")
        )
    }
}

fn settings<'a>(study: &Study, replication: u64, stop: Option<&'a AtomicBool>) -> Settings<'a> {
    Settings { stop, ..tests::settings(study, replication) }
}

/// Runs both, and says whether there were two.
#[track_caller]
fn same(name: &str, study: &Study, settings: &Settings<'_>) -> Option<Replication> {
    let own = Simulation::new(&study.lowered.system, settings.clone());
    if !own.is_plain() {
        return None;
    }
    let (own, general) = (own.run(), Simulation::new(&study.lowered.system, settings.clone()).general().run());
    assert_eq!((own.events, own.stop, own.fingerprint), (general.events, general.stop, general.fingerprint), "{name}");
    // Every figure, every bucket of every histogram and every point of every series.
    let (one, other) = (format!("{own:?}"), format!("{general:?}"));
    if let Some(at) = one.bytes().zip(other.bytes()).position(|(one, other)| one != other) {
        let near = |text: &str| text.chars().skip(at.saturating_sub(200)).take(300).collect::<String>();
        panic!("{name}: the same events, but other figures:\n{}\n{}", near(&one), near(&other));
    }
    assert_eq!(one.len(), other.len(), "{name}");
    Some(own)
}

#[test]
fn random_plain_systems_give_the_same_by_both_executors() {
    let (mut plain, mut stopped, mut drained) = (0, 0, 0);
    for i in 0..120 {
        let text = Dice(Keyed::new(mix(i + 1), name_hash("plain systems"))).system();
        let name = format!("system {i}:\n{text}");
        let study = Study::from_source(Path::new("random.ron"), Source::new("random.ron", &text), &[], false);
        let study = study.unwrap_or_else(|bad| panic!("{name}\n{}", bad.text));
        let Some(run) = same(&name, &study, &settings(&study, i, None)) else { panic!("{name}\nis not plain") };
        plain += 1;
        stopped += u32::from(run.stop == Some(Stop::TooMany));
        drained += u32::from(run.flows.iter().all(|flow| flow.unfinished == 0));
    }
    println!("{plain} systems, {stopped} stopped, {drained} drained");
    assert!(stopped > 5 && stopped < 100 && drained > 5, "{stopped} stopped, {drained} drained");
}

/// Nothing but users, few or many, at few stations; constants make their events simultaneous.
fn closed(dice: &mut Dice) -> String {
    let components = 3 + dice.below(10);
    let servers = dice.pick(&["1", "1", "2", "70"]);
    let listed: Vec<String> = (0..components)
        .map(|i| format!("\"c{i}\": Processor(cores: {})", if i == 2 { servers } else { "1" }))
        .collect();
    let flows: Vec<String> = (0..1 + dice.below(3))
        .map(|i| {
            let users = [1, 2, 5, 40, 200][dice.below(5)];
            let (think, first) = (dice.time(), dice.time());
            let again: Vec<String> = (0..dice.below(3))
                .map(|_| format!("Compute(\"c{}\", {})", dice.below(components), dice.time()))
                .collect();
            let again = again.join(", ");
            format!(
                "\"f{i}\": Flow(arrivals: Closed(users: {users}, think: {think}), steps: [Choose([(0.6, [Compute(\"c0\", {first})]), (0.3, [Compute(\"c1\", \"0.2 s\"), {again}]), (0.1, [])]), {again}])"
            )
        })
        .collect();
    let all: Vec<String> = (0..components).map(|i| format!("Compute(\"c{i}\", \"0.1 s\")")).collect();
    let warm_up = dice.pick(&["0 s", "20 s"]);
    let drain = dice.pick(&["0 s", "3 s", "1000 s"]);
    let most = dice.pick(&["20", "5000"]);
    format!(
        "Experiment(system: System(components: {{\n{}\n}}, flows: {{\n{},\n\"all\": Flow(arrivals: Closed(users: 3, think: \"5 s\"), steps: [{}]),\n}}), run: Run(horizon: \"100 s\", warm_up: \"{warm_up}\", drain: \"{drain}\", sample: \"7 s\", max_in_system: {most}))",
        listed.join(",\n"),
        flows.join(",\n"),
        all.join(", ")
    )
}

#[test]
fn random_closed_networks_give_the_same_by_both_executors() {
    let mut stopped = 0;
    for i in 0..150 {
        let text = closed(&mut Dice(Keyed::new(mix(i + 1), name_hash("closed networks"))));
        let name = format!("closed {i}:\n{text}");
        let study = Study::from_source(Path::new("random.ron"), Source::new("random.ron", &text), &[], false);
        let study = study.unwrap_or_else(|bad| panic!("{name}\n{}", bad.text));
        let Some(run) = same(&name, &study, &settings(&study, i, None)) else { panic!("{name}\nis not plain") };
        stopped += u32::from(run.stop == Some(Stop::TooMany));
    }
    assert!(stopped > 5 && stopped < 145, "{stopped} stopped");
}

/// Sources in front of stations in a row; constants make events simultaneous, also at the end.
fn chains(dice: &mut Dice) -> String {
    let count = 1 + dice.below(3);
    let mut components =
        String::from("\"spare\": Processor(), \"some\": Device(count: 10), \"many\": Device(count: 2100),\n");
    let mut flows = String::new();
    for chain in 0..count {
        let stations = dice.below(5);
        // Mostly single servers but at the end, which is what chains may have.
        let servers: Vec<&str> = (1..=stations)
            .map(|i| if i == stations || dice.chance(10) { dice.pick(&["1", "2", "5", "70"]) } else { "1" })
            .collect();
        let steps: Vec<String> = (0..stations)
            .map(|i| {
                let name = format!("c{chain} {i}");
                let (component, step) = match dice.below(6) {
                    0 => {
                        ("Storage(access: \"0.1 s\", read: \"100 B/s\")".into(), format!("Read(\"{name}\", \"20 B\")"))
                    }
                    1 => ("Network(bandwidth: \"800 bit/s\")".to_string(), format!("Send(\"{name}\", \"10 B\")")),
                    _ => {
                        let power = if dice.chance(30) { "power: (idle: \"1 W\", active: \"3 W\")" } else { "" };
                        (
                            format!("Processor(cores: {}, {power})", servers[i]),
                            format!("Compute(\"{name}\", {})", dice.time()),
                        )
                    }
                };
                components += &format!("\"{name}\": {component},\n");
                step
            })
            .collect();
        let arrivals = match dice.below(5) {
            0 => "Renewal(\"0.5 s\")".to_string(),
            1 => format!("Renewal({})", dice.time()),
            2 => format!("Poisson(\"{} /s\", merged: false)", dice.pick(&["1e-3", "0.1"])),
            _ => format!("Poisson(\"{} /s\")", dice.pick(&["0.01", "0.5", "1", "3"])),
        };
        let from = if arrivals.contains("merged") { dice.pick(&["from: \"some\", ", "from: \"many\", "]) } else { "" };
        let deadline = dice.pick(&["", "deadline: \"1 s\", ", "deadline: Hard(\"2 s\"), "]);
        flows += &format!("\"f{chain}\": Flow({from}arrivals: {arrivals}, {deadline}steps: [{}]),\n", steps.join(", "));
    }
    let warm_up = dice.pick(&["0 s", "20 s"]);
    let drain = dice.pick(&["0 s", "3 s", "1000 s"]);
    let most = dice.pick(&["30", "5000"]);
    let sample = dice.pick(&["0.5 s", "7 s", "150 s"]);
    format!(
        "Experiment(system: System(components: {{\n{components}}}, flows: {{\n{flows}\"rest\": Flow(from: \"some\", arrivals: Poisson(\"1e-4 /s\"), steps: [Compute(\"spare\", \"0.5 s\")]), \"others\": Flow(from: \"many\", arrivals: Poisson(\"1e-6 /s\"), steps: [])}}), run: Run(horizon: \"1000 s\", warm_up: \"{warm_up}\", drain: \"{drain}\", sample: \"{sample}\", max_in_system: {most}))"
    )
}

#[test]
fn random_chains_of_stations_give_the_same_by_both_executors() {
    let (mut stopped, mut drained) = (0, 0);
    for i in 0..400 {
        let text = chains(&mut Dice(Keyed::new(mix(i + 1), name_hash("chains"))));
        let name = format!("chains {i}:\n{text}");
        let study = Study::from_source(Path::new("random.ron"), Source::new("random.ron", &text), &[], false);
        let study = study.unwrap_or_else(|bad| panic!("{name}\n{}", bad.text));
        let Some(run) = same(&name, &study, &settings(&study, i, None)) else { panic!("{name}\nis not plain") };
        stopped += u32::from(run.stop == Some(Stop::TooMany));
        drained += u32::from(run.flows.iter().all(|flow| flow.unfinished == 0));
    }
    println!("{stopped} stopped, {drained} drained");
    assert!(stopped > 20 && stopped < 300 && drained > 20, "{stopped} stopped, {drained} drained");
}

#[test]
fn files_of_the_suite_give_the_same_by_both_executors() {
    let plain = |case: &tests::Case| same("a file", &case.load(), &settings(&case.load(), 1, None)).is_some();
    let short = |file: &str| case(file).set("run.horizon", "500 s").set("run.warm_up", "50 s");
    assert!(plain(&short("series")));
    assert!(plain(&short("central_server")));
    assert!(plain(&short("closed_pool")));
    // What the plain executor does not know is not left to it.
    assert!(!plain(&short("tandem")));
    assert!(!plain(&short("fork_join")));
    assert!(!plain(&short("reneging")));
    assert!(!plain(&short("load_dependent")));
}

#[test]
fn both_executors_are_interrupted_at_the_same_event() {
    let study = case("series").load();
    let stop = AtomicBool::new(true);
    let run = same("interrupted", &study, &settings(&study, 0, Some(&stop))).unwrap();
    assert_eq!((run.stop, run.events), (Some(Stop::Interrupted), 4096));
}
