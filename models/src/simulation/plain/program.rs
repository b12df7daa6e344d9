//! Programs made ready: visits with all that a request needs there, each with what comes after it.

use crate::system::{Demand, Draw, Instruction, Lane, Program, System, UNCOUNTED, Visit};
use sim_core::distributions::{Distribution, Exponential, Family};
use sim_core::random::{Keyed, Rng, combine};

/// Jumps and choices in a row that a program is followed for; beyond, it may go round for ever.
const ENDLESS: usize = 1_000;

/// What a request does next: a visit by its number, a choice, or nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Next(u32);

impl Default for Next {
    fn default() -> Self {
        Next::DONE
    }
}

/// Bounds of a choice that are compared without a loop.
const FIRST: usize = 4;

/// Marks a choice.
const CHOICE: u32 = 1 << 31;

impl Next {
    /// It leaves.
    pub const DONE: Next = Next(CHOICE - 1);

    /// The number of the choice, if it is one.
    #[inline(always)]
    pub fn choice(self) -> Option<usize> {
        (self.0 & CHOICE != 0).then_some((self.0 & !CHOICE) as usize)
    }

    /// The number of the visit: it is neither a choice nor the end.
    #[inline(always)]
    pub fn visit(self) -> u32 {
        self.0
    }
}

/// A visit of a plain station.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub desk: u32,
    pub next: Next,
    /// Work that is exponential and nothing else, and the site of its draw.
    exponential: Option<Exponential>,
    site: u64,
    /// Data of a constant size that is moved: payload, and bits in all.
    pub moved: (f64, f64),
    /// In the table of visits.
    index: u32,
}

/// A choice among what comes next.
#[derive(Debug)]
pub(super) struct Choice {
    /// Of each branch the smallest word that is beyond it: of the first ones, filled up, and of the others.
    first: [u64; FIRST],
    others: Vec<u64>,
    targets: Vec<Next>,
    site: u64,
}

/// The programs of all flows.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    pub nodes: Vec<Node>,
    choices: Vec<Choice>,
    /// The first of each flow.
    pub starts: Vec<Next>,
}

impl Nodes {
    /// The programs of a system; `None` where something else than visits and choices is in them, or something about a
    /// visit that only the general executor knows.
    pub fn new(system: &System) -> Option<Nodes> {
        let program = &system.program;
        let mut nodes = Nodes::default();
        // Visits and choices keep their numbers. Those of flows that never start are made ready as well: harmless.
        for (index, visit) in program.visits.iter().enumerate() {
            if !is_plain(visit) {
                return None;
            }
            let (exponential, site) = match (&visit.fixed, &visit.demand) {
                (None, Demand::Time(Draw { distribution: Distribution::Exponential(exponential), site })) => {
                    (Some(*exponential), *site)
                }
                _ => (None, 0),
            };
            nodes.nodes.push(Node {
                desk: u32::from(visit.station),
                next: Next::DONE,
                exponential,
                site,
                moved: visit.moved,
                index: index as u32,
            });
        }
        for choice in &program.choices {
            if choice.counter != UNCOUNTED {
                return None;
            }
            let bounds: Vec<u64> = choice.cumulative.iter().copied().map(first_word).collect();
            nodes.choices.push(Choice {
                first: std::array::from_fn(|branch| bounds.get(branch).copied().unwrap_or(u64::MAX)),
                others: bounds.iter().skip(FIRST).copied().collect(),
                targets: Vec::new(),
                site: combine(choice.site, 0),
            });
        }
        for (pc, instruction) in program.code.iter().enumerate() {
            match *instruction {
                Instruction::Visit(index) => nodes.nodes[index as usize].next = resolve(program, pc as u32 + 1)?,
                Instruction::Choose(index) => {
                    let choice = &program.choices[index as usize];
                    let targets = choice.targets.iter().copied().chain([pc as u32 + 1]);
                    let targets: Option<Vec<Next>> = targets.map(|target| resolve(program, target)).collect();
                    nodes.choices[index as usize].targets = targets?;
                }
                Instruction::Jump(_) | Instruction::Done => {}
                _ => return None,
            }
        }
        for flow in &system.flows {
            nodes.starts.push(resolve(program, flow.start)?);
        }
        // A request must not go from choice to choice for ever.
        let goes_on = |next: &Next| next.choice().is_some_and(|index| !nodes.ends(index, 0));
        if nodes.starts.iter().chain(nodes.nodes.iter().map(|node| &node.next)).any(goes_on) {
            return None;
        }
        Some(nodes)
    }

