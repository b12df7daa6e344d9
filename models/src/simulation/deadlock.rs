//! Deadlock at the end of a run: requests of which none can ever go on.
//!
//! Found by reduction (Holt 1972): whoever does not wait goes on some day and gives back what it holds; whoever could then
//! have what it waits for goes on as well; and so forth. Those who are left wait for each other. A wait that ends by
//! itself, by a Timeout or patience, is none. That holds for whatever can be waited for: units of semaphores and locks,
//! room at full components, servers that blocked or spinning requests keep, and the branches of a Fork.

use super::Simulation;
use super::frames::Kind;
use super::request::{NONE, Role, State};
use super::service::LANE_HELD;
use super::state::Doing;
use crate::resources::Held;
use crate::system::{Demand, Instruction};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Requests in a circle, each of which waits for the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Deadlock {
    /// The circle.
    pub links: Vec<Link>,
    /// Since when it has been closed [s].
    pub since: f64,
}

/// One of a circle.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Its flow.
    pub flow: usize,
    /// Whether it is a branch of a Fork.
    pub branch: bool,
    /// What the one before it waits for.
    pub holds: Cause,
    /// What it waits for itself.
    pub waits: Cause,
}

/// What is held or waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A passive component.
    Passive(usize),
    /// A place at a component that is full.
    Place(usize),
    /// A server of a component.
    Server(usize),
    /// A branch: the request that forked waits for it.
    Branch,
}

impl Cause {
    /// The component.
    pub fn station(self) -> Option<usize> {
        match self {
            Cause::Passive(station) | Cause::Place(station) | Cause::Server(station) => Some(station),
            Cause::Branch => None,
        }
    }
}

/// Rounds of the reduction, each of which follows one more link of a chain; there are rarely more than a few.
const ROUNDS: usize = 10_000;

/// Who holds what and who waits for it, at one instant.
struct Picture<'s, 'r> {
    simulation: &'r Simulation<'s>,
    /// What is held of each passive component, in the order in which it stands in the table of frames.
    held: HashMap<u32, Vec<Held>>,
    /// Requests that wait for a passive component.
    asking: BTreeMap<u32, Vec<u32>>,
    /// Requests at each queue or its servers.
    at: HashMap<u32, Vec<u32>>,
    /// Requests that wait, for anything.
    waiting: Vec<u32>,
    lives: Vec<bool>,
}

impl Simulation<'_> {
    /// A circle of requests of which none can ever go on; of several the first that is found.
    pub(super) fn deadlock(&self) -> Option<Deadlock> {
        let requests = self.requests.most() as u32;
        let stuck = |request: u32| {
            let record = &self.requests[request];
            matches!(record.state, State::Asking | State::Blocked)
                || record.state != State::Free && self.spinning(request).is_some()
        };
        if !(0..requests).any(stuck) {
            return None;
        }
        let mut picture = Picture::new(self);
        picture.reduce();
        picture.circle()
    }

    /// The passive component that a request polls for.
    fn spinning(&self, request: u32) -> Option<u32> {
        match self.frames.get_checked(self.requests[request].frame)?.kind {
            Kind::Spinning { resource, .. } => Some(resource),
            _ => None,
        }
    }

    /// Whether the wait of a request ends by itself.
    fn is_timed(&self, request: u32) -> bool {
        let mut at = request;
        loop {
            if self.requests[at].patience != NONE {
                return true;
            }
            let mut index = self.requests[at].frame;
            while let Some(frame) = self.frames.get_checked(index) {
                if matches!(frame.kind, Kind::Timeout { timer, .. } if timer != NONE) {
                    return true;
                }
                index = frame.outer;
            }
            // What aborts the request that forked aborts its branches.
            match self.frames.get_checked(self.requests[at].parent) {
                Some(fork) if self.requests[at].role == Role::Branch => at = fork.owner,
                _ => return false,
            }
        }
    }

    /// The innermost Fork of a request that waits for its branches: how many of them it still needs, and they.
    fn branches(&self, request: u32) -> Option<(u32, Vec<u32>)> {
        let frame = self.innermost_fork(request);
        let Kind::Fork { index, ended, first, .. } = self.frames.get_checked(frame)?.kind else { return None };
        let needed = self.system.program.forks[index as usize].needed.saturating_sub(ended);
        let mut branches = Vec::new();
        let mut at = first;
        while at != NONE {
            branches.push(at);
            at = self.requests[at].sibling;
        }
        Some((needed, branches))
    }

    fn lane_of_held(&self, held: u32) -> u32 {
        if held & LANE_HELD != 0 { held & !LANE_HELD } else { self.servers[held as usize].lane }
    }
}

