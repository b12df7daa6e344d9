//! Stations: what happens when a request comes to one, and when a service ends.

use super::super::request::NONE;
use super::super::{Simulation, state};
use super::desk::{Desk, Server};
use super::pending::Slots;
use super::program::{Next, Node, Nodes};
use super::request::Request;
use super::table::Table;
use crate::system::System;
use sim_core::time::Time;
use std::hint::select_unpredictable;

pub(super) struct Stations<'s, S, const ROOM: usize> {
    system: &'s System,
    pub program: Nodes,
    pub visits: Table<Node, ROOM>,
    /// By station.
    pub desks: Table<Desk, ROOM>,
    pub servers: Vec<Server>,
    pub completions: S,
}

impl<'s, S: Slots, const ROOM: usize> Stations<'s, S, ROOM> {
    pub fn new(books: &Simulation<'s>, mut program: Nodes) -> Self {
        let desks = books.stations.iter().map(|state| match books.lanes.get(state.first_lane as usize) {
            Some(lane) if state.lanes > 0 => Desk::new(lane.first, lane.servers),
            _ => Desk::default(),
        });
        let mut desks = Table::new(desks);
        for visit in program.nodes.iter().filter(|visit| visit.moves()) {
            desks[visit.desk].moves = true;
        }
        let desk_of = |server: &state::Server| u32::from(books.lanes[server.lane as usize].station);
        Stations {
            system: books.system,
            desks,
            visits: Table::new(std::mem::take(&mut program.nodes)),
            program,
            servers: books.servers.iter().map(|server| Server { request: NONE, desk: desk_of(server) }).collect(),
            completions: S::new(books.servers.len()),
        }
    }

    /// A service ends, and the next one starts; whose it was.
    #[inline(always)]
    pub fn complete<'r>(&mut self, records: &'r mut [Request], server: u32, now: u64) -> (u32, &'r mut Request) {
        let serving = &mut self.servers[server as usize];
        let request = serving.request;
        let desk = &mut self.desks[serving.desk];
        let (waits, waiting) = desk.pop();
        // Where nobody waits the request stands in for the next one.
        let following = select_unpredictable(waits, waiting, request);
        serving.request = following;
        let following = &records[following as usize];
        desk.waited += u128::from(select_unpredictable(waits, now - following.entered, 0));
        self.completions.follow(server, waits, now + following.service);
        desk.release(server, !waits, now);
        let record = &mut records[request as usize];
        desk.present.down(Time::from_ticks(now));
        desk.completed += 1;
        desk.sojourn.add(now - record.entered);
        if desk.moves {
            let (payload, bits) = self.visits[u32::from(record.visit)].moved;
            desk.payload += payload;
            desk.bits += bits;
        }
        (request, record)
    }

    /// A request comes to a visit, and asks for so much.
    #[inline(always)]
    pub fn arrive(&mut self, record: &mut Request, request: u32, at: Next, demand: f64, now: u64) {
        let visit = &self.visits[at.visit()];
        let desk = &mut self.desks[visit.desk];
        desk.present.up(Time::from_ticks(now));
        // A cast to i64 is one instruction where one to u64 is several; beyond its range time has ended anyway.
        let service = (demand + 0.5) as i64 as u64;
        (record.visit, record.entered, record.service) = (at.visit() as u16, now, service);
        if let Some(asked) = desk.asked.get_mut(record.flow as usize) {
            *asked += demand;
        }
        let (free, server) = desk.seize(now);
        // No time is so late, nor a service so long, that their sum would be too large.
        self.completions.set(server, free, now + service);
        let serving = &mut self.servers[server as usize];
        serving.request = select_unpredictable(free, request, serving.request);
        desk.push(request, !free);
        (record.next, record.ahead) = self.coming(visit.next, record.key, record.ordinal);
    }

    /// What a request with this key and ordinal does next, all choices made, and what it will ask for there.
    #[inline(always)]
    pub fn coming(&self, next: Next, key: u64, ordinal: u32) -> (Next, f64) {
        let next = match next.choice() {
            None => next,
            Some(choice) => self.program.draw(choice, key),
        };
        match next {
            Next::DONE => (next, 0.0),
            _ => (next, self.visits[next.visit()].demand(self.system, key, ordinal)),
        }
    }
}
