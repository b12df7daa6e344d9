//! Requests at passive components: asking, waiting, holding and giving back, with the books for all of them alike.
//!
//! Present is who has asked and not yet given back (or gone on, where nothing is held); waiting and units in use are
//! parts of it. What a request holds is a frame on its stack, so that whatever ends the block gives it back, the
//! innermost first.

use super::frames::{Frame, Kind};
use super::request::{NONE, State as Where};
use super::{Outcome, Simulation, Timer, Todo};
use crate::resources::{Answer, Ask, Effect, Grant, Held, State, World};
use crate::system::{AskStep, FurtherStep};
use sim_core::engine::rank;
use sim_core::time::Time;

impl<'s> Simulation<'s> {
    /// Lays out the instances of all passive components.
    pub(super) fn build_resources(&mut self) {
        for passive in &self.system.resources {
            let station = passive.station as usize;
            self.stations[station].first_resource = self.resources.len() as u32;
            for _ in 0..self.system.stations[station].count {
                self.resources.push(passive.prototype.clone());
                self.resource_stations.push(passive.station);
            }
        }
        for resource in 0..self.resources.len() as u32 {
            self.with_resource(resource, |state, world| state.start(world));
        }
    }

    /// Calls a resource, then carries out what follows.
    pub(super) fn with_resource<R>(&mut self, resource: u32, act: impl FnOnce(&mut State, &mut World<'_>) -> R) -> R {
        let station = self.resource_stations[resource as usize] as usize;
        let mut world = World {
            now: self.engine.now(),
            ticks: self.system.clock.ticks_per_second(),
            random: &mut self.stations[station].random,
            effects: &mut self.effects,
        };
        let result = act(&mut self.resources[resource as usize], &mut world);
        if !self.effects.is_empty() {
            self.follow(resource);
        }
        result
    }

    /// Carries out what a resource has left to be done.
    #[inline(never)]
    fn follow(&mut self, resource: u32) {
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Go(request, grant) => {
                    let step = self.ask_of(request);
                    self.stop_waiting(request, resource);
                    self.granted(request, step, resource, grant);
                    self.todo.push(Todo::Run(request));
                }
                Effect::Refuse(request, outcome) => {
                    self.stop_waiting(request, resource);
                    self.count_refusal(request, resource, outcome);
                    self.todo.push(Todo::Raise(request, outcome));
                }
                Effect::Wake(span, token) => {
                    self.new_timer(Timer::Resource { resource, token }, span, rank::SERVERS);
                }
                Effect::Take(share) => self.take_share(resource, share),
            }
        }
        // What was carried out may have asked again only by what is still to be done: the list is empty.
        self.effects = effects;
    }

    /// A request asks; `false` when it waits or goes wrong.
    #[inline(never)]
    pub(super) fn ask(&mut self, request: u32, step: &'s AskStep) -> bool {
        let now = self.engine.now();
        self.count_visit(request, step.counter);
        let amount = step.amount.as_ref().map_or(1.0, |draw| self.draw(request, draw));
        let key = step.key.as_ref().map_or(0, |draw| (self.draw(request, draw) + 0.5) as u64);
        let record = &mut self.requests[request];
        record.entered = now;
        let flow = &self.system.flows[record.flow as usize];
        let ask = Ask {
            request,
            // Whole units: bytes and permits are not divided.
            amount: amount.round(),
            key,
            mode: step.mode,
            waits: step.waits,
            priority: flow.priority,
            deadline: match self.system.flows[record.origin as usize].deadline {
                u64::MAX => Time::MAX,
                deadline => record.born.saturating_add(deadline),
            },
        };
        let instance = record.instance.min(self.system.stations[step.station as usize].count - 1);
        let resource = self.stations[step.station as usize].first_resource + instance;
        self.stations[step.station as usize].present.up(now);
        match self.with_resource(resource, |state, world| state.ask(&ask, world)) {
            Answer::Go(grant) => {
                self.granted(request, step, resource, grant);
                true
            }
            Answer::Wait => {
                self.release_held(request);
                self.stations[step.station as usize].queued.up(now);
                let record = &mut self.requests[request];
                record.state = Where::Asking;
                record.lane = resource;
                if let Some(patience) = &step.patience {
                    let span = (self.draw(request, patience) + 0.5) as u64;
                    let timer = self.new_timer(Timer::Patience(request), span, rank::TIMEOUT);
                    self.requests[request].patience = timer;
                }
                false
            }
            Answer::Refuse(outcome) => {
                self.count_refusal(request, resource, outcome);
                self.release_held(request);
                self.raise(request, outcome);
                false
            }
        }
    }

    /// The question that a request has asked.
    fn ask_of(&self, request: u32) -> &'s AskStep {
        match self.system.program.code[self.requests[request].pc as usize] {
            crate::system::Instruction::Ask(index) => &self.system.program.asks[index as usize],
            _ => unreachable!("a request that waits for a passive component is at its question"),
        }
    }

    /// A request has got what it asked for: it goes on by the way that the resource has named.
    fn granted(&mut self, request: u32, step: &AskStep, resource: u32, grant: Grant) {
        let now = self.engine.now();
        let station = &mut self.stations[step.station as usize];
        let entered = self.requests[request].entered;
        let waited = now.ticks() - entered.ticks();
        if grant.holds {
            station.starts += 1;
            station.waited += u128::from(waited);
            station.busy.change(now, grant.units as i64);
            let (units, token) = (grant.units, grant.token);
            self.push_frame(request, Kind::Holding { resource, units, token, entered });
        } else {
            station.present.down(now);
            if grant.way != Grant::DENIED || step.waits {
                station.starts += 1;
                station.waited += u128::from(waited);
                station.completed += 1;
                station.sojourn.add(waited);
            }
        }
        let record = &mut self.requests[request];
        record.owed = grant.cost;
        record.pc = step.ways[grant.way as usize];
        record.state = Where::Running;
    }

    /// A request asks how to go on within the block that it is in.
    #[inline(never)]
    pub(super) fn ask_further(&mut self, request: u32, step: &'s FurtherStep) {
        let frame = self.frames.get(self.requests[request].frame);
        let Kind::Holding { resource, units, token, .. } = frame.kind else {
            unreachable!("a question within a block is asked where its frame is the innermost");
        };
        let held = Held { request: frame.owner, units, token, completed: false };
        let (way, owed) = self.with_resource(resource, |state, world| state.further(&held, world));
        let record = &mut self.requests[request];
        record.owed = owed;
        record.pc = step.ways[way as usize];
    }

    /// The end of a block: what is held is given back.
    #[inline(never)]
    pub(super) fn release(&mut self, request: u32) {
        let frame = self.requests[request].frame;
        let Kind::Holding { entered, resource, .. } = self.frames.get(frame).kind else {
            unreachable!("blocks are nested: the innermost frame at the end of a block is its own");
        };
        let now = self.engine.now();
        let station = self.resource_stations[resource as usize] as usize;
        let held = self.frames.get(frame);
        self.drop_frame(request);
        let cost = self.give_back(held, true);
        self.stations[station].completed += 1;
        self.stations[station].sojourn.add(now.ticks() - entered.ticks());
        let record = &mut self.requests[request];
        record.owed = cost;
        record.pc += 1;
    }

    /// A block is broken off: what it holds is given back.
    pub(super) fn break_off(&mut self, frame: Frame) {
        self.give_back(frame, false);
    }

    /// Gives back what a frame holds.
    fn give_back(&mut self, frame: Frame, completed: bool) -> f64 {
        let Kind::Holding { resource, units, token, .. } = frame.kind else { return 0.0 };
        let now = self.engine.now();
        let station = &mut self.stations[self.resource_stations[resource as usize] as usize];
        station.present.down(now);
        station.busy.change(now, -(units as i64));
        station.aborted += u64::from(!completed);
        let held = Held { request: frame.owner, units, token, completed };
        self.with_resource(resource, |state, world| state.release(&held, world))
    }

    /// A request that waited at a resource does so no longer.
    fn stop_waiting(&mut self, request: u32, resource: u32) {
        let now = self.engine.now();
        self.stations[self.resource_stations[resource as usize] as usize].queued.down(now);
        self.requests[request].state = Where::Running;
        let patience = std::mem::replace(&mut self.requests[request].patience, NONE);
        if patience != NONE {
            self.cancel_timer(patience);
        }
    }

    fn count_refusal(&mut self, _request: u32, resource: u32, outcome: Outcome) {
        let now = self.engine.now();
        let station = &mut self.stations[self.resource_stations[resource as usize] as usize];
        station.present.down(now);
        match outcome {
            Outcome::Dropped => station.dropped += 1,
            Outcome::Reneged => station.reneged += 1,
            Outcome::Failed => station.failed += 1,
            _ => station.refused += 1,
        }
    }

    /// A request that waits at a resource is taken out.
    pub(super) fn withdraw(&mut self, request: u32, outcome: Option<Outcome>) {
        let resource = self.requests[request].lane;
        self.stop_waiting(request, resource);
        match outcome {
            Some(outcome) => self.count_refusal(request, resource, outcome),
            None => {
                let now = self.engine.now();
                let station = &mut self.stations[self.resource_stations[resource as usize] as usize];
                station.present.down(now);
                station.aborted += 1;
            }
        }
        self.with_resource(resource, |state, world| state.withdraw(request, world));
    }

    /// The time of a resource has come.
    pub(super) fn resource_timer(&mut self, resource: u32, token: u64) {
        self.with_resource(resource, |state, world| state.timer(token, world));
    }
}
