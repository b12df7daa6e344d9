//! Closed islands: mean value analysis.

use super::{Island, Kind, Theory};
use crate::check::model::{self, Model, Source, Split};
use crate::check::station::{is_product_form, rate};
use crate::results::Scope;
use models::analytic::mva::{Capacity, ClosedNetwork, ClosedStation, exact_mva, product_form};
use models::graph::{self, Passage};
use std::collections::{BTreeMap, BTreeSet};

/// A closed island solved, with the queue and copy that each station of the network stands for.
pub(super) struct Closed {
    network: ClosedNetwork,
    /// For each station of the network its queue; `None` for the delay.
    places: Vec<Option<usize>>,
    passages: BTreeMap<usize, Passage>,
    /// Mean time of a request of each flow outside of queues.
    outside: Vec<f64>,
}

/// Solves a closed island, by at most so much work.
pub(super) fn closed_island(model: &Model<'_>, island: &Island, work: f64) -> Result<(Closed, &'static str), String> {
    let flow_name = |flow: usize| &model.system.flows[flow].name;
    for flow in &island.flows {
        let view = &model.flows[*flow];
        if let Some(obstacle) = view.obstacles.first() {
            return Err(obstacle.clone());
        }
        if view.fails {
            return Err("requests of a closed flow may be lost".into());
        }
        if model.system.flows[*flow].hard {
            return Err("only requests within its deadline count".into());
        }
    }
    let mut populations = Vec::new();
    let (mut outside, mut thinks) = (Vec::new(), Vec::new());
    let mut passages = BTreeMap::new();
    for flow in &island.flows {
        let Source::Closed { users, think } = model.flows[*flow].source else { return Err("it is not closed".into()) };
        let passage = graph::passage(model.system, *flow, &|_| 1.0);
        let count = |at: u32| passage.visits.get(&at).copied().unwrap_or(0.0);
        let delays: f64 = model.flows[*flow].delays.iter().map(|(at, mean, _)| count(*at) * mean).sum();
        let classes = model.queues.iter().flat_map(|queue| &queue.classes).filter(|class| class.flow == *flow);
        let latency: f64 = classes.map(|class| count(class.at) * class.latency).sum();
        populations.push(users);
        outside.push(delays + latency);
        thinks.push(think);
        passages.insert(*flow, passage);
    }
    let total: u64 = populations.iter().map(|n| u64::from(*n)).sum();
    let mut stations = Vec::new();
    let mut places = Vec::new();
    let mut simple = true;
    for index in &island.queues {
        let queue = &model.queues[*index];
        let station = model.station(*index);
        let name = &station.name;
        if queue.split == Split::Own && queue.copies > 1 {
            return Err(format!("`{name}`: each instance has users of its own"));
        }
        let alone = total == 1 && model::trouble(queue, station).is_none() && station.laws.is_none();
        let alone = alone && station.setup.is_none() && station.vacation.is_none() && station.wake.is_none();
        let alone = alone && station.attempts == 0 && station.speeds.len() == 1;
        if !alone {
            is_product_form(queue, station).map_err(|why| format!("`{name}`: {why}"))?;
        }
        if queue.copies > 64 {
            return Err(format!("`{name}` has too many instances to be solved"));
        }
        let demand = |flow: &usize| -> f64 {
            let classes = queue.classes.iter().filter(|class| class.flow == *flow);
            let passage = &passages[flow];
            let work =
                |class: &model::Class<'_>| passage.visits.get(&class.at).copied().unwrap_or(0.0) * class.service.mean;
            classes.map(work).sum::<f64>() / f64::from(queue.copies)
        };
        let c = station.speeds.len() as u32;
        let even = station.speeds.windows(2).all(|pair| pair[0] == pair[1]);
        let capacity = match rate(queue, station) {
            _ if c == 1 && station.laws.is_none() => Capacity::Single,
            _ if even && station.laws.is_none() => Capacity::Servers(c),
            Some(rate) if total <= 20_000 => Capacity::Rates((1..=total as u32).map(&*rate).collect()),
            _ => return Err(format!("`{name}`: its rate is no function of the number present")),
        };
        simple &= capacity == Capacity::Single;
        for _ in 0..queue.copies {
            stations
                .push(ClosedStation { demands: island.flows.iter().map(demand).collect(), capacity: capacity.clone() });
            places.push(Some(*index));
        }
    }
    let delays: Vec<f64> = outside.iter().zip(&thinks).map(|(a, b)| a + b).collect();
    stations.push(ClosedStation { demands: delays, capacity: Capacity::Delay });
    places.push(None);
    let lattice = populations.iter().fold(1.0, |size, n| size * (f64::from(*n) + 1.0));
    let (network, method) =
        if simple && island.flows.len() == 1 && f64::from(populations[0]) * stations.len() as f64 <= work {
            (exact_mva(populations[0], &stations), "exact mean value analysis")
        } else if lattice <= 2500.0 && lattice * lattice * (stations.len() as f64) < work {
            (product_form(&populations, &stations), "product form (Buzen convolution)")
        } else {
            return Err("there are too many users to be solved exactly".into());
        };
    let network = network.map_err(|error| format!("`{}`: {error}", flow_name(island.flows[0])))?;
    Ok((Closed { network, places, passages, outside }, method))
}

