//! Models that predict what a configuration would give: what `loadgraph predict` does.
//!
//! ```text
//!  sweep or CSV ──▶ data ──▶ models, accuracy ──▶ PerformanceModel ──▶ values with intervals
//!             data     train                 model              evaluate
//! ```
//!
//! [`space`] has the factors and the box of what was seen; [`data`] the points, by indicator; [`prior`] what theory says
//! of each; each [`family`] of models has a file; [`train`] chooses the simplest that is as good as the best, and
//! measures its accuracy on points that it has not seen; [`model`] stores it and evaluates it; [`report`] prints.

pub mod data;
pub mod family;
pub mod model;
pub mod prior;
pub mod report;
pub mod space;
pub mod train;

pub use model::PerformanceModel;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
