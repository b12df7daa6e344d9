//! The air that senders share without listening to each other: frames on one channel that overlap are lost.

use super::Simulation;
use crate::system::{Kind, Visit};
use sim_core::random::Rng;
use sim_core::time::Time;

/// Tells the draw of the channel from other draws of a visit.
const CHANNEL: u64 = 0x6368_616e_6e65_6c00;

/// A frame on the air.
#[derive(Clone, Copy, Debug)]
struct Frame {
    server: u32,
    channel: u32,
    begun: Time,
    lost: bool,
}

/// The frames on the air of a network.
#[derive(Clone, Debug, Default)]
pub(super) struct Medium {
    frames: Vec<Frame>,
}

impl Simulation<'_> {
    /// A server begins to send a frame.
    pub(super) fn begin_frame(&mut self, server: u32, request: u32, visit: &Visit) {
        let Some(contention) = self.system.stations[visit.station as usize].contention else { return };
        let begun = self.engine.now();
        let channel = (self.uniform(request, visit.site, CHANNEL) * f64::from(contention.channels)) as u32;
        let station = &mut self.stations[visit.station as usize];
        let (Some(medium), random) = (&mut station.medium, &mut station.random) else { return };
        let mut lost = false;
        for other in medium.frames.iter_mut().filter(|frame| frame.channel == channel) {
            lost = true;
            let survives = contention.capture > 0.0
                && (random.next_u64() >> 11) as f64 / ((1u64 << 53) as f64) < contention.capture;
            other.lost |= !survives;
        }
        medium.frames.push(Frame { server, channel, begun, lost });
    }

    /// Whether the frame that a server sends is lost to others.
    pub(super) fn frame_is_lost(&self, server: u32, station: usize) -> bool {
        let medium = self.stations[station].medium.as_ref();
        medium.is_some_and(|medium| medium.frames.iter().any(|frame| frame.server == server && frame.lost))
    }

    /// A server has sent its frame: it is silent for as long as its duty cycle asks.
    pub(super) fn end_frame(&mut self, server: u32) {
        let now = self.engine.now();
        let station = self.lanes[self.servers[server as usize].lane as usize].station as usize;
        let model = &self.system.stations[station];
        let (Kind::Network, Some(contention)) = (model.kind, model.contention) else { return };
        let Some(medium) = &mut self.stations[station].medium else { return };
        let Some(place) = medium.frames.iter().position(|frame| frame.server == server) else { return };
        let frame = medium.frames.swap_remove(place);
        let airtime = now.saturating_since(frame.begun) as f64;
        self.servers[server as usize].silence = (airtime * (1.0 / contention.duty - 1.0) + 0.5) as u64;
    }
}
