//! What an optimisation prints: the recommendation, what it rests on, and what would change it.

use super::confirm::{Confirmed, change, gap};
use super::goal::{Goal, INDICATORS, less_is_better, word};
use super::judge::Judged;
use super::screen::Dropped;
use super::select::Fate;
use super::sensitivity;
use super::trial::Stage;
use super::{Outcome, Problem};
use crate::report::table::Layout;
use crate::report::table::cell::{As, cell};
use crate::report::table::grid::Grid;
use crate::study::Study;
use models::spec::Procedure;
use models::units::{Dimension, format};
use sim_core::analyse::Estimate;

/// Candidates that are printed; all are in the table.
const PRINTED: usize = 20;

/// Why theory has dropped a configuration.
pub fn why(dropped: &Dropped, goal: &Goal) -> String {
    match dropped {
        Dropped::Overloaded { component, offered } => {
            format!("no steady state: `{component}` is offered {:.3} of what it can do", offered)
        }
        Dropped::Refused(message) => message.clone(),
        Dropped::Outside { constraint } => format!("misses `{}`", goal.constraints[*constraint].text),
        Dropped::Worse { objective } => format!("far worse by theory: objective {objective:.4}"),
        Dropped::Misses { constraint, excess } => {
            format!("misses `{}` by {:.0} % of its bound by theory", goal.constraints[*constraint].text, 100.0 * excess)
        }
    }
}

/// What became of a candidate, in a few words.
pub fn fate(problem: &Problem, outcome: &Outcome, number: usize) -> String {
    let candidate = &outcome.selection.candidates[number];
    match &candidate.fate {
        Fate::Best => "recommended".into(),
        Fate::Worse(_) => {
            let value = |number: usize| outcome.selection.candidates[number].judged.estimate(problem.confidence);
            let best = outcome.selection.best.and_then(value);
            let near = best.zip(value(number)).is_some_and(|(best, own)| own.value - best.value < problem.goal.delta);
            if near { "within delta".into() } else { "worse".into() }
        }
        Fate::Misses(constraint) => format!("misses {}", problem.goal.constraints[*constraint].text),
        Fate::Broken(_) => "no steady state".into(),
        Fate::Undecided => "not decided whether it meets the bounds".into(),
        Fate::AsGood if outcome.selection.complete => "as good, within delta".into(),
        Fate::AsGood => "not shown to be worse".into(),
    }
}

/// The head: what was optimised.
pub fn header(study: &Study, problem: &Problem, layout: Layout) -> String {
    format!("{}\n{}\n", layout.bold(&study.title()), layout.wrapped(&summary(study, problem), 2))
}

/// What was optimised, in a line.
pub fn summary(study: &Study, problem: &Problem) -> String {
    let goal = &problem.goal;
    let weighted = (0..5).filter(|i| goal.objective.weights[*i] > 0.0);
    let mut parts: Vec<String> = weighted.map(|i| format!("{} {}", goal.objective.weights[i], word(i))).collect();
    if let Some(cost) = &goal.objective.cost {
        parts.push(format!("the cost {}", cost.text));
    }
    let bounds: Vec<&str> = goal.constraints.iter().map(|constraint| constraint.text.as_str()).collect();
    let bounds = if bounds.is_empty() { String::new() } else { format!("; subject to {}", bounds.join(", ")) };
    format!(
        "{}: the least of {}{bounds}; {} combinations of {} variables",
        study.path.display(),
        parts.join(" + "),
        problem.space.combinations(),
        problem.space.variables.len()
    )
}

