//! `Choose`: one of several bodies.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::Scalar;
use crate::system::{Choice, Instruction};
use serde::{Deserialize, Serialize};

/// One of several bodies, by probability; an empty body does nothing.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Choose {
    /// (probability, body); the probabilities add up to 1.
    pub branches: Vec<(Scalar, Vec<Step>)>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Choose {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let at = at.field("branches");
        let probabilities: Vec<f64> = self
            .branches
            .iter()
            .enumerate()
            .map(|(i, (p, _))| compiler.lower().probability(&at.index(i).index(0), p))
            .collect();
        compiler.lower().adds_up(&at, &probabilities);
        let site = compiler.site(self.label.as_deref(), "Choose");
        let counter = compiler.counter();
        let index =
            compiler.add_choice(Choice { cumulative: cumulate(&probabilities), targets: Vec::new(), site, counter });
        compiler.emit(Instruction::Choose(index));
        let mut ends = Vec::new();
        let mut targets = Vec::new();
        for (i, (_, body)) in self.branches.iter().enumerate() {
            targets.push(compiler.here());
            compiler.body(body, &at.index(i).index(1));
            ends.push(compiler.emit(Instruction::Jump(0)));
        }
        compiler.program().choices[index as usize].targets = targets;
        compiler.land(&ends);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        self.branches.iter().enumerate().map(|(i, (_, body))| (format!("branches[{i}][1]"), body.as_slice())).collect()
    }
}

/// Cumulative sums, the last of which is made 1.
pub(crate) fn cumulate(probabilities: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut cumulative: Vec<f64> = probabilities
        .iter()
        .map(|p| {
            sum += p;
            sum
        })
        .collect();
    // Rounding must not leave a gap at the end: from the last possible choice on, everything falls to it.
    if let Some(last) = probabilities.iter().rposition(|p| *p > 0.0) {
        cumulative[last..].fill(1.0);
    }
    cumulative
}
