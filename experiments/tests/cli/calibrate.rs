//! `loadgraph calibrate`.

use super::Desk;
use serde_json::Value;

const SDM91: &str = "users,throughput\n1,64.9\n18,995.9\n36,1652.4\n72,1853.2\n108,1828.9\n144,1775.0\n216,1702.2\n";

fn json(desk: &Desk, arguments: &[&str]) -> Value {
    let mut all = vec!["calibrate", "--json"];
    all.extend(arguments);
    let said = desk.say(&all);
    assert_eq!(said.status, 0, "{}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

fn parameter(figures: &Value, family: &str, name: &str) -> Value {
    let of = |list: &Value, key: &str, wanted: &str| {
        list.as_array().unwrap().iter().find(|row| row[key] == wanted).cloned().unwrap()
    };
    of(&of(&figures["families"], "family", family)["parameters"], "name", name)
}

#[test]
fn a_file_of_measurements_is_fitted_and_stored() {
    let desk = Desk::new();
    desk.write("measured.csv", SDM91);
    let figures = json(&desk, &["measured.csv", "--load", "users", "--response", "throughput"]);
    assert_eq!(figures["chosen"], "usl");
    let near = |name: &str, value: f64| {
        let p = parameter(&figures, "usl", name);
        assert!((p["value"].as_f64().unwrap() / value - 1.0).abs() < 5e-4, "{p}");
        assert!(p["low"].as_f64().unwrap() < value && value < p["high"].as_f64().unwrap(), "{p}");
    };
    near("alpha", 0.02773);
    near("beta", 1.0437e-4);
    near("gamma", 90.0);
    near("peak", 1884.0);
    near("peak_load", 96.5);
    assert!((parameter(&figures, "usl-first", "alpha")["value"].as_f64().unwrap() - 0.0126).abs() < 5e-5);
    let ron = figures["law"]["ron"].as_str().unwrap();
    assert!(ron.starts_with("laws: (throughput: Usl(alpha: 0.02772"), "{ron}");
    assert!(ron.contains("load: Occupancy(of: 216),"), "{ron}");
    let folder = desk.run_folder("measured");
    let manifest: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        assert!(folder.join(file.as_str().unwrap()).is_file(), "{file}");
    }
    assert!(folder.join("fit.png").is_file() && folder.join("notebook.ipynb").is_file());
    assert_eq!(std::fs::read_to_string(folder.join("data.csv")).unwrap(), SDM91);
    let again = json(&desk, &["measured.csv", "--threads", "1"]);
    assert_eq!(figures["families"], again["families"]);
    let other = json(&desk, &["measured.csv", "--seed", "2", "--gamma", "first", "--family", "usl-first,linear"]);
    assert_eq!(other["chosen"], "usl-first");
}

#[test]
fn quoting_breaks_marks_and_separators_change_nothing() {
    let desk = Desk::new();
    desk.write("a.csv", SDM91);
    desk.write("b.csv", format!("\u{feff}{}", SDM91.replace('\n', "\r\n").replace(',', ";")));
    desk.write("c.csv", SDM91.lines().map(|l| format!("\"{}\"\n", l.replace(',', "\",\""))).collect::<String>());
    let figures = |file: &str| json(&desk, &[file, "--bootstrap", "50", "--no-plots"])["families"].clone();
    assert_eq!(figures("a.csv"), figures("b.csv"));
    assert_eq!(figures("a.csv"), figures("c.csv"));
}

const STUDY: &str = r#"Experiment(
    title: "Server",
    system: System(
        components: { "server": Processor(cores: 216) },
        flows: { "job": Flow(arrivals: Closed(users: 72), steps: [Compute("server", Exponential("11.111 ms"))]) },
    ),
    run: Run(horizon: "60 s", warm_up: "5 s", replications: 3),
    calibrate: Calibrate(data: "measured.csv", load: "users", response: "throughput", into: "server.laws.throughput"),
)
"#;

