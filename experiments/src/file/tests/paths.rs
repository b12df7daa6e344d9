//! Paths, short paths and overrides.

use super::types::*;
use crate::file::{FieldPath, Source, Tree, parse, read, resolve, set};

fn read_tree() -> Tree {
    let tree = tree(GOOD);
    read::<Experiment>(&tree).unwrap();
    tree
}

#[test]
fn paths_lead_to_values() {
    let tree = read_tree();
    for (path, value) in [
        ("run.horizon", "\"10 min\""),
        ("system.components.radio.bandwidth", "\"20 Mbit/s\""),
        ("system.components.\"gate way\".cores", "4"),
        ("system.components.gate way.cores", "4"),
        ("system.components.old.cores", "0x2"),
        ("system.components.other.policy.ghost", "Some(3)"),
        ("system.flows.telemetry.steps[0].time", "\"2 ms\""),
        ("system.flows.telemetry.steps[0][0]", "\"2 ms\""),
        ("system.flows.telemetry.steps.2.on", "\"old\""),
        ("system.flows.telemetry.steps[2].work.high", "2.5"),
        ("system.flows.telemetry.steps[3].branches[1][1].label", "\"inner\""),
        ("system.flows.telemetry.steps[3].branches[1][1].time.end", "8"),
    ] {
        let located = tree.locate(path);
        assert!(located.exact, "{path}");
        assert_eq!(&GOOD[located.span], value, "{path}");
    }
    let located = tree.locate("system.components.recent.size");
    assert!(!located.exact);
    assert_eq!(&GOOD[located.span], "Cache(policy: Lru, capacity: 10_000)");
    assert_eq!(tree.locate("nowhere").span, tree.root().span);
}

#[test]
fn paths_are_written_as_they_are_read() {
    for text in ["a", "a.b[2].c", "a.\"x.y\".b", "a.\"x \\\" y\"[0][1]", "a.0.b", "\"a b\"[3]"] {
        assert_eq!(FieldPath::parse(text).unwrap().to_string(), text);
    }
    for text in ["", ".", "a.", "a..b", "a[", "a[x]", "a[-1]", "a.\"b", "a.[1]", "a[1]b", ".a", "a\"b\""] {
        assert!(FieldPath::parse(text).is_err(), "{text}");
    }
}

#[test]
fn short_paths_become_full_ones() {
    let tree = read_tree();
    for (short, full) in [
        ("radio.latency", "system.components.radio.latency"),
        ("\"gate way\".cores", "system.components.\"gate way\".cores"),
        ("telemetry.deadline", "system.flows.telemetry.deadline"),
        ("telemetry.think.time", "system.flows.telemetry.steps[0].time"),
        ("telemetry.inner.time", "system.flows.telemetry.steps[3][0][1][1].time"),
        ("run.seed", "run.seed"),
        ("system.flows.telemetry", "system.flows.telemetry"),
        ("radio", "system.components.radio"),
    ] {
        assert_eq!(resolve(&tree, short).unwrap(), full, "{short}");
    }
    assert!(tree.locate("system.flows.telemetry.steps[3][0][1][1].time").exact);
    let wrong = resolve(&tree, "raido.latency").unwrap_err();
    assert!(wrong.help.unwrap().starts_with("did you mean `radio`?"));
}

#[test]
fn an_ambiguous_name_is_an_error_with_the_full_paths() {
    let tree = tree("(system: (components: {\"a\": X, \"run\": Y}, flows: {\"a\": (steps: [])}), run: ())");
    assert!(resolve(&tree, "a.b").unwrap_err().help.unwrap().contains("`system.components.a.b`, `system.flows.a.b`"));
    assert!(resolve(&tree, "run").unwrap_err().help.unwrap().contains("`system.components.run`, `run`"));
    let nested = super::types::tree("(system: (flows: {\"f\": (steps: [A(label: \"x\", in: [B(label: \"y\")])])}))");
    assert_eq!(resolve(&nested, "f.y.time").unwrap(), "system.flows.f.steps[0].in[0].time");
    let text = "(system: (flows: {\"f\": (steps: [A(label: \"x\"), [B(label: \"x\")]])}))";
    let two = resolve(&super::types::tree(text), "f.x.time").unwrap_err();
    assert_eq!(two.message, "flow `f` has 2 steps labelled `x`");
    assert!(two.help.unwrap().contains("steps[1][0]"));
}

