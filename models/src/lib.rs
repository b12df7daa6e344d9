//! What a system is, and how it runs: from a description ([`spec`]) through checks ([`lower`]) to a runnable
//! [`system::System`] and its [`simulation`].

pub mod analytic;
mod balancing;
pub mod caching;
pub mod catalogue;
pub mod disciplines;
pub mod expression;
pub mod graph;
pub mod laws;
pub mod lower;
pub mod ownership;
pub mod protocols;
pub mod resources;
pub mod simulation;
pub mod spec;
pub mod steps;
pub mod system;
pub mod units;
