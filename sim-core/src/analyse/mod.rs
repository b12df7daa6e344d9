//! What a number is worth: warm-up, intervals from replications, stopping.

mod replication;
mod warm_up;

pub use replication::{Estimate, estimate, section, student};
pub use warm_up::{Truncation, mser5};
