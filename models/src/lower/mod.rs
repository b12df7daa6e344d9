//! From what a file says ([`crate::spec`]) to what runs ([`crate::system`]).
//!
//! Lowering evaluates every number, resolves every name and compiles every flow. It does not stop at a mistake: each is
//! noted as a [`Problem`] with the path of the field, and a harmless value takes its place, so that all mistakes of a
//! file are reported together.

mod arrivals;
mod component;
mod dependent;
mod distribution;
mod flow;
mod memory_costs;
mod owned;
mod pace;
mod passive;
mod path;
mod scheduling;
mod system;
mod transmit;

pub use dependent::BatchNumbers;
pub use flow::{Compiler, LabelledStep};
pub use memory_costs::default_factor;
pub use owned::{OwnedFlow, Steps};
pub use pace::check_pace;
pub use passive::{Payment, Shared};
pub use path::Path;
pub use system::{Lowered, lower};
pub(crate) use transmit::Sending;

use crate::expression::evaluate;
use crate::spec::{Named, Scalar};
use crate::units::{Dimension, expect};
use sim_core::time::Clock;
use std::cell::{Cell, RefCell};

/// A mistake in a description, with the path of the field.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where.
    pub path: Path,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Whether it is only a warning.
    pub warning: bool,
}

/// What reads the values of a trace file, by its name and the column.
pub type Traces<'a> = &'a dyn Fn(&str, usize) -> Result<Vec<f64>, String>;

/// The state of lowering: parameters, the clock, and the mistakes so far.
pub struct Lower<'a> {
    parameters: &'a Named<f64>,
    clock: Clock,
    /// Values of trace files by "file" and column.
    traces: Traces<'a>,
    problems: RefCell<Vec<Problem>>,
    /// The batch whose body is compiled.
    batch: Cell<Option<BatchNumbers>>,
    /// Names of the flows.
    flows: RefCell<Vec<String>>,
}

