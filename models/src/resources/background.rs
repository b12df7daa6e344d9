//! Work that a passive component does by itself: one job after the other, on a core of the processor that it shares.

use super::{Effect, World};
use crate::lower::Shared;
use sim_core::observe::Level;
use sim_core::time::Time;
use std::collections::VecDeque;

/// Jobs in order, the first of which is being done.
#[derive(Clone, Debug)]
pub(crate) struct Background<J> {
    on: Option<Shared>,
    jobs: VecDeque<(f64, J)>,
    /// Whether it works.
    pub busy: Level,
}

impl<J> Background<J> {
    /// On a core of this processor; without one time passes, and nothing is occupied.
    pub fn new(on: Option<Shared>) -> Background<J> {
        Background { on, jobs: VecDeque::new(), busy: Level::default() }
    }

    /// The component whose core it takes.
    pub fn governs(&self) -> Option<u16> {
        self.on.map(|shared| shared.station)
    }

    /// Adds a job of so many ticks; `timer` is the token at whose time [`Background::done`] is to be called.
    pub fn add(&mut self, ticks: f64, job: J, timer: u64, world: &mut World<'_>) {
        self.jobs.push_back((ticks, job));
        if self.jobs.len() == 1 {
            self.busy.up(world.now);
            self.take(true, world);
            world.effects.push(Effect::Wake((ticks + 0.5) as u64, timer));
        }
    }

    /// The first job is done: it is given back, and the next one starts.
    pub fn done(&mut self, timer: u64, world: &mut World<'_>) -> Option<J> {
        let (_, job) = self.jobs.pop_front()?;
        match self.jobs.front() {
            Some((ticks, _)) => world.effects.push(Effect::Wake((ticks + 0.5) as u64, timer)),
            None => {
                self.busy.down(world.now);
                self.take(false, world);
            }
        }
        Some(job)
    }

    /// The warm-up is over.
    pub fn reset(&mut self, now: Time) {
        self.busy.reset(now);
    }

    fn take(&self, works: bool, world: &mut World<'_>) {
        if let Some(shared) = self.on {
            world.effects.push(Effect::Take(if works { 1.0 / shared.cores } else { 0.0 }));
        }
    }
}
