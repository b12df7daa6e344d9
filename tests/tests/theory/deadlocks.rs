//! Deadlocks: found while running and before, and each told with its circle.

use experiments::check::check;
use experiments::file::Source;
use experiments::run::Advice;
use experiments::study::Study;
use std::path::Path;
use tests::{Case, Ran, case, simulate};

/// Two flows, at 0 and at 1.
fn two(components: &[(&str, &str)], load: &str, jobs: &str) -> Case {
    let case = case("mechanisms").set("load.steps", load).set("jobs.steps", jobs);
    components.iter().fold(case, |case, (name, spec)| case.set(name, spec))
}

fn told(run: &Ran) -> Option<String> {
    let deadlock = run.run.advice.iter().find(|advice| matches!(advice, Advice::Deadlock { .. }));
    deadlock.map(Advice::text)
}

#[track_caller]
fn says(run: &Ran, words: &[&str]) {
    let text = told(run).unwrap_or_else(|| panic!("no deadlock: {:?}", run.run.advice));
    words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    assert_eq!(run.run.status(), 1);
}

const LOCKS: [(&str, &str); 2] = [("pool", "Lock()"), ("other", "Lock()")];

fn nested(first: &str, second: &str) -> String {
    format!(r#"[Lock("{first}", Exclusive, [Delay("2 s"), Lock("{second}", Exclusive, [Delay("1 s")])])]"#)
}

#[test]
fn two_locks_in_opposite_orders_are_a_deadlock_and_named() {
    let run = two(&LOCKS, &nested("pool", "other"), &nested("other", "pool")).run();
    // jobs waits from 3 s on, when load waits already.
    says(
        &run,
        &["`jobs` holds `other` and waits for `pool`; `load` holds `pool` and waits for `other`", "since 3.000000 s"],
    );
    let run = two(&LOCKS, &nested("pool", "other"), &nested("pool", "other")).run();
    assert_eq!((told(&run), run.run.status()), (None, 0));
    run.is("jobs.latency.max", 5.0);
}

#[test]
fn it_is_found_whichever_way_they_wait() {
    for locks in [
        ["Lock(kind: RwLock())", "Lock()"],
        [r#"Lock(kind: Spin(on: "cpu"))"#, r#"Lock(kind: Spin(on: "cpu"))"#],
        [r#"Lock(kind: Spin(on: "cpu", yields: true, poll: "1 s"))"#, "Lock()"],
    ] {
        let run =
            two(&[("pool", locks[0]), ("other", locks[1])], &nested("pool", "other"), &nested("other", "pool")).run();
        says(&run, &["`jobs` holds `other` and waits for `pool`; `load` holds `pool` and waits for `other`"]);
    }
    let hold = |first: &str, second: &str| {
        format!(r#"[Hold(pool: "{first}", n: 2, steps: [Delay("2 s"), Hold(pool: "{second}", steps: [])])]"#)
    };
    let two_units = [("pool", "Semaphore(capacity: 2)"), ("other", "Semaphore(capacity: 2)")];
    says(&two(&two_units, &hold("pool", "other"), &hold("other", "pool")).run(), &["`load` holds `pool`"]);
    let spun = r#"Semaphore(capacity: 2, spin: "cpu", poll: "1 s")"#;
    says(
        &two(&[("pool", spun), ("other", "Semaphore(capacity: 2)")], &hold("pool", "other"), &hold("other", "pool"))
            .run(),
        &["`load` holds `pool`"],
    );
    // Of three units one is left: nobody has to wait.
    let three_units = [("pool", "Semaphore(capacity: 3)"), ("other", "Semaphore(capacity: 3)")];
    assert_eq!(told(&two(&three_units, &hold("pool", "other"), &hold("other", "pool")).run()), None);
    // Nor for a lock-free structure.
    let free = [("pool", "Lock(kind: LockFree)"), ("other", "Lock()")];
    assert_eq!(told(&two(&free, &nested("pool", "other"), &nested("other", "pool")).run()), None);
}

#[test]
fn what_ends_by_itself_is_no_deadlock() {
    for around in [r#"Timeout("1000 h", [BODY])"#, r#"Timeout("20 s", [BODY])"#] {
        let inner = r#"Lock("pool", Exclusive, [Delay("1 s")])"#;
        let jobs = format!(r#"[Lock("other", Exclusive, [Delay("2 s"), {}])]"#, around.replace("BODY", inner));
        let case = two(&LOCKS, &nested("pool", "other"), &jobs);
        let run = case.run();
        assert_eq!(told(&run), None);
        assert!(check(&case.load()).holds.circles.is_empty());
    }
    let patient = r#"[Lock("other", Exclusive, [Delay("2 s"), Lock("pool", Exclusive, [], patience: "9 s")])]"#;
    two(&LOCKS, &nested("pool", "other"), patient).run().is("jobs.reneged", 1.0).is("load.in_time", 1.0);
}

#[test]
fn a_request_that_waits_for_its_branches_holds_what_it_holds() {
    let jobs = r#"[Lock("other", Exclusive, [Delay("2 s"), Fork([[Delay("1 s")], [Lock("pool", Exclusive, [])]])])]"#;
    let run = two(&LOCKS, &nested("pool", "other"), jobs).run();
    says(
        &run,
        &["`jobs` holds `other` and waits for a branch of its own; a branch of `jobs` waits for `pool`; \
             `load` holds `pool` and waits for `other`"],
    );
    // When the other branch is enough, the one that waits is cancelled.
    let run = two(&LOCKS, &nested("pool", "other"), &jobs.replace("]])", "]], join: Any)")).run();
    assert_eq!(told(&run), None);
}

#[test]
fn who_spins_on_the_only_core_keeps_it_from_who_holds_the_lock() {
    let spin = [("pool", r#"Lock(kind: Spin(on: "cpu"))"#), ("cpu", "Processor()")];
    let load = r#"[Lock("pool", Exclusive, [Delay("2 s"), Compute("cpu", "1 s")])]"#;
    let jobs = r#"[Lock("pool", Exclusive, [Delay("1 s")])]"#;
    let run = two(&spin, load, jobs).run();
    says(
        &run,
        &["`jobs` keeps a server of `cpu` and waits for `pool`; `load` holds `pool` and waits for a server of `cpu`"],
    );
    // Who yields lets it go on.
    let yields = [("pool", r#"Lock(kind: Spin(on: "cpu", yields: true, poll: "100 ms"))"#), ("cpu", "Processor()")];
    let run = two(&yields, load, jobs).run();
    assert_eq!(told(&run), None);
    run.near("load.latency.max", 3.1, 0.11);
}

#[test]
fn components_that_block_each_other_are_named_with_their_places() {
    let full = [("cpu", "Processor(limit: 1, full: Block)"), ("other", "Processor(limit: 1, full: Block)")];
    let way = |a: &str, b: &str| format!(r#"[Compute("{a}", "5 s"), Compute("{b}", "5 s")]"#);
    let run = two(&full, &way("cpu", "other"), &way("other", "cpu")).run();
    says(
        &run,
        &[
            "`jobs` holds a place at `other` and waits for a place at `cpu`",
            "`load` holds a place at `cpu` and waits for a place at `other`",
            "larger `limit`",
        ],
    );
}

/// Four units, drawn one by one.
fn four_draws() -> String {
    let draw = |body: String, _| format!(r#"Hold(pool: "pool", steps: [Delay("1 s"), {body}])"#);
    (0..4).fold(r#"Delay("1 s")"#.to_string(), draw)
}

/// Three threads that draw four units each from a pool.
fn draws(units: u32) -> Case {
    case("mechanisms")
        .set("pool.capacity", units)
        .set("jobs.arrivals", r#"Closed(users: 3, think: Exponential("1 s"))"#)
        .set("jobs.steps", format!("[{}]", four_draws()))
}

#[test]
fn a_pool_that_threads_draw_several_from_needs_threads_times_one_less_and_one() {
    for (units, free) in [(12, true), (10, true), (9, false), (7, false), (4, false)] {
        let case = draws(units).set("run.horizon", "3000 s");
        let report = check(&case.load());
        let (text, enough) = &report.holds.pools[0];
        assert_eq!(*enough, free, "{text}");
        assert!(
            text.contains("3 requests at once draw up to 4 units each") && text.contains("with 10 or more"),
            "{text}"
        );
        let run = case.run();
        assert_eq!(told(&run).is_none(), free, "{units}: {:?}", run.run.advice);
        if !free {
            says(&run, &["`jobs` holds `pool` and waits for `pool`"]);
        }
    }
    // With less than one needs it waits for itself.
    assert!(draws(3).refused().contains("it would wait for itself for ever"));
    // A gate that lets two in makes seven enough.
    let steps = format!(r#"[Hold(pool: "other", steps: [{}])]"#, four_draws());
    let gated = draws(7).set("other.capacity", 2).set("jobs.steps", steps).set("run.horizon", "3000 s");
    assert!(check(&gated.load()).holds.pools[0].1);
    assert_eq!(told(&gated.run()), None);
}

// ---- What is said before a run, against what happens. ----

/// What chance puts together: locks and pools only, or (`wild`) with all that can happen around them.
struct Dice {
    state: u64,
    wild: bool,
}

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.state = self.state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.state >> 33) % n
    }

    fn pick<'t>(&mut self, options: &[&'t str]) -> &'t str {
        options[self.below(options.len() as u64) as usize]
    }

    fn component(&mut self) -> String {
        let kind = self.pick(&[
            "Lock()",
            "Lock()",
            "Lock(kind: RwLock())",
            "Lock(kind: RwLock(prefer: Readers))",
            "Lock(kind: RwLock(prefer: Writers))",
            r#"Lock(kind: Spin(on: "cpu"))"#,
            r#"Lock(kind: Spin(on: "cpu", yields: true, poll: "0.3 s"))"#,
            "Lock(kind: LockFree)",
        ]);
        kind.to_string()
    }

    fn block(&mut self, depth: u32) -> String {
        let body = self.body(depth + 1);
        let (lock, mode) = (self.pick(&["a", "b", "c"]), self.pick(&["Shared", "Exclusive", "Exclusive"]));
        match self.below(if self.wild { 19 } else { 14 }) {
            14 => format!("Spawn({body})"),
            15 => r#"Become("f0")"#.to_string(),
            16 => "Choose([(0.1, [Fail()]), (0.9, [])])".to_string(),
            17 => format!(r#"Fork([{body}, {}], join: Any)"#, self.body(depth + 1)),
            18 => format!(r#"Timeout("0.5 s", {body})"#),
            0..=5 => format!(r#"Lock("{lock}", {mode}, {body})"#),
            6..=8 => format!(r#"Hold(pool: "s", n: {}, steps: {body})"#, 1 + self.below(2)),
            9 => format!(r#"Fork([{body}, {}])"#, self.body(depth + 1)),
            10 => format!("Choose([(0.5, {body}), (0.5, {})])", self.body(depth + 1)),
            11 => format!("Repeat(2, {body})"),
            12 => format!(r#"Retry(times: 2, backoff: "0.1 s", steps: {body})"#),
            _ => format!(r#"Timeout("3 s", {body}, otherwise: {})"#, self.body(depth + 1)),
        }
    }

    fn body(&mut self, depth: u32) -> String {
        let time = self.pick(&["0.2 s", "0.5 s", "1 s"]);
        let mut steps = vec![format!(r#"Delay(Exponential("{time}"))"#)];
        if depth < 4 {
            for _ in 0..1 + self.below(2) {
                let step = match (self.below(4), self.wild) {
                    (0, false) => format!(r#"Delay("{time}")"#),
                    (0, true) => format!(r#"Compute("cpu", Exponential("{time}"))"#),
                    _ => self.block(depth),
                };
                steps.push(step);
            }
        }
        format!("[{}]", steps.join(", "))
    }

    fn system(&mut self) -> String {
        let locks: Vec<String> =
            ["a", "b", "c"].iter().map(|name| format!(r#""{name}": {}"#, self.component())).collect();
        let flows: Vec<String> = (0..1 + self.below(3))
            .map(|i| {
                let users = 1 + self.below(3);
                let body = self.body(1);
                format!(r#""f{i}": Flow(arrivals: Closed(users: {users}, think: Exponential("1 s")), steps: {body})"#)
            })
            .collect();
        let capacity = 2 + self.below(4);
        let cpu = match self.wild {
            false => "cores: 2",
            true => self.pick(&[
                "cores: 2",
                "cores: 2, scheduler: Sharing()",
                r#"scheduler: RoundRobin("0.1 s"), power: (active: "1 W")"#,
                "cores: 2, limit: 3",
                "cores: 3, limit: 3, full: Block",
                "scheduler: LifoPreemptive()",
                r#"failures: (time_to_failure: Exponential("20 s"), repair: "2 s", interrupted: Lose)"#,
                r#"cores: 2, setup: "0.2 s", power: (active: "2 W")"#,
                "cores: 4, laws: (throughput: Usl(0.1, 0.01)), load: Occupancy(4)",
            ]),
        };
        format!(
            r#"Experiment(title: "locks", system: System(components: {{ "cpu": Processor({cpu}), "s": Semaphore(capacity: {capacity}), {} }}, flows: {{ {} }}), run: Run(horizon: "2000 s", warm_up: "0 s", drain: "0 s", max_in_system: 2000))"#,
            locks.join(", "),
            flows.join(", ")
        )
    }
}

#[test]
fn no_deadlock_comes_that_was_not_foretold_and_nothing_goes_on_after_one() {
    let number: u64 = std::env::var("RANDOM_NUMBER").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let (mut clear, mut foretold, mut came, mut refused) = (0, 0, 0, 0);
    for i in 0..number {
        let text = Dice { state: i.wrapping_mul(7919).wrapping_add(17), wild: false }.system();
        let study = match Study::from_source(Path::new("locks.ron"), Source::new("locks.ron", &text), &[], false) {
            Ok(study) => study,
            Err(bad) => {
                assert!(bad.text.contains("for ever") || bad.text.contains("never succeed"), "{}\n{text}", bad.text);
                refused += 1;
                continue;
            }
        };
        let holds = check(&study).holds;
        assert!(holds.violations.is_empty(), "{:?}\n{text}", holds.violations);
        let may = !holds.circles.is_empty() || holds.pools.iter().any(|(_, enough)| !enough);
        let run = simulate(&study, 0);
        tests::books::books(&format!("system {i}"), &run);
        match (&run.deadlock, may) {
            (Some(deadlock), false) => panic!("system {i}: {deadlock:?} was not foretold\n{text}"),
            (Some(_), true) => came += 1,
            (None, true) => foretold += 1,
            (None, false) => clear += 1,
        }
        if run.deadlock.is_none() {
            // Whoever has not left is on the way: nobody has been in the system for long.
            let last = run.in_system.values.len();
            assert!(last > 0 && run.flows.iter().all(|flow| flow.born > 20), "system {i}: nothing moves\n{text}");
        }
    }
    println!("{clear} clear, {foretold} that might, {came} that did, {refused} refused");
    assert!(clear > number / 10 && came > number / 20, "{clear} {foretold} {came} {refused}");
}

#[test]
fn locks_compose_with_all_that_can_happen_around_them() {
    let number: u64 = std::env::var("RANDOM_NUMBER").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let (mut accepted, mut requests) = (0, 0);
    for i in 0..number {
        let text = Dice { state: i.wrapping_mul(104_729).wrapping_add(5), wild: true }.system();
        let study = Study::from_source(Path::new("locks.ron"), Source::new("locks.ron", &text), &[], false);
        let Ok(study) = study else { continue };
        accepted += 1;
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let (run, again) = (simulate(&study, 0), simulate(&study, 0));
            tests::books::books(&format!("system {i}"), &run);
            assert_eq!(
                (run.events, run.fingerprint, &run.deadlock),
                (again.events, again.fingerprint, &again.deadlock)
            );
            run.flows.iter().map(|flow| flow.born).sum::<u64>()
        }));
        requests += outcome.unwrap_or_else(|_| panic!("system {i}:\n{text}"));
    }
    println!("{accepted} of {number} systems, {requests} requests");
    assert!(accepted > number / 4 && requests > 100 * accepted, "{accepted} of {number}, {requests}");
}
