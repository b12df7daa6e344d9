//! The system as theory sees it: queues that are fed by classes of requests.
//!
//! A station with several instances is several queues alike; a full-duplex network is two. A class is a place in the
//! program of a flow at which a queue is visited, with the moments of the service there. Times are in seconds.

use crate::study::Study;
use models::disciplines::{Preemption, Scheduler};
use models::graph;
use models::spec::OnFailure;
use models::system::{
    Arrivals, Balance, Demand, Draw, Instruction, Lane, LoadMeasure, NOWHERE, Station, System, Visit,
};
use sim_core::distributions::Distribution;
use std::collections::{BTreeMap, BTreeSet};

/// How the requests of a flow come.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// No requests of its own.
    Nothing,
    /// Poisson, all instances together [1/s].
    Poisson(f64),
    /// Batches at Poisson times: rate of the batches [1/s], mean and mean square of their size.
    Batches { rate: f64, mean: f64, second: f64 },
    /// Independent gaps of one instance [s].
    Renewal(Distribution),
    /// Some other open process with this rate [1/s], by name.
    Other { rate: Option<f64>, what: &'static str },
    /// Users who think for this long on average [s].
    Closed { users: u32, think: f64 },
    /// As much as is taken.
    Saturated,
}

impl Source {
    /// Requests per second, where that is given.
    pub fn rate(&self) -> Option<f64> {
        match self {
            Source::Nothing => Some(0.0),
            Source::Poisson(rate) => Some(*rate),
            Source::Batches { rate, mean, .. } => Some(rate * mean),
            Source::Renewal(gap) => Some(1.0 / gap.mean()),
            Source::Other { rate, .. } => *rate,
            Source::Closed { .. } | Source::Saturated => None,
        }
    }
}

/// Moments of one attempt at a service, on the first server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    pub mean: f64,
    pub second: f64,
    pub exponential: bool,
    /// Whether values are drawn independently: a given series is not.
    pub independent: bool,
    /// Parts of the mean at speed 1: fixed, and work.
    pub fixed: f64,
    pub work: f64,
}

/// A place in a flow at which a queue is visited.
#[derive(Clone, Debug)]
pub(super) struct Class<'s> {
    /// The flow that the request was born in.
    pub flow: usize,
    /// The place in the program.
    pub at: u32,
    pub visit: &'s Visit,
    pub priority: f64,
    pub weight: f64,
    pub deadline: u64,
    pub service: Service,
    /// Mean propagation after the service.
    pub latency: f64,
}

/// How requests are shared out among the copies of a queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Split {
    /// There is one.
    One,
    /// Each with the same probability, whatever went before.
    Random,
    /// The instance that the request comes from.
    Own,
    /// In turn.
    Turns,
    /// By the numbers present, of so many candidates.
    State(u32),
}

/// The order of service, reduced to what makes a difference here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Order {
    Fcfs,
    /// Neither class nor size decides, nobody is interrupted: LIFO, random.
    Blind,
    Sharing,
    Weighted,
    LifoResume,
    Priority,
    PriorityResume,
    Sjf,
    Srpt,
    RoundRobin {
        switch: bool,
    },
    Other(&'static str),
}

/// Copies of a queue, all alike.
#[derive(Clone, Debug)]
pub(super) struct Queue<'s> {
    pub station: usize,
    pub copies: u32,
    pub split: Split,
    pub order: Order,
    pub classes: Vec<Class<'s>>,
}

/// A flow with arrivals.
#[derive(Clone, Debug)]
pub(super) struct FlowView {
    pub source: Source,
    /// Why theory cannot follow its requests.
    pub obstacles: BTreeSet<String>,
    /// Whether all requests that come also pass through, so that the rates of visits are known.
    pub conserved: bool,
    /// Whether a request may go round in a loop.
    pub loops: bool,
    /// Whether a Fail can be reached, or something else ends requests early.
    pub fails: bool,
    /// Means of its Delay steps: (place, mean, constant).
    pub delays: Vec<(u32, f64, bool)>,
}

