//! `Transfer`: data from one place in memory to another.
//!
//! ```text
//!   Copy         processor: size / memcpy
//!   PooledCopy   a buffer of a pool (a miss makes one), held for: processor: size / memcpy
//!   ZeroCopy     processor: map twice ─▶ a channel of a Dma: set-up, size / bandwidth ─▶ processor: unmap twice
//! ```
//!
//! Where the channels are free, ZeroCopy is done sooner than Copy for sizes above
//! (2 map + set-up + 2 unmap) / (1 / memcpy - 1 / bandwidth), where that is positive.

use super::borrow::borrow;
use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::{Component, DistributionSpec, Scalar};
use crate::system::{AskStep, Demand, Draw, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::combine;

/// How data is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Mode {
    /// By the processor.
    Copy,
    /// By the processor, into a buffer of a pool.
    PooledCopy,
    /// By a controller, while the processor does something else.
    ZeroCopy,
}

/// Move data within memory: by the processor, or by a DMA controller.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// How much.
    pub size: DistributionSpec,
    /// How.
    pub mode: Mode,
    /// The processor that copies, or maps and unmaps.
    pub on: String,
    /// The rate at which it copies (default 13.7 GB/s: `memcpy` as measured by the authors of lz4 on a Core i7-9700K).
    #[serde(default)]
    pub memcpy: Option<Scalar>,
    /// (PooledCopy) The pool of buffers.
    #[serde(default)]
    pub pool: Option<String>,
    /// (PooledCopy) What is done with the buffer before it goes back.
    #[serde(default)]
    pub steps: Option<Vec<Step>>,
    /// (ZeroCopy) The controller.
    #[serde(default)]
    pub dma: Option<String>,
    /// (ZeroCopy) Work to map one buffer, time or cycles; the source and the destination are mapped.
    #[serde(default)]
    pub map: Option<DistributionSpec>,
    /// (ZeroCopy) Work to unmap one of them (default: as to map it).
    #[serde(default)]
    pub unmap: Option<DistributionSpec>,
    /// (ZeroCopy) How long the request waits for a channel at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

/// Rate of `memcpy` [bit/s].
const MEMCPY: f64 = 13.7e9 * 8.0;

impl Compile for Transfer {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), &format!("Transfer on {}", self.on));
        let size = compiler.draw(&at.field("size"), &self.size, Dimension::DATA, site);
        self.check_fields(compiler, at);
        match self.mode {
            Mode::Copy => self.copy(compiler, &size, site, at),
            Mode::PooledCopy => {
                let Some(pool) = self.needed(compiler, &self.pool, "pool", "\"buffers\"", at) else { return };
                let Some(station) = compiler.passive(pool, &at.field("pool"), &["ObjectPool"]) else { return };
                borrow(compiler, station, pool, combine(site, 8), |compiler| {
                    self.copy(compiler, &size, site, at);
                    if let Some(steps) = &self.steps {
                        compiler.body(steps, &at.field("steps"));
                    }
                });
            }
            Mode::ZeroCopy => self.zero_copy(compiler, &size, site, at),
        }
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        self.steps.iter().map(|body| ("steps".to_string(), body.as_slice())).collect()
    }

    fn component(&self) -> Option<&str> {
        Some(&self.on)
    }
}

impl Transfer {
    /// Fields that only another mode has.
    fn check_fields(&self, compiler: &Compiler<'_, '_>, at: &Path) {
        let fields = [
            ("memcpy", self.memcpy.is_some(), self.mode != Mode::ZeroCopy),
            ("pool", self.pool.is_some(), self.mode == Mode::PooledCopy),
            ("steps", self.steps.is_some(), self.mode == Mode::PooledCopy),
            ("dma", self.dma.is_some(), self.mode == Mode::ZeroCopy),
            ("map", self.map.is_some(), self.mode == Mode::ZeroCopy),
            ("unmap", self.unmap.is_some(), self.mode == Mode::ZeroCopy),
            ("patience", self.patience.is_some(), self.mode == Mode::ZeroCopy),
        ];
        for (field, given, fits) in fields {
            if given && !fits {
                let message = format!("`{field}` has no meaning with mode {:?}", self.mode);
                let help = "leave it out, or take another mode: Copy, PooledCopy or ZeroCopy";
                compiler.lower().problem_with_help(&at.field(field), message, help);
            }
        }
    }

    fn needed<'s, T>(
        &self,
        compiler: &Compiler<'_, '_>,
        value: &'s Option<T>,
        field: &str,
        example: &str,
        at: &Path,
    ) -> Option<&'s T> {
        if value.is_none() {
            let message = format!("a Transfer with mode {:?} needs `{field}`", self.mode);
            compiler.lower().problem_with_help(at, message, format!("give `{field}: {example}`"));
        }
        value.as_ref()
    }

    /// The processor copies.
    fn copy(&self, compiler: &mut Compiler<'_, '_>, size: &Draw, site: u64, at: &Path) {
        let lower = compiler.lower();
        let rate = match &self.memcpy {
            Some(rate) => lower.positive(&at.field("memcpy"), rate, Dimension::DATA_RATE),
            None => MEMCPY,
        };
        let time = size.scaled(lower.clock().ticks_per_second() / rate);
        if let Some(station) = compiler.processor(&self.on, &at.field("on")) {
            compiler.visit_for(station, Demand::Time(time), site);
        }
    }

    fn zero_copy(&self, compiler: &mut Compiler<'_, '_>, size: &Draw, site: u64, at: &Path) {
        let dma = self.needed(compiler, &self.dma, "dma", "\"dma\"", at);
        let map = self.needed(compiler, &self.map, "map", "\"1 us\"", at);
        let (Some(dma), Some(map)) = (dma, map) else { return };
        let Some(station) = compiler.passive(dma, &at.field("dma"), &["Dma"]) else { return };
        let Some(Component::Dma(controller)) = compiler.components().get(dma) else { return };
        let dma_at = Path::new("system.components").field(dma);
        let on_at = at.field("on");
        let twice = |compiler: &mut Compiler<'_, '_>, spec: &DistributionSpec, field: &str, purpose: u64| {
            for i in 0..2 {
                compiler.spend(spec, &at.field(field), Some(&self.on), &on_at, combine(site, purpose + i));
            }
        };
        twice(compiler, map, "map", 10);
        let patience = self
            .patience
            .as_ref()
            .map(|spec| compiler.draw(&at.field("patience"), spec, Dimension::TIME, combine(site, 3)));
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
            shares: vec![1.0],
            patience,
            site,
            counter,
        });
        compiler.way(ask);
        if let Some(setup) = &controller.setup {
            let setup_at = dma_at.field("setup");
            compiler.spend(setup, &setup_at, None, &setup_at, combine(site, 14));
        }
        if let Some(bandwidth) = &controller.bandwidth {
            let lower = compiler.lower();
            let rate = lower.positive(&dma_at.field("bandwidth"), bandwidth, Dimension::DATA_RATE);
            let time = size.scaled(lower.clock().ticks_per_second() / rate);
            compiler.pass(time);
        }
        compiler.emit(Instruction::Release);
        match &self.unmap {
            Some(unmap) => twice(compiler, unmap, "unmap", 12),
            None => twice(compiler, map, "map", 12),
        }
    }
}
