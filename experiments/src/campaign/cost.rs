//! What a campaign will take, from a short look at some of its configurations.

use super::design::Design;
use crate::study::Study;
use models::simulation::{Settings, Simulation};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Configurations that are looked at.
const LOOKED_AT: u64 = 5;
/// Part of the horizon that is simulated of them, and for how long at most.
const PART: u64 = 10;
const PATIENCE: Duration = Duration::from_secs(1);

/// What a campaign will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Seconds of one core.
    pub core_seconds: f64,
    /// Configurations that it was estimated from.
    pub looked_at: u64,
}

/// Estimates the cost of some configurations; `None` if none of those that are looked at can be run.
pub fn estimate(study: &Study, design: &Design, wanted: &[u64]) -> Option<Cost> {
    let n = wanted.len() as u64;
    let looked: Vec<u64> =
        (0..LOOKED_AT.min(n)).map(|i| wanted[((2 * i + 1) * n / (2 * LOOKED_AT.min(n))) as usize]).collect();
    let each: Vec<f64> =
        looked.iter().filter_map(|index| one(&study.variant(&design.configuration(*index).overrides).ok()?)).collect();
    if each.is_empty() {
        return None;
    }
    let mean = each.iter().sum::<f64>() / each.len() as f64;
    Some(Cost { core_seconds: mean * wanted.len() as f64, looked_at: each.len() as u64 })
}

/// Seconds that a configuration takes on one core.
fn one(study: &Study) -> Option<f64> {
    let plan = &study.plan;
    let stop = AtomicBool::new(false);
    let settings = Settings {
        seed: plan.seed,
        replication: 0,
        warm_up: 0,
        horizon: (plan.horizon / PART).max(1),
        drain: 0,
        sample: plan.sample,
        max_in_system: plan.max_in_system,
        stop: Some(&stop),
    };
    let start = Instant::now();
    let replication = std::thread::scope(|scope| {
        let (done, waiting) = std::sync::mpsc::channel::<()>();
        let stop = &stop;
        scope.spawn(move || {
            if waiting.recv_timeout(PATIENCE).is_err() {
                stop.store(true, Ordering::Relaxed);
            }
        });
        let replication = Simulation::new(&study.lowered.system, settings).run();
        // The other thread waits at most a second more where it has gone.
        let _ = done.send(());
        replication
    });
    let wall = start.elapsed().as_secs_f64();
    let horizon = plan.horizon as f64 / plan.clock.ticks_per_second();
    let share = replication.end / horizon;
    // Pilots look for the warm-up.
    let pilots = if plan.warm_up.is_none() { plan.replications.min(20) } else { 0 };
    (share > 0.0).then(|| wall / share * (plan.replications + pilots) as f64)
}
