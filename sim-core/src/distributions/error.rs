//! What can be wrong with the parameters of a distribution.

/// A parameter of a distribution that cannot be: which one, what is wrong with it, and what would be right.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// A number is outside of what the family allows (infinities and not-a-number included).
    #[error("{family}: {parameter} is {value}, but must be {right}")]
    OutOfRange {
        /// The family, in the words of the literature.
        family: &'static str,
        /// The parameter, with its index where it is one of a list.
        parameter: String,
        /// What was given.
        value: f64,
        /// What would be right.
        right: &'static str,
    },
    /// Two parameters are in the wrong order.
    #[error("{family}: {parameter} is {value}, but must be {relation} {other}, which is {bound}")]
    Order {
        /// The family.
        family: &'static str,
        /// The parameter that is too small or too large.
        parameter: &'static str,
        /// What was given for it.
        value: f64,
        /// How it must relate to the other one: "greater than", "at least", ...
        relation: &'static str,
        /// The parameter it is compared with.
        other: &'static str,
        /// What was given for that one.
        bound: f64,
    },
    /// Probabilities do not add up to one.
    #[error("{family}: the {parameter} add up to {sum}, but must add up to 1 (within 1e-9)")]
    Probabilities {
        /// The family.
        family: &'static str,
        /// Which probabilities.
        parameter: &'static str,
        /// What they add up to.
        sum: f64,
    },
    /// A list has the wrong number of entries.
    #[error("{family}: {parameter} has {found} entries, but must have {right}")]
    Length {
        /// The family.
        family: &'static str,
        /// The list, with its index where it is a row of a matrix.
        parameter: String,
        /// How many entries it has.
        found: usize,
        /// How many would be right.
        right: String,
    },
    /// A phase-type distribution can stay in its phases for ever.
    #[error(
        "{family}: phase {phase} never leads out; give it, or a phase it leads to, a row that adds up to less than 0"
    )]
    Endless {
        /// The family.
        family: &'static str,
        /// The phase, counted from 0.
        phase: usize,
    },
    /// The parameters are possible, but a number that follows from them does not fit into 64-bit floating point.
    #[error("{family}: the {quantity} would be {value}, which cannot be represented; take less extreme parameters")]
    Unrepresentable {
        /// The family.
        family: &'static str,
        /// What does not fit.
        quantity: &'static str,
        /// What it came to.
        value: f64,
    },
}
