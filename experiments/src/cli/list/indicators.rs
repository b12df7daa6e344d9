//! What is measured: every indicator with its unit and its meaning.

use super::Layout;
use crate::report::table::grid::Grid;
use crate::results::Owner;
use models::units::Dimension;

/// What is measured, of what, and what it means.
pub fn list(layout: Layout) -> String {
    let component = crate::results::indicators(Owner::Component(&[]));
    let flow = crate::results::indicators(Owner::System);
    let both: Vec<_> = flow.iter().filter(|entry| meaning(entry.0, false) == meaning(entry.0, true)).collect();
    let of_flows = flow.iter().filter(|entry| !both.contains(entry));
    let of_components = component.iter().filter(|entry| !both.contains(entry));
    let mut out = String::from(
        "Targets, responses and bounds name them behind a flow or component: \"telemetry.latency.p95 <= 250 ms\";\n\
         alone they are of the whole system: \"reliability >= 0.999\".\n",
    );
    let mut section = |title: &str, entries: &mut dyn Iterator<Item = &(&'static str, Dimension)>, of_component| {
        let mut grid = Grid::new(&["indicator", "unit", "meaning"]);
        grid.texts = 3;
        for (path, dimension) in entries {
            let unit = crate::results::unit(*dimension);
            grid.row(vec![(*path).to_string(), unit, meaning(path, of_component).to_string()]);
        }
        out += &format!("\n{}\n{}", layout.bold(title), grid.render(layout));
    };
    section("Of flows and of the whole system", &mut of_flows.into_iter(), false);
    section("Of components", &mut of_components.into_iter(), true);
    section("Of all three", &mut both.into_iter(), false);
    let mut grid = Grid::new(&["indicator", "of", "unit", "meaning"]);
    grid.texts = 4;
    for (kind, figures) in models::resources::FIGURES {
        for figure in *figures {
            let unit = crate::results::unit(figure.dimension);
            grid.row(vec![figure.name.to_string(), (*kind).to_string(), unit, figure.about.to_string()]);
        }
    }
    out += &format!("\n{}\n{}", layout.bold("Of one kind of component"), grid.render(layout));
    out
}

/// What an indicator of a component, or of a flow, means; empty where there is none of that name.
fn meaning(path: &str, of_component: bool) -> &'static str {
    match (path, of_component) {
        ("throughput", false) => "requests that left correctly, per second",
        ("throughput", true) => "completed visits per second",
        ("latency" | "latency.mean", false) => "mean time from birth to leaving, of correct requests",
        ("latency" | "latency.mean", true) => "mean time of a completed visit, waiting included",
        ("latency.min", _) => "the shortest time that was observed",
        ("latency.max", _) => "the longest time that was observed",
        ("latency.p50" | "latency.p90" | "latency.p95" | "latency.p99" | "latency.p99.9", _) => {
            "so many per cent take at most this long"
        }
        ("data_throughput", false) => "payload of the requests that left correctly",
        ("data_throughput", true) => "payload that completed visits moved",
        ("reliability", false) => "share of the requests born that left correctly",
        ("reliability", true) => "share of the visits that were completed",
        ("energy", false) => "energy that its requests took, in the measured time",
        ("energy", true) => "energy that all its instances took, in the measured time",
        ("power", _) => "energy per second",
        ("energy_per_request", false) => "energy per correct request",
        ("energy_per_request", true) => "energy per completed visit",
        ("concurrency", false) => "of the whole only: requests in service over all that are in service or wait",
        ("in_system", _) => "mean number of requests present",
        ("in_time", false) => "share that left correctly and within the deadline",
        ("late", false) => "share that left after a soft deadline: correct",
        ("too_late", false) => "share that left after a hard deadline: not correct",
        ("dropped", false) => "share that a full component did not take",
        ("refused", false) => "share that was refused at admission",
        ("reneged", false) => "share that lost its patience in a queue",
        ("timed_out", false) => "share that a Timeout aborted",
        ("failed", false) => "share that failed: at a step, or with a component",
        ("lost", false) => "share that was lost on a network",
        ("unfinished", false) => "share that had not left at the end",
        ("utilisation", true) => "mean share of the servers that are busy",
        ("queue", true) => "mean number of requests waiting",
        ("in_system_max", true) => "the most requests present at once",
        ("waiting", true) => "mean time before the service starts",
        ("availability", true) => "mean share of the servers that are not down",
        ("asleep", true) => "mean share of the servers off, on vacation or off duty",
        ("blocked", true) => "mean share of the servers whose request cannot go on",
        ("wire", true) => "bits moved, with headers and retransmissions",
        ("dropped", true) => "arrivals that found no room",
        ("refused", true) => "questions that were refused",
        ("reneged", true) => "visits that ended for want of patience",
        ("lost", true) => "transmissions that were lost in the end",
        ("failed", true) => "visits that failed",
        ("aborted", true) => "visits that a Timeout or a join broke off",
        ("retransmitted", true) => "transmissions that were repeated",
        ("preempted", true) => "services that a more urgent request interrupted",
        ("on_floor", true) => "share of the services that began on the floor of the throughput law",
        ("instances_lost", true) => "instances whose battery is empty",
        ("battery_life", true) => "a full battery over the mean power of an instance",
        ("filled", true) => "share of the capacity that is full at the end",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_indicator_has_a_meaning() {
        for of_component in [false, true] {
            let owner = if of_component { Owner::Component(&[]) } else { Owner::System };
            for (path, _) in crate::results::indicators(owner) {
                assert_ne!(meaning(path, of_component), "", "{path}");
            }
        }
    }
}
