//! What is stored of a calibration: tables, the law, the study with it, the picture, notebook and page.

use super::text::{family_grid, formulas, law_text, not_fitted, parameter_grid, short};
use super::{Calibration, DATA, FamilyRow, Manifest, STUDY};
use crate::calibrate::bootstrap::{CONFIDENCE, grid};
use crate::calibrate::family::TABLE;
use crate::calibrate::fit::Comparison;
use crate::report::document::{Code, Data, Document, Picture, without};
use crate::report::plot::Stamp;
use crate::report::plot::fit::{FitCurve, FitPlot};
use crate::report::{WriteError, html, notebook};
use crate::store::staging::MANIFEST;
use models::spec::LoadKind;
use serde::Serialize;
use std::path::Path;

/// The picture.
const PICTURE: &str = "fit.png";
/// The law to paste.
const LAW: &str = "law.ron";
/// Curves in the picture.
const DRAWN: usize = 5;
/// Curves that miss the points by so many times as much as the chosen one are left out.
const FAR: f64 = 4.0;

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
