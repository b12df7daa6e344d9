//! The words of experiment files, each with what it means and how it is written. A test reads every example.

use super::Layout;
use crate::report::table::grid::Grid;
use crate::results::Owner;
use models::units::Dimension;

/// A word of the language.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// How it is written.
    pub example: &'static str,
}

const fn word(name: &'static str, about: &'static str, example: &'static str) -> Word {
    Word { name, about, example }
}

/// Kinds of components, with the fields of their own.
pub const COMPONENTS: &[Word] = &[
    word(
        "Device",
        "things in the field, by the hundred thousand if need be: where requests start, with a small processor each",
        "Device(count: 200, profile: \"esp32-wifi\", cores: 1, frequency: \"240 MHz\", overhead: \"1 ms\", battery: \"20 kJ\")",
    ),
    word(
        "Network",
        "a link: channels that transmit (size / bandwidth), then a latency that occupies nothing, unless `occupies: true`; \
         `between` its ends lets `Send(to: ..)` find it and tells directions apart",
        "Network(bandwidth: \"20 Mbit/s\", latency: \"2 ms\", header: \"36 B\", channels: 1, duplex: Half,\n        \
         reliability: 0.99, retransmit: UpTo(times: 3), between: (\"gateway\", \"cloud\"), energy_per_bit: \"20 nJ/bit\")",
    ),
    word(
        "Processor",
        "cores that compute; cores of different speed are given in groups",
        "Processor(cores: 4, frequency: \"1.5 GHz\", overhead: \"10 us\", scheduler: Priority())\n\
         Processor(cores: [(4, \"2 GHz\"), (4, \"1 GHz\")])",
    ),
    word(
        "Storage",
        "an access time and a transfer, both of which occupy a channel; a Write into a full storage fails",
        "Storage(access: \"0.3 ms\", read: \"90 MB/s\", write: \"40 MB/s\", capacity: \"8 GB\", channels: 1)",
    ),
    word(
        "Semaphore",
        "units that requests hold for the length of a `Hold`: permits, credits, or a joint limit on all that is used \
         within; waiting requests stand in line (`order`: Fifo, Priority, Edf), at most `queue` of them, or poll from a \
         processor (`spin`)",
        "Semaphore(capacity: 10, order: Fifo, queue: 100, per: \"sensors\")\n\
         Semaphore(capacity: 4, spin: \"cpu\", poll: \"1 us\")",
    ),
    word(
        "MemoryPool",
        "memory that requests hold for the length of an `Allocate`, in blocks: size classes (`Sizes`, `Ratio`), or a pool for \
         each size that is asked for (`Growing`), which gives idle blocks back; what is missing comes from the system",
        "MemoryPool(classes: Sizes([\"64 B\", \"1 KiB\"]), blocks: 100, on: \"gateway\", limit: \"256 MB\", at_limit: Wait)\n\
         MemoryPool(classes: Ratio(2, from: \"64 B\", to: \"16 KiB\"), cold: (after: \"10 s\", ratio: 2.1))\n\
         MemoryPool(classes: Growing, blocks: 100, growth: 10, threshold: 0.3, interval: \"60 s\", defragment: \"300 ns\")",
    ),
    word(
        "Collector",
        "a garbage-collected heap, from which requests `Allocate`: a cycle starts when it reaches live x (1 + gogc/100), marks on \
         a `share` of the cores of the processor `on`, and stops all services there twice for a `pause`",
        "Collector(on: \"gateway\", live: \"50 MB\", gogc: 100, mark: \"1 ns/B\", share: 0.25, pause: Uniform(\"10 us\", \"50 us\"))",
    ),
    word(
        "MappedFile",
        "a file in memory before a storage: `pages` of it, the least recently used leave; dirty ones are written back",
        "MappedFile(storage: \"disk\", size: \"1 GB\", pages: 10000, page: \"4 KiB\")",
    ),
];

