//! Where results go, and how they come back.
//!
//! A run has a folder of its own, `notebooks-out/<file>/<id>/`, whose name follows from what was run ([`identity`],
//! [`place`]). Everything is written beside it first and moved there at the end ([`staging`]), so that an interrupt
//! leaves nothing half-written. [`manifest`] says what was run; [`tables`] are the figures. [`stored::Stored`] is all of
//! it together: what a run writes, and what `plot` reads.

pub mod graph;
pub mod identity;
pub mod inputs;
pub mod manifest;
pub mod owner;
pub mod place;
pub mod staging;
pub mod stored;
pub mod tables;
