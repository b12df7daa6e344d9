//! One queue by itself, whatever it is: times from two moments of arrivals and service.
//!
//! ```text
//!   what occupies a server (`service`) ──▶ room ──▶ order of service ──▶ time of each class
//! ```
//!
//! Open classes by formulas for GI/G/c in its orders of service. Where customers go round, or share a semaphore, what an
//! arrival sees is less than the mean over time: there by mean value analysis (`models::analytic::approximate_mva`).

use super::service::{Effective, effective};
use super::span::Span;
use crate::check::model::{Class, Model, Order, Queue, Split, unfollowed};
use models::analytic::approximate_mva::{self as mva, Presence};
use models::analytic::mg1::{self, Moments};
use models::analytic::{AnalyticError, birth_death, gig, sharing};
use models::system::Station;

/// What comes to a queue.
pub(super) struct Input<'i> {
    /// Of each class, per copy [1/s].
    pub rates: &'i [f64],
    /// Squared coefficient of variation of the gaps between arrivals at a copy.
    pub scv: f64,
    /// What was present of each class, per copy, a moment ago.
    pub presences: &'i [Presence],
    /// Whether what an arrival sees is given by `seen`.
    pub limited: bool,
    /// The share of the other class's mean that an arrival of a class sees.
    pub seen: &'i dyn Fn(usize, usize) -> f64,
    /// Rates of the classes that come whatever happens.
    pub open: &'i [bool],
    /// Customers of closed flows that may be here at most.
    pub customers: f64,
    /// Length of a run [s].
    pub horizon: f64,
}

/// What is known of a queue; per copy.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub method: String,
    /// Of each class: time in the queue and in service, of the visits that succeed.
    pub sojourns: Vec<Span>,
    /// Of each class: chance to succeed.
    pub success: Vec<f64>,
    /// Of each class: how much longer propagation takes.
    pub latency_factor: f64,
    /// Mean service of each class, with attempts; the time that a server is occupied.
    pub occupied: Vec<f64>,
    pub busy: f64,
    pub wait: Option<f64>,
    pub blocked: f64,
    /// Share of the servers that is switched off or away, and being set up.
    pub off: f64,
    pub starting: f64,
    /// Squared coefficient of variation of the service.
    pub service_scv: f64,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trouble {
    Declined(String),
    /// It is offered so much of what it can do.
    Overloaded(f64),
}

impl From<AnalyticError> for Trouble {
    fn from(error: AnalyticError) -> Trouble {
        match error {
            AnalyticError::Unstable { utilisation } | AnalyticError::UnstableStation { utilisation, .. } => {
                Trouble::Overloaded(utilisation)
            }
            other => Trouble::Declined(other.to_string()),
        }
    }
}

pub(super) fn decline<T>(why: &str) -> Result<T, Trouble> {
    Err(Trouble::Declined(why.to_string()))
}

/// Loss below which a queue that blocks is taken as one without a limit.
const RARELY: f64 = 1e-3;

/// What no formula here is for.
fn obstacle(queue: &Queue<'_>, station: &Station, input: &Input<'_>) -> Option<&'static str> {
    if let Some(why) = unfollowed(queue, station) {
        return Some(why);
    }
    if queue.classes.iter().any(|class| matches!(class.visit.demand, models::system::Demand::Endless)) {
        return Some("a service has no end of its own");
    }
    if station.registry != models::system::NOWHERE {
        return Some("a registry says which instances there are to choose from");
    }
    if let Some(capacity) = station.capacity {
        let filled: f64 = queue
            .classes
            .iter()
            .zip(input.rates)
            .filter(|(class, _)| class.visit.fills)
            .filter_map(|(class, rate)| Some(rate * class.visit.demand.size()?.distribution.mean()))
            .sum();
        if filled * input.horizon > capacity {
            return Some("it fills up before the end");
        }
    }
    match queue.order {
        Order::Other(why) if !mild(why) => Some(why),
        _ => None,
    }
}

/// Orders of service that are not followed, but whose mean is near that of a common queue.
fn mild(why: &str) -> bool {
    ["it serves by deadlines", "its order of service changes with what it sees"].contains(&why)
}

