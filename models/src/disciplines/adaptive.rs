//! A discipline that switches between policies by what it sees.

use super::{Discipline, Job, Order, Policy, ascending};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// Looks at its queue at a sampling interval, and serves by the policy for what it sees, without preemption:
///
/// 1. *urgent*: at least a share `urgent` of the arrivals were above `Normal` priority: by priority;
/// 2. *crowded*: the queue that the trend of the last two intervals leads to is at least `long`, and the squared
///    coefficient of variation of the demands is at least `variability`: the shortest job first;
/// 3. *calm*: first come, first served.
///
/// What waits is put into the new order at once.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Adaptive {
    /// The sampling interval (default 1 s).
    pub every: Option<Scalar>,
    /// Waiting jobs from which on a queue is long (default 2).
    pub long: Option<Scalar>,
    /// Squared coefficient of variation from which on demands are unequal (default 1.5).
    pub variability: Option<Scalar>,
    /// Share of urgent arrivals from which on they come first (default 0.02).
    pub urgent: Option<Scalar>,
}

/// The rules, resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Interval [ticks].
    pub every: u64,
    /// Waiting jobs.
    pub long: f64,
    /// Squared coefficient of variation.
    pub variability: f64,
    /// Share of arrivals.
    pub urgent: f64,
}

/// What the queue is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mood {
    #[default]
    Calm,
    Crowded,
    Urgent,
}

/// What was seen in an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// Mean number waiting.
    pub queue: f64,
    /// Mean number waiting in the interval before.
    pub before: f64,
    /// Squared coefficient of variation of the demands that came.
    pub scv: f64,
    /// Share of arrivals above `Normal` priority.
    pub urgent: f64,
}

impl Rules {
    /// The mood for what was seen.
    pub fn mood(&self, seen: &Seen) -> Mood {
        let forecast = (2.0 * seen.queue - seen.before).max(seen.queue);
        if seen.urgent > 0.0 && seen.urgent >= self.urgent {
            Mood::Urgent
        } else if forecast >= self.long && seen.scv >= self.variability {
            Mood::Crowded
        } else {
            Mood::Calm
        }
    }
}

impl Mood {
    /// The key by which waiting jobs are ordered.
    pub fn key(self) -> fn(&Job) -> u64 {
        match self {
            Mood::Calm => |_| 0,
            Mood::Crowded => |job| ascending(job.demand),
            Mood::Urgent => |job| ascending(-job.priority),
        }
    }
}

impl Adaptive {
    /// The rules as the stations run them.
    pub fn rules(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let number = |field: &str, value: &Option<Scalar>, otherwise: f64| {
            value.as_ref().map_or(otherwise, |v| lower.not_negative(&at.field(field), v, Dimension::NONE))
        };
        let every = self.every.as_ref().map_or(1.0, |t| lower.positive(&at.field("every"), t, Dimension::TIME));
        Rules {
            every: lower.clock().span(every).max(1),
            long: number("long", &self.long, 2.0),
            variability: number("variability", &self.variability, 1.5),
            urgent: self.urgent.as_ref().map_or(0.02, |u| lower.probability(&at.field("urgent"), u)),
        }
    }
}

impl Discipline for Adaptive {
    fn policy(&self, lower: &Lower<'_>, at: &Path) -> Policy {
        Policy::in_order(Order::Adaptive(self.rules(lower, at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mood_follows_the_rules_in_their_order() {
        let rules = Rules { every: 1, long: 2.0, variability: 1.5, urgent: 0.1 };
        let seen = Seen { queue: 3.0, before: 3.0, scv: 4.0, urgent: 0.0 };
        assert_eq!(rules.mood(&seen), Mood::Crowded);
        assert_eq!(rules.mood(&Seen { urgent: 0.1, ..seen }), Mood::Urgent);
        assert_eq!(rules.mood(&Seen { urgent: 0.09, ..seen }), Mood::Crowded);
        assert_eq!(rules.mood(&Seen { scv: 1.0, ..seen }), Mood::Calm);
        assert_eq!(rules.mood(&Seen { queue: 1.5, before: 1.5, ..seen }), Mood::Calm);
        // It grows: by the trend there will be 2.
        assert_eq!(rules.mood(&Seen { queue: 1.5, before: 1.0, ..seen }), Mood::Crowded);
        // It shrinks, but there are three now.
        assert_eq!(rules.mood(&Seen { queue: 3.0, before: 9.0, ..seen }), Mood::Crowded);
        assert_eq!(Rules { urgent: 0.0, ..rules }.mood(&Seen::default()), Mood::Calm);
    }
}
