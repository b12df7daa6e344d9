//! Caches in flows: hit ratios against exact ones, expiry, invalidation, coalescing, levels, and what they cost.

use tests::{Case, case};

fn lookups(text: &str) -> Case {
    case("cache").set("jobs.steps", text)
}

#[test]
fn small_caches_have_their_exact_hit_ratios() {
    // Zipf 1, four objects, room for two.
    case("cache").run().holds("cache.hit_ratio", 0.603845, 0.003);
    case("cache").set("cache.policy", "Fifo").run().holds("cache.hit_ratio", 0.588571, 0.003);
    // FIFO and random replacement agree (Gelenbe 1973).
    case("cache").set("cache.policy", "Random").run().holds("cache.hit_ratio", 0.588571, 0.003);
    // In the long run the two most popular stay: 12/25 + 6/25.
    case("cache").set("cache.policy", "PerfectLfu").run().holds("cache.hit_ratio", 0.72, 0.003);
}

#[test]
fn large_caches_have_the_hit_ratios_of_theory() {
    // Zipf .8, catalogue 10 000, 1 000 entries: LRU by Che, FIFO exactly; the others as known by simulation.
    for (policy, known, tolerance) in [
        ("Lru", 0.436660, 0.003),
        ("Fifo", 0.394221, 0.003),
        ("Clock", 0.4496, 0.004),
        // Its hit ratio rises for millions of requests.
        ("Sieve", 0.5497, 0.015),
        ("S3Fifo", 0.5289, 0.006),
        ("TwoQ", 0.5071, 0.006),
        ("Arc", 0.5134, 0.006),
    ] {
        let run = lookups("[Lookup(cache: \"cache\", key: Zipf(n: 10_000, s: 0.8))]")
            .set("cache.policy", policy)
            .set("cache.capacity", 1000)
            .set("jobs.arrivals", "Poisson(\"1000 /s\")")
            .set("run.horizon", "\"600 s\"")
            .set("run.replications", 2)
            .run();
        run.near("cache.hit_ratio", known, tolerance);
    }
}

#[test]
fn objects_expire_after_their_time() {
    // One key at rate 2, good for 1.5 s after each fetch: a cycle has one miss and 2 x 1.5 hits on average.
    let run = lookups("[Lookup(cache: \"cache\", key: 1)]")
        .set("jobs.arrivals", "Poisson(\"2 /s\")")
        .set("cache.ttl", "\"1.5 s\"")
        .set("run.horizon", "\"20000 s\"")
        .run();
    run.holds("cache.hit_ratio", 0.75, 0.005).holds("cache.expirations", 0.5, 0.01);
}

#[test]
fn a_write_invalidates() {
    // Valid from a lookup to the next write: P = 3/(3 + 1).
    let run = lookups(
        "[Choose([(0.75, [Lookup(cache: \"cache\", key: 7)]), (0.25, [Invalidate(cache: \"cache\", key: 7)])])]",
    )
    .set("jobs.arrivals", "Poisson(\"4 /s\")")
    .set("run.horizon", "\"40000 s\"")
    .run();
    run.holds("cache.hit_ratio", 0.75, 0.005).holds("cache.invalidations", 0.75, 0.02);
}

#[test]
fn followers_of_a_fetch_wait_for_it_where_they_are_coalesced() {
    // A cycle: a miss, a fetch of .5 s, 1.5 s in which the object is good, and 1/2 s until somebody asks: 2.5 s.
    let flow = |coalesce: bool| {
        lookups(&format!("[Lookup(cache: \"cache\", key: 1, miss: [Delay(\"0.5 s\")], coalesce: {coalesce})]"))
            .set("jobs.arrivals", "Poisson(\"2 /s\")")
            .set("cache.ttl", "\"1.5 s\"")
            .set("run.horizon", "\"20000 s\"")
            .run()
    };
    let run = flow(true);
    run.holds("cache.hit_ratio", 0.6, 0.01).holds("cache.coalesced", 0.4, 0.01);
    // One leader waits .5 s, and followers (one a cycle) on average half of it: in the mean of five requests.
    run.holds("jobs.latency.mean", 0.75 / 5.0, 0.01);
    let alone = flow(false);
    assert!(!alone.has("cache.coalesced"));
    assert!(alone.value("jobs.latency.mean") > 0.75 / 5.0 + 0.01);
}

