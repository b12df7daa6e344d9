//! The whole system.

use super::flow::{Surroundings, short_form};
use super::{Compiler, LabelledStep, Lower, Path, Problem, Traces};
use crate::catalogue::{ApplyError, Catalogue};
use crate::graph;
use crate::spec::{self, Component, Level, LevelKind, Named};
use crate::steps::Step;
use crate::system::{Flow, Lane, NOWHERE, Payload, System};
use crate::units::Dimension;
use sim_core::time::Clock;

/// A system that runs, with what is known of it beside.
#[derive(Debug)]
pub struct Lowered {
    /// What runs.
    pub system: System,
    /// Steps with a label.
    pub labels: Vec<LabelledStep>,
    /// The components with their profiles filled in.
    pub components: Named<Component>,
    /// Doubtful things.
    pub warnings: Vec<Problem>,
}

/// Lowers a system; gives what runs, or all mistakes that were found.
///
/// # Errors
/// Every mistake, with the path of the field and what would be right.
pub fn lower(
    spec: &spec::System,
    parameters: &Named<f64>,
    clock: Clock,
    catalogue: &Catalogue,
    traces: Traces<'_>,
) -> Result<Lowered, Vec<Problem>> {
    let lower = Lower::new(parameters, clock, traces);
    let lowered = lower.system(spec, catalogue);
    let problems = lower.take_problems();
    if problems.iter().any(|problem| !problem.warning) {
        return Err(problems);
    }
    Ok(Lowered { warnings: problems, ..lowered })
}

