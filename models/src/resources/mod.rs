//! Passive components: they grant, hold or decide, and serve nobody. One file each, with how it is written and how it
//! behaves.
//!
//! ```text
//!   step ──ask──▶ resource ──▶ Go: on at one of the step's ways, perhaps holding something, perhaps owing time
//!                    │     ──▶ Wait: named in an effect later
//!                    │     ──▶ Refuse: goes wrong with this outcome
//!   end of block ──release──▶ resource ──▶ effects: others may go on
//! ```
//!
//! A resource knows nothing of the simulation: it answers, and what else follows from an answer it leaves as
//! [`Effect`]s in its [`World`]. The simulation keeps the books for all of them alike: who is present, who waits, what
//! is held (`simulation/passive.rs`). To add one, write a file with its spec type (`passive!`), which implements
//! [`Specify`], and a `State` that implements [`Resource`], and add its line below.

mod admission;
mod background;
mod batcher;
pub(crate) mod buffer;
mod cache;
pub(crate) mod channel;
mod collector;
pub(crate) mod connection_pool;
mod dma;
mod health;
mod ledger;
mod lock;
pub(crate) mod mapped_file;
mod memory_pool;
mod metrics;
mod object_pool;
pub(crate) mod orchestrator;
mod registry;
mod semaphore;
mod tokens;
mod topic;
mod waiting;

use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, Named, Power};
use crate::units::Dimension;
use sim_core::random::Stream;
use sim_core::time::Time;

pub(crate) use admission::KINDS as ADMISSION_KINDS;
pub(crate) use background::Background;
pub use batcher::Full;
pub(crate) use cache::mode;
pub use lock::{LockKind, Mode, Prefer};
pub use topic::{Dispatch, OnError};
pub(crate) use waiting::Line;

/// Calls a macro with the list of passive components: name, file, and what it is.
macro_rules! for_each_resource {
    ($declare:ident) => {
        $declare! {
            Cache(cache) "objects by key, with a replacement policy",
            Semaphore(semaphore) "units that requests hold for the length of a block",
            ConnectionPool(connection_pool) "connections that are set up once and used again, for each endpoint",
            ObjectPool(object_pool) "objects that are costly to make, kept for the next one who needs one",
            Channel(channel) "a bounded queue of messages between producers and consumers",
            Buffer(buffer) "a bounded buffer of bytes, flushed and filled in bulk",
            Dma(dma) "a controller whose channels move data without the processor",
            Lock(lock) "a mutex, read-write lock, spin lock or lock-free structure",
            Batcher(batcher) "gathers requests, so that a body runs once for all of them",
            Tokens(tokens) "signed web tokens that are made and verified",
            Topic(topic) "events, and the flows that handle them",
            Admission(admission) "cores, memory, bandwidth and storage, given together or not at all",
            MemoryPool(memory_pool) "memory in blocks of fixed sizes, from which requests allocate",
            Collector(collector) "a heap with a garbage collector that works on the processor it shares",
            MappedFile(mapped_file) "a file in memory: a page cache before a storage",
            Registry(registry) "instances, and which of them are known to be healthy, by checks at an interval",
            Orchestrator(orchestrator) "services on nodes: where each is, and where it moves when its node fails",
            Metrics(metrics) "samples of components at an interval, collected as a load of its own",
        }
    };
}
pub(crate) use for_each_resource;

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// The request.
    pub request: u32,
    /// Units, or bits.
    pub amount: f64,
    /// Further amounts, where a step asks for several things at once.
    pub more: [f64; 3],
    /// What it is about, such as the key of a cache.
    pub key: u64,
    /// What the step wants with it; each resource has its own meanings.
    pub mode: u8,
    /// Whether it would wait; else it goes on by the way [`Grant::DENIED`].
    pub waits: bool,
    /// Whether it has asked before and been answered [`Answer::Spin`].
    pub again: bool,
    /// Priority of its flow; a larger one is more urgent.
    pub priority: f64,
    /// Its deadline, [`Time::MAX`] for none.
    pub deadline: Time,
    /// Instance of its flow's source.
    pub instance: u32,
    /// Since when that is down, where its flow asks after it and it is.
    pub down: Option<Time>,
}

/// How a request goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grant {
    /// Units that are in use from now on.
    pub units: f64,
    /// Time that this costs the request [ticks].
    pub cost: f64,
    /// What the resource wants to be told when it is given back.
    pub token: u32,
    /// Which of the ways that its step has.
    pub way: u8,
    /// Whether it holds something until the end of the block.
    pub holds: bool,
}

impl Grant {
    /// The way of those that did not want to wait.
    pub const DENIED: u8 = 1;

