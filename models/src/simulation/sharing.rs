//! Processor sharing: jobs share the servers of a lane, equally or by weight.
//!
//! Jobs that progress at the same rate form a group with a virtual clock that runs at that rate; a job ends when the
//! clock reaches its mark. A change of rates touches the groups, not the jobs: O(log n) for any rate function of the
//! number present (the idea of the virtual time of fair queueing: Parekh and Gallager 1993).

use super::request::{NONE, Requests, State};
use super::service::LANE_HELD;
use super::{Outcome, Simulation};
use crate::spec::OnFailure;
use crate::system::{LoadMeasure, Visit};
use sim_core::engine::rank;
use sim_core::event_list::Slot;
use sim_core::time::Time;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A job with the mark of its group's clock at which it ends.
#[derive(Debug, PartialEq)]
struct Mark {
    at: f64,
    sequence: u64,
    request: u32,
}

impl Eq for Mark {}

impl Ord for Mark {
    fn cmp(&self, other: &Self) -> Ordering {
        // The smallest first.
        other.at.total_cmp(&self.at).then(other.sequence.cmp(&self.sequence))
    }
}

impl PartialOrd for Mark {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Jobs of one weight, one number of servers and one phase of service.
#[derive(Debug)]
struct Group {
    weight: f64,
    needs: f64,
    /// In the fixed part of the service.
    fixed: bool,
    clock: f64,
    rate: f64,
    jobs: u32,
    marks: BinaryHeap<Mark>,
}

/// How a lane is shared.
#[derive(Debug)]
pub(super) struct Sharing {
    weighted: bool,
    groups: Vec<Group>,
    updated: Time,
    busy: i64,
    /// Services here have a fixed part, or a propagation.
    has_fixed: bool,
}

impl Sharing {
    pub fn new(weighted: bool) -> Sharing {
        Sharing { weighted, groups: Vec::new(), updated: Time::ZERO, busy: 0, has_fixed: false }
    }

    /// The work that is left of all jobs of the lane [nominal ticks].
    pub fn work_left(&self, now: Time, lane: u32, requests: &Requests) -> f64 {
        let passed = now.saturating_since(self.updated) as f64;
        let lives = |mark: &&Mark| {
            let record = &requests[mark.request];
            record.state == State::Sharing && record.sequence == mark.sequence && record.lane == lane
        };
        let left = |group: &Group, mark: &Mark| {
            let further = if group.fixed { requests[mark.request].work_left } else { 0.0 };
            (mark.at - group.clock - passed * group.rate).max(0.0) + further
        };
        self.groups.iter().flat_map(|g| g.marks.iter().filter(lives).map(move |mark| left(g, mark))).sum()
    }

    fn advance(&mut self, now: Time) {
        let passed = now.saturating_since(self.updated) as f64;
        self.updated = now;
        for group in &mut self.groups {
            group.clock += passed * group.rate;
        }
    }

    fn group(&mut self, weight: f64, needs: f64, fixed: bool) -> usize {
        let found = self.groups.iter().position(|g| g.weight == weight && g.needs == needs && g.fixed == fixed);
        found.unwrap_or_else(|| {
            let group = Group { weight, needs, fixed, clock: 0.0, rate: 0.0, jobs: 0, marks: BinaryHeap::new() };
            self.groups.push(group);
            self.groups.len() - 1
        })
    }

