//! `Ieee802154`: frames of IEEE 802.15.4 at 250 kbit/s in the 2.4 GHz band, without beacons.
//!
//! ```text
//!   back-off 0..2^BE - 1 units of 320 us | clear channel 128 us | 32 us x (6 + PSDU) | turn-around 192 us, acknowledgement 352 us
//! ```
//!
//! The channel is taken in turn: who finds it busy waits for it, and frames do not collide; the back-off is the first one,
//! with the least exponent.

use super::{Curve, Describe, Link, Rules, bytes, whole};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use serde::{Deserialize, Serialize};

/// A link of IEEE 802.15.4.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ieee802154 {
    /// Header and check sum of each frame (default 11 B: short addresses within one network).
    pub overhead: Option<Scalar>,
    /// Whether frames are acknowledged (default true).
    pub acknowledged: Option<bool>,
    /// Exponent of the back-off (default 3, macMinBE); 0 for none, and no look at the channel either.
    pub backoff: Option<Scalar>,
}

const SYMBOL: f64 = 16e-6;
/// The most that the physical layer takes.
const PSDU: f64 = 127.0;

/// Time of a frame [s]: preamble, start and length are six bytes of two symbols each.
pub fn airtime(psdu: f64) -> f64 {
    2.0 * SYMBOL * (6.0 + psdu)
}

impl Describe for Ieee802154 {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let overhead = bytes(lower, at, "overhead", &self.overhead, 11.0);
        if overhead > PSDU - 1.0 {
            let help = "a frame has 127 B in all: give less";
            lower.problem_with_help(&at.field("overhead"), "no payload fits", help);
        }
        let exponent = whole(lower, at, "backoff", &self.backoff, (0, 8), 3);
        let turn_around = 12.0 * SYMBOL;
        let gap = if self.acknowledged.unwrap_or(true) { turn_around + airtime(5.0) } else { 0.0 };
        let access = match exponent {
            0 => Vec::new(),
            n => (0..1u32 << n).map(|unit| f64::from(unit) * 20.0 * SYMBOL + 8.0 * SYMBOL).collect(),
        };
        Rules::Link(Link {
            most: (PSDU - overhead).max(1.0),
            overhead,
            airtime: Curve::new(airtime),
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
    fn frames_last_as_the_standard_says() {
        for (psdu, microseconds) in [(127.0, 4256.0), (5.0, 352.0)] {
            assert!((airtime(psdu) * 1e6 - microseconds).abs() < 1e-9);
        }
    }
}
