//! All flows of an island at once: a fixed point of rates, times, and what is present.

use super::passive::{self, Asked, What};
use super::source::{Coming, coming};
use super::span::Span;
use super::station::{Input, Output, Trouble, evaluate};
use super::variability::{self, Ways};
use super::walk::{Known, Region, Step, Walker};
use crate::check::model::Model;
use crate::check::theory::Island;
use models::analytic::approximate_mva::{self as mva, Presence};
use std::collections::{BTreeMap, BTreeSet};

/// An island in its steady state.
pub(super) struct Solved {
    /// Requests born [1/s], of each flow.
    pub rates: BTreeMap<usize, f64>,
    pub regions: BTreeMap<usize, Region>,
    pub outputs: BTreeMap<usize, Output>,
    /// Of each queue: rates of its classes, per copy.
    pub arrivals: BTreeMap<usize, Vec<f64>>,
    pub asked: Vec<Asked>,
}

/// Why there is none.
pub(super) enum Failure {
    /// What cannot be followed: (flow or component, why).
    Declined(Vec<(String, String)>),
    /// Components that are offered more than they can do: (component, offered over capacity).
    Overloaded(Vec<(String, f64)>),
}

/// Rounds of the fixed point at most; open systems without feedback take three.
const ROUNDS: usize = 600;
/// Change of anything, relative, below which it has settled.
const SETTLED: f64 = 1e-7;
/// How far each round goes.
const STEP: f64 = 0.7;

/// The share of another class's mean that an arrival sees.
struct Sight<'a> {
    coming: &'a BTreeMap<usize, Coming>,
    /// Of each place within a block that holds one of few units: which, how many, and the mean number inside.
    pools: &'a BTreeMap<u32, (u16, f64)>,
    inside: &'a BTreeMap<u16, f64>,
}

impl Sight<'_> {
    /// `here` are the mean numbers present of each place of the queue.
    fn share(&self, arriving: (usize, u32), other: (usize, u32), here: &[((usize, u32), f64)]) -> f64 {
        let closed = |flow: usize| matches!(self.coming.get(&flow), Some(Coming::Closed { .. }));
        let mut share: f64 = match self.coming.get(&arriving.0) {
            Some(Coming::Closed { customers, .. }) if arriving.0 == other.0 => (1.0 - 1.0 / customers).max(0.0),
            Some(Coming::Closed { customers, .. }) => {
                let sum = |of: &dyn Fn(usize) -> bool| -> f64 {
                    here.iter().filter(|((flow, _), _)| of(*flow)).map(|(_, present)| present).sum()
                };
                mva::others_share(sum(&closed), sum(&|flow| flow == arriving.0) / customers)
            }
            _ => 1.0,
        };
        if let (Some((pool, units)), Some((same, _))) = (self.pools.get(&arriving.1), self.pools.get(&other.1))
            && pool == same
        {
            // Of all that are inside, one is the arrival itself.
            let inside = self.inside.get(pool).copied().unwrap_or(0.0);
            if inside > 0.0 {
                share = share.min((units - 1.0).max(0.0) / inside);
            }
        }
        share
    }
}

