//! Passive components, and the blocks around what is done with them.

use super::{Compiler, Lower, Path};
use crate::resources::Prototype;
use crate::spec::{Component, DistributionSpec, Named};
use crate::system::{
    AskStep, Delay, Demand, Draw, FurtherStep, Instruction, Kind, NOWHERE, Passive, Station, UNCOUNTED, Visit,
};
use crate::units::Dimension;

impl Lower<'_> {
    /// The passive components of a system; their stations get their units, figures and instances.
    pub(super) fn passive(&self, components: &Named<Component>, stations: &mut [Station]) -> Vec<Passive> {
        let mut all = Vec::new();
        for (index, (name, component)) in components.iter().enumerate() {
            let Some(passive) = component.passive() else { continue };
            let at = Path::new("system.components").field(name);
            let Prototype { state, units } = passive.specify(self, components, &at);
            let count = match passive.per() {
                None => 1,
                Some(per) => match components.get_index_of(per) {
                    Some(per) if !stations[per].kind.is_passive() => stations[per].count,
                    Some(_) => {
                        let help = "name the component whose instances have one each, such as a Device";
                        self.problem_with_help(&at.field("per"), format!("`{per}` is passive itself"), help);
                        1
                    }
                    None => {
                        self.unknown(&at.field("per"), "component", per, components.keys().map(String::as_str));
                        1
                    }
                },
            };
            if let Some(governed) = state.governs() {
                stations[usize::from(governed)].governed = true;
            }
            let station = &mut stations[index];
            (station.count, station.units, station.figures) = (count, units, state.figures());
            all.push(Passive { station: index as u16, prototype: state });
        }
        all
    }
}

/// A processor that a passive component shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shared {
    /// Its place among the components.
    pub station: u16,
    /// Cores of an instance.
    pub cores: f64,
    /// What they do together, in cores of nominal speed.
    pub capacity: f64,
}

impl Lower<'_> {
    /// The processor that a passive component shares; where it works there by itself (`governs`), and may slow and
    /// suspend services, each of several instances needs a component of its own.
    pub fn shared(
        &self,
        on: Option<&String>,
        governs: bool,
        per: Option<&str>,
        components: &Named<Component>,
        at: &Path,
    ) -> Option<Shared> {
        let name = on?;
        let at = at.field("on");
        let fits = |component: &Component| matches!(component, Component::Processor(_) | Component::Device(_));
        let names = || components.iter().filter(|(_, c)| fits(c)).map(|(name, _)| name.as_str());
        let Some((index, _, component)) = components.get_full(name) else {
            self.unknown(&at, "component", name, names());
            return None;
        };
        let cores = match component {
            Component::Processor(processor) => processor.cores.as_ref(),
            Component::Device(device) if device.battery.is_none() || !governs => device.cores.as_ref(),
            Component::Device(_) => {
                let help = "leave its `battery` out, or name a Processor";
                self.problem_with_help(&at, format!("`{name}` lives on a battery, which would not notice"), help);
                return None;
            }
            other => {
                let there: Vec<&str> = names().collect();
                let message = format!("`{name}` is a {}; here a Processor or a Device is needed", other.kind());
                let help = if there.is_empty() { "add one".into() } else { format!("there are: {}", there.join(", ")) };
                self.problem_with_help(&at, message, help);
                return None;
            }
        };
        let place = Path::new("system.components").field(name);
        let many = component.common().count.is_some_and(|n| self.whole(&place.field("count"), n, 1, 100_000_000) > 1);
        if governs && many && per != Some(name.as_str()) {
            let help = format!("give `per: \"{name}\"`: one for each instance");
            self.problem_with_help(&at, format!("`{name}` has several instances"), help);
        }
        let speeds = self.speeds(component, cores, &place);
        Some(Shared { station: index as u16, cores: speeds.len() as f64, capacity: speeds.iter().sum() })
    }
}

impl Lower<'_> {
    /// The component of that name, which must be of one of the kinds; else the mistake is noted.
    pub fn component_of(&self, name: &str, components: &Named<Component>, kinds: &[&str], at: &Path) -> Option<u16> {
        let names = || components.iter().filter(|(_, c)| kinds.contains(&c.kind())).map(|(name, _)| name.as_str());
        match components.get_full(name) {
            None => {
                self.unknown(at, "component", name, names());
                None
            }
            Some((index, _, component)) if kinds.contains(&component.kind()) => Some(index as u16),
            Some((_, _, other)) => {
                let there: Vec<&str> = names().collect();
                let message = format!("`{name}` is a {}; here a {} is needed", other.kind(), kinds.join(" or a "));
                let help = if there.is_empty() { "add one".into() } else { format!("there are: {}", there.join(", ")) };
                self.problem_with_help(at, message, help);
                None
            }
        }
    }

    /// Instances of a component.
    pub fn instances(&self, name: &str, components: &Named<Component>) -> u32 {
        let at = Path::new("system.components").field(name).field("count");
        let count = components.get(name).and_then(|component| component.common().count);
        count.map_or(1, |n| self.whole(&at, n, 1, 100_000_000) as u32)
    }

    /// Cores of an instance of a processor or device.
    pub fn cores_of(&self, name: &str, component: &Component) -> f64 {
        let cores = match component {
            Component::Processor(processor) => processor.cores.as_ref(),
            Component::Device(device) => device.cores.as_ref(),
            _ => None,
        };
        self.speeds(component, cores, &Path::new("system.components").field(name)).len() as f64
    }

    /// How to choose among alternatives.
    pub fn balancing(&self, spec: &crate::spec::Balancing, at: &Path) -> crate::system::Balance {
        super::flow::balancing(self, spec, at)
    }

    /// An interval [ticks]: that which is written, or so many seconds.
    pub fn interval(&self, at: &Path, every: Option<&crate::spec::Scalar>, default: f64) -> u64 {
        let seconds = every.map_or(default, |every| self.positive(at, every, Dimension::TIME));
        self.clock().span(seconds).max(1)
    }
}