/// Fields that every component has, and what they mean.
pub const COMMON: &[(&str, &str)] = &[
    ("profile: \"wifi-4\"", "takes what is left out from the catalogue (list profiles)"),
    (
        "count: 3, balance: ShortestQueue",
        "instances, and how a request chooses: RoundRobin, Random, ShortestQueue, PowerOf(2)",
    ),
    (
        "memory_costs: (array_of_structs: (sequential: 2, random: 13.4), unaligned: 1.5)",
        "of Device and Processor: factors on work by layout and pattern of memory access; also a section of the system",
    ),
    ("scheduler: Priority(preemption: Resume)", "the order of service (list disciplines)"),
    ("limit: 100, full: Drop", "the most requests present; beyond it Drop, or Block: they wait where they are"),
    ("reliability: 0.99", "probability that an attempt succeeds"),
    ("laws: (throughput: Linear(1.0)), load: Utilisation(window: \"1 s\")", "performance by load (list laws)"),
    (
        "failures: (time_to_failure: Exponential(\"10 h\"), repair: \"10 min\", interrupted: Restart, of: Server)",
        "failures and repairs; what was in service is resumed, restarted or lost (Resume, Restart, Lose)",
    ),
    ("schedule: [(\"8 h\", 2), (\"16 h\", 1)]", "servers on duty over time, repeated; 0 is allowed"),
    ("setup: \"100 ms\"", "servers switch off when idle; this is the time to switch one on"),
    ("vacation: \"1 s\"", "an idle server is away for so long, again and again"),
    ("wake: AtLeast(5)", "idle servers sleep until so many wait"),
    (
        "power: (idle: \"2 W\", active: \"5 W\", sleep: \"0.1 W\", setup: \"5 W\", down: \"0 W\", tx: \"0.5 W\", rx: \"0.3 W\")",
        "power by state; what is left out is 0 W",
    ),
];

/// Steps of flows.
pub const STEPS: &[Word] = &[
    word(
        "Compute",
        "work on a processor or device, as time or cycles; on the flow's own source: on the instance that sent",
        "Compute(on: \"gateway\", work: Exponential(\"2 Mcycle\"), servers: 1, patience: \"1 s\")\n\
         Compute(on: \"gateway\", work: \"2 ms\", memory: (layout: StructOfArrays, access: Sequential, aligned: true, share: 0.5))",
    ),
    word(
        "Send",
        "over a network by its name, or to a component over the network between",
        "Send(over: \"radio\", size: \"256 B\")\nSend(to: \"cloud\", size: Uniform(\"64 B\", \"1 KiB\"))",
    ),
    word("Read", "from a storage", "Read(storage: \"disk\", size: \"4 KiB\")"),
    word("Write", "to a storage, which it fills", "Write(storage: \"disk\", size: \"4 KiB\")"),
    word("Delay", "let time pass; nothing is occupied", "Delay(time: Exponential(\"10 ms\"))"),
    word(
        "Choose",
        "one of several bodies, by probability; an empty body does nothing",
        "Choose([(0.9, []), (0.1, [Delay(time: \"1 ms\")])])",
    ),
    word("Repeat", "a body several times", "Repeat(times: 3, steps: [Delay(time: \"1 ms\")])"),
    word(
        "Route",
        "probabilistic routing with loops over labelled steps",
        "Route(start: \"a\", moves: {\"a\": [(0.6, \"b\"), (0.4, Done)], \"b\": [(1, \"a\")]},\n      \
         steps: [Compute(on: \"cpu\", label: \"a\"), Delay(time: \"1 ms\", label: \"b\")])",
    ),
    word(
        "Become",
        "go on as a request of another flow, with its priority (class switching)",
        "Become(flow: \"alarms\")",
    ),
    word(
        "Balance",
        "one of several bodies, by the number of requests at the first station of each: ShortestQueue, PowerOf(2), RoundRobin, \
         Random",
        "Balance(branches: [[Compute(on: \"a\")], [Compute(on: \"b\")]], by: ShortestQueue)",
    ),
    word(
        "Fork",
        "several bodies at once; go on when All, Any or Quorum(k) have ended, the others are cancelled",
        "Fork(branches: [[Compute(on: \"a\")], [Compute(on: \"b\")]], join: Any)",
    ),
    word(
        "Spawn",
        "start a separate request that nobody waits for",
        "Spawn(steps: [Write(storage: \"log\", size: \"100 B\")])",
    ),
    word(
        "Hold",
        "hold units of a semaphore for the length of a body",
        "Hold(pool: \"permits\", n: 2, patience: \"50 ms\", steps: [Compute(on: \"edge\", work: \"2 ms\")])",
    ),
    word(
        "Allocate",
        "hold memory of a MemoryPool or a Collector for the length of a body; in a Collector it may live on",
        "Allocate(pool: \"memory\", size: Uniform(\"64 B\", \"4 KiB\"), steps: [Compute(on: \"edge\", work: \"2 ms\")])\n\
         Allocate(pool: \"heap\", size: \"1 MB\", lives: Exponential(\"2 s\"), patience: \"50 ms\")",
    ),
    word(
        "Access",
        "access a mapped file: pages that are not in memory are read from its storage",
        "Access(file: \"map\", offset: Zipf(n: 1000, s: 0.8, unit: \"4 KiB\"), size: \"1 KiB\", write: true)",
    ),
    word("Sync", "write the dirty pages of a mapped file to its storage", "Sync(file: \"map\")"),
    word(
        "Timeout",
        "abort a body after a time; then `otherwise`, or the request leaves as timed out",
        "Timeout(time: \"1 s\", steps: [Compute(on: \"cloud\")], otherwise: [Compute(on: \"edge\")])",
    ),
    word(
        "Retry",
        "try a body again when it fails, is lost, dropped or timed out",
        "Retry(times: 3, backoff: Exponential(\"100 ms\"), steps: [Send(over: \"radio\", size: \"64 B\")])",
    ),
    word("Fail", "leave as failed", "Fail()"),
];

