//! Flows compiled to programs.

use super::{Lower, Path};
use crate::spec::{self, Balancing, Component, DistributionKind, DistributionSpec, Named, Scalar};
use crate::steps::{Access, Compute, Send, Step, Write};
use crate::system::{
    AskPlace, Balance, Choice, Demand, Draw, Instruction, KEPT, Kind, Lane, NOWHERE, Program, Station, UNCOUNTED, Visit,
};
use crate::units::Dimension;
use sim_core::distributions::Sequence;
use sim_core::random::{combine, name_hash};
use std::collections::{HashMap, HashSet};

/// A step with a label: its flow, its label and its path, for paths such as `telemetry.analyse.work`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct LabelledStep {
    pub flow: String,
    pub label: String,
    pub path: Path,
}

/// What compiling has to know of the system.
pub(super) struct Surroundings<'a> {
    pub components: &'a Named<Component>,
    pub stations: &'a [Station],
    pub flows: &'a Named<spec::Flow>,
    pub memory_costs: Option<&'a spec::MemoryCosts>,
}

/// Where a request is between two steps.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// At a component, and at the last one that was no storage: what has been stored is sent on from there.
    At { here: u16, host: u16 },
    /// It depends on the way that it took.
    Unknown,
}

/// Compiles the steps of one flow after the other.
pub struct Compiler<'a, 'l> {
    lower: &'a Lower<'l>,
    around: Surroundings<'a>,
    program: Program,
    flow: String,
    from: u16,
    /// Steps within a loop count their visits, so that each draws anew.
    in_loop: bool,
    counters: u16,
    in_cancellable: bool,
    in_branch: bool,
    /// Within the body of a Batch.
    in_batch: bool,
    /// The component after the step that is compiled, where it is known: it receives what is sent.
    following: u16,
    /// Where the request is before the step that is compiled.
    place: Place,
    /// For each step that encloses it: where the request was before, and after each of the bodies so far.
    ends: Vec<(Place, Vec<Place>)>,
    /// Default labels given so far in this flow, with their numbers, to number the further ones.
    names: HashMap<String, usize>,
    /// Labels given so far in this flow.
    given: HashSet<String>,
    first_send: Option<Draw>,
    /// Where the request is after the steps compiled so far, as far as one can tell.
    whereabouts: u16,
    /// Bodies of batches so far, with their batcher.
    bodies: Vec<(u16, Vec<Step>)>,
    /// Radios that send over a network without listening: network, sender, the first one, how many.
    radios: Vec<(u16, u16, u32, u32)>,
    labels: Vec<LabelledStep>,
    /// What the block that is compiled carries typically [bit], where it carries anything.
    content: Option<f64>,
    /// The step that is compiled: its path, its name, and the questions that it has asked itself.
    step: (Path, String, Vec<u32>),
    /// The service that the step is done at.
    service: Option<Service>,
}

/// A service where it is placed: its name stands for the node that it is on.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The node.
    pub node: u16,
    /// The orchestrator that has placed it.
    pub by: u16,
}

impl<'a, 'l> Compiler<'a, 'l> {
    pub(super) fn new(lower: &'a Lower<'l>, around: Surroundings<'a>) -> Self {
        Compiler {
            lower,
            around,
            program: Program::default(),
            flow: String::new(),
            from: NOWHERE,
            in_loop: false,
            counters: 0,
            in_cancellable: false,
            in_branch: false,
            in_batch: false,
            following: NOWHERE,
            place: Place::Unknown,
            ends: Vec::new(),
            names: HashMap::new(),
            given: HashSet::new(),
            first_send: None,
            whereabouts: NOWHERE,
            bodies: Vec::new(),
            radios: Vec::new(),
            labels: Vec::new(),
            content: None,
            step: Default::default(),
            service: None,
        }
    }

    /// Compiles one flow; gives its first instruction, the counters that it needs, and the draw of its first Send.
    pub(super) fn flow(&mut self, name: &str, from: u16, steps: &[Step], at: &Path) -> (u32, u16, Option<Draw>) {
        self.flow_of(name, from, from, |compiler| compiler.body(steps, at))
    }

    /// The same of a flow whose requests belong to an instance of `own`, and are at `from` when they are born.
    pub(super) fn flow_of(
        &mut self,
        name: &str,
        own: u16,
        from: u16,
        compile: impl FnOnce(&mut Self),
    ) -> (u32, u16, Option<Draw>) {
        self.flow = name.to_string();
        self.from = own;
        self.counters = 0;
        self.names.clear();
        self.given.clear();
        self.first_send = None;
        self.place = Place::At { here: from, host: from };
        self.whereabouts = from;
        let start = self.here();
        compile(self);
        self.emit(Instruction::Done);
        (start, self.counters, self.first_send.take())
    }

    /// Compiles what a component does by itself as a step that stands with it.
    pub(crate) fn as_step(&mut self, at: &Path, compile: impl FnOnce(&mut Self)) {
        let step = (at.clone(), self.flow.clone(), Vec::new());
        let outer = std::mem::replace(&mut self.step, step);
        compile(self);
        self.step = outer;
    }

