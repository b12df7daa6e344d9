//! Physical dimensions, the units in which people write them, and numbers formatted for people.
//!
//! Everything inside the simulator is in base units: seconds, bits, cycles, joules, amperes. This module
//! knows how the outside names them; [`crate::expression`] knows how such names are combined.

use std::fmt;

/// Exponents of the base units of a quantity: seconds, bits, cycles, joules, amperes.
///
/// Power is energy over time, hence `{ energy: 1, time: -1 }`; voltage is energy over charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dimension {
    /// Exponent of the second.
    pub time: i8,
    /// Exponent of the bit.
    pub data: i8,
    /// Exponent of the processor cycle (or instruction, where a machine is rated in MIPS).
    pub cycles: i8,
    /// Exponent of the joule.
    pub energy: i8,
    /// Exponent of the ampere.
    pub current: i8,
}

impl Dimension {
    /// A bare number.
    pub const NONE: Dimension = Dimension::of(0, 0, 0, 0, 0);
    /// Time \[s\].
    pub const TIME: Dimension = Dimension::of(1, 0, 0, 0, 0);
    /// Amount of data \[bit\].
    pub const DATA: Dimension = Dimension::of(0, 1, 0, 0, 0);
    /// Amount of computation \[cycle\].
    pub const CYCLES: Dimension = Dimension::of(0, 0, 1, 0, 0);
    /// Energy \[J\].
    pub const ENERGY: Dimension = Dimension::of(0, 0, 0, 1, 0);
    /// Power \[J/s\].
    pub const POWER: Dimension = Dimension::of(-1, 0, 0, 1, 0);
    /// Data per time \[bit/s\].
    pub const DATA_RATE: Dimension = Dimension::of(-1, 1, 0, 0, 0);
    /// Speed of computation \[cycle/s\].
    pub const FREQUENCY: Dimension = Dimension::of(-1, 0, 1, 0, 0);
    /// Occurrences per time \[1/s\].
    pub const RATE: Dimension = Dimension::of(-1, 0, 0, 0, 0);
    /// Energy per amount of data \[J/bit\].
    pub const ENERGY_PER_DATA: Dimension = Dimension::of(0, -1, 0, 1, 0);
    /// Energy per amount of computation \[J/cycle\].
    pub const ENERGY_PER_CYCLE: Dimension = Dimension::of(0, 0, -1, 1, 0);
    /// Computation per amount of data \[cycle/bit\].
    pub const CYCLES_PER_DATA: Dimension = Dimension::of(0, -1, 1, 0, 0);
    /// Time per amount of data \[s/bit\].
    pub const TIME_PER_DATA: Dimension = Dimension::of(1, -1, 0, 0, 0);
    /// Electric current \[A\].
    pub const CURRENT: Dimension = Dimension::of(0, 0, 0, 0, 1);
    /// Electric charge \[A s\].
    pub const CHARGE: Dimension = Dimension::of(1, 0, 0, 0, 1);
    /// Voltage \[J/(A s)\].
    pub const VOLTAGE: Dimension = Dimension::of(-1, 0, 0, 1, -1);

    const fn of(time: i8, data: i8, cycles: i8, energy: i8, current: i8) -> Dimension {
        Dimension { time, data, cycles, energy, current }
    }

    /// What it is called, with its article: "a data rate".
    pub fn name(self) -> String {
        match known(self) {
            Some((_, name, _)) => (*name).to_owned(),
            None => format!("a quantity in {}", self.symbol()),
        }
    }

    /// What it is called, with an example where it has a name: "a data rate (such as `20 Mbit/s`)".
    pub fn describe(self) -> String {
        match known(self) {
            Some((_, name, example)) => format!("{name} (such as `{example}`)"),
            None => self.name(),
        }
    }

    /// Product of base units, such as `J/bit`; empty for a bare number.
    pub fn symbol(self) -> String {
        let parts =
            [("J", self.energy), ("cycle", self.cycles), ("bit", self.data), ("A", self.current), ("s", self.time)];
        let power = |name: &str, exponent: i8| match exponent.unsigned_abs() {
            1 => name.to_owned(),
            exponent => format!("{name}^{exponent}"),
        };
        let above: Vec<String> = parts.iter().filter(|p| p.1 > 0).map(|p| power(p.0, p.1)).collect();
        let below: Vec<String> = parts.iter().filter(|p| p.1 < 0).map(|p| power(p.0, p.1)).collect();
        let mut text = above.join(" * ");
        for part in below {
            text.push('/');
            text.push_str(&part);
        }
        text
    }

