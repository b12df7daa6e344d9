//! One component that a request takes again while it holds some of it.

use super::{Asked, Ownership, exclusion, most, users};
use crate::resources::{Exclusion, Mode};
use crate::system::System;
use std::collections::BTreeMap;

/// A pool from which requests draw several times, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// The component.
    pub station: usize,
    /// The flows that do so.
    pub flows: Vec<usize>,
    /// Units that there are.
    pub capacity: f64,
    /// Requests that may do so at once; `None` where nothing limits them.
    pub threads: Option<u64>,
    /// The most units that one of them holds in the end; `None` where that is not known.
    pub each: Option<f64>,
    /// Units from which on they cannot wait for each other for ever; `None` where no number is enough.
    pub enough: Option<f64>,
}

impl Draws {
    /// Whether they may wait for each other for ever.
    pub fn may_lock_up(&self) -> bool {
        self.enough.is_none_or(|enough| self.capacity < enough)
    }
}

/// Units of its own pool that a request holds when it asks; `None` where that is not known.
fn held_units(system: &System, asked: &Asked) -> Option<f64> {
    let station = system.program.asks[asked.ask].station;
    let own = asked.held.iter().filter(|held| system.program.asks[**held].station == station);
    own.map(|held| most(system, *held)).sum()
}

/// Why a request that asks so waits for itself.
pub(super) fn waits_for_itself(system: &System, asked: &Asked) -> Option<String> {
    let ask = &system.program.asks[asked.ask];
    let name = &system.stations[ask.station as usize].name;
    let same = |held: &&usize| system.program.asks[**held].station == ask.station;
    let outer = *asked.held.iter().rev().find(same)?;
    let place = &system.program.places[outer].name;
    let writes = |ask: usize| system.program.asks[ask].mode == Mode::Exclusive as u8;
    match exclusion(system, asked.ask) {
        Exclusion::Nothing => None,
        Exclusion::Success if writes(outer) && writes(asked.ask) => {
            Some(format!("`{name}` is changed within a change of it ({place}): that one can never succeed"))
        }
        Exclusion::Modes { .. } if writes(outer) || writes(asked.ask) => {
            Some(format!("the request holds `{name}` already ({place}): it would wait for itself for ever"))
        }
        Exclusion::Units(capacity) if asked.waits => {
            let (held, wanted) = (held_units(system, asked)?, most(system, asked.ask)?);
            let constant = asked.held.iter().chain([&asked.ask]).all(|ask| {
                system.program.asks[*ask].amount.as_ref().is_none_or(|draw| draw.distribution.is_constant())
            });
            (constant && wanted <= capacity && held + wanted > capacity).then(|| {
                let units = if capacity > 1.0 { format!("{held} of {capacity} units of ") } else { String::new() };
                format!("the request holds {units}`{name}` already ({place}): it would wait for itself for ever")
            })
        }
        _ => None,
    }
}

/// The pools from which requests draw several times. With t requests of which each holds h units when it asks for r more,
/// somebody always gets what it wants when there are t h + r units: t (k - 1) + 1 for k draws of one (Habermann 1969).
pub fn draws(system: &System, all: &[Ownership]) -> Vec<Draws> {
    let mut pools: BTreeMap<u16, Vec<&Asked>> = BTreeMap::new();
    for asked in all.iter().flat_map(|ownership| &ownership.asked) {
        let station = system.program.asks[asked.ask].station;
        let again = asked.held.iter().any(|held| system.program.asks[*held].station == station);
        if again && asked.waits && !asked.ends_by_itself && matches!(exclusion(system, asked.ask), Exclusion::Units(_))
        {
            pools.entry(station).or_default().push(asked);
        }
    }
    pools.into_iter().filter_map(|(station, asked)| pool(system, station, &asked)).collect()
}

fn pool(system: &System, station: u16, asked: &[&Asked]) -> Option<Draws> {
    let Exclusion::Units(capacity) = exclusion(system, asked.first()?.ask) else { return None };
    let mut flows: Vec<usize> = asked.iter().map(|asked| asked.flow).collect();
    flows.sort_unstable();
    flows.dedup();
    // Of each flow as many as it has users, in as many branches as may be here at once.
    let of_flow = |flow: &usize| {
        let own = asked.iter().filter(|asked| asked.flow == *flow);
        let copies =
            own.map(|asked| asked.copies).try_fold(1, |most: u64, copies| copies.map(|copies| most.max(copies)));
        Some(users(system, *flow)?.saturating_mul(copies?))
    };
    let users: Option<u64> = flows.iter().map(of_flow).sum();
    let gate = limit(system, asked, &[station]);
    let threads = match (users, gate) {
        (Some(users), Some(gate)) => Some(users.min(gate)),
        (users, gate) => users.or(gate),
    };
    let levels: Option<Vec<(f64, f64)>> =
        asked.iter().map(|asked| Some((held_units(system, asked)?, most(system, asked.ask)?))).collect();
    let each = levels.as_ref().map(|levels| levels.iter().map(|(held, more)| held + more).fold(0.0, f64::max));
    let enough = match (&levels, threads) {
        (Some(levels), Some(threads)) => {
            Some(levels.iter().map(|(held, more)| threads as f64 * held + more).fold(0.0, f64::max))
        }
        _ => None,
    };
    Some(Draws { station: station as usize, flows, capacity, threads, each, enough })
}

/// The most requests that something else, which they all take before any of `without`, lets be there at once.
pub(super) fn limit(system: &System, asked: &[&Asked], without: &[u16]) -> Option<u64> {
    let gates = |asked: &Asked| -> BTreeMap<u16, u64> {
        let mut gates = BTreeMap::new();
        let before = |held: &&usize| !without.contains(&system.program.asks[**held].station);
        for held in asked.held.iter().take_while(before) {
            let ask = &system.program.asks[*held];
            let limit = match exclusion(system, *held) {
                Exclusion::Units(capacity) => {
                    let least = ask.amount.as_ref().map_or(1.0, |draw| draw.distribution.min().round());
                    (least >= 1.0).then(|| (capacity / least) as u64)
                }
                Exclusion::Modes { .. } => (ask.mode == Mode::Exclusive as u8).then_some(1),
                Exclusion::Nothing | Exclusion::Success => None,
            };
            // Instances of their own limit nothing together, and what a branch holds is its parent's.
            let alone = system.stations[ask.station as usize].count == 1 && asked.copies == Some(1);
            if let Some(limit) = limit.filter(|_| alone) {
                gates.entry(ask.station).and_modify(|before: &mut u64| *before = limit.min(*before)).or_insert(limit);
            }
        }
        gates
    };
    let (first, others) = asked.split_first()?;
    let others: Vec<BTreeMap<u16, u64>> = others.iter().map(|asked| gates(asked)).collect();
    let common = gates(first).into_iter().filter_map(|(station, limit)| {
        others.iter().try_fold(limit, |most, gates| gates.get(&station).map(|limit| most.max(*limit)))
    });
    common.min()
}
