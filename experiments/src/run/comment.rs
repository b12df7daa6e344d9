//! What is to be said of the figures: deadlocks, loads without a steady state, requests that have not left.

use super::Advice;
use crate::results::Results;
use crate::study::Plan;
use models::simulation::{Cause, Deadlock, Replication, Stop};
use models::system::System;

/// A deadlock, for people.
pub(super) fn deadlocked(system: &System, deadlock: &Deadlock) -> Advice {
    let name = |station: usize| format!("`{}`", system.stations[station].name);
    let held = |cause: Cause| match cause {
        Cause::Passive(station) => format!(" holds {}", name(station)),
        Cause::Place(station) => format!(" holds a place at {}", name(station)),
        Cause::Server(station) => format!(" keeps a server of {}", name(station)),
        Cause::Branch => String::new(),
    };
    let awaited = |cause: Cause| match cause {
        Cause::Passive(station) => name(station),
        Cause::Place(station) => format!("a place at {}", name(station)),
        Cause::Server(station) => format!("a server of {}", name(station)),
        Cause::Branch => "a branch of its own".to_string(),
    };
    let link = |link: &models::simulation::Link| {
        let flow = &system.flows[link.flow].name;
        let who = if link.branch { format!("a branch of `{flow}`") } else { format!("`{flow}`") };
        let held = held(link.holds);
        format!("{who}{held}{} waits for {}", if held.is_empty() { "" } else { " and" }, awaited(link.waits))
    };
    let mut components: Vec<String> = Vec::new();
    for station in deadlock.links.iter().filter_map(|link| link.waits.station()) {
        let name = &system.stations[station].name;
        if !components.contains(name) {
            components.push(name.clone());
        }
    }
    let any = |test: fn(&Cause) -> bool| deadlock.links.iter().any(|link| test(&link.waits));
    let mut help = Vec::new();
    if any(|cause| matches!(cause, Cause::Passive(_))) {
        help.push("Let all take them in the same order, or put a Timeout around the wait.");
    }
    if any(|cause| matches!(cause, Cause::Place(_))) {
        help.push("Give one of the full components a larger `limit`.");
    }
    if any(|cause| matches!(cause, Cause::Server(_))) {
        help.push("Give the processor more cores or slices, or let those who wait sleep or yield.");
    }
    let circle = deadlock.links.iter().map(link).collect();
    Advice::Deadlock { components, circle, since: deadlock.since, help: help.join(" ") }
}

/// The component with the most requests per server at the end of a replication.
pub(super) fn busiest(system: &System, replication: &Replication) -> String {
    let most = (0..system.stations.len()).max_by(|a, b| {
        let present = |i: &usize| replication.components[*i].present;
        present(a).total_cmp(&present(b))
    });
    most.map_or(String::new(), |i| system.stations[i].name.clone())
}

/// What is to be said of the figures.
pub(super) fn comment(
    system: &System,
    results: &Results,
    early: Option<(Stop, f64, String)>,
    plan: &Plan,
    advice: &mut Vec<Advice>,
) {
    let offered = models::graph::offered_utilisation(system);
    for (station, offered) in system.stations.iter().zip(offered) {
        let sheds = station.limit < u32::MAX && !station.blocks
            || system.program.visits.iter().any(|visit| {
                system.stations[visit.station as usize].name == station.name
                    && (visit.patience.is_some() || visit.cancellable)
            });
        if let Some(offered) = offered.filter(|offered| *offered >= 1.0 - 1e-9 && !sheds)
            && station.laws.is_none()
        {
            // Drops upstream may keep the load away: what was measured decides.
            let measured = results.find(&format!("{}.utilisation", station.name)).map_or(0.0, |e| e.value);
            // Of a full-duplex network one direction may be idle.
            if measured > 0.97 / f64::from(station.directions) {
                advice.push(Advice::NoSteadyState { component: station.name.clone(), utilisation: offered });
            }
        }
    }
    match early {
        Some((Stop::TooMany, at, component)) => {
            advice.push(Advice::TooManyRequests { component, limit: plan.max_in_system, at });
        }
        Some((Stop::Stuck, at, _)) => advice.push(Advice::Stuck { at }),
        Some((Stop::Hopeless, at, _)) => {
            let horizon = plan.horizon as f64 / plan.clock.ticks_per_second();
            advice.push(Advice::Hopeless { at, horizon });
        }
        _ => {}
    }
    if !advice.iter().any(Advice::is_failure) {
        growing(system, results, advice);
    }
    for flow in &system.flows {
        let path = |what: &str| format!("{}.{what}", flow.name);
        if flow.arrivals.is_some() && results.find(&path("reliability")).is_none() {
            advice.push(Advice::NoRequests { flow: flow.name.clone() });
        }
        if let Some(share) = results.find(&path("unfinished")).filter(|share| share.value > 0.001) {
            advice.push(Advice::Unfinished { flow: flow.name.clone(), share: share.value });
        }
    }
    for station in &system.stations {
        if let Some(share) = results.find(&format!("{}.on_floor", station.name)).filter(|share| share.value > 0.01) {
            advice.push(Advice::OnFloor { component: station.name.clone(), share: share.value });
        }
    }
}

/// A queue that grows from quarter to quarter at a station that is always busy has no steady state, whatever was
/// offered on paper (loads that laws, losses or blocking raise).
fn growing(system: &System, results: &Results, advice: &mut Vec<Advice>) {
    for (i, station) in system.stations.iter().enumerate() {
        let Some(series) = results.present.get(i) else { continue };
        let n = series.values.len();
        if n < 40 || station.limit < u32::MAX && !station.blocks {
            continue;
        }
        let mean =
            |part: std::ops::Range<usize>| part.clone().map(|k| series.values[k]).sum::<f64>() / part.len() as f64;
        let quarters: Vec<f64> = (0..4).map(|q| mean(q * n / 4..(q + 1) * n / 4)).collect();
        let steady = quarters.windows(2).all(|pair| pair[1] > pair[0] * 1.15);
        let busy = results.find(&format!("{}.utilisation", station.name)).map_or(0.0, |e| e.value);
        let servers = station.speeds.len() as f64 * f64::from(station.count);
        if steady && busy > 0.98 && quarters[3] > 20.0 + 3.0 * servers && quarters[3] > 2.2 * quarters[0] {
            advice.push(Advice::NoSteadyState { component: station.name.clone(), utilisation: busy });
        }
    }
}
