//! A station of a chain, and what it has seen.

use super::super::super::state::{IdleSet, StationState};
use super::super::program::Node;
use super::super::tree::Tree;
use super::{Request, Unknown};
use crate::system::System;
use sim_core::engine::{Engine, print_of};
use sim_core::event_list::{Fired, Slot};

/// A request at a station.
#[derive(Clone, Copy, Debug)]
struct Visit {
    /// With the time of its arrival here.
    request: Request,
    /// The slot of its server; start and end of its service [ticks].
    slot: u32,
    start: u64,
    end: u64,
}

/// A queue with its servers.
pub(super) struct Stage {
    node: Node,
    flow: usize,
    /// Of the first server.
    slot: u32,
    servers: Servers,
    /// Whether requests come from the source: where they come from other servers, a completion there may come before or
    /// after a simultaneous one here.
    first: bool,
    /// Requests here, in the order in which they start; those before `gone` are no longer here.
    visits: Vec<Visit>,
    gone: usize,
    /// Those of several servers that have started, and those that are completed.
    serving: Vec<Visit>,
    done: Vec<Visit>,
    /// Of the latest arrivals the ends, or, where there are several servers, the starts, in a ring that is longer than
    /// the greatest number present, which is `most`.
    latest: Vec<u64>,
    most: usize,
    /// Arrivals, and the sum of their times.
    come: u64,
    came: u128,
    /// Of what is completed: number, latest time, and sums of times.
    completed: u64,
    last: u64,
    sums: Sums,
    /// Starts and waiting time when the measured time began.
    before: (u64, u128),
}

enum Servers {
    /// When the last service ends [ticks].
    One(u64),
    /// Ends of the services of those that are not known to be idle. `taken` is the last of them that was the start of
    /// the next service: were there another at that time, it would matter which of them came first.
    Several { busy: Tree<false>, idle: IdleSet, count: usize, taken: u64 },
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    came: u128,
    started: u128,
    ended: u128,
}

impl Stage {
    pub fn new(node: Node, flow: usize, slot: u32, servers: u32, first: bool) -> Stage {
        let servers = match servers {
            1 => Servers::One(0),
            _ => {
                let mut idle = IdleSet::new(servers as usize);
                (0..servers).for_each(|server| idle.insert(server));
                Servers::Several { busy: Tree::new(servers as usize), idle, count: servers as usize, taken: u64::MAX }
            }
        };
        Stage {
            node,
            flow,
            slot,
            servers,
            first,
            visits: Vec::new(),
            gone: 0,
            serving: Vec::new(),
            done: Vec::new(),
            latest: vec![0; 64],
            most: 0,
            come: 0,
            came: 0,
            completed: 0,
            last: 0,
            sums: Sums::default(),
            before: (0, 0),
        }
    }

    pub fn station(&self) -> usize {
        self.node.desk as usize
    }

    fn has_several(&self) -> bool {
        matches!(self.servers, Servers::Several { .. })
    }

    /// The greatest number present since the last reset.
    pub fn most(&self) -> u64 {
        self.most as u64
    }

    /// When the last completion was [ticks].
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Whether a completion that is still to come is at this time.
    pub fn will_complete_at(&self, time: u64) -> bool {
        self.present().any(|visit| visit.end == time)
    }

    /// Those in service.
    fn in_service(&self) -> &[Visit] {
        match self.servers {
            Servers::One(_) => &self.visits[self.gone..][..1.min(self.visits.len() - self.gone)],
            Servers::Several { .. } => &self.serving,
        }
    }

    fn present(&self) -> impl Iterator<Item = &Visit> {
        self.serving.iter().chain(&self.visits[self.gone..])
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
        let mut none = 0.0;
        let asked = station.asked.get_mut(self.flow).unwrap_or(&mut none);
        let known = match self.servers {
            Servers::One(_) => self.arrive_at_one(crowd, system, asked),
            Servers::Several { .. } => self.arrive_at_several(crowd, system, asked),
        };
        crowd.clear();
        if !known {
            return Err(Unknown);
        }
        self.complete(crowd, until, station, engine);
        Ok(())
    }

