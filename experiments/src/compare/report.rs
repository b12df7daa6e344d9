//! What a comparison prints and stores.

use super::{Comparison, Line, Side, Verdict};
use crate::report::document::{Code, Data, Document, Picture, without};
use crate::report::plot::Stamp;
use crate::report::plot::indicators::{IndicatorGroup, IndicatorItem, IndicatorPlot};
use crate::report::table::Layout;
use crate::report::table::cell::{As, cell};
use crate::report::table::grid::Grid;
use crate::report::{WriteError, html, notebook};
use crate::results::{dimension, is_share};
use crate::store::inputs;
use crate::store::manifest::{COMMIT, VERSION};
use crate::store::place::safe;
use crate::store::staging::MANIFEST;
use crate::store::stored::Remark;
use serde::Serialize;
use sim_core::analyse::Estimate;
use std::path::Path;

const DIFFERENCES: &str = "differences.png";
const VALUES: &str = "values.png";

/// A side, as it is stored.
#[derive(Clone, Debug, Serialize)]
pub struct SideName {
    /// What it is called.
    pub name: String,
    /// What is different about it.
    pub about: String,
    /// The experiment file as it was named.
    pub file: String,
    /// Where the effective experiment is stored.
    pub stored: String,
    /// Hash over all events, hexadecimal.
    pub fingerprint: String,
}

/// What was compared.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// What it is about.
    pub title: String,
    /// The first experiment file.
    pub file: String,
    /// A hash of all that the figures follow from.
    pub id: String,
    /// Version of loadgraph.
    pub version: String,
    /// Commit that it was built from, if known.
    pub commit: Option<String>,
    /// Master seed.
    pub seed: u64,
    /// Replications of each side.
    pub replications: u64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Start of the measured time [s].
    pub warm_up_seconds: f64,
    /// Its end [s].
    pub horizon_seconds: f64,
    /// The sides; the first is the reference.
    pub sides: Vec<SideName>,
    /// What was compared.
    pub responses: Vec<String>,
    /// The command that does it again.
    pub command: String,
    /// The files of this result.
    pub files: Vec<String>,
    /// Threads.
    pub threads: usize,
    /// Real time that it took [s].
    pub wall_seconds: f64,
}

impl Manifest {
    /// The manifest of a comparison; `command` does it again.
    pub fn of(comparison: &Comparison, id: &str, command: String, threads: usize, wall_seconds: f64) -> Manifest {
        let (first, run) = (&comparison.sides[0], &comparison.runs[0]);
        let ticks = first.study.plan.clock.ticks_per_second();
        let side = |(side, run): (&Side, &crate::run::Run)| SideName {
            name: side.name.clone(),
            about: side.about.clone(),
            file: side.study.path.display().to_string(),
            stored: format!("{}/experiment.ron", folder(side)),
            fingerprint: format!("{:016x}", run.fingerprint),
        };
        let mut responses: Vec<String> = comparison.lines.iter().map(|line| line.response.clone()).collect();
        responses.dedup();
        Manifest {
            title: first.study.title(),
            file: first.study.path.display().to_string(),
            id: id.to_string(),
            version: VERSION.to_string(),
            commit: COMMIT.map(str::to_string),
            seed: first.study.plan.seed,
            replications: run.replications,
            confidence: first.study.plan.confidence,
            warm_up_seconds: run.warm_up as f64 / ticks,
            horizon_seconds: run.horizon as f64 / ticks,
            sides: comparison.sides.iter().zip(&comparison.runs).map(side).collect(),
            responses,
            command,
            files: Vec::new(),
            threads,
            wall_seconds,
        }
    }

    fn basis(&self) -> String {
        let time = |seconds: f64| models::units::format(seconds, models::units::Dimension::TIME);
        format!(
            "{} replications of {} for each side, warm-up {}, seed {}, {} % intervals",
            self.replications,
            time(self.horizon_seconds),
            time(self.warm_up_seconds),
            self.seed,
            self.confidence * 100.0
        )
    }
}

