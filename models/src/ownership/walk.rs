//! A walk over the program of a flow, with what a request holds at each place.

use crate::graph::successors;
use crate::system::{Instruction, System};
use std::collections::{BTreeMap, BTreeSet};

/// Something that a request is within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Frame {
    /// Holds what the question with this index has got.
    Hold(usize),
    Timeout,
    Retry,
    Repeat,
    /// A branch of this Fork: what is outside is held by the request that forked.
    Branch(u32),
}

/// A question of a flow, and what its request is within when it asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The flow whose requests ask.
    pub flow: usize,
    /// Which question.
    pub ask: usize,
    /// Whether it holds anything afterwards.
    pub holds: bool,
    /// Whether it waits, in line or spinning.
    pub waits: bool,
    /// The questions whose answers are held meanwhile, the outermost first.
    pub held: Vec<usize>,
    /// Whether the wait ends by itself: by a Timeout, by patience, or because a join may cancel it.
    pub ends_by_itself: bool,
    /// How many branches of a request may be here at once; `None` for what a Spawn starts, which may pile up.
    pub copies: Option<u64>,
}

/// What a flow takes and gives back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ownership {
    /// Its questions, in the order of the program.
    pub asked: Vec<Asked>,
    /// What is wrong; nothing, unless a step is compiled wrongly.
    pub violations: Vec<Violation>,
}

/// A way on which something is not given back once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// It is given back where it is not held, or while something that was taken later still is.
    NotHeld {
        /// The instruction.
        at: u32,
    },
    /// It is still held where the request, or a branch of it, ends.
    Kept {
        /// The question.
        ask: usize,
        /// The instruction.
        at: u32,
    },
    /// Two ways that meet hold different things.
    Differs {
        /// The instruction where they meet.
        at: u32,
    },
}

/// Walks all ways through a flow, and through those that its requests become.
pub fn walk(system: &System, flow: usize) -> Ownership {
    let mut walker =
        Walker { system, flow, holding: BTreeMap::new(), at: BTreeMap::new(), result: Ownership::default() };
    walker.run(system.flows[flow].start, true);
    walker.result.asked.sort_by_key(|asked| asked.ask);
    walker.result
}

struct Walker<'s> {
    system: &'s System,
    flow: usize,
    /// Whether a question holds something when it goes on by each of its ways.
    holding: BTreeMap<usize, Vec<bool>>,
    /// What a request is within at each place.
    at: BTreeMap<u32, Vec<Frame>>,
    result: Ownership,
}