/// Orders of service.
pub const DISCIPLINES: &[Word] = &[
    word("Fcfs", "first come, first served (the default)", "Fcfs()"),
    word("Lifo", "last come, first served, without preemption", "Lifo()"),
    word("LifoPreemptive", "last come, first served, preemptive", "LifoPreemptive(preemption: Resume)"),
    word("Random", "random order of service", "Random()"),
    word(
        "Priority",
        "by the priority of the flow, first come first served within one; preemption: Never (the default), Resume, Restart, \
         Resample",
        "Priority(preemption: Resume)",
    ),
    word("Edf", "earliest deadline first", "Edf(preemption: Resume)"),
    word("Sjf", "shortest job first, without preemption", "Sjf()"),
    word("Srpt", "shortest remaining processing time", "Srpt()"),
    word(
        "RoundRobin",
        "slices in turn, with a cost of changing over",
        "RoundRobin(quantum: \"10 ms\", switch: \"10 us\")",
    ),
    word("Sharing", "processor sharing", "Sharing()"),
    word("WeightedSharing", "processor sharing in proportion to the `weight` of the flows", "WeightedSharing()"),
];

/// Laws of load; l is the load as a share, n the requests present.
pub const LAWS: &[Word] = &[
    word("Constant", "the same factor at every load; a bare number means this too", "Constant(0.9)"),
    word("Linear", "1 - slope l for throughput and reliability, 1 + slope l for latency and energy", "Linear(1.0)"),
    word("Saturating", "1 - l for throughput and reliability, 1/(1 - l) for latency and energy", "Saturating"),
    word("Usl", "the universal scalability law; needs `load: Occupancy(of: ..)`", "Usl(alpha: 0.05, beta: 0.001)"),
    word(
        "Table",
        "through points (load in percent, factor), straight in between",
        "Table([(10, 1), (50, 1.4), (100, 1.8)])",
    ),
    word("Expr", "an expression of `l` (load in percent) and `n` (requests present)", "Expr(\"1 / (1 + 0.01 * l)\")"),
];

