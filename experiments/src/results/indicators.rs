//! What is measured: names, dimensions and owners.

use super::observed::Observed;
use models::resources::FigureName;
use models::simulation::{ComponentResult, Outcome};
use models::units::Dimension;

/// Percentiles of latency: name and share.
pub const PERCENTILES: [(&str, f64); 5] = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)];

/// Whether a path is that of an extreme of all observations: it has no interval.
pub fn is_extreme(path: &str) -> bool {
    path.ends_with("latency.min") || path.ends_with("latency.max")
}

/// Whose indicators.
#[derive(Clone, Copy, Debug)]
pub enum Owner {
    /// The whole.
    System,
    /// A flow.
    Flow,
    /// A component, with the figures that only its kind has.
    Component(&'static [FigureName]),
}

/// What is measured: paths below the owner, with dimensions.
pub fn indicators(owner: Owner) -> Vec<(&'static str, Dimension)> {
    let mut all = vec![
        ("throughput", Dimension::RATE),
        ("latency", Dimension::TIME),
        ("latency.mean", Dimension::TIME),
        ("latency.min", Dimension::TIME),
        ("latency.max", Dimension::TIME),
        ("latency.p50", Dimension::TIME),
        ("latency.p90", Dimension::TIME),
        ("latency.p95", Dimension::TIME),
        ("latency.p99", Dimension::TIME),
        ("latency.p99.9", Dimension::TIME),
        ("data_throughput", Dimension::DATA_RATE),
        ("reliability", Dimension::NONE),
        ("energy", Dimension::ENERGY),
        ("power", Dimension::POWER),
        ("energy_per_request", Dimension::ENERGY),
        ("in_system", Dimension::NONE),
    ];
    match owner {
        Owner::Component(figures) => {
            all.extend(COMPONENT.iter().map(|(name, dimension, _)| (*name, *dimension)));
            all.extend(figures.iter().map(|figure| (figure.name, figure.dimension)));
        }
        Owner::System | Owner::Flow => {
            all.extend(Outcome::ALL.iter().map(|outcome| (outcome.name(), Dimension::NONE)));
            all.push(("unfinished", Dimension::NONE));
        }
    }
    if matches!(owner, Owner::System) {
        all.push(("concurrency", Dimension::NONE));
    }
    all
}

/// The base unit of a dimension, as tables name it.
pub fn unit(dimension: Dimension) -> String {
    match dimension {
        Dimension::RATE => "1/s".into(),
        Dimension::DATA_RATE => "bit/s".into(),
        Dimension::POWER => "W".into(),
        other => other.symbol(),
    }
}

/// Whether an indicator is a share of one, which people read in percent.
pub fn is_share(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    let shares =
        ["reliability", "utilisation", "availability", "asleep", "blocked", "on_floor", "filled", "unfinished"];
    // Of a component, dropped and the like are rates.
    shares.contains(&name) || name == "concurrency"
}

/// The dimension that a base unit belongs to, as [`unit`] names it; none for bare numbers.
pub fn dimension(name: &str) -> Dimension {
    let known = [Dimension::TIME, Dimension::RATE, Dimension::DATA_RATE, Dimension::ENERGY, Dimension::POWER];
    known.into_iter().find(|dimension| unit(*dimension) == name).unwrap_or(Dimension::NONE)
}

fn plain(value: f64) -> Observed {
    Observed::Plain(Some(value))
}

type ComponentFigure = fn(&ComponentResult, f64) -> Observed;

/// What only components have: name, dimension, and the figure of one replication of so many measured seconds.
pub(super) const COMPONENT: &[(&str, Dimension, ComponentFigure)] = &[
    ("utilisation", Dimension::NONE, |c, _| Observed::Plain(Some(c.utilisation).filter(|share| share.is_finite()))),
    ("queue", Dimension::NONE, |c, _| plain(c.queued)),
    ("in_system_max", Dimension::NONE, |c, _| plain(c.present_max as f64)),
    ("waiting", Dimension::TIME, |c, _| Observed::per(c.waiting, c.starts as f64)),
    ("availability", Dimension::NONE, |c, _| plain(c.availability)),
    ("asleep", Dimension::NONE, |c, _| plain(c.asleep)),
    ("blocked", Dimension::NONE, |c, _| plain(c.blocked)),
    ("wire", Dimension::DATA_RATE, |c, _| plain(c.bits)),
    ("dropped", Dimension::RATE, |c, s| plain(c.dropped as f64 / s)),
    ("refused", Dimension::RATE, |c, s| plain(c.refused as f64 / s)),
    ("reneged", Dimension::RATE, |c, s| plain(c.reneged as f64 / s)),
    ("lost", Dimension::RATE, |c, s| plain(c.lost as f64 / s)),
    ("failed", Dimension::RATE, |c, s| plain(c.failed as f64 / s)),
    ("aborted", Dimension::RATE, |c, s| plain(c.aborted as f64 / s)),
    ("retransmitted", Dimension::RATE, |c, s| plain(c.retransmitted as f64 / s)),
    ("preempted", Dimension::RATE, |c, s| plain(c.preempted as f64 / s)),
    ("on_floor", Dimension::NONE, |c, _| Observed::per(c.on_floor, c.starts as f64)),
    ("instances_lost", Dimension::NONE, |c, _| plain(c.instances_lost as f64)),
    ("battery_life", Dimension::TIME, |c, _| Observed::Plain(c.battery_life)),
    ("filled", Dimension::NONE, |c, _| Observed::Plain(c.filled)),
];
