//! The simulation core: virtual time, event lists, random numbers by name, distributions, statistics and output
//! analysis. It knows nothing of IoT and depends on nothing above it.

pub mod analyse;
pub mod distributions;
pub mod engine;
pub mod event_list;
pub mod observe;
pub mod random;
pub mod regress;
pub mod select;
pub mod time;
