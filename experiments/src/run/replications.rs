//! Independent replications, each without its warm-up: replication-deletion.

use super::comment::busiest;
use super::precision::{Reached, worst};
use super::{Interrupted, Outcome, Progress, settings};
use crate::results::Collector;
use crate::study::Plan;
use models::simulation::{Replication, Simulation};
use models::system::System;
use rayon::prelude::*;
use sim_core::analyse::next_count;
use std::sync::atomic::{AtomicBool, Ordering};

/// Replications that are simulated before the next are begun.
const BATCH: u64 = 64;

/// Simulates as many replications as were asked for, and more until a precision is reached.
pub(super) fn run(
    system: &System,
    plan: &Plan,
    warm_up: u64,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, Interrupted> {
    progress.phase("simulating", plan.replications);
    let mut collector = Collector::new(system);
    let (mut early, mut deadlock) = (None, None);
    let mut advice = Vec::new();
    let mut wanted = plan.replications;
    let mut next = 0;
    while next < wanted {
        let last = wanted.min(next + BATCH);
        for replication in &replicate(system, plan, next..last, warm_up, progress, stop)? {
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
        if let (true, Some(goals)) = (next == wanted, &plan.precision) {
            match worst(system, &collector.finish(plan.confidence), goals) {
                Some(Reached { share, .. }) if share > 1.0 && wanted < plan.max_replications => {
                    wanted = next_count(wanted, share, plan.max_replications);
                    progress.phase("simulating to the precision", wanted - next);
                }
                Some(reached) if reached.share > 1.0 => advice.push(reached.not_met(false)),
                _ => {}
            }
        }
    }
    Ok(Outcome {
        results: collector.finish(plan.confidence),
        samples: collector.samples(),
        replications: collector.replications,
        events: collector.events,
        fingerprint: collector.fingerprint,
        horizon: plan.horizon,
        early,
        deadlock,
        advice,
    })
}

/// Replications in parallel, in their order.
pub(super) fn replicate(
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
