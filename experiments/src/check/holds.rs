//! What requests take and hold: whether it is given back, in which order it is taken, and where that may end in a deadlock.

use crate::study::Study;
use models::ownership::{self, Asked, Circle, Draws, Ownership, Violation};
use models::system::System;

/// What each flow takes, and what may come of it; sentences for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holds {
    /// What each flow takes, and that it gives it back.
    pub flows: Vec<String>,
    /// What is not given back, or is given back twice: a mistake of the program.
    pub violations: Vec<String>,
    /// Pools from which requests draw several times, and whether they have enough.
    pub pools: Vec<(String, bool)>,
    /// Circles in which requests may wait for each other for ever.
    pub circles: Vec<String>,
}

/// What a study's requests take and hold.
pub fn holds(study: &Study) -> Holds {
    let system = &study.lowered.system;
    let flows = system.flows.iter().enumerate().filter(|(_, flow)| flow.arrivals.is_some());
    let all: Vec<Ownership> = flows.clone().map(|(flow, _)| ownership::walk(system, flow)).collect();
    let mut holds = Holds::default();
    for (ownership, (_, flow)) in all.iter().zip(flows) {
        let taken: Vec<String> = ownership.asked.iter().filter(|a| a.holds).map(|asked| taken(system, asked)).collect();
        let violations = ownership.violations.iter().map(|violation| wrong(system, &flow.name, violation));
        holds.violations.extend(violations);
        if !taken.is_empty() {
            let end = if ownership.violations.is_empty() { "; every way gives back once" } else { "" };
            holds.flows.push(format!("`{}` takes {}{end}.", flow.name, taken.join(", then ")));
        }
    }
    holds.pools =
        ownership::draws(system, &all).iter().map(|pool| (drawn(system, pool), !pool.may_lock_up())).collect();
    holds.circles = ownership::circles(system, &all).iter().map(|circle| told(system, circle)).collect();
    holds
}

fn station(system: &System, ask: usize) -> String {
    format!("`{}`", system.stations[system.program.asks[ask].station as usize].name)
}

/// What is taken, and what is held meanwhile.
fn taken(system: &System, asked: &Asked) -> String {
    let name = station(system, asked.ask);
    let mut held: Vec<String> = asked.held.iter().map(|held| station(system, *held)).collect();
    held.dedup();
    if held.is_empty() {
        return name;
    }
    let waits = if asked.waits { "while it holds" } else { "within" };
    format!("{name} {waits} {}", held.join(" and "))
}

fn wrong(system: &System, flow: &str, violation: &Violation) -> String {
    match violation {
        Violation::NotHeld { at } => format!("`{flow}` gives something back at {at} that it does not hold"),
        Violation::Kept { ask, at } => {
            format!("`{flow}` still holds {} at {at}, where it should have given it back", station(system, *ask))
        }
        Violation::Differs { at } => format!("the ways of `{flow}` that meet at {at} hold different things"),
    }
}

fn drawn(system: &System, pool: &Draws) -> String {
    let name = &system.stations[pool.station].name;
    let who = match pool.threads {
        Some(threads) => format!("{threads} requests at once"),
        None => "any number of requests".to_string(),
    };
    let each = pool.each.map_or("several units".to_string(), |each| format!("up to {each} units"));
    let enough = match pool.enough {
        Some(enough) => format!("with {enough} or more they cannot wait for each other for ever"),
        None => "no number is enough that they cannot wait for each other for ever".to_string(),
    };
    format!("`{name}`: {who} draw {each} each, one after the other; {enough}, and it has {}", pool.capacity)
}

fn told(system: &System, circle: &Circle) -> String {
    let edge = |edge: &ownership::Edge| {
        let place = |ask: usize| &system.program.places[ask].name;
        format!(
            "`{}` holds {} ({}) and waits for {} ({})",
            system.flows[edge.flow].name,
            station(system, edge.held),
            place(edge.held),
            station(system, edge.asked),
            place(edge.asked)
        )
    };
    let edges: Vec<String> = circle.edges.iter().map(edge).collect();
    let between = if circle.edges.len() == 1 { ", with a writer who waits in between" } else { "" };
    format!("with {} requests at once {}{between}", circle.least, edges.join("; "))
}
