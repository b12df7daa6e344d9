//! What an experiment file says, as plain serde types: one type per thing that can be written, nothing computed.
//!
//! Numbers stay as written ([`Scalar`]: a number, or a text with a unit, an expression or a parameter); what they mean
//! is settled when a description is lowered to a [`crate::system::System`], which reports every mistake with the path of
//! the field (`system.components.gateway.cores`). What runs lives in [`crate::simulation`], not here.

mod arrivals;
mod component;
mod distribution;
mod experiment;
mod flow;
mod law;
mod memory_costs;
mod run;
mod scalar;
mod sweep;

pub use arrivals::{ArrivalSpec, Arrivals};
pub use component::{
    Arriving, Balancing, CoresSpec, Device, Duplex, Failures, Full, Interrupt, Network, OnFailure, Power, Processor,
    Retransmit, Scheduler, SchedulerSpec, Scope, Storage, Wake,
};
pub use component::{Common, Component};
pub use distribution::{DistributionKind, DistributionSpec};
pub use experiment::{
    Calibrate, Compare, Experiment, Factorial, Gamma, Levels, LevelsKind, LoadKind, Optimise, Procedure, Raw, Resample,
    ResponseKind, System, Weights,
};
pub use flow::{Balance, Deadline, DeadlineKind, Flow, Join, Level, LevelKind};
pub use law::{LawKind, LawSpec, Laws, LoadMeasure};
pub use memory_costs::{Layout, MemoryAccess, MemoryCosts, Pattern, Patterns};
pub use run::{Method, Precision, Run, WarmUp};
pub use scalar::Scalar;
pub use sweep::{Design, Latin, Sweep};

/// An ordered map of named things, in the order of the file.
pub type Named<T> = indexmap::IndexMap<String, T>;
