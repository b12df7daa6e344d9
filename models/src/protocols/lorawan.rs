//! `LoRaWan`: frames of LoRa, sent by devices that do not listen first.
//!
//! Time on air (Semtech AN1200.13, 2013): with T = 2^SF / bandwidth, n_preamble + 4.25 symbols of preamble and
//! 8 + max(ceil((8 L - 4 SF + 28 + 16 - 20 h) / (4 (SF - 2 de))) (CR + 4), 0) of payload. Access is pure ALOHA (Abramson
//! 1970): a frame takes one of the channels at random; frames on one channel that overlap are lost, all of them, or with
//! `capture` the first one survives with a probability each. Spreading factors are orthogonal: each is a network of its
//! own. After a frame a device is silent for T_air (1/duty - 1) (ETSI EN 300 220).

use super::{Curve, Describe, Link, Rules, bytes, whole};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// Devices that send LoRa frames to gateways, at one spreading factor.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoRaWan {
    /// Spreading factor, 7 to 12 (default 7).
    pub spreading: Option<Scalar>,
    /// Width of a channel: 125, 250 or 500 kHz (default 125 kHz).
    pub bandwidth: Option<Scalar>,
    /// Coding rate: 1 for 4/5 to 4 for 4/8 (default 1).
    pub coding: Option<Scalar>,
    /// Symbols of the preamble (default 8).
    pub preamble: Option<Scalar>,
    /// Bytes that LoRaWAN adds to each frame (default 13 B).
    pub overhead: Option<Scalar>,
    /// Channels, of which a frame takes one at random (default 3).
    pub channels: Option<Scalar>,
    /// The share of time that a device may send (default 1 %); 1 for no limit.
    pub duty: Option<Scalar>,
    /// Chance that the first of two frames that overlap survives the other one (default 0).
    pub capture: Option<Scalar>,
}

/// What senders do to each other, where nobody coordinates them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contention {
    /// Channels.
    pub channels: u32,
    /// The share of time that a device may send.
    pub duty: f64,
    /// Chance that the first of two frames that overlap survives the other one.
    pub capture: f64,
}

/// A way to send a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Radio {
    pub spreading: f64,
    pub bandwidth: f64,
    pub coding: f64,
    pub preamble: f64,
}

impl Radio {
    /// Time on air of so many bytes [s], with an explicit header and a check sum.
    pub fn airtime(&self, length: f64) -> f64 {
        let symbol = self.spreading.exp2() / self.bandwidth;
        // Symbols of over 16 ms are optimised for low data rates: two bits fewer in each.
        let slow = if symbol >= 0.016 { 1.0 } else { 0.0 };
        let bits = 8.0 * length - 4.0 * self.spreading + 28.0 + 16.0;
        let blocks = (bits / (4.0 * (self.spreading - 2.0 * slow))).ceil().max(0.0);
        (self.preamble + 4.25 + 8.0 + blocks * (self.coding + 4.0)) * symbol
    }
}

impl Describe for LoRaWan {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let spreading = whole(lower, at, "spreading", &self.spreading, (7, 12), 7);
        let bandwidth = self.bandwidth.as_ref().map_or(125e3, |bandwidth| {
            let at = at.field("bandwidth");
            let value = lower.positive(&at, bandwidth, Dimension::FREQUENCY);
            if ![125e3, 250e3, 500e3].contains(&value) {
                lower.problem_with_help(&at, "LoRa has no such channel", "give 125, 250 or 500 kHz");
            }
            value
        });
        let radio = Radio {
            spreading: spreading as f64,
            bandwidth,
            coding: whole(lower, at, "coding", &self.coding, (1, 4), 1) as f64,
            preamble: whole(lower, at, "preamble", &self.preamble, (6, 65_535), 8) as f64,
        };
        let overhead = bytes(lower, at, "overhead", &self.overhead, 13.0);
        let share = |field: &str, value: &Option<Scalar>, default: f64| {
            value.as_ref().map_or(default, |value| lower.probability(&at.field(field), value))
        };
        let duty = share("duty", &self.duty, 0.01);
        if duty <= 0.0 {
            lower.problem_with_help(&at.field("duty"), "a device that may never send", "give more than 0");
        }
        let contention = Contention {
            channels: whole(lower, at, "channels", &self.channels, (1, 1000), 3) as u32,
            duty: duty.max(1e-9),
            capture: share("capture", &self.capture, 0.0),
        };
        // The most that a frame of the European band carries at this spreading factor (LoRaWAN regional parameters):
        // 51 bytes of application payload at 10 to 12, 115 at 9, 222 at 7 and 8.
        let most = match spreading {
            7 | 8 => 222.0,
            9 => 115.0,
            _ => 51.0,
        };
        Rules::Link(Link {
            most,
            overhead,
            airtime: Curve::new(move |length| radio.airtime(length)),
            gap: 0.0,
            access: Vec::new(),
            contention: Some(contention),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Radio;

    #[test]
    fn time_on_air_is_that_of_the_formula() {
        for (spreading, milliseconds) in [(7.0, 56.576), (9.0, 185.344), (10.0, 370.688), (12.0, 1318.912)] {
            let radio = Radio { spreading, bandwidth: 125e3, coding: 1.0, preamble: 8.0 };
            assert!((radio.airtime(20.0) * 1e3 - milliseconds).abs() < 1e-9, "{spreading}: {}", radio.airtime(20.0));
        }
    }
}
