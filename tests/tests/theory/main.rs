//! The validation suite: experiment files whose answers are known, through the same path as a user's file.
#![allow(clippy::unwrap_used, missing_docs)]

mod availability;
mod disciplines;
mod exact;
mod laws;
mod networks;
mod one_station;
mod steps;
