//! Campaigns: many configurations of one study, simulated, kept and looked at.
//!
//! ```text
//! file ──▶ Design ──▶ Configuration ──▶ Record ──▶ Store ──▶ tables, pictures
//!     levels     number         evaluate     append    merge, export
//! ```
//!
//! [`design`] says which configurations there are ([`levels`], [`latin`]), [`evaluate`] simulates one, [`work`] those of
//! a list that are missing in the [`store`], several at a time, of which [`shard`] takes a part, perhaps on a
//! [`cluster`]. What is kept of a
//! configuration is a [`record`]: its figures, and of the [`responses`] what each replication gave. [`export`] writes
//! tables, [`report`] prints, [`pictures`] draws; [`factorial`] takes apart what treatments do. What a command of many configurations needs beside these is its own
//! list of configurations: [`work::work`] takes any.
//!
//! All configurations have the same seed, so that they face the same random numbers: differences between them are those
//! of the configurations. Everything that is kept follows from the experiment alone, whoever has run which part of it
//! when.

pub mod cluster;
pub mod cost;
pub mod design;
pub mod document;
pub mod evaluate;
pub mod export;
pub mod factorial;
pub mod labels;
pub mod latin;
pub mod levels;
pub mod pictures;
pub mod record;
pub mod report;
pub mod responses;
pub mod shard;
pub mod store;
pub mod work;