    /// Holds so many units from now on.
    pub fn holding(units: f64) -> Grant {
        Grant { way: 0, holds: true, units, cost: 0.0, token: 0 }
    }

    /// Goes on by a way, and holds nothing.
    pub fn passing(way: u8) -> Grant {
        Grant { way, holds: false, units: 0.0, cost: 0.0, token: 0 }
    }
}

/// What is given back.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Who held it.
    pub request: u32,
    /// Units.
    pub units: f64,
    /// [`Grant::token`].
    pub token: u32,
    /// Whether the block came to its end; else it was broken off.
    pub completed: bool,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// It goes on at once.
    Go(Grant),
    /// It waits until an effect names it.
    Wait,
    /// It waits, and goes on by the way [`Grant::DENIED`] meanwhile: until it asks again, or an effect names it.
    Spin,
    /// It goes wrong.
    Refuse(Outcome),
}

/// What follows from what happened at a resource, carried out when it has answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// A request that waited goes on.
    Go(u32, Grant),
    /// A request that waited goes wrong.
    Refuse(u32, Outcome),
    /// Requests that waited form a batch, which goes out: its body runs as a request of the flow of its leader. Those that
    /// belong to it follow as [`Effect::Board`]; one that has just asked gets on with the answer.
    #[allow(missing_docs)]
    Batch { leader: u32, items: u32, size: f64 },
    /// A request that waited gets on the batch.
    Board(u32, Grant),
    /// [`Resource::timer`] is to be called after so many ticks with this token. It cannot be taken back: a token that is
    /// out of date is for the resource to ignore.
    Wake(u64, u64),
    /// So many units more are in use (or fewer, below 0) that no request holds, such as what lies in a buffer.
    Units(i64),
    /// The request that is let go next, by an answer or an effect, carries so much: what `Content` means in the steps of
    /// its block, in terms of the amount that is typical there.
    Carry(f64),
    /// A request of a flow of its own starts: of the one with this place in [`Specify::flows`].
    Start(u16),
    /// From now on this share of the servers of the component that it governs is taken; 1 suspends all services.
    Take(f64),
}

/// What it is that those who hold something keep from others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exclusion {
    /// Nothing: nobody waits until something is given back.
    Nothing,
    /// Units, of which there are so many.
    Units(f64),
    /// All of it, or from writers only where it is shared: [`Ask::mode`] is 0 for readers. Whether a reader may have to
    /// wait for others because a writer stands between them.
    #[allow(missing_docs)]
    Modes { readers_wait: bool },
    /// Its success: two bodies of which one begins within the other, and which both write ([`Ask::mode`] 1), exclude each
    /// other.
    Success,
}

/// What theory is told of a resource: as much as formulas take.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Nature {
    /// No formula is for it.
    #[default]
    Other,
    /// Objects by key.
    #[allow(missing_docs)]
    Cache { levels: Vec<CacheLevel>, inclusive: bool, ttl: Option<u64> },
    /// So many units for each of so many endpoints, held for a block; those who find none stand in line, of which at most
    /// so many may. Taking a free one costs so much time [ticks], and one that had to be waited for so much.
    #[allow(missing_docs)]
    Units { units: f64, endpoints: f64, room: u64, free: f64, waited: f64 },
}

/// A level of a cache.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CacheLevel {
    /// Which object leaves for another.
    pub policy: crate::caching::Kind,
    /// What it holds; `None`: everything.
    pub capacity: Option<crate::caching::Capacity>,
    /// Time of a look [ticks].
    pub access: f64,
}

/// What a resource sees of the rest.
#[derive(Debug)]
pub struct World<'w> {
    /// The clock.
    pub now: Time,
    /// Ticks per second.
    pub ticks: f64,
    /// Random numbers of this component.
    pub random: &'w mut Stream,
    /// What is to follow.
    pub effects: &'w mut Vec<Effect>,
}

/// A figure that only one kind of passive component has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FigureName {
    /// Its name in results.
    pub name: &'static str,
    /// Its dimension.
    pub dimension: Dimension,
    /// Whether it is a share of one, shown in percent.
    pub share: bool,
    /// What it is.
    pub about: &'static str,
}

impl FigureName {
    /// A quantity of a dimension.
    pub const fn of(name: &'static str, dimension: Dimension, about: &'static str) -> FigureName {
        FigureName { name, dimension, share: false, about }
    }

    /// A share of one.
    pub const fn share(name: &'static str, about: &'static str) -> FigureName {
        FigureName { name, dimension: Dimension::NONE, share: true, about }
    }
}

