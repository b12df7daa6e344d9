//! What is printed and written of a factorial.

use super::design::Effects;
use super::effects::{Analysis, Model, NoEffects, Table, Term, analyse, name};
use super::gains::{Gain, Ratio, gains};
use crate::campaign::export::Point;
use crate::campaign::labels;
use crate::campaign::report::{how, telling};
use crate::campaign::responses::Response;
use crate::campaign::store::manifest::Manifest;
use crate::campaign::store::{StoreError, io_at};
use crate::report::table::Layout;
use crate::report::table::cell::{As, cell};
use crate::report::table::grid::Grid;
use models::units::{format_share, format_share_with_error};
use sim_core::analyse::Estimate;
use std::path::Path;

/// Interactions of more than two treatments are shown from this share of the variation on.
const TELLING: f64 = 0.005;

/// The tables.
pub const FILES: [&str; 2] = ["effects.csv", "gains.csv"];

/// A response taken apart, both ways.
#[derive(Clone, Debug)]
pub struct Taken<'m> {
    /// The response.
    pub response: &'m Response,
    /// Effects that add up, and effects that multiply.
    pub added: Result<Analysis, NoEffects>,
    /// Effects that multiply.
    pub multiplied: Result<Analysis, NoEffects>,
    /// Gains beside what was assumed; of the first response only, where something was assumed of any.
    pub gains: Vec<Gain>,
}

/// Takes all responses apart that tell something.
pub fn take_apart<'m>(manifest: &'m Manifest, effects: &Effects, points: &[Point]) -> Vec<Taken<'m>> {
    let assumed = effects.assumed.iter().any(Option::is_some);
    let first = manifest.responses.first().map(|response| response.path.as_str());
    let one = |response: &'m Response| {
        let table = Table::of(&manifest.design, effects, points, &response.path);
        let confidence = manifest.confidence;
        let gains = match &table {
            Ok(table) if assumed && first == Some(&response.path) => {
                gains(table, effects, confidence).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        Taken {
            response,
            added: table.clone().map(|table| analyse(&table, effects, Model::Additive, confidence)),
            multiplied: table
                .and_then(|table| table.logarithms())
                .map(|table| analyse(&table, effects, Model::Multiplicative, confidence)),
            gains,
        }
    };
    telling(manifest, points).into_iter().map(one).collect()
}

/// What a fraction cannot tell apart, in a line; nothing of a full design.
pub fn resolution(effects: &Effects, layout: Layout) -> String {
    let Some(resolution) = effects.resolution() else { return String::new() };
    let roman = ["", "", "", "III", "IV", "V", "VI", "VII", "VIII"];
    let shown = roman.get(resolution as usize).map_or_else(|| resolution.to_string(), ToString::to_string);
    let meaning = match resolution {
        3 => "single treatments are mixed up with interactions of two",
        4 => "interactions of two are mixed up with each other",
        _ => "single treatments and interactions of two are mixed up with those of more only",
    };
    let (k, p) = (effects.treatments.len(), effects.follows.len());
    format!("{}\n", layout.wrapped(&format!("A fraction 2^({k} - {p}) of resolution {shown}: {meaning}."), 2))
}

/// The terms of an analysis that are shown.
pub fn shown(analysis: &Analysis) -> impl Iterator<Item = &Term> {
    analysis.terms.iter().filter(|term| term.order() <= 2 || term.share.value >= TELLING)
}

/// The table of effects of one response.
pub fn effects(taken: &Taken<'_>, effects: &Effects, layout: Layout) -> String {
    let title = layout.bold(&format!("Effects on {}", taken.response.path));
    let analysis = match &taken.added {
        Ok(analysis) => analysis,
        Err(error) => return format!("{title}\n{}\n", layout.wrapped(&format!("none: {error}"), 2)),
    };
    let how = how(taken.response);
    let grid = effects_grid(taken, analysis, effects);
    let hidden: f64 = analysis.terms.iter().map(|term| term.share.value).sum::<f64>()
        - shown(analysis).map(|term| term.share.value).sum::<f64>()
        + analysis.others;
    let rest = format!(
        "mean {}; other interactions explain {}, what replications have in common {}, the rest {}",
        cell(Some(analysis.mean), how),
        format_share(hidden.max(0.0)),
        format_share(analysis.replications),
        format_share(analysis.residual)
    );
    let multiplied = match &taken.multiplied {
        Ok(found) => {
            let interactions: f64 =
                found.terms.iter().filter(|term| term.order() > 1).map(|term| term.share.value).sum::<f64>()
                    + found.others;
            format!(
                "{}. If effects multiplied, interactions of the logarithm would explain nothing: they explain {}",
                rest,
                format_share(interactions)
            )
        }
        Err(error) => format!("{rest}. No factors: {error}"),
    };
    format!("{title}\n{}{}\n", grid.render(layout), layout.wrapped(&(multiplied + "."), 2))
}