/// All of it, for people.
pub fn text(study: &Study, problem: &Problem, outcome: &Outcome, layout: Layout) -> String {
    let mut parts = vec![header(study, problem, layout)];
    match (outcome.selection.best, &outcome.confirmed) {
        (Some(best), Some(confirmed)) => {
            let point = &outcome.selection.candidates[best].point;
            let label = problem.space.label(point);
            parts.push(format!("{} {label}\n", layout.bold("Recommended:")));
            parts.push(section(layout, "Indicators", &indicators(problem, confirmed)));
            parts.push(paragraph(layout, &improvement(problem, confirmed)));
        }
        _ => {
            parts.push(format!("{}\n", layout.styled("1;31", "No configuration is shown to meet all bounds.")));
            parts.push(paragraph(layout, &nearest(problem, outcome)));
        }
    }
    parts.push(paragraph(layout, &guarantee(problem, outcome)));
    parts.push(section(layout, "Candidates", &candidates(problem, outcome, PRINTED)));
    if outcome.selection.candidates.len() > PRINTED {
        parts.push(format!("and {} more in candidates.csv\n", outcome.selection.candidates.len() - PRINTED));
    }
    if let Some(confirmed) = &outcome.confirmed {
        parts.push(section(
            layout,
            "What if: one step from the recommendation",
            &neighbours(problem, outcome, confirmed),
        ));
    }
    parts.push(section(layout, "How far each weight may go", &weights(problem, outcome)));
    for remark in remarks(problem, outcome) {
        parts.push(layout.styled("33", &layout.wrapped(&format!("warning: {remark}"), 2)) + "\n");
    }
    parts.push(paragraph(layout, &spent(problem, outcome)));
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n")
}

fn section(layout: Layout, title: &str, grid: &Grid) -> String {
    if grid.rows.is_empty() { String::new() } else { format!("{}\n{}", layout.bold(title), grid.render(layout)) }
}

fn paragraph(layout: Layout, text: &str) -> String {
    if text.is_empty() { String::new() } else { layout.wrapped(text, 0) + "\n" }
}

fn how(problem: &Problem, indicator: usize) -> As {
    if INDICATORS[indicator] == "reliability" {
        return As::Share;
    }
    As::Of(problem.goal.objective.measures[indicator].dimension())
}

/// The five indicators before and after, with what they add to the objective.
pub fn indicators(problem: &Problem, confirmed: &Confirmed) -> Grid {
    let mut grid = Grid::new(&["indicator", "as it stands", "recommended", "change", "loss", "weight", "adds"]);
    let objective = &problem.goal.objective;
    for (i, name) in INDICATORS.iter().enumerate() {
        let value = |judged: &Judged| cell(judged.indicator(i, problem.confidence), how(problem, i));
        let change =
            confirmed.baseline.as_ref().and_then(|before| change(before, &confirmed.best, i, problem.confidence));
        let loss = confirmed.best.loss(i);
        let named = objective.measures[i].text != *name;
        let text = if named { format!("{name} ({})", objective.measures[i].text) } else { word(i) };
        let plain = |value: Option<f64>| value.map_or("-".to_string(), |value| format(value, Dimension::NONE));
        grid.row(vec![
            text,
            confirmed.baseline.as_ref().map_or("-".to_string(), value),
            value(&confirmed.best),
            cell(change, As::Share),
            plain(loss),
            objective.weights[i].to_string(),
            plain(loss.map(|loss| loss * objective.weights[i]).filter(|_| objective.weights[i] > 0.0)),
        ]);
    }
    let total = |judged: &Judged| cell(judged.estimate(problem.confidence), As::Of(Dimension::NONE));
    if objective.cost.is_some() {
        let cost = |judged: &Judged| format(judged.cost(), Dimension::NONE);
        let before = confirmed.baseline.as_ref().map_or("-".to_string(), cost);
        let none = || "-".to_string();
        grid.row(vec!["cost".into(), before, cost(&confirmed.best), none(), none(), none(), cost(&confirmed.best)]);
    }
    grid.row(vec![
        "objective".into(),
        confirmed.baseline.as_ref().map_or("-".to_string(), total),
        total(&confirmed.best),
        "-".into(),
        "-".into(),
        "-".into(),
        confirmed.best.estimate(problem.confidence).map_or("-".into(), |total| format(total.value, Dimension::NONE)),
    ]);
    grid
}