    #[inline(never)]
    fn arrive_at_one(&mut self, crowd: &[Request], system: &System, asked: &mut f64) -> bool {
        let Servers::One(mut free) = self.servers else { return false };
        let (node, slot) = (&self.node, self.slot);
        let before = self.visits.len();
        self.visits.extend(crowd.iter().map(|request| {
            let start = request.at.max(free);
            free = start.saturating_add(service(node, request, system, asked));
            Visit { request: *request, slot, start, end: free }
        }));
        self.servers = Servers::One(free);
        let mut known = true;
        let mut came = 0;
        for index in before..self.visits.len() {
            let Visit { request: Request { at, .. }, end, .. } = self.visits[index];
            came += u128::from(at);
            // There are more here than ever if the one that came so many before is still here.
            let earlier = self.latest(end, self.most);
            if earlier >= at && self.come > self.most as u64 {
                known &= self.more(earlier, at, 1);
            }
        }
        self.came += came;
        known
    }

    #[inline(never)]
    fn arrive_at_several(&mut self, crowd: &[Request], system: &System, asked: &mut f64) -> bool {
        let mut known = true;
        for request in crowd {
            let service = service(&self.node, request, system, asked);
            let Servers::Several { busy, idle, count, taken } = &mut self.servers else { return false };
            let at = request.at;
            let (mut time, mut server) = busy.first();
            known &= time != *taken;
            while time <= at {
                // Where it comes from elsewhere, it may find that server busy or idle.
                known &= self.first || time < at;
                busy.pop(server);
                idle.insert(server);
                (time, server) = busy.first();
            }
            let (start, present) = match idle.first() {
                Some(first) => {
                    server = first;
                    idle.remove(server);
                    (at, *count - idle.count() as usize)
                }
                None => {
                    *taken = time;
                    (time, *count + 1)
                }
            };
            let end = start.saturating_add(service);
            busy.set(server, end);
            let count = *count;
            self.came += u128::from(at);
            self.visits.push(Visit { request: *request, slot: self.slot + server, start, end });
            if present <= count {
                self.latest(start, 0);
                self.most = self.most.max(present);
                if self.most == self.latest.len() {
                    self.lengthen();
                }
            } else {
                // Those that wait: more than ever if the one that came so many before waits as well.
                let waiting = self.most.saturating_sub(count);
                let earlier = self.latest(start, waiting);
                if earlier >= at && self.come > waiting as u64 {
                    known &= self.more(earlier, at, count + 1 - (self.most - waiting));
                }
            }
        }
        known
    }

    /// Notes the time of one more arrival; gives that of the one that came so many before.
    #[inline(always)]
    fn latest(&mut self, time: u64, before: usize) -> u64 {
        let mask = self.latest.len() - 1;
        let number = self.come as usize;
        self.latest[number & mask] = time;
        self.come += 1;
        self.latest[number.wrapping_sub(before) & mask]
    }

    /// So many more than ever are here, if an earlier one is still here; `false` when that is not known.
    #[cold]
    #[inline(never)]
    fn more(&mut self, earlier: u64, at: u64, more: usize) -> bool {
        if earlier == at && self.most > 0 {
            // Completions come before arrivals from a source.
            return self.first;
        }
        self.most += more;
        if self.most >= self.latest.len() {
            self.lengthen();
        }
        true
    }

    /// All of the ring is in use.
    #[cold]
    #[inline(never)]
    fn lengthen(&mut self) {
        let old = self.latest.len();
        let new = (self.most + 1).next_power_of_two();
        let mut latest = vec![0; new];
        for number in self.come.saturating_sub(old as u64)..self.come {
            // Each keeps its place by its number.
            latest[number as usize & (new - 1)] = self.latest[number as usize & (old - 1)];
        }
        self.latest = latest;
    }