    fn join(&mut self, group: usize, request: u32, sequence: u64, amount: f64) {
        let group = &mut self.groups[group];
        if group.jobs == 0 {
            // An empty group starts its clock again, so that it stays precise.
            group.clock = 0.0;
            group.marks.clear();
        }
        group.jobs += 1;
        group.marks.push(Mark { at: group.clock + amount, sequence, request });
    }
}

impl<'s> Simulation<'s> {
    /// A request joins those that share a lane.
    pub(super) fn join_sharing(&mut self, request: u32, visit: &'s Visit, lane: u32) {
        let now = self.engine.now();
        let station = visit.station as usize;
        let model = &self.system.stations[station];
        let flow = &self.system.flows[self.requests[request].flow as usize];
        let fresh_load = self.load_of(lane);
        if let (Some(laws), LoadMeasure::Utilisation(_)) = (&model.laws, model.load) {
            // A law of utilisation is read once, at the start: it stretches the amounts.
            let has_fixed = self.requests[request].fixed_left > 0.0;
            let (fixed_rate, work_rate) = self.rates(laws, fresh_load, visit, 1.0, has_fixed);
            if self.requests[request].fresh && laws.throughput(fresh_load).1 {
                self.stations[station].on_floor += 1;
            }
            let record = &mut self.requests[request];
            record.fixed_left /= fixed_rate;
            record.work_left /= work_rate;
        }
        if std::mem::replace(&mut self.requests[request].fresh, false) {
            self.stations[station].starts += 1;
            self.shared_air(request, visit, 1);
        }
        let record = &mut self.requests[request];
        record.state = State::Sharing;
        record.place = NONE;
        let (fixed, work, sequence) = (record.fixed_left, record.work_left, record.sequence);
        let Some(sharing) = self.lanes[lane as usize].sharing.as_mut() else { return };
        sharing.advance(now);
        sharing.has_fixed |= fixed > 0.0 || visit.latency.is_some();
        let weight = if sharing.weighted { flow.weight } else { 1.0 };
        let follows = model.laws.is_some() && matches!(model.load, LoadMeasure::Occupancy(_));
        // Two phases only where laws or the speed of servers treat them apart.
        let apart = follows || model.speeds.iter().any(|speed| *speed != 1.0);
        let (phase, amount) =
            if apart && fixed > 0.0 { (true, fixed) } else { (false, if apart { work } else { fixed + work }) };
        let group = sharing.group(weight, f64::from(visit.needs), phase);
        sharing.join(group, request, sequence, amount);
        self.reshare(lane);
    }