/// What a queue makes of what comes to it.
pub(super) fn evaluate(model: &Model<'_>, index: usize, input: &Input<'_>) -> Result<Output, Trouble> {
    let queue = &model.queues[index];
    let station = model.station(index);
    if let Some(why) = obstacle(queue, station, input) {
        return decline(why);
    }
    let (classes, broken, latency_factor) = effective(model, queue, station, input)?;
    let lambda: f64 = input.rates.iter().sum();
    let sum =
        |of: &dyn Fn(&Effective) -> f64| -> f64 { input.rates.iter().zip(&classes).map(|(r, c)| r * of(c)).sum() };
    let offered = sum(&|class| class.all.mean);
    let mean = if lambda > 0.0 { offered / lambda } else { 0.0 };
    let second = if lambda > 0.0 { sum(&|class| class.all.second) / lambda } else { 0.0 };
    let service_scv = if mean > 0.0 { (second / (mean * mean) - 1.0).max(0.0) } else { 0.0 };
    let c = station.speeds.len() as u32;
    let mut output = Output {
        method: String::new(),
        sojourns: classes.iter().map(|class| class.own).collect(),
        success: classes.iter().map(|class| class.success).collect(),
        latency_factor,
        occupied: classes.iter().map(|class| class.all.mean).collect(),
        busy: sum(&|class| class.served),
        wait: Some(0.0),
        blocked: 0.0,
        off: 0.0,
        starting: 0.0,
        service_scv,
    };
    if lambda <= 0.0 || mean <= 0.0 {
        output.method = "nobody waits".into();
        return Ok(output);
    }
    // Instances chosen by their state work as one queue, or nearly so.
    let pooled = match queue.split {
        Split::State(_) if queue.copies > 1 => queue.copies,
        _ => 1,
    };
    let servers = c.saturating_mul(pooled);
    let rho = offered / f64::from(c);
    let sheds = station.limit < u32::MAX && !station.blocks;
    let few = input.customers.is_finite() && input.customers <= f64::from(station.limit);
    let certain: f64 = input
        .rates
        .iter()
        .zip(&classes)
        .zip(input.open)
        .filter(|(_, open)| **open)
        .map(|((r, k), _)| r * k.all.mean)
        .sum();
    if !sheds && certain >= f64::from(c) * (1.0 - 1e-9) {
        return Err(Trouble::Overloaded(certain / f64::from(c)));
    }
    let as_station = |rate: f64| gig::Station {
        arrival_rate: rate * f64::from(pooled),
        arrival_scv: input.scv,
        mean,
        service_scv: if shares(queue.order) { 1.0 } else { service_scv },
        servers,
    };
    let mut rates = input.rates.to_vec();
    let mut full = None;
    if station.limit < u32::MAX && !few {
        let room = station.limit.saturating_mul(pooled);
        let lossy = gig::lossy(&gig::Station { servers: servers.min(room), ..as_station(lambda) }, room)?;
        if station.blocks {
            if lossy.blocking > RARELY {
                return decline("requests that find it full wait where they are and hold servers there");
            }
        } else {
            output.blocked = lossy.blocking;
            rates.iter_mut().for_each(|rate| *rate *= 1.0 - lossy.blocking);
            output.busy *= 1.0 - lossy.blocking;
            full = Some(lossy);
        }
    }
    if input.limited {
        return Ok(seen_by_few(queue, &classes, input, output, c));
    }
    let scale = variability(input.scv, service_scv);
    let heavy = rho >= 1.0 - 1e-9 || full.is_some_and(|lossy| lossy.blocking > 0.01);
    let (waits, stretches, name) = match queue.order {
        _ if heavy => {
            // It is bounded by its room alone, whoever goes first.
            let wait = full.map_or(0.0, |lossy| lossy.wait);
            (vec![wait; classes.len()], vec![1.0; classes.len()], format!("GI/G/{servers}/K from two moments (Kimura)"))
        }
        Order::Sharing | Order::LifoResume | Order::RoundRobin { .. } => {
            let stretch =
                1.0 + gig::all_busy(servers, f64::from(pooled) * offered)? / (f64::from(servers) * (1.0 - rho));
            (vec![0.0; classes.len()], vec![stretch; classes.len()], format!("processor sharing on {servers} servers"))
        }
        Order::Weighted => {
            let weigh = |(class, effective): (&Class<'_>, &Effective)| sharing::Class {
                arrival_rate: 0.0,
                mean: effective.all.mean.max(f64::MIN_POSITIVE) / f64::from(servers),
                weight: class.weight,
            };
            let mut shared: Vec<sharing::Class> = queue.classes.iter().zip(&classes).map(weigh).collect();
            shared.iter_mut().zip(&rates).for_each(|(class, rate)| class.arrival_rate = rate * f64::from(pooled));
            let times = sharing::weighted(&shared)?;
            let busy = gig::all_busy(servers, f64::from(pooled) * offered)?;
            // On one server the formula itself; on several its share of the slowdown, once all are busy.
            let stretch = |(time, class): (&f64, &sharing::Class)| {
                1.0 + (time / class.mean - 1.0).max(0.0) * busy / (f64::from(servers) * rho)
            };
            let stretches = times.iter().zip(&shared).map(stretch).collect();
            (vec![0.0; classes.len()], stretches, "sharing by weight (Fayolle, Mitrani, Iasnogorodski)".to_string())
        }
        Order::Priority | Order::PriorityResume => {
            let (waits, stretches) = priorities(queue, &classes, &rates, servers, pooled, scale)?;
            (waits, stretches, format!("priorities on {servers} servers (Cobham; Bondi and Buzen)"))
        }
        Order::Sjf | Order::Srpt => {
            let wait = gig::wait(&as_station(rates.iter().sum()))?;
            let plain = mg1::mg1(rho, Moments::new(1.0, 1.0))?.wait;
            let short = match queue.order {
                Order::Sjf => mg1::sjf_exponential(rho, 1.0)?.wait,
                _ => mg1::srpt_exponential(rho, 1.0)?.wait,
            };
            let gain = short / plain;
            (vec![wait * gain; classes.len()], vec![1.0; classes.len()], "order by size, scaled from M/M/1".to_string())
        }
        Order::Fcfs | Order::Blind | Order::Other(_) => {
            let mut wait = gig::wait(&as_station(rates.iter().sum()))?;
            let mut name = format!("GI/G/{servers} from two moments (Whitt)");
            if let Split::State(d) = queue.split
                && d < queue.copies
            {
                // Between one common queue and very many queues, by how many of them are looked at.
                let many = (birth_death::power_of_d_limit(d, rho)? - 1.0) * mean / f64::from(c);
                wait += many * scale * (1.0 - f64::from(d) / f64::from(queue.copies));
                name = format!("power of {d} choices, from its limits");
            } else if pooled > 1 {
                name = format!("instances as one queue, GI/G/{servers} from two moments (Whitt)");
            }
            (vec![wait; classes.len()], vec![1.0; classes.len()], name)
        }
    };
    let mut waits: Vec<f64> = waits.iter().map(|wait| wait + broken).collect();
    rests(model, station, lambda, Moments { mean, second }, &mut waits, &mut output)?;
    let waiting = waiting_chance(servers, f64::from(pooled) * offered * (1.0 - output.blocked), waits[0] > 0.0);
    for ((sojourn, wait), (stretch, class)) in
        output.sojourns.iter_mut().zip(&waits).zip(stretches.iter().zip(&classes))
    {
        let queueing = Span { mean: *wait, second: 2.0 * wait * wait / waiting, least: 0.0 };
        let served = Span::with_variance(
            class.own.mean * stretch,
            class.own.variance() * stretch * stretch + shared_variance(queue.order, rho, class.own.mean * stretch),
            class.own.least,
        );
        *sojourn = queueing.then(&served);
    }
    let admitted: f64 = rates.iter().sum();
    let mean_wait =
        rates.iter().zip(&waits).map(|(rate, wait)| rate * wait).sum::<f64>() / admitted.max(f64::MIN_POSITIVE);
    output.wait = (!shares(queue.order) && queue.order != Order::PriorityResume).then_some(mean_wait);
    output.method = name;
    if station.laws.is_some() {
        output.method.push_str(", at the fixed point of its laws");
    }
    if station.failures.is_some() {
        output.method.push_str(", with completion times (Gaver)");
    }
    Ok(output)
}

