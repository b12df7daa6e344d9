//! Through the program of a flow: how often each place is passed, how many requests end well, and after how long.
//!
//! ```text
//!   place ──own time, own chance──▶ next places, by their shares ──▶ .. ──▶ the end of the region
//! ```
//!
//! A region is what lies between a place and its end. Blocks are regions of their own, reduced to one step: a Repeat to
//! so many bodies, a Fork to the last of its branches (taken as independent), a Timeout to its body cut off, a Retry to
//! as many bodies as it takes. What visits and waits take is given (see `state.rs`).

use super::span::{Span, ended};
use crate::check::model::Model;
use models::graph;
use models::resources::Nature;
use models::system::Instruction;
use std::collections::BTreeMap;

/// What passing a place takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// Chance to go on from there.
    pub success: f64,
    /// Time of those that do.
    pub time: Span,
}

/// What is known of places beforehand.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Visits of queues.
    pub steps: BTreeMap<u32, Step>,
    /// Questions to passive components: the wait, and the share of each way.
    pub asks: BTreeMap<u32, (Step, Vec<f64>)>,
}

/// What becomes of requests in a region.
#[derive(Clone, Debug)]
pub(super) struct Region {
    /// Chance to come to its end.
    pub success: f64,
    /// How long that takes.
    pub time: Span,
    /// Mean time in it, of all.
    pub spent: f64,
    /// Expected times that each place is passed.
    pub visits: BTreeMap<u32, f64>,
    /// The blocks of passive components: by the place of their question, the time from what was waited for to the release.
    pub holds: BTreeMap<u32, Span>,
}

/// A place reduced to a step.
struct Node {
    success: f64,
    time: Span,
    /// Mean time of all, those that do not go on too.
    spent: f64,
    visits: Vec<(u32, f64)>,
    next: Vec<(u32, f64)>,
}

impl Node {
    fn passing(next: Vec<(u32, f64)>) -> Node {
        Node { success: 1.0, time: Span::ZERO, spent: 0.0, visits: Vec::new(), next }
    }

    fn of(step: &Step, at: u32, next: Vec<(u32, f64)>) -> Node {
        let Step { success, time } = *step;
        Node { success, time, spent: time.mean, visits: vec![(at, 1.0)], next }
    }

    fn failing() -> Node {
        Node { success: 0.0, ..Node::passing(Vec::new()) }
    }

    /// A block that has been passed so many times.
    fn block(region: &Region, times: f64, next: u32) -> Node {
        Node {
            success: region.success,
            time: region.time,
            spent: region.spent,
            visits: region.visits.iter().map(|(at, count)| (*at, count * times)).collect(),
            next: vec![(next, 1.0)],
        }
    }
}

/// Blocks within blocks beyond which nothing is followed.
const DEPTH: u32 = 12;
/// Rounds of the equations of a region: enough for loops that are left with a chance of a thousandth.
const ROUNDS: usize = 20_000;

pub(super) struct Walker<'w, 's> {
    pub model: &'w Model<'s>,
    pub known: &'w Known,
}

impl Walker<'_, '_> {
    /// All of a flow.
    pub fn flow(&self, flow: usize) -> Result<Region, String> {
        self.region(self.model.system.flows[flow].start, None, DEPTH)
    }

    fn code(&self, at: u32) -> Instruction {
        self.model.system.program.code.get(at as usize).copied().unwrap_or(Instruction::Fail)
    }

