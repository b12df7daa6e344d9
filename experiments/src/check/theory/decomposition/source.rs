//! How variable the arrivals of a flow are.

use super::span::Span;
use crate::check::model::{Model, rounded_moments};
use models::analytic::modulated;
use models::system::Arrivals;

/// Requests of a flow as they come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coming {
    /// At this rate [1/s], whatever happens: from independent sources alike, the gaps of each of which have this squared
    /// coefficient of variation; and the mean number of others of the same batch that come before a request.
    #[allow(missing_docs)]
    Open { rate: f64, scv: f64, sources: f64, batch: f64 },
    /// So many go round, and think for this long.
    #[allow(missing_docs)]
    Closed { customers: f64, think: Span },
}

/// How requests of a flow come; an error where no rate is known.
pub(super) fn coming(model: &Model<'_>, flow: usize) -> Result<Coming, String> {
    let described = &model.system.flows[flow];
    let Some(arrivals) = &described.arrivals else { return Err("it has no arrivals".into()) };
    let count = f64::from(described.count.max(1));
    match arrivals {
        Arrivals::Closed { users, think } => {
            Ok(Coming::Closed { customers: f64::from(*users) * count, think: Span::of(think, model.ticks) })
        }
        Arrivals::Saturated { .. } => Err("it is saturated: what it takes follows from its components".into()),
        Arrivals::At { .. } => Err("its requests come at given times".into()),
        open => {
            let Some(rate) = models::graph::mean_rate(open) else { return Err("its rate is not known".into()) };
            let (scv, merged, batch) = match open {
                // With a first time that is the same for all, all come at once.
                Arrivals::Periodic { first: Some(_), .. } => (0.0, true, 0.5 * (count - 1.0)),
                open => spread(open),
            };
            let rate = rate * model.ticks * count;
            if !(rate.is_finite() && scv.is_finite()) {
                return Err("its arrivals have no mean or no variance".into());
            }
            Ok(Coming::Open { rate, scv, sources: if merged { 1.0 } else { count }, batch })
        }
    }
}

/// Of one source: how variable, whether its instances are one process together, and those before in the same batch.
fn spread(arrivals: &Arrivals) -> (f64, bool, f64) {
    match arrivals {
        Arrivals::Renewal { gap, merged } => (gap.scv(), *merged, 0.0),
        // Jitter does not accumulate: in the long run a clock.
        Arrivals::Periodic { .. } => (0.0, false, 0.0),
        Arrivals::Modulated { states, moves } => {
            let mut all = Vec::new();
            for ((gap, stay), moves) in states.iter().zip(moves) {
                let mut before = 0.0;
                let next = moves.iter().map(|c| c - std::mem::replace(&mut before, *c)).collect();
                let rate = if gap.is_finite() && *gap > 0.0 { 1.0 / gap } else { 0.0 };
                all.push(modulated::State { rate, stay: *stay, next });
            }
            (modulated::dispersion(&all).map_or(f64::NAN, |(_, dispersion)| dispersion), false, 0.0)
        }
        Arrivals::Batch { size, arrivals } => {
            let (scv, merged, _) = spread(arrivals);
            let (mean, second) = rounded_moments(size);
            // Of the number that has come: variance over mean; and the others in the batch of a request that go first.
            ((second - mean * mean) / mean + scv * mean, merged, 0.5 * (second / mean - 1.0))
        }
        _ => (1.0, false, 0.0),
    }
}