/// The steady state of flows that share components.
pub(super) fn solve(model: &Model<'_>, whole: &Island, horizon: f64) -> Result<Solved, Failure> {
    let system = model.system;
    let flow_name = |flow: usize| system.flows[flow].name.clone();
    let of_flow = |flow: usize, why: String| {
        let mut all = vec![(flow_name(flow), why)];
        for other in whole.flows.iter().filter(|other| **other != flow) {
            all.push((
                flow_name(*other),
                format!("it shares components with `{}`, which is not followed", flow_name(flow)),
            ));
        }
        Failure::Declined(all)
    };
    let mut sources = BTreeMap::new();
    let mut rates: BTreeMap<usize, f64> = BTreeMap::new();
    for flow in &whole.flows {
        let source = coming(model, *flow).map_err(|why| of_flow(*flow, why))?;
        rates.insert(*flow, if let Coming::Open { rate, .. } = source { rate } else { 0.0 });
        sources.insert(*flow, source);
        let ambiguous =
            |why: &&String| why.starts_with("the direction over") || why.contains("its own instances and by");
        if let Some(why) = model.flows[*flow].obstacles.iter().find(ambiguous) {
            return Err(of_flow(*flow, why.clone()));
        }
    }
    let mut asked = passive::asked(model, &whole.flows).map_err(|(flow, why)| of_flow(flow, why))?;
    let customers: f64 = sources
        .values()
        .map(|source| if let Coming::Closed { customers, .. } = source { *customers } else { f64::INFINITY })
        .sum();

    let mut known = Known::default();
    for queue in &whole.queues {
        for class in &model.queues[*queue].classes {
            let service = class.service.mean + class.latency;
            let step = Step { success: 1.0, time: Span::with_variance(service, 0.0, 0.0) };
            known.steps.insert(class.at, step);
        }
    }
    for asked in &mut asked {
        // A first guess, which opens the ways.
        let none = BTreeMap::new();
        passive::settle(model, asked, &sources, &rates, &none, &mut known)
            .map_err(|why| of_flow(whole.flows[0], why))?;
    }
    let mut presences: BTreeMap<usize, Vec<Presence>> =
        whole.queues.iter().map(|q| (*q, vec![Presence::default(); model.queues[*q].classes.len()])).collect();
    let mut outputs: BTreeMap<usize, Output> = BTreeMap::new();
    let mut arrivals: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut regions: BTreeMap<usize, Region> = BTreeMap::new();
    let mut ways: BTreeMap<usize, Ways> = BTreeMap::new();
    let mut pools: BTreeMap<u32, (u16, f64)> = BTreeMap::new();
    let mut paces = BTreeMap::new();
    for round in 0..ROUNDS {
        let mut change = 0.0f64;
        for flow in &whole.flows {
            let walked = Walker { model, known: &known }.flow(*flow).map_err(|why| of_flow(*flow, why))?;
            if let Some(Coming::Closed { customers, think }) = sources.get(flow) {
                let cycle = think.mean + walked.spent;
                if cycle <= 0.0 {
                    return Err(of_flow(*flow, "a round of it takes no time".into()));
                }
                let rate = customers / cycle;
                let before = rates.insert(*flow, rate).unwrap_or(0.0);
                change = change.max((rate - before).abs() / rate);
            }
            regions.insert(*flow, walked);
        }
        if round < 3 {
            ways = whole.flows.iter().map(|flow| (*flow, variability::ways(model, *flow, &known))).collect();
            pools = pools_of(model, &asked);
        }
        let inside = inside(&asked);
        let visits = |flow: usize, at: u32| regions.get(&flow).and_then(|r| r.visits.get(&at)).copied().unwrap_or(0.0);
        for queue in &whole.queues {
            let copies = f64::from(model.queues[*queue].copies);
            let own = model.queues[*queue]
                .classes
                .iter()
                .map(|class| rates.get(&class.flow).copied().unwrap_or(0.0) * visits(class.flow, class.at) / copies);
            arrivals.insert(*queue, own.collect());
        }
        let scvs = variability::arrivals(model, &whole.queues, &sources, &rates, &ways, &visits, &outputs)
            .map_err(|why| of_flow(whole.flows[0], why))?;
        let mut overloaded = Vec::new();
        for (queue, scv) in whole.queues.iter().zip(scvs) {
            let classes = &model.queues[*queue].classes;
            let sight = Sight { coming: &sources, pools: &pools, inside: &inside };
            let here: Vec<((usize, u32), f64)> = classes
                .iter()
                .zip(&presences[queue])
                .map(|(class, presence)| ((class.flow, class.at), presence.present))
                .collect();
            let seen = |arriving: usize, other: usize| sight.share(here[arriving].0, here[other].0, &here);
            let open: Vec<bool> =
                classes.iter().map(|class| matches!(sources.get(&class.flow), Some(Coming::Open { .. }))).collect();
            let limited = open.iter().any(|open| !open) || classes.iter().any(|class| pools.contains_key(&class.at));
            let input = Input {
                rates: &arrivals[queue],
                scv,
                presences: &presences[queue],
                limited,
                seen: &seen,
                open: &open,
                customers,
                horizon,
            };
            let name = &model.station(*queue).name;
            let mut output = match evaluate(model, *queue, &input) {
                Ok(output) => output,
                Err(Trouble::Overloaded(offered)) => {
                    overloaded.push((name.clone(), offered));
                    continue;
                }
                Err(Trouble::Declined(why)) => {
                    let mut all = vec![(name.clone(), why)];
                    for flow in &whole.flows {
                        all.push((flow_name(*flow), format!("`{name}` is not followed")));
                    }
                    return Err(Failure::Declined(all));
                }
            };
            batches(model, *queue, &sources, &mut paces, &visits, &mut output);
            for (k, class) in classes.iter().enumerate() {
                let rate = arrivals[queue][k] * (1.0 - output.blocked);
                let (present, busy) = (rate * output.sojourns[k].mean, rate * output.occupied[k]);
                let presence = &mut presences.entry(*queue).or_default()[k];
                change = change.max((present - presence.present).abs() / present.max(1e-9));
                presence.present += STEP * (present - presence.present);
                presence.busy += STEP * (busy - presence.busy);
                let factor = output.latency_factor;
                let latency =
                    class.visit.latency.as_ref().map_or(Span::ZERO, |draw| {
                        Span::of(&draw.distribution, model.ticks).times(factor, 0.0, factor)
                    });
                let success = output.success[k] * (1.0 - output.blocked);
                known.steps.insert(class.at, Step { success, time: output.sojourns[k].then(&latency) });
            }
            outputs.insert(*queue, output);
        }
        if !overloaded.is_empty() {
            return Err(Failure::Overloaded(overloaded));
        }
        for asked in &mut asked {
            let moved = passive::settle(model, asked, &sources, &rates, &regions, &mut known)
                .map_err(|why| of_flow(whole.flows[0], why))?;
            change = change.max(moved);
        }
        if round > 1 && change < SETTLED {
            break;
        }
    }
    let full: Vec<(String, f64)> = asked
        .iter()
        .filter_map(|asked| match &asked.what {
            What::Units { room, state, .. } if *room >= 1_000_000 && state.offered >= 1.0 - 1e-6 => {
                let open =
                    asked.places.iter().all(|place| matches!(sources.get(&place.flow), Some(Coming::Open { .. })));
                open.then(|| (system.stations[asked.station as usize].name.clone(), state.offered))
            }
            _ => None,
        })
        .collect();
    if !full.is_empty() {
        return Err(Failure::Overloaded(full));
    }
    Ok(Solved { rates, regions, outputs, arrivals, asked })
}

