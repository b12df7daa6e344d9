//! One queue by itself: the formula for it, when requests of its classes come at known rates.

use super::model::{Class, Model, Order, Queue, Source, Split, trouble};
use super::theory::Kind;
use models::analytic::{AnalyticError, birth_death, erlang, mg1};
use models::laws::Load;
use models::system::{LoadMeasure, Station};

/// What arrives at a queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Input {
    /// Independent Poisson processes for all classes.
    Poisson,
    /// One class straight from its source.
    Direct,
    /// What other stations let through.
    Dirty,
}

/// What is known of a queue; times in seconds, numbers per copy.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub kind: Kind,
    pub method: String,
    /// Mean busy servers.
    pub busy: f64,
    /// Mean wait before the first start, over all classes, where that is measured.
    pub wait: Option<f64>,
    /// Mean time in the queue and in service of each class, of the visits that succeed.
    pub sojourns: Vec<f64>,
    /// Mean number present, without those that propagate.
    pub present: f64,
    /// Share of arrivals that are turned away.
    pub blocked: f64,
    /// Quantile of the sojourn, where it is known.
    pub tail: Option<erlang::Mmc>,
}

impl Answer {
    fn new(kind: Kind, method: impl Into<String>, busy: f64, sojourns: Vec<f64>, rates: &[f64]) -> Answer {
        let present = sojourns.iter().zip(rates).map(|(sojourn, rate)| sojourn * rate).sum();
        Answer { kind, method: method.into(), busy, wait: None, sojourns, present, blocked: 0.0, tail: None }
    }

    fn with_wait(mut self, wait: f64) -> Answer {
        self.wait = Some(wait);
        self
    }
}

/// Moments of a service with all its attempts: of every visit, and the mean of those that succeed.
pub(super) struct Total {
    pub moments: mg1::Moments,
    pub successful: f64,
}

fn total(class: &Class<'_>, station: &Station) -> Total {
    let service = mg1::Moments { mean: class.service.mean, second: class.service.second };
    attempted(service, station.reliability, station.attempts)
}

/// The same frame is sent again until it gets through or the attempts are used up: S K, with K truncated geometric.
pub(super) fn attempted(service: mg1::Moments, p: f64, attempts: u32) -> Total {
    let (s, s2) = (service.mean, service.second);
    if attempts == 0 || p >= 1.0 {
        return Total { moments: mg1::Moments { mean: s, second: s2 }, successful: s };
    }
    let mut chance = 1.0; // that the k-th attempt is made
    let (mut k1, mut k2, mut success, mut k_success) = (0.0, 0.0, 0.0, 0.0);
    for k in 1..=u64::from(attempts).saturating_add(1) {
        let number = k as f64;
        let last = k == u64::from(attempts) + 1;
        let ends = chance * if last { 1.0 } else { p };
        k1 += number * ends;
        k2 += number * number * ends;
        success += chance * p;
        k_success += number * chance * p;
        chance *= 1.0 - p;
        if chance * number * number < 1e-16 {
            break;
        }
    }
    let moments = mg1::Moments { mean: s * k1, second: s2 * k2 };
    Total { moments, successful: if success > 0.0 { s * k_success / success } else { s } }
}

