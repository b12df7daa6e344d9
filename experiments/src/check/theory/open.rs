//! Open islands: walked in the order of their queues, as long as what leaves one is Poisson.

use super::rows::{component_rows, flow_rows, system_rows};
use super::{Island, Theory, rates_of};
use crate::check::model::{Model, Source};
use crate::check::station::{Answer, Input, is_product_form, solve};
use models::graph::{self, Passage};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn open_island(model: &Model<'_>, island: &Island, theory: &mut Theory) {
    let order = components_in_order(model, island);
    let mut blocked: BTreeMap<usize, f64> = BTreeMap::new();
    let mut answers: BTreeMap<usize, Result<Answer, String>> = BTreeMap::new();
    let mut passages = BTreeMap::new();
    // What a full queue turns away is known once all before it is: one more level with each round.
    for _ in 0..=island.queues.len().min(50) {
        let survives = |at: u32| {
            let blocked = model.queue_at.get(&at).and_then(|queue| blocked.get(queue)).copied().unwrap_or(0.0);
            model.success(at) * (1.0 - blocked)
        };
        passages = island.flows.iter().map(|flow| (*flow, graph::passage(model.system, *flow, &survives))).collect();
        answers = walk(model, island, &order, &passages);
        let now: BTreeMap<usize, f64> =
            answers.iter().filter_map(|(queue, answer)| Some((*queue, answer.as_ref().ok()?.blocked))).collect();
        let settled =
            island.queues.iter().all(|q| (now.get(q).unwrap_or(&0.0) - blocked.get(q).unwrap_or(&0.0)).abs() < 1e-14);
        blocked = now;
        if settled {
            break;
        }
    }
    for queue in &island.queues {
        if let Some(Err(why)) = answers.get(queue) {
            theory.decline(&model.station(*queue).name, why.clone());
        }
    }
    component_rows(model, island, &answers, &passages, theory);
    for flow in &island.flows {
        if let Some(passage) = passages.get(flow) {
            flow_rows(model, *flow, passage, &answers, theory);
        }
    }
    system_rows(model, island, theory);
}

/// Strongly connected queues of an island (Tarjan 1972), those that feed others first.
pub(super) fn components_in_order(model: &Model<'_>, island: &Island) -> Vec<Vec<usize>> {
    let mut graph = petgraph::graph::DiGraph::<usize, ()>::new();
    let nodes: BTreeMap<usize, _> = island.queues.iter().map(|queue| (*queue, graph.add_node(*queue))).collect();
    for flow in &island.flows {
        for (from, to) in model.moves(*flow) {
            if let Some(from) = from {
                graph.update_edge(nodes[&from], nodes[&to], ());
            }
        }
    }
    let mut order: Vec<Vec<usize>> = petgraph::algo::tarjan_scc(&graph)
        .into_iter()
        .map(|members| members.into_iter().map(|node| graph[node]).collect())
        .collect();
    order.reverse();
    order
}

/// Solves the queues of an open island, those that feed others first.
pub(super) fn walk(
    model: &Model<'_>,
    island: &Island,
    order: &[Vec<usize>],
    passages: &BTreeMap<usize, Passage>,
) -> BTreeMap<usize, Result<Answer, String>> {
    let moves: BTreeSet<(usize, Option<usize>, usize)> = island
        .flows
        .iter()
        .flat_map(|flow| model.moves(*flow).into_iter().map(|(from, to)| (*flow, from, to)))
        .collect();
    let mut poisson: BTreeSet<usize> = BTreeSet::new(); // queues after which requests are Poisson again
    let mut unknown: BTreeSet<usize> = BTreeSet::new(); // queues after which rates are not known
    let mut answers = BTreeMap::new();
    for members in order {
        let inside = |queue: &usize| members.contains(queue);
        let loops = moves.iter().any(|(_, from, to)| from.is_some_and(|from| inside(&from)) && inside(to));
        let from_outside =
            || moves.iter().filter(|(_, from, to)| inside(to) && !from.is_some_and(|from| inside(&from)));
        let clean = from_outside().all(|(flow, from, _)| match from {
            Some(from) => poisson.contains(from),
            None => matches!(model.flows[*flow].source, Source::Poisson(_)),
        });
        let lost = from_outside().any(|(_, from, _)| from.is_some_and(|from| unknown.contains(&from)));
        let keeps_form =
            members.iter().all(|queue| is_product_form(&model.queues[*queue], model.station(*queue)).is_ok());
        for queue in members {
            if lost {
                unknown.insert(*queue);
                answers.insert(*queue, Err("what comes to it is not known".to_string()));
                continue;
            }
            let classes = &model.queues[*queue].classes;
            let direct = classes.len() == 1 && !loops && model.is_first(classes[0].flow, classes[0].at);
            let input = if clean && (!loops || keeps_form) {
                Input::Poisson
            } else if direct {
                Input::Direct
            } else {
                Input::Dirty
            };
            let answer = solve(model, *queue, &rates_of(model, passages, &model.queues[*queue]), input);
            if answer.is_ok() && clean && keeps_form {
                poisson.insert(*queue);
            }
            let station = model.station(*queue);
            let loses = station.limit < u32::MAX
                || station.failures.is_some()
                || station.capacity.is_some()
                || station.laws.as_ref().is_some_and(|laws| laws.reliability.is_some());
            if answer.is_err() && loses {
                unknown.insert(*queue);
            }
            answers.insert(*queue, answer);
        }
    }
    answers
}
