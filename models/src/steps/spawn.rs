//! `Spawn`: a separate request.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::system::{self, Instruction};
use serde::{Deserialize, Serialize};

/// Start a separate request that runs the body; nobody waits for it. It uses components but is not counted as a request
/// of the flow.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spawn {
    /// The body.
    pub steps: Vec<Step>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Spawn {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), "Spawn");
        let counter = compiler.counter();
        let index = compiler.program().spawns.len() as u32;
        compiler.emit(Instruction::Spawn(index));
        compiler.program().spawns.push(system::Spawn { body: 0, site, counter });
        let skip = compiler.emit(Instruction::Jump(0));
        let body = compiler.here();
        compiler.program().spawns[index as usize].body = body;
        compiler.apart(|compiler| compiler.body(&self.steps, &at.field("steps")));
        compiler.emit(Instruction::Done);
        compiler.land(&[skip]);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".into(), &self.steps)]
    }
}
