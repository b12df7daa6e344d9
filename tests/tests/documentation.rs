//! The documentation is true: every experiment that it shows is valid, and so is every fragment.

use experiments::file::Source;
use experiments::study::Study;
use std::path::{Path, PathBuf};

struct Block {
    place: String,
    info: String,
    text: String,
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    let docs = std::fs::read_dir(root.join("docs")).expect("the documentation is in the repository");
    pages.extend(
        docs.map(|entry| entry.expect("a readable folder").path()).filter(|p| p.extension().is_some_and(|e| e == "md")),
    );
    pages.sort();
    pages
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a readable page");
        let mut open: Option<Block> = None;
        for (number, line) in text.lines().enumerate() {
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(info)) if !info.is_empty() => {
                    let place = format!("{}:{}", page.file_name().unwrap_or_default().to_string_lossy(), number + 2);
                    open = Some(Block { place, info: info.to_string(), text: String::new() });
                }
                (None, _) => {}
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(block), None) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
        }
        assert!(open.is_none(), "{}: a block is not closed", page.display());
    }
    blocks
}

fn check(block: &Block, text: String) {
    let source = Source::new(block.place.clone(), text.clone());
    if let Err(error) = Study::from_source(Path::new("documentation.ron"), source, &[], false) {
        panic!("{}:\n{error}\nin\n{text}", block.place);
    }
}

/// What fragments refer to.
const COMPONENTS: &str = r#"
    "sensors": Device(count: 200, frequency: "240 MHz"),
    "radio": Network(bandwidth: "20 Mbit/s", latency: "2 ms", between: ("sensors", "gateway")),
    "gateway": Processor(cores: 4, frequency: "1.5 GHz"),
    "cloud": Processor(cores: 8, frequency: "3 GHz"),
    "wan": Network(bandwidth: "10 Mbit/s", latency: "40 ms"),
    "history": Storage(access: "0.3 ms", read: "90 MB/s", write: "40 MB/s"),
"#;

/// A fragment in an experiment of its own; the word behind `fragment=` says what it is.
fn wrapped(kind: &str, text: &str) -> Option<String> {
    let run = "run: Run(horizon: \"1 min\")";
    let flow = r#""telemetry": Flow(from: "sensors", arrivals: Periodic("1 s"), steps: [
        Send(over: "radio", size: "256 B"), Compute(on: "gateway", work: "1 ms"), Write(storage: "history", size: "1 KiB")])"#;
    let other = r#""archive": Flow(steps: [Write(storage: "history", size: "4 KiB")])"#;
    Some(match kind {
        "components" => {
            format!("Experiment(system: System(components: {{{COMPONENTS} {text}}}, flows: {{{flow}}}), {run})")
        }
        "flows" => format!("Experiment(system: System(components: {{{COMPONENTS}}}, flows: {{{text}}}), {run})"),
        "steps" => format!(
            "Experiment(system: System(components: {{{COMPONENTS}}}, flows: {{\"telemetry\": Flow(from: \"sensors\", \
             arrivals: Periodic(\"1 s\"), steps: [{text} Become(\"archive\")]), {other}}}), {run})"
        ),
        "arrivals" => format!(
            "Experiment(system: System(components: {{{COMPONENTS}}}, flows: {{{}}}), {run})",
            text.lines()
                .filter(|line| !line.trim().is_empty())
                .enumerate()
                .map(|(i, line)| {
                    let line = line.split("//").next().unwrap_or_default().trim().trim_end_matches(',');
                    format!("\"f{i}\": Flow(arrivals: {line}, steps: [Compute(on: \"gateway\", work: \"1 ms\")]),")
                })
                .collect::<String>()
        ),
        "durations" => format!(
            "Experiment(system: System(components: {{{COMPONENTS}}}, flows: {{\"f\": Flow(arrivals: Poisson(1), steps: [{}])}}), {run})",
            text.lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| format!(
                    "Delay({}),",
                    line.split("//").next().unwrap_or_default().trim().trim_end_matches(',')
                ))
                .collect::<String>()
        ),
        "sections" => format!(
            "Experiment(system: System(components: {{{COMPONENTS}}}, flows: {{{flow}}}), {text}\n{})",
            if text.contains("run:") { "" } else { run }
        ),
        _ => return None,
    })
}

#[test]
fn every_experiment_in_the_documentation_is_valid() {
    let mut seen = 0;
    for block in blocks().iter().filter(|block| block.info == "ron") {
        assert!(
            block.text.trim_start().starts_with("Experiment("),
            "{}: a block of `ron` is an experiment; mark a fragment `ron,fragment=flows`",
            block.place
        );
        check(block, block.text.clone());
        seen += 1;
    }
    assert!(seen >= 2, "{seen}");
}

#[test]
fn every_fragment_in_the_documentation_is_valid() {
    let mut seen = 0;
    for block in blocks() {
        let Some(kind) = block.info.strip_prefix("ron,fragment=") else { continue };
        let text = wrapped(kind, &block.text).unwrap_or_else(|| panic!("{}: what is `{kind}`?", block.place));
        check(&block, text);
        seen += 1;
    }
    assert!(seen >= 7, "{seen}");
}

#[test]
fn links_within_the_repository_lead_somewhere() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a readable page");
        for part in text.split("](").skip(1) {
            let Some(target) = part.split([')', '#', ' ']).next().filter(|target| !target.is_empty()) else { continue };
            // The picture is made by a run, and may not be there yet.
            if target.contains("://") || target.ends_with(".png") {
                continue;
            }
            let path = page.parent().unwrap_or(Path::new(".")).join(target);
            assert!(path.exists(), "{} links to {target}", page.display());
        }
    }
}

/// `cargo run --release -- run ..`, as the README opens with, names no program: there must be one that is meant.
#[test]
fn cargo_run_means_the_command() {
    let arguments = ["metadata", "--offline", "--no-deps", "--format-version", "1"];
    let mut cargo = std::process::Command::new(env!("CARGO"));
    let output = cargo.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo describes the workspace");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let meant: Vec<&str> = packages.iter().filter_map(|package| package["default_run"].as_str()).collect();
    assert_eq!(meant, ["loadgraph"]);
}
