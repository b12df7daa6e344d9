//! What a solved island says of its flows and components.

use super::passive::What;
use super::service::load;
use super::solve::Solved;
use super::station::shares;
use super::walk::{Known, Walker};
use super::{Extra, Found};
use crate::check::model::{Class, Model};
use crate::check::theory::{Island, Kind, Theory};
use crate::results::{PERCENTILES, Scope};
use models::graph;
use models::system::{Instruction, NOWHERE};
use std::collections::BTreeSet;

const HOW: Kind = Kind::Approximate;

pub(super) fn predict(model: &Model<'_>, island: &Island, solved: &Solved, theory: &mut Theory, found: &mut Found) {
    let stations: BTreeSet<usize> = island.queues.iter().map(|queue| model.queues[*queue].station).collect();
    for station in stations {
        component(model, island, station, solved, theory, found);
    }
    for flow in &island.flows {
        self::flow(model, *flow, solved, theory, found);
    }
    for asked in &solved.asked {
        passive(model, asked.station, &asked.what, theory);
    }
}

/// Bits of a visit: payload, and on the wire.
fn bits(class: &Class<'_>) -> (f64, f64) {
    match class.visit.demand.size() {
        Some(size) => {
            let mean = size.distribution.mean();
            (mean, class.visit.demand.wire(mean))
        }
        None => class.visit.moved,
    }
}

fn component(
    model: &Model<'_>,
    island: &Island,
    index: usize,
    solved: &Solved,
    theory: &mut Theory,
    found: &mut Found,
) {
    let station = &model.system.stations[index];
    let (mut busy, mut present, mut done, mut came, mut stayed, mut waited) = (0.0, 0.0, 0.0, 0.0, 0.0, Some(0.0));
    let (mut turned_away, mut started, mut data, mut queued) = (0.0, 0.0, 0.0, Some(0.0));
    let mut extra = Extra { active: 1.0, ..Extra::default() };
    let mut methods: BTreeSet<&str> = BTreeSet::new();
    let own: Vec<usize> = island.queues.iter().copied().filter(|q| model.queues[*q].station == index).collect();
    for queue in &own {
        let (Some(output), Some(rates)) = (solved.outputs.get(queue), solved.arrivals.get(queue)) else { return };
        let queue = &model.queues[*queue];
        let copies = f64::from(queue.copies);
        methods.insert(&output.method);
        busy += copies * output.busy;
        extra.off += output.off / own.len() as f64;
        extra.starting += output.starting / own.len() as f64;
        let mut here = 0.0;
        for (k, class) in queue.classes.iter().enumerate() {
            let all = rates[k] * copies;
            let admitted = all * (1.0 - output.blocked);
            let completed = admitted * output.success[k];
            let latency = class.latency * output.latency_factor;
            came += all;
            started += admitted;
            turned_away += all * output.blocked;
            done += completed;
            here += admitted * output.sojourns[k].mean;
            present += admitted * output.sojourns[k].mean + completed * latency;
            stayed += completed * (output.sojourns[k].mean + latency);
            let (payload, wire) = bits(class);
            data += completed * payload;
            let attempts = if class.service.mean > 0.0 { output.occupied[k] / class.service.mean } else { 1.0 };
            // Each attempt is on the wire; what lengthens a service otherwise is not.
            extra.bits += admitted * wire * if station.attempts > 0 { attempts.max(1.0) } else { 1.0 };
            *found.asked.entry((index, class.flow)).or_insert(0.0) += admitted * class.service.mean;
            on_air(model, class, admitted, output.occupied[k], found);
        }
        waited = waited
            .zip(output.wait)
            .map(|(sum, wait)| sum + wait * rates.iter().sum::<f64>() * copies * (1.0 - output.blocked));
        queued = queued.filter(|_| !shares(queue.order)).map(|sum| sum + (here - copies * output.busy).max(0.0));
        if let Some(laws) = &station.laws {
            extra.active = laws.energy(load(station, here / copies, output.busy));
        }
    }
    let method = methods.into_iter().collect::<Vec<_>>().join("; ");
    let servers = station.servers();
    let mut row = |indicator: &str, value: f64| {
        theory.predict(Scope::Component, &station.name, indicator, value, HOW, &method);
    };
    row("utilisation", busy / servers);
    row("throughput", done);
    if done > 0.0 {
        row("latency.mean", stayed / done);
    }
    row("in_system", present);
    if let Some(queued) = queued {
        row("queue", queued);
    }
    if let Some(waited) = waited.filter(|_| started > 0.0) {
        row("waiting", waited / started);
    }
    if turned_away > 1e-9 * came {
        row("dropped", turned_away);
    }
    if came > 0.0 {
        row("reliability", done / came);
    }
    if data > 0.0 {
        row("data_throughput", data);
    }
    if extra.off > 0.0 {
        row("asleep", extra.off);
    }
    let before = found.extra.entry(index).or_default();
    *before = Extra { tx: before.tx, rx: before.rx, ..extra };
}

