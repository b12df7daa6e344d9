//! 2^k designs, and fractions of them (Box, Hunter and Hunter, Statistics for Experimenters, 2005, chapters 5 and 6).
//!
//! In a fraction of 2^(k-p) the first k-p treatments take every combination, and each of the others is on where an odd
//! number of some of these is on. So the configuration without any treatment is always there. Which they follow is
//! chosen such that the shortest relation between treatments is as long as possible, and that there are few of that
//! length (minimum aberration: Fries and Hunter, 1980).

use crate::campaign::design::{Block, Design, DesignError, Factor, treatment};
use crate::campaign::levels::Level;
use crate::file::nearest;
use models::expression::evaluate;
use models::lower::Path as FieldPath;
use models::spec::{Experiment, Named, Scalar};
use models::units::Dimension;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The most treatments, and the most that take every combination.
const TREATMENTS: usize = 24;
const FREE: usize = 14;
/// Choices of relations that are tried all; beyond them they are chosen one by one.
const TRIED: u64 = 300_000;

/// How a factorial is taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effects {
    /// The treatments, in the order of the factors.
    pub treatments: Vec<String>,
    /// For each of the last treatments which of the first ones it follows, as bits.
    pub follows: Vec<u32>,
    /// Assumed relative change of the first response by each treatment.
    pub assumed: Vec<Option<f64>>,
}

impl Effects {
    /// Treatments that take every combination.
    pub fn free(&self) -> usize {
        self.treatments.len() - self.follows.len()
    }

    /// What a treatment is in terms of the free ones, as bits.
    pub fn column(&self, treatment: usize) -> u32 {
        match treatment.checked_sub(self.free()) {
            Some(i) => self.follows[i],
            None => 1 << treatment,
        }
    }

    /// The shortest relation between treatments; `None` for a full design.
    pub fn resolution(&self) -> Option<u32> {
        pattern(&self.follows, self.free()).iter().position(|n| *n > 0).map(|at| at as u32)
    }
}

