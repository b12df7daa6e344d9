//! What an optimisation stores: tables, JSON, the recommended experiment, pictures, notebook and page.

use super::confirm::{change, gap};
use super::goal::INDICATORS;
use super::judge::Judged;
use super::report;
use super::select::Fate;
use super::{Outcome, Problem, pictures, sensitivity};
use crate::campaign::store::manifest::{FILE, Manifest};
use crate::report::document::{Code, Data, Document, Picture, quoted, without};
use crate::report::plot::Stamp;
use crate::report::{WriteError, html, notebook};
use crate::store::stored::Remark;
use crate::study::Study;
use serde_json::{Value, json};
use sim_core::analyse::Estimate;
use std::path::Path;

/// Results for programs.
pub const RESULTS: &str = "optimise.json";
const CANDIDATES: &str = "candidates.csv";
const EVALUATED: &str = "evaluated.csv";
const SCREENED: &str = "screened.csv";
const FINAL: &str = "final.csv";
const RECOMMENDED: &str = "recommended.ron";

/// Writes everything into a folder, the pictures where they are wanted; gives the names of the files.
///
/// # Errors
/// One of them cannot be written.
pub fn write(
    folder: &Path,
    study: &Study,
    problem: &Problem,
    outcome: &Outcome,
    manifest: &Manifest,
    draw: bool,
) -> Result<Vec<String>, WriteError> {
    let mut files: Vec<String> = [RESULTS, CANDIDATES, EVALUATED, SCREENED, FINAL].map(String::from).to_vec();
    std::fs::write(folder.join(RESULTS), json_text(problem, outcome))?;
    candidates(&folder.join(CANDIDATES), problem, outcome)?;
    evaluated(&folder.join(EVALUATED), problem, outcome)?;
    screened(&folder.join(SCREENED), problem, outcome)?;
    last(&folder.join(FINAL), problem, outcome)?;
    let best = outcome.selection.best.map(|best| &outcome.selection.candidates[best].point);
    let recommended = best.and_then(|point| study.variant(&problem.space.overrides(point)).ok());
    if let Some(variant) = &recommended {
        std::fs::write(folder.join(RECOMMENDED), &variant.source.text)?;
        files.push(RECOMMENDED.into());
    }
    let mut drawn = Vec::new();
    if draw {
        let total: u64 = outcome.spent.iter().map(|(_, count)| count).sum();
        let footnote = format!("{total} replications in all, {} % intervals", 100.0 * problem.confidence);
        let stamp = Stamp { title: manifest.title.clone(), hash: manifest.id.clone(), footnote };
        drawn = pictures::draw(problem, outcome, folder, &stamp)?;
        files.extend(drawn.iter().map(|(file, _)| file.clone()));
    }
    let document = document(study, problem, outcome, manifest, drawn, recommended.as_ref());
    document.write(folder)?;
    files.splice(0..0, [html::FILE.to_string(), notebook::FILE.to_string()]);
    Ok(files)
}

fn estimate(estimate: Option<Estimate>) -> Value {
    serde_json::to_value(estimate).unwrap_or_default()
}