/// The measured server gave 1853 at 72 users; the fitted law gives 1850, and so does the simulation of the study that
/// has taken it.
#[test]
fn a_study_takes_the_law_and_simulates_what_was_measured() {
    let desk = Desk::new();
    desk.write("measured.csv", SDM91);
    desk.write("server.ron", STUDY);
    let said = desk.say(&["calibrate", "server.ron", "--out", "fitted", "-q"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.out.contains("has taken Usl(alpha: 0.02772"), "{}", said.out);
    let said = desk.say(&["run", "fitted/experiment.ron", "--json", "-q", "--no-plots"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let results: Value = serde_json::from_str(&said.out).unwrap();
    let rows = results["rows"].as_array().unwrap();
    let row = rows.iter().find(|r| r["scope"] == "flow" && r["indicator"] == "throughput").unwrap();
    let value = row["value"].as_f64().or_else(|| row["estimate"]["value"].as_f64()).unwrap();
    assert!((value / 1850.1 - 1.0).abs() < 0.01, "{value}");
    // Again into the same folder, from a file that is elsewhere: it is the same study.
    assert_eq!(desk.say(&["calibrate", "server.ron", "--out", "fitted", "-q"]).status, 0);
}

#[test]
fn bad_input_is_one_message_and_status_2() {
    let desk = Desk::new();
    desk.write("good.csv", SDM91);
    desk.write("gap.csv", "users,throughput\n1,5\n2,\n3,9\n");
    desk.write("text.csv", "users,throughput\n1,5\n2,fast\n3,9\n");
    desk.write("comma.csv", "users;throughput\n1;5,5\n2;6,5\n");
    desk.write("short.csv", "users,throughput\n1,5\n2\n");
    desk.write("minus.csv", "users,throughput\n1,5\n2,-5\n");
    desk.write("few.csv", "users,throughput\n1,5\n2,8\n3,10\n");
    desk.write("empty.csv", "");
    desk.write("bytes.csv", [b'u', 0xff, 0xfe, b'\n']);
    desk.write("plain.ron", STUDY.replace("calibrate: Calibrate", "// "));
    desk.write("family.ron", STUDY.replace("into:", "families: [\"uls\"], into:"));
    desk.write("into.ron", STUDY.replace("laws.throughput", "laws.troughput"));
    desk.write("gone.ron", STUDY.replace("measured.csv", "gone.csv"));
    let cases: [(&[&str], &str); 17] = [
        (&["nothing.csv"], "nothing.csv cannot be read"),
        (&["."], "is a folder"),
        (&["gap.csv"], "line 3, column `throughput`: there is no value"),
        (&["text.csv"], "line 3, column `throughput`: `fast` is no number"),
        (&["comma.csv"], "decimals have a point: 5.5"),
        (&["short.csv"], "line 3: columns: 1, but the header has 2"),
        (&["minus.csv"], "line 3, column `throughput`: -5 is negative"),
        (&["few.csv"], "3 points are too few"),
        (&["empty.csv"], "is empty"),
        (&["bytes.csv"], "line 1: this is no UTF-8 text"),
        (&["good.csv", "--load", "user"], "did you mean `users`?"),
        (&["good.csv", "--family", "usk"], "did you mean `usl`?"),
        (&["good.csv", "--into", "server.laws.throughput"], "`--into` changes an experiment file"),
        (&["plain.ron"], "has no `calibrate` section"),
        (&["family.ron"], "there is no family `uls`"),
        (&["into.ron"], "does not take a law"),
        (&["gone.ron"], "gone.csv cannot be read"),
    ];
    for (arguments, words) in cases {
        let mut all = vec!["calibrate", "-q"];
        all.extend(arguments);
        let said = desk.say(&all);
        assert_eq!(said.status, 2, "{arguments:?}: {}{}", said.out, said.err);
        assert!(said.err.to_lowercase().contains(&words.to_lowercase()), "{arguments:?}: {}", said.err);
        assert!(said.out.is_empty());
    }
    assert!(!desk.path().join("notebooks-out").exists());
}
