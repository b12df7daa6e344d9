//! The levels of a factor: what a list or a range stands for.

use models::expression::evaluate;
use models::spec::{Levels, LevelsKind, Named, Raw, Scalar};
use models::units::Dimension;
use serde::{Deserialize, Serialize};

/// Levels of a range that does not say how many.
const POINTS: f64 = 5.0;
/// The most configurations of a sweep, and so the most levels of a factor.
pub const MOST: u64 = 1_000_000;

/// A value that a factor takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// As tables and plots show it.
    pub shown: String,
    /// What it is as a number in base units, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
    /// The fields that it changes: path and value.
    pub set: Vec<(String, String)>,
}

/// A value for one field, before it is known for which.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// As it is written into the file.
    pub ron: String,
    /// As it is shown.
    pub shown: String,
    /// As a number in base units, if it is one.
    pub number: Option<(f64, Dimension)>,
}

/// Why levels are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LevelError {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

fn wrong<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, LevelError> {
    Err(LevelError { message: message.into(), help: help.into() })
}

/// What is written for a factor: single values, or a range of numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// Values one by one.
    List(Vec<Value>),
    /// Numbers in a range.
    Range(Range),
}

/// A range of numbers with a common unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    low: f64,
    high: f64,
    spacing: Spacing,
    logarithmic: bool,
    /// What is written behind each number.
    unit: String,
    /// What the unit is in base units.
    factor: f64,
    dimension: Dimension,
}

/// How the numbers of a range follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spacing {
    /// Whole numbers, so much apart.
    Step(f64),
    /// So many numbers, evenly spaced.
    Points(f64),
    /// So many whole numbers, about evenly spaced.
    WholePoints(f64),
}

impl Span {
    /// What levels stand for.
    ///
    /// # Errors
    /// An empty list or range, a step that is not above zero, ends that do not suit each other, over [`MOST`] levels.
    pub fn of(levels: &Levels, parameters: &Named<f64>) -> Result<Span, LevelError> {
        let kind = match levels {
            Levels::List(values) | Levels::Kind(LevelsKind::OneOf { values }) => {
                if values.is_empty() {
                    return wrong("there are no levels", "give at least one, such as [1, 2, 4]");
                }
                return Ok(Span::List(values.iter().map(|raw| Value::of(raw, parameters)).collect()));
            }
            Levels::Kind(kind) => kind,
        };
        let number = |scalar: &Scalar| Quantity::of(scalar, parameters);
        let points = |points: &Option<Scalar>| match points {
            None => Ok(POINTS),
            Some(points) => {
                let n = number(points)?.plain("points")?;
                let enough = n.fract() == 0.0 && n >= 2.0;
                if enough { Ok(n) } else { wrong(format!("{points} points make no range"), "give 2 points or more") }
            }
        };
        let (low, high, spacing, logarithmic) = match kind {
            LevelsKind::Range { start, end, inclusive } => {
                let mut high = number(end)?;
                if !inclusive {
                    high.number -= 1.0;
                }
                (number(start)?, high, Spacing::Step(1.0), false)
            }
            LevelsKind::Integers { low, high, step } => {
                let step = step.as_ref().map_or(Ok(1.0), |step| number(step)?.plain("a step"))?;
                if step <= 0.0 || step.fract() != 0.0 {
                    let help = "give a step of 1 or more, or the numbers as a list";
                    return wrong(format!("a step of whole numbers is above 0 and whole: not {step}"), help);
                }
                (number(low)?, number(high)?, Spacing::Step(step), false)
            }
            LevelsKind::Reals { low, high, points: n } => {
                (number(low)?, number(high)?, Spacing::Points(points(n)?), false)
            }
            LevelsKind::LogReals { low, high, points: n } => {
                (number(low)?, number(high)?, Spacing::Points(points(n)?), true)
            }
            LevelsKind::LogIntegers { low, high, points: n } => {
                (number(low)?, number(high)?, Spacing::WholePoints(points(n)?), true)
            }
            LevelsKind::OneOf { .. } => return Ok(Span::List(Vec::new())),
        };
        Range::between(low, high, spacing, logarithmic).map(Span::Range)
    }

    /// The levels, each once.
    pub fn levels(&self) -> Vec<Value> {
        match self {
            Span::List(values) => values.clone(),
            Span::Range(range) => {
                let mut numbers: Vec<f64> = (0..range.count()).map(|i| range.nth(i)).collect();
                // Whole numbers of a logarithmic range may fall together at its low end.
                numbers.dedup();
                numbers.into_iter().map(|number| range.value(number)).collect()
            }
        }
    }

    /// The value at a share of the way, in 0..1, so that every value has its part of it.
    pub fn at(&self, share: f64) -> Value {
        match self {
            Span::List(values) => values[((share * values.len() as f64) as usize).min(values.len() - 1)].clone(),
            Span::Range(range) => range.value(range.at(share)),
        }
    }

    /// Whether it is spaced logarithmically.
    pub fn is_logarithmic(&self) -> bool {
        matches!(self, Span::Range(range) if range.logarithmic)
    }
}