    /// From a place to another, or to the end of the program or branch.
    fn region(&self, start: u32, stop: Option<u32>, depth: u32) -> Result<Region, String> {
        if depth == 0 {
            return Err("its blocks are nested too deeply".into());
        }
        let mut holds = BTreeMap::new();
        // Places after those that follow them, but for loops.
        let (mut order, mut nodes) = (Vec::new(), Vec::new());
        let mut reduced: BTreeMap<u32, Node> = BTreeMap::new();
        let mut stack = vec![(start, false)];
        while let Some((at, done)) = stack.pop() {
            if done {
                if let Some(node) = reduced.get(&at) {
                    order.push(at);
                    nodes.push(node.next.clone());
                }
                continue;
            }
            if Some(at) == stop || reduced.contains_key(&at) {
                continue;
            }
            let node = self.node(at, depth, &mut holds)?;
            stack.push((at, true));
            stack.extend(node.next.iter().filter(|(_, share)| *share > 0.0).map(|(to, _)| (*to, false)));
            reduced.insert(at, node);
        }
        let position: BTreeMap<u32, usize> = order.iter().enumerate().map(|(i, at)| (*at, i)).collect();
        let next: Vec<Vec<(Option<usize>, f64)>> = nodes
            .iter()
            .map(|next| {
                let live = next.iter().filter(|(_, share)| *share > 0.0);
                live.map(|(to, share)| (position.get(to).copied(), *share)).collect()
            })
            .collect();
        let nodes: Vec<Node> = order.iter().filter_map(|at| reduced.remove(at)).collect();
        let value = ends(&nodes, &next);
        let passes = passes(&nodes, &next, position.get(&start).copied());
        let mut visits: BTreeMap<u32, f64> = BTreeMap::new();
        for (node, count) in nodes.iter().zip(&passes) {
            for (place, times) in &node.visits {
                *visits.entry(*place).or_insert(0.0) += times * count;
            }
        }
        let whole = position.get(&start).map_or((1.0, Span::ZERO, 0.0), |at| value[*at]);
        Ok(Region { success: whole.0, time: whole.1, spent: whole.2, visits, holds })
    }

