//! The component graph: which components a request passes one after the other, and what can be said of it before
//! anything runs.
//!
//! The graph follows from the programs: every way through a flow is walked, and each pair of components that it passes
//! one after the other is an edge. The same walk finds flows that can never end and, with the probabilities of its
//! choices, how often each step is taken.

use crate::lower::{Path, Problem};
use crate::spec;
use crate::system::{Arrivals, Demand, Instruction, Lane, NOWHERE, System};
use petgraph::dot::{Config, Dot};
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet};

/// An edge: requests of a flow pass from one component to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The flow.
    pub flow: usize,
    /// Passages per request of the flow, where that is known.
    pub per_request: f64,
}

/// The component graph; node weights are component indices.
pub type ComponentGraph = DiGraph<usize, Edge>;

/// What a request may do after an instruction, with the share of cases in which it does. Losses are left out; the ways
/// that only a Timeout opens have no share.
pub fn successors(system: &System, at: u32) -> Vec<(u32, f64)> {
    let program = &system.program;
    match program.code[at as usize] {
        Instruction::Done
        | Instruction::Fail
        | Instruction::BranchEnd
        | Instruction::BatchEnd
        | Instruction::Raise(_) => Vec::new(),
        Instruction::Jump(target) => vec![(target, 1.0)],
        Instruction::Choose(index) => {
            let choice = &program.choices[index as usize];
            let mut before = 0.0;
            let shares = choice.cumulative.iter().map(|c| c - std::mem::replace(&mut before, *c));
            choice.targets.iter().copied().zip(shares).filter(|(_, share)| *share > 0.0).collect()
        }
        Instruction::Balance(index) => {
            let step = &program.balances[index as usize];
            let share = 1.0 / step.targets.len().max(1) as f64;
            step.targets.iter().map(|target| (*target, share)).collect()
        }
        Instruction::Become(flow) => vec![(system.flows[flow as usize].start, 1.0)],
        Instruction::Fork(index) => {
            let fork = &program.forks[index as usize];
            let mut all: Vec<(u32, f64)> = fork.branches.iter().map(|branch| (*branch, 1.0)).collect();
            all.push((fork.after, 1.0));
            all
        }
        Instruction::Spawn(index) => vec![(program.spawns[index as usize].body, 1.0), (at + 1, 1.0)],
        Instruction::TimeoutBegin(index) => {
            let mut all = vec![(at + 1, 1.0)];
            // Taken only when it fires: a way, but with no known share.
            all.extend(program.timeouts[index as usize].otherwise.map(|target| (target, 0.0)));
            all
        }
        Instruction::RepeatEnd(body) => {
            // The loop that ends here is that whose body starts there: its mean number of rounds is known.
            let mean = repeat_mean(system, body);
            vec![(body, mean / (1.0 + mean)), (at + 1, 1.0 / (1.0 + mean))]
        }
        Instruction::Ask(index) => {
            let step = &program.asks[index as usize];
            step.ways.iter().copied().zip(step.shares.iter().copied()).collect()
        }
        Instruction::Put(index) => {
            let step = &program.puts[index as usize];
            let mut all: Vec<(u32, f64)> = step.ask.ways.iter().copied().zip(step.ask.shares.iter().copied()).collect();
            all.push((step.body, step.ask.shares.first().copied().unwrap_or(0.0)));
            all
        }
        Instruction::HandOver(index) => vec![(program.spawns[index as usize].body, 1.0), (at + 1, 1.0)],
        // How often a body is repeated is not known before it runs either.
        Instruction::Commit(start) => vec![(start, 0.0), (at + 1, 1.0)],
        Instruction::Call(index) => {
            let call = &program.calls[index as usize];
            vec![(system.flows[call.flow as usize].start, f64::from(call.times)), (at + 1, 1.0)]
        }
        Instruction::Ride(index) => {
            let step = &program.batches[index as usize];
            vec![(step.body, step.share), (at + 1, 1.0)]
        }
        // The first poll may be the last.
        Instruction::AwaitEnd(body) => vec![(body, 0.0), (at + 1, 1.0)],
        Instruction::Further(index) => {
            let step = &program.furthers[index as usize];
            step.ways.iter().copied().zip(step.shares.iter().copied()).collect()
        }
        // How often a passive component takes time is not known before it runs.
        Instruction::Owed => vec![(at + 1, 0.0), (at + 2, 1.0)],
        _ => vec![(at + 1, 1.0)],
    }
}

