//! `Hold`: a block within which units of a semaphore are held.

use super::{Compile, Step};
use crate::lower::{Compiler, Path, Payment};
use crate::resources::Grant;
use crate::spec::{Component, DistributionSpec};
use crate::system::{AskStep, Demand, Draw, Instruction, Spawn};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::distributions::Constant;
use sim_core::random::combine;

/// Hold units of a semaphore for the length of a body: permits, credits, or a joint limit on all that is used within.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// The semaphore.
    pub pool: String,
    /// Units (default 1).
    #[serde(default)]
    pub n: Option<DistributionSpec>,
    /// What is done while they are held.
    pub steps: Vec<Step>,
    /// How long the request waits at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// The request goes on without waiting for this, and the units come back when a separate request has run it: an
    /// acknowledgement that brings a credit back.
    #[serde(default)]
    pub acknowledge: Option<Vec<Step>>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Hold {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.pool, &at.field("pool"), &["Semaphore"]) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Hold {}", self.pool));
        let amount = self.n.as_ref().map(|n| compiler.draw(&at.field("n"), n, Dimension::NONE, combine(site, 1)));
        let patience = self
            .patience
            .as_ref()
            .map(|spec| compiler.draw(&at.field("patience"), spec, Dimension::TIME, combine(site, 3)));
        let spin = self.spin(compiler);
        if spin.is_some() && patience.is_some() {
            let help = "put the Hold into a `Timeout`";
            compiler.lower().problem_with_help(&at.field("patience"), "a request that spins waits in no line", help);
        }
        let counter = compiler.counter();
        let step = AskStep {
            amount,
            waits: spin.is_none(),
            shares: if spin.is_some() { vec![1.0, 0.0] } else { vec![1.0] },
            patience,
            counter,
            ..AskStep::of(station, site)
        };
        let again = compiler.here();
        let ask = compiler.ask(step);
        compiler.way(ask);
        let held = compiler.emit(Instruction::Jump(0));
        if let Some((payment, poll)) = spin {
            debug_assert_eq!(compiler.program().asks[ask as usize].ways.len(), usize::from(Grant::DENIED));
            compiler.way(ask);
            if let Payment::On(processor) = payment {
                compiler.visit_for(processor, Demand::Time(poll), combine(site, 2));
            }
            compiler.emit(Instruction::Jump(again));
        }
        compiler.land(&[held]);
        compiler.body(&self.steps, &at.field("steps"));
        match &self.acknowledge {
            None => {
                compiler.emit(Instruction::Release);
            }
            Some(acknowledge) => {
                let counter = compiler.counter();
                let index = compiler.program().spawns.len() as u32;
                compiler.emit(Instruction::HandOver(index));
                let skip = compiler.emit(Instruction::Jump(0));
                let body = compiler.here();
                compiler.program().spawns.push(Spawn { body, site: combine(site, 4), counter });
                compiler.apart(|compiler| compiler.body(acknowledge, &at.field("acknowledge")));
                compiler.emit(Instruction::Release);
                compiler.emit(Instruction::Done);
                compiler.land(&[skip]);
            }
        }
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        let mut bodies = vec![("steps".to_string(), self.steps.as_slice())];
        bodies.extend(self.acknowledge.as_ref().map(|body| ("acknowledge".to_string(), body.as_slice())));
        bodies
    }
}

impl Hold {
    /// The processor that is polled from, and the time of a poll.
    fn spin(&self, compiler: &mut Compiler<'_, '_>) -> Option<(Payment, Draw)> {
        let Some(Component::Semaphore(semaphore)) = compiler.components().get(&self.pool) else { return None };
        let at = Path::new("system.components").field(&self.pool);
        let spin = semaphore.spin.as_ref()?;
        let payment = compiler.payer(Some(spin), &at.field("spin"));
        let poll = match &semaphore.poll {
            Some(poll) => compiler.lower().positive(&at.field("poll"), poll, Dimension::TIME),
            None => 1e-6,
        };
        let ticks = (poll * compiler.lower().clock().ticks_per_second()).max(1.0);
        Some((payment, Draw { distribution: Constant::new(ticks).ok()?.into(), site: 0 }))
    }
}
