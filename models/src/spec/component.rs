//! Components as written. Every active component has the same fields for its queue, servers, laws, failures and power
//! ([`Common`]); the `component!` macro adds them to each.

use super::{DistributionSpec, Laws, LoadMeasure, MemoryCosts, Scalar};
use serde::de::Visitor;
use serde::{Deserialize, Serialize, Serializer};

/// Declares the spec type of an active component: its own fields, and the common ones.
macro_rules! component {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$fdoc])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
            /// A named set of default fields from the catalogue.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub profile: Option<String>,
            /// Instances of the component, each with a queue of its own (default 1).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub count: Option<Scalar>,
            /// How a request chooses among the instances.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub balance: Option<Balancing>,
            /// The order of service.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub scheduler: Option<SchedulerSpec>,
            /// The most requests that can be present in an instance, in service included.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub limit: Option<Scalar>,
            /// What happens to an arrival at the limit (default `Drop`).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub full: Option<Full>,
            /// Probability that an attempt succeeds (default 1).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub reliability: Option<Scalar>,
            /// Performance as a function of load.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub laws: Option<Laws>,
            /// How load is measured for the laws.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub load: Option<LoadMeasure>,
            /// Failures and repairs.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub failures: Option<Failures>,
            /// Number of servers on duty over time: (duration, servers), repeated.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub schedule: Option<Vec<(Scalar, Scalar)>>,
            /// Servers switch off when idle; this is the time to switch one on.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub setup: Option<DistributionSpec>,
            /// An idle server is away for this long, again and again until somebody waits.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub vacation: Option<DistributionSpec>,
            /// Idle servers sleep until this is so.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub wake: Option<Wake>,
            /// Power by state.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub power: Option<Power>,
        }

        impl $name {
            /// This component with the fields that it leaves out taken from `base`.
            pub fn or(self, base: $name) -> $name {
                $name {
                    $($field: self.$field.or(base.$field),)*
                    profile: self.profile.or(base.profile),
                    count: self.count.or(base.count),
                    balance: self.balance.or(base.balance),
                    scheduler: self.scheduler.or(base.scheduler),
                    limit: self.limit.or(base.limit),
                    full: self.full.or(base.full),
                    reliability: self.reliability.or(base.reliability),
                    laws: self.laws.or(base.laws),
                    load: self.load.or(base.load),
                    failures: self.failures.or(base.failures),
                    schedule: self.schedule.or(base.schedule),
                    setup: self.setup.or(base.setup),
                    vacation: self.vacation.or(base.vacation),
                    wake: self.wake.or(base.wake),
                    power: match (self.power, base.power) {
                        (Some(own), Some(base)) => Some(own.or(base)),
                        (own, base) => own.or(base),
                    },
                }
            }

            /// The fields that every active component has.
            pub fn common(&self) -> Common<'_> {
                Common {
                    count: self.count.as_ref(),
                    balance: self.balance.as_ref(),
                    scheduler: self.scheduler.as_ref(),
                    limit: self.limit.as_ref(),
                    full: self.full,
                    reliability: self.reliability.as_ref(),
                    laws: self.laws.as_ref(),
                    load: self.load.as_ref(),
                    failures: self.failures.as_ref(),
                    schedule: self.schedule.as_deref(),
                    setup: self.setup.as_ref(),
                    vacation: self.vacation.as_ref(),
                    wake: self.wake.as_ref(),
                    power: self.power.as_ref(),
                }
            }
        }
    };
}

/// The fields that every active component has, borrowed.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Common<'a> {
    pub count: Option<&'a Scalar>,
    pub balance: Option<&'a Balancing>,
    pub scheduler: Option<&'a SchedulerSpec>,
    pub limit: Option<&'a Scalar>,
    pub full: Option<Full>,
    pub reliability: Option<&'a Scalar>,
    pub laws: Option<&'a Laws>,
    pub load: Option<&'a LoadMeasure>,
    pub failures: Option<&'a Failures>,
    pub schedule: Option<&'a [(Scalar, Scalar)]>,
    pub setup: Option<&'a DistributionSpec>,
    pub vacation: Option<&'a DistributionSpec>,
    pub wake: Option<&'a Wake>,
    pub power: Option<&'a Power>,
}

component! {
    /// Things in the field, by the hundred thousand if need be: where requests start, with a small processor each.
    Device {
        /// Cores of each instance (default 1).
        cores: CoresSpec,
        /// Clock of a core.
        frequency: Scalar,
        /// Fixed time of each computation, before its work.
        overhead: DistributionSpec,
        /// Lines on which it can be interrupted.
        interrupts: super::Named<Interrupt>,
        /// What memory access costs by layout and pattern (default: the table of the system, or the built-in one).
        memory_costs: MemoryCosts,
        /// Energy in a full battery; an empty one is a permanent failure of that instance.
        battery: Scalar,
    }
}

