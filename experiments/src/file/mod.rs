//! Experiment files: reading them with places, and saying what is wrong with them.
//!
//! ```text
//! Source --parse--> Tree --read--> serde types
//!                    |  \--locate--> byte range of a path       --render--> what the user sees
//!                    \-----set-----> Source with another value
//! ```
//!
//! The files are RON. They are read by a reader of our own because the `ron` crate keeps no places, stops at the first
//! mistake, and cannot tell a string from a variant in one field. Everything that `ron` reads is read alike, with
//! these additions:
//!
//! - leading arguments without a name fill the fields of a struct or struct variant in the order of declaration:
//!   `Delay("2 ms", label: "think")` (such a struct must not have field aliases, which serde lists among the names);
//! - `x` stands for `Some(x)`, `Device(count: 2)` for `Device((count: 2))`, `Lru` and `Lru()` for each other;
//! - a range `1..=8` is a variant `Range(start: 1, end: 8, inclusive: true)`.
//!
//! What a file *means* (components, flows, units) does not live here but in the types that are read.

mod access;
mod deserialize;
mod diagnose;
mod fault;
mod lex;
mod locate;
mod path;
mod placeholder;
mod raw;
mod reader;
mod resolve;
mod session;
mod source;
mod splice;
mod syntax;
mod tree;
mod words;

#[cfg(test)]
mod tests;

pub use deserialize::read;
pub use diagnose::{Diagnostic, Diagnostics, Severity, line_and_column, render};
pub use locate::Located;
pub use path::{FieldPath, Segment};
pub use raw::Raw;
pub use resolve::resolve;
pub use source::{MAX_BYTES, Source};
pub use splice::set;
pub use syntax::{MAX_DEPTH, parse, parse_fragment};
pub use tree::{Field, Group, Kind, Name, Node, Tree};
pub use words::nearest;
