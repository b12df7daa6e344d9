//! Memory pools, and what memory access costs.

use tests::{Case, case};

fn memory(steps: &str) -> Case {
    case("memory").set("jobs.steps", steps)
}

/// Seconds of the horizon.
const T: f64 = 1000.0;

#[test]
fn a_fixed_pool_gives_what_an_erlang_loss_system_takes() {
    // What finds no free block is the system's, and goes back there: 1 - Erlang B.
    for (blocks, load, hits) in [(8, 5, 0.929952), (16, 10, 0.977698)] {
        let run = case("memory")
            .set("pool.classes", "Sizes([\"64 B\"])")
            .set("pool.blocks", blocks)
            .set("jobs.arrivals", format!("Poisson(\"{load} /s\")"))
            .set("jobs.steps", "[Allocate(\"pool\", \"50 B\", [Delay(Exponential(\"1 s\"))])]")
            .set("run.horizon", "\"10000 s\"")
            .set("run.warm_up", "\"100 s\"")
            .set("run.replications", 10)
            .run();
        run.holds("pool.hit_ratio", hits, 0.003).holds("pool.hit_ratio_1", hits, 0.003);
        // Little's law: so many bytes are held on average; the blocks stay.
        run.holds("pool.live", f64::from(load) * 50.0 * 8.0, 40.0).holds("pool.objects", f64::from(load), 0.1);
        let system = f64::from(load) * (1.0 - hits);
        run.holds("pool.system_requests", system, 0.03);
        let used = f64::from(load) * hits / f64::from(blocks);
        run.holds("pool.idle_ratio", 1.0 - used, 0.01);
        let footprint = 64.0 * 8.0 * (f64::from(blocks) + system);
        run.holds("pool.footprint", footprint, 20.0);
        run.near("pool.memory_efficiency", f64::from(load) * 50.0 * 8.0 / footprint, 0.005);
        run.is("pool.internal_fragmentation", 1.0 - 50.0 / 64.0);
    }
}

#[test]
fn uniform_sizes_waste_a_quarter_in_classes_of_ratio_two_and_a_tenth_at_one_and_a_quarter() {
    // Within a class of size g sizes are uniform in (g/r, g]: waste (1 - 1/r)/2.
    for (classes, to, waste) in [("2", "67108864", 0.25), ("1.25", "9765625", 0.10)] {
        let run = case("memory")
            .set("pool.classes", format!("Ratio({classes}, from: \"1048576 B\", to: \"{to} B\")"))
            .set("pool.blocks", 0)
            .set("jobs.arrivals", "Poisson(\"100 /s\")")
            .set("jobs.steps", format!("[Allocate(\"pool\", Uniform(\"1048576 B\", \"{to} B\"))]"))
            .set("run.replications", 5)
            .run();
        run.holds("pool.internal_fragmentation", waste, 0.002).is("pool.hit_ratio", 0.0);
    }
}

#[test]
fn a_growing_pool_is_set_up_with_ten_blocks_per_request_for_its_size_and_at_least_a_hundred() {
    let growing = |times: usize, learn: u64| {
        let times: Vec<String> = (1..=times).map(|i| format!("\"{i} s\"")).collect();
        case("memory")
            .set("pool", format!("MemoryPool(classes: Growing, learn: {learn}, threshold: 1)"))
            .set("jobs.arrivals", format!("At([{}])", times.join(", ")))
            .set("jobs.steps", "[Allocate(\"pool\", \"100 B\", [Delay(\"0.5 s\")])]")
            .run()
    };
    // The first request sets up a hundred; the further nine find a free block each.
    let run = growing(10, 1);
    run.is("pool.footprint_peak", 100.0 * 100.0 * 8.0).is("pool.hit_ratio", 0.9).is("pool.system_requests", 1e-3);
    run.is("pool.requests_1", 10.0 / T).is("pool.hit_ratio_1", 0.9).is("pool.internal_fragmentation", 0.0);
    // Nineteen at the system; the twentieth sets up 200.
    let run = growing(30, 20);
    run.is("pool.footprint_peak", 200.0 * 100.0 * 8.0).is("pool.hit_ratio", 10.0 / 30.0);
}

