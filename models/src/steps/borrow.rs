//! `Borrow`: a block within which an object of a pool is used.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::Component;
use crate::system::{AskStep, Instruction};
use serde::{Deserialize, Serialize};
use sim_core::random::combine;

/// Use an object of a pool for the length of a body; where none is there, one is made at the pool's `factory` cost.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Borrow {
    /// The pool.
    pub pool: String,
    /// What is done with the object.
    pub steps: Vec<Step>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Borrow {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.pool, &at.field("pool"), &["ObjectPool"]) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Borrow {}", self.pool));
        borrow(compiler, station, &self.pool, site, |compiler| compiler.body(&self.steps, &at.field("steps")));
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".to_string(), self.steps.as_slice())]
    }
}

/// A block with an object of a pool.
pub(super) fn borrow<'a, 'l>(
    compiler: &mut Compiler<'a, 'l>,
    station: u16,
    name: &str,
    site: u64,
    body: impl FnOnce(&mut Compiler<'a, 'l>),
) {
    let Some(Component::ObjectPool(pool)) = compiler.components().get(name) else { return };
    let at = Path::new("system.components").field(name);
    let counter = compiler.counter();
    let ask = compiler.ask(AskStep {
        size_of_key: None,
        more: Vec::new(),
        drift: None,
        station,
        amount: None,
        key: None,
        mode: 0,
        waits: true,
        ways: Vec::new(),
        // Misses are few; how few is not known before it runs.
        shares: vec![1.0, 0.0],
        patience: None,
        site,
        counter,
    });
    compiler.way(ask);
    let start = compiler.here();
    body(compiler);
    compiler.emit(Instruction::Release);
    let end = compiler.emit(Instruction::Jump(0));
    compiler.way(ask);
    if let Some(factory) = &pool.factory {
        compiler.spend(factory, &at.field("factory"), pool.on.as_deref(), &at.field("on"), combine(site, 1));
    }
    compiler.emit(Instruction::Jump(start));
    compiler.land(&[end]);
}
