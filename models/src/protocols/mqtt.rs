//! `Mqtt`: publishing to a broker, or from it (OASIS MQTT 3.1.1, 2014; MQTT 5, 2019).
//!
//! ```text
//!   PUBLISH = type and flags 1 | remaining length 1..4 | topic 2 + n | packet id 2 (QoS 1, 2) | properties 1 (MQTT 5) | payload
//!   QoS 1: PUBLISH ─▶  ◀─ PUBACK            QoS 2: PUBLISH ─▶  ◀─ PUBREC  PUBREL ─▶  ◀─ PUBCOMP       (4 bytes each)
//! ```
//!
//! TCP sees to losses; MQTT sends again only after a connection is lost (section 4.4). What TCP/IP adds is the `header` of
//! the network.

use super::connect::{Connect, Flight};
use super::{After, Curve, Describe, Message, Rules, bytes, whole};
use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use serde::{Deserialize, Serialize};

/// A message published with MQTT.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mqtt {
    /// Quality of service: 0 at most once, 1 at least once, 2 exactly once (default 0).
    pub qos: Option<Scalar>,
    /// Length of the topic's name (default 16 B).
    pub topic: Option<Scalar>,
    /// Version: 3 (3.1.1) or 5, whose messages have a length of properties (default 3).
    pub version: Option<Scalar>,
    /// What opens a connection before the message (default `Kept`).
    pub connect: Option<Connect>,
    /// Whether the request goes on only when the last acknowledgement is back (default: when the message has arrived).
    pub wait: Option<bool>,
}

/// Length of an acknowledgement of any kind: type, remaining length, packet identifier (sections 3.4 to 3.7).
const ACKNOWLEDGEMENT: f64 = 4.0;

/// Bytes of a PUBLISH.
pub fn publish(topic: f64, qos: u64, version: u64, payload: f64) -> f64 {
    let identifier = if qos > 0 { 2.0 } else { 0.0 };
    let properties = if version >= 5 { 1.0 } else { 0.0 };
    let remaining = 2.0 + topic + identifier + properties + payload;
    1.0 + variable_length(remaining) + remaining
}

/// Bytes of the remaining length: seven bits in each (section 2.2.3).
fn variable_length(n: f64) -> f64 {
    match n {
        n if n < 128.0 => 1.0,
        n if n < 16_384.0 => 2.0,
        n if n < 2_097_152.0 => 3.0,
        _ => 4.0,
    }
}

impl Describe for Mqtt {
    fn describe(&self, lower: &Lower<'_>, at: &Path) -> Rules {
        let qos = whole(lower, at, "qos", &self.qos, (0, 2), 0);
        let topic = bytes(lower, at, "topic", &self.topic, 16.0);
        let version = whole(lower, at, "version", &self.version, (3, 5), 3);
        let (there, back) = (Flight::there(ACKNOWLEDGEMENT), Flight::back(ACKNOWLEDGEMENT));
        Rules::Message(Message {
            wire: Curve::new(move |payload| publish(topic, qos, version, payload)),
            opening: self.connect.unwrap_or_default().flights(),
            after: match qos {
                0 => After::Nothing,
                1 => After::Replies(vec![back]),
                _ => After::Replies(vec![back, there, back]),
            },
            wait: self.wait.unwrap_or(false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_of_20_bytes_to_a_topic_of_12_has_36_bytes_and_38_with_an_acknowledgement() {
        assert_eq!([0, 1, 2].map(|qos| publish(12.0, qos, 3, 20.0)), [36.0, 38.0, 38.0]);
        assert_eq!(publish(12.0, 0, 5, 20.0), 37.0);
    }

    #[test]
    fn the_remaining_length_grows_by_a_byte_at_128_16384_and_2097152() {
        for (n, length) in [(127.0, 1.0), (128.0, 2.0), (16_383.0, 2.0), (16_384.0, 3.0), (2_097_152.0, 4.0)] {
            assert_eq!(publish(10.0, 0, 3, n - 12.0), 1.0 + length + n);
        }
    }
}
