//! `Delay`: time passes.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::spec::DistributionSpec;
use crate::system::{self, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// Let time pass; nothing is occupied.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// How long.
    pub time: DistributionSpec,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Delay {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), "Delay");
        let amount = compiler.draw(&at.field("time"), &self.time, Dimension::TIME, site);
        let delay = system::Delay { amount, counter: compiler.counter(), cancellable: compiler.is_cancellable() };
        let index = compiler.program().delays.len() as u32;
        compiler.program().delays.push(delay);
        compiler.emit(Instruction::Delay(index));
    }
}
