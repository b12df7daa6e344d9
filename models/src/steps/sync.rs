//! `Sync`: writes the dirty pages of a mapped file to its storage.

use super::Compile;
use super::access::paging;
use crate::lower::{Compiler, Path};
use crate::resources::mapped_file::SYNC;
use serde::{Deserialize, Serialize};

/// Write all dirty pages of a mapped file to its storage.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// The MappedFile.
    pub file: String,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Sync {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), &format!("Sync {}", self.file));
        paging(compiler, &self.file, &at.field("file"), SYNC, None, site);
    }
}
