//! `Metrics`: samples of components, taken at an interval and collected as a load of its own.
//!
//! ```text
//!   every interval, for each instance:   agent ──▶ network ──▶ collector ──▶ storage
//!                                        work      size        ingest        size
//! ```
//!
//! Each part is left out where it is not given. The load is a flow for each component that is sampled; what the samples
//! are worth shows in their age: how old what the collector knows is (the age of information; Kaul, Yates, Gruteser 2012).

use super::{Answer, Ask, FigureName, Grant, Held, Measured, Prototype, Resource, World, passive};
use crate::lower::{Compiler, Lower, OwnedFlow, Path};
use crate::spec::{Component, DistributionSpec, Named, Scalar};
use crate::steps::{Access, Compute, Send};
use crate::system::{AskStep, Instruction, NOWHERE};
use crate::units::Dimension;
use sim_core::time::Time;
use std::collections::BTreeMap;

passive! {
    /// Samples of components at an interval. What taking, sending, collecting and storing them costs is a load.
    Metrics {
        /// The components that are sampled: each instance by itself.
        of: Vec<String>,
        /// Interval between two samples of an instance (default 10 s).
        every: Scalar,
        /// What is added to the time of each sample.
        jitter: DistributionSpec,
        /// What taking a sample takes of the processor or device, as a time or in cycles.
        work: DistributionSpec,
        /// The processor that samples networks and storage, which cannot compute.
        on: String,
        /// Size of a sample.
        size: DistributionSpec,
        /// The network that it is sent over.
        over: String,
        /// The processor or device that collects.
        collector: String,
        /// What a sample takes of the collector, as a time or in cycles.
        ingest: DistributionSpec,
        /// The storage that it is written to.
        storage: String,
    }
    Metrics::prototype, flows: Metrics::flows
}

/// The most components: they are told apart by [`Ask::mode`].
const MOST: usize = 255;

impl Metrics {
    fn prototype(&self, lower: &Lower<'_>, components: &Named<Component>, at: &Path) -> Prototype {
        let of = self.of.as_deref().unwrap_or_default();
        if of.is_empty() || of.len() > MOST {
            let message = format!("it samples {} components", of.len());
            let help = format!("name those that it samples, at most {MOST}: `of: [\"gateway\"]`");
            lower.problem_with_help(&at.field("of"), message, help);
        }
        let computes = ["Processor", "Device"];
        for (i, name) in of.iter().enumerate() {
            let at = at.field("of").index(i);
            if of[..i].contains(name) {
                lower.problem_with_help(&at, format!("`{name}` is named twice"), "name it once");
            }
            let kinds = ["Processor", "Device", "Network", "Storage"];
            let known = lower.component_of(name, components, &kinds, &at);
            let computes = components.get(name).is_some_and(|c| computes.contains(&c.kind()));
            if known.is_some() && !computes && self.work.is_some() && self.on.is_none() {
                let help = "give `on: \"..\"`: the processor that takes its samples";
                lower.problem_with_help(&at, format!("`{name}` cannot do the work of sampling itself"), help);
            }
        }
        for (field, name) in [("on", &self.on), ("collector", &self.collector)] {
            name.as_ref().map(|name| lower.component_of(name, components, &computes, &at.field(field)));
        }
        let storage = |name: &String| lower.component_of(name, components, &["Storage"], &at.field("storage"));
        self.storage.as_ref().map(storage);
        let over = |name: &String| lower.component_of(name, components, &["Network"], &at.field("over"));
        self.over.as_ref().map(over);
        let needs = [
            ("over", self.over.is_some(), "size", self.size.is_some()),
            ("storage", self.storage.is_some(), "size", self.size.is_some()),
            ("ingest", self.ingest.is_some(), "collector", self.collector.is_some()),
            ("on", self.on.is_some(), "work", self.work.is_some()),
            ("size", self.size.is_some(), "over", self.over.is_some() || self.storage.is_some()),
            ("collector", self.collector.is_some(), "ingest", self.ingest.is_some()),
        ];
        for (field, _, other, _) in needs.iter().filter(|(_, given, _, needed)| *given && !needed) {
            let help = format!("give `{other}`, or leave `{field}` out");
            lower.problem_with_help(&at.field(field), format!("`{field}` means nothing without `{other}`"), help);
        }
        Prototype { state: super::State::Metrics(Box::default()), units: 0.0 }
    }

