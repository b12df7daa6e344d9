//! All families that apply, fitted and compared.

use super::family::{self, FAMILIES, Family, Problem, Quantity, TABLE};
use super::law::{Law, number};
use super::{Points, Setting};
use crate::fault::Fault;
use crate::file::nearest;
use models::spec::{Gamma, LoadKind, Weights};
use sim_core::regress::{Fit, aicc, f_test, minimise};

/// A sum of squares that is rounding: so many times the responses, squared.
const ROUNDING: f64 = 1e-12;
/// Families whose criteria differ by less are as good as each other (Burnham and Anderson 2002).
const ALIKE: f64 = 2.0;
/// A special case is given up where the probability that its wider family is better by chance is below this.
const SIGNIFICANCE: f64 = 0.05;

/// A fitted curve.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// What is held and the parameters.
    pub parameters: Vec<f64>,
    /// The fitted response at each point.
    pub values: Vec<f64>,
    /// The weighted sum of squares.
    pub sum_of_squares: f64,
    /// The root of the mean squared error, in the unit of the response.
    pub rmse: f64,
    /// The share of the variance of the responses that the curve explains.
    pub r2: Option<f64>,
    /// The corrected criterion of Akaike.
    pub aicc: Option<f64>,
    /// By how much it is greater than the least.
    pub delta: Option<f64>,
    /// The weight of evidence among those that are compared.
    pub weight: Option<f64>,
    /// How fitted values change with the parameters.
    pub solution: Fit,
}

/// A family, and what became of it.
pub struct Entry {
    /// The family.
    pub family: &'static dyn Family,
    /// The fit, or why there is none.
    pub fitted: Result<Fitted, String>,
}

/// All families.
pub struct Comparison {
    /// What is fitted to what.
    pub setting: Setting,
    /// The points.
    pub points: Points,
    /// The families.
    pub entries: Vec<Entry>,
    /// The one that is chosen, none for the table.
    pub chosen: Option<usize>,
    /// The points as a law.
    pub table: Result<Law, String>,
    /// What is to be known beside the figures.
    pub remarks: Vec<String>,
}

impl Comparison {
    /// The chosen family.
    pub fn choice(&self) -> Option<(&'static dyn Family, &Fitted)> {
        let entry = &self.entries[self.chosen?];
        entry.fitted.as_ref().ok().map(|fitted| (entry.family, fitted))
    }

    /// The law that is chosen.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn law(&self) -> Result<Law, String> {
        match self.choice() {
            Some((family, fitted)) => family.law(&self.setting, &fitted.parameters),
            None => self.table.clone(),
        }
    }

    /// The best fit that a field of laws can hold, and its family.
    pub fn best_law(&self) -> Option<(&'static str, Law)> {
        let chosen = self.law().ok().filter(|law| law.law.is_some());
        if let Some(law) = chosen {
            return Some((self.choice().map_or(TABLE, |(family, _)| family.name()), law));
        }
        let mut all: Vec<(f64, &Entry, &Fitted)> = self
            .entries
            .iter()
            .filter(|entry| entry.family.eligible(&self.setting))
            .filter_map(|entry| entry.fitted.as_ref().ok().and_then(|f| f.aicc.map(|aicc| (aicc, entry, f))))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.into_iter().find_map(|(_, entry, fitted)| {
            let law = entry.family.law(&self.setting, &fitted.parameters).ok().filter(|law| law.law.is_some());
            law.map(|law| (entry.family.name(), law))
        })
    }
}

/// Weight of a residual at a response.
pub fn weight(setting: &Setting, response: f64) -> f64 {
    match setting.weights {
        Weights::Equal => 1.0,
        Weights::Relative => 1.0 / response,
    }
}

/// Solves one problem of a family.
fn solve_one(family: &dyn Family, setting: &Setting, points: &Points, problem: &Problem) -> Option<(Vec<f64>, Fit)> {
    let held = problem.held.len();
    let whole = |p: &[f64]| problem.held.iter().chain(p).copied().collect::<Vec<f64>>();
    let residuals = |p: &[f64], out: &mut [f64]| {
        let p = whole(p);
        for (i, r) in out.iter_mut().enumerate() {
            let (load, y) = (points.load[i], points.response[i]);
            *r = (family.value(setting, load, &p) - y) * weight(setting, y);
        }
    };
    let fit = minimise(&residuals, points.len(), &problem.starts, &problem.bounds)?;
    let parameters = whole(&fit.parameters);
    debug_assert_eq!(parameters.len(), held + fit.parameters.len());
    Some((parameters, fit))
}

/// The parameters of a family: of several problems the best. `near` are parameters by which to start.
pub fn solve(family: &dyn Family, setting: &Setting, points: &Points, near: Option<&[f64]>) -> Option<(Vec<f64>, Fit)> {
    let mut problems = family.problems(setting, points, near.map(|near| near[0]));
    if let Some(near) = near {
        for problem in &mut problems {
            problem.starts.truncate(1);
            problem.starts.insert(0, near[problem.held.len()..].to_vec());
        }
        // What is held without a choice is given, and no parameter.
        if let [only] = &mut problems[..] {
            only.held = near[..only.held.len()].to_vec();
        }
    }
    let solutions = problems.iter().filter_map(|problem| solve_one(family, setting, points, problem));
    solutions.reduce(|best, next| if next.1.sum_of_squares < best.1.sum_of_squares { next } else { best })
}

