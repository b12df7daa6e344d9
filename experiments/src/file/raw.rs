//! A value kept as text.

use serde::de::{Deserialize, Deserializer, Visitor};
use std::fmt;
use std::ops::Range;

/// The name by which the reader knows that a newtype struct wants the text of a node.
pub(super) const RAW: &str = "$Raw";

/// The text of any value, with its place, to be read later or spliced elsewhere.
///
/// It works through a name: the reader hands to any newtype struct called `$Raw` the sequence
/// (start: `u64`, end: `u64`, text: `String`) of the node, so a crate that does not depend on this one can have its own:
///
/// ```
/// #[derive(serde::Deserialize)]
/// #[serde(rename = "$Raw")]
/// struct Verbatim((u64, u64, String));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The text as it stands in the file.
    pub text: String,
    /// Its byte range in the file.
    pub span: Range<usize>,
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl<'de> Visitor<'de> for RawVisitor {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
                let (start, end, text) = <(usize, usize, String)>::deserialize(deserializer)?;
                Ok(Raw { text, span: start..end })
            }
        }
        deserializer.deserialize_newtype_struct(RAW, RawVisitor)
    }
}