#[test]
fn a_pool_that_is_too_idle_gives_its_free_blocks_back_on_the_processor() {
    // 100 blocks at 1 s, one in use until 151 s. At 60 s 99 are idle: 10 ms each, on the only core, until 60.99 s.
    let case = case("memory")
        .set("pool", "MemoryPool(classes: Growing, take: \"0 s\", system: \"0 s\", defragment: \"10 ms\", on: \"cpu\")")
        .set("jobs.steps", "[Allocate(\"pool\", \"100 B\", [Delay(\"150 s\")])]")
        .set("load.arrivals", "At([\"59 s\"])")
        .set("load.steps", "[Compute(\"cpu\", \"2 s\")]");
    let run = case.run();
    // A second before it, and one after.
    run.is("load.latency.max", 2.99).is("cpu.utilisation", 2.99 / T + 0.01 / T).is("cpu.availability", 1.0);
    // At 180 s the last one is given back as well.
    let footprint = 10_000.0 * 59.99 + 100.0 * (180.01 - 60.99);
    run.is("pool.footprint", footprint * 8.0 / T).is("pool.returned", 100.0 / T).is("pool.upkeep", 1.0 / T);
    // Blocks on their way back are no longer of the pool: 99 free until 60 s, one from 151 to 180 s.
    let (free, used) = (99.0 * 59.0 + 29.0, 150.0);
    run.is("pool.idle_ratio", free / (free + used));
    // An idle ratio of .3 is not over .3: three of ten stay.
    let run = case
        .set("pool.blocks", 10)
        .set("pool.growth", 1)
        .set("jobs.arrivals", format!("At([{}])", ["\"1 s\""; 7].join(", ")))
        .set("jobs.steps", "[Allocate(\"pool\", \"100 B\", [Delay(\"950 s\")])]")
        .run();
    run.is("pool.footprint", 1000.0 * 8.0 * (960.1 - 1.0) / T).is("pool.returned", 10.0 / T);
}

#[test]
fn costs_are_paid_as_time_or_on_the_processor() {
    let costs = "Sizes([\"64 B\", \"256 B\"]), blocks: 1, take: \"1 ms\", system: \"30 ms\", zero: \"1 ms/B\"";
    let run = |on: &str, size: &str| {
        case("memory")
            .set("pool", format!("MemoryPool(classes: {costs}{on})"))
            .set("jobs.steps", format!("[Allocate(\"pool\", \"{size}\", [Delay(\"1 s\")])]"))
            .run()
    };
    // The smallest class that fits, all of it zeroed; what is larger than all is the system's, which zeroes nothing.
    run("", "10 B").is("jobs.latency.max", 1.065);
    run("", "64 B").is("jobs.latency.max", 1.065);
    run("", "65 B").is("jobs.latency.max", 1.257).is("pool.internal_fragmentation", 1.0 - 65.0 / 256.0);
    run("", "257 B").is("jobs.latency.max", 1.03).is("cpu.utilisation", 0.0);
    let on = run(", on: \"cpu\"", "10 B");
    on.is("jobs.latency.max", 1.065).is("cpu.utilisation", 0.065 / T).is("cpu.throughput", 2.0 / T);
}

#[test]
fn memory_beyond_the_limit_is_waited_for_or_refused() {
    // 640 B of blocks; 260 B more.
    let limited = |steps: &str, at_limit: &str| {
        memory(steps)
            .set("pool.limit", "\"900 B\"")
            .set("pool.at_limit", at_limit)
            .set("load.steps", "[Allocate(\"pool\", \"260 B\", [Delay(\"3 s\")])]")
            .run()
    };
    let large = "[Allocate(\"pool\", \"258 B\", [Delay(\"5 s\")])]";
    let run = limited(large, "Wait");
    run.is("jobs.latency.max", 7.0).is("pool.waiting", 1.0).is("pool.queue", 2.0 / T);
    run.is("pool.footprint_peak", 900.0 * 8.0).is("pool.utilisation", (260.0 * 3.0 + 258.0 * 5.0) / (900.0 * T));
    limited(large, "Fail").is("jobs.failed", 1.0).is("load.in_time", 1.0);
    // What fits into a free block needs nothing of the system.
    limited("[Allocate(\"pool\", \"200 B\", [Delay(\"5 s\")])]", "Wait").is("jobs.latency.max", 5.0);
    // More than there will ever be.
    limited("[Allocate(\"pool\", \"261 B\", [])]", "Wait").is("jobs.refused", 1.0);
    // Patience is up before memory is free.
    limited("[Allocate(\"pool\", \"258 B\", [], patience: \"1 s\")]", "Wait").is("jobs.reneged", 1.0);
}

