//! `Registry`: instances that register, and which of them are known to be healthy.
//!
//! ```text
//!   every interval, for each instance: check ──▶ answered in time? ──▶ known to be healthy, or not
//!                                                                          ▲
//!   balance: Registered(registry: ..) ─────────────────────────────────────┘ chooses among these
//! ```
//!
//! What is known lags behind what is: an instance that has failed is chosen until so many checks in a row have been
//! missed. A check looks at the instance at once and for nothing, unless it is given work or a way: then it is a request
//! that may also be late because the instance is slow.

use super::health::{Health, Rules};
use super::{Answer, Ask, FigureName, Grant, Held, Measured, Prototype, Resource, World, passive};
use crate::lower::{Compiler, Lower, OwnedFlow, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, DistributionSpec, Named, Scalar};
use crate::steps::{Compute, Send};
use crate::system::{AskStep, Draw, Instruction};
use crate::units::Dimension;
use sim_core::distributions::Constant;
use sim_core::observe::Level;
use sim_core::time::Time;
use std::collections::BTreeMap;

passive! {
    /// Instances of components, and which of them are known to be healthy, by checks at an interval.
    Registry {
        /// The components whose instances register.
        of: Vec<String>,
        /// Interval between two checks of an instance (default 10 s).
        every: Scalar,
        /// Checks missed in a row after which an instance is taken for unhealthy (default 1).
        misses: Scalar,
        /// Checks answered in a row after which it is taken for healthy again (default 1).
        successes: Scalar,
        /// What a check takes of the instance, as a time or in cycles (default: nothing).
        work: DistributionSpec,
        /// The network that a check goes over, there and back (default: none).
        over: String,
        /// Size of a check, and of its answer, on that network.
        size: DistributionSpec,
        /// After how long a check is missed, where it takes time (default: the interval).
        timeout: Scalar,
    }
    Registry::prototype, flows: Registry::flows
}

/// The most components: they are told apart by [`Ask::mode`].
const MOST: usize = 127;
/// Added to it where the check looks at the instance at once.
const AT_ONCE: u8 = 128;

impl Registry {
    /// Whether it watches a component.
    pub fn watches(&self, component: &str) -> bool {
        self.of.iter().flatten().any(|name| name == component)
    }

    fn takes_time(&self) -> bool {
        self.work.is_some() || self.over.is_some()
    }

    fn prototype(&self, lower: &Lower<'_>, components: &Named<Component>, at: &Path) -> Prototype {
        let of = self.of.as_deref().unwrap_or_default();
        if of.is_empty() || of.len() > MOST {
            let message = format!("{} components register", of.len());
            let help = format!("name those whose instances register, at most {MOST}: `of: [\"api\"]`");
            lower.problem_with_help(&at.field("of"), message, help);
        }
        if self.per.is_some() {
            let help = "leave it out: it knows each instance of what it watches";
            lower.problem_with_help(&at.field("per"), "there is one registry, which all look at", help);
        }
        let kinds: &[&str] =
            if self.work.is_some() { &["Processor", "Device"] } else { &["Processor", "Device", "Storage"] };
        let mut stations = Vec::new();
        for (i, name) in of.iter().enumerate() {
            let at = at.field("of").index(i);
            if of[..i].contains(name) {
                lower.problem_with_help(&at, format!("`{name}` is named twice"), "name it once");
            }
            stations.push(lower.component_of(name, components, kinds, &at).unwrap_or(u16::MAX));
        }
        let over = |name: &String| lower.component_of(name, components, &["Network"], &at.field("over"));
        self.over.as_ref().map(over);
        let needs = [
            ("over", self.over.is_some(), "size", self.size.is_some()),
            ("size", self.size.is_some(), "over", self.over.is_some()),
            ("timeout", self.timeout.is_some(), "work", self.takes_time()),
        ];
        for (field, _, other, _) in needs.iter().filter(|(_, given, _, needed)| *given && !needed) {
            let help = format!("give `{other}`, or leave `{field}` out");
            lower.problem_with_help(&at.field(field), format!("`{field}` means nothing without `{other}`"), help);
        }
        let checks = |field: &str, n: &Option<Scalar>| {
            n.as_ref().map_or(1, |n| lower.whole(&at.field(field), n, 1, 1_000_000) as u32)
        };
        let state = State {
            rules: Rules { misses: checks("misses", &self.misses), successes: checks("successes", &self.successes) },
            stations,
            ..State::default()
        };
        Prototype { state: super::State::Registry(Box::new(state)), units: 0.0 }
    }