    /// What a place comes down to.
    fn node(&self, at: u32, depth: u32, holds: &mut BTreeMap<u32, Span>) -> Result<Node, String> {
        let system = self.model.system;
        let program = &system.program;
        let ticks = self.model.ticks;
        let mut inner = |start: u32, stop: Option<u32>| {
            let region = self.region(start, stop, depth - 1)?;
            holds.extend(region.holds.iter().map(|(at, span)| (*at, *span)));
            Ok::<Region, String>(region)
        };
        Ok(match self.code(at) {
            Instruction::Visit(_) => match self.known.steps.get(&at) {
                Some(step) => Node::of(step, at, vec![(at + 1, 1.0)]),
                None => return Err("a service of it is not known".into()),
            },
            Instruction::Delay(index) => {
                let time = Span::of(&program.delays[index as usize].amount.distribution, ticks);
                Node::of(&Step { success: 1.0, time }, at, vec![(at + 1, 1.0)])
            }
            Instruction::RepeatBegin(index) => {
                let (Instruction::Jump(test), amount) = (self.code(at + 1), &program.repeats[index as usize].amount)
                else {
                    return Err("a Repeat of it is of an unknown shape".into());
                };
                let (mean, second) = crate::check::model::rounded_moments(&amount.distribution);
                let least = (amount.distribution.min() + 0.5).floor().max(0.0);
                let body = inner(at + 2, Some(test))?;
                let p = body.success;
                let rounds = if p < 1.0 - 1e-12 { (1.0 - p.powf(mean)) / (1.0 - p) } else { mean };
                let time = body.time.times(mean, (second - mean * mean).max(0.0), least);
                let spent = body.spent * rounds;
                Node { success: p.powf(mean), time, spent, ..Node::block(&body, rounds, test + 1) }
            }
            Instruction::RetryBegin(index) => {
                let retry = &program.retries[index as usize];
                let end =
                    self.matching(at, |i| matches!(i, Instruction::RetryBegin(_)), |i| i == Instruction::RetryEnd)?;
                let body = inner(at + 1, Some(end))?;
                let backoff = retry.backoff.distribution.mean() / ticks;
                let (p, more) = (body.success, f64::from(retry.times));
                if p <= 0.0 {
                    return Ok(Node { success: 0.0, ..Node::block(&body, more + 1.0, end + 1) });
                }
                let missed = (1.0 - p).powf(more + 1.0);
                let attempts = (1.0 - missed) / p;
                // Of those that succeed: failures before, and how long one takes.
                let q = 1.0 - p;
                let failures = if q > 0.0 { q / p - (more + 1.0) * missed / (1.0 - missed) } else { 0.0 };
                let wasted = if q > 1e-12 { ((body.spent - p * body.time.mean) / q).max(0.0) } else { 0.0 };
                let again = Span::with_variance(wasted + backoff, backoff * backoff, 0.0);
                let before = again.times(failures.max(0.0), failures.max(0.0) * (1.0 + failures.max(0.0)), 0.0);
                let spent = attempts * body.spent + (attempts - 1.0) * backoff;
                let time = Span { least: body.time.least, ..before.then(&body.time) };
                Node { success: 1.0 - missed, time, spent, ..Node::block(&body, attempts, end + 1) }
            }
            Instruction::TimeoutBegin(index) => {
                let timeout = &program.timeouts[index as usize];
                let end =
                    self.matching(at, |i| matches!(i, Instruction::TimeoutBegin(_)), |i| i == Instruction::TimeoutEnd)?;
                let body = inner(at + 1, Some(end))?;
                if self.passes_failing(&body.visits) {
                    return Err("a Timeout around a component that fails: the spread of its times is not known".into());
                }
                let after = timeout.after.distribution.mean() / ticks;
                let within = body.time.within(after);
                let (cut, shorter) = body.time.cut(after);
                let lost = (body.spent - body.success * body.time.mean).max(0.0).min(after);
                let spent = body.success * shorter + lost;
                let block = Node::block(&body, 1.0, end + 1);
                match timeout.otherwise {
                    None => Node { success: body.success * within, time: cut, spent, ..block },
                    Some(otherwise) => {
                        let time = Span {
                            mean: shorter,
                            second: within * cut.second + (1.0 - within) * after * after,
                            least: cut.least.min(after),
                        };
                        Node { time, spent, next: vec![(end + 1, within), (otherwise, 1.0 - within)], ..block }
                    }
                }
            }
            Instruction::Fork(index) => {
                let fork = &program.forks[index as usize];
                let needed = fork.needed as usize;
                if needed < fork.branches.len() {
                    return Err("the losers of a Fork are cut short".into());
                }
                let branches =
                    fork.branches.iter().map(|branch| inner(*branch, None)).collect::<Result<Vec<_>, String>>()?;
                let times: Vec<Span> = branches.iter().map(|branch| branch.time).collect();
                let success = at_least(&branches, needed);
                let time = ended(&times, needed);
                let mut visits = Vec::new();
                for branch in &branches {
                    visits.extend(branch.visits.iter().map(|(at, count)| (*at, *count)));
                }
                Node { success, time, spent: time.mean, visits, next: vec![(fork.after, 1.0)] }
            }
            Instruction::Spawn(index) | Instruction::HandOver(index) => {
                let body = inner(program.spawns[index as usize].body, None)?;
                Node {
                    visits: body.visits.iter().map(|(at, count)| (*at, *count)).collect(),
                    ..Node::passing(vec![(at + 1, 1.0)])
                }
            }
            Instruction::Ask(index) => {
                let ask = &program.asks[index as usize];
                let Some((step, shares)) = self.known.asks.get(&at) else {
                    let asked = &system.stations[ask.station as usize].name;
                    return Err(format!("no formula is for what `{asked}` grants"));
                };
                if let Some(place) = program.places.iter().find(|place| place.at == at)
                    && let (Some(release), Some(first)) = (place.release, ask.ways.first())
                    && let Nature::Units { .. } = self.nature(ask.station)
                {
                    let held = inner(*first, Some(release))?;
                    // Those who fail within give back too.
                    let time = if held.success > 0.0 { held.time } else { Span::with_variance(held.spent, 0.0, 0.0) };
                    holds.insert(at, Span { mean: held.spent.max(0.0), ..time });
                }
                Node::of(step, at, ask.ways.iter().copied().zip(shares.iter().copied()).collect())
            }
            Instruction::Done | Instruction::BranchEnd => Node::passing(Vec::new()),
            Instruction::Fail | Instruction::Raise(_) => Node::failing(),
            Instruction::Ride(_) | Instruction::BatchEnd => return Err("it waits for others in a batch".into()),
            Instruction::Put(_) => return Err("it hands messages to a channel".into()),
            Instruction::Call(_) => return Err("it starts requests of another flow".into()),
            Instruction::Commit(_) => return Err("it repeats what others have changed meanwhile".into()),
            Instruction::Further(_) => return Err("a passive component decides within its block".into()),
            Instruction::Interrupt(_) => return Err("it interrupts a processor".into()),
            Instruction::AwaitBegin(_) | Instruction::AwaitRest | Instruction::AwaitEnd(_) => {
                return Err("it polls for a result".into());
            }
            _ => Node::passing(graph::successors(system, at)),
        })
    }

    /// Whether a component that fails is among those that are passed.
    pub fn passes_failing(&self, visits: &BTreeMap<u32, f64>) -> bool {
        let fails = |at: &u32| {
            let queue = self.model.queue_at.get(at);
            queue.is_some_and(|queue| self.model.station(*queue).failures.is_some())
        };
        visits.iter().any(|(at, count)| *count > 0.0 && fails(at))
    }

