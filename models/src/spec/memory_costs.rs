//! What memory access costs by layout and pattern, as written: a table of factors on work, and what a step does.

use super::Scalar;
use serde::{Deserialize, Serialize};

/// How records lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Layout {
    /// One record after the other.
    ArrayOfStructs,
    /// An array for each field.
    StructOfArrays,
    /// Fields that are used together lie together.
    Hybrid,
}

/// In which order records are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Pattern {
    /// One after the other.
    Sequential,
    /// Anywhere.
    Random,
    /// At a fixed distance of more than a cache line.
    Strided,
    /// In blocks that stay in the cache until all of them is used.
    CacheFriendly,
}

/// How a computation goes through memory.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryAccess {
    /// How records lie in memory.
    pub layout: Layout,
    /// In which order they are gone through.
    pub access: Pattern,
    /// Whether buffers start at a cache line (default true).
    #[serde(default)]
    pub aligned: Option<bool>,
    /// Share of the work that is access to memory (default 1).
    #[serde(default)]
    pub share: Option<Scalar>,
}

/// Factors on work, by pattern.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct Patterns {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequential: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strided: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_friendly: Option<Scalar>,
}

/// Factors on work, by layout and pattern; what is left out has the default of the table in `lower/memory_costs.rs`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct MemoryCosts {
    /// One record after the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array_of_structs: Option<Patterns>,
    /// An array for each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub struct_of_arrays: Option<Patterns>,
    /// Fields that are used together lie together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hybrid: Option<Patterns>,
    /// Beside these, where buffers do not start at a cache line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unaligned: Option<Scalar>,
}

impl MemoryCosts {
    /// The factors of a layout.
    pub fn patterns(&self, layout: Layout) -> (&'static str, Option<&Patterns>) {
        match layout {
            Layout::ArrayOfStructs => ("array_of_structs", self.array_of_structs.as_ref()),
            Layout::StructOfArrays => ("struct_of_arrays", self.struct_of_arrays.as_ref()),
            Layout::Hybrid => ("hybrid", self.hybrid.as_ref()),
        }
    }
}

impl Patterns {
    /// The factor of a pattern.
    pub fn factor(&self, pattern: Pattern) -> (&'static str, Option<&Scalar>) {
        match pattern {
            Pattern::Sequential => ("sequential", self.sequential.as_ref()),
            Pattern::Random => ("random", self.random.as_ref()),
            Pattern::Strided => ("strided", self.strided.as_ref()),
            Pattern::CacheFriendly => ("cache_friendly", self.cache_friendly.as_ref()),
        }
    }
}