    /// Dimension of a product; `None` where an exponent leaves its range.
    pub fn times(self, other: Dimension) -> Option<Dimension> {
        Some(Dimension {
            time: self.time.checked_add(other.time)?,
            data: self.data.checked_add(other.data)?,
            cycles: self.cycles.checked_add(other.cycles)?,
            energy: self.energy.checked_add(other.energy)?,
            current: self.current.checked_add(other.current)?,
        })
    }

    /// Dimension of a quotient; `None` where an exponent leaves its range.
    pub fn over(self, other: Dimension) -> Option<Dimension> {
        self.times(other.to_power(-1)?)
    }

    /// Dimension of an integer power; `None` where an exponent leaves its range.
    pub fn to_power(self, exponent: i8) -> Option<Dimension> {
        Some(Dimension {
            time: self.time.checked_mul(exponent)?,
            data: self.data.checked_mul(exponent)?,
            cycles: self.cycles.checked_mul(exponent)?,
            energy: self.energy.checked_mul(exponent)?,
            current: self.current.checked_mul(exponent)?,
        })
    }

    /// Dimension of a square root; `None` unless all exponents are even.
    pub fn root(self) -> Option<Dimension> {
        let all = [self.time, self.data, self.cycles, self.energy, self.current];
        if all.iter().any(|exponent| exponent % 2 != 0) {
            return None;
        }
        Some(Dimension::of(self.time / 2, self.data / 2, self.cycles / 2, self.energy / 2, self.current / 2))
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}

/// Dimensions that have a name, and an example of each.
const NAMED: &[(Dimension, &str, &str)] = &[
    (Dimension::NONE, "a bare number", "0.5"),
    (Dimension::TIME, "a time", "2 ms"),
    (Dimension::DATA, "an amount of data", "256 B"),
    (Dimension::CYCLES, "an amount of computation", "2 Mcycle"),
    (Dimension::ENERGY, "an energy", "3 J"),
    (Dimension::POWER, "a power", "12 mW"),
    (Dimension::DATA_RATE, "a data rate", "20 Mbit/s"),
    (Dimension::FREQUENCY, "a frequency", "1.5 GHz"),
    (Dimension::RATE, "a rate", "80 /s"),
    (Dimension::ENERGY_PER_DATA, "an energy per amount of data", "24 nJ/bit"),
    (Dimension::ENERGY_PER_CYCLE, "an energy per cycle", "1.2 nJ/cycle"),
    (Dimension::CYCLES_PER_DATA, "an amount of computation per amount of data", "40 cycle/B"),
    (Dimension::TIME_PER_DATA, "a time per amount of data", "10 ns/B"),
    (Dimension::CURRENT, "a current", "20 mA"),
    (Dimension::CHARGE, "a charge", "2400 mAh"),
    (Dimension::VOLTAGE, "a voltage", "3.7 V"),
];

fn known(dimension: Dimension) -> Option<&'static (Dimension, &'static str, &'static str)> {
    NAMED.iter().find(|entry| entry.0 == dimension)
}

/// A number with its dimension, in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// The number, in seconds, bits, cycles, joules, amperes and their products.
    pub value: f64,
    /// What it measures.
    pub dimension: Dimension,
}

/// The value of `measure` where it has the dimension `wanted`.
///
/// # Errors
/// Says what was expected and what was found: "expected a data rate (such as `20 Mbit/s`), found a time".
pub fn expect(measure: Measure, wanted: Dimension) -> Result<f64, String> {
    let found = measure.dimension;
    if found == wanted {
        return Ok(measure.value);
    }
    let hint = match (found, wanted) {
        (Dimension::FREQUENCY, Dimension::RATE) => {
            "; did you mean `/s`? (`Hz` counts processor cycles, `/s` occurrences)"
        }
        (Dimension::RATE, Dimension::FREQUENCY) => {
            "; did you mean `Hz`? (`/s` counts occurrences, `Hz` processor cycles)"
        }
        (Dimension::DATA, Dimension::DATA_RATE) => "; is a `/s` missing?",
        (Dimension::TIME, Dimension::RATE) => "; its reciprocal, written `1 / (...)`, is a rate",
        (Dimension::NONE, _) => "; is its unit missing?",
        _ => "",
    };
    Err(format!("expected {}, found {}{hint}", wanted.describe(), found.name()))
}

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

const HOUR: f64 = 3600.0;
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

