//! Numbers formatted for people: four digits, a sensible prefix, no more digits than the interval bears.

use super::Dimension;
use super::table::HOUR;

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
