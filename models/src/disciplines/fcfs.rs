//! First come, first served.

use super::{Discipline, Order, Policy};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// First come, first served.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fcfs {}

impl Discipline for Fcfs {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy::in_order(Order::Fifo)
    }
}
