//! Experiment files, runs, results and plots.
