//! Closed forms: which of them holds for which part of a system, and what they predict.
//!
//! Flows that share queues make an *island*, which is solved by itself. An open island is walked in the order of its
//! queues: as long as all of them keep product form (Jackson 1963; Baskett, Chandy, Muntz and Palacios 1975), what
//! leaves them is Poisson again (Burke 1956), so that the next queue may be of any kind that has a formula for Poisson
//! arrivals. What comes after that is approximate. A closed island has product form as a whole, or no closed form.

use super::model::{Model, Queue, Source, Split};
use super::station::{Answer, Input, is_product_form, rate, solve};
use crate::results::Scope;
use crate::study::Study;
use models::analytic::mva::{Capacity, ClosedNetwork, ClosedStation, exact_mva, product_form};
use models::graph::{self, Passage};
use std::collections::{BTreeMap, BTreeSet};

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

/// What theory says of a system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Theory {
    /// The predictions.
    pub predictions: Vec<Prediction>,
    /// What has no closed form: (flow or component, why).
    pub declined: Vec<(String, String)>,
}

impl Theory {
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

/// What theory says of the system of a study.
pub fn theory(study: &Study) -> Theory {
    let model = Model::new(study);
    let mut theory = Theory::default();
    for island in islands(&model) {
        solve_island(&model, &island, &mut theory);
    }
    availability(&model, &mut theory);
    theory
}

/// Flows that share queues, directly or through others, and these queues.
#[derive(Debug, Default)]
struct Island {
    flows: Vec<usize>,
    queues: Vec<usize>,
}

fn islands(model: &Model<'_>) -> Vec<Island> {
    let mut islands: Vec<Island> = Vec::new();
    for (flow, view) in model.flows.iter().enumerate() {
        if matches!(view.source, Source::Nothing) {
            continue;
        }
        let uses = |queue: &usize| model.queues[*queue].classes.iter().any(|class| class.flow == flow);
        // Queues of one station are kept together: their figures are measured together.
        let mut stations: BTreeSet<usize> =
            (0..model.queues.len()).filter(uses).map(|queue| model.queues[queue].station).collect();
        let mut merged = Island { flows: vec![flow], queues: Vec::new() };
        islands.retain_mut(|island| {
            let shares = island.queues.iter().any(|queue| stations.contains(&model.queues[*queue].station));
            if shares {
                stations.extend(island.queues.iter().map(|queue| model.queues[*queue].station));
                merged.flows.append(&mut island.flows);
            }
            !shares
        });
        merged.flows.sort_unstable();
        merged.queues =
            (0..model.queues.len()).filter(|queue| stations.contains(&model.queues[*queue].station)).collect();
        islands.push(merged);
    }
    islands
}

fn solve_island(model: &Model<'_>, island: &Island, theory: &mut Theory) {
    let closed = |flow: &usize| matches!(model.flows[*flow].source, Source::Closed { .. });
    let saturated = |flow: &usize| matches!(model.flows[*flow].source, Source::Saturated);
    let flow_name = |flow: usize| model.system.flows[flow].name.as_str();
    if island.flows.iter().any(saturated) {
        saturated_source(model, island, theory);
        return;
    }
    if island.flows.iter().all(closed) {
        match closed_island(model, island) {
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

fn open_island(model: &Model<'_>, island: &Island, theory: &mut Theory) {
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
fn components_in_order(model: &Model<'_>, island: &Island) -> Vec<Vec<usize>> {
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
fn walk(
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

fn component_rows(
    model: &Model<'_>,
    island: &Island,
    answers: &BTreeMap<usize, Result<Answer, String>>,
    passages: &BTreeMap<usize, Passage>,
    theory: &mut Theory,
) {
    let stations: BTreeSet<usize> = island.queues.iter().map(|queue| model.queues[*queue].station).collect();
    for index in stations {
        let queues: Vec<usize> = island.queues.iter().copied().filter(|q| model.queues[*q].station == index).collect();
        let solved: Option<Vec<&Answer>> =
            queues.iter().map(|queue| answers.get(queue).and_then(|answer| answer.as_ref().ok())).collect();
        let (Some(solved), station) = (solved, &model.system.stations[index]) else { continue };
        let (mut busy, mut present, mut done, mut started, mut waited) = (0.0, 0.0, 0.0, 0.0, Some(0.0));
        let (mut stayed, mut came, mut turned_away) = (0.0, 0.0, 0.0);
        let mut kind = Kind::Exact;
        for (queue, answer) in queues.iter().zip(&solved) {
            let queue = &model.queues[*queue];
            let copies = f64::from(queue.copies);
            let rates = rates_of(model, passages, queue);
            let all: f64 = rates.iter().sum::<f64>() * copies;
            busy += copies * answer.busy;
            present += copies * answer.present;
            came += all;
            turned_away += all * answer.blocked;
            started += all * (1.0 - answer.blocked);
            waited = waited.zip(answer.wait).map(|(sum, wait)| sum + all * (1.0 - answer.blocked) * wait);
            for ((class, rate), sojourn) in queue.classes.iter().zip(&rates).zip(&answer.sojourns) {
                let completed = copies * rate * (1.0 - answer.blocked) * model.success(class.at);
                done += completed;
                present += completed * class.latency;
                stayed += completed * (sojourn + class.latency);
            }
            if answer.kind == Kind::Approximate {
                kind = Kind::Approximate;
            }
        }
        let methods: BTreeSet<&str> = solved.iter().map(|answer| answer.method.as_str()).collect();
        let method = methods.into_iter().collect::<Vec<_>>().join("; ");
        let servers = station.speeds.len() as f64 * f64::from(station.count) * f64::from(station.directions);
        let mut row = |indicator: &str, value: f64| {
            theory.predict(Scope::Component, &station.name, indicator, value, kind, &method);
        };
        // Those that fail after all their attempts stay longer than those that succeed.
        let uneven = station.attempts > 0 && station.attempts < u32::MAX && station.reliability < 1.0;
        row("utilisation", busy / servers);
        row("throughput", done);
        if done > 0.0 {
            row("latency.mean", stayed / done);
        }
        if !uneven {
            row("in_system", present);
        }
        if let Some(waited) = waited {
            row("waiting", waited / started);
        }
        if turned_away > 0.0 {
            row("dropped", turned_away);
            row("reliability", done / came);
        }
        if let ([answer], [queue]) = (solved.as_slice(), queues.as_slice())
            && let (Some(tail), true) =
                (&answer.tail, model.queues[*queue].classes.iter().all(|c| c.visit.latency.is_none()))
        {
            for (name, p) in [("latency.p50", 0.5), ("latency.p95", 0.95), ("latency.p99", 0.99)] {
                if let Ok(value) = tail.sojourn_quantile(p) {
                    theory.predict(Scope::Component, &station.name, name, value, kind, &method);
                }
            }
        }
    }
}

fn flow_rows(
    model: &Model<'_>,
    index: usize,
    passage: &Passage,
    answers: &BTreeMap<usize, Result<Answer, String>>,
    theory: &mut Theory,
) {
    let flow = &model.system.flows[index];
    let view = &model.flows[index];
    let correct = passage.correct.get(&flow.start).copied().unwrap_or(1.0);
    let lossy = correct < 1.0 - 1e-12;
    let Some(rate) = view.source.rate() else { return };
    if lossy && view.loops {
        theory.decline(&flow.name, "requests may be lost within a Repeat");
        return;
    }
    if flow.hard && flow.deadline < u64::MAX {
        theory.decline(&flow.name, "only requests within its deadline count");
        return;
    }
    let mut kind = Kind::Exact;
    let mut latency = 0.0;
    let mut methods: BTreeSet<&str> = BTreeSet::new();
    let mut visits = Vec::new();
    for (at, count) in &passage.visits {
        // Times that the place is passed by requests that end correctly.
        let after = passage.correct.get(at).copied().unwrap_or(1.0);
        let count = count * after / correct;
        if count <= 0.0 {
            continue;
        }
        let Some(queue) = model.queue_at.get(at) else { continue };
        let Some(Ok(answer)) = answers.get(queue) else { return };
        let Some(class) = model.queues[*queue].classes.iter().position(|c| c.at == *at && c.flow == index) else {
            return;
        };
        if answer.kind == Kind::Approximate {
            kind = Kind::Approximate;
        }
        latency += count * (answer.sojourns[class] + model.queues[*queue].classes[class].latency);
        methods.insert(&answer.method);
        visits.push((*at, count, answer, class));
    }
    // Whether a later queue is full may depend on how long a request stayed before.
    let drops_later =
        |(at, _, answer, _): &(u32, f64, &Answer, usize)| answer.blocked > 0.0 && !model.is_first(index, *at);
    if visits.len() > 1 && visits.iter().any(drops_later) {
        kind = Kind::Approximate;
    }
    let mut constant = true;
    for (at, mean, is_constant) in &view.delays {
        let count = passage.visits.get(at).copied().unwrap_or(0.0) * passage.correct.get(at).copied().unwrap_or(1.0);
        latency += count / correct * mean;
        constant &= *is_constant;
    }
    let sharing: Vec<&str> = methods.into_iter().collect();
    let method = match sharing.as_slice() {
        [] => "sum of delays".to_string(),
        [one] => (*one).to_string(),
        _ if kind == Kind::Exact => "sum over an open network".to_string(),
        _ => "sum over its components".to_string(),
    };
    if correct > 0.0 {
        theory.predict(Scope::Flow, &flow.name, "latency.mean", latency, kind, &method);
    }
    let exact_rate = if lossy { kind } else { Kind::Exact };
    theory.predict(Scope::Flow, &flow.name, "throughput", rate * correct, exact_rate, "flow balance");
    if lossy {
        theory.predict(Scope::Flow, &flow.name, "reliability", correct, exact_rate, &method);
    } else {
        theory.predict(Scope::Flow, &flow.name, "in_system", rate * latency, kind, "Little's law");
    }
    // One queue, passed once, with nothing else that is random: percentiles.
    if let [(at, count, answer, class)] = visits.as_slice()
        && let (Some(tail), true, false) = (&answer.tail, constant, lossy)
        && (count - 1.0).abs() < 1e-12
        && !view.loops
        && let Some(queue) = model.queue_at.get(at)
        && model.queues[*queue].classes[*class].visit.latency.as_ref().is_none_or(|l| l.distribution.is_constant())
        && view.delays.iter().all(|(at, ..)| passage.visits.get(at).is_none_or(|n| (n - 1.0).abs() < 1e-12))
    {
        let beside = latency - answer.sojourns[*class];
        for (name, p) in [("latency.p50", 0.5), ("latency.p95", 0.95), ("latency.p99", 0.99)] {
            if let Ok(value) = tail.sojourn_quantile(p) {
                theory.predict(Scope::Flow, &flow.name, name, value + beside, kind, &method);
            }
        }
    }
}

/// Figures of the whole, where one island is the whole.
fn system_rows(model: &Model<'_>, island: &Island, theory: &mut Theory) {
    let all = model.flows.iter().filter(|view| !matches!(view.source, Source::Nothing)).count();
    if island.flows.len() != all {
        return;
    }
    let mut sum = 0.0;
    let mut kind = Kind::Exact;
    for flow in &island.flows {
        let path = format!("{}.in_system", model.system.flows[*flow].name);
        let Some(found) = theory.predictions.iter().find(|p| p.path == path) else { return };
        sum += found.value;
        if found.kind == Kind::Approximate {
            kind = Kind::Approximate;
        }
    }
    theory.predict(Scope::System, "system", "in_system", sum, kind, "Little's law");
}

/// Utilisation = rate x service / servers, for any arrivals and any order that loses no work (Denning and Buzen 1978).
fn utilisation_law(model: &Model<'_>, island: &Island, theory: &mut Theory) {
    let settled = |flow: &usize| {
        let view = &model.flows[*flow];
        view.conserved && !view.fails && view.source.rate().is_some()
    };
    if !island.flows.iter().all(settled) {
        return;
    }
    let stations: BTreeSet<usize> = island.queues.iter().map(|queue| model.queues[*queue].station).collect();
    let passages: BTreeMap<usize, Passage> =
        island.flows.iter().map(|flow| (*flow, graph::passage(model.system, *flow, &|_| 1.0))).collect();
    let offered = graph::offered_utilisation(model.system);
    let mut rows = Vec::new();
    for index in stations {
        use super::model::Order;
        let station = &model.system.stations[index];
        let servers = station.speeds.len() as f64 * f64::from(station.count) * f64::from(station.directions);
        let (mut busy, mut rate) = (0.0, 0.0);
        for queue in model.queues.iter().filter(|queue| queue.station == index) {
            let rates = rates_of(model, &passages, queue);
            let own: f64 = rates.iter().zip(&queue.classes).map(|(rate, class)| rate * class.service.mean).sum();
            let wasteful =
                matches!(queue.order, Order::Other("preempted work is lost") | Order::RoundRobin { switch: true });
            let several = queue.classes.iter().any(|class| class.visit.needs > 1);
            // A queue without a steady state, or that may have none, takes less and gives others less.
            if own >= station.speeds.len() as f64 || wasteful || several {
                return;
            }
            busy += own * f64::from(queue.copies);
            rate += rates.iter().sum::<f64>() * f64::from(queue.copies);
        }
        let changes = station.laws.is_some() || station.battery.is_some() || station.governed;
        if changes || offered[index].is_none_or(|offered| offered >= 1.0) {
            return;
        }
        let even = station.speeds.windows(2).all(|pair| pair[0] == pair[1]);
        let plain = even && station.failures.is_none() && station.schedule.is_empty();
        rows.push((station.name.clone(), rate, plain.then_some(busy / servers)));
    }
    for (name, rate, utilisation) in rows {
        if let Some(utilisation) = utilisation {
            let law = "utilisation law";
            theory.predict(Scope::Component, &name, "utilisation", utilisation, Kind::Exact, law);
        }
        theory.predict(Scope::Component, &name, "throughput", rate, Kind::Exact, "flow balance");
    }
}

/// A queue that is never empty: all servers are busy all the time.
fn saturated_source(model: &Model<'_>, island: &Island, theory: &mut Theory) {
    let [flow] = island.flows.as_slice() else {
        island.flows.iter().for_each(|flow| {
            theory.decline(&model.system.flows[*flow].name, "it shares components with a saturated flow");
        });
        return;
    };
    let name = &model.system.flows[*flow].name;
    let first = model.queue_at.get(&model.system.flows[*flow].start).copied();
    let Some(queue) = first else { return };
    let (queue, station) = (&model.queues[queue], model.station(queue));
    let [class] = queue.classes.as_slice() else {
        theory.decline(name, "it comes back to the component that it saturates");
        return;
    };
    let plain = super::model::trouble(queue, station).is_none()
        && !model.system.can_block
        && station.limit == u32::MAX
        && station.speeds.windows(2).all(|pair| pair[0] == pair[1])
        && station.laws.is_none()
        && queue.split == Split::One
        && station.directions == 1
        && matches!(queue.order, super::model::Order::Fcfs | super::model::Order::Blind)
        && model.flows[*flow].obstacles.is_empty()
        && station.reliability >= 1.0
        && station.wake.is_none();
    if !plain {
        theory.decline(name, "what a saturated flow takes here follows from the components after it");
        return;
    }
    let rate = station.speeds.len() as f64 / class.service.mean;
    theory.predict(Scope::Component, &station.name, "utilisation", 1.0, Kind::Exact, "saturation");
    theory.predict(Scope::Component, &station.name, "throughput", rate, Kind::Exact, "saturation");
}

/// Up time over up time and down time (renewal theory: Barlow and Proschan 1965).
fn availability(model: &Model<'_>, theory: &mut Theory) {
    for station in &model.system.stations {
        let Some(failures) = &station.failures else { continue };
        let (up, down) = (failures.time_to_failure.mean(), failures.repair.mean());
        // A component that no flow uses is not simulated, nor do its failures show.
        if station.serves && station.battery.is_none() && (up + down).is_finite() && station.schedule.is_empty() {
            let value = up / (up + down);
            let method = "mean up time / mean cycle";
            theory.predict(Scope::Component, &station.name, "availability", value, Kind::Exact, method);
        }
    }
}

// ---- Closed networks. ----

/// A closed island solved, with the queue and copy that each station of the network stands for.
struct Closed {
    network: ClosedNetwork,
    /// For each station of the network its queue; `None` for the delay.
    places: Vec<Option<usize>>,
    passages: BTreeMap<usize, Passage>,
    /// Mean time of a request of each flow outside of queues.
    outside: Vec<f64>,
}

fn closed_island(model: &Model<'_>, island: &Island) -> Result<(Closed, &'static str), String> {
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
        let alone = total == 1 && super::model::trouble(queue, station).is_none() && station.laws.is_none();
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
            let work = |class: &super::model::Class<'_>| {
                passage.visits.get(&class.at).copied().unwrap_or(0.0) * class.service.mean
            };
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
    let (network, method) = if simple && island.flows.len() == 1 && populations[0] <= 1_000_000 {
        (exact_mva(populations[0], &stations), "exact mean value analysis")
    } else if lattice <= 2500.0 && lattice * lattice * (stations.len() as f64) < 3e8 {
        (product_form(&populations, &stations), "product form (Buzen convolution)")
    } else {
        return Err("there are too many users to be solved exactly".into());
    };
    let network = network.map_err(|error| format!("`{}`: {error}", flow_name(island.flows[0])))?;
    Ok((Closed { network, places, passages, outside }, method))
}

fn closed_rows(model: &Model<'_>, island: &Island, solved: &Closed, method: &str, theory: &mut Theory) {
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
            shared |= model.queues[queue].order == super::model::Order::Sharing
                || model.queues[queue].order == super::model::Order::LifoResume;
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
