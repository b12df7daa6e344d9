//! Users: who thinks, asks, and thinks again when the request has left.
//!
//! Of users that have timers everything that comes next is drawn long before somebody waits for it. Of very many users
//! nothing is kept but the ordinals of their requests.

use super::super::source::request_key;
use super::super::{BULK_THINK, bulk};
use super::Plain;
use super::pending::{Arrivals, Slots};
use super::program::Next;
use super::sources::Source;
use super::stations::Stations;
use super::table::Table;

/// A user who has a timer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct User {
    /// The key that those of its requests are made from.
    own: u64,
    /// Of its next request: the key, the thought before it, and what it does first.
    key: u64,
    thought: u64,
    demand: f64,
    first: Next,
    ordinal: u32,
    source: u16,
    flow: u16,
    /// Where its flow starts.
    start: Next,
}

impl User {
    /// Draws its next request and the thought before it.
    #[inline(always)]
    fn lay_by_request<const ROOM: usize>(&mut self, sources: &Table<Source, ROOM>, ordinal: u32) {
        self.key = request_key(self.own, ordinal);
        self.thought = sources[u32::from(self.source)].span(self.key, ordinal);
        self.ordinal = ordinal;
    }

    /// Draws what that request will do first.
    #[inline(always)]
    fn lay_by_visit<S: Slots, const ROOM: usize>(&mut self, stations: &Stations<'_, S, ROOM>) {
        (self.first, self.demand) = stations.coming(self.start, self.key, self.ordinal);
    }
}

impl<S: Slots, A: Arrivals, const ROOM: usize> Plain<'_, S, A, ROOM> {
    /// The users of a source think for the first time; their timers end at this one.
    pub(super) fn start_users(&mut self, index: u32, timers: usize) {
        let source = &mut self.sources[index];
        source.ordinals = Vec::new();
        let (flow, units) = (source.flow, source.units);
        let start = self.flows[u32::from(flow)].start;
        for unit in 0..units {
            let own = self.sources[index].own_key(unit);
            let mut user = User { own, source: index as u16, flow, start, ..User::default() };
            user.lay_by_request(&self.sources, 0);
            user.lay_by_visit(&self.stations);
            // What is behind a timer is a user now.
            self.timers[timers - units as usize + unit as usize].1 = self.users.len() as u32;
            self.users.push(user);
        }
    }

    /// One of very many users has thought.
    #[inline(always)]
    pub(super) fn one_of_many(&mut self, index: u32, unit: u32, now: u64) {
        let source = &mut self.sources[index];
        let ordinal = source.ordinals[unit as usize];
        source.ordinals[unit as usize] = ordinal.wrapping_add(1);
        let key = request_key(source.own_key(unit), ordinal);
        self.emit(index, key, ordinal, unit, now);
    }

    /// A user has thought.
    #[inline(always)]
    pub(super) fn user(&mut self, user: u32, now: u64) {
        let state = &mut self.users[user as usize];
        let User { key, demand, first, ordinal, source, flow, .. } = *state;
        state.lay_by_request(&self.sources, ordinal.wrapping_add(1));
        self.born(source, flow, key, ordinal, user, (first, demand), now);
    }

    /// One of very many users thinks.
    #[inline(always)]
    pub(super) fn one_of_many_thinks(&mut self, index: u32, unit: u32, now: u64) {
        let source = &self.sources[index];
        let ordinal = source.ordinals[unit as usize];
        let span = source.span(request_key(source.own_key(unit), ordinal), ordinal);
        self.arrivals.push(now + span, bulk(BULK_THINK, index, unit));
    }

    /// A user thinks.
    #[inline(always)]
    pub(super) fn think(&mut self, user: u32, now: u64) {
        let state = &mut self.users[user as usize];
        // There are as many timers as users: one is free.
        let timer = self.free_timer;
        let entry = &mut self.timers[timer as usize];
        self.free_timer = entry.1;
        *entry = (u32::from(state.source), user);
        self.arrivals.push(now + state.thought, u64::from(timer));
        state.lay_by_visit(&self.stations);
    }

    /// Gives a timer back; whose it was.
    #[inline(always)]
    pub(super) fn free_timer(&mut self, timer: u32) -> u32 {
        let unit = &mut self.timers[timer as usize].1;
        let user = *unit;
        *unit = self.free_timer;
        self.free_timer = timer;
        user
    }
}