/// The whole.
#[derive(Debug)]
pub(super) struct Model<'s> {
    pub system: &'s System,
    pub queues: Vec<Queue<'s>>,
    pub flows: Vec<FlowView>,
    /// Which queue each place visits.
    pub queue_at: BTreeMap<u32, usize>,
    pub ticks: f64,
}

impl<'s> Model<'s> {
    pub fn new(study: &'s Study) -> Model<'s> {
        let system = &study.lowered.system;
        let ticks = system.clock.ticks_per_second();
        let mut model = Model { system, queues: Vec::new(), flows: Vec::new(), queue_at: BTreeMap::new(), ticks };
        let mut numbers: BTreeMap<(u16, u32), usize> = BTreeMap::new();
        for (index, flow) in system.flows.iter().enumerate() {
            let mut view = model.flow(index);
            if flow.arrivals.is_some() {
                for (at, lanes) in graph::directions(system, index) {
                    let Instruction::Visit(visit) = system.program.code[at as usize] else { continue };
                    let visit = &system.program.visits[visit as usize];
                    let station = &system.stations[visit.station as usize];
                    if lanes.len() > 1 {
                        view.obstacles
                            .insert(format!("the direction over `{}` depends on the way taken", station.name));
                    }
                    let lane = lanes.first().copied().unwrap_or(0);
                    let number = *numbers.entry((visit.station, lane)).or_insert_with(|| {
                        model.queues.push(empty_queue(study, visit, station));
                        model.queues.len() - 1
                    });
                    let owner = owner(system, at);
                    let class = Class {
                        flow: index,
                        at,
                        visit,
                        priority: system.flows[owner].priority,
                        weight: system.flows[owner].weight,
                        deadline: system.flows[owner].deadline,
                        service: service(visit, station, ticks),
                        latency: mean(&visit.latency) / ticks,
                    };
                    if split(visit, station) != model.queues[number].split {
                        view.obstacles.insert(format!("`{}` is used by its own instances and by others", station.name));
                    }
                    model.queues[number].classes.push(class);
                    if model.queue_at.insert(at, number).is_some_and(|before| before != number) {
                        view.obstacles
                            .insert(format!("the direction over `{}` depends on the way taken", station.name));
                    }
                }
            }
            model.flows.push(view);
        }
        model.queues.iter_mut().for_each(simplify);
        model
    }

    fn flow(&self, index: usize) -> FlowView {
        let system = self.system;
        let flow = &system.flows[index];
        let mut view = FlowView {
            source: flow.arrivals.as_ref().map_or(Source::Nothing, |arrivals| source(arrivals, flow.count, self.ticks)),
            obstacles: BTreeSet::new(),
            conserved: true,
            loops: false,
            fails: false,
            delays: Vec::new(),
        };
        if flow.arrivals.is_none() {
            return view;
        }
        if flow.from != NOWHERE && system.stations[flow.from as usize].battery.is_some() {
            view.obstacles.insert("the battery of its source may run empty".into());
        }
        let mut retries = false;
        for at in graph::reachable(system, flow.start) {
            let obstacle = match system.program.code[at as usize] {
                Instruction::Visit(visit) => {
                    let visit = &system.program.visits[visit as usize];
                    let station = &system.stations[visit.station as usize];
                    let lossy = station.reliability < 1.0
                        || station.limit < u32::MAX
                        || station.laws.as_ref().is_some_and(|laws| laws.reliability.is_some())
                        || station.failures.as_ref().is_some_and(|f| f.interrupted == OnFailure::Lose || f.refuses)
                        || station.registry != NOWHERE
                        || (visit.fills && station.capacity.is_some());
                    view.fails |= lossy;
                    let skips = station.policy.skip_late;
                    view.conserved &= visit.patience.is_none() && !skips;
                    let leaves = [
                        visit.patience.is_some().then_some("requests lose their patience"),
                        skips.then_some("late requests are skipped"),
                        (!station.interrupts.is_empty()).then_some("interrupts preempt its requests"),
                    ];
                    leaves.into_iter().flatten().next().map(str::to_string)
                }
                Instruction::Delay(delay) => {
                    let delay = &system.program.delays[delay as usize].amount.distribution;
                    view.delays.push((at, delay.mean() / self.ticks, delay.is_constant()));
                    None
                }
                Instruction::RepeatEnd(_) => {
                    view.loops = true;
                    None
                }
                Instruction::RepeatBegin(index) => {
                    let amount = &system.program.repeats[index as usize].amount.distribution;
                    let known = amount.is_constant() || amount.cdf(0.5).is_some();
                    (!known).then(|| "the number of rounds of a Repeat is a given series".to_string())
                }
                Instruction::TimeoutBegin(_) => {
                    view.conserved = false;
                    Some("a Timeout may cut requests short".to_string())
                }
                Instruction::RetryBegin(_) => {
                    retries = true;
                    None
                }
                Instruction::Fork(fork) => {
                    let fork = &system.program.forks[fork as usize];
                    view.conserved &= fork.needed as usize == fork.branches.len();
                    Some("Fork splits requests, whose branches are not independent".to_string())
                }
                Instruction::Spawn(_) | Instruction::HandOver(_) => {
                    Some("Spawn starts requests that come together with others".to_string())
                }
                Instruction::Balance(_) => {
                    view.conserved = false;
                    Some("Balance chooses the way by the state of the queues".to_string())
                }
                Instruction::Ask(_) | Instruction::Put(_) => {
                    let asked = system.program.question(at).map_or(0, |step| step.station as usize);
                    let asked = &system.stations[asked];
                    view.conserved = false;
                    Some(format!("what `{}` grants depends on what others hold or have left there", asked.name))
                }
                Instruction::Interrupt(_) => Some("it interrupts a processor".to_string()),
                Instruction::AwaitBegin(_) => Some("it polls for a result".to_string()),
                Instruction::Fail | Instruction::Raise(_) => {
                    view.fails = true;
                    None
                }
                _ => None,
            };
            view.obstacles.extend(obstacle);
        }
        if retries && view.fails {
            view.conserved = false;
            view.obstacles.insert("Retry repeats what went wrong".into());
        }
        view
    }

    /// The station of a queue.
    pub fn station(&self, queue: usize) -> &'s Station {
        &self.system.stations[self.queues[queue].station]
    }