/// The measured time.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Its end.
    pub end: Time,
    /// Its length [ticks].
    pub span: f64,
    /// Ticks per second.
    pub ticks: f64,
}

/// What a passive component does.
pub trait Resource: Sized {
    /// Figures beside those that all components have.
    const FIGURES: &'static [FigureName] = &[];

    /// Time 0.
    fn start(&mut self, _world: &mut World<'_>) {}

    /// A request asks.
    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer;

    /// Something is given back. Returns what that costs the request [ticks], which only one that completed its block pays.
    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64;

    /// The end of a body that runs optimistically: `None` when it has succeeded, else it is repeated with this grant.
    fn commit(&mut self, _held: &Held, _world: &mut World<'_>) -> Option<Grant> {
        None
    }

    /// A request that waits does so no longer.
    fn withdraw(&mut self, request: u32, world: &mut World<'_>);

    /// A request within a block asks how to go on ([`crate::system::Instruction::Further`]): by which way, and what it
    /// owes from then on.
    fn further(&mut self, _held: &Held, _world: &mut World<'_>) -> (u8, f64) {
        (0, 0.0)
    }

    /// The component whose servers it takes by [`Effect::Take`]: of the instance that has the number of its own.
    fn governs(&self) -> Option<u16> {
        None
    }

    /// The time of an [`Effect::Wake`] has come.
    fn timer(&mut self, _token: u64, _world: &mut World<'_>) {}

    /// The measured time is over, or nothing happens any more by itself: what is gathered goes out.
    fn end(&mut self, _world: &mut World<'_>) {}

    /// The warm-up is over: counts and integrals are reset, levels stay.
    fn reset(&mut self, _now: Time) {}

    /// What those who hold something keep from others.
    fn exclusion(&self) -> Exclusion {
        Exclusion::Nothing
    }

    /// What theory is told of it.
    fn nature(&self) -> Nature {
        Nature::Other
    }

    /// Of the requests that wait, those that would get what they wait for, one after the other, if all that live gave back
    /// what they hold, and so did each that has got it. `None`: all, as soon as anybody who holds something lives.
    fn would_go(&self, _held: &[Held], _lives: &dyn Fn(u32) -> bool) -> Option<Vec<u32>> {
        None
    }

    /// The values of [`Resource::FIGURES`] over all instances of a component.
    fn measure(_all: &[&Self], _measured: Measured) -> Vec<Option<f64>> {
        Vec::new()
    }
}

/// What a passive component is made of when a file is lowered.
#[derive(Debug)]
pub struct Prototype {
    /// Its state at time 0, of one instance.
    pub state: State,
    /// Units of one instance: what a utilisation of 1 is; 0 where there is no such number.
    pub units: f64,
}

/// How what is written becomes what runs.
pub trait Specify {
    /// The state at time 0; mistakes are reported under the path `at`.
    fn specify(&self, lower: &Lower<'_>, components: &Named<Component>, at: &Path) -> Prototype;

    /// The component whose instances have one of these each.
    fn per(&self) -> Option<&str>;

    /// Power by state.
    fn power(&self) -> Option<&Power>;

    /// Flows of its own: what it asks of other components, by itself.
    fn flows<'a>(
        &'a self,
        _lower: &Lower<'_>,
        _components: &'a Named<Component>,
        _at: &Path,
    ) -> Vec<crate::lower::OwnedFlow<'a>> {
        Vec::new()
    }
}

/// Declares the spec type of a passive component: its own fields, and those that all have.
macro_rules! passive {
    (
        $(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* } $specify:expr
        $(, flows: $flows:expr)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$fdoc])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
            /// One for each instance of this component (default: one in all).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub per: Option<String>,
            /// Power by state (default 0 W): `active` with all units in use, in between in proportion.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub power: Option<crate::spec::Power>,
        }

        impl crate::resources::Specify for $name {
            fn specify(
                &self,
                lower: &crate::lower::Lower<'_>,
                components: &crate::spec::Named<crate::spec::Component>,
                at: &crate::lower::Path,
            ) -> crate::resources::Prototype {
                $specify(self, lower, components, at)
            }

            fn per(&self) -> Option<&str> {
                self.per.as_deref()
            }

            fn power(&self) -> Option<&crate::spec::Power> {
                self.power.as_ref()
            }

            $(fn flows<'a>(
                &'a self,
                lower: &crate::lower::Lower<'_>,
                components: &'a crate::spec::Named<crate::spec::Component>,
                at: &crate::lower::Path,
            ) -> Vec<crate::lower::OwnedFlow<'a>> {
                $flows(self, lower, components, at)
            })?
        }
    };
}
pub(crate) use passive;

