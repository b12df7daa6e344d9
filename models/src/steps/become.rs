//! `Become`: class switching.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::system::Instruction;
use serde::{Deserialize, Serialize};

/// Go on as a request of another flow, from its first step, with its priority and weight. What the request is counted
/// under, and its deadline, stay those of the flow that it was born in; a Retry, Timeout or Repeat around this step ends here.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Become {
    /// The other flow.
    pub flow: String,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Become {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        if compiler.is_in_branch() {
            let help = "put the Become after the Fork or Batch";
            let message = "a branch of a Fork, or the body of a Batch, cannot Become another flow";
            compiler.lower().problem_with_help(at, message, help);
        }
        if let Some(flow) = compiler.flow_index(&self.flow, &at.field("flow")) {
            compiler.emit(Instruction::Become(flow));
        }
    }
}