    /// The index of a component; the name of a service that the step is done at stands for its node.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        match &self.service {
            Some(service) if service.name == name => Some(usize::from(service.node)),
            _ => self.around.components.get_index_of(name),
        }
    }

    /// Compiles a body once for each node that the service of that name may be on. All copies draw the same.
    pub(crate) fn at_each_node(
        &mut self,
        name: &str,
        by: u16,
        nodes: &[u16],
        mut compile: impl FnMut(&mut Self, usize),
    ) {
        let before = (self.names.clone(), self.given.clone(), self.counters);
        let labels = self.labels.len();
        let (place, whereabouts) = (self.place, self.whereabouts);
        for (i, node) in nodes.iter().enumerate() {
            if i > 0 {
                (self.names, self.given, self.counters) = before.clone();
                self.labels.truncate(labels);
                (self.place, self.whereabouts) = (place, whereabouts);
            }
            let service = Service { name: name.to_string(), node: *node, by };
            let outer = self.service.replace(service);
            compile(self, i);
            self.service = outer;
        }
    }

    pub(super) fn finish(self) -> (Program, Vec<LabelledStep>) {
        (self.program, self.labels)
    }

    /// The state of lowering.
    pub fn lower(&self) -> &'a Lower<'l> {
        self.lower
    }

    /// The flow that is compiled.
    pub fn flow_name(&self) -> &str {
        &self.flow
    }

    /// The components as written.
    pub fn components(&self) -> &'a Named<Component> {
        self.around.components
    }

    /// The components as far as they are known.
    pub fn stations(&self) -> &'a [Station] {
        self.around.stations
    }

    /// The program so far.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// The place of the next instruction.
    pub fn here(&self) -> u32 {
        self.program.code.len() as u32
    }

    /// Appends an instruction; gives its place.
    pub fn emit(&mut self, instruction: Instruction) -> u32 {
        if instruction == Instruction::Release {
            let here = self.here();
            let own = self.step.2.iter().rev().map(|ask| *ask as usize);
            let open = own.into_iter().find(|ask| self.program.places[*ask].release.is_none());
            if let Some(ask) = open {
                self.program.places[ask].release = Some(here);
            }
        }
        self.program.code.push(instruction);
        self.here() - 1
    }

    /// Makes the jump at `jump` go to `target`.
    pub fn retarget(&mut self, jump: u32, target: u32) {
        self.program.code[jump as usize] = Instruction::Jump(target);
    }

    /// Makes the jumps at the places go to the next instruction.
    pub fn land(&mut self, jumps: &[u32]) {
        let here = self.here();
        for jump in jumps {
            self.retarget(*jump, here);
        }
    }

    /// Adds a choice; gives its index.
    pub fn add_choice(&mut self, choice: Choice) -> u32 {
        self.program.choices.push(choice);
        self.program.choices.len() as u32 - 1
    }

    /// Compiles a body.
    pub fn body(&mut self, steps: &[Step], at: &Path) {
        if let Some((before, _)) = self.ends.last() {
            self.place = *before;
        }
        let outer = self.following;
        // What follows each step, from the last one on.
        let mut following = Vec::with_capacity(steps.len());
        let mut next = outer;
        for step in steps.iter().rev() {
            following.push(next);
            next = self.receiver(step).unwrap_or(next);
        }
        for (i, step) in steps.iter().enumerate() {
            let at = at.index(i);
            self.following = following.pop().unwrap_or(outer);
            if let Some(label) = step.label() {
                if !self.given.insert(label.to_string()) {
                    let help = "give each step of a flow a label of its own";
                    self.lower.problem_with_help(
                        &at.field("label"),
                        format!("the label `{label}` is given twice"),
                        help,
                    );
                }
                self.labels.push(LabelledStep { flow: self.flow.clone(), label: label.to_string(), path: at.clone() });
            }
            let before = self.place;
            self.ends.push((before, Vec::new()));
            self.step(step, &at);
            let (_, ends) = self.ends.pop().unwrap_or((before, Vec::new()));
            self.place = match step {
                Step::Spawn(_) => before,
                Step::Route(_) => Place::Unknown,
                // It may run no times at all.
                Step::Repeat(_) if ends.iter().any(|end| *end != before) => Place::Unknown,
                _ => match ends.split_first() {
                    None => self.place,
                    Some((first, others)) if others.iter().all(|end| end == first) => *first,
                    Some(_) => Place::Unknown,
                },
            };
        }
        if let Some((_, ends)) = self.ends.last_mut() {
            ends.push(self.place);
        }
        self.following = outer;
    }

    /// What follows in this step begins wherever the request happens to be.
    pub fn from_anywhere(&mut self) {
        self.place = Place::Unknown;
        if let Some((before, _)) = self.ends.last_mut() {
            *before = Place::Unknown;
        }
    }

    /// Compiles a step.
    pub fn step(&mut self, step: &Step, at: &Path) {
        let flow = Path::default().field(&self.flow);
        let name = match step.label() {
            Some(label) => flow.field(label).as_str().to_string(),
            None => at.as_str().trim_start_matches("system.flows.").to_string(),
        };
        let outer = std::mem::replace(&mut self.step, (at.clone(), name, Vec::new()));
        step.compile(self, at);
        self.step = outer;
    }

    /// A question that the step asks itself stands here.
    pub(super) fn place(&mut self, ask: u32) {
        let (path, name, asks) = &mut self.step;
        asks.push(ask);
        let place =
            AskPlace { path: path.clone(), name: name.clone(), at: self.program.code.len() as u32, release: None };
        self.program.places.push(place);
    }

    /// The first component in a step that can receive, which networks cannot.
    fn receiver(&self, step: &Step) -> Option<u16> {
        match step.component() {
            Some(name) => {
                let index = self.index_of(name)?;
                (self.around.stations[index].kind != Kind::Network).then_some(index as u16)
            }
            None => step.bodies().iter().flat_map(|(_, body)| body.iter()).find_map(|step| self.receiver(step)),
        }
    }

    /// Compiles within a loop: visits are counted.
    pub fn looped(&mut self, compile: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.in_loop, true);
        compile(self);
        self.in_loop = outer;
    }

    /// Compiles where the request can be cancelled.
    pub fn cancellable(&mut self, compile: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.in_cancellable, true);
        compile(self);
        self.in_cancellable = outer;
    }

    /// Compiles the branches of a Fork, which can be cancelled.
    pub fn branches(&mut self, compile: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.in_branch, true);
        self.cancellable(compile);
        self.in_branch = outer;
    }

    /// Compiles the body of a separate request: it is not cancelled with its parent.
    pub fn apart(&mut self, compile: impl FnOnce(&mut Self)) {
        let outer = (self.in_cancellable, self.in_branch);
        (self.in_cancellable, self.in_branch) = (false, false);
        // What is held by its parent is not held by it: a service may move meanwhile.
        let service = self.service.take();
        compile(self);
        self.service = service;
        (self.in_cancellable, self.in_branch) = outer;
    }

    /// Compiles the body of a batch: nobody cancels it, and it stays in its flow.
    pub fn batch_body(&mut self, numbers: super::BatchNumbers, compile: impl FnOnce(&mut Self)) {
        let outer = (self.in_cancellable, self.in_branch, self.in_batch);
        (self.in_cancellable, self.in_branch, self.in_batch) = (false, true, true);
        let lower = self.lower;
        let service = self.service.take();
        lower.within_batch(Some(numbers), || compile(self));
        self.service = service;
        (self.in_cancellable, self.in_branch, self.in_batch) = outer;
    }

    /// Whether all bodies of a batcher are alike so far, this one included.
    pub fn same_body(&mut self, batcher: u16, body: &[Step]) -> bool {
        match self.bodies.iter().find(|(own, _)| *own == batcher) {
            Some((_, first)) => first == body,
            None => {
                self.bodies.push((batcher, body.to_vec()));
                true
            }
        }
    }

    /// What the request sends first is its payload, where the flow does not say.
    pub fn carries(&mut self, size: &Draw) {
        // What a batch sends is that of many.
        if self.first_send.is_none() && !self.in_batch && size.site != crate::system::CONTENT {
            self.first_send = Some(size.clone());
        }
    }

    /// A draw that is always 0.
    pub fn nothing(&self) -> Draw {
        Draw { distribution: super::distribution::constant(0.0), site: 0 }
    }

    /// Whether the instruction is a visit of the station.
    pub(super) fn starts_at(&self, at: u32, station: u16) -> bool {
        match self.program.code.get(at as usize) {
            Some(Instruction::Visit(visit)) => self.program.visits[*visit as usize].station == station,
            _ => false,
        }
    }

    /// Where the request is after the steps compiled so far, as far as one can tell.
    pub(super) fn whereabouts(&self) -> u16 {
        self.whereabouts
    }

    /// The request is at that component again.
    pub(super) fn set_whereabouts(&mut self, component: u16) {
        self.whereabouts = component;
    }

    /// The radios of a component that sends over a network: the first of them, and how many.
    pub(super) fn add_radios(&mut self, over: u16, sender: u16, count: u32) -> (u32, u32) {
        let of_network = self.radios.iter().filter(|(network, ..)| *network == over);
        let next = of_network.map(|(_, _, first, count)| first + count).max().unwrap_or(0);
        match self.radios.iter().find(|(network, own, ..)| (*network, *own) == (over, sender)) {
            Some((_, _, first, count)) => (*first, *count),
            None => {
                self.radios.push((over, sender, next, count));
                (next, count)
            }
        }
    }

    /// How many radios each network has that is used without listening.
    pub(super) fn radios(&self) -> Vec<(u16, u32)> {
        self.radios.iter().map(|(network, _, first, count)| (*network, first + count)).collect()
    }

    /// Whether the step belongs to a branch of a Fork.
    pub fn is_in_branch(&self) -> bool {
        self.in_branch
    }

    /// Whether the request can be cancelled here.
    pub fn is_cancellable(&self) -> bool {
        self.in_cancellable
    }

    /// A counter of visits where the step is within a loop.
    pub fn counter(&mut self) -> u16 {
        if self.in_loop { self.counter_in_loop() } else { UNCOUNTED }
    }

    /// The counter of further steps of the same visit.
    pub fn kept(&self, counter: u16) -> u16 {
        if counter == UNCOUNTED { UNCOUNTED } else { KEPT }
    }

    /// A counter of visits.
    pub fn counter_in_loop(&mut self) -> u16 {
        self.counters = self.counters.saturating_add(1).min(KEPT - 1);
        self.counters - 1
    }

    /// The hash that keys the draws of a step: of its flow and its label, or of its kind and number where it has none, so
    /// that a step that is added elsewhere leaves it as it was.
    pub fn site(&mut self, label: Option<&str>, kind: &str) -> u64 {
        let name = match label {
            Some(label) => format!("label {label}"),
            None => {
                let number = self.names.entry(kind.to_string()).or_default();
                *number += 1;
                format!("{kind} #{}", *number - 1)
            }
        };
        combine(name_hash(&self.flow), name_hash(&name))
    }

    /// A distribution as written, drawn at `site`.
    pub fn draw(&self, at: &Path, spec: &DistributionSpec, dimension: Dimension, site: u64) -> Draw {
        let factor = if dimension == Dimension::TIME { self.lower.clock().ticks_per_second() } else { 1.0 };
        self.in_base_units(at, spec, dimension, site).scaled(factor)
    }

    /// Work as written, in seconds, or in cycles (then `true`).
    fn time_or_cycles(&self, at: &Path, spec: &DistributionSpec, site: u64) -> (Draw, bool) {
        let cycles = self.lower.has_dimension(&spec.0, Dimension::CYCLES);
        let dimension = if cycles { Dimension::CYCLES } else { Dimension::TIME };
        (self.in_base_units(at, spec, dimension, site), cycles)
    }

    /// Work on a component [ticks at nominal speed], as time or as cycles.
    pub(super) fn work(&self, on: &str, at: &Path, spec: &DistributionSpec, site: u64) -> Option<Draw> {
        let (on, component) = self.around.components.get_index(self.index_of(on)?)?;
        let component_at = Path::new("system.components").field(on);
        let (draw, cycles) = self.time_or_cycles(at, spec, site);
        let mut scale = self.lower.clock().ticks_per_second();
        if cycles {
            match nominal_frequency(self.lower, component, &component_at) {
                Some(frequency) => scale /= frequency,
                None => self.lower.problem_with_help(
                    at,
                    format!("work is given in cycles, but `{on}` has no frequency"),
                    format!("give `{on}` a `frequency: \"1 GHz\"`, or the work as a time"),
                ),
            }
        }
        Some(draw.scaled(scale))
    }

    fn in_base_units(&self, at: &Path, spec: &DistributionSpec, dimension: Dimension, site: u64) -> Draw {
        match self.content_of(at, spec, dimension) {
            Some(draw) => draw,
            None => Draw { distribution: self.lower.distribution(at, spec, dimension), site },
        }
    }

    /// What the block around a step carries, where that is asked for.
    fn content_of(&self, at: &Path, spec: &DistributionSpec, dimension: Dimension) -> Option<Draw> {
        let (DistributionKind::Content { per_byte }, Some(typical)) = (&spec.0, self.content) else { return None };
        let per_bit = match per_byte {
            Some(each) => self.lower.positive(&at.field("per_byte"), each, dimension) / 8.0,
            None if dimension == Dimension::DATA => 1.0,
            None => {
                let help = "say how much for each byte: `Content(per_byte: \"2 ns\")`";
                self.lower.problem_with_help(at, "`Content` alone is a size", help);
                1.0
            }
        };
        let mean = Sequence::new(&[typical * per_bit]).ok()?;
        Some(Draw { distribution: mean.into(), site: crate::system::CONTENT })
    }

    /// Compiles the body of a block that carries so much typically [bit]: `Content` has a meaning within.
    pub fn carrying(&mut self, typical: f64, compile: impl FnOnce(&mut Self)) {
        let outer = self.content.replace(typical);
        compile(self);
        self.content = outer;
    }

    /// The index of a flow.
    pub fn flow_index(&self, name: &str, at: &Path) -> Option<u32> {
        match self.around.flows.get_index_of(name) {
            Some(index) => Some(index as u32),
            None => {
                self.lower.unknown(at, "flow", name, self.around.flows.keys().map(String::as_str));
                None
            }
        }
    }

    /// How to choose among alternatives.
    pub fn balancing(&self, spec: &Balancing, at: &Path) -> Balance {
        balancing(self.lower, spec, at)
    }

    /// The registry that a choice looks at; `NOWHERE` for none.
    pub fn registry(&self, spec: &Balancing, among: &[&str], at: &Path) -> u16 {
        registry(self.lower, spec, self.around.components, among, at)
    }

    /// The station that a body starts at.
    pub fn first_station(&self, body: &[Step], at: &Path) -> u16 {
        let first = body.first().and_then(Step::component).and_then(|name| self.index_of(name));
        match first {
            Some(index) => index as u16,
            None => {
                let help = "start each branch with a Compute, Send, Read or Write";
                self.lower.problem_with_help(at, "a branch of Balance must start at a component", help);
                0
            }
        }
    }

    /// The component of that name, which must be of one of the kinds.
    pub(crate) fn component(&self, name: &str, at: &Path, kinds: &[Kind]) -> Option<u16> {
        let fits = |station: &&Station| kinds.contains(&station.kind);
        let names = || self.around.stations.iter().filter(fits).map(|station| station.name.as_str());
        let Some(index) = self.index_of(name) else {
            self.lower.unknown(at, "component", name, names());
            return None;
        };
        let station = &self.around.stations[index];
        if !kinds.contains(&station.kind) {
            let help: Vec<&str> = names().collect();
            let words: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            self.lower.problem_with_help(
                at,
                format!("`{name}` is a {}; this step needs a {}", station.kind.name(), words.join(" or a ")),
                if help.is_empty() { format!("add a {}", words[0]) } else { format!("there are: {}", help.join(", ")) },
            );
            return None;
        }
        Some(index as u16)
    }

    fn patience(&self, spec: &Option<DistributionSpec>, at: &Path, site: u64) -> Option<Draw> {
        spec.as_ref().map(|spec| self.draw(&at.field("patience"), spec, Dimension::TIME, combine(site, 3)))
    }

    /// The queue that a visit joins.
    pub(crate) fn lane(&self, station: &Station, index: u16) -> Lane {
        match station.between {
            Some((_, b)) if station.directions == 2 => Lane::Direction(b),
            _ if station.count > 1 && self.service.as_ref().is_some_and(|service| service.node == index) => {
                self.service.as_ref().map_or(Lane::Only, |service| Lane::Placed(service.by))
            }
            _ if station.count > 1 && index == self.from => Lane::Own,
            _ if station.registry != NOWHERE && index != self.from => Lane::Balanced,
            _ if station.count > 1 => Lane::Balanced,
            _ => Lane::Only,
        }
    }

    pub(crate) fn visit(&mut self, mut visit: Visit) {
        let constant = match &visit.demand {
            Demand::Data { size, overhead, .. } => {
                let bits = size.distribution.mean();
                let constant = size.distribution.is_constant() && size.site != crate::system::CONTENT;
                visit.moved = if constant { (bits, bits + overhead) } else { (0.0, 0.0) };
                constant
            }
            Demand::OwedData { .. } => false,
            Demand::Framed { .. } => false,
            Demand::Time(_) | Demand::Owed | Demand::Endless | Demand::None => true,
        };
        self.whereabouts = match (visit.location, self.around.stations[visit.station as usize].between) {
            (NOWHERE, Some((a, b))) if self.whereabouts == a => b,
            (NOWHERE, Some((a, _))) => a,
            (NOWHERE, None) => self.whereabouts,
            (location, _) => location,
        };
        visit.ends_simply = constant && visit.latency.is_none() && visit.location != NOWHERE;
        self.place = self.after(&visit);
        let index = self.program.visits.len() as u32;
        self.program.visits.push(visit);
        self.emit(Instruction::Visit(index));
    }

    /// Where a visit leaves the request.
    fn after(&self, visit: &Visit) -> Place {
        let to = match (visit.location, self.around.stations[visit.station as usize].between, self.place) {
            (NOWHERE, Some((a, b)), Place::At { here, .. }) => {
                if here == a {
                    b
                } else {
                    a
                }
            }
            (NOWHERE, ..) => return Place::Unknown,
            (to, ..) => to,
        };
        match self.place {
            Place::At { host, .. } if self.around.stations[to as usize].kind == Kind::Storage => {
                Place::At { here: to, host }
            }
            _ => Place::At { here: to, host: to },
        }
    }

    pub(crate) fn compute(&mut self, step: &Compute, at: &Path) {
        self.compute_at(step, at, &at.field("work"));
    }

    /// The same where the work has another name.
    pub(crate) fn compute_at(&mut self, step: &Compute, at: &Path, work_at: &Path) {
        let Some(index) = self.component(&step.on, &at.field("on"), &[Kind::Processor, Kind::Device]) else {
            // What else is wrong with the step is found all the same.
            step.work.as_ref().inspect(|work| drop(self.lower.time_or_cycles(work_at, work)));
            self.patience(&step.patience, at, 0);
            return;
        };
        let station = &self.around.stations[index as usize];
        let site = self.site(step.label.as_deref(), &format!("Compute on {}", step.on));
        let (overhead, costs) = match &self.around.components[index as usize] {
            Component::Processor(c) => (c.overhead.clone(), c.memory_costs.as_ref()),
            Component::Device(c) => (c.overhead.clone(), c.memory_costs.as_ref()),
            _ => (None, None),
        };
        let component_at = Path::new("system.components").field(&station.name);
        let fixed =
            overhead.map(|spec| self.draw(&component_at.field("overhead"), &spec, Dimension::TIME, combine(site, 1)));
        let tables =
            [(component_at.field("memory_costs"), costs), (Path::new("system.memory_costs"), self.around.memory_costs)];
        let factor =
            step.memory.as_ref().map_or(1.0, |memory| self.lower.memory_factor(memory, &tables, &at.field("memory")));
        let demand = match &step.work {
            None if step.memory.is_some() => {
                let help = "give `work: \"2 ms\"`, or leave `memory` out";
                self.lower.problem_with_help(&at.field("memory"), "there is no work for it to change", help);
                Demand::None
            }
            None => {
                if fixed.is_none() {
                    let help = "give `work: \"2 ms\"` (time) or `work: \"2 Mcycle\"`";
                    self.lower.problem_with_help(at, "a Compute without work takes no time", help);
                }
                Demand::None
            }
            Some(work) => match self.work(&step.on, work_at, work, site) {
                Some(draw) => Demand::Time(draw.scaled(factor)),
                None => Demand::None,
            },
        };
        let needs = self.needs(&step.servers, station, at);
        let blocking = self.blocking(step, station, at);
        let lane = self.lane(station, index);
        let visit = Visit {
            station: index,
            lane,
            demand,
            fixed,
            latency: None,
            site,
            counter: UNCOUNTED,
            needs,
            patience: self.patience(&step.patience, at, site),
            location: index,
            ends: (NOWHERE, NOWHERE),
            ends_simply: false,
            moved: (0.0, 0.0),
            fills: false,
            cancellable: self.in_cancellable,
            blocking,
        };
        let counter = self.counter();
        self.visit(Visit { counter, ..visit });
    }

    fn needs(&self, servers: &Option<Scalar>, station: &Station, at: &Path) -> u16 {
        let Some(servers) = servers else { return 1 };
        let most = station.speeds.len().min(u16::MAX as usize) as u64;
        self.lower.whole(&at.field("servers"), servers, 1, most) as u16
    }

    pub(crate) fn send(&mut self, step: &Send, at: &Path) {
        self.send_at(step, at, &at.field("size"));
    }

    /// The same where the size has another name.
    pub(crate) fn send_at(&mut self, step: &Send, at: &Path, size_at: &Path) {
        let to = step
            .to
            .as_ref()
            .map(|to| self.component(to, &at.field("to"), &[Kind::Device, Kind::Processor, Kind::Storage]));
        let index = match (&step.over, to) {
            (Some(over), _) => self.component(over, &at.field("over"), &[Kind::Network]),
            (None, Some(Some(to))) => self.network_to(to, &at.field("to")),
            (None, Some(None)) => None,
            (None, None) => {
                let help = "give `over: \"a network\"`, or `to: \"a component\"`";
                self.lower.problem_with_help(at, "a Send needs a network or a receiver", help);
                None
            }
        };
        if step.size.is_none() {
            self.lower.problem_with_help(at, "a Send needs a size", "give `size: \"256 B\"`");
        }
        let (Some(index), Some(size), false) = (index, &step.size, to == Some(None)) else {
            // What else is wrong with the step is found all the same.
            step.size.as_ref().inspect(|size| drop(self.draw(size_at, size, Dimension::DATA, 0)));
            self.patience(&step.patience, at, 0);
            return;
        };
        let to = to.flatten();
        let station = &self.around.stations[index as usize];
        let Component::Network(network) = &self.around.components[index as usize] else { return };
        let site = self.site(step.label.as_deref(), &format!("Send over {}", station.name));
        let component_at = Path::new("system.components").field(&station.name);
        let size = self.draw(size_at, size, Dimension::DATA, site);
        self.carries(&size);
        let receiver = to.unwrap_or(self.following);
        if step.protocol.is_some() || step.compress.is_some() || network.protocol.is_some() {
            let patience = self.patience(&step.patience, at, site);
            let sending = super::Sending {
                over: index,
                sender: self.whereabouts,
                receiver,
                protocol: step.protocol.as_deref(),
                site,
                at: at.clone(),
            };
            return self.send_by_protocol(&sending, &size, step.compress.as_deref(), patience);
        }
        let overhead = network
            .header
            .as_ref()
            .map_or(0.0, |h| self.lower.not_negative(&component_at.field("header"), h, Dimension::DATA));
        let ticks_per_bit = match &network.bandwidth {
            Some(bandwidth) => {
                self.lower.clock().ticks_per_second()
                    / self.lower.positive(&component_at.field("bandwidth"), bandwidth, Dimension::DATA_RATE)
            }
            None => 0.0,
        };
        let latency = network
            .latency
            .as_ref()
            .map(|spec| self.draw(&component_at.field("latency"), spec, Dimension::TIME, combine(site, 2)));
        if network.bandwidth.is_none() && latency.is_none() {
            let help = "give it a `bandwidth: \"20 Mbit/s\"`, a `latency: \"2 ms\"`, or a `profile`";
            self.lower.problem_with_help(&component_at, "a Network needs a bandwidth or a latency", help);
        }
        let occupies = network.occupies.unwrap_or(false);
        let (fixed, latency) = if occupies { (latency, None) } else { (None, latency) };
        let counter = self.counter();
        let visit = Visit {
            station: index,
            lane: self.lane(station, index),
            demand: Demand::Data { size, overhead, ticks_per_bit },
            fixed,
            latency,
            site,
            counter,
            needs: 1,
            patience: self.patience(&step.patience, at, site),
            location: receiver,
            ends: (NOWHERE, receiver),
            ends_simply: false,
            moved: (0.0, 0.0),
            fills: false,
            cancellable: self.in_cancellable,
            blocking: false,
        };
        self.visit(visit);
    }

    /// The network that leads to `to`: the only one that ends there, or the only one of them that also ends where the
    /// request is.
    fn network_to(&self, to: u16, at: &Path) -> Option<u16> {
        let stations = &self.around.stations;
        let name = |index: u16| stations[index as usize].name.as_str();
        let other_end = |index: u16| match stations[index as usize].between {
            Some((a, b)) if b == to => Some(a),
            Some((a, b)) if a == to => Some(b),
            _ => None,
        };
        let found: Vec<u16> = (0..stations.len() as u16).filter(|index| other_end(*index).is_some()).collect();
        let from = |place: u16| found.iter().copied().filter(|index| other_end(*index) == Some(place)).collect();
        let here: Vec<u16> = match self.place {
            Place::At { here, host } => {
                let near: Vec<u16> = from(here);
                if near.is_empty() { from(host) } else { near }
            }
            Place::Unknown => Vec::new(),
        };
        match (found.as_slice(), here.as_slice()) {
            ([one], _) | (_, [one]) => return Some(*one),
            ([], _) => {
                let help = format!("give a network `between: (\"...\", \"{0}\")`, or name it with `over`", name(to));
                self.lower.problem_with_help(at, format!("no network ends at `{}`", name(to)), help);
            }
            (_, here) => {
                let ends = |index: &u16| match other_end(*index) {
                    Some(NOWHERE) | None => format!("`{}`", name(*index)),
                    Some(end) => format!("`{}` from `{}`", name(*index), name(end)),
                };
                let all = if here.is_empty() { &found[..] } else { here };
                let all: Vec<String> = all.iter().map(ends).collect();
                let place = match self.place {
                    Place::At { host, .. } if host != NOWHERE => format!("the request is at `{}`", name(host)),
                    Place::At { .. } => "the flow has no `from`".to_string(),
                    Place::Unknown => "where the request is depends on the way that it took".to_string(),
                };
                let message = format!("several networks end at `{}`: {}; {place}", name(to), all.join(", "));
                self.lower.problem_with_help(at, message, "name one of them with `over`");
            }
        }
        None
    }

    /// A Read, or a Write.
    pub(crate) fn access(&mut self, step: Access<'_>, at: &Path) {
        let writes = step.writes;
        let Some(index) = self.component(step.storage, &at.field("storage"), &[Kind::Storage]) else {
            // What else is wrong with the step is found all the same.
            self.draw(&at.field("size"), step.size, Dimension::DATA, 0);
            self.patience(step.patience, at, 0);
            return;
        };
        let station = &self.around.stations[index as usize];
        let Component::Storage(spec) = &self.around.components[index as usize] else { return };
        let word = if writes { "Write to" } else { "Read from" };
        let site = self.site(step.label, &format!("{word} {}", step.storage));
        let component_at = Path::new("system.components").field(step.storage);
        let (rate, field) = if writes { (&spec.write, "write") } else { (&spec.read, "read") };
        let ticks_per_bit = match rate {
            Some(rate) => {
                self.lower.clock().ticks_per_second()
                    / self.lower.positive(&component_at.field(field), rate, Dimension::DATA_RATE)
            }
            None => 0.0,
        };
        if rate.is_none() && spec.access.is_none() {
            let help = format!("give it `{field}: \"90 MB/s\"`, `access: \"0.3 ms\"`, or a `profile`");
            self.lower.problem_with_help(
                &component_at,
                format!("a Storage needs a rate to {field}, or an access time"),
                help,
            );
        }
        let fixed = spec
            .access
            .as_ref()
            .map(|spec| self.draw(&component_at.field("access"), spec, Dimension::TIME, combine(site, 1)));
        let size = self.draw(&at.field("size"), step.size, Dimension::DATA, site);
        let counter = self.counter();
        let visit = Visit {
            station: index,
            lane: self.lane(station, index),
            demand: Demand::Data { size, overhead: 0.0, ticks_per_bit },
            fixed,
            latency: None,
            site,
            counter,
            needs: 1,
            patience: self.patience(step.patience, at, site),
            location: index,
            ends: (NOWHERE, NOWHERE),
            ends_simply: false,
            moved: (0.0, 0.0),
            fills: writes,
            cancellable: self.in_cancellable,
            blocking: false,
        };
        self.visit(visit);
    }
}

