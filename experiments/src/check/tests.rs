//! Theory against known numbers, and against the simulation.
