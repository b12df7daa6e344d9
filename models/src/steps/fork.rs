//! `Fork`: several bodies at once.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::Join;
use crate::system::{self, Instruction};
use serde::{Deserialize, Serialize};

/// Several bodies at once. The request goes on when all, any or k of them have ended; the others are cancelled.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// The bodies.
    pub branches: Vec<Vec<Step>>,
    /// When the request goes on (default `All`).
    #[serde(default)]
    pub join: Join,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Fork {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let number = self.branches.len() as u64;
        if number == 0 {
            compiler.lower().problem_with_help(
                &at.field("branches"),
                "there is nothing to fork",
                "give at least one branch",
            );
            return;
        }
        let needed = match &self.join {
            Join::All => number,
            Join::Any => 1,
            Join::Quorum { k } => compiler.lower().whole(&at.field("join").field("k"), k, 1, number),
        };
        let index = compiler.program().forks.len() as u32;
        compiler.program().forks.push(system::Fork { branches: Vec::new(), needed: needed as u32, after: 0 });
        compiler.emit(Instruction::Fork(index));
        let mut branches = Vec::new();
        compiler.branches(|compiler| {
            for (i, body) in self.branches.iter().enumerate() {
                branches.push(compiler.here());
                compiler.body(body, &at.field("branches").index(i));
                compiler.emit(Instruction::BranchEnd);
            }
        });
        let after = compiler.here();
        let fork = &mut compiler.program().forks[index as usize];
        (fork.branches, fork.after) = (branches, after);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        self.branches.iter().enumerate().map(|(i, body)| (format!("branches[{i}]"), body.as_slice())).collect()
    }
}
