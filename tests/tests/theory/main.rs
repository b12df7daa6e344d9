//! The validation suite: experiment files whose answers are known, through the same path as a user's file.
#![allow(clippy::unwrap_used, missing_docs)]

mod availability;
mod collection;
mod conservation;
mod determinism;
mod disciplines;
mod energy;
mod estimates;
mod exact;
mod laws;
mod links;
mod mapped_files;
mod memory;
mod networks;
mod one_station;
mod random_numbers;
mod random_systems;
mod semaphores;
mod steps;
mod workloads;