/// The cells of the table of effects.
pub fn effects_grid(taken: &Taken<'_>, analysis: &Analysis, effects: &Effects) -> Grid {
    let how = how(taken.response);
    let mut grid = Grid::new(&["treatment", "effect", "explains", "factor", "from", "to", "sure"]);
    for term in shown(analysis) {
        let multiplied = taken.multiplied.as_ref().ok();
        let same = multiplied.and_then(|found| found.terms.iter().find(|other| other.treatments == term.treatments));
        let (factor, ends) = same.map_or((None, None), |term| (Some(term.factor().0), term.factor().1));
        let number = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.3}"));
        let aliases: String = term.aliases.iter().map(|alias| format!(" = {}", name(effects, *alias))).collect();
        grid.row(vec![
            name(effects, term.treatments) + &aliases,
            cell(Some(term.effect), how),
            share(term.share),
            number(factor),
            number(ends.map(|ends| ends.0)),
            number(ends.map(|ends| ends.1)),
            if term.is_sure() { "yes" } else { "" }.to_string(),
        ]);
    }
    grid.without_empty_columns()
}

fn share(estimate: Estimate) -> String {
    match estimate.half_width {
        Some(half_width) => format_share_with_error(estimate.value, half_width),
        None => format_share(estimate.value),
    }
}

/// A factor as a change: 1.25 is "+25.0 %".
pub fn change(factor: f64) -> String {
    format!("{:+.1} %", (factor - 1.0) * 100.0)
}

fn ratio(ratio: Option<Ratio>) -> String {
    match ratio {
        None => "-".to_string(),
        Some(Ratio { value, ends: None }) => change(value),
        Some(Ratio { value, ends: Some((low, high)) }) => {
            format!("{} ({:+.1} to {:+.1})", change(value), (low - 1.0) * 100.0, (high - 1.0) * 100.0)
        }
    }
}

/// The table of gains beside what was assumed.
pub fn gains_table(taken: &Taken<'_>, layout: Layout) -> String {
    let title = layout.bold(&format!("Changes of {}, assumed and measured", taken.response.path));
    let Some(all) = taken.gains.last() else { return String::new() };
    let mut out = format!("{title}\n{}", gains_grid(taken).render(layout));
    if let (Some(compounded), Some(measured)) = (all.compounded, all.measured) {
        let text = format!(
            "Measured one by one and multiplied the changes would come to {}; together they come to {}.",
            ratio(Some(compounded)),
            ratio(Some(measured))
        );
        out += &layout.wrapped(&text, 2);
        out.push('\n');
    }
    out
}

/// Its cells.
pub fn gains_grid(taken: &Taken<'_>) -> Grid {
    let mut grid = Grid::new(&["treatment", "assumed", "measured", "on average"]);
    let Some((all, single)) = taken.gains.split_last() else { return grid };
    let assumed = |gain: Option<f64>| gain.map_or("-".to_string(), change);
    for gain in single {
        grid.row(vec![gain.name.clone(), assumed(gain.assumed), ratio(gain.measured), ratio(gain.compounded)]);
    }
    grid.row(vec![all.name.clone(), assumed(all.assumed), ratio(all.measured), String::new()]);
    grid
}