/// The folder of a side.
fn folder(side: &Side) -> String {
    format!("side-{}", safe(&side.name))
}

/// What `comparison.json` holds, and what `--json` prints.
#[derive(Debug, Serialize)]
pub struct Figures<'c> {
    /// Exit status: 0 done, 1 where a side has no steady state.
    pub status: u8,
    /// The lines.
    pub lines: &'c [Line],
    /// What is to be said of each side.
    pub advice: Vec<Remark>,
}

impl Figures<'_> {
    /// Those of a comparison.
    pub fn of(comparison: &Comparison) -> Figures<'_> {
        let remark = |(side, run): (&Side, &crate::run::Run)| -> Vec<Remark> {
            let named = |remark: Remark| Remark { text: format!("{}: {}", side.name, remark.text), ..remark };
            run.advice.iter().map(|advice| named(Remark::from(advice))).collect()
        };
        let advice = comparison.sides.iter().zip(&comparison.runs).flat_map(remark).collect();
        Figures { status: comparison.status(), lines: &comparison.lines, advice }
    }

    /// As JSON, with a line break at the end.
    pub fn json(&self) -> String {
        crate::report::json(self)
    }
}

/// What one replication of one side gave.
#[derive(Serialize)]
struct Observation<'c> {
    response: &'c str,
    configuration: &'c str,
    replication: usize,
    value: Option<f64>,
}

/// Writes all files of a comparison into a folder, the pictures where they are wanted.
///
/// # Errors
/// One of them cannot be written.
pub fn write(into: &Path, comparison: &Comparison, manifest: &mut Manifest, draw: bool) -> Result<(), WriteError> {
    let mut table = csv::Writer::from_path(into.join("comparison.csv"))?;
    comparison.lines.iter().try_for_each(|line| table.serialize(line))?;
    table.flush()?;
    let mut table = csv::Writer::from_path(into.join("replications.csv"))?;
    for response in &manifest.responses {
        for (side, run) in comparison.sides.iter().zip(&comparison.runs) {
            let index = run.results.rows.iter().position(|row| row.path() == *response);
            let Some(sample) = index.and_then(|index| run.samples.get(index)) else { continue };
            for (replication, value) in sample.values.iter().enumerate() {
                table.serialize(Observation { response, configuration: &side.name, replication, value: *value })?;
            }
        }
    }
    table.flush()?;
    let figures = Figures::of(comparison);
    std::fs::write(into.join("comparison.json"), figures.json())?;
    manifest.files = ["comparison.csv", "replications.csv", "comparison.json", MANIFEST].map(String::from).to_vec();
    let mut sources = Vec::new();
    for side in &comparison.sides {
        let own = into.join(folder(side));
        std::fs::create_dir_all(&own)?;
        let inputs = inputs::of(&side.study)?;
        let text = inputs::renamed(&side.study.source, &inputs);
        std::fs::write(own.join("experiment.ron"), &text)?;
        for input in &inputs {
            std::fs::write(own.join(&input.stored), &input.content)?;
        }
        sources.push((format!("{}/experiment.ron", folder(side)), text));
    }
    let mut pictures = Vec::new();
    if draw {
        let stamp = Stamp { title: manifest.title.clone(), hash: manifest.id.clone(), footnote: manifest.basis() };
        let reference = &manifest.sides[0].name;
        differences(comparison).draw(&into.join(DIFFERENCES), &stamp)?;
        values(comparison).draw(&into.join(VALUES), &stamp)?;
        let picture = |file: &str, caption: String| Picture { file: file.to_string(), caption };
        pictures.push(picture(
            DIFFERENCES,
            format!("Change of each response against {reference}, with its paired interval"),
        ));
        pictures.push(picture(VALUES, "Each response of each side, with its own interval".into()));
        manifest.files.extend([DIFFERENCES.to_string(), VALUES.to_string()]);
    }
    manifest.files.extend([notebook::FILE.to_string(), html::FILE.to_string()]);
    let document = document(comparison, manifest, figures.advice, pictures, sources);
    document.write(into)?;
    Ok(std::fs::write(into.join(MANIFEST), crate::report::json(manifest))?)
}

