//! Factorials: effects that are known, assumed gains that come true and that do not.

use super::{Desk, Said};

/// Three treatments of a delay and a queue that hardly queues: two act on stages of their own, and so add up; the
/// third scales everything.
const STAGES: &str = r#"Experiment(
    title: "Stages",
    parameters: { "scale": 1 },
    system: System(
        components: { "a": Processor(cores: 100), "b": Processor(cores: 100) },
        flows: {
            "jobs": Flow(arrivals: Poisson("10 /s"), steps: [
                Compute(on: "a", work: "$scale * 8 ms", label: "first"),
                Compute(on: "b", work: "$scale * 4 ms", label: "second"),
            ]),
        },
    ),
    run: Run(horizon: "20 s", warm_up: "1 s", replications: 4),
    configurations: {
        "fast first": { "jobs.first.work": "$scale * 4 ms" },
        "fast second": { "jobs.second.work": "$scale * 2 ms" },
        "twice as fast": { "parameters.scale": 0.5 },
    },
    factorial: Factorial(
        treatments: ["fast first", "fast second", "twice as fast"],
        responses: ["jobs.latency.mean"],
        assumed: { "fast first": -0.5, "fast second": -0.5, "twice as fast": -0.5 },
    ),
)
"#;

fn effects(said: &Said) -> serde_json::Value {
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    json["effects"][0].clone()
}

fn term(analysis: &serde_json::Value, name: &str) -> (f64, f64) {
    let terms = analysis["terms"].as_array().unwrap();
    let term = terms.iter().find(|term| term["term"] == name).unwrap_or_else(|| panic!("no {name} in {terms:?}"));
    (term["effect"]["value"].as_f64().unwrap(), term["share"]["value"].as_f64().unwrap())
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * b.abs().max(1e-3), "{a} is not {b}");
}

#[test]
fn effects_that_are_known_are_found() {
    let desk = Desk::new();
    desk.write("s.ron", STAGES);
    let found = effects(&desk.say(&["factorial", "s.ron", "--json", "--no-plots"]));
    let added = &found["additive"];
    // Latency is (8 or 4) + (4 or 2), or half of it: nobody waits. On average over the others.
    near(term(added, "fast first").0, -0.004 * 0.75);
    near(term(added, "fast second").0, -0.002 * 0.75);
    near(term(added, "twice as fast").0, -0.0045);
    near(term(added, "fast first × fast second").0, 0.0);
    near(term(added, "fast first × twice as fast").0, 0.001);
    let shares: f64 = added["terms"].as_array().unwrap().iter().map(|t| t["share"]["value"].as_f64().unwrap()).sum();
    near(shares, 1.0);
    // The scale multiplies whatever the others do; these do not multiply each other.
    let multiplied = &found["multiplicative"];
    near(term(multiplied, "twice as fast").0.exp(), 0.5);
    near(term(multiplied, "fast first × twice as fast").0, 0.0);
    assert!(term(multiplied, "fast first × fast second").0.abs() > 0.01);
}

#[test]
fn assumed_gains_stand_beside_measured_ones() {
    let desk = Desk::new();
    desk.write("s.ron", STAGES);
    let said = desk.say(&["factorial", "s.ron", "--out", "r"]);
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    for name in ["effects.csv", "gains.csv", "gains.png", "effects-jobs.latency.mean.png", "results.csv"] {
        assert!(desk.path().join("r").join(name).exists(), "{name}");
    }
    let gains = std::fs::read_to_string(desk.path().join("r/gains.csv")).unwrap();
    let cell = |row: &str, column: usize| -> f64 {
        let line = gains.lines().find(|line| line.contains(row)).unwrap();
        line.split(',').nth(column).unwrap().parse().unwrap()
    };
    // 12 ms become 8 ms, not 6.
    near(cell("fast first", 2), 0.5);
    near(cell("fast first", 3), 8.0 / 12.0);
    near(cell("twice as fast", 3), 0.5);
    // One by one 8/12 x 10/12 x 6/12; together 3/12.
    near(cell("all together", 2), 0.125);
    near(cell("all together", 3), 0.25);
    near(cell("all together", 6), 8.0 / 12.0 * 10.0 / 12.0 * 0.5);
    assert!(said.out.contains("-75.0 %") && said.out.contains("-87.5 %"), "{}", said.out);
}

