//! `loadgraph predict`.

use super::Desk;
use serde_json::Value;

const STUDY: &str = r#"Experiment(
    title: "Queue",
    parameters: { "load": 0.5 },
    system: System(
        components: { "server": Processor(cores: 2) },
        flows: {
            "jobs": Flow(
                arrivals: Poisson("$load * 200 /s"),
                steps: [Compute("server", Lognormal(mean: "10 ms", scv: 2))],
            ),
        },
    ),
    run: Run(horizon: "60 s", warm_up: "5 s", replications: 4, seed: 3),
    sweep: Sweep(latin: Latin(points: 40, vary: { "parameters.load": Reals(0.1, 0.8), "server.cores": Integers(2, 4) })),
)
"#;

fn value(point: &Value, path: &str) -> (f64, f64, f64) {
    let all = point["predictions"].as_array().unwrap();
    let row = all.iter().find(|row| row["path"] == path).unwrap_or_else(|| panic!("{path}: {point}"));
    (row["value"].as_f64().unwrap(), row["low"].as_f64().unwrap(), row["high"].as_f64().unwrap())
}

/// A small sweep of a queue is learned; other configurations, with other seeds, are as far from what is predicted as the
/// accuracy says.
#[test]
fn a_swept_queue_is_predicted_as_well_as_is_said() {
    let desk = Desk::new();
    desk.write("queue.ron", STUDY);
    let said = desk.say(&["sweep", "queue.ron", "--out", "sweep", "-q", "--no-plots"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let said = desk.say(&["predict", "--train", "sweep", "--out", "model", "--json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let trained: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((trained["trained"].as_u64(), trained["locked"].as_u64()), (Some(32), Some(8)));
    let models = trained["models"].as_array().unwrap();
    let of = |path: &str| {
        models.iter().find(|model| model["path"] == path).unwrap_or_else(|| panic!("{path}: {said}", said = said.out))
    };
    // Theory is exact for what arrives and what it occupies.
    assert_eq!(of("server.utilisation")["model"], "analytic");
    let latency = &of("jobs.latency.mean")["test"];
    assert!(latency["mape"].as_f64().unwrap() < 0.05, "{latency}");
    // Fresh configurations, simulated with another seed.
    let fresh =
        STUDY.replace("points: 40", "points: 30").replace("seed: 3", "seed: 77").replace("0.1, 0.8", "0.15, 0.75");
    desk.write("fresh.ron", fresh);
    assert_eq!(desk.say(&["sweep", "fresh.ron", "--out", "fresh", "-q", "--no-plots"]).status, 0);
    let mut table = csv::Reader::from_path(desk.path().join("fresh/results.csv")).unwrap();
    let head = table.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|field| field == name).unwrap();
    let (mut points, mut wanted) = ("parameters.load,server.cores\n".to_string(), Vec::new());
    for row in table.records().map(Result::unwrap) {
        let is = |name: &str, value: &str| &row[column(name)] == value;
        if is("scope", "flow") && is("indicator", "latency") && is("statistic", "mean") {
            points += &format!("{},{}\n", &row[column("parameters.load")], &row[column("server.cores")]);
            wanted.push(row[column("value")].parse::<f64>().unwrap());
        }
    }
    assert_eq!(wanted.len(), 30);
    desk.write("points.csv", points);
    let said = desk.say(&["predict", "model", "--points", "points.csv", "--json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let all: Vec<Value> = serde_json::from_str(&said.out).unwrap();
    let mut errors = Vec::new();
    let mut held = 0;
    for (point, wanted) in all.iter().zip(&wanted) {
        let (value, low, high) = value(point, "jobs.latency.mean");
        errors.push((value / wanted - 1.0).abs());
        held += i32::from(low <= *wanted && *wanted <= high);
    }
    let mape = errors.iter().sum::<f64>() / 30.0;
    // Eight locked points know their mean error within a factor of about two, and other seeds add the error of the
    // simulation; of 30 intervals at 95 % 25 or more hold.
    let said = latency["mape"].as_f64().unwrap();
    let own = of("jobs.latency.mean")["simulation_error"]["relative"].as_f64().unwrap();
    assert!(mape < 2.2 * said + own && mape > 0.3 * said, "{mape} {said} {own}");
    assert!(held >= 25, "{held}");

    let said = desk.say(&["predict", "model", "--at", "server.cores=3", "--at", "parameters.load=2"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.out.contains("outside of what was trained"), "{}", said.out);
    let again = desk.say(&["predict", "--train", "sweep", "--out", "again", "--json", "--threads", "1"]);
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(trained["models"], again["models"]);
    for file in ["model.json", "accuracy.csv", "unseen.csv", "accuracy.png", "notebook.ipynb", "manifest.json"] {
        assert!(desk.path().join("model").join(file).is_file(), "{file}");
    }
}

#[test]
fn bad_input_is_one_message_and_status_2() {
    let desk = Desk::new();
    let rows: String = (1..=12).map(|i| format!("{i},{}\n", 3 * i)).collect();
    desk.write("points.csv", format!("x,y\n{rows}"));
    assert_eq!(desk.say(&["predict", "--train", "points.csv", "--response", "y", "--out", "m", "-q"]).status, 0);
    desk.write("bad.csv", "x\n1\nmany\n");
    desk.write("other.csv", "z\n1\n");
    std::fs::create_dir(desk.path().join("void")).unwrap();
    let cases: [(&[&str], &str); 12] = [
        (&["nothing"], "cannot be read"),
        (&["points.csv", "--at", "x=1"], "is no model"),
        (&["m", "--at", "x=many"], "`x` cannot be `many`"),
        (&["m", "--at", "z=1"], "no factor `z`"),
        (&["m", "--at", "x=1", "--at", "x=2"], "given twice"),
        (&["m", "--points", "bad.csv"], "line 3, column `x`"),
        (&["m", "--points", "other.csv"], "no column `x`"),
        (&["--train", "void"], "holds no sweep"),
        (&["--train", "nothing.csv"], "cannot be read"),
        (&["--train", "points.csv"], "which columns"),
        (&["--train", "points.csv", "--response", "yy"], "no column `yy`"),
        (&[], "required"),
    ];
    for (arguments, words) in cases {
        let mut all = vec!["predict", "-q"];
        all.extend(arguments);
        let said = desk.say(&all);
        assert_eq!(said.status, 2, "{arguments:?}: {}{}", said.out, said.err);
        assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
    }
}