impl<'s, 'r> Picture<'s, 'r> {
    fn new(simulation: &'r Simulation<'s>) -> Picture<'s, 'r> {
        let requests = simulation.requests.most() as u32;
        let mut picture = Picture {
            simulation,
            held: HashMap::new(),
            asking: BTreeMap::new(),
            at: HashMap::new(),
            waiting: Vec::new(),
            lives: vec![true; requests as usize],
        };
        for frame in simulation.frames.iter() {
            if let Kind::Holding { resource, units, token, .. } = frame.kind {
                let held = Held { request: frame.owner, units, token, completed: true };
                picture.held.entry(resource).or_default().push(held);
            }
        }
        for request in 0..requests {
            let record = &simulation.requests[request];
            if record.held != NONE {
                picture.at.entry(simulation.lane_of_held(record.held)).or_default().push(request);
            }
            let spins = if record.state == State::Free { None } else { simulation.spinning(request) };
            match record.state {
                State::Queued | State::Served | State::Sharing => {
                    picture.at.entry(record.lane).or_default().push(request);
                    if let Some(resource) = spins {
                        picture.asking.entry(resource).or_default().push(request);
                    } else if record.state != State::Queued {
                        continue;
                    }
                }
                State::Asking => picture.asking.entry(record.lane).or_default().push(request),
                State::Blocked | State::Forked => {}
                State::Free | State::Running | State::Delayed | State::Propagating => continue,
            }
            if !simulation.is_timed(request) {
                picture.waiting.push(request);
                picture.lives[request as usize] = false;
            }
        }
        picture
    }

    /// Finds out who goes on some day.
    fn reduce(&mut self) {
        for _ in 0..ROUNDS {
            let mut more: BTreeSet<u32> = BTreeSet::new();
            let lives = |request: u32| self.lives[request as usize];
            let none = Vec::new();
            for (resource, asking) in &self.asking {
                let held = self.held.get(resource).unwrap_or(&none);
                match self.simulation.resources[*resource as usize].would_go(held, &lives) {
                    Some(go) => more.extend(go),
                    None if held.is_empty() || held.iter().any(|held| lives(held.request)) => more.extend(asking),
                    None => {}
                }
            }
            more.extend(self.waiting.iter().filter(|request| !lives(**request) && self.goes_on(**request)));
            let before = self.waiting.len();
            more.iter().for_each(|request| self.lives[*request as usize] = true);
            self.waiting.retain(|request| !self.lives[*request as usize]);
            if self.waiting.len() == before {
                return;
            }
        }
        // A chain longer than that is none of requests that hold each other up.
        self.waiting.clear();
    }

    /// Whether a request goes on when all that live do, where it waits for anything but a passive component.
    fn goes_on(&self, request: u32) -> bool {
        let simulation = self.simulation;
        let lives = |request: &u32| self.lives[*request as usize];
        let record = &simulation.requests[request];
        if simulation.spinning(request).is_some() {
            return false;
        }
        match record.state {
            State::Forked => simulation.branches(request).is_none_or(|(needed, branches)| {
                branches.iter().filter(|branch| lives(branch)).count() as u32 >= needed
            }),
            State::Queued => {
                let lane = &simulation.lanes[record.lane as usize];
                let policy = &simulation.system.stations[lane.station as usize].policy;
                let moves = |server: &super::state::Server| match server.doing {
                    Doing::Busy => !self.is_endless(server.request) || lives(&server.request),
                    Doing::Blocked => lives(&server.request),
                    _ => true,
                };
                let servers = lane.first as usize..(lane.first + lane.servers) as usize;
                policy.quantum.is_some() || simulation.servers[servers].iter().any(moves)
            }
            State::Blocked => {
                let there = self.at.get(&record.lane);
                there.is_none_or(|there| there.iter().any(lives))
            }
            _ => false,
        }
    }