/// Who sends and who receives while a network is busy with a visit: an instance does while at least one of its is under way.
fn on_air(model: &Model<'_>, class: &Class<'_>, rate: f64, time: f64, found: &mut Found) {
    let network = &model.system.stations[usize::from(class.visit.station)];
    if network.kind != models::system::Kind::Network {
        return;
    }
    let senders = locations(model, class.flow, class.at);
    for sender in &senders {
        let receiver = match (class.visit.ends.1, network.between) {
            (NOWHERE, Some((a, b))) => {
                if *sender == a {
                    b
                } else {
                    a
                }
            }
            (receiver, _) => receiver,
        };
        for (end, sends) in [(*sender, true), (receiver, false)] {
            let Some(station) = model.system.stations.get(usize::from(end)).filter(|_| end != NOWHERE) else {
                continue;
            };
            let count = f64::from(station.count.max(1));
            // Where a request is sent to many instances, they take turns.
            let each = rate / senders.len() as f64 / count;
            let level = count * -(-each * time).exp_m1();
            let extra = found.extra.entry(usize::from(end)).or_insert(Extra { active: 1.0, ..Extra::default() });
            *(if sends { &mut extra.tx } else { &mut extra.rx }) += level;
        }
    }
}

/// Where requests of a flow may be when they come to a place.
fn locations(model: &Model<'_>, flow: usize, place: u32) -> BTreeSet<u16> {
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    let mut stack = vec![(model.system.flows[flow].start, model.system.flows[flow].from)];
    while let Some((at, location)) = stack.pop() {
        if !seen.insert((at, location)) {
            continue;
        }
        if at == place {
            found.insert(location);
        }
        let after = match model.system.program.code[at as usize] {
            Instruction::Visit(visit) => model.system.program.visits[visit as usize].location,
            _ => location,
        };
        stack.extend(graph::successors(model.system, at).into_iter().map(|(to, _)| (to, after)));
    }
    found
}

fn flow(model: &Model<'_>, index: usize, solved: &Solved, theory: &mut Theory, found: &mut Found) {
    let flow = &model.system.flows[index];
    let (Some(region), Some(rate)) = (solved.regions.get(&index), solved.rates.get(&index)) else { return };
    let mut methods: BTreeSet<&str> = BTreeSet::new();
    for (at, count) in &region.visits {
        if *count > 0.0
            && let Some(output) = model.queue_at.get(at).and_then(|queue| solved.outputs.get(queue))
        {
            methods.insert(&output.method);
        }
    }
    let method = match methods.len() {
        0 => "sum of delays".to_string(),
        1 => methods.into_iter().next().unwrap_or_default().to_string(),
        _ => "decomposition (QNA): sum over its components".to_string(),
    };
    let known = Known::default();
    let failing = Walker { model, known: &known }.passes_failing(&region.visits);
    let mut time = region.time;
    let mut success = region.success;
    if flow.hard && flow.deadline < u64::MAX {
        let deadline = flow.deadline as f64 / model.ticks;
        success *= time.within(deadline);
        time = time.cut(deadline).0;
    }
    let mut row = |indicator: &str, value: f64| theory.predict(Scope::Flow, &flow.name, indicator, value, HOW, &method);
    row("throughput", rate * success);
    if success > 0.0 {
        row("latency.mean", time.mean);
        // Breakdowns part times into short and very long ones, which two moments do not tell.
        for (name, share) in PERCENTILES.into_iter().filter(|_| !failing) {
            row(&format!("latency.{name}"), time.quantile(share));
        }
    }
    row("reliability", success);
    row("in_system", rate * region.spent);
    found.born.insert(index, *rate);
    found.spawns |= graph::reachable(model.system, flow.start)
        .into_iter()
        .any(|at| matches!(model.system.program.code[at as usize], Instruction::Spawn(_) | Instruction::HandOver(_)));
}

fn passive(model: &Model<'_>, station: u16, what: &What, theory: &mut Theory) {
    let name = &model.system.stations[usize::from(station)].name;
    let count = f64::from(model.system.stations[usize::from(station)].count.max(1));
    let method = match what {
        What::Cache { .. } => "characteristic time (Che)",
        What::Units { .. } => "M/G/c by the time that units are held",
    };
    let mut row = |indicator: &str, value: f64| theory.predict(Scope::Component, name, indicator, value, HOW, method);
    match what {
        What::Cache { hits, .. } => {
            let mut before = 0.0;
            for (level, ratio) in hits.iter().enumerate().filter(|_| hits.len() > 1) {
                row(&format!("hit_ratio_{}", level + 1), ratio - before);
                before = *ratio;
            }
            if let Some(ratio) = hits.last() {
                row("hit_ratio", *ratio);
            }
        }
        What::Units { units, endpoints, state, .. } => {
            row("throughput", state.rate * (1.0 - state.blocked));
            if state.blocked > 0.0 {
                row("refused", state.rate * state.blocked);
            }
            row("utilisation", state.busy / units);
            row("waiting", state.wait);
            row("queue", state.queue);
            row("in_system", state.queue + state.busy * endpoints * count);
        }
    }
}