fn repeat_mean(system: &System, body: u32) -> f64 {
    // RepeatBegin, the jump to the test, then the body.
    match system.program.code.get(body.saturating_sub(2) as usize) {
        Some(Instruction::RepeatBegin(index)) => {
            rounded_mean(&system.program.repeats[*index as usize].amount.distribution)
        }
        _ => 1.0,
    }
}

/// Mean of a number that is rounded to the nearest whole one: the sum over k of P(X >= k - 1/2). Where there is no
/// formula for the distribution, or the sum would be long, the mean itself.
pub fn rounded_mean(distribution: &sim_core::distributions::Distribution) -> f64 {
    let mean = distribution.mean().max(0.0);
    let tail = |k: f64| distribution.cdf(k - 0.5).map(|below| 1.0 - below);
    if distribution.is_constant() {
        return (mean + 0.5).floor();
    }
    if mean.is_nan() || mean > 1000.0 || tail(1.0).is_none() {
        return mean;
    }
    let mut sum = 0.0;
    for k in 1..100_000_u32 {
        match tail(f64::from(k)) {
            Some(more) if more > 1e-13 => sum += more,
            _ => break,
        }
    }
    sum
}

/// How the requests of a flow fare where some of them do not survive a visit.
#[derive(Clone, Debug, Default)]
pub struct Passage {
    /// Expected times that each instruction is taken.
    pub visits: BTreeMap<u32, f64>,
    /// Probability that a request at that instruction ends correctly.
    pub correct: BTreeMap<u32, f64>,
}

/// Expected passes of each instruction, and chances of a correct end from there, when a visit is survived with the
/// probability that `survives` gives for its place. A loop counts as if each round were followed by another with a
/// fixed probability, which keeps all means where nothing is lost within it.
pub fn passage(system: &System, flow: usize, survives: &dyn Fn(u32) -> f64) -> Passage {
    let start = system.flows[flow].start;
    let places: Vec<u32> = reachable(system, start).into_iter().collect();
    let position: BTreeMap<u32, usize> = places.iter().enumerate().map(|(i, at)| (*at, i)).collect();
    let n = places.len();
    let mut into: Vec<Vec<(usize, f64)>> = vec![Vec::new(); n];
    let mut onward: Vec<Vec<(usize, f64)>> = vec![Vec::new(); n];
    for (i, at) in places.iter().enumerate() {
        let kept = if matches!(system.program.code[*at as usize], Instruction::Visit(_)) { survives(*at) } else { 1.0 };
        for (to, share) in successors(system, *at) {
            if share * kept > 0.0 {
                into[position[&to]].push((i, share * kept));
                onward[i].push((position[&to], share * kept));
            }
        }
    }
    let own: Vec<f64> = places.iter().map(|at| f64::from(u8::from(*at == start))).collect();
    let ends: Vec<f64> = places
        .iter()
        .map(|at| f64::from(u8::from(matches!(system.program.code[*at as usize], Instruction::Done))))
        .collect();
    let visits = settle(&own, &into, false);
    let correct = settle(&ends, &onward, true);
    Passage {
        visits: places.iter().copied().zip(visits).collect(),
        correct: places.iter().copied().zip(correct).collect(),
    }
}

/// x = own + A x by Gauss-Seidel, backwards where the last rows are settled first.
fn settle(own: &[f64], rows: &[Vec<(usize, f64)>], backwards: bool) -> Vec<f64> {
    let mut values = vec![0.0; own.len()];
    for _ in 0..200_000 {
        let mut change = 0.0f64;
        for step in 0..own.len() {
            let i = if backwards { own.len() - 1 - step } else { step };
            let value: f64 = own[i] + rows[i].iter().map(|(j, share)| values[*j] * share).sum::<f64>();
            change = change.max((value - values[i]).abs() / value.max(1.0));
            values[i] = value;
        }
        if change < 1e-13 {
            break;
        }
    }
    values
}

/// Instructions that a request of a flow can reach, in order of place.
pub fn reachable(system: &System, start: u32) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    let mut stack = vec![start];
    while let Some(at) = stack.pop() {
        if seen.insert(at) {
            stack.extend(successors(system, at).into_iter().map(|(to, _)| to));
        }
    }
    seen
}

