//! The experiment file.

use super::{Component, Flow, MemoryCosts, Named, Run, Scalar, Sweep};
use serde::de::Visitor;
use serde::{Deserialize, Serialize, Serializer};

/// An experiment file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// What it is about, for tables and plots.
    #[serde(default)]
    pub title: String,
    /// Files of profiles beside the built-in catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// Named numbers that any numeric field may use as `$name`.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub parameters: Named<Scalar>,
    /// The system.
    pub system: System,
    /// How it is simulated.
    #[serde(default)]
    pub run: Run,
    /// What should hold, such as `"telemetry.latency.p95 <= 250 ms"`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// Named sets of overrides: path to value.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub configurations: Named<Named<Raw>>,
    /// Fields to vary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// A factorial design over named configurations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factorial: Option<Factorial>,
    /// A comparison of named configurations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// Laws to fit to measurements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrate: Option<Calibrate>,
    /// The weighted optimisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimise: Option<Optimise>,
}

/// A system: components and flows.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// The nodes of the component graph.
    pub components: Named<Component>,
    /// The programs that requests run.
    pub flows: Named<Flow>,
    /// The edges. Where they are given, flows may cross only these; else they follow from the flows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<Vec<(String, String)>>,
    /// What memory access costs by layout and pattern, on components that do not say so themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_costs: Option<MemoryCosts>,
}

/// A piece of the file as it stands there: start and end [bytes], and the text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename = "$Raw")]
pub struct Raw((u64, u64, String));

impl Raw {
    /// The text.
    pub fn text(&self) -> &str {
        &self.0.2
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

/// Levels of a factor, or the range of a decision variable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Levels {
    /// A list of values.
    List(Vec<Raw>),
    /// A range by name.
    Kind(LevelsKind),
}

/// Ranges by name.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[allow(missing_docs)]
pub enum LevelsKind {
    /// `1..=8` as RON writes it.
    Range { start: Scalar, end: Scalar, inclusive: bool },
    /// Whole numbers from low to high, `step` apart.
    Integers { low: Scalar, high: Scalar, step: Option<Scalar> },
    /// Whole numbers from low to high, spread evenly on a logarithmic scale.
    LogIntegers { low: Scalar, high: Scalar, points: Option<Scalar> },
    /// Numbers from low to high, `points` of them evenly spaced.
    Reals { low: Scalar, high: Scalar, points: Option<Scalar> },
    /// Numbers from low to high, `points` of them evenly spaced on a logarithmic scale.
    LogReals { low: Scalar, high: Scalar, points: Option<Scalar> },
    /// One of the given values.
    OneOf { values: Vec<Raw> },
}

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Levels;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of levels such as [1, 2, 4], or a range such as Integers(1, 16)")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut access: A) -> Result<Levels, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = access.next_element()? {
                    values.push(value);
                }
                Ok(Levels::List(values))
            }
            fn visit_enum<A: serde::de::EnumAccess<'de>>(self, access: A) -> Result<Levels, A::Error> {
                LevelsKind::deserialize(serde::de::value::EnumAccessDeserializer::new(access)).map(Levels::Kind)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A factorial design.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Factorial {
    /// Names of configurations, each on or off.
    pub treatments: Vec<String>,
    /// What is observed, such as `"telemetry.latency.mean"`.
    #[serde(default)]
    pub responses: Vec<String>,
    /// A 2^(k-p) fraction: p (default 0).
    #[serde(default)]
    pub fraction: Option<Scalar>,
    /// Assumed relative change of the first response by each treatment (0.2: a fifth more, -0.2: a fifth less), to be
    /// set beside what is measured.
    #[serde(default)]
    pub assumed: Named<Scalar>,
}

/// A comparison of named configurations.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// Names of configurations; the first is the reference.
    pub configurations: Vec<String>,
    /// What is compared.
    #[serde(default)]
    pub responses: Vec<String>,
}

