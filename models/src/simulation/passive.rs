//! Requests at passive components: asking, waiting, holding and giving back, with the books for all of them alike.
//!
//! Present is who has asked and not yet given back (or gone on, where nothing is held); waiting and units in use are
//! parts of it. What a request holds is a frame on its stack, so that whatever ends the block gives it back, the
//! innermost first.

use super::frames::{Frame, Kind};
use super::request::{NONE, Request, Role, State as Where};
use super::{Outcome, Simulation, Timer, Todo};
use crate::resources::{Answer, Ask, Effect, Grant, Held, State, World};
use crate::system::{AskStep, FurtherStep, Instruction};
use sim_core::engine::rank;
use sim_core::random::{Keyed, combine, mix};
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

    /// The measured time is over, or nothing happens any more: resources let go of what they gather. Whether there was any.
    pub(super) fn end_resources(&mut self) -> bool {
        for resource in 0..self.resources.len() as u32 {
            self.with_resource(resource, |state, world| state.end(world));
        }
        let any = !self.todo.is_empty();
        self.drain_todo();
        any
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
        // What is to be done is taken from the end; those who are let go together go in their order.
        let first = self.todo.len();
        for effect in effects.drain(..) {
            let before = self.todo.len();
            match effect {
                Effect::Go(request, grant) => {
                    self.stop_spinning(request);
                    let step = self.ask_of(request);
                    self.stop_waiting(request, resource);
                    self.granted(request, step, resource, grant);
                    self.todo.push(Todo::Run(request));
                }
                Effect::Refuse(request, outcome) => {
                    self.stop_spinning(request);
                    self.stop_waiting(request, resource);
                    self.count_refusal(request, resource, outcome);
                    self.todo.push(Todo::Raise(request, outcome));
                }
                Effect::Batch { leader, items, size } => self.start_batch(leader, items, size),
                Effect::Board(request, grant) => {
                    let step = self.ask_of(request);
                    self.stop_waiting(request, resource);
                    self.granted(request, step, resource, grant);
                    self.ride(request);
                }
                Effect::Wake(span, token) => {
                    self.new_timer(Timer::Resource { resource, token }, span, rank::SERVERS);
                }
                Effect::Units(by) => {
                    let now = self.engine.now();
                    let station = &mut self.stations[self.resource_stations[resource as usize] as usize];
                    station.busy.change(now, by);
                    station.units_aside += by;
                }
                Effect::Carry(content) => self.carried = Some(content),
                Effect::Take(share) => self.take_share(resource, share),
                Effect::Start(place) => {
                    let by = self.resource_stations[resource as usize];
                    let own = |flow: &&(usize, &crate::system::Flow)| flow.1.owned.is_some_and(|o| o.by == by);
                    let mut flows = self.system.flows.iter().enumerate();
                    if let Some((flow, _)) = flows.by_ref().filter(|flow| own(&flow)).nth(usize::from(place)) {
                        self.start_own(flow as u16);
                    }
                }
            }
            if before > first {
                let added = self.todo.len().saturating_sub(before);
                self.todo[first..].rotate_right(added);
            }
        }
        // What was carried out may have asked again only by what is still to be done: the list is empty.
        self.effects = effects;
    }

    /// How much a request asks for, and about what.
    fn draw_question(&mut self, request: u32, step: &AskStep) -> (f64, u64) {
        self.count_visit(request, step.counter);
        // Whole units: bytes and permits are not divided.
        let mut amount = step.amount.as_ref().map_or(1.0, |draw| self.draw(request, draw).round());
        let mut key = step.key.as_ref().map_or(0, |draw| (self.draw(request, draw) + 0.5) as u64);
        if let Some(drift) = &step.drift {
            key = key.wrapping_add((self.engine.now().ticks() / drift.every).wrapping_mul(drift.by));
        }
        if let Some(size) = &step.size_of_key {
            // A function of the key alone, so that an object has one size whoever asks for it.
            let mut random = Keyed::new(combine(self.seed_key, mix(key)), size.site);
            amount = size.distribution.sample_at(key, &mut random).round();
        }
        (amount, key)
    }

    /// A request asks; `false` when it waits or goes wrong.
    #[inline(never)]
    pub(super) fn ask(&mut self, request: u32, step: &'s AskStep, index: u32) -> bool {
        let now = self.engine.now();
        // A server is kept for the next component that serves; who turns to a passive one gives it back.
        self.release_held(request);
        let before = self.spins_for(request, index);
        let (resource, amount, key) = match before {
            // It asks for what it has asked for.
            Some((resource, amount)) => (resource, amount, 0),
            None => {
                let (amount, key) = self.draw_question(request, step);
                let record = &mut self.requests[request];
                record.entered = now;
                let instance = record.instance.min(self.system.stations[step.station as usize].count - 1);
                let aside = self.is_aside(self.requests[request].pc);
                let station = &mut self.stations[step.station as usize];
                if !aside {
                    station.present.up(now);
                }
                (station.first_resource + instance, amount, key)
            }
        };
        let more = if step.more.is_empty() { [0.0; 3] } else { self.further_needs(request, step) };
        let record = &self.requests[request];
        let flow = &self.system.flows[record.flow as usize];
        let ask = Ask {
            request,
            amount,
            more,
            key,
            mode: step.mode,
            waits: step.waits,
            again: before.is_some(),
            priority: flow.priority,
            deadline: match self.system.flows[record.origin as usize].deadline {
                u64::MAX => Time::MAX,
                deadline => record.born.saturating_add(deadline),
            },
            instance: record.instance,
            down: match flow.owned {
                Some(owned) => self.down_since(owned.probes, record.instance),
                None => None,
            },
        };
        let answer = self.with_resource(resource, |state, world| state.ask(&ask, world));
        if before.is_some() && answer != Answer::Spin {
            self.end_spin(request, resource);
        }
        match answer {
            Answer::Go(grant) => {
                self.granted(request, step, resource, grant);
                true
            }
            Answer::Spin => {
                if before.is_none() {
                    self.stations[step.station as usize].queued.up(now);
                    self.push_frame(request, Kind::Spinning { resource, ask: index, amount, entered: now });
                }
                self.requests[request].pc = step.ways[Grant::DENIED as usize];
                true
            }
            Answer::Wait => {
                self.release_held(request);
                if !self.is_aside(self.requests[request].pc) {
                    self.stations[step.station as usize].queued.up(now);
                }
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

    /// What a request polls for, where it does so for this question.
    fn spins_for(&self, request: u32, index: u32) -> Option<(u32, f64)> {
        match self.frames.kind(self.requests[request].frame)? {
            Kind::Spinning { resource, ask, amount, .. } if *ask == index => Some((*resource, *amount)),
            _ => None,
        }
    }

    /// A request polls no more: it has its answer.
    fn end_spin(&mut self, request: u32, resource: u32) {
        let frame = self.requests[request].frame;
        if let Kind::Spinning { entered, .. } = self.frames.get(frame).kind {
            self.requests[request].entered = entered;
        }
        self.drop_frame(request);
        let now = self.engine.now();
        self.stations[self.resource_stations[resource as usize] as usize].queued.down(now);
    }

    /// A request that polls is given an answer meanwhile: it leaves the processor that it burns, and waits as others do.
    fn stop_spinning(&mut self, request: u32) {
        let frame = self.requests[request].frame;
        let Some(&Kind::Spinning { resource, ask, entered, .. }) = self.frames.kind(frame) else {
            return;
        };
        if self.requests[request].state == Where::Asking {
            return;
        }
        self.end_service_of(request);
        self.drop_frame(request);
        let record = &mut self.requests[request];
        record.entered = entered;
        record.lane = resource;
        record.state = Where::Asking;
        // Just before the way that it took: at the question itself.
        record.pc = self.system.program.places[ask as usize].at;
    }

    /// A request that polled is gone or has been aborted.
    pub(super) fn give_up(&mut self, request: u32, resource: u32, entered: Time) {
        let now = self.engine.now();
        let station = &mut self.stations[self.resource_stations[resource as usize] as usize];
        station.queued.down(now);
        station.present.down(now);
        station.aborted += 1;
        station.sojourn_otherwise += u128::from(now.saturating_since(entered));
        self.with_resource(resource, |state, world| state.withdraw(request, world));
    }

    /// The end of a body that runs optimistically; `false` when it is to be repeated.
    #[inline(never)]
    pub(super) fn commit(&mut self, request: u32) -> bool {
        let index = self.requests[request].frame;
        let Frame { kind: Kind::Holding { resource, units, token, entered, content }, owner, .. } =
            self.frames.get(index)
        else {
            unreachable!("blocks are nested: the innermost frame at the end of a body is its own");
        };
        let held = Held { request: owner, units, token, completed: true };
        match self.with_resource(resource, |state, world| state.commit(&held, world)) {
            None => true,
            Some(grant) => {
                self.frames.set(index, Kind::Holding { resource, units, token: grant.token, entered, content });
                self.requests[request].owed = grant.cost;
                false
            }
        }
    }

    /// What a request needs beside the first amount.
    #[inline(never)]
    fn further_needs(&self, request: u32, step: &AskStep) -> [f64; 3] {
        let mut more = [0.0; 3];
        more.iter_mut().zip(&step.more).for_each(|(amount, draw)| *amount = self.draw(request, draw).round());
        more
    }

    /// The instance of the node that a request is served at, by what it holds of the orchestrator that has placed it.
    pub(super) fn placed_on(&self, request: u32, orchestrator: u16) -> u32 {
        let mut at = request;
        loop {
            let mut index = self.requests[at].frame;
            while let Some(frame) = self.frames.get_checked(index) {
                if let Kind::Holding { resource, token, .. } = frame.kind
                    && self.resource_stations[resource as usize] == orchestrator
                    && let State::Orchestrator(state) = &self.resources[resource as usize]
                {
                    return state.instance_of(token);
                }
                index = frame.outer;
            }
            // What the request that forked holds is held by its branches as well.
            match self.frames.get_checked(self.requests[at].parent) {
                Some(fork) if self.requests[at].role == Role::Branch => at = fork.owner,
                _ => return 0,
            }
        }
    }

    /// The question that a request has asked.
    fn ask_of(&self, request: u32) -> &'s AskStep {
        match self.system.program.question(self.requests[request].pc) {
            Some(step) => step,
            None => unreachable!("a request that waits for a passive component is at its question"),
        }
    }

    /// Whether the question at a place is no visit of the component.
    pub(super) fn is_aside(&self, pc: u32) -> bool {
        matches!(self.system.program.code[pc as usize], Instruction::Put(_))
    }

    /// A component takes a separate request, or drops it; who has sent it goes on.
    fn put(&mut self, sender: u32, index: u32, grant: Grant) {
        let step = &self.system.program.puts[index as usize];
        if grant.way == Grant::DENIED {
            self.stations[step.ask.station as usize].dropped += 1;
        } else {
            let message = self.descend(sender, step.body, step.site);
            // It is there before its sender goes on: what is sent one after the other stays in order.
            let ask = self.ask_of(message);
            if self.ask(message, ask, NONE) {
                self.todo.push(Todo::Run(message));
            }
        }
        let record = &mut self.requests[sender];
        record.owed = grant.cost;
        record.pc = step.ask.ways[grant.way as usize];
        record.state = Where::Running;
    }

    /// Leaves what the innermost block holds to a separate request.
    #[inline(never)]
    pub(super) fn hand_over(&mut self, request: u32, index: u32) {
        let step = &self.system.program.spawns[index as usize];
        self.count_visit(request, step.counter);
        let heir = self.descend(request, step.body, step.site);
        let frame = self.frames.get(self.requests[request].frame);
        self.drop_frame(request);
        if let Kind::Holding { content, .. } = frame.kind {
            self.requests[request].content = content;
        }
        self.push_frame(heir, frame.kind);
        self.requests[request].pc += 1;
        self.todo.push(Todo::Run(heir));
    }

    /// A request has got what it asked for: it goes on by the way that the resource has named.
    fn granted(&mut self, request: u32, step: &AskStep, resource: u32, grant: Grant) {
        let now = self.engine.now();
        let carried = self.carried.take();
        if let Instruction::Put(index) = self.system.program.code[self.requests[request].pc as usize] {
            return self.put(request, index, grant);
        }
        let station = &mut self.stations[step.station as usize];
        let entered = self.requests[request].entered;
        let waited = now.ticks() - entered.ticks();
        if grant.holds {
            station.starts += 1;
            station.waited += u128::from(waited);
            station.busy.change(now, grant.units as i64);
            let (units, token) = (grant.units, grant.token);
            let content = self.requests[request].content;
            self.push_frame(request, Kind::Holding { resource, units, token, entered, content });
            if let Some(carried) = carried {
                self.requests[request].content = carried;
            }
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
        let Kind::Holding { resource, units, token, entered, content } = frame.kind else { return 0.0 };
        let now = self.engine.now();
        self.requests[frame.owner].content = content;
        let station = &mut self.stations[self.resource_stations[resource as usize] as usize];
        station.present.down(now);
        station.busy.change(now, -(units as i64));
        if !completed {
            station.aborted += 1;
            station.sojourn_otherwise += u128::from(now.saturating_since(entered));
        }
        let held = Held { request: frame.owner, units, token, completed };
        self.with_resource(resource, |state, world| state.release(&held, world))
    }

    /// A request that waited at a resource does so no longer.
    fn stop_waiting(&mut self, request: u32, resource: u32) {
        let now = self.engine.now();
        if !self.is_aside(self.requests[request].pc) {
            self.stations[self.resource_stations[resource as usize] as usize].queued.down(now);
        }
        self.requests[request].state = Where::Running;
        let patience = std::mem::replace(&mut self.requests[request].patience, NONE);
        if patience != NONE {
            self.cancel_timer(patience);
        }
    }

    fn count_refusal(&mut self, request: u32, resource: u32, outcome: Outcome) {
        let now = self.engine.now();
        let aside = self.is_aside(self.requests[request].pc);
        let station = &mut self.stations[self.resource_stations[resource as usize] as usize];
        if !aside {
            station.present.down(now);
            station.sojourn_otherwise += u128::from(now.saturating_since(self.requests[request].entered));
        }
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
            None if self.is_aside(self.requests[request].pc) => {}
            None => {
                let now = self.engine.now();
                let station = &mut self.stations[self.resource_stations[resource as usize] as usize];
                station.present.down(now);
                station.aborted += 1;
                station.sojourn_otherwise += u128::from(now.saturating_since(self.requests[request].entered));
            }
        }
        self.with_resource(resource, |state, world| state.withdraw(request, world));
    }

    /// The time of a resource has come.
    pub(super) fn resource_timer(&mut self, resource: u32, token: u64) {
        self.with_resource(resource, |state, world| state.timer(token, world));
    }

    /// Whether what is held, present and waited for at passive components is what frames and requests say.
    pub(super) fn holdings_agree(&self) -> bool {
        let mut held = vec![(0i64, 0i64); self.stations.len()];
        for frame in self.frames.all() {
            if let Kind::Holding { resource, units, .. } = frame.kind {
                let sums = &mut held[self.resource_stations[resource as usize] as usize];
                *sums = (sums.0 + units as i64, sums.1 + 1);
            }
            if let Kind::Spinning { resource, .. } = frame.kind {
                held[self.resource_stations[resource as usize] as usize].1 += 1;
            }
        }
        let waits = |record: &&Request| record.state == Where::Asking && !self.is_aside(record.pc);
        for record in self.requests.iter().filter(waits) {
            held[self.resource_stations[record.lane as usize] as usize].1 += 1;
        }
        self.system.resources.iter().all(|passive| {
            let station = passive.station as usize;
            let state = &self.stations[station];
            held[station] == (state.busy.get() - state.units_aside, state.present.get())
        })
    }
}
