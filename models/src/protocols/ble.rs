//! `Ble`: data packets of Bluetooth LE at 1 Mbit/s (Bluetooth Core 5, volume 6, part B).
//!
//! ```text
//!   preamble 1, address 4, header 2, payload L, check 3: 8 (10 + L) us | gap 150 us | empty answer 80 us | gap 150 us
//! ```

use super::{Curve, Describe, Link, Rules, bytes};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use serde::{Deserialize, Serialize};

/// A connection of Bluetooth LE at 1 Mbit/s.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ble {
    /// Payload of a packet: 27 B, or up to 251 B with the data length extension (default 251 B).
    pub packet: Option<Scalar>,
    /// Header of L2CAP and of the attribute in each packet (default 7 B).
    pub overhead: Option<Scalar>,
    /// Whether an empty packet answers each (default true).
    pub acknowledged: Option<bool>,
}

/// Time of a packet [s].
pub fn airtime(payload: f64) -> f64 {
    8e-6 * (10.0 + payload)
}

/// Time between packets [s].
const SPACE: f64 = 150e-6;

impl Describe for Ble {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let packet = bytes(lower, at, "packet", &self.packet, 251.0);
        if !(27.0..=251.0).contains(&packet) {
            let help = "give 27 B to 251 B";
            lower.problem_with_help(&at.field("packet"), "a packet has a payload of 27 B to 251 B", help);
        }
        let overhead = bytes(lower, at, "overhead", &self.overhead, 7.0);
        if overhead >= packet {
            lower.problem_with_help(&at.field("overhead"), "no payload fits", "give less than a packet");
        }
        let gap = if self.acknowledged.unwrap_or(true) { 2.0 * SPACE + airtime(0.0) } else { 0.0 };
        Rules::Link(Link {
            most: (packet - overhead).max(1.0),
            overhead,
            airtime: Curve::new(airtime),
            gap,
            access: Vec::new(),
            contention: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{SPACE, airtime};

    #[test]
    fn packets_last_as_the_standard_says() {
        for (payload, microseconds) in [(27.0, 296.0), (251.0, 2088.0)] {
            assert!((airtime(payload) * 1e6 - microseconds).abs() < 1e-9);
        }
        // A full packet with its answer: 790.9 kbit/s of 244 bytes.
        let cycle = airtime(251.0) + airtime(0.0) + 2.0 * SPACE;
        assert!((cycle * 1e6 - 2468.0).abs() < 1e-9 && (244.0 * 8.0 / cycle / 1e3 - 790.9).abs() < 0.05);
    }
}
