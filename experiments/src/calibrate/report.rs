//! What a calibration prints and stores.

use super::bootstrap::{CONFIDENCE, Intervals, grid};
use super::family::TABLE;
use super::fit::{Comparison, Entry, quantities};
use super::law::Law;
use super::setting::counted;
use crate::report::document::{Code, Data, Document, Picture, without};
use crate::report::plot::Stamp;
use crate::report::plot::fit::{FitCurve, FitPlot};
use crate::report::table::Layout;
use crate::report::table::grid::Grid;
use crate::report::{WriteError, html, notebook};
use crate::store::staging::MANIFEST;
use models::spec::{LoadKind, Weights};
use serde::Serialize;
use std::path::Path;

/// The picture.
const PICTURE: &str = "fit.png";
/// The data as they were read.
pub const DATA: &str = "data.csv";
/// The law to paste.
const LAW: &str = "law.ron";
/// The study with the law in it.
pub const STUDY: &str = "experiment.ron";
/// Curves in the picture.
const DRAWN: usize = 5;
/// Curves that miss the points by so many times as much as the chosen one are left out.
const FAR: f64 = 4.0;

/// A calibration that is done.
pub struct Calibration {
    /// The fits.
    pub comparison: Comparison,
    /// Their intervals, in the order of the entries.
    pub intervals: Vec<Intervals>,
    /// A study that takes the law, with it.
    pub study: Option<StudyWithLaw>,
}

/// A study with the fitted law in it.
pub struct StudyWithLaw {
    /// Its text, as it is stored.
    pub text: String,
    /// The field that took the law.
    pub into: String,
    /// The law, and its family.
    pub law: (String, &'static str),
    /// Files that it reads: (name, content).
    pub inputs: Vec<(String, Vec<u8>)>,
}

/// What the figures follow from.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// What it is about.
    pub title: String,
    /// The file that was named.
    pub file: String,
    /// The data.
    pub data: String,
    /// A hash of all that the figures follow from.
    pub id: String,
    /// Version of loadgraph.
    pub version: String,
    /// Commit that it was built from, if known.
    pub commit: Option<String>,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Resamples.
    pub resamples: u64,
    /// What was drawn again.
    pub resample: String,
    /// The command that does it again.
    pub command: String,
    /// Threads.
    pub threads: usize,
    /// Real time that it took \[s\].
    pub wall_seconds: f64,
    /// The files of this result.
    pub files: Vec<String>,
}

/// A parameter as programs have it.
#[derive(Clone, Debug, Serialize)]
pub struct ParameterRow {
    /// Its name.
    pub name: &'static str,
    /// Its value; none where it is infinite.
    pub value: Option<f64>,
    /// Low end of its interval.
    pub low: Option<f64>,
    /// High end of its interval.
    pub high: Option<f64>,
    /// Whether it follows from others.
    pub derived: bool,
}

/// A family as programs have it.
#[derive(Clone, Debug, Serialize)]
pub struct FamilyRow {
    /// Its name.
    pub family: &'static str,
    /// Its formula.
    pub formula: &'static str,
    /// Whether it was chosen.
    pub chosen: bool,
    /// Why it was not fitted.
    pub not_fitted: Option<String>,
    /// Parameters that were fitted.
    pub fitted_parameters: usize,
    /// What it says.
    pub parameters: Vec<ParameterRow>,
    /// Weighted sum of squares.
    pub sum_of_squares: Option<f64>,
    /// Root of the mean squared error.
    pub rmse: Option<f64>,
    /// Share of the variance that it explains.
    pub r2: Option<f64>,
    /// Corrected criterion of Akaike.
    pub aicc: Option<f64>,
    /// Difference to the least.
    pub delta: Option<f64>,
    /// Weight of evidence.
    pub weight: Option<f64>,
    /// Resamples that could be fitted.
    pub resamples: u64,
    /// What is to be pasted.
    pub law: Option<Law>,
}

