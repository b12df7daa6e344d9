//! Dimensions: what a quantity measures, as exponents of base units.

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

    pub(super) const fn of(time: i8, data: i8, cycles: i8, energy: i8, current: i8) -> Dimension {
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
