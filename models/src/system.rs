//! A system as it runs: flat arrays of stations, flows and instructions, every number resolved.
//!
//! Made by [`crate::lower`], executed by [`crate::simulation`]. Times are in ticks where a name says so, else in
//! seconds; data in bits; power in watts.

use crate::disciplines::{Order, Policy};
use crate::laws::LawSet;
use sim_core::distributions::Distribution;
use sim_core::time::Clock;

/// What a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Device,
    Network,
    Processor,
    Storage,
    /// A passive component, by its name.
    Passive(&'static str),
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Device => "Device",
            Kind::Network => "Network",
            Kind::Processor => "Processor",
            Kind::Storage => "Storage",
            Kind::Passive(name) => name,
        }
    }

    /// Whether it grants or decides, and serves nobody.
    pub fn is_passive(self) -> bool {
        matches!(self, Kind::Passive(_))
    }
}

/// A system that can be simulated. It is immutable and shared by all replications.
#[derive(Debug)]
pub struct System {
    /// Components, in the order of the file; what passive ones are is in `resources`.
    pub stations: Vec<Station>,
    /// Passive components.
    pub resources: Vec<Passive>,
    /// Flows, in the order of the file.
    pub flows: Vec<Flow>,
    /// The programs of all flows, one after the other.
    pub program: Program,
    /// Turns seconds into ticks.
    pub clock: Clock,
    /// Whether a full component somewhere makes requests wait where they are.
    pub can_block: bool,
}

impl System {
    /// The flows of the file, which come before those that components have of their own.
    pub fn flows_of_file(&self) -> &[Flow] {
        let own = self.flows.iter().position(|flow| flow.owned.is_some());
        &self.flows[..own.unwrap_or(self.flows.len())]
    }

    /// Where a flow stands in the file; one that a component has of its own stands with that.
    pub fn flow_path(&self, flow: usize) -> crate::lower::Path {
        use crate::lower::Path;
        let flow = &self.flows[flow];
        match flow.owned {
            None => Path::new("system.flows").field(&flow.name),
            Some(owned) => Path::new("system.components").field(&self.stations[usize::from(owned.by)].name),
        }
    }

    /// Instances of all components together.
    pub fn instances(&self) -> u64 {
        self.stations.iter().map(|station| u64::from(station.count)).sum()
    }

    /// Threads of each instance of a component: those of its pool, or its servers.
    pub fn threads(&self, station: usize) -> u32 {
        let cores = self.stations[station].speeds.len() as u32;
        let Order::Workers(pool) = self.stations[station].policy.order else { return cores };
        let blocks = self.program.visits.iter().any(|visit| visit.station as usize == station && visit.blocking);
        pool.workers.on(cores) + if blocks { pool.blocking.on(cores) } else { 0 }
    }
}

/// A passive component: it grants, holds or decides.
#[derive(Debug)]
pub struct Passive {
    /// Its place among the stations.
    pub station: u16,
    /// Its state at time 0, of one instance.
    pub prototype: crate::resources::State,
}

/// A component.
#[derive(Debug)]
pub struct Station {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Instances.
    pub count: u32,
    /// Queues of each instance: 2 for a full-duplex network, else 1.
    pub directions: u32,
    /// Whether any flow uses it as a server; a device that only sends needs no queues.
    pub serves: bool,
    /// Relative speeds of the servers of a queue, the fastest first.
    pub speeds: Vec<f64>,
    /// The order of service.
    pub policy: Policy,
    /// The most requests present in a queue.
    pub limit: u32,
    /// Whether an arrival at the limit waits where it is.
    pub blocks: bool,
    /// How a request chooses among instances.
    pub balance: Balance,
    /// The registry that says which of them are there to choose from; `NOWHERE`: all that live.
    pub registry: u16,
    /// Probability that an attempt succeeds.
    pub reliability: f64,
    /// Further attempts on the same server after one that failed.
    pub attempts: u32,
    /// Laws of load.
    pub laws: Option<LawSet>,
    /// How load is measured.
    pub load: LoadMeasure,
    /// Failures and repairs.
    pub failures: Option<Failures>,
    /// Servers on duty: (ticks, servers), repeated.
    pub schedule: Vec<(u64, u32)>,
    /// Time to switch a server on [ticks]; servers switch off when idle.
    pub setup: Option<Distribution>,
    /// Time that an idle server is away [ticks].
    pub vacation: Option<Distribution>,
    /// Sleeping servers wake when so many wait.
    pub wake: Option<u32>,
    /// Power by state.
    pub power: Power,
    /// Whether passive components take servers of it.
    pub governed: bool,
    /// Whether any power is declared.
    pub has_power: bool,
    /// Energy that it draws per bit [J/bit].
    pub energy_per_bit: f64,
    /// Energy in a battery of each instance [J].
    pub battery: Option<f64>,
    /// Bits that fit.
    pub capacity: Option<f64>,
    /// The ends of a network.
    pub between: Option<(u16, u16)>,
    /// Units of an instance of a passive component; 0 where there is no such number.
    pub units: f64,
    /// What senders do to each other, where nobody coordinates them.
    pub contention: Option<crate::protocols::Contention>,
    /// Lines on which it can be interrupted.
    pub interrupts: Vec<InterruptLine>,
    /// Figures beside those that all components have.
    pub figures: &'static [crate::resources::FigureName],
}