/// Expected times that a request of a flow takes each instruction that it can reach. Balanced choices count as equal,
/// timeouts as never firing, losses as absent.
pub fn visits_per_request(system: &System, flow: usize) -> BTreeMap<u32, f64> {
    passage(system, flow, &|_| 1.0).visits
}

/// The component graph of a system.
pub fn build(system: &System) -> ComponentGraph {
    let mut graph = ComponentGraph::new();
    let nodes: Vec<NodeIndex> = (0..system.stations.len()).map(|i| graph.add_node(i)).collect();
    for (flow, from, to, per_request) in passages(system) {
        graph.add_edge(nodes[from], nodes[to], Edge { flow, per_request });
    }
    graph
}

/// Which components follow each other: (flow, from, to, passages per request).
pub fn passages(system: &System) -> Vec<(usize, usize, usize, f64)> {
    let mut all = Vec::new();
    for (index, flow) in system.flows.iter().enumerate() {
        if flow.arrivals.is_none() && flow.owned.is_none() {
            continue;
        }
        let visits = visits_per_request(system, index);
        // Walk over (place, last component).
        let mut seen = BTreeSet::new();
        let mut edges: BTreeMap<(u16, u16), BTreeSet<u32>> = BTreeMap::new();
        let mut stack = vec![(flow.start, flow.from)];
        while let Some((at, last)) = stack.pop() {
            if !seen.insert((at, last)) {
                continue;
            }
            let mut here = last;
            if let Instruction::Visit(visit) = system.program.code[at as usize] {
                here = system.program.visits[visit as usize].station;
                if last != NOWHERE {
                    edges.entry((last, here)).or_default().insert(at);
                }
            }
            if let Instruction::Interrupt(step) = system.program.code[at as usize] {
                here = system.program.interrupts[step as usize].station;
                if last != NOWHERE {
                    edges.entry((last, here)).or_default().insert(at);
                }
            }
            // A request goes to no passive component: it is asked from where the request is.
            if let Some(ask) = system.program.question(at)
                && last != NOWHERE
            {
                let asked = ask.station;
                edges.entry((last, asked)).or_default().insert(at);
            }
            stack.extend(successors(system, at).into_iter().map(|(to, _)| (to, here)));
        }
        for ((from, to), places) in edges {
            let per_request = places.iter().map(|at| visits.get(at).copied().unwrap_or(0.0)).sum();
            all.push((index, from as usize, to as usize, per_request));
        }
    }
    all
}

/// The component graph in the DOT language of Graphviz.
pub fn dot(system: &System) -> String {
    let graph = build(system).map(
        |_, station| {
            let station = &system.stations[*station];
            format!("{}\\n{}", station.name.replace('"', "'"), station.kind.name())
        },
        |_, edge| system.flows[edge.flow].name.replace('"', "'"),
    );
    let text = Dot::with_attr_getters(
        &graph,
        &[Config::NodeNoLabel, Config::EdgeNoLabel],
        &|_, edge| format!("label=\"{}\"", edge.weight()),
        &|_, (_, name)| format!("label=\"{name}\""),
    );
    format!("{text:?}").replacen("digraph {", "digraph system {\n    rankdir=LR; node [shape=box, style=rounded];", 1)
}

