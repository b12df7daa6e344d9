//! Where in a description something stands.

use std::fmt;

/// The path of a field from the top of an experiment file, such as `system.flows.telemetry.steps[2].size`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(String);

impl Path {
    /// The path with the given text.
    pub fn new(text: impl Into<String>) -> Path {
        Path(text.into())
    }

    /// A field or entry below; names that are no plain words are quoted.
    pub fn field(&self, name: &str) -> Path {
        let plain = !name.is_empty() && !name.contains(['.', ' ', '[', ']', '"']);
        let name = if plain { name.to_string() } else { format!("{name:?}") };
        Path(if self.0.is_empty() { name } else { format!("{}.{name}", self.0) })
    }

    /// An element below.
    pub fn index(&self, index: usize) -> Path {
        Path(format!("{}[{index}]", self.0))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
