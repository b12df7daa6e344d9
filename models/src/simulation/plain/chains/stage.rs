//! A server of a chain, and what it has seen.

use super::super::super::state::StationState;
use super::super::program::Node;
use super::{Request, Unknown};
use crate::system::System;
use sim_core::engine::{Engine, print_of};
use sim_core::event_list::{Fired, Slot};

/// A request at a server.
#[derive(Clone, Copy, Debug)]
struct Visit {
    /// With the time of its arrival here.
    request: Request,
    /// Of its service [ticks].
    start: u64,
    end: u64,
}

/// A server with its queue.
pub(super) struct Stage {
    node: Node,
    flow: usize,
    slot: u32,
    /// Whether requests come from the source: where they come from another server, a completion there may come before
    /// or after a simultaneous one here.
    first: bool,
    /// Requests here, in the order in which they leave; those before `gone` have left.
    visits: Vec<Visit>,
    gone: usize,
    /// When the last one ends [ticks].
    free: u64,
    /// The last ends, in a ring that is longer than the greatest number present, which is `most`.
    ends: Vec<u64>,
    most: usize,
    /// Arrivals, completions, and the sums of times of arrivals; of arrivals, starts and ends of what is completed.
    come: u64,
    completed: u64,
    came: u128,
    sums: Sums,
    /// Starts and waiting time when the measured time began.
    before: (u64, u128),
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    came: u128,
    started: u128,
    ended: u128,
}

impl Stage {
    pub fn new(node: Node, flow: usize, slot: u32, first: bool) -> Stage {
        Stage {
            node,
            flow,
            slot,
            first,
            visits: Vec::new(),
            gone: 0,
            free: 0,
            ends: vec![0; 64],
            most: 0,
            come: 0,
            completed: 0,
            came: 0,
            sums: Sums::default(),
            before: (0, 0),
        }
    }

    pub fn station(&self) -> usize {
        self.node.desk as usize
    }

    /// The greatest number present since the last reset.
    pub fn most(&self) -> u64 {
        self.most as u64
    }

    /// When the last completion was [ticks].
    pub fn last(&self) -> u64 {
        // The one before those that are still here.
        let last = self.come.wrapping_sub(1 + self.present() as u64);
        if self.completed == 0 { 0 } else { self.ends[last as usize & (self.ends.len() - 1)] }
    }

    /// When the next completion will be [ticks].
    pub fn first(&self) -> Option<u64> {
        self.visits.get(self.gone).map(|visit| visit.end)
    }

    fn present(&self) -> usize {
        self.visits.len() - self.gone
    }

    /// Requests come; instead of them are those whose service ends up to a time.
    pub fn pass(
        &mut self,
        crowd: &mut Vec<Request>,
        until: u64,
        system: &System,
        station: &mut StationState,
        engine: &mut Engine,
    ) -> Result<(), Unknown> {
        let arrivals = self.arrive(crowd, system, station.asked.get_mut(self.flow));
        crowd.clear();
        self.complete(crowd, until, station, engine);
        arrivals
    }

    fn arrive(&mut self, crowd: &[Request], system: &System, asked: Option<&mut f64>) -> Result<(), Unknown> {
        let mut none = 0.0;
        let asked = asked.unwrap_or(&mut none);
        let mut known = true;
        for request in crowd {
            let demand = self.node.demand(system, request.key, self.come as u32);
            *asked += demand;
            // As in `Plain::arrive`.
            let service = (demand + 0.5) as i64 as u64;
            let start = request.at.max(self.free);
            let end = start.saturating_add(service);
            self.free = end;
            self.came += u128::from(request.at);
            self.visits.push(Visit { request: *request, start, end });
            known &= self.count(request.at, end);
        }
        if known { Ok(()) } else { Err(Unknown) }
    }

    /// There are more here than ever if the one that came so many before is still here; `false` when that is not known.
    #[inline(always)]
    fn count(&mut self, at: u64, end: u64) -> bool {
        let mask = self.ends.len() - 1;
        let number = self.come as usize;
        self.ends[number & mask] = end;
        self.come += 1;
        let earlier = self.ends[number.wrapping_sub(self.most) & mask];
        if earlier < at || number < self.most {
            return true;
        }
        self.count_closely(earlier, at)
    }

    #[cold]
    #[inline(never)]
    fn count_closely(&mut self, earlier: u64, at: u64) -> bool {
        if earlier == at && self.most > 0 {
            // Completions come before arrivals from a source.
            return self.first;
        }
        self.most += 1;
        if self.most == self.ends.len() {
            // All are in use: each keeps its place by its number.
            let (old, new) = (self.ends.len(), 2 * self.ends.len());
            let mut ends = vec![0; new];
            for number in self.come.saturating_sub(old as u64)..self.come {
                ends[number as usize & (new - 1)] = self.ends[number as usize & (old - 1)];
            }
            self.ends = ends;
        }
        true
    }

    fn complete(&mut self, crowd: &mut Vec<Request>, until: u64, station: &mut StationState, engine: &mut Engine) {
        let visits = &self.visits[self.gone..];
        let count = match visits.last() {
            None => return,
            Some(last) if last.end <= until => visits.len(),
            Some(_) => visits.partition_point(|visit| visit.end <= until),
        };
        let visits = &visits[..count];
        let mut prints = 0u64;
        let Sums { mut came, mut started, mut ended } = self.sums;
        for visit in visits {
            came += u128::from(visit.request.at);
            started += u128::from(visit.start);
            ended += u128::from(visit.end);
            prints = prints.wrapping_add(print_of(visit.end, Fired::Slot(Slot(self.slot))));
        }
        self.sums = Sums { came, started, ended };
        station.sojourn.extend(visits.iter().map(|visit| visit.end - visit.request.at));
        engine.count(count as u64, prints);
        station.completed += count as u64;
        self.completed += count as u64;
        if self.node.moves {
            for _ in visits {
                station.payload += self.node.moved.0;
                station.bits += self.node.moved.1;
            }
        }
        crowd.extend(visits.iter().map(|visit| Request { at: visit.end, ..visit.request }));
        self.gone += count;
        // Those that have left make room when they are the most.
        if 2 * self.gone >= self.visits.len() {
            self.visits.drain(..self.gone);
            self.gone = 0;
        }
    }

    /// Starts and waiting time so far, of the one in service too.
    fn started(&self) -> (u64, u128) {
        let waited = self.sums.started - self.sums.came;
        match self.visits.get(self.gone) {
            Some(serving) => (self.completed + 1, waited + u128::from(serving.start - serving.request.at)),
            None => (self.completed, waited),
        }
    }

    /// Brings the books up to the time until which all events have been taken.
    pub fn settle(&self, station: &mut StationState) {
        let moments = self.came.wrapping_sub(self.sums.ended) as i128;
        station.present.set(self.present() as i64, self.most as i64, moments);
        let serving = self.visits.get(self.gone);
        let moments = self.sums.started + serving.map_or(0, |visit| u128::from(visit.start));
        let busy = i64::from(serving.is_some());
        station.busy.set(busy, busy, moments.wrapping_sub(self.sums.ended) as i128);
        let (starts, waited) = self.started();
        (station.starts, station.waited) = (starts - self.before.0, waited - self.before.1);
    }

    /// The measured time begins.
    pub fn reset(&mut self) {
        self.before = self.started();
        self.most = self.present();
    }

    /// The time that present visits have taken so far [ticks].
    pub fn open_visits(&self, now: u64) -> u128 {
        self.visits[self.gone..].iter().map(|visit| u128::from(now.saturating_sub(visit.request.at))).sum()
    }
}