/// The steps of the short form: each component with the demand that its kind takes.
pub(super) fn short_form(lower: &Lower<'_>, flow: &spec::Flow, components: &Named<Component>, at: &Path) -> Vec<Step> {
    let mut steps = Vec::new();
    for (i, name) in flow.route.iter().flatten().enumerate() {
        let at_name = at.field("route").index(i);
        let missing = |field: &str, example: &str| {
            lower.problem_with_help(
                &at_name,
                format!("the route passes `{name}`, but the flow does not say what it asks there"),
                format!("give the flow `{field}: \"{example}\"`"),
            );
        };
        match components.get(name) {
            None => lower.unknown(&at_name, "component", name, components.keys().map(String::as_str)),
            Some(Component::Network(_)) => match &flow.size {
                Some(size) => steps.push(Step::Send(Send {
                    over: Some(name.clone()),
                    size: Some(size.clone()),
                    to: None,
                    patience: None,
                    protocol: None,
                    compress: None,
                    label: None,
                })),
                None => missing("size", "256 B"),
            },
            Some(Component::Storage(_)) => match &flow.size {
                Some(size) => steps.push(Step::Write(Write {
                    storage: name.clone(),
                    size: size.clone(),
                    patience: None,
                    label: None,
                })),
                None => missing("size", "256 B"),
            },
            Some(component) => {
                let overhead = match component {
                    Component::Processor(c) => c.overhead.is_some(),
                    Component::Device(c) => c.overhead.is_some(),
                    _ => false,
                };
                if flow.work.is_none() && !overhead {
                    missing("work", "2 ms");
                }
                steps.push(Step::Compute(Compute {
                    on: name.clone(),
                    work: flow.work.clone(),
                    servers: None,
                    blocking: None,
                    patience: None,
                    memory: None,
                    label: None,
                }));
            }
        }
    }
    steps
}

