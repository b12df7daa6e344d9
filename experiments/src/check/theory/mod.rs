//! Closed forms: which of them holds for which part of a system, and what they predict.
//!
//! Flows that share queues make an *island*, which is solved by itself. An open island is walked in the order of its
//! queues: as long as all of them keep product form (Jackson 1963; Baskett, Chandy, Muntz and Palacios 1975), what
//! leaves them is Poisson again (Burke 1956), so that the next queue may be of any kind that has a formula for Poisson
//! arrivals. What comes after that is approximate. A closed island has product form as a whole, or no closed form.

mod closed;
mod decomposition;
mod open;
mod rows;
#[cfg(test)]
mod tests;
mod universal;
mod whole;

use super::model::{Model, Queue, Source};
use crate::results::Scope;
use crate::study::Study;
use closed::{closed_island, closed_rows};
use decomposition::{Found, decompose};
use models::graph::Passage;
use open::open_island;
use std::collections::{BTreeMap, BTreeSet};
use universal::{availability, saturated_source, utilisation_law};

/// Whether a prediction is right up to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The formula holds for this model.
    Exact,
    /// It holds for a model like this one.
    Approximate,
}

/// What theory says of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// What it is about.
    pub scope: Scope,
    /// Name of the flow or component.
    pub name: String,
    /// Path of the indicator, as [`crate::results::Results::find`] takes it.
    pub path: String,
    /// The value, in base units.
    pub value: f64,
    /// Whether it is exact.
    pub kind: Kind,
    /// The formula.
    pub method: String,
}

/// A component without a steady state.
#[derive(Clone, Debug, PartialEq)]
pub struct Overloaded {
    /// Its name.
    pub component: String,
    /// What is offered to it, over what it can do: 1 or more.
    pub offered: f64,
}

/// What theory says of a system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Theory {
    /// The predictions.
    pub predictions: Vec<Prediction>,
    /// Components that cannot do what is asked of them: nothing is predicted of flows that pass them, or meet such flows.
    pub overloaded: Vec<Overloaded>,
    /// What is not predicted, or not exactly: (flow or component, why).
    pub declined: Vec<(String, String)>,
}

impl Theory {
    /// The prediction for an indicator, by its path.
    pub fn find(&self, path: &str) -> Option<&Prediction> {
        self.predictions.iter().find(|prediction| prediction.path == path)
    }

    fn predict(&mut self, scope: Scope, name: &str, indicator: &str, value: f64, kind: Kind, method: &str) {
        if !value.is_finite() {
            return;
        }
        let path = if scope == Scope::System { indicator.to_string() } else { format!("{name}.{indicator}") };
        // What is exact takes the place of what is not.
        match self.predictions.iter().position(|p| p.path == path) {
            Some(at) if self.predictions[at].kind == Kind::Approximate && kind == Kind::Exact => {
                let found = &mut self.predictions[at];
                (found.value, found.kind, found.method) = (value, kind, method.to_string());
                return;
            }
            Some(_) => return,
            None => {}
        }
        self.predictions.push(Prediction {
            scope,
            name: name.to_string(),
            path,
            value,
            kind,
            method: method.to_string(),
        });
    }

    fn decline(&mut self, what: &str, why: impl Into<String>) {
        let why = why.into();
        if !self.declined.iter().any(|(name, reason)| name == what && *reason == why) {
            self.declined.push((what.to_string(), why));
        }
    }
}

/// Work that exact solutions of closed networks may take: products of populations and stations. A few milliseconds; what is
/// larger is approximated.
const QUICK: f64 = 2e5;
/// The same where there is time: a few seconds.
const THOROUGH: f64 = 3e8;

/// What theory says of the system of a study, in milliseconds: exact where that is not too much work, to compare
/// many configurations.
pub fn theory(study: &Study) -> Theory {
    within(study, QUICK)
}

/// What theory says of the system of a study, exact wherever it can be.
pub fn thorough(study: &Study) -> Theory {
    within(study, THOROUGH)
}