/// Where time that a passive component costs is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// It passes, and nothing is occupied.
    Delay,
    /// On this processor or device.
    On(u16),
}

impl Compiler<'_, '_> {
    /// The passive component of that name, which must be of one of the kinds.
    pub fn passive(&self, name: &str, at: &Path, kinds: &[&str]) -> Option<u16> {
        let fits = |component: &&Component| kinds.contains(&component.kind());
        let components = self.components();
        let names = || components.iter().filter(|(_, c)| fits(c)).map(|(name, _)| name.as_str());
        let Some((index, _, component)) = components.get_full(name) else {
            self.lower().unknown(at, "component", name, names());
            return None;
        };
        if !fits(&component) {
            let there: Vec<&str> = names().collect();
            let help = if there.is_empty() {
                format!("add one: \"name\": {}(..)", kinds[0])
            } else {
                format!("there are: {}", there.join(", "))
            };
            let message = format!("`{name}` is a {}; this step needs a {}", component.kind(), kinds.join(" or a "));
            self.lower().problem_with_help(at, message, help);
            return None;
        }
        Some(index as u16)
    }

    /// The processor or device of that name, to spend time on.
    pub fn payer(&self, name: Option<&str>, at: &Path) -> Payment {
        match name.map(|name| self.processor(name, at)) {
            Some(Some(index)) => Payment::On(index),
            _ => Payment::Delay,
        }
    }

    /// The processor or device of that name.
    pub fn processor(&self, name: &str, at: &Path) -> Option<u16> {
        self.component(name, at, &[Kind::Processor, Kind::Device])
    }

    /// The component of that name that serves, which must be of one of the kinds.
    pub fn active(&self, name: &str, at: &Path, kinds: &[Kind]) -> Option<u16> {
        self.component(name, at, kinds)
    }

    /// Appends a question; its ways are set by [`Compiler::way`] in their order. Gives its index.
    pub fn ask(&mut self, mut step: AskStep) -> u32 {
        step.ways.clear();
        let index = self.program().asks.len() as u32;
        self.program().asks.push(step);
        self.place(index);
        self.emit(Instruction::Ask(index));
        index
    }

    /// Appends a question within a block; its ways are set by [`Compiler::further_way`] in their order.
    pub fn further(&mut self, shares: Vec<f64>) -> u32 {
        let index = self.program().furthers.len() as u32;
        self.program().furthers.push(FurtherStep { ways: Vec::new(), shares });
        self.emit(Instruction::Further(index));
        index
    }

    /// Appends what is held back after a time: the body is aborted, and the request times out.
    pub fn within(&mut self, after: Draw, compile: impl FnOnce(&mut Self)) {
        let counter = self.counter();
        let index = self.program().timeouts.len() as u32;
        self.program().timeouts.push(crate::system::Timeout { after, counter, otherwise: None });
        self.emit(Instruction::TimeoutBegin(index));
        self.cancellable(compile);
        self.emit(Instruction::TimeoutEnd);
    }

    /// The next way of a question within a block starts here.
    pub fn further_way(&mut self, further: u32) {
        let here = self.here();
        self.program().furthers[further as usize].ways.push(here);
    }

    /// The next way of a question starts here.
    pub fn way(&mut self, ask: u32) {
        let here = self.here();
        self.program().asks[ask as usize].ways.push(here);
    }

    /// Lets the request spend the time that it owes, where it owes any.
    pub fn pay(&mut self, payment: Payment, site: u64) {
        self.emit(Instruction::Owed);
        match payment {
            Payment::Delay => {
                self.emit(Instruction::Spend);
            }
            Payment::On(station) => self.visit_for(station, Demand::Owed, site),
        }
    }

    /// Spends a time: on a processor or device, where one is named (then as work, in time or cycles), else it passes.
    pub fn spend(&mut self, spec: &DistributionSpec, at: &Path, on: Option<&str>, on_at: &Path, site: u64) {
        match (on, self.payer(on, on_at)) {
            (Some(on), Payment::On(station)) => {
                if let Some(work) = self.work(on, at, spec, site) {
                    self.visit_for(station, Demand::Time(work), site);
                }
            }
            (Some(_), Payment::Delay) => {}
            (None, _) => {
                let amount = self.draw(at, spec, Dimension::TIME, site);
                self.pass(amount);
            }
        }
    }

    /// Lets a time pass [ticks].
    pub fn pass(&mut self, amount: Draw) {
        let (counter, cancellable) = (self.counter(), self.is_cancellable());
        let index = self.program().delays.len() as u32;
        self.program().delays.push(Delay { amount, counter, cancellable });
        self.emit(Instruction::Delay(index));
    }

    /// A visit at a processor or device with the given demand.
    pub fn visit_for(&mut self, station: u16, demand: Demand, site: u64) {
        let counter = if matches!(demand, Demand::Owed | Demand::Endless) { UNCOUNTED } else { self.counter() };
        self.counted_visit(station, demand, site, counter);
    }

    /// The same, with the counter of its visits.
    pub(super) fn counted_visit(&mut self, station: u16, demand: Demand, site: u64, counter: u16) {
        let lane = self.lane(&self.stations()[station as usize], station);
        self.visit(Visit {
            station,
            lane,
            demand,
            fixed: None,
            latency: None,
            site,
            counter,
            needs: 1,
            patience: None,
            location: station,
            ends: (NOWHERE, NOWHERE),
            ends_simply: false,
            moved: (0.0, 0.0),
            fills: false,
            cancellable: self.is_cancellable(),
            blocking: false,
        });
    }
}