fn document(
    comparison: &Comparison,
    manifest: &Manifest,
    remarks: Vec<Remark>,
    pictures: Vec<Picture>,
    sources: Vec<(String, String)>,
) -> Document {
    let mut document = Document {
        title: manifest.title.clone(),
        kind: "Comparison",
        basis: [manifest.basis() + ".", how_to_read(comparison)].into_iter().chain(comparison.notes.clone()).collect(),
        remarks,
        pictures,
        data: vec![
            Data::new("comparison.csv", "comparison", "one row for each response and side, against the reference"),
            Data::new("replications.csv", "replications", "what each replication of each side adds to the estimates"),
        ],
        code: vec![Code {
            about: "The change against the reference, in percent:".into(),
            code:
                "(100 * comparison.pivot(index=\"response\", columns=\"configuration\", values=\"relative\")).round(2)"
                    .into(),
        }],
        sources,
        again: vec![manifest.command.clone()],
        manifest: without(manifest, &["threads", "wall_seconds"]),
        ..Document::default()
    };
    document.table("Sides", side_grid(comparison));
    document.table("Differences", line_grid(comparison));
    document
}

fn how_to_read(comparison: &Comparison) -> String {
    let tests = comparison.lines.iter().filter(|line| line.p.is_some()).count();
    let confidence = comparison.sides.first().map_or(0.95, |side| side.study.plan.confidence);
    let reference = comparison.sides.first().map_or("", |side| side.name.as_str());
    format!(
        "Differences are against `{reference}`, replication by replication under common random numbers, with Student's \
         interval of the paired differences. p is Holm's over all {tests} comparisons: a difference is called higher or \
         lower where p <= {:.3}. The gain is how many times as many independent replications would have been needed.",
        1.0 - confidence
    )
}

fn side_grid(comparison: &Comparison) -> Grid {
    let mut grid = Grid::new(&["side", "what it is", "events"]);
    grid.texts = 2;
    for (i, (side, run)) in comparison.sides.iter().zip(&comparison.runs).enumerate() {
        let reference = if i == 0 { " (reference)" } else { "" };
        grid.row(vec![format!("{}{reference}", side.name), side.about.clone(), run.events.to_string()]);
    }
    grid
}

fn shown(line: &Line, value: Option<f64>, half_width: Option<f64>) -> String {
    let how = if is_share(&line.response) { As::Share } else { As::Of(dimension(&line.unit)) };
    cell(value.map(|value| Estimate { value, half_width, n: 0 }), how)
}

fn line_grid(comparison: &Comparison) -> Grid {
    let mut grid =
        Grid::new(&["response", "side", "shown to be", "reference", "value", "difference", "change", "p", "gain"]);
    grid.texts = 3;
    for line in &comparison.lines {
        let change = match line.relative {
            Some(change) => {
                cell(Some(Estimate { value: change, half_width: line.relative_half_width, n: 0 }), As::Share)
            }
            None => "-".to_string(),
        };
        let p = match line.p_adjusted {
            Some(p) if p < 0.0001 => "< 0.0001".to_string(),
            Some(p) => format!("{p:.4}"),
            None => "-".to_string(),
        };
        grid.row(vec![
            line.response.clone(),
            line.configuration.clone(),
            line.verdict.word().to_string(),
            shown(line, line.reference_value, line.reference_half_width),
            shown(line, line.value, line.half_width),
            shown(line, line.difference, line.difference_half_width),
            change,
            p,
            gain(line),
        ]);
    }
    grid
}

fn gain(line: &Line) -> String {
    match line.variance_gain {
        Some(gain) if gain >= 1000.0 => "> 1000".to_string(),
        Some(gain) => format!("{gain:.1}"),
        None => "-".to_string(),
    }
}