fn within(study: &Study, work: f64) -> Theory {
    let model = Model::new(study);
    let mut theory = Theory::default();
    let mut found = Found::default();
    // What is exact takes the place of what is approximate, so that comes first.
    let horizon = study.plan.horizon as f64 / study.plan.clock.ticks_per_second();
    let mut approximate = Theory::default();
    for island in islands(&model, true) {
        decompose(&model, &island, horizon, &mut approximate, &mut found);
    }
    theory.predictions = approximate.predictions;
    for island in islands(&model, false) {
        solve_island(&model, &island, work, &mut theory);
    }
    availability(&model, &mut theory);
    for (what, why) in approximate.declined {
        theory.decline(&what, why);
    }
    theory.overloaded = approximate.overloaded;
    whole::follow(&model, &found, &mut theory);
    theory
}

/// Flows that share queues, directly or through others, and these queues.
#[derive(Debug, Default)]
struct Island {
    flows: Vec<usize>,
    queues: Vec<usize>,
    stations: BTreeSet<usize>,
}

/// The islands of a system; with `passive` also those that only ask the same passive components are together.
fn islands(model: &Model<'_>, passive: bool) -> Vec<Island> {
    let mut islands: Vec<Island> = Vec::new();
    for (flow, view) in model.flows.iter().enumerate() {
        if matches!(view.source, Source::Nothing) {
            continue;
        }
        let uses = |queue: &usize| model.queues[*queue].classes.iter().any(|class| class.flow == flow);
        // Queues of one station are kept together: their figures are measured together.
        let mut stations: BTreeSet<usize> =
            (0..model.queues.len()).filter(uses).map(|queue| model.queues[queue].station).collect();
        if passive {
            let places = models::graph::reachable(model.system, model.system.flows[flow].start);
            let questions = places.into_iter().filter_map(|at| model.system.program.question(at));
            stations.extend(questions.map(|ask| usize::from(ask.station)));
        }
        let mut merged = Island { flows: vec![flow], ..Island::default() };
        islands.retain_mut(|island| {
            let shares = !island.stations.is_disjoint(&stations);
            if shares {
                stations.append(&mut island.stations);
                merged.flows.append(&mut island.flows);
            }
            !shares
        });
        merged.flows.sort_unstable();
        merged.queues =
            (0..model.queues.len()).filter(|queue| stations.contains(&model.queues[*queue].station)).collect();
        merged.stations = stations;
        islands.push(merged);
    }
    islands
}

fn solve_island(model: &Model<'_>, island: &Island, work: f64, theory: &mut Theory) {
    let closed = |flow: &usize| matches!(model.flows[*flow].source, Source::Closed { .. });
    let saturated = |flow: &usize| matches!(model.flows[*flow].source, Source::Saturated);
    let flow_name = |flow: usize| model.system.flows[flow].name.as_str();
    if island.flows.iter().any(saturated) {
        saturated_source(model, island, theory);
        return;
    }
    if island.flows.iter().all(closed) {
        match closed_island(model, island, work) {
            Ok((solved, method)) => closed_rows(model, island, &solved, method, theory),
            Err(why) => island.flows.iter().for_each(|flow| theory.decline(flow_name(*flow), why.clone())),
        }
        return;
    }
    if island.flows.iter().any(closed) {
        let why = "open and closed flows share components";
        island.flows.iter().for_each(|flow| theory.decline(flow_name(*flow), why));
        return;
    }
    if let Some(flow) = island.flows.iter().find(|flow| model.flows[**flow].source.rate().is_none()) {
        theory.decline(flow_name(*flow), "its rate is not known beforehand");
        return;
    }
    let mut open = true;
    for flow in &island.flows {
        for obstacle in &model.flows[*flow].obstacles {
            theory.decline(flow_name(*flow), obstacle.clone());
            open = false;
        }
    }
    if open {
        open_island(model, island, theory);
    }
    utilisation_law(model, island, theory);
}

/// Per queue: rates of its classes [1/s], per copy.
fn rates_of(model: &Model<'_>, passages: &BTreeMap<usize, Passage>, queue: &Queue<'_>) -> Vec<f64> {
    let rate = |class: &super::model::Class<'_>| {
        let visits = passages.get(&class.flow).and_then(|passage| passage.visits.get(&class.at)).copied();
        let flow = model.flows[class.flow].source.rate().unwrap_or(0.0);
        flow * visits.unwrap_or(0.0) / f64::from(queue.copies)
    };
    queue.classes.iter().map(rate).collect()
}