/// What was gained, and what it costs, in words.
pub fn improvement(problem: &Problem, confirmed: &Confirmed) -> String {
    let Some(before) = &confirmed.baseline else {
        return "The file as it stands has no steady state, so that there is nothing to compare with.".into();
    };
    let (mut better, mut worse, mut same) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..INDICATORS.len() {
        let Some(change) = change(before, &confirmed.best, i, problem.confidence) else { continue };
        let text = format!("{} {}", word(i), cell(Some(change), As::Share));
        let half_width = change.half_width.unwrap_or(f64::INFINITY);
        let good = if less_is_better(i) { -change.value } else { change.value };
        if good.abs() <= half_width || change.value == 0.0 {
            same.push(word(i));
        } else if good > 0.0 {
            better.push(text);
        } else {
            worse.push(text);
        }
    }
    let list = |list: &[String], nothing: &str| if list.is_empty() { nothing.to_string() } else { list.join(", ") };
    let mut text = format!(
        "Against the file as it stands, on random numbers of their own: better in {}; worse in {}.",
        list(&better, "nothing that is shown"),
        list(&worse, "nothing that is shown")
    );
    if !same.is_empty() {
        text += &format!(" Not shown to change: {}.", same.join(", "));
    }
    text
}

/// The guarantee of the procedure that was used, in its own terms.
pub fn guarantee(problem: &Problem, outcome: &Outcome) -> String {
    let k = outcome.selection.candidates.len();
    let delta = format(problem.goal.delta, Dimension::NONE);
    let confidence = 100.0 * problem.confidence;
    let bounds = (0..problem.goal.constraints.len()).any(|i| problem.goal.is_measured(i));
    let among = match (outcome.all_were_candidates(), k) {
        (true, _) => format!("all {k} configurations that have a steady state"),
        (false, _) => format!("the {k} candidates, not of the whole space"),
    };
    if !outcome.selection.complete {
        return format!(
            "No guarantee: the budget of {} replications was spent before everything was decided. It would have taken at \
             most {:.0} more.",
            problem.budget, outcome.selection.needed
        );
    }
    let tolerance = format!(
        "A configuration that misses a bound by more than {} % of it is called feasible with at most that error.",
        100.0 * problem.goal.tolerance
    );
    let split = if bounds && k > 1 { "; half of the error is for the bounds, half for the comparison" } else { "" };
    let mut text = match (outcome.selection.best.is_some(), problem.procedure, k) {
        (false, ..) => format!(
            "With {confidence} % confidence none of {among} meets all bounds (Andradóttir and Kim 2010, Bonferroni over all of \
             them)."
        ),
        (true, _, 1) if !bounds => format!("There is nothing to select among: it is the only one of {among}."),
        (true, _, 1) => format!("With {confidence} % confidence the only candidate meets all bounds."),
        (true, Procedure::KimNelson, _) => format!(
            "With at least {confidence} % confidence it is the best of {among}, if it is better than every other one that \
             meets the bounds by delta = {delta} or more (Kim and Nelson 2001, under common random numbers{split})."
        ),
        (true, Procedure::Rinott, _) => format!(
            "With at least {confidence} % confidence it is within delta = {delta} of the best of {among} (Rinott 1978, Nelson \
             and Matejcik 1995, independent random numbers{split})."
        ),
    };
    if bounds {
        text = format!("{text} {tolerance}");
    }
    if let Some(confirmed) = &outcome.confirmed
        && let Some((runner, judged)) = &confirmed.runner_up
        && let Some(pair) = gap(&confirmed.best, judged, problem.confidence)
    {
        let name = problem.space.label(&outcome.selection.candidates[*runner].point);
        let (value, half_width) = (pair.difference.value, pair.difference.half_width.unwrap_or(f64::INFINITY));
        let size = cell(Some(Estimate { value: value.abs(), ..pair.difference }), As::Of(Dimension::NONE));
        let side = if value < 0.0 { "better" } else { "worse" };
        let told = if value.abs() <= half_width {
            ": the two are not distinguishable"
        } else if value.abs() < problem.goal.delta {
            ", which is less than delta: it is as good for this purpose"
        } else if value < 0.0 {
            ": look at both"
        } else {
            ""
        };
        text += &format!(" The runner-up is {name}, {side} by {size} in the final estimate{told}.");
    }
    text
}

