//! Flows put together at random from pools, channels, buffers and transfers, cut short at random: when all of them have
//! ended, everything has been given back.

use experiments::file::Source;
use experiments::study::Study;
use models::simulation::Replication;
use sim_core::random::{Keyed, Rng, mix, name_hash};
use std::path::Path;
use tests::books::books;
use tests::chance::Chance;

const COMPONENTS: &str = r#"
    "d": Device(count: 3), "p": Processor(cores: 2), "n": Network(bandwidth: "8 kbit/s", reliability: 0.9),
    "permits": Semaphore(capacity: 3),
    "links": ConnectionPool(limit: 2, endpoints: 2, idle: "3 s", max_age: "9 s", warm: 1, unhealthy: 0.1, check: "0.01 s",
        round_trips: 2, round_trip: Exponential("0.1 s"), handshake: "0.1 s", on: "p", breaks: Exponential("9 s")),
    "own": ConnectionPool(limit: 1, queue: 2, per: "d"),
    "objects": ObjectPool(max_size: 2, factory: Exponential("0.2 s"), on: "p"),
    "fixed": ObjectPool(max_size: 2, keep: Own, factory: "0.2 s"),
    "blocks": Channel(capacity: 2, consumers: 2), "oldest": Channel(capacity: 2, full: DropOldest),
    "meets": Channel(capacity: 0), "newest": Channel(capacity: 1, full: DropNewest, per: "d"), "fails": Channel(capacity: 1, full: Fail),
    "ring": Buffer(capacity: "100 B", threshold: "80 B"),
    "line": Buffer(capacity: "100 B", full: Drop, empty: Fail, compact: "1 kB/s", on: "p"),
    "dma": Dma(channels: 1, bandwidth: "1 kB/s", setup: "0.01 s"), "dma2": Dma(channels: 1, bandwidth: "1 kB/s", full: Fail),
"#;

struct Dice(Keyed);

impl Chance for Dice {
    fn throw(&mut self) -> u64 {
        self.0.next_u64()
    }
}

impl Dice {
    fn body(&mut self, depth: usize) -> String {
        let steps: Vec<String> = (0..1 + self.below(2)).map(|_| self.step(depth + 1)).collect();
        format!("[{}]", steps.join(", "))
    }

    /// One that ends: who works for others must not wait for ever.
    fn brief(&mut self, depth: usize) -> String {
        let body = self.body(depth);
        format!("[Timeout(Exponential(\"5 s\"), {body}, otherwise: [])]")
    }

    fn step(&mut self, depth: usize) -> String {
        let patience = self.pick(&["", "", ", patience: Exponential(\"1 s\")"]);
        match self.below(if depth < 4 { 20 } else { 6 }) {
            0 => "Compute(\"p\", Exponential(\"0.2 s\"))".to_string(),
            1 => "Delay(Exponential(\"0.5 s\"))".to_string(),
            2 => "Send(\"n\", Exponential(\"20 B\"))".to_string(),
            3 => "Choose([(0.1, [Fail()]), (0.9, [])])".to_string(),
            4 => format!("Drain(buffer: \"{}\", size: Exponential(\"30 B\"){patience})", self.pick(&["ring", "line"])),
            5 => format!("Fill(buffer: \"{}\", size: Exponential(\"30 B\"){patience})", self.pick(&["ring", "line"])),
            6 | 7 => {
                let (body, open) = (self.body(depth), self.body(depth));
                let open = if self.below(3) == 0 { format!(", open: {open}") } else { String::new() };
                let pool = self.pick(&["\"links\", endpoint: Zipf(2, 1)", "\"own\""]);
                format!("Connect(pool: {pool}, steps: {body}{open}{patience})")
            }
            8 => format!("Probe(pool: \"links\", idle: \"1 s\", steps: {})", self.brief(depth)),
            9 => format!("Borrow(\"{}\", {})", self.pick(&["objects", "fixed"]), self.body(depth)),
            10..=12 => {
                let channel = self.pick(&["blocks", "oldest", "meets", "newest", "fails"]);
                format!("Put(\"{channel}\", {}{patience})", self.brief(depth))
            }
            13 => {
                let buffer = self.pick(&["ring", "line"]);
                let size = self.pick(&["30 B", "10 B", "100 B"]);
                let content = self.pick(&["Delay(Content(per_byte: \"5 ms\"))", "Send(\"n\", Content)"]);
                let body = self.brief(depth);
                format!("Fill(buffer: \"{buffer}\", size: Exponential(\"{size}\"), flush: [{content}, {}", &body[1..])
                    + patience
                    + ")"
            }
            14 => {
                let buffer = self.pick(&["ring", "line"]);
                let body = self.brief(depth);
                format!("Drain(buffer: \"{buffer}\", size: Exponential(\"50 B\"), fill: {body}{patience})")
            }
            15 => {
                let mode = match self.below(3) {
                    0 => "mode: Copy, memcpy: \"1 kB/s\"".to_string(),
                    1 => {
                        format!("mode: PooledCopy, memcpy: \"1 kB/s\", pool: \"objects\", steps: {}", self.body(depth))
                    }
                    _ => {
                        let dma = self.pick(&["dma", "dma2"]);
                        format!("mode: ZeroCopy, dma: \"{dma}\", map: \"0.01 s\"{patience}")
                    }
                };
                format!("Transfer(size: Exponential(\"100 B\"), on: \"p\", {mode})")
            }
            16 => {
                let back = self.pick(&["", ", acknowledge: [Delay(Exponential(\"1 s\"))]", ", acknowledge: [Fail()]"]);
                format!("Hold(pool: \"permits\", n: Uniform(0.5, 3.4), steps: {}{back}{patience})", self.body(depth))
            }
            17 => {
                let (a, b) = (self.body(depth), self.body(depth));
                format!("Fork([{a}, {b}], join: {})", self.pick(&["All", "Any", "Any"]))
            }
            18 => format!("Retry(2, backoff: \"0.1 s\", steps: {})", self.body(depth)),
            _ => format!("Timeout(Exponential(\"1 s\"), {}, otherwise: [])", self.body(depth)),
        }
    }

