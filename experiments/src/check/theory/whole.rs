//! What follows from what is said of flows and components: data, power, energy, and the system as a whole.

use super::decomposition::{Extra, Found};
use super::{Kind, Theory};
use crate::check::model::{Model, Source};
use crate::results::Scope;
use models::system::{Payload, Station};
use std::collections::BTreeMap;

/// A figure with how sure it is.
type Figure = (f64, Kind);

fn find(theory: &Theory, path: &str) -> Option<Figure> {
    theory.find(path).map(|p| (p.value, p.kind))
}

fn weaker(a: Kind, b: Kind) -> Kind {
    if a == Kind::Exact { b } else { a }
}

/// Adds all that follows.
pub(super) fn follow(model: &Model<'_>, found: &Found, theory: &mut Theory) {
    certain(model, theory);
    data(model, theory);
    let powers = powers(model, found, theory);
    let mut whole: Option<Figure> = Some((0.0, Kind::Exact));
    for (index, station) in model.system.stations.iter().enumerate() {
        let power = powers.get(&index).copied();
        whole = whole.zip(power).map(|((sum, kind), (watts, own))| (sum + watts, weaker(kind, own)));
        if let Some((watts, kind)) = power.filter(|_| drawn(station)) {
            let done = find(theory, &format!("{}.throughput", station.name));
            energies(theory, Scope::Component, &station.name, (watts, kind), done);
        }
    }
    flows(model, found, &powers, theory);
    system(model, found, whole, theory);
}

fn drawn(station: &Station) -> bool {
    station.has_power || station.energy_per_bit > 0.0
}

fn energies(theory: &mut Theory, scope: Scope, name: &str, power: Figure, done: Option<Figure>) {
    let (watts, kind) = power;
    let method = "power by state";
    theory.predict(scope, name, "power", watts, kind, method);
    if let Some((rate, how)) = done.filter(|(rate, _)| *rate > 0.0) {
        theory.predict(scope, name, "energy_per_request", watts / rate, weaker(kind, how), method);
    }
}

/// Flows of which nothing can be lost.
fn certain(model: &Model<'_>, theory: &mut Theory) {
    for (flow, view) in model.system.flows.iter().zip(&model.flows) {
        let known = find(theory, &format!("{}.throughput", flow.name)).is_some_and(|(_, kind)| kind == Kind::Exact);
        let sure = view.obstacles.is_empty() && view.conserved && !view.fails && !flow.hard;
        if known && sure && !matches!(view.source, Source::Nothing) {
            theory.predict(Scope::Flow, &flow.name, "reliability", 1.0, Kind::Exact, "nothing is lost");
        }
    }
}

fn data(model: &Model<'_>, theory: &mut Theory) {
    for flow in model.system.flows.iter().filter(|flow| flow.arrivals.is_some()) {
        let payload = match &flow.payload {
            Payload::Constant(bits) => *bits,
            Payload::Drawn(draw) => draw.distribution.mean(),
        };
        if let Some((rate, kind)) = find(theory, &format!("{}.throughput", flow.name)) {
            theory.predict(Scope::Flow, &flow.name, "data_throughput", rate * payload, kind, "payload x throughput");
        }
    }
}

/// Mean power of each component, where it is known.
fn powers(model: &Model<'_>, found: &Found, theory: &Theory) -> BTreeMap<usize, Figure> {
    let mut all = BTreeMap::new();
    for (index, station) in model.system.stations.iter().enumerate() {
        if !drawn(station) {
            all.insert(index, (0.0, Kind::Exact));
            continue;
        }
        let power = &station.power;
        let count = f64::from(station.count);
        let extra = found.extra.get(&index);
        let utilisation = match find(theory, &format!("{}.utilisation", station.name)) {
            Some(figure) => figure,
            // What serves nobody is idle.
            None if !station.serves && !station.kind.is_passive() => (0.0, Kind::Exact),
            None if power.active == power.idle && station.laws.is_none() => (0.0, Kind::Exact),
            None => continue,
        };
        let Extra { off, starting, tx, rx, bits, active } =
            extra.copied().unwrap_or(Extra { active: 1.0, ..Extra::default() });
        let down = match &station.failures {
            Some(_) => match find(theory, &format!("{}.availability", station.name)) {
                Some((availability, _)) => 1.0 - availability,
                None => continue,
            },
            None => 0.0,
        };
        let airs = power.tx != power.idle || power.rx != power.idle;
        let rests = station.setup.is_some() || station.vacation.is_some() || station.wake.is_some();
        let needs = rests || station.energy_per_bit > 0.0 || station.laws.as_ref().is_some_and(|l| l.energy.is_some());
        if needs && extra.is_none() {
            continue;
        }
        let watts = count
            * (power.idle
                + (power.active * active - power.idle) * utilisation.0
                + (power.sleep - power.idle) * off
                + (power.setup - power.idle) * starting
                + (power.down - power.idle) * down)
            + (power.tx - power.idle) * tx
            + (power.rx - power.idle) * rx
            + station.energy_per_bit * bits;
        let rough =
            airs || needs || station.failures.is_some() || station.battery.is_some() || !station.schedule.is_empty();
        all.insert(index, (watts, if rough { Kind::Approximate } else { utilisation.1 }));
    }
    all
}

