//! What is fitted to what.

use crate::fault::Fault;
use crate::measured::Measured;
use models::expression::evaluate;
use models::spec::{Gamma, LoadKind, ResponseKind, Weights};
use models::units::Dimension;

/// The most points that are fitted.
const MOST: usize = 100_000;

/// What is said about a file.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The column of load; the first of two where it is not said.
    pub load: Option<String>,
    /// The column of the response; the second of two where it is not said.
    pub response: Option<String>,
    /// What the response is.
    pub kind: Option<ResponseKind>,
    /// What the load counts.
    pub load_is: Option<LoadKind>,
    /// Unit of the response.
    pub unit: Option<String>,
    /// The load that is 100 %.
    pub full: Option<f64>,
    /// Where the capacity of one comes from.
    pub gamma: Gamma,
    /// How errors are weighed.
    pub weights: Weights,
}

/// Measured points, by load.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Loads.
    pub load: Vec<f64>,
    /// Responses: latencies in seconds.
    pub response: Vec<f64>,
}

impl Points {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.load.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.load.is_empty()
    }

    /// The greatest load.
    pub fn greatest(&self) -> f64 {
        self.load.iter().copied().fold(0.0, f64::max)
    }

    /// Loads, each once, with the mean of their responses.
    pub fn means(&self) -> Vec<(f64, f64)> {
        let mut means: Vec<(f64, f64)> = Vec::new();
        let mut from = 0;
        while from < self.len() {
            let same = self.load[from..].iter().take_while(|load| **load == self.load[from]).count();
            let sum: f64 = self.response[from..from + same].iter().sum();
            means.push((self.load[from], sum / same as f64));
            from += same;
        }
        means
    }
}

/// What the numbers mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Name of the column of load.
    pub load_name: String,
    /// Name of the column of the response.
    pub response_name: String,
    /// What the response is.
    pub kind: ResponseKind,
    /// What the load counts.
    pub load: LoadKind,
    /// Unit of the response in the file.
    pub unit: String,
    /// The load that is 100 %.
    pub full: f64,
    /// Where the capacity of one comes from.
    pub gamma: Gamma,
    /// How errors are weighed.
    pub weights: Weights,
    /// What was taken from names, in words.
    pub understood: Vec<String>,
}

/// Words in names of columns.
const THROUGHPUT: [&str; 9] = ["throughput", "xput", "tput", "rps", "tps", "qps", "ops", "bandwidth", "completed"];
const LATENCY: [&str; 7] = ["latency", "response_time", "response time", "sojourn", "delay", "duration", "time"];
const USERS: [&str; 10] =
    ["users", "clients", "threads", "concurrency", "connections", "workers", "vusers", "requests", "processes", "n"];
const PERCENT: [&str; 5] = ["%", "percent", "utilisation", "utilization", "pct"];
const RATE: [&str; 7] = ["rate", "rps", "qps", "lambda", "arrivals", "per_second", "/s"];

fn says(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    let part = |word: &&str| match word.len() {
        // A short word stands alone.
        1..=4 if word.chars().all(char::is_alphanumeric) => {
            name.split(|c: char| !c.is_alphanumeric()).any(|own| own == *word)
        }
        _ => name.contains(*word),
    };
    words.iter().any(part)
}

/// The unit that a name has in brackets, or at its end: `latency [ms]`, `latency_ms`.
fn unit_of(name: &str) -> Option<String> {
    if let Some((_, rest)) = name.split_once(['[', '('])
        && let Some((unit, _)) = rest.split_once([']', ')'])
    {
        return Some(unit.trim().to_string());
    }
    let ending = name.rsplit(['_', ' ']).next().unwrap_or("");
    ["s", "ms", "us", "µs", "ns", "min"].contains(&ending).then(|| ending.to_string())
}

/// Seconds in a unit of time.
fn seconds(unit: &str) -> Option<f64> {
    let measure = evaluate(&format!("1 {unit}"), &|_| None).ok()?;
    (measure.dimension == Dimension::TIME && measure.value > 0.0).then_some(measure.value)
}

