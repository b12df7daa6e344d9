//! What is observed while a simulation runs: tallies of values, time-weighted levels, quantiles and series. Each takes
//! a bounded amount of memory, whatever the length of the run.

mod histogram;
mod level;
mod series;
mod tally;

pub use histogram::Histogram;
pub use level::Level;
pub use series::Series;
pub use tally::Tally;