    /// Queues that requests of a flow come to from each place: (from, to), `None` for the source.
    pub fn moves(&self, flow: usize) -> BTreeSet<(Option<usize>, usize)> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut stack = vec![(self.system.flows[flow].start, None)];
        while let Some((at, last)) = stack.pop() {
            if !seen.insert((at, last)) {
                continue;
            }
            let here = self.queue_at.get(&at).copied();
            if let Some(queue) = here {
                found.insert((last, queue));
            }
            stack.extend(graph::successors(self.system, at).into_iter().map(|(to, _)| (to, here.or(last))));
        }
        found
    }

    /// Whether requests of a flow come straight from their source to this place, all of them.
    pub fn is_first(&self, flow: usize, at: u32) -> bool {
        self.system.flows[flow].start == at
    }

    /// Probability that an attempt at this place succeeds in the end, load aside.
    pub fn success(&self, at: u32) -> f64 {
        let Instruction::Visit(visit) = self.system.program.code[at as usize] else { return 1.0 };
        let station = &self.system.stations[self.system.program.visits[visit as usize].station as usize];
        match station.attempts {
            u32::MAX => 1.0,
            n => 1.0 - (1.0 - station.reliability).powf(f64::from(n) + 1.0),
        }
    }
}

/// The flow whose program a place belongs to: programs lie one after the other.
fn owner(system: &System, at: u32) -> usize {
    let before = system.flows.iter().enumerate().filter(|(_, flow)| flow.start <= at);
    before.max_by_key(|(_, flow)| flow.start).map_or(0, |(index, _)| index)
}

