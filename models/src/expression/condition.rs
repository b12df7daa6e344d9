//! Conditions: a measured quantity, a comparison, a bound.

use super::{ExpressionError, evaluate};
use crate::units::Measure;
use std::fmt;

/// How a measured value is compared with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `<=`
    LessEq,
    /// `>=`
    GreaterEq,
    /// `<`
    Less,
    /// `>`
    Greater,
}

impl Operator {
    /// Whether `left operator right` holds; never for NaN.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Operator::LessEq => left <= right,
            Operator::GreaterEq => left >= right,
            Operator::Less => left < right,
            Operator::Greater => left > right,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operator::LessEq => "<=",
            Operator::GreaterEq => ">=",
            Operator::Less => "<",
            Operator::Greater => ">",
        })
    }
}

/// An example for those who write no condition.
const EXAMPLE: &str = "write it as `telemetry.latency.p95 <= 250 ms`";

/// The comparison of a condition, and where it stands in the text [bytes].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Where it starts: the end of the left side.
    pub start: usize,
    /// What it is.
    pub operator: Operator,
    /// Where it ends: the start of the right side.
    pub end: usize,
}

impl Comparison {
    /// Finds the only comparison of a text.
    ///
    /// # Errors
    /// There is none, more than one, or one that means nothing between measured quantities.
    pub fn find(text: &str) -> Result<Comparison, ExpressionError> {
        let is_operator = |c: char| matches!(c, '<' | '>' | '=' | '!' | '~' | '\u{2264}' | '\u{2265}');
        let Some(start) = text.find(is_operator) else {
            return Err(ExpressionError::new("a comparison is missing", 0..text.len()).help(EXAMPLE));
        };
        let end = text[start..].find(|c: char| !is_operator(c)).map_or(text.len(), |length| start + length);
        let sign = &text[start..end];
        let operator = match sign {
            "<=" | "\u{2264}" => Operator::LessEq,
            ">=" | "\u{2265}" => Operator::GreaterEq,
            "<" => Operator::Less,
            ">" => Operator::Greater,
            _ => {
                let help = match sign {
                    "=" | "==" => "a measured quantity never equals a number exactly: bound it with `<=` or `>=`",
                    "!=" | "<>" | "~=" => "a measured quantity always differs a little: bound it with `<=` or `>=`",
                    "=<" => "write `<=`",
                    "=>" => "write `>=`",
                    _ => "the comparisons are `<=`, `>=`, `<` and `>`",
                };
                return Err(ExpressionError::new(format!("`{sign}` is no comparison here"), start..end).help(help));
            }
        };
        if let Some(second) = text[end..].find(is_operator) {
            let at = end + second;
            return Err(ExpressionError::new("there are two comparisons here", at..text.len())
                .help("write two conditions, one for each bound"));
        }
        Ok(Comparison { start, operator, end })
    }
}

/// A target such as `telemetry.latency.p95 <= 250 ms`: the path of a measured quantity, and its bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Path of the measured quantity, as written.
    pub left: String,
    /// How the two are compared.
    pub operator: Operator,
    /// The bound, in base units.
    pub right: Measure,
}

impl Condition {
    /// Parses a condition whose bound uses no parameters.
    ///
    /// # Errors
    /// A missing or unknown operator, a left side that is no path, and all that [`evaluate`] refuses on the right.
    pub fn parse(text: &str) -> Result<Condition, ExpressionError> {
        Condition::parse_with(text, &|_| None)
    }

    /// Parses a condition, with `$name` on the right looked up in `parameters`.
    ///
    /// # Errors
    /// As [`Condition::parse`].
    pub fn parse_with(text: &str, parameters: &dyn Fn(&str) -> Option<f64>) -> Result<Condition, ExpressionError> {
        let Comparison { start, operator, end } = Comparison::find(text)?;
        let left = text[..start].trim();
        if left.is_empty() {
            return Err(
                ExpressionError::new("the measured quantity is missing before the comparison", 0..end).help(EXAMPLE)
            );
        }
        if !left.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Err(ExpressionError::new(
                "the left side of a comparison is the path of a measured quantity",
                0..start,
            )
            .help(EXAMPLE));
        }
        if let Some(space) = left.find(char::is_whitespace) {
            let offset = text.len() - text.trim_start().len();
            return Err(ExpressionError::new("a path has no spaces", offset + space..start).help(EXAMPLE));
        }
        let right = evaluate(&text[end..], parameters).map_err(|mut error| {
            error.at = error.at.start + end..error.at.end + end;
            error
        })?;
        Ok(Condition { left: left.to_owned(), operator, right })
    }
}
