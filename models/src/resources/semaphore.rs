//! `Semaphore`: units that requests hold (Dijkstra 1965). Around several components it is a region with a joint limit.
//!
//! ```text
//!   Hold ──▶ [ line: Fifo | Priority | Edf ] ──▶ units in use ──▶ end of the block: given back
//!              at most `queue` wait, others are refused
//! ```
//!
//! The first in line is not overtaken: a request for many units is not starved by those for few.

pub use super::waiting::Order;
use super::{Answer, Ask, Effect, Exclusion, Grant, Held, Line, Nature, Prototype, Resource, World, passive};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, Named, Scalar};

passive! {
    /// Units that requests hold for the length of a `Hold`: permits, connections, credits, or a limit on a region.
    Semaphore {
        /// Units.
        capacity: Scalar,
        /// Who is next (default `Fifo`).
        order: Order,
        /// The most requests that may wait; a further one is refused (default: no limit).
        queue: Scalar,
        /// A processor that a waiting request polls from, burning its cycles, in place of waiting in line.
        spin: String,
        /// Time of one poll on that processor (default 1 us).
        poll: Scalar,
    }
    Semaphore::prototype
}

impl Semaphore {
    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let most = 1u64 << 53;
        let capacity = match &self.capacity {
            Some(capacity) => lower.whole(&at.field("capacity"), capacity, 1, most) as f64,
            None => {
                lower.problem_with_help(at, "a Semaphore needs a capacity", "give `capacity: 1` or more");
                1.0
            }
        };
        let room = self.queue.as_ref().map_or(u64::MAX, |n| lower.whole(&at.field("queue"), n, 0, most));
        if self.poll.is_some() && self.spin.is_none() {
            let help = "name the processor that is polled from: `spin: \"cpu\"`";
            lower.problem_with_help(&at.field("poll"), "`poll` has no meaning without `spin`", help);
        }
        let (line, spins) = (Line::new(self.order.unwrap_or_default()), self.spin.is_some());
        let state = State { capacity, free: capacity, room, line, spins };
        Prototype { state: super::State::Semaphore(Box::new(state)), units: capacity }
    }
}

/// The state of a semaphore.
#[derive(Clone, Debug)]
pub struct State {
    capacity: f64,
    free: f64,
    room: u64,
    line: Line,
    spins: bool,
}

impl State {
    /// Lets in line go on as long as the first one can.
    fn serve(&mut self, world: &mut World<'_>) {
        while let Some(first) = self.line.first()
            && first.amount <= self.free
        {
            let Some(ask) = self.line.pop() else { return };
            self.free -= ask.amount;
            world.effects.push(Effect::Go(ask.request, Grant::holding(ask.amount)));
        }
    }
}

impl Resource for State {
    fn ask(&mut self, ask: &Ask, _world: &mut World<'_>) -> Answer {
        if ask.amount > self.capacity {
            // More than there will ever be.
            return Answer::Refuse(Outcome::Refused);
        }
        if self.line.is_empty() && ask.amount <= self.free {
            self.free -= ask.amount;
            return Answer::Go(Grant::holding(ask.amount));
        }
        if self.spins {
            return Answer::Spin;
        }
        if !ask.waits {
            return Answer::Go(Grant::passing(Grant::DENIED));
        }
        if self.line.len() as u64 >= self.room {
            return Answer::Refuse(Outcome::Refused);
        }
        self.line.push(*ask);
        Answer::Wait
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        self.free += held.units;
        self.serve(world);
        0.0
    }

    fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
        self.line.remove(request);
        self.serve(world);
    }

    fn exclusion(&self) -> Exclusion {
        Exclusion::Units(self.capacity)
    }

    fn nature(&self) -> Nature {
        match self.spins {
            true => Nature::Other,
            false => Nature::Units { units: self.capacity, endpoints: 1.0, room: self.room, free: 0.0, waited: 0.0 },
        }
    }

    fn would_go(&self, held: &[Held], lives: &dyn Fn(u32) -> bool) -> Option<Vec<u32>> {
        if self.spins {
            // They stand in no line: any of them may come first.
            return None;
        }
        let units = |of: &dyn Fn(u32) -> bool| held.iter().filter(|h| of(h.request)).map(|h| h.units).sum::<f64>();
        let mut free = self.free + units(lives);
        let mut go = Vec::new();
        for ask in self.line.iter() {
            match (ask.amount <= free, lives(ask.request)) {
                (true, false) => {
                    free += units(&|request| request == ask.request);
                    go.push(ask.request);
                }
                (true, true) => go.push(ask.request),
                // It leaves the line by itself some day.
                (false, true) => {}
                (false, false) => break,
            }
        }
        Some(go)
    }
}