/// A unit chosen for output: its size in base units and its symbol.
#[derive(Clone, Copy)]
struct Scale<'a> {
    size: f64,
    symbol: &'a str,
}

/// Units to choose from for output, by rising size; the first also serves for anything smaller.
fn scales(dimension: Dimension) -> &'static [(f64, f64, &'static str)] {
    // From which magnitude on, size, symbol.
    match dimension {
        Dimension::TIME => &[
            (0.0, 1e-9, "ns"),
            (1e-6, 1e-6, "\u{b5}s"),
            (1e-3, 1e-3, "ms"),
            (1.0, 1.0, "s"),
            (1e4, HOUR, "h"),
            (100.0 * HOUR, 24.0 * HOUR, "d"),
        ],
        Dimension::DATA => &[
            (0.0, 1.0, "bit"),
            (8.0, 8.0, "B"),
            (8e3, 8e3, "kB"),
            (8e6, 8e6, "MB"),
            (8e9, 8e9, "GB"),
            (8e12, 8e12, "TB"),
        ],
        Dimension::DATA_RATE => &[
            (0.0, 1.0, "bit/s"),
            (1e3, 1e3, "kbit/s"),
            (1e6, 1e6, "Mbit/s"),
            (1e9, 1e9, "Gbit/s"),
            (1e12, 1e12, "Tbit/s"),
        ],
        Dimension::CYCLES => &[(0.0, 1.0, "cycle"), (1e3, 1e3, "kcycle"), (1e6, 1e6, "Mcycle"), (1e9, 1e9, "Gcycle")],
        Dimension::FREQUENCY => &[(0.0, 1.0, "Hz"), (1e3, 1e3, "kHz"), (1e6, 1e6, "MHz"), (1e9, 1e9, "GHz")],
        Dimension::ENERGY => &[
            (0.0, 1e-9, "nJ"),
            (1e-6, 1e-6, "\u{b5}J"),
            (1e-3, 1e-3, "mJ"),
            (1.0, 1.0, "J"),
            (1e3, 1e3, "kJ"),
            (1e6, 1e6, "MJ"),
        ],
        Dimension::POWER => &[(0.0, 1e-6, "\u{b5}W"), (1e-3, 1e-3, "mW"), (1.0, 1.0, "W"), (1e3, 1e3, "kW")],
        Dimension::ENERGY_PER_DATA => {
            &[(0.0, 1e-9, "nJ/bit"), (1e-6, 1e-6, "\u{b5}J/bit"), (1e-3, 1e-3, "mJ/bit"), (1.0, 1.0, "J/bit")]
        }
        Dimension::CURRENT => &[(0.0, 1e-6, "\u{b5}A"), (1e-3, 1e-3, "mA"), (1.0, 1.0, "A")],
        Dimension::CHARGE => &[(0.0, 1e-3 * HOUR, "mAh"), (HOUR, HOUR, "Ah")],
        Dimension::VOLTAGE => &[(0.0, 1e-3, "mV"), (1.0, 1.0, "V")],
        Dimension::RATE => &[(0.0, 1.0, "/s")],
        _ => &[],
    }
}

/// The symbol that stands for base units where there is no table.
fn base_symbol(dimension: Dimension) -> String {
    match dimension {
        Dimension::DATA => "B".to_owned(),
        Dimension::RATE => "/s".to_owned(),
        Dimension::FREQUENCY => "Hz".to_owned(),
        Dimension::POWER => "W".to_owned(),
        Dimension::VOLTAGE => "V".to_owned(),
        other => other.symbol(),
    }
}

fn choose<'a>(magnitude: f64, dimension: Dimension, base: &'a str) -> Scale<'a> {
    // What is rounded to four digits must not print as "1000 ms": the prefix is chosen after rounding.
    let rounded = magnitude * (1.0 + 5e-5);
    let mut chosen = Scale { size: 1.0, symbol: base };
    for &(from, size, symbol) in scales(dimension) {
        if rounded >= from {
            chosen = Scale { size, symbol };
        }
    }
    chosen
}

/// `value` in base units of `dimension`, for people: four significant digits and a sensible prefix.
///
/// `2.340 ms`, `20.00 Mbit/s`, `8.000 /s`. Times stay in seconds up to 10^4 s, then hours and days. Data is
/// shown in bytes, whole bytes without decimals: `256 B`. Whole digits before the point are never cut off.
pub fn format(value: f64, dimension: Dimension) -> String {
    let base = base_symbol(dimension);
    if !value.is_finite() || value == 0.0 {
        return join(&special(value), if dimension == Dimension::TIME { "s" } else { &base });
    }
    let scale = choose(value.abs(), dimension, &base);
    let scaled = value / scale.size;
    let whole_data = dimension == Dimension::DATA && scaled.fract() == 0.0 && scaled.abs() < 1000.0;
    let digits = if whole_data { format!("{scaled:.0}") } else { significant(scaled) };
    join(&digits, scale.symbol)
}

