//! How a study is run: horizon, warm-up, replications, precision.

use super::locate;
use super::precision::Goals;
use crate::file::{Diagnostic, Tree};
use models::lower::Path as FieldPath;
use models::simulation::Settings;
use models::spec::{Experiment, Method, Named, Precision, Scalar, WarmUp};
use models::units::Dimension;
use sim_core::time::Clock;

/// How a study is run; times in ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// End of the measured time.
    pub horizon: u64,
    /// The latest that it may be put off to, where the warm-up or the precision asks for it.
    pub max_horizon: u64,
    /// Start of the measured time; `None`: found from the runs.
    pub warm_up: Option<u64>,
    /// What intervals rest on.
    pub method: Method,
    /// Replications to begin with.
    pub replications: u64,
    /// Half-widths to be reached.
    pub precision: Option<Goals>,
    /// The most replications.
    pub max_replications: u64,
    /// Confidence of intervals.
    pub confidence: f64,
    /// Master seed.
    pub seed: u64,
    /// Time after the horizon in which requests may leave.
    pub drain: u64,
    /// The most requests in the system.
    pub max_in_system: u64,
    /// Interval of the time series.
    pub sample: u64,
    /// Ticks per second.
    pub clock: Clock,
}

impl Plan {
    /// The settings of a replication that is measured from `warm_up` on.
    pub fn settings(&self, replication: u64, warm_up: u64) -> Settings<'static> {
        Settings {
            seed: self.seed,
            replication,
            warm_up,
            horizon: self.horizon,
            drain: self.drain,
            sample: self.sample,
            max_in_system: self.max_in_system,
            stop: None,
        }
    }
}

/// By how much a horizon may be put off where nothing else is said. A precision that is to be reached by one long run may
/// take more.
const LONGEST: u64 = 8;
const LONGEST_TO_PRECISION: u64 = 64;

/// How a study is run.
pub(super) fn plan(
    experiment: &Experiment,
    parameters: &Named<f64>,
    tree: &Tree,
    diagnostics: &mut Vec<Diagnostic>,
) -> Plan {
    let run = &experiment.run;
    let at = FieldPath::new("run");
    let no_traces = |_: &str, _: usize| Err("there are no traces here".to_string());
    let lower = models::lower::Lower::new(parameters, Clock::default(), &no_traces);
    let tick = run.tick.as_ref().map_or(1e-9, |tick| lower.positive(&at.field("tick"), tick, Dimension::TIME));
    let clock = Clock::new(1.0 / tick).unwrap_or_default();
    let most = (1u64 << 62) as f64 / clock.ticks_per_second();
    let span = |field: &str, scalar: &Scalar, zero: bool| {
        let at = at.field(field);
        let seconds = match zero {
            true => lower.not_negative(&at, scalar, Dimension::TIME),
            false => lower.positive(&at, scalar, Dimension::TIME),
        };
        if seconds > most {
            let help = format!("with this tick the most is {}", models::units::format(most, Dimension::TIME));
            lower.problem_with_help(&at, "this is beyond the end of virtual time", help);
        }
        clock.span(seconds.min(most))
    };
    let mut problems = lower.take_problems();
    let horizon = match &run.horizon {
        Some(horizon) => span("horizon", horizon, false).max(1),
        None => {
            let help = "add `run: Run(horizon: \"10 min\")`";
            lower.problem_with_help(&at, "the run has no horizon", help);
            1
        }
    };
    let of_horizon = lower.take_problems();
    let known = of_horizon.is_empty();
    problems.extend(of_horizon);
    let warm_up = match &run.warm_up {
        WarmUp::Auto => None,
        WarmUp::Time(time) => Some(span("warm_up", time, true)),
        WarmUp::None => Some(0),
    };
    if let Some(warm_up) = warm_up.filter(|warm_up| *warm_up >= horizon && known) {
        let seconds = |ticks: u64| models::units::format(ticks as f64 / clock.ticks_per_second(), Dimension::TIME);
        lower.problem_with_help(
            &at.field("warm_up"),
            format!("the warm-up of {} leaves nothing of the horizon of {}", seconds(warm_up), seconds(horizon)),
            "give a shorter warm-up, or a longer horizon",
        );
    }
    let method = run.method.unwrap_or_default();
    let longest = match (method, &run.precision) {
        (Method::Batches, Some(_)) => LONGEST_TO_PRECISION,
        _ => LONGEST,
    };
    let max_horizon = match &run.max_horizon {
        Some(longest) => span("max_horizon", longest, false),
        None => horizon.saturating_mul(longest).min(1 << 62),
    };
    if max_horizon < horizon && known {
        lower.problem_with_help(
            &at.field("max_horizon"),
            "the longest horizon is shorter than the horizon",
            "give at least the horizon: then the run is never made longer",
        );
    }
    if method == Method::Batches {
        for (field, given) in
            [("replications", run.replications.is_some()), ("max_replications", run.max_replications.is_some())]
        {
            if given {
                let help = "leave it out, or leave `method: Batches` out";
                lower.problem_with_help(
                    &at.field(field),
                    "batches are of one long run: there are no replications",
                    help,
                );
            }
        }
    }
    let whole = |field: &str, value: &Option<Scalar>, default: u64, low: u64, high: u64| {
        value.as_ref().map_or(default, |value| lower.whole(&at.field(field), value, low, high))
    };
    let replications = whole("replications", &run.replications, 10, 1, 1_000_000);
    let plan = Plan {
        horizon,
        max_horizon,
        warm_up,
        method,
        replications,
        precision: match &run.precision {
            Some(Precision::Flows(relative)) => {
                Some(Goals::Flows(lower.positive(&at.field("precision"), relative, Dimension::NONE)))
            }
            // Their indicators are looked up when the system is known.
            Some(Precision::Goals(_)) | None => None,
        },
        max_replications: whole(
            "max_replications",
            &run.max_replications,
            replications.saturating_mul(100).min(1000).max(replications),
            1,
            1_000_000,
        ),
        confidence: run.confidence.as_ref().map_or(0.95, |c| {
            let at = at.field("confidence");
            let value = lower.probability(&at, c);
            if value <= 0.0 || value >= 1.0 {
                lower.problem_with_help(&at, "a confidence lies between 0 and 1", "give 0.95, or 0.99");
                return 0.95;
            }
            value
        }),
        seed: run.seed.unwrap_or(1),
        drain: run.drain.as_ref().map_or(horizon / 10, |drain| span("drain", drain, true)),
        max_in_system: whole("max_in_system", &run.max_in_system, 1_000_000, 1, 1_000_000_000),
        sample: run.sample.as_ref().map_or((horizon / 500).max(1), |sample| span("sample", sample, false).max(1)),
        clock,
    };
    if horizon / plan.sample > 1_000_000 {
        let help = "give a longer `sample`: at most a million points are kept";
        lower.problem_with_help(&at.field("sample"), "the time series would have over a million points", help);
    }
    problems.extend(lower.take_problems());
    diagnostics.extend(problems.iter().map(|problem| locate(problem, tree)));
    plan
}
