//! The error type of our deserializer: a mistake that may not know its place yet.

use super::diagnose::Diagnostic;
use super::tree::Node;
use super::words;
use serde::de::{Error, Expected, Unexpected};
use std::fmt;
use std::ops::Range;

/// A mistake met while a type is read from a node.
#[derive(Debug)]
pub(super) enum Fault {
    /// Already among the diagnostics, or only a consequence of one that is.
    Recorded,
    /// Complete.
    Located(Box<Diagnostic>),
    /// A message from a type's own code.
    Custom(String),
    /// Another kind of value was expected.
    InvalidType {
        /// serde's words for it.
        expected: String,
    },
    /// The right kind of value, but not a valid one.
    InvalidValue { found: String, expected: String },
    /// Too few or too many elements.
    InvalidLength { length: usize, expected: String },
    /// No field has this name.
    UnknownField { name: String, names: &'static [&'static str] },
    /// No variant has this name.
    UnknownVariant { name: String, names: &'static [&'static str] },
    /// A field without default is absent.
    MissingField(&'static str),
}

impl Fault {
    pub(super) fn located(diagnostic: Diagnostic) -> Self {
        Fault::Located(Box::new(diagnostic))
    }

    /// Gives a mistake without a place that of a node.
    pub(super) fn settle(self, node: &Node) -> Fault {
        let span = node.span.clone();
        let error = |message: String| Fault::located(Diagnostic::error(message).at(span.clone()));
        match self {
            Fault::Recorded | Fault::Located(_) => self,
            Fault::Custom(message) => Fault::located(custom(&message, span)),
            Fault::InvalidType { expected } => {
                error(format!("expected {}, found {}", words::expected(&expected), words::found(node)))
            }
            Fault::InvalidValue { found, expected } => {
                error(format!("expected {}, found {found}", words::expected(&expected)))
            }
            Fault::InvalidLength { length, expected } => {
                error(format!("expected {}, found {length} of them", words::expected(&expected)))
            }
            Fault::UnknownField { name, names } => Fault::located(unknown("field", &name, None, names, span)),
            Fault::UnknownVariant { name, names } => Fault::located(unknown("variant", &name, None, names, span)),
            Fault::MissingField(name) => error(format!("missing field `{name}`")),
        }
    }
}

/// A message of a type's own; what follows "\nhelp: " is the help.
fn custom(message: &str, span: Range<usize>) -> Diagnostic {
    match message.split_once("\nhelp: ") {
        Some((message, help)) => Diagnostic::error(message).at(span).help(help),
        None => Diagnostic::error(message).at(span),
    }
}

/// "unknown field `x` in Y", with the nearest valid names.
pub(super) fn unknown(what: &str, name: &str, owner: Option<&str>, names: &[&str], span: Range<usize>) -> Diagnostic {
    let place = owner.map_or_else(String::new, |owner| format!(" in {owner}"));
    let list = if names.is_empty() { String::new() } else { format!("expected one of: {}", words::listed(names)) };
    let help = match words::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {list}"),
        None if names.is_empty() => format!("no {what} is expected here"),
        None => list,
    };
    Diagnostic::error(format!("unknown {what} `{}`{place}", words::cut(name, 60)))
        .at(span)
        .label(format!("no such {what}"))
        .help(help)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Recorded => f.write_str("mistakes have been recorded"),
            Fault::Located(diagnostic) => diagnostic.fmt(f),
            Fault::Custom(message) => f.write_str(message),
            Fault::InvalidType { expected } => write!(f, "expected {}", words::expected(expected)),
            Fault::InvalidValue { found, expected } => {
                write!(f, "expected {}, found {found}", words::expected(expected))
            }
            Fault::InvalidLength { length, expected } => {
                write!(f, "expected {}, found {length} of them", words::expected(expected))
            }
            Fault::UnknownField { name, .. } => write!(f, "unknown field `{name}`"),
            Fault::UnknownVariant { name, .. } => write!(f, "unknown variant `{name}`"),
            Fault::MissingField(name) => write!(f, "missing field `{name}`"),
        }
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Fault::Custom(message.to_string())
    }

    fn invalid_type(_: Unexpected, expected: &dyn Expected) -> Self {
        Fault::InvalidType { expected: expected.to_string() }
    }

    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Unsigned(n) => n.to_string(),
            Unexpected::Signed(n) => n.to_string(),
            Unexpected::Float(x) => x.to_string(),
            Unexpected::Str(text) => format!("\"{}\"", words::cut(text, 40)),
            other => other.to_string(),
        };
        Fault::InvalidValue { found, expected: expected.to_string() }
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Fault::InvalidLength { length, expected: expected.to_string() }
    }

    fn unknown_variant(name: &str, names: &'static [&'static str]) -> Self {
        Fault::UnknownVariant { name: name.to_owned(), names }
    }

    fn unknown_field(name: &str, names: &'static [&'static str]) -> Self {
        Fault::UnknownField { name: name.to_owned(), names }
    }

    fn missing_field(name: &'static str) -> Self {
        Fault::MissingField(name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Fault::Custom(format!("field `{name}` is given twice"))
    }
}
