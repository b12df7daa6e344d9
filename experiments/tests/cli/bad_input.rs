//! Bad input: status 2, and one readable message per mistake with its place.

use super::{Desk, QUEUE, Said};

/// Runs a file and looks at what is said of it.
fn refused(text: &str) -> Said {
    let desk = Desk::new();
    desk.write("bad.ron", text);
    let said = desk.say(&["run", "bad.ron"]);
    assert_eq!(said.status, 2, "{text}\n{}\n{}", said.out, said.err);
    assert_eq!(said.out, "");
    assert!(!desk.path().join("notebooks-out").exists(), "nothing is written");
    assert!(!said.err.contains("panicked"), "{}", said.err);
    said
}

/// The number of messages.
fn messages(said: &Said) -> usize {
    said.err.lines().filter(|line| line.starts_with("error:")).count()
}

/// One message, at a line and column, with certain words.
fn one(text: &str, line: usize, words: &[&str]) {
    let said = refused(text);
    assert_eq!(messages(&said), 1, "{}", said.err);
    assert!(said.err.contains(&format!("bad.ron:{line}:")), "no line {line} in\n{}", said.err);
    for word in words {
        assert!(said.err.contains(word), "no {word} in\n{}", said.err);
    }
}

/// The queue with one thing changed, and the line of the change.
fn changed(from: &str, to: &str) -> (String, usize) {
    let at = QUEUE.find(from).unwrap_or_else(|| panic!("{from} is not in the file"));
    (QUEUE.replacen(from, to, 1), QUEUE[..at].matches('\n').count() + 1)
}

#[test]
fn every_single_mistake_has_one_message_at_its_place() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("cores: 1", "cores: ", &["value"]),
        ("Processor(cores: 1)", "Processor(core: 1)", &["`core`", "`cores`"]),
        ("title:", "titel:", &["`titel`", "`title`"]),
        ("on: \"server\"", "on: \"servre\"", &["`servre`", "`server`"]),
        ("cores: 1", "cores: 1, profile: \"raspbery-pi-4\"", &["raspbery-pi-4"]),
        ("\"80 /s\"", "\"80 /x\"", &["`x`"]),
        ("\"80 /s\"", "\"80 ms\"", &["rate", "time"]),
        ("\"10 ms\"", "\"10 B\"", &["time"]),
        ("Exponential(\"10 ms\")", "Exponentail(\"10 ms\")", &["`Exponentail`", "`Exponential`"]),
        ("Poisson(rate: \"80 /s\")", "Poison(rate: \"80 /s\")", &["`Poison`", "`Poisson`"]),
        ("cores: 1", "cores: [true]", &[]),
        ("cores: 1", "cores: -1", &["1"]),
        ("cores: 1", "cores: 0", &["1"]),
        ("\"10 ms\"", "\"-10 ms\"", &[]),
        ("\"80 /s\"", "\"1e400 /s\"", &[]),
        ("\"80 /s\"", "inf", &[]),
        ("horizon: \"20 s\"", "horizon: \"0 s\"", &["0"]),
        ("horizon: \"20 s\"", "horizon: \"-1 s\"", &[]),
        ("warm_up: \"1 s\"", "warm_up: \"30 s\"", &["warm-up", "horizon"]),
        ("replications: 3", "replications: 0", &["1"]),
        (
            "Compute(on: \"server\", work: Exponential(\"10 ms\"))",
            "Choose([(0.5, []), (0.4, [Compute(on: \"server\", work: \"1 ms\")])])",
            &["0.9", "1"],
        ),
        ("\"80 /s\"", "\"$load /s\"", &["load"]),
        ("Exponential(\"10 ms\")", "Gamma(mean: \"10 ms\", scv: -1)", &[]),
        ("Exponential(\"10 ms\")", "Trace(file: \"none.csv\")", &["none.csv"]),
    ];
    for (from, to, words) in cases {
        let (text, line) = changed(from, to);
        one(&text, line, words);
    }
}

#[test]
fn targets_and_sections_are_checked_too() {
    let with = |section: &str| QUEUE.replace("    run:", &format!("    {section}\n    run:"));
    let cases: &[(&str, &[&str])] = &[
        ("targets: [\"jobs.latncy.p95 <= 1 s\"],", &["latncy"]),
        ("targets: [\"jobs.latency.p95 <= 1 J\"],", &["energy", "time"]),
        ("targets: [\"latency.p95\"],", &[]),
        ("sweep: { \"server.corse\": [1, 2] },", &["corse"]),
        ("sweep: { \"server.cores\": [1, true] },", &["true"]),
        ("configurations: { \"a\": { \"servr.cores\": 2 } },", &["servr", "server"]),
        ("compare: Compare(configurations: [\"a\"]),", &["`a`"]),
        ("parameters: { \"a\": \"$b\", \"b\": 2, \"c\": \"$d\" },", &["d"]),
    ];
    for (section, words) in cases {
        one(&with(section), 9, words);
    }
}

#[test]
fn a_circle_of_parameters_is_named() {
    let text = QUEUE.replace("    run:", "    parameters: { \"a\": \"$b + 1\", \"b\": \"$a\" },\n    run:");
    let said = refused(&text);
    assert!(said.err.contains("depends on itself") && said.err.contains("bad.ron:9:"), "{}", said.err);
}

#[test]
fn a_flow_that_can_never_end_is_refused() {
    let step = "Route(start: \"a\", moves: {\"a\": [(1, \"a\")]}, steps: [Compute(on: \"server\", work: \"1 ms\", label: \"a\")])";
    let (text, line) = changed("Compute(on: \"server\", work: Exponential(\"10 ms\"))", step);
    one(&text, line, &["end"]);
    let (text, line) = changed("Compute(on: \"server\", work: Exponential(\"10 ms\"))", "Become(flow: \"jobs\")");
    one(&text, line, &[]);
}