/// `value` and the half-width of its confidence interval, both in base units of `dimension`: `2.340 ± 0.012 ms`.
///
/// The half-width has two significant digits, and the value is rounded at the same place.
pub fn format_with_error(value: f64, half_width: f64, dimension: Dimension) -> String {
    let base = base_symbol(dimension);
    if !value.is_finite() || !half_width.is_finite() || half_width == 0.0 {
        let plain = format(value, dimension);
        if !value.is_finite() {
            return plain;
        }
        let (digits, symbol) = match plain.split_once(' ') {
            Some((digits, symbol)) => (digits, symbol),
            None => (plain.as_str(), ""),
        };
        return join(&format!("{digits} \u{b1} {}", special(half_width)), symbol);
    }
    let half_width = half_width.abs();
    let scale = choose(value.abs().max(half_width), dimension, &base);
    join(&pair(value / scale.size, half_width / scale.size), scale.symbol)
}

/// A share of one as a percentage: `82.00 %`.
pub fn format_share(value: f64) -> String {
    let value = value * 100.0;
    if !value.is_finite() || value == 0.0 {
        return join(&special(value), "%");
    }
    join(&significant(value), "%")
}

/// A share of one and its half-width as percentages: `82.00 ± 0.31 %`.
pub fn format_share_with_error(value: f64, half_width: f64) -> String {
    if !value.is_finite() {
        return format_share(value);
    }
    let (value, half_width) = (value * 100.0, half_width.abs() * 100.0);
    if !half_width.is_finite() || half_width == 0.0 {
        let digits = if value == 0.0 { special(value) } else { significant(value) };
        return format!("{digits} \u{b1} {} %", special(half_width));
    }
    format!("{} %", pair(value, half_width))
}

fn join(digits: &str, symbol: &str) -> String {
    if symbol.is_empty() { digits.to_owned() } else { format!("{digits} {symbol}") }
}

/// Zero, infinities and what is undefined.
fn special(value: f64) -> String {
    if value.is_nan() {
        "n/a".to_owned()
    } else if value == 0.0 {
        "0".to_owned()
    } else if value > 0.0 {
        "\u{221e}".to_owned()
    } else {
        "-\u{221e}".to_owned()
    }
}

/// Exponent of ten of the first digit once `value` is rounded to `digits` significant digits.
fn leading(value: f64, digits: usize) -> i32 {
    // Formatting rounds correctly, and it is the same rounding that is printed afterwards.
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    text.split_once('e').and_then(|parts| parts.1.parse().ok()).unwrap_or(0)
}

/// Four significant digits; scientific only where plain notation would be long.
fn significant(value: f64) -> String {
    let exponent = leading(value, 4);
    if !(-4..9).contains(&exponent) {
        return format!("{value:.3e}");
    }
    let decimals = usize::try_from(3 - exponent).unwrap_or(0);
    format!("{value:.decimals$}")
}

fn pair(value: f64, half_width: f64) -> String {
    let exponent = leading(half_width, 2);
    let magnitude = leading(value.abs().max(half_width), 2);
    if !(-4..9).contains(&magnitude) {
        // Both with the same power of ten in front of them.
        let power = libm::pow(10.0, f64::from(magnitude));
        return format!("({}) * 1e{magnitude}", pair(value / power, half_width / power));
    }
    match usize::try_from(1 - exponent) {
        // Doubles carry no more than that.
        Ok(decimals) => {
            let decimals = decimals.min(15);
            format!("{} \u{b1} {half_width:.decimals$}", unsigned_zero(format!("{value:.decimals$}")))
        }
        Err(_) => {
            let step = libm::pow(10.0, f64::from(exponent - 1));
            let value = unsigned_zero(format!("{:.0}", (value / step).round() * step));
            format!("{value} \u{b1} {:.0}", (half_width / step).round() * step)
        }
    }
}