    fn complete(&mut self, crowd: &mut Vec<Request>, until: u64, station: &mut StationState, engine: &mut Engine) {
        let visits = &self.visits[self.gone..];
        // Up to the one that ends, or, where there are several servers, starts too late.
        let several = self.has_several();
        let late = |visit: &Visit| if several { visit.start > until } else { visit.end > until };
        let count = match visits.last() {
            Some(last) if late(last) => visits.partition_point(|visit| !late(visit)),
            _ => visits.len(),
        };
        let visits = &visits[..count];
        self.gone += count;
        if !several {
            close(visits, &mut self.sums, &mut self.last, station, engine);
            self.completed += count as u64;
            book_moved(&self.node, count, station);
            crowd.extend(visits.iter().map(|visit| Request { at: visit.end, ..visit.request }));
        } else {
            let (serving, done) = (&mut self.serving, &mut self.done);
            done.clear();
            serving.retain(|visit| {
                if visit.end <= until {
                    done.push(*visit);
                }
                visit.end > until
            });
            for visit in visits {
                if visit.end <= until { done.push(*visit) } else { serving.push(*visit) }
            }
            close(done, &mut self.sums, &mut self.last, station, engine);
            self.completed += done.len() as u64;
            book_moved(&self.node, done.len(), station);
            crowd.extend(done.iter().map(|visit| Request { at: visit.end, ..visit.request }));
        }
        // Those that are no longer here make room when they are the most.
        if 2 * self.gone >= self.visits.len() {
            self.visits.drain(..self.gone);
            self.gone = 0;
        }
    }

    /// Starts and waiting time so far.
    fn started(&self) -> (u64, u128) {
        let serving = self.in_service();
        let waits = serving.iter().map(|visit| u128::from(visit.start - visit.request.at));
        (self.completed + serving.len() as u64, self.sums.started - self.sums.came + waits.sum::<u128>())
    }

    /// Brings the books up to the time until which all events have been taken.
    pub fn settle(&self, station: &mut StationState) {
        let moments = self.came.wrapping_sub(self.sums.ended) as i128;
        station.present.set(self.number() as i64, self.most as i64, moments);
        let serving = self.in_service();
        let started = self.sums.started + serving.iter().map(|visit| u128::from(visit.start)).sum::<u128>();
        let busy = serving.len() as i64;
        station.busy.set(busy, busy, started.wrapping_sub(self.sums.ended) as i128);
        let (starts, waited) = self.started();
        (station.starts, station.waited) = (starts - self.before.0, waited - self.before.1);
    }

    fn number(&self) -> usize {
        self.serving.len() + self.visits.len() - self.gone
    }

    /// The measured time begins.
    pub fn reset(&mut self) {
        self.before = self.started();
        self.most = self.number();
    }

    /// The time that present visits have taken so far [ticks].
    pub fn open_visits(&self, now: u64) -> u128 {
        self.present().map(|visit| u128::from(now.saturating_sub(visit.request.at))).sum()
    }
}

/// What a request asks for [ticks]; as in `Plain::arrive`.
#[inline(always)]
fn service(node: &Node, request: &Request, system: &System, asked: &mut f64) -> u64 {
    let demand = node.demand(system, request.key, request.ordinal);
    *asked += demand;
    (demand + 0.5) as i64 as u64
}

/// Enters completed visits in the books.
#[inline(always)]
fn close(visits: &[Visit], sums: &mut Sums, last: &mut u64, station: &mut StationState, engine: &mut Engine) {
    let mut prints = 0u64;
    let Sums { mut came, mut started, mut ended } = *sums;
    for visit in visits {
        came += u128::from(visit.request.at);
        started += u128::from(visit.start);
        ended += u128::from(visit.end);
        *last = (*last).max(visit.end);
        prints = prints.wrapping_add(print_of(visit.end, Fired::Slot(Slot(visit.slot))));
    }
    *sums = Sums { came, started, ended };
    station.sojourn.extend(visits.iter().map(|visit| visit.end - visit.request.at));
    engine.count(visits.len() as u64, prints);
    station.completed += visits.len() as u64;
}

/// Data of a constant size is added one by one, as rounding has it.
fn book_moved(node: &Node, count: usize, station: &mut StationState) {
    if node.moves() {
        for _ in 0..count {
            station.payload += node.moved.0;
            station.bits += node.moved.1;
        }
    }
}