/// What `results.json` holds, and what `--json` prints.
#[derive(Debug, Serialize)]
pub struct Figures<'r> {
    /// The data.
    pub data: &'r str,
    /// The column of load.
    pub load: &'r str,
    /// What it counts.
    pub load_is: LoadKind,
    /// The column of the response.
    pub response: &'r str,
    /// What it is.
    pub kind: models::spec::ResponseKind,
    /// Points.
    pub points: usize,
    /// The load that is 100 %.
    pub full: f64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// The family that was chosen.
    pub chosen: &'static str,
    /// What is to be pasted, if there is such a law.
    pub law: Option<Law>,
    /// All families.
    pub families: Vec<FamilyRow>,
    /// The points as a law.
    pub table: Option<Law>,
    /// What is to be known beside.
    pub remarks: Vec<String>,
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

impl Calibration {
    fn chosen(&self) -> &'static str {
        self.comparison.choice().map_or(TABLE, |(family, _)| family.name())
    }

    fn rows(&self) -> Vec<FamilyRow> {
        let setting = &self.comparison.setting;
        let row = |(i, entry): (usize, &Entry)| {
            let fitted = entry.fitted.as_ref().ok();
            let intervals = &self.intervals[i];
            let parameters = quantities(setting, entry).into_iter().enumerate().map(|(k, q)| {
                let ends = intervals.quantities.get(k);
                ParameterRow {
                    name: q.name,
                    value: finite(q.value),
                    low: ends.and_then(|ends| finite(ends.0)),
                    high: ends.and_then(|ends| finite(ends.1)),
                    derived: q.derived,
                }
            });
            FamilyRow {
                family: entry.family.name(),
                formula: entry.family.formula(setting),
                chosen: self.comparison.chosen == Some(i),
                not_fitted: entry.fitted.as_ref().err().cloned(),
                fitted_parameters: entry.family.parameters(setting),
                parameters: parameters.collect(),
                sum_of_squares: fitted.map(|f| f.sum_of_squares),
                rmse: fitted.map(|f| f.rmse),
                r2: fitted.and_then(|f| f.r2),
                aicc: fitted.and_then(|f| f.aicc),
                delta: fitted.and_then(|f| f.delta),
                weight: fitted.and_then(|f| f.weight),
                resamples: intervals.fitted,
                law: fitted.and_then(|f| entry.family.law(setting, &f.parameters).ok()),
            }
        };
        self.comparison.entries.iter().enumerate().map(row).collect()
    }

    fn remarks(&self, manifest: &Manifest) -> Vec<String> {
        let mut all = self.comparison.remarks.clone();
        if let Err(why) = self.comparison.law() {
            all.push(format!("{} cannot be written as a law: {why}", self.chosen()));
        }
        for (entry, intervals) in self.comparison.entries.iter().zip(&self.intervals) {
            if intervals.fitted > 0 && intervals.fitted < manifest.resamples * 9 / 10 {
                all.push(format!(
                    "the intervals of {} rest on {} of {} resamples: the others could not be fitted",
                    entry.family.name(),
                    intervals.fitted,
                    manifest.resamples
                ));
            }
        }
        if let Some(study) = &self.study {
            all.push(format!("`{}` of {STUDY} has taken {} ({})", study.into, study.law.0, study.law.1));
        }
        all
    }

    /// What a program is told.
    pub fn figures<'r>(&'r self, manifest: &'r Manifest) -> Figures<'r> {
        let setting = &self.comparison.setting;
        Figures {
            data: &manifest.data,
            load: &setting.load_name,
            load_is: setting.load,
            response: &setting.response_name,
            kind: setting.kind,
            points: self.comparison.points.len(),
            full: setting.full,
            confidence: CONFIDENCE,
            chosen: self.chosen(),
            law: self.comparison.law().ok(),
            families: self.rows(),
            table: self.comparison.table.clone().ok(),
            remarks: self.remarks(manifest),
        }
    }

    fn basis(&self, manifest: &Manifest) -> String {
        let setting = &self.comparison.setting;
        let weights = match setting.weights {
            Weights::Equal => "all points weigh alike",
            Weights::Relative => "errors relative to the response",
        };
        format!(
            "{} points of {}, {} over {} ({}); {weights}; {:.0} % intervals from {} resamples of {}, seed {}",
            self.comparison.points.len(),
            manifest.data,
            setting.response_name,
            setting.load_name,
            counted(setting.load),
            100.0 * CONFIDENCE,
            manifest.resamples,
            manifest.resample,
            manifest.seed
        )
    }
}

