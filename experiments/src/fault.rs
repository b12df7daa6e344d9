//! Faults of files that are no experiments: traces, measurements, models; and of what was asked of them.

/// What is wrong, and what would be right.
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