/// How the rate of a queue with `n` present depends on n: relative to one server at nominal speed; `None` where that is
/// no function of n alone.
pub(super) fn rate(queue: &Queue<'_>, station: &Station) -> Option<Box<dyn Fn(u32) -> f64>> {
    let servers = station.speeds.clone();
    let shared = queue.order == Order::Sharing;
    let even = servers.windows(2).all(|pair| pair[0] == pair[1]);
    let fixed = queue.classes.iter().any(|class| class.visit.fixed.is_some());
    // The first server's speed is in the moments already.
    let nominal = servers.first().copied().unwrap_or(1.0);
    if !even && !shared || shared && nominal != 1.0 && fixed {
        return None;
    }
    let capacity = move |n: u32| servers.iter().take(n as usize).sum::<f64>() / nominal;
    let Some(laws) = &station.laws else { return Some(Box::new(capacity)) };
    let LoadMeasure::Occupancy(of) = station.load else { return None };
    let propagates = queue.classes.iter().any(|class| class.visit.latency.is_some());
    if fixed || laws.reliability.is_some() || laws.latency.is_some() && propagates {
        return None;
    }
    // Evaluated beforehand up to a number beyond which laws are taken as level.
    let load = |n: u32| Load { share: f64::from(n) / of, present: f64::from(n) };
    let by_latency = laws.throughput.is_none();
    let factors: Vec<f64> = (0..=LEVEL)
        .map(|n| if by_latency { 1.0 / laws.latency(load(n)).max(1e-9) } else { laws.throughput(load(n)).0 })
        .collect();
    Some(Box::new(move |n: u32| capacity(n) * factors[(n as usize).min(factors.len() - 1)]))
}

/// Laws of occupancy are followed up to so many present.
const LEVEL: u32 = 20_000;

/// Whether the queue keeps product form: it neither loses nor delays by class or size.
pub(super) fn is_product_form(queue: &Queue<'_>, station: &Station) -> Result<(), String> {
    if let Some(why) = trouble(queue, station) {
        return Err(why);
    }
    if station.limit < u32::MAX {
        return Err("it drops requests when full".into());
    }
    if station.setup.is_some() || station.vacation.is_some() || station.wake.is_some() {
        return Err("its servers rest".into());
    }
    if station.attempts > 0 && station.reliability < 1.0 {
        return Err("it sends again what is lost".into());
    }
    if !matches!(queue.split, Split::One | Split::Own | Split::Random) {
        return Err("its instances are chosen by turn or by state".into());
    }
    let one = station.speeds.len() == 1;
    match queue.order {
        Order::Sharing => {}
        Order::LifoResume if one => {}
        Order::Fcfs | Order::Blind | Order::LifoResume if all_exponential(queue) => {
            if !same_mean(queue) {
                return Err("classes with different services are served first come, first served".into());
            }
            if matches!(queue.order, Order::LifoResume) && station.laws.is_some() {
                return Err("preemption under laws of load".into());
            }
        }
        Order::Fcfs | Order::Blind => return Err("its service is not exponential".into()),
        Order::Other(why) => return Err(why.into()),
        _ => return Err("its order of service looks at classes or sizes".into()),
    }
    if station.laws.is_some() && queue.order == Order::LifoResume {
        return Err("preemption under laws of load".into());
    }
    if rate(queue, station).is_none() {
        return Err(if station.laws.is_some() {
            "its laws do not act on the whole service alike".into()
        } else {
            "its servers differ in speed".into()
        });
    }
    Ok(())
}

fn all_exponential(queue: &Queue<'_>) -> bool {
    queue.classes.iter().all(|class| class.service.exponential)
}

