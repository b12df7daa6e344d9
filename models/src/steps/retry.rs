//! `Retry`: try a body again.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::{DistributionSpec, Scalar};
use crate::system::{self, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// Try a body again after a Fail, a loss, a drop or a Timeout in it, up to so many times, each after a backoff.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Further attempts.
    pub times: Scalar,
    /// Time before each of them (default 0).
    #[serde(default)]
    pub backoff: Option<DistributionSpec>,
    /// The body.
    pub steps: Vec<Step>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Retry {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), "Retry");
        let times = compiler.lower().whole(&at.field("times"), &self.times, 0, 1_000_000) as u32;
        let none = DistributionSpec::from("0 s");
        let backoff = self.backoff.as_ref().unwrap_or(&none);
        let backoff = compiler.draw(&at.field("backoff"), backoff, Dimension::TIME, site);
        let counter = compiler.counter_in_loop();
        let index = compiler.program().retries.len() as u32;
        compiler.program().retries.push(system::Retry { times, backoff, counter, body: 0 });
        compiler.emit(Instruction::RetryBegin(index));
        let body = compiler.here();
        compiler.program().retries[index as usize].body = body;
        compiler.looped(|compiler| compiler.body(&self.steps, &at.field("steps")));
        compiler.emit(Instruction::RetryEnd);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".into(), &self.steps)]
    }
}