/// The frequency at which relative speed is 1: that of the fastest group of cores, or the component's.
pub(super) fn nominal_frequency(lower: &Lower<'_>, component: &Component, at: &Path) -> Option<f64> {
    let (cores, frequency) = match component {
        Component::Processor(c) => (&c.cores, &c.frequency),
        Component::Device(c) => (&c.cores, &c.frequency),
        _ => return None,
    };
    if let Some(frequency) = frequency {
        return Some(lower.positive(&at.field("frequency"), frequency, Dimension::FREQUENCY));
    }
    if let Some(spec::CoresSpec::Groups(groups)) = cores {
        let at = at.field("cores");
        let fastest = groups
            .iter()
            .enumerate()
            .map(|(i, (_, speed))| lower.either(&at.index(i).index(1), speed, Dimension::NONE, Dimension::FREQUENCY))
            .filter(|(_, is_frequency)| *is_frequency)
            .map(|(value, _)| value)
            .fold(f64::NAN, f64::max);
        return fastest.is_finite().then_some(fastest);
    }
    None
}

/// The registry that a choice looks at, which must watch all that there is to choose among; `NOWHERE` for none.
pub(super) fn registry(
    lower: &Lower<'_>,
    spec: &Balancing,
    components: &Named<Component>,
    among: &[&str],
    at: &Path,
) -> u16 {
    let Balancing::Registered { registry: name, .. } = spec else { return NOWHERE };
    let at = at.field("registry");
    let registries = || components.iter().filter(|(_, c)| matches!(c, Component::Registry(_)));
    let names = || registries().map(|(name, _)| name.as_str());
    let found = components.get_full(name);
    let Some((index, _, Component::Registry(registry))) = found else {
        match found {
            None => lower.unknown(&at, "registry", name, names()),
            Some((_, _, other)) => {
                let there: Vec<&str> = names().collect();
                let help = match there.is_empty() {
                    true => format!("add one: \"registry\": Registry(of: [\"{}\"])", among.first().unwrap_or(&"..")),
                    false => format!("there are: {}", there.join(", ")),
                };
                lower.problem_with_help(&at, format!("`{name}` is a {}, not a Registry", other.kind()), help);
            }
        }
        return NOWHERE;
    };
    for missing in among.iter().filter(|name| !registry.watches(name)) {
        let help = format!("add it to `of` of `{name}`");
        lower.problem_with_help(&at, format!("`{name}` does not watch `{missing}`"), help);
    }
    index as u16
}

pub(super) fn balancing(lower: &Lower<'_>, spec: &Balancing, at: &Path) -> Balance {
    match spec {
        Balancing::Registered { by: None, .. } => Balance::RoundRobin,
        Balancing::Registered { by: Some(by), .. } => {
            let at = at.field("by");
            if matches!(**by, Balancing::Registered { .. }) {
                let help = "choose among the healthy ones by one of the others, such as `by: Random`";
                lower.problem_with_help(&at, "one registry is asked at a time", help);
                return Balance::RoundRobin;
            }
            balancing(lower, by, &at)
        }
        Balancing::RoundRobin => Balance::RoundRobin,
        Balancing::Random => Balance::Random,
        Balancing::ShortestQueue => Balance::ShortestQueue,
        Balancing::LeastWork => Balance::LeastWork,
        Balancing::PowerOf { d } => Balance::PowerOf(lower.whole(&at.field("d"), d, 1, 1 << 20) as u32),
    }
}
