//! From which queue to which, and how variable what comes there is (`models::analytic::qna`).

use super::source::Coming;
use super::station::{Output, shares};
use super::walk::Known;
use crate::check::model::{Model, Split};
use models::analytic::qna::{self, Node, Stream};
use models::graph;
use models::system::Instruction;
use std::collections::BTreeMap;

/// Where requests go from a place, before they come to another queue: (visit, share).
pub(super) type Ways = BTreeMap<Option<u32>, Vec<(u32, f64)>>;

/// Shares below this are not followed.
const LITTLE: f64 = 1e-9;

/// Of a flow: which visits follow each other. `None` is the source.
pub(super) fn ways(model: &Model<'_>, flow: usize, known: &Known) -> Ways {
    let mut all = Ways::new();
    let start = model.system.flows[flow].start;
    all.insert(None, follow(model, known, vec![(start, 1.0)]));
    for at in graph::reachable(model.system, start) {
        if model.queue_at.contains_key(&at) {
            all.insert(Some(at), follow(model, known, successors(model, known, at)));
        }
    }
    all
}

fn successors(model: &Model<'_>, known: &Known, at: u32) -> Vec<(u32, f64)> {
    match (model.system.program.code[at as usize], known.asks.get(&at)) {
        (Instruction::Ask(index), Some((_, shares))) => {
            let ask = &model.system.program.asks[index as usize];
            ask.ways.iter().copied().zip(shares.iter().copied()).collect()
        }
        _ => graph::successors(model.system, at),
    }
}

/// The visits that are come to first, with the share that does.
fn follow(model: &Model<'_>, known: &Known, start: Vec<(u32, f64)>) -> Vec<(u32, f64)> {
    let mut found: BTreeMap<u32, f64> = BTreeMap::new();
    let mut waves = start;
    // Loops without a visit in them are left after some rounds.
    for _ in 0..400 {
        let mut next: BTreeMap<u32, f64> = BTreeMap::new();
        for (at, share) in waves.drain(..) {
            if share < LITTLE {
                continue;
            }
            if model.queue_at.contains_key(&at) {
                *found.entry(at).or_insert(0.0) += share;
            } else {
                for (to, part) in successors(model, known, at) {
                    *next.entry(to).or_insert(0.0) += share * part;
                }
            }
        }
        if next.is_empty() {
            break;
        }
        waves = next.into_iter().collect();
    }
    found.into_iter().collect()
}

/// Squared coefficient of variation of the arrivals at a copy of each queue.
pub(super) fn arrivals(
    model: &Model<'_>,
    queues: &[usize],
    coming: &BTreeMap<usize, Coming>,
    rates: &BTreeMap<usize, f64>,
    ways: &BTreeMap<usize, Ways>,
    visits: &dyn Fn(usize, u32) -> f64,
    outputs: &BTreeMap<usize, Output>,
) -> Result<Vec<f64>, String> {
    let place = |queue: usize| queues.iter().position(|other| *other == queue);
    let nodes: Vec<Node> = queues
        .iter()
        .map(|index| {
            let queue = &model.queues[*index];
            let servers = model.station(*index).speeds.len() as f64;
            let output = outputs.get(index);
            let pooled = matches!(queue.split, Split::State(_));
            Node {
                servers: if pooled { servers * f64::from(queue.copies) } else { servers },
                copies: if pooled { 1.0 } else { f64::from(queue.copies) },
                split: match queue.split {
                    Split::Turns => qna::Split::Cyclic,
                    Split::Own => qna::Split::Dedicated,
                    _ => qna::Split::Random,
                },
                utilisation: output.map_or(0.0, |output| (output.busy / servers).min(1.0)),
                // What shares its server leaves as Poisson as it came (Kelly 1979).
                service_scv: if shares(queue.order) { 1.0 } else { output.map_or(1.0, |output| output.service_scv) },
            }
        })
        .collect();
    let mut moved: BTreeMap<(Option<usize>, usize), f64> = BTreeMap::new();
    let mut streams = Vec::new();
    for (flow, ways) in ways {
        let rate = rates.get(flow).copied().unwrap_or(0.0);
        for (from, to) in ways {
            let sent = match from {
                None => rate,
                Some(at) => {
                    let success = model.queue_at.get(at).and_then(|queue| {
                        let class = model.queues[*queue].classes.iter().position(|class| class.at == *at)?;
                        outputs.get(queue)?.success.get(class).copied()
                    });
                    rate * visits(*flow, *at) * success.unwrap_or(1.0)
                }
            };
            for (at, share) in to {
                let Some(to) = model.queue_at.get(at).and_then(|queue| place(*queue)) else { continue };
                match from {
                    Some(from) => {
                        let Some(from) = model.queue_at.get(from).and_then(|queue| place(*queue)) else { continue };
                        *moved.entry((Some(from), to)).or_insert(0.0) += sent * share;
                    }
                    None => {
                        let (scv, sources) = match coming.get(flow) {
                            Some(Coming::Open { scv, sources, .. }) => (*scv, *sources),
                            _ => (1.0, 1.0),
                        };
                        streams.push(Stream { from: None, to, rate: sent * share, share: *share, scv, sources });
                    }
                }
            }
        }
    }
    let mut leaving = vec![0.0; queues.len()];
    for ((from, _), rate) in &moved {
        if let Some(from) = from {
            leaving[*from] += rate;
        }
    }
    for (index, queue) in queues.iter().enumerate() {
        // What ends there leaves too.
        let served: f64 = outputs.get(queue).map_or(0.0, |_| {
            model.queues[*queue]
                .classes
                .iter()
                .map(|class| rates.get(&class.flow).copied().unwrap_or(0.0) * visits(class.flow, class.at))
                .sum()
        });
        leaving[index] = f64::max(leaving[index], served);
    }
    for ((from, to), rate) in moved {
        let share = from.map_or(1.0, |from| if leaving[from] > 0.0 { rate / leaving[from] } else { 1.0 });
        streams.push(Stream { from, to, rate, share, scv: 1.0, sources: 1.0 });
    }
    qna::arrival_scvs(&nodes, &streams).map_err(|error| error.to_string())
}
