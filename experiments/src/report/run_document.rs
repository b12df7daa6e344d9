//! The document of a run.

use super::document::{Code, Data, Document, Picture, quoted, without};
use super::table::{self, TARGETS};
use crate::store::stored::{Figures, Stored};

/// What a notebook and a page say about a run: `text` is its experiment as it is stored, `pictures` are the files that
/// have been drawn.
pub fn run_document(stored: &Stored, figures: &Figures, text: &str, pictures: &[String]) -> Document {
    let manifest = &stored.manifest;
    let mut basis = vec![format!("{}, seed {}.", manifest.basis(), manifest.seed)];
    if !manifest.overrides.is_empty() {
        let changes: Vec<String> = manifest.overrides.iter().map(|o| format!("`{} = {}`", o.path, o.value)).collect();
        basis.push(format!("{} with {}.", manifest.file, changes.join(", ")));
    }
    let mut document = Document {
        title: manifest.title.clone(),
        kind: "Run",
        basis,
        remarks: figures.advice.clone(),
        pictures: ordered(pictures),
        data: data(),
        code: code(),
        sources: vec![("experiment.ron".into(), text.to_string())],
        again: again(stored),
        manifest: without(manifest, &["threads", "wall_seconds", "text", "experiment", "graph"]),
        ..Document::default()
    };
    // Whoever set targets asks about them first.
    let mut tables = table::tables(stored, figures);
    tables.sort_by_key(|(title, _)| *title != TARGETS);
    tables.into_iter().for_each(|(title, grid)| document.table(title, grid));
    document
}

/// The system first, then what happened in it.
fn ordered(pictures: &[String]) -> Vec<Picture> {
    let mut all: Vec<Picture> =
        pictures.iter().map(|file| Picture { file: file.clone(), caption: caption(file) }).collect();
    all.sort_by_key(|picture| (picture.file != "graph.png", picture.file != "indicators.png"));
    all
}

fn caption(file: &str) -> String {
    match file.trim_end_matches(".png") {
        "graph" => "The component graph: flows between components, with the utilisation of each".into(),
        "timeline" => "Utilisation and requests present over time, mean of the replications".into(),
        "indicators" => "Indicators of the components with their intervals".into(),
        "latency" => "Latency of the flows: share of requests that are at most so slow".into(),
        name => match name.strip_prefix("latency-") {
            Some(flow) => format!("Latency of {flow}: distribution and percentiles"),
            None => name.to_string(),
        },
    }
}

fn data() -> Vec<Data> {
    vec![
        Data::new(
            "results.csv",
            "results",
            "one row for each flow, component or system, indicator and statistic, in base units",
        ),
        Data::new("series.csv", "series", "utilisation and requests present over time, by component"),
        Data::new("latency.csv", "latency", "how many correct requests had which latency [s], by flow"),
    ]
}

fn code() -> Vec<Code> {
    let cell = |about: &str, code: &str| Code { about: about.into(), code: code.into() };
    vec![
        cell(
            "Latencies of the flows [s], by statistic:",
            "flows = results[(results.scope == \"flow\") & (results.indicator == \"latency\")]\n\
             flows.pivot(index=\"name\", columns=\"statistic\", values=\"value\")",
        ),
        cell(
            "Utilisation of the components, with half-widths:",
            "components = results[(results.scope == \"component\") & (results.indicator == \"utilisation\")]\n\
             components.set_index(\"name\")[[\"value\", \"half_width\", \"n\"]]",
        ),
        cell(
            "Requests present in the whole system over time:",
            "whole = series[series.component == \"(whole system)\"].set_index(\"time\")[\"present\"]\nwhole.describe()",
        ),
    ]
}

fn again(stored: &Stored) -> Vec<String> {
    let manifest = &stored.manifest;
    let mut command = format!("loadgraph run {}", quoted(&manifest.file));
    for o in &manifest.overrides {
        command.push_str(&format!(" --set {}", quoted(&format!("{}={}", o.path, o.value))));
    }
    vec![
        "# the stored experiment, from this folder; the figures are the same to the bit".into(),
        "loadgraph run experiment.ron".into(),
        "# or the file that it came from".into(),
        command,
    ]
}
