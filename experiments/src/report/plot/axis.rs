//! Ranges, units and tick marks.

use super::font;
use super::style::SMALL;

/// What a number is divided by before it is shown, and the unit that it then has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub factor: f64,
    pub unit: String,
}

/// Units that take a prefix.
const PREFIXABLE: [&str; 14] =
    ["bit", "bit/s", "b/s", "B", "B/s", "Hz", "J", "W", "Wh", "A", "V", "Ah", "cycle", "cycle/s"];

const PREFIXES: [(i32, &str); 9] =
    [(-9, "n"), (-6, "µ"), (-3, "m"), (0, ""), (3, "k"), (6, "M"), (9, "G"), (12, "T"), (15, "P")];

impl Scale {
    /// The unit in which numbers of about `magnitude` (given in `unit`) read best: a time in s, ms, µs or ns, other
    /// physical units with a prefix, everything else with a power of ten if it is very large or small.
    pub fn choose(unit: &str, magnitude: f64) -> Self {
        let magnitude = magnitude.abs();
        if !magnitude.is_finite() || magnitude == 0.0 {
            return Self { factor: 1.0, unit: unit.to_owned() };
        }
        // The tolerance keeps 0.001 s at 1 ms although its logarithm may be a little under -3.
        let thousands = 3 * ((magnitude.log10() + 1e-9) / 3.0).floor() as i32;
        let (smallest, largest) = match unit {
            "s" => (-9, 0),
            "bit" | "B" | "bit/s" | "b/s" | "B/s" | "cycle" | "cycle/s" => (0, 15),
            _ => (-9, 15),
        };
        if unit == "s" || PREFIXABLE.contains(&unit) {
            let wanted = thousands.clamp(smallest, largest);
            if let Some(&(power, prefix)) = PREFIXES.iter().find(|prefix| prefix.0 == wanted)
                && (thousands - wanted).abs() <= 3
            {
                return Self { factor: 10f64.powi(power), unit: format!("{prefix}{unit}") };
            }
        }
        if (1e-3..1e5).contains(&magnitude) {
            return Self { factor: 1.0, unit: unit.to_owned() };
        }
        let power = format!("10{}", superscript(thousands));
        let unit = if unit.is_empty() { power } else { format!("{power} {unit}") };
        Self { factor: 10f64.powi(thousands), unit }
    }
}

/// The digits of a number as superscripts.
fn superscript(number: i32) -> String {
    number
        .to_string()
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            digit => char::from_u32(u32::from(digit) - u32::from('0') + 0x2070).unwrap_or(digit),
        })
        .collect()
}

/// A number with so many decimals, a proper minus sign and thin spaces between thousands from 10 000 on.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, part) = plain.split_once('.').map_or((plain.as_str(), None), |(whole, part)| (whole, Some(part)));
    let mut text = String::new();
    if value < 0.0 && plain.chars().any(|c| c.is_ascii_digit() && c != '0') {
        text.push('−');
    }
    for (i, c) in whole.chars().enumerate() {
        if whole.len() > 4 && i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(c);
    }
    if let Some(part) = part {
        text.push('.');
        text.push_str(part);
    }
    text
}

/// Decimals that show `digits` significant digits of a number of this size.
fn decimals_for(size: f64, digits: i32) -> usize {
    if size == 0.0 || !size.is_finite() {
        return 0;
    }
    (digits - 1 - (size.abs().log10() + 1e-9).floor() as i32).clamp(0, 9) as usize
}

/// A number in its best unit, with three significant digits: "42.1 ms".
pub(super) fn quantity(value: f64, unit: &str) -> String {
    estimate(value, None, &Scale::choose(unit, value))
}

/// "42.1 ± 0.3 ms": the half-width with two significant digits, the value with as many decimals.
pub(super) fn estimate(value: f64, half_width: Option<f64>, scale: &Scale) -> String {
    if !value.is_finite() {
        return "—".to_owned();
    }
    let value = value / scale.factor;
    let space = if scale.unit.is_empty() || scale.unit == "%" { "" } else { " " };
    let half_width = half_width.filter(|h| h.is_finite() && *h > 0.0).map(|h| h / scale.factor);
    if value.abs() >= 1e7 || (value != 0.0 && value.abs() < 1e-6) {
        return format!("{}{space}{}", scientific(value), scale.unit);
    }
    match half_width {
        Some(half_width) => {
            let decimals = decimals_for(half_width, 2);
            format!("{} ± {}{space}{}", fixed(value, decimals), fixed(half_width, decimals), scale.unit)
        }
        None => format!("{}{space}{}", trimmed(value, decimals_for(value, 3)), scale.unit),
    }
}

