//! Round robin.

use super::{Discipline, Order, Policy};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// Round robin: a job is served for a quantum and goes to the end of the queue. Where another job waits, changing over
/// to it costs `switch`; a job that is alone goes on without a cost (Kleinrock 1964).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RoundRobin {
    /// Length of a slice.
    pub quantum: Scalar,
    /// Time to change over to another job (default 0).
    #[serde(default)]
    pub switch: Option<Scalar>,
}

impl Discipline for RoundRobin {
    fn policy(&self, lower: &Lower<'_>, at: &Path) -> Policy {
        let quantum = lower.positive(&at.field("quantum"), &self.quantum, Dimension::TIME);
        let switch = match &self.switch {
            Some(switch) => lower.not_negative(&at.field("switch"), switch, Dimension::TIME),
            None => 0.0,
        };
        let quantum = lower.clock().span(quantum).max(1);
        Policy { quantum: Some((quantum, lower.clock().span(switch))), ..Policy::in_order(Order::Fifo) }
    }
}
