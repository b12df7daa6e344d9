//! What opens a connection before a message, in round trips.
//!
//! To the first response, with the round trip of request and response: TCP 2, with TLS 1.3 3, with TLS 1.2 4 (RFC 8446,
//! RFC 5246); QUIC 2, with 0-RTT 1 (RFC 9000). The last flight of a client goes with its first message.

use super::tls::{Version, flights};
use serde::{Deserialize, Serialize};

/// A message of a handshake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    /// Whether it goes from the receiver of the message to its sender.
    pub back: bool,
    /// Its bytes.
    pub bytes: f64,
}

impl Flight {
    /// From the sender of the message.
    pub const fn there(bytes: f64) -> Flight {
        Flight { back: false, bytes }
    }

    /// To the sender of the message.
    pub const fn back(bytes: f64) -> Flight {
        Flight { back: true, bytes }
    }
}

/// What opens a TCP connection: a segment there and one back, each without payload.
pub const TCP: [Flight; 2] = [Flight::there(0.0), Flight::back(0.0)];

/// The connection that a message goes over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Connect {
    /// One that stays open.
    #[default]
    Kept,
    /// A new one: a round trip.
    Tcp,
    /// A new one with TLS 1.2: three round trips.
    Tls12,
    /// A new one with TLS 1.3: two round trips.
    Tls13,
}

impl Connect {
    /// What goes over the network before the message.
    pub fn flights(self) -> Vec<Flight> {
        match self {
            Connect::Kept => Vec::new(),
            Connect::Tcp => TCP.to_vec(),
            Connect::Tls12 => [&TCP[..], &flights(Version::Tls12, false)].concat(),
            Connect::Tls13 => [&TCP[..], &flights(Version::Tls13, false)].concat(),
        }
    }
}

/// The connection that a QUIC message goes over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum QuicConnect {
    /// One that stays open.
    #[default]
    Kept,
    /// A new one: a round trip.
    OneRtt,
    /// A new one to a known server: the message goes with the first flight.
    ZeroRtt,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_to_the_first_response_are_those_of_the_standards() {
        let trips = |flights: Vec<Flight>| flights.iter().filter(|flight| flight.back).count() + 1;
        let connects = [Connect::Kept, Connect::Tcp, Connect::Tls13, Connect::Tls12];
        assert_eq!(connects.map(|connect| trips(connect.flights())), [1, 2, 3, 4]);
    }
}
