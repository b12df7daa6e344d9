//! What training and predicting print and store.

use super::family::SimulationError;
use super::model::{FILE, IndicatorModel, PerformanceModel, Predicted, Rated};
use super::space::{Range, Space, Value};
use super::train::Checked;
use crate::report::document::{Code, Data, Document, Picture, without};
use crate::report::plot::Stamp;
use crate::report::plot::response::{ResponsePlot, ResponseSeries};
use crate::report::table::Layout;
use crate::report::table::grid::Grid;
use crate::report::{WriteError, html, notebook};
use crate::results::dimension;
use crate::store::staging::MANIFEST;
use models::units::Dimension;
use serde::Serialize;
use sim_core::regress::Scores;
use std::collections::BTreeMap;
use std::path::Path;

/// The picture.
const PICTURE: &str = "accuracy.png";
/// Curves in it.
const DRAWN: usize = 6;

/// What models follow from.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// What it is about.
    pub title: String,
    /// The folder or file that was named.
    pub file: String,
    /// A hash of all that the models follow from.
    pub id: String,
    /// Version of loadgraph.
    pub version: String,
    /// Commit that it was built from, if known.
    pub commit: Option<String>,
    /// Seed of the folds.
    pub seed: u64,
    /// Folds.
    pub folds: usize,
    /// The command that does it again.
    pub command: String,
    /// Threads.
    pub threads: usize,
    /// Real time that it took \[s\].
    pub wall_seconds: f64,
    /// The files of this result.
    pub files: Vec<String>,
}

/// The accuracy of a model as programs have it.
#[derive(Clone, Debug, Serialize)]
pub struct Accuracy<'m> {
    /// The indicator.
    pub path: &'m str,
    /// Its base unit.
    pub unit: &'m str,
    /// The family that was chosen.
    pub model: &'static str,
    /// In the cross-validation.
    pub validation: Option<Scores>,
    /// On points that were locked away.
    pub test: Option<Scores>,
    /// Of these, those outside of the box, which do not count.
    pub test_outside: usize,
    /// How unsure the simulated values are by themselves.
    pub simulation_error: SimulationError,
    /// All families that were tried.
    pub families: &'m [Rated],
}

/// What `--train --json` prints.
#[derive(Debug, Serialize)]
pub struct Trained<'m> {
    /// Where the model is.
    pub model: String,
    /// The factors and the box.
    pub space: &'m Space,
    /// Points that were trained on.
    pub trained: usize,
    /// Points that were locked away.
    pub locked: usize,
    /// The accuracy of each model.
    pub models: Vec<Accuracy<'m>>,
    /// What is to be known.
    pub remarks: &'m [String],
}

/// Predictions of a point.
#[derive(Clone, Debug, Serialize)]
pub struct AtPoint {
    /// The point.
    pub at: BTreeMap<String, String>,
    /// What of it lies outside of what was trained.
    pub outside: Vec<String>,
    /// The predictions.
    pub predictions: Vec<Predicted>,
}

fn accuracy(model: &IndicatorModel) -> Accuracy<'_> {
    Accuracy {
        path: &model.path,
        unit: &model.unit,
        model: model.trained.family().name(),
        validation: model.validation,
        test: model.test,
        test_outside: model.test_outside,
        simulation_error: model.simulation_error,
        families: &model.families,
    }
}

