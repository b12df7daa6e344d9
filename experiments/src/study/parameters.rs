//! Parameters: numbers with names, which may use each other.

use super::at_path;
use crate::file::{Diagnostic, Tree};
use models::expression::{ExpressionError, evaluate};
use models::lower::Path as FieldPath;
use models::spec::{Experiment, Named, Scalar};
use models::units::{Dimension, Measure};

/// The value of a number as it is written, which may use parameters.
///
/// # Errors
/// What is wrong with it.
pub fn measure(scalar: &Scalar, parameters: &Named<f64>) -> Result<Measure, ExpressionError> {
    match scalar {
        Scalar::Number(value) => Ok(Measure { value: *value, dimension: Dimension::NONE }),
        Scalar::Text(text) => evaluate(text, &|name| parameters.get(name).copied()),
    }
}

/// The value of a bare number; `None` where it has none, or a unit.
pub fn bare(scalar: &Scalar, parameters: &Named<f64>) -> Option<f64> {
    let measure = measure(scalar, parameters).ok()?;
    (measure.dimension == Dimension::NONE).then_some(measure.value)
}

/// The values of the parameters, which may use each other.
pub(super) fn parameters(experiment: &Experiment, tree: &Tree, diagnostics: &mut Vec<Diagnostic>) -> Named<f64> {
    let mut values = Named::new();
    let mut left: Vec<(&String, &Scalar)> = experiment.parameters.iter().collect();
    // Each round settles those that use only settled ones.
    loop {
        let before = left.len();
        left.retain(|(name, scalar)| match bare(scalar, &values) {
            Some(value) => {
                values.insert((*name).clone(), value);
                false
            }
            None => true,
        });
        if left.is_empty() || left.len() == before {
            break;
        }
    }
    let waiting: Vec<&str> = left.iter().map(|(name, _)| name.as_str()).collect();
    for (name, scalar) in &left {
        let at = FieldPath::new("parameters").field(name);
        let text = scalar.to_string();
        // With the others given some value, what is still wrong is wrong by itself; else they wait for each other.
        let trial =
            evaluate(&text, &|name| values.get(name).copied().or_else(|| waiting.contains(&name).then_some(1.0)));
        let (message, help) = match trial {
            Err(error) => (error.message, error.help),
            Ok(measure) if measure.dimension != Dimension::NONE => {
                let help = "leave the unit to the field that uses it: `\"$load * 2 ms\"`";
                (format!("a parameter is a bare number, but this is {}", measure.dimension.name()), Some(help.into()))
            }
            Ok(_) => {
                let message = format!("`{name}` depends on itself, through {}", waiting.join(", "));
                (message, Some("break the circle of references".into()))
            }
        };
        diagnostics.push(at_path(tree, &at, message, help));
        values.insert((*name).clone(), 1.0);
    }
    values
}