/// The result for programs.
pub fn json_text(problem: &Problem, outcome: &Outcome) -> String {
    let point = |point: &super::space::Point| -> Value {
        problem.space.overrides(point).into_iter().map(|(path, value)| (path, Value::from(value))).collect()
    };
    let judged = |judged: &Judged| -> Value {
        let indicators: serde_json::Map<String, Value> = INDICATORS
            .iter()
            .enumerate()
            .map(|(i, name)| ((*name).to_string(), estimate(judged.indicator(i, problem.confidence))))
            .collect();
        let bounds: Vec<Value> = problem
            .goal
            .constraints
            .iter()
            .zip(judged.excesses())
            .map(|(constraint, excess)| json!({ "bound": constraint.text, "relative_excess": excess }))
            .collect();
        json!({
            "objective": estimate(judged.estimate(problem.confidence)),
            "cost": judged.cost(),
            "indicators": indicators,
            "bounds": bounds,
        })
    };
    let candidate = |number: usize| -> Value {
        let candidate = &outcome.selection.candidates[number];
        let mut value = judged(&candidate.judged);
        value["set"] = point(&candidate.point);
        value["label"] = problem.space.label(&candidate.point).into();
        value["outcome"] = report::fate(problem, outcome, number).into();
        if let Fate::Broken(why) = &candidate.fate {
            value["why"] = why.clone().into();
        }
        value["replications"] = candidate.count.into();
        value
    };
    let best = outcome.selection.best;
    let confirmed = outcome.confirmed.as_ref();
    let improvement: Option<serde_json::Map<String, Value>> = confirmed.and_then(|confirmed| {
        let before = confirmed.baseline.as_ref()?;
        let one = |(i, name): (usize, &&str)| {
            ((*name).to_string(), estimate(change(before, &confirmed.best, i, problem.confidence)))
        };
        Some(INDICATORS.iter().enumerate().map(one).collect())
    });
    let runner = confirmed.and_then(|confirmed| confirmed.runner_up.as_ref()).map(|(number, runner)| {
        let difference = confirmed.and_then(|confirmed| gap(&confirmed.best, runner, problem.confidence));
        json!({
            "set": point(&outcome.selection.candidates[*number].point),
            "worse_by": estimate(difference.map(|difference| difference.difference)),
        })
    });
    let range = |range: &sensitivity::Range| -> Value {
        let end = |end: &Option<(f64, usize)>| {
            end.map(|(weight, number)| json!({ "weight": weight, "beyond": point(&outcome.selection.candidates[number].point) }))
        };
        json!({ "indicator": INDICATORS[range.indicator], "weight": range.weight, "low": end(&range.low), "high": end(&range.high) })
    };
    let neighbour = |neighbour: &super::confirm::Neighbour| -> Value {
        let mut value = neighbour.judged.as_ref().map_or(Value::Null, judged);
        if let (Ok(other), Some(confirmed)) = (&neighbour.judged, confirmed) {
            let difference = gap(&confirmed.best, other, problem.confidence).map(|gap| gap.difference);
            value["difference"] = estimate(difference);
        }
        json!({ "set": point(&neighbour.point), "figures": value })
    };
    let spent: serde_json::Map<String, Value> = outcome
        .spent
        .iter()
        .map(|(stage, count)| {
            (
                serde_json::to_value(stage).ok().and_then(|v| v.as_str().map(String::from)).unwrap_or_default(),
                Value::from(*count),
            )
        })
        .collect();
    let references: serde_json::Map<String, Value> = INDICATORS
        .iter()
        .zip(outcome.references)
        .map(|(name, value)| ((*name).to_string(), Value::from(value)))
        .collect();
    let weights: serde_json::Map<String, Value> = INDICATORS
        .iter()
        .zip(problem.goal.objective.weights)
        .map(|(name, value)| ((*name).to_string(), Value::from(value)))
        .collect();
    let all = json!({
        "feasible": best.is_some(),
        "recommended": best.map(|best| point(&outcome.selection.candidates[best].point)),
        "label": best.map(|best| problem.space.label(&outcome.selection.candidates[best].point)),
        "complete": outcome.selection.complete,
        "needed_replications": if outcome.selection.complete { 0.0 } else { outcome.selection.needed },
        "guarantee": report::guarantee(problem, outcome),
        "searched_whole": outcome.all_were_candidates(),
        "nearest": if best.is_none() { report::nearest(problem, outcome) } else { String::new() },
        "confidence": problem.confidence,
        "delta": problem.goal.delta,
        "tolerance": problem.goal.tolerance,
        "weights": weights,
        "references": references,
        "final": confirmed.map(|confirmed| judged(&confirmed.best)),
        "baseline": confirmed.and_then(|confirmed| confirmed.baseline.as_ref()).map(judged),
        "improvement": improvement,
        "runner_up": runner,
        "candidates": report::ranked(outcome).into_iter().map(candidate).collect::<Vec<_>>(),
        "neighbours": confirmed.map(|confirmed| confirmed.neighbours.iter().map(neighbour).collect::<Vec<_>>()),
        "weight_ranges": sensitivity::ranges(&problem.goal, &outcome.selection).iter().map(range).collect::<Vec<_>>(),
        "replications": spent,
        "events": outcome.events,
        "warnings": report::remarks(problem, outcome),
    });
    crate::report::json(&all)
}

