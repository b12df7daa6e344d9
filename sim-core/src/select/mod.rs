//! Selecting the best of several systems from samples, with a stated guarantee.
//!
//! [`Triangle`] decides sequentially whether a mean is below or above zero, and so compares two systems that see the same
//! random numbers (Kim and Nelson), or one system with a bound (Andradóttir and Kim). [`rinott`] says how many samples of
//! each of several independent systems it takes in two stages.

mod rinott;
mod triangle;

pub use rinott::rinott;
pub use triangle::{Triangle, variance};
