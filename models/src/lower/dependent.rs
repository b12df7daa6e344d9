//! Quantities that depend on the batch whose body asks them: `"1 ms + $batch.n * 0.1 ms"`.

use super::{Lower, Path};
use crate::expression::{Compiled, ExpressionError};
use crate::spec::{DistributionKind, Scalar};
use crate::units::Measure;
use crate::units::{Dimension, expect};
use sim_core::distributions::{Dependent, Distribution};
use std::sync::Arc;

/// What the body of a Batch can name, in the order of [`sim_core::distributions::Known`].
const VARIABLES: [(&str, Dimension); 2] = [("$batch.n", Dimension::NONE), ("$batch.size", Dimension::DATA)];

/// What is known of a batch before it runs.
#[derive(Clone, Copy, Debug)]
pub struct BatchNumbers {
    /// Items and bits of a full batch, or of one item where there is no limit.
    pub usual: [f64; 2],
    /// Whether items bring a size.
    pub sized: bool,
}

fn mentions(scalar: &Scalar) -> bool {
    matches!(scalar, Scalar::Text(text) if text.contains("$batch."))
}

impl Lower<'_> {
    /// Compiles a part of a flow in which the numbers of a batch can be named.
    pub fn within_batch<R>(&self, numbers: Option<BatchNumbers>, compile: impl FnOnce() -> R) -> R {
        let outer = self.batch.replace(numbers);
        let result = compile();
        self.batch.set(outer);
        result
    }

    /// An expression of parameters and, within a Batch, of its numbers.
    fn variable(&self, text: &str) -> Result<Compiled, ExpressionError> {
        Compiled::parse_typed(text, &VARIABLES, &|name| self.parameters.get(name).copied())
    }

    /// The dimension of a number as written.
    pub(super) fn dimension_of(&self, scalar: &Scalar) -> Option<Dimension> {
        let Scalar::Text(text) = scalar else { return None };
        self.variable(text).ok().map(|compiled| compiled.dimension())
    }

    /// What to say of a `$batch` where it cannot stand.
    pub(super) fn batch_help(&self, text: &str) -> Option<String> {
        if !text.contains("$batch.") {
            return None;
        }
        Some(match self.batch.get() {
            None => "`$batch.n` and `$batch.size` have a meaning within the steps of a Batch".to_string(),
            Some(_) => "`$batch` can stand in a plain quantity, or in the mean of an Exponential, Erlang, Gamma, \
                        Lognormal, Weibull or HyperExponential"
                .to_string(),
        })
    }

    /// A distribution whose scale depends on the batch; `None` where it does not.
    pub(super) fn dependent(&self, at: &Path, kind: &DistributionKind, dimension: Dimension) -> Option<Distribution> {
        let numbers = self.batch.get()?;
        use DistributionKind as D;
        let one = || Scalar::Number(1.0);
        let (scale, at_scale, base) = match kind {
            D::Constant { value } => (value, at.clone(), D::Constant { value: one() }),
            D::Exponential { mean } => (mean, at.field("mean"), D::Exponential { mean: one() }),
            D::Erlang { k, mean } => (mean, at.field("mean"), D::Erlang { k: k.clone(), mean: one() }),
            D::Gamma { mean, scv, shape } => {
                (mean, at.field("mean"), D::Gamma { mean: one(), scv: scv.clone(), shape: shape.clone() })
            }
            D::Lognormal { mean, scv } => (mean, at.field("mean"), D::Lognormal { mean: one(), scv: scv.clone() }),
            D::Weibull { shape, scale: None, mean: Some(mean) } => {
                (mean, at.field("mean"), D::Weibull { shape: shape.clone(), scale: None, mean: Some(one()) })
            }
            D::HyperExponential { branches: None, mean: Some(mean), scv } => {
                let base = D::HyperExponential { branches: None, mean: Some(one()), scv: scv.clone() };
                (mean, at.field("mean"), base)
            }
            _ => return None,
        };
        let Scalar::Text(text) = scale else { return None };
        if !mentions(scale) {
            return None;
        }
        if text.contains("$batch.size") && !numbers.sized {
            let help = "give the Batch a `size:`, what each item brings";
            self.problem_with_help(&at_scale, "the items of this batch have no size", help);
            return None;
        }
        let compiled = match self.variable(text) {
            Ok(compiled) => compiled,
            Err(error) => {
                self.note(&at_scale, error.message, error.help, false);
                return None;
            }
        };
        let bare = compiled.dimension() == Dimension::NONE;
        if !bare && let Err(message) = expect(Measure { value: 1.0, dimension: compiled.dimension() }, dimension) {
            self.problem(&at_scale, message);
            return None;
        }
        // Bare numbers are bytes where data is expected.
        let unit = if bare && dimension == Dimension::DATA { 8.0 } else { 1.0 };
        let value = move |known: [f64; 2]| compiled.eval(&known) * unit;
        let usual = value(numbers.usual);
        if usual.is_nan() || usual < 0.0 {
            let help = "it is 0 where the expression is negative";
            self.warning(&at_scale, format!("`{text}` is negative for a full batch"), help);
        }
        let base = self.distribution(at, &crate::spec::DistributionSpec(base), Dimension::NONE);
        Some(Dependent::new(base, Arc::new(value), numbers.usual).into())
    }
}