/// Declares the state of all passive components, and hands calls on to the one that it is.
macro_rules! declare {
    ($($name:ident($module:ident) $about:literal,)*) => {
        $(pub use $module::$name;)*

        /// Names and one line each, for `loadgraph list`.
        pub const LIST: &[(&str, &str)] = &[$((stringify!($name), $about),)*];

        /// The figures of each kind beside those that all components have.
        pub const FIGURES: &[(&str, &[FigureName])] = &[
            $((stringify!($name), <$module::State as Resource>::FIGURES),)*
        ];

        /// The state of a passive component.
        #[derive(Clone, Debug)]
        #[allow(missing_docs)]
        pub enum State { $($name(Box<$module::State>),)* }

        impl State {
            /// Its name.
            pub fn kind(&self) -> &'static str {
                match self { $(State::$name(_) => stringify!($name),)* }
            }

            /// Figures beside those that all components have.
            pub fn figures(&self) -> &'static [FigureName] {
                match self { $(State::$name(_) => <$module::State as Resource>::FIGURES,)* }
            }

            /// See [`Resource::start`].
            pub fn start(&mut self, world: &mut World<'_>) {
                match self { $(State::$name(state) => state.start(world),)* }
            }

            /// See [`Resource::ask`].
            pub fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
                match self { $(State::$name(state) => state.ask(ask, world),)* }
            }

            /// See [`Resource::release`].
            pub fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
                match self { $(State::$name(state) => state.release(held, world),)* }
            }

            /// See [`Resource::commit`].
            pub fn commit(&mut self, held: &Held, world: &mut World<'_>) -> Option<Grant> {
                match self { $(State::$name(state) => state.commit(held, world),)* }
            }

            /// See [`Resource::exclusion`].
            pub fn exclusion(&self) -> Exclusion {
                match self { $(State::$name(state) => state.exclusion(),)* }
            }

            /// See [`Resource::nature`].
            pub fn nature(&self) -> Nature {
                match self { $(State::$name(state) => state.nature(),)* }
            }

            /// See [`Resource::would_go`].
            pub fn would_go(&self, held: &[Held], lives: &dyn Fn(u32) -> bool) -> Option<Vec<u32>> {
                match self { $(State::$name(state) => state.would_go(held, lives),)* }
            }

            /// See [`Resource::withdraw`].
            pub fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
                match self { $(State::$name(state) => state.withdraw(request, world),)* }
            }

            /// See [`Resource::further`].
            pub fn further(&mut self, held: &Held, world: &mut World<'_>) -> (u8, f64) {
                match self { $(State::$name(state) => state.further(held, world),)* }
            }

            /// See [`Resource::governs`].
            pub fn governs(&self) -> Option<u16> {
                match self { $(State::$name(state) => state.governs(),)* }
            }

            /// See [`Resource::timer`].
            pub fn timer(&mut self, token: u64, world: &mut World<'_>) {
                match self { $(State::$name(state) => state.timer(token, world),)* }
            }

            /// See [`Resource::end`].
            pub fn end(&mut self, world: &mut World<'_>) {
                match self { $(State::$name(state) => state.end(world),)* }
            }

            /// See [`Resource::reset`].
            pub fn reset(&mut self, now: Time) {
                match self { $(State::$name(state) => state.reset(now),)* }
            }

            /// See [`Resource::measure`]; all are of one component.
            pub fn measure(all: &[State], measured: Measured) -> Vec<Option<f64>> {
                match all.first() {
                    None => Vec::new(),
                    $(Some(State::$name(_)) => {
                        let mut own: Vec<&$module::State> = Vec::with_capacity(all.len());
                        for state in all {
                            #[allow(irrefutable_let_patterns)]
                            if let State::$name(state) = state {
                                own.push(state);
                            }
                        }
                        <$module::State as Resource>::measure(&own, measured)
                    })*
                }
            }
        }
    };
}
for_each_resource!(declare);

/// The figures that a kind of component has beside those that all have.
pub fn figures_of(kind: &str) -> &'static [FigureName] {
    match kind {
        "Device" | "Network" | "Processor" | "Storage" => crate::disciplines::FIGURES,
        _ => FIGURES.iter().find(|(name, _)| *name == kind).map_or(&[], |(_, figures)| figures),
    }
}

/// The figure of that name, of whichever kind has it.
pub fn figure(name: &str) -> Option<&'static FigureName> {
    let all = FIGURES.iter().flat_map(|(_, figures)| figures.iter());
    all.chain(crate::disciplines::FIGURES).find(|figure| figure.name == name)
}