#[test]
fn an_exclusive_hierarchy_of_lru_levels_is_one_lru_cache() {
    // A hit moves up, an overflow moves down: the levels hold one stack (Mattson et al. 1970).
    let run = lookups(
        "[Lookup(cache: \"cache\", key: Zipf(n: 100, s: 0.8), object: \"o\"), Lookup(cache: \"other\", key: Zipf(n: 100, s: 0.8), object: \"o\")]",
    )
    .set("cache", "Cache(capacity: 30)")
    .set("other", "Cache(levels: [(capacity: 10), (capacity: 20)])")
    .set("run.horizon", "\"300 s\"")
    .run();
    let (one, two) = (run.value("cache.hit_ratio"), run.value("other.hit_ratio"));
    assert_eq!(one, two);
    assert_eq!(run.value("cache.evictions"), run.value("other.evictions"));
    let levels = run.value("other.hit_ratio_1") + run.value("other.hit_ratio_2");
    assert!((levels - two).abs() < 1e-12 && run.value("other.hit_ratio_1") < two);
}

/// Keys in turn, one request a second from 1 s on, and the hits among so many.
fn in_turn(cache: &str, keys: &str, n: u32) -> tests::Ran {
    case("mechanisms")
        .set("pool", cache)
        .set("jobs.arrivals", "Periodic(\"1 s\")")
        .set("jobs.steps", format!("[Lookup(cache: \"pool\", key: Sequence({keys}))]"))
        .set("run.horizon", format!("\"{n} s\""))
        .run()
}

#[test]
fn inclusive_levels_hold_what_the_level_above_holds() {
    // L1 of one, L2 of two. 1 2 1 3 1 2:  miss, miss, L2 (2 was above it), miss throws 2 out, L2, miss.
    let levels = "Cache(levels: [(capacity: 1), (capacity: 2)], inclusion: Inclusive)";
    let run = in_turn(levels, "[1, 2, 1, 3, 1, 2]", 6);
    run.is("pool.hit_ratio_1", 0.0).is("pool.hit_ratio_2", 2.0 / 6.0);
    // What L2 throws out leaves L1 too: 1 1 2 3 1 with FIFO below: 1 is at the top when 3 throws it out of L2.
    let levels = "Cache(levels: [(capacity: 2), (policy: Fifo, capacity: 2)], inclusion: Inclusive)";
    in_turn(levels, "[1, 2, 1, 3, 1]", 5).is("pool.hit_ratio", 1.0 / 5.0);
}

#[test]
fn an_unbounded_last_level_keeps_everything() {
    let levels = "Cache(levels: [(capacity: 1), (capacity: 1), ()])";
    let run = in_turn(levels, "[1, 2, 3, 4, 5, 1, 2, 3, 4, 5]", 10);
    run.is("pool.hit_ratio", 0.5).is("pool.entries", 5.0);
}

#[test]
fn a_look_costs_the_time_of_each_level_asked() {
    let run = case("mechanisms")
        .set("pool", "Cache(levels: [(capacity: 1, access: \"1 ms\"), (capacity: 1, access: \"10 ms\")], on: \"cpu\")")
        .set("jobs.arrivals", "At(times: [\"1 s\", \"2 s\", \"3 s\", \"4 s\"])")
        .set("jobs.steps", "[Lookup(cache: \"pool\", key: Sequence([1, 1, 2, 1]), miss: [Delay(\"100 ms\")])]")
        .run();
    // Misses look at both: 11 ms and the fetch; then 1 ms; miss; and 1 is at the second level: 11 ms.
    run.is("jobs.latency.max", 0.111).is("jobs.latency.min", 0.001).is("cpu.utilisation", 0.034 / 4000.0);
    run.is("jobs.latency.mean", (0.111 + 0.001 + 0.111 + 0.011) / 4.0);
}

