//! Factors, and the box that the points span.

use crate::fault::Fault;
use crate::file::nearest;
use models::expression::evaluate;
use models::units::Dimension;
use serde::{Deserialize, Serialize};

/// A factor whose greatest value is so many times its least is taken by its logarithm.
const WIDE: f64 = 4.0;

/// Something that was varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// The path of its field, or the name of its column.
    pub name: String,
    /// Base unit of its numbers.
    pub unit: String,
    /// What it was.
    pub range: Range,
}

/// What values were seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Range {
    /// Numbers.
    Numbers {
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
    },
    /// Words.
    Words(Vec<Word>),
}

/// A value that is no number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// As it is shown.
    pub shown: String,
    /// The fields that it sets: path and value.
    pub set: Vec<(String, String)>,
}

/// The value of a factor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A number in base units.
    Number(f64),
    /// The number of a word.
    Word(usize),
}

/// All factors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Space {
    /// In the order of points.
    pub factors: Vec<Factor>,
}

impl Factor {
    /// A number as the factor takes it, or a word that was seen.
    ///
    /// # Errors
    /// It is neither.
    pub fn value(&self, text: &str) -> Result<Value, Fault> {
        let text = text.trim();
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        match &self.range {
            Range::Numbers { .. } => {
                let unit = crate::results::dimension(&self.unit);
                let wrong = |help: String| Fault::new(format!("`{}` cannot be `{text}`", self.name)).help(help);
                let example = if self.unit.is_empty() {
                    "give a number".to_string()
                } else {
                    format!("give a number, of {} where no unit is said", self.unit)
                };
                let measure = evaluate(text, &|_| None).map_err(|_| wrong(example.clone()))?;
                // A bare number is in base units.
                if !measure.value.is_finite()
                    || (measure.dimension != Dimension::NONE && measure.dimension != unit && unit != Dimension::NONE)
                {
                    return Err(wrong(example));
                }
                Ok(Value::Number(measure.value))
            }
            Range::Words(words) => {
                let plain = |text: &str| text.trim_matches('"').to_string();
                let at = words.iter().position(|word| plain(&word.shown) == text);
                at.map(Value::Word).ok_or_else(|| {
                    let seen: Vec<&str> = words.iter().map(|word| word.shown.as_str()).collect();
                    let help = match nearest(text, seen.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("there were: {}", seen.join(", ")),
                    };
                    Fault::new(format!("the model has not seen `{text}` for `{}`", self.name)).help(help)
                })
            }
        }
    }

    /// The fields that a value sets.
    pub fn sets(&self, value: Value) -> Vec<(String, String)> {
        match (value, &self.range) {
            (Value::Word(at), Range::Words(words)) => words.get(at).map_or_else(Vec::new, |word| word.set.clone()),
            (Value::Number(number), _) => {
                let unit = match self.unit.strip_prefix("1/") {
                    Some(per) => format!("/{per}"),
                    None => self.unit.clone(),
                };
                let ron = if unit.is_empty() { number.to_string() } else { format!("\"{number} {unit}\"") };
                vec![(self.name.clone(), ron)]
            }
            (Value::Word(_), Range::Numbers { .. }) => Vec::new(),
        }
    }

    /// A value as tables show it.
    pub fn shown(&self, value: Value) -> String {
        match (value, &self.range) {
            (Value::Word(at), Range::Words(words)) => words.get(at).map_or_else(String::new, |word| word.shown.clone()),
            (Value::Number(number), _) => format!("{number} {}", self.unit).trim_end().to_string(),
            (Value::Word(_), _) => String::new(),
        }
    }

    /// Why a value lies outside of what was seen.
    fn outside(&self, value: Value) -> Option<String> {
        match (value, &self.range) {
            (Value::Number(x), Range::Numbers { low, high }) => {
                let room = 1e-9 * (high.abs() + low.abs());
                let name = &self.name;
                (x < low - room || x > high + room)
                    .then(|| format!("`{name}` is {}, trained from {low} to {high}", self.shown(value)))
            }
            _ => None,
        }
    }

    fn features(&self, value: Value, logs: bool, into: &mut Vec<f64>) {
        match (value, &self.range) {
            (Value::Number(x), Range::Numbers { low, high }) => {
                let by_logs = logs && *low > 0.0 && *high >= WIDE * low;
                // Where nothing varied there is nothing to learn; below 0 a logarithm ends.
                let of = |x: f64| if by_logs { x.max(1e-3 * low).ln() } else { x };
                into.push(if high > low { (of(x) - of(*low)) / (of(*high) - of(*low)) } else { 0.0 });
            }
            (Value::Word(at), Range::Words(words)) => {
                into.extend((0..words.len()).map(|i| if i == at { 1.0 } else { 0.0 }));
            }
            (Value::Number(_), Range::Words(words)) => into.extend(words.iter().map(|_| 0.0)),
            (Value::Word(_), Range::Numbers { .. }) => into.push(0.0),
        }
    }
}

impl Space {
    /// A point as numbers between 0 and 1 within the box; with `logs`, wide factors by their logarithm.
    pub fn features(&self, point: &[Value], logs: bool) -> Vec<f64> {
        let mut all = Vec::new();
        self.factors.iter().zip(point).for_each(|(factor, value)| factor.features(*value, logs, &mut all));
        all
    }

    /// What of a point lies outside of the box.
    pub fn outside(&self, point: &[Value]) -> Vec<String> {
        self.factors.iter().zip(point).filter_map(|(factor, value)| factor.outside(*value)).collect()
    }

    /// The fields that a point sets.
    pub fn sets(&self, point: &[Value]) -> Vec<(String, String)> {
        self.factors.iter().zip(point).flat_map(|(factor, value)| factor.sets(*value)).collect()
    }

    /// A point from its factors by name.
    ///
    /// # Errors
    /// A factor is missing, unknown, given twice, or has no such value.
    pub fn point(&self, given: &[(String, String)]) -> Result<Vec<Value>, Fault> {
        let names = || self.factors.iter().map(|factor| factor.name.as_str());
        let same = |path: &str, name: &str| path == name || path.strip_prefix("system.") == Some(name);
        for (i, (path, _)) in given.iter().enumerate() {
            if !names().any(|name| same(path, name)) {
                let help = match nearest(path, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its factors are: {}", names().collect::<Vec<_>>().join(", ")),
                };
                return Err(Fault::new(format!("the model has no factor `{path}`")).help(help));
            }
            if given[..i].iter().any(|(other, _)| other == path) {
                return Err(Fault::new(format!("`{path}` is given twice")).help("give each factor once"));
            }
        }
        let one = |factor: &Factor| {
            let found = given.iter().find(|(path, _)| same(path, &factor.name));
            let missing = || {
                Fault::new(format!("`{}` is not given", factor.name))
                    .help(format!("a point needs all factors: {}", names().collect::<Vec<_>>().join(", ")))
            };
            factor.value(&found.ok_or_else(missing)?.1)
        };
        self.factors.iter().map(one).collect()
    }

    /// The same factors with the box of these points.
    #[must_use]
    pub fn spanned(&self, points: &[&Vec<Value>]) -> Space {
        let span = |(k, factor): (usize, &Factor)| {
            let mut factor = factor.clone();
            if let Range::Numbers { low, high } = &mut factor.range {
                let numbers = || points.iter().filter_map(|p| if let Value::Number(x) = p[k] { Some(x) } else { None });
                *low = numbers().fold(f64::INFINITY, f64::min);
                *high = numbers().fold(f64::NEG_INFINITY, f64::max);
            }
            factor
        };
        Space { factors: self.factors.iter().enumerate().map(span).collect() }
    }
}
