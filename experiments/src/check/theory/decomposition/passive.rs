//! Passive components: hit ratios of caches, and waits for units that are held.

use super::source::Coming;
use super::span::Span;
use super::walk::{Known, Region, Step, Walker};
use crate::check::model::Model;
use models::analytic::approximate_mva::{self as mva, Presence};
use models::analytic::che::{self, Group, Replacement};
use models::analytic::{gig, mg1::Moments};
use models::caching::{Capacity, Kind};
use models::resources::{CacheLevel, Nature};
use models::system::{AskStep, Instruction};
use sim_core::distributions::Distribution;
use std::collections::BTreeMap;

/// A place where a passive component is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub flow: usize,
    pub at: u32,
}

/// A passive component that flows of an island ask.
pub(super) struct Asked {
    pub station: u16,
    pub places: Vec<Place>,
    pub what: What,
}

/// What is known of it.
pub(super) enum What {
    /// A cache: what is asked for, and the hit ratio up to each level.
    #[allow(missing_docs)]
    Cache {
        groups: Vec<Group>,
        levels: Vec<CacheLevel>,
        sizes: f64,
        inclusive: bool,
        lifetime: Option<f64>,
        hits: Vec<f64>,
    },
    /// Units; what was present a moment ago of the requests of each place, and what follows from it.
    #[allow(missing_docs)]
    Units { units: f64, endpoints: f64, room: u64, free: f64, waited: f64, presences: Vec<Presence>, state: Units },
}

/// The state of units that are held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Units {
    /// Requests that come [1/s], all instances and endpoints together.
    pub rate: f64,
    pub wait: f64,
    pub blocked: f64,
    /// Mean units in use of each endpoint of each instance.
    pub busy: f64,
    pub queue: f64,
    /// Offered units of those that there are.
    pub offered: f64,
}

/// The passive components of an island, by what their programs ask.
pub(super) fn asked(model: &Model<'_>, flows: &[usize]) -> Result<Vec<Asked>, (usize, String)> {
    let system = model.system;
    let known = Known::default();
    let walker = Walker { model, known: &known };
    let mut all: Vec<Asked> = Vec::new();
    for flow in flows {
        for at in models::graph::reachable(system, system.flows[*flow].start) {
            let Instruction::Ask(index) = system.program.code[at as usize] else { continue };
            let ask = &system.program.asks[index as usize];
            let name = &system.stations[ask.station as usize].name;
            let place = Place { flow: *flow, at };
            if let Some(found) = all.iter_mut().find(|asked| asked.station == ask.station) {
                let same = match &found.what {
                    What::Units { .. } => plain(ask),
                    What::Cache { .. } => {
                        let first = system.program.question(found.places[0].at);
                        looks(ask)
                            && first.is_some_and(|first| {
                                format!("{:?}", first.key.as_ref().map(|key| &key.distribution))
                                    == format!("{:?}", ask.key.as_ref().map(|key| &key.distribution))
                            })
                    }
                };
                if !same {
                    return Err((*flow, format!("it asks `{name}` for other things than others do")));
                }
                found.places.push(place);
                if let What::Units { presences, .. } = &mut found.what {
                    presences.push(Presence::default());
                }
                continue;
            }
            let what = match walker.nature(ask.station) {
                Nature::Cache { levels, inclusive, ttl } => {
                    cache(ask, levels, inclusive, ttl.map(|ttl| ttl as f64 / model.ticks))
                        .map_err(|why| (*flow, format!("`{name}`: {why}")))?
                }
                Nature::Units { units, endpoints, room, free, waited } if plain(ask) => What::Units {
                    units,
                    endpoints,
                    room,
                    free: free / model.ticks,
                    waited: waited / model.ticks,
                    presences: vec![Presence::default()],
                    state: Units::default(),
                },
                Nature::Units { .. } => {
                    return Err((*flow, format!("it asks `{name}` for several units, or does not wait for long")));
                }
                Nature::Other => {
                    return Err((
                        *flow,
                        format!("what `{name}` grants depends on what others hold or have left there"),
                    ));
                }
            };
            all.push(Asked { station: ask.station, places: vec![place], what });
        }
    }
    Ok(all)
}

/// Whether one unit is asked for, and waited for without end.
fn plain(ask: &AskStep) -> bool {
    let one = ask
        .amount
        .as_ref()
        .is_none_or(|amount| amount.distribution.is_constant() && (amount.distribution.mean() - 1.0).abs() < 1e-9);
    one && ask.waits && ask.patience.is_none()
}

/// Whether a cache is looked into, by keys that do not shift.
fn looks(ask: &AskStep) -> bool {
    ask.ways.len() == 2 && ask.drift.is_none() && ask.key.is_some()
}

