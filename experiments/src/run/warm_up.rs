//! Where the measured time begins, and whether the run must be longer for it.

use super::replications::replicate;
use super::{Advice, Interrupted, Progress, Reason};
use crate::study::Plan;
use models::simulation::Replication;
use models::spec::Method;
use models::system::{Arrivals, Station, System};
use sim_core::analyse::{Queue, mser5, relaxation_time};
use sim_core::observe::Series;
use std::sync::atomic::AtomicBool;

/// Points of the series in which the warm-up is looked for.
const POINTS: u64 = 1000;
/// Runs in which it is looked for: MSER-5 on a single one is biased.
const PILOTS: std::ops::RangeInclusive<u64> = 5..=20;
/// Their numbers begin here: what decides on the start of the measured time is independent of what is measured, so that
/// a warm-up that ends with a lull by chance does not make the estimate of the same run low.
const FIRST_PILOT: u64 = 1 << 32;
/// Relaxation times that the warm-up is at least. An M/M/1 that starts empty is then within 0.3 % of its mean (Abate and
/// Whitt 1987, Transient behavior of the M/M/1 queue, Queueing Systems 2: the diffusion's approach at time 6).
const RELAXATIONS: f64 = 3.0;
/// Times that the run is at least as long as that: the means of shorter ones are so skewed that Student's intervals of ten
/// of them hold the true value less often than they should. An M/M/1 at 0.9 was covered in 92 % of the experiments with
/// 17 relaxation times a replication, in 94 % with 35, and in 95 % with 130.
const WARM_UPS: u64 = 12;
/// A station this busy with room for everybody has no steady state, or a queue that is kept full.
const FULL: f64 = 0.999;
/// The part of a long run, for batches, that the pilots begin with.
const PART: u64 = 10;

/// Where the measured time begins and ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Its start [ticks].
    pub warm_up: u64,
    /// Whether that was found from runs.
    pub found: bool,
    /// Its end [ticks].
    pub horizon: u64,
    /// What is to be said of it.
    pub advice: Vec<Advice>,
}

impl Start {
    /// As the file says.
    pub fn given(warm_up: u64, horizon: u64) -> Start {
        Start { warm_up, found: false, horizon, advice: Vec::new() }
    }
}

