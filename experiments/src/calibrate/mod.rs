//! Laws and parameters from measurements: what `loadgraph calibrate` does.
//!
//! ```text
//!  CSV ──▶ points ──▶ fits ──▶ intervals ──▶ table, CSV, JSON, PNG, RON
//!     setting    fit     bootstrap      report, law
//! ```
//!
//! [`setting`] says what is fitted to what; each [`family`] of curves has a file; [`fit`] fits all that apply and
//! compares them by the corrected criterion of Akaike; [`bootstrap`] says how sure the parameters are; [`law`] writes
//! the law as an experiment file has it; [`report`] prints and stores.

pub mod bootstrap;
pub mod family;
pub mod fit;
pub mod law;
pub mod report;
pub mod setting;

pub use setting::{Asked, Points, Setting};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
