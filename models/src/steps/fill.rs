//! `Fill` and `Drain`: bytes into a buffer, and out of it.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::resources::buffer::{DRAIN, DRAIN_OR_FILL, FILL, FILL_OR_FLUSH, PEEK};
use crate::spec::{Component, DistributionSpec};
use crate::system::{AskStep, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::combine;

/// Put bytes into a buffer. With a `flush`, the request that reaches the threshold, or for whose bytes there is no room, runs it
/// for all that is there; `Content` is how much that is.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// The buffer.
    pub buffer: String,
    /// How much.
    pub size: DistributionSpec,
    /// What a flush does.
    #[serde(default)]
    pub flush: Option<Vec<Step>>,
    /// How long the request waits at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

/// Take bytes out of a buffer. With a `fill`, the request that finds too few runs it, which fills the buffer; `Content` is
/// how much that brings.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Drain {
    /// The buffer.
    pub buffer: String,
    /// How much.
    pub size: DistributionSpec,
    /// What a fill does.
    #[serde(default)]
    pub fill: Option<Vec<Step>>,
    /// Look at the bytes, and leave them there (default false).
    #[serde(default)]
    pub peek: bool,
    /// How long the request waits at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Fill {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let mode = if self.flush.is_some() { FILL_OR_FLUSH } else { FILL };
        let transfer = Transfer {
            buffer: &self.buffer,
            size: &self.size,
            patience: &self.patience,
            work: self.flush.as_deref().map(|steps| ("flush", steps)),
            mode,
        };
        transfer.compile(compiler, self.label.as_deref(), "Fill", at);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        self.flush.iter().map(|body| ("flush".to_string(), body.as_slice())).collect()
    }
}

impl Compile for Drain {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let mode = if self.fill.is_some() { DRAIN_OR_FILL } else { DRAIN };
        let transfer = Transfer {
            buffer: &self.buffer,
            size: &self.size,
            patience: &self.patience,
            work: self.fill.as_deref().map(|steps| ("fill", steps)),
            mode: if self.peek { mode | PEEK } else { mode },
        };
        transfer.compile(compiler, self.label.as_deref(), "Drain", at);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        self.fill.iter().map(|body| ("fill".to_string(), body.as_slice())).collect()
    }
}

/// What both have in common.
struct Transfer<'s> {
    buffer: &'s str,
    size: &'s DistributionSpec,
    patience: &'s Option<DistributionSpec>,
    work: Option<(&'static str, &'s [Step])>,
    mode: u8,
}

impl Transfer<'_> {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, label: Option<&str>, word: &str, at: &Path) {
        let Some(station) = compiler.passive(self.buffer, &at.field("buffer"), &["Buffer"]) else { return };
        let Some(Component::Buffer(buffer)) = compiler.components().get(self.buffer) else { return };
        let buffer_at = Path::new("system.components").field(self.buffer);
        let site = compiler.site(label, &format!("{word} {}", self.buffer));
        let size = compiler.draw(&at.field("size"), self.size, Dimension::DATA, site);
        let patience = self
            .patience
            .as_ref()
            .map(|spec| compiler.draw(&at.field("patience"), spec, Dimension::TIME, combine(site, 3)));
        let fills = self.mode & !PEEK < DRAIN;
        let capacity = buffer.capacity(compiler.lower(), &buffer_at);
        let typical = if fills { buffer.threshold(compiler.lower(), &buffer_at) } else { capacity };
        if self.work.is_none() && size.distribution.min() > capacity {
            let word = if fills { "flush" } else { "fill" };
            let help = format!("give the buffer more capacity, or the step a `{word}`");
            compiler.lower().problem_with_help(&at.field("size"), "more than the buffer holds", help);
        }
        // One in so many does the work, as far as is known before it runs.
        let mean = size.distribution.mean();
        let share = if self.work.is_some() && mean.is_finite() { (mean / typical).min(1.0) } else { 0.0 };
        let counter = compiler.counter();
        let ask = compiler.ask(AskStep {
            size_of_key: None,
            more: Vec::new(),
            drift: None,
            station,
            amount: Some(size),
            key: None,
            mode: self.mode,
            waits: true,
            ways: Vec::new(),
            shares: if self.work.is_some() { vec![1.0 - share, share] } else { vec![1.0] },
            patience,
            site,
            counter,
        });
        compiler.way(ask);
        // Compacting comes first; in the end the pending bytes of a flush may have to be made room for.
        let compacts = buffer.compact.is_some() && fills;
        let pay = |compiler: &mut Compiler<'_, '_>, site| {
            if compacts {
                let payment = compiler.payer(buffer.on.as_deref(), &buffer_at.field("on"));
                compiler.pay(payment, site);
            }
        };
        pay(compiler, combine(site, 5));
        if let Some((field, steps)) = self.work {
            let end = compiler.emit(Instruction::Jump(0));
            compiler.way(ask);
            pay(compiler, combine(site, 6));
            compiler.carrying(typical, |compiler| compiler.body(steps, &at.field(field)));
            compiler.emit(Instruction::Release);
            pay(compiler, combine(site, 7));
            compiler.land(&[end]);
        }
    }
}
