//! Batches whose body runs: a carrier runs it as a request of its own, and the items wait for its end.
//!
//! An item that leaves early leaves the batch as it is. When the body has ended, all items that are still there go on
//! from where it ended; when it goes wrong, so do they.

use super::request::{NONE, Role, State};
use super::{Outcome, Simulation, Todo};
use crate::system::Instruction;
use sim_core::random::combine;

/// A batch whose body runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    /// Its items; [`NONE`] for one that has left early.
    items: Vec<u32>,
}

impl Simulation<'_> {
    /// A batch has gone out. Its body runs as a request of the flow of its leader, which stands at its question.
    pub(super) fn start_batch(&mut self, leader: u32, items: u32, size: f64) {
        let Instruction::Ask(ask) = self.system.program.code[self.requests[leader].pc as usize] else {
            unreachable!("the leader of a batch is at its question")
        };
        let way = self.system.program.asks[ask as usize].ways[0];
        let Instruction::Ride(index) = self.system.program.code[way as usize] else {
            unreachable!("behind the question of a Batch its items ride")
        };
        let step = &self.system.program.batches[index as usize];
        let parent = self.requests[leader];
        let carrier = self.requests.take();
        let key = combine(parent.key, step.site.wrapping_add(u64::from(parent.visit)));
        let batch = match self.free_batches.pop() {
            Some(batch) => batch,
            None => {
                self.batches.push(Batch::default());
                self.batches.len() as u32 - 1
            }
        };
        let record = &mut self.requests[carrier];
        record.descend(&parent, key, parent.born, step.body, Role::Batch);
        record.parent = batch;
        (record.batch_items, record.batch_size) = (items, size);
        self.take_counters(carrier);
        self.boarding = batch;
        self.check_limit();
        // It runs when all items are in: they come in at this instant, before anything else that is left to do.
        self.todo.push(Todo::Run(carrier));
    }

    /// An item waits for the end of the body of the batch that has just gone out.
    pub(super) fn ride(&mut self, request: u32) {
        self.release_held(request);
        let batch = self.boarding;
        let items = &mut self.batches[batch as usize].items;
        let place = items.len() as u32;
        items.push(request);
        let record = &mut self.requests[request];
        (record.state, record.lane, record.place) = (State::Batched, batch, place);
    }

    /// An item leaves early.
    pub(super) fn leave_batch(&mut self, request: u32) {
        let record = &mut self.requests[request];
        let place = std::mem::replace(&mut record.place, NONE);
        self.batches[record.lane as usize].items[place as usize] = NONE;
    }

    /// The body of a batch has ended, well or with an outcome.
    pub(super) fn end_batch(&mut self, carrier: u32, outcome: Option<Outcome>) {
        self.release_held(carrier);
        self.unwind_all(carrier);
        self.give_counters_back(carrier);
        let batch = std::mem::replace(&mut self.requests[carrier].parent, NONE);
        let location = self.requests[carrier].location;
        self.requests.remove(carrier);
        let mut items = std::mem::take(&mut self.batches[batch as usize].items);
        // What is left to do is taken from the end: the first item goes on first.
        for item in items.drain(..).rev().filter(|item| *item != NONE) {
            let record = &mut self.requests[item];
            record.state = State::Running;
            record.place = NONE;
            match outcome {
                Some(outcome) => self.todo.push(Todo::Raise(item, outcome)),
                None => {
                    record.location = location;
                    record.pc += 1;
                    self.todo.push(Todo::Run(item));
                }
            }
        }
        self.batches[batch as usize].items = items;
        self.free_batches.push(batch);
    }
}
