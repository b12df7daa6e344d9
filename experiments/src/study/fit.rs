//! Whether a system suits the clock, the horizon and the machine.

use super::{Plan, at_path, locate};
use crate::file::{Diagnostic, Tree};
use crate::memory::{self, TooLarge};
use models::lower::{Lowered, Path as FieldPath};
use models::simulation::Part;
use models::units::Dimension;

/// What is said of a system that does not fit into memory, and of nothing else.
pub(super) const OF_MEMORY: &str = "of memory, most of it for";

/// What takes too many events, or too much memory.
pub(super) fn misfits(lowered: &Lowered, plan: &Plan, tree: &Tree) -> Vec<Diagnostic> {
    let pace = models::lower::check_pace(&lowered.system, plan.horizon);
    let mut misfits: Vec<Diagnostic> = pace.iter().map(|problem| locate(problem, tree)).collect();
    if let Err(TooLarge { part, needed, free }) = memory::check(&lowered.system) {
        let (at, name, help) = match part {
            Part::Component(index) => {
                let name = &lowered.system.stations[index].name;
                let at = FieldPath::new("system.components").field(name);
                (at, name, "give fewer instances or servers, or let one stand for many")
            }
            Part::Flow(index) => {
                let name = &lowered.system.flows[index].name;
                let at = lowered.system.flow_path(index).field("arrivals");
                (at, name, "give fewer users or instances, or merged Poisson arrivals, which take no memory")
            }
        };
        let giga = |bytes: f64| format!("{:.1} GB", bytes / 1e9);
        let message = format!(
            "one replication of this system takes about {} {OF_MEMORY} `{name}`: more than is free",
            giga(needed)
        );
        // What is free changes from moment to moment, and is no part of what a sweep keeps.
        let help = format!("{} are free: {help}", giga(free));
        misfits.push(at_path(tree, &at, message, Some(help)));
    }
    misfits
}

/// Mean durations of so few ticks that rounding to ticks shows.
pub(super) fn tick_warnings(lowered: &Lowered, plan: &Plan) -> Vec<Diagnostic> {
    let system = &lowered.system;
    let mut told = Vec::new();
    for visit in &system.program.visits {
        let mean = models::graph::mean_demand(visit);
        let name = &system.stations[visit.station as usize].name;
        if mean > 0.0 && mean < 1000.0 && !told.contains(name) {
            told.push(name.clone());
        }
    }
    let tick = models::units::format(1.0 / plan.clock.ticks_per_second(), Dimension::TIME);
    let warn = |name: String| {
        let message = format!("a mean service at `{name}` is under 1000 ticks of {tick}: rounding to ticks may show");
        Diagnostic::warning(message).help("give a shorter `tick` in `run`, such as `tick: \"1 ps\"`")
    };
    told.into_iter().map(warn).collect()
}