    fn flows<'a>(&'a self, lower: &Lower<'_>, components: &'a Named<Component>, at: &Path) -> Vec<OwnedFlow<'a>> {
        let every = lower.interval(&at.field("every"), self.every.as_ref(), 10.0);
        let ticks = lower.clock().ticks_per_second();
        let of = self.of.iter().flatten().take(MOST).enumerate();
        let sampled = of.filter_map(|(i, name)| {
            let index = components.get_index_of(name).filter(|index| components[*index].passive().is_none())?;
            let computes = matches!(components[index], Component::Processor(_) | Component::Device(_));
            let on = if computes { Some(name) } else { self.on.as_ref() };
            let place = on.and_then(|on| components.get_index_of(on)).map_or(NOWHERE, |place| place as u16);
            let jitter = self.jitter.as_ref();
            let jitter = jitter.map(|j| lower.distribution(&at.field("jitter"), j, Dimension::TIME).scaled(ticks));
            Some(OwnedFlow {
                subject: name.clone(),
                from: place,
                probes: false,
                every: Some((every, jitter)),
                steps: Box::new(move |compiler, at, own| {
                    let site = compiler.site(None, "Sample");
                    let ask = compiler.ask(AskStep { mode: i as u8, ..AskStep::of(own, site) });
                    compiler.way(ask);
                    self.sample(compiler, at, on);
                    compiler.emit(Instruction::Release);
                }),
            })
        });
        sampled.collect()
    }

    /// What a sample goes through.
    fn sample(&self, compiler: &mut Compiler<'_, '_>, at: &Path, on: Option<&String>) {
        let compute = |on: &String, work: &DistributionSpec| Compute {
            on: on.clone(),
            work: Some(work.clone()),
            servers: None,
            blocking: None,
            patience: None,
            memory: None,
            label: None,
        };
        if let (Some(on), Some(work)) = (on, &self.work) {
            compiler.compute_at(&compute(on, work), at, &at.field("work"));
        }
        if let (Some(over), Some(size)) = (&self.over, &self.size) {
            let send = Send {
                over: Some(over.clone()),
                size: Some(size.clone()),
                to: None,
                patience: None,
                protocol: None,
                compress: None,
                label: None,
            };
            compiler.send(&send, at);
        }
        if let (Some(collector), Some(ingest)) = (&self.collector, &self.ingest) {
            compiler.compute_at(&compute(collector, ingest), at, &at.field("ingest"));
        }
        if let (Some(storage), Some(size)) = (&self.storage, &self.size) {
            compiler.access(Access { storage, size, patience: &None, label: None, writes: true }, at);
        }
    }
}

/// What the collector knows of an instance.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// When the newest sample that has arrived was taken.
    taken: Time,
    since: Time,
    /// Integral of its age since the last reset [ticks^2].
    age: f64,
}

impl Known {
    fn settle(&mut self, now: Time) {
        self.age += self.grows(now);
        self.since = now;
    }

    /// What its age adds to the integral from the last change until `end`.
    fn grows(&self, end: Time) -> f64 {
        let age = |at: Time| at.saturating_since(self.taken) as f64;
        (age(end) + age(self.since)) / 2.0 * end.saturating_since(self.since) as f64
    }
}

/// Samples on their way, and what has arrived.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Samples on their way: which instance of which component, and when they were taken.
    taken: Vec<((u8, u32), Time)>,
    free: Vec<u32>,
    known: BTreeMap<(u8, u32), Known>,
    since: Time,
    arrived: u64,
    lost: u64,
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("samples", Dimension::RATE, "samples that were collected"),
        FigureName::share("samples_lost", "share of the samples that did not arrive"),
        FigureName::of("sample_age", Dimension::TIME, "mean age of the newest sample that is there"),
    ];

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        let source = (ask.mode, ask.instance);
        let start = Known { since: self.since, ..Known::default() };
        self.known.entry(source).or_insert(start);
        let token = match self.free.pop() {
            Some(token) => {
                self.taken[token as usize] = (source, world.now);
                token
            }
            None => {
                self.taken.push((source, world.now));
                self.taken.len() as u32 - 1
            }
        };
        Answer::Go(Grant { token, ..Grant::holding(0.0) })
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let (source, taken) = self.taken[held.token as usize];
        self.free.push(held.token);
        if !held.completed {
            self.lost += 1;
            return 0.0;
        }
        self.arrived += 1;
        if let Some(known) = self.known.get_mut(&source)
            && taken > known.taken
        {
            known.settle(world.now);
            known.taken = taken;
        }
        0.0
    }

    fn withdraw(&mut self, _request: u32, _world: &mut World<'_>) {}

    fn reset(&mut self, now: Time) {
        (self.arrived, self.lost, self.since) = (0, 0, now);
        for known in self.known.values_mut() {
            (known.since, known.age) = (now, 0.0);
        }
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let sum = |of: fn(&State) -> u64| all.iter().map(|state| of(state)).sum::<u64>() as f64;
        let (arrived, lost) = (sum(|state| state.arrived), sum(|state| state.lost));
        let known = || all.iter().flat_map(|state| state.known.values());
        let age: f64 = known().map(|known| known.age + known.grows(measured.end)).sum();
        let sources = known().count() as f64;
        vec![
            Some(arrived / (measured.span / measured.ticks)),
            (arrived + lost > 0.0).then(|| lost / (arrived + lost)),
            (sources > 0.0).then(|| age / sources / measured.span / measured.ticks),
        ]
    }
}
