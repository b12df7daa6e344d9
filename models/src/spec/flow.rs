//! Flows as written. The steps have a folder of their own: [`crate::steps`].

use super::scalar::scalar_or_variant;
use super::{Arrivals, Balancing, Scalar};
use crate::steps::Step;
use serde::{Deserialize, Serialize, Serializer};

/// A flow: where its requests come from, and the program that each of them runs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Flow {
    /// The component that its requests start from.
    pub from: Option<String>,
    /// The workload; without one, requests come only from `Become` of another flow.
    pub arrivals: Option<Arrivals>,
    /// A larger one is more urgent: a number, or Low (0), Normal (1), High (2), Critical (3). Default Normal.
    pub priority: Option<Level>,
    /// Share under weighted sharing (default 1).
    pub weight: Option<Scalar>,
    /// Time from birth by which a request should leave: `"250 ms"` is soft (late requests are correct), `Hard("250 ms")` is not.
    pub deadline: Option<Deadline>,
    /// Payload delivered by a correct request (default: the size of its first Send).
    pub payload: Option<Scalar>,
    /// The program.
    pub steps: Option<Vec<Step>>,
    /// The short form: the components to pass through, each with the demand that its kind has by default.
    pub route: Option<Vec<String>>,
    /// Size of what passes through networks and storage in the short form.
    pub size: Option<super::DistributionSpec>,
    /// Work at each processor and device in the short form.
    pub work: Option<super::DistributionSpec>,
}

/// A priority as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Level {
    /// A number.
    Number(Scalar),
    /// A name.
    Named(LevelKind),
}

/// Named priorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[allow(missing_docs)]
pub enum LevelKind {
    Low,
    Normal,
    High,
    Critical,
}

scalar_or_variant!(
    Level,
    LevelKind,
    "a priority: a number, or Low, Normal, High or Critical",
    Level::Number,
    Level::Named
);

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Level::Number(n) => n.serialize(serializer),
            Level::Named(name) => name.serialize(serializer),
        }
    }
}

/// A deadline as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Deadline {
    /// Time from birth.
    pub time: Scalar,
    /// Whether late requests are not correct.
    pub hard: bool,
}

/// Named forms of a deadline.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[allow(missing_docs)]
pub enum DeadlineKind {
    Soft(Scalar),
    Hard(Scalar),
}

scalar_or_variant!(
    Deadline,
    DeadlineKind,
    "a deadline such as \"250 ms\", or Hard(\"250 ms\")",
    |time| Deadline { time, hard: false },
    |kind| match kind {
        DeadlineKind::Soft(time) => Deadline { time, hard: false },
        DeadlineKind::Hard(time) => Deadline { time, hard: true },
    }
);

impl Serialize for Deadline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.hard {
            DeadlineKind::Hard(self.time.clone()).serialize(serializer)
        } else {
            self.time.serialize(serializer)
        }
    }
}

/// When a Fork goes on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub enum Join {
    /// When all branches have ended.
    #[default]
    All,
    /// When the first has ended; the others are cancelled.
    Any,
    /// When k have ended; the others are cancelled.
    #[allow(missing_docs)]
    Quorum { k: Scalar },
}

/// How a Balance step chooses.
pub type Balance = Balancing;