    /// What a passive component is.
    pub fn nature(&self, station: u16) -> Nature {
        let found = self.model.system.resources.iter().find(|passive| passive.station == station);
        found.map_or(Nature::Other, |passive| passive.prototype.nature())
    }

    /// The end of a block that begins at a place.
    fn matching(
        &self,
        at: u32,
        opens: impl Fn(Instruction) -> bool,
        closes: impl Fn(Instruction) -> bool,
    ) -> Result<u32, String> {
        let mut open = 0;
        for place in at..self.model.system.program.code.len() as u32 {
            let code = self.code(place);
            open += i32::from(opens(code)) - i32::from(closes(code));
            if open == 0 {
                return Ok(place);
            }
        }
        Err("a block of it has no end".into())
    }
}

/// Chance that at least so many of independent branches come to their end.
fn at_least(branches: &[Region], needed: usize) -> f64 {
    let mut count = vec![0.0; branches.len() + 1];
    count[0] = 1.0;
    for (before, branch) in branches.iter().enumerate() {
        for n in (0..=before).rev() {
            count[n + 1] += count[n] * branch.success;
            count[n] *= 1.0 - branch.success;
        }
    }
    count.iter().skip(needed).sum::<f64>().min(1.0)
}

/// Of each place, the last ones first: the chance to come to the end, the time of those that do, and the mean time of all.
/// Places that lead to none (`None`) are at the end.
fn ends(nodes: &[Node], next: &[Vec<(Option<usize>, f64)>]) -> Vec<(f64, Span, f64)> {
    let mut value = vec![(0.0, Span::ZERO, 0.0); nodes.len()];
    for _ in 0..ROUNDS {
        let mut change = 0.0f64;
        for (at, (node, next)) in nodes.iter().zip(next).enumerate() {
            let new = onward(node, next, &value);
            let old = value[at];
            let apart = |a: f64, b: f64| (a - b).abs() / a.abs().max(b.abs()).max(1e-300);
            change = change.max((new.0 - old.0).abs());
            if new.0 > 1e-12 {
                change = change.max(apart(new.1.mean, old.1.mean)).max(apart(new.1.second, old.1.second));
            }
            value[at] = new;
        }
        if change < 1e-11 {
            break;
        }
    }
    value
}

/// A step and what follows.
fn onward(node: &Node, next: &[(Option<usize>, f64)], value: &[(f64, Span, f64)]) -> (f64, Span, f64) {
    if next.is_empty() {
        return (node.success, node.time, node.spent);
    }
    let (mut good, mut mean, mut second, mut least, mut spent) = (0.0, 0.0, 0.0, f64::INFINITY, 0.0);
    for (to, share) in next {
        let reached = to.map_or((1.0, Span::ZERO, 0.0), |to| value[to]);
        good += share * reached.0;
        mean += share * reached.0 * reached.1.mean;
        second += share * reached.0 * reached.1.second;
        if reached.0 > 0.0 {
            least = least.min(reached.1.least);
        }
        spent += share * reached.2;
    }
    if good <= 0.0 {
        return (0.0, Span::ZERO, node.spent + node.success * spent);
    }
    let rest = Span { mean: mean / good, second: second / good, least };
    (node.success * good, node.time.then(&rest), node.spent + node.success * spent)
}

/// Expected times that each place is passed: what goes back in loops is sent through again, until nothing is left.
fn passes(nodes: &[Node], next: &[Vec<(Option<usize>, f64)>], start: Option<usize>) -> Vec<f64> {
    let mut total = vec![0.0; nodes.len()];
    let mut coming = vec![0.0; nodes.len()];
    let Some(start) = start else { return total };
    coming[start] = 1.0;
    for _ in 0..ROUNDS {
        let mut back = vec![0.0; nodes.len()];
        let mut left = 0.0;
        for at in (0..nodes.len()).rev() {
            let here = coming[at];
            if here <= 0.0 {
                continue;
            }
            total[at] += here;
            for (to, share) in &next[at] {
                let Some(to) = to else { continue };
                let sent = here * nodes[at].success * share;
                if *to < at {
                    coming[*to] += sent;
                } else {
                    back[*to] += sent;
                    left += sent;
                }
            }
        }
        if left < 1e-12 {
            break;
        }
        coming = back;
    }
    total
}
