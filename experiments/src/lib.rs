//! Experiment files, runs, results and plots: what the `loadgraph` command is made of.

pub mod cache;
pub mod calibrate;
pub mod campaign;
pub mod check;
pub mod cli;
pub mod compare;
pub mod coverage;
pub mod fault;
pub mod file;
pub mod measured;
pub mod memory;
pub mod optimise;
pub mod predict;
pub mod report;
pub mod results;
pub mod run;
pub mod store;
pub mod study;
pub mod trace;