/// The factorial section of an experiment as a design; `None` where there is none. `same` gives the full path that a
/// path means.
///
/// # Errors
/// Everything that is wrong with it but for unknown names of treatments, which are reported with those of other sections.
pub fn of_factorial(
    experiment: &Experiment,
    parameters: &Named<f64>,
    same: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<(Design, Effects)>, Vec<DesignError>> {
    let Some(written) = &experiment.factorial else { return Ok(None) };
    let root = FieldPath::new("factorial");
    let mut errors = Vec::new();
    let mut error = |at: FieldPath, message: String, help: String| {
        errors.push(DesignError { at, message, help: Some(help) });
    };
    let treatments = &written.treatments;
    let at = root.field("treatments");
    if treatments.is_empty() {
        error(at.clone(), "there are no treatments".into(), "give names of configurations".into());
    }
    if treatments.len() > TREATMENTS {
        let message = format!("there are {} treatments", treatments.len());
        error(at.clone(), message, format!("at most {TREATMENTS} are possible"));
    }
    let mut fields: HashMap<String, &String> = HashMap::new();
    for (i, name) in treatments.iter().enumerate() {
        if treatments[..i].contains(name) {
            error(at.index(i), format!("`{name}` stands here twice"), "leave one of them out".into());
            continue;
        }
        for path in experiment.configurations.get(name).into_iter().flat_map(Named::keys) {
            let full = same(path).unwrap_or_else(|| path.clone());
            if let Some(other) = fields.insert(full, name).filter(|other| *other != name) {
                let message = format!("`{other}` and `{name}` both change `{path}`: they cannot be on at once");
                error(at.index(i), message, "let each treatment change fields of its own".into());
            }
        }
    }
    let number = |scalar: &Scalar| match scalar {
        Scalar::Number(number) => Some(*number),
        Scalar::Text(text) => {
            let value = evaluate(text, &|name| parameters.get(name).copied()).ok();
            value.filter(|measure| measure.dimension == Dimension::NONE).map(|measure| measure.value)
        }
    };
    let k = treatments.len();
    let p = written.fraction.as_ref().map_or(Some(0.0), number);
    let most = (0..k).rev().find(|p| room(k - p) >= *p).unwrap_or(0);
    let p = match p {
        Some(p) if p.fract() == 0.0 && p >= 0.0 && p <= most as f64 => p as usize,
        _ => {
            let shown = written.fraction.as_ref().map_or(String::new(), ToString::to_string);
            let help = format!("give a whole number from 0 to {most}: more and single treatments cannot be told apart");
            error(root.field("fraction"), format!("{k} treatments have no fraction 2^({k} - {shown})"), help);
            0
        }
    };
    if k - p > FREE && k <= TREATMENTS {
        let message = format!("the design has 2^{} configurations", k - p);
        error(root.clone(), message, format!("give fewer treatments, or a `fraction` of at least {}", k - FREE));
    }
    let mut assumed = vec![None; k];
    for (name, scalar) in &written.assumed {
        let at = root.field("assumed").field(name);
        let Some(i) = treatments.iter().position(|treatment| treatment == name) else {
            let help = nearest(name, treatments.iter().map(String::as_str));
            let help = help.map_or(format!("there are: {}", treatments.join(", ")), |n| format!("did you mean `{n}`?"));
            error(at, format!("there is no treatment `{name}`"), help);
            continue;
        };
        match number(scalar) {
            Some(change) if change > -1.0 && change.is_finite() => assumed[i] = Some(change),
            _ => {
                let help = "give 0.2 for a fifth more of the first response, -0.2 for a fifth less".to_string();
                error(at, format!("{scalar} is no relative change"), help);
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let follows = fraction(k - p, p);
    let effects = Effects { treatments: treatments.clone(), follows, assumed };
    Ok(Some((configurations(experiment, &effects), effects)))
}

/// Treatments that can follow `free` ones so that no single one is mistaken for another.
fn room(free: usize) -> usize {
    if free >= 10 { usize::MAX } else { (1usize << free) - free - 1 }
}

/// The configurations: the first treatment changes most slowly.
fn configurations(experiment: &Experiment, effects: &Effects) -> Design {
    let on = |name: &String| {
        let set = experiment.configurations.get(name).map_or_else(Vec::new, |set| treatment(name, set).set);
        Level { shown: ON.into(), number: Some(1.0), set }
    };
    let off = Level { shown: "off".into(), number: Some(0.0), set: Vec::new() };
    let factor = |name: &String, levels: Vec<Level>| Factor {
        name: name.clone(),
        unit: String::new(),
        logarithmic: false,
        levels,
    };
    if effects.follows.is_empty() {
        let block = |name| Block { factors: vec![factor(name, vec![off.clone(), on(name)])], scattered: false };
        return Design { blocks: effects.treatments.iter().map(block).collect() };
    }
    let free = effects.free();
    let level = |i: usize, name: &String, row: usize| {
        // The first of the free ones changes most slowly.
        let bits = (0..free).fold(0u32, |bits, b| bits | (((row >> (free - 1 - b)) & 1) as u32) << b);
        if (bits & effects.column(i)).count_ones() % 2 == 1 { on(name) } else { off.clone() }
    };
    let factors = effects
        .treatments
        .iter()
        .enumerate()
        .map(|(i, name)| factor(name, (0..1 << free).map(|row| level(i, name, row)).collect()))
        .collect();
    Design { blocks: vec![Block { factors, scattered: true }] }
}

/// What the level is called in which a treatment is on.
pub const ON: &str = "on";

/// How many relations there are of each length.
fn pattern(follows: &[u32], free: usize) -> Vec<u32> {
    let mut lengths = vec![0; free + follows.len() + 1];
    for chosen in 1..1u32 << follows.len() {
        let combined = (0..follows.len()).filter(|i| chosen >> i & 1 == 1).fold(0, |bits, i| bits ^ follows[i]);
        lengths[(combined.count_ones() + chosen.count_ones()) as usize] += 1;
    }
    lengths
}

/// For each of `p` treatments which of `free` others it follows: minimum aberration where all choices can be tried.
fn fraction(free: usize, p: usize) -> Vec<u32> {
    let mut columns: Vec<u32> = (1..1u32 << free).filter(|bits| bits.count_ones() >= 2).collect();
    // Long relations first: of equals the first is taken.
    columns.sort_by_key(|bits| (std::cmp::Reverse(bits.count_ones()), *bits));
    let choices =
        (0..p as u64).fold(1u64, |n, i| n.saturating_mul(columns.len() as u64 - i.min(columns.len() as u64)) / (i + 1));
    if choices.saturating_mul(1 << p.min(20)) <= TRIED * 16 {
        let mut best: Option<(Vec<u32>, Vec<u32>)> = None;
        choose(&columns, p, &mut Vec::new(), &mut |chosen| {
            let found = pattern(chosen, free);
            if best.as_ref().is_none_or(|best| found < best.0) {
                best = Some((found, chosen.to_vec()));
            }
        });
        return best.map_or_else(Vec::new, |best| best.1);
    }
    let mut chosen: Vec<u32> = Vec::new();
    while chosen.len() < p {
        let with = |column: u32| {
            let mut all = chosen.clone();
            all.push(column);
            pattern(&all, free)
        };
        let unused = columns.iter().copied().filter(|column| !chosen.contains(column));
        match unused.min_by_key(|column| with(*column)) {
            Some(column) => chosen.push(column),
            None => break,
        }
    }
    chosen
}

/// Every choice of `n` of the columns, in their order.
fn choose(columns: &[u32], n: usize, chosen: &mut Vec<u32>, found: &mut dyn FnMut(&[u32])) {
    if n == 0 {
        return found(chosen);
    }
    for (i, column) in columns.iter().enumerate() {
        if columns.len() - i < n {
            break;
        }
        chosen.push(*column);
        choose(&columns[i + 1..], n - 1, chosen, found);
        chosen.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolution(k: usize, p: usize) -> u32 {
        let effects =
            Effects { treatments: vec![String::new(); k], follows: fraction(k - p, p), assumed: vec![None; k] };
        effects.resolution().unwrap_or(u32::MAX)
    }

    #[test]
    fn fractions_have_the_resolution_of_the_tables() {
        // Box, Hunter and Hunter, 2005, table 6.22 (and the same in Montgomery).
        for (k, p, expected) in [
            (3, 1, 3),
            (4, 1, 4),
            (5, 1, 5),
            (5, 2, 3),
            (6, 1, 6),
            (6, 2, 4),
            (6, 3, 3),
            (7, 1, 7),
            (7, 2, 4),
            (7, 3, 4),
            (7, 4, 3),
            (8, 2, 5),
            (8, 3, 4),
            (8, 4, 4),
            (9, 2, 6),
            (9, 3, 4),
            (9, 4, 4),
            (9, 5, 3),
            (10, 3, 5),
            (10, 4, 4),
            (11, 4, 5),
            (15, 11, 3),
        ] {
            assert_eq!(resolution(k, p), expected, "2^({k}-{p})");
        }
        assert_eq!(resolution(4, 0), u32::MAX);
    }

    #[test]
    fn of_equal_resolution_the_one_with_fewest_short_relations_is_taken() {
        // 2^(7-2): one relation of length 4 and two of length 5 (Fries and Hunter, 1980).
        let found = pattern(&fraction(5, 2), 5);
        assert_eq!(&found[3..], [0, 1, 2, 0, 0]);
    }
}