/// Places within blocks that hold one of few units, with the innermost of these.
fn pools_of(model: &Model<'_>, asked: &[Asked]) -> BTreeMap<u32, (u16, f64)> {
    let mut pools: BTreeMap<u32, (u16, f64, usize)> = BTreeMap::new();
    for asked in asked {
        let What::Units { units, .. } = asked.what else { continue };
        for place in &asked.places {
            let of = model.system.program.places.iter().find(|other| other.at == place.at);
            let Some(release) = of.and_then(|of| of.release) else { continue };
            let within = between(model, place.at, release);
            for at in &within {
                let smaller = pools.get(at).is_none_or(|(_, _, size)| within.len() < *size);
                if smaller {
                    pools.insert(*at, (asked.station, units, within.len()));
                }
            }
        }
    }
    pools.into_iter().map(|(at, (pool, units, _))| (at, (pool, units))).collect()
}

/// Places that are come by on the way from one to another.
fn between(model: &Model<'_>, from: u32, to: u32) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    let mut stack: Vec<u32> = models::graph::successors(model.system, from).into_iter().map(|(next, _)| next).collect();
    while let Some(at) = stack.pop() {
        if at != to && seen.insert(at) {
            stack.extend(models::graph::successors(model.system, at).into_iter().map(|(next, _)| next));
        }
    }
    seen
}

/// Mean number of requests that hold a unit, of each pool.
fn inside(asked: &[Asked]) -> BTreeMap<u16, f64> {
    let of = |asked: &Asked| match &asked.what {
        What::Units { presences, .. } => Some((asked.station, presences.iter().map(|p| p.busy).sum())),
        What::Cache { .. } => None,
    };
    asked.iter().filter_map(of).collect()
}

/// Those of the same batch that come before: they are as far apart as the slowest component so far lets them be, so that
/// each that is slower still makes them wait. `paces` are the times between those that leave, by flow and place.
fn batches(
    model: &Model<'_>,
    queue: usize,
    sources: &BTreeMap<usize, Coming>,
    paces: &mut BTreeMap<(usize, u32), f64>,
    visits: &dyn Fn(usize, u32) -> f64,
    output: &mut Output,
) {
    let copies = f64::from(model.queues[queue].copies);
    let servers = model.station(queue).speeds.len() as f64 * copies;
    for (k, class) in model.queues[queue].classes.iter().enumerate() {
        let Some(Coming::Open { batch, .. }) = sources.get(&class.flow) else { continue };
        let share = visits(class.flow, class.at).min(1.0);
        if *batch <= 0.0 || share < 0.5 {
            continue;
        }
        let own = output.occupied[k] / servers;
        let places = (class.flow, 0)..(class.flow, class.at);
        let before = paces.range(places).map(|(_, pace)| *pace).fold(0.0, f64::max);
        paces.insert((class.flow, class.at), own);
        // Servers take the first ones at once.
        let waiting = (batch * share - 0.5 * (servers - 1.0)).max(0.0);
        let more = waiting * (own - before).max(0.0);
        // They wait between nothing and twice as long.
        output.sojourns[k] = output.sojourns[k].then(&Span { mean: more, second: 4.0 / 3.0 * more * more, least: 0.0 });
        if let Some(wait) = &mut output.wait
            && model.queues[queue].classes.len() == 1
        {
            *wait += more;
        }
    }
}