fn same_mean(queue: &Queue<'_>) -> bool {
    queue.classes.windows(2).all(|pair| {
        let (a, b) = (pair[0].service.mean, pair[1].service.mean);
        (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
    })
}

/// The formula for a queue whose classes come at these rates [1/s], per copy.
///
/// # Errors
/// Why there is none.
pub(super) fn solve(model: &Model<'_>, index: usize, rates: &[f64], input: Input) -> Result<Answer, String> {
    let queue = &model.queues[index];
    let station = model.station(index);
    if let Some(why) = trouble(queue, station) {
        return Err(why);
    }
    let shown = |error: AnalyticError| error.to_string();
    let lambda: f64 = rates.iter().sum();
    if lambda <= 0.0 {
        return Err("no requests come".into());
    }
    let totals: Vec<Total> = queue.classes.iter().map(|class| total(class, station)).collect();
    let rho: f64 = rates.iter().zip(&totals).map(|(rate, total)| rate * total.moments.mean).sum();
    let mean = rho / lambda;
    let second = rates.iter().zip(&totals).map(|(rate, total)| rate * total.moments.second).sum::<f64>() / lambda;
    let moments = mg1::Moments { mean, second };
    let own: Vec<f64> = totals.iter().map(|total| total.successful).collect();
    let c = station.speeds.len() as u32;
    let exponential = all_exponential(queue) && (station.attempts == 0 || station.reliability >= 1.0);
    let markov = exponential && same_mean(queue);
    let rests = station.setup.is_some() || station.vacation.is_some() || station.wake.is_some();
    let finite = station.limit < u32::MAX;
    let split = !matches!(queue.split, Split::One | Split::Own | Split::Random);
    let level = |wait: f64| own.iter().map(|service| wait + service).collect::<Vec<f64>>();

    if split || input == Input::Dirty {
        return approximate(model, index, rates, input, moments, &own);
    }
    if input == Input::Direct {
        return direct(model, index, rates, moments, &own, markov);
    }
    if finite {
        return full(queue, station, rates, mean, markov, &own);
    }
    if let (Ok(()), Some(_)) = (is_product_form(queue, station), &station.laws) {
        let Some(rate) = rate(queue, station) else { return Err("its rate does not follow the number present".into()) };
        return chain(queue, station, rates, mean, &*rate);
    }
    if station.laws.is_some() {
        return Err("its laws do not act on the whole service alike".into());
    }
    let even = station.speeds.windows(2).all(|pair| pair[0] == pair[1]);
    match queue.order {
        Order::Sharing => {
            let Some(rate) = rate(queue, station) else {
                return Err("shared servers of a speed other than 1, with a fixed part".into());
            };
            if c == 1 {
                let ps = mg1::processor_sharing(lambda, mean).map_err(shown)?;
                let sojourns = own.iter().map(|service| ps.sojourn_of(*service)).collect();
                return Ok(Answer::new(Kind::Exact, "M/G/1 processor sharing", rho, sojourns, rates));
            }
            chain(queue, station, rates, mean, &*rate).map(|answer| Answer {
                method: if even { format!("M/G/{c} processor sharing") } else { answer.method },
                ..answer
            })
        }
        _ if !even => Err("its servers differ in speed".into()),
        Order::Fcfs | Order::Blind if rests => {
            if c > 1 {
                return Err("several servers that rest".into());
            }
            if queue.order != Order::Fcfs {
                return Err("servers that rest, in this order of service".into());
            }
            let of = |distribution: &Option<sim_core::distributions::Distribution>| {
                distribution.as_ref().map_or(mg1::Moments::ZERO, |d| mg1::Moments::new(d.mean() / model.ticks, d.scv()))
            };
            let (solved, name) = match (station.wake, &station.vacation) {
                (Some(n), _) => {
                    let policy = mg1::n_policy(lambda, moments, n, of(&station.setup)).map_err(shown)?;
                    (policy.queue, format!("M/G/1 with an N-policy, N = {n}"))
                }
                (None, Some(_)) => {
                    let queue = mg1::mg1_vacations(lambda, moments, of(&station.vacation)).map_err(shown)?;
                    (queue, "M/G/1 with vacations".to_string())
                }
                (None, None) => {
                    (mg1::mg1_setup(lambda, moments, of(&station.setup)).map_err(shown)?, "M/G/1 with set-up".into())
                }
            };
            Ok(Answer::new(Kind::Exact, name, rho, level(solved.wait), rates).with_wait(solved.wait))
        }
        _ if rests => Err("servers that rest, in this order of service".into()),
        Order::Fcfs | Order::Blind if markov => {
            let solved = erlang::mmc(lambda, 1.0 / mean, c).map_err(shown)?;
            let name = if c == 1 { "M/M/1".to_string() } else { format!("M/M/{c}") };
            let answer = Answer::new(Kind::Exact, name, rho, level(solved.wait), rates).with_wait(solved.wait);
            let tail = (queue.order == Order::Fcfs).then_some(solved);
            Ok(Answer { tail, ..answer })
        }
        Order::Fcfs | Order::Blind if c == 1 => {
            if !second.is_finite() {
                return Err("the variance of its service is infinite".into());
            }
            let solved = mg1::mg1(lambda, moments).map_err(shown)?;
            let name = "M/G/1 (Pollaczek-Khinchine)";
            Ok(Answer::new(Kind::Exact, name, rho, level(solved.wait), rates).with_wait(solved.wait))
        }
        Order::LifoResume if c == 1 => {
            let ps = mg1::processor_sharing(lambda, mean).map_err(shown)?;
            let sojourns = own.iter().map(|service| ps.sojourn_of(*service)).collect();
            Ok(Answer::new(Kind::Exact, "M/G/1, preemptive last come first served", rho, sojourns, rates))
        }
        Order::Priority | Order::PriorityResume => priorities(queue, rates, &totals, &own, c, markov),
        Order::Sjf | Order::Srpt if c == 1 && markov => {
            let (solved, name) = if queue.order == Order::Sjf {
                (mg1::sjf_exponential(lambda, 1.0 / mean), "M/M/1, shortest job first (Phipps)")
            } else {
                (mg1::srpt_exponential(lambda, 1.0 / mean), "M/M/1, SRPT (Schrage and Miller)")
            };
            let solved = solved.map_err(shown)?;
            let answer = Answer::new(Kind::Exact, name, rho, vec![solved.sojourn; own.len()], rates);
            Ok(if queue.order == Order::Sjf { answer.with_wait(solved.wait) } else { answer })
        }
        Order::Sjf | Order::Srpt => {
            Err("order by size, with a service that is not exponential or several servers".into())
        }
        Order::RoundRobin { switch: false } if c == 1 => {
            let ps = mg1::processor_sharing(lambda, mean).map_err(shown)?;
            let sojourns = own.iter().map(|service| ps.sojourn_of(*service)).collect();
            Ok(Answer::new(Kind::Approximate, "processor sharing, for a small quantum", rho, sojourns, rates))
        }
        Order::RoundRobin { .. } => Err("round robin with several servers, or a cost of switching".into()),
        Order::Weighted => Err("sharing by weight (generalised processor sharing)".into()),
        Order::Other(why) => Err(why.into()),
        Order::Fcfs | Order::Blind => approximate(model, index, rates, input, moments, &own),
        Order::LifoResume => Err("preemption with several servers".into()),
    }
}

/// Priorities on one server (Cobham 1954; Jaiswal 1961), or on several with one exponential service (Cobham 1954).
fn priorities(
    queue: &Queue<'_>,
    rates: &[f64],
    totals: &[Total],
    own: &[f64],
    c: u32,
    markov: bool,
) -> Result<Answer, String> {
    let resume = queue.order == Order::PriorityResume;
    if c > 1 && (!markov || resume) {
        return Err("priorities on several servers".into());
    }
    let servers = f64::from(c);
    let load = |class: usize| rates[class] * totals[class].moments.mean / servers;
    let rho: f64 = (0..rates.len()).map(load).sum();
    if rho >= 1.0 {
        return Err(format!("utilisation is {rho:.4}: a steady state needs less than 1"));
    }
    let residual = |among: &dyn Fn(usize) -> bool| {
        (0..rates.len()).filter(|k| among(*k)).map(|k| rates[k] * totals[k].moments.second / 2.0).sum::<f64>()
    };
    let several = if c > 1 {
        let mean = totals[0].moments.mean;
        let wait = erlang::erlang_c(c, rho * servers).map_err(|error| error.to_string())?;
        Some(wait * mean / servers)
    } else {
        None
    };
    let mut waits = Vec::new();
    let mut sojourns = Vec::new();
    for (class, own) in queue.classes.iter().zip(own) {
        let priority = class.priority;
        let above: f64 = (0..rates.len()).filter(|k| queue.classes[*k].priority > priority).map(load).sum();
        let with: f64 = (0..rates.len()).filter(|k| queue.classes[*k].priority >= priority).map(load).sum();
        let waiting = if resume {
            residual(&|k| queue.classes[k].priority >= priority)
        } else {
            several.unwrap_or_else(|| residual(&|_| true))
        };
        let wait = waiting / ((1.0 - above) * (1.0 - with));
        waits.push(wait);
        sojourns.push(if resume { own / (1.0 - above) + wait } else { own + wait });
    }
    let name = match (resume, c) {
        (true, _) => "M/G/1, preemptive-resume priorities (Jaiswal)".to_string(),
        (false, 1) => "M/G/1, non-preemptive priorities (Cobham)".to_string(),
        (false, c) => format!("M/M/{c}, non-preemptive priorities (Cobham)"),
    };
    let lambda: f64 = rates.iter().sum();
    let mean_wait = rates.iter().zip(&waits).map(|(rate, wait)| rate * wait).sum::<f64>() / lambda;
    let answer = Answer::new(Kind::Exact, name, rho * servers, sojourns, rates);
    Ok(if resume { answer } else { answer.with_wait(mean_wait) })
}

/// A queue that turns requests away.
fn full(
    queue: &Queue<'_>,
    station: &Station,
    rates: &[f64],
    mean: f64,
    markov: bool,
    own: &[f64],
) -> Result<Answer, String> {
    let c = station.speeds.len() as u32;
    let k = station.limit;
    if station.setup.is_some() || station.vacation.is_some() || station.wake.is_some() {
        return Err("servers that rest, with a limit".into());
    }
    let lambda: f64 = rates.iter().sum();
    let even = station.speeds.windows(2).all(|pair| pair[0] == pair[1]);
    if station.laws.is_none() && k <= c && even {
        let loss = erlang::erlang_b(k, lambda * mean).map_err(|error| error.to_string())?;
        let rates: Vec<f64> = rates.iter().map(|rate| rate * (1.0 - loss)).collect();
        let busy = lambda * mean * (1.0 - loss);
        let name = format!("M/G/{k}/{k} (Erlang B)");
        let mut answer = Answer::new(Kind::Exact, name, busy, own.to_vec(), &rates).with_wait(0.0);
        answer.present = busy;
        answer.blocked = loss;
        return Ok(answer);
    }
    let shared = queue.order == Order::Sharing;
    if !(shared || markov && matches!(queue.order, Order::Fcfs | Order::Blind)) {
        return Err("it drops requests when full, and its service is not exponential".into());
    }
    if station.attempts > 0 && station.reliability < 1.0 {
        return Err("it sends again what is lost, and drops requests when full".into());
    }
    let Some(rate) = rate(queue, station) else { return Err("it drops requests, and its rate is uneven".into()) };
    if k > 200_000 {
        return Err("its limit is too large to be solved".into());
    }
    let death: Vec<f64> = (1..=k).map(|n| rate(n) / mean).collect();
    let solved = birth_death::stationary(&vec![lambda; k as usize], &death).map_err(|error| error.to_string())?;
    let name = match (shared, &station.laws, c) {
        (true, ..) => format!("M/G/{c}/{k} processor sharing"),
        (_, Some(_), _) => "birth-death chain".to_string(),
        (..) => format!("M/M/{c}/{k}"),
    };
    Ok(from_chain(name, &solved, rates, mean, own, c, !shared))
}

/// Poisson arrivals at a queue whose rate depends on the number present.
fn chain(
    queue: &Queue<'_>,
    station: &Station,
    rates: &[f64],
    mean: f64,
    rate: &dyn Fn(u32) -> f64,
) -> Result<Answer, String> {
    let lambda: f64 = rates.iter().sum();
    let c = station.speeds.len() as u32;
    let own: Vec<f64> = queue.classes.iter().map(|class| class.service.mean).collect();
    if lambda * mean >= rate(LEVEL) {
        return Err("with many present it works no faster than requests come".into());
    }
    let mut size = 1000;
    loop {
        let death: Vec<f64> = (1..=size).map(|n| rate(n) / mean).collect();
        let solved = birth_death::stationary(&vec![lambda; size as usize], &death).map_err(|e| e.to_string())?;
        if solved.blocking < 1e-13 {
            let shared = queue.order == Order::Sharing;
            return Ok(from_chain("birth-death chain".into(), &solved, rates, mean, &own, c, !shared));
        }
        size *= 4;
        if size > 300_000 {
            return Err("too close to its capacity to be solved".into());
        }
    }
}

fn from_chain(
    name: String,
    solved: &birth_death::BirthDeath,
    rates: &[f64],
    mean: f64,
    own: &[f64],
    c: u32,
    waits: bool,
) -> Answer {
    let lambda: f64 = rates.iter().sum();
    let admitted = lambda * (1.0 - solved.blocking);
    let busy: f64 = solved.probabilities.iter().zip(0_u32..).map(|(p, n)| p * f64::from(n.min(c))).sum();
    let queued: f64 = solved.probabilities.iter().zip(0_u32..).map(|(p, n)| p * f64::from(n.saturating_sub(c))).sum();
    // The number present is shared out in proportion to the work that classes bring (product form).
    let sojourns = own.iter().map(|service| solved.mean / admitted * service / mean).collect();
    let rates: Vec<f64> = rates.iter().map(|rate| rate * (1.0 - solved.blocking)).collect();
    let mut answer = Answer::new(Kind::Exact, name, busy, sojourns, &rates);
    answer.present = solved.mean;
    answer.blocked = if solved.blocking < 1e-13 { 0.0 } else { solved.blocking };
    answer.wait = waits.then_some(queued / admitted);
    answer
}

/// One class that comes straight from a source that is not Poisson.
fn direct(
    model: &Model<'_>,
    index: usize,
    rates: &[f64],
    moments: mg1::Moments,
    own: &[f64],
    markov: bool,
) -> Result<Answer, String> {
    let queue = &model.queues[index];
    let station = model.station(index);
    let plain = station.setup.is_none()
        && station.vacation.is_none()
        && station.wake.is_none()
        && station.laws.is_none()
        && station.limit == u32::MAX
        && station.speeds.len() == 1;
    let lambda: f64 = rates.iter().sum();
    let rho = lambda * moments.mean;
    let shown = |error: AnalyticError| error.to_string();
    match &model.flows[queue.classes[0].flow].source {
        Source::Batches { rate, mean, second } if plain && queue.split == Split::One => {
            if !matches!(queue.order, Order::Fcfs | Order::Blind) {
                return Err("batches, in this order of service".into());
            }
            let size = mg1::Moments { mean: *mean, second: *second };
            let solved = mg1::batch_arrivals(*rate, size, moments).map_err(shown)?;
            let sojourns = own.iter().map(|service| service + solved.wait).collect();
            let name = "M/G/1 with batch arrivals";
            Ok(Answer::new(Kind::Exact, name, rho, sojourns, rates).with_wait(solved.wait))
        }
        Source::Renewal(gap) if plain && markov && queue.order == Order::Fcfs => {
            let transform = transform(gap);
            let solved = mg1::gm1(transform, gap.mean(), 1.0 / moments.mean).map_err(shown)?.queue;
            let sojourns = own.iter().map(|service| service + solved.wait).collect();
            Ok(Answer::new(Kind::Exact, "G/M/1 (Kendall)", rho, sojourns, rates).with_wait(solved.wait))
        }
        _ => approximate(model, index, rates, Input::Direct, moments, own),
    }
}

/// The Laplace transform of a gap: E exp(-sX), as the integral of P(X <= -ln(u)/s) over u in (0, 1).
fn transform(gap: &sim_core::distributions::Distribution) -> impl Fn(f64) -> f64 {
    const POINTS: u32 = 4000;
    move |s: f64| {
        if gap.is_constant() {
            return (-s * gap.mean()).exp();
        }
        if gap.is_exponential() {
            return 1.0 / (1.0 + s * gap.mean());
        }
        let at = |i: u32| -((f64::from(i) + 0.5) / f64::from(POINTS)).ln() / s;
        (0..POINTS).map(|i| gap.cdf(at(i)).unwrap_or(0.0)).sum::<f64>() / f64::from(POINTS)
    }
}

/// Where no formula is exact: Allen-Cunneen, or a limit of many servers.
fn approximate(
    model: &Model<'_>,
    index: usize,
    rates: &[f64],
    input: Input,
    moments: mg1::Moments,
    own: &[f64],
) -> Result<Answer, String> {
    let queue = &model.queues[index];
    let station = model.station(index);
    let shown = |error: AnalyticError| error.to_string();
    let lambda: f64 = rates.iter().sum();
    let c = station.speeds.len() as u32;
    if station.limit < u32::MAX {
        return Err("it drops requests when full, and its arrivals are not Poisson".into());
    }
    if station.laws.is_some() || station.setup.is_some() || station.vacation.is_some() || station.wake.is_some() {
        return Err("its arrivals are not Poisson, and its rate changes".into());
    }
    if !station.speeds.windows(2).all(|pair| pair[0] == pair[1]) {
        return Err("its servers differ in speed".into());
    }
    if !moments.second.is_finite() {
        return Err("the variance of its service is infinite".into());
    }
    let busy = lambda * moments.mean;
    if queue.order == Order::Sharing {
        if matches!(queue.split, Split::State(_)) {
            return Err("its instances are chosen by the numbers present".into());
        }
        let ps = mg1::processor_sharing(lambda / f64::from(c), moments.mean).map_err(shown)?;
        if c > 1 {
            return Err("shared servers whose arrivals are not Poisson".into());
        }
        let sojourns = own.iter().map(|service| ps.sojourn_of(*service)).collect();
        let name = "processor sharing, arrivals taken as Poisson";
        return Ok(Answer::new(Kind::Approximate, name, busy, sojourns, rates));
    }
    if !matches!(queue.order, Order::Fcfs | Order::Blind) {
        return Err("its arrivals are not Poisson, and its order of service looks at classes or sizes".into());
    }
    let scv = moments.second / (moments.mean * moments.mean) - 1.0;
    if let Split::State(d) = queue.split {
        let markov = all_exponential(queue) && same_mean(queue);
        if c == 1 && markov && d < queue.copies {
            let sojourn = birth_death::power_of_d_limit(d, busy).map_err(shown)? * moments.mean;
            let name = format!("power of {d} choices, limit of many instances");
            return Ok(Answer::new(Kind::Approximate, name, busy, vec![sojourn; own.len()], rates));
        }
        return Err("its instances are chosen by the numbers present".into());
    }
    let (arrivals, name) = match (queue.split, input, &model.flows[queue.classes[0].flow].source) {
        (Split::Turns, ..) => (1.0 / f64::from(queue.copies), "Allen-Cunneen, requests in turn"),
        (_, Input::Direct, Source::Renewal(gap)) => (gap.scv(), "Allen-Cunneen"),
        (_, Input::Direct, Source::Other { what, .. }) => return Err((*what).to_string()),
        (_, Input::Direct, _) => return Err("its arrivals come in batches".into()),
        (_, Input::Poisson, _) => (1.0, "Allen-Cunneen"),
        (_, Input::Dirty, _) => (1.0, "Allen-Cunneen, arrivals taken as Poisson"),
    };
    let solved = mg1::allen_cunneen(lambda, arrivals, moments.mean, scv.max(0.0), c).map_err(shown)?;
    let sojourns = own.iter().map(|service| service + solved.wait).collect();
    Ok(Answer::new(Kind::Approximate, name, busy, sojourns, rates).with_wait(solved.wait))
}
