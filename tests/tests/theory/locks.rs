//! Locks: mutexes, read-write locks, spin locks and lock-free structures; the best number of workers.

use tests::{Case, Ran, case};

fn mechanisms(lock: &str, jobs: &str) -> Case {
    case("mechanisms").set("pool", lock).set("jobs.steps", jobs)
}

#[test]
fn a_mutex_between_users_who_think_is_the_machine_repairman() {
    for (users, throughput) in [(4, 0.353337), (8, 0.661682), (16, 0.977698)] {
        let run = case("lock").set("jobs.arrivals.users", users).run();
        run.holds("jobs.throughput", throughput, 0.008).holds("table.utilisation", throughput, 0.008);
        // Little: who does not think waits or holds it.
        let there = f64::from(users) - 10.0 * throughput;
        run.holds("table.in_system", there, 0.1).holds("table.queue", there - throughput, 0.1);
        run.holds("table.hold", 1.0, 0.015).holds("table.waiting", there / throughput - 1.0, 0.15);
    }
}

#[test]
fn the_share_that_has_to_wait_is_what_arrivals_see() {
    // With n users an arrival finds what n - 1 leave (Sevcik, Mitrani 1981): the mutex is taken with their utilisation.
    let run = case("lock").set("jobs.arrivals.users", 9).run();
    run.holds("table.contended", 0.661682, 0.01);
}