    /// Settles the rates of a shared lane, and its next event.
    pub(super) fn reshare(&mut self, lane: u32) {
        let now = self.engine.now();
        let load = self.load_of(lane);
        let state = &self.lanes[lane as usize];
        let (station, first, servers, down) = (state.station as usize, state.first, state.servers, state.down);
        let model = &self.system.stations[station];
        let on_duty: Vec<f64> = (first..first + servers)
            .map(|s| &self.servers[s as usize])
            .filter(|server| !server.down && server.doing != super::state::Doing::OffDuty)
            .map(|server| server.speed)
            .collect();
        let taken = state.taken();
        let capacity = if down { 0.0 } else { on_duty.len() as f64 * (1.0 - taken) };
        let there = if down { 0.0 } else { on_duty.len() as f64 };
        let (mut throughput, mut latency) = (1.0, 1.0);
        if let (Some(laws), LoadMeasure::Occupancy(_)) = (&model.laws, model.load) {
            throughput = laws.throughput(load).0;
            latency = laws.latency(load).max(1e-9);
            let has_fixed = state.sharing.as_ref().is_some_and(|sharing| sharing.has_fixed);
            if laws.throughput.is_none() && laws.latency.is_some() && !has_fixed {
                // Without a fixed part the latency law stretches the work.
                throughput = 1.0 / latency;
            }
        }
        let Some(sharing) = self.lanes[lane as usize].sharing.as_mut() else { return };
        sharing.advance(now);
        let asked: f64 = sharing.groups.iter().map(|g| f64::from(g.jobs) * g.needs).sum();
        let used = asked.min(capacity);
        // The fastest servers are used first; all jobs get their mean speed.
        let speed = if used > 0.0 {
            let whole = used.floor() as usize;
            let part = used - whole as f64;
            let sum: f64 = on_duty.iter().take(whole).sum::<f64>() + on_duty.get(whole).map_or(0.0, |s| s * part);
            sum / used
        } else {
            0.0
        };
        // Water filling: shares in proportion to weight, none above what it asks for.
        let mut level = 0.0;
        if used > 0.0 && asked > capacity {
            let mut left = capacity;
            let mut order: Vec<usize> = (0..sharing.groups.len()).filter(|g| sharing.groups[*g].jobs > 0).collect();
            let filled_at = |g: &Group| g.needs / g.weight;
            order.sort_by(|a, b| filled_at(&sharing.groups[*a]).total_cmp(&filled_at(&sharing.groups[*b])));
            let mut weights: f64 =
                order.iter().map(|g| sharing.groups[*g].weight * f64::from(sharing.groups[*g].jobs)).sum();
            for g in &order {
                let group = &sharing.groups[*g];
                level = left / weights;
                if filled_at(group) > level {
                    break;
                }
                left -= group.needs * f64::from(group.jobs);
                weights -= group.weight * f64::from(group.jobs);
            }
        } else if used > 0.0 {
            level = f64::INFINITY;
        }
        let mut next = f64::INFINITY;
        for group in &mut sharing.groups {
            let share = (level * group.weight).min(group.needs) / group.needs;
            group.rate = if group.jobs == 0 {
                0.0
            } else if group.fixed {
                share / latency
            } else {
                share * speed * throughput
            };
            // Marks of jobs that have left are dropped when they come up.
            while let Some(mark) = group.marks.peek() {
                let record = &self.requests[mark.request];
                if record.state == State::Sharing && record.sequence == mark.sequence && record.lane == lane {
                    break;
                }
                group.marks.pop();
            }
            if let (Some(mark), true) = (group.marks.peek(), group.rate > 0.0) {
                next = next.min((mark.at - group.clock).max(0.0) / group.rate);
            }
        }
        // A server that services and passive components share is busy.
        let busy = if taken > 0.0 { (used - 1e-9).ceil() as i64 } else { used.round() as i64 };
        let by = busy - std::mem::replace(&mut sharing.busy, busy);
        if by != 0 {
            self.change_busy(lane, by);
        }
        if taken > 0.0 || self.lanes[lane as usize].governed.is_some() {
            self.settle_extra(lane, (taken * there).min(there - busy as f64));
        }
        // Rounded up by less than a tick: a job never ends before its work is done.
        if next.is_finite() && next < 1.8e19 {
            self.engine.after(Slot(first), (next + 0.5) as u64, rank::DEPARTURE);
        } else {
            self.engine.list.cancel(Slot(first));
        }
    }

    /// A job of a shared lane ends its phase.
    pub(super) fn sharing_event(&mut self, lane: u32) {
        let now = self.engine.now();
        let Some(sharing) = self.lanes[lane as usize].sharing.as_mut() else { return };
        sharing.advance(now);
        // The job that is due is the one with the least left; rounding may leave a trace of a tick.
        let due = sharing
            .groups
            .iter()
            .enumerate()
            .filter(|(_, group)| group.rate > 0.0)
            .filter_map(|(i, group)| {
                group.marks.peek().map(|mark| ((mark.at - group.clock) / group.rate, mark.sequence, i))
            })
            .min_by(|a, b| (a.0.max(0.0)).total_cmp(&b.0.max(0.0)).then(a.1.cmp(&b.1)));
        let Some((_, _, index)) = due else { return };
        let group = &mut sharing.groups[index];
        let Some(mark) = group.marks.pop() else { return };
        group.jobs -= 1;
        let (fixed, weight, needs) = (group.fixed, group.weight, group.needs);
        let request = mark.request;
        if fixed {
            let (sequence, work) = (self.requests[request].sequence, self.requests[request].work_left);
            let group = sharing.group(weight, needs, false);
            sharing.join(group, request, sequence, work);
            self.requests[request].fixed_left = 0.0;
            return self.reshare(lane);
        }
        self.end_sharing(request, lane);
    }

