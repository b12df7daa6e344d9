//! Laws of load as written.

use super::Scalar;
use super::scalar::scalar_or_variant;
use serde::{Deserialize, Serialize, Serializer};

/// A law: how a factor depends on the load in percent. A bare number is `Constant`.
#[derive(Clone, Debug, PartialEq)]
pub struct LawSpec(pub LawKind);

/// The laws that can be written. Each gives a factor that multiplies the nominal figure; l is the load as a share.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum LawKind {
    /// The same at every load.
    #[allow(missing_docs)]
    Constant { factor: Scalar },
    /// 1 - slope l for throughput and reliability, 1 + slope l for latency and energy.
    #[allow(missing_docs)]
    Linear { slope: Scalar },
    /// 1 - l for throughput and reliability, 1/(1 - l) for latency and energy.
    Saturating,
    /// The universal scalability law (Gunther 2007) of n requests present: throughput relative to n = 1 per request,
    /// 1/(1 + alpha (n-1) + beta n (n-1)), times n; needs `load: Occupancy`.
    #[allow(missing_docs)]
    Usl { alpha: Scalar, beta: Scalar },
    /// Piecewise linear through (load in percent, factor), constant beyond the ends.
    #[allow(missing_docs)]
    Table { points: Vec<(Scalar, Scalar)> },
    /// An expression of `l` (load in percent) and `n` (requests present).
    #[allow(missing_docs)]
    Expr { text: String },
}

impl Serialize for LawSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

scalar_or_variant!(
    LawSpec,
    LawKind,
    "a law such as Linear(1.0), or a constant factor",
    |factor| LawSpec(LawKind::Constant { factor }),
    LawSpec
);

/// The laws of one component.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Laws {
    /// Multiplies the rate of work.
    pub throughput: Option<LawSpec>,
    /// Multiplies the fixed part of a service (or the work time, where there is no fixed part and no throughput law).
    pub latency: Option<LawSpec>,
    /// Multiplies the reliability of an attempt.
    pub reliability: Option<LawSpec>,
    /// Multiplies the active power.
    pub energy: Option<LawSpec>,
    /// The least that throughput and reliability factors can become (default 0.05).
    pub floor: Option<Scalar>,
}

/// How the load of a component is measured.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum LoadMeasure {
    /// Exponentially weighted average of busy servers / servers over the window; a law is read when a service starts.
    #[allow(missing_docs)]
    Utilisation { window: Scalar },
    /// Requests present / n; the service rate follows every arrival and departure.
    #[allow(missing_docs)]
    Occupancy { of: Scalar },
}
