//! `Admission`: cores, memory, bandwidth and storage that requests are given together, or not at all.
//!
//! ```text
//!   Admit ──▶ all there? ──yes──▶ held for the block ──▶ given back
//!                └─no──▶ refused, or waits: the highest priority next
//! ```
//!
//! The priority of a request that waits is that of the resource-aware scheduler of the source system: urgency and size
//! add to the level of its flow. Urgency grows as the deadline comes near, so that it is worked out anew whenever
//! something is given back.

use super::ledger::Ledger;
use super::{Answer, Ask, Effect, FigureName, Grant, Held, Measured, Prototype, Resource, World, passive};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::time::Time;

/// What happens to a request for which there is not enough of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Short {
    /// It waits.
    #[default]
    Queue,
    /// It is refused.
    Refuse,
}

passive! {
    /// Cores, memory, bandwidth and storage that an `Admit` is given all at once, or not at all.
    Admission {
        /// Cores.
        cores: Scalar,
        /// Memory.
        memory: Scalar,
        /// Bandwidth.
        bandwidth: Scalar,
        /// Storage.
        storage: Scalar,
        /// When any of them is short: `Queue` (default) or `Refuse`.
        short: Short,
        /// The most requests that may wait; a further one is refused (default: no limit).
        queue: Scalar,
        /// Whether requests that fit may pass one of higher priority that does not (default false).
        backfill: bool,
    }
    Admission::prototype
}

/// The kinds of what is given, in order, with their dimensions.
pub const KINDS: [(&str, Dimension); 4] = [
    ("cores", Dimension::NONE),
    ("memory", Dimension::DATA),
    ("bandwidth", Dimension::DATA_RATE),
    ("storage", Dimension::DATA),
];

impl Admission {
    /// What there is of each kind, as written.
    pub fn written(&self) -> [Option<&Scalar>; 4] {
        [self.cores.as_ref(), self.memory.as_ref(), self.bandwidth.as_ref(), self.storage.as_ref()]
    }

    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let mut capacity = [0.0; 4];
        for (i, written) in self.written().iter().enumerate() {
            let (name, dimension) = KINDS[i];
            capacity[i] = match written {
                None => 0.0,
                Some(n) if i == 0 => lower.whole(&at.field(name), n, 1, 1 << 40) as f64,
                Some(amount) => lower.positive(&at.field(name), amount, dimension).round(),
            };
        }
        if capacity.iter().all(|amount| *amount == 0.0) {
            let help = "give `cores`, `memory`, `bandwidth` or `storage`";
            lower.problem_with_help(at, "an Admission needs something to give", help);
        }
        if self.short == Some(Short::Refuse) && (self.queue.is_some() || self.backfill.is_some()) {
            let field = if self.queue.is_some() { "queue" } else { "backfill" };
            let help = "leave it out, or let requests wait: `short: Queue`";
            lower.problem_with_help(&at.field(field), "nobody waits where requests are refused", help);
        }
        let main = capacity.iter().position(|amount| *amount > 0.0).unwrap_or(0);
        let state = State {
            capacity,
            main,
            used: [0.0; 4],
            room: match self.short.unwrap_or_default() {
                Short::Refuse => 0,
                Short::Queue => {
                    self.queue.as_ref().map_or(u64::MAX, |n| lower.whole(&at.field("queue"), n, 0, 1 << 53))
                }
            },
            backfill: self.backfill.unwrap_or(false),
            waiting: Vec::new(),
            sequence: 0,
            held: Ledger::default(),
            integrals: [0.0; 4],
            since: Time::ZERO,
        };
        Prototype { units: capacity[main], state: super::State::Admission(Box::new(state)) }
    }
}

/// What a request needs, in the order of [`KINDS`].
type Needs = [f64; 4];

/// The least time to a deadline that counts [s]: urgency is at most 1000, and stays there when the deadline has passed.
const SOON: f64 = 1e-3;

/// Priority of a request: 1 / (seconds to its deadline) + 0.1 per core + 0.01 per MB + its level, which is 100 for
/// Critical, 50 for High, 10 for Normal and 1 for Low flows, and lies between these for numbers in between.
pub fn priority(cores: f64, memory: f64, level: f64, left: Option<f64>) -> f64 {
    let urgency = left.map_or(0.0, |seconds| 1.0 / seconds.max(SOON));
    urgency + 0.1 * cores + 0.01 * memory / 8e6 + weight(level)
}

/// Weights of the levels Low (0), Normal (1), High (2) and Critical (3), straight in between and beyond.
fn weight(level: f64) -> f64 {
    const WEIGHTS: [f64; 4] = [1.0, 10.0, 50.0, 100.0];
    let below = level.floor().clamp(0.0, 2.0) as usize;
    WEIGHTS[below] + (level - below as f64) * (WEIGHTS[below + 1] - WEIGHTS[below])
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    sequence: u64,
    ask: Ask,
}

impl Waiting {
    fn needs(&self) -> Needs {
        needs(&self.ask)
    }