#[test]
fn taking_a_mutex_and_handing_it_over_take_their_time() {
    let saturated = |users: u32, lock: &str| {
        let jobs = r#"[Lock("table", Exclusive, [Delay("1 s")])]"#;
        let case = case("lock").set("table", lock).set("jobs.steps", jobs).set("run.horizon", "2500 s");
        case.set("jobs.arrivals", format!(r#"Closed(users: {users}, think: "0 s")"#)).set("run.replications", 1).run()
    };
    let lock = r#"Lock(acquire: "250 ms", hand_over: "1 s")"#;
    // Alone nobody hands it over; three always do, and the lock is taken meanwhile.
    saturated(1, lock).is("jobs.latency.mean", 1.25).is("table.contended", 0.0).is("table.hold", 1.25);
    saturated(3, lock).is("jobs.latency.mean", 6.0).is("table.contended", 1.0).is("table.utilisation", 1.0);
    saturated(3, lock).is("table.hold", 2.0).is("table.waiting", 4.0);
    // On a processor the same costs cycles.
    let on = |lock: &str| {
        case("mechanisms")
            .set("pool", lock)
            .set("load.steps", r#"[Lock("pool", Exclusive, [Delay("2 s")])]"#)
            .set("jobs.steps", r#"[Lock("pool", Exclusive, [Delay("2 s")])]"#)
            .run()
    };
    let run = on(r#"Lock(acquire: "0.5 s", hand_over: "1 s", on: "cpu")"#);
    run.is("load.latency.max", 2.5).is("jobs.latency.max", 4.5).is("cpu.utilisation", 1.5 / 4000.0);
}

#[test]
fn who_spins_burns_the_processor_until_its_turn() {
    // load holds it from 0 to 2, jobs spins from 1 on.
    let spun = |lock: &str| {
        mechanisms(lock, r#"[Lock("pool", Exclusive, [Delay("5 s")])]"#)
            .set("load.steps", r#"[Lock("pool", Exclusive, [Delay("2 s")])]"#)
            .run()
    };
    let run = spun(r#"Lock(kind: Spin(on: "cpu"))"#);
    run.is("jobs.latency.max", 6.0).is("cpu.utilisation", 1.0 / 4000.0).is("pool.queue", 1.0 / 1000.0);
    run.is("pool.waiting", 0.5).is("pool.in_system", 8.0 / 1000.0).is("cpu.throughput", 1.0 / 1000.0);
    run.is("cpu.latency.max", 1.0).is("cpu.aborted", 0.0).is("pool.contended", 0.5);
    run.is("cpu.energy", 1000.0 + 1.0 / 4.0).is("jobs.energy", 1000.0 + 1.0 / 4.0);
    // Who yields finds out at the end of a poll: the seventh.
    let run = spun(r#"Lock(kind: Spin(on: "cpu", yields: true, poll: "150 ms"))"#);
    run.is("jobs.latency.max", 6.05).is("cpu.throughput", 7.0 / 1000.0).is("pool.queue", 1.05 / 1000.0);
    run.is("pool.waiting", 1.05 / 2.0).is("pool.retries", 6.0 / 2.0);
    // A mutex leaves the processor alone.
    spun("Lock()").is("jobs.latency.max", 6.0).is("cpu.utilisation", 0.0);
}

#[test]
fn who_spins_on_shared_cores_slows_down_who_holds_it() {
    let one_core = |lock: &str, scheduler: &str| {
        mechanisms(lock, r#"[Lock("pool", Exclusive, [Delay("1 s")])]"#)
            .set("cpu", format!("Processor(scheduler: {scheduler})"))
            .set("load.steps", r#"[Lock("pool", Exclusive, [Delay("2 s"), Compute("cpu", "1 s")])]"#)
            .run()
    };
    // The spinner comes at 1, load computes from 2 on: with half of the core it takes until 4, without until 3.
    let run = one_core(r#"Lock(kind: Spin(on: "cpu"))"#, "Sharing()");
    run.is("load.latency.max", 4.0).is("jobs.latency.max", 4.0).is("cpu.utilisation", 3.0 / 1000.0);
    let run = one_core(r#"Lock(kind: Spin(on: "cpu"))"#, r#"RoundRobin("100 ms")"#);
    // Nine slices of the spinner fit in between.
    run.near("load.latency.max", 4.0, 0.11).near("jobs.latency.max", 4.0, 0.11);
    one_core("Lock()", "Sharing()").is("load.latency.max", 3.0).is("jobs.latency.max", 3.0);
}

#[test]
fn who_gives_up_spinning_leaves_lock_and_processor() {
    for spin in [r#"Spin(on: "cpu")"#, r#"Spin(on: "cpu", yields: true, poll: "150 ms")"#] {
        let jobs = r#"[Timeout("2.25 s", [Lock("pool", Exclusive, [Delay("1 s")])], otherwise: [])]"#;
        let run = mechanisms(&format!("Lock(kind: {spin})"), jobs)
            .set("load.arrivals", r#"At(times: ["0 s", "2 s"])"#)
            .set("load.steps", r#"[Lock("pool", Exclusive, [Delay("5 s")])]"#)
            .run();
        // jobs gives up at 3.25; the second of load has it from 5 on.
        run.is("jobs.latency.max", 2.25).is("pool.aborted", 1e-3);
        let end = run.value("load.latency.max");
        assert!((8.0..8.2).contains(&end), "{spin}: {end}");
        assert!((run.value("cpu.utilisation") * 4000.0 - 5.25).abs() < 0.2, "{spin}");
    }
}

#[test]
fn a_compare_and_swap_counter_takes_as_many_steps_as_a_uniform_scheduler_gives_it() {
    // Alistarh, Censor-Hillel, Shavit 2014: steps of n threads in uniformly random order, each of which compares and
    // swaps, are independent exponential steps. Z_i = i Z_(i-1) / n + 1 steps per success, Z_0 = 1.
    for (threads, steps) in [(4u32, 2.2188), (8, 3.2450), (16, 4.7043)] {
        let z = (1..threads).fold(1.0, |z, i| f64::from(i) * z / f64::from(threads) + 1.0);
        assert!((z - steps).abs() < 6e-5, "{threads}: {z}");
        let run = case("lock")
            .set("table", "Lock(kind: LockFree)")
            .set("jobs.arrivals", format!(r#"Closed(users: {threads}, think: "0 s")"#))
            .set("run.horizon", "3000 s")
            .set("run.warm_up", "100 s")
            .run();
        run.holds("table.retries", z - 1.0, 0.02).holds("jobs.throughput", f64::from(threads) / z, 0.03);
        run.holds("table.in_system", f64::from(threads), 1e-9).is("table.queue", 0.0).is("table.waiting", 0.0);
    }
}

#[test]
fn a_lock_free_change_is_repeated_when_another_one_was_first() {
    // jobs begins at 1 with a step of 4 s; load succeeds at 3, so that jobs repeats from 5 to 9.
    let steps = |mode: &str, time: &str| format!(r#"[Lock("pool", {mode}, [Delay("{time}")])]"#);
    let run = |jobs: &str, load: &str| {
        let lock = r#"Lock(kind: LockFree, hand_over: "500 ms")"#;
        mechanisms(lock, &steps(jobs, "4 s")).set("load.steps", steps(load, "3 s")).run()
    };
    let both = run("Exclusive", "Exclusive");
    both.is("jobs.latency.max", 8.5).is("load.latency.max", 3.0).is("pool.retries", 0.5).is("pool.contended", 0.5);
    both.is("pool.utilisation", 9.5 / 1000.0).is("pool.hold", (3.0 + 8.5) / 2.0);
    // Who reads neither repeats nor disturbs.
    run("Shared", "Exclusive").is("jobs.latency.max", 4.0).is("pool.shared", 0.5).is("pool.retries", 0.0);
    run("Exclusive", "Shared").is("jobs.latency.max", 4.0).is("pool.retries", 0.0);
    // Each attempt draws anew.
    let jobs = r#"[Lock("pool", Exclusive, [Delay(Sequence(["4 s", "1 s"]))])]"#;
    let run = mechanisms("Lock(kind: LockFree)", jobs).set("load.steps", steps("Exclusive", "3 s")).run();
    run.is("jobs.latency.max", 5.0);
}

/// A reader or a writer: when it comes, how long it holds [ms], and whether it reads.
#[derive(Clone, Copy, Debug)]
struct Visitor {
    comes: u64,
    holds: u64,
    reads: bool,
}

/// The ends of all visits at a read-write lock, told millisecond by millisecond.
fn reference(visitors: &[Visitor], prefer: &str) -> Vec<u64> {
    let mut ends = vec![None; visitors.len()];
    let mut waiting: Vec<usize> = Vec::new();
    // Twice at each time: who leaves comes before who arrives.
    for moment in 0.. {
        let now = moment / 2;
        if moment % 2 == 1 {
            waiting.extend((0..visitors.len()).filter(|i| visitors[*i].comes == now));
        }
        if ends.iter().all(Option::is_some) {
            break;
        }
        loop {
            let inside = |reads: bool| {
                (0..visitors.len()).any(|i| visitors[i].reads == reads && ends[i].is_some_and(|end| end > now))
            };
            let (readers, writer) = (inside(true), inside(false));
            let rank = |i: &&usize| match prefer {
                "Readers" => u8::from(!visitors[**i].reads),
                "Writers" => u8::from(visitors[**i].reads),
                _ => 0,
            };
            // `min_by_key` gives the first of equals, who came first.
            let Some(next) = waiting.iter().min_by_key(rank).copied() else { break };
            if writer || readers && !visitors[next].reads {
                break;
            }
            ends[next] = Some(now + visitors[next].holds);
            waiting.retain(|i| *i != next);
        }
    }
    ends.into_iter().flatten().collect()
}

#[test]
fn a_read_write_lock_agrees_with_a_count_by_hand_for_each_preference() {
    let mut state = 12345u64;
    let mut dice = |n: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % n
    };
    let mut comes = 0;
    let visitors: Vec<Visitor> = (0..300)
        .map(|_| {
            comes += 1 + dice(100);
            Visitor { comes, holds: 1 + dice(70), reads: dice(100) < 70 }
        })
        .collect();
    let list = |reads: bool, value: fn(&Visitor) -> u64| {
        let own = visitors.iter().filter(|visitor| visitor.reads == reads);
        own.map(|visitor| format!("\"{} ms\"", value(visitor))).collect::<Vec<_>>().join(", ")
    };
    let flow = |reads: bool, mode: &str| {
        let (comes, holds) = (list(reads, |v| v.comes), list(reads, |v| v.holds));
        format!(r#"Flow(arrivals: At(times: [{comes}]), steps: [Lock("pool", {mode}, [Delay(Sequence([{holds}]))])])"#)
    };
    let mut means = Vec::new();
    for prefer in ["Fifo", "Readers", "Writers"] {
        let ends = reference(&visitors, prefer);
        let run = case("mechanisms")
            .set("pool", format!("Lock(kind: RwLock(prefer: {prefer}))"))
            .set("jobs", flow(true, "Shared"))
            .set("load", flow(false, "Exclusive"))
            .run();
        let mean = |reads: bool| {
            let own = visitors.iter().zip(&ends).filter(|(visitor, _)| visitor.reads == reads);
            let sojourns: Vec<u64> = own.map(|(visitor, end)| end - visitor.comes).collect();
            (
                sojourns.iter().sum::<u64>() as f64 / sojourns.len() as f64 / 1e3,
                *sojourns.iter().max().unwrap() as f64 / 1e3,
            )
        };
        let (readers, writers) = (mean(true), mean(false));
        run.is("jobs.latency.mean", readers.0).is("jobs.latency.max", readers.1);
        run.is("load.latency.mean", writers.0).is("load.latency.max", writers.1);
        let held: Vec<bool> = (0..40_000)
            .map(|t| visitors.iter().zip(&ends).any(|(visitor, end)| end - visitor.holds <= t && t < *end))
            .collect();
        let held = held.into_iter().filter(|held| *held).count() as f64 / 1e6;
        run.is("pool.utilisation", held);
        means.push((readers.0, writers.0));
    }
    assert!(means[1].0 < means[0].0 && means[0].0 < means[2].0, "{means:?}: readers");
    assert!(means[2].1 < means[0].1 && means[0].1 < means[1].1, "{means:?}: writers");
}

#[test]
fn order_and_patience_hold_in_the_line_of_a_lock() {
    let orders = |order: &str| {
        mechanisms(&format!("Lock(order: {order})"), r#"[Lock("pool", Exclusive, [Delay("10 s")])]"#)
            .set("load.steps", r#"[Lock("pool", Exclusive, [Delay("10 s")])]"#)
            .set("load.arrivals", r#"At(times: ["0 s", "1 s"])"#)
            .set("load.deadline", "\"100 s\"")
            .set("jobs.arrivals", r#"At(times: ["2 s"])"#)
            .set("jobs.priority", "High")
            .set("jobs.deadline", "\"20 s\"")
            .run()
    };
    orders("Fifo").is("jobs.latency.max", 28.0);
    orders("Priority").is("jobs.latency.max", 18.0);
    orders("Edf").is("jobs.latency.max", 18.0);
    let run = mechanisms("Lock()", r#"[Lock("pool", Exclusive, [], patience: "3 s")]"#)
        .set("load.steps", r#"[Lock("pool", Exclusive, [Delay("10 s")])]"#)
        .run();
    run.is("jobs.reneged", 1.0).is("pool.reneged", 1e-3).is("pool.queue", 3e-3);
}

#[test]
fn a_lock_is_given_back_however_its_block_ends() {
    for (block, end) in [
        (r#"Timeout("5 s", [Delay("9 s")], otherwise: [])"#, 6.0),
        (r#"Fork([[Delay("5 s")], [Delay("9 s")]], join: Any)"#, 6.0),
        (r#"Retry(times: 4, backoff: "1 s", steps: [Timeout("0.2 s", [Delay("9 s")])])"#, 6.0),
    ] {
        for kind in ["Mutex", "RwLock()", r#"Spin(on: "cpu")"#, "LockFree"] {
            // load comes at 2 and waits for jobs, who has it from 1 on.
            let run = mechanisms(&format!("Lock(kind: {kind})"), &format!(r#"[Lock("pool", Exclusive, [{block}])]"#))
                .set("load.arrivals", r#"At(times: ["2 s"])"#)
                .set("load.steps", r#"[Lock("pool", Exclusive, [Delay("1 s")])]"#)
                .run();
            if kind == "LockFree" {
                continue;
            }
            run.is("pool.utilisation", 6.0 / 1000.0).is("load.latency.max", end - 2.0 + 1.0);
        }
    }
}

#[test]
fn simulated_workers_do_most_where_the_universal_scalability_law_has_its_peak() {
    let rate = |workers: u64| -> f64 {
        let case = case("usl").set("run.horizon", "100 s").set("run.replications", 1);
        let run = case.set("parameters.workers", workers).run();
        // They go in step: n of them in n / C(n) seconds.
        workers as f64 / run.value("jobs.latency.mean")
    };
    let (alpha, beta) = (0.02, 0.0005);
    assert!((rate(16) - 11.2676).abs() < 5e-5 && (rate(32) - 15.1229).abs() < 5e-5);
    let all: Vec<f64> = (1..=64).map(rate).collect();
    let most = (1..=64u64).max_by(|a, b| all[*a as usize - 1].total_cmp(&all[*b as usize - 1])).unwrap();
    assert_eq!(models::analytic::usl::best(alpha, beta), Ok(Some(most)));
    assert_eq!(most, 44);
    // With random work the law is that of a birth-death process, and closed workers are always all there.
    let random = case("usl").set("jobs.serve.work", r#"Exponential("1 s")"#).set("run.horizon", "5000 s");
    random.set("run.replications", 20).run().holds("jobs.throughput", 11.2676, 0.08);
    let report = experiments::check::check(&case("usl").load());
    let degree = &report.stability.degrees[0];
    assert_eq!((degree.component.as_str(), degree.best), ("cpu", 44));
    assert!(report.text().contains("`cpu` does most with 44 requests at once"), "{}", report.text());
}

#[test]
fn the_degree_of_concurrency_is_the_share_of_requests_that_run() {
    // On one core load computes from 0 to 3, jobs waits from 1 on and computes until 5.
    let two = |cpu: &str| {
        case("mechanisms")
            .set("cpu", cpu)
            .set("jobs.steps", r#"[Compute("cpu", "2 s")]"#)
            .set("load.steps", r#"[Compute("cpu", "3 s")]"#)
            .run()
    };
    two("Processor()").is("concurrency", 5.0 / 7.0);
    two("Processor(scheduler: Priority(Resume))").is("concurrency", 5.0 / 7.0);
    two("Processor(cores: 2)").is("concurrency", 1.0);
    // Sharing lets both run, more slowly.
    two("Processor(scheduler: Sharing())").is("concurrency", 1.0);
    // Waiting for a lock counts as well: jobs from 1 to 3, then 2 s on a core; load 3 s.
    let locked = |work: &str| format!(r#"[Lock("pool", Exclusive, [Compute("cpu", "{work}")])]"#);
    let run = mechanisms("Lock()", &locked("2 s")).set("load.steps", locked("3 s")).run();
    run.is("concurrency", 5.0 / 7.0);
    // Sixteen users on two cores that are always busy: two of 16 - X that are there.
    let run = case("closed_pool").run();
    run.holds("concurrency", 2.0 / (16.0 - 4.0 / 3.0), 0.002);
    let series = &run.run.results.concurrency;
    assert!(series.values.len() > 100 && series.values.iter().all(|degree| (0.0..=1.0).contains(degree)));
    let mean = series.values.iter().sum::<f64>() / series.values.len() as f64;
    assert!((mean - 2.0 / (16.0 - 4.0 / 3.0)).abs() < 0.002, "{mean}");
}

#[test]
fn locks_are_the_same_on_any_number_of_threads() {
    let run = |threads: usize| -> Ran {
        let case = case("lock").set("table", r#"Lock(kind: LockFree, acquire: "10 ms")"#).set("run.horizon", "900 s");
        case.threads(threads).run()
    };
    assert_eq!(run(1).run.fingerprint, run(2).run.fingerprint);
}

#[test]
fn what_is_wrong_with_a_lock_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    let lock = |spec: &str| mechanisms(spec, r#"[Lock("pool", Exclusive, [])]"#);
    says(lock("Semaphore(capacity: 1)"), &["is a Semaphore", "needs a Lock"]);
    says(lock("Lock(kind: Spin())"), &["on"]);
    says(lock(r#"Lock(kind: Spin(on: "other"))"#), &["other", "Processor"]);
    says(lock(r#"Lock(kind: Spin(on: "cpu", poll: "1 us"))"#), &["yields"]);
    says(lock(r#"Lock(kind: Spin(on: "cpu", yields: true, poll: "-1 us"))"#), &["not positive"]);
    says(lock(r#"Lock(acquire: "-1 s")"#), &["negative"]);
    says(lock(r#"Lock(on: "cpu")"#), &["nothing to compute"]);
    says(lock("Lock(kind: RwLock(prefer: Readers), order: Edf)"), &["order"]);
    says(lock("Lock(kind: LockFree, order: Edf)"), &["order"]);
    let impatient = r#"[Lock("pool", Exclusive, [], patience: "1 s")]"#;
    says(mechanisms("Lock(kind: LockFree)", impatient), &["patience", "Timeout"]);
    says(mechanisms(r#"Lock(kind: Spin(on: "cpu"))"#, impatient), &["patience", "Timeout"]);
    says(mechanisms("Lock()", r#"[Hold(pool: "pool", steps: [])]"#), &["is a Lock", "Semaphore"]);
    says(mechanisms("Lock()", r#"[Lock("pool", Alone, [])]"#), &["Alone", "Exclusive"]);
}