#[test]
fn a_growing_pool_gives_up_idle_blocks_for_another_size_before_anybody_waits() {
    // 100 blocks of 100 B fill 10 kB; 95 are idle when 9000 B are asked for at 1 s: 90 of them go, 10 ms each.
    let run = memory("[Allocate(\"pool\", \"9000 B\", [Delay(\"1 s\")])]")
        .set(
            "pool",
            "MemoryPool(classes: Growing, limit: \"10 kB\", take: \"0 s\", system: \"0 s\", defragment: \"10 ms\")",
        )
        .set("load.arrivals", format!("At([{}])", ["\"0 s\""; 5].join(", ")))
        .set("load.steps", "[Allocate(\"pool\", \"100 B\", [Delay(\"10 s\")])]")
        .run();
    run.is("jobs.latency.max", 1.9).is("pool.footprint_peak", 10_000.0 * 8.0).is("pool.queue", 0.0);
}

#[test]
fn whatever_ends_a_block_gives_its_memory_back() {
    for (steps, held) in [
        ("Timeout(\"2 s\", [Allocate(\"pool\", \"50 B\", [Delay(\"9 s\")])], otherwise: [])", 2.0),
        ("Allocate(\"pool\", \"50 B\", [Timeout(\"2 s\", [Delay(\"9 s\")], otherwise: [])])", 2.0),
        ("Fork([[Allocate(\"pool\", \"50 B\", [Delay(\"9 s\")])], [Delay(\"2 s\")]], join: Any)", 2.0),
        ("Retry(1, \"1 s\", [Allocate(\"pool\", \"50 B\", [Delay(\"1 s\"), Fail()])])", 2.0),
        ("Spawn([Allocate(\"pool\", \"50 B\", [Delay(\"2 s\")])])", 2.0),
        ("Repeat(2, [Allocate(\"pool\", \"50 B\", [Delay(\"1 s\")])])", 2.0),
    ] {
        let run = memory(&format!("[{steps}]")).run();
        run.is("pool.live", 50.0 * 8.0 * held / T).is("pool.live_peak", 50.0 * 8.0);
        run.is("pool.footprint", 640.0 * 8.0).is("pool.in_system", held / T);
    }
}

#[test]
fn cold_blocks_are_compressed_and_their_owner_waits_for_them_at_the_end() {
    // 256 B from 1 s on; cold at 4 s, compressed in 256 ms, a quarter is left; 128 ms to decompress at 11 s.
    let cold = "(after: \"3 s\", ratio: 4, compress: \"1 ms/B\", decompress: \"0.5 ms/B\")";
    let case = memory("[Allocate(\"pool\", \"200 B\", [Delay(\"10 s\")])]").set("pool.cold", cold);
    let run = case.run();
    run.is("jobs.latency.max", 10.128).is("pool.saved", 192.0 * 8.0 * (11.0 - 4.256) / T);
    run.is("pool.footprint", 8.0 * (640.0 - 192.0 * (11.0 - 4.256) / T)).is("pool.upkeep", 0.256 / T);
    // A block that ends before is left alone.
    let run = case.clone().set("pool.cold.after", "\"10 s\"").run();
    run.is("jobs.latency.max", 10.0).is("pool.saved", 0.0);
    // On a processor of two cores it takes one: two services of a second each lose half of 256 ms at most.
    let run = case
        .set("pool.on", "\"cpu\"")
        .set("cpu.cores", 2)
        .set("load.arrivals", "At([\"4 s\", \"4 s\"])")
        .set("load.steps", "[Compute(\"cpu\", \"1 s\")]")
        .run();
    run.is("load.latency.max", 1.128).is("cpu.utilisation", (2.0 + 0.256 + 0.128) / (2.0 * T));
}