/// What is wrong with a system that each of its parts is right by itself.
pub fn check(system: &System, spec: &spec::System) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |path: Path, message: String, help: &str, warning: bool| {
        problems.push(Problem { path, message, help: Some(help.to_string()), warning });
    };
    let flows_at = Path::new("system.flows");
    let components_at = Path::new("system.components");

    if system.flows.iter().all(|flow| flow.arrivals.is_none()) {
        problem(flows_at.clone(), "no flow has arrivals: nothing would happen".into(), "give a flow `arrivals`", false);
    }
    let becomes: BTreeSet<u32> = system
        .program
        .code
        .iter()
        .filter_map(|i| match i {
            Instruction::Become(flow) => Some(*flow),
            Instruction::Call(call) => Some(u32::from(system.program.calls[*call as usize].flow)),
            _ => None,
        })
        .collect();
    for (index, flow) in system.flows.iter().enumerate() {
        let at = system.flow_path(index);
        if flow.arrivals.is_none() && flow.owned.is_none() && !becomes.contains(&(index as u32)) {
            let help = "give it `arrivals`, or let another flow `Become` it";
            problem(
                at.clone(),
                format!("the flow `{}` has no arrivals, and no flow becomes it or publishes to it", flow.name),
                help,
                false,
            );
        }
        if !can_end(system, flow.start) {
            let help = "give its Become steps a way to an end, such as a Choose";
            problem(at.clone(), format!("the flow `{}` can never end", flow.name), help, false);
        }
        if let Some(Arrivals::Closed { think, .. }) = &flow.arrivals
            && think.mean() <= 0.0
            && takes_no_time(system, flow.start)
        {
            let help = "give it a think time, or a step that takes time";
            let message = "users who neither think nor wait never let time pass".into();
            problem(at.field("arrivals"), message, help, false);
        }
    }

    // Components that nothing uses.
    let of_file = system.flows.iter().filter(|flow| flow.owned.is_none());
    let mut used: BTreeSet<usize> = of_file.map(|flow| flow.from as usize).collect();
    let reached: BTreeSet<u32> = system
        .flows
        .iter()
        .filter(|flow| flow.arrivals.is_some() || flow.owned.is_some())
        .flat_map(|flow| reachable(system, flow.start))
        .collect();
    for at in &reached {
        if let Instruction::Visit(visit) = system.program.code[*at as usize] {
            let visit = &system.program.visits[visit as usize];
            used.insert(visit.station as usize);
            used.insert(visit.ends.1 as usize);
        }
        if let Instruction::Interrupt(step) = system.program.code[*at as usize] {
            used.insert(system.program.interrupts[step as usize].station as usize);
        }
        if let Some(ask) = system.program.question(*at) {
            used.insert(ask.station as usize);
        }
    }
    for (index, station) in system.stations.iter().enumerate() {
        if !used.contains(&index) {
            let message = format!("no flow uses `{}`", station.name);
            problem(components_at.field(&station.name), message, "remove it, or let a flow pass it", true);
        }
        if station.kind == crate::system::Kind::Storage && station.capacity.is_some() {
            let writes = system.program.visits.iter().any(|v| v.station as usize == index && v.fills);
            if !writes {
                let at = components_at.field(&station.name).field("capacity");
                problem(at, "nothing is ever written here".into(), "the capacity has no effect", true);
            }
        }
    }

    check_links(system, spec, &mut problem);
    problems
}

/// Where links are declared, flows may cross only these, and every component must be reachable over them.
fn check_links(system: &System, spec: &spec::System, problem: &mut impl FnMut(Path, String, &str, bool)) {
    let Some(links) = &spec.links else { return };
    let at = Path::new("system.links");
    let index = |name: &String| spec.components.get_index_of(name);
    let mut allowed = BTreeSet::new();
    for (i, (a, b)) in links.iter().enumerate() {
        for (side, name) in [(0, a), (1, b)] {
            if index(name).is_none() {
                let help = "links join components";
                problem(at.index(i).index(side), format!("unknown component `{name}`"), help, false);
            }
        }
        if let (Some(a), Some(b)) = (index(a), index(b)) {
            if a == b {
                problem(at.index(i), "a link from a component to itself".into(), "remove it", true);
            }
            allowed.insert((a, b));
            allowed.insert((b, a));
        }
    }
    let name = |i: usize| &system.stations[i].name;
    let mut told = BTreeSet::new();
    for (flow, from, to, _) in passages(system) {
        if from != to && !allowed.contains(&(from, to)) && told.insert((flow, from, to)) {
            let path = system.flow_path(flow);
            let message = format!(
                "the flow `{}` crosses from `{}` to `{}` without a link",
                system.flows[flow].name,
                name(from),
                name(to)
            );
            let help =
                format!("add (\"{}\", \"{}\") to `links`, or send over a network that is linked", name(from), name(to));
            problem(path, message, &help, false);
        }
    }
    let sources: Vec<usize> =
        system.flows.iter().map(|f| f.from as usize).filter(|i| *i < system.stations.len()).collect();
    if sources.is_empty() {
        return;
    }
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut stack = sources;
    while let Some(i) = stack.pop() {
        if seen.insert(i) {
            stack.extend(allowed.iter().filter(|(a, _)| *a == i).map(|(_, b)| *b));
        }
    }
    for i in 0..system.stations.len() {
        if !seen.contains(&i) {
            let message = format!("`{}` cannot be reached over the links from any source", name(i));
            problem(Path::new("system.components").field(name(i)), message, "add a link", true);
        }
    }
}

