//! Runs: replications in parallel, warm-up, precision, verdicts.

use crate::results::{Collector, Results, is_extreme};
use crate::study::{Plan, Study, Target};
use models::expression::Operator;
use models::simulation::{Cause, Deadlock, Replication, Settings, Simulation, Stop};
use models::system::System;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sim_core::analyse::{Estimate, mser5};
use std::sync::atomic::{AtomicBool, Ordering};

/// Points of the series in which the warm-up is looked for.
const WARM_UP_POINTS: u64 = 1000;
/// Replications that are simulated before the next are begun.
const BATCH: u64 = 64;

/// What becomes of a run as it goes on.
pub trait Progress: Sync {
    /// So many replications are to be run from now on (an estimate where a precision decides).
    fn phase(&self, what: &str, replications: u64);
    /// A replication is done.
    fn done(&self);
}

/// Progress that nobody looks at.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: &str, _: u64) {}
    fn done(&self) {}
}

/// Whether a target holds, by its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The whole interval satisfies it.
    Met,
    /// No point of the interval satisfies it.
    Missed,
    /// The interval holds both.
    Undecided,
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
    /// The warm-up is a large part of the run.
    LongWarmUp {
        /// Share of the horizon.
        share: f64,
    },
    /// The precision was not reached.
    NotPrecise {
        /// Relative half-width reached, and the one asked for.
        reached: f64,
        /// What was asked for.
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
            Advice::LongWarmUp { share } => format!(
                "no end of the warm-up was found within a quarter of the run; {} of it is left out. Raise the horizon.",
                percent(*share)
            ),
            Advice::NotPrecise { reached, wanted } => format!(
                "the precision of {} was not met: {} was reached. Raise `max_replications` or the horizon.",
                percent(*wanted),
                percent(*reached)
            ),
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

/// A finished run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The figures.
    pub results: Results,
    /// Verdicts on the targets, with the estimate that each rests on.
    pub verdicts: Vec<(Target, Verdict, Option<Estimate>)>,
    /// What is to be said beside.
    pub advice: Vec<Advice>,
    /// Warm-up [ticks], and whether it was found from the runs.
    pub warm_up: u64,
    /// Whether the warm-up was found from the runs.
    pub warm_up_found: bool,
    /// Replications.
    pub replications: u64,
    /// Events of all replications.
    pub events: u64,
    /// Hash over all events of all replications.
    pub fingerprint: u64,
}

impl Run {
    /// Exit status: 0 done, 1 no steady state, 3 a target missed.
    pub fn status(&self) -> u8 {
        if self.advice.iter().any(Advice::is_failure) {
            1
        } else if self.verdicts.iter().any(|(_, verdict, _)| *verdict == Verdict::Missed) {
            3
        } else {
            0
        }
    }
}

/// The run was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

fn settings<'a>(plan: &Plan, replication: u64, warm_up: u64, stop: &'a AtomicBool) -> Settings<'a> {
    Settings {
        seed: plan.seed,
        replication,
        warm_up,
        horizon: plan.horizon,
        drain: plan.drain,
        sample: plan.sample,
        max_in_system: plan.max_in_system,
        stop: Some(stop),
    }
}

/// Simulates a study on so many threads (0: all cores).
///
/// # Errors
/// [`Interrupted`] when `stop` was set.
pub fn run(study: &Study, threads: usize, progress: &dyn Progress, stop: &AtomicBool) -> Result<Run, Interrupted> {
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let threads = threads.min(crate::memory::replications_at_once(&study.lowered.system));
    // A pool that cannot be built leaves the global one, which gives the same results.
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(|| run_here(study, progress, stop)),
        Err(_) => run_here(study, progress, stop),
    }
}

