//! What holds for any system: the utilisation law, saturated sources, availability.

use super::{Island, Kind, Theory, rates_of};
use crate::check::model::{self, Model, Split};
use crate::results::Scope;
use models::graph::{self, Passage};
use std::collections::{BTreeMap, BTreeSet};

/// Utilisation = rate x service / servers, for any arrivals and any order that loses no work (Denning and Buzen 1978).
pub(super) fn utilisation_law(model: &Model<'_>, island: &Island, theory: &mut Theory) {
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
        use crate::check::model::Order;
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
pub(super) fn saturated_source(model: &Model<'_>, island: &Island, theory: &mut Theory) {
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
    let plain = model::trouble(queue, station).is_none()
        && !model.system.can_block
        && station.limit == u32::MAX
        && station.speeds.windows(2).all(|pair| pair[0] == pair[1])
        && station.laws.is_none()
        && queue.split == Split::One
        && station.directions == 1
        && matches!(queue.order, model::Order::Fcfs | model::Order::Blind)
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
pub(super) fn availability(model: &Model<'_>, theory: &mut Theory) {
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