impl Station {
    /// Servers of all instances and directions together; of a passive component its units.
    pub fn servers(&self) -> f64 {
        let each = if self.kind.is_passive() { self.units } else { self.speeds.len() as f64 };
        f64::from(self.count) * f64::from(self.directions) * each
    }
}

/// How a request chooses among alternatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Balance {
    RoundRobin,
    Random,
    ShortestQueue,
    LeastWork,
    PowerOf(u32),
}

/// How load is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LoadMeasure {
    /// Exponentially weighted utilisation, window [ticks].
    Utilisation(f64),
    /// Requests present / n.
    Occupancy(f64),
}

/// Failures and repairs [ticks].
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Failures {
    pub time_to_failure: Distribution,
    pub repair: Distribution,
    pub interrupted: crate::spec::OnFailure,
    pub each_server: bool,
    /// Whether a request that comes meanwhile fails; else it waits.
    pub refuses: bool,
}

/// Power by state [W], of one instance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Power {
    pub idle: f64,
    pub active: f64,
    pub sleep: f64,
    pub setup: f64,
    pub down: f64,
    pub tx: f64,
    pub rx: f64,
}

/// A flow.
#[derive(Debug)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// First instruction.
    pub start: u32,
    /// The component that its requests start from; `NOWHERE` for none.
    pub from: u16,
    /// Instances of the source.
    pub count: u32,
    /// The workload.
    pub arrivals: Option<Arrivals>,
    /// A larger one is more urgent.
    pub priority: f64,
    /// Share under weighted sharing.
    pub weight: f64,
    /// Time from birth [ticks]; `u64::MAX` for none.
    pub deadline: u64,
    /// Whether late requests are not correct.
    pub hard: bool,
    /// Payload of a correct request [bit].
    pub payload: Payload,
    /// Counters of visits that each request needs (steps within loops).
    pub counters: u16,
    /// Whose own doing it is, where it is not written in the file.
    pub owned: Option<Owned>,
}

/// A flow that a component has of its own, such as the checks of a registry. Its load is a load like any other; the
/// indicators of the whole system are those of the flows of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The component.
    pub by: u16,
    /// The component whose instances its requests ask after, one for each, dead or alive; `NOWHERE` for none.
    pub probes: u16,
}

/// Payload of a correct request [bit].
#[derive(Debug)]
pub enum Payload {
    /// Always the same.
    Constant(f64),
    /// What the first Send drew.
    Drawn(Draw),
}

/// No component.
pub const NOWHERE: u16 = u16::MAX;

/// A workload; times in ticks, per instance.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// Independent gaps with this distribution; the merged process of all instances when `merged`.
    #[allow(missing_docs)]
    Renewal { gap: Distribution, merged: bool },
    /// Periods with jitter.
    #[allow(missing_docs)]
    Periodic { every: u64, first: Option<u64>, jitter: Option<Distribution> },
    /// States (mean gap, mean stay) [ticks], and cumulative probabilities of the next state.
    #[allow(missing_docs)]
    Modulated { states: Vec<(f64, f64)>, moves: Vec<Vec<f64>> },
    /// Pieces (duration, rate per tick), repeated.
    #[allow(missing_docs)]
    TimeVarying { pieces: Vec<(u64, f64)>, total: u64 },
    /// Times.
    #[allow(missing_docs)]
    At { times: Vec<u64> },
    /// Several at once.
    #[allow(missing_docs)]
    Batch { size: Distribution, arrivals: Box<Arrivals> },
    /// Users per instance and think time.
    #[allow(missing_docs)]
    Closed { users: u32, think: Distribution },
    /// The first station's queue is never empty.
    #[allow(missing_docs)]
    Saturated { station: u16 },
}

