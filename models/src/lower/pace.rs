//! Times so short that the events of one component or flow alone would take for ever.

use super::{Path, Problem};
use crate::graph::mean_rate;
use crate::system::{Arrivals, System};
use crate::units::{self, Dimension};

/// The most events that a component or a flow may make within the horizon. At ten million a second, which is fast, they
/// take three hours, for each replication.
const MOST: f64 = 1e11;

/// Components that change state by themselves, and flows that arrive, more often than can be simulated.
pub fn check_pace(system: &System, horizon: u64) -> Vec<Problem> {
    let horizon = horizon as f64;
    let mut problems = Vec::new();
    let mut check = |at: Path, what: &str, events: f64, longer: &str| {
        if events <= MOST {
            return;
        }
        let span = units::format(horizon / system.clock.ticks_per_second(), Dimension::TIME);
        problems.push(Problem {
            path: at,
            message: format!(
                "this makes about {events:.0e} {what} within the horizon of {span}: the run would not end"
            ),
            help: Some(format!("give {longer}, or a shorter `horizon`; a replication has room for {MOST:.0e} events")),
            warning: false,
        });
    };
    // Whatever takes less than a tick takes one.
    let times = |ticks: f64| horizon / ticks.max(1.0);
    for station in system.stations.iter().filter(|station| station.serves) {
        let at = Path::new("system.components").field(&station.name);
        let lanes = f64::from(station.count) * f64::from(station.directions);
        let servers = lanes * station.speeds.len() as f64;
        if let Some(vacation) = &station.vacation {
            check(at.field("vacation"), "vacations", servers * times(vacation.mean()), "a longer vacation");
        }
        if !station.schedule.is_empty() {
            let total: f64 = station.schedule.iter().map(|(span, _)| *span as f64).sum();
            let changes = station.schedule.len() as f64 * times(total);
            check(at.field("schedule"), "changes of shift", changes, "longer shifts");
        }
        if let Some(failures) = &station.failures {
            let cycle = failures.time_to_failure.mean() + failures.repair.mean();
            let units = if failures.each_server { servers } else { lanes };
            check(at.field("failures"), "failures and repairs", 2.0 * units * times(cycle), "longer times");
        }
    }
    for (index, flow) in system.flows.iter().enumerate() {
        let Some(arrivals) = &flow.arrivals else { continue };
        let at = system.flow_path(index).field(if flow.owned.is_none() { "arrivals" } else { "every" });
        let count = f64::from(flow.count);
        if let Some(rate) = mean_rate(arrivals) {
            check(at.clone(), "requests", rate * count * horizon, "a lower rate");
        }
        let process = match arrivals {
            Arrivals::Batch { arrivals, .. } => arrivals,
            arrivals => arrivals,
        };
        match process {
            Arrivals::TimeVarying { pieces, total } => {
                let passes = pieces.len() as f64 * times(*total as f64);
                check(at.field("rates"), "changes of the rate", count * passes, "longer pieces");
            }
            Arrivals::Modulated { states, .. } => {
                let stay = states.iter().map(|(_, stay)| stay).sum::<f64>() / states.len() as f64;
                check(at.field("states"), "changes of state", count * times(stay), "longer stays");
            }
            _ => {}
        }
    }
    problems
}