fn split(visit: &Visit, station: &Station) -> Split {
    match (visit.lane, station.balance) {
        (Lane::Only | Lane::Direction(_), _) => Split::One,
        (Lane::Own | Lane::Radio { .. }, _) => Split::Own,
        (Lane::Balanced, Balance::Random) => Split::Random,
        (Lane::Balanced, Balance::RoundRobin) => Split::Turns,
        (Lane::Balanced, Balance::ShortestQueue) | (Lane::Placed(_), _) => Split::State(station.count),
        (Lane::Balanced, Balance::LeastWork) => Split::State(station.count),
        (Lane::Balanced, Balance::PowerOf(1)) => Split::Random,
        (Lane::Balanced, Balance::PowerOf(d)) => Split::State(d.min(station.count)),
    }
}

fn empty_queue<'s>(study: &Study, visit: &Visit, station: &Station) -> Queue<'s> {
    let scheduler = study.lowered.components.get(&station.name).and_then(|c| c.common().scheduler.cloned());
    let preemption = station.policy.preemption;
    let order = match scheduler.as_ref().map(|scheduler| &scheduler.0) {
        None | Some(Scheduler::Fcfs(_)) => Order::Fcfs,
        Some(Scheduler::Lifo(_) | Scheduler::Random(_)) => Order::Blind,
        Some(Scheduler::Sharing(_)) => Order::Sharing,
        Some(Scheduler::WeightedSharing(_)) => Order::Weighted,
        Some(Scheduler::LifoPreemptive(_)) => match preemption {
            Preemption::Resume => Order::LifoResume,
            Preemption::Never => Order::Blind,
            _ => Order::Other("preempted work is lost"),
        },
        Some(Scheduler::Priority(_)) => match preemption {
            Preemption::Never => Order::Priority,
            Preemption::Resume => Order::PriorityResume,
            _ => Order::Other("preempted work is lost"),
        },
        Some(Scheduler::Sjf(_)) => Order::Sjf,
        Some(Scheduler::Srpt(_)) => Order::Srpt,
        Some(Scheduler::RoundRobin(_)) => {
            Order::RoundRobin { switch: station.policy.quantum.is_some_and(|(_, switch)| switch > 0) }
        }
        Some(Scheduler::Edf(_)) => Order::Other("it serves by deadlines"),
        Some(Scheduler::WorkStealing(_) | Scheduler::Tokio(_) | Scheduler::Go(_) | Scheduler::ThreadPool(_)) => {
            pool(station)
        }
        Some(Scheduler::Adaptive(_)) => Order::Other("its order of service changes with what it sees"),
        Some(Scheduler::Auto(_)) => match station.policy.order {
            models::disciplines::Order::Workers(_) => pool(station),
            models::disciplines::Order::Keyed(_) => Order::Priority,
            _ => Order::Other("its order of service changes with what it sees"),
        },
    };
    let order = match order {
        _ if station.policy.skip_late => Order::Other("late requests are skipped"),
        _ if !station.interrupts.is_empty() => Order::Other("interrupts preempt its requests"),
        order => order,
    };
    let index = study.lowered.components.get_index_of(&station.name).unwrap_or(0);
    let copies = if visit.lane == Lane::Only || matches!(visit.lane, Lane::Direction(_)) { 1 } else { station.count };
    Queue { station: index, copies, split: split(visit, station), order, classes: Vec::new() }
}

/// The order of the workers of a pool: blind to classes and sizes where they lose no time and leave nothing waiting.
fn pool(station: &Station) -> Order {
    let cores = station.speeds.len() as u32;
    match station.policy.order {
        models::disciplines::Order::Workers(pool)
            if pool.conserves_work() && pool.workers.on(cores) == cores && station.policy.quantum.is_none() =>
        {
            Order::Blind
        }
        _ => Order::Other("its workers have queues of their own"),
    }
}