/// Writes the tables; gives the names of those that there are.
///
/// # Errors
/// A table cannot be written.
pub fn write(folder: &Path, effects: &Effects, taken: &[Taken<'_>]) -> Result<Vec<String>, StoreError> {
    let mut rows = vec![
        [
            "response",
            "unit",
            "model",
            "term",
            "order",
            "also",
            "effect",
            "half_width",
            "share",
            "share_half_width",
            "n",
        ]
        .map(str::to_string)
        .to_vec(),
    ];
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for one in taken {
        for (model, analysis) in [("additive", &one.added), ("multiplicative", &one.multiplied)] {
            let Ok(analysis) = analysis else { continue };
            // The logarithm has no unit.
            let unit = if analysis.model == Model::Additive { one.response.unit.clone() } else { String::new() };
            let mut row = |term: String, order: u32, also: String, effect: Option<Estimate>, share: Estimate| {
                rows.push(vec![
                    one.response.path.clone(),
                    unit.clone(),
                    model.to_string(),
                    term,
                    order.to_string(),
                    also,
                    number(effect.map(|effect| effect.value)),
                    number(effect.and_then(|effect| effect.half_width)),
                    share.value.to_string(),
                    number(share.half_width),
                    effect.map_or(share.n, |effect| effect.n).to_string(),
                ]);
            };
            for term in &analysis.terms {
                let also: Vec<String> = term.aliases.iter().map(|alias| name(effects, *alias)).collect();
                row(name(effects, term.treatments), term.order(), also.join("; "), Some(term.effect), term.share);
            }
            for (term, share) in [
                ("(others)", analysis.others),
                ("(replications)", analysis.replications),
                ("(rest)", analysis.residual),
            ] {
                row(term.to_string(), 0, String::new(), None, Estimate { value: share, half_width: None, n: 0 });
            }
        }
    }
    let mut files = vec![FILES[0].to_string()];
    write_table(&folder.join(FILES[0]), &rows)?;
    if let Some(one) = taken.iter().find(|one| !one.gains.is_empty()) {
        let head = ["response", "treatment", "assumed", "measured", "low", "high", "compounded", "compounded_low"];
        let mut rows = vec![head.map(str::to_string).to_vec()];
        rows[0].push("compounded_high".into());
        for gain in &one.gains {
            let mut row = vec![one.response.path.clone(), gain.name.clone(), number(gain.assumed)];
            for ratio in [gain.measured, gain.compounded] {
                let ends = ratio.and_then(|ratio| ratio.ends);
                row.extend([
                    number(ratio.map(|ratio| ratio.value)),
                    number(ends.map(|ends| ends.0)),
                    number(ends.map(|ends| ends.1)),
                ]);
            }
            rows.push(row);
        }
        write_table(&folder.join(FILES[1]), &rows)?;
        files.push(FILES[1].to_string());
    }
    Ok(files)
}

fn write_table(path: &Path, rows: &[Vec<String>]) -> Result<(), StoreError> {
    let failed = io_at(path);
    let mut writer = csv::Writer::from_path(path).map_err(|error| failed(error.into()))?;
    rows.iter().try_for_each(|row| writer.write_record(row)).map_err(|error| failed(error.into()))?;
    writer.flush().map_err(failed)
}

/// A response taken apart, for programs.
pub fn json(effects: &Effects, taken: &[Taken<'_>]) -> serde_json::Value {
    let analysis = |analysis: &Result<Analysis, NoEffects>| match analysis {
        Err(error) => serde_json::json!({ "error": error.to_string() }),
        Ok(found) => {
            let term = |term: &Term| serde_json::json!({ "term": name(effects, term.treatments), "effect": term.effect, "share": term.share });
            serde_json::json!({
                "mean": found.mean,
                "terms": found.terms.iter().map(term).collect::<Vec<_>>(),
                "replications": found.replications,
                "residual": found.residual,
            })
        }
    };
    let gain = |gain: &Gain| {
        serde_json::json!({
            "treatment": gain.name,
            "assumed": gain.assumed,
            "measured": gain.measured.map(|ratio| ratio.value),
            "compounded": gain.compounded.map(|ratio| ratio.value),
        })
    };
    let one = |one: &Taken<'_>| {
        serde_json::json!({
            "response": one.response.path,
            "additive": analysis(&one.added),
            "multiplicative": analysis(&one.multiplied),
            "gains": one.gains.iter().map(gain).collect::<Vec<_>>(),
        })
    };
    serde_json::Value::Array(taken.iter().map(one).collect())
}

/// What a response is called, in a title.
pub fn title(taken: &Taken<'_>) -> String {
    labels::response(&taken.response.path)
}

/// Whether a response is a share.
pub fn is_share(taken: &Taken<'_>) -> bool {
    matches!(how(taken.response), As::Share)
}
