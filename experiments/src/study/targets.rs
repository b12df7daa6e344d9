//! Targets: what should hold of an indicator, which is named by a path.

use super::Study;
use crate::file;
use crate::results::Owner;
use models::expression::Condition;
use models::spec::{Experiment, Named};
use models::units::Dimension;

/// What should hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// As written.
    pub text: String,
    /// The condition; its left side is a path to an indicator.
    pub condition: Condition,
}

/// What a path to an indicator may start with.
pub(super) struct Names {
    components: Vec<String>,
    /// The kind of each.
    kinds: Vec<&'static str>,
    flows: Vec<String>,
}

pub(super) fn indicator_names(experiment: &Experiment) -> Names {
    Names {
        components: experiment.system.components.keys().cloned().collect(),
        kinds: experiment.system.components.values().map(|component| component.kind()).collect(),
        flows: experiment.system.flows.keys().cloned().collect(),
    }
}

impl Study {
    /// The dimension of an indicator by its path, such as `telemetry.latency.p95`.
    ///
    /// # Errors
    /// Nothing is measured under it: what is wrong, and what would be right.
    pub fn indicator(&self, path: &str) -> Result<Dimension, (String, Option<String>)> {
        indicator(path, &indicator_names(&self.experiment))
    }
}

/// A target from its text.
pub(super) fn target(text: &str, parameters: &Named<f64>, names: &Names) -> Result<Target, (String, Option<String>)> {
    let condition = Condition::parse_with(text, &|name| parameters.get(name).copied())
        .map_err(|error| (error.message, error.help))?;
    let dimension = indicator(&condition.left, names)?;
    let right = condition.right;
    // Percentages and plain numbers are bare.
    if right.dimension != dimension && !(right.dimension == Dimension::NONE && right.value == 0.0) {
        let message =
            format!("`{}` is {}, but the bound is {}", condition.left, dimension.name(), right.dimension.name());
        return Err((message, Some(format!("give {}", dimension.describe()))));
    }
    Ok(Target { text: text.to_string(), condition })
}

/// The dimension of an indicator by its path, such as `telemetry.latency.p95`.
pub(super) fn indicator(path: &str, names: &Names) -> Result<Dimension, (String, Option<String>)> {
    let known: Vec<&str> = names.components.iter().chain(&names.flows).map(String::as_str).collect();
    let (owner, rest) = match known.iter().find(|name| path.strip_prefix(**name).is_some_and(|r| r.starts_with('.'))) {
        Some(name) => (Some(*name), &path[name.len() + 1..]),
        None => (None, path.strip_prefix("system.").unwrap_or(path)),
    };
    let component = owner.and_then(|name| names.components.iter().position(|c| c == name));
    let flow = owner.is_some_and(|name| names.flows.iter().any(|f| f == name));
    if component.is_some() && flow {
        let message = format!("`{}` is both a component and a flow", owner.unwrap_or_default());
        return Err((message, Some("give the component or the flow another name".into())));
    }
    let whose = match component {
        Some(index) => Owner::Component(models::resources::figures_of(names.kinds[index])),
        None if flow => Owner::Flow,
        None => Owner::System,
    };
    let all = crate::results::indicators(whose);
    match all.iter().find(|(name, _)| *name == rest) {
        Some((_, dimension)) => Ok(*dimension),
        None => {
            let nearest = file::nearest(rest, all.iter().map(|(name, _)| *name));
            let first = path.split('.').next().unwrap_or(path);
            let unknown_owner = owner.is_none() && path.contains('.') && !first.is_empty();
            let owner_nearest = if unknown_owner { file::nearest(first, known.iter().copied()) } else { None };
            let help = match (owner_nearest, nearest) {
                (Some(name), _) => format!("did you mean `{name}`?"),
                (None, Some(name)) => format!("did you mean `{name}`?"),
                _ => {
                    let list: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
                    format!("there are: {}", list.join(", "))
                }
            };
            Err((format!("nothing is measured under `{path}`"), Some(help)))
        }
    }
}
