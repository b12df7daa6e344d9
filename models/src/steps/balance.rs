//! `Balance`: one of several bodies, by state.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::Balancing;
use crate::system::{BalanceStep, Instruction};
use serde::{Deserialize, Serialize};

/// One of several bodies, chosen by the number of requests present at the first station of each.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// The bodies.
    pub branches: Vec<Vec<Step>>,
    /// How it is chosen.
    pub by: Balancing,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Balance {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let by = compiler.balancing(&self.by, &at.field("by"));
        let among: Vec<&str> = self.branches.iter().filter_map(|body| body.first()?.component()).collect();
        let registry = compiler.registry(&self.by, &among, &at.field("by"));
        let at = at.field("branches");
        if self.branches.is_empty() {
            compiler.lower().problem_with_help(&at, "there is nothing to choose from", "give at least one branch");
        }
        let site = compiler.site(self.label.as_deref(), "Balance");
        let counter = compiler.counter();
        let index = compiler.program().balances.len() as u32;
        let step = BalanceStep { targets: Vec::new(), stations: Vec::new(), by, registry, site, counter };
        compiler.program().balances.push(step);
        compiler.emit(Instruction::Balance(index));
        let (mut targets, mut stations, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for (i, body) in self.branches.iter().enumerate() {
            targets.push(compiler.here());
            stations.push(compiler.first_station(body, &at.index(i)));
            compiler.body(body, &at.index(i));
            ends.push(compiler.emit(Instruction::Jump(0)));
        }
        let step = &mut compiler.program().balances[index as usize];
        (step.targets, step.stations) = (targets, stations);
        compiler.land(&ends);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        self.branches.iter().enumerate().map(|(i, body)| (format!("branches[{i}]"), body.as_slice())).collect()
    }
}