/// A draw that belongs to a request: the distribution, and the site that keys it.
#[derive(Clone, Debug)]
pub struct Draw {
    /// What is drawn.
    pub distribution: Distribution,
    /// Hash of flow, label and purpose.
    pub site: u64,
}

impl Draw {
    /// So many times the value.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Draw {
        Draw { distribution: self.distribution.scaled(factor), site: self.site }
    }
}

/// The site of draws that are no draws: what a block carries, times the mean of the distribution.
pub const CONTENT: u64 = 0x636f_6e74_656e_7421;

/// Index of a counter of visits; steps outside of loops have none.
pub const UNCOUNTED: u16 = u16::MAX;

/// The counter of steps that belong to the visit of the one before them: they draw what that one drew.
pub const KEPT: u16 = u16::MAX - 1;

/// The programs of all flows.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Program {
    pub code: Vec<Instruction>,
    pub visits: Vec<Visit>,
    pub delays: Vec<Delay>,
    pub choices: Vec<Choice>,
    pub repeats: Vec<Delay>,
    pub timeouts: Vec<Timeout>,
    pub retries: Vec<Retry>,
    pub forks: Vec<Fork>,
    pub balances: Vec<BalanceStep>,
    pub spawns: Vec<Spawn>,
    pub asks: Vec<AskStep>,
    pub puts: Vec<PutStep>,
    /// Where each question stands in the file, and where what it takes is given back.
    pub places: Vec<AskPlace>,
    pub batches: Vec<BatchStep>,
    pub calls: Vec<CallStep>,
    pub interrupts: Vec<InterruptStep>,
    pub awaits: Vec<AwaitStep>,
    pub furthers: Vec<FurtherStep>,
}

impl Program {
    /// The question to a passive component at a place.
    pub fn question(&self, at: u32) -> Option<&AskStep> {
        match self.code[at as usize] {
            Instruction::Ask(index) => Some(&self.asks[index as usize]),
            Instruction::Put(index) => Some(&self.puts[index as usize].ask),
            _ => None,
        }
    }
}

/// What a request does next. Numbers index the table of that name in [`Program`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Be served at a station.
    Visit(u32),
    /// Let time pass.
    Delay(u32),
    /// Go on at one of several places, at random.
    Choose(u32),
    /// Go on there.
    Jump(u32),
    /// Start a loop: a frame with a counter.
    RepeatBegin(u32),
    /// Count, and go back to the place or fall through.
    RepeatEnd(u32),
    /// Start a timer over what follows.
    TimeoutBegin(u32),
    /// Stop it.
    TimeoutEnd,
    /// Catch what goes wrong in what follows.
    RetryBegin(u32),
    /// Catch no more.
    RetryEnd,
    /// Start branches and wait for them.
    Fork(u32),
    /// The end of a branch.
    BranchEnd,
    /// Start a separate request.
    Spawn(u32),
    /// Go on at one of several places, by their state.
    Balance(u32),
    /// Switch to another flow.
    Become(u32),
    /// Interrupt a processor, and wait until that is acknowledged.
    Interrupt(u32),
    /// Ask for a result that will be there after a time.
    AwaitBegin(u32),
    /// Let time pass until the result is there.
    AwaitRest,
    /// Go back to the place unless the result is there.
    AwaitEnd(u32),
    /// Ask a passive component.
    Ask(u32),
    /// Go back there unless the optimistic body that ends here has succeeded.
    Commit(u32),
    /// Ask the passive component of the innermost block how to go on within it.
    Further(u32),
    /// Give back what the innermost block holds.
    Release,
    /// Ask a passive component to take a separate request.
    Put(u32),
    /// Leave what the innermost block holds to a separate request, which gives it back. Indexes `spawns`.
    HandOver(u32),
    /// Skip the next instruction unless the request owes time.
    Owed,
    /// Let the time pass that the request owes.
    Spend,
    /// Wait for the end of the body of a batch.
    Ride(u32),
    /// The end of the body of a batch.
    BatchEnd,
    /// Start requests of another flow.
    Call(u32),
    /// Something goes wrong.
    Raise(crate::simulation::Outcome),
    /// Leave as failed.
    Fail,
    /// Leave correctly.
    Done,
}

