//! Families of curves, one per file: to add one, write its file and name it in [`FAMILIES`].

mod constant;
mod linear;
mod mg1;
mod mmc;
mod saturating;
mod usl;

use super::law::Law;
use super::{Points, Setting};
use models::spec::{Gamma, LoadKind, ResponseKind};

/// All families but the table, which has no parameters to be fitted.
pub const FAMILIES: [&dyn Family; 7] = [
    &constant::Constant,
    &linear::Linear,
    &saturating::Saturating,
    &usl::Usl(Gamma::Free),
    &usl::Usl(Gamma::First),
    &mmc::Mmc,
    &mg1::Mg1,
];

/// The name of the table.
pub const TABLE: &str = "table";

/// What a fitted curve says: a parameter, or what follows from the parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Its name, such as `alpha`.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// Whether it follows from others.
    pub derived: bool,
}

/// A parameter.
pub fn parameter(name: &'static str, value: f64) -> Quantity {
    Quantity { name, value, derived: false }
}

/// What follows from parameters.
pub fn derived(name: &'static str, value: f64) -> Quantity {
    Quantity { name, value, derived: true }
}

/// A problem of least squares: starts, bounds, and whole numbers that are held.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// What is held, in front of the parameters.
    pub held: Vec<f64>,
    /// Where the search starts.
    pub starts: Vec<Vec<f64>>,
    /// Between which numbers each parameter is.
    pub bounds: Vec<(f64, f64)>,
}

/// A family of curves.
pub trait Family: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Its formula.
    fn formula(&self, setting: &Setting) -> &'static str;

    /// Whether it is a curve for such loads and responses.
    ///
    /// # Errors
    /// Why not.
    fn applies(&self, setting: &Setting, points: &Points) -> Result<(), String>;

    /// How many parameters are fitted, held ones included.
    fn parameters(&self, setting: &Setting) -> usize;

    /// What is to be solved: several problems where a parameter is a whole number. `near` is the number about which to
    /// look, if it is known.
    fn problems(&self, setting: &Setting, points: &Points, near: Option<f64>) -> Vec<Problem>;

    /// The response at a load, by what is held and the parameters.
    fn value(&self, setting: &Setting, load: f64, p: &[f64]) -> f64;

    /// What the parameters say.
    fn quantities(&self, setting: &Setting, p: &[f64]) -> Vec<Quantity>;

    /// As an experiment file has it.
    ///
    /// # Errors
    /// Why there is no such law.
    fn law(&self, setting: &Setting, p: &[f64]) -> Result<Law, String>;

    /// The family of which it is a special case.
    fn within(&self) -> Option<&'static str> {
        None
    }

    /// Whether it may be chosen, rather than shown for comparison.
    fn eligible(&self, _: &Setting) -> bool {
        true
    }
}

/// The family of a name.
pub fn family(name: &str) -> Option<&'static dyn Family> {
    FAMILIES.into_iter().find(|family| family.name() == name)
}

/// Names of all families, the table among them.
pub fn names() -> impl Iterator<Item = &'static str> {
    FAMILIES.into_iter().map(Family::name).chain([TABLE])
}

/// Whether this is throughput over users.
fn is_scaling(setting: &Setting) -> bool {
    (setting.kind, setting.load) == (ResponseKind::Throughput, LoadKind::Users)
}

/// The mean, the greatest value and the like of the responses, to start from.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Everything.
const OPEN: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);
/// What is not negative.
const POSITIVE: (f64, f64) = (0.0, f64::INFINITY);
/// So near to a pole a curve may come.
const BELOW_ONE: f64 = 1.0 - 1e-9;