#[test]
fn an_empty_system_is_refused() {
    let empty = "Experiment(system: System(components: {}, flows: {}), run: Run(horizon: \"1 s\"))";
    assert!(messages(&refused(empty)) >= 1);
    for text in ["", "()", "Experiment()", "// nothing", "42"] {
        assert!(messages(&refused(text)) >= 1);
    }
}

#[test]
fn several_mistakes_are_reported_together() {
    let text = QUEUE
        .replace("cores: 1", "cores: -1")
        .replace("\"80 /s\"", "\"80 ms\"")
        .replace("on: \"server\"", "on: \"nobody\"")
        .replace("\"20 s\"", "\"0 s\"");
    let said = refused(&text);
    assert_eq!(messages(&said), 4, "{}", said.err);
    for line in [4, 6, 9] {
        assert!(said.err.contains(&format!("bad.ron:{line}:")), "{}", said.err);
    }
}

#[test]
fn a_missing_file_is_said_to_be_missing_with_the_nearest_name() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    let said = desk.say(&["run", "qeue.ron"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("qeue.ron") && said.err.contains("queue.ron"), "{}", said.err);
    let said = desk.say(&["run", "."]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("folder") || said.err.contains("directory"), "{}", said.err);
}

#[test]
fn huge_and_deep_files_are_refused_at_once() {
    let desk = Desk::new();
    desk.write("huge.ron", vec![b' '; 100_000_000]);
    let deep = format!("Experiment(title: {}1{})", "[".repeat(10_000), "]".repeat(10_000));
    desk.write("deep.ron", deep);
    desk.write("binary.ron", b"Experiment(\xff\xfe)");
    let start = std::time::Instant::now();
    for (name, word) in [("huge.ron", "MiB"), ("deep.ron", "deep"), ("binary.ron", "UTF-8")] {
        let said = desk.say(&["run", name]);
        assert_eq!((said.status, messages(&said)), (2, 1), "{}", said.err);
        assert!(said.err.contains(word), "{}", said.err);
        assert!(said.err.len() < 2_000, "a message is short: {}", said.err);
    }
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn a_bad_line_of_a_trace_is_named() {
    let desk = Desk::new();
    desk.write("work.csv", "seconds\n0.01\nten\n");
    desk.write("bad.ron", changed("Exponential(\"10 ms\")", "Trace(file: \"work.csv\", unit: \"1 s\")").0);
    let said = desk.say(&["run", "bad.ron"]);
    assert_eq!((said.status, messages(&said)), (2, 1), "{}", said.err);
    for word in ["work.csv", "line 3", "`ten`", "bad.ron:6:"] {
        assert!(said.err.contains(word), "no {word} in {}", said.err);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_found_out_before_the_run() {
    let desk = Desk::new();
    // A simulation of this horizon would take days.
    desk.write("long.ron", QUEUE.replace("20 s", "100000 h"));
    desk.write("file", "x");
    for out in ["file", "file/below"] {
        let said = desk.say(&["run", "long.ron", "--out", out]);
        assert_eq!((said.status, messages(&said)), (2, 1), "{}", said.err);
        assert!(said.err.contains("cannot be written") && said.err.contains("--out"), "{}", said.err);
    }
    desk.write("notebooks-out", "a file where the folder should be");
    assert_eq!(desk.say(&["run", "long.ron"]).status, 2);
}

#[test]
fn results_of_another_study_are_not_overwritten_but_by_force() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    desk.write("other.ron", QUEUE.replace("A queue", "Another queue"));
    let run = |file: &str, more: &[&str]| {
        desk.say(&[&["run", file, "--no-plots", "--quiet", "--out", "mine"], more].concat())
    };
    assert_eq!(run("queue.ron", &[]).status, 0);
    assert_eq!(run("queue.ron", &["--seed", "2"]).status, 0, "one's own are replaced");
    let manifest = || std::fs::read_to_string(desk.path().join("mine/manifest.json")).unwrap();
    let before = manifest();
    let said = run("other.ron", &[]);
    assert_eq!((said.status, messages(&said)), (2, 1), "{}", said.err);
    for word in ["mine", "another study", "A queue", "queue.ron", "--force"] {
        assert!(said.err.contains(word), "no {word} in {}", said.err);
    }
    assert_eq!(manifest(), before);
    assert_eq!(run("other.ron", &["--force"]).status, 0);
    assert_ne!(manifest(), before);
    assert_eq!(desk.say(&["run", "queue.ron", "--force"]).status, 2, "there is nothing to be forced without --out");
}

#[test]
fn bad_overrides_are_refused() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    let cases = [
        ("server.corse=2", "corse"),
        ("sever.cores=2", "server"),
        ("server.cores=-2", "-2"),
        ("server.cores", "PATH=VALUE"),
        ("server.cores=", "empty"),
        ("=3", "path"),
        ("run.horizon=5 kg", "kg"),
    ];
    for (set, word) in cases {
        let said = desk.say(&["run", "queue.ron", "--set", set]);
        assert_eq!(said.status, 2, "{set}: {}", said.err);
        assert!(said.err.contains(word), "{set}: no {word} in {}", said.err);
    }
    for options in [&["--threads", "0"][..], &["--replications", "-1"], &["--nonsense"], &["--seed", "x"]] {
        let mut all = vec!["run", "queue.ron"];
        all.extend(options);
        assert_eq!(desk.say(&all).status, 2);
    }
}