/// The end of the warm-up: by MSER-5 on the number in the system, averaged across pilot runs, and not before a few
/// relaxation times of the slowest station. Where that is over a quarter of the run, or the relaxation times are not short
/// beside it, the run is made longer, up to the longest that the plan allows.
pub(super) fn find(
    system: &System,
    plan: &Plan,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Start, Interrupted> {
    let seconds = |ticks: u64| ticks as f64 / plan.clock.ticks_per_second();
    // A run in batches is so long that a part of it is enough to look at.
    let first = match plan.method {
        Method::Replications => plan.horizon,
        Method::Batches => (plan.horizon / PART).max(1),
    };
    let longest = if may_be_longer(system) { plan.max_horizon.max(plan.horizon) } else { plan.horizon };
    let pilots = plan.replications.clamp(*PILOTS.start(), *PILOTS.end());
    let mut horizon = first;
    loop {
        progress.phase("finding the warm-up", pilots);
        let sample = (horizon / POINTS).max(1);
        let pilot = Plan { horizon, sample, drain: 0, ..plan.clone() };
        let numbers = FIRST_PILOT..FIRST_PILOT + pilots;
        let replications = replicate(system, &pilot, numbers, 0, progress, stop)?;
        let (found, relaxed) = wanted(system, &replications, sample, plan.clock.ticks_per_second());
        let wanted = found.max(relaxed);
        let needed = wanted.saturating_mul(4).max(relaxed.saturating_mul(WARM_UPS));
        let failed =
            replications.iter().any(|replication| replication.stop.is_some() || replication.deadlock.is_some());
        let most = horizon / 4;
        if needed > horizon && horizon < longest && !failed {
            // A little more at least, so that this ends.
            horizon = needed.max(horizon.saturating_add(horizon / 4)).min(longest);
            continue;
        }
        let whole = horizon.max(plan.horizon);
        let mut advice = Vec::new();
        if whole > plan.horizon {
            let (declared, horizon) = (seconds(plan.horizon), seconds(whole));
            advice.push(Advice::Lengthened { declared, horizon, reason: Reason::WarmUp });
        }
        // Where it can be no longer because of what it is, the end of a trace or a battery, that is what it is.
        if wanted <= most && needed > whole && longest == plan.max_horizon && !failed {
            advice.push(Advice::Short { horizon: seconds(whole), wanted: seconds(needed) });
        }
        if wanted > most {
            let share = most as f64 / whole as f64;
            advice.push(Advice::LongWarmUp { share, wanted: 4.0 * seconds(wanted) });
        }
        return Ok(Start { warm_up: wanted.min(most), found: true, horizon: whole, advice });
    }
}

/// The warm-up that runs of some length ask for, by MSER-5 and by relaxation times [ticks].
fn wanted(system: &System, replications: &[Replication], sample: u64, ticks: f64) -> (u64, u64) {
    let series: Vec<&Series> = replications.iter().map(|replication| &replication.in_system).collect();
    let found = Series::mean(&series).map_or(0, |mean| mser5(&mean.values).values as u64);
    let population = population(system);
    let slowest = (0..system.stations.len())
        .filter_map(|i| Some(relaxation_time(queue(&system.stations[i], i, replications, population)?)))
        .fold(0.0, f64::max);
    // The cast saturates, where a time is beyond all others.
    (found.saturating_mul(sample), (RELAXATIONS * slowest * ticks) as u64)
}

/// A station as a queue, from what was measured [s]; `None` where nothing was served, and where the queue is always full.
fn queue(station: &Station, index: usize, replications: &[Replication], population: f64) -> Option<Queue> {
    let n = replications.len() as f64;
    let mean = |value: &dyn Fn(&models::simulation::ComponentResult) -> f64| {
        replications.iter().map(|replication| value(&replication.components[index])).sum::<f64>() / n
    };
    let utilisation = mean(&|c| c.utilisation);
    let (throughput, queued) = (mean(&|c| c.throughput), mean(&|c| c.queued).max(0.0));
    // What has no queue, such as a cache, remembers in ways of its own: MSER-5 has to see it.
    if !(utilisation > 0.0 && throughput > 0.0) || station.kind.is_passive() && queued == 0.0 {
        return None;
    }
    let lanes = f64::from(station.count.max(1));
    let busy = match station.kind.is_passive() {
        true => mean(&|c| c.present - c.queued),
        false => utilisation * station.servers(),
    };
    let limit = if station.limit < u32::MAX { f64::from(station.limit) } else { f64::INFINITY };
    let room = limit.min(population);
    if utilisation >= FULL && room.is_infinite() {
        return None;
    }
    Some(Queue {
        servers: busy / utilisation / lanes,
        service: busy / throughput,
        utilisation,
        room,
        queue: queued / lanes,
    })
}

/// The most requests that there can be at once: the users, where all flows are closed.
fn population(system: &System) -> f64 {
    let users = |flow: &models::system::Flow| match &flow.arrivals {
        None => 0.0,
        Some(Arrivals::Closed { users, .. }) => {
            let instances = system.stations.get(flow.from as usize).map_or(1, |station| station.count.max(1));
            f64::from(*users) * f64::from(instances)
        }
        Some(_) => f64::INFINITY,
    };
    system.flows.iter().map(users).sum()
}

/// Whether a longer run is the same system for longer: not where a trace of arrivals ends, or a battery.
fn may_be_longer(system: &System) -> bool {
    let ends = |arrivals: &Arrivals| match arrivals {
        Arrivals::At { .. } => true,
        Arrivals::Batch { arrivals, .. } => matches!(**arrivals, Arrivals::At { .. }),
        _ => false,
    };
    let offered = models::graph::offered_utilisation(system);
    let overloaded = system.stations.iter().zip(offered).any(|(station, offered)| {
        station.limit == u32::MAX && station.laws.is_none() && offered.is_some_and(|offered| offered >= 1.0)
    });
    let finite = system.flows.iter().filter_map(|flow| flow.arrivals.as_ref()).any(ends);
    !finite && !overloaded && !system.stations.iter().any(|station| station.battery.is_some())
}
