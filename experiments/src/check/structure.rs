//! What a system is made of: components by kind, flows with their paths, and where it may lock up.

use crate::study::Study;
use models::disciplines::Scheduler;
use models::graph;
use models::system::{Arrivals, Instruction, Kind, NOWHERE, System};
use petgraph::graph::DiGraph;

/// A flow, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowPath {
    /// Its name.
    pub name: String,
    /// Its workload in words.
    pub arrivals: String,
    /// The components on its way: "a -> b | c -> d".
    pub path: String,
    /// Expected visits per request where they are not 1: (component, visits).
    pub visits: Vec<(String, f64)>,
}

/// What a system is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Structure {
    /// Components by kind.
    pub components: Vec<(&'static str, Vec<String>)>,
    /// Flows with arrivals.
    pub flows: Vec<FlowPath>,
    /// Pairs of components that requests pass one after the other.
    pub links: Vec<(String, String)>,
    /// Components that may wait for each other's room for ever, with the least number of requests that it takes.
    pub deadlocks: Vec<(Vec<String>, u64)>,
}

/// What a system is made of.
pub fn structure(study: &Study) -> Structure {
    let system = &study.lowered.system;
    let name = |index: usize| system.stations[index].name.clone();
    let kinds = [Kind::Device, Kind::Network, Kind::Processor, Kind::Storage];
    let passive = models::resources::LIST.iter().map(|(name, _)| Kind::Passive(name));
    let of_kind = |kind: Kind| {
        let list: Vec<String> = (0..system.stations.len())
            .filter(|i| system.stations[*i].kind == kind)
            .map(|i| describe(study, i))
            .collect();
        (!list.is_empty()).then_some((kind.name(), list))
    };
    let mut links: Vec<(String, String)> = Vec::new();
    for (_, from, to, _) in graph::passages(system) {
        let pair = (name(from), name(to));
        if from != to && !links.contains(&pair) {
            links.push(pair);
        }
    }
    let flows = (0..system.flows.len()).filter_map(|index| path(system, index)).collect();
    Structure {
        components: kinds.into_iter().chain(passive).filter_map(of_kind).collect(),
        flows,
        links,
        deadlocks: deadlocks(system),
    }
}

fn describe(study: &Study, index: usize) -> String {
    let station = &study.lowered.system.stations[index];
    let mut words = Vec::new();
    if station.count > 1 {
        words.push(format!("{} instances", station.count));
    }
    if station.serves && station.speeds.len() > 1 {
        let what = if matches!(station.kind, Kind::Processor | Kind::Device) { "cores" } else { "channels" };
        words.push(format!("{} {what}", station.speeds.len()));
    }
    if station.limit < u32::MAX {
        words.push(format!("at most {}{}", station.limit, if station.blocks { ", blocks" } else { "" }));
    }
    let scheduler = study.lowered.components.get(&station.name).and_then(|component| component.common().scheduler);
    if let Some(Scheduler::Auto(_)) = scheduler.map(|scheduler| &scheduler.0) {
        let choice = models::disciplines::choose(&study.lowered.system, index);
        let time = |seconds: f64| models::units::format(seconds, models::units::Dimension::TIME);
        words.push(format!(
            "{} chosen: a request computes {}, spends {} in networks and storage, asks passive components {} times, \
             {} % are urgent",
            choice.name,
            time(choice.compute),
            time(choice.io),
            (choice.held * 1e3).round() / 1e3,
            (choice.urgent * 1e3).round() / 10.0,
        ));
    }
    if words.is_empty() { station.name.clone() } else { format!("{} ({})", station.name, words.join(", ")) }
}

fn arrivals_in_words(arrivals: &Arrivals, count: u32, ticks: f64) -> String {
    let rate = graph::mean_rate(arrivals)
        .map(|rate| models::units::format(rate * ticks * f64::from(count), models::units::Dimension::RATE));
    let what = match arrivals {
        Arrivals::Renewal { gap, .. } if gap.is_exponential() => "Poisson",
        Arrivals::Renewal { .. } => "independent gaps",
        Arrivals::Periodic { .. } => "periodic",
        Arrivals::Modulated { .. } => "Markov-modulated",
        Arrivals::TimeVarying { .. } => "time-varying",
        Arrivals::At { .. } => "at given times",
        Arrivals::Batch { .. } => "in batches",
        Arrivals::Closed { users, think } => {
            let think = models::units::format(think.mean() / ticks, models::units::Dimension::TIME);
            return format!("{} users, think time {think}", u64::from(*users) * u64::from(count));
        }
        Arrivals::Saturated { .. } => return "saturated".into(),
    };
    rate.map_or(what.to_string(), |rate| format!("{what}, {rate}"))
}

