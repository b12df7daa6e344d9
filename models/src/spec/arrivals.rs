//! Workloads as written.

use super::{DistributionSpec, Scalar};
use serde::{Deserialize, Serialize};

/// How requests of a flow come to be. Rates and periods are per instance of the source.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum ArrivalSpec {
    /// Poisson arrivals. The sources of many instances are merged into one process (exact), unless `merged: false`.
    #[allow(missing_docs)]
    Poisson { rate: Scalar, merged: Option<bool> },
    /// Every so often. First after one period (or `first`) for a single instance, at a uniform random phase for each of
    /// many; jitter is added to each arrival by itself and does not accumulate.
    #[allow(missing_docs)]
    Periodic { every: Scalar, jitter: Option<DistributionSpec>, first: Option<Scalar> },
    /// Independent gaps.
    #[allow(missing_docs)]
    Renewal { gap: DistributionSpec },
    /// Markov-modulated Poisson: states (rate, mean stay), visited in turn, or by `moves` (a row of probabilities each).
    #[allow(missing_docs)]
    MarkovModulated { states: Vec<(Scalar, Scalar)>, moves: Option<Vec<Vec<Scalar>>> },
    /// Several at once: `size` requests at each arrival of another process.
    #[allow(missing_docs)]
    Batch { size: DistributionSpec, arrivals: Box<ArrivalSpec> },
    /// Poisson with a rate that is constant by pieces: (duration, rate), repeated.
    #[allow(missing_docs)]
    TimeVarying { rates: Vec<(Scalar, Scalar)> },
    /// At the given times.
    #[allow(missing_docs)]
    At { times: Vec<Scalar> },
    /// At the times in a column of a CSV file, in the given unit (s where none is given).
    #[allow(missing_docs)]
    Trace { file: String, column: Option<Scalar>, unit: Option<Scalar> },
    /// So many users per instance, who think, send one request, and think again when it has left.
    #[allow(missing_docs)]
    Closed { users: Scalar, think: Option<DistributionSpec> },
    /// The queue of the first station is never empty.
    Saturated,
}

/// The same under the name that the model uses.
pub type Arrivals = ArrivalSpec;