/// Distributions of quantities. Durations, sizes, works, repetitions and gaps can all be random.
pub const DISTRIBUTIONS: &[Word] = &[
    word("Constant", "always the same; the bare quantity means this too", "Constant(\"2 ms\")"),
    word("Uniform", "between two values", "Uniform(\"1 ms\", \"3 ms\")"),
    word("Exponential", "by its mean", "Exponential(\"2 ms\")"),
    word("Erlang", "a sum of k exponentials, by the mean of the whole", "Erlang(k: 4, mean: \"2 ms\")"),
    word(
        "HyperExponential",
        "by branches (probability, mean), or by mean and squared coefficient of variation",
        "HyperExponential(mean: \"2 ms\", scv: 4)\nHyperExponential(branches: [(0.9, \"1 ms\"), (0.1, \"11 ms\")])",
    ),
    word("Gamma", "by mean and squared coefficient of variation (or shape)", "Gamma(mean: \"2 ms\", scv: 0.5)"),
    word(
        "Lognormal",
        "by the mean and squared coefficient of variation of the variable itself",
        "Lognormal(mean: \"2 ms\", scv: 2)",
    ),
    word("Weibull", "by shape and mean (or scale)", "Weibull(shape: 1.5, mean: \"2 ms\")"),
    word(
        "Pareto",
        "by shape and minimum (or mean); bounded by `maximum`",
        "Pareto(shape: 2.5, minimum: \"1 ms\", maximum: \"1 s\")",
    ),
    word(
        "Normal",
        "truncated to [low, high], by default to what is not negative",
        "Normal(mean: \"2 ms\", sd: \"0.5 ms\")",
    ),
    word("Triangular", "by low, mode and high", "Triangular(low: \"1 ms\", mode: \"2 ms\", high: \"5 ms\")"),
    word("Coxian", "phases (mean, probability of going on)", "Coxian([(\"1 ms\", 0.3), (\"5 ms\", 0)])"),
    word(
        "PhaseType",
        "initial probabilities and the matrix of rates among the phases",
        "PhaseType(initial: [1, 0], rates: [[-2, 1], [0, -3]])",
    ),
    word(
        "Empirical",
        "one of the given values, with equal or given weights",
        "Empirical(values: [\"1 ms\", \"5 ms\"], weights: [3, 1])",
    ),
    word("Zipf", "1..=n with exponent s, times `unit`", "Zipf(n: 1000, s: 0.9, unit: \"1 KiB\")"),
    word("Mixture", "(probability, distribution)", "Mixture([(0.9, \"1 ms\"), (0.1, Exponential(\"20 ms\"))])"),
    word("Sequence", "the given values in turn, and again", "Sequence([\"6 ms\", \"3 ms\"])"),
    word(
        "Trace",
        "the values of a column of a CSV file in turn",
        "Trace(file: \"sizes.csv\", column: 1, unit: \"1 B\")",
    ),
];

/// Workloads. Rates and periods are of each instance of the source.
pub const ARRIVALS: &[Word] = &[
    word("Poisson", "at random", "Poisson(rate: \"80 /s\")"),
    word(
        "Periodic",
        "every so often; jitter does not accumulate",
        "Periodic(every: \"100 ms\", jitter: Uniform(\"0 ms\", \"5 ms\"))",
    ),
    word("Renewal", "independent gaps", "Renewal(gap: Gamma(mean: \"10 ms\", scv: 2))"),
    word(
        "MarkovModulated",
        "Poisson with a rate that changes: states (rate, mean stay)",
        "MarkovModulated(states: [(\"10 /s\", \"1 s\"), (\"200 /s\", \"50 ms\")])",
    ),
    word("Batch", "several at once", "Batch(size: Uniform(1, 5), arrivals: Poisson(rate: \"10 /s\"))"),
    word(
        "TimeVarying",
        "Poisson with a rate by the clock: (duration, rate), repeated",
        "TimeVarying(rates: [(\"16 h\", \"10 /s\"), (\"8 h\", \"2 /s\")])",
    ),
    word("At", "at given times", "At(times: [\"0 s\", \"1.5 s\"])"),
    word("Trace", "at the times in a column of a CSV file", "Trace(file: \"arrivals.csv\", column: 0, unit: \"1 ms\")"),
    word(
        "Closed",
        "users who think, send one request, and think again when it has left",
        "Closed(users: 20, think: Exponential(\"5 s\"))",
    ),
    word("Saturated", "the queue of the first station is never empty", "Saturated"),
];

