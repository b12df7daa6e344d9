//! Which configurations a sweep runs.

use super::{Levels, Named, Scalar};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A sweep: a map of fields with their levels, of which every combination is run, or a design by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Sweep {
    /// Path to levels: every combination.
    Grid(Named<Levels>),
    /// A design.
    Design(Box<Design>),
}

/// A design by name. Its parts are combined: every row of one with every row of the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Design {
    /// Path to levels: every combination.
    pub grid: Named<Levels>,
    /// Path to levels, which are taken together: the first with the first, the second with the second.
    pub zip: Named<Levels>,
    /// Points of a Latin hypercube.
    pub latin: Option<Latin>,
    /// Names of configurations, one after the other.
    pub configurations: Vec<String>,
    /// What is printed and drawn, such as `"telemetry.latency.p95"`.
    pub responses: Vec<String>,
}

/// A Latin hypercube (McKay, Beckman and Conover, 1979).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Latin {
    /// Points.
    pub points: Scalar,
    /// Path to range.
    pub vary: Named<Levels>,
}

/// The design as it is written.
#[derive(Deserialize)]
#[serde(rename = "Sweep", deny_unknown_fields)]
enum Written {
    Sweep {
        #[serde(default)]
        grid: Named<Levels>,
        #[serde(default)]
        zip: Named<Levels>,
        #[serde(default)]
        latin: Option<Latin>,
        #[serde(default)]
        configurations: Vec<String>,
        #[serde(default)]
        responses: Vec<String>,
    },
}

impl Serialize for Design {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("Sweep", 5)?;
        out.serialize_field("grid", &self.grid)?;
        out.serialize_field("zip", &self.zip)?;
        out.serialize_field("latin", &self.latin)?;
        out.serialize_field("configurations", &self.configurations)?;
        out.serialize_field("responses", &self.responses)?;
        out.end()
    }
}

impl Sweep {
    /// The design that it stands for.
    pub fn design(&self) -> Design {
        match self {
            Sweep::Grid(grid) => Design { grid: grid.clone(), ..Design::default() },
            Sweep::Design(design) => design.as_ref().clone(),
        }
    }
}

impl<'de> Deserialize<'de> for Sweep {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Sweep;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a map of fields with their levels such as { \"gateway.cores\": [1, 2, 4] }, or a Sweep(..)",
                )
            }
            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Sweep, A::Error> {
                Named::deserialize(serde::de::value::MapAccessDeserializer::new(access)).map(Sweep::Grid)
            }
            fn visit_enum<A: serde::de::EnumAccess<'de>>(self, access: A) -> Result<Sweep, A::Error> {
                let Written::Sweep { grid, zip, latin, configurations, responses } =
                    Written::deserialize(serde::de::value::EnumAccessDeserializer::new(access))?;
                Ok(Sweep::Design(Box::new(Design { grid, zip, latin, configurations, responses })))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