/// Fits the families of these names, or all that apply.
///
/// # Errors
/// A name is unknown, none can be fitted, or the points are too few to choose among several.
pub fn compare(setting: Setting, points: Points, asked: &[String]) -> Result<Comparison, Fault> {
    for name in asked {
        if !family::names().any(|known| known == name) {
            let near = nearest(name, family::names()).map(|near| format!("did you mean `{near}`?"));
            let list = || format!("there are: {}", family::names().collect::<Vec<_>>().join(", "));
            return Err(Fault::new(format!("there is no family `{name}`")).help(near.unwrap_or_else(list)));
        }
    }
    let wanted = |family: &&'static dyn Family| asked.is_empty() || asked.iter().any(|name| name == family.name());
    let mut entries: Vec<Entry> = FAMILIES
        .into_iter()
        .filter(wanted)
        .map(|family| Entry { family, fitted: fit(family, &setting, &points) })
        .collect();
    weigh(&mut entries, &setting);
    let table = Law::table(&setting, &points);
    let mut chosen = choose(&entries, &setting, &points, asked)?;
    let widened = chosen.and_then(|narrow| widen(&entries, &setting, &points, narrow));
    if let Some((wide, _)) = &widened {
        chosen = Some(*wide);
    }
    let mut comparison = Comparison { setting, points, entries, chosen, table, remarks: Vec::new() };
    comparison.remarks = remarks(&comparison);
    comparison.remarks.extend(widened.map(|(_, why)| why));
    Ok(comparison)
}

fn fit(family: &'static dyn Family, setting: &Setting, points: &Points) -> Result<Fitted, String> {
    family.applies(setting, points)?;
    let distinct = points.means().len();
    if distinct < family.parameters(setting) {
        return Err(format!("it needs {} different loads, and there are {distinct}", family.parameters(setting)));
    }
    let (parameters, solution) =
        solve(family, setting, points, None).ok_or("no parameters bring it near the points")?;
    let values: Vec<f64> = points.load.iter().map(|load| family.value(setting, *load, &parameters)).collect();
    let n = points.len() as f64;
    let errors: f64 = values.iter().zip(&points.response).map(|(f, y)| (f - y).powi(2)).sum();
    let mean = points.response.iter().sum::<f64>() / n;
    let deviations: f64 = points.response.iter().map(|y| (y - mean).powi(2)).sum();
    let scale: f64 = points.response.iter().map(|y| (y * weight(setting, *y)).powi(2)).sum();
    let varies = deviations > (ROUNDING * mean).powi(2) * n;
    Ok(Fitted {
        sum_of_squares: solution.sum_of_squares,
        rmse: (errors / n).sqrt(),
        r2: varies.then(|| 1.0 - errors / deviations),
        aicc: aicc(points.len(), family.parameters(setting), solution.sum_of_squares, ROUNDING * ROUNDING * scale),
        delta: None,
        weight: None,
        parameters,
        values,
        solution,
    })
}

/// Differences and weights of evidence among those that may be chosen.
fn weigh(entries: &mut [Entry], setting: &Setting) {
    let of = |entry: &Entry| entry.fitted.as_ref().ok().and_then(|f| f.aicc).filter(|_| entry.family.eligible(setting));
    let least = entries.iter().filter_map(of).fold(f64::INFINITY, f64::min);
    let sum: f64 = entries.iter().filter_map(of).map(|aicc| (0.5 * (least - aicc)).exp()).sum();
    for entry in entries {
        if let (Some(aicc), Ok(fitted)) = (of(entry), &mut entry.fitted) {
            fitted.delta = Some(aicc - least);
            fitted.weight = Some((0.5 * (least - aicc)).exp() / sum);
        }
    }
}

fn choose(entries: &[Entry], setting: &Setting, points: &Points, asked: &[String]) -> Result<Option<usize>, Fault> {
    if let [only] = asked {
        if only == TABLE {
            return Ok(None);
        }
        return match entries.iter().position(|entry| entry.fitted.is_ok()) {
            Some(at) => Ok(Some(at)),
            None => {
                let why = entries.iter().find_map(|entry| entry.fitted.as_ref().err()).cloned().unwrap_or_default();
                Err(Fault::new(format!("`{only}` cannot be fitted to {}: {why}", shown(setting)))
                    .help("leave `--family` out to see which can be"))
            }
        };
    }
    // Equal sums of squares (constant responses) go to the one with the fewest parameters, which stands first.
    let delta = |entry: &Entry| entry.fitted.as_ref().ok().and_then(|fitted| fitted.delta);
    let best = entries.iter().enumerate().filter_map(|(i, entry)| delta(entry).map(|d| (d, i)));
    let best = best.reduce(|best, next| if next.0 < best.0 { next } else { best });
    match best {
        Some((_, at)) => Ok(Some(at)),
        None if entries.iter().any(|entry| entry.fitted.is_ok()) => Err(Fault::new(format!(
            "{} points are too few to choose among families",
            points.len()
        ))
        .help("the criterion needs four points for a constant, five for a line, six for the scalability law; or name one: `--family linear`")),
        None => {
            let why: Vec<String> = entries
                .iter()
                .filter_map(|entry| entry.fitted.as_ref().err().map(|why| format!("{}: {why}", entry.family.name())))
                .collect();
            Err(Fault::new(format!("no family can be fitted to {}", shown(setting))).help(why.join("; ")))
        }
    }
}