impl<'m> Trained<'m> {
    /// What a program is told of a model that is in `place`.
    pub fn of(model: &'m PerformanceModel, place: String) -> Trained<'m> {
        Trained {
            model: place,
            space: &model.space,
            trained: model.trained,
            locked: model.locked,
            models: model.models.iter().map(accuracy).collect(),
            remarks: &model.remarks,
        }
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_string(), |share| format!("{:.2} %", 100.0 * share))
}

fn accuracy_grid(model: &PerformanceModel) -> Grid {
    let mut grid = Grid::new(&[
        "indicator",
        "model",
        "Q2",
        "MAPE",
        "median",
        "95th percentile",
        "coverage",
        "points",
        "simulation",
    ]);
    grid.texts = 2;
    for one in &model.models {
        // What was locked away counts; without it the cross-validation has to do.
        let scores = one.test.or(one.validation);
        let of = |figure: &dyn Fn(&Scores) -> String| scores.as_ref().map_or_else(|| "-".to_string(), figure);
        grid.row(vec![
            one.path.clone(),
            one.trained.family().name().into(),
            of(&|s| s.q2.map_or_else(|| "-".to_string(), |q2| format!("{q2:.4}"))),
            of(&|s| percent(s.mape)),
            of(&|s| percent(s.median)),
            of(&|s| percent(s.p95)),
            of(&|s| format!("{:.0} %", 100.0 * s.coverage)),
            of(&|s| s.n.to_string()),
            match one.simulation_error.relative {
                0.0 => "-".to_string(),
                error => format!("± {:.2} %", 100.0 * error),
            },
        ]);
    }
    grid
}

fn family_grid(model: &PerformanceModel) -> Grid {
    let mut grid = Grid::new(&["indicator", "family", "loss", "standard error", "Q2", "MAPE"]);
    grid.texts = 2;
    for one in &model.models {
        for rated in &one.families {
            let chosen = if rated.family == one.trained.family() { " (chosen)" } else { "" };
            grid.row(vec![
                one.path.clone(),
                format!("{}{chosen}", rated.family.name()),
                format!("{:.2e}", rated.loss),
                format!("{:.1e}", rated.standard_error),
                rated.scores.and_then(|s| s.q2).map_or_else(|| "-".to_string(), |q2| format!("{q2:.4}")),
                percent(rated.scores.and_then(|s| s.mape)),
            ]);
        }
    }
    grid
}

fn factor_grid(space: &Space) -> Grid {
    let mut grid = Grid::new(&["factor", "trained on"]);
    grid.texts = 2;
    for factor in &space.factors {
        let seen = match &factor.range {
            Range::Numbers { low, high } => format!("{low} to {high} {}", factor.unit).trim_end().to_string(),
            Range::Words(words) => words.iter().map(|word| word.shown.as_str()).collect::<Vec<_>>().join(", "),
        };
        grid.row(vec![factor.name.clone(), seen]);
    }
    grid
}

fn basis(model: &PerformanceModel) -> String {
    let what = match model.locked {
        0 => "accuracy by cross-validation".to_string(),
        locked => format!("accuracy on {locked} that were locked away"),
    };
    format!(
        "{} points trained on, {} folds by configuration, seed {}; {what}; {:.0} % intervals",
        model.trained,
        model.folds,
        model.seed,
        100.0 * model.confidence
    )
}

/// What is printed after training.
pub fn text(model: &PerformanceModel, layout: Layout) -> String {
    let mut parts = vec![
        format!("{}\n{}\n", layout.bold(&model.title), layout.wrapped(&basis(model), 2)),
        format!("{}\n{}", layout.bold("Factors"), factor_grid(&model.space).render(layout)),
        format!("{}\n{}", layout.bold("Accuracy of the models"), accuracy_grid(model).render(layout)),
    ];
    if !model.remarks.is_empty() {
        let lines: Vec<String> = model.remarks.iter().map(|line| layout.wrapped(&format!("- {line}"), 2)).collect();
        parts.push(lines.join("\n") + "\n");
    }
    parts.join("\n")
}

fn amount(value: Option<f64>, unit: &str) -> String {
    match (value, dimension(unit)) {
        (None, _) => "-".to_string(),
        (Some(value), Dimension::NONE) if value != 0.0 && !(1e-3..1e7).contains(&value.abs()) => format!("{value:.4e}"),
        (Some(value), Dimension::NONE) => format!("{value:.5}"),
        (Some(value), dimension) => models::units::format(value, dimension),
    }
}

/// What is printed of predictions.
pub fn predictions(points: &[AtPoint], layout: Layout) -> String {
    let mut parts = Vec::new();
    for point in points {
        let at: Vec<String> = point.at.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let mut grid = Grid::new(&["indicator", "model", "value", "low", "high"]);
        grid.texts = 2;
        for p in &point.predictions {
            let cell = |value| amount(value, &p.unit);
            grid.row(vec![p.path.clone(), p.model.into(), cell(p.value), cell(p.low), cell(p.high)]);
        }
        let mut part = format!("{}\n{}", layout.bold(&at.join(", ")), grid.render(layout));
        if !point.outside.is_empty() {
            let why = point.outside.join("; ");
            let line = format!("outside of what was trained, so that intervals promise nothing: {why}");
            part += &format!("{}\n", layout.wrapped(&line, 2));
        }
        if point.predictions.iter().any(|p| p.value.is_none()) {
            part += "- theory says nothing here, on which that model builds: perhaps there is no steady state\n";
        }
        parts.push(part);
    }
    parts.join("\n")
}

#[derive(Serialize)]
struct AccuracyLine<'m> {
    indicator: &'m str,
    unit: &'m str,
    model: &'m str,
    points: &'m str,
    q2: Option<f64>,
    rmse: Option<f64>,
    mape: Option<f64>,
    median_relative_error: Option<f64>,
    p95_relative_error: Option<f64>,
    coverage: Option<f64>,
    n: usize,
}

fn lines(model: &IndicatorModel) -> [AccuracyLine<'_>; 2] {
    [("validation", model.validation), ("test", model.test)].map(|(points, scores)| AccuracyLine {
        indicator: &model.path,
        unit: &model.unit,
        model: model.trained.family().name(),
        points,
        q2: scores.and_then(|s| s.q2),
        rmse: scores.map(|s| s.rmse),
        mape: scores.and_then(|s| s.mape),
        median_relative_error: scores.and_then(|s| s.median),
        p95_relative_error: scores.and_then(|s| s.p95),
        coverage: scores.map(|s| s.coverage),
        n: scores.map_or(0, |s| s.n),
    })
}

