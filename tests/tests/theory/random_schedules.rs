//! Processors that schedule in random ways, under random flows: no panic, books that balance, everything given back, the
//! same again to the bit.

use sim_core::random::{Keyed, Rng, mix, name_hash};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tests::chance::Chance;
use tests::random::try_text;

struct Dice(Keyed);

impl Chance for Dice {
    fn throw(&mut self) -> u64 {
        self.0.next_u64()
    }
}

impl Dice {
    fn time(&mut self) -> &'static str {
        self.pick(&[
            "\"0.2 s\"",
            "Exponential(\"0.5 s\")",
            "Uniform(\"0 s\", \"1 s\")",
            "HyperExponential(mean: \"0.5 s\", scv: 4)",
        ])
    }

    fn pool(&mut self) -> String {
        match self.below(6) {
            0 => self
                .pick(&["Tokio", "Tokio(LowLatency)", "Tokio(HighThroughput)", "Go", "Go(slice: \"0.1 s\")"])
                .to_string(),
            1 => self.pick(&["ThreadPool", "ThreadPool(1)", "ThreadPool(7)", "ThreadPool(3, queue: 2)"]).to_string(),
            _ => format!(
                "WorkStealing(steal: {}, search: {}, arrivals: {}, local: {}, local_queue: {}, global_queue: {}, overflow: {}, \
                 attempts: {}, steal_cost: {}, wakes: {}, lifo_slot: {}, slot_polls: 2, global_queue_interval: {}, batch: {}, \
                 event_interval: 2, event_cost: {}, blocking: 2{})",
                self.pick(&["One", "Half", "Never"]),
                self.pick(&["GlobalFirst", "OthersFirst"]),
                self.pick(&["Global", "Random"]),
                self.pick(&["Fifo", "Lifo"]),
                self.pick(&["1", "2", "256"]),
                self.pick(&["1", "3", "1000"]),
                self.pick(&["Drop", "Local"]),
                self.pick(&["1", "5"]),
                self.pick(&["\"0 s\"", "\"0.05 s\""]),
                self.pick(&["true", "false"]),
                self.pick(&["None", "Private", "Stealable"]),
                self.pick(&["0", "2", "61"]),
                self.pick(&["One", "Share"]),
                self.pick(&["\"0 s\"", "\"0.02 s\""]),
                self.pick(&["", ", slice: \"0.1 s\""]),
            ),
        }
    }

    fn processor(&mut self, pool: bool, kind: &str) -> String {
        let scheduler = if pool {
            self.pool()
        } else {
            let options = [
                "Fcfs",
                "Sharing",
                "Priority(Resume, skip_late: true)",
                "Edf(skip_late: true)",
                "Auto",
                "Srpt",
                "LifoPreemptive",
                "Adaptive(every: \"2 s\", long: 1, variability: 0.5)",
                "RoundRobin(quantum: \"0.1 s\", switch: \"0.01 s\")",
            ];
            self.pick(&options).to_string()
        };
        let cores = 1 + self.below(3);
        let count = 1 + self.below(2);
        let balance = self.pick(&["LeastWork", "ShortestQueue", "Random"]);
        let mut more = String::new();
        // Threads that are blocked take no core: their share is of threads, not of cores.
        if self.chance(20) && !scheduler.contains("HighThroughput") && !scheduler.contains("ThreadPool(") {
            more += "limit: 6, full: Block, ";
        } else if self.chance(20) {
            more += "limit: 6, ";
        }
        if self.chance(25) {
            let interrupted = self.pick(&["Resume", "Restart", "Lose"]);
            let of = if pool || scheduler == "Sharing" || scheduler == "Auto" { "Instance" } else { "Server" };
            more += &format!(
                "failures: (time_to_failure: Exponential(\"20 s\"), repair: Exponential(\"2 s\"), interrupted: {interrupted}, of: {of}), "
            );
        }
        if self.chance(20) {
            more += "laws: (throughput: Linear(0.5), energy: Linear(1)), load: Occupancy(8), ";
        }
        if !pool && scheduler != "Sharing" && self.chance(25) {
            more += self.pick(&[
                "setup: \"0.2 s\", ",
                "vacation: \"0.3 s\", ",
                "wake: AtLeast(2), ",
                "schedule: [(\"4 s\", 1), (\"2 s\", 0)], ",
            ]);
        }
        if kind == "Device" && self.chance(40) {
            more += "battery: \"300 J\", ";
        }
        let init = self.pick(&["\"0 s\"", "\"1 s\""]);
        format!(
            "{kind}(cores: {cores}, count: {count}, balance: {balance}, scheduler: {scheduler}, {more}power: (idle: \"1 W\", active: \"3 W\"), \
             interrupts: {{\"nic\": Interrupt(handler: Exponential(\"0.05 s\"), latency: \"0.01 s\", init: {init}), \"adc\": Interrupt(handler: \"0.02 s\")}})"
        )
    }

    fn step(&mut self, depth: usize) -> String {
        let time = self.time();
        let on = self.pick(&["a", "b", "d"]);
        let body = |dice: &mut Dice| dice.body(depth + 1);
        match self.below(if depth < 3 { 14 } else { 7 }) {
            0 | 1 => format!("Compute(\"{on}\", {time})"),
            2 => format!("Compute(\"a\", {time}, blocking: true)"),
            3 => format!("Compute(\"{on}\", {time}, patience: \"1 s\")"),
            4 => format!("Interrupt(on: \"{on}\", line: \"{}\")", self.pick(&["nic", "adc"])),
            5 => format!(
                "Await(on: \"{on}\", time: {time}, mode: {}, poll: \"0.05 s\")",
                self.pick(&["Polling", "Waking"])
            ),
            6 => format!("Delay({time})"),
            7 => {
                let needs =
                    self.pick(&["cores: 1", "cores: 3, memory: \"1 MB\"", "memory: \"3 MB\"", "cores: Uniform(0, 5)"]);
                let patience = self.pick(&["", ", patience: \"1 s\""]);
                format!("Admit(pool: \"node\", {needs}{patience}, steps: {})", body(self))
            }
            8 | 9 => {
                let (a, b) = (body(self), body(self));
                format!("Fork([{a}, {b}], join: {})", self.pick(&["All", "Any"]))
            }
            10 => format!("Spawn({})", body(self)),
            11 => {
                let (a, b) = (body(self), body(self));
                format!("Timeout(Exponential(\"1 s\"), {a}, otherwise: {b})")
            }
            12 => format!("Retry(2, backoff: \"0.1 s\", steps: {})", body(self)),
            _ => "Balance([[Compute(\"a\", \"0.1 s\")], [Compute(\"b\", \"0.2 s\")]], by: LeastWork)".to_string(),
        }
    }

    fn body(&mut self, depth: usize) -> String {
        let steps: Vec<String> = (0..1 + self.below(2)).map(|_| self.step(depth)).collect();
        format!("[{}]", steps.join(", "))
    }

    fn flow(&mut self) -> String {
        let arrivals = self.pick(&[
            "Poisson(\"1 /s\")",
            "Poisson(\"0.3 /s\")",
            "Batch(3, Poisson(\"0.2 /s\"))",
            "Closed(users: 5, think: Exponential(\"1 s\"))",
            "Closed(users: 2, think: \"0 s\")",
            "Saturated",
        ]);
        let mut steps = self.body(0);
        if arrivals == "Saturated" || arrivals.contains("\"0 s\"") {
            steps = steps.replacen('[', "[Compute(\"a\", \"0.5 s\"), ", 1);
        }
        let deadline = self.pick(&["", "deadline: \"2 s\", ", "deadline: Hard(\"2 s\"), "]);
        let from = self.pick(&["", "from: \"d\", "]);
        let priority = self.pick(&["Low", "Normal", "High", "Critical"]);
        format!("Flow({from}arrivals: {arrivals}, {deadline}priority: {priority}, steps: {steps})")
    }

    fn system(&mut self) -> String {
        let short = self.pick(&["short: Refuse", "short: Queue", "queue: 3", "backfill: true"]);
        let (a, b, d) =
            (self.processor(true, "Processor"), self.processor(false, "Processor"), self.processor(false, "Device"));
        let flows: Vec<String> = (0..1 + self.below(3)).map(|i| format!("\"f{i}\": {}", self.flow())).collect();
        format!(
            "Experiment(system: System(components: {{\n\"a\": {a},\n\"b\": {b},\n\"d\": {d},\n\
             \"node\": Admission(cores: 4, memory: \"5 MB\", {short})\n}}, flows: {{\n{}\n}}), \
             run: Run(horizon: \"200 s\", warm_up: \"20 s\", drain: \"100 s\", max_in_system: 5000))",
            flows.join(",\n")
        )
    }
}

#[test]
fn random_schedules_keep_their_books() {
    let from: u64 = std::env::var("RANDOM_FROM").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let number: u64 = std::env::var("RANDOM_NUMBER").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let (mut accepted, mut requests) = (0, 0);
    for i in from..from + number {
        let text = Dice(Keyed::new(mix(i + 1), name_hash("random schedules"))).system();
        let name = format!("schedule {i}");
        match catch_unwind(AssertUnwindSafe(|| try_text(&name, &text))) {
            Ok(Ok(good)) => {
                accepted += 1;
                requests += good.requests;
            }
            Ok(Err(refused)) => println!("{name}: {refused}"),
            Err(_) => panic!("{name}:\n{text}"),
        }
    }
    println!("{accepted} of {number} systems, {requests} requests");
    assert!(accepted > number * 7 / 10, "{accepted} of {number} are accepted");
}