    /// Whether the service of a request ends by nothing but a grant.
    fn is_endless(&self, request: u32) -> bool {
        let simulation = self.simulation;
        let code =
            simulation.requests.get_checked(request).map(|record| simulation.system.program.code[record.pc as usize]);
        match code {
            Some(Instruction::Visit(visit)) => {
                matches!(simulation.system.program.visits[visit as usize].demand, Demand::Endless)
            }
            _ => false,
        }
    }

    /// What a request waits for, and one that does not live and has it.
    fn blocker(&self, request: u32) -> Option<(Cause, u32)> {
        let simulation = self.simulation;
        let dead = |request: &u32| !self.lives[*request as usize];
        let record = &simulation.requests[request];
        let asked = simulation.spinning(request).or((record.state == State::Asking).then_some(record.lane));
        if let Some(resource) = asked {
            let station = simulation.resource_stations[resource as usize] as usize;
            let holders = self.held.get(&resource)?.iter().map(|held| held.request);
            return holders.into_iter().find(dead).map(|holder| (Cause::Passive(station), holder));
        }
        let lane = record.lane;
        match record.state {
            State::Forked => {
                let (_, branches) = simulation.branches(request)?;
                branches.into_iter().find(dead).map(|branch| (Cause::Branch, branch))
            }
            State::Queued => {
                let lane = &simulation.lanes[lane as usize];
                let servers = &simulation.servers[lane.first as usize..(lane.first + lane.servers) as usize];
                let holder = servers.iter().map(|server| server.request).find(|r| *r != NONE && dead(r))?;
                Some((Cause::Server(lane.station as usize), holder))
            }
            State::Blocked => {
                let station = simulation.lanes[lane as usize].station as usize;
                let holder = self.at.get(&lane)?.iter().copied().find(dead)?;
                Some((Cause::Place(station), holder))
            }
            _ => None,
        }
    }

    /// Each of those who are left waits for another of them: following them must lead round.
    fn circle(&self) -> Option<Deadlock> {
        for start in &self.waiting {
            let mut way: Vec<(u32, Cause)> = Vec::new();
            let mut seen: HashMap<u32, usize> = HashMap::new();
            let mut at = *start;
            while let Some((cause, next)) = self.blocker(at) {
                seen.insert(at, way.len());
                way.push((at, cause));
                if let Some(first) = seen.get(&next) {
                    return Some(self.describe(&way[*first..]));
                }
                at = next;
            }
        }
        None
    }

    fn describe(&self, circle: &[(u32, Cause)]) -> Deadlock {
        let simulation = self.simulation;
        let ticks = simulation.system.clock.ticks_per_second();
        let since = |request: u32| match simulation.frames.get_checked(simulation.requests[request].frame) {
            Some(frame) => match frame.kind {
                Kind::Spinning { entered, .. } => entered,
                _ => simulation.requests[request].entered,
            },
            None => simulation.requests[request].entered,
        };
        let before = |i: usize| circle[(i + circle.len() - 1) % circle.len()].1;
        let mut links: Vec<Link> = circle
            .iter()
            .enumerate()
            .map(|(i, (request, waits))| Link {
                flow: simulation.requests[*request].origin as usize,
                branch: simulation.requests[*request].role == Role::Branch,
                holds: before(i),
                waits: *waits,
            })
            .collect();
        // The same circle is always told from the same place: a parent before its branches, else by the flow.
        let first = (0..links.len()).min_by_key(|i| (links[*i].branch, links[*i].flow)).unwrap_or(0);
        links.rotate_left(first);
        let waits = circle.iter().filter(|(_, cause)| *cause != Cause::Branch);
        let since = waits.map(|(request, _)| since(*request)).max().unwrap_or_default();
        Deadlock { links, since: since.ticks() as f64 / ticks }
    }
}