#[test]
fn what_fails_to_be_fetched_is_not_stored() {
    let run = lookups("[Timeout(\"1 s\", [Lookup(cache: \"cache\", key: 1, miss: [Delay(\"5 s\")])], otherwise: [])]")
        .set("jobs.arrivals", "Periodic(\"2 s\")")
        .set("run.replications", 1)
        .run();
    run.is("cache.hit_ratio", 0.0).is("cache.entries", 0.0);
    // The first of the followers fetches in place of one that failed.
    let run = case("mechanisms")
        .set("pool", "Cache(capacity: 3)")
        .set("jobs.arrivals", "At(times: [\"1 s\", \"1.5 s\", \"1.6 s\"])")
        .set("jobs.steps", "[Timeout(Sequence([\"1 s\", \"9 s\", \"9 s\"]), [Lookup(cache: \"pool\", key: 1, coalesce: true, miss: [Delay(\"2 s\")])])]")
        .run();
    // The leader is cut off at 2 s; the next fetches until 4 s, and the third waits for that.
    run.is("jobs.timed_out", 1.0 / 3.0).is("jobs.latency.max", 2.5).is("jobs.latency.min", 2.4);
}

#[test]
fn popularity_drifts_and_caches_can_start_warm() {
    let run = in_turn("Cache(capacity: 100)", "[5]", 100);
    run.is("pool.hit_ratio", 0.99);
    // Keys from 10 s on are one larger, and so on: the first of each ten is new.
    let drifting = case("mechanisms")
        .set("pool", "Cache(capacity: 100)")
        .set("jobs.arrivals", "Periodic(\"1 s\", first: \"0.5 s\")")
        .set("jobs.steps", "[Lookup(cache: \"pool\", key: 1, drift: (every: \"10 s\", by: 1))]")
        .set("run.horizon", "\"100 s\"")
        .run();
    drifting.is("pool.hit_ratio", 0.9).is("pool.entries", 10.0);
    in_turn("Cache(capacity: 100, warm: 5)", "[1, 2, 3, 4, 5, 6]", 6).is("pool.hit_ratio", 5.0 / 6.0);
}

#[test]
fn bytes_are_counted_by_the_size_of_each_object() {
    // Objects of 600 B: one fits into 1000 B. 1 1 2 1: one hit of four.
    let run = case("mechanisms")
        .set("pool", "Cache(capacity: \"1000 B\")")
        .set("jobs.arrivals", "At(times: [\"1 s\", \"2 s\", \"3 s\", \"4 s\"])")
        .set("jobs.steps", "[Lookup(cache: \"pool\", key: Sequence([1, 1, 2, 1]), size: \"600 B\")]")
        .run();
    run.is("pool.hit_ratio", 0.25).is("pool.byte_hit_ratio", 0.25).is("pool.entries", 1.0);
}

#[test]
fn what_is_wrong_with_a_cache_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says(case("cache").set("cache", "Cache()"), &["needs a capacity"]);
    says(case("cache").set("cache.policy", "Belady"), &["future"]);
    says(case("cache").set("cache.policy", "Lruu"), &["Lru"]);
    says(case("cache").set("cache.capacity", 0), &["no capacity"]);
    says(case("cache").set("cache", "Cache(levels: [])"), &["0 levels"]);
    says(case("cache").set("cache", "Cache(capacity: 3, levels: [(capacity: 3)])"), &["of its own"]);
    says(case("cache").set("cache", "Cache(levels: [(capacity: 3), (capacity: \"3 KiB\")])"), &["others bytes"]);
}
