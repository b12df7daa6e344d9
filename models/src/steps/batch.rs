//! `Batch`: a body that runs once for many requests.

use super::{Compile, Step};
use crate::lower::{BatchNumbers, Compiler, Path};
use crate::resources::Full;
use crate::spec::{Component, DistributionSpec};
use crate::system::{self, AskStep, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::combine;

/// Wait in a batcher until a batch goes out; then the body runs once for the batch, and all its items go on when it has
/// ended. `$batch.n` and `$batch.size` can be used in the body's amounts.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The batcher.
    pub batcher: String,
    /// What is done once for the batch.
    pub steps: Vec<Step>,
    /// What the request brings to the batch (default: no data).
    #[serde(default)]
    pub size: Option<DistributionSpec>,
    /// How long the request waits for its batch to go out; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Batch {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.batcher, &at.field("batcher"), &["Batcher"]) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Batch {}", self.batcher));
        let size =
            self.size.as_ref().map(|size| compiler.draw(&at.field("size"), size, Dimension::DATA, combine(site, 1)));
        let patience = self
            .patience
            .as_ref()
            .map(|spec| compiler.draw(&at.field("patience"), spec, Dimension::TIME, combine(site, 3)));
        let mean = size.as_ref().map_or(0.0, |draw| draw.distribution.mean());
        let (usual, share) = self.usual(compiler, at, mean);
        if let Some(size) = &size {
            compiler.carries(size);
        }
        if !compiler.same_body(station, &self.steps) {
            let help =
                "a batch with items of both runs the body of its most urgent item: give each a batcher of its own";
            let message = format!("another Batch over `{}` has other steps", self.batcher);
            compiler.lower().warning(&at.field("steps"), message, help);
        }
        // Without a size an item counts, and brings nothing.
        let amount = size.unwrap_or_else(|| compiler.nothing());
        let counter = compiler.counter();
        let ask = compiler.ask(AskStep {
            size_of_key: None,
            more: Vec::new(),
            drift: None,
            station,
            amount: Some(amount),
            key: None,
            mode: 0,
            waits: true,
            ways: Vec::new(),
            shares: vec![1.0],
            patience,
            site,
            counter,
        });
        compiler.way(ask);
        let index = compiler.program().batches.len() as u32;
        compiler.program().batches.push(system::BatchStep { body: 0, site, share });
        compiler.emit(Instruction::Ride(index));
        compiler.emit(Instruction::Release);
        let skip = compiler.emit(Instruction::Jump(0));
        compiler.program().batches[index as usize].body = compiler.here();
        let numbers = BatchNumbers { usual, sized: self.size.is_some() };
        compiler.batch_body(numbers, |compiler| compiler.body(&self.steps, &at.field("steps")));
        compiler.emit(Instruction::BatchEnd);
        compiler.land(&[skip]);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".to_string(), self.steps.as_slice())]
    }
}

impl Batch {
    /// Items and bits of a full batch, and the share of items that send one out, as far as it is known beforehand.
    fn usual(&self, compiler: &Compiler<'_, '_>, at: &Path, mean: f64) -> ([f64; 2], f64) {
        let Some(Component::Batcher(batcher)) = compiler.components().get(&self.batcher) else {
            return ([1.0, mean], 0.0);
        };
        let component_at = Path::new("system.components").field(&self.batcher);
        let (items, known) = match batcher.full(compiler.lower(), &component_at) {
            Full::Never => (1.0, false),
            Full::Items(n) => (n as f64, true),
            Full::Bits(limit) if mean > 0.0 => ((limit / mean).max(1.0), true),
            Full::Bits(_) => {
                if self.size.is_none() {
                    let help = "give the step a `size: \"100 B\"`, or the batcher a number of items";
                    let message = format!("`{}` gathers data, but the items of this step bring none", self.batcher);
                    compiler.lower().problem_with_help(at, message, help);
                }
                (1.0, false)
            }
        };
        // A time may send batches out earlier: then the share is known only when it runs.
        let share = if known && batcher.time.is_none() { 1.0 / items } else { 0.0 };
        ([items, items * mean], share)
    }
}