fn heads(problem: &Problem) -> Vec<String> {
    problem.space.variables.iter().map(|variable| variable.factor.name.clone()).collect()
}

fn levels(problem: &Problem, point: &super::space::Point) -> Vec<String> {
    let levels = problem.space.shown(point).into_iter().zip(point);
    levels.map(|(shown, level)| if level.is_some() { shown } else { String::new() }).collect()
}

fn number(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn figures(problem: &Problem, judged: &Judged) -> Vec<String> {
    let objective = judged.estimate(problem.confidence);
    let mut row = vec![number(objective.map(|o| o.value)), number(objective.and_then(|o| o.half_width))];
    for i in 0..INDICATORS.len() {
        let indicator = judged.indicator(i, problem.confidence);
        row.extend([number(indicator.map(|i| i.value)), number(indicator.and_then(|i| i.half_width))]);
    }
    row.extend(judged.excesses().into_iter().map(|excess| excess.to_string()));
    row
}

fn figure_heads(problem: &Problem) -> Vec<String> {
    let mut head = vec!["objective".to_string(), "objective_half_width".to_string()];
    for name in INDICATORS {
        head.extend([name.to_string(), format!("{name}_half_width")]);
    }
    head.extend(problem.goal.constraints.iter().map(|constraint| format!("excess of {}", constraint.text)));
    head
}

fn candidates(path: &Path, problem: &Problem, outcome: &Outcome) -> Result<(), WriteError> {
    let mut table = csv::Writer::from_path(path)?;
    let mut head = heads(problem);
    head.extend(["outcome".to_string(), "replications".to_string()]);
    head.extend(figure_heads(problem));
    table.write_record(&head)?;
    for number in report::ranked(outcome) {
        let candidate = &outcome.selection.candidates[number];
        let mut row = levels(problem, &candidate.point);
        row.extend([report::fate(problem, outcome, number), candidate.count.to_string()]);
        row.extend(figures(problem, &candidate.judged));
        row.resize(head.len(), String::new());
        table.write_record(&row)?;
    }
    Ok(table.flush()?)
}

fn evaluated(path: &Path, problem: &Problem, outcome: &Outcome) -> Result<(), WriteError> {
    let mut table = csv::Writer::from_path(path)?;
    let mut head = heads(problem);
    head.extend(["meets_bounds".to_string(), "replications".to_string()]);
    head.extend(figure_heads(problem));
    table.write_record(&head)?;
    for (point, judged, meets) in outcome.evaluated(problem.goal.tolerance) {
        let mut row = levels(problem, point);
        row.extend([meets.to_string(), judged.objective.len().to_string()]);
        row.extend(figures(problem, judged));
        table.write_record(&row)?;
    }
    Ok(table.flush()?)
}

fn screened(path: &Path, problem: &Problem, outcome: &Outcome) -> Result<(), WriteError> {
    let mut table = csv::Writer::from_path(path)?;
    let mut head = heads(problem);
    head.extend(["objective_by_theory", "exact", "dropped"].map(String::from));
    table.write_record(&head)?;
    for one in &outcome.screened {
        let mut row = levels(problem, &one.point);
        let why = one.dropped.as_ref().map_or(String::new(), |dropped| report::why(dropped, &problem.goal));
        row.extend([number(one.objective), one.exact.to_string(), why]);
        table.write_record(&row)?;
    }
    Ok(table.flush()?)
}

fn last(path: &Path, problem: &Problem, outcome: &Outcome) -> Result<(), WriteError> {
    let mut table = csv::Writer::from_path(path)?;
    let mut head = vec!["configuration".to_string(), "replication".to_string(), "objective".to_string()];
    head.extend(INDICATORS.map(String::from));
    table.write_record(&head)?;
    let Some(confirmed) = &outcome.confirmed else { return Ok(table.flush()?) };
    let best = outcome.selection.best.map(|best| problem.space.label(&outcome.selection.candidates[best].point));
    let mut all: Vec<(String, &Judged)> = vec![(best.unwrap_or_default(), &confirmed.best)];
    all.extend(confirmed.baseline.as_ref().map(|baseline| ("as it stands".to_string(), baseline)));
    all.extend(
        confirmed
            .runner_up
            .as_ref()
            .map(|(number, judged)| (problem.space.label(&outcome.selection.candidates[*number].point), judged)),
    );
    for neighbour in &confirmed.neighbours {
        all.extend(neighbour.judged.as_ref().ok().map(|judged| (problem.space.label(&neighbour.point), judged)));
    }
    for (name, judged) in all {
        for (replication, objective) in judged.objective.iter().enumerate() {
            let mut row = vec![name.clone(), replication.to_string(), number(*objective)];
            row.extend(judged.indicators[replication].iter().map(|value| number(*value)));
            table.write_record(&row)?;
        }
    }
    Ok(table.flush()?)
}

fn document(
    study: &Study,
    problem: &Problem,
    outcome: &Outcome,
    manifest: &Manifest,
    drawn: Vec<pictures::Drawn>,
    recommended: Option<&Study>,
) -> Document {
    let mut basis = vec![report::summary(study, problem)];
    match outcome.selection.best {
        Some(best) => {
            let point = &outcome.selection.candidates[best].point;
            basis.push(format!("Recommended: {}.", problem.space.label(point)));
            basis.extend(outcome.confirmed.as_ref().map(|confirmed| report::improvement(problem, confirmed)));
        }
        None => {
            basis.push(format!("No configuration is shown to meet all bounds. {}", report::nearest(problem, outcome)))
        }
    }
    basis.push(report::guarantee(problem, outcome));
    basis.push(report::spent(problem, outcome));
    let mut again = vec![format!("loadgraph optimise {}", quoted(&manifest.file))];
    let mut sources = vec![("the experiment".to_string(), manifest.text.clone())];
    if let Some(variant) = recommended {
        let best =
            outcome.selection.best.map(|best| problem.space.overrides(&outcome.selection.candidates[best].point));
        let set: Vec<String> = best
            .into_iter()
            .flatten()
            .map(|(path, value)| format!(" --set {}", quoted(&format!("{path}={value}"))))
            .collect();
        again.push(format!(
            "# the recommended configuration alone:\nloadgraph run {}{}",
            quoted(&manifest.file),
            set.concat()
        ));
        sources.push(("the recommended experiment".into(), variant.source.text.clone()));
    }
    let mut document = Document {
        title: manifest.title.clone(),
        kind: "Optimisation",
        basis,
        remarks: report::remarks(problem, outcome)
            .into_iter()
            .map(|text| Remark { failure: false, text, advice: Value::Null })
            .collect(),
        pictures: drawn.into_iter().map(|(file, caption)| Picture { file, caption }).collect(),
        data: vec![
            Data::new(CANDIDATES, "candidates", "the candidates, the best first, in base units"),
            Data::new(EVALUATED, "evaluated", "every configuration that was simulated"),
            Data::new(SCREENED, "screened", "what theory said of each configuration, and why it was dropped"),
            Data::new(FINAL, "final", "what each replication of the final estimates gave"),
        ],
        code: vec![Code {
            about: "The configurations that meet all bounds, by their objective:".into(),
            code: "evaluated[evaluated.meets_bounds.astype(str).str.lower() == \"true\"].sort_values(\"objective\").head(10)".into(),
        }],
        sources,
        again,
        manifest: without(manifest, &["text"]),
        manifest_file: Some(FILE),
        ..Document::default()
    };
    if let Some(confirmed) = &outcome.confirmed {
        document.table("Indicators", report::indicators(problem, confirmed));
        document.table("What if: one step from the recommendation", report::neighbours(problem, outcome, confirmed));
    }
    document.table("Candidates", report::candidates(problem, outcome, 60));
    document.table("How far each weight may go", report::weights(problem, outcome));
    document
}
