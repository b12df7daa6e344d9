//! A value kept as text.

use super::diagnose::Diagnostic;
use super::fault::Fault;
use super::syntax::parse_fragment;
use super::tree::Tree;
use serde::de::value::SeqDeserializer;
use serde::de::{Deserialize, Deserializer, IntoDeserializer, Visitor};
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

impl Raw {
    /// The value as a tree whose places are those of the file, to be read as a type that is known only later.
    ///
    /// # Errors
    ///
    /// None for a value that came from a file, which has been parsed once; the syntax errors of any other text.
    pub fn tree(&self) -> Result<Tree, Vec<Diagnostic>> {
        parse_fragment(&self.text, self.span.start)
    }
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

/// What a newtype struct called `$Raw` is given.
pub(super) struct RawParts<'a> {
    pub(super) span: Range<usize>,
    pub(super) text: &'a str,
}

impl<'de> Deserializer<'de> for RawParts<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let parts = [
            RawPart::Place(self.span.start as u64),
            RawPart::Place(self.span.end as u64),
            RawPart::Text(self.text.to_owned()),
        ];
        visitor.visit_seq(SeqDeserializer::new(parts.into_iter()))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

enum RawPart {
    Place(u64),
    Text(String),
}

impl<'de> IntoDeserializer<'de, Fault> for RawPart {
    type Deserializer = RawPart;

    fn into_deserializer(self) -> RawPart {
        self
    }
}

impl<'de> Deserializer<'de> for RawPart {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            RawPart::Place(place) => visitor.visit_u64(place),
            RawPart::Text(text) => visitor.visit_string(text),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