/// Whether several are served at once, by turns or parts.
pub(super) fn shares(order: Order) -> bool {
    matches!(order, Order::Sharing | Order::Weighted | Order::LifoResume | Order::RoundRobin { .. })
}

/// How much longer the wait is than with Poisson arrivals.
fn variability(arrivals: f64, service: f64) -> f64 {
    (arrivals + service) / (1.0 + service)
}

/// Chance to have to wait, for the spread of the wait.
fn waiting_chance(servers: u32, offered: f64, any: bool) -> f64 {
    if !any {
        return 1.0;
    }
    gig::all_busy(servers, offered).unwrap_or(1.0).clamp(1e-4, 1.0)
}

/// What sharing adds to the variance, by M/M/1: T^2 2 rho / (2 - rho) (Coffman, Muntz and Trotter 1970).
fn shared_variance(order: Order, rho: f64, time: f64) -> f64 {
    if shares(order) { time * time * 2.0 * rho / (2.0 - rho.min(1.0)) } else { 0.0 }
}

/// Waits, and how much longer services take for interruptions: Cobham 1954 on one server as fast as all together, scaled to
/// several by what first come, first served gains there (Bondi and Buzen 1984).
fn priorities(
    queue: &Queue<'_>,
    classes: &[Effective],
    rates: &[f64],
    servers: u32,
    pooled: u32,
    scale: f64,
) -> Result<(Vec<f64>, Vec<f64>), Trouble> {
    let c = f64::from(servers);
    let resume = queue.order == Order::PriorityResume;
    let rate = |k: usize| rates[k] * f64::from(pooled);
    let among = |least: f64, strictly: bool| {
        move |k: &usize| if strictly { queue.classes[*k].priority > least } else { queue.classes[*k].priority >= least }
    };
    let loads = |least: f64, strictly: bool| -> f64 {
        (0..rates.len()).filter(among(least, strictly)).map(|k| rate(k) * classes[k].all.mean).sum()
    };
    let residuals = |least: f64| -> f64 {
        (0..rates.len()).filter(among(least, false)).map(|k| rate(k) * classes[k].all.second / (2.0 * c * c)).sum()
    };
    let (mut waits, mut stretches) = (Vec::new(), Vec::new());
    for class in &queue.classes {
        let priority = class.priority;
        let (above, with) = (loads(priority, true), loads(priority, false));
        let counted = if resume { priority } else { f64::NEG_INFINITY };
        let busy = loads(counted, false);
        let gain = gig::all_busy(servers, busy)? / (busy / c).max(f64::MIN_POSITIVE);
        waits.push(scale * gain * residuals(counted) / ((1.0 - above / c) * (1.0 - with / c)));
        let interrupted = if resume && above > 0.0 { gig::all_busy(servers, above)? / (1.0 - above / c) } else { 0.0 };
        stretches.push(1.0 + interrupted);
    }
    Ok((waits, stretches))
}

