//! `compare`: what it shows, stores and refuses.

use super::{Desk, QUEUE};

/// A queue with named configurations.
fn study() -> String {
    QUEUE.replace(
        "    run: Run(horizon: \"20 s\", warm_up: \"1 s\", replications: 3),",
        "    run: Run(horizon: \"50 s\", warm_up: \"2 s\", replications: 10),
    configurations: {
        \"faster\": { \"jobs.steps[0].work\": Exponential(\"9 ms\") },
        \"same again\": { \"run.max_in_system\": 999999 },
        \"two\": { \"server.cores\": 2 },
    },",
    )
}

fn lines(json: &str) -> Vec<serde_json::Value> {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    value["lines"].as_array().unwrap().clone()
}

fn line<'l>(lines: &'l [serde_json::Value], configuration: &str, response: &str) -> &'l serde_json::Value {
    lines.iter().find(|line| line["configuration"] == configuration && line["response"] == response).unwrap()
}

#[test]
fn named_configurations_are_compared_with_the_file_as_it_stands() {
    let desk = Desk::new();
    desk.write("queue.ron", study());
    let said = desk.say(&["compare", "queue.ron", "--json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let lines = lines(&said.out);
    for configuration in ["faster", "two"] {
        let latency = line(&lines, configuration, "latency.mean");
        assert_eq!(latency["verdict"], "lower", "{latency}");
        let (difference, a, b) = (&latency["difference"], &latency["reference_value"], &latency["value"]);
        let gap = b.as_f64().unwrap() - a.as_f64().unwrap() - difference.as_f64().unwrap();
        assert!(gap.abs() < 1e-9, "the difference is that of the estimates: {latency}");
        assert!(latency["p_adjusted"].as_f64() >= latency["p"].as_f64());
    }
    // The same requests with demands that are a tenth shorter: pairs are far better than independent runs.
    assert!(line(&lines, "faster", "latency.mean")["variance_gain"].as_f64().unwrap() > 3.0);
    assert_eq!(line(&lines, "same again", "latency.mean")["verdict"], "same");
    // Nothing was lost anywhere, and no power is declared: that is no result.
    assert!(!said.out.contains("\"power\""));
    let folder = desk.run_folder("queue");
    for file in
        ["comparison.csv", "replications.csv", "comparison.json", "manifest.json", "differences.png", "values.png"]
    {
        assert!(folder.join(file).is_file(), "{file}");
    }
    // What is stored for a side runs by itself.
    let stored = folder.join("side-two/experiment.ron");
    let run = desk.say(&["run", stored.to_str().unwrap(), "--json", "--no-plots"]);
    assert_eq!(run.status, 0, "{}", run.err);
    let rows: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let own = rows["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["scope"] == "system" && row["indicator"] == "latency" && row["statistic"] == "mean");
    assert_eq!(own.unwrap()["value"], line(&lines, "two", "latency.mean")["value"]);
}

#[test]
fn files_and_overrides_are_compared_and_threads_change_nothing() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    desk.write("other.ron", QUEUE.replace("cores: 1", "cores: 2").replace("replications: 3", "replications: 5"));
    let compare = |threads: &str| {
        desk.say(&[
            "compare",
            "queue.ron",
            "other.ron",
            "--with",
            "sjf:server.scheduler=Sjf",
            "--response",
            "jobs.latency",
            "--response",
            "jobs.latency.p95",
            "--json",
            "--threads",
            threads,
            "--out",
            threads,
        ])
    };
    let (one, two) = (compare("1"), compare("2"));
    assert_eq!(one.status, 0, "{}", one.err);
    assert_eq!(one.out, two.out);
    let lines = lines(&one.out);
    assert_eq!(lines.len(), 4);
    assert_eq!(line(&lines, "other", "jobs.latency.mean")["pairs"], 3, "the plan is that of the first");
    let table = desk.say(&["compare", "queue.ron", "other.ron", "--quiet", "--no-plots"]);
    assert!(table.out.contains("Holm") && table.out.contains("(reference)"), "{}", table.out);
    assert!(table.out.contains("number of replications of `queue`"), "{}", table.out);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    desk.write("study.ron", study());
    desk.write("long.ron", QUEUE.replace("20 s", "40 s"));
    for (arguments, why) in [
        (&["compare", "queue.ron"][..], "nothing to compare with"),
        (&["compare", "study.ron", "--configurations", "fastr"], "did you mean `faster`?"),
        (&["compare", "queue.ron", "--configurations", "fast"], "the file names none"),
        (&["compare", "queue.ron", "--with", "server.cores=2"], "there is no name"),
        (&["compare", "queue.ron", "--with", "a:server.coers=2"], "cores"),
        (
            &["compare", "queue.ron", "--with", "a:server.cores=2", "--with", "a:server.cores=3"],
            "two sides of the name",
        ),
        (&["compare", "queue.ron", "long.ron"], "different horizons"),
        (
            &["compare", "queue.ron", "long.ron", "--set", "run.horizon=\"5 s\"", "--response", "jobs.latncy.p95"],
            "did you mean",
        ),
        (&["compare", "queue.ron", "gone.ron"], "gone.ron"),
        (&["compare"], "required"),
    ] {
        let said = desk.say(arguments);
        assert_eq!(said.status, 2, "{arguments:?}: {}{}", said.out, said.err);
        assert!(said.err.contains(why), "{arguments:?}: {}", said.err);
    }
    assert!(!desk.path().join("notebooks-out").exists(), "nothing was written");
    // A side without a steady state is shown, and said to have none.
    let overloaded =
        desk.say(&["compare", "queue.ron", "--with", "slow:jobs.steps[0].work=Exponential(\"20 ms\")", "--quiet"]);
    assert_eq!(overloaded.status, 1, "{}", overloaded.err);
    assert!(overloaded.out.contains("failed: slow:"), "{}", overloaded.out);
}