/// With few points the criterion prefers few parameters, even where a special case can be rejected: then its wider family
/// is chosen, and the reason given.
fn widen(entries: &[Entry], setting: &Setting, points: &Points, narrow: usize) -> Option<(usize, String)> {
    let narrow = &entries[narrow];
    let name = narrow.family.within()?;
    let wide = entries.iter().position(|entry| entry.family.name() == name)?;
    let (small, large) = (narrow.fitted.as_ref().ok()?, entries[wide].fitted.as_ref().ok()?);
    if !entries[wide].family.eligible(setting) || large.aicc.is_none() {
        return None;
    }
    let more = entries[wide].family.parameters(setting).checked_sub(narrow.family.parameters(setting))?;
    let free = points.len().checked_sub(entries[wide].family.parameters(setting))?;
    let scale: f64 = points.response.iter().map(|y| (y * weight(setting, *y)).powi(2)).sum();
    let rounding = ROUNDING * ROUNDING * scale;
    let p = f_test(small.sum_of_squares.max(rounding), large.sum_of_squares.max(rounding), more, free)?;
    (p < SIGNIFICANCE).then(|| {
        let why = format!(
            "the criterion prefers {}, but as a special case of {name} it is rejected (F test, p = {p:.3}): {name} is chosen",
            narrow.family.name()
        );
        (wide, why)
    })
}

fn shown(setting: &Setting) -> String {
    format!("`{}` over `{}`", setting.response_name, setting.load_name)
}

fn remarks(comparison: &Comparison) -> Vec<String> {
    let (setting, points) = (&comparison.setting, &comparison.points);
    let mut all = setting.understood.clone();
    let Some((family, fitted)) = comparison.choice() else { return all };
    let quantities = family.quantities(setting, &fitted.parameters);
    let of = |name: &str| quantities.iter().find(|q| q.name == name).map(|q| q.value);
    let greatest = points.greatest();
    if family.name() != "constant" && points.response.windows(2).all(|pair| pair[0] == pair[1]) {
        all.push("the response is the same at all loads: nothing depends on the load".into());
    }
    if let Some(peak) = of("peak_load") {
        if peak.is_infinite() {
            all.push("no peak: beta is 0, the points show no cost of coherency".into());
        } else if peak > greatest {
            all.push(format!("the peak, at {peak:.1}, lies beyond the greatest load that was measured, {greatest}"));
        }
    }
    if of("alpha") == Some(0.0) {
        all.push("alpha is 0: the points show no contention, or more than proportional growth".into());
    }
    let first = points.load.iter().copied().find(|load| *load > 0.0).unwrap_or(1.0);
    if of("gamma").is_some() && first > 1.0 && setting.load == LoadKind::Users {
        let how = match (family.name(), setting.gamma) {
            ("usl-first", _) | (_, Gamma::First) => {
                "gamma is the first response over its load, which assumes that it scaled to there"
            }
            _ => "gamma, the throughput of one, lies outside of what was measured",
        };
        all.push(format!("the lowest load is {first}: {how}"));
    }
    let alike = |entry: &&Entry| {
        let delta = entry.fitted.as_ref().ok().and_then(|fitted| fitted.delta);
        entry.family.name() != family.name() && delta.is_some_and(|delta| delta < ALIKE)
    };
    let others: Vec<&str> = comparison.entries.iter().filter(alike).map(|entry| entry.family.name()).collect();
    if !others.is_empty() && fitted.delta == Some(0.0) {
        all.push(format!(
            "the points do not tell {} from {} (difference of the criterion below 2)",
            family.name(),
            others.join(", ")
        ));
    }
    if let Some(first) = comparison.entries.iter().find(|entry| entry.family.name() == "usl-first")
        && family.name() == "usl"
        && let Ok(other) = &first.fitted
    {
        let p = &other.parameters;
        all.push(format!(
            "with gamma fixed to the first point ({}) alpha would be {:.4} and beta {:.4e} (`--gamma first`)",
            number(p[0]),
            p[1],
            p[2]
        ));
    }
    if fitted.aicc.is_none() {
        all.push(format!("{} points are too few for a comparison with other families", points.len()));
    }
    if fitted.r2.is_some_and(|r2| r2 < 0.5) && family.name() != "constant" {
        all.push("the curve explains less than half of the variance".into());
    }
    all
}

/// The quantities of a fit.
pub fn quantities(setting: &Setting, entry: &Entry) -> Vec<Quantity> {
    entry.fitted.as_ref().map_or_else(|_| Vec::new(), |fitted| entry.family.quantities(setting, &fitted.parameters))
}
