//! `Timeout`: abort a body after a time.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::DistributionSpec;
use crate::system::{self, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// Abort a body after a time, queued or in service; a frame on the air finishes. Then `otherwise` runs, or, where it is
/// left out, the request leaves as timed out.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Timeout {
    /// How long the body may take.
    pub time: DistributionSpec,
    /// The body.
    pub steps: Vec<Step>,
    /// What follows an abort.
    #[serde(default)]
    pub otherwise: Option<Vec<Step>>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Timeout {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), "Timeout");
        let after = compiler.draw(&at.field("time"), &self.time, Dimension::TIME, site);
        let counter = compiler.counter();
        let index = compiler.program().timeouts.len() as u32;
        compiler.program().timeouts.push(system::Timeout { after, counter, otherwise: None });
        compiler.emit(Instruction::TimeoutBegin(index));
        compiler.cancellable(|compiler| compiler.body(&self.steps, &at.field("steps")));
        compiler.emit(Instruction::TimeoutEnd);
        if let Some(otherwise) = &self.otherwise {
            let skip = compiler.emit(Instruction::Jump(0));
            let start = compiler.here();
            compiler.program().timeouts[index as usize].otherwise = Some(start);
            compiler.from_anywhere();
            compiler.body(otherwise, &at.field("otherwise"));
            compiler.land(&[skip]);
        }
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        let mut bodies = vec![("steps".to_string(), self.steps.as_slice())];
        bodies.extend(self.otherwise.as_ref().map(|body| ("otherwise".to_string(), body.as_slice())));
        bodies
    }
}
