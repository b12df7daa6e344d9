//! What a solved open island says of its components, its flows and the whole.

use super::{Island, Kind, Theory, rates_of};
use crate::check::model::{Model, Source};
use crate::check::station::Answer;
use crate::results::Scope;
use models::graph::Passage;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn component_rows(
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

pub(super) fn flow_rows(
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
pub(super) fn system_rows(model: &Model<'_>, island: &Island, theory: &mut Theory) {
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