    /// The end of a service on shared servers.
    fn end_sharing(&mut self, request: u32, lane: u32) {
        let visit = self.visit_of(request);
        let model = &self.system.stations[visit.station as usize];
        let mut reliability = model.reliability;
        if let Some(laws) = &model.laws {
            reliability *= laws.reliability(self.load_of(lane));
        }
        self.requests[request].state = State::Running;
        if reliability < 1.0 && self.attempt_fails(request, visit, reliability) {
            if self.requests[request].attempt < model.attempts {
                self.stations[visit.station as usize].retransmitted += 1;
                let (fixed, work) = self.again(request, visit);
                self.sequence += 1;
                let sequence = self.sequence;
                let record = &mut self.requests[request];
                (record.fixed_left, record.work_left, record.sequence) = (fixed, work, sequence);
                return self.join_sharing(request, visit, lane);
            }
            let network = model.kind == crate::system::Kind::Network;
            self.shared_air(request, visit, -1);
            self.fail_at_station(request, visit, lane, if network { Outcome::Lost } else { Outcome::Failed });
            return self.reshare(lane);
        }
        self.shared_air(request, visit, -1);
        if visit.fills && !self.fill(request, visit) {
            self.fail_at_station(request, visit, lane, Outcome::Failed);
            return self.reshare(lane);
        }
        if self.system.can_block && visit.latency.is_none() {
            self.finish_shared_holding(request, visit, LANE_HELD | lane);
            self.reshare(lane);
            return;
        }
        self.leave_lane(lane);
        self.reshare(lane);
        self.depart(request, visit);
    }

    /// Takes a request out of a shared lane before its end.
    pub(super) fn leave_sharing(&mut self, request: u32, lane: u32) {
        let now = self.engine.now();
        let visit = self.visit_of(request);
        self.shared_air(request, visit, -1);
        let needs = f64::from(visit.needs);
        let weight = self.system.flows[self.requests[request].flow as usize].weight;
        let sequence = self.requests[request].sequence;
        let Some(sharing) = self.lanes[lane as usize].sharing.as_mut() else { return };
        sharing.advance(now);
        let weight = if sharing.weighted { weight } else { 1.0 };
        let group = sharing.groups.iter_mut().find(|group| {
            group.weight == weight
                && group.needs == needs
                && group.marks.iter().any(|mark| mark.request == request && mark.sequence == sequence)
        });
        if let Some(group) = group {
            group.jobs -= 1;
        }
        self.requests[request].state = State::Running;
        // Its mark must not be taken for that of a later visit of the same record.
        self.requests[request].sequence = u64::MAX;
    }

    /// A failure that does not let services resume.
    pub(super) fn interrupt_sharing(&mut self, lane: u32, interrupted: OnFailure) {
        let Some(sharing) = self.lanes[lane as usize].sharing.as_ref() else { return };
        let mut present: Vec<(u64, u32)> = sharing
            .groups
            .iter()
            .flat_map(|group| group.marks.iter())
            .filter(|mark| {
                let record = &self.requests[mark.request];
                record.state == State::Sharing && record.sequence == mark.sequence && record.lane == lane
            })
            .map(|mark| (mark.sequence, mark.request))
            .collect();
        present.sort_unstable();
        for (sequence, request) in present {
            // One that fails may have taken others with it: branches of the same Fork.
            let record = &self.requests[request];
            if record.state != State::Sharing || record.sequence != sequence || record.lane != lane {
                continue;
            }
            self.leave_sharing(request, lane);
            let visit = self.visit_of(request);
            if interrupted == OnFailure::Lose {
                self.fail_at_station(request, visit, lane, Outcome::Failed);
            } else {
                self.shared_air(request, visit, 1);
                let (fixed, work) = self.demand(request, visit);
                self.sequence += 1;
                let sequence = self.sequence;
                let record = &mut self.requests[request];
                (record.fixed_left, record.work_left, record.sequence) = (fixed, work, sequence);
                self.join_sharing(request, visit, lane);
            }
        }
    }
}
