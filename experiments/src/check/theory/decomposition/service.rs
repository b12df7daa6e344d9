//! How long a server is occupied by a visit.
//!
//! ```text
//!   nominal service ──laws of load──▶ ──attempts──▶ ──breakdowns──▶ ──switching──▶ what occupies a server
//! ```

use super::span::Span;
use super::station::{Input, Trouble, decline};
use crate::check::model::{Model, Order, Queue};
use crate::check::station::attempted;
use models::analytic::breakdowns::{Interrupted, broken_when_idle, completion};
use models::analytic::mg1::Moments;
use models::laws::Load;
use models::spec::OnFailure;
use models::system::{LoadMeasure, Station};

/// A class as the formulas take it.
pub(super) struct Effective {
    /// All of a visit, and of those that succeed.
    pub all: Moments,
    pub own: Span,
    pub success: f64,
    /// Mean time at work, without repairs.
    pub served: f64,
}

/// The load that laws look at.
pub(super) fn load(station: &Station, present: f64, busy: f64) -> Load {
    let share = match station.load {
        LoadMeasure::Utilisation(_) => (busy / station.speeds.len() as f64).min(1.0),
        // A request counts itself.
        LoadMeasure::Occupancy(of) => present.max(1.0) / of,
    };
    Load { share, present: present.max(1.0) }
}

/// Services that a window of load spans where chance hardly carries a component into a slow state that it does not leave.
const LONG: f64 = 100.0;

/// The services of all classes; how much longer a wait is for breakdowns of idle servers; and the factor of latency.
pub(super) fn effective(
    model: &Model<'_>,
    queue: &Queue<'_>,
    station: &Station,
    input: &Input<'_>,
) -> Result<(Vec<Effective>, f64, f64), Trouble> {
    let present: f64 = input.presences.iter().map(|presence| presence.present).sum();
    let busy: f64 = input.presences.iter().map(|presence| presence.busy).sum();
    let now = load(station, present, busy);
    let laws = station.laws.as_ref();
    let (throughput, latency) = laws.map_or((1.0, 1.0), |laws| (laws.throughput(now).0, laws.latency(now)));
    let by_throughput = laws.is_some_and(|laws| laws.throughput.is_some());
    let reliability = station.reliability * laws.map_or(1.0, |laws| laws.reliability(now));
    let first = station.speeds.first().copied().unwrap_or(1.0);
    let speed = station.speeds.iter().sum::<f64>() / station.speeds.len().max(1) as f64;
    let mut all = Vec::new();
    let mut extra = 0.0;
    let total: f64 = input.rates.iter().sum();
    for class in &queue.classes {
        let alone = class.visit.fixed.is_none() && class.visit.latency.is_none() && !by_throughput;
        let (fixed, work) = (class.service.fixed * latency, class.service.work / (speed * throughput));
        let mean = fixed + if alone { work * latency } else { work };
        let nominal = class.service.fixed + class.service.work / first;
        let factor = if nominal > 0.0 { mean / nominal } else { 1.0 };
        if let (Some(laws), LoadMeasure::Utilisation(window)) = (laws, station.load) {
            // Whether it could stay full, and whether chance gets it there soon.
            let full = Load { share: 1.0, present: now.present.max(station.speeds.len() as f64) };
            let (slow, long) = (laws.throughput(full).0, laws.latency(full));
            let work = class.service.work / (speed * slow) * if alone { long } else { 1.0 };
            let most = class.service.fixed * long + work;
            if total * most >= station.speeds.len() as f64 && window / model.ticks < LONG * mean {
                return Err(Trouble::Declined("its laws may hold it full, and their window is short".into()));
            }
        }
        let mut service = Moments { mean, second: class.service.second * factor * factor };
        if !service.second.is_finite() {
            return decline("the variance of its service is infinite");
        }
        let constant = (class.service.second - class.service.mean * class.service.mean).abs()
            <= 1e-9 * class.service.second.max(f64::MIN_POSITIVE);
        let least = if constant { service.mean } else { 0.0 };
        let mut success = 1.0 - (1.0 - reliability).max(0.0).powf(f64::from(station.attempts) + 1.0);
        if station.attempts == u32::MAX {
            success = 1.0;
        }
        let attempts = attempted(service, reliability, station.attempts);
        let ratio = if service.mean > 0.0 { attempts.successful / service.mean } else { 1.0 };
        let mut own = Span::with_variance(
            attempts.successful,
            (attempts.moments.second - attempts.moments.mean * attempts.moments.mean).max(0.0)
                + (service.second - service.mean * service.mean).max(0.0) * (ratio - 1.0).max(0.0),
            least,
        );
        service = attempts.moments;
        let served = service.mean;
        if let Some(failures) = &station.failures {
            let rate = model.ticks / failures.time_to_failure.mean();
            let repair = Moments::new(failures.repair.mean() / model.ticks, failures.repair.scv());
            if !(rate.is_finite() && repair.second.is_finite()) {
                return decline("the times between its failures or of its repairs have no moments");
            }
            let interrupted = match failures.interrupted {
                OnFailure::Resume => Interrupted::Resumes,
                OnFailure::Restart => Interrupted::Repeats,
                OnFailure::Lose => Interrupted::Lost,
            };
            let done = completion(service, rate, repair, interrupted).map_err(|_| {
                Trouble::Declined("it fails so often that interrupted services are not few".to_string())
            })?;
            success *= done.success;
            // Repairs in between lengthen a service that goes on, not one that is lost.
            if interrupted != Interrupted::Lost {
                let stretch = if service.mean > 0.0 { done.occupied.mean / service.mean } else { 1.0 };
                let variance = done.occupied.second - done.occupied.mean * done.occupied.mean;
                own = Span::with_variance(own.mean * stretch, variance.max(own.variance()), own.least);
            }
            service = done.occupied;
            if failures.refuses {
                success /= 1.0 + rate * repair.mean;
            } else if station.speeds.len() == 1 || !failures.each_server {
                extra = broken_when_idle(total, rate, repair) / station.speeds.len() as f64;
            }
        }
        if let (Order::RoundRobin { .. }, Some((quantum, switch))) = (queue.order, station.policy.quantum)
            && quantum > 0
        {
            let more = 1.0 + switch as f64 / quantum as f64;
            service = Moments { mean: service.mean * more, second: service.second * more * more };
            own = Span::with_variance(own.mean * more, own.variance() * more * more, own.least);
        }
        all.push(Effective { all: service, own, success, served });
    }
    Ok((all, extra, latency))
}
