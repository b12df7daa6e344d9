//! The units that can be written, and what people write for them.

use super::{Dimension, Measure};

/// A unit by its name in experiment files: how many base units it is, and of which dimension.
pub(crate) fn unit(name: &str) -> Option<Measure> {
    UNITS.iter().find(|unit| unit.0 == name).map(|unit| Measure { value: unit.1, dimension: unit.2 })
}

/// All unit names of one dimension, in the order of the table.
pub(crate) fn units_of(dimension: Dimension) -> impl Iterator<Item = &'static str> {
    // The same sign may be coded in two ways (µ as micro sign and as Greek letter): one of them is enough for a list.
    UNITS.iter().filter(move |unit| unit.2 == dimension && !unit.0.contains('\u{3bc}')).map(|unit| unit.0)
}

/// The known unit that an unknown name was most likely meant to be.
pub(crate) fn nearest_unit(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    if let Some(alias) = WORDS.iter().find(|word| word.0 == lower) {
        return Some(alias.1);
    }
    if let Some(unit) = UNITS.iter().find(|unit| unit.0.to_lowercase() == lower) {
        return Some(unit.0);
    }
    let allowed = match name.chars().count() {
        0..=1 => return None,
        2..=3 => 1,
        _ => 2,
    };
    UNITS
        .iter()
        .map(|unit| (strsim::damerau_levenshtein(&unit.0.to_lowercase(), &lower), unit.0))
        .filter(|candidate| candidate.0 <= allowed)
        .min_by_key(|candidate| candidate.0)
        .map(|candidate| candidate.1)
}

/// Words that people write for units.
const WORDS: &[(&str, &str)] = &[
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("msec", "ms"),
    ("usec", "us"),
    ("nsec", "ns"),
    ("m", "min"),
    ("mins", "min"),
    ("minute", "min"),
    ("minutes", "min"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
    ("byte", "B"),
    ("bytes", "B"),
    ("kbyte", "kB"),
    ("mbyte", "MB"),
    ("bits", "bit"),
    ("bps", "bit"),
    ("cycles", "cycle"),
    ("joule", "J"),
    ("joules", "J"),
    ("watt", "W"),
    ("watts", "W"),
    ("volt", "V"),
    ("amp", "A"),
    ("percent", "%"),
    ("requests", "req"),
    ("reqs", "req"),
];

pub(super) const HOUR: f64 = 3600.0;
const KIBI: f64 = 1024.0;

/// Name, number of base units, dimension. IEC 80000-13 prefixes: `k` is 1000, `Ki` 1024. A byte is eight bits.
const UNITS: &[(&str, f64, Dimension)] = &[
    ("ns", 1e-9, Dimension::TIME),
    ("us", 1e-6, Dimension::TIME),
    ("\u{b5}s", 1e-6, Dimension::TIME),
    ("\u{3bc}s", 1e-6, Dimension::TIME),
    ("ms", 1e-3, Dimension::TIME),
    ("s", 1.0, Dimension::TIME),
    ("min", 60.0, Dimension::TIME),
    ("h", HOUR, Dimension::TIME),
    ("d", 24.0 * HOUR, Dimension::TIME),
    ("bit", 1.0, Dimension::DATA),
    ("kbit", 1e3, Dimension::DATA),
    ("Mbit", 1e6, Dimension::DATA),
    ("Gbit", 1e9, Dimension::DATA),
    ("Tbit", 1e12, Dimension::DATA),
    ("Kibit", KIBI, Dimension::DATA),
    ("Mibit", KIBI * KIBI, Dimension::DATA),
    ("Gibit", KIBI * KIBI * KIBI, Dimension::DATA),
    ("Tibit", KIBI * KIBI * KIBI * KIBI, Dimension::DATA),
    ("B", 8.0, Dimension::DATA),
    ("kB", 8e3, Dimension::DATA),
    ("MB", 8e6, Dimension::DATA),
    ("GB", 8e9, Dimension::DATA),
    ("TB", 8e12, Dimension::DATA),
    ("KiB", 8.0 * KIBI, Dimension::DATA),
    ("MiB", 8.0 * KIBI * KIBI, Dimension::DATA),
    ("GiB", 8.0 * KIBI * KIBI * KIBI, Dimension::DATA),
    ("TiB", 8.0 * KIBI * KIBI * KIBI * KIBI, Dimension::DATA),
    ("kbps", 1e3, Dimension::DATA_RATE),
    ("Mbps", 1e6, Dimension::DATA_RATE),
    ("Gbps", 1e9, Dimension::DATA_RATE),
    ("cycle", 1.0, Dimension::CYCLES),
    ("kcycle", 1e3, Dimension::CYCLES),
    ("Mcycle", 1e6, Dimension::CYCLES),
    ("Gcycle", 1e9, Dimension::CYCLES),
    ("Hz", 1.0, Dimension::FREQUENCY),
    ("kHz", 1e3, Dimension::FREQUENCY),
    ("MHz", 1e6, Dimension::FREQUENCY),
    ("GHz", 1e9, Dimension::FREQUENCY),
    ("MIPS", 1e6, Dimension::FREQUENCY),
    ("nJ", 1e-9, Dimension::ENERGY),
    ("uJ", 1e-6, Dimension::ENERGY),
    ("\u{b5}J", 1e-6, Dimension::ENERGY),
    ("\u{3bc}J", 1e-6, Dimension::ENERGY),
    ("mJ", 1e-3, Dimension::ENERGY),
    ("J", 1.0, Dimension::ENERGY),
    ("kJ", 1e3, Dimension::ENERGY),
    ("MJ", 1e6, Dimension::ENERGY),
    ("mWh", 1e-3 * HOUR, Dimension::ENERGY),
    ("Wh", HOUR, Dimension::ENERGY),
    ("kWh", 1e3 * HOUR, Dimension::ENERGY),
    ("uW", 1e-6, Dimension::POWER),
    ("\u{b5}W", 1e-6, Dimension::POWER),
    ("\u{3bc}W", 1e-6, Dimension::POWER),
    ("mW", 1e-3, Dimension::POWER),
    ("W", 1.0, Dimension::POWER),
    ("kW", 1e3, Dimension::POWER),
    ("uA", 1e-6, Dimension::CURRENT),
    ("\u{b5}A", 1e-6, Dimension::CURRENT),
    ("\u{3bc}A", 1e-6, Dimension::CURRENT),
    ("mA", 1e-3, Dimension::CURRENT),
    ("A", 1.0, Dimension::CURRENT),
    ("mAh", 1e-3 * HOUR, Dimension::CHARGE),
    ("Ah", HOUR, Dimension::CHARGE),
    ("mV", 1e-3, Dimension::VOLTAGE),
    ("V", 1.0, Dimension::VOLTAGE),
    ("%", 0.01, Dimension::NONE),
    ("req", 1.0, Dimension::NONE),
];
