//! Reports as text for a terminal of 100 columns.

use super::CheckReport;
use super::compare::Comparison;
use super::stability::{Bound, Demand};
use super::theory::{Kind, Prediction};
use crate::results::{Owner, Scope, indicators};
use models::units::{Dimension, format, format_share, format_share_with_error, format_with_error};

/// Columns of a terminal.
const WIDTH: usize = 100;

/// A text broken into lines that fit, the second and later ones indented.
fn wrap(text: &str, indent: usize) -> String {
    crate::report::table::Layout { width: WIDTH, colour: false }.wrapped(text, indent) + "\n"
}

/// A table with columns as wide as they need; those named in `right` are set flush right.
fn table(head: &[&str], right: &[usize], rows: &[Vec<String>]) -> String {
    let width = |i: usize| {
        let cells = rows.iter().map(|row| row.get(i).map_or(0, |cell| cell.chars().count()));
        cells.chain([head[i].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[&str]| {
        let mut out = String::from(" ");
        for (i, cell) in cells.iter().enumerate() {
            let pad = " ".repeat(widths[i].saturating_sub(cell.chars().count()));
            out.push(' ');
            if right.contains(&i) {
                out.push_str(&pad);
                out.push_str(cell);
            } else {
                out.push_str(cell);
                out.push_str(&pad);
            }
            out.push(' ');
        }
        let mut out: String = out.trim_end().to_string();
        if out.chars().count() > WIDTH {
            out = out.chars().take(WIDTH - 1).chain(['\u{2026}']).collect();
        }
        out.push('\n');
        out
    };
    let mut out = line(head);
    for row in rows {
        out.push_str(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    out
}

/// The dimension of an indicator.
fn dimension(prediction: &Prediction) -> Dimension {
    let owner = if prediction.scope == Scope::Component { Owner::Component(&[]) } else { Owner::System };
    let indicator = match prediction.scope {
        Scope::System => prediction.path.as_str(),
        _ => prediction.path.get(prediction.name.len() + 1..).unwrap_or(""),
    };
    let found = indicators(owner).into_iter().find(|(name, _)| *name == indicator).map(|(_, dimension)| dimension);
    let special = || models::resources::figure(indicator).map(|figure| figure.dimension);
    found.or_else(special).unwrap_or(Dimension::NONE)
}

/// Whether an indicator is a share, shown in percent.
fn is_share(prediction: &Prediction) -> bool {
    ["utilisation", "reliability", "availability"].iter().any(|name| prediction.path.ends_with(name))
}

fn value(prediction: &Prediction) -> String {
    if is_share(prediction) { format_share(prediction.value) } else { format(prediction.value, dimension(prediction)) }
}

fn kind(prediction: &Prediction) -> String {
    match prediction.kind {
        Kind::Exact => format!("exact: {}", prediction.method),
        Kind::Approximate => format!("approximate: {}", prediction.method),
    }
}

fn heading(title: &str) -> String {
    format!("\n{title}\n")
}

impl CheckReport {
    /// The report, for a terminal.
    pub fn text(&self) -> String {
        let mut out = self.structure_text();
        out.push_str(&self.holds_text());
        out.push_str(&self.stability_text());
        if !self.laws.is_empty() {
            out.push_str(&heading("Laws of load"));
            for settling in &self.laws {
                out.push_str(&wrap(&format!("  {}", settling.text()), 2));
            }
        }
        out.push_str(&self.theory_text(None));
        out
    }

    fn structure_text(&self) -> String {
        let structure = &self.structure;
        let mut out = String::from("Structure\n");
        for (kind, names) in &structure.components {
            out.push_str(&wrap(&format!("  {kind}: {}", names.join(", ")), 4));
        }
        for flow in &structure.flows {
            out.push_str(&wrap(&format!("  {} ({}): {}", flow.name, flow.arrivals, flow.path), 4));
            if !flow.visits.is_empty() {
                let visits: Vec<String> =
                    flow.visits.iter().map(|(name, count)| format!("{name} {}", short(*count))).collect();
                out.push_str(&wrap(&format!("    expected visits per request: {}", visits.join(", ")), 6));
            }
        }
        if !structure.links.is_empty() {
            let links: Vec<String> = structure.links.iter().map(|(a, b)| format!("{a} -> {b}")).collect();
            out.push_str(&wrap(&format!("  links: {}", links.join(", ")), 4));
        }
        for (names, least) in &structure.deadlocks {
            let text = format!(
                "  WARNING: {} wait for room at each other. With all {least} places taken they may hold each other up \
                 for ever (deadlock): give one of them no `limit`, or admit fewer requests.",
                names.join(", ")
            );
            out.push_str(&wrap(&text, 2));
        }
        for warning in &self.warnings {
            out.push_str(&wrap(&format!("  warning: {warning}"), 4));
        }
        out
    }

    fn holds_text(&self) -> String {
        let holds = &self.holds;
        let mut out = String::new();
        if holds.flows.is_empty() && holds.violations.is_empty() {
            return out;
        }
        out.push_str(&heading("What is held"));
        for flow in &holds.flows {
            out.push_str(&wrap(&format!("  {flow}"), 4));
        }
        for (pool, enough) in &holds.pools {
            let word = if *enough { "" } else { "WARNING: " };
            out.push_str(&wrap(&format!("  {word}{pool}."), 4));
        }
        for circle in &holds.circles {
            let text = format!(
                "  WARNING: a deadlock may come: {circle}. Take them in one order everywhere, or put a \
                                Timeout around one of the waits."
            );
            out.push_str(&wrap(&text, 2));
        }
        for violation in &holds.violations {
            out.push_str(&wrap(&format!("  MISTAKE of the program, please report it: {violation}."), 2));
        }
        out
    }

    fn stability_text(&self) -> String {
        let mut out = heading("Stability");
        let row = |demand: &Demand| {
            let offered = demand.offered.map_or("as closed flows decide".to_string(), format_share);
            let note = match (demand.is_overloaded(), demand.offered) {
                (true, _) => "NO STEADY STATE",
                (_, Some(offered)) if demand.sheds && offered >= 1.0 => "turns away what it cannot do",
                (_, Some(_)) if demand.laws => "at its nominal rate: see the laws of load",
                (_, Some(offered)) if offered > 0.9 => "close to its capacity: long queues, long runs needed",
                _ => "",
            };
            vec![demand.component.clone(), offered, note.to_string()]
        };
        let rows: Vec<Vec<String>> = self.stability.demands.iter().map(row).collect();
        if !rows.is_empty() {
            out.push_str(&table(&["component", "offered utilisation", ""], &[1], &rows));
        }
        let overloaded: Vec<&Demand> = self.stability.overloaded().collect();
        for demand in &overloaded {
            let offered = demand.offered.unwrap_or(1.0);
            out.push_str(&wrap(
                &format!(
                    "  `{}` is offered {} of what it can do: there is no steady state, its queue grows without end. It \
                     needs {:.2} times its capacity at least, or less load.",
                    demand.component,
                    format_share(offered),
                    offered
                ),
                2,
            ));
        }
        if overloaded.is_empty()
            && let Some(bottleneck) = self.stability.bottleneck()
            && !bottleneck.laws
            && let Some(offered) = bottleneck.offered
        {
            let room = if offered < 1.0 {
                format!("; the load could grow by a factor of {:.3} before it is full", 1.0 / offered)
            } else {
                String::new()
            };
            out.push_str(&wrap(&format!("  The bottleneck is `{}`{room}.", bottleneck.component), 2));
        }
        for degree in &self.stability.degrees {
            let text = format!(
                "  `{}` does most with {} requests at once, {} times as much as with one: more slow each other down.",
                degree.component,
                degree.best,
                short(degree.gain)
            );
            out.push_str(&wrap(&text, 2));
        }
        for bound in &self.stability.bounds {
            out.push_str(&wrap(&bound_text(bound), 2));
        }
        out
    }

    /// What theory predicts, beside a simulation where there is one.
    pub(super) fn theory_text(&self, simulated: Option<&[Comparison]>) -> String {
        let mut out = heading("Theory");
        let theory = &self.theory;
        if theory.predictions.is_empty() {
            out.push_str("  No closed form was found.\n");
        } else if let Some(comparisons) = simulated {
            let rows: Vec<Vec<String>> = comparisons.iter().map(comparison_row).collect();
            let head = ["indicator", "theory", "simulation", "off by", "method"];
            out.push_str(&table(&head, &[1, 2, 3], &rows));
            let off = comparisons.iter().filter(|c| c.is_off()).count();
            let exact = comparisons.iter().filter(|c| c.prediction.kind == Kind::Exact).count();
            let text = match (off, exact) {
                (_, 0) => "  None of these is exact: differences are to be expected.".to_string(),
                (0, _) => "  All exact values agree with the simulation (`off by` counts half-widths; of approximate ones it is \
                           the difference in percent of the simulated)."
                    .to_string(),
                (off, _) => format!(
                    "  {off} exact values are over 3 half-widths off (marked !): the run may be too short or its warm-up \
                     too small; otherwise report it as a mistake of the program."
                ),
            };
            out.push_str(&wrap(&text, 2));
        } else {
            let row = |p: &Prediction| vec![p.path.clone(), value(p), kind(p)];
            let rows: Vec<Vec<String>> = theory.predictions.iter().map(row).collect();
            out.push_str(&table(&["indicator", "value", "method"], &[1], &rows));
        }
        for (what, why) in &theory.declined {
            let close = theory.predictions.iter().any(|p| p.name == *what && p.kind == Kind::Approximate);
            let word = if close { "exact" } else { "closed" };
            out.push_str(&wrap(&format!("  No {word} form for `{what}`: {why}."), 4));
        }
        for overloaded in &theory.overloaded {
            let share = format_share(overloaded.offered);
            out.push_str(&wrap(&format!("  `{}` is offered {share} of what it can do.", overloaded.component), 4));
        }
        out
    }
}

fn bound_text(bound: &Bound) -> String {
    let rate = |value: f64| format(value, Dimension::RATE);
    let mut text =
        format!("  `{}`: its {} users can reach at most {}", bound.flow, bound.users, rate(bound.throughput));
    if let Some((name, most)) = &bound.bottleneck {
        text.push_str(&format!("; `{name}` limits them to {} from about {:.1} users on", rate(*most), bound.knee));
    }
    text.push_str(&format!(" (a round takes {} without waiting).", format(bound.round, Dimension::TIME)));
    text
}

fn comparison_row(comparison: &Comparison) -> Vec<String> {
    let prediction = &comparison.prediction;
    let estimate = &comparison.estimate;
    let simulated = match (estimate.half_width, is_share(prediction)) {
        (Some(half_width), true) => format_share_with_error(estimate.value, half_width),
        (Some(half_width), false) => format_with_error(estimate.value, half_width, dimension(prediction)),
        (None, true) => format_share(estimate.value),
        (None, false) => format(estimate.value, dimension(prediction)),
    };
    let off = comparison.half_widths.map_or(String::new(), |n| match (prediction.kind, comparison.error()) {
        (Kind::Approximate, Some(error)) if error.abs() < 10.0 => format!("{:+.1} %", 100.0 * error),
        (Kind::Approximate, _) => "far".to_string(),
        (Kind::Exact, _) => format!(
            "{}{}",
            if comparison.is_off() { "! " } else { "" },
            if n.is_finite() { format!("{n:+.1}") } else { "?".into() }
        ),
    });
    vec![prediction.path.clone(), value(prediction), simulated, off, kind(prediction)]
}

fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