/// A service at a station.
#[derive(Debug)]
pub struct Visit {
    /// The station.
    pub station: u16,
    /// How the queue is chosen.
    pub lane: Lane,
    /// What is asked of it.
    pub demand: Demand,
    /// Fixed part of the service [ticks].
    pub fixed: Option<Draw>,
    /// Propagation after the service [ticks].
    pub latency: Option<Draw>,
    /// Hash of flow and label, for draws with another purpose.
    pub site: u64,
    /// Counter of visits.
    pub counter: u16,
    /// Servers taken at once.
    pub needs: u16,
    /// How long it waits in the queue at most [ticks].
    pub patience: Option<Draw>,
    /// Where the request is afterwards.
    pub location: u16,
    /// The component whose instance sends (is in `tx`), and that which receives (`rx`).
    pub ends: (u16, u16),
    /// Whether nothing is to be drawn at its end: no propagation, data of a constant size, a known place.
    pub ends_simply: bool,
    /// Payload, and bits in all, of data of a constant size.
    pub moved: (f64, f64),
    /// Whether it fills a storage: a Write.
    pub fills: bool,
    /// Whether the request can be cancelled here (it is within a Timeout or a Fork).
    pub cancellable: bool,
    /// Whether it takes a thread of the blocking pool.
    pub blocking: bool,
}

/// How a visit chooses the queue of its station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// There is only one.
    Only,
    /// The instance that the request comes from.
    Own,
    /// By the direction: the second queue when the request comes from this component.
    Direction(u16),
    /// One of the instances, by the station's balancing.
    Balanced,
    /// The instance on which the service is that this orchestrator has placed.
    Placed(u16),
    /// The radio of the instance that sends; those of each sending component lie together.
    #[allow(missing_docs)]
    Radio { offset: u32, count: u32 },
}

/// What a visit asks of its station.
#[derive(Debug)]
pub enum Demand {
    /// Nothing but the fixed part.
    None,
    /// Time at nominal speed [ticks].
    Time(Draw),
    /// The time that the request owes [ticks].
    Owed,
    /// Until something else ends it.
    Endless,
    /// The amount of data that the request owes [bit], and ticks per bit.
    #[allow(missing_docs)]
    OwedData { ticks_per_bit: f64 },
    /// Data: payload [bit], overhead [bit], and ticks per bit.
    #[allow(missing_docs)]
    Data { size: Draw, overhead: f64, ticks_per_bit: f64 },
    /// Data of a random size, by a protocol.
    #[allow(missing_docs)]
    Framed { size: Draw, framing: Box<crate::protocols::Framing> },
}

impl Demand {
    /// The payload, where data is moved.
    pub fn size(&self) -> Option<&Draw> {
        match self {
            Demand::Data { size, .. } | Demand::Framed { size, .. } => Some(size),
            Demand::None | Demand::Time(_) | Demand::Owed | Demand::OwedData { .. } | Demand::Endless => None,
        }
    }

    /// Bits on the wire for a payload.
    pub fn wire(&self, payload: f64) -> f64 {
        match self {
            Demand::Data { overhead, .. } => payload + overhead,
            Demand::Framed { framing, .. } => framing.bits(payload),
            Demand::None | Demand::Time(_) | Demand::Owed | Demand::OwedData { .. } | Demand::Endless => 0.0,
        }
    }
}

/// Time that passes [ticks], or the number of repetitions.
#[derive(Debug)]
pub struct Delay {
    /// How much.
    pub amount: Draw,
    /// Counter of visits.
    pub counter: u16,
    /// Whether the request can be cancelled here.
    pub cancellable: bool,
}

/// Places to go on at, with cumulative probabilities.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Choice {
    pub cumulative: Vec<f64>,
    pub targets: Vec<u32>,
    pub site: u64,
    pub counter: u16,
}

/// A timer over a body.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Timeout {
    pub after: Draw,
    pub counter: u16,
    /// Where to go on when it fires; `None`: the request is timed out.
    pub otherwise: Option<u32>,
}

/// Attempts at a body.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Retry {
    pub times: u32,
    pub backoff: Draw,
    pub counter: u16,
    pub body: u32,
}

/// Branches that run at once.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Fork {
    pub branches: Vec<u32>,
    /// How many must end.
    pub needed: u32,
    pub after: u32,
}

