//! Replacement policies on a trace of requests: what `loadgraph cache` does.
//!
//! ```text
//!  file ──▶ trace ──▶ plan ──▶ rows ──▶ table, CSV, JSON, PNG
//!      read     sizes     run      report
//! ```
//!
//! [`read`] numbers the objects of a file in one of the [`format`]s, so that a request takes four bytes (eight with sizes)
//! and every policy finds an object by its number. [`size`] makes capacities of what was asked for; [`run`] runs each
//! policy with each of them, in parallel; [`report`] prints and stores. The policies are [`models::caching`].

pub mod format;
pub mod intern;
pub mod read;
pub mod report;
pub mod run;
pub mod size;
pub mod trace;

/// What is wrong with a trace or with what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error: {what}{}", help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default())]
pub struct Fault {
    /// What, and where.
    pub what: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Fault {
    /// Something is wrong.
    pub fn new(what: impl Into<String>) -> Fault {
        Fault { what: what.into(), help: None }
    }

    /// And this would be right.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Fault {
        Fault { help: Some(help.into()), ..self }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
