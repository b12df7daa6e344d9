//! Replacement policies on a trace of requests: what `loadgraph cache` does.
//!
//! ```text
//!  file ──▶ trace ──▶ plan ──▶ rows ──▶ table, CSV, JSON, PNG
//!      read     sizes     run      report
//! ```
//!
//! [`read`] numbers the objects of a file in one of the [`format`]s, so that a request takes four bytes (eight with sizes)
//! and every policy finds an object by its number. [`size`] makes capacities of what was asked for; [`run`] runs each
//! policy with each of them, in parallel; [`report`] prints and stores. The policies are [`models::caching`].

pub mod format;
pub mod intern;
pub mod read;
pub mod report;
pub mod run;
pub mod size;
pub mod trace;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