    /// Flows whose requests come in the first 40 s, and end within 60 s, with all that they have started.
    fn system(&mut self, warm_up: u32) -> String {
        let mut flows = String::new();
        for i in 0..3 {
            let steps: Vec<String> = (0..2).map(|_| self.step(0)).collect();
            let times: Vec<String> = (0..80).map(|k| format!("\"{} ms\"", 500 * k + self.below(500))).collect();
            let from = self.pick(&["from: \"d\", ", ""]);
            flows += &format!(
                "\"f{i}\": Flow({from}arrivals: At([{}]), steps: [Timeout(\"20 s\", [{}])]),",
                times.join(", "),
                steps.join(", ")
            );
        }
        format!(
            "Experiment(system: System(components: {{{COMPONENTS}}}, flows: {{{flows}}}), \
             run: Run(horizon: \"1000 s\", warm_up: \"{warm_up} s\", replications: 1))"
        )
    }
}

fn simulate(text: &str) -> (Study, Replication) {
    let study = Study::from_source(Path::new("random.ron"), Source::new("random.ron", text), &[], false);
    let study = study.unwrap_or_else(|bad| panic!("{}\n{text}", bad.text));
    let run = tests::simulate(&study, 0);
    (study, run)
}

fn figure(study: &Study, run: &Replication, component: &str, figure: &str) -> f64 {
    let stations = &study.lowered.system.stations;
    let index = stations.iter().position(|station| station.name == component).unwrap();
    let place = stations[index].figures.iter().position(|name| name.name == figure).unwrap();
    run.components[index].figures[place].unwrap()
}

#[test]
fn whatever_happens_everything_is_given_back() {
    let from: u64 = std::env::var("RANDOM_FROM").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let number: u64 = std::env::var("RANDOM_NUMBER").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let (mut completed, mut aborted) = (vec![0.0; 20], 0);
    for i in from..from + number {
        let name = format!("system {i}");
        let dice = || Dice(Keyed::new(mix(i + 1), name_hash("random pools")));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            // All of it, and again.
            let text = dice().system(0);
            let (study, run) = simulate(&text);
            books(&name, &run);
            assert_eq!(run.fingerprint, simulate(&text).1.fingerprint, "{name}: not the same again");
            for (sum, component) in completed.iter_mut().zip(&run.components) {
                *sum += component.throughput;
                aborted += component.aborted;
                if let Some(sojourn) = component.sojourn.mean().filter(|_| component.aborted == 0) {
                    let others =
                        component.dropped + component.refused + component.reneged + component.failed + component.lost;
                    let little = component.throughput * sojourn / 1e9;
                    assert!(
                        others > 0 || (component.present - little).abs() < 1e-3 * little + 1e-6,
                        "{name}: Little's law"
                    );
                }
            }
            let of = |component: &str, name: &str| figure(&study, &run, component, name);
            for channel in ["blocks", "oldest", "meets", "newest", "fails"] {
                let gone = of(channel, "received") + of(channel, "dropped_oldest");
                assert!((of(channel, "sent") - gone).abs() < 1e-9, "{name}: messages of {channel}");
            }
            // From 200 s on nobody is there any more.
            let (study, late) = simulate(&dice().system(200));
            for (component, station) in late.components.iter().zip(&study.lowered.system.stations) {
                assert_eq!(component.present, 0.0, "{name}: somebody is left at {}", station.name);
                let buffer = station.kind.name() == "Buffer";
                assert!(buffer || component.utilisation.max(0.0) == 0.0, "{name}: {} is in use", station.name);
            }
            let of = |component: &str, name: &str| figure(&study, &late, component, name);
            assert_eq!((of("links", "open"), of("own", "open")), (0.0, 0.0), "{name}: open connections");
            for pool in ["objects", "fixed"] {
                assert_eq!(of(pool, "live"), of(pool, "idle"), "{name}: objects of {pool}");
                assert!(of(pool, "idle") <= 2.0, "{name}: objects of {pool}");
            }
            assert_eq!(of("fixed", "idle"), 2.0, "{name}: a pool of its own");
            for buffer in ["ring", "line"] {
                assert!((0.0..=800.0).contains(&of(buffer, "occupancy")), "{name}: {buffer}");
            }
        }));
        if result.is_err() {
            panic!("{name}:\n{}", dice().system(0));
        }
    }
    // All but the devices, which only send, has been in use, and broken off.
    println!("{completed:?} {aborted}");
    let used = completed.iter().take(17).skip(1).all(|sum| *sum > 0.0);
    assert!(number < 100 || (used && aborted > 1000), "{completed:?}, {aborted} broken off");
}
