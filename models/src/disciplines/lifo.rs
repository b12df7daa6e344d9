//! Last come, first served, without preemption.

use super::{Discipline, Order, Policy};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// Last come, first served: the latest arrival is taken next, but nobody is interrupted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lifo {}

impl Discipline for Lifo {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy::in_order(Order::Keyed(|job| u64::MAX - job.sequence))
    }
}
