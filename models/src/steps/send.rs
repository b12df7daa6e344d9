//! `Send`: over a network.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::protocols::{Compress, Protocol};
use crate::spec::DistributionSpec;
use serde::{Deserialize, Serialize};

/// Send over a network: by the network's name (`over`), or to a component (`to`) over the network between it and where
/// the request is.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// The network.
    #[serde(default)]
    pub over: Option<String>,
    /// Payload.
    #[serde(default)]
    pub size: Option<DistributionSpec>,
    /// The component that receives.
    #[serde(default)]
    pub to: Option<String>,
    /// How long the request waits in the queue at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// The protocol of the message (default: that of the network, if it has one).
    #[serde(default)]
    pub protocol: Option<Box<Protocol>>,
    /// Compression: fewer bytes for work at both ends.
    #[serde(default)]
    pub compress: Option<Box<Compress>>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Send {
    /// So much over a network, to a component if that is known, and nothing more about it.
    pub fn of(over: &str, size: &DistributionSpec, to: Option<&str>) -> Send {
        Send {
            over: Some(over.to_string()),
            size: Some(size.clone()),
            to: to.map(str::to_string),
            patience: None,
            protocol: None,
            compress: None,
            label: None,
        }
    }
}

impl Compile for Send {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        compiler.send(self, at);
    }

    fn component(&self) -> Option<&str> {
        // What is compressed comes to a processor first.
        self.over.as_deref().filter(|_| self.compress.is_none())
    }
}