fn scientific(value: f64) -> String {
    let power = (value.abs().log10() + 1e-9).floor() as i32;
    format!("{}×10{}", fixed(value / 10f64.powi(power), 2), superscript(power))
}

/// As [`fixed`], without zeros at the end of the decimals.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The smallest of 1, 2 and 5 times a power of ten that divides `span` into at most `parts`.
pub(super) fn nice_step(span: f64, parts: usize) -> f64 {
    let raw = span / parts.max(1) as f64;
    if !raw.is_finite() || raw < f64::MIN_POSITIVE {
        return 1.0;
    }
    let power = 10f64.powi(raw.log10().floor() as i32);
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= raw * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * power
}

/// Multiples of `step` in a range, and no more than a hundred of them.
pub(super) fn multiples(lo: f64, hi: f64, step: f64) -> Vec<f64> {
    let (first, last) = ((lo / step - 1e-6).ceil(), (hi / step + 1e-6).floor());
    (0..100).map(|i| first + f64::from(i)).take_while(|k| *k <= last).map(|k| k * step).collect()
}

/// Powers of ten in a range; with 2 and 5 times those where the range is under three decades; every so many where it
/// is over eight.
pub(super) fn log_ticks(lo: f64, hi: f64) -> Vec<f64> {
    let decades = (hi / lo).log10();
    let (first, last) = (lo.log10().floor() as i32, hi.log10().ceil() as i32);
    let factors: &[f64] = if decades < 3.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let stride = ((decades / 8.0).ceil() as i32).max(1);
    (first..=last)
        .filter(|power| power.rem_euclid(stride) == 0)
        .flat_map(|power| factors.iter().map(move |f| f * 10f64.powi(power)))
        .filter(|v| *v >= lo * (1.0 - 1e-9) && *v <= hi * (1.0 + 1e-9))
        .collect()
}

/// The range of the finite values (of the positive ones on a log axis).
pub(super) fn extent(values: impl IntoIterator<Item = f64>, log: bool) -> Option<(f64, f64)> {
    values
        .into_iter()
        .filter(|v| v.is_finite() && v.abs() < 1e100 && (!log || *v > 1e-100))
        .fold(None, |range: Option<(f64, f64)>, v| Some(range.map_or((v, v), |(lo, hi)| (lo.min(v), hi.max(v)))))
}

/// A tick mark: where it is, and what is written at it (nothing at a minor one).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    pub label: String,
}

/// An axis: its range, its ticks and its title.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub lo: f64,
    pub hi: f64,
    pub log: bool,
    pub ticks: Vec<Tick>,
    pub minor: Vec<f64>,
    pub title: String,
    pub scale: Scale,
}

/// How many ticks fit on an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Room {
    /// A horizontal axis of so many pixels.
    Across(f64),
    /// A vertical axis of so many pixels.
    Up(f64),
}

impl Axis {
    /// A linear axis over the range; `outward` moves the ends to the next ticks.
    pub fn linear(name: &str, unit: &str, range: Option<(f64, f64)>, outward: bool, room: Room) -> Self {
        let (mut lo, mut hi) = widened(range);
        let scale = Scale::choose(unit, lo.abs().max(hi.abs()));
        let most = match room {
            Room::Across(pixels) => (pixels / 90.0) as usize,
            Room::Up(pixels) => (pixels / 75.0) as usize,
        };
        let mut ticks = Vec::new();
        for parts in (2..=most.clamp(2, 10)).rev() {
            let step = nice_step(hi - lo, parts);
            let (from, to) =
                if outward { ((lo / step + 1e-6).floor() * step, (hi / step - 1e-6).ceil() * step) } else { (lo, hi) };
            ticks = labelled(&multiples(from, to, step), step, &scale);
            if fits(&ticks, room) || parts == 2 {
                (lo, hi) = (from, to);
                break;
            }
        }
        // A single tick says nothing of the scale: then rather labels that stand close.
        for parts in 3..=10 {
            if ticks.len() >= 2 {
                break;
            }
            let step = nice_step(hi - lo, parts);
            ticks = labelled(&multiples(lo, hi, step), step, &scale);
        }
        Self { lo, hi, log: false, ticks, minor: Vec::new(), title: titled(name, &scale), scale }
    }