fn path(system: &System, index: usize) -> Option<FlowPath> {
    let flow = &system.flows[index];
    let arrivals = flow.arrivals.as_ref()?;
    let passage = graph::passage(system, index, &|_| 1.0);
    // Components in the order in which the program comes by them; each once.
    let mut names: Vec<&str> = Vec::new();
    if flow.from != NOWHERE {
        names.push(&system.stations[flow.from as usize].name);
    }
    let mut visits: Vec<(String, f64)> = Vec::new();
    for at in order(system, flow.start) {
        let Instruction::Visit(visit) = system.program.code[at as usize] else { continue };
        let name = system.stations[system.program.visits[visit as usize].station as usize].name.as_str();
        if names.last() != Some(&name) {
            names.push(name);
        }
        let count = passage.visits.get(&at).copied().unwrap_or(0.0);
        match visits.iter_mut().find(|(other, _)| other == name) {
            Some((_, sum)) => *sum += count,
            None => visits.push((name.to_string(), count)),
        }
    }
    visits.retain(|(_, count)| (count - 1.0).abs() > 1e-9);
    let ticks = system.clock.ticks_per_second();
    Some(FlowPath {
        name: flow.name.clone(),
        arrivals: arrivals_in_words(arrivals, flow.count, ticks),
        path: if names.is_empty() { "(no component)".into() } else { names.join(" -> ") },
        visits,
    })
}

/// Places of a program, the first way first.
fn order(system: &System, start: u32) -> Vec<u32> {
    let mut seen = Vec::new();
    let mut stack = vec![start];
    while let Some(at) = stack.pop() {
        if !seen.contains(&at) {
            seen.push(at);
            stack.extend(graph::successors(system, at).into_iter().rev().map(|(to, _)| to));
        }
    }
    seen
}

/// Circles of components that block when full: each may hold requests that wait for room at the next. A circle with a
/// component that always has room, or that drops, cannot lock up.
fn deadlocks(system: &System) -> Vec<(Vec<String>, u64)> {
    let blocks = |index: usize| system.stations[index].blocks && system.stations[index].limit < u32::MAX;
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<_> = (0..system.stations.len()).map(|index| graph.add_node(index)).collect();
    for (_, from, to, _) in graph::passages(system) {
        if blocks(from) && blocks(to) {
            graph.update_edge(nodes[from], nodes[to], ());
        }
    }
    let circles = petgraph::algo::tarjan_scc(&graph).into_iter().filter(|members| match members.as_slice() {
        [one] => graph.contains_edge(*one, *one),
        _ => true,
    });
    let mut found = Vec::new();
    for members in circles {
        let mut stations: Vec<usize> = members.into_iter().map(|node| graph[node]).collect();
        stations.sort_unstable();
        // Requests that fill the circle: fewer cannot lock it.
        let least = stations.iter().map(|i| u64::from(system.stations[*i].limit)).sum();
        let most: Option<u64> = system
            .flows
            .iter()
            .filter(|flow| flow.arrivals.is_some())
            .map(|flow| match flow.arrivals {
                Some(Arrivals::Closed { users, .. }) => Some(u64::from(users) * u64::from(flow.count)),
                _ => None,
            })
            .sum();
        let single = stations.iter().map(|i| u64::from(system.stations[*i].limit)).min().unwrap_or(0);
        // Two neighbours that fill each other are the smallest way to lock up; a lone one needs itself only.
        let enough = if stations.len() <= 2 { least } else { single.saturating_mul(2) };
        if most.is_none_or(|most| most >= enough) {
            found.push((stations.iter().map(|i| system.stations[*i].name.clone()).collect(), least));
        }
    }
    found
}
