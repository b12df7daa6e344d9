//! The simulation core: virtual time, event lists, random numbers by name, statistics, output analysis. It knows nothing of IoT.

pub mod event_list;
pub mod time;
