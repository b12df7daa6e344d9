//! Sources of requests.

use super::request::{NONE, Role, State};
use super::state::FlowState;
use super::{BULK_INSTANCE, BULK_THINK, MANY_TIMERS, Phase, Simulation, Timer, Todo, bulk};
use crate::system::{Arrivals, Instruction, Lane, NOWHERE};
use sim_core::distributions::{Distribution, Family};
use sim_core::engine::rank;
use sim_core::event_list::Slot;
use sim_core::random::{self, Keyed, below, combine, mix, name_hash};

/// Sites of the draws of a source.
pub(super) const GAP: u64 = 0x2545_f491_4f6c_dd1d;
const PHASE: u64 = 0xb5ad_4ece_da1c_e2a9;
const SIZE: u64 = 0x94d0_49bb_1331_11eb;
pub(super) const WHO: u64 = 0xbf58_476d_1ce4_e5b9;
const JITTER: u64 = 0xff51_afd7_ed55_8ccd;
const STATE: u64 = 0xc4ce_b9fe_1a85_ec53;
pub(super) const THINK: u64 = 0x8cb9_2ba7_2f3d_8dd7;
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The source of a flow.
#[derive(Debug)]
pub(super) struct Source {
    pub flow: u16,
    /// Users, or 1: units are numbered through all instances.
    pub units_per_instance: u32,
    pub closed: bool,
    pub units: u32,
    pub key: u64,
    /// Ordinal of the next request of each unit (of the whole, where it is one process).
    ordinals: Vec<u32>,
    /// Arrivals of each unit, where they differ from requests: batches.
    arrivals: Vec<u32>,
    /// Independent gaps [ticks] of requests that come one by one: the common case, kept ready.
    pub gap: Option<Distribution>,
    /// The gap after the next arrival of the single process.
    ready: Option<u64>,
    /// Timer of the single process.
    slot: u32,
    /// Modulating state of each unit, the end of the stay in it [ticks], and draws so far.
    states: Vec<(u32, u64, u32)>,
}

impl Source {
    /// Ordinal of the next request of a unit.
    pub fn next_ordinal(&self, unit: u32) -> u32 {
        self.ordinals[unit as usize]
    }

    /// Instances whose processes are merged into one: gaps are that much shorter.
    fn merged_instances(&self, count: u32) -> f64 {
        if self.units == 1 { f64::from(count) } else { 1.0 }
    }

    /// The key of a request: of the source, the unit and its ordinal.
    #[inline(always)]
    fn key(&self, unit: u32, ordinal: u32) -> u64 {
        request_key(if self.units == 1 { self.key } else { combine(self.key, u64::from(unit)) }, ordinal)
    }
}

/// The key of a request of a unit whose own key is `own`.
#[inline(always)]
pub(super) fn request_key(own: u64, ordinal: u32) -> u64 {
    mix(own.wrapping_add(u64::from(ordinal).wrapping_mul(GOLDEN)))
}

