//! Experiment files, runs, results and plots.

pub mod report;
