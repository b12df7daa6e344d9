//! `Interrupt`: a processor turns to the handler of a line at once.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::system::{self, Delay, Draw, Instruction, InterruptStep};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::combine;

/// Interrupt a processor or device: after the latency of the line a core suspends what it does, runs the handler and goes
/// on; then the interrupt is acknowledged, and the request goes on too. The next interrupt of a line is handled after
/// that; interrupts are not interrupted.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Interrupt {
    /// The processor or device.
    pub on: String,
    /// The line: one of its `interrupts`.
    pub line: String,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Interrupt {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), &format!("Interrupt {} {}", self.on, self.line));
        let Some((station, lane, line, spec)) = compiler.interrupt_line(&self.on, &self.line, at) else { return };
        let line_at = Path::new("system.components").field(&self.on).field("interrupts").field(&self.line);
        let latency = spec
            .latency
            .as_ref()
            .map(|spec| compiler.draw(&line_at.field("latency"), spec, Dimension::TIME, combine(site, 2)));
        let distribution = compiler.work_on(station, &spec.handler, &line_at.field("handler"));
        if let Some(amount) = latency {
            let delay = Delay { amount, counter: compiler.counter(), cancellable: compiler.is_cancellable() };
            let index = compiler.program().delays.len() as u32;
            compiler.program().delays.push(delay);
            compiler.emit(Instruction::Delay(index));
        }
        let counter = compiler.counter();
        let step = InterruptStep { station, lane, line, handler: Draw { distribution, site }, counter };
        let index = compiler.program().interrupts.len() as u32;
        compiler.program().interrupts.push(step);
        compiler.emit(system::Instruction::Interrupt(index));
    }

    fn component(&self) -> Option<&str> {
        Some(&self.on)
    }
}
