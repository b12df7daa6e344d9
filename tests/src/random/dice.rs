//! Experiment files put together at random from all active components and steps, with the passive ones of
//! [`super::mechanisms`] strewn in.

use super::mechanisms::MECHANISMS;
use crate::chance::Chance;
use sim_core::random::{Keyed, Rng, mix, name_hash};

/// The text of the random experiment with this number.
pub fn experiment(number: u64) -> String {
    Dice(Keyed::new(mix(number + 1), name_hash("random systems"))).system()
}

struct Dice(Keyed);

impl Chance for Dice {
    fn throw(&mut self) -> u64 {
        self.0.next_u64()
    }
}

impl Dice {
    fn time(&mut self) -> String {
        let mean = self.pick(&["0.2 s", "0.5 s", "1 s", "2 s"]);
        match self.below(5) {
            0 => format!("\"{mean}\""),
            1 => format!("Uniform(\"0 s\", \"{mean}\")"),
            2 => format!("Erlang(3, \"{mean}\")"),
            3 => format!("HyperExponential(mean: \"{mean}\", scv: 3)"),
            _ => format!("Exponential(\"{mean}\")"),
        }
    }

    /// The options that every component has.
    fn common(&mut self, servers: usize, shared: bool, runtime: bool) -> String {
        let mut text = String::new();
        if self.chance(25) {
            text += &format!("limit: {}, ", servers + 1 + self.below(4));
            if self.chance(50) {
                text += "full: Block, ";
            }
        }
        if self.chance(15) {
            text += "reliability: 0.9, ";
        }
        if self.chance(25) {
            let load = self.pick(&["Occupancy(5)", "Utilisation(\"5 s\")"]);
            let law = self.pick(&[
                "throughput: Linear(0.5)",
                "latency: Linear(1), energy: Linear(1)",
                "reliability: Linear(0.1)",
            ]);
            text += &format!("load: {load}, laws: ({law}), ");
        }
        if self.chance(25) {
            let interrupted = self.pick(&["Resume", "Restart", "Lose"]);
            let of = if shared { "Instance" } else { self.pick(&["Instance", "Server"]) };
            text += &format!(
                "failures: (time_to_failure: Exponential(\"20 s\"), repair: Exponential(\"3 s\"), interrupted: {interrupted}, of: {of}), "
            );
        }
        if self.chance(20) && !runtime {
            text += &format!("schedule: [(\"5 s\", {servers}), (\"3 s\", {})], ", self.below(servers));
        }
        if !shared {
            match self.below(8) {
                0 => text += "setup: Exponential(\"0.5 s\"), ",
                1 => text += "vacation: Exponential(\"0.5 s\"), ",
                2 => text += "wake: AtLeast(2), ",
                _ => {}
            }
        }
        if self.chance(50) {
            text +=
                "power: (idle: \"1 W\", active: \"3 W\", sleep: \"0.1 W\", setup: \"2 W\", tx: \"5 W\", rx: \"4 W\"), ";
        }
        text
    }

