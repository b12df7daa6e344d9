//! Expressions that are parsed once and evaluated millions of times.

use super::ExpressionError;
use super::operations::Operation;
use super::parser::Parser;
use crate::units::Dimension;

/// An expression over named variables, parsed once and evaluated many times.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    pub(super) program: Vec<Operation>,
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