impl<'a> Lower<'a> {
    /// A new state.
    pub fn new(parameters: &'a Named<f64>, clock: Clock, traces: Traces<'a>) -> Lower<'a> {
        Lower {
            parameters,
            clock,
            traces,
            problems: RefCell::new(Vec::new()),
            batch: Cell::new(None),
            flows: RefCell::new(Vec::new()),
        }
    }

    /// The clock that turns seconds into ticks.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The mistakes so far, which are taken out.
    pub fn take_problems(&self) -> Vec<Problem> {
        std::mem::take(&mut self.problems.borrow_mut())
    }

    /// Notes a mistake.
    pub fn problem(&self, path: &Path, message: impl Into<String>) {
        self.note(path, message.into(), None, false);
    }

    /// Notes a mistake with what would be right.
    pub fn problem_with_help(&self, path: &Path, message: impl Into<String>, help: impl Into<String>) {
        self.note(path, message.into(), Some(help.into()), false);
    }

    /// Notes something doubtful.
    pub fn warning(&self, path: &Path, message: impl Into<String>, help: impl Into<String>) {
        self.note(path, message.into(), Some(help.into()), true);
    }

    fn note(&self, path: &Path, message: String, help: Option<String>, warning: bool) {
        let problem = Problem { path: path.clone(), message, help, warning };
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// The value of `scalar` in base units; a bare number is taken to be in them (bytes for a size).
    pub fn number(&self, at: &Path, scalar: &Scalar, dimension: Dimension) -> f64 {
        self.try_number(at, scalar, dimension).unwrap_or(f64::NAN)
    }

    fn try_number(&self, at: &Path, scalar: &Scalar, dimension: Dimension) -> Option<f64> {
        let bare = |value: f64| if dimension == Dimension::DATA { value * 8.0 } else { value };
        let value = match scalar {
            Scalar::Number(value) => bare(*value),
            Scalar::Text(text) => match evaluate(text, &|name| self.parameters.get(name).copied()) {
                Ok(measure) if measure.dimension == Dimension::NONE => bare(measure.value),
                Ok(measure) => match expect(measure, dimension) {
                    Ok(value) => value,
                    Err(message) => {
                        self.problem(at, message);
                        return None;
                    }
                },
                Err(error) => {
                    let help = self.batch_help(text).or(error.help);
                    self.note(at, error.message, help, false);
                    return None;
                }
            },
        };
        if value.is_finite() {
            Some(value)
        } else {
            self.problem(at, "the value must be finite");
            None
        }
    }

    /// A value of one of two dimensions: the value, and whether it has the second one.
    pub fn either(&self, at: &Path, scalar: &Scalar, first: Dimension, second: Dimension) -> (f64, bool) {
        if let Scalar::Text(text) = scalar
            && let Ok(measure) = evaluate(text, &|name| self.parameters.get(name).copied())
            && measure.dimension == second
        {
            return (self.number(at, scalar, second), true);
        }
        (self.number(at, scalar, first), false)
    }

    /// A value of at least 0.
    pub fn not_negative(&self, at: &Path, scalar: &Scalar, dimension: Dimension) -> f64 {
        match self.try_number(at, scalar, dimension) {
            Some(value) if value < 0.0 => {
                self.problem_with_help(at, format!("`{scalar}` is negative"), "give 0 or more");
                0.0
            }
            Some(value) => value,
            None => 0.0,
        }
    }

    /// A value above 0.
    pub fn positive(&self, at: &Path, scalar: &Scalar, dimension: Dimension) -> f64 {
        match self.try_number(at, scalar, dimension) {
            Some(value) if value <= 0.0 => {
                self.problem_with_help(at, format!("`{scalar}` is not positive"), "give a value above 0");
                1.0
            }
            Some(value) => value,
            None => 1.0,
        }
    }

    /// A probability.
    pub fn probability(&self, at: &Path, scalar: &Scalar) -> f64 {
        match self.try_number(at, scalar, Dimension::NONE) {
            Some(value) if !(0.0..=1.0).contains(&value) => {
                self.problem_with_help(at, format!("`{scalar}` is not a probability"), "give a value from 0 to 1");
                1.0
            }
            Some(value) => value,
            None => 1.0,
        }
    }

    /// A whole number within bounds.
    pub fn whole(&self, at: &Path, scalar: &Scalar, low: u64, high: u64) -> u64 {
        match self.try_number(at, scalar, Dimension::NONE) {
            Some(value) if value.fract() != 0.0 || value < low as f64 || value > high as f64 => {
                let help = if high >= u64::MAX / 2 {
                    format!("give a whole number of at least {low}")
                } else {
                    format!("give a whole number from {low} to {high}")
                };
                self.problem_with_help(at, format!("`{scalar}` is not possible here"), help);
                low.max(1)
            }
            Some(value) => value as u64,
            None => low.max(1),
        }
    }

    /// Checks that probabilities add up to 1.
    pub fn adds_up(&self, at: &Path, probabilities: &[f64]) {
        let sum: f64 = probabilities.iter().sum();
        if probabilities.iter().all(|p| p.is_finite()) && (sum - 1.0).abs() > 1e-9 {
            self.problem_with_help(
                at,
                format!("the probabilities add up to {}", (sum * 1e9).round() / 1e9),
                "they must add up to 1",
            );
        }
    }

    /// The index of a flow by its name; `None` where there is none, which is noted.
    pub fn flow_index(&self, at: &Path, name: &str) -> Option<u16> {
        let flows = self.flows.borrow();
        let index = flows.iter().position(|flow| flow == name);
        if index.is_none() {
            self.unknown(at, "flow", name, flows.iter().map(String::as_str));
        }
        index.map(|index| index as u16)
    }

    /// The nearest of the names, for a suggestion.
    pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
        names
            .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
            .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(name.len()) / 3)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, candidate)| candidate)
    }

    /// Notes that a name is unknown, with the nearest or all of those that there are.
    pub fn unknown<'n>(&self, at: &Path, what: &str, name: &str, names: impl Iterator<Item = &'n str> + Clone) {
        let help = match Self::nearest(name, names.clone()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => {
                let list: Vec<&str> = names.take(20).collect();
                if list.is_empty() { format!("there is no {what}") } else { format!("there are: {}", list.join(", ")) }
            }
        };
        self.problem_with_help(at, format!("unknown {what} `{name}`"), help);
    }
}
