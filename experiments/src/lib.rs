//! Experiment files, runs, results and plots: what the `loadgraph` command is made of.

pub mod file;
pub mod report;