/// What is measured, of what.
pub fn indicators(layout: Layout) -> String {
    let component = crate::results::indicators(Owner::Component(&[]));
    let flow = crate::results::indicators(Owner::Flow);
    let mut grid = Grid::new(&["indicator", "of", "unit"]);
    grid.texts = 3;
    let every: Vec<_> = flow.iter().chain(component.iter().filter(|entry| !flow.contains(entry))).collect();
    for (path, dimension) in every {
        let has = |list: &[(&str, Dimension)]| list.contains(&(*path, *dimension));
        let of = match (has(&flow), has(&component)) {
            (true, true) => "system, flows, components",
            (true, false) => "system, flows",
            _ => "components",
        };
        grid.row(vec![(*path).to_string(), of.to_string(), crate::results::unit(*dimension)]);
    }
    format!(
        "Targets, responses and bounds name them behind a flow or component: \"telemetry.latency.p95 <= 250 ms\";\n\
         alone they are of the whole system: \"reliability >= 0.999\".\n\n{}",
        grid.render(layout)
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::file::{parse, read};
    use models::disciplines::Scheduler;
    use models::spec::{ArrivalSpec, Component, DistributionSpec, LawSpec};
    use models::steps::Step;
    use serde::de::DeserializeOwned;

    fn reads<T: DeserializeOwned>(words: &[Word], one_per_line: bool) {
        for word in words {
            let examples = word.example.lines().map(str::to_string).collect::<Vec<_>>();
            let examples = if one_per_line { examples } else { vec![word.example.to_string()] };
            for example in examples {
                assert!(example.starts_with(word.name), "{example} is no example of {}", word.name);
                let tree = parse(&crate::file::Source::new("example", &*example)).unwrap();
                assert!(read::<T>(&tree).is_ok(), "{example}: {:?}", read::<T>(&tree).err());
            }
        }
    }

    #[test]
    fn every_example_can_be_read() {
        let (networks, others): (Vec<Word>, Vec<Word>) = COMPONENTS.iter().partition(|word| word.name == "Network");
        reads::<Component>(&networks, false);
        reads::<Component>(&others, true);
        let (routes, others): (Vec<Word>, Vec<Word>) = STEPS.iter().partition(|word| word.name == "Route");
        reads::<Step>(&routes, false);
        reads::<Step>(&others, true);
        reads::<Scheduler>(DISCIPLINES, true);
        reads::<LawSpec>(LAWS, true);
        reads::<DistributionSpec>(DISTRIBUTIONS, true);
        reads::<ArrivalSpec>(ARRIVALS, true);
        for (fields, _) in COMMON {
            let tree = parse(&crate::file::Source::new("example", format!("Processor({fields})"))).unwrap();
            assert!(read::<Component>(&tree).is_ok(), "{fields}: {:?}", read::<Component>(&tree).err());
        }
    }

    #[test]
    fn no_word_is_missing() {
        let names = |words: &[Word]| words.iter().map(|word| word.name).collect::<Vec<_>>();
        let passive = models::resources::LIST.iter().map(|(name, _)| *name);
        assert!(passive.clone().all(|name| names(COMPONENTS).contains(&name)), "{:?}", passive.collect::<Vec<_>>());
        assert_eq!(names(STEPS), Step::LIST.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert_eq!(names(DISCIPLINES), Scheduler::LIST.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