/// Writes all files of a training into a folder, the picture where it is wanted.
///
/// # Errors
/// One of them cannot be written.
pub fn write(
    into: &Path,
    model: &PerformanceModel,
    checked: &[Checked],
    points: &[Vec<Value>],
    manifest: &mut Manifest,
    draw: bool,
) -> Result<(), WriteError> {
    std::fs::write(into.join(FILE), model.json())?;
    let mut table = csv::Writer::from_path(into.join("accuracy.csv"))?;
    model.models.iter().flat_map(lines).try_for_each(|line| table.serialize(line))?;
    table.flush()?;
    let mut table = csv::Writer::from_path(into.join("unseen.csv"))?;
    let names = model.space.factors.iter().map(|factor| factor.name.clone());
    let more = ["indicator", "locked", "inside", "observed", "predicted", "low", "high"].map(String::from);
    table.write_record(names.chain(more))?;
    for one in checked {
        let own = model.space.factors.iter().zip(&points[one.point]).map(|(factor, value)| match value {
            Value::Number(number) => number.to_string(),
            word @ Value::Word(_) => factor.shown(*word),
        });
        let s = one.scored;
        let numbers = [s.observed, s.predicted, s.low, s.high].map(|number| number.to_string());
        let more = [one.path.clone(), one.locked.to_string(), one.inside.to_string()];
        table.write_record(own.chain(more).chain(numbers))?;
    }
    table.flush()?;
    manifest.files = [FILE, "accuracy.csv", "unseen.csv", MANIFEST].map(String::from).to_vec();
    let mut pictures = Vec::new();
    if draw {
        let stamp = Stamp { title: manifest.title.clone(), hash: manifest.id.clone(), footnote: basis(model) };
        plot(model, checked).draw(&into.join(PICTURE), &stamp)?;
        manifest.files.push(PICTURE.into());
        let caption = "How large the relative error was on how many of the points that were not trained on".into();
        pictures.push(Picture { file: PICTURE.into(), caption });
    }
    manifest.files.extend([notebook::FILE.to_string(), html::FILE.to_string()]);
    let document = document(model, manifest, pictures);
    document.write(into)?;
    Ok(std::fs::write(into.join(MANIFEST), crate::report::json(manifest))?)
}

fn document(model: &PerformanceModel, manifest: &Manifest, pictures: Vec<Picture>) -> Document {
    let mut basis = vec![basis(model) + "."];
    basis.extend(model.remarks.clone());
    let mut document = Document {
        title: manifest.title.clone(),
        kind: "Prediction models",
        basis,
        pictures,
        data: vec![
            Data::new(
                "accuracy.csv",
                "accuracy",
                "one row for each indicator: in the cross-validation, and on locked points",
            ),
            Data::new(
                "unseen.csv",
                "unseen",
                "each prediction of a point that was not trained on, with what was found",
            ),
        ],
        code: vec![Code {
            about: "The worst predictions:".into(),
            code: "unseen.assign(error=(unseen.predicted / unseen.observed - 1).abs())\
                   .sort_values(\"error\", ascending=False).head(20)"
                .into(),
        }],
        again: vec![manifest.command.clone()],
        manifest: without(manifest, &["threads", "wall_seconds"]),
        ..Document::default()
    };
    document.table("Factors", factor_grid(&model.space));
    document.table("Accuracy of the models", accuracy_grid(model));
    document.table("Families in the cross-validation", family_grid(model));
    document
}

/// Relative errors on unseen points, in order: of locked ones where there are some.
fn plot(model: &PerformanceModel, checked: &[Checked]) -> ResponsePlot {
    let mut series: Vec<(f64, ResponseSeries)> = Vec::new();
    for one in &model.models {
        let locked = one.test.is_some();
        let of = |c: &&Checked| {
            c.path == one.path && c.locked == locked && (!locked || c.inside) && c.scored.observed != 0.0
        };
        let mut errors: Vec<f64> = checked
            .iter()
            .filter(of)
            .map(|c| 100.0 * ((c.scored.predicted - c.scored.observed) / c.scored.observed).abs())
            .collect();
        errors.sort_by(f64::total_cmp);
        let count = errors.len() as f64;
        let points = errors.iter().enumerate().map(|(i, error)| (100.0 * (i as f64 + 1.0) / count, *error)).collect();
        let middle = errors.get(errors.len() / 2).copied().unwrap_or(0.0);
        series.push((middle, ResponseSeries { name: one.path.clone(), points, marker: true, half_widths: None }));
    }
    // Those that are hardest to predict.
    series.sort_by(|a, b| b.0.total_cmp(&a.0));
    ResponsePlot {
        x_label: "Share of the points that were not trained on".into(),
        x_unit: "%".into(),
        y_label: "Relative error".into(),
        y_unit: "%".into(),
        series: series.into_iter().take(DRAWN).map(|(_, series)| series).collect(),
        ..ResponsePlot::default()
    }
}