/// "-0.0" is a rounding artefact to the reader.
fn unsigned_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_four_digits_and_a_sensible_prefix() {
        let cases = [
            (0.00234, Dimension::TIME, "2.340 ms"),
            (0.99999, Dimension::TIME, "1.000 s"),
            (0.999_96e-3, Dimension::TIME, "1.000 ms"),
            (9000.0, Dimension::TIME, "9000 s"),
            (86_400.0, Dimension::TIME, "24.00 h"),
            (864_000.0, Dimension::TIME, "10.00 d"),
            (0.0, Dimension::TIME, "0 s"),
            (f64::INFINITY, Dimension::TIME, "\u{221e} s"),
            (f64::NAN, Dimension::POWER, "n/a W"),
            (8.0, Dimension::RATE, "8.000 /s"),
            (12_345.6, Dimension::RATE, "12346 /s"),
            (20e6, Dimension::DATA_RATE, "20.00 Mbit/s"),
            (2048.0, Dimension::DATA, "256 B"),
            (12_000.0, Dimension::DATA, "1.500 kB"),
            (4.0, Dimension::DATA, "4 bit"),
            (8000.0, Dimension::DATA, "1 kB"),
            (0.012, Dimension::POWER, "12.00 mW"),
            (3.0, Dimension::ENERGY, "3.000 J"),
            (-0.003, Dimension::TIME, "-3.000 ms"),
            (0.82, Dimension::NONE, "0.8200"),
            (24e-9, Dimension::ENERGY_PER_DATA, "24.00 nJ/bit"),
            (1.5e-12, Dimension::TIME, "0.001500 ns"),
            (1e-15, Dimension::TIME, "1.000e-6 ns"),
            (2.0, Dimension::of(2, 0, 0, 0, 0), "2.000 s^2"),
        ];
        for (value, dimension, text) in cases {
            assert_eq!(format(value, dimension), text);
        }
        assert_eq!(format_share(0.82), "82.00 %");
    }

    #[test]
    fn a_value_is_rounded_where_its_half_width_is() {
        let time = |value, half_width| format_with_error(value, half_width, Dimension::TIME);
        assert_eq!(time(0.00234, 0.000_012), "2.340 \u{b1} 0.012 ms");
        assert_eq!(time(0.0, 0.002), "0.0 \u{b1} 2.0 ms");
        assert_eq!(time(-1e-9, 0.002), "0.0 \u{b1} 2.0 ms");
        assert_eq!(time(0.00234, 0.0), "2.340 \u{b1} 0 ms");
        assert_eq!(time(0.00234, f64::INFINITY), "2.340 \u{b1} \u{221e} ms");
        assert_eq!(time(0.00234, f64::NAN), "2.340 \u{b1} n/a ms");
        assert_eq!(time(f64::NAN, 1.0), "n/a s");
        assert_eq!(time(5.0, 0.0996), "5.00 \u{b1} 0.10 s");
        assert_eq!(time(8765.0, 432.0), "8770 \u{b1} 430 s");
        assert_eq!(format_with_error(2.5, 0.1, Dimension::NONE), "2.50 \u{b1} 0.10");
        assert_eq!(format_with_error(2.5e12, 1e11, Dimension::NONE), "(2.50 \u{b1} 0.10) * 1e12");
        assert_eq!(format_share_with_error(0.82, 0.0031), "82.00 \u{b1} 0.31 %");
    }

    #[test]
    fn a_wrong_dimension_is_named_with_what_was_wanted() {
        let time = Measure { value: 1.0, dimension: Dimension::TIME };
        assert_eq!(
            expect(time, Dimension::DATA_RATE),
            Err("expected a data rate (such as `20 Mbit/s`), found a time".to_owned())
        );
        assert_eq!(expect(time, Dimension::TIME), Ok(1.0));
        let hertz = Measure { value: 1.0, dimension: Dimension::FREQUENCY };
        assert!(expect(hertz, Dimension::RATE).unwrap_err().contains("did you mean `/s`"));
        assert_eq!(Dimension::TIME.to_string(), "a time (such as `2 ms`)");
        assert_eq!(Dimension::of(2, 1, 0, 0, 0).to_string(), "a quantity in bit * s^2");
    }

    #[test]
    fn dimensions_multiply_divide_and_have_roots() {
        assert_eq!(Dimension::ENERGY.over(Dimension::TIME), Some(Dimension::POWER));
        assert_eq!(Dimension::CHARGE.times(Dimension::VOLTAGE), Some(Dimension::ENERGY));
        assert_eq!(Dimension::TIME.root(), None);
        assert_eq!(Dimension::TIME.to_power(2).and_then(Dimension::root), Some(Dimension::TIME));
        assert_eq!(Dimension::of(100, 0, 0, 0, 0).to_power(2), None);
    }
}