impl Figures<'_> {
    /// As JSON, with a line break at the end.
    pub fn json(&self) -> String {
        crate::report::json(self)
    }
}

/// A number with so many digits that count.
fn short(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    if !value.is_finite() {
        return "none".to_string();
    }
    let size = value.abs().log10().floor() as i32;
    match size {
        -4..=6 => format!("{value:.*}", (digits as i32 - 1 - size).max(0) as usize),
        _ => format!("{value:.*e}", digits - 1),
    }
}

fn optional(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_string(), |value| short(value, digits))
}

fn family_grid(rows: &[FamilyRow]) -> Grid {
    let mut grid = Grid::new(&["family", "", "parameters", "rmse", "R2", "AICc", "difference", "weight"]);
    grid.texts = 2;
    for row in rows.iter().filter(|row| row.not_fitted.is_none()) {
        let fixed = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_string(), |value| format!("{value:.digits$}"))
        };
        grid.row(vec![
            row.family.into(),
            if row.chosen { "chosen".into() } else { String::new() },
            row.fitted_parameters.to_string(),
            optional(row.rmse, 4),
            fixed(row.r2, 5),
            fixed(row.aicc, 2),
            fixed(row.delta, 2),
            fixed(row.weight, 3),
        ]);
    }
    grid
}

fn parameter_grid(rows: &[FamilyRow]) -> Grid {
    let mut grid = Grid::new(&["family", "parameter", "value", "low", "high"]);
    grid.texts = 2;
    // The chosen one first.
    let mut rows: Vec<&FamilyRow> = rows.iter().collect();
    rows.sort_by_key(|row| !row.chosen);
    for row in rows {
        for p in &row.parameters {
            let name = if p.derived { format!("  {}", p.name) } else { p.name.to_string() };
            let end = |end: Option<f64>| {
                if row.resamples == 0 { "-".to_string() } else { short(end.unwrap_or(f64::INFINITY), 5) }
            };
            grid.row(vec![
                row.family.into(),
                name,
                short(p.value.unwrap_or(f64::INFINITY), 5),
                end(p.low),
                end(p.high),
            ]);
        }
    }
    grid
}

/// The formula of each family that was fitted.
fn formulas(rows: &[FamilyRow]) -> Grid {
    let mut grid = Grid::new(&["family", "formula"]);
    grid.texts = 2;
    rows.iter()
        .filter(|row| row.not_fitted.is_none())
        .for_each(|row| grid.row(vec![row.family.into(), row.formula.into()]));
    grid
}

fn not_fitted(rows: &[FamilyRow]) -> Option<String> {
    let all: Vec<String> =
        rows.iter().filter_map(|row| row.not_fitted.as_ref().map(|why| format!("{} ({why})", row.family))).collect();
    (!all.is_empty()).then(|| format!("Not fitted: {}", all.join("; ")))
}

/// The law to paste, with what it means, as text of a file.
fn law_text(calibration: &Calibration) -> String {
    match calibration.comparison.law() {
        Ok(law) => format!("{}\n// {}\n", law.ron, law.note),
        Err(why) => format!("// {} cannot be written as a law: {why}\n", calibration.chosen()),
    }
}

/// What is printed for people.
pub fn text(calibration: &Calibration, manifest: &Manifest, layout: Layout) -> String {
    let rows = calibration.rows();
    let mut parts =
        vec![format!("{}\n{}\n", layout.bold(&manifest.title), layout.wrapped(&calibration.basis(manifest), 2))];
    if !rows.is_empty() {
        parts.push(format!("{}\n{}", layout.bold("Families"), family_grid(&rows).render(layout)));
        parts.push(format!("{}\n{}", layout.bold("Formulas"), formulas(&rows).render(layout)));
        parts.push(format!("{}\n{}", layout.bold("Parameters"), parameter_grid(&rows).render(layout)));
    }
    if let Some(line) = not_fitted(&rows) {
        parts.push(layout.wrapped(&line, 2) + "\n");
    }
    let law = calibration.comparison.law();
    let ron = match &law {
        Ok(law) => {
            format!("{}\n{}\n", law.ron, layout.wrapped(&format!("// {}", law.note), 3).replace("\n   ", "\n// "))
        }
        Err(why) => format!("none: {why}\n"),
    };
    parts.push(format!("{}\n{ron}", layout.bold(&format!("To paste: {}", calibration.chosen()))));
    let remarks = calibration.remarks(manifest);
    if !remarks.is_empty() {
        let lines: Vec<String> = remarks.iter().map(|remark| layout.wrapped(&format!("- {remark}"), 2)).collect();
        parts.push(lines.join("\n") + "\n");
    }
    parts.join("\n")
}

