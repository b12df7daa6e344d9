//! The component graph of a run, with what was measured, as it is stored.

use crate::results::Results;
use models::system::{Kind, Station, System};
use serde::{Deserialize, Serialize};

/// A component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its size in words, such as "4 cores".
    pub size: String,
}

/// Requests of a flow pass from one component to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// The component that they leave, by index.
    pub from: usize,
    /// The component that they come to, by index.
    pub to: usize,
    /// The flow, by index.
    pub flow: usize,
    /// Passages per correct request of the flow.
    pub per_request: f64,
    /// Passages per second, by the measured throughput of the flow.
    pub rate: f64,
}

/// The component graph of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// The components in the order of the file.
    pub nodes: Vec<Node>,
    /// What passes between them.
    pub edges: Vec<Edge>,
}

impl Graph {
    /// The graph of a system with the throughputs of a run.
    pub fn of(system: &System, results: &Results) -> Graph {
        let node = |station: &Station| Node {
            name: station.name.clone(),
            kind: station.kind.name().to_string(),
            size: size(station),
        };
        let graph = models::graph::build(system);
        let edges = graph.edge_indices().filter_map(|index| {
            let ((from, to), edge) = (graph.edge_endpoints(index)?, graph.edge_weight(index)?);
            let flow = &system.flows[edge.flow].name;
            // Requests that set out, whether or not they arrive: what left correctly over the share of those born.
            let found = |what: &str| results.find(&format!("{flow}.{what}")).map(|estimate| estimate.value);
            let share = found("reliability").filter(|share| *share > 0.0).unwrap_or(1.0);
            let throughput = found("throughput").unwrap_or(0.0) / share;
            let per_request = edge.per_request;
            Some(Edge {
                from: graph[from],
                to: graph[to],
                flow: edge.flow,
                per_request,
                rate: per_request * throughput,
            })
        });
        Graph { nodes: system.stations.iter().map(node).collect(), edges: edges.collect() }
    }
}

/// Instances and servers in words.
fn size(station: &Station) -> String {
    let servers = station.speeds.len();
    let word = match station.kind {
        Kind::Device | Kind::Processor => "core",
        Kind::Network | Kind::Storage => "channel",
        Kind::Passive(_) => "",
    };
    let servers = match (servers, station.serves) {
        (1, _) | (_, false) => String::new(),
        (n, true) => format!("{n} {word}s"),
    };
    match (station.count, servers.is_empty()) {
        (1, _) => servers,
        (count, true) => format!("{count} instances"),
        (count, false) => format!("{count} x {servers}"),
    }
}