pub(super) fn closed_rows(model: &Model<'_>, island: &Island, solved: &Closed, method: &str, theory: &mut Theory) {
    let network = &solved.network;
    for (class, flow) in island.flows.iter().enumerate() {
        let name = &model.system.flows[*flow].name;
        let state = &network.classes[class];
        let latency = state.response + solved.outside[class];
        theory.predict(Scope::Flow, name, "throughput", state.throughput, Kind::Exact, method);
        theory.predict(Scope::Flow, name, "latency.mean", latency, Kind::Exact, method);
        theory.predict(Scope::Flow, name, "in_system", state.throughput * latency, Kind::Exact, method);
    }
    let stations: BTreeSet<usize> = island.queues.iter().map(|queue| model.queues[*queue].station).collect();
    for index in stations {
        let station = &model.system.stations[index];
        let servers = station.speeds.len() as f64 * f64::from(station.count) * f64::from(station.directions);
        let (mut present, mut busy, mut completed, mut shared) = (0.0, 0.0, 0.0, false);
        for (k, place) in solved.places.iter().enumerate() {
            let Some(queue) = place.filter(|queue| model.queues[*queue].station == index) else { continue };
            present += network.queue(k);
            let c = station.speeds.len() as u32;
            busy += match network.marginals.get(k) {
                Some(marginal) => marginal.iter().zip(0_u32..).map(|(p, n)| p * f64::from(n.min(c))).sum(),
                None => network.busy[k],
            };
            shared |= model.queues[queue].order == model::Order::Sharing
                || model.queues[queue].order == model::Order::LifoResume;
        }
        let waiting = present - busy;
        for queue in model.queues.iter().filter(|queue| queue.station == index) {
            for class in &queue.classes {
                let Some(at) = island.flows.iter().position(|flow| *flow == class.flow) else { continue };
                let visits = solved.passages[&class.flow].visits.get(&class.at).copied().unwrap_or(0.0);
                let rate = network.classes[at].throughput * visits;
                completed += rate;
                present += rate * class.latency;
            }
        }
        let mut row = |indicator: &str, value: f64| {
            theory.predict(Scope::Component, &station.name, indicator, value, Kind::Exact, method);
        };
        row("utilisation", busy / servers);
        row("in_system", present);
        row("throughput", completed);
        if completed > 0.0 {
            row("latency.mean", present / completed);
            if !shared {
                row("waiting", waiting.max(0.0) / completed);
            }
        }
    }
}
