//! `Allocate`: a block within which memory is held.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::{Component, DistributionSpec};
use crate::system::{AskStep, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::combine;

/// Allocate memory from a pool or a collected heap, and hold it for the length of a body.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Allocate {
    /// The MemoryPool or Collector.
    pub pool: String,
    /// Amount of memory.
    pub size: DistributionSpec,
    /// What is done while it is held (default: nothing, it is given back at once).
    #[serde(default)]
    pub steps: Vec<Step>,
    /// How long it stays alive after the body, in a Collector (default: it dies at its end).
    #[serde(default)]
    pub lives: Option<DistributionSpec>,
    /// How long the request waits for memory at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Allocate {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let kinds = ["MemoryPool", "Collector"];
        let Some(station) = compiler.passive(&self.pool, &at.field("pool"), &kinds) else { return };
        let on = match compiler.components().get(&self.pool) {
            Some(Component::MemoryPool(pool)) => pool.on.as_deref(),
            Some(Component::Collector(heap)) => heap.on.as_deref(),
            _ => None,
        };
        if self.lives.is_some() && !matches!(compiler.components().get(&self.pool), Some(Component::Collector(_))) {
            let help = "leave it out, or allocate from a Collector";
            compiler.lower().problem_with_help(&at.field("lives"), "a block of a pool ends with its body", help);
        }
        let payment = compiler.payer(on, &Path::new("system.components").field(&self.pool).field("on"));
        let site = compiler.site(self.label.as_deref(), &format!("Allocate {}", self.pool));
        let amount = compiler.draw(&at.field("size"), &self.size, Dimension::DATA, combine(site, 1));
        let draw = |field: &str, spec: &Option<DistributionSpec>, purpose: u64| {
            let at = at.field(field);
            spec.as_ref().map(|spec| compiler.draw(&at, spec, Dimension::TIME, combine(site, purpose)))
        };
        let (lives, patience) = (draw("lives", &self.lives, 2), draw("patience", &self.patience, 3));
        let counter = compiler.counter();
        let ask = compiler.ask(AskStep {
            size_of_key: None,
            more: Vec::new(),
            drift: None,
            station,
            amount: Some(amount),
            // A heap is told how long it lives in ticks.
            key: lives,
            mode: 0,
            waits: true,
            ways: Vec::new(),
            shares: vec![1.0],
            patience,
            site,
            counter,
        });
        compiler.way(ask);
        compiler.pay(payment, combine(site, 4));
        compiler.body(&self.steps, &at.field("steps"));
        compiler.emit(Instruction::Release);
        compiler.pay(payment, combine(site, 5));
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".to_string(), self.steps.as_slice())]
    }
}
