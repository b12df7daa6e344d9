//! `Repeat`: a body several times.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::DistributionSpec;
use crate::system::{self, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// A body several times: a number, or a distribution whose value is rounded.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often.
    pub times: DistributionSpec,
    /// The body.
    pub steps: Vec<Step>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Repeat {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), "Repeat");
        let amount = compiler.draw(&at.field("times"), &self.times, Dimension::NONE, site);
        if amount.distribution.mean() > 1e9 {
            compiler.lower().problem_with_help(
                &at.field("times"),
                "a flow that repeats so often never ends",
                "give at most 1_000_000_000",
            );
        }
        if self.steps.is_empty() {
            compiler.lower().problem_with_help(
                &at.field("steps"),
                "there is nothing to repeat",
                "give at least one step",
            );
        }
        let counter = compiler.counter();
        let index = compiler.program().repeats.len() as u32;
        compiler.program().repeats.push(system::Delay { amount, counter, cancellable: false });
        compiler.emit(Instruction::RepeatBegin(index));
        // The body is entered through the test at its end, so that it may run zero times.
        let entry = compiler.emit(Instruction::Jump(0));
        let body = compiler.here();
        compiler.looped(|compiler| compiler.body(&self.steps, &at.field("steps")));
        compiler.land(&[entry]);
        compiler.emit(Instruction::RepeatEnd(body));
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".into(), &self.steps)]
    }
}
