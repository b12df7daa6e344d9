//! `Place`: a block that runs on the node where a service is.

use super::{Compile, Step};
use crate::lower::{Compiler, Lower, Path};
use crate::resources::orchestrator::Orchestrator;
use crate::spec::{Component, DistributionSpec};
use crate::system::Instruction;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::combine;

/// Do something on the node where an orchestrator has placed a service, on whichever replica it chooses. Within the body
/// the name of the service stands for that node.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The orchestrator.
    pub orchestrator: String,
    /// The service.
    pub service: String,
    /// What is done there.
    pub steps: Vec<Step>,
    /// How long the request waits for a replica at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Place {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(own) = compiler.passive(&self.orchestrator, &at.field("orchestrator"), &["Orchestrator"]) else {
            return;
        };
        let Some(Component::Orchestrator(orchestrator)) = compiler.components().get(&self.orchestrator) else { return };
        let lower: &Lower<'_> = compiler.lower();
        let Some(service) = orchestrator.service(&self.service) else {
            lower.unknown(&at.field("service"), "service", &self.service, orchestrator.service_names());
            return;
        };
        let nodes = orchestrator.node_stations(compiler.components());
        let orchestrator_at = Path::new("system.components").field(&self.orchestrator);
        let site = compiler.site(self.label.as_deref(), &format!("Place {}", self.service));
        let mut step = Orchestrator::whereabouts(own, service, site);
        step.shares = orchestrator.shares(lower, compiler.components(), &orchestrator_at, service);
        step.counter = compiler.counter();
        let patience = self.patience.as_ref();
        step.patience =
            patience.map(|spec| compiler.draw(&at.field("patience"), spec, Dimension::TIME, combine(site, 3)));
        let ask = compiler.ask(step);
        let mut ends = Vec::new();
        compiler.at_each_node(&self.service, own, &nodes, |compiler, _| {
            compiler.way(ask);
            compiler.body(&self.steps, &at.field("steps"));
            ends.push(compiler.emit(Instruction::Jump(0)));
        });
        compiler.land(&ends);
        compiler.emit(Instruction::Release);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".to_string(), self.steps.as_slice())]
    }
}