/// Whether a request that starts there can come to an end.
fn can_end(system: &System, start: u32) -> bool {
    reachable(system, start).iter().any(|at| {
        matches!(system.program.code[*at as usize], Instruction::Done | Instruction::Fail | Instruction::Raise(_))
    }) && every_place_leads_to_an_end(system, start)
}

fn every_place_leads_to_an_end(system: &System, start: u32) -> bool {
    let places = reachable(system, start);
    let mut ends: BTreeSet<u32> = places
        .iter()
        .copied()
        .filter(|at| {
            matches!(
                system.program.code[*at as usize],
                Instruction::Done
                    | Instruction::Fail
                    | Instruction::Raise(_)
                    | Instruction::BranchEnd
                    | Instruction::BatchEnd
            )
        })
        .collect();
    loop {
        let more: Vec<u32> = places
            .iter()
            .copied()
            .filter(|at| !ends.contains(at) && successors(system, *at).iter().any(|(to, _)| ends.contains(to)))
            .collect();
        if more.is_empty() {
            return places.iter().all(|at| ends.contains(at));
        }
        ends.extend(more);
    }
}

/// Whether no step of a flow ever takes time.
fn takes_no_time(system: &System, start: u32) -> bool {
    let program = &system.program;
    reachable(system, start).iter().all(|at| match program.code[*at as usize] {
        Instruction::Visit(visit) => {
            let visit = &program.visits[visit as usize];
            let some = |draw: &Option<crate::system::Draw>| draw.as_ref().is_some_and(|d| d.distribution.mean() > 0.0);
            let work = match &visit.demand {
                Demand::None | Demand::Owed | Demand::OwedData { .. } | Demand::Endless => false,
                Demand::Time(draw) => draw.distribution.mean() > 0.0,
                Demand::Framed { size, framing } => framing.span(size.distribution.mean()) > 0.0,
                Demand::Data { size, overhead, ticks_per_bit } => {
                    (size.distribution.mean() + overhead) * ticks_per_bit > 0.0
                }
            };
            !(work || some(&visit.fixed) || some(&visit.latency))
        }
        Instruction::Delay(delay) => program.delays[delay as usize].amount.distribution.mean() <= 0.0,
        _ => true,
    })
}

/// The directions in which each visit of a flow can be made: 0, or 1 for the second queue of a full-duplex network.
pub fn directions(system: &System, flow: usize) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut lanes: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut stack = vec![(system.flows[flow].start, system.flows[flow].from)];
    while let Some((at, mut location)) = stack.pop() {
        if !seen.insert((at, location)) {
            continue;
        }
        if let Instruction::Visit(visit) = system.program.code[at as usize] {
            let visit = &system.program.visits[visit as usize];
            let lane = match visit.lane {
                Lane::Direction(second) => u32::from(location == second),
                _ => 0,
            };
            lanes.entry(at).or_default().insert(lane);
            if visit.location != NOWHERE {
                location = visit.location;
            } else if let Some((a, b)) = system.stations[visit.station as usize].between {
                location = if location == a { b } else { a };
            }
        }
        stack.extend(successors(system, at).into_iter().map(|(to, _)| (to, location)));
    }
    lanes
}

/// Offered work of each component: mean busy servers per server that the flows ask for, where all arrivals are open; of
/// a full-duplex network that of the direction that is asked for more. `None` where a closed or saturated flow passes (it
/// offers what the system takes), or a mean is infinite.
pub fn offered_utilisation(system: &System) -> Vec<Option<f64>> {
    let mut offered = vec![Some([0.0; 2]); system.stations.len()];
    for (index, flow) in system.flows.iter().enumerate() {
        let Some(arrivals) = &flow.arrivals else { continue };
        let rate = mean_rate(arrivals).map(|per_tick| per_tick * f64::from(flow.count));
        let directions = directions(system, index);
        for (at, times) in visits_per_request(system, index) {
            if let Instruction::Interrupt(step) = system.program.code[at as usize] {
                let step = &system.program.interrupts[step as usize];
                let slot = &mut offered[step.station as usize];
                let handled = rate.map(|rate| rate * times * step.handler.distribution.mean());
                let servers = system.stations[step.station as usize].servers();
                *slot = slot.zip(handled).map(|([there, back], own)| [there + own / servers, back]);
                continue;
            }
            let Instruction::Visit(visit) = system.program.code[at as usize] else { continue };
            let visit = &system.program.visits[visit as usize];
            let station = &system.stations[visit.station as usize];
            let slot = &mut offered[visit.station as usize];
            *slot = match (*slot, rate) {
                (Some(sums), Some(rate)) => {
                    let servers = station.speeds.iter().sum::<f64>() * f64::from(station.count);
                    let demand = mean_demand(visit) * f64::from(visit.needs) * attempts(station);
                    let own = rate * times * demand / (servers * duty(station));
                    // Half to each where the direction depends on the way taken.
                    let share = |lane: u32| match directions.get(&at) {
                        Some(lanes) if lanes.contains(&lane) => 1.0 / lanes.len() as f64,
                        _ => 0.0,
                    };
                    Some([sums[0] + own * share(0), sums[1] + own * share(1)])
                        .filter(|s| s[0].is_finite() && s[1].is_finite())
                }
                _ => None,
            };
        }
    }
    offered.into_iter().map(|sums| sums.map(|[there, back]| f64::max(there, back))).collect()
}