#[test]
fn a_fraction_finds_single_effects_where_nothing_interacts() {
    let desk = Desk::new();
    desk.write("s.ron", STAGES.replace("\"twice as fast\": { \"parameters.scale\": 0.5 }", "\"twice as fast\": {}"));
    let found = effects(&desk.say(&["factorial", "s.ron", "--json", "--no-plots", "--fraction", "1"]));
    near(term(&found["additive"], "fast first").0, -0.004);
    near(term(&found["additive"], "fast second").0, -0.002);
    near(term(&found["additive"], "twice as fast").0, 0.0);
}

#[test]
fn without_a_steady_state_everywhere_there_are_no_effects_and_it_is_said_why() {
    let desk = Desk::new();
    desk.write(
        "s.ron",
        STAGES.replace(
            "\"twice as fast\": { \"parameters.scale\": 0.5 }",
            "\"twice as fast\": { \"a.cores\": 1, \"jobs.arrivals.rate\": \"300 /s\" }",
        ),
    );
    let said = desk.say(&["factorial", "s.ron", "--no-plots"]);
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("no figure of a steady state"), "{}", said.out);
}

#[test]
fn factorials_in_parts_are_put_together_to_the_same_bytes() {
    let desk = Desk::new();
    desk.write("s.ron", STAGES);
    assert_eq!(desk.say(&["factorial", "s.ron", "--out", "whole"]).status, 0);
    for shard in ["1/2", "2/2"] {
        assert_eq!(desk.say(&["factorial", "s.ron", "--out", &shard[..1], "--shard", shard]).status, 0);
    }
    assert_eq!(desk.say(&["merge", "1", "2"]).status, 0);
    super::sweep::same(&desk.path().join("whole"), &desk.path().join("1"));
}

#[test]
fn factorials_that_cannot_be_are_refused_with_their_place() {
    for (from, to, words) in [
        ("\"fast second\", \"twice as fast\"]", "\"fast secnd\"]", &["`fast secnd`", "`fast second`"][..]),
        ("treatments: [\"fast first\", \"fast second\", \"twice as fast\"]", "treatments: []", &["no treatments"]),
        ("\"jobs.second.work\": \"$scale", "\"jobs.first.work\": \"$scale", &["both change"]),
        ("responses:", "fraction: 2, responses:", &["from 0 to 1"]),
        ("assumed: { \"fast first\": -0.5", "assumed: { \"fast frist\": -0.5", &["`fast frist`", "`fast first`"]),
        ("assumed: { \"fast first\": -0.5", "assumed: { \"fast first\": -2", &["relative change"]),
        ("[\"jobs.latency.mean\"]", "[\"jobs.latency.maen\"]", &["latency.maen"]),
        ("\"parameters.scale\": 0.5", "\"parameters.scale\": -1", &["-1"]),
        ("\"parameters.scale\": 0.5", "\"a.cores\": 0", &["`twice as fast` cannot be on"]),
    ] {
        let desk = Desk::new();
        let text = STAGES.replacen(from, to, 1);
        assert_ne!(text, STAGES, "{from}");
        desk.write("s.ron", text);
        let said = desk.say(&["factorial", "s.ron"]);
        assert_eq!(said.status, 2, "{to}\n{}{}", said.out, said.err);
        assert!(said.err.contains("s.ron:") && !desk.path().join("notebooks-out").exists(), "{}", said.err);
        for word in words {
            assert!(said.err.contains(word), "no {word} in\n{}", said.err);
        }
    }
}
