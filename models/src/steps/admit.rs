//! `Admit`: a block within which cores, memory, bandwidth and storage are held, all or nothing.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::resources::ADMISSION_KINDS;
use crate::spec::{Component, DistributionSpec};
use crate::system::{AskStep, Draw, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::distributions::Constant;
use sim_core::random::combine;

/// Hold cores, memory, bandwidth and storage of an admission for the length of a body: all that is asked for at once, or
/// nothing. What is left out is not needed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Admit {
    /// The admission.
    pub pool: String,
    /// What is done while it is held.
    pub steps: Vec<Step>,
    /// Cores (default 0).
    #[serde(default)]
    pub cores: Option<DistributionSpec>,
    /// Memory (default 0).
    #[serde(default)]
    pub memory: Option<DistributionSpec>,
    /// Bandwidth (default 0).
    #[serde(default)]
    pub bandwidth: Option<DistributionSpec>,
    /// Storage (default 0).
    #[serde(default)]
    pub storage: Option<DistributionSpec>,
    /// How long the request waits at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Admit {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.pool, &at.field("pool"), &["Admission"]) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Admit {}", self.pool));
        let there = match compiler.components().get(&self.pool) {
            Some(Component::Admission(admission)) => admission.written().map(|amount| amount.is_some()),
            _ => return,
        };
        let written = [&self.cores, &self.memory, &self.bandwidth, &self.storage];
        let mut needs = Vec::new();
        for (i, need) in written.into_iter().enumerate() {
            let (name, dimension) = ADMISSION_KINDS[i];
            let purpose = combine(site, 10 + i as u64);
            let nothing = || Constant::new(0.0).ok().map(|zero| Draw { distribution: zero.into(), site: 0 });
            if need.is_some() && !there[i] {
                let message = format!("`{}` has no {name} to give", self.pool);
                let help = format!("give `{}` some `{name}`, or leave it out here", self.pool);
                compiler.lower().problem_with_help(&at.field(name), message, help);
            }
            needs.extend(match need {
                Some(spec) => Some(compiler.draw(&at.field(name), spec, dimension, purpose)),
                None => nothing(),
            });
        }
        if written.iter().all(|need| need.is_none()) {
            let help = "give `cores`, `memory`, `bandwidth` or `storage`";
            compiler.lower().problem_with_help(at, "an Admit must need something", help);
        }
        let patience = self
            .patience
            .as_ref()
            .map(|spec| compiler.draw(&at.field("patience"), spec, Dimension::TIME, combine(site, 3)));
        let counter = compiler.counter();
        let amount = (!needs.is_empty()).then(|| needs.remove(0));
        let step = AskStep {
            size_of_key: None,
            more: needs,
            drift: None,
            station,
            amount,
            key: None,
            mode: 0,
            waits: true,
            ways: Vec::new(),
            shares: vec![1.0],
            patience,
            site,
            counter,
        };
        let ask = compiler.ask(step);
        compiler.way(ask);
        compiler.body(&self.steps, &at.field("steps"));
        compiler.emit(Instruction::Release);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".to_string(), self.steps.as_slice())]
    }
}
