//! Random order of service.

use super::{Discipline, Order, Policy};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// Service in random order (SIRO): each start takes one of the waiting jobs with equal probability.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Random {}

impl Discipline for Random {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy::in_order(Order::Random)
    }
}