    fn flows<'a>(&'a self, lower: &Lower<'_>, components: &'a Named<Component>, at: &Path) -> Vec<OwnedFlow<'a>> {
        let every = lower.interval(&at.field("every"), self.every.as_ref(), 10.0);
        let watched = self.of.iter().flatten().take(MOST).enumerate();
        let flows = watched.filter_map(|(i, name)| {
            let index = components.get_index_of(name).filter(|index| components[*index].passive().is_none())?;
            Some(OwnedFlow {
                subject: name.clone(),
                from: index as u16,
                probes: true,
                every: Some((every, None)),
                steps: Box::new(move |compiler, at, own| {
                    let site = compiler.site(None, "Check");
                    let mode = if self.takes_time() { i as u8 } else { i as u8 + AT_ONCE };
                    let ask = compiler.ask(AskStep { mode, ..AskStep::of(own, site) });
                    compiler.way(ask);
                    if self.takes_time() {
                        self.check(compiler, at, site, name, every);
                        compiler.emit(Instruction::Release);
                    }
                }),
            })
        });
        flows.collect()
    }

    /// What a check that takes time goes through.
    fn check(&self, compiler: &mut Compiler<'_, '_>, at: &Path, site: u64, name: &str, every: u64) {
        let ticks = compiler.lower().clock().ticks_per_second();
        let timeout = self.timeout.as_ref();
        let timeout = timeout.map(|t| compiler.lower().positive(&at.field("timeout"), t, Dimension::TIME) * ticks);
        let Ok(after) = Constant::new(timeout.unwrap_or(every as f64)) else { return };
        compiler.within(Draw { distribution: after.into(), site }, |compiler| {
            let send = |compiler: &mut Compiler<'_, '_>, to: Option<&str>| {
                let (Some(over), Some(size)) = (&self.over, &self.size) else { return };
                let send = Send {
                    over: Some(over.clone()),
                    size: Some(size.clone()),
                    to: to.map(str::to_string),
                    patience: None,
                    protocol: None,
                    compress: None,
                    label: None,
                };
                compiler.send(&send, at);
            };
            send(compiler, Some(name));
            if let Some(work) = &self.work {
                let compute = Compute {
                    on: name.to_string(),
                    work: Some(work.clone()),
                    servers: None,
                    blocking: None,
                    patience: None,
                    memory: None,
                    label: None,
                };
                compiler.compute(&compute, at);
            }
            send(compiler, None);
        });
    }
}

/// What a registry knows.
#[derive(Clone, Debug, Default)]
pub struct State {
    rules: Rules,
    /// The components that it watches.
    stations: Vec<u16>,
    /// What is known of their instances, where anything is: component and instance.
    known: BTreeMap<(u16, u32), Health>,
    /// Checks under way: who is checked.
    checks: Vec<(u16, u32, Option<Time>)>,
    free: Vec<u32>,
    unhealthy: Level,
    answered: u64,
    missed: u64,
    /// Failures that were noticed, the time that took [ticks], and healthy instances that were taken for unhealthy.
    noticed: u64,
    delay: f64,
    false_alarms: u64,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { misses: 1, successes: 1 }
    }
}

impl State {
    /// Whether an instance of a component is taken for healthy.
    pub fn is_healthy(&self, station: u16, instance: u32) -> bool {
        self.known.get(&(station, instance)).is_none_or(|health| health.healthy)
    }

    /// A check of an instance is over; `down`: since when it has been down, as far as that is known.
    fn over(&mut self, station: u16, instance: u32, answered: bool, down: Option<Time>, now: Time) {
        *(if answered { &mut self.answered } else { &mut self.missed }) += 1;
        let health = self.known.entry((station, instance)).or_default();
        if !health.check(answered, self.rules) {
            return;
        }
        if answered {
            return self.unhealthy.down(now);
        }
        self.unhealthy.up(now);
        match down {
            Some(since) => {
                self.noticed += 1;
                self.delay += now.saturating_since(since) as f64;
            }
            None => self.false_alarms += 1,
        }
    }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("checks", Dimension::RATE, "checks that are over"),
        FigureName::share("checks_missed", "share of the checks that were not answered in time"),
        FigureName::of("instances_unhealthy", Dimension::NONE, "mean number of instances that are taken for unhealthy"),
        FigureName::of("detections", Dimension::RATE, "failures that were noticed"),
        FigureName::of("detection_delay", Dimension::TIME, "mean time from a failure until it is noticed"),
        FigureName::of(
            "false_alarms",
            Dimension::RATE,
            "instances that were up when the last check began, and taken for unhealthy",
        ),
    ];

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        let at_once = ask.mode >= AT_ONCE;
        let Some(station) = self.stations.get(usize::from(ask.mode % AT_ONCE)).copied() else {
            return Answer::Refuse(Outcome::Failed);
        };
        if at_once {
            let answered = ask.down.is_none();
            self.over(station, ask.instance, answered, ask.down, world.now);
            return if answered { Answer::Go(Grant::passing(0)) } else { Answer::Refuse(Outcome::Failed) };
        }
        let check = (station, ask.instance, ask.down);
        let token = match self.free.pop() {
            Some(token) => {
                self.checks[token as usize] = check;
                token
            }
            None => {
                self.checks.push(check);
                self.checks.len() as u32 - 1
            }
        };
        Answer::Go(Grant { token, ..Grant::holding(0.0) })
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let (station, instance, down) = self.checks[held.token as usize];
        self.free.push(held.token);
        self.over(station, instance, held.completed, down, world.now);
        0.0
    }

    fn withdraw(&mut self, _request: u32, _world: &mut World<'_>) {}

    fn reset(&mut self, now: Time) {
        self.unhealthy.reset(now);
        (self.answered, self.missed, self.noticed, self.false_alarms, self.delay) = (0, 0, 0, 0, 0.0);
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let seconds = measured.span / measured.ticks;
        let sum = |of: &dyn Fn(&State) -> f64| all.iter().map(|state| of(state)).sum::<f64>();
        let (answered, missed) = (sum(&|s| s.answered as f64), sum(&|s| s.missed as f64));
        let noticed = sum(&|s| s.noticed as f64);
        vec![
            Some((answered + missed) / seconds),
            (answered + missed > 0.0).then(|| missed / (answered + missed)),
            Some(sum(&|s| s.unhealthy.integral(measured.end)) / measured.span),
            Some(noticed / seconds),
            (noticed > 0.0).then(|| sum(&|s| s.delay) / noticed / measured.ticks),
            Some(sum(&|s| s.false_alarms as f64) / seconds),
        ]
    }
}