/// Servers that switch off, go away or sleep: what M/G/1 adds to the wait, and the time that they are off.
fn rests(
    model: &Model<'_>,
    station: &Station,
    lambda: f64,
    service: Moments,
    waits: &mut [f64],
    output: &mut Output,
) -> Result<(), Trouble> {
    if station.setup.is_none() && station.vacation.is_none() && station.wake.is_none() {
        return Ok(());
    }
    if station.speeds.len() > 1 {
        return decline("several servers that rest");
    }
    let of = |distribution: &Option<sim_core::distributions::Distribution>| {
        distribution.as_ref().map_or(Moments::ZERO, |d| Moments::new(d.mean() / model.ticks, d.scv()))
    };
    let plain = mg1::mg1(lambda, service)?.wait;
    let rho = lambda * service.mean;
    let extra = match (&station.vacation, station.wake) {
        (Some(_), None) => {
            output.off = 1.0 - rho;
            mg1::mg1_vacations(lambda, service, of(&station.vacation))?.wait - plain
        }
        (_, wake) => {
            let policy = mg1::n_policy(lambda, service, wake.unwrap_or(1), of(&station.setup))?;
            output.off = policy.asleep;
            output.starting = (1.0 - rho - policy.asleep).max(0.0);
            policy.queue.wait - plain
        }
    };
    waits.iter_mut().for_each(|wait| *wait += extra);
    Ok(())
}

/// What customers see who go round, or who are kept few by a semaphore.
fn seen_by_few(queue: &Queue<'_>, classes: &[Effective], input: &Input<'_>, mut output: Output, c: u32) -> Output {
    let order = match queue.order {
        order if shares(order) => mva::Order::Sharing,
        Order::Priority => mva::Order::Priority,
        Order::PriorityResume => mva::Order::PriorityResume,
        _ => mva::Order::Fcfs,
    };
    // Instances chosen by their state: one queue with all servers, in which all that are present are seen.
    let pooled = match queue.split {
        Split::State(_) => f64::from(queue.copies.max(1)),
        _ => 1.0,
    };
    let visits: Vec<mva::Visit> = queue
        .classes
        .iter()
        .zip(classes)
        .map(|(class, effective)| mva::Visit {
            class: class.flow,
            count: 1.0,
            service: effective.all,
            priority: class.priority,
        })
        .collect();
    let presences: Vec<Presence> = input
        .presences
        .iter()
        .map(|presence| Presence { present: presence.present * pooled, busy: presence.busy * pooled })
        .collect();
    let servers = c.saturating_mul(pooled as u32);
    let times = mva::residences(servers, order, &visits, &presences, input.seen);
    let busy: f64 = presences.iter().map(|presence| presence.busy).sum();
    let chance = waiting_chance(servers, busy.min(f64::from(servers) * 0.999_999), true);
    let rho = (output.busy / f64::from(c)).min(1.0);
    let (mut waited, mut started) = (0.0, 0.0);
    for (((sojourn, class), time), rate) in output.sojourns.iter_mut().zip(classes).zip(&times).zip(input.rates) {
        let wait = (time - class.all.mean).max(0.0);
        let spread = if shares(queue.order) {
            shared_variance(queue.order, rho, *time)
        } else {
            wait * wait * (2.0 / chance - 1.0)
        };
        *sojourn = Span::with_variance(class.own.mean + wait, class.own.variance() + spread, class.own.least);
        waited += rate * wait;
        started += rate;
    }
    output.wait =
        (!shares(queue.order) && queue.order != Order::PriorityResume && started > 0.0).then(|| waited / started);
    output.method = "approximate mean value analysis (Schweitzer and Bard)".into();
    output
}
