//! Numbers as people write them: arithmetic with units, parameters and a few functions.
//!
//! ```text
//! sum      = product { ("+" | "-") product }
//! product  = factor { ("*" | "/") factor }
//! factor   = { "-" | "+" } power
//! power    = amount [ "^" factor ]
//! amount   = primary [ unit [ "^" factor ] ]          20 Mbit, $x ms, (1 + 2) s
//! primary  = number | unit | "$" name { "." name } | "(" sum ")" | function "(" sum { "," sum } ")"
//! ```
//!
//! A number and the unit behind it belong together more closely than anything else: `1/2 s` is `1 / (2 s)`,
//! and `20 Mbit/s` is `(20 Mbit) / s`. Dimensions are followed throughout; what does not fit is an error at its
//! place in the text. The same parser serves constants ([`evaluate`]), laws that are evaluated millions of times
//! ([`Compiled`]) and objectives ([`Condition`]).

mod compiled;
mod condition;
mod operations;
mod parser;
#[cfg(test)]
mod tests;

pub use compiled::Compiled;
pub use condition::{Comparison, Condition, Operator};

use crate::units::Measure;
use parser::Parser;
use std::ops::Range;

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// What is wrong.
    pub message: String,
    /// Which bytes of the text it is about.
    pub at: Range<usize>,
    /// What would be right, where that can be guessed.
    pub help: Option<String>,
}

impl ExpressionError {
    fn new(message: impl Into<String>, at: Range<usize>) -> ExpressionError {
        ExpressionError { message: message.into(), at, help: None }
    }

    fn help(mut self, help: impl Into<String>) -> ExpressionError {
        self.help = Some(help.into());
        self
    }
}

/// The value of `text`, in base units, with `$name` looked up in `parameters` (bare numbers).
///
/// # Errors
/// Syntax, unknown names, unlike dimensions, division by zero, and results that are no finite number.
pub fn evaluate(text: &str, parameters: &dyn Fn(&str) -> Option<f64>) -> Result<Measure, ExpressionError> {
    let (value, _) = Parser::new(text, &[], parameters).whole()?;
    match value.known {
        Some(known) => Ok(Measure { value: known, dimension: value.dimension }),
        // Without variables every part is known: this is for the type only.
        None => Err(ExpressionError::new("this has no value", value.at)),
    }
}
