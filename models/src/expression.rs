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

use std::fmt;
use std::ops::Range;

use crate::units::{self, Dimension, Measure};

/// How deeply parentheses, signs and exponents may nest. Bounds the stack of the recursive parser.
const DEPTH: usize = 64;

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

/// An expression over named variables, parsed once and evaluated many times.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    program: Vec<Operation>,
    variables: usize,
    deepest: usize,
    dimension: Dimension,
}

/// Stack that evaluation has without allocating; deeper expressions are rare.
const SHALLOW: usize = 16;

impl Compiled {
    /// Parses `text`, in which each of `variables` stands for a bare number: `Compiled::parse("1/(1+0.5*l)", &["l"])`.
    ///
    /// A variable hides the unit of the same name.
    ///
    /// # Errors
    /// As [`evaluate`]; constant parts are evaluated, and refused, here.
    pub fn parse(text: &str, variables: &[&str]) -> Result<Compiled, ExpressionError> {
        Compiled::parse_with(text, variables, &|_| None)
    }

    /// As [`Compiled::parse`], with parameters, whose values are fixed here.
    ///
    /// # Errors
    /// As [`Compiled::parse`].
    pub fn parse_with(
        text: &str,
        variables: &[&str],
        parameters: &dyn Fn(&str) -> Option<f64>,
    ) -> Result<Compiled, ExpressionError> {
        let variables: Vec<(&str, Dimension)> = variables.iter().map(|name| (*name, Dimension::NONE)).collect();
        Compiled::parse_typed(text, &variables, parameters)
    }

    /// As [`Compiled::parse_with`], with variables that have dimensions; one whose name starts with `$` is written like a
    /// parameter.
    ///
    /// # Errors
    /// As [`Compiled::parse`].
    pub fn parse_typed(
        text: &str,
        variables: &[(&str, Dimension)],
        parameters: &dyn Fn(&str) -> Option<f64>,
    ) -> Result<Compiled, ExpressionError> {
        let (value, program) = Parser::new(text, variables, parameters).whole()?;
        let mut depth = 0_usize;
        let mut deepest = 0;
        for operation in &program {
            match operation {
                Operation::Constant(_) | Operation::Variable(_) => depth += 1,
                Operation::Binary(_) => depth -= 1,
                Operation::Unary(_) => {}
            }
            deepest = deepest.max(depth);
        }
        Ok(Compiled { program, variables: variables.len(), deepest, dimension: value.dimension })
    }

    /// Dimension of the result.
    pub fn dimension(&self) -> Dimension {
        self.dimension
    }

    /// The value where the variables, in the order given to [`Compiled::parse`], are `values`.
    ///
    /// Not finite where the expression has no finite value there; NaN for missing values.
    pub fn eval(&self, values: &[f64]) -> f64 {
        if values.len() < self.variables {
            return f64::NAN;
        }
        if self.deepest <= SHALLOW {
            self.run(values, &mut [0.0; SHALLOW])
        } else {
            self.run(values, &mut vec![0.0; self.deepest])
        }
    }

    fn run(&self, values: &[f64], stack: &mut [f64]) -> f64 {
        let mut top = 0; // one past the topmost
        for operation in &self.program {
            match *operation {
                Operation::Constant(value) => {
                    stack[top] = value;
                    top += 1;
                }
                Operation::Variable(index) => {
                    stack[top] = values[index];
                    top += 1;
                }
                Operation::Unary(unary) => stack[top - 1] = unary.apply(stack[top - 1]),
                Operation::Binary(binary) => {
                    top -= 1;
                    stack[top - 1] = binary.apply(stack[top - 1], stack[top]);
                }
            }
        }
        stack[0]
    }
}

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
        const EXAMPLE: &str = "write it as `telemetry.latency.p95 <= 250 ms`";
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
        if let Some(second) = text[end..].find(is_operator) {
            let at = end + second;
            return Err(ExpressionError::new("there are two comparisons here", at..text.len())
                .help("write two conditions, one for each bound"));
        }
        let right = evaluate(&text[end..], parameters).map_err(|mut error| {
            error.at = error.at.start + end..error.at.end + end;
            error
        })?;
        Ok(Condition { left: left.to_owned(), operator, right })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Constant(f64),
    Variable(usize),
    Unary(Unary),
    Binary(Binary),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unary {
    Negate,
    Sqrt,
    Exp,
    Ln,
    Log2,
    Log10,
    Floor,
    Ceil,
    Round,
    Abs,
}

