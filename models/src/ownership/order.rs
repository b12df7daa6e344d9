//! Circles of components that requests take in different orders.

use super::pools::limit;
use super::{Asked, Ownership, exclusion, most, users};
use crate::resources::{Exclusion, Mode};
use crate::system::System;
use std::collections::{BTreeMap, VecDeque};

/// A request waits for one thing while it holds another.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The flow of the request.
    pub flow: usize,
    /// The question by which it has got what it holds.
    pub held: usize,
    /// The question that it waits at.
    pub asked: usize,
}

/// A circle: each waits for what the next holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Circle {
    /// Who holds and waits for what.
    pub edges: Vec<Edge>,
    /// The components, each of which is held by the edge of the same place.
    pub stations: Vec<usize>,
    /// Requests at once that it takes at least.
    pub least: u64,
}

/// The shortest circle through each component that is in one, each circle once. A wait that ends by itself closes none,
/// nor do readers among themselves, nor requests that something else keeps apart.
pub fn circles(system: &System, all: &[Ownership]) -> Vec<Circle> {
    let graph = Graph::new(system, all);
    let mut found: Vec<Circle> = Vec::new();
    let mut covered = vec![false; graph.edges.len()];
    for start in 0..graph.edges.len() {
        if covered[start] {
            continue;
        }
        if let Some(circle) = graph.shortest(start) {
            circle.iter().for_each(|edge| covered[*edge] = true);
            found.extend(graph.circle(&circle));
        }
    }
    found
}

struct Graph<'s, 'a> {
    system: &'s System,
    /// What each edge is made of; the first of its kind stands for the others.
    edges: Vec<(Edge, &'a Asked)>,
    /// By station: the edges that hold it.
    holding: BTreeMap<u16, Vec<usize>>,
    /// Stations that somebody who writes waits for.
    written: Vec<u16>,
}

impl<'s, 'a> Graph<'s, 'a> {
    fn new(system: &'s System, all: &'a [Ownership]) -> Graph<'s, 'a> {
        let mut graph = Graph { system, edges: Vec::new(), holding: BTreeMap::new(), written: Vec::new() };
        let asks = &system.program.asks;
        for asked in all.iter().flat_map(|ownership| &ownership.asked) {
            let (station, mode) = (asks[asked.ask].station, asks[asked.ask].mode);
            let modes = matches!(exclusion(system, asked.ask), Exclusion::Modes { .. });
            if asked.holds && (mode == Mode::Exclusive as u8 || !modes) {
                graph.written.push(station);
            }
        }
        let mut kinds = BTreeMap::new();
        for asked in all.iter().flat_map(|ownership| &ownership.asked) {
            if !asked.waits || asked.ends_by_itself {
                continue;
            }
            for held in &asked.held {
                let (to, from) = (&asks[asked.ask], &asks[*held]);
                let waited_for =
                    |ask: usize| matches!(exclusion(system, ask), Exclusion::Units(_) | Exclusion::Modes { .. });
                let alike = (asked.flow, from.station, from.mode, to.station, to.mode, asked.held.clone());
                if from.station == to.station && matches!(exclusion(system, asked.ask), Exclusion::Units(_)) {
                    // Several draws from one pool: see there.
                    continue;
                }
                if waited_for(asked.ask) && waited_for(*held) && kinds.insert(alike, ()).is_none() {
                    let edge = Edge { flow: asked.flow, held: *held, asked: asked.ask };
                    graph.holding.entry(from.station).or_default().push(graph.edges.len());
                    graph.edges.push((edge, asked));
                }
            }
        }
        graph
    }

    /// Whether who asks so waits for who holds so.
    fn conflict(&self, asked: usize, held: usize) -> bool {
        let asks = &self.system.program.asks;
        match exclusion(self.system, asked) {
            Exclusion::Nothing | Exclusion::Success => false,
            Exclusion::Units(_) => true,
            Exclusion::Modes { readers_wait } => {
                let writes = |ask: usize| asks[ask].mode == Mode::Exclusive as u8;
                let between = readers_wait && self.written.contains(&asks[asked].station);
                writes(asked) || writes(held) || between
            }
        }
    }