/// Orders that come down to simpler ones for the classes that there are.
fn simplify(queue: &mut Queue<'_>) {
    let alike = |key: &dyn Fn(&Class<'_>) -> f64| queue.classes.windows(2).all(|pair| key(&pair[0]) == key(&pair[1]));
    let (priorities, weights) = (alike(&|class| class.priority), alike(&|class| class.weight));
    let deadlines = queue.classes.iter().any(|class| class.deadline < u64::MAX);
    queue.order = match queue.order {
        Order::Priority | Order::PriorityResume if priorities => Order::Fcfs,
        Order::Other("preempted work is lost") if priorities && queue.classes.len() == 1 => queue.order,
        Order::Weighted if weights => Order::Sharing,
        Order::Other("it serves by deadlines") if !deadlines => Order::Fcfs,
        order => order,
    };
}

fn mean(draw: &Option<Draw>) -> f64 {
    draw.as_ref().map_or(0.0, |draw| draw.distribution.mean())
}

/// Whether values are independent: only a given series has no distribution function.
fn independent(distribution: &Distribution) -> bool {
    distribution.is_constant() || distribution.cdf(distribution.mean()).is_some()
}

fn service(visit: &Visit, station: &Station, ticks: f64) -> Service {
    let speed = station.speeds.first().copied().unwrap_or(1.0);
    let moments = |d: &Distribution| (d.mean(), d.mean() * d.mean() * d.scv());
    let (fixed, fixed_variance) = visit.fixed.as_ref().map_or((0.0, 0.0), |draw| moments(&draw.distribution));
    let (work, work_variance, exponential, iid) = match &visit.demand {
        // Time that is owed to a passive component is not known before it runs.
        Demand::None | Demand::Owed | Demand::OwedData { .. } | Demand::Endless => (0.0, 0.0, false, true),
        Demand::Time(draw) => {
            let (mean, variance) = moments(&draw.distribution);
            (mean, variance, draw.distribution.is_exponential(), independent(&draw.distribution))
        }
        Demand::Framed { size, framing } => {
            // Near the mean: what a protocol adds goes in steps.
            let mean = size.distribution.mean();
            let slope = (framing.span(2.0 * mean) - framing.span(mean)) / mean.max(f64::MIN_POSITIVE);
            let (_, variance) = moments(&size.distribution);
            (framing.span(mean), variance * slope * slope, false, independent(&size.distribution))
        }
        Demand::Data { size, overhead, ticks_per_bit } => {
            let (mean, variance) = moments(&size.distribution);
            let scaled = ((mean + overhead) * ticks_per_bit, variance * ticks_per_bit * ticks_per_bit);
            let exponential = *overhead == 0.0 && size.distribution.is_exponential();
            (scaled.0, scaled.1, exponential, independent(&size.distribution))
        }
    };
    let exponential = match (&visit.fixed, exponential) {
        (None, exponential) => exponential,
        (Some(_), true) => fixed == 0.0,
        (Some(draw), false) => work == 0.0 && draw.distribution.is_exponential(),
    };
    let total = (fixed + work / speed) / ticks;
    let variance = (fixed_variance + work_variance / (speed * speed)) / (ticks * ticks);
    // Without variance an infinite product such as 0 x infinity would be undefined.
    let variance = if variance.is_nan() { f64::INFINITY } else { variance };
    Service {
        mean: total,
        second: total * total + variance,
        exponential,
        independent: iid && visit.fixed.as_ref().is_none_or(|draw| independent(&draw.distribution)),
        fixed: fixed / ticks,
        work: work / ticks,
    }
}

fn source(arrivals: &Arrivals, count: u32, ticks: f64) -> Source {
    let rate = graph::mean_rate(arrivals).map(|rate| rate * ticks * f64::from(count));
    match arrivals {
        Arrivals::Renewal { gap, .. } if gap.is_exponential() => Source::Poisson(rate.unwrap_or(0.0)),
        Arrivals::Renewal { gap, .. } if count == 1 && independent(gap) => Source::Renewal(gap.scaled(1.0 / ticks)),
        Arrivals::Renewal { .. } => Source::Other { rate, what: "many sources with independent gaps" },
        Arrivals::Periodic { .. } => Source::Other { rate, what: "periodic arrivals" },
        Arrivals::Modulated { .. } => Source::Other { rate, what: "Markov-modulated arrivals" },
        Arrivals::TimeVarying { .. } => Source::Other { rate, what: "arrivals at a rate that changes over time" },
        Arrivals::At { .. } => Source::Other { rate: None, what: "arrivals at given times" },
        Arrivals::Batch { size, arrivals } => match source(arrivals, count, ticks) {
            Source::Poisson(rate) if independent(size) => {
                let (mean, second) = rounded_moments(size);
                Source::Batches { rate, mean, second }
            }
            _ => Source::Other { rate, what: "batches that do not come at Poisson times" },
        },
        Arrivals::Closed { users, think } => {
            Source::Closed { users: users.saturating_mul(count), think: think.mean() / ticks }
        }
        Arrivals::Saturated { .. } => Source::Saturated,
    }
}

/// Mean and mean square of a number that is rounded: sums of P(X >= k - 1/2) and (2k - 1) P(X >= k - 1/2).
pub(super) fn rounded_moments(distribution: &Distribution) -> (f64, f64) {
    if distribution.is_constant() {
        let n = (distribution.mean() + 0.5).floor();
        return (n, n * n);
    }
    let (mut mean, mut second) = (0.0, 0.0);
    for k in 1..1_000_000_u32 {
        let k = f64::from(k);
        let tail = distribution.cdf(k - 0.5).map_or(0.0, |below| 1.0 - below);
        if tail < 1e-14 {
            break;
        }
        mean += tail;
        second += (2.0 * k - 1.0) * tail;
    }
    (mean, second)
}

/// What nothing here follows in a queue, neither a formula nor an approximation.
pub(super) fn unfollowed(queue: &Queue<'_>, station: &Station) -> Option<&'static str> {
    if station.contention.is_some() {
        Some("frames that overlap are lost")
    } else if station.governed {
        Some("a passive component takes a part of it at times")
    } else if !station.schedule.is_empty() {
        Some("its number of servers changes over time")
    } else if queue.classes.iter().any(|class| class.visit.needs > 1) {
        Some("requests take several servers at once")
    } else if queue.classes.iter().any(|class| class.visit.patience.is_some()) {
        Some("requests lose their patience")
    } else {
        None
    }
}

/// Why a queue has no formula, whatever feeds it.
pub(super) fn trouble(queue: &Queue<'_>, station: &Station) -> Option<String> {
    let say = |text: &str| Some(text.to_string());
    if let Some(why) = unfollowed(queue, station) {
        return say(why);
    }
    if queue.classes.iter().any(|class| matches!(class.visit.demand, models::system::Demand::Framed { .. })) {
        return say("what its protocol adds to a message goes in steps of the size");
    }
    if station.failures.is_some() {
        return say("it fails and is repaired");
    }
    if station.blocks && station.limit < u32::MAX {
        return say("requests that find it full wait where they are and hold servers there");
    }
    if station.laws.is_some() && matches!(station.load, LoadMeasure::Utilisation(_)) {
        return say("its laws follow the measured utilisation, a feedback (see the laws above)");
    }
    if station.battery.is_some() {
        return say("its battery may run empty");
    }
    if queue.classes.iter().any(|class| class.visit.fills) && station.capacity.is_some() {
        return say("it can fill up");
    }
    if queue.classes.iter().any(|class| !class.service.independent) {
        return say("its services are a given series");
    }
    None
}
