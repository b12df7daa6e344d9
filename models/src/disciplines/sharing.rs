//! Processor sharing.

use super::{Discipline, Order, Policy};
use crate::lower::{Lower, Path};
use serde::{Deserialize, Serialize};

/// Processor sharing: all jobs present share the servers equally, at most one server each (Kleinrock 1967).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sharing {}

impl Discipline for Sharing {
    fn policy(&self, _: &Lower<'_>, _: &Path) -> Policy {
        Policy::in_order(Order::Shared { weighted: false })
    }
}
