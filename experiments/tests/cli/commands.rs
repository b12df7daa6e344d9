//! The other commands.

use super::{Desk, FACTORY, QUEUE};

#[test]
fn new_files_run_as_they_are() {
    let desk = Desk::new();
    for arguments in [&["new", "tour.ron"][..], &["new", "small.ron", "--minimal"]] {
        let said = desk.say(arguments);
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(said.out.contains(&format!("loadgraph run {}", arguments[1])), "it says what to do next");
    }
    for name in ["tour.ron", "small.ron"] {
        let said = desk.say(&["run", name, "--set", "run.horizon=10 s"]);
        assert_eq!(said.status, 0, "{}\n{}", said.out, said.err);
        assert!(!said.err.contains("warning"), "{}", said.err);
        assert_eq!(desk.say(&["check", name, "--no-simulation"]).status, 0);
    }
    let said = desk.say(&["new", "tour.ron"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("--force"), "{}", said.err);
    assert_eq!(desk.say(&["new", "tour.ron", "--force"]).status, 0);
}

#[test]
fn a_file_in_place_of_a_command_is_helped() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    for name in ["queue.ron", "missing.ron"] {
        let said = desk.say(&[name]);
        assert_eq!(said.status, 2);
        assert!(said.err.contains(&format!("did you mean `loadgraph run {name}`?")), "{}", said.err);
    }
}

#[test]
fn every_list_has_something() {
    let desk = Desk::new();
    let lists = [
        "components",
        "steps",
        "disciplines",
        "laws",
        "distributions",
        "arrivals",
        "indicators",
        "policies",
        "families",
        "profiles",
        "studies",
    ];
    let overview = desk.say(&["list"]).out;
    for list in lists {
        assert!(overview.contains(list));
        let said = desk.say(&["list", list]);
        assert_eq!(said.status, 0);
        assert!(said.out.lines().count() >= 6, "{list}: {}", said.out);
    }
    let said = desk.say(&["list", "profiles", "wifi-4"]);
    assert!(said.out.contains("bandwidth") && said.out.contains("Source"), "{}", said.out);
    let said = desk.say(&["list", "profiles", "wifi4"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("`wifi-4`"), "{}", said.err);
}

#[test]
fn a_profile_can_be_copied_into_a_file_of_ones_own() {
    let desk = Desk::new();
    let shown = desk.say(&["list", "profiles", "esp32-wifi"]).out;
    let component = &shown[shown.find("Device(").unwrap()..];
    desk.write("mine.ron", format!("{{ \"mine\": Profile(component: {component}, about: \"a\", source: \"s\") }}"));
    let said = desk.say(&["list", "profiles", "mine", "--profiles", "mine.ron"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let file =
        FACTORY.replace("esp32-wifi", "mine").replace("    system:", "    profiles: [\"mine.ron\"],\n    system:");
    desk.write("factory.ron", file);
    assert_eq!(desk.say(&["run", "factory.ron", "--no-plots"]).status, 0);
}

#[test]
fn the_graph_is_printed_as_dot() {
    let desk = Desk::new();
    desk.write("factory.ron", FACTORY);
    let said = desk.say(&["graph", "factory.ron"]);
    assert_eq!(said.status, 0);
    assert!(said.out.starts_with("digraph") && said.out.contains("gateway") && said.out.contains("->"));
}

#[test]
fn bench_model_prints_one_object() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    let said = desk.say(&["bench-model", "queue.ron"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(json["engine"], "loadgraph");
    assert_eq!(json["replications"], 3);
    for field in ["events", "wall_seconds", "mean", "throughput", "ns_per_event", "cpu_seconds"] {
        assert!(json[field].as_f64().is_some_and(|value| value >= 0.0), "{field}: {json}");
    }
}
