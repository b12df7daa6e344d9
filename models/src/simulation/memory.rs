//! How much memory a replication takes before anything happens: an estimate from the sizes of what is laid out.

use super::Simulation;
use super::battery::Battery;
use super::request::Request;
use super::sharing::Sharing;
use super::state::{LaneState, Server};
use crate::disciplines::Order;
use crate::system::{Arrivals, Flow, Station, System};
use sim_core::random::Stream;

/// What takes the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A component, by index: queues and servers of its instances.
    Component(usize),
    /// A flow, by index: users, or instances with arrivals of their own.
    Flow(usize),
}

/// Bytes of a slot of the event list, and of what a timer names; of a bulk event. Measured, rounded up.
const SLOT: f64 = 64.0;
const BULK: f64 = 40.0;

/// Lists grow by doubling: on average a quarter of them is empty, and a half while they move.
const GROWTH: f64 = 1.5;

impl Simulation<'_> {
    /// Bytes that one replication takes at its start, by what takes them.
    pub fn memory(system: &System) -> Vec<(Part, f64)> {
        let stations = system.stations.iter().enumerate().map(|(i, s)| (Part::Component(i), GROWTH * of_station(s)));
        let flows = system.flows.iter().enumerate().map(|(i, f)| (Part::Flow(i), GROWTH * of_flow(f)));
        stations.chain(flows).collect()
    }
}

fn of_station(model: &Station) -> f64 {
    let size = |bytes: usize| bytes as f64;
    let instances = f64::from(model.count);
    let lanes = if model.serves { instances * f64::from(model.directions) } else { 0.0 };
    let servers = lanes * model.speeds.len() as f64;
    let mut bytes = lanes * size(size_of::<LaneState>()) + servers * (size(size_of::<Server>()) + SLOT);
    if matches!(model.policy.order, Order::Shared { .. }) {
        bytes += lanes * size(size_of::<Sharing>());
    }
    if let Some(failures) = &model.failures {
        bytes += if failures.each_server { servers } else { lanes } * (size(size_of::<Stream>()) + SLOT);
    }
    if model.battery.is_some() {
        bytes += instances * (size(size_of::<Battery>()) + SLOT);
    }
    if model.battery.is_some() || model.power.tx != model.power.idle || model.power.rx != model.power.idle {
        bytes += instances * size(size_of::<[i32; 2]>());
    }
    bytes
}

fn of_flow(flow: &Flow) -> f64 {
    let instances = f64::from(flow.count);
    match &flow.arrivals {
        None | Some(Arrivals::Saturated { .. } | Arrivals::Renewal { merged: true, .. }) => 0.0,
        // A user has a request, or thinks of one.
        Some(Arrivals::Closed { users, .. }) => {
            instances * f64::from(*users) * (4.0 + BULK.max(size_of::<Request>() as f64))
        }
        Some(Arrivals::Modulated { .. }) => instances * (4.0 + 16.0 + BULK),
        Some(Arrivals::Batch { .. }) => instances * (8.0 + BULK),
        Some(_) => instances * (4.0 + BULK),
    }
}
