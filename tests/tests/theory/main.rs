//! The validation suite: experiment files whose answers are known, through the same path as a user's file.
#![allow(clippy::unwrap_used, missing_docs)]

mod availability;
mod buffers;
mod caches;
mod channels;
mod connections;
mod conservation;
mod determinism;
mod disciplines;
mod energy;
mod estimates;
mod exact;
mod laws;
mod links;
mod networks;
mod objects;
mod one_station;
mod plain_systems;
mod random_numbers;
mod random_pools;
mod random_systems;
mod semaphores;
mod steps;
mod transfers;
mod workloads;