/// Which bound is nearest to being met, and by whom, where no configuration meets all.
pub fn nearest(problem: &Problem, outcome: &Outcome) -> String {
    let candidates = outcome.selection.candidates.iter().filter(|c| !matches!(c.fate, Fate::Broken(_)));
    let tight = candidates.filter_map(|candidate| Some((candidate, candidate.judged.tightest()?)));
    let Some((candidate, (constraint, excess))) = tight.min_by(|a, b| a.1.1.total_cmp(&b.1.1)) else {
        return String::new();
    };
    let dimension = problem.goal.dimension(constraint);
    let amount = candidate.judged.excess[constraint].iter().copied();
    let amount = super::judge::mean(amount)
        .map_or(String::new(), |amount| format!(", that is {}", format(amount.abs(), dimension)));
    let name = problem.space.label(&candidate.point);
    let text = &problem.goal.constraints[constraint].text;
    if excess <= 0.0 {
        let why = "but that is not sure enough within the budget: undecided counts as infeasible";
        return format!(
            "Nearest is {name}: it seems to meet all bounds (`{text}` with {:.2} % to spare), {why}.",
            -100.0 * excess
        );
    }
    format!("Nearest is {name}: it misses `{text}` by {:.2} % of the bound{amount}.", 100.0 * excess)
}

/// The candidates, the best first.
pub fn candidates(problem: &Problem, outcome: &Outcome, most: usize) -> Grid {
    let variables = problem.space.variables.iter().map(|variable| problem.space.short(&variable.factor.name));
    let mut head: Vec<String> = variables.collect();
    head.extend(["outcome", "objective", "replications", "tightest bound", "to spare"].map(String::from));
    let texts = problem.space.variables.len() + 1;
    let mut grid = Grid { head, rows: Vec::new(), texts };
    for i in ranked(outcome).into_iter().take(most) {
        let candidate = &outcome.selection.candidates[i];
        let tightest = candidate.judged.tightest();
        let bound = tightest.map_or("-".to_string(), |(number, _)| problem.goal.constraints[number].text.clone());
        let spare = tightest.map_or("-".to_string(), |(_, excess)| format!("{:.1} %", -100.0 * excess));
        let mut row = problem.space.shown(&candidate.point);
        row.extend([
            fate(problem, outcome, i),
            cell(candidate.judged.estimate(problem.confidence), As::Of(Dimension::NONE)),
            candidate.count.to_string(),
            bound,
            spare,
        ]);
        grid.row(row);
    }
    grid.without_empty_columns()
}

