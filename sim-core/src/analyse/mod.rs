//! What a number is worth: warm-up, intervals from replications or batches, stopping, comparison.
//!
//! Everything here is plain arithmetic on values that were observed; nothing knows where they come from. A mean over
//! replications has Student's interval ([`estimate`]), a ratio the jackknife's ([`jackknife`]), a quantile that of
//! sectioning ([`section`]); one long run is cut into batches that must look independent ([`von_neumann`]).

mod batch_means;
mod paired;
mod ratio;
mod relaxation;
mod replication;
mod stopping;
mod warm_up;

pub use batch_means::{Independence, SIGNIFICANCE, von_neumann};
pub use paired::{Paired, holm, paired};
pub use ratio::{Ratio, jackknife, pseudo_values};
pub use relaxation::{Queue, relaxation_time};
pub use replication::{Estimate, around, estimate, normal, section, student};
pub use stopping::next_count;
pub use warm_up::{Truncation, mser5};
