//! The parser: recursive descent, with dimensions followed throughout and mistakes at their place.

use super::ExpressionError;
use super::operations::{Binary, FUNCTIONS, Function, Operation, Unary};
use crate::units::{self, Dimension};
use std::ops::Range;

/// How deeply parentheses, signs and exponents may nest. Bounds the stack of the recursive parser.
const DEPTH: usize = 64;

/// A part that has been parsed: its value where no variable is in it, and where its operations begin.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) known: Option<f64>,
    pub(super) dimension: Dimension,
    pub(super) at: Range<usize>,
    begins: usize,
}

pub(super) struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
    variables: &'a [(&'a str, Dimension)],
    parameters: &'a dyn Fn(&str) -> Option<f64>,
    program: Vec<Operation>,
}

pub(super) type Parsed = Result<Part, ExpressionError>;

impl<'a> Parser<'a> {
    pub(super) fn new(
        text: &'a str,
        variables: &'a [(&'a str, Dimension)],
        parameters: &'a dyn Fn(&str) -> Option<f64>,
    ) -> Parser<'a> {
        Parser { text, position: 0, depth: 0, variables, parameters, program: Vec::new() }
    }

    pub(super) fn whole(mut self) -> Result<(Part, Vec<Operation>), ExpressionError> {
        let value = self.sum()?;
        match self.peek() {
            None => Ok((value, self.program)),
            Some(')') => Err(ExpressionError::new("this `)` closes nothing", self.here())),
            Some(c) if starts_primary(c) => Err(ExpressionError::new("an operator is missing here", self.here())
                .help("write `*`, `/`, `+` or `-` between the two")),
            Some(c) => Err(ExpressionError::new(format!("`{c}` has no meaning here"), self.here())),
        }
    }

    // Text.

    /// The next character that is not a space.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.position..];
        self.position += rest.len() - rest.trim_start().len();
        self.text[self.position..].chars().next()
    }

    /// The place of the next character.
    fn here(&self) -> Range<usize> {
        let length = self.text[self.position..].chars().next().map_or(0, char::len_utf8);
        self.position..self.position + length
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.position += wanted.len_utf8();
        }
        found
    }

    /// The length of the word or percent sign at the position.
    fn word(&self) -> &'a str {
        let rest = &self.text[self.position..];
        if rest.starts_with('%') {
            return &rest[..1];
        }
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        &rest[..length]
    }

    fn deeper(&mut self) -> Result<(), ExpressionError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(ExpressionError::new(format!("this nests deeper than {DEPTH} levels"), self.here()));
        }
        Ok(())
    }

    // Grammar.

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            let binary = match self.peek() {
                Some('+') => Binary::Add,
                Some('-') => Binary::Subtract,
                _ => return Ok(left),
            };
            self.position += 1;
            let right = self.product()?;
            left = self.binary(binary, left, right)?;
        }
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.factor()?;
        loop {
            let binary = match self.peek() {
                Some('*') => Binary::Multiply,
                Some('/') => Binary::Divide,
                _ => return Ok(left),
            };
            self.position += 1;
            let right = self.factor()?;
            left = self.binary(binary, left, right)?;
        }
    }

    fn factor(&mut self) -> Parsed {
        match self.peek() {
            Some(sign @ ('-' | '+')) => {
                let start = self.position;
                self.deeper()?;
                self.position += 1;
                let mut operand = self.factor()?;
                self.depth -= 1;
                operand.at.start = start;
                if sign == '-' { self.unary(Unary::Negate, operand) } else { Ok(operand) }
            }
            _ => self.amount(),
        }
    }

    fn amount(&mut self) -> Parsed {
        let lone_unit = matches!(self.peek(), Some(c) if starts_word(c));
        let primary = self.primary()?;
        let unit_follows = !lone_unit && matches!(self.peek(), Some(c) if starts_word(c));
        if !unit_follows {
            return self.raised(primary);
        }
        let start = self.position;
        let word = self.word();
        let unit = self.named(word, start)?;
        let unit = self.raised(unit)?;
        self.binary(Binary::Multiply, primary, unit)
    }

    fn raised(&mut self, base: Part) -> Parsed {
        if !self.take('^') {
            return Ok(base);
        }
        self.deeper()?;
        let exponent = self.factor()?;
        self.depth -= 1;
        self.binary(Binary::Power, base, exponent)
    }

    fn primary(&mut self) -> Parsed {
        match self.peek() {
            None => Err(ExpressionError::new("a number is missing at the end", self.position..self.position)
                .help("write a number with its unit, such as `2 ms`")),
            Some('(') => {
                let start = self.position;
                self.deeper()?;
                self.position += 1;
                let mut inner = self.sum()?;
                self.close(start)?;
                self.depth -= 1;
                inner.at = start..self.position;
                Ok(inner)
            }
            Some('$') => self.parameter(),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if starts_word(c) => {
                let start = self.position;
                let word = self.word();
                let is_variable = self.variables.iter().any(|(name, _)| *name == word);
                let function = FUNCTIONS.iter().find(|function| function.0 == word);
                if let (Some(&(_, function)), false) = (function, is_variable) {
                    let opens = self.text[start + word.len()..].trim_start().starts_with('(');
                    if opens {
                        self.position += word.len();
                        return self.call(word, function, start);
                    }
                }
                self.named(word, start)
            }
            Some(c) => Err(ExpressionError::new(format!("expected a number, found `{c}`"), self.here())),
        }
    }

    fn close(&mut self, opened: usize) -> Result<(), ExpressionError> {
        if self.take(')') {
            return Ok(());
        }
        match self.peek() {
            None => Err(ExpressionError::new("this `(` is not closed", opened..opened + 1)),
            Some(c) if starts_primary(c) => Err(ExpressionError::new("an operator is missing here", self.here())),
            Some(c) => Err(ExpressionError::new(format!("expected `)`, found `{c}`"), self.here())),
        }
    }

    fn call(&mut self, name: &str, function: Function, start: usize) -> Parsed {
        self.peek();
        let opened = self.position;
        self.deeper()?;
        self.position += 1;
        let mut result = self.sum()?;
        let mut arguments = 1;
        while self.take(',') {
            let next = self.sum()?;
            arguments += 1;
            match function {
                Function::Fold(binary) => result = self.binary(binary, result, next)?,
                Function::One(_) => {
                    return Err(ExpressionError::new(format!("`{name}` takes one argument"), next.at));
                }
            }
        }
        self.close(opened)?;
        self.depth -= 1;
        let at = start..self.position;
        match function {
            Function::Fold(_) if arguments < 2 => {
                Err(ExpressionError::new(format!("`{name}` takes two or more arguments"), at)
                    .help(format!("write `{name}(2 ms, 1 s)`; a number of minutes is written without parentheses")))
            }
            Function::Fold(_) => {
                result.at = at;
                Ok(result)
            }
            Function::One(unary) => {
                result.at = at;
                self.unary(unary, result)
            }
        }
    }

    fn number(&mut self) -> Parsed {
        let start = self.position;
        let bytes = self.text.as_bytes();
        let mut end = start;
        let digits = |mut end: usize| {
            while bytes.get(end).is_some_and(|b| b.is_ascii_digit() || *b == b'_') {
                end += 1;
            }
            end
        };
        end = digits(end);
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                end = digits(end + 1 + sign);
            }
        }
        let at = start..end;
        let written = self.text[at.clone()].replace('_', "");
        if bytes.get(end) == Some(&b'.') {
            return Err(ExpressionError::new("this number has two decimal points", start..end + 1));
        }
        match written.parse::<f64>() {
            Ok(value) if value.is_finite() => {
                self.position = end;
                Ok(self.constant(value, Dimension::NONE, at))
            }
            Ok(_) => Err(ExpressionError::new("this number is too large", at)),
            Err(_) => Err(ExpressionError::new(format!("`{}` is not a number", &self.text[at.clone()]), at)),
        }
    }

    fn parameter(&mut self) -> Parsed {
        let start = self.position;
        self.position += 1;
        let rest = &self.text[self.position..];
        let mut length = 0;
        loop {
            let tail = &rest[length..];
            let word = tail.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(tail.len());
            length += word;
            let dotted = word > 0 && rest[length..].starts_with('.');
            let continues = rest[length..].chars().nth(1).is_some_and(|c| c.is_alphanumeric() || c == '_');
            if !(dotted && continues) {
                break;
            }
            length += 1;
        }
        let name = &rest[..length];
        self.position += length;
        let at = start..self.position;
        if name.is_empty() {
            return Err(ExpressionError::new("a parameter's name is missing after `$`", at));
        }
        if let Some(index) = self.variables.iter().position(|(own, _)| own.strip_prefix('$') == Some(name)) {
            return Ok(self.variable(index, at));
        }
        match (self.parameters)(name) {
            Some(value) if value.is_finite() => Ok(self.constant(value, Dimension::NONE, at)),
            Some(value) => Err(ExpressionError::new(format!("`${name}` is {value}, not a finite number"), at)),
            None => Err(ExpressionError::new(format!("there is no parameter `${name}` here"), at)),
        }
    }

    fn variable(&mut self, index: usize, at: Range<usize>) -> Part {
        let begins = self.program.len();
        self.program.push(Operation::Variable(index));
        Part { known: None, dimension: self.variables[index].1, at, begins }
    }

    /// A variable or a unit.
    fn named(&mut self, word: &str, start: usize) -> Parsed {
        let at = start..start + word.len();
        if let Some(index) = self.variables.iter().position(|(name, _)| *name == word) {
            self.position = at.end;
            return Ok(self.variable(index, at));
        }
        if let Some(unit) = units::unit(word) {
            self.position = at.end;
            return Ok(self.constant(unit.value, unit.dimension, at));
        }
        if FUNCTIONS.iter().any(|function| function.0 == word) {
            return Err(ExpressionError::new(
                format!("`{word}` is a function: its arguments in parentheses are missing"),
                at,
            ));
        }
        let called = self.text[at.end..].trim_start().starts_with('(');
        if called {
            let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.0).collect();
            return Err(ExpressionError::new(format!("there is no function `{word}`"), at)
                .help(format!("the functions are {}", names.join(", "))));
        }
        let error = ExpressionError::new(format!("unknown unit `{word}`"), at);
        if !self.variables.is_empty() {
            let names: Vec<&str> = self.variables.iter().map(|(name, _)| *name).collect();
            return Err(error.help(format!("the variables here are {}; parameters start with `$`", names.join(", "))));
        }
        Err(match units::nearest_unit(word) {
            Some(near) => {
                let dimension = units::unit(near).map_or(Dimension::NONE, |unit| unit.dimension);
                let alike: Vec<&str> = units::units_of(dimension).collect();
                error.help(format!("did you mean `{near}`? Units of {}: {}", bare(dimension), alike.join(", ")))
            }
            None => error.help(
                "units are, for example, ms, s, min, h; bit, B, kB, KiB; Mbit/s; cycle, MHz; J, Wh, mW; mAh, V; %. \
                 Parameters start with `$`",
            ),
        })
    }

    // Meaning.

    fn constant(&mut self, value: f64, dimension: Dimension, at: Range<usize>) -> Part {
        let begins = self.program.len();
        self.program.push(Operation::Constant(value));
        Part { known: Some(value), dimension, at, begins }
    }

    fn unary(&mut self, unary: Unary, operand: Part) -> Parsed {
        let dimension = match unary {
            Unary::Negate | Unary::Abs => operand.dimension,
            Unary::Sqrt => operand.dimension.root().ok_or_else(|| {
                ExpressionError::new(format!("{} has no square root", operand.dimension.name()), operand.at.clone())
            })?,
            _ if operand.dimension == Dimension::NONE => Dimension::NONE,
            _ => {
                return Err(ExpressionError::new(
                    format!("this function takes a bare number, found {}", operand.dimension.name()),
                    operand.at,
                )
                .help("divide by a unit first, as in `round($x * 1 s / 1 ms)`"));
            }
        };
        let known = operand.known.map(|x| unary.apply(x));
        self.emit(Operation::Unary(unary), known, Part { dimension, ..operand })
    }

    fn binary(&mut self, binary: Binary, left: Part, right: Part) -> Parsed {
        let at = left.at.start..right.at.end;
        let too_high = || ExpressionError::new("the exponent of a unit is out of range", at.clone());
        let dimension = match binary {
            Binary::Add | Binary::Subtract | Binary::Min | Binary::Max => {
                if left.dimension != right.dimension {
                    return Err(unlike(binary, &left, &right, at));
                }
                left.dimension
            }
            Binary::Multiply => left.dimension.times(right.dimension).ok_or_else(too_high)?,
            Binary::Divide => left.dimension.over(right.dimension).ok_or_else(too_high)?,
            Binary::Power => {
                if right.dimension != Dimension::NONE {
                    return Err(ExpressionError::new("an exponent is a bare number", right.at));
                }
                if left.dimension == Dimension::NONE {
                    Dimension::NONE
                } else {
                    let whole = right.known.filter(|x| x.fract() == 0.0 && x.abs() <= 100.0);
                    // Whole and at most 100 in magnitude: the conversion is exact.
                    let whole = whole.map(|x| x as i8).ok_or_else(|| {
                        ExpressionError::new(
                            format!("{} can only be raised to a small whole number", left.dimension.name()),
                            right.at.clone(),
                        )
                    })?;
                    left.dimension.to_power(whole).ok_or_else(too_high)?
                }
            }
        };
        if binary == Binary::Divide && right.known == Some(0.0) {
            return Err(ExpressionError::new("division by zero", right.at));
        }
        let known = left.known.zip(right.known).map(|(x, y)| binary.apply(x, y));
        self.emit(Operation::Binary(binary), known, Part { known, dimension, at, begins: left.begins })
    }

    /// Appends an operation, or replaces it and its operands by their value where that is known.
    fn emit(&mut self, operation: Operation, known: Option<f64>, part: Part) -> Parsed {
        match known {
            Some(value) if value.is_finite() => {
                self.program.truncate(part.begins);
                self.program.push(Operation::Constant(value));
            }
            Some(value) => {
                let message = if value.is_nan() { "this is not a number" } else { "this is not finite" };
                return Err(ExpressionError::new(message, part.at));
            }
            None => self.program.push(operation),
        }
        Ok(Part { known, ..part })
    }
}

fn unlike(binary: Binary, left: &Part, right: &Part, at: Range<usize>) -> ExpressionError {
    let (first, second) = (left.dimension.name(), right.dimension.name());
    let message = match binary {
        Binary::Add => format!("cannot add {second} to {first}"),
        Binary::Subtract => format!("cannot subtract {second} from {first}"),
        _ => format!("cannot compare {first} with {second}"),
    };
    let error = ExpressionError::new(message, at);
    if left.dimension == Dimension::NONE || right.dimension == Dimension::NONE {
        return error.help("give the bare number a unit too");
    }
    error
}

/// The name without its article.
fn bare(dimension: Dimension) -> String {
    let name = dimension.name();
    name.split_once(' ').map_or(name.clone(), |(_, rest)| rest.to_owned())
}

fn starts_word(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '%'
}

fn starts_primary(c: char) -> bool {
    starts_word(c) || c.is_ascii_digit() || matches!(c, '(' | '$' | '.')
}