    fn scheduler(&mut self) -> &'static str {
        self.pick(&[
            "Fcfs",
            "Lifo",
            "LifoPreemptive",
            "LifoPreemptive(Restart)",
            "LifoPreemptive(Resample)",
            "Random",
            "Priority",
            "Priority(Resume)",
            "Priority(Restart)",
            "Priority(Resample)",
            "Edf",
            "Edf(Resume)",
            "Sjf",
            "Srpt",
            "RoundRobin(\"0.3 s\")",
            "RoundRobin(quantum: \"0.3 s\", switch: \"0.05 s\")",
            "Sharing",
            "WeightedSharing",
            "Fcfs",
            "Fcfs",
        ])
    }

    /// Worker pools, and what chooses among disciplines by itself.
    fn runtime(&mut self) -> &'static str {
        self.pick(&[
            "Tokio",
            "Go(slice: \"0.1 s\")",
            "ThreadPool(3, queue: 4)",
            "WorkStealing(steal: Half, arrivals: Random, local_queue: 2, steal_cost: \"10 ms\", blocking: 1)",
            "WorkStealing(steal: One, arrivals: Global, lifo_slot: Stealable, event_interval: 2, slice: \"0.2 s\")",
            "Auto",
            "Adaptive(every: \"2 s\", long: 1, variability: 0.5)",
        ])
    }

    fn component(&mut self, kind: usize, many: bool) -> String {
        let servers = 1 + self.below(3);
        let runtime = kind == 0 && self.chance(20);
        let scheduler = if runtime { self.runtime() } else { self.scheduler() };
        let shared = runtime || scheduler.contains("Sharing");
        let common = self.common(servers, shared, runtime);
        let count = if many && self.chance(25) { 1 + self.below(3) } else { 1 };
        let mut balance = self.pick(&["RoundRobin", "Random", "ShortestQueue", "PowerOf(2)"]);
        if kind == 0 && many && self.chance(20) {
            balance = self.pick(&["Registered(\"registry\")", "Registered(registry: \"registry\", by: PowerOf(2))"]);
        }
        let shape = format!("count: {count}, balance: {balance}, scheduler: {scheduler}, {common}");
        match kind {
            0 => {
                let cores = match (servers, shared) {
                    (2, false) => "[(1, 1), (1, 0.5)]".to_string(),
                    _ => servers.to_string(),
                };
                let overhead = if self.chance(30) { "overhead: \"0.1 s\", " } else { "" };
                let lines = if self.chance(30) {
                    "interrupts: {\"nic\": Interrupt(handler: Exponential(\"0.02 s\"), latency: \"1 ms\")}, "
                } else {
                    "interrupts: {\"nic\": Interrupt(handler: \"0.01 s\")}, "
                };
                format!("Processor(cores: {cores}, {overhead}{lines}{shape})")
            }
            1 => {
                let duplex = if count == 1 { self.pick(&["Half", "Full"]) } else { "Half" };
                let latency =
                    self.pick(&["", "latency: \"0.3 s\", ", "latency: Exponential(\"0.3 s\"), occupies: true, "]);
                let retransmit = self.pick(&["Never", "UpTo(2)", "Forever"]);
                format!(
                    "Network(bandwidth: \"800 bit/s\", channels: {servers}, between: (\"d\", \"p\"), duplex: {duplex}, {latency}retransmit: {retransmit}, {shape})"
                )
            }
            2 => format!(
                "Storage(access: \"0.1 s\", read: \"100 B/s\", write: \"100 B/s\", capacity: \"20 kB\", channels: {servers}, {shape})"
            ),
            _ => {
                let battery = if self.chance(30) && shape.contains("power") { "battery: \"400 J\", " } else { "" };
                format!("Device(cores: {servers}, {battery}{shape})").replace("count: 1,", "count: 3,")
            }
        }
    }

    fn step(&mut self, depth: usize, in_branch: bool) -> String {
        let patience = if self.chance(20) { ", patience: \"2 s\"" } else { "" };
        let body = |dice: &mut Dice, in_branch: bool| dice.body(depth + 1, in_branch);
        if depth < 3 && self.chance(30) {
            return self.mechanism(depth, in_branch);
        }
        match self.below(if depth < 3 { 17 } else { 5 }) {
            15 => "Interrupt(on: \"p\", line: \"nic\")".to_string(),
            16 => {
                let time = self.time();
                let mode = self.pick(&["Polling", "Waking"]);
                format!("Await(on: \"p\", time: {time}, mode: {mode}, poll: \"0.1 s\")")
            }
            0 | 1 => {
                let work = self.time();
                format!("Compute(\"p\", {work}{patience})")
            }
            2 => format!("Send(\"n\", Exponential(\"50 B\"){})", patience),
            3 => format!("{}(\"s\", Exponential(\"50 B\"){patience})", if self.chance(50) { "Read" } else { "Write" }),
            4 => {
                let work = self.time();
                format!("Compute(\"d\", {work}{patience})")
            }
            5 => {
                let time = self.time();
                format!("Delay({time})")
            }
            6 => {
                let (a, b) = (body(self, in_branch), body(self, in_branch));
                format!("Choose([(0.6, {a}), (0.4, {b})])")
            }
            7 => {
                let a = body(self, in_branch);
                format!("Repeat(Uniform(\"0\", \"2\"), {a})")
            }
            8 | 9 => {
                let (a, b) = (body(self, true), body(self, true));
                let join = self.pick(&["All", "Any", "Quorum(2)", "Any"]);
                format!("Fork([{a}, {b}], join: {join})")
            }
            10 => {
                let a = body(self, false);
                format!("Spawn({a})")
            }
            11 => {
                let (a, b) = (body(self, in_branch), body(self, in_branch));
                let otherwise = if self.chance(50) { format!(", otherwise: {b}") } else { String::new() };
                format!("Timeout(Exponential(\"2 s\"), {a}{otherwise})")
            }
            12 => {
                let a = body(self, in_branch);
                format!("Retry(2, backoff: \"0.1 s\", steps: {a})")
            }
            13 => format!(
                "Balance([[Compute(\"p\", \"0.1 s\")], [Compute(\"d\", \"0.2 s\")]], by: {})",
                self.pick(&["RoundRobin", "ShortestQueue", "LeastWork"])
            ),
            _ if !in_branch && self.chance(30) => "Become(\"other\")".to_string(),
            _ => "Choose([(0.1, [Fail()]), (0.9, [])])".to_string(),
        }
    }

    /// A step of a passive component, with its holes filled.
    fn mechanism(&mut self, depth: usize, in_branch: bool) -> String {
        let mechanism = &MECHANISMS[self.below(MECHANISMS.len())];
        let mut step = self.pick(mechanism.steps).to_string();
        while step.contains("{body}") {
            step = step.replacen("{body}", &self.body(depth + 1, in_branch), 1);
        }
        // Of what runs apart from its request.
        while step.contains("{apart}") {
            step = step.replacen("{apart}", &self.body(depth + 1, true), 1);
        }
        while step.contains("{time}") {
            step = step.replacen("{time}", &self.time(), 1);
        }
        step
    }

    /// Passive components: one of the ways in which each mechanism can be written.
    fn mechanisms(&mut self) -> Vec<String> {
        MECHANISMS
            .iter()
            .map(|mechanism| format!("\"{}\": {}", mechanism.name, self.pick(mechanism.components)))
            .collect()
    }

    fn body(&mut self, depth: usize, in_branch: bool) -> String {
        let n = 1 + self.below(2);
        let steps: Vec<String> = (0..n).map(|_| self.step(depth, in_branch)).collect();
        format!("[{}]", steps.join(", "))
    }

    fn arrivals(&mut self) -> &'static str {
        self.pick(&[
            "Poisson(\"1 /s\")",
            "Poisson(\"0.3 /s\")",
            "Saturated",
            "Closed(users: 9, think: Exponential(\"1 s\"))",
            "Poisson(rate: \"0.1 /s\", merged: false)",
            "Periodic(every: \"5 s\", jitter: Exponential(\"1 s\"))",
            "Renewal(Erlang(2, \"5 s\"))",
            "Batch(3, Poisson(\"0.05 /s\"))",
            "TimeVarying([(\"10 s\", \"0.3 /s\"), (\"5 s\", \"0 /s\")])",
            "MarkovModulated([(\"0.5 /s\", \"5 s\"), (\"0 /s\", \"10 s\")])",
            "Closed(users: 2, think: Exponential(\"2 s\"))",
            "Closed(users: 2, think: \"0.5 s\")",
        ])
    }

    fn flow(&mut self) -> String {
        let arrivals = self.arrivals();
        let mut steps = self.body(0, false);
        if arrivals == "Saturated" {
            // It starts at a component.
            let first =
                self.pick(&["[Compute(\"p\", \"0.5 s\"), ", "[Send(\"n\", \"50 B\"), ", "[Compute(\"d\", \"1 s\"), "]);
            steps = steps.replacen('[', first, 1);
        }
        let deadline = self.pick(&["", "deadline: \"3 s\", ", "deadline: Hard(\"3 s\"), "]);
        let from = if self.chance(70) { "from: \"d\", " } else { "" };
        let weight = 1 + self.below(3);
        let priority = self.pick(&["Low", "Normal", "High"]);
        format!("Flow({from}arrivals: {arrivals}, {deadline}weight: {weight}, priority: {priority}, steps: {steps})")
    }

    fn system(&mut self) -> String {
        // What works on a processor by itself needs one that is alone: `q`.
        let active = [(0, "p"), (1, "n"), (2, "s"), (3, "d"), (0, "q")].iter();
        let mut components: Vec<String> =
            active.map(|(kind, name)| format!("\"{name}\": {}", self.component(*kind, *name != "q"))).collect();
        components.extend(self.mechanisms());
        let flows: Vec<String> = (0..1 + self.below(3)).map(|i| format!("\"f{i}\": {}", self.flow())).collect();
        format!(
            "Experiment(title: \"random\", system: System(components: {{\n{}\n}}, flows: {{\n{},\n\"other\": Flow(arrivals: Poisson(\"0.01 /s\"), priority: High, steps: [Compute(\"p\", \"0.5 s\"), Send(\"n\", \"10 B\"), Read(\"s\", \"10 B\"), Compute(\"d\", \"0.1 s\")])\n}}), run: Run(horizon: \"300 s\", warm_up: \"50 s\", drain: \"100 s\", max_in_system: 5000))",
            components.join(",\n"),
            flows.join(",\n")
        )
    }
}