impl Lower<'_> {
    fn system(&self, spec: &spec::System, catalogue: &Catalogue) -> Lowered {
        let root = Path::new("system");
        if spec.components.is_empty() {
            let help = "add at least one, such as \"cpu\": Processor(cores: 1)";
            self.problem_with_help(&root.field("components"), "the system has no components", help);
        }
        if spec.flows.is_empty() {
            let help = "add at least one, such as \"jobs\": Flow(arrivals: Poisson(\"1 /s\"), steps: [..])";
            self.problem_with_help(&root.field("flows"), "the system has no flows", help);
        }
        if spec.components.len() > 60_000 || spec.flows.len() > 60_000 {
            self.problem(&root, "a system has at most 60000 components and 60000 flows");
            return self.nothing();
        }
        *self.flows.borrow_mut() = spec.flows.keys().cloned().collect();
        let components = self.with_profiles(spec, catalogue);
        let mut stations: Vec<_> =
            components.iter().map(|(name, component)| self.station(name, component, &components)).collect();

        let resources = self.passive(&components, &mut stations);
        if let Some(table) = &spec.memory_costs {
            self.check_memory_costs(table, &root.field("memory_costs"));
        }
        for (name, component) in &components {
            let table = match component {
                Component::Processor(c) => c.memory_costs.as_ref(),
                Component::Device(c) => c.memory_costs.as_ref(),
                _ => None,
            };
            if let Some(table) = table {
                self.check_memory_costs(table, &root.field("components").field(name).field("memory_costs"));
            }
        }
        let around = Surroundings {
            components: &components,
            stations: &stations,
            flows: &spec.flows,
            memory_costs: spec.memory_costs.as_ref(),
        };
        let mut compiler = Compiler::new(self, around);
        let mut flows = Vec::new();
        for (name, flow) in &spec.flows {
            flows.push(self.flow(name, flow, &components, &mut compiler));
        }
        // What components do by themselves comes after: the flows of the file keep their numbers.
        for (index, (name, component)) in components.iter().enumerate() {
            if let Some(passive) = component.passive() {
                flows.extend(self.owned((index, name), passive, spec, &components, &mut compiler));
            }
        }
        let radios = compiler.radios();
        let (program, labels) = compiler.finish();
        if self.problems.borrow().iter().any(|problem| !problem.warning) {
            // The checks below would only repeat what is wrong already.
            return Lowered { system: empty_system(*self.clock()), labels, components, warnings: Vec::new() };
        }
        for visit in &program.visits {
            stations[visit.station as usize].serves = true;
        }
        for (network, count) in radios {
            stations[network as usize].count = count;
        }
        for interrupt in &program.interrupts {
            stations[interrupt.station as usize].serves = true;
        }
        // A device that somebody else computes on is balanced over; one's own instance is one's own.
        for flow in &mut flows {
            if flow.from != NOWHERE {
                flow.count = stations[flow.from as usize].count;
            } else if let Some(probed) = flow.owned.and_then(|owned| stations.get(usize::from(owned.probes))) {
                flow.count = probed.count;
            }
        }
        for (index, station) in stations.iter().enumerate() {
            let own = program.visits.iter().any(|v| v.station as usize == index && v.lane == Lane::Own);
            let sources = flows.iter().filter(|flow| flow.from as usize == index).count();
            if station.battery.is_some() && sources == 0 && !own {
                let at = Path::new("system.components").field(&station.name).field("battery");
                self.warning(&at, "no flow starts from this device", "its battery is drained by idle power only");
            }
        }
        self.check_size(&stations, &flows);
        let can_block = stations.iter().any(|station| station.blocks && station.limit < u32::MAX);
        let mut system = System { stations, resources, flows, program, clock: *self.clock(), can_block };
        self.choose_disciplines(&components, &mut system);
        for problem in graph::check(&system, spec) {
            self.note(&problem.path, problem.message, problem.help, problem.warning);
        }
        for problem in crate::ownership::check(&system) {
            self.note(&problem.path, problem.message, problem.help, problem.warning);
        }
        Lowered { system, labels, components, warnings: Vec::new() }
    }

    /// Refuses more servers and sources than can be numbered. What does not fit into the memory of a machine is another
    /// matter: [`Simulation::memory`](crate::simulation::Simulation::memory).
    fn check_size(&self, stations: &[crate::system::Station], flows: &[Flow]) {
        const MOST: f64 = 1e9;
        let at = Path::new("system.components");
        let mut servers = 0.0;
        for station in stations {
            let queues = f64::from(station.count) * f64::from(station.directions);
            servers += if station.serves { queues * station.speeds.len() as f64 } else { 0.0 };
            if servers > MOST {
                let message = format!("with `{}` the system has {servers:.3e} servers in all instances", station.name);
                let help = format!("at most {MOST:e} can be simulated: give fewer instances or fewer servers");
                self.problem_with_help(&at.field(&station.name), message, help);
                break;
            }
        }
        let mut sources = 0.0;
        for flow in flows {
            sources += match &flow.arrivals {
                Some(crate::system::Arrivals::Closed { users, .. }) => f64::from(*users) * f64::from(flow.count),
                Some(crate::system::Arrivals::Renewal { merged: true, .. }) | None => 0.0,
                Some(_) => f64::from(flow.count),
            };
            if sources > MOST {
                let at = match flow.owned {
                    None => Path::new("system.flows").field(&flow.name).field("arrivals"),
                    Some(owned) => Path::new("system.components").field(&stations[usize::from(owned.by)].name),
                };
                let message = format!("{sources:.3e} users or instances have arrivals of their own");
                let help = format!("at most {MOST:e} can be simulated: give fewer, or merged Poisson arrivals");
                self.problem_with_help(&at, message, help);
                break;
            }
        }
    }

    fn nothing(&self) -> Lowered {
        Lowered {
            system: empty_system(*self.clock()),
            labels: Vec::new(),
            components: Named::new(),
            warnings: Vec::new(),
        }
    }

    fn with_profiles(&self, spec: &spec::System, catalogue: &Catalogue) -> Named<Component> {
        let mut components = Named::new();
        for (name, component) in &spec.components {
            let at = Path::new("system.components").field(name).field("profile");
            let component = match catalogue.apply(component.clone()) {
                Ok(component) => component,
                Err(error) => {
                    let help = match &error {
                        ApplyError::Unknown { .. } => "`loadgraph list profiles` shows them all",
                        _ => "take a profile of the same kind: `loadgraph list profiles` shows them",
                    };
                    self.problem_with_help(&at, error.to_string(), help);
                    component.clone()
                }
            };
            components.insert(name.clone(), component);
        }
        components
    }

    fn flow(
        &self,
        name: &str,
        flow: &spec::Flow,
        components: &Named<Component>,
        compiler: &mut Compiler<'_, '_>,
    ) -> Flow {
        let at = Path::new("system.flows").field(name);
        let from = match &flow.from {
            None => NOWHERE,
            Some(from) => match components.get_index_of(from) {
                Some(index) if components[index].passive().is_some() => {
                    let message = format!("`{from}` is a {}: no request starts there", components[index].kind());
                    self.problem_with_help(&at.field("from"), message, "name a Device, or another active component");
                    NOWHERE
                }
                Some(index) => index as u16,
                None => {
                    self.unknown(&at.field("from"), "component", from, components.keys().map(String::as_str));
                    NOWHERE
                }
            },
        };
        let short;
        let (steps, steps_at): (&[Step], Path) = match (&flow.steps, &flow.route) {
            (Some(steps), None) => (steps, at.field("steps")),
            (None, Some(_)) => {
                short = short_form(self, flow, components, &at);
                (&short, at.field("route"))
            }
            (Some(_), Some(_)) => {
                self.problem_with_help(
                    &at.field("route"),
                    "a flow has `steps` or a `route`, not both",
                    "leave one out",
                );
                (&[], at.clone())
            }
            (None, None) => {
                let help = "give `steps: [..]`, or the short form `route: [\"a\", \"b\"]`";
                self.problem_with_help(&at, "the flow has no steps", help);
                (&[], at.clone())
            }
        };
        if flow.route.is_none() && (flow.size.is_some() || flow.work.is_some()) {
            let field = if flow.size.is_some() { "size" } else { "work" };
            let help = "give it to the steps instead";
            self.problem_with_help(&at.field(field), format!("`{field}` belongs to the short form `route`"), help);
        }
        let (start, counters, first_send) = compiler.flow(name, from, steps, &steps_at);
        let first = steps.first().and_then(Step::component).and_then(|name| components.get_index_of(name));
        let arrivals = flow
            .arrivals
            .as_ref()
            .and_then(|arrivals| self.arrivals(&at.field("arrivals"), arrivals, steps, first.map(|i| i as u16)));
        if let Some(crate::system::Arrivals::Saturated { station }) = &arrivals
            && !compiler.starts_at(start, *station)
            && self.problems.borrow().iter().all(|problem| problem.warning)
        {
            let help = "start the flow with a plain step at that component";
            let message = "the first step comes to its component only after something else";
            self.problem_with_help(&at.field("arrivals"), message, help);
        }
        let (deadline, hard) = match &flow.deadline {
            None => (u64::MAX, false),
            Some(deadline) => {
                let time = self.positive(&at.field("deadline"), &deadline.time, Dimension::TIME);
                (self.clock().span(time).max(1), deadline.hard)
            }
        };
        Flow {
            name: name.to_string(),
            start,
            from,
            count: 1,
            arrivals,
            priority: match &flow.priority {
                None | Some(Level::Named(LevelKind::Normal)) => 1.0,
                Some(Level::Named(LevelKind::Low)) => 0.0,
                Some(Level::Named(LevelKind::High)) => 2.0,
                Some(Level::Named(LevelKind::Critical)) => 3.0,
                Some(Level::Number(n)) => self.number(&at.field("priority"), n, Dimension::NONE),
            },
            weight: flow.weight.as_ref().map_or(1.0, |w| self.positive(&at.field("weight"), w, Dimension::NONE)),
            deadline,
            hard,
            payload: match (&flow.payload, first_send) {
                (Some(payload), _) => {
                    Payload::Constant(self.not_negative(&at.field("payload"), payload, Dimension::DATA))
                }
                (None, Some(draw)) if draw.distribution.is_constant() => Payload::Constant(draw.distribution.mean()),
                (None, Some(draw)) => Payload::Drawn(draw),
                (None, None) => Payload::Constant(0.0),
            },
            counters,
            owned: None,
        }
    }
}

fn empty_system(clock: Clock) -> System {
    System {
        stations: Vec::new(),
        resources: Vec::new(),
        flows: Vec::new(),
        program: Default::default(),
        clock,
        can_block: false,
    }
}