/// Objects of their own for the most popular ranks; beyond, as many together as differ by 2 %.
const SINGLE: f64 = 64.0;
const RATIO: f64 = 1.02;
/// Keys beyond which nothing is looked at.
const KEYS: f64 = 1e12;

/// What is asked for, with objects of like popularity taken together.
fn groups(keys: &Distribution) -> Option<Vec<Group>> {
    if keys.is_constant() {
        return Some(vec![Group { popularity: 1.0, objects: 1.0 }]);
    }
    let mut all = Vec::new();
    let (mut from, mut below) = (0.0, keys.cdf(0.5)?);
    if below > 0.0 {
        all.push(Group { popularity: below, objects: 1.0 });
    }
    while below < 1.0 - 1e-12 && from < KEYS {
        let to = if from < SINGLE { from + 1.0 } else { (from * RATIO).floor() };
        let up_to = keys.cdf(to + 0.5)?;
        let objects = to - from;
        if up_to > below {
            all.push(Group { popularity: (up_to - below) / objects, objects });
        }
        (from, below) = (to, up_to);
    }
    Some(all)
}

fn cache(ask: &AskStep, levels: Vec<CacheLevel>, inclusive: bool, ttl: Option<f64>) -> Result<What, String> {
    if !looks(ask) {
        return Err("keys that shift, or that are thrown out, have no formula".into());
    }
    for level in &levels {
        if replacement(level.policy).is_none() {
            return Err(format!("there is no formula for the policy {}", level.policy.name()));
        }
    }
    let keys = ask.key.as_ref().and_then(|key| groups(&key.distribution));
    let Some(groups) = keys else { return Err("its keys are a given series".into()) };
    // Sizes are in bits, and 1 byte where steps give none.
    let sizes = ask.size_of_key.as_ref().map_or(1.0, |size| size.distribution.mean() / 8.0);
    Ok(What::Cache { groups, levels, sizes, inclusive, lifetime: ttl, hits: Vec::new() })
}

/// By which characteristic time a policy goes; Clock is near LRU.
fn replacement(policy: Kind) -> Option<Replacement> {
    match policy {
        Kind::Lru | Kind::Clock => Some(Replacement::Lru),
        Kind::Fifo | Kind::Random => Some(Replacement::Fifo),
        Kind::PerfectLfu | Kind::Lfu => Some(Replacement::LeastPopular),
        _ => None,
    }
}

/// The hit ratio up to each level, when so many requests come to one instance each second.
fn hits(what: &What, rate: f64) -> Result<Vec<f64>, String> {
    let What::Cache { groups, levels, sizes, inclusive, lifetime, .. } = what else { return Ok(Vec::new()) };
    let mut held = 0.0;
    let mut all: Vec<f64> = Vec::new();
    for level in levels {
        let entries = match level.capacity {
            None => f64::MAX,
            Some(Capacity::Entries(n)) => n as f64,
            Some(Capacity::Bytes(bytes)) => (bytes as f64 / sizes.max(1e-9)).max(1.0),
        };
        // What a level holds is not at those above it, or it is.
        held = if *inclusive { f64::max(held, entries) } else { held + entries };
        let replacement = replacement(level.policy).unwrap_or(Replacement::Lru);
        let ratio = che::grouped(groups, held, replacement, lifetime.map(|ttl| ttl * rate));
        all.push(ratio.map_err(|error| error.to_string())?.max(all.last().copied().unwrap_or(0.0)));
    }
    Ok(all)
}

