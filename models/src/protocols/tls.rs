//! TLS handshakes: suites, flights and the work on both ends.
//!
//! The work follows from measured figures on one core of an i5-6500: 2253 full and 4861 resumed handshakes of a client per
//! second with OpenSSL and TLS 1.3 (Birr-Pixton 2019, jbp.io), and from `openssl speed` 3.0.19: RSA-2048 signs 3427 and
//! verifies 63 320 times a second, P-256 48 234 and 15 275. A full handshake of a server is taken for a resumed one and a
//! signature; that of a client with P-256 for the measured one (RSA) with two other verifications. Bytes of the flights are
//! orders of magnitude for a chain of two certificates.

use super::Flight;
use serde::{Deserialize, Serialize};

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Version {
    /// RFC 5246: two round trips, one when resumed.
    Tls12,
    /// RFC 8446: one round trip.
    #[default]
    Tls13,
}

/// What a server proves its name with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Signature {
    /// RSA with 2048 bits.
    #[default]
    Rsa2048,
    /// ECDSA over P-256.
    P256,
}

/// A cipher suite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suite {
    /// Its name in the registry of IANA.
    pub name: &'static str,
    /// The version that it belongs to.
    pub version: Version,
    /// The signature that it asks for, where it does.
    pub signature: Option<Signature>,
}

const fn suite(name: &'static str, version: Version, signature: Option<Signature>) -> Suite {
    Suite { name, version, signature }
}

/// The suites that can be named.
pub const SUITES: &[Suite] = &[
    suite("TLS_AES_128_GCM_SHA256", Version::Tls13, None),
    suite("TLS_AES_256_GCM_SHA384", Version::Tls13, None),
    suite("TLS_CHACHA20_POLY1305_SHA256", Version::Tls13, None),
    suite("TLS_AES_128_CCM_SHA256", Version::Tls13, None),
    suite("TLS_AES_128_CCM_8_SHA256", Version::Tls13, None),
    suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Version::Tls12, Some(Signature::Rsa2048)),
    suite("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Version::Tls12, Some(Signature::Rsa2048)),
    suite("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", Version::Tls12, Some(Signature::Rsa2048)),
    suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", Version::Tls12, Some(Signature::P256)),
    suite("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", Version::Tls12, Some(Signature::P256)),
    suite("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", Version::Tls12, Some(Signature::P256)),
    suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", Version::Tls12, Some(Signature::P256)),
];

/// Bytes: hello of a client; answer with a chain of certificates, and without; last flight of a client; of a server.
const HELLO: f64 = 250.0;
const CERTIFICATES: f64 = 3000.0;
const ANSWER: f64 = 200.0;
const FINISH: f64 = 130.0;
const FINISHED: f64 = 75.0;

/// What goes over the network before the first message of the client.
pub fn flights(version: Version, resumed: bool) -> Vec<Flight> {
    let answer = Flight::back(if resumed { ANSWER } else { CERTIFICATES });
    match (version, resumed) {
        (Version::Tls13, _) | (Version::Tls12, true) => vec![Flight::there(HELLO), answer],
        (Version::Tls12, false) => {
            vec![Flight::there(HELLO), answer, Flight::there(FINISH), Flight::back(FINISHED)]
        }
    }
}

/// Work of both ends [s on one core].
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Costs {
    pub client: f64,
    pub server: f64,
}

/// Work of a handshake.
pub fn costs(signature: Signature, resumed: bool) -> Costs {
    const FULL: f64 = 1.0 / 2253.0;
    const RESUMED: f64 = 1.0 / 4861.0;
    let (sign, verify) = match signature {
        Signature::Rsa2048 => (1.0 / 3427.0, 1.0 / 63_320.0),
        Signature::P256 => (1.0 / 48_234.0, 1.0 / 15_275.0),
    };
    if resumed {
        return Costs { client: RESUMED, server: RESUMED };
    }
    Costs { client: FULL + 2.0 * (verify - 1.0 / 63_320.0), server: RESUMED + sign }
}
