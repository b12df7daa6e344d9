//! The points that models are trained on: of a stored sweep, or measured.

use super::space::{Factor, Range, Space, Value, Word};
use crate::campaign::record::Status;
use crate::campaign::store::{Store, StoreError};
use crate::fault::Fault;
use crate::file::{Source, nearest};
use crate::measured::Measured;
use crate::results::Scope;
use crate::study::Study;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Indicators that get models where none are named.
const USUAL: [&str; 8] = [
    "throughput",
    "latency",
    "utilisation",
    "reliability",
    "in_system",
    "power",
    "energy_per_request",
    "data_throughput",
];

/// The study that points are configurations of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The experiment file as it was named.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// An indicator at all points.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Whose it is: a flow, a component or the system; not known of measured points.
    pub scope: Option<Scope>,
    /// Its path, such as `gateway.latency.p95`.
    pub path: String,
    /// Base unit.
    pub unit: String,
    /// Its value at each point.
    pub values: Vec<Option<f64>>,
    /// Half-width of the interval of each value that was simulated.
    pub half_widths: Vec<Option<f64>>,
}

/// Points with what was found at them.
#[derive(Clone, Debug)]
pub struct Data {
    /// What it is about.
    pub title: String,
    /// The factors.
    pub space: Space,
    /// The points.
    pub points: Vec<Vec<Value>>,
    /// The fields that each point sets.
    pub sets: Vec<Vec<(String, String)>>,
    /// Points of one configuration have one number.
    pub groups: Vec<usize>,
    /// The indicators.
    pub indicators: Vec<Indicator>,
    /// The study, where there is one.
    pub origin: Option<Origin>,
    /// What is to be known.
    pub remarks: Vec<String>,
}

fn of_store(error: &StoreError) -> Fault {
    Fault::new(error.to_string()).help(error.help())
}

/// The points of a stored sweep.
///
/// # Errors
/// There is none, it is damaged, or has no such indicators.
pub fn of_sweep(folder: &Path, responses: &[String]) -> Result<Data, Fault> {
    let store = Store::read(folder).map_err(|error| of_store(&error))?;
    let index = store.index().map_err(|error| of_store(&error))?;
    let design = &store.manifest.design;
    let factor = |factor: &crate::campaign::design::Factor| {
        let range = if factor.is_numeric() {
            Range::Numbers { low: 0.0, high: 0.0 }
        } else {
            let mut words: Vec<Word> = Vec::new();
            for level in &factor.levels {
                if words.iter().all(|word| word.shown != level.shown) {
                    words.push(Word { shown: level.shown.clone(), set: level.set.clone() });
                }
            }
            Range::Words(words)
        };
        Factor { name: factor.name.clone(), unit: factor.unit.clone(), range }
    };
    let space = Space { factors: design.factors().map(factor).collect() };
    let (mut points, mut sets, mut left_out) = (Vec::new(), Vec::new(), 0);
    let mut indicators: Vec<Indicator> = Vec::new();
    for (number, place) in index.records() {
        let record = store.record(&index, &place).map_err(|error| of_store(&error))?;
        if record.status != Status::Ok {
            left_out += 1;
            continue;
        }
        let value = |(level, factor): (&crate::campaign::levels::Level, &Factor)| match (&factor.range, level.number) {
            (Range::Words(words), _) => Value::Word(words.iter().position(|w| w.shown == level.shown).unwrap_or(0)),
            (_, number) => Value::Number(number.unwrap_or(0.0)),
        };
        let levels = design.levels(number);
        points.push(levels.into_iter().zip(&space.factors).map(value).collect::<Vec<_>>());
        sets.push(record.set);
        for owner in record.owners {
            for figure in owner.figures {
                let below = figure.path();
                let path = if owner.scope == Scope::System { below.clone() } else { format!("{}.{below}", owner.name) };
                let at = indicators.iter().position(|known| known.path == path && known.scope == Some(owner.scope));
                let at = at.unwrap_or_else(|| {
                    let (scope, unit) = (Some(owner.scope), figure.unit.clone());
                    indicators.push(Indicator { scope, path, unit, values: Vec::new(), half_widths: Vec::new() });
                    indicators.len() - 1
                });
                indicators[at].values.resize(points.len() - 1, None);
                indicators[at].values.push(Some(figure.estimate.value));
                indicators[at].half_widths.resize(points.len() - 1, None);
                indicators[at].half_widths.push(figure.estimate.half_width);
            }
        }
    }
    for indicator in &mut indicators {
        indicator.values.resize(points.len(), None);
        indicator.half_widths.resize(points.len(), None);
    }
    let mut remarks = Vec::new();
    let (count, done) = (design.count(), index.len());
    if done < count {
        remarks.push(format!("{done} of {count} configurations of the sweep are done: the model knows only these"));
    }
    if left_out > 0 {
        remarks.push(format!("{left_out} configurations without a steady state, or that are no systems, are left out"));
    }
    let indicators = chosen(indicators, responses)?;
    let space = space.spanned(&points.iter().collect::<Vec<_>>());
    let groups = (0..points.len()).collect();
    let origin = Some(Origin { file: store.manifest.file.clone(), text: store.manifest.text.clone() });
    Ok(Data { title: store.manifest.title.clone(), space, points, sets, groups, indicators, origin, remarks })
}