impl Walker<'_> {
    /// From a place where nothing is held; `known` where the number of requests is that of the flow.
    fn run(&mut self, start: u32, known: bool) {
        let mut apart = BTreeSet::new();
        let mut todo = vec![(start, Vec::new())];
        while let Some((at, stack)) = todo.pop() {
            match self.at.get(&at) {
                Some(before) if *before == stack => continue,
                Some(_) => {
                    self.violation(Violation::Differs { at });
                    continue;
                }
                None => {}
            }
            self.at.insert(at, stack.clone());
            self.follow(at, stack, known, &mut todo, &mut apart);
        }
        for start in apart {
            if !self.at.contains_key(&start) {
                self.run(start, false);
            }
        }
    }

    /// Where a request may go on from a place, and what it is within there.
    fn follow(
        &mut self,
        at: u32,
        mut stack: Vec<Frame>,
        known: bool,
        todo: &mut Vec<(u32, Vec<Frame>)>,
        apart: &mut BTreeSet<u32>,
    ) {
        let program = &self.system.program;
        match program.code[at as usize] {
            Instruction::Ask(index) => {
                let ask = index as usize;
                let holding = self.holding(ask);
                self.asked(ask, &holding, &stack, known);
                for (target, holds) in program.asks[ask].ways.iter().zip(holding) {
                    let mut inner = stack.clone();
                    if holds {
                        inner.push(Frame::Hold(ask));
                    }
                    todo.push((*target, inner));
                }
            }
            Instruction::Release => match stack.pop() {
                Some(Frame::Hold(ask)) if program.places[ask].release == Some(at) => todo.push((at + 1, stack)),
                _ => self.violation(Violation::NotHeld { at }),
            },
            Instruction::TimeoutBegin(index) => {
                // When it fires, what was taken within it has been given back.
                todo.extend(program.timeouts[index as usize].otherwise.map(|target| (target, stack.clone())));
                stack.push(Frame::Timeout);
                todo.push((at + 1, stack));
            }
            Instruction::RetryBegin(_) => {
                stack.push(Frame::Retry);
                todo.push((at + 1, stack));
            }
            Instruction::RepeatBegin(_) => {
                stack.push(Frame::Repeat);
                todo.push((at + 1, stack));
            }
            Instruction::RepeatEnd(body) => {
                todo.push((body, stack.clone()));
                self.leave(at, Frame::Repeat, stack, todo);
            }
            Instruction::TimeoutEnd => self.leave(at, Frame::Timeout, stack, todo),
            Instruction::RetryEnd => self.leave(at, Frame::Retry, stack, todo),
            Instruction::Fork(index) => {
                let fork = &program.forks[index as usize];
                for branch in &fork.branches {
                    let mut inner = stack.clone();
                    inner.push(Frame::Branch(index));
                    todo.push((*branch, inner));
                }
                todo.push((fork.after, stack));
            }
            Instruction::BranchEnd => match stack.last() {
                Some(Frame::Branch(_)) => {}
                Some(Frame::Hold(ask)) => self.violation(Violation::Kept { ask: *ask, at }),
                _ => self.violation(Violation::NotHeld { at }),
            },
            Instruction::Spawn(index) => {
                apart.insert(program.spawns[index as usize].body);
                todo.push((at + 1, stack));
            }
            // Everything is given back before the request goes on there.
            Instruction::Become(flow) => todo.push((self.system.flows[flow as usize].start, Vec::new())),
            Instruction::Done => match stack.last() {
                None => {}
                Some(Frame::Hold(ask)) => self.violation(Violation::Kept { ask: *ask, at }),
                Some(_) => self.violation(Violation::NotHeld { at }),
            },
            // Whatever goes wrong gives back all that is held on its way out.
            Instruction::Fail => {}
            _ => todo.extend(successors(self.system, at).into_iter().map(|(to, _)| (to, stack.clone()))),
        }
    }

    /// The end of a frame.
    fn leave(&mut self, at: u32, frame: Frame, mut stack: Vec<Frame>, todo: &mut Vec<(u32, Vec<Frame>)>) {
        match stack.pop() {
            Some(top) if top == frame => todo.push((at + 1, stack)),
            Some(Frame::Hold(ask)) => self.violation(Violation::Kept { ask, at }),
            _ => self.violation(Violation::NotHeld { at }),
        }
    }

    fn violation(&mut self, violation: Violation) {
        if !self.result.violations.contains(&violation) {
            self.result.violations.push(violation);
        }
    }

    fn asked(&mut self, ask: usize, holding: &[bool], stack: &[Frame], known: bool) {
        let program = &self.system.program;
        let held = stack.iter().filter_map(|frame| if let Frame::Hold(ask) = frame { Some(*ask) } else { None });
        let forks =
            || stack.iter().filter_map(|frame| if let Frame::Branch(fork) = frame { Some(*fork) } else { None });
        let fork = |index: u32| &program.forks[index as usize];
        let branches = |index: u32| fork(index).branches.len() as u64;
        let asked = Asked {
            flow: self.flow,
            ask,
            holds: holding.contains(&true),
            waits: program.asks[ask].waits || self.spins(ask),
            held: held.collect(),
            ends_by_itself: stack.contains(&Frame::Timeout)
                || program.asks[ask].patience.is_some()
                || forks().any(|index| u64::from(fork(index).needed) < branches(index)),
            copies: known.then(|| forks().map(branches).product()),
        };
        self.result.asked.push(asked);
    }

    /// Whether who is denied polls again.
    fn spins(&self, ask: usize) -> bool {
        let place = &self.system.program.places[ask];
        let others = self.system.program.asks[ask].ways.iter().skip(1);
        let again = |way: &u32| self.reaches(*way, place.at, place.at, place.release);
        place.release.is_some() && others.into_iter().any(again)
    }

    /// By which ways a question goes on holding something: by those on which each way to the end of its step passes the
    /// place where that is given back.
    fn holding(&mut self, ask: usize) -> Vec<bool> {
        if let Some(known) = self.holding.get(&ask) {
            return known.clone();
        }
        let place = &self.system.program.places[ask];
        let ways = &self.system.program.asks[ask].ways;
        let holding: Vec<bool> = match place.release {
            None => vec![false; ways.len()],
            Some(release) => ways
                .iter()
                .map(|way| {
                    let back = self.reaches(*way, place.at, place.at, Some(release));
                    !back && !self.reaches(*way, release + 1, place.at, Some(release))
                })
                .collect(),
        };
        self.holding.insert(ask, holding.clone());
        holding
    }

    /// Whether there is a way from a place to `goal`, never before `from`, and neither by `without` nor beyond it.
    fn reaches(&self, start: u32, goal: u32, from: u32, without: Option<u32>) -> bool {
        let mut seen = BTreeSet::new();
        let mut stack = vec![start];
        while let Some(at) = stack.pop() {
            if at == goal {
                return true;
            }
            if at < from || Some(at) == without || !seen.insert(at) {
                continue;
            }
            if matches!(self.system.program.code[at as usize], Instruction::Become(_)) {
                continue;
            }
            if without.is_some_and(|release| at > release) {
                continue;
            }
            stack.extend(successors(self.system, at).into_iter().map(|(to, _)| to));
        }
        false
    }
}