fn after(text: &str, path: &str, value: &str) -> String {
    let source = Source::new("t", text);
    let changed = set(&source, &parse(&source).unwrap(), path, value).unwrap_or_else(|error| panic!("{error}"));
    parse(&changed).unwrap_or_else(|errors| panic!("{}: {errors:?}", changed.text));
    changed.text
}

#[test]
fn overrides_replace_and_add() {
    for (text, path, value, wanted) in [
        ("(a: 1)", "a", "2", "(a: 2)"),
        ("(a: 1)", "b", "20 Mbit/s", "(a: 1, b: \"20 Mbit/s\")"),
        ("(a: 1,)", "b", "Lru", "(a: 1, b: Lru,)"),
        ("(a: 1 /* , */ )", "b", "2", "(a: 1, b: 2 /* , */ )"),
        ("()", "b", "2", "(b: 2)"),
        ("( // none\n)", "b", "2 // two", "(b: 2 // none\n)"),
        ("(p: Lru)", "p.ghost", "3", "(p: Lru(ghost: 3))"),
        ("(p: Lru())", "p.ghost", "3", "(p: Lru(ghost: 3))"),
        ("(p: None)", "p.ghost", "3", "(p: (ghost: 3))"),
        ("(p: Delay(\"2 ms\"))", "p.label", "\"x\"", "(p: Delay(\"2 ms\", label: \"x\"))"),
        ("(p: D((a: 1)))", "p.b", "2", "(p: D((a: 1, b: 2)))"),
        ("(p: Some((a: 1)))", "p.a", "2", "(p: Some((a: 2)))"),
        ("(a: 1)", "run.stop.at", "10 min", "(a: 1, run: (stop: (at: \"10 min\")))"),
        ("(m: {\"x.y\": [1, 2]})", "m.\"x.y\"[1]", "[A, B(1)]", "(m: {\"x.y\": [1, [A, B(1)]]})"),
        ("(a: 1)", "a", "1..=8", "(a: 1..=8)"),
        ("(a: 1)", "a", "say \"hi\" \\", "(a: \"say \\\"hi\\\" \\\\\")"),
        ("(a: 1)", "a", "$load * 80 /s", "(a: \"$load * 80 /s\")"),
        ("(a: 1)", "a", "10 % // x", "(a: \"10 % // x\")"),
        ("(a: 1)", "a", "2ms", "(a: \"2ms\")"),
        ("(a: 1)", "a", "-1.5e3", "(a: -1.5e3)"),
    ] {
        assert_eq!(after(text, path, value), wanted, "{text} {path}={value}");
    }
}

#[test]
fn overrides_that_lead_nowhere_are_errors() {
    let source = Source::new("t", GOOD);
    let tree = read_tree();
    let wrong = |path: &str, value: &str| set(&source, &tree, path, value).unwrap_err().to_string();
    assert!(wrong("system.components.raido.latency", "1").contains("did you mean `radio`?"));
    assert!(wrong("system.components.radio.latancy", "1").contains("did you mean `latency`?"));
    assert!(wrong("system.flows.telemetry.steps[9].time", "1").contains("has 5 elements"));
    assert!(wrong("run.seed.x", "1").contains("has no fields"));
    assert!(wrong("run.seed", "[1, 2").contains("cannot be read"));
    assert!(wrong("run.seed", "Arc(ghost: ").contains("cannot be read"));
    assert!(wrong("run.seed", " ").contains("empty"));
    assert!(wrong("run.\"a b\"", "1").contains("no field"));
}

#[test]
fn an_override_changes_the_value_and_nothing_else() {
    let source = Source::new("t", GOOD);
    let tree = read_tree();
    let changed = set(&source, &tree, "system.flows.telemetry.steps[3].branches[1][1].time", "9 s").unwrap();
    let mut wanted: Experiment = good(GOOD);
    let steps = &mut wanted.system.flows["telemetry"].steps;
    let Step::Fork { branches, .. } = &mut steps[3] else { panic!() };
    branches[1][1] = Step::Delay { time: Quantity::Text("9 s".into()), label: Some("inner".into()) };
    let levels = std::mem::take(&mut wanted.sweep);
    let mut found: Experiment = good(&changed.text);
    let moved = std::mem::take(&mut found.sweep);
    assert_eq!(found, wanted);
    assert_eq!(moved.len(), levels.len());
    let back =
        set(&changed, &super::types::tree(&changed.text), "system.flows.telemetry.steps[3][0][1][1][0]", "1..=8");
    assert_eq!(back.unwrap().text, GOOD);
}