    /// A logarithmic axis over the range, which is positive.
    pub fn logarithmic(name: &str, unit: &str, range: Option<(f64, f64)>, outward: bool, room: Room) -> Self {
        let (mut lo, mut hi) = range.filter(|r| r.0 > 0.0 && r.1 >= r.0).unwrap_or((1.0, 10.0));
        if hi / lo < 1.2 {
            (lo, hi) = (lo / 1.5, hi * 1.5);
        }
        if outward {
            let down = |v: f64| [5.0, 2.0, 1.0].into_iter().map(|f| f * decade(v)).find(|t| *t <= v * (1.0 + 1e-9));
            let up = |v: f64| [1.0, 2.0, 5.0, 10.0].into_iter().map(|f| f * decade(v)).find(|t| *t >= v * (1.0 - 1e-9));
            (lo, hi) = (down(lo).unwrap_or(lo), up(hi).unwrap_or(hi));
        }
        let scale = Scale::choose(unit, (lo * hi).sqrt());
        let mut values = log_ticks(lo, hi);
        if values.len() < 3 {
            let even = |parts| multiples(lo, hi, nice_step(hi - lo, parts));
            values = (4..10).map(even).find(|values| values.len() > 2).unwrap_or_else(|| even(10));
        }
        let long = (hi / lo).log10() > 6.0;
        let mut ticks: Vec<Tick> = values
            .iter()
            .map(|&value| {
                let shown = value / scale.factor;
                let label =
                    if long { format!("10{}", superscript(shown.log10().round() as i32)) } else { trimmed(shown, 9) };
                Tick { value, label }
            })
            .collect();
        while !fits(&ticks, room) && ticks.len() > 2 {
            ticks = ticks.into_iter().step_by(2).collect();
        }
        let minor = if (hi / lo).log10() <= 6.0 {
            let powers = lo.log10().floor() as i32..=hi.log10().ceil() as i32;
            powers
                .flat_map(|power| (1..10).map(move |f| f64::from(f) * 10f64.powi(power)))
                .filter(|v| *v >= lo && *v <= hi)
                .collect()
        } else {
            Vec::new()
        };
        Self { lo, hi, log: true, ticks, minor, title: titled(name, &scale), scale }
    }