impl Simulation<'_> {
    pub(super) fn build_flows(&mut self) {
        for flow in &self.system.flows {
            self.flows.push(FlowState::default());
            let Some(arrivals) = &flow.arrivals else { continue };
            let index = self.flows.len() as u16 - 1;
            let (users, closed) = match arrivals {
                Arrivals::Closed { users, .. } => (*users, true),
                _ => (1, false),
            };
            let merged = matches!(arrivals, Arrivals::Renewal { merged: true, .. } | Arrivals::Saturated { .. })
                || matches!(arrivals, Arrivals::Batch { arrivals, .. } if matches!(**arrivals, Arrivals::Renewal { merged: true, .. }));
            let units = if merged { 1 } else { flow.count.saturating_mul(users) };
            let gap = match arrivals {
                Arrivals::Renewal { gap, .. } if units == 1 && flow.count > 1 => {
                    Some(gap.scaled(1.0 / f64::from(flow.count)))
                }
                Arrivals::Renewal { gap, .. } => Some(gap.clone()),
                _ => None,
            };
            self.sources.push(Source {
                gap,
                ready: None,
                flow: index,
                units_per_instance: users,
                closed,
                units,
                key: combine(combine(self.seed_key, name_hash(&flow.name)), name_hash("arrivals")),
                ordinals: vec![0; units as usize],
                arrivals: if matches!(arrivals, Arrivals::Batch { .. }) { vec![0; units as usize] } else { Vec::new() },
                slot: NONE,
                states: Vec::new(),
            });
        }
    }

    pub(super) fn start_sources(&mut self) {
        for source in 0..self.sources.len() as u32 {
            let (units, flow) = (self.sources[source as usize].units, self.sources[source as usize].flow);
            let Some(arrivals) = &self.system.flows[flow as usize].arrivals else { continue };
            match arrivals {
                Arrivals::Closed { .. } => {
                    for unit in 0..units {
                        self.think(source, unit);
                    }
                }
                Arrivals::Saturated { station } => {
                    self.stations[*station as usize].saturator = source;
                    self.todo.push(Todo::Saturate(source));
                }
                _ if units == 1 => {
                    if let Some(span) = self.next_gap(source, 0, true) {
                        let timer = self.new_timer(Timer::Source(source), span, rank::ARRIVAL);
                        self.sources[source as usize].slot = self.servers.len() as u32 + timer;
                        self.sources[source as usize].ready = self.simple_gap(source, 0, 1);
                    }
                }
                _ => {
                    for unit in 0..units {
                        if let Some(span) = self.next_gap(source, unit, true) {
                            self.schedule_instance(source, unit, span, units as usize > MANY_TIMERS, None);
                        }
                    }
                }
            }
        }
    }

    fn schedule_instance(&mut self, source: u32, unit: u32, span: u64, many: bool, slot: Option<u32>) {
        if many {
            let at = self.engine.now().saturating_add(span);
            self.engine.list.push(at, rank::ARRIVAL, bulk(BULK_INSTANCE, source, unit));
        } else if let Some(slot) = slot {
            self.engine.after(Slot(slot), span, rank::ARRIVAL);
        } else {
            self.new_timer(Timer::Instance { source, unit }, span, rank::ARRIVAL);
        }
    }

    /// Ticks to the next arrival of a unit; `None` when there is none.
    #[inline(always)]
    fn next_gap(&mut self, source: u32, unit: u32, first: bool) -> Option<u64> {
        let state = &self.sources[source as usize];
        if state.gap.is_some() {
            return self.simple_gap(source, unit, state.ordinals[unit as usize]);
        }
        self.complex_gap(source, unit, first)
    }

    #[inline(never)]
    fn complex_gap(&mut self, source: u32, unit: u32, first: bool) -> Option<u64> {
        let state = &self.sources[source as usize];
        let flow = &self.system.flows[state.flow as usize];
        let arrivals = match &flow.arrivals {
            Some(Arrivals::Batch { arrivals, .. }) => arrivals,
            Some(arrivals) => arrivals,
            None => return None,
        };
        let counts = if state.arrivals.is_empty() { &state.ordinals } else { &state.arrivals };
        let ordinal = counts[unit as usize];
        if let Arrivals::Renewal { gap, .. } = arrivals {
            let mut random = Keyed::new(state.key(unit, ordinal), GAP);
            let span = gap.sample_at(u64::from(ordinal), &mut random) / state.merged_instances(flow.count);
            return Some((span + 0.5) as u64);
        }
        self.other_gap(source, unit, ordinal, arrivals, first)
    }

    #[inline(never)]
    fn other_gap(&mut self, source: u32, unit: u32, ordinal: u32, arrivals: &Arrivals, first: bool) -> Option<u64> {
        let now = self.engine.now().ticks();
        let state = &mut self.sources[source as usize];
        let key = state.key(unit, ordinal);
        match arrivals {
            Arrivals::Periodic { every, first: offset, jitter } => {
                // Nominal times do not drift: the n-th is at the phase plus n periods; jitter is added to each by itself.
                let phase = match offset {
                    Some(offset) => *offset,
                    None if state.units == 1 => *every,
                    None => below(&mut Keyed::new(state.key(unit, 0), PHASE), *every),
                };
                let nominal = phase.saturating_add(u64::from(ordinal).saturating_mul(*every));
                let jitter =
                    jitter.as_ref().map_or(0.0, |j| j.sample_at(u64::from(ordinal), &mut Keyed::new(key, JITTER)));
                Some(nominal.saturating_add((jitter + 0.5) as u64).saturating_sub(now))
            }
            Arrivals::At { times } => {
                // The given times are those of every unit.
                times.get(ordinal as usize).map(|time| time.saturating_sub(now))
            }
            Arrivals::TimeVarying { pieces, total } => {
                // Thinning by inversion: a unit exponential is spent on the rate of the pieces passed (Cinlar 1975).
                let mut random = Keyed::new(key, GAP);
                let unit_exponential = exponential(&mut random);
                let mut left = unit_exponential;
                let mut at = now;
                let mut offset = now % total;
                let mut piece = 0;
                while offset >= pieces[piece].0 {
                    offset -= pieces[piece].0;
                    piece = (piece + 1) % pieces.len();
                }
                loop {
                    let (length, rate) = pieces[piece];
                    let span = (length - offset) as f64;
                    if rate * span >= left {
                        return Some((at as f64 - now as f64 + left / rate + 0.5) as u64);
                    }
                    left -= rate * span;
                    at = at.checked_add(length - offset)?;
                    offset = 0;
                    piece = (piece + 1) % pieces.len();
                }
            }
            Arrivals::Modulated { states, moves } => {
                if first && state.states.is_empty() {
                    for u in 0..state.units {
                        let mut random = Keyed::new(state.key(u, 0), PHASE);
                        let start = below(&mut random, states.len() as u64) as u32;
                        let stay = exponential(&mut random) * states[start as usize].1;
                        state.states.push((start, stay as u64, 1));
                    }
                }
                let (mut current, mut until, mut draws) = state.states[unit as usize];
                let base = combine(state.key, u64::from(unit));
                let mut at = now as f64;
                let mut random = Keyed::new(key, GAP);
                loop {
                    // Memoryless: a gap that passes the end of the stay is drawn again from there.
                    let candidate = at + exponential(&mut random) * states[current as usize].0;
                    if candidate <= until as f64 {
                        state.states[unit as usize] = (current, until, draws);
                        return Some((candidate - now as f64 + 0.5) as u64);
                    }
                    at = until as f64;
                    let mut switch = Keyed::new(mix(base.wrapping_add(u64::from(draws))), STATE);
                    draws += 1;
                    let u = random::unit(&mut switch);
                    let row = &moves[current as usize];
                    current = row.partition_point(|c| *c <= u).min(row.len() - 1) as u32;
                    let stay = exponential(&mut switch) * states[current as usize].1;
                    until = until.saturating_add((stay as u64).max(1));
                    if until > 1 << 62 {
                        return None;
                    }
                }
            }
            Arrivals::Renewal { .. }
            | Arrivals::Batch { .. }
            | Arrivals::Closed { .. }
            | Arrivals::Saturated { .. } => None,
        }
    }

    /// The next arrival of a source that is one process.
    #[inline(always)]
    pub(super) fn source_event(&mut self, source: u32) {
        let state = &mut self.sources[source as usize];
        if let Some(gap) = state.ready {
            // The gap after the next arrival is drawn now, while nobody waits for it.
            self.engine.after(Slot(state.slot), gap, rank::ARRIVAL);
            self.emit_one(source, 0, NONE);
            let next = self.sources[source as usize].ordinals[0].wrapping_add(1);
            let gap = self.simple_gap(source, 0, next);
            self.sources[source as usize].ready = gap;
            return;
        }
        self.emit(source, 0);
        let slot = self.sources[source as usize].slot;
        if let Some(span) = self.next_gap(source, 0, false) {
            self.engine.after(Slot(slot), span, rank::ARRIVAL);
        }
    }

    /// The gap before the arrival with this ordinal, where gaps are independent [ticks].
    #[inline(always)]
    fn simple_gap(&self, source: u32, unit: u32, ordinal: u32) -> Option<u64> {
        let state = &self.sources[source as usize];
        let gap = state.gap.as_ref()?;
        let mut random = Keyed::new(state.key(unit, ordinal), GAP);
        let span = match gap {
            Distribution::Exponential(gap) => gap.sample(&mut random),
            other => sample_other(other, ordinal, &mut random),
        };
        Some((span + 0.5) as i64 as u64)
    }

    /// The next arrival of one of many instances.
    #[inline]
    pub(super) fn instance_event(&mut self, source: u32, unit: u32, slot: Option<u32>) {
        self.emit(source, unit);
        if let Some(span) = self.next_gap(source, unit, false) {
            self.schedule_instance(source, unit, span, slot.is_none(), slot);
        }
    }

    /// The requests of one arrival.
    #[inline(never)]
    fn emit(&mut self, source: u32, unit: u32) {
        let state = &mut self.sources[source as usize];
        if state.arrivals.is_empty() {
            return self.emit_one(source, unit, NONE);
        }
        let ordinal = state.arrivals[unit as usize];
        state.arrivals[unit as usize] += 1;
        let mut random = Keyed::new(state.key(unit, ordinal), SIZE);
        let Some(Arrivals::Batch { size, .. }) = &self.system.flows[state.flow as usize].arrivals else { return };
        let size = (size.sample_at(u64::from(ordinal), &mut random) + 0.5) as u64;
        // One instance sends the whole batch.
        let count = self.system.flows[state.flow as usize].count;
        let instance = match state.units == 1 && count > 1 {
            true => below(&mut Keyed::new(state.key(unit, ordinal), WHO), u64::from(count)) as u32,
            false => NONE,
        };
        for _ in 0..size {
            if self.stop.is_some() {
                return;
            }
            self.emit_one(source, unit, instance);
        }
    }

    /// A request is born, in the given instance where one process stands for all of them.
    #[inline(always)]
    fn emit_one(&mut self, source: u32, unit: u32, instance: u32) {
        let state = &mut self.sources[source as usize];
        let flow = state.flow;
        let ordinal = state.ordinals[unit as usize];
        state.ordinals[unit as usize] = ordinal.wrapping_add(1);
        let key = state.key(unit, ordinal);
        let model = &self.system.flows[flow as usize];
        // A merged source chooses the instance; with one process for all, a unit is no instance.
        let unit = if instance != NONE {
            instance
        } else if state.units == 1 && model.count > 1 {
            below(&mut Keyed::new(key, WHO), u64::from(model.count)) as u32
        } else {
            unit
        };
        let instance = if state.units_per_instance == 1 { unit } else { unit / state.units_per_instance };
        let source = if state.closed { source } else { NONE };
        if model.from != NOWHERE && !self.is_alive(model.from, instance) {
            return;
        }
        let now = self.engine.now();
        let flow_state = &mut self.flows[flow as usize];
        flow_state.present.up(now);
        let cohort = self.phase == Phase::Measured;
        if cohort {
            flow_state.born += 1;
            self.cohort_open += 1;
        }
        let request = self.requests.take();
        let record = &mut self.requests[request];
        record.key = key;
        record.born = now;
        record.pc = model.start;
        record.unit = unit;
        record.ordinal = ordinal;
        record.source = source;
        record.flow = flow;
        record.origin = flow;
        record.location = model.from;
        record.state = State::Running;
        record.role = Role::Request;
        record.cohort = cohort;
        record.instance = instance;
        record.set_visit(0);
        if model.counters > 0 {
            self.take_counters(request);
        }
        self.check_limit();
        self.run_request(request);
    }

    /// A request of a closed flow has left: its user thinks.
    #[inline(never)]
    pub(super) fn source_of_closed_is_back(&mut self, source: u32, unit: u32) {
        self.think(source, unit);
    }

    fn think(&mut self, source: u32, unit: u32) {
        let state = &self.sources[source as usize];
        let Some(Arrivals::Closed { think, .. }) = &self.system.flows[state.flow as usize].arrivals else { return };
        let ordinal = state.ordinals[unit as usize];
        let mut random = Keyed::new(state.key(unit, ordinal), THINK);
        let span = (think.sample_at(u64::from(ordinal), &mut random) + 0.5) as u64;
        if state.units as usize > MANY_TIMERS {
            let at = self.engine.now().saturating_add(span);
            self.engine.list.push(at, rank::ARRIVAL, bulk(BULK_THINK, source, unit));
        } else {
            self.new_timer(Timer::Think { source, unit }, span, rank::ARRIVAL);
        }
    }

    /// A user has thought.
    pub(super) fn closed_arrival(&mut self, source: u32, unit: u32) {
        self.emit_one(source, unit, NONE);
    }

    /// Fills the first queue of a saturated flow.
    pub(super) fn saturate(&mut self, source: u32) {
        let flow = self.sources[source as usize].flow;
        let Some(Arrivals::Saturated { station }) = &self.system.flows[flow as usize].arrivals else { return };
        let station = *station as usize;
        let mut born = 0u64;
        // Far more than there is room for at its servers: a station that takes everybody in at once can never be saturated.
        let most = 100_000 + 4 * self.system.stations[station].servers() as u64;
        while let (None, Some(lane)) = (self.stop, self.unsaturated(flow, station)) {
            let place = lane - self.stations[station].first_lane;
            let instance = match self.first_lane_of(flow) {
                Some(Lane::Own) => place,
                Some(Lane::Radio { offset, .. }) => place - offset,
                _ => NONE,
            };
            self.forced_lane = lane;
            self.emit_one(source, 0, instance);
            self.forced_lane = NONE;
            born += 1;
            if born > most {
                self.stop = Some(super::Stop::Stuck);
            }
        }
    }

    /// How a flow that starts with a visit chooses its first queue.
    fn first_lane_of(&self, flow: u16) -> Option<Lane> {
        let program = &self.system.program;
        match program.code[self.system.flows[flow as usize].start as usize] {
            Instruction::Visit(index) => Some(program.visits[index as usize].lane),
            _ => None,
        }
    }

    /// A queue of the first station of a saturated flow in which nobody waits though there is room.
    fn unsaturated(&self, flow: u16, station: usize) -> Option<u32> {
        let state = &self.stations[station];
        let shared = self.system.stations[station].policy.is_shared();
        let first = state.first_lane;
        let mut candidates = match self.first_lane_of(flow) {
            Some(Lane::Direction(second)) => {
                let lane = first + u32::from(self.system.flows[flow as usize].from == second);
                lane..lane + 1
            }
            Some(Lane::Radio { offset, count }) => first + offset..first + offset + count,
            _ => first..first + state.lanes,
        };
        candidates.find(|index| {
            let lane = &self.lanes[*index as usize];
            let dead = state.batteries.get((*index - first) as usize).is_some_and(|battery| battery.dead);
            // Where nobody queues, one more than the servers keeps all of them busy.
            let lacks = if shared { lane.present <= lane.servers } else { lane.waiting == 0 };
            lacks && lane.present < state.limit && lane.blocked.is_empty() && !dead
        })
    }
}

fn exponential(random: &mut Keyed) -> f64 {
    -libm::log(1.0 - random::unit(random))
}

#[inline(never)]
fn sample_other(gap: &Distribution, ordinal: u32, random: &mut Keyed) -> f64 {
    gap.sample_at(u64::from(ordinal), random)
}
