//! What a system is, and how it runs.

pub mod analytic;
pub mod expression;
pub mod units;