/// One round: what follows from the rates and from how long things are held.
pub(super) fn settle(
    model: &Model<'_>,
    asked: &mut Asked,
    coming: &BTreeMap<usize, Coming>,
    rates: &BTreeMap<usize, f64>,
    regions: &BTreeMap<usize, Region>,
    known: &mut Known,
) -> Result<f64, String> {
    let count = f64::from(model.system.stations[asked.station as usize].count.max(1));
    let asks = |place: &Place| {
        let visits = regions.get(&place.flow).and_then(|region| region.visits.get(&place.at)).copied().unwrap_or(0.0);
        rates.get(&place.flow).copied().unwrap_or(0.0) * visits
    };
    let total: f64 = asked.places.iter().map(asks).sum();
    if let What::Cache { .. } = asked.what {
        let ratios = hits(&asked.what, total / count)?;
        let What::Cache { levels, hits, .. } = &mut asked.what else { return Ok(0.0) };
        let change = hits.iter().zip(&ratios).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let change = if hits.is_empty() { 1.0 } else { change };
        // Levels are asked one after the other, until one has it.
        let (mut missed, mut time) = (1.0, 0.0);
        for (level, ratio) in levels.iter().zip(&ratios) {
            time += missed * level.access / model.ticks;
            missed = 1.0 - ratio;
        }
        *hits = ratios;
        let hit = hits.last().copied().unwrap_or(0.0);
        for place in &asked.places {
            let step = Step { success: 1.0, time: Span::with_variance(time, 0.0, 0.0) };
            known.asks.insert(place.at, (step, vec![hit, 1.0 - hit]));
        }
        return Ok(change);
    }
    let What::Units { units, endpoints, room, free, waited, presences, state } = &mut asked.what else {
        return Ok(0.0);
    };
    let lanes = count * *endpoints;
    let servers = units.clamp(1.0, 1e6) as u32;
    let busy_before: f64 = presences.iter().map(|presence| presence.busy).sum();
    let contended = gig::all_busy(servers, busy_before).unwrap_or(1.0);
    let cost = *free * (1.0 - contended) + *waited * contended;
    let (mut visits, mut own) = (Vec::new(), Vec::new());
    for place in &asked.places {
        let held =
            regions.get(&place.flow).and_then(|region| region.holds.get(&place.at)).copied().unwrap_or(Span::ZERO);
        let held = held.then(&Span::with_variance(cost, 0.0, 0.0));
        let service = Moments { mean: held.mean, second: held.second };
        visits.push(mva::Visit { class: place.flow, count: 1.0, service, priority: 0.0 });
        own.push(asks(place) / lanes);
    }
    let lambda: f64 = own.iter().sum();
    let offered: f64 = own.iter().zip(&visits).map(|(rate, visit)| rate * visit.service.mean).sum();
    let second: f64 = own.iter().zip(&visits).map(|(rate, visit)| rate * visit.service.second).sum();
    let circles = asked.places.iter().any(|place| matches!(coming.get(&place.flow), Some(Coming::Closed { .. })));
    let mut waits = vec![0.0; own.len()];
    let (mut blocked, mut busy) = (0.0, offered.min(*units));
    if lambda > 0.0 && offered > 0.0 {
        let mean = offered / lambda;
        let scv = (second / lambda / (mean * mean) - 1.0).max(0.0);
        if circles {
            let seen = |arriving: usize, other: usize| match coming.get(&visits[arriving].class) {
                Some(Coming::Closed { customers, .. }) if visits[arriving].class == visits[other].class => {
                    (1.0 - 1.0 / customers).max(0.0)
                }
                _ => 1.0,
            };
            let times = mva::residences(servers, mva::Order::Fcfs, &visits, presences, &seen);
            waits = times.iter().zip(&visits).map(|(time, visit)| (time - visit.service.mean).max(0.0)).collect();
        } else if *room < 1_000_000 {
            let station = gig::Station { arrival_rate: lambda, arrival_scv: 1.0, mean, service_scv: scv, servers };
            let lossy = gig::lossy(&station, servers.saturating_add(*room as u32)).map_err(|e| e.to_string())?;
            (waits, blocked, busy) = (vec![lossy.wait; own.len()], lossy.blocking, lossy.busy);
        } else {
            // While it settles it may seem to be overloaded.
            let rate = lambda.min(0.9999 * f64::from(servers) / mean);
            let station = gig::Station { arrival_rate: rate, arrival_scv: 1.0, mean, service_scv: scv, servers };
            waits = vec![gig::wait(&station).map_err(|error| error.to_string())?; own.len()];
        }
    }
    let chance = gig::all_busy(servers, offered.min(0.9999 * f64::from(servers))).unwrap_or(1.0).clamp(1e-4, 1.0);
    let mut change = 0.0f64;
    let mut queue = 0.0;
    for (((place, wait), (rate, visit)), presence) in
        asked.places.iter().zip(&waits).zip(own.iter().zip(&visits)).zip(presences.iter_mut())
    {
        let present = rate * (wait + visit.service.mean);
        change = change.max((present - presence.present).abs() / present.max(1e-9));
        presence.present += 0.7 * (present - presence.present);
        presence.busy += 0.7 * (rate * visit.service.mean - presence.busy);
        queue += rate * wait;
        let time = Span { mean: *wait, second: 2.0 * wait * wait / chance, least: 0.0 };
        let time = time.then(&Span::with_variance(cost, 0.0, 0.0));
        // By the first way: set-ups of connections are taken as rare.
        let mut ways = vec![1.0];
        if let Some(ask) = model.system.program.question(place.at) {
            ways.resize(ask.ways.len().max(1), 0.0);
        }
        known.asks.insert(place.at, (Step { success: 1.0 - blocked, time }, ways));
    }
    let wait = if lambda > 0.0 { queue / lambda } else { 0.0 };
    *state = Units { rate: total, wait, blocked, busy, queue: queue * lanes, offered: offered / *units };
    Ok(change)
}
