//! The choice of a discipline by what the flows ask for.

use super::adaptive::Adaptive;
use super::worker_pool::Pool;
use super::{Discipline, Order, Policy};
use crate::graph::{mean_demand, mean_rate, visits_per_request};
use crate::lower::{Lower, Path};
use crate::system::{Instruction, Kind, System};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Chooses between priorities, work stealing and an adaptive discipline by the flows that pass; `check` says what it has
/// chosen, and why.
///
/// 1. Flows of several priorities, the urgent ones being at most half of the requests: `Priority()`.
/// 2. At least as much time computing here as in networks and storage, on several equal cores, each job on one core:
///    work stealing with unbounded queues.
/// 3. Else `Adaptive()`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Auto {}

impl Discipline for Auto {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        // Chosen when all flows are known.
        Policy::in_order(Order::Fifo)
    }
}

/// What was chosen, and the sums that it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The discipline.
    pub name: &'static str,
    /// Time that a request computes here, mean over the flows that pass by their rates [s].
    pub compute: f64,
    /// Time that it spends in networks and storage [s].
    pub io: f64,
    /// Times that it asks a passive component.
    pub held: f64,
    /// Share of the requests that are above the lowest priority.
    pub urgent: f64,
}

/// Chooses for a component.
pub fn choose(system: &System, station: usize) -> Choice {
    let ticks = system.clock.ticks_per_second();
    let model = &system.stations[station];
    let (mut weights, mut compute, mut io, mut held) = (0.0, 0.0, 0.0, 0.0);
    let mut classes: Vec<(f64, f64)> = Vec::new();
    let mut single = true;
    for (index, flow) in system.flows.iter().enumerate() {
        let Some(arrivals) = &flow.arrivals else { continue };
        // Closed flows offer what the system takes: they count once for each instance.
        let weight = mean_rate(arrivals).map_or(1.0, |rate| rate * ticks) * f64::from(flow.count);
        let mut own = [0.0; 3];
        let mut passes = false;
        for (at, times) in visits_per_request(system, index) {
            match system.program.code[at as usize] {
                Instruction::Visit(visit) => {
                    let visit = &system.program.visits[visit as usize];
                    let time = times * mean_demand(visit) / ticks;
                    if visit.station as usize == station {
                        passes = true;
                        single &= visit.needs == 1;
                        own[0] += time;
                    } else if matches!(system.stations[visit.station as usize].kind, Kind::Network | Kind::Storage) {
                        own[1] += time;
                    }
                }
                Instruction::Ask(_) => own[2] += times,
                _ => {}
            }
        }
        if passes {
            weights += weight;
            compute += weight * own[0];
            io += weight * own[1];
            held += weight * own[2];
            classes.push((flow.priority, weight));
        }
    }
    let least = classes.iter().map(|(priority, _)| *priority).fold(f64::INFINITY, f64::min);
    let levels: BTreeSet<u64> = classes.iter().map(|(priority, _)| super::ascending(*priority)).collect();
    let above: f64 = classes.iter().filter(|(priority, _)| *priority > least).map(|(_, weight)| weight).sum();
    let mean = |sum: f64| if weights > 0.0 { sum / weights } else { 0.0 };
    let (compute, io, held, urgent) = (mean(compute), mean(io), mean(held), mean(above));
    let pools = single
        && matches!(model.kind, Kind::Processor | Kind::Device)
        && model.speeds.len() > 1
        && model.speeds.windows(2).all(|pair| pair[0] == pair[1])
        && model.setup.is_none()
        && model.vacation.is_none()
        && model.wake.is_none();
    let name = if levels.len() > 1 && urgent <= 0.5 {
        "Priority"
    } else if pools && compute >= io {
        "WorkStealing"
    } else {
        "Adaptive"
    };
    Choice { name, compute, io, held, urgent }
}

impl Choice {
    /// The policy that was chosen.
    pub fn policy(&self, lower: &Lower<'_>, at: &Path) -> Policy {
        match self.name {
            "Priority" => super::priority::Priority::default().policy(lower, at),
            "WorkStealing" => Pool { global_room: u32::MAX, ..Pool::basic() }.policy(None),
            _ => Adaptive::default().policy(lower, at),
        }
    }
}
