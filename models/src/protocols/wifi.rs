//! `Wifi`: frames of IEEE 802.11a/g (OFDM).
//!
//! ```text
//!   DIFS 28 us, back-off 0..15 slots of 9 us | 20 + 4 ceil((22 + 8 L) / bits per symbol) us | SIFS 10 us, acknowledgement
//! ```
//!
//! The channel is taken in turn: who finds it busy waits for it, and frames do not collide.

use super::{Curve, Describe, Link, Rules, bytes};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// A link of IEEE 802.11a/g.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wifi {
    /// Rate of data: 6, 9, 12, 18, 24, 36, 48 or 54 Mbit/s (default 54 Mbit/s).
    pub rate: Option<Scalar>,
    /// Headers and check sum of each frame (default 36 B: MAC, check sum, LLC and SNAP).
    pub overhead: Option<Scalar>,
    /// Payload of a frame (default 1500 B).
    pub frame: Option<Scalar>,
    /// Whether frames are acknowledged, at the greatest of 6, 12 and 24 Mbit/s up to the rate (default true).
    pub acknowledged: Option<bool>,
    /// Whether a station waits and backs off before each message (default true).
    pub backoff: Option<bool>,
}

const RATES: [f64; 8] = [6.0, 9.0, 12.0, 18.0, 24.0, 36.0, 48.0, 54.0];

/// Time of a frame of so many bytes at a rate [Mbit/s]: 16 service bits and 6 of tail, in symbols of 4 us.
pub fn airtime(rate: f64, length: f64) -> f64 {
    (20.0 + 4.0 * ((22.0 + 8.0 * length) / (4.0 * rate)).ceil()) * 1e-6
}

impl Describe for Wifi {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let rate = self.rate.as_ref().map_or(54.0, |rate| {
            let at = at.field("rate");
            let value = lower.positive(&at, rate, Dimension::DATA_RATE) / 1e6;
            if !RATES.contains(&value) {
                let help = "give one of 6, 9, 12, 18, 24, 36, 48, 54 Mbit/s";
                lower.problem_with_help(&at, "802.11a/g has no such rate", help);
            }
            value
        });
        let answer = [24.0, 12.0, 6.0].into_iter().find(|basic| *basic <= rate).unwrap_or(6.0);
        let (slot, short, long) = (9e-6, 10e-6, 28e-6);
        let gap = if self.acknowledged.unwrap_or(true) { short + airtime(answer, 14.0) } else { 0.0 };
        let access = match self.backoff.unwrap_or(true) {
            true => (0..16).map(|n| long + f64::from(n) * slot).collect(),
            false => Vec::new(),
        };
        Rules::Link(Link {
            most: bytes(lower, at, "frame", &self.frame, 1500.0).max(1.0),
            overhead: bytes(lower, at, "overhead", &self.overhead, 36.0),
            airtime: Curve::new(move |length| airtime(rate, length)),
            gap,
            access,
            contention: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::airtime;

    #[test]
    fn a_frame_of_1536_bytes_at_54_mbit_lasts_248_microseconds() {
        assert!((airtime(54.0, 1536.0) * 1e6 - 248.0).abs() < 1e-9);
        assert!((airtime(24.0, 14.0) * 1e6 - 28.0).abs() < 1e-9);
    }
}
