//! Weighted processor sharing.

use super::{Discipline, Order, Policy};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// Discriminatory processor sharing: jobs share the servers in proportion to the weight of their flow, at most one
/// server each (Kleinrock 1967; Fayolle, Mitrani and Iasnogorodski 1980).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WeightedSharing {}

impl Discipline for WeightedSharing {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy::in_order(Order::Shared { weighted: true })
    }
}
