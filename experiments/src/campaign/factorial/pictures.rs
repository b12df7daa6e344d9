//! Pictures of a factorial: effects with their intervals, what explains the variation, assumed gains beside measured ones.

use super::design::Effects;
use super::effects::{Analysis, Term, name};
use super::report::{Taken, is_share, title};
use crate::campaign::store::manifest::Manifest;
use crate::report::plot::gains::{GainsPlot, GainsRow, GainsValue};
use crate::report::plot::indicators::{IndicatorGroup, IndicatorItem, IndicatorPlot};
use crate::report::plot::{PlotError, Stamp};
use crate::store::place::safe;
use sim_core::analyse::Estimate;
use std::path::Path;

/// Terms that are drawn, those with the largest effect first.
const TERMS: usize = 16;
/// Shares of the variation below this are not drawn.
const LEAST_SHARE: f64 = 0.001;

/// Draws the pictures of a factorial into a folder and gives their names.
///
/// # Errors
/// A picture cannot be written.
pub fn draw(
    manifest: &Manifest,
    effects: &Effects,
    taken: &[Taken<'_>],
    folder: &Path,
) -> Result<Vec<String>, PlotError> {
    let stamp = Stamp { title: manifest.title.clone(), hash: manifest.id.clone(), footnote: manifest.basis() };
    let mut files = Vec::new();
    for one in taken {
        if let Ok(analysis) = &one.added {
            let file = format!("effects-{}.png", safe(&one.response.path));
            effects_plot(one, analysis, effects).draw(&folder.join(&file), &stamp)?;
            files.push(file);
        }
        if !one.gains.is_empty() {
            gains_plot(one).draw(&folder.join("gains.png"), &stamp)?;
            files.push("gains.png".to_string());
        }
    }
    Ok(files)
}

fn effects_plot(one: &Taken<'_>, analysis: &Analysis, effects: &Effects) -> IndicatorPlot {
    let (unit, factor) = if is_share(one) { ("%".to_string(), 100.0) } else { (one.response.unit.clone(), 1.0) };
    let mut terms: Vec<&Term> = analysis.terms.iter().collect();
    terms.sort_by(|a, b| b.effect.value.abs().total_cmp(&a.effect.value.abs()));
    terms.truncate(TERMS);
    let item = |term: &&Term, estimate: Estimate, factor: f64| IndicatorItem {
        name: name(effects, term.treatments),
        value: estimate.value * factor,
        half_width: estimate.half_width.map(|half_width| half_width * factor),
        note: None,
    };
    let single = |name: &str, share: f64| IndicatorItem {
        name: name.to_string(),
        value: share * 100.0,
        half_width: None,
        note: None,
    };
    let some = terms.iter().filter(|term| term.share.value >= LEAST_SHARE);
    let mut shares: Vec<IndicatorItem> = some.map(|term| item(term, term.share, 100.0)).collect();
    shares.push(single("replications in common", analysis.replications));
    shares.push(single("the rest", analysis.residual));
    IndicatorPlot {
        heading: "Effects".to_string(),
        groups: vec![
            IndicatorGroup {
                title: format!("{}: change from off to on", title(one)),
                unit,
                items: terms.iter().map(|term| item(term, term.effect, factor)).collect(),
            },
            IndicatorGroup { title: "Variation explained".into(), unit: "%".into(), items: shares },
        ],
    }
}

fn gains_plot(one: &Taken<'_>) -> GainsPlot {
    let row = |gain: &super::gains::Gain| GainsRow {
        name: gain.name.clone(),
        values: [(gain.assumed, None), parts(gain.measured), parts(gain.compounded)],
    };
    GainsPlot {
        heading: format!("{}: change by each treatment, assumed and measured", title(one)),
        names: ["assumed", "measured alone", "on average; all together: singles multiplied"].map(str::to_string),
        rows: one.gains.iter().map(row).collect(),
    }
}

fn parts(ratio: Option<super::gains::Ratio>) -> GainsValue {
    (ratio.map(|ratio| ratio.value), ratio.and_then(|ratio| ratio.ends))
}