/// Where the results are.
pub fn written(manifest: &Manifest, place: &str, layout: Layout) -> String {
    format!("{} {place}\n{}\n", layout.bold("Results in"), layout.wrapped(&manifest.files.join(", "), 2))
}

#[derive(Serialize)]
struct Line<'a> {
    family: &'a str,
    chosen: bool,
    parameter: &'a str,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    sum_of_squares: Option<f64>,
    aicc: Option<f64>,
    difference: Option<f64>,
}

#[derive(Serialize)]
struct PointLine<'a> {
    family: &'a str,
    load: f64,
    response: f64,
    fitted: f64,
    residual: f64,
}

/// Writes all files of a result into a folder, the picture where it is wanted.
///
/// # Errors
/// One of them cannot be written.
pub fn write(
    into: &Path,
    calibration: &Calibration,
    manifest: &mut Manifest,
    data: &str,
    draw: bool,
) -> Result<(), WriteError> {
    let rows = calibration.rows();
    let mut table = csv::Writer::from_path(into.join("results.csv"))?;
    for row in &rows {
        for p in &row.parameters {
            table.serialize(Line {
                family: row.family,
                chosen: row.chosen,
                parameter: p.name,
                value: p.value,
                low: p.low,
                high: p.high,
                sum_of_squares: row.sum_of_squares,
                aicc: row.aicc,
                difference: row.delta,
            })?;
        }
    }
    table.flush()?;
    let points = &calibration.comparison.points;
    let mut table = csv::Writer::from_path(into.join("fits.csv"))?;
    for entry in &calibration.comparison.entries {
        let Ok(fitted) = &entry.fitted else { continue };
        for ((load, response), value) in points.load.iter().zip(&points.response).zip(&fitted.values) {
            let (family, residual) = (entry.family.name(), response - value);
            table.serialize(PointLine { family, load: *load, response: *response, fitted: *value, residual })?;
        }
    }
    table.flush()?;
    std::fs::write(into.join("results.json"), calibration.figures(manifest).json())?;
    std::fs::write(into.join(DATA), data)?;
    let law = law_text(calibration);
    std::fs::write(into.join(LAW), &law)?;
    manifest.files = ["results.csv", "fits.csv", "results.json", DATA, LAW, MANIFEST].map(String::from).to_vec();
    let mut sources = vec![(LAW.to_string(), law)];
    if let Some(study) = &calibration.study {
        std::fs::write(into.join(STUDY), &study.text)?;
        manifest.files.push(STUDY.into());
        sources.push((STUDY.to_string(), study.text.clone()));
        for (name, content) in &study.inputs {
            std::fs::write(into.join(name), content)?;
            manifest.files.push(name.clone());
        }
    }
    let mut pictures = Vec::new();
    if draw {
        let stamp = Stamp {
            title: manifest.title.clone(),
            hash: manifest.id.clone(),
            footnote: format!(
                "{} points; band: {:.0} % of {} resamples of {}",
                points.len(),
                100.0 * CONFIDENCE,
                manifest.resamples,
                manifest.resample
            ),
        };
        plot(calibration).draw(&into.join(PICTURE), &stamp)?;
        manifest.files.push(PICTURE.into());
        let caption = "What was measured, the fitted curves, the chosen one with its band, and what they leave".into();
        pictures.push(Picture { file: PICTURE.into(), caption });
    }
    manifest.files.extend([notebook::FILE.to_string(), html::FILE.to_string()]);
    let document = document(calibration, manifest, &rows, pictures, sources);
    document.write(into)?;
    Ok(std::fs::write(into.join(MANIFEST), crate::report::json(manifest))?)
}

