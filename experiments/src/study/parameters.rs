//! Parameters: numbers with names, which may use each other.

use super::at_path;
use crate::file::{Diagnostic, Tree};
use models::expression::evaluate;
use models::lower::Path as FieldPath;
use models::spec::{Experiment, Named, Scalar};
use models::units::Dimension;

/// The values of the parameters, which may use each other.
pub(super) fn parameters(experiment: &Experiment, tree: &Tree, diagnostics: &mut Vec<Diagnostic>) -> Named<f64> {
    let mut values = Named::new();
    let mut left: Vec<(&String, &Scalar)> = experiment.parameters.iter().collect();
    // Each round settles those that use only settled ones.
    loop {
        let before = left.len();
        left.retain(|(name, scalar)| {
            let value = match scalar {
                Scalar::Number(value) => Some(*value),
                Scalar::Text(text) => evaluate(text, &|name| values.get(name).copied())
                    .ok()
                    .filter(|measure| measure.dimension == Dimension::NONE)
                    .map(|measure| measure.value),
            };
            match value {
                Some(value) => {
                    values.insert((*name).clone(), value);
                    false
                }
                None => true,
            }
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