/// Laws to fit to measurements.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Calibrate {
    /// A CSV file.
    pub data: String,
    /// Its column of load.
    pub load: String,
    /// Its column of throughput or latency.
    pub response: String,
    /// The field that takes the fitted law, such as `server.laws.throughput`.
    #[serde(default)]
    pub into: Option<String>,
    /// Whether the response is a throughput or a latency (default: as its column's name says).
    #[serde(default)]
    pub kind: Option<ResponseKind>,
    /// What the load counts (default: as its column's name says, else users for throughputs and rates for latencies).
    #[serde(default)]
    pub load_is: Option<LoadKind>,
    /// Names of the families that are tried (default: all that apply).
    #[serde(default)]
    pub families: Vec<String>,
    /// Whether the capacity of one is fitted, or taken from the first point.
    #[serde(default)]
    pub gamma: Gamma,
    /// Whether errors are of one size, or of one size relative to the response.
    #[serde(default)]
    pub weights: Weights,
    /// Unit of the response, such as `"ms"` (default: as its column's name says, else seconds for latencies).
    #[serde(default)]
    pub unit: Option<String>,
    /// The load that is 100 % (default: 100 for percents, else the greatest).
    #[serde(default)]
    pub full: Option<Scalar>,
    /// Resamples for intervals (default 1000).
    #[serde(default)]
    pub bootstrap: Option<Scalar>,
    /// What is drawn again.
    #[serde(default)]
    pub resample: Resample,
}

/// What a measured response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[allow(missing_docs)]
pub enum ResponseKind {
    Throughput,
    Latency,
}

/// What a measured load counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum LoadKind {
    /// Requests (users, clients, threads) present at a time.
    Users,
    /// Utilisation in percent.
    Percent,
    /// Arrivals per second.
    Rate,
}

/// Where the capacity of one user comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Gamma {
    /// It is a parameter like the others.
    #[default]
    Free,
    /// From the point of the lowest load.
    First,
}

/// How errors are weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Weights {
    /// All alike.
    #[default]
    Equal,
    /// Relative to the response.
    Relative,
}

/// What a bootstrap draws again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Resample {
    /// What the fit leaves at each point.
    #[default]
    Residuals,
    /// Whole points.
    Cases,
}

/// The weighted optimisation: the least of the sum of weights times losses, plus the cost.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Optimise {
    /// Weights of the five indicators.
    #[serde(default)]
    pub weights: Named<Scalar>,
    /// Decision variables: path to range.
    #[serde(default)]
    pub vary: Named<Levels>,
    /// Whole alternatives: named configurations, of which one is chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configurations: Vec<String>,
    /// Variables that exist only together with some values of another: variable to other variable to these values.
    #[serde(default)]
    pub when: Named<Named<Levels>>,
    /// What must hold.
    #[serde(default)]
    pub subject_to: Vec<String>,
    /// References by which indicators are divided, instead of the baseline's.
    #[serde(default)]
    pub references: Named<Scalar>,
    /// Figures that stand for indicators, such as `"latency": "telemetry.latency.p99"` (default: those of the system).
    #[serde(default)]
    pub measures: Named<String>,
    /// Cost of a configuration, an expression of indicators and fields, which is added as it stands.
    #[serde(default)]
    pub cost: Option<String>,
    /// Indifference zone of the objective: what is worse by less is as good (default: a hundredth of the weights' sum).
    #[serde(default)]
    pub delta: Option<Scalar>,
    /// How far a bound may be missed and still be called met, as a part of the bound (default .01).
    #[serde(default)]
    pub tolerance: Option<Scalar>,
    /// How the best is selected (default: KimNelson).
    #[serde(default)]
    pub procedure: Option<Procedure>,
    /// Confidence of the selection (default: that of the run).
    #[serde(default)]
    pub confidence: Option<Scalar>,
    /// Replications of each candidate before the first is dropped (default 10).
    #[serde(default)]
    pub first: Option<Scalar>,
    /// The most candidates among which the best is selected, where not all configurations are (default 10).
    #[serde(default)]
    pub candidates: Option<Scalar>,
    /// The most replications to spend (default 2000).
    #[serde(default)]
    pub budget: Option<Scalar>,
    /// What theory finds worse than its best by more than this part of it is not simulated (default .5).
    #[serde(default)]
    pub margin: Option<Scalar>,
    /// Two or three indicators whose trade-off is shown (default: the two of the largest weights).
    #[serde(default)]
    pub pareto: Vec<String>,
}

/// How the best of several candidates is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Procedure {
    /// Sequentially, under common random numbers: correct where the best is better than all others by delta.
    #[default]
    KimNelson,
    /// In two stages with independent random numbers: in any case within delta of the best.
    Rinott,
}