    /// Where a value lies: 0 at the low end, 1 at the high end; `None` if it cannot be shown.
    pub fn share(&self, value: f64) -> Option<f64> {
        let share = if self.log {
            if value <= 0.0 {
                return None;
            }
            (value / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            (value - self.lo) / (self.hi - self.lo)
        };
        share.is_finite().then(|| share.clamp(-100.0, 100.0))
    }

    /// Width of the widest label [pixels].
    pub fn widest(&self) -> f64 {
        font::widest(self.ticks.iter().map(|tick| tick.label.as_str()), SMALL)
    }
}

/// The power of ten at or under a value.
fn decade(value: f64) -> f64 {
    10f64.powi((value.log10() + 1e-9).floor() as i32)
}

/// A range that is wide enough to have ticks.
fn widened(range: Option<(f64, f64)>) -> (f64, f64) {
    let (lo, hi) = range.filter(|(lo, hi)| lo.is_finite() && hi.is_finite()).unwrap_or((0.0, 1.0));
    let size = lo.abs().max(hi.abs());
    if size == 0.0 {
        (0.0, 1.0)
    } else if hi - lo > 1e-9 * size {
        (lo, hi)
    } else {
        (lo - 0.1 * size, hi + 0.1 * size)
    }
}

fn labelled(values: &[f64], step: f64, scale: &Scale) -> Vec<Tick> {
    let decimals = decimals_for(step / scale.factor, 1);
    values.iter().map(|&value| Tick { value, label: fixed(value / scale.factor, decimals) }).collect()
}

fn fits(ticks: &[Tick], room: Room) -> bool {
    match room {
        Room::Across(pixels) => {
            let widest = font::widest(ticks.iter().map(|tick| tick.label.as_str()), SMALL);
            ticks.len() as f64 * (widest + SMALL) <= pixels
        }
        Room::Up(pixels) => ticks.len() as f64 * SMALL * 1.3 <= pixels + SMALL,
    }
}

fn titled(name: &str, scale: &Scale) -> String {
    match (name.is_empty(), scale.unit.is_empty()) {
        (_, true) => name.to_owned(),
        (true, false) => format!("[{}]", scale.unit),
        (false, false) => format!("{name} [{}]", scale.unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn steps_are_one_two_or_five() {
        assert_eq!(nice_step(10.0, 5), 2.0);
        assert_eq!(nice_step(1.0, 10), 0.1);
        assert_eq!(nice_step(23.0, 5), 5.0);
        assert_eq!(nice_step(0.0, 5), 1.0);
        assert_eq!(nice_step(f64::INFINITY, 5), 1.0);
    }

    #[test]
    fn multiples_include_the_ends_and_stay_few() {
        assert_eq!(multiples(0.0, 1.0, 0.5), [0.0, 0.5, 1.0]);
        assert_eq!(multiples(-0.3, 0.3, 0.1).len(), 7);
        assert_eq!(multiples(0.0, 1e12, 1.0).len(), 100);
    }

    #[test]
    fn log_ticks_are_powers_of_ten_and_under_two_decades_also_two_and_five() {
        assert_eq!(log_ticks(1.0, 1000.0), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(log_ticks(2.0, 50.0), [2.0, 5.0, 10.0, 20.0, 50.0]);
        assert!(log_ticks(1e-12, 1e12).len() <= 9);
    }

    #[test]
    fn units_follow_the_size_of_the_numbers() {
        let unit = |unit: &str, magnitude: f64| Scale::choose(unit, magnitude).unit;
        assert_eq!(unit("s", 0.25), "ms");
        assert_eq!(unit("s", 0.001), "ms");
        assert_eq!(unit("s", 12.0), "s");
        assert_eq!(unit("s", 4e-6), "µs");
        assert_eq!(unit("s", 4e-9), "ns");
        assert_eq!(unit("s", 4e8), "10⁶ s");
        assert_eq!(unit("bit/s", 2.5e6), "Mbit/s");
        assert_eq!(unit("W", 0.02), "mW");
        assert_eq!(unit("%", 80.0), "%");
        assert_eq!(unit("1/s", 2e6), "10⁶ 1/s");
        assert_eq!(unit("", 0.0), "");
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!(fixed(-1234567.5, 1), "−1\u{2009}234\u{2009}567.5");
        assert_eq!(fixed(-0.001, 1), "0.0");
        assert_eq!(quantity(0.0421, "s"), "42.1 ms");
        assert_eq!(quantity(0.25, "s"), "250 ms");
        assert_eq!(quantity(f64::NAN, "s"), "—");
        assert_eq!(estimate(0.0421, Some(0.00032), &Scale::choose("s", 0.0421)), "42.10 ± 0.32 ms");
        assert_eq!(estimate(1e12, None, &Scale { factor: 1.0, unit: "x".into() }), "1.00×10¹² x");
    }

    #[test]
    fn a_linear_axis_ends_on_ticks_and_names_its_unit() {
        let axis = Axis::linear("Latency", "s", Some((0.0, 0.0187)), true, Room::Across(900.0));
        assert_eq!(axis.title, "Latency [ms]");
        assert_eq!((axis.lo, axis.hi), (0.0, 0.02));
        assert_eq!(axis.ticks.len(), labels(&axis).len());
        assert_eq!(axis.ticks[0].label, "0");
        assert_eq!(axis.share(0.01), Some(0.5));
        assert_eq!(axis.share(f64::NAN), None);
    }

    #[test]
    fn degenerate_ranges_give_an_axis_with_ticks() {
        for range in [
            None,
            Some((0.0, 0.0)),
            Some((5.0, 5.0)),
            Some((-3.0, -3.0)),
            Some((1e-9, 1e-9)),
            Some((1e12, 1e12)),
            Some((1e12, 1e12 + 1e-3)),
            Some((f64::NEG_INFINITY, f64::INFINITY)),
            Some((0.0, 1e99)),
        ] {
            for room in [Room::Across(1000.0), Room::Up(300.0), Room::Up(10.0)] {
                for axis in [
                    Axis::linear("x", "s", range, true, room),
                    Axis::linear("x", "s", range, false, room),
                    Axis::logarithmic("x", "s", range, true, room),
                    Axis::logarithmic("x", "s", range, false, room),
                ] {
                    assert!(axis.hi > axis.lo, "{range:?}");
                    assert!((2..=11).contains(&axis.ticks.len()), "{range:?} {:?}", axis.ticks);
                    let mut distinct = labels(&axis);
                    distinct.dedup();
                    assert_eq!(distinct.len(), axis.ticks.len(), "{range:?} {:?}", axis.ticks);
                }
            }
        }
    }

    #[test]
    fn extents_leave_out_what_cannot_be_shown() {
        let values = [f64::NAN, 0.0, -1.0, 3.0, f64::INFINITY, 7.0];
        assert_eq!(extent(values, false), Some((-1.0, 7.0)));
        assert_eq!(extent(values, true), Some((3.0, 7.0)));
        assert_eq!(extent([f64::NAN], false), None);
    }
}
