//! `optimise`: what it recommends, stores and refuses.

use super::{Desk, QUEUE};
use serde_json::Value;

/// A queue with an optimisation.
fn study(section: &str) -> String {
    QUEUE.replace(
        "    run: Run(horizon: \"20 s\", warm_up: \"1 s\", replications: 3),",
        &format!(
            "    run: Run(horizon: \"50 s\", warm_up: \"2 s\"),\n    optimise: Optimise(\n        {section}\n    ),"
        ),
    )
}

const LATENCY: &str = "weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2, 3] }, budget: 300, delta: 0.2";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn it_recommends_and_says_what_that_is_worth() {
    let desk = Desk::new();
    desk.write("queue.ron", study(&LATENCY.replace("vary:", "cost: \"0.4 * server.cores\", vary:")));
    let said = desk.say(&["optimise", "queue.ron", "--out", "found"]);
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    for words in ["Recommended:", "confidence", "runner-up", "Candidates", "What if", "How far each weight may go"] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    for file in [
        "optimise.json",
        "candidates.csv",
        "evaluated.csv",
        "screened.csv",
        "final.csv",
        "recommended.ron",
        "recommendation.png",
        "improvement.png",
        "neighbours.png",
        "notebook.ipynb",
        "report.html",
    ] {
        assert!(desk.path().join("found").join(file).is_file(), "{file}");
    }
    // The same command answers from what is stored, with the same words.
    let again = desk.say(&["optimise", "queue.ron", "--out", "found", "--threads", "1"]);
    assert_eq!(again.out, said.out);
    // What is recommended runs by itself.
    let run = desk.say(&["run", "found/recommended.ron", "--json", "--no-plots"]);
    assert_eq!(run.status, 0, "{}", run.err);
}

#[test]
fn what_programs_read_has_the_estimates_and_the_guarantee() {
    let desk = Desk::new();
    desk.write("queue.ron", study(LATENCY));
    let said = desk.say(&["optimise", "queue.ron", "--json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let found = json(&said.out);
    assert_eq!(found["recommended"]["server.cores"], "3");
    assert_eq!(found["searched_whole"], true);
    assert!(found["final"]["objective"]["half_width"].as_f64().unwrap() > 0.0);
    assert_eq!(found["candidates"].as_array().unwrap().len(), 3);
    assert!(found["improvement"]["latency"]["value"].as_f64().unwrap() < 0.0, "{}", found["improvement"]);
    let spent: u64 = found["replications"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert!(spent <= 300, "{spent}");
}

#[test]
fn the_command_line_says_what_the_file_does_not() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    let without = desk.say(&["optimise", "queue.ron"]);
    assert_eq!(without.status, 2);
    assert!(without.err.contains("no `optimise` section") && without.err.contains("--weight"), "{}", without.err);
    let arguments =
        ["optimise", "queue.ron", "--weight", "latency=1", "--vary", "server.cores=1..=2", "--budget", "200", "--json"];
    let said = desk.say(&arguments);
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(json(&said.out)["recommended"]["server.cores"], "2");
}

#[test]
fn where_nothing_meets_the_bounds_the_nearest_is_named() {
    let desk = Desk::new();
    desk.write(
        "queue.ron",
        study(&LATENCY.replace("budget", "subject_to: [\"latency <= 1 us\", \"reliability >= 0.5\"], budget")),
    );
    let said = desk.say(&["optimise", "queue.ron"]);
    assert_eq!(said.status, 3, "{}", said.err);
    assert!(said.out.contains("No configuration") && said.out.contains("latency <= 1 us"), "{}", said.out);
    assert!(said.out.contains("Nearest is") && said.out.contains("cores 3"), "{}", said.out);
}

#[test]
fn an_unstable_corner_is_dropped_and_logged() {
    let desk = Desk::new();
    let section = "cost: \"$slow\", vary: { \"parameters.slow\": [1, 2, 50, 500] }, budget: 300";
    let text = study(section)
        .replace("Experiment(", "Experiment(\n    parameters: { \"slow\": 1 },")
        .replace("Exponential(\"10 ms\")", "Exponential(\"$slow * 4 ms\")");
    assert!(text.contains("$slow * 4 ms"), "{text}");
    desk.write("queue.ron", text);
    let said = desk.say(&["optimise", "queue.ron", "--out", "found"]);
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    let log = std::fs::read_to_string(desk.path().join("found/screened.csv")).unwrap();
    assert_eq!(
        log.lines().filter(|line| line.contains("no steady state") && line.contains("server")).count(),
        2,
        "{log}"
    );
}

#[test]
fn what_cannot_be_optimised_is_refused_with_its_place() {
    for (section, words) in [
        ("weights: { \"latency\": -1 }, vary: { \"server.cores\": [1, 2] }", "a weight is not negative"),
        ("weights: { \"latancy\": 1 }, vary: { \"server.cores\": [1, 2] }", "did you mean `latency`"),
        ("weights: { \"latency\": 0 }, vary: { \"server.cores\": [1, 2] }", "all weights are 0"),
        ("weights: { \"latency\": 1 }, vary: { \"server.cores\": 5..=1 }", "empty"),
        ("weights: { \"latency\": 1 }, vary: {}", "nothing is to be decided"),
        ("weights: { \"latency\": 1 }, vary: { \"server.coers\": [1, 2] }", "cores"),
        ("weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, \"many\"] }", "cannot be"),
        (
            "weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2] }, subject_to: [\"server.warmth <= 3\"]",
            "server.warmth",
        ),
        (
            "weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2] }, subject_to: [\"latency\"]",
            "a comparison is missing",
        ),
        (
            "weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2] }, subject_to: [\"latency <= 3 J\"]",
            "compared",
        ),
        (
            "weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2] }, subject_to: [\"2 <= 3\"]",
            "nothing that is measured",
        ),
        ("weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2] }, cost: \"latency\"", "bare number"),
        ("weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2] }, delta: 0", "delta"),
        (
            "weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2] }, configurations: [\"none\"]",
            "no configuration",
        ),
        ("weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2] }, pareto: [\"latency\"]", "two or three"),
        (
            "weights: { \"latency\": 1 }, vary: { \"server.cores\": [1, 2] }, references: { \"latency\": \"3 J\" }",
            "references",
        ),
    ] {
        let desk = Desk::new();
        desk.write("queue.ron", study(section));
        let said = desk.say(&["optimise", "queue.ron"]);
        assert_eq!(said.status, 2, "{section}: {}{}", said.out, said.err);
        assert!(said.err.contains(words), "{section}: {}", said.err);
        assert!(said.err.contains("queue.ron:"), "with its place: {}", said.err);
        assert!(!desk.path().join("notebooks-out").exists());
    }
}

#[test]
fn a_budget_that_is_too_small_says_what_it_takes() {
    let desk = Desk::new();
    desk.write("queue.ron", study(&LATENCY.replace("300", "20")));
    let said = desk.say(&["optimise", "queue.ron"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("too small") && said.err.contains("two candidates"), "{}", said.err);
    // Enough to begin with, but not to decide.
    desk.write("close.ron", study(&LATENCY.replace("300", "70").replace("delta: 0.2", "delta: 0.00001")));
    let said = desk.say(&["optimise", "close.ron"]);
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("No guarantee") && said.out.contains("more."), "{}", said.out);
}