    /// The edges that a request at this one may wait for.
    fn next(&self, edge: usize) -> impl Iterator<Item = usize> + '_ {
        let (Edge { asked, .. }, own) = &self.edges[edge];
        let station = self.system.program.asks[*asked].station;
        let holding = self.holding.get(&station).map_or(&[] as &[usize], Vec::as_slice);
        holding.iter().copied().filter(move |other| {
            let (next, others) = &self.edges[*other];
            let stations = [self.held_station(edge), station, self.asked_station(*other)];
            // What keeps the two apart keeps them from waiting for each other.
            let apart = edge != *other && limit(self.system, &[own, others], &stations) == Some(1);
            self.conflict(*asked, next.held) && !apart
        })
    }

    fn held_station(&self, edge: usize) -> u16 {
        self.system.program.asks[self.edges[edge].0.held].station
    }

    fn asked_station(&self, edge: usize) -> u16 {
        self.system.program.asks[self.edges[edge].0.asked].station
    }

    /// The shortest way round from an edge to itself.
    fn shortest(&self, start: usize) -> Option<Vec<usize>> {
        let mut before: BTreeMap<usize, usize> = BTreeMap::new();
        let mut todo = VecDeque::from([start]);
        while let Some(edge) = todo.pop_front() {
            for next in self.next(edge) {
                if next == start {
                    let mut way = vec![edge];
                    while let Some(edge) = way.last().and_then(|edge| before.get(edge)) {
                        way.push(*edge);
                    }
                    way.reverse();
                    return Some(way);
                }
                if next != start && !before.contains_key(&next) {
                    before.insert(next, edge);
                    todo.push_back(next);
                }
            }
        }
        None
    }

    /// A way round as a circle, where there can be enough requests for it.
    fn circle(&self, way: &[usize]) -> Option<Circle> {
        let system = self.system;
        let asked: Vec<&Asked> = way.iter().map(|edge| self.edges[*edge].1).collect();
        let edges: Vec<Edge> = way.iter().map(|edge| self.edges[*edge].0.clone()).collect();
        let stations: Vec<u16> = way.iter().map(|edge| self.held_station(*edge)).collect();
        // Those that hold a component must hold so much of it that the one before has to wait.
        let holders = |i: usize| {
            let before = &edges[(i + edges.len() - 1) % edges.len()];
            match exclusion(system, edges[i].held) {
                Exclusion::Units(capacity) => {
                    let held = most(system, edges[i].held).unwrap_or(capacity).max(1.0);
                    let wanted = most(system, before.asked).unwrap_or(capacity);
                    ((capacity - wanted).max(0.0) / held) as u64 + 1
                }
                // A reader between two others waits for a writer who waits for the first.
                _ => 1 + u64::from(edges.len() == 1),
            }
        };
        let least: u64 = (0..edges.len()).map(holders).sum();
        let mut flows: Vec<usize> = edges.iter().map(|edge| edge.flow).collect();
        flows.sort_unstable();
        flows.dedup();
        let copies = |flow: usize| {
            let own = asked.iter().filter(|asked| asked.flow == flow);
            own.map(|asked| asked.copies).try_fold(1, |most: u64, copies| copies.map(|copies| most.max(copies)))
        };
        let there: Option<u64> =
            flows.iter().map(|flow| Some(users(system, *flow)?.saturating_mul(copies(*flow)?))).sum();
        let gate = limit(system, &asked, &stations);
        let most = there.unwrap_or(u64::MAX).min(gate.unwrap_or(u64::MAX));
        let alone = edges.len() == 1;
        (most >= if alone { 1 } else { least }).then(|| Circle {
            edges,
            stations: stations.into_iter().map(usize::from).collect(),
            least,
        })
    }
}
