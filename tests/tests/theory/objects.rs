//! Object pools: hit ratios against Erlang's loss formula and a Markov chain, and to the digit.

use tests::case;

#[test]
fn a_pool_of_its_own_objects_misses_as_a_loss_system_loses() {
    // 1 - Erlang B.
    case("objects").run().holds("pool.hit_ratio", 0.929952, 0.003).holds("pool.misses", 5.0 * 0.070048, 0.02);
    let larger = case("objects").set("pool.max_size", 16).set("jobs.arrivals", "Poisson(\"10 /s\")").run();
    larger.holds("pool.hit_ratio", 0.977698, 0.002).holds("pool.live", 16.0 + 10.0 * 0.022302, 0.03);
}

/// Hit ratio of a pool that keeps what comes back: the chain of (in use, idle), by uniformisation.
fn keeps_what_returns(offered: f64, max_size: usize) -> f64 {
    let most = 40;
    let total = offered + most as f64;
    let mut p = vec![vec![0.0; max_size + 1]; most + 1];
    p[0][0] = 1.0;
    for _ in 0..20_000 {
        let mut next = vec![vec![0.0; max_size + 1]; most + 1];
        for n in 0..=most {
            for i in 0..=max_size {
                let mass = p[n][i];
                next[(n + 1).min(most)][i.saturating_sub(1)] += mass * offered / total;
                if n > 0 {
                    next[n - 1][(i + 1).min(max_size)] += mass * n as f64 / total;
                }
                next[n][i] += mass * (most - n) as f64 / total;
            }
        }
        p = next;
    }
    p.iter().map(|row| row[1..].iter().sum::<f64>()).sum()
}

#[test]
fn a_pool_that_keeps_what_returns_hits_more_often() {
    let exact = keeps_what_returns(5.0, 8);
    assert!((exact - 0.9735).abs() < 0.0005, "{exact}");
    let run = case("objects").set("pool.keep", "Returned").run();
    run.holds("pool.hit_ratio", exact, 0.002);
    // All that is made is thrown away in the end.
    run.holds("pool.discarded", 5.0 * (1.0 - exact), 0.01).holds("pool.returned", 5.0 * exact, 0.05);
}

#[test]
fn at_most_max_size_are_kept_and_a_miss_takes_the_time_to_make_one() {
    // Four at once: four are made, one after the other on one core; two are kept. Then three: two hits, one is made.
    let run = case("mechanisms")
        .set("pool", "ObjectPool(max_size: 2, factory: \"1 s\", on: \"cpu\")")
        .set("cpu.cores", 1)
        .set("jobs.arrivals", "At(times: [\"0 s\", \"0 s\", \"0 s\", \"0 s\", \"100 s\", \"100 s\", \"100 s\"])")
        .set("jobs.steps", "[Borrow(pool: \"pool\", steps: [Delay(\"10 s\")])]")
        .run();
    run.is("pool.hits", 2e-3).is("pool.misses", 5e-3).is("pool.returned", 4e-3).is("pool.discarded", 3e-3);
    run.is("jobs.latency.max", 14.0).is("jobs.latency.min", 10.0).is("cpu.utilisation", 5e-3).is("pool.live_max", 4.0);
    // Idle from 11 and 12 to 100, and from 110 to the end: two.
    run.is("pool.idle", (89.0 + 88.0 + 2.0 * 890.0) / 1000.0);
}

#[test]
fn an_object_whose_making_is_broken_off_is_not_kept() {
    let run = |timeout: &str| {
        case("mechanisms")
            .set("pool", "ObjectPool(max_size: 2, factory: \"3 s\")")
            .set("jobs.steps", format!("[Timeout(\"{timeout}\", [Borrow(pool: \"pool\", steps: [])], otherwise: [])]"))
            .run()
    };
    run("2 s").is("pool.discarded", 1e-3).is("pool.live", 2e-3);
    run("4 s").is("pool.returned", 1e-3).is("pool.live", 0.999);
}

#[test]
fn threads_that_draw_several_permits_deadlock_below_the_bound_and_never_above() {
    // Threads x (each - 1) + 1 = 10 permits for 3 threads that draw 4 one after the other ("About Pool Sizing", HikariCP).
    let one = |body: &str| format!("[Hold(pool: \"pool\", steps: [Delay(\"1 s\"), {body}])]");
    let deep = "Hold(pool: \"pool\", steps: [Delay(\"1 s\"), Hold(pool: \"pool\", steps: [Delay(\"1 s\"), \
                Hold(pool: \"pool\", steps: [Delay(\"1 s\")])])])";
    let run = |capacity: u32| {
        case("mechanisms")
            .set("pool.capacity", capacity)
            .set("jobs.arrivals", "At(times: [\"0 s\", \"0 s\", \"0 s\"])")
            .set("jobs.steps", one(deep))
            .run()
    };
    run(10).is("jobs.reliability", 1.0);
    // With nine each has three from 2 s on and waits for a fourth for ever.
    run(9).is("jobs.unfinished", 1.0).is("pool.utilisation", 1.0 - (1.0 * 6.0 + 1.0 * 3.0) / 9000.0);
}
