//! Compression of what is sent: fewer bytes for time of processors at both ends.
//!
//! With ratio r, speeds c and d (bytes of the original per second) and bandwidth b it pays when
//! 1/c + 1/d < (1 - 1/r)/b: up to the bandwidth (1 - 1/r)/(1/c + 1/d).

use crate::lower::{Lower, Path};
use crate::spec::Scalar;
use crate::units::Dimension;
use serde::{Deserialize, Serialize};

/// A codec: ratio, and bytes of the original per second on one core.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Codec {
    /// Its name.
    pub name: &'static str,
    /// Original size over compressed size.
    pub ratio: f64,
    /// Compression [B/s].
    pub compress: f64,
    /// Decompression [B/s].
    pub decompress: f64,
}

const fn codec(name: &'static str, ratio: f64, compress: f64, decompress: f64) -> Codec {
    Codec { name, ratio, compress: compress * 1e6, decompress: decompress * 1e6 }
}

/// Codecs by name: on the Silesia corpus, from the benchmark tables of lz4 and zstd (Collet; README files, 2025).
pub const CODECS: &[Codec] = &[
    codec("lz4", 2.101, 700.0, 4000.0),
    codec("zstd-1", 2.887, 510.0, 1580.0),
    codec("zlib-1", 2.743, 95.0, 400.0),
    codec("zlib-6", 3.099, 36.0, 445.0),
];

impl Codec {
    /// The bandwidth up to which it pays, where nobody waits [B/s].
    pub fn break_even(&self) -> f64 {
        (1.0 - 1.0 / self.ratio) / (1.0 / self.compress + 1.0 / self.decompress)
    }
}

/// Compression as written: a codec by its name, or its figures; what is given beside a name takes the place of its figure.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Compress {
    /// `lz4`, `zstd-1`, `zlib-1` or `zlib-6`.
    pub codec: Option<String>,
    /// The processor or device that compresses (default: time passes, and nothing is occupied).
    pub on: Option<String>,
    /// The processor or device that decompresses (default: time passes, and nothing is occupied).
    pub at: Option<String>,
    /// Original size over compressed size.
    pub ratio: Option<Scalar>,
    /// Speed of compression, of the original.
    pub compress: Option<Scalar>,
    /// Speed of decompression, of the original.
    pub decompress: Option<Scalar>,
}

impl Compress {
    /// Its figures; mistakes are reported under `at`.
    pub fn figures(&self, lower: &Lower<'_>, at: &Path) -> Option<Codec> {
        let named = match &self.codec {
            None => None,
            Some(name) => match CODECS.iter().find(|codec| codec.name == name) {
                Some(codec) => Some(*codec),
                None => {
                    lower.unknown(&at.field("codec"), "codec", name, CODECS.iter().map(|codec| codec.name));
                    return None;
                }
            },
        };
        let rate = |field: &str, value: &Option<Scalar>| {
            value.as_ref().map(|value| lower.positive(&at.field(field), value, Dimension::DATA_RATE) / 8.0)
        };
        let ratio = self.ratio.as_ref().map(|r| lower.positive(&at.field("ratio"), r, Dimension::NONE));
        let ratio = ratio.or(named.map(|c| c.ratio));
        let compress = rate("compress", &self.compress).or(named.map(|c| c.compress));
        let decompress = rate("decompress", &self.decompress).or(named.map(|c| c.decompress));
        let (Some(ratio), Some(compress), Some(decompress)) = (ratio, compress, decompress) else {
            let help = "give `codec: \"lz4\"`, or `ratio`, `compress` and `decompress`";
            lower.problem_with_help(at, "compression needs a codec or its figures", help);
            return None;
        };
        Some(Codec { name: named.map_or("this codec", |c| c.name), ratio, compress, decompress })
    }
}

#[cfg(test)]
mod tests {
    use super::CODECS;

    #[test]
    fn codecs_pay_up_to_their_bandwidth() {
        let at = |i: usize| (CODECS[i].break_even() / 1e5).round() / 10.0;
        assert_eq!((at(0), at(1)), (312.2, 252.0));
    }
}
