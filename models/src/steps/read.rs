//! `Read`: on a storage.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::spec::DistributionSpec;
use serde::{Deserialize, Serialize};

/// Read on a storage.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// The storage.
    pub storage: String,
    /// Amount of data.
    pub size: DistributionSpec,
    /// How long the request waits in the queue at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Read {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        compiler.read(self, at);
    }

    fn component(&self) -> Option<&str> {
        Some(&self.storage)
    }
}