component! {
    /// A processor: cores that compute.
    Processor {
        /// Cores: a number, or groups `[(4, "2 GHz"), (4, "1 GHz")]`.
        cores: CoresSpec,
        /// Clock of a core.
        frequency: Scalar,
        /// Fixed time of each computation, before its work.
        overhead: DistributionSpec,
        /// Lines on which it can be interrupted.
        interrupts: super::Named<Interrupt>,
        /// What memory access costs by layout and pattern (default: the table of the system, or the built-in one).
        memory_costs: MemoryCosts,
    }
}

component! {
    /// A link or a network: channels that transmit, then a propagation delay.
    Network {
        /// Rate of each channel.
        bandwidth: Scalar,
        /// Propagation: follows the transmission and occupies nothing, unless `occupies`.
        latency: DistributionSpec,
        /// Stop and wait: the channel stays taken during the latency.
        occupies: bool,
        /// Bytes that the protocol adds to each payload.
        header: Scalar,
        /// What follows a loss (default `Never`: the request is lost).
        retransmit: Retransmit,
        /// One queue for both directions, or one per direction (default `Half`).
        duplex: Duplex,
        /// Channels (default 1).
        channels: Scalar,
        /// The two ends: gives directions a meaning, and lets `Send(to: ..)` find this network.
        between: (String, String),
        /// Energy that the network itself draws per bit on the wire, beside its power.
        energy_per_bit: Scalar,
        /// The protocol of its frames, or of all messages over it.
        protocol: Box<crate::protocols::Protocol>,
    }
}

component! {
    /// Storage: an access time and a transfer, both of which occupy it.
    Storage {
        /// Time of each access, before the transfer.
        access: DistributionSpec,
        /// Rate of reading.
        read: Scalar,
        /// Rate of writing.
        write: Scalar,
        /// Bytes that fit; a Write into a full storage fails.
        capacity: Scalar,
        /// Accesses served at once (default 1).
        channels: Scalar,
    }
}

/// Declares the nodes of the component graph: active components, and the passive ones of `resources`.
macro_rules! declare {
    ($($passive:ident($module:ident) $about:literal,)*) => {
        /// A node of the component graph as written.
        #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
        #[allow(missing_docs)]
        pub enum Component {
            Device(Device),
            Network(Network),
            Processor(Processor),
            Storage(Storage),
            $($passive(crate::resources::$passive),)*
        }

        impl Component {
            /// The word for its kind.
            pub fn kind(&self) -> &'static str {
                match self {
                    Component::Device(_) => "Device",
                    Component::Network(_) => "Network",
                    Component::Processor(_) => "Processor",
                    Component::Storage(_) => "Storage",
                    $(Component::$passive(_) => stringify!($passive),)*
                }
            }

            /// What it is as a passive component; `None` where it is active.
            pub fn passive(&self) -> Option<&dyn crate::resources::Specify> {
                match self {
                    $(Component::$passive(c) => Some(c),)*
                    _ => None,
                }
            }
        }
    };
}
crate::resources::for_each_resource!(declare);

impl Component {
    /// The profile that it names.
    pub fn profile(&self) -> Option<&str> {
        match self {
            Component::Device(c) => c.profile.as_deref(),
            Component::Network(c) => c.profile.as_deref(),
            Component::Processor(c) => c.profile.as_deref(),
            Component::Storage(c) => c.profile.as_deref(),
            _ => None,
        }
    }

    /// The fields that every active component has; a passive one has only its power.
    pub fn common(&self) -> Common<'_> {
        match self {
            Component::Device(c) => c.common(),
            Component::Network(c) => c.common(),
            Component::Processor(c) => c.common(),
            Component::Storage(c) => c.common(),
            passive => Common { power: passive.passive().and_then(|p| p.power()), ..Common::default() },
        }
    }

    /// This component with what it leaves out taken from `base`, when both are of one kind.
    pub fn or(self, base: Component) -> Option<Component> {
        Some(match (self, base) {
            (Component::Device(a), Component::Device(b)) => Component::Device(a.or(b)),
            (Component::Network(a), Component::Network(b)) => Component::Network(a.or(b)),
            (Component::Processor(a), Component::Processor(b)) => Component::Processor(a.or(b)),
            (Component::Storage(a), Component::Storage(b)) => Component::Storage(a.or(b)),
            _ => return None,
        })
    }
}

/// Cores as written: `4`, or groups of different speed.
#[derive(Clone, Debug, PartialEq)]
pub enum CoresSpec {
    /// So many alike.
    Number(Scalar),
    /// Groups: (number, frequency or relative speed).
    Groups(Vec<(Scalar, Scalar)>),
}