/// The candidates: the best, then those that meet the bounds by their objectives, then the others.
pub fn ranked(outcome: &Outcome) -> Vec<usize> {
    let key = |i: &usize| {
        let candidate = &outcome.selection.candidates[*i];
        let group = match candidate.fate {
            Fate::Best => 0,
            Fate::AsGood | Fate::Worse(_) => 1,
            Fate::Undecided => 2,
            Fate::Misses(_) => 3,
            Fate::Broken(_) => 4,
        };
        (group, candidate.judged.estimate(0.95).map_or(f64::INFINITY, |estimate| estimate.value))
    };
    let mut order: Vec<usize> = (0..outcome.selection.candidates.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    order
}

/// What one step from the best would change.
pub fn neighbours(problem: &Problem, outcome: &Outcome, confirmed: &Confirmed) -> Grid {
    let mut head = vec!["step".to_string(), "bounds".to_string(), "objective".to_string()];
    let weighted: Vec<usize> = (0..5).filter(|i| problem.goal.objective.weights[*i] > 0.0).collect();
    head.extend(weighted.iter().map(|i| word(*i)));
    let mut grid = Grid { head, rows: Vec::new(), texts: 2 };
    let Some(best) = outcome.selection.best else { return grid };
    let point = &outcome.selection.candidates[best].point;
    for neighbour in &confirmed.neighbours {
        let step = problem.space.change(point, &neighbour.point);
        let judged = match &neighbour.judged {
            Ok(judged) => judged,
            Err(_) => {
                let mut row = vec![step, "no steady state".to_string()];
                row.resize(grid.head.len(), "-".into());
                grid.row(row);
                continue;
            }
        };
        let tightest = judged.tightest();
        let bounds = match tightest {
            Some((number, excess)) if excess > 0.0 => {
                format!("misses {} by {:.1} %", problem.goal.constraints[number].text, 100.0 * excess)
            }
            Some(_) => "met".into(),
            None => "-".into(),
        };
        let difference: Option<Estimate> = gap(&confirmed.best, judged, problem.confidence).map(|pair| pair.difference);
        let mut row = vec![step, bounds, cell(difference, As::Of(Dimension::NONE))];
        row.extend(weighted.iter().map(|i| {
            let change = change(&confirmed.best, judged, *i, problem.confidence);
            cell(change, As::Share)
        }));
        grid.row(row);
    }
    grid.without_empty_columns()
}

/// How far each weight may go.
pub fn weights(problem: &Problem, outcome: &Outcome) -> Grid {
    let mut grid = Grid::new(&["weight", "now", "from", "below it", "to", "above it"]);
    for range in sensitivity::ranges(&problem.goal, &outcome.selection) {
        let name = |end: &Option<(f64, usize)>| {
            end.map_or("-".to_string(), |(_, i)| problem.space.label(&outcome.selection.candidates[i].point))
        };
        let value = |end: &Option<(f64, usize)>, none: &str| {
            end.map_or(none.to_string(), |(value, _)| format(value, Dimension::NONE))
        };
        grid.row(vec![
            word(range.indicator),
            range.weight.to_string(),
            value(&range.low, "0"),
            name(&range.low),
            value(&range.high, "any"),
            name(&range.high),
        ]);
    }
    grid
}

/// What is to be warned of.
pub fn remarks(problem: &Problem, outcome: &Outcome) -> Vec<String> {
    let mut all = outcome.remarks.clone();
    if let Some(doubt) = outcome.confirmed.as_ref().map(|confirmed| &confirmed.doubt).filter(|doubt| !doubt.is_empty())
    {
        all.push(format!("On the random numbers of the final estimate the recommended configuration: {doubt}"));
    }
    if !outcome.whole {
        all.push(format!(
            "The space of {} combinations was not gone through: the search has looked at {} configurations.",
            problem.space.combinations(),
            outcome.looked.len()
        ));
    }
    if let Some(best) = outcome.selection.best {
        let edges = problem.space.edges(&outcome.selection.candidates[best].point);
        if !edges.is_empty() {
            all.push(format!(
                "The recommendation lies at the end of the range of {}: a wider one may hold something better.",
                edges.join(" and ")
            ));
        }
    }
    let open = outcome.selection.candidates.iter().filter(|c| c.fate == Fate::Undecided).count();
    if open > 0 {
        all.push(format!(
            "Of {open} candidates the budget did not show whether they meet the bounds; they count as infeasible."
        ));
    }
    all
}

/// What was spent, and what theory has dropped.
pub fn spent(problem: &Problem, outcome: &Outcome) -> String {
    let name = |stage: &Stage| match stage {
        Stage::Reference => "for the references",
        Stage::Search => "in the search",
        Stage::Selection => "in the selection",
        Stage::Final => "in the final estimates",
    };
    let parts = outcome.spent.iter().filter(|(_, count)| *count > 0);
    let parts: Vec<String> = parts.map(|(stage, count)| format!("{count} {}", name(stage))).collect();
    let total: u64 = outcome.spent.iter().map(|(_, count)| count).sum();
    let count = |of: fn(&Dropped) -> bool| {
        outcome.screened.iter().filter(|screened| screened.dropped.as_ref().is_some_and(of)).count()
    };
    let overloaded = count(|dropped| matches!(dropped, Dropped::Overloaded { .. }));
    let refused = count(|dropped| matches!(dropped, Dropped::Refused(_)));
    let outside = count(|dropped| matches!(dropped, Dropped::Outside { .. }));
    let worse = count(|dropped| matches!(dropped, Dropped::Worse { .. } | Dropped::Misses { .. }));
    let mut text = format!("{total} replications: {}. ", parts.join(", "));
    let seen = outcome.screened.len();
    text += &format!("Theory has looked at {seen} configurations");
    let mut dropped = Vec::new();
    if overloaded > 0 {
        dropped.push(format!("{overloaded} without a steady state"));
    }
    if refused > 0 {
        dropped.push(format!("{refused} that are no systems"));
    }
    if outside > 0 {
        dropped.push(format!("{outside} that miss a bound on fields"));
    }
    if worse > 0 {
        dropped.push(format!("{worse} that are worse by more than the margin of {}", problem.margin));
    }
    text += &match dropped.is_empty() {
        true => " and dropped none.".to_string(),
        false => format!(" and dropped {} (see screened.csv).", dropped.join(", ")),
    };
    text
}