fn document(
    calibration: &Calibration,
    manifest: &Manifest,
    rows: &[FamilyRow],
    pictures: Vec<Picture>,
    sources: Vec<(String, String)>,
) -> Document {
    let mut basis = vec![calibration.basis(manifest) + "."];
    basis.extend(not_fitted(rows).map(|line| line + "."));
    basis.extend(calibration.remarks(manifest));
    let mut document = Document {
        title: manifest.title.clone(),
        kind: "Calibration",
        basis,
        pictures,
        data: vec![
            Data::new("results.csv", "results", "one row for each family and parameter, with intervals"),
            Data::new("fits.csv", "fits", "one row for each family and point: measured, fitted, residual"),
        ],
        code: vec![Code {
            about: "What each family leaves, by load:".into(),
            code: "fits.pivot_table(index=\"load\", columns=\"family\", values=\"residual\").round(4)".into(),
        }],
        sources,
        again: vec![manifest.command.clone()],
        manifest: without(manifest, &["threads", "wall_seconds"]),
        ..Document::default()
    };
    document.table("Families", family_grid(rows));
    document.table("Formulas", formulas(rows));
    document.table("Parameters", parameter_grid(rows));
    document
}

fn plot(calibration: &Calibration) -> FitPlot {
    let Comparison { setting, points, entries, chosen, .. } = &calibration.comparison;
    let far = calibration.comparison.choice().map_or(f64::MAX, |(_, fitted)| FAR * fitted.rmse);
    let near = |i: &usize| entries[*i].fitted.as_ref().is_ok_and(|fitted| fitted.rmse <= far) || Some(*i) == *chosen;
    let mut order: Vec<usize> = (0..entries.len()).filter(near).collect();
    let delta = |i: &usize| entries[*i].fitted.as_ref().ok().and_then(|f| f.delta).unwrap_or(f64::MAX);
    order.sort_by(|a, b| (Some(*a) != *chosen).cmp(&(Some(*b) != *chosen)).then(delta(a).total_cmp(&delta(b))));
    let places = grid(points);
    let curves = order.iter().take(DRAWN).filter_map(|i| {
        let (entry, fitted) = (&entries[*i], entries[*i].fitted.as_ref().ok()?);
        let value = |load: &f64| (*load, entry.family.value(setting, *load, &fitted.parameters));
        let left = points.load.iter().zip(&points.response).zip(&fitted.values);
        Some(FitCurve {
            name: entry.family.name().to_string(),
            points: places.iter().map(value).collect(),
            band: if Some(*i) == *chosen { calibration.intervals[*i].curve.clone() } else { Vec::new() },
            residuals: left.map(|((load, y), value)| (*load, y - value)).collect(),
        })
    });
    let curves: Vec<FitCurve> = if chosen.is_some() {
        curves.collect()
    } else {
        vec![FitCurve { name: TABLE.into(), points: points.means(), ..FitCurve::default() }]
    };
    let peak = calibration.comparison.choice().and_then(|(family, fitted)| {
        let all = family.quantities(setting, &fitted.parameters);
        all.into_iter().find(|q| q.name == "peak_load").map(|q| q.value)
    });
    let label = |name: &str| {
        let name = name.split(['[', '(']).next().unwrap_or(name).trim().replace('_', " ");
        let mut rest = name.chars();
        rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect::<String>())
    };
    FitPlot {
        x_label: label(&setting.load_name),
        x_unit: match setting.load {
            LoadKind::Users => String::new(),
            LoadKind::Percent => "%".into(),
            LoadKind::Rate => "1/s".into(),
        },
        y_label: label(&setting.response_name),
        y_unit: if setting.is_latency() { "s".into() } else { setting.unit.clone() },
        points: points.load.iter().copied().zip(points.response.iter().copied()).collect(),
        curves,
        mark: peak.filter(|peak| *peak <= points.greatest()).map(|peak| (peak, format!("peak at {}", short(peak, 3)))),
    }
}
