//! What a finished run has to say beside its figures.

use models::units::{Dimension, format};
use serde::{Deserialize, Serialize};

/// Why a run was made longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// For the warm-up.
    WarmUp,
    /// Until batches were independent.
    Batches,
    /// For a precision.
    Precision,
}

/// What a finished run has to say beside its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Advice {
    /// A component is offered more than it can do.
    NoSteadyState {
        /// The component.
        component: String,
        /// What was measured or offered, as a share.
        utilisation: f64,
    },
    /// Requests piled up beyond the limit.
    TooManyRequests {
        /// The component with most of them.
        component: String,
        /// The limit.
        limit: u64,
        /// When, at the earliest [s].
        at: f64,
    },
    /// Time did not move on.
    Stuck {
        /// Where it stood [s].
        at: f64,
    },
    /// Time moves on too slowly.
    Hopeless {
        /// Where it had come to [s].
        at: f64,
        /// Where it should have come to [s].
        horizon: f64,
    },
    /// The warm-up takes more than a quarter of the longest run.
    LongWarmUp {
        /// Share of the run that was left out.
        share: f64,
        /// Horizon that would be long enough [s].
        wanted: f64,
    },
    /// The run was made longer.
    Lengthened {
        /// The declared horizon [s].
        declared: f64,
        /// The one that was simulated [s].
        horizon: f64,
        /// Why.
        reason: Reason,
    },
    /// The run is short beside the time in which queues forget how they started, and may not be longer.
    Short {
        /// The horizon that was simulated [s].
        horizon: f64,
        /// One that is long enough [s].
        wanted: f64,
    },
    /// A precision was not reached.
    NotPrecise {
        /// The indicator.
        indicator: String,
        /// Half-width reached; infinite where there was no interval.
        reached: f64,
        /// What was asked for.
        wanted: f64,
        /// Base unit of both; `None` where they are parts of the value.
        unit: Option<String>,
        /// Whether more replications would help, or a longer run.
        batches: bool,
    },
    /// Batches of the run are not independent, however large.
    Dependent {
        /// An indicator that is.
        indicator: String,
        /// How many there are.
        indicators: usize,
        /// Correlation of neighbouring batches.
        lag_1: f64,
        /// Horizon that may be long enough [s].
        wanted: f64,
    },
    /// Requests had not left at the end.
    Unfinished {
        /// The flow.
        flow: String,
        /// Share of its requests.
        share: f64,
    },
    /// A throughput law stood on its floor.
    OnFloor {
        /// The component.
        component: String,
        /// Share of services.
        share: f64,
    },
    /// Requests wait for each other for ever.
    Deadlock {
        /// What they hold and wait for, in a circle.
        components: Vec<String>,
        /// Who holds and waits for what: "`jobs` holds `a` and waits for `b`".
        circle: Vec<String>,
        /// Since when [s].
        since: f64,
        /// What to do about it.
        help: String,
    },
    /// A flow had no requests in the measured time.
    NoRequests {
        /// The flow.
        flow: String,
    },
}

impl Advice {
    /// Whether the system has no steady state: the figures are not those of one.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Advice::NoSteadyState { .. }
                | Advice::TooManyRequests { .. }
                | Advice::Stuck { .. }
                | Advice::Hopeless { .. }
                | Advice::Deadlock { .. }
        )
    }

    /// Whether it is about a run that is too short, which does not matter where there is no steady state.
    pub fn is_of_length(&self) -> bool {
        matches!(
            self,
            Advice::LongWarmUp { .. }
                | Advice::Short { .. }
                | Advice::Lengthened { .. }
                | Advice::Unfinished { .. }
                | Advice::NotPrecise { .. }
                | Advice::Dependent { .. }
        )
    }

    /// What it says, and what to do.
    pub fn text(&self) -> String {
        let percent = models::units::format_share;
        match self {
            Advice::NoSteadyState { component, utilisation } => format!(
                "`{component}` is offered {utilisation:.3} of what it can do: there is no steady state. \
                 What was measured depends on the horizon; give it more capacity, or less load."
            ),
            Advice::TooManyRequests { component, limit, at } => format!(
                "over {limit} requests were in the system at {at:.6} s, most of them at `{component}`: there is no steady \
                 state. The run was stopped; raise `max_in_system` only if such a crowd is meant."
            ),
            Advice::Stuck { at } => format!(
                "time stands still at {at:.9} s: requests go round without taking any. Give a step of the loop a duration."
            ),
            Advice::Hopeless { at, horizon } => format!(
                "over 1e9 events have brought time to {at:.3e} s only: at this pace the horizon of {horizon} s takes weeks. \
                 Look for a loop whose steps take next to no time, or shorten the horizon."
            ),
            Advice::LongWarmUp { share, wanted } => format!(
                "the warm-up takes more than a quarter of the run: {} of it is left out, and the figures may still lean to \
                 the empty system. Give a `horizon` of {}, or a `max_horizon`, up to which the run is made longer by itself.",
                percent(*share),
                format(*wanted, Dimension::TIME)
            ),
            Advice::Lengthened { declared, horizon, reason } => format!(
                "the run was made longer, from {} to {}, {}; `max_horizon` bounds it, and `horizon: \"{}\"` begins there.",
                format(*declared, Dimension::TIME),
                format(*horizon, Dimension::TIME),
                match reason {
                    Reason::WarmUp =>
                        "because it was short beside the time in which its queues forget how they started",
                    Reason::Batches => "until its batches were independent",
                    Reason::Precision => "to reach the precision",
                },
                format(*horizon, Dimension::TIME),
            ),
            Advice::Short { horizon, wanted } => format!(
                "a run of {} is short beside the time in which its queues forget how they started: replications are so skewed \
                 that intervals hold the true value somewhat less often than they say. Give a `horizon` or `max_horizon` of {}.",
                format(*horizon, Dimension::TIME),
                format(*wanted, Dimension::TIME)
            ),
            Advice::NotPrecise { indicator, reached, wanted, unit, batches } => {
                let shown = |value: f64| match unit {
                    _ if !value.is_finite() => "no interval".to_string(),
                    None => percent(value),
                    Some(unit) => format(value, crate::results::dimension(unit)),
                };
                let raise = if *batches { "`max_horizon`" } else { "`max_replications`, or the horizon" };
                format!(
                    "the precision was not met: `{indicator}` should be within {}, and {} was reached. Raise {raise}.",
                    shown(*wanted),
                    shown(*reached)
                )
            }
            Advice::Dependent { indicator, indicators, lag_1, wanted } => {
                let others = match indicators {
                    1 => String::new(),
                    n => format!(" (and {} others)", n - 1),
                };
                format!(
                    "batches of `{indicator}`{others} depend on each other (neighbours are correlated by {lag_1:.2}), so that \
                     the interval is too narrow. Give a `horizon` of {} or more, or use replications.",
                    format(*wanted, Dimension::TIME)
                )
            }
            Advice::Unfinished { flow, share } => format!(
                "{} of the requests of `{flow}` had not left at the end and count as not correct. Raise `drain`.",
                percent(*share)
            ),
            Advice::OnFloor { component, share } => format!(
                "the throughput law of `{component}` stood on its floor for {} of its services: the load has fallen into \
                 the slow state, which `check` explains.",
                percent(*share)
            ),
            Advice::Deadlock { circle, since, help, .. } => {
                format!("deadlock since {since:.6} s: {}. {help}", circle.join("; "))
            }
            Advice::NoRequests { flow } => {
                format!(
                    "no request of `{flow}` was born in the measured time. Raise the horizon, or look at its arrivals."
                )
            }
        }
    }
}
