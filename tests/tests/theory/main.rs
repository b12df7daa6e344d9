//! The validation suite: experiment files whose answers are known, through the same path as a user's file.
#![allow(clippy::unwrap_used, missing_docs)]

mod adaptive;
mod admission;
mod availability;
mod awaiting;
mod conservation;
mod deadlines;
mod determinism;
mod disciplines;
mod energy;
mod estimates;
mod exact;
mod interrupts;
mod laws;
mod links;
mod networks;
mod one_station;
mod random_numbers;
mod random_schedules;
mod random_systems;
mod semaphores;
mod steps;
mod workers;
mod workloads;
