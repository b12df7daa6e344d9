//! Where the time that requests spend at a component goes: the other side of the integral of its level.

use super::Simulation;
use super::frames::Kind;
use super::request::{NONE, Request, State};
use super::service::LANE_HELD;
use sim_core::time::Time;

/// Time that visits of a component took within the measured time [ticks]. The parts add up to the integral of the number
/// of requests present, exactly: Little's law for every sample path, with all visits counted (Stidham 1974).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitTime {
    /// Of visits that were completed.
    pub completed: u128,
    /// Of visits that ended otherwise: aborted, lost, failed, reneged.
    pub otherwise: u128,
    /// Of visits that went on at the end, so far.
    pub unfinished: u128,
    /// What the visits that had begun before the measured time had taken by then; counted in the others, to be taken off.
    pub before: u128,
}

impl VisitTime {
    /// Time of all visits within the measured time [ticks].
    pub fn total(&self) -> u128 {
        self.completed + self.otherwise + self.unfinished - self.before
    }
}

impl Simulation<'_> {
    /// The time that present visits have taken so far, by station [ticks].
    pub(super) fn open_visits(&self, now: Time) -> Vec<u128> {
        let mut open = vec![0; self.stations.len()];
        for record in self.requests.iter() {
            if let Some(station) = self.station_of(record) {
                open[station] += u128::from(now.saturating_since(record.entered));
            }
        }
        for frame in self.frames.all() {
            if let Kind::Holding { resource, entered, .. } | Kind::Spinning { resource, entered, .. } = frame.kind {
                let station = self.resource_stations[resource as usize] as usize;
                open[station] += u128::from(now.saturating_since(entered));
            }
        }
        open
    }

    /// The station that counts a request as present.
    fn station_of(&self, record: &Request) -> Option<usize> {
        let lane = match (record.state, record.held) {
            (State::Free, _) => return None,
            // Who asks a component to take another request is no visitor of it.
            (State::Asking, _) if self.is_aside(record.pc) => return None,
            (State::Asking, _) => return Some(self.resource_stations[record.lane as usize] as usize),
            (State::Queued | State::Served | State::Sharing | State::Interrupting, _) => record.lane,
            // A propagation is part of the visit, but no part of a lane.
            (State::Propagating, _) => return Some(super::service::visit_at(self.system, record.pc).station as usize),
            (
                State::Running | State::Blocked | State::Delayed | State::Forked | State::Calling | State::Batched,
                NONE,
            ) => return None,
            (_, held) if held & LANE_HELD != 0 => held & !LANE_HELD,
            (_, held) => self.servers[held as usize].lane,
        };
        Some(self.lanes[lane as usize].station as usize)
    }
}
