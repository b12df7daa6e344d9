//! How a system is simulated, as written.

use super::Scalar;
use super::scalar::ScalarVisitor;
use serde::de::value::EnumAccessDeserializer;
use serde::de::{EnumAccess, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// How a system is simulated.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Run {
    /// Virtual time that is simulated.
    pub horizon: Option<Scalar>,
    /// The longest horizon, where `warm_up: Auto` or a precision asks for more.
    pub max_horizon: Option<Scalar>,
    /// Virtual time before measurement starts.
    pub warm_up: WarmUp,
    /// What intervals rest on (default independent replications).
    pub method: Option<Method>,
    /// Independent replications (default 10).
    pub replications: Option<Scalar>,
    /// Half-widths to be reached by further replications.
    pub precision: Option<Precision>,
    /// The most replications that `precision` may take (default 100 times `replications`, at most 1000).
    pub max_replications: Option<Scalar>,
    /// Confidence of intervals (default 0.95).
    pub confidence: Option<Scalar>,
    /// The master seed (default 1).
    pub seed: Option<u64>,
    /// Virtual time after the horizon in which requests that were born before may leave (default 10 % of the horizon).
    pub drain: Option<Scalar>,
    /// The most requests in the system at once: beyond it the run stops as overloaded (default 1 000 000).
    pub max_in_system: Option<Scalar>,
    /// Length of a tick of virtual time (default 1 ns).
    pub tick: Option<Scalar>,
    /// Interval of the time series (default horizon / 500).
    pub sample: Option<Scalar>,
}

/// What intervals rest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Method {
    /// Independent replications, each without its warm-up.
    #[default]
    Replications,
    /// Batches of one long run.
    Batches,
}

/// The warm-up as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum WarmUp {
    /// Found from the runs.
    #[default]
    Auto,
    /// So much virtual time.
    Time(Scalar),
    /// None: the measured time starts at 0.
    None,
}

/// The named forms of a warm-up. `None` is a word that readers of RON take for themselves.
#[derive(Deserialize, Serialize)]
enum WarmUpKind {
    Auto,
}

impl<'de> Deserialize<'de> for WarmUp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = WarmUp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a warm-up such as \"30 s\", or Auto, or None")
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<WarmUp, E> {
                ScalarVisitor.visit_f64(value).map(WarmUp::Time)
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<WarmUp, E> {
                Ok(WarmUp::Time(Scalar::Number(value as f64)))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<WarmUp, E> {
                Ok(WarmUp::Time(Scalar::Number(value as f64)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<WarmUp, E> {
                Ok(WarmUp::Time(Scalar::Text(text.to_string())))
            }
            fn visit_none<E: Error>(self) -> Result<WarmUp, E> {
                Ok(WarmUp::None)
            }
            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<WarmUp, D::Error> {
                WarmUp::deserialize(inner)
            }
            fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<WarmUp, A::Error> {
                WarmUpKind::deserialize(EnumAccessDeserializer::new(access)).map(|_| WarmUp::Auto)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Serialize for WarmUp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            WarmUp::Time(time) => time.serialize(serializer),
            WarmUp::Auto => WarmUpKind::Auto.serialize(serializer),
            WarmUp::None => serializer.serialize_none(),
        }
    }
}

/// Half-widths to be reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Precision {
    /// Relative, of mean latency and throughput of every flow.
    Flows(Scalar),
    /// Of named indicators: `"telemetry.latency.p95 within 5 ms"`, `"reliability within 1 %"`.
    Goals(Vec<String>),
}

impl<'de> Deserialize<'de> for Precision {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Precision;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a relative half-width such as 0.01, or a list such as [\"telemetry.latency.p95 within 5 ms\"]",
                )
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Precision, E> {
                ScalarVisitor.visit_f64(value).map(Precision::Flows)
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Precision, E> {
                Ok(Precision::Flows(Scalar::Number(value as f64)))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Precision, E> {
                Ok(Precision::Flows(Scalar::Number(value as f64)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Precision, E> {
                Ok(Precision::Flows(Scalar::Text(text.to_string())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Precision, A::Error> {
                let mut goals = Vec::new();
                while let Some(goal) = access.next_element()? {
                    goals.push(goal);
                }
                Ok(Precision::Goals(goals))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
