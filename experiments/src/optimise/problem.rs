//! An optimisation as a file asks for it.

use super::goal::{ENERGY, Goal, LATENCY, Mistakes, places};
use super::quantity::Fields;
use super::space::Space;
use super::{CANDIDATES, NEIGHBOURS};
use crate::study::{Study, Tried, bare};
use models::lower::Path as FieldPath;
use models::spec::{Procedure, Scalar};

/// An optimisation that a study asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The configurations.
    pub space: Space,
    /// What is aimed at.
    pub goal: Goal,
    /// How the best is selected.
    pub procedure: Procedure,
    /// The confidence of the selection.
    pub confidence: f64,
    /// Replications of each candidate before the first is dropped.
    pub first: u64,
    /// The most candidates, where not all configurations are.
    pub candidates: usize,
    /// The most replications.
    pub budget: u64,
    /// Of the screening.
    pub margin: f64,
    /// Indicators whose trade-off is shown, by their places.
    pub pareto: Vec<usize>,
}

impl Problem {
    /// The problem of a study's section; `None` where there is none.
    ///
    /// # Errors
    /// All that is wrong with it but for the values themselves.
    pub fn of(study: &Study) -> Result<Option<Problem>, Mistakes> {
        let Some(section) = &study.experiment.optimise else { return Ok(None) };
        let root = FieldPath::new("optimise");
        let fields = Fields::of(study);
        let mut mistakes = Mistakes::new();
        let space = Space::of(&study.experiment, section, &study.parameters, &|path| fields.full(path));
        let space = space.map_err(|errors| {
            mistakes.extend(errors.into_iter().map(|error| (error.at, (error.message, error.help))));
        });
        let goal = Goal::of(study, section).map_err(|found| mistakes.extend(found));
        let mut number = |field: &str, given: &Option<Scalar>, usual: f64, range: (f64, f64), whole: bool| {
            let Some(scalar) = given else { return usual };
            let fits = |value: &f64| *value >= range.0 && *value <= range.1 && (!whole || value.fract() == 0.0);
            bare(scalar, &study.parameters).filter(fits).unwrap_or_else(|| {
                let kind = if whole { "a whole number" } else { "a number" };
                let help = format!("give {kind} from {} to {}, such as {usual}", range.0, range.1);
                mistakes.push((root.field(field), (format!("`{scalar}` is no {field}"), Some(help))));
                usual
            })
        };
        let confidence = number("confidence", &section.confidence, study.plan.confidence, (0.5, 0.9999), false);
        let first = number("first", &section.first, 10.0, (3.0, 1e6), true) as u64;
        let candidates = number("candidates", &section.candidates, 10.0, (2.0, CANDIDATES as f64), true) as usize;
        let budget = number("budget", &section.budget, 2000.0, (1.0, 1e9), true) as u64;
        let margin = number("margin", &section.margin, 0.5, (0.0, 1e9), false);
        let at = root.field("pareto");
        let pareto = places(&section.pareto).unwrap_or_else(|wrong| {
            mistakes.extend(wrong.into_iter().map(|(i, wrong)| (at.index(i), wrong)));
            Vec::new()
        });
        if !(section.pareto.is_empty() || (2..=3).contains(&section.pareto.len())) {
            let help = Some("name two or three indicators".to_string());
            mistakes.push((at, ("a trade-off is between two or three indicators".into(), help)));
        }
        match (space, goal) {
            (Ok(space), Ok(goal)) if mistakes.is_empty() => {
                let pareto = if pareto.is_empty() { weightiest(&goal.objective.weights) } else { pareto };
                let procedure = section.procedure.unwrap_or_default();
                Ok(Some(Problem { space, goal, procedure, confidence, first, candidates, budget, margin, pareto }))
            }
            _ => Err(mistakes),
        }
    }

    /// The variables, with some configurations for each of their levels: to be tried before anything is simulated.
    pub fn tried<'a>(&'a self, study: &'a Study) -> impl Iterator<Item = Tried<'a>> {
        let root = FieldPath::new("optimise");
        let varied = move |name: &str| study.experiment.optimise.as_ref().is_some_and(|o| o.vary.contains_key(name));
        self.space.variables.iter().enumerate().map(move |(number, variable)| {
            let factor = &variable.factor;
            let at = if varied(&factor.name) {
                root.field("vary").field(&factor.name)
            } else {
                root.field("configurations")
            };
            let with = move |level: usize| {
                let points = self.space.with_level(number, level as u32);
                points.iter().map(|point| self.space.overrides(point)).collect()
            };
            Tried { factor, at, with: Box::new(with) }
        })
    }

    /// Replications of each of three in the final estimate, and of the references.
    pub fn last(&self) -> u64 {
        (self.budget / 40).clamp(5, 20)
    }

    /// Replications of each neighbour.
    pub fn beside(&self) -> u64 {
        (self.last() / 2).max(5)
    }

    /// What the search and the selection may spend.
    pub(super) fn room(&self) -> u64 {
        let dimensions = self.space.variables.len() * 2;
        self.budget.saturating_sub(4 * self.last() + self.beside() * dimensions.min(NEIGHBOURS) as u64)
    }
}

/// The two indicators of the largest weights; where all is on one, latency or energy beside it.
fn weightiest(weights: &[f64; 5]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..5).collect();
    order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    match (weights[order[0]] > 0.0, weights[order[1]] > 0.0) {
        (false, _) => vec![LATENCY, ENERGY],
        (true, true) => vec![order[0], order[1]],
        (true, false) => vec![order[0], if order[0] == ENERGY { LATENCY } else { ENERGY }],
    }
}