/// The energy of a flow: its share of that of each component, by the service that it asks for, or by its births where
/// none is asked for.
fn flows(model: &Model<'_>, found: &Found, powers: &BTreeMap<usize, Figure>, theory: &mut Theory) {
    if !model.system.stations.iter().any(drawn) {
        return;
    }
    let born = |flow: usize| found.born.get(&flow).copied();
    for (index, flow) in model.system.flows.iter().enumerate() {
        if flow.arrivals.is_none() || born(index).is_none() {
            continue;
        }
        let mut watts = Some(0.0);
        for (component, station) in model.system.stations.iter().enumerate().filter(|(_, station)| drawn(station)) {
            let all: f64 = found.asked.iter().filter(|((c, _), _)| *c == component).map(|(_, asked)| asked).sum();
            let share = if all > 0.0 {
                found.asked.get(&(component, index)).copied().unwrap_or(0.0) / all
            } else if station.kind.is_passive() {
                0.0
            } else {
                let here = |other: usize| model.system.flows[other].from as usize == component;
                let starts: f64 = (0..model.system.flows.len()).filter(|f| here(*f)).filter_map(born).sum();
                if here(index) && starts > 0.0 { born(index).unwrap_or(0.0) / starts } else { 0.0 }
            };
            if share > 0.0 {
                watts = watts.zip(powers.get(&component)).map(|(sum, (own, _))| sum + own * share);
            }
        }
        let done = find(theory, &format!("{}.throughput", flow.name));
        if let Some(watts) = watts {
            energies(theory, Scope::Flow, &flow.name, (watts, Kind::Approximate), done);
        }
    }
}

/// Figures of the whole: of all flows of the file.
fn system(model: &Model<'_>, found: &Found, power: Option<Figure>, theory: &mut Theory) {
    let flows: Vec<&str> = model
        .system
        .flows_of_file()
        .iter()
        .filter(|flow| flow.arrivals.is_some())
        .map(|flow| flow.name.as_str())
        .collect();
    let sum = |theory: &Theory, indicator: &str| -> Option<Figure> {
        flows.iter().try_fold((0.0, Kind::Exact), |(sum, kind), flow| {
            let (value, own) = find(theory, &format!("{flow}.{indicator}"))?;
            Some((sum + value, weaker(kind, own)))
        })
    };
    let done = sum(theory, "throughput");
    let weighted = |theory: &Theory, indicator: &str, of: &dyn Fn(f64, f64) -> f64| -> Option<Figure> {
        flows.iter().try_fold((0.0, Kind::Exact), |(sum, kind), flow| {
            let (rate, one) = find(theory, &format!("{flow}.throughput"))?;
            let (value, two) = find(theory, &format!("{flow}.{indicator}"))?;
            Some((sum + of(rate, value), weaker(weaker(kind, one), two)))
        })
    };
    let latency = weighted(theory, "latency.mean", &|rate, latency| rate * latency);
    let born = weighted(theory, "reliability", &|rate, share| if share > 0.0 { rate / share } else { 0.0 });
    let data = sum(theory, "data_throughput");
    let present = sum(theory, "in_system").filter(|_| !found.spawns);
    let mut say = |indicator: &str, figure: Option<Figure>| {
        if let Some((value, kind)) = figure {
            theory.predict(Scope::System, "system", indicator, value, kind, "over all flows");
        }
    };
    say("throughput", done);
    if let Some((rate, _)) = done.filter(|(rate, _)| *rate > 0.0) {
        say("latency.mean", latency.map(|(sum, kind)| (sum / rate, kind)));
        say("reliability", born.filter(|(born, _)| *born > 0.0).map(|(born, kind)| ((rate / born).min(1.0), kind)));
    }
    say("data_throughput", data);
    say("in_system", present);
    if let Some(power) = power.filter(|_| model.system.stations.iter().any(drawn)) {
        energies(theory, Scope::System, "system", power, done);
    }
}
