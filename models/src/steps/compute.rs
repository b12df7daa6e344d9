//! `Compute`: work on a processor or device.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::spec::{DistributionSpec, MemoryAccess, Scalar};
use serde::{Deserialize, Serialize};

/// Compute on a processor, or on a device: on the instance that the request comes from when it is the flow's source.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Compute {
    /// The processor or device.
    pub on: String,
    /// Work: cycles, or time at nominal speed (default: only the component's overhead).
    #[serde(default)]
    pub work: Option<DistributionSpec>,
    /// Cores taken at once (default 1).
    #[serde(default)]
    pub servers: Option<Scalar>,
    /// Whether the work is done by a thread of the worker pool's blocking pool, in place of a worker (default false).
    #[serde(default)]
    pub blocking: Option<bool>,
    /// How long the request waits in the queue at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// How it goes through memory: a factor on its work (default 1).
    #[serde(default)]
    pub memory: Option<MemoryAccess>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compute {
    /// Work on a component, and nothing more about it.
    pub fn of(on: &str, work: Option<&DistributionSpec>) -> Compute {
        Compute {
            on: on.to_string(),
            work: work.cloned(),
            servers: None,
            blocking: None,
            patience: None,
            memory: None,
            label: None,
        }
    }
}

impl Compile for Compute {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        compiler.compute(self, at);
    }

    fn component(&self) -> Option<&str> {
        Some(&self.on)
    }
}