    /// Whether a choice comes to a visit or to the end, whatever is drawn.
    fn ends(&self, choice: usize, depth: usize) -> bool {
        let ends = |next: &Next| next.choice().is_none_or(|choice| self.ends(choice, depth + 1));
        depth < 32 && self.choices[choice].targets.iter().all(ends)
    }

    /// Draws until a visit or the end comes next for the request with this key.
    #[inline(always)]
    pub fn draw(&self, choice: usize, key: u64) -> Next {
        let next = self.choices[choice].draw(key);
        match next.choice() {
            Some(another) => self.draw_on(another, key),
            None => next,
        }
    }

    #[inline(never)]
    fn draw_on(&self, mut choice: usize, key: u64) -> Next {
        loop {
            let next = self.choices[choice].draw(key);
            match next.choice() {
                Some(another) => choice = another,
                None => return next,
            }
        }
    }
}

/// Bits of a uniform number in [0, 1).
const UNIT_BITS: u32 = 53;

/// The smallest word of so many bits that stands for a number of at least this, from 0 to 1: exact, as the product is.
fn first_word(bound: f64) -> u64 {
    (bound * (1u64 << UNIT_BITS) as f64).ceil() as u64
}

impl Choice {
    #[inline(always)]
    fn draw(&self, key: u64) -> Next {
        let word = Keyed::new(key, self.site).next_u64() >> (u64::BITS - UNIT_BITS);
        let mut branch: usize = self.first.iter().map(|first| usize::from(*first <= word)).sum();
        if !self.others.is_empty() {
            branch += self.others.iter().map(|first| usize::from(*first <= word)).sum::<usize>();
        }
        // There are as many targets as branches, and one to fall through to.
        self.targets[branch.min(self.targets.len() - 1)]
    }
}

/// The next visit, choice or end from a place of the program on.
fn resolve(program: &Program, mut pc: u32) -> Option<Next> {
    for _ in 0..ENDLESS {
        match program.code.get(pc as usize)? {
            Instruction::Visit(index) => return Some(Next(*index)),
            Instruction::Choose(index) => return Some(Next(CHOICE | index)),
            Instruction::Done => return Some(Next::DONE),
            Instruction::Jump(target) => pc = *target,
            _ => return None,
        }
    }
    None
}

/// Whether a visit has nothing but a demand. What is not named here may be anything.
fn is_plain(visit: &Visit) -> bool {
    let Visit {
        station: _,
        lane,
        demand,
        fixed: _,
        latency,
        site: _,
        counter,
        needs,
        patience,
        location: _,
        ends: _,
        ends_simply: _,
        moved: _,
        fills,
        cancellable,
        blocking,
    } = visit;
    // Data of a random size would have to be drawn again at the end. Where a request is matters to nobody here.
    let known = match demand {
        Demand::None | Demand::Time(_) => true,
        Demand::Data { size, .. } => size.distribution.is_constant(),
        Demand::Framed { .. } | Demand::Owed | Demand::OwedData { .. } | Demand::Endless => false,
    };
    known
        && *lane == Lane::Only
        && latency.is_none()
        && *counter == UNCOUNTED
        && *needs == 1
        && patience.is_none()
        && !fills
        && !cancellable
        && !blocking
}

impl Node {
    /// Whether data is moved.
    pub fn moves(&self) -> bool {
        self.moved != (0.0, 0.0)
    }

    /// What the request with this key and ordinal asks for [nominal ticks].
    #[inline(always)]
    pub fn demand(&self, system: &System, key: u64, ordinal: u32) -> f64 {
        if let Some(exponential) = &self.exponential {
            return exponential.sample(&mut Keyed::new(key, self.site));
        }
        self.other_demand(system, key, ordinal)
    }

    #[inline(never)]
    fn other_demand(&self, system: &System, key: u64, ordinal: u32) -> f64 {
        let draw = |draw: &Draw| {
            let mut random = Keyed::new(key, draw.site);
            draw.distribution.sample_at(u64::from(ordinal), &mut random)
        };
        let visit = &system.program.visits[self.index as usize];
        let fixed = visit.fixed.as_ref().map_or(0.0, draw);
        let work = match &visit.demand {
            Demand::Time(time) => draw(time),
            Demand::Data { size, overhead, ticks_per_bit } => (draw(size) + overhead) * ticks_per_bit,
            // None of the others is in a plain system.
            Demand::Framed { .. } | Demand::Owed | Demand::OwedData { .. } | Demand::Endless | Demand::None => 0.0,
        };
        fixed + work
    }
}