/// A table for each response, with a row for each side: a wide table would have to be cut.
fn by_response(comparison: &Comparison, layout: Layout) -> String {
    let whole = line_grid(comparison);
    let mut parts = Vec::new();
    let mut start = 0;
    while let Some(first) = comparison.lines.get(start) {
        let end = start + comparison.lines[start..].iter().take_while(|line| line.response == first.response).count();
        let mut grid = Grid::new(&["side", "shown to be", "value", "difference", "change", "p", "gain"]);
        grid.texts = 2;
        let none = || "-".to_string();
        let reference = shown(first, first.reference_value, first.reference_half_width);
        grid.row(vec![first.reference.clone(), none(), reference, none(), none(), none(), none()]);
        for row in &whole.rows[start..end] {
            grid.row([1, 2, 4, 5, 6, 7, 8].map(|i: usize| row[i].clone()).to_vec());
        }
        parts.push(format!("{}\n{}", layout.bold(&first.response), grid.render(layout)));
        start = end;
    }
    parts.join("\n")
}

/// A group for each side: the change of each response in percent.
fn differences(comparison: &Comparison) -> IndicatorPlot {
    let reference = comparison.sides.first().map_or("", |side| side.name.as_str());
    let group = |side: &Side| {
        let own = comparison.lines.iter().filter(|line| line.configuration == side.name);
        let item = |line: &Line| {
            Some(IndicatorItem {
                name: line.response.clone(),
                value: 100.0 * line.relative?,
                half_width: line.relative_half_width.map(|half_width| 100.0 * half_width),
                note: matches!(line.verdict, Verdict::Undecided).then(|| "not shown".to_string()),
            })
        };
        IndicatorGroup {
            title: format!("{} against {reference}", side.name),
            unit: "%".into(),
            items: own.filter_map(item).collect(),
        }
    };
    IndicatorPlot {
        heading: format!("Change against {reference}"),
        groups: comparison.sides.iter().skip(1).map(group).collect(),
    }
}

/// A group for each response: the values of all sides.
fn values(comparison: &Comparison) -> IndicatorPlot {
    let mut groups: Vec<IndicatorGroup> = Vec::new();
    for line in &comparison.lines {
        let share = is_share(&line.response);
        let (factor, unit) = if share { (100.0, "%") } else { (1.0, line.unit.as_str()) };
        let item = |name: &str, value: Option<f64>, half_width: Option<f64>| IndicatorItem {
            name: name.to_string(),
            value: value.map_or(f64::NAN, |value| factor * value),
            half_width: half_width.map(|half_width| factor * half_width),
            note: None,
        };
        if groups.last().is_none_or(|group| group.title != line.response) {
            let first = item(&line.reference, line.reference_value, line.reference_half_width);
            groups.push(IndicatorGroup { title: line.response.clone(), unit: unit.to_string(), items: vec![first] });
        }
        if let Some(group) = groups.last_mut() {
            group.items.push(item(&line.configuration, line.value, line.half_width));
        }
    }
    IndicatorPlot { heading: "Responses of all sides".into(), groups }
}

/// What is printed for people.
pub fn text(comparison: &Comparison, manifest: &Manifest, layout: Layout) -> String {
    let mut parts = vec![format!("{}\n{}\n", layout.bold(&manifest.title), layout.wrapped(&manifest.basis(), 2))];
    parts.push(format!("{}\n{}", layout.bold("Sides"), side_grid(comparison).render(layout)));
    let how = layout.wrapped(&how_to_read(comparison), 0);
    parts.push(format!("{}\n{how}\n", by_response(comparison, layout)));
    let mut notes: String = comparison.notes.iter().map(|note| layout.wrapped(note, 2) + "\n").collect();
    notes.push_str(&crate::report::table::remarks(&Figures::of(comparison).advice, layout));
    if !notes.is_empty() {
        parts.push(notes);
    }
    parts.join("\n")
}
