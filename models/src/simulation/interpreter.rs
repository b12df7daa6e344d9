//! The interpreter: a request runs its program until it must wait or leaves.

use super::request::{NONE, Role};
use super::{Outcome, Phase, Simulation, Stop};
use crate::system::{Instruction, Payload};
use sim_core::random::combine;

/// Instructions that one request may run without waiting.
const ENDLESS: u64 = 100_000_000;

impl Simulation<'_> {
    /// Runs a request from its program counter on.
    #[inline(always)]
    pub(super) fn run_request(&mut self, request: u32) {
        let system = self.system;
        match system.program.code[self.requests[request].pc as usize] {
            Instruction::Visit(index) => self.arrive(request, &system.program.visits[index as usize]),
            Instruction::Done => self.done(request),
            _ => self.resume_request(request),
        }
    }

    /// The same, out of line.
    #[inline(never)]
    pub(super) fn resume_request(&mut self, request: u32) {
        let system = self.system;
        let mut steps = 0u64;
        loop {
            let pc = self.requests[request].pc;
            match system.program.code[pc as usize] {
                Instruction::Visit(index) => return self.arrive(request, &system.program.visits[index as usize]),
                Instruction::Done => return self.done(request),
                Instruction::Jump(target) => self.requests[request].pc = target,
                Instruction::Choose(index) => self.take_choice(request, pc, index),
                other => {
                    if !self.execute(request, pc, other) {
                        return;
                    }
                }
            }
            steps += 1;
            if steps > ENDLESS {
                self.stop = Some(Stop::Stuck);
                return;
            }
        }
    }

    /// Runs one instruction that is neither a visit nor the end; `false` when the request waits or is gone.
    #[inline(never)]
    fn execute(&mut self, request: u32, pc: u32, instruction: Instruction) -> bool {
        let program = &self.system.program;
        match instruction {
            Instruction::Visit(_) | Instruction::Done => false,
            Instruction::Jump(target) => {
                self.requests[request].pc = target;
                true
            }
            Instruction::Delay(index) => {
                let delay = &program.delays[index as usize];
                self.release_held(request);
                self.count_visit(request, delay.counter);
                let span = (self.draw(request, &delay.amount) + 0.5) as u64;
                self.delay_request(request, span, delay.cancellable, false);
                false
            }
            Instruction::Choose(index) => {
                self.take_choice(request, pc, index);
                true
            }
            Instruction::RepeatBegin(index) => {
                let repeat = &program.repeats[index as usize];
                self.count_visit(request, repeat.counter);
                let times = (self.draw(request, &repeat.amount) + 0.5) as u64;
                self.push_repeat(request, times);
                self.requests[request].pc = pc + 1;
                true
            }
            Instruction::RepeatEnd(body) => {
                let again = self.repeat_again(request);
                self.requests[request].pc = if again { body } else { pc + 1 };
                true
            }
            Instruction::TimeoutBegin(index) => {
                let timeout = &program.timeouts[index as usize];
                self.count_visit(request, timeout.counter);
                let span = (self.draw(request, &timeout.after) + 0.5) as u64;
                self.push_timeout(request, index, span);
                self.requests[request].pc = pc + 1;
                true
            }
            Instruction::TimeoutEnd | Instruction::RetryEnd => {
                self.pop_frame(request);
                self.requests[request].pc = pc + 1;
                true
            }
            Instruction::RetryBegin(index) => {
                self.push_retry(request, index);
                self.requests[request].pc = pc + 1;
                true
            }
            Instruction::Fork(index) => {
                self.release_held(request);
                self.fork(request, index);
                false
            }
            Instruction::BranchEnd => {
                self.release_held(request);
                self.branch_done(request);
                false
            }
            Instruction::Spawn(index) => {
                let spawn = &program.spawns[index as usize];
                self.count_visit(request, spawn.counter);
                self.requests[request].pc = pc + 1;
                // Its service is over; the spawned one, which runs first, must not find it in service.
                self.block_held(request);
                self.spawn(request, spawn.body, spawn.site);
                false
            }
            Instruction::Balance(index) => {
                let step = &program.balances[index as usize];
                self.count_visit(request, step.counter);
                let n = step.targets.len() as u32;
                let stations = &step.stations;
                let turn = self.turns[index as usize];
                let present = |simulation: &Self, i: u32| {
                    let station = &simulation.stations[stations[i as usize] as usize];
                    match step.by {
                        crate::system::Balance::LeastWork => {
                            let lanes = station.first_lane..station.first_lane + station.lanes;
                            lanes.map(|lane| simulation.work_left(lane)).sum()
                        }
                        _ => station.present.get() as u64,
                    }
                };
                let lost = |i: u32| {
                    let station = stations[i as usize];
                    match step.registry {
                        crate::system::NOWHERE => self.is_lost(station),
                        registry => {
                            let count = self.system.stations[station as usize].count;
                            (0..count).all(|instance| !self.is_healthy(registry, station, instance))
                        }
                    }
                };
                if step.registry != crate::system::NOWHERE && (0..n).all(lost) {
                    self.release_held(request);
                    self.raise(request, Outcome::Failed);
                    return false;
                }
                let (chosen, turn) = match (0..n).any(lost) {
                    false => self.choose(request, step.by, n, step.site, turn, present),
                    true => {
                        let living: Vec<u32> = (0..n).filter(|i| !lost(*i)).collect();
                        self.choose_among(&living, request, step.by, n, step.site, turn, present)
                    }
                };
                self.turns[index as usize] = turn;
                self.requests[request].pc = step.targets[chosen as usize];
                true
            }
            Instruction::Become(flow) => {
                self.switch_flow(request, flow as u16);
                true
            }
            Instruction::Ask(index) => self.ask(request, &self.system.program.asks[index as usize], index),
            Instruction::Put(index) => {
                self.ask(request, &self.system.program.puts[index as usize].ask, super::request::NONE)
            }
            Instruction::HandOver(index) => {
                self.hand_over(request, index);
                true
            }
            Instruction::Commit(start) => {
                let done = self.commit(request);
                self.requests[request].pc = if done { pc + 1 } else { start };
                true
            }
            Instruction::Interrupt(index) => {
                self.release_held(request);
                self.interrupt(request, &self.system.program.interrupts[index as usize]);
                false
            }
            Instruction::AwaitBegin(index) => {
                self.begin_await(request, &program.awaits[index as usize]);
                self.requests[request].pc = pc + 1;
                true
            }
            Instruction::AwaitRest => {
                self.release_held(request);
                let span = self.until_ready(request);
                self.delay_request(request, span, true, false);
                false
            }
            Instruction::AwaitEnd(body) => {
                let ready = self.until_ready(request) == 0;
                if ready {
                    self.pop_frame(request);
                }
                self.requests[request].pc = if ready { pc + 1 } else { body };
                true
            }
            Instruction::Further(index) => {
                self.ask_further(request, &program.furthers[index as usize]);
                true
            }
            Instruction::Release => {
                self.release(request);
                true
            }
            Instruction::Owed => {
                let owes = self.requests[request].owed >= 0.5;
                self.requests[request].pc = if owes { pc + 1 } else { pc + 2 };
                true
            }
            Instruction::Spend => {
                self.release_held(request);
                let span = (std::mem::take(&mut self.requests[request].owed) + 0.5) as u64;
                self.delay_request(request, span, true, false);
                false
            }
            Instruction::Ride(_) => {
                self.ride(request);
                false
            }
            Instruction::BatchEnd => {
                self.end_batch(request, None);
                false
            }
            Instruction::Call(index) => {
                self.release_held(request);
                self.call(request, index)
            }
            Instruction::Raise(outcome) => {
                self.release_held(request);
                self.raise(request, outcome);
                false
            }
            Instruction::Fail => {
                self.release_held(request);
                self.raise(request, Outcome::Failed);
                false
            }
        }
    }

    /// The request goes on at one of several places.
    #[inline(always)]
    fn take_choice(&mut self, request: u32, pc: u32, index: u32) {
        let choice = &self.system.program.choices[index as usize];
        self.count_visit(request, choice.counter);
        let u = self.uniform(request, choice.site, 0);
        // Counted, not searched: choices are few, and a search would be mispredicted.
        let branch: usize = choice.cumulative.iter().map(|c| usize::from(*c <= u)).sum();
        self.requests[request].pc = choice.targets.get(branch).copied().unwrap_or(pc + 1);
    }

    /// The request goes on in another flow; what enclosed it in this one is behind it.
    fn switch_flow(&mut self, request: u32, flow: u16) {
        self.unwind_all(request);
        self.give_counters_back(request);
        let start = self.system.flows[flow as usize].start;
        let record = &mut self.requests[request];
        // A key of its own for each life in a flow, so that coming back to one draws anew.
        record.key = combine(record.key, u64::from(flow) ^ 0x6265_636f_6d65);
        record.flow = flow;
        record.pc = start;
        self.take_counters(request);
    }

    /// Gives a request zeroed counters of visits, where its flow has loops.
    pub(super) fn take_counters(&mut self, request: u32) {
        let flow = self.requests[request].flow as usize;
        let needed = usize::from(self.system.flows[flow].counters);
        if needed == 0 {
            return;
        }
        let state = &mut self.flows[flow];
        let block = match state.free_counters.pop() {
            Some(block) => {
                state.counters[block as usize..block as usize + needed].fill(0);
                block
            }
            None => {
                let block = state.counters.len();
                state.counters.resize(block + needed, 0);
                block as u32
            }
        };
        self.requests[request].counters = block;
    }

    pub(super) fn give_counters_back(&mut self, request: u32) {
        let record = &mut self.requests[request];
        let block = std::mem::replace(&mut record.counters, NONE);
        if block != NONE && record.role != Role::Branch {
            self.flows[record.flow as usize].free_counters.push(block);
        }
    }

    /// Starts a separate request that runs the body of a Spawn: before its parent goes on, so that those that follow each
    /// other come in their order.
    fn spawn(&mut self, parent: u32, body: u32, site: u64) {
        self.todo.push(super::Todo::Run(parent));
        let request = self.descend(parent, body, site);
        self.todo.push(super::Todo::Run(request));
    }

    /// Makes a separate request that is at the start of `body`.
    pub(super) fn descend(&mut self, parent: u32, body: u32, site: u64) -> u32 {
        let parent = self.requests[parent];
        let request = self.requests.take();
        let key = combine(parent.key, site.wrapping_add(u64::from(parent.visit)));
        self.requests[request].descend(&parent, key, self.engine.now(), body, Role::Spawned);
        self.take_counters(request);
        self.spawned.up(self.engine.now());
        self.check_limit();
        request
    }

    /// The end of the program.
    #[inline(always)]
    fn done(&mut self, request: u32) {
        if self.requests[request].held != NONE {
            self.release_held(request);
        }
        if self.requests[request].role == Role::Spawned {
            return self.remove_spawned(request);
        }
        let record = &self.requests[request];
        let flow = &self.system.flows[record.origin as usize];
        let late = self.engine.now().saturating_since(record.born) > flow.deadline;
        let outcome = match (late, flow.hard) {
            (false, _) => Outcome::Correct,
            (true, false) => Outcome::Late,
            (true, true) => Outcome::TooLate,
        };
        self.leave(request, outcome);
    }

    /// The body of a Spawn has ended, one way or another: its flow knows nothing of it.
    pub(super) fn remove_spawned(&mut self, request: u32) {
        self.unwind_all(request);
        self.give_counters_back(request);
        self.spawned.down(self.engine.now());
        self.requests.remove(request);
    }

    /// A request leaves the system.
    #[inline(always)]
    pub(super) fn leave(&mut self, request: u32, outcome: Outcome) {
        let now = self.engine.now();
        if self.requests[request].frame != NONE {
            self.unwind_all(request);
        }
        let correct = matches!(outcome, Outcome::Correct | Outcome::Late);
        let record = &self.requests[request];
        let origin = record.origin as usize;
        let flow = &mut self.flows[origin];
        flow.present.down(now);
        if record.cohort {
            flow.outcomes[outcome as usize] += 1;
            if correct {
                flow.latency.add(now.ticks() - record.born.ticks());
            }
            self.cohort_open -= 1;
        }
        if correct && self.phase != Phase::Drain {
            flow.departures += 1;
            if let Payload::Drawn(draw) = &self.system.flows[origin].payload {
                let bits = self.first_payload(request, draw);
                self.flows[origin].payload += bits;
            }
        }
        if self.requests[request].counters != NONE {
            self.give_counters_back(request);
        }
        if self.requests[request].role == Role::Called {
            self.answer_call(request, correct);
        }
        let (source, unit) = (self.requests[request].source, self.requests[request].unit);
        self.requests.remove(request);
        if source != NONE {
            self.source_of_closed_is_back(source, unit);
        }
    }

    /// What the first Send of the request drew, on its first visit.
    #[inline(never)]
    fn first_payload(&mut self, request: u32, draw: &crate::system::Draw) -> f64 {
        let record = &mut self.requests[request];
        if record.flow != record.origin {
            // Its key has moved on with the flow: the mean stands in for what was drawn before.
            return draw.distribution.mean();
        }
        record.set_visit(0);
        self.draw(request, draw)
    }

    /// Stops a run whose requests pile up.
    #[inline(always)]
    pub(super) fn check_limit(&mut self) {
        if self.requests.most() > self.settings.max_in_system {
            self.stop = Some(Stop::TooMany);
        }
    }
}