#[test]
fn layout_and_access_pattern_are_a_factor_on_work() {
    let latency = |memory: &str, more: &[(&str, &str)]| {
        let steps = format!("[Compute(on: \"cpu\", work: \"1 s\", memory: {memory}, label: \"go\")]");
        let case = case("memory").set("jobs.steps", steps);
        let run = more.iter().fold(case, |case, (path, value)| case.set(path, value)).run();
        run.value("jobs.latency.max")
    };
    // Lines of 64 B: 2.98 ns in sequence (20 GiB/s), 20 ns at random; four of eight fields of 8 B are used.
    let line = 64.0 / (20.0 * 1.073_741_824);
    let unit = line / 2.0;
    for (layout, pattern, lines, time) in [
        ("StructOfArrays", "Sequential", 0.5, line),
        ("ArrayOfStructs", "Sequential", 1.0, line),
        ("Hybrid", "Sequential", 0.5, line),
        ("StructOfArrays", "Random", 4.0, 20.0),
        ("ArrayOfStructs", "Random", 1.0, 20.0),
        ("Hybrid", "Random", 1.0, 20.0),
        ("StructOfArrays", "Strided", 4.0, line),
        ("ArrayOfStructs", "Strided", 1.0, line),
        ("Hybrid", "Strided", 1.0, line),
        ("StructOfArrays", "CacheFriendly", 0.5, line),
        ("ArrayOfStructs", "CacheFriendly", 0.5, line),
        ("Hybrid", "CacheFriendly", 0.5, line),
    ] {
        let factor = lines * time / unit;
        let is = latency(&format!("(layout: {layout}, access: {pattern})"), &[]);
        assert!((is - factor).abs() < 1e-9, "{layout} {pattern}: {is} is not {factor}");
        let apart = latency(&format!("(layout: {layout}, access: {pattern}, aligned: false, share: 0.25)"), &[]);
        assert!((apart - (0.75 + 0.25 * 1.5 * factor)).abs() < 1e-9, "{layout} {pattern}: {apart}");
    }
    // The component's table goes before the system's, and that before the built-in one.
    let random = "(layout: Hybrid, access: Random)";
    let system = ("system.memory_costs", "(hybrid: (random: 3, strided: 2), unaligned: 7)");
    let own = ("cpu.memory_costs", "(hybrid: (random: 5))");
    let is = |value: f64, exact: f64| assert!((value - exact).abs() < 1e-12, "{value} is not {exact}");
    is(latency(random, &[system]), 3.0);
    is(latency(random, &[system, own]), 5.0);
    is(latency("(layout: Hybrid, access: Strided, aligned: false)", &[system, own]), 14.0);
}

#[test]
fn what_is_wrong_with_memory_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    let allocate = "[Allocate(\"pool\", \"100 B\")]";
    says(memory("[Allocate(\"cpu\", \"1 B\")]"), &["is a Processor", "MemoryPool or a Collector"]);
    says(memory("[Allocate(\"pool\", \"1 s\")]"), &["amount of data"]);
    says(memory("[Allocate(\"pool\", \"1 B\", lives: \"1 s\")]"), &["lives", "Collector"]);
    says(memory(allocate).set("pool.classes", "Sizes([\"64 B\", \"32 B\"])"), &["must increase"]);
    says(memory(allocate).set("pool.classes", "Sizes([])"), &["block sizes"]);
    says(memory(allocate).set("pool.classes", "Ratio(1)"), &["do not increase"]);
    says(memory(allocate).set("pool.classes", "Ratio(1.0001, to: \"1 TB\")"), &["10000"]);
    says(memory(allocate).set("pool.threshold", "0.5"), &["growing pools only"]);
    says(memory(allocate).set("pool.limit", "\"600 B\""), &["640 B"]);
    says(memory(allocate).set("pool.on", "\"disk\""), &["is a Storage"]);
    says(memory(allocate).set("pool.on", "\"cup\""), &["did you mean `cpu`"]);
    let cold = memory(allocate).set("pool.cold", "(after: \"1 s\")").set("pool.on", "\"cpu\"");
    says(cold.set("cpu.count", "2"), &["several instances", "per"]);
    says(memory(allocate).set("pool.cold", "(ratio: 0.5)"), &["after", "smaller"]);
    says(memory(allocate).set("pool.blocks", "1e13"), &["not possible"]);
    let compute = |memory: &str| format!("[Compute(on: \"cpu\", work: \"1 s\", memory: {memory})]");
    says(memory(&compute("(layout: Tree, access: Random)")), &["Tree", "ArrayOfStructs"]);
    says(memory(&compute("(layout: Hybrid, access: Random, share: 2)")), &["probability"]);
    says(
        memory(&compute("(layout: Hybrid, access: Random)")).set("cpu.memory_costs", "(hybrid: (random: 0))"),
        &["memory_costs", "not positive"],
    );
}
