//! `Fail`: leave as failed.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::system::Instruction;
use serde::{Deserialize, Serialize};

/// Leave as failed, unless a Retry around it catches it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fail {
    /// Name of the step.
    pub label: Option<String>,
}

impl Compile for Fail {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, _: &Path) {
        compiler.emit(Instruction::Fail);
    }
}