/// Mean attempts per visit.
pub fn attempts(station: &crate::system::Station) -> f64 {
    let p = station.reliability;
    match station.attempts {
        0 => 1.0,
        _ if p >= 1.0 => 1.0,
        u32::MAX => 1.0 / p,
        n => (1.0 - (1.0 - p).powi(n as i32 + 1)) / p,
    }
}

/// Mean share of servers that are on duty and not down.
fn duty(station: &crate::system::Station) -> f64 {
    let total: f64 = station.schedule.iter().map(|(time, _)| *time as f64).sum();
    let on_duty = if total > 0.0 {
        let sum: f64 = station.schedule.iter().map(|(time, n)| *time as f64 * f64::from(*n)).sum();
        sum / total / station.speeds.len() as f64
    } else {
        1.0
    };
    let up = station.failures.as_ref().map_or(1.0, |f| {
        let (up, down) = (f.time_to_failure.mean(), f.repair.mean());
        if up.is_finite() { up / (up + down) } else { 1.0 }
    });
    on_duty * up
}

/// Mean service of a visit at speed 1 [ticks], without laws.
pub fn mean_demand(visit: &crate::system::Visit) -> f64 {
    let fixed = visit.fixed.as_ref().map_or(0.0, |draw| draw.distribution.mean());
    fixed
        + match &visit.demand {
            Demand::None => 0.0,
            Demand::Time(draw) => draw.distribution.mean(),
            // Near the mean: what is added goes in steps.
            Demand::Framed { size, framing } => framing.span(size.distribution.mean()),
            // Not known before it runs.
            Demand::Owed | Demand::OwedData { .. } | Demand::Endless => 0.0,
            Demand::Data { size, overhead, ticks_per_bit } => (size.distribution.mean() + overhead) * ticks_per_bit,
        }
}

/// Mean arrivals of one instance [per tick]; `None` for closed and saturated flows, and for given times.
pub fn mean_rate(arrivals: &Arrivals) -> Option<f64> {
    match arrivals {
        Arrivals::Renewal { gap, .. } => Some(1.0 / gap.mean()),
        Arrivals::Periodic { every, .. } => Some(1.0 / *every as f64),
        Arrivals::TimeVarying { pieces, total } => {
            Some(pieces.iter().map(|(time, rate)| *time as f64 * rate).sum::<f64>() / *total as f64)
        }
        Arrivals::Modulated { states, moves } => {
            // Shares of time in the states: those of the embedded chain weighted by the mean stays (semi-Markov).
            let n = states.len();
            let mut share = vec![1.0 / n as f64; n];
            for _ in 0..10_000 {
                let mut next = vec![0.0; n];
                for (i, row) in moves.iter().enumerate() {
                    let mut before = 0.0;
                    for (j, c) in row.iter().enumerate() {
                        next[j] += share[i] * (c - before);
                        before = *c;
                    }
                }
                // Damped, so that chains with a period settle as well.
                share = share.iter().zip(&next).map(|(a, b)| 0.5 * (a + b)).collect();
            }
            let time: f64 = share.iter().zip(states).map(|(s, (_, stay))| s * stay).sum();
            let arrivals: f64 = share.iter().zip(states).map(|(s, (gap, stay))| s * stay / gap).sum();
            Some(arrivals / time)
        }
        Arrivals::Batch { size, arrivals } => mean_rate(arrivals).map(|rate| rate * size.mean()),
        Arrivals::At { .. } | Arrivals::Closed { .. } | Arrivals::Saturated { .. } => None,
    }
}