impl Unary {
    /// Transcendental functions come from `libm`, so that results are the same on all platforms.
    fn apply(self, x: f64) -> f64 {
        match self {
            Unary::Negate => -x,
            Unary::Sqrt => x.sqrt(),
            Unary::Exp => libm::exp(x),
            Unary::Ln => libm::log(x),
            Unary::Log2 => libm::log2(x),
            Unary::Log10 => libm::log10(x),
            Unary::Floor => x.floor(),
            Unary::Ceil => x.ceil(),
            Unary::Round => x.round(),
            Unary::Abs => x.abs(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Min,
    Max,
}

impl Binary {
    fn apply(self, x: f64, y: f64) -> f64 {
        match self {
            Binary::Add => x + y,
            Binary::Subtract => x - y,
            Binary::Multiply => x * y,
            Binary::Divide => x / y,
            Binary::Power => libm::pow(x, y),
            Binary::Min => x.min(y),
            Binary::Max => x.max(y),
        }
    }
}

/// Functions by name. `min` and `max` take two or more arguments, the others one.
const FUNCTIONS: &[(&str, Function)] = &[
    ("min", Function::Fold(Binary::Min)),
    ("max", Function::Fold(Binary::Max)),
    ("sqrt", Function::One(Unary::Sqrt)),
    ("exp", Function::One(Unary::Exp)),
    ("ln", Function::One(Unary::Ln)),
    ("log2", Function::One(Unary::Log2)),
    ("log10", Function::One(Unary::Log10)),
    ("floor", Function::One(Unary::Floor)),
    ("ceil", Function::One(Unary::Ceil)),
    ("round", Function::One(Unary::Round)),
    ("abs", Function::One(Unary::Abs)),
];

#[derive(Clone, Copy)]
enum Function {
    Fold(Binary),
    One(Unary),
}

/// A part that has been parsed: its value where no variable is in it, and where its operations begin.
#[derive(Clone, Debug)]
struct Part {
    known: Option<f64>,
    dimension: Dimension,
    at: Range<usize>,
    begins: usize,
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
    variables: &'a [(&'a str, Dimension)],
    parameters: &'a dyn Fn(&str) -> Option<f64>,
    program: Vec<Operation>,
}

type Parsed = Result<Part, ExpressionError>;

impl<'a> Parser<'a> {
    fn new(
        text: &'a str,
        variables: &'a [(&'a str, Dimension)],
        parameters: &'a dyn Fn(&str) -> Option<f64>,
    ) -> Parser<'a> {
        Parser { text, position: 0, depth: 0, variables, parameters, program: Vec::new() }
    }

    fn whole(mut self) -> Result<(Part, Vec<Operation>), ExpressionError> {
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

    fn variable(&mut self, index: usize, at: Range<usize>) -> Part {
        let begins = self.program.len();
        self.program.push(Operation::Variable(index));
        Part { known: None, dimension: self.variables[index].1, at, begins }
    }

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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parameters(name: &str) -> Option<f64> {
        match name {
            "load" => Some(2.0),
            "x" => Some(0.5),
            "batch.n" => Some(4.0),
            _ => None,
        }
    }

    fn value(text: &str) -> Measure {
        evaluate(text, &parameters).unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    fn error(text: &str) -> ExpressionError {
        match evaluate(text, &parameters) {
            Ok(measure) => panic!("{text} is {measure:?}"),
            Err(error) => error,
        }
    }

    #[test]
    fn quantities_are_read_as_people_write_them() {
        let cases = [
            ("2 ms", 0.002, Dimension::TIME),
            ("20 Mbit/s", 20e6, Dimension::DATA_RATE),
            ("20Mbps", 20e6, Dimension::DATA_RATE),
            ("256 B", 2048.0, Dimension::DATA),
            ("4 KiB", 32768.0, Dimension::DATA),
            ("1.5 GHz", 1.5e9, Dimension::FREQUENCY),
            ("2 Mcycle", 2e6, Dimension::CYCLES),
            ("3 J", 3.0, Dimension::ENERGY),
            ("12 mW", 0.012, Dimension::POWER),
            ("80 /s", 80.0, Dimension::RATE),
            ("100 req/s", 100.0, Dimension::RATE),
            ("60 /min", 1.0, Dimension::RATE),
            ("$load * 80 /s", 160.0, Dimension::RATE),
            ("$batch.n * 1 ms", 0.004, Dimension::TIME),
            ("1/1.9", 1.0 / 1.9, Dimension::NONE),
            ("2400 mAh * 3.7 V", 31968.0, Dimension::ENERGY),
            ("24 nJ/bit", 24e-9, Dimension::ENERGY_PER_DATA),
            ("50 %", 0.5, Dimension::NONE),
            ("16_000 MIPS", 16e9, Dimension::FREQUENCY),
            ("min(2 ms, $x * 1 s)", 0.002, Dimension::TIME),
            ("max(1, 2, 7, 3)", 7.0, Dimension::NONE),
            ("10 min", 600.0, Dimension::TIME),
            ("min(10 min, 1 h)", 600.0, Dimension::TIME),
            ("8 h", 28800.0, Dimension::TIME),
            ("1.5e3 us", 0.0015, Dimension::TIME),
            ("2 \u{b5}s", 2e-6, Dimension::TIME),
            ("2 \u{3bc}s", 2e-6, Dimension::TIME),
            ("2 ms + 1 s", 1.002, Dimension::TIME),
            ("-2^2", -4.0, Dimension::NONE),
            ("2^-1", 0.5, Dimension::NONE),
            ("2^3^2", 512.0, Dimension::NONE),
            ("8/4/2", 1.0, Dimension::NONE),
            ("(1 + 2) ms", 0.003, Dimension::TIME),
            ("sqrt(4 s^2)", 2.0, Dimension::TIME),
            ("1 Wh / 1 h", 1.0, Dimension::POWER),
            ("5 W * 2 s", 10.0, Dimension::ENERGY),
            ("1/2 s", 0.5, Dimension::RATE),
            ("round(2.6) * 1 s", 3.0, Dimension::TIME),
            ("2 kcycle / 1 kHz", 2.0, Dimension::TIME),
            (".5", 0.5, Dimension::NONE),
        ];
        for (text, expected, dimension) in cases {
            let measure = value(text);
            assert_eq!(measure.dimension, dimension, "{text}");
            assert!((measure.value - expected).abs() <= 1e-12 * expected.abs(), "{text}: {}", measure.value);
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error_at_its_place() {
        let cases = [
            ("2 ms + 1", 0..8, "cannot add a bare number to a time"),
            ("2 ms + 1 J", 0..10, "cannot add an energy to a time"),
            ("1/0", 2..3, "division by zero"),
            ("3 / (2 - 2)", 4..11, "division by zero"),
            ("1e300 * 1e300", 0..13, "this is not finite"),
            ("sqrt(-1)", 0..8, "this is not a number"),
            ("ln(0)", 0..5, "this is not finite"),
            ("2 mss", 2..5, "unknown unit `mss`"),
            ("$y", 0..2, "there is no parameter `$y` here"),
            ("2 + ", 4..4, "a number is missing at the end"),
            ("", 0..0, "a number is missing at the end"),
            ("(2", 0..1, "this `(` is not closed"),
            ("2)", 1..2, "this `)` closes nothing"),
            ("2 3", 2..3, "an operator is missing here"),
            ("2 ms ms", 5..7, "an operator is missing here"),
            ("1.2.3", 0..4, "this number has two decimal points"),
            ("sqrt", 0..4, "`sqrt` is a function: its arguments in parentheses are missing"),
            ("sin(1)", 0..3, "there is no function `sin`"),
            ("2 ; 3", 2..3, "`;` has no meaning here"),
            ("exp(1 s)", 0..8, "this function takes a bare number, found a time"),
            ("2^(1 s)", 2..7, "an exponent is a bare number"),
        ];
        for (text, at, message) in cases {
            let error = error(text);
            assert_eq!(error.message, message, "{text}");
            assert!(at.contains(&error.at.start) || at == error.at, "{text}: {:?}", error.at);
        }
    }

    #[test]
    fn an_unknown_unit_is_answered_with_the_nearest() {
        let near = |text: &str| error(text).help.unwrap_or_default();
        assert!(near("20 mbit/s").starts_with("did you mean `Mbit`?"));
        assert!(near("3 sec").starts_with("did you mean `s`? Units of time: ns, us"));
        assert!(near("3 Mcycles").starts_with("did you mean `Mcycle`?"));
        assert!(near("3 kb").starts_with("did you mean `kB`?"));
        assert!(near("3 parsecs").starts_with("units are, for example"));
    }

    #[test]
    fn deep_nesting_is_refused_without_overflowing_the_stack() {
        for text in ["(".repeat(10_000), "-".repeat(10_000), "2^".repeat(10_000), "abs(".repeat(10_000)] {
            assert!(error(&text).message.contains("nests deeper"), "{}", &text[..4]);
        }
        assert_eq!(value(&format!("1{}", " + 1".repeat(10_000))).value, 10_001.0);
    }

    #[test]
    fn a_compiled_expression_agrees_with_its_formula() {
        let law = Compiled::parse("1/(1+0.5*l)", &["l"]).unwrap();
        for load in [0.0, 0.3, 1.0] {
            assert_eq!(law.eval(&[load]), 1.0 / (1.0 + 0.5 * load));
        }
        let law = Compiled::parse_with("$x * 2 * exp(-a) + max(a, b, 3)", &["a", "b"], &parameters).unwrap();
        assert_eq!(law.eval(&[0.0, 5.0]), 6.0);
        assert!(law.eval(&[]).is_nan());
        assert_eq!(Compiled::parse("2 ms * l", &["l"]).unwrap().dimension(), Dimension::TIME);
        assert_eq!(Compiled::parse("1 + 2 * 3", &[]).unwrap().program, [Operation::Constant(7.0)]);
        assert!(Compiled::parse("1 ms + l", &["l"]).is_err());
        assert!(Compiled::parse("1 + u", &["l"]).unwrap_err().help.unwrap().contains("the variables here are l"));
        let deep = format!("{}l{}", "l + (".repeat(40), ")".repeat(40));
        assert_eq!(Compiled::parse(&deep, &["l"]).unwrap().eval(&[1.0]), 41.0);
    }

    #[test]
    fn conditions_have_a_path_an_operator_and_a_bound() {
        let condition = Condition::parse("telemetry.latency.p95 <= 250 ms").unwrap();
        assert_eq!(condition.left, "telemetry.latency.p95");
        assert_eq!(condition.operator, Operator::LessEq);
        assert_eq!(condition.right, Measure { value: 0.25, dimension: Dimension::TIME });
        assert!(condition.operator.holds(0.25, condition.right.value));
        assert_eq!(Condition::parse("a>3").unwrap().operator, Operator::Greater);

        let wrong = |text: &str| Condition::parse(text).unwrap_err();
        assert!(wrong("a == 3").help.unwrap().contains("never equals"));
        assert_eq!(wrong("a = 3").at, 2..3);
        assert_eq!(wrong("a => 3").help.unwrap(), "write `>=`");
        assert!(wrong("a").message.contains("missing"));
        assert!(wrong("<= 3").message.contains("missing"));
        assert!(wrong("3 <= a").message.contains("left side"));
        assert!(wrong("a b <= 3").message.contains("no spaces"));
        assert!(wrong("a < b < 3").message.contains("two comparisons"));
        assert_eq!(wrong("a <= 3 mss").at, 7..10);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[-+*/^()$%.,0-9a-zµ _<>=]{0,40}") {
            let _ = evaluate(&text, &parameters);
            let _ = Compiled::parse(&text, &["l", "a"]).map(|law| law.eval(&[0.5, 2.0]));
            let _ = Condition::parse(&text);
        }

        #[test]
        fn formatted_values_read_back(value in 1e-6_f64..1e6) {
            for dimension in [Dimension::TIME, Dimension::DATA, Dimension::DATA_RATE, Dimension::RATE, Dimension::ENERGY] {
                let text = crate::units::format(value, dimension);
                let back = evaluate(&text, &|_| None).unwrap();
                prop_assert_eq!(back.dimension, dimension);
                prop_assert!((back.value - value).abs() <= 6e-4 * value, "{} is {}", text, back.value);
            }
        }
    }
}
