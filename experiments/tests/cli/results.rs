//! What runs write.

use super::{Desk, FACTORY, QUEUE};
use std::collections::BTreeMap;
use std::path::Path;

/// All files of a result; of the manifest without what may differ between equal runs.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_string();
            let mut content = std::fs::read(&path).unwrap();
            if name == "manifest.json" {
                let mut manifest: serde_json::Value = serde_json::from_slice(&content).unwrap();
                let fields = manifest.as_object_mut().unwrap();
                assert!(fields.remove("threads").is_some() && fields.remove("wall_seconds").is_some());
                content = serde_json::to_vec(&manifest).unwrap();
            }
            (name, content)
        })
        .collect()
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let desk = Desk::new();
    desk.write("factory.ron", FACTORY);
    for threads in ["1", "2", "3"] {
        let said = desk.say(&["run", "factory.ron", "--threads", threads, "--out", threads]);
        assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    }
    let one = files(&desk.path().join("1"));
    for name in
        ["results.csv", "results.json", "series.csv", "latency.csv", "manifest.json", "experiment.ron", "graph.dot"]
    {
        assert!(one.contains_key(name), "{name} is missing");
    }
    for name in
        ["latency.png", "latency-telemetry.png", "latency-alarms.png", "timeline.png", "indicators.png", "graph.png"]
    {
        assert!(one[name].starts_with(b"\x89PNG"), "{name} is no picture");
    }
    for threads in ["2", "3"] {
        for (name, content) in files(&desk.path().join(threads)) {
            assert!(one[&name] == content, "{name} differs with {threads} threads");
        }
    }
}

#[test]
fn the_stored_experiment_gives_the_same_figures_again() {
    let desk = Desk::new();
    desk.write(
        "a/factory.ron",
        FACTORY.replace("Exponential(\"4 Mcycle\")", "Trace(file: \"../data/work.csv\", unit: \"1 Mcycle\")"),
    );
    desk.write("data/work.csv", "1\n2.5\n7\n");
    let first = desk.say(&[
        "run",
        "a/factory.ron",
        "--out",
        "first",
        "--set",
        "gateway.cores=3",
        "--seed",
        "99",
        "--replications",
        "2",
    ]);
    assert_eq!(first.status, 0, "{}", first.err);
    // Only what was stored is left.
    std::fs::remove_dir_all(desk.path().join("data")).unwrap();
    let second = desk.say(&["run", "first/experiment.ron", "--out", "second"]);
    assert_eq!(second.status, 0, "{}", second.err);
    let (first, second) = (files(&desk.path().join("first")), files(&desk.path().join("second")));
    for name in ["results.csv", "results.json", "series.csv", "latency.csv"] {
        assert!(first[name] == second[name], "{name} differs");
    }
    let manifest: serde_json::Value = serde_json::from_slice(&first["manifest.json"]).unwrap();
    assert_eq!(manifest["seed"], 99);
    assert_eq!(manifest["replications"], 2);
    assert_eq!(manifest["overrides"][0]["path"], "gateway.cores");
    assert!(manifest["text"].as_str().unwrap().contains("cores: 3"));
}

#[test]
fn the_same_experiment_has_the_same_folder_and_another_has_another() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    for _ in 0..2 {
        assert_eq!(desk.say(&["run", "queue.ron", "--no-plots"]).status, 0);
    }
    desk.run_folder("queue");
    assert_eq!(desk.say(&["run", "queue.ron", "--no-plots", "--seed", "5"]).status, 0);
    let runs = std::fs::read_dir(desk.path().join("notebooks-out/queue")).unwrap().count();
    assert_eq!(runs, 2);
}

#[test]
fn json_is_what_is_stored_and_nothing_else() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    let said = desk.say(&["run", "queue.ron", "--json", "--no-plots"]);
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    assert_eq!(said.out, std::fs::read_to_string(desk.run_folder("queue").join("results.json")).unwrap());
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let rows = json["rows"].as_array().unwrap();
    let mean =
        rows.iter().find(|r| r["scope"] == "flow" && r["indicator"] == "latency" && r["statistic"] == "mean").unwrap();
    assert!(mean["value"].as_f64().unwrap() > 0.01 && mean["half_width"].as_f64().unwrap() > 0.0 && mean["n"] == 3);
}

#[test]
fn the_table_of_figures_is_tidy() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    desk.say(&["run", "queue.ron", "--no-plots"]);
    let text = std::fs::read_to_string(desk.run_folder("queue").join("results.csv")).unwrap();
    assert_eq!(text.lines().next(), Some("scope,name,indicator,statistic,unit,value,half_width,n"));
    assert!(text.lines().all(|line| line.matches(',').count() == 7), "{text}");
    assert!(text.contains("\nflow,jobs,latency,p95,s,0.") && text.contains("\ncomponent,server,utilisation,mean,,0."));
}

#[test]
fn pictures_are_redrawn_to_the_byte() {
    let desk = Desk::new();
    desk.write("factory.ron", FACTORY);
    assert_eq!(desk.say(&["run", "factory.ron", "--out", "r"]).status, 0);
    let before = files(&desk.path().join("r"));
    let said = desk.say(&["plot", "r", "--out", "again"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let again = files(&desk.path().join("again"));
    assert_eq!(again.len(), 6);
    assert!(again.iter().all(|(name, content)| before[name] == *content));
    assert_eq!(desk.say(&["plot", "."]).status, 2);
}

#[test]
fn tables_fit_a_narrow_terminal() {
    let desk = Desk::new();
    desk.write("factory.ron", FACTORY);
    for columns in ["80", "100", "120"] {
        let output = desk.command(&["run", "factory.ron", "--no-plots"]).env("COLUMNS", columns).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns.parse().unwrap(), "{widest} columns:\n{text}");
    }
}

#[test]
fn overrides_change_what_is_run() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    let mean = |arguments: &[&str]| -> f64 {
        let mut all = vec!["run", "queue.ron", "--json", "--no-plots", "--out", "r"];
        all.extend(arguments);
        let said = desk.say(&all);
        assert_eq!(said.status, 0, "{}", said.err);
        let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        let rows = json["rows"].as_array().unwrap();
        rows.iter().find(|r| r["indicator"] == "latency" && r["statistic"] == "mean").unwrap()["value"]
            .as_f64()
            .unwrap()
    };
    let base = mean(&[]);
    assert!(mean(&["--set", "server.cores=4"]) < base / 2.0);
    assert!(mean(&["--set", "jobs.arrivals.rate=8 /s", "--set", "run.horizon=60 s"]) < base / 2.0);
    assert_ne!(mean(&["--seed", "2"]), base);
    assert_eq!(mean(&["--seed", "1"]), base);
}