    fn priority(&self, now: Time, ticks: f64) -> f64 {
        let left = (self.ask.deadline < Time::MAX).then(|| self.ask.deadline.saturating_since(now) as f64 / ticks);
        let [cores, memory, ..] = self.needs();
        priority(cores, memory, self.ask.priority, left)
    }
}

fn needs(ask: &Ask) -> Needs {
    [ask.amount, ask.more[0], ask.more[1], ask.more[2]]
}

/// What is given and what is left.
#[derive(Clone, Debug)]
pub struct State {
    capacity: Needs,
    /// The kind that the utilisation is of: the first that there is.
    main: usize,
    used: Needs,
    room: u64,
    backfill: bool,
    waiting: Vec<Waiting>,
    sequence: u64,
    /// What is held.
    held: Ledger<Needs>,
    integrals: Needs,
    since: Time,
}

impl State {
    fn fits(&self, needs: &Needs) -> bool {
        (0..4).all(|i| self.used[i] + needs[i] <= self.capacity[i])
    }

    fn settle(&mut self, now: Time) {
        let passed = now.saturating_since(self.since) as f64;
        self.since = now;
        self.integrals.iter_mut().zip(&self.used).for_each(|(integral, used)| *integral += used * passed);
    }

    fn give(&mut self, needs: Needs, now: Time) -> Grant {
        self.settle(now);
        self.used.iter_mut().zip(&needs).for_each(|(used, need)| *used += need);
        let token = self.held.put(needs);
        Grant { token, ..Grant::holding(needs[self.main]) }
    }

    /// Lets those go on that can, the highest priority first.
    fn serve(&mut self, world: &mut World<'_>) {
        loop {
            let rated =
                self.waiting.iter().enumerate().map(|(i, waiting)| {
                    (waiting.priority(world.now, world.ticks), std::cmp::Reverse(waiting.sequence), i)
                });
            let able = |i: usize| !self.backfill || self.fits(&self.waiting[i].needs());
            let next = rated.filter(|(_, _, i)| able(*i)).max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let Some((_, _, i)) = next else { return };
            let needs = self.waiting[i].needs();
            if !self.fits(&needs) {
                return;
            }
            let request = self.waiting.swap_remove(i).ask.request;
            let grant = self.give(needs, world.now);
            world.effects.push(Effect::Go(request, grant));
        }
    }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::share("cores_held", "mean share of the cores that are held"),
        FigureName::share("memory_held", "mean share of the memory that is held"),
        FigureName::share("bandwidth_held", "mean share of the bandwidth that is held"),
        FigureName::share("storage_held", "mean share of the storage that is held"),
    ];

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        let needs = needs(ask);
        if (0..4).any(|i| needs[i] > self.capacity[i]) {
            // More than there will ever be.
            return Answer::Refuse(Outcome::Refused);
        }
        if (self.waiting.is_empty() || self.backfill) && self.fits(&needs) {
            return Answer::Go(self.give(needs, world.now));
        }
        if self.waiting.len() as u64 >= self.room {
            return Answer::Refuse(Outcome::Refused);
        }
        self.sequence += 1;
        self.waiting.push(Waiting { sequence: self.sequence, ask: *ask });
        // It may be more urgent than those before it, and fit where they do not.
        let before = world.effects.len();
        self.serve(world);
        match world.effects.get(before) {
            Some(Effect::Go(request, grant)) if *request == ask.request => {
                let grant = *grant;
                world.effects.remove(before);
                Answer::Go(grant)
            }
            _ => Answer::Wait,
        }
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        self.settle(world.now);
        let needs = self.held.take(held.token);
        self.used.iter_mut().zip(&needs).for_each(|(used, need)| *used -= need);
        self.serve(world);
        0.0
    }

    fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
        self.waiting.retain(|waiting| waiting.ask.request != request);
        self.serve(world);
    }

    fn reset(&mut self, now: Time) {
        self.settle(now);
        self.integrals = [0.0; 4];
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let share = |i: usize| {
            let capacity: f64 = all.iter().map(|state| state.capacity[i]).sum();
            let held = all
                .iter()
                .map(|state| state.integrals[i] + state.used[i] * measured.end.saturating_since(state.since) as f64);
            (capacity > 0.0).then(|| held.sum::<f64>() / measured.span / capacity)
        };
        (0..4).map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_priority_is_that_of_the_source_and_never_negative() {
        // 1/2 s + 0.1 * 4 + 0.01 * 100 MB + High.
        assert_eq!(priority(4.0, 8e8, 2.0, Some(2.0)), 0.5 + 0.4 + 1.0 + 50.0);
        for (level, weight) in [(0.0, 1.0), (1.0, 10.0), (2.0, 50.0), (3.0, 100.0), (1.5, 30.0), (4.0, 150.0)] {
            assert_eq!(priority(0.0, 0.0, level, None), weight);
        }
        // A deadline that has passed is as urgent as one that is due.
        assert_eq!(priority(0.0, 0.0, 1.0, Some(0.0)), 1010.0);
        assert!(priority(0.0, 0.0, 1.0, Some(0.01)) < priority(0.0, 0.0, 1.0, Some(0.001)));
    }
}
