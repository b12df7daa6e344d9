//! Factorial designs: which of several treatments matter, alone and together, and whether gains that were assumed come
//! true.
//!
//! A treatment is a named set of overrides, on or off. [`design`] lists the configurations of a 2^k or 2^(k-p) design,
//! which are run as those of a sweep are; [`effects`] takes apart what they gave; [`gains`] sets assumed gains beside
//! measured ones; [`report`] prints and writes it, [`pictures`] draws it.

pub mod design;
pub mod effects;
pub mod gains;
pub mod pictures;
pub mod report;
