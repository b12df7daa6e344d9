//! `Read` and `Write`: on a storage. They differ in the rate, and in that a Write takes up room.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::spec::DistributionSpec;
use serde::{Deserialize, Serialize};

/// What both say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access<'a> {
    pub storage: &'a str,
    pub size: &'a DistributionSpec,
    pub patience: &'a Option<DistributionSpec>,
    pub label: Option<&'a str>,
    pub writes: bool,
}

/// Two types, so that each is called by its name where a mistake is reported.
macro_rules! access {
    ($(#[doc = $about:literal] $name:ident: $writes:literal,)*) => {$(
        #[doc = $about]
        #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
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

        impl Compile for $name {
            fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
                let access = Access {
                    storage: &self.storage,
                    size: &self.size,
                    patience: &self.patience,
                    label: self.label.as_deref(),
                    writes: $writes,
                };
                compiler.access(access, at);
            }

            fn component(&self) -> Option<&str> {
                Some(&self.storage)
            }
        }
    )*};
}

access! {
    /// Read on a storage.
    Read: false,
    /// Write on a storage, which takes up its capacity.
    Write: true,
}