impl Serialize for CoresSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            CoresSpec::Number(n) => n.serialize(serializer),
            CoresSpec::Groups(groups) => groups.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for CoresSpec {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = CoresSpec;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of cores, or groups such as [(4, \"2 GHz\"), (4, \"1 GHz\")]")
            }
            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<CoresSpec, E> {
                Ok(CoresSpec::Number(Scalar::Number(value)))
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<CoresSpec, E> {
                Ok(CoresSpec::Number(Scalar::Number(value as f64)))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<CoresSpec, E> {
                Ok(CoresSpec::Number(Scalar::Number(value as f64)))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<CoresSpec, E> {
                Ok(CoresSpec::Number(text.into()))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut access: A) -> Result<CoresSpec, A::Error> {
                let mut groups = Vec::new();
                while let Some(group) = access.next_element()? {
                    groups.push(group);
                }
                Ok(CoresSpec::Groups(groups))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// The order of service as written: a discipline by its name.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct SchedulerSpec(pub Scheduler);

pub use crate::disciplines::Scheduler;

/// A line on which a processor can be interrupted.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Interrupt {
    /// What the handler does, as a time or in cycles.
    pub handler: DistributionSpec,
    /// Time from the interrupt to the start of its handler, which takes no core (default 0).
    #[serde(default)]
    pub latency: Option<DistributionSpec>,
    /// Time in which a core initialises the device, once, at the start (default 0).
    #[serde(default)]
    pub init: Option<Scalar>,
}

/// What happens to an arrival that finds a component full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Full {
    /// The request is dropped.
    Drop,
    /// The request waits where it is, keeping the server that it holds (blocking after service).
    Block,
}

/// How a request chooses among instances or branches.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Balancing {
    /// In turn.
    RoundRobin,
    /// At random.
    Random,
    /// The fewest requests present; ties at random.
    ShortestQueue,
    /// The least work left; ties at random.
    LeastWork,
    /// The fewest present among d drawn at random without replacement.
    #[allow(missing_docs)]
    PowerOf { d: Scalar },
    /// Only among those that a registry takes for healthy; without one the request fails.
    Registered {
        /// The registry.
        registry: String,
        /// How it is chosen among them (default `RoundRobin`).
        #[serde(default)]
        by: Option<Box<Balancing>>,
    },
}

/// What follows a loss on a network.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Retransmit {
    /// The request is lost.
    Never,
    /// So many further attempts, then it is lost.
    #[allow(missing_docs)]
    UpTo { times: Scalar },
    /// Until it gets through.
    Forever,
}

/// Directions of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Duplex {
    /// One queue for both directions.
    Half,
    /// A queue for each direction.
    Full,
}

/// Failures and repairs.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Failures {
    /// Time from a repair to the next failure.
    pub time_to_failure: DistributionSpec,
    /// Time from a failure to its repair.
    pub repair: DistributionSpec,
    /// What becomes of a request in service (default `Resume`).
    #[serde(default)]
    pub interrupted: Option<OnFailure>,
    /// What fails: the whole instance, or each server by itself (default `Instance`).
    #[serde(default)]
    pub of: Option<Scope>,
    /// What becomes of a request that comes while all servers of the instance are down (default `Wait`).
    #[serde(default)]
    pub arriving: Option<Arriving>,
}

/// What becomes of a request that comes to an instance that is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Arriving {
    /// It waits there.
    Wait,
    /// It fails at once.
    Fail,
}

/// What becomes of a request in service when its server fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum OnFailure {
    /// It goes on where it was.
    Resume,
    /// It starts again with the same demand.
    Restart,
    /// It fails.
    Lose,
}

/// What fails at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Scope {
    /// All servers of an instance.
    Instance,
    /// Each server by itself.
    Server,
}

/// When sleeping servers wake.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Wake {
    /// When at least so many wait (N-policy); then the queue is served until it is empty.
    #[allow(missing_docs)]
    AtLeast { n: Scalar },
}

/// Power by state [W]. What is left out is 0 W.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Power {
    /// Of an instance with nothing to do.
    pub idle: Option<Scalar>,
    /// With all of its servers busy; in between in proportion.
    pub active: Option<Scalar>,
    /// Of an instance whose servers are all off, on vacation or off duty; in between in proportion (default: idle).
    pub sleep: Option<Scalar>,
    /// While servers are being set up (default: active).
    pub setup: Option<Scalar>,
    /// While failed (default 0 W).
    pub down: Option<Scalar>,
    /// While one of its requests is on the air from it: in place of idle.
    pub tx: Option<Scalar>,
    /// While a request is on the air to it: in place of idle.
    pub rx: Option<Scalar>,
}

impl Power {
    fn or(self, base: Power) -> Power {
        Power {
            idle: self.idle.or(base.idle),
            active: self.active.or(base.active),
            sleep: self.sleep.or(base.sleep),
            setup: self.setup.or(base.setup),
            down: self.down.or(base.down),
            tx: self.tx.or(base.tx),
            rx: self.rx.or(base.rx),
        }
    }
}