impl Range {
    fn between(low: Quantity, high: Quantity, spacing: Spacing, logarithmic: bool) -> Result<Range, LevelError> {
        if low.dimension != high.dimension {
            let message = format!("the range goes from {} to {}", low.dimension.name(), high.dimension.name());
            return wrong(message, "give both ends in the same unit");
        }
        let high_number =
            if low.unit == high.unit { high.number } else { tidy(high.number * high.factor / low.factor) };
        let range = Range {
            low: low.number,
            high: high_number,
            spacing,
            logarithmic,
            unit: low.unit,
            factor: low.factor,
            dimension: low.dimension,
        };
        let shown = |number: f64| range.value(number).shown;
        let (low, high) = (range.low, range.high);
        if low > high {
            let message = format!("the range from {} to {} is empty", shown(low), shown(high));
            return wrong(message, "give the lower end first");
        }
        if logarithmic && low <= 0.0 {
            return wrong("a logarithmic range starts above 0", "give a first end above 0, or Reals");
        }
        let whole = !matches!(spacing, Spacing::Points(_));
        if whole && (low.fract() != 0.0 || high.fract() != 0.0) {
            let message = format!("the range from {} to {} is not one of whole numbers", shown(low), shown(high));
            return wrong(message, format!("give Reals({}, {}, 5)", shown(low), shown(high)));
        }
        if range.size() > MOST as f64 {
            let message = format!("the range has {:.3e} levels", range.size());
            return wrong(message, format!("give a larger step, or fewer points: at most {MOST}"));
        }
        Ok(range)
    }

    /// How many levels it has, before those that fall together are taken out.
    fn size(&self) -> f64 {
        match self.spacing {
            _ if self.low == self.high => 1.0,
            Spacing::Step(step) => ((self.high - self.low) / step).floor() + 1.0,
            Spacing::Points(points) | Spacing::WholePoints(points) => points,
        }
    }

    fn count(&self) -> u64 {
        self.size() as u64
    }

    fn nth(&self, i: u64) -> f64 {
        let share = if self.count() > 1 { i as f64 / (self.count() - 1) as f64 } else { 0.0 };
        match self.spacing {
            Spacing::Step(step) => self.low + i as f64 * step,
            Spacing::Points(_) => self.between_ends(share),
            Spacing::WholePoints(_) => self.between_ends(share).round(),
        }
    }

    fn at(&self, share: f64) -> f64 {
        match self.spacing {
            Spacing::Step(_) => self.nth(((share * self.size()) as u64).min(self.count() - 1)),
            Spacing::Points(_) => self.between_ends(share),
            Spacing::WholePoints(_) => self.between_ends(share).round(),
        }
    }

    fn between_ends(&self, share: f64) -> f64 {
        match (share, self.logarithmic) {
            (0.0, _) => self.low,
            (1.0, _) => self.high,
            (share, true) => tidy(self.low * (self.high / self.low).powf(share)),
            (share, false) => tidy(self.low + (self.high - self.low) * share),
        }
    }

    fn value(&self, number: f64) -> Value {
        let space = if self.unit.is_empty() || self.unit == "%" { "" } else { " " };
        let shown = format!("{number}{space}{}", self.unit);
        let ron = if self.unit.is_empty() { shown.clone() } else { format!("{shown:?}") };
        Value { ron, shown, number: Some((number * self.factor, self.dimension)) }
    }
}

impl Value {
    /// A value as it is written.
    fn of(raw: &Raw, parameters: &Named<f64>) -> Value {
        let ron = raw.text().trim().to_string();
        let inner = ron.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let number = match inner {
            Some(text) => evaluate(text, &|name| parameters.get(name).copied()).ok().map(|m| (m.value, m.dimension)),
            None => ron.replace('_', "").parse().ok().filter(|n: &f64| n.is_finite()).map(|n| (n, Dimension::NONE)),
        };
        // `Fcfs()` and `Fcfs` are the same.
        let shown = inner.unwrap_or(&ron).strip_suffix("()").unwrap_or(inner.unwrap_or(&ron)).to_string();
        Value { ron, shown, number }
    }
}

/// A number in the unit in which it is written.
struct Quantity {
    number: f64,
    unit: String,
    factor: f64,
    dimension: Dimension,
}

