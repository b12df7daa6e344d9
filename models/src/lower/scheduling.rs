//! How components schedule: worker pools, interrupts, and the discipline that is chosen by what flows ask for.

use super::{Compiler, Lower, Path};
use crate::disciplines::{FIGURES, Order, Scheduler, choose};
use crate::spec::{Component, DistributionSpec, Interrupt, Named};
use crate::steps::Compute;
use crate::system::{InterruptLine, Kind, Lane, Station, System};
use crate::units::Dimension;
use sim_core::distributions::Distribution;

impl Lower<'_> {
    /// What a component needs for its discipline, and its interrupts.
    pub(super) fn scheduling(&self, station: &mut Station, component: &Component, at: &Path) {
        let interrupts = match component {
            Component::Processor(c) => c.interrupts.as_ref(),
            Component::Device(c) => c.interrupts.as_ref(),
            _ => None,
        };
        for (name, line) in interrupts.into_iter().flatten() {
            let at = at.field("interrupts").field(name).field("init");
            let init = line.init.as_ref().map_or(0.0, |init| self.not_negative(&at, init, Dimension::TIME));
            station.interrupts.push(InterruptLine { name: name.clone(), init: self.clock().span(init) });
        }
        self.pool_fits(station, component, at);
        let policy = &station.policy;
        let has_figures = matches!(policy.order, Order::Workers(_) | Order::Adaptive(_)) || policy.skip_late;
        if has_figures || !station.interrupts.is_empty() {
            station.figures = FIGURES;
        }
    }

    /// Whether a component can have the workers of a pool.
    fn pool_fits(&self, station: &Station, component: &Component, at: &Path) {
        let Order::Workers(pool) = station.policy.order else { return };
        let scheduler = at.field("scheduler");
        if !matches!(station.kind, Kind::Processor | Kind::Device) {
            let help = "use one of the other disciplines: `loadgraph list disciplines`";
            self.problem_with_help(&scheduler, format!("a {} has no workers", component.kind()), help);
        }
        let common = component.common();
        let rests = [
            ("setup", common.setup.is_some()),
            ("vacation", common.vacation.is_some()),
            ("wake", common.wake.is_some()),
            ("schedule", common.schedule.is_some()),
        ];
        for (field, _) in rests.iter().filter(|(_, given)| *given) {
            let help = "leave it out, or use a discipline with one queue, such as Fcfs";
            self.problem_with_help(&at.field(field), "the workers of a pool are always on duty", help);
        }
        if station.failures.as_ref().is_some_and(|failures| failures.each_server) {
            let help = "leave `of` out: all workers of the instance fail at once";
            self.problem_with_help(&at.field("failures").field("of"), "workers do not fail one by one", help);
        }
        let cores = station.speeds.len() as u32;
        let alike = station.speeds.windows(2).all(|pair| pair[0] == pair[1]);
        if pool.workers.on(cores) > cores && !alike {
            let help = "give at most as many workers as cores, or cores of one speed";
            self.problem_with_help(&scheduler, "workers share the cores, which must be of one speed", help);
        }
    }

    /// Sets the disciplines that are chosen by what the flows ask for.
    pub(super) fn choose_disciplines(&self, components: &Named<Component>, system: &mut System) {
        for (index, (name, component)) in components.iter().enumerate() {
            let Some(Scheduler::Auto(_)) = component.common().scheduler.map(|scheduler| &scheduler.0) else { continue };
            let at = Path::new("system.components").field(name).field("scheduler");
            let policy = choose(system, index).policy(self, &at);
            let station = &mut system.stations[index];
            station.policy = policy;
            if matches!(policy.order, Order::Workers(_) | Order::Adaptive(_)) {
                station.figures = FIGURES;
            }
        }
    }
}

impl Compiler<'_, '_> {
    /// Whether a computation takes a thread of the blocking pool; and whether a pool can run it at all.
    pub(super) fn blocking(&self, step: &Compute, station: &Station, at: &Path) -> bool {
        let blocking = step.blocking.unwrap_or(false);
        let scheduler = self.components().get(&station.name).and_then(|component| component.common().scheduler);
        let is_auto = matches!(scheduler.map(|scheduler| &scheduler.0), Some(Scheduler::Auto(_)));
        if !matches!(station.policy.order, Order::Workers(_)) {
            if blocking {
                let help = format!("give `{}` one: `scheduler: Tokio()`", station.name);
                let message = if is_auto {
                    "a discipline that is chosen may have no blocking pool".to_string()
                } else {
                    format!("`{}` has no blocking pool", station.name)
                };
                self.lower().problem_with_help(&at.field("blocking"), message, help);
            }
            return false;
        }
        if step.servers.is_some() {
            let help = "leave `servers` out, or use a discipline with one queue, such as Fcfs";
            self.lower().problem_with_help(&at.field("servers"), "a task of a worker pool runs on one worker", help);
        }
        if blocking && station.speeds.windows(2).any(|pair| pair[0] != pair[1]) {
            let help = "give cores of one speed";
            self.lower().problem_with_help(
                &at.field("blocking"),
                "blocking threads share the cores, which differ",
                help,
            );
        }
        blocking
    }

    /// A line on which a processor can be interrupted: its station, the queue, its index, and how it is written.
    pub fn interrupt_line(&self, on: &str, line: &str, at: &Path) -> Option<(u16, Lane, u16, &Interrupt)> {
        let station = self.component(on, &at.field("on"), &[Kind::Processor, Kind::Device])?;
        let lines = match &self.components()[station as usize] {
            Component::Processor(c) => c.interrupts.as_ref(),
            Component::Device(c) => c.interrupts.as_ref(),
            _ => None,
        };
        let Some(lines) = lines.filter(|lines| !lines.is_empty()) else {
            let help = format!("give `{on}` one: interrupts: {{\"{line}\": Interrupt(handler: \"10 us\")}}");
            let message = format!("`{on}` cannot be interrupted: it has no lines");
            self.lower().problem_with_help(&at.field("line"), message, help);
            return None;
        };
        match lines.get_full(line) {
            Some((index, _, spec)) => {
                let lane = self.lane(&self.stations()[station as usize], station);
                Some((station, lane, index as u16, spec))
            }
            None => {
                let names = lines.keys().map(String::as_str);
                self.lower().unknown(&at.field("line"), "interrupt line", line, names);
                None
            }
        }
    }

    /// A time, or cycles on a processor or device [ticks].
    pub fn work_on(&self, station: u16, work: &DistributionSpec, at: &Path) -> Distribution {
        let name = &self.stations()[station as usize].name;
        let (distribution, cycles) = self.lower().time_or_cycles(at, work);
        let mut scale = self.lower().clock().ticks_per_second();
        if cycles {
            let component_at = Path::new("system.components").field(name);
            match super::flow::nominal_frequency(self.lower(), &self.components()[name], &component_at) {
                Some(frequency) => scale /= frequency,
                None => self.lower().problem_with_help(
                    at,
                    format!("work is given in cycles, but `{name}` has no frequency"),
                    format!("give `{name}` a `frequency: \"1 GHz\"`, or the work as a time"),
                ),
            }
        }
        distribution.scaled(scale)
    }
}
