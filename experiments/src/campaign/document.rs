//! The document of a campaign: what its notebook and its page say.

use super::export::{self, Point};
use super::factorial::report::{Taken, effects_grid, gains_grid, title};
use super::store::manifest::{Kind, Manifest};
use super::{labels, report};
use crate::report::document::{Code, Data, Document, Picture, quoted, without};
use crate::report::{html, notebook};
use crate::store::stored::Remark;
use std::io;
use std::path::Path;

/// Writes the notebook and the page of a campaign into its folder, in which the pictures lie; gives their names. Nothing in
/// them depends on how often the campaign was interrupted.
///
/// # Errors
/// When they cannot be written, or a picture cannot be read.
pub fn write(
    folder: &Path,
    manifest: &Manifest,
    points: &[Point],
    taken: &[Taken<'_>],
    pictures: &[String],
) -> io::Result<[&'static str; 2]> {
    let document = document(manifest, points, taken, pictures);
    document.write(folder)?;
    Ok([html::FILE, notebook::FILE])
}

fn document(manifest: &Manifest, points: &[Point], taken: &[Taken<'_>], pictures: &[String]) -> Document {
    let (kind, command) = match manifest.kind {
        Kind::Sweep => ("Sweep", "sweep"),
        Kind::Factorial => ("Factorial", "factorial"),
        Kind::Optimise => ("Optimisation", "optimise"),
    };
    let mut all = vec![
        Data::new(
            export::FILES[0],
            "results",
            "one row for each configuration, owner, indicator and statistic, in base units",
        ),
        Data::new(export::FILES[1], "replications", "what each replication of each configuration gave"),
        Data::new(export::FILES[2], "configurations", "one row for each configuration: its levels and its status"),
    ];
    if manifest.effects.is_some() {
        all.push(Data::new("effects.csv", "effects", "the effects of treatments and of their interactions"));
    }
    let factors: Vec<String> = manifest.design.factors().map(labels::levels).collect();
    let mut document = Document {
        title: manifest.title.clone(),
        kind,
        basis: vec![format!("{}.", manifest.basis()), format!("Varied: {}.", factors.join("; "))],
        remarks: report::troubles(points).into_iter().map(remark).collect(),
        pictures: pictures.iter().map(|file| Picture { file: file.clone(), caption: caption(file) }).collect(),
        data: all,
        code: vec![Code {
            about: "The mean of each indicator of the whole system, by configuration:".into(),
            code: "whole = results[(results.scope == \"system\") & (results.statistic == \"mean\")]\n\
                   whole.pivot(index=\"configuration\", columns=\"indicator\", values=\"value\")"
                .into(),
        }],
        sources: vec![("the experiment".into(), manifest.text.clone())],
        again: vec![
            "# the file as it was run stands below; what was varied on the command line is given again".into(),
            format!("loadgraph {command} {}", quoted(&manifest.file)),
        ],
        manifest: without(manifest, &["text"]),
        manifest_file: Some(super::store::manifest::FILE),
        ..Document::default()
    };
    document.table("Configurations", report::grid(manifest, points));
    for one in taken {
        if let (Ok(analysis), Some(effects)) = (&one.added, &manifest.effects) {
            document.table(&format!("Effects on {}", title(one)), effects_grid(one, analysis, effects));
        }
        document.table(&format!("Changes of {}, assumed and measured", title(one)), gains_grid(one));
    }
    document
}

fn remark(text: String) -> Remark {
    Remark { failure: false, text, advice: serde_json::Value::Null }
}

fn caption(file: &str) -> String {
    let name = file.trim_end_matches(".png");
    let (kind, of) = name.split_once('-').unwrap_or((name, ""));
    match kind {
        "response" => format!("{of} with its intervals"),
        "map" => format!("{of} over two factors"),
        "multiples" => format!("{of}, a panel for each level of the further factors"),
        "scatter" => format!("{of} over the sampled factors"),
        "percentiles" => format!("percentiles of the latency of {of}"),
        "pareto" => "what no other configuration beats in both".into(),
        "effects" => format!("effects on {of}, and the variation that they explain"),
        "gains" => "changes that were assumed, beside those measured".into(),
        _ => name.to_string(),
    }
}