impl Setting {
    /// What is asked of a table, and its points.
    ///
    /// # Errors
    /// Columns are missing, values are gaps, texts or negative, or points too few.
    pub fn of(table: &Measured, asked: &Asked) -> Result<(Setting, Points), Fault> {
        let which = |column: &Option<String>, default: usize, option: &str| match column {
            Some(name) => table.column(name),
            None if table.head.len() == 2 => Ok(default),
            None if table.head.len() < 2 => Err(Fault::new(format!(
                "{} has one column, `{}`, when columns are separated by `{}`",
                table.name, table.head[0], table.separator
            ))
            .help("a load and a response are needed, separated by `,`, `;` or a tab: `users,throughput`")),
            None => Err(Fault::new(format!("which of the columns of {} is the {option}?", table.name))
                .help(format!("say `--{option} NAME`; there are: {}", table.head.join(", ")))),
        };
        let (x, y) = (which(&asked.load, 0, "load")?, which(&asked.response, 1, "response")?);
        if x == y {
            return Err(Fault::new(format!("`{}` cannot be both the load and the response", table.head[x]))
                .help(format!("there are: {}", table.head.join(", "))));
        }
        let (load_name, response_name) = (table.head[x].clone(), table.head[y].clone());
        let mut understood = Vec::new();
        let kind = match asked.kind {
            Some(kind) => kind,
            None if says(&response_name, &THROUGHPUT) => ResponseKind::Throughput,
            None if says(&response_name, &LATENCY) => ResponseKind::Latency,
            None => {
                return Err(Fault::new(format!("is `{response_name}` a throughput or a latency?"))
                    .help("say `--kind throughput` or `--kind latency`"));
            }
        };
        let load = asked.load_is.unwrap_or_else(|| {
            let (load, why) = match (says(&load_name, &PERCENT), says(&load_name, &USERS), says(&load_name, &RATE)) {
                (true, ..) => (LoadKind::Percent, "as its name says"),
                (_, true, _) => (LoadKind::Users, "as its name says"),
                (_, _, true) => (LoadKind::Rate, "as its name says"),
                _ if kind == ResponseKind::Throughput => (LoadKind::Users, "as is usual for throughputs"),
                _ => (LoadKind::Rate, "as is usual for latencies"),
            };
            understood.push(format!("`{load_name}` is taken as {}, {why} (`--load-is`)", counted(load)));
            load
        });
        if (kind, load) == (ResponseKind::Throughput, LoadKind::Rate) {
            return Err(Fault::new(format!(
                "`{response_name}` is a throughput over arrivals per second, `{load_name}`"
            ))
            .help("below saturation it is the load itself: give users or percents (`--load-is`), or latencies"));
        }
        let (unit, factor) = unit(&response_name, kind, asked, &mut understood)?;
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(table.len());
        for row in 0..table.len() {
            let (x_value, y_value) = (table.number(row, x)?, table.number(row, y)?);
            for (value, column) in [(x_value, x), (y_value, y)] {
                if value < 0.0 {
                    let what = format!("{}: {value} is negative", table.place(row, column));
                    return Err(Fault::new(what).help("loads, throughputs and latencies are 0 or more"));
                }
            }
            if y_value == 0.0 && asked.weights == Weights::Relative {
                let what = format!("{}: relative weights are not possible with a response of 0", table.place(row, y));
                return Err(Fault::new(what).help("leave it out, or weigh all points alike"));
            }
            points.push((x_value, y_value * factor));
        }
        if points.len() > MOST {
            return Err(Fault::new(format!("{} has {} points", table.name, points.len()))
                .help(format!("at most {MOST} are fitted: give means by load")));
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let points =
            Points { load: points.iter().map(|p| p.0).collect(), response: points.iter().map(|p| p.1).collect() };
        let distinct = points.means().len();
        if distinct < 2 {
            return Err(Fault::new(format!("all loads in `{load_name}` of {} are {}", table.name, points.load[0]))
                .help("a law needs responses at different loads"));
        }
        if points.response.iter().all(|y| *y == 0.0) {
            return Err(Fault::new(format!("all values in `{response_name}` of {} are 0", table.name)));
        }
        if distinct < points.len() {
            understood.push(format!(
                "{} points have {distinct} different loads: repeated ones count as repeated measurements",
                points.len()
            ));
        }
        let full = match asked.full {
            Some(full) if full > 0.0 && full.is_finite() => full,
            Some(full) => {
                return Err(Fault::new(format!("{full} cannot be the load that is 100 %")).help("give more than 0"));
            }
            None if load == LoadKind::Percent => 100.0,
            None => points.greatest(),
        };
        let (gamma, weights) = (asked.gamma, asked.weights);
        Ok((Setting { load_name, response_name, kind, load, unit, full, gamma, weights, understood }, points))
    }

    /// A load as a share of the full one.
    pub fn share(&self, load: f64) -> f64 {
        load / self.full
    }

    /// Whether less of the response is better.
    pub fn is_latency(&self) -> bool {
        self.kind == ResponseKind::Latency
    }
}

/// What loads count, in words.
pub fn counted(load: LoadKind) -> &'static str {
    match load {
        LoadKind::Users => "requests present at a time",
        LoadKind::Percent => "utilisation in percent",
        LoadKind::Rate => "arrivals per second",
    }
}

/// The unit of the response, and what it is in base units.
fn unit(name: &str, kind: ResponseKind, asked: &Asked, understood: &mut Vec<String>) -> Result<(String, f64), Fault> {
    let found = asked.unit.clone().or_else(|| unit_of(name));
    if kind == ResponseKind::Throughput {
        return Ok((found.unwrap_or_default(), 1.0));
    }
    let unit = found.unwrap_or_else(|| {
        understood.push(format!("`{name}` is taken in seconds, as nothing else is said (`--unit ms`)"));
        "s".to_string()
    });
    let factor = seconds(&unit).ok_or_else(|| {
        Fault::new(format!("`{unit}` is no unit of latency")).help("give a unit of time: `--unit ms`, `s`, `us`")
    })?;
    if asked.unit.is_none() && unit != "s" {
        understood.push(format!("`{name}` is taken in {unit}, as its name says (`--unit`)"));
    }
    Ok((unit, factor))
}