impl Quantity {
    fn of(scalar: &Scalar, parameters: &Named<f64>) -> Result<Quantity, LevelError> {
        let bare = |number| Quantity { number, unit: String::new(), factor: 1.0, dimension: Dimension::NONE };
        let Scalar::Text(text) = scalar else {
            let Scalar::Number(number) = scalar else { return Ok(bare(0.0)) };
            return Ok(bare(*number));
        };
        let parameter = |name: &str| parameters.get(name).copied();
        let refused = |message: String| LevelError {
            message: format!("`{text}` is no end of a range: {message}"),
            help: "give a number with or without a unit, such as 4 or \"2 ms\"".to_string(),
        };
        let text = text.trim();
        let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '_' | '-' | '+')).unwrap_or(text.len());
        let (digits, unit) = (text[..end].replace('_', ""), text[end..].trim());
        if let Ok(number) = digits.parse::<f64>()
            && unit.chars().all(|c| c.is_alphabetic() || matches!(c, '/' | '%'))
        {
            if unit.is_empty() {
                return Ok(bare(number));
            }
            if let Ok(measure) = evaluate(&format!("1 {unit}"), &|_| None) {
                return Ok(Quantity {
                    number,
                    unit: unit.to_string(),
                    factor: measure.value,
                    dimension: measure.dimension,
                });
            }
        }
        let measure = evaluate(text, &parameter).map_err(|error| refused(error.message))?;
        match measure.dimension {
            Dimension::NONE => Ok(bare(measure.value)),
            dimension => Err(refused(format!("it is {} that has to be worked out", dimension.name()))),
        }
    }

    fn plain(&self, what: &str) -> Result<f64, LevelError> {
        match self.dimension {
            Dimension::NONE => Ok(self.number * self.factor),
            dimension => {
                wrong(format!("{what}: a bare number is wanted, not {}", dimension.name()), "leave out the unit")
            }
        }
    }
}

/// A number without the noise of its last bits: twelve significant digits.
fn tidy(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::file::{Source, parse, read};

    fn span(text: &str) -> Result<Span, LevelError> {
        let tree = parse(&Source::new("levels", text)).unwrap();
        let parameters = Named::from([("load".to_string(), 2.0)]);
        Span::of(&read::<Levels>(&tree).unwrap(), &parameters)
    }

    fn shown(text: &str) -> Vec<String> {
        span(text).unwrap().levels().into_iter().map(|value| value.shown).collect()
    }

    #[test]
    fn ranges_have_their_ends_and_even_steps() {
        assert_eq!(shown("1..=4"), ["1", "2", "3", "4"]);
        assert_eq!(shown("1..4"), ["1", "2", "3"]);
        assert_eq!(shown("Integers(1, 10, 4)"), ["1", "5", "9"]);
        assert_eq!(shown("Reals(0.1, 0.5)"), ["0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(shown("LogReals(0.01, 10, 4)"), ["0.01", "0.1", "1", "10"]);
        assert_eq!(shown("LogIntegers(1, 5, 5)"), ["1", "2", "3", "5"], "what falls together is taken once");
        assert_eq!(shown("Reals(\"500 us\", \"1 ms\", 3)"), ["500 us", "750 us", "1000 us"]);
        assert_eq!(shown("Reals(\"$load\", 3, 2)"), ["2", "3"]);
        assert_eq!(shown("[Fcfs(), PowerOf(2), \"20 Mbit/s\", 3]"), ["Fcfs", "PowerOf(2)", "20 Mbit/s", "3"]);
    }

    #[test]
    fn levels_know_their_numbers_in_base_units() {
        let values = span("[\"2 ms\", \"80 /s\", Fcfs(), 1_000]").unwrap().levels();
        let numbers: Vec<_> = values.iter().map(|value| value.number).collect();
        let expected =
            [Some((0.002, Dimension::TIME)), Some((80.0, Dimension::RATE)), None, Some((1000.0, Dimension::NONE))];
        assert_eq!(numbers, expected);
        let end = span("Reals(\"1 ms\", \"2 ms\", 2)").unwrap().levels().remove(1);
        assert_eq!((end.ron.as_str(), end.number), ("\"2 ms\"", Some((0.002, Dimension::TIME))));
    }

    #[test]
    fn shares_cover_a_range_evenly() {
        let whole = span("Integers(1, 4)").unwrap();
        let found: Vec<String> = [0.0, 0.24, 0.26, 0.74, 0.76, 0.999].iter().map(|s| whole.at(*s).shown).collect();
        assert_eq!(found, ["1", "1", "2", "3", "4", "4"]);
        assert_eq!(span("LogReals(1, 100)").unwrap().at(0.5).shown, "10");
        assert_eq!(span("[5, 6]").unwrap().at(0.5).shown, "6");
    }

    #[test]
    fn what_makes_no_range_is_refused() {
        for (text, word) in [
            ("[]", "no levels"),
            ("5..=1", "empty"),
            ("1..1", "empty"),
            ("Integers(1, 9, 0)", "step"),
            ("Integers(1, 9, -2)", "step"),
            ("Integers(0.5, 9)", "whole"),
            ("Reals(1, 2, 1)", "points"),
            ("Reals(1, 2, 2.5)", "points"),
            ("LogReals(0, 2)", "above 0"),
            ("Reals(\"1 ms\", \"2 B\")", "from a time to"),
            ("Reals(1, \"2 ms\")", "from"),
            ("Reals(\"$nothing\", 2)", "nothing"),
            ("1..=1000000000000", "levels"),
            ("Reals(1, 2, 1e12)", "levels"),
        ] {
            let error = span(text).unwrap_err();
            assert!(error.message.contains(word) && !error.help.is_empty(), "{text}: {error:?}");
        }
    }
}