/// The indicators that are asked for, or the usual ones.
fn chosen(all: Vec<Indicator>, asked: &[String]) -> Result<Vec<Indicator>, Fault> {
    if asked.is_empty() {
        let usual = |indicator: &Indicator| {
            let below = match indicator.scope {
                Some(Scope::System) => indicator.path.as_str(),
                _ => indicator.path.split_once('.').map_or("", |(_, below)| below),
            };
            let (name, statistic) = below.split_once('.').unwrap_or((below, "mean"));
            // What never happens needs no model.
            let happens = indicator.values.iter().flatten().any(|value| *value != 0.0);
            USUAL.contains(&name) && ["mean", "p95"].contains(&statistic) && happens
        };
        return Ok(all.into_iter().filter(usual).collect());
    }
    let same = |path: &str, asked: &str| {
        let asked = asked.strip_prefix("system.").unwrap_or(asked);
        path == asked || path.strip_suffix(".mean") == Some(asked)
    };
    for name in asked {
        if !all.iter().any(|indicator| same(&indicator.path, name)) {
            let help = match nearest(name, all.iter().map(|indicator| indicator.path.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "see `loadgraph list indicators`".to_string(),
            };
            return Err(Fault::new(format!("the sweep has no indicator `{name}`")).help(help));
        }
    }
    Ok(all.into_iter().filter(|indicator| asked.iter().any(|name| same(&indicator.path, name))).collect())
}

/// Measured points: columns of factors and of responses. A study, if given, has the factors as paths of fields.
///
/// # Errors
/// Columns are missing or hold what they cannot.
pub fn of_table(
    table: &Measured,
    factors: &[String],
    responses: &[String],
    study: Option<&Study>,
) -> Result<Data, Fault> {
    let has = |name: &str| table.head.iter().any(|head| head == name);
    if has("configuration") && has("indicator") && has("value") {
        return Err(Fault::new(format!("{} is the table of a sweep, one figure a line", table.name))
            .help("give the folder that it is in"));
    }
    let columns = |names: &[String]| names.iter().map(|name| table.column(name)).collect::<Result<Vec<_>, _>>();
    let (mut inputs, mut outputs) = (columns(factors)?, columns(responses)?);
    let rest = |taken: &[usize]| (0..table.head.len()).filter(|i| !taken.contains(i)).collect::<Vec<_>>();
    match (inputs.is_empty(), outputs.is_empty()) {
        (true, true) => {
            return Err(Fault::new(format!("which columns of {} are factors, and which responses?", table.name))
                .help(format!("say `--factor NAME` or `--response NAME` for some of: {}", table.head.join(", "))));
        }
        (true, false) => inputs = rest(&outputs),
        (false, true) => outputs = rest(&inputs),
        (false, false) => {}
    }
    if let Some(both) = inputs.iter().find(|column| outputs.contains(column)) {
        return Err(Fault::new(format!("`{}` cannot be both a factor and a response", table.head[*both])));
    }
    if inputs.is_empty() || outputs.is_empty() {
        let what = if inputs.is_empty() { "factor" } else { "response" };
        return Err(Fault::new(format!("no column of {} is left for a {what}", table.name)));
    }
    let mut all = Vec::new();
    let mut values: Vec<Vec<Value>> = vec![Vec::new(); table.len()];
    for column in inputs {
        let name = table.head[column].clone();
        let is_number = |row: usize| table.cell(row, column).parse::<f64>().is_ok();
        let range = if (0..table.len()).any(is_number) {
            let numbers = table.numbers(column)?;
            values.iter_mut().zip(&numbers).for_each(|(row, x)| row.push(Value::Number(*x)));
            Range::Numbers { low: 0.0, high: 0.0 }
        } else {
            let mut words: Vec<Word> = Vec::new();
            for (row, value) in values.iter_mut().enumerate() {
                let cell = table.cell(row, column);
                if cell.is_empty() {
                    return Err(Fault::new(format!("{}: there is no value", table.place(row, column)))
                        .help("leave out lines that were not measured"));
                }
                let at = words.iter().position(|word| word.shown == cell).unwrap_or_else(|| {
                    words.push(Word { shown: cell.to_string(), set: vec![(name.clone(), cell.to_string())] });
                    words.len() - 1
                });
                value.push(Value::Word(at));
            }
            Range::Words(words)
        };
        all.push(Factor { name, unit: String::new(), range });
    }
    let mut indicators = Vec::new();
    for column in outputs {
        let values = table.numbers(column)?.into_iter().map(Some).collect();
        let half_widths = vec![None; table.len()];
        let (path, unit) = (table.head[column].clone(), String::new());
        indicators.push(Indicator { scope: None, path, unit, values, half_widths });
    }
    let space = Space { factors: all }.spanned(&values.iter().collect::<Vec<_>>());
    let sets = values.iter().map(|point| space.sets(point)).collect();
    let groups = (0..values.len()).map(|i| values[..i].iter().position(|other| *other == values[i]).unwrap_or(i));
    let groups = groups.collect();
    let origin = study.map(|study| Origin { file: study.path.display().to_string(), text: study.source.text.clone() });
    let title = format!("Models of {}", table.name);
    Ok(Data { title, space, points: values, sets, groups, indicators, origin, remarks: Vec::new() })
}

impl Origin {
    /// The study, checked.
    ///
    /// # Errors
    /// What is wrong with it: a file that it reads may have gone.
    pub fn study(&self) -> Result<Study, String> {
        let source = Source::new(self.file.clone(), self.text.clone());
        Study::from_source(Path::new(&self.file), source, &[], false).map_err(|error| error.text)
    }
}
