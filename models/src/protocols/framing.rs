//! What becomes of a payload on its way to the channel.

use super::{Curve, Link};

/// Bits on the wire and time on the channel, by the payload.
#[derive(Clone, Debug)]
pub struct Framing {
    /// Original size over compressed size.
    pub ratio: f64,
    /// What the message protocol makes of it [B].
    pub wire: Option<Curve>,
    /// What lower layers add [bit].
    pub header: f64,
    /// The link; without one, bits take time by the rate.
    pub link: Option<Link>,
    /// Ticks per bit.
    pub ticks_per_bit: f64,
    /// Ticks per second.
    pub ticks: f64,
}

impl Framing {
    /// Bytes that the link is given.
    fn message(&self, payload: f64) -> f64 {
        let whole = self.wire.is_some() || self.link.is_some();
        let bytes = payload / 8.0 / self.ratio;
        // Bytes are whole where a protocol counts them.
        let bytes = if whole { bytes.ceil() } else { bytes };
        self.wire.as_ref().map_or(bytes, |wire| wire.at(bytes)) + self.header / 8.0
    }

    /// Bits on the wire for a payload [bit].
    pub fn bits(&self, payload: f64) -> f64 {
        let bytes = self.message(payload);
        8.0 * self.link.as_ref().map_or(bytes, |link| link.wire(bytes))
    }

    /// Time on the channel for a payload [bit] in ticks.
    pub fn span(&self, payload: f64) -> f64 {
        let bytes = self.message(payload);
        match &self.link {
            Some(link) => link.time(bytes) * self.ticks,
            None => 8.0 * bytes * self.ticks_per_bit,
        }
    }
}