/// A choice by state.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct BalanceStep {
    pub targets: Vec<u32>,
    /// The station that each branch starts at.
    pub stations: Vec<u16>,
    pub by: Balance,
    /// The registry that says which of the stations are there to choose from; `NOWHERE`: all that live.
    pub registry: u16,
    pub site: u64,
    pub counter: u16,
}

/// A separate request.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Spawn {
    pub body: u32,
    pub site: u64,
    pub counter: u16,
}

/// Where a question stands.
#[derive(Clone, Debug)]
pub struct AskPlace {
    /// The path of its step.
    pub path: crate::lower::Path,
    /// Its step by its flow and label, or by the path within the flow.
    pub name: String,
    /// Its instruction.
    pub at: u32,
    /// The instruction that gives back what it takes, where it takes anything.
    pub release: Option<u32>,
}

/// A line on which a processor can be interrupted.
#[derive(Clone, Debug)]
pub struct InterruptLine {
    /// Its name.
    pub name: String,
    /// Time in which a core initialises its device at the start [ticks].
    pub init: u64,
}

/// An interrupt.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct InterruptStep {
    pub station: u16,
    pub lane: Lane,
    /// Index of its line.
    pub line: u16,
    /// Length of its handler [ticks].
    pub handler: Draw,
    pub counter: u16,
}

/// A result that is awaited.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct AwaitStep {
    pub time: Draw,
    pub counter: u16,
}

/// A question to a passive component.
#[derive(Debug)]
pub struct AskStep {
    /// The component.
    pub station: u16,
    /// How much; 1 where it is left out.
    pub amount: Option<Draw>,
    /// What it is about.
    pub key: Option<Draw>,
    /// How much, by the key: the same for all requests that ask for it [bit].
    pub size_of_key: Option<Draw>,
    /// What is needed beside the amount, at most three: few need any.
    pub more: Vec<Draw>,
    /// How keys shift over time.
    pub drift: Option<Drift>,
    /// What is wanted; each passive component has its own meanings.
    pub mode: u8,
    /// Whether the request waits; else it goes on by the second way when it would have to.
    pub waits: bool,
    /// Where to go on, by the way that the component names.
    pub ways: Vec<u32>,
    /// Share of the requests that are taken to go each way, before anything is known.
    pub shares: Vec<f64>,
    /// How long it waits at most [ticks].
    pub patience: Option<Draw>,
    /// Hash of flow and label.
    pub site: u64,
    /// Counter of visits.
    pub counter: u16,
}

impl AskStep {
    /// A question about one unit that waits and has one way.
    pub fn of(station: u16, site: u64) -> AskStep {
        AskStep {
            station,
            amount: None,
            key: None,
            size_of_key: None,
            more: Vec::new(),
            drift: None,
            mode: 0,
            waits: true,
            ways: Vec::new(),
            shares: vec![1.0],
            patience: None,
            site,
            counter: UNCOUNTED,
        }
    }
}

/// Keys that shift over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// After every such time [ticks] ..
    pub every: u64,
    /// .. they are this much larger.
    pub by: u64,
}

/// A separate request that a passive component is asked to take. The question itself is no visit of the component; the
/// separate request, whose program starts with a question to the same component, is one.
#[derive(Debug)]
pub struct PutStep {
    /// The question; by its second way nothing is put.
    pub ask: AskStep,
    /// The program of the separate request.
    pub body: u32,
    /// Keys its draws.
    pub site: u64,
}

/// The body of a batch.
#[derive(Debug)]
pub struct BatchStep {
    /// Its first instruction.
    pub body: u32,
    /// Hash of flow and label.
    pub site: u64,
    /// Share of the items that send a batch out; 0 where it is not known before it runs.
    pub share: f64,
}

/// Requests of another flow that are started.
#[derive(Debug)]
pub struct CallStep {
    /// The flow.
    pub flow: u16,
    /// Number of the first one, of how many are started here, and of all that are started for the same handler.
    pub first: u32,
    #[allow(missing_docs)]
    pub times: u32,
    #[allow(missing_docs)]
    pub of: u32,
    /// Hash of flow and label.
    pub site: u64,
    /// Where to go on when the request did not end correctly; without it nobody waits.
    pub failed: Option<u32>,
}

/// A question within a block.
#[derive(Debug)]
pub struct FurtherStep {
    /// Where to go on, by the way that the component names.
    pub ways: Vec<u32>,
    /// Share of the requests that are taken to go each way, before anything is known.
    pub shares: Vec<f64>,
}
