//! Distributions as written.

use super::Scalar;
use super::scalar::scalar_or_variant;
use serde::{Deserialize, Serialize, Serializer};

/// A quantity that may be random: `"2 ms"` is a constant, `Exponential("2 ms")` is not.
#[derive(Clone, Debug, PartialEq)]
pub struct DistributionSpec(pub DistributionKind);

/// The distributions that can be written. Arguments may be given by position or by name.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum DistributionKind {
    /// Always the same value.
    #[allow(missing_docs)]
    Constant { value: Scalar },
    /// Uniform between two values.
    #[allow(missing_docs)]
    Uniform { low: Scalar, high: Scalar },
    /// Exponential with the given mean.
    #[allow(missing_docs)]
    Exponential { mean: Scalar },
    /// Sum of `k` exponentials, with the given mean of the whole.
    #[allow(missing_docs)]
    Erlang { k: Scalar, mean: Scalar },
    /// Hyperexponential: by branches (probability, mean), or by mean and squared coefficient of variation (balanced means).
    #[allow(missing_docs)]
    HyperExponential { branches: Option<Vec<(Scalar, Scalar)>>, mean: Option<Scalar>, scv: Option<Scalar> },
    /// Gamma by mean and squared coefficient of variation (`scv`) or `shape`.
    #[allow(missing_docs)]
    Gamma { mean: Scalar, scv: Option<Scalar>, shape: Option<Scalar> },
    /// Lognormal by the mean and squared coefficient of variation of the variable itself.
    #[allow(missing_docs)]
    Lognormal { mean: Scalar, scv: Scalar },
    /// Weibull by shape and either scale or mean.
    #[allow(missing_docs)]
    Weibull { shape: Scalar, scale: Option<Scalar>, mean: Option<Scalar> },
    /// Pareto (type I) by shape and either minimum or mean; bounded where `maximum` is given.
    #[allow(missing_docs)]
    Pareto { shape: Scalar, minimum: Option<Scalar>, mean: Option<Scalar>, maximum: Option<Scalar> },
    /// Normal with the given parameters, truncated to [low, high] (0 and infinity by default).
    #[allow(missing_docs)]
    Normal { mean: Scalar, sd: Scalar, low: Option<Scalar>, high: Option<Scalar> },
    /// Triangular.
    #[allow(missing_docs)]
    Triangular { low: Scalar, mode: Scalar, high: Scalar },
    /// Coxian: phases (mean, probability of going on to the next phase); the last one's probability is 0.
    #[allow(missing_docs)]
    Coxian { phases: Vec<(Scalar, Scalar)> },
    /// Phase-type: initial probabilities, and the matrix of rates among the phases (rows, per unit of the quantity).
    #[allow(missing_docs)]
    PhaseType { initial: Vec<Scalar>, rates: Vec<Vec<Scalar>> },
    /// One of the given values, with equal or given weights.
    #[allow(missing_docs)]
    Empirical { values: Vec<Scalar>, weights: Option<Vec<Scalar>> },
    /// Zipf over 1..=n with exponent s, times `unit`.
    #[allow(missing_docs)]
    Zipf { n: Scalar, s: Scalar, unit: Option<Scalar> },
    /// A mixture: (probability, distribution).
    #[allow(missing_docs)]
    Mixture { parts: Vec<(Scalar, DistributionSpec)> },
    /// The given values in turn: the request with ordinal n takes the n-th, from the start again after the last.
    #[allow(missing_docs)]
    Sequence { values: Vec<Scalar> },
    /// The values of a column of a CSV file in turn, in the given unit (base unit where none is given).
    #[allow(missing_docs)]
    Trace { file: String, column: Option<Scalar>, unit: Option<Scalar> },
    /// What the block around the step carries, such as the bytes that a buffer flushes; times `per_byte`.
    #[allow(missing_docs)]
    Content { per_byte: Option<Scalar> },
}

impl Serialize for DistributionSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            DistributionKind::Constant { value } => value.serialize(serializer),
            kind => kind.serialize(serializer),
        }
    }
}

scalar_or_variant!(
    DistributionSpec,
    DistributionKind,
    "a quantity such as \"2 ms\", or a distribution such as Exponential(\"2 ms\")",
    |value| DistributionSpec(DistributionKind::Constant { value }),
    DistributionSpec
);

impl From<&str> for DistributionSpec {
    fn from(text: &str) -> Self {
        DistributionSpec(DistributionKind::Constant { value: text.into() })
    }
}