/// Simulates a study on the threads of the pool that this is called from.
///
/// # Errors
/// As [`run`].
pub fn run_here(study: &Study, progress: &dyn Progress, stop: &AtomicBool) -> Result<Run, Interrupted> {
    let system = &study.lowered.system;
    let plan = &study.plan;
    let mut advice = Vec::new();
    let (warm_up, found) = match plan.warm_up {
        Some(warm_up) => (warm_up, false),
        None => (find_warm_up(system, plan, progress, stop, &mut advice)?, true),
    };
    progress.phase("simulating", plan.replications);
    let mut collector = Collector::new(system);
    let mut early: Option<(Stop, f64, String)> = None;
    let mut deadlock = None;
    let mut wanted = plan.replications;
    let mut next = 0;
    while next < wanted {
        let last = wanted.min(next + BATCH);
        let batch = replicate(system, plan, next..last, warm_up, progress, stop)?;
        for replication in &batch {
            collector.add(replication);
            if let (Some(why), None) = (replication.stop, &early) {
                early = Some((why, replication.end, busiest(system, replication)));
            }
            deadlock = deadlock.or_else(|| replication.deadlock.clone());
        }
        next = last;
        if early.is_some() {
            break;
        }
        if let (true, Some(precision)) = (next == wanted, plan.precision) {
            match collector.relative_half_width(plan.confidence) {
                Some(reached) if reached <= precision => {}
                Some(reached) if wanted < plan.max_replications => {
                    // As many as the present variance asks for, in steps of at most a doubling.
                    let needed = (wanted as f64 * (reached / precision).powi(2)).ceil() as u64;
                    wanted = needed.clamp(wanted + 1, wanted * 2).min(plan.max_replications);
                    progress.phase("simulating to the precision", wanted - next);
                }
                Some(reached) => advice.push(Advice::NotPrecise { reached, wanted: precision }),
                None if wanted < plan.max_replications => wanted = plan.max_replications.min(5.max(wanted + 1)),
                None => advice.push(Advice::NotPrecise { reached: f64::INFINITY, wanted: precision }),
            }
        }
    }
    let results = collector.finish(plan.confidence);
    advice.extend(deadlock.map(|deadlock| deadlocked(system, &deadlock)));
    comment(system, &results, early, plan, &mut advice);
    if advice.iter().any(Advice::is_failure) {
        // Without a steady state neither a longer run nor a longer drain helps.
        advice.retain(|advice| {
            !matches!(advice, Advice::LongWarmUp { .. } | Advice::Unfinished { .. } | Advice::NotPrecise { .. })
        });
    }
    let verdicts = study
        .targets
        .iter()
        .map(|target| {
            let estimate = results.find(&target.condition.left);
            (target.clone(), verdict(target, estimate), estimate)
        })
        .collect();
    Ok(Run {
        results,
        verdicts,
        advice,
        warm_up,
        warm_up_found: found,
        replications: collector.replications,
        events: collector.events,
        fingerprint: collector.fingerprint,
    })
}

/// Replications in parallel, in their order.
fn replicate(
    system: &System,
    plan: &Plan,
    numbers: std::ops::Range<u64>,
    warm_up: u64,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Vec<Replication>, Interrupted> {
    let all: Vec<Replication> = numbers
        .into_par_iter()
        .map(|number| {
            let replication = Simulation::new(system, settings(plan, number, warm_up, stop)).run();
            progress.done();
            replication
        })
        .collect();
    if stop.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(all) }
}

/// The end of the warm-up by MSER-5 on the number in the system, averaged across replications.
fn find_warm_up(
    system: &System,
    plan: &Plan,
    progress: &dyn Progress,
    stop: &AtomicBool,
    advice: &mut Vec<Advice>,
) -> Result<u64, Interrupted> {
    let pilots = plan.replications.clamp(1, 20);
    progress.phase("finding the warm-up", pilots);
    let sample = (plan.horizon / WARM_UP_POINTS).max(1);
    let pilot = Plan { sample, drain: 0, ..plan.clone() };
    let replications = replicate(system, &pilot, 0..pilots, 0, progress, stop)?;
    let series: Vec<_> = replications.iter().map(|replication| &replication.in_system).collect();
    let Some(mean) = sim_core::observe::Series::mean(&series) else { return Ok(0) };
    let found = mser5(&mean.values);
    let warm_up = (found.values as u64).saturating_mul(sample);
    let most = plan.horizon / 4;
    if warm_up > most {
        advice.push(Advice::LongWarmUp { share: most as f64 / plan.horizon as f64 });
    }
    Ok(warm_up.min(most))
}

/// A deadlock, for people.
fn deadlocked(system: &System, deadlock: &Deadlock) -> Advice {
    let name = |station: usize| format!("`{}`", system.stations[station].name);
    let held = |cause: Cause| match cause {
        Cause::Passive(station) => format!(" holds {}", name(station)),
        Cause::Place(station) => format!(" holds a place at {}", name(station)),
        Cause::Server(station) => format!(" keeps a server of {}", name(station)),
        Cause::Branch => String::new(),
    };
    let awaited = |cause: Cause| match cause {
        Cause::Passive(station) => name(station),
        Cause::Place(station) => format!("a place at {}", name(station)),
        Cause::Server(station) => format!("a server of {}", name(station)),
        Cause::Branch => "a branch of its own".to_string(),
    };
    let link = |link: &models::simulation::Link| {
        let flow = &system.flows[link.flow].name;
        let who = if link.branch { format!("a branch of `{flow}`") } else { format!("`{flow}`") };
        let held = held(link.holds);
        format!("{who}{held}{} waits for {}", if held.is_empty() { "" } else { " and" }, awaited(link.waits))
    };
    let mut components: Vec<String> = Vec::new();
    for station in deadlock.links.iter().filter_map(|link| link.waits.station()) {
        let name = &system.stations[station].name;
        if !components.contains(name) {
            components.push(name.clone());
        }
    }
    let any = |test: fn(&Cause) -> bool| deadlock.links.iter().any(|link| test(&link.waits));
    let mut help = Vec::new();
    if any(|cause| matches!(cause, Cause::Passive(_))) {
        help.push("Let all take them in the same order, or put a Timeout around the wait.");
    }
    if any(|cause| matches!(cause, Cause::Place(_))) {
        help.push("Give one of the full components a larger `limit`.");
    }
    if any(|cause| matches!(cause, Cause::Server(_))) {
        help.push("Give the processor more cores or slices, or let those who wait sleep or yield.");
    }
    let circle = deadlock.links.iter().map(link).collect();
    Advice::Deadlock { components, circle, since: deadlock.since, help: help.join(" ") }
}

