//! The reader on small types; see each file.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails, as it should")]

mod agree_with_ron;
mod faults;
mod mutations;
mod paths;
mod rendering;
mod syntax;
mod types;
