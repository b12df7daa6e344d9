//! One long run in batches: made longer until the batches are independent and the precision is reached.

use super::comment::busiest;
use super::precision::worst;
use super::{Advice, Interrupted, Outcome, Progress, Reason, settings};
use crate::results::{Batches, FINEST};
use crate::study::Plan;
use models::simulation::Simulation;
use models::system::System;
use std::sync::atomic::{AtomicBool, Ordering};

/// Simulates one run, and a longer one where that is not enough: with the same seed it begins in the same way.
pub(super) fn run(
    system: &System,
    plan: &Plan,
    warm_up: u64,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, Interrupted> {
    let seconds = |ticks: u64| ticks as f64 / plan.clock.ticks_per_second();
    let mut horizon = plan.horizon;
    let mut reason = None;
    loop {
        progress.phase(if horizon == plan.horizon { "simulating" } else { "simulating a longer run" }, 1);
        let longer = Plan { horizon, ..plan.clone() };
        let segments = Simulation::new(system, settings(&longer, 0, warm_up, stop)).run_in_segments(FINEST);
        if stop.load(Ordering::Relaxed) {
            return Err(Interrupted);
        }
        progress.done();
        let batches = Batches::new(system, &segments);
        let batched = batches.finish(plan.confidence);
        let last = segments.last();
        let early = last.and_then(|last| Some((last.stop?, last.end, busiest(system, last))));
        let far = plan
            .precision
            .as_ref()
            .and_then(|goals| worst(system, &batched.results, goals))
            .filter(|far| far.share > 1.0);
        let needed = match &far {
            // A half-width falls with the square root of the length.
            Some(far) => (far.share * far.share).clamp(1.25, 2.0),
            None if !batched.dependent.is_empty() => 2.0,
            None => 1.0,
        };
        if early.is_none() && needed > 1.0 && horizon < plan.max_horizon {
            reason = Some(if batched.dependent.is_empty() { Reason::Precision } else { Reason::Batches });
            horizon = ((horizon as f64 * needed) as u64).min(plan.max_horizon);
            continue;
        }
        let mut advice = Vec::new();
        if let Some(reason) = reason {
            advice.push(Advice::Lengthened { declared: seconds(plan.horizon), horizon: seconds(horizon), reason });
        }
        advice.extend(far.map(|far| far.not_met(true)));
        if let Some((indicator, lag_1)) = batched.dependent.first() {
            advice.push(Advice::Dependent {
                indicator: indicator.clone(),
                indicators: batched.dependent.len(),
                lag_1: *lag_1,
                wanted: 4.0 * seconds(horizon),
            });
        }
        let (events, fingerprint) = batches.trace();
        return Ok(Outcome {
            results: batched.results,
            samples: Vec::new(),
            replications: 1,
            events,
            fingerprint,
            horizon,
            early,
            deadlock: last.and_then(|last| last.deadlock.clone()),
            advice,
        });
    }
}