/// The component with the most requests per server at the end of a replication.
fn busiest(system: &System, replication: &Replication) -> String {
    let most = (0..system.stations.len()).max_by(|a, b| {
        let present = |i: &usize| replication.components[*i].present;
        present(a).total_cmp(&present(b))
    });
    most.map_or(String::new(), |i| system.stations[i].name.clone())
}

/// What is to be said of the figures.
fn comment(
    system: &System,
    results: &Results,
    early: Option<(Stop, f64, String)>,
    plan: &Plan,
    advice: &mut Vec<Advice>,
) {
    let offered = models::graph::offered_utilisation(system);
    for (station, offered) in system.stations.iter().zip(offered) {
        let sheds = station.limit < u32::MAX && !station.blocks
            || system.program.visits.iter().any(|visit| {
                system.stations[visit.station as usize].name == station.name
                    && (visit.patience.is_some() || visit.cancellable)
            });
        if let Some(offered) = offered.filter(|offered| *offered >= 1.0 - 1e-9 && !sheds)
            && station.laws.is_none()
        {
            // Drops upstream may keep the load away: what was measured decides.
            let measured = results.find(&format!("{}.utilisation", station.name)).map_or(0.0, |e| e.value);
            // Of a full-duplex network one direction may be idle.
            if measured > 0.97 / f64::from(station.directions) {
                advice.push(Advice::NoSteadyState { component: station.name.clone(), utilisation: offered });
            }
        }
    }
    match early {
        Some((Stop::TooMany, at, component)) => {
            advice.push(Advice::TooManyRequests { component, limit: plan.max_in_system, at });
        }
        Some((Stop::Stuck, at, _)) => advice.push(Advice::Stuck { at }),
        Some((Stop::Hopeless, at, _)) => {
            let horizon = plan.horizon as f64 / plan.clock.ticks_per_second();
            advice.push(Advice::Hopeless { at, horizon });
        }
        _ => {}
    }
    if !advice.iter().any(Advice::is_failure) {
        growing(system, results, advice);
    }
    for flow in &system.flows {
        let path = |what: &str| format!("{}.{what}", flow.name);
        if flow.arrivals.is_some() && results.find(&path("reliability")).is_none() {
            advice.push(Advice::NoRequests { flow: flow.name.clone() });
        }
        if let Some(share) = results.find(&path("unfinished")).filter(|share| share.value > 0.001) {
            advice.push(Advice::Unfinished { flow: flow.name.clone(), share: share.value });
        }
    }
    for station in &system.stations {
        if let Some(share) = results.find(&format!("{}.on_floor", station.name)).filter(|share| share.value > 0.01) {
            advice.push(Advice::OnFloor { component: station.name.clone(), share: share.value });
        }
    }
}

/// A queue that grows from quarter to quarter at a station that is always busy has no steady state, whatever was
/// offered on paper (loads that laws, losses or blocking raise).
fn growing(system: &System, results: &Results, advice: &mut Vec<Advice>) {
    for (i, station) in system.stations.iter().enumerate() {
        let Some(series) = results.present.get(i) else { continue };
        let n = series.values.len();
        if n < 40 || station.limit < u32::MAX && !station.blocks {
            continue;
        }
        let mean =
            |part: std::ops::Range<usize>| part.clone().map(|k| series.values[k]).sum::<f64>() / part.len() as f64;
        let quarters: Vec<f64> = (0..4).map(|q| mean(q * n / 4..(q + 1) * n / 4)).collect();
        let steady = quarters.windows(2).all(|pair| pair[1] > pair[0] * 1.15);
        let busy = results.find(&format!("{}.utilisation", station.name)).map_or(0.0, |e| e.value);
        let servers = station.speeds.len() as f64 * f64::from(station.count);
        if steady && busy > 0.98 && quarters[3] > 20.0 + 3.0 * servers && quarters[3] > 2.2 * quarters[0] {
            advice.push(Advice::NoSteadyState { component: station.name.clone(), utilisation: busy });
        }
    }
}

/// Whether a target holds, by the interval of what it is about. What has no interval because it is an extreme is
/// judged by what was observed.
fn verdict(target: &Target, estimate: Option<Estimate>) -> Verdict {
    let Some(estimate) = estimate else { return Verdict::Undecided };
    let observed = is_extreme(&target.condition.left).then_some(0.0);
    let Some(half_width) = estimate.half_width.or(observed) else { return Verdict::Undecided };
    let (low, high) = (estimate.value - half_width, estimate.value + half_width);
    let bound = target.condition.right.value;
    let operator: Operator = target.condition.operator;
    match (operator.holds(low, bound), operator.holds(high, bound)) {
        (true, true) => Verdict::Met,
        (false, false) => Verdict::Missed,
        _ => Verdict::Undecided,
    }
}
