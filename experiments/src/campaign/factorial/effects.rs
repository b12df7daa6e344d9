//! What the treatments of a factorial do: effects, interactions, and how much of the variation each explains (Jain, The
//! Art of Computer Systems Performance Analysis, 1991, chapters 17 to 19).
//!
//! Every replication is a whole experiment: it faces all configurations with the same random numbers. So each effect is
//! estimated once per replication, and Student's interval over these holds whatever the configurations have in common.
//! Variation that all configurations share from one replication to the next is told apart from the rest (the
//! replications are blocks).

use super::design::{Effects, ON};
use crate::campaign::design::Design;
use crate::campaign::export::Point;
use crate::campaign::record::Status;
use sim_core::analyse::{Estimate, estimate, student};
use std::collections::HashMap;

/// Whether effects add up or multiply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// The response is a sum of effects.
    Additive,
    /// Its logarithm is: effects are factors.
    Multiplicative,
}

/// One effect or interaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The treatments, as bits.
    pub treatments: u32,
    /// What cannot be told from it in a fraction: interactions of two.
    pub aliases: Vec<u32>,
    /// The change of the response (of its logarithm) from off to on, on average over the other treatments; of an
    /// interaction how much that change differs by half.
    pub effect: Estimate,
    /// Share of the variation that it explains.
    pub share: Estimate,
}

impl Term {
    /// How many treatments it is about.
    pub fn order(&self) -> u32 {
        self.treatments.count_ones()
    }

    /// Whether the interval leaves out zero.
    pub fn is_sure(&self) -> bool {
        self.effect.half_width.is_some_and(|half_width| self.effect.value.abs() > half_width)
    }

    /// The factor by which it multiplies, with the ends of its interval (of a multiplicative model).
    pub fn factor(&self) -> (f64, Option<(f64, f64)>) {
        let Estimate { value, half_width, .. } = self.effect;
        (value.exp(), half_width.map(|half_width| ((value - half_width).exp(), (value + half_width).exp())))
    }
}

/// A response taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// How effects combine.
    pub model: Model,
    /// Mean over all configurations (of the logarithm).
    pub mean: Estimate,
    /// Single treatments, then interactions by order.
    pub terms: Vec<Term>,
    /// Share of the variation of terms that stand for more than two treatments in a fraction.
    pub others: f64,
    /// Share that all configurations have in common from one replication to the next.
    pub replications: f64,
    /// Share of what is left.
    pub residual: f64,
}

/// Why a response cannot be taken apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEffects {
    /// Configurations without a figure of a steady state, counted from 0.
    #[error("{}", missing(.0))]
    Missing(Vec<u64>),
    /// Values that have no logarithm.
    #[error("the response is not above 0 everywhere, and so has no multiplicative model")]
    NotPositive,
    /// No replication in which all configurations have a value.
    #[error("there is no replication in which every configuration has a value")]
    NoReplication,
}

fn missing(numbers: &[u64]) -> String {
    let shown: Vec<String> = numbers.iter().take(12).map(|number| (number + 1).to_string()).collect();
    let more = numbers.len().saturating_sub(12);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let several = if numbers.len() == 1 { " has" } else { "s have" };
    format!("configuration{several} no figure of a steady state: {}{more}", shown.join(", "))
}

/// The values of a response: for each replication one for each combination of the free treatments, as bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Replications.
    pub rows: Vec<Vec<f64>>,
}

impl Table {
    /// Collects a response.
    ///
    /// # Errors
    /// A configuration has no figure, or no replication is whole.
    pub fn of(design: &Design, effects: &Effects, points: &[Point], path: &str) -> Result<Table, NoEffects> {
        let n = 1usize << effects.free();
        let factors: Vec<_> = design.factors().take(effects.free()).collect();
        let mut columns: Vec<Option<&Vec<Option<f64>>>> = vec![None; n];
        let mut number = vec![0; n];
        let by_number: HashMap<u64, &Point> = points.iter().map(|point| (point.index, point)).collect();
        for index in 0..design.count() {
            let levels = design.configuration(index).levels;
            let on = |i: usize| factors[i].levels[levels[i]].shown == ON;
            let bits = (0..factors.len()).filter(|i| on(*i)).fold(0usize, |bits, i| bits | 1 << i);
            number[bits] = index;
            let point = by_number.get(&index).filter(|point| point.status == Status::Ok);
            columns[bits] = point.and_then(|point| point.samples.get(path)).filter(|samples| !samples.is_empty());
        }
        let mut gone: Vec<u64> = (0..n).filter(|bits| columns[*bits].is_none()).map(|bits| number[bits]).collect();
        gone.sort_unstable();
        if !gone.is_empty() {
            return Err(NoEffects::Missing(gone));
        }
        let columns: Vec<&Vec<Option<f64>>> = columns.into_iter().flatten().collect();
        let replications = columns.iter().map(|column| column.len()).min().unwrap_or(0);
        let row = |r: usize| columns.iter().map(|column| column[r]).collect::<Option<Vec<f64>>>();
        let rows: Vec<Vec<f64>> = (0..replications).filter_map(row).collect();
        if rows.is_empty() { Err(NoEffects::NoReplication) } else { Ok(Table { rows }) }
    }

    /// Its logarithms.
    ///
    /// # Errors
    /// A value is not above 0.
    pub fn logarithms(&self) -> Result<Table, NoEffects> {
        if self.rows.iter().flatten().any(|value| *value <= 0.0) {
            return Err(NoEffects::NotPositive);
        }
        Ok(Table { rows: self.rows.iter().map(|row| row.iter().map(|value| value.ln()).collect()).collect() })
    }
}

/// Takes a table apart.
pub fn analyse(table: &Table, effects: &Effects, model: Model, confidence: f64) -> Analysis {
    let n = table.rows[0].len();
    // For each replication the mean and all coefficients.
    let coefficients: Vec<Vec<f64>> = table.rows.iter().map(|row| walsh(row)).collect();
    let of = |column: usize, factor: f64| {
        estimate(coefficients.iter().map(|row| Some(factor * row[column])), confidence).unwrap_or(Estimate {
            value: 0.0,
            half_width: None,
            n: 0,
        })
    };
    let all: Vec<usize> = (0..table.rows.len()).collect();
    let whole = shares(&coefficients, &table.rows, &all);
    let without: Vec<Vec<f64>> = match all.len() {
        0..=2 => Vec::new(),
        _ => all
            .iter()
            .map(|out| {
                shares(&coefficients, &table.rows, &all.iter().copied().filter(|r| r != out).collect::<Vec<_>>())
            })
            .collect(),
    };
    let share = |column: usize| Estimate {
        value: whole[column],
        half_width: jackknife(whole[column], without.iter().map(|shares| shares[column]), confidence),
        n: all.len() as u64,
    };
    let mut terms = Vec::new();
    let mut others = 0.0;
    for (column, explained) in whole.iter().enumerate().take(n).skip(1) {
        let names = named(effects, column as u32);
        let Some(((first, sign), rest)) = names.split_first() else {
            others += explained;
            continue;
        };
        // From off to on is twice the coefficient.
        let effect = of(column, 2.0 * sign);
        let aliases = rest.iter().map(|(treatments, _)| *treatments).collect();
        terms.push(Term { treatments: *first, aliases, effect, share: share(column) });
    }
    terms.sort_by_key(|term| (term.order(), term.treatments.reverse_bits() ^ u32::MAX));
    let explained: f64 = whole[1..n].iter().sum();
    Analysis {
        model,
        mean: of(0, 1.0),
        terms,
        others,
        replications: whole[n],
        residual: (1.0 - explained - whole[n]).max(0.0),
    }
}

/// Coefficients of all products of signs (Yates, 1937, as a fast Walsh-Hadamard transform): off is -1, on is +1.
fn walsh(values: &[f64]) -> Vec<f64> {
    let mut all = values.to_vec();
    let n = all.len();
    let mut half = 1;
    while half < n {
        for start in (0..n).step_by(2 * half) {
            for i in start..start + half {
                let (off, on) = (all[i], all[i + half]);
                all[i] = on + off;
                all[i + half] = on - off;
            }
        }
        half *= 2;
    }
    all.into_iter().map(|sum| sum / n as f64).collect()
}

/// Shares of the variation by column (the first is unused), and behind them that of the replications, from some of them.
fn shares(coefficients: &[Vec<f64>], rows: &[Vec<f64>], chosen: &[usize]) -> Vec<f64> {
    let (n, r) = (coefficients[0].len(), chosen.len() as f64);
    let mean = |column: usize| chosen.iter().map(|row| coefficients[*row][column]).sum::<f64>() / r;
    let grand = mean(0);
    let total: f64 = chosen.iter().flat_map(|row| &rows[*row]).map(|value| (value - grand).powi(2)).sum();
    let of = |squares: f64| if total > 0.0 { squares / total } else { 0.0 };
    let mut all: Vec<f64> = (0..n).map(|column| of(n as f64 * r * mean(column).powi(2))).collect();
    all[0] = 0.0;
    let between: f64 = chosen.iter().map(|row| (coefficients[*row][0] - grand).powi(2)).sum();
    all.push(of(n as f64 * between));
    all
}

/// Half-width of an interval from what the others give when one replication is left out (Tukey, 1958).
fn jackknife(whole: f64, without: impl Iterator<Item = f64>, confidence: f64) -> Option<f64> {
    let without: Vec<f64> = without.collect();
    let n = without.len() as f64;
    if without.len() < 3 {
        return None;
    }
    let pseudo: Vec<f64> = without.iter().map(|part| n * whole - (n - 1.0) * part).collect();
    let mean = pseudo.iter().sum::<f64>() / n;
    let variance = pseudo.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0) / n;
    Some(student(confidence, without.len() as u64 - 1) * variance.sqrt())
}

/// The sets of treatments that a column stands for, each with its sign: the simplest first. In a full design it is one;
/// in a fraction single treatments and pairs.
fn named(effects: &Effects, column: u32) -> Vec<(u32, f64)> {
    let k = effects.treatments.len();
    if effects.follows.is_empty() {
        return vec![(column, 1.0)];
    }
    // A treatment that follows others is on where an odd number of them is: the product of their signs, but for its sign.
    let sign = |treatment: usize| match treatment < effects.free() {
        true => 1.0,
        false if effects.column(treatment).count_ones().is_multiple_of(2) => -1.0,
        false => 1.0,
    };
    let single = (0..k).filter(|i| effects.column(*i) == column).map(|i| (1 << i, sign(i)));
    let pairs = (0..k).flat_map(|i| (i + 1..k).map(move |j| (i, j)));
    let pairs = pairs
        .filter(|(i, j)| effects.column(*i) ^ effects.column(*j) == column)
        .map(|(i, j)| (1 << i | 1 << j, sign(i) * sign(j)));
    single.chain(pairs).collect()
}

/// What a term is called.
pub fn name(effects: &Effects, treatments: u32) -> String {
    let names = effects.treatments.iter().enumerate().filter(|(i, _)| treatments >> i & 1 == 1);
    names.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" × ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn full(k: usize) -> Effects {
        let treatments = (0..k).map(|i| ((b'a' + i as u8) as char).to_string()).collect();
        Effects { treatments, follows: Vec::new(), assumed: vec![None; k] }
    }

    fn effect(analysis: &Analysis, treatments: u32) -> f64 {
        let term = analysis.terms.iter().find(|term| term.treatments == treatments);
        term.map_or(f64::NAN, |term| term.effect.value)
    }

    #[test]
    fn jains_example_comes_out() {
        // Jain 1991, section 17.1: memory and cache, 15 45 25 75 MIPS: q0 = 40, qA = 20, qB = 10, qAB = 5; SST 2100 with
        // 76 %, 19 %, 5 %.
        let table = Table { rows: vec![vec![15.0, 45.0, 25.0, 75.0]] };
        let found = analyse(&table, &full(2), Model::Additive, 0.95);
        assert_eq!(found.mean.value, 40.0);
        assert_eq!([effect(&found, 1), effect(&found, 2), effect(&found, 3)], [40.0, 20.0, 10.0]);
        let shares: Vec<f64> = found.terms.iter().map(|term| (term.share.value * 100.0).round()).collect();
        assert_eq!(shares, [76.0, 19.0, 5.0]);
        assert_eq!(found.terms[0].effect.half_width, None, "one replication has no interval");
    }

    #[test]
    fn replications_are_told_apart_from_effects() {
        // Jain 1991, section 18.2: (15, 18, 12), (45, 48, 51), (25, 28, 19), (75, 75, 81): q = 41, 21.5, 9.5, 5; SSE 102.
        let rows = vec![vec![15.0, 45.0, 25.0, 75.0], vec![18.0, 48.0, 28.0, 75.0], vec![12.0, 51.0, 19.0, 81.0]];
        let found = analyse(&Table { rows }, &full(2), Model::Additive, 0.9);
        assert_eq!(found.mean.value, 41.0);
        assert_eq!([effect(&found, 1), effect(&found, 2), effect(&found, 3)], [43.0, 19.0, 10.0]);
        let shares: f64 = found.terms.iter().map(|term| term.share.value).sum();
        assert_relative_eq!(shares, 1.0 - 102.0 / 7032.0, max_relative = 1e-12);
        assert_relative_eq!(found.replications + found.residual, 102.0 / 7032.0, max_relative = 1e-9);
    }

    #[test]
    fn a_product_has_interactions_when_added_and_none_when_multiplied() {
        let value = |i: usize| 10.0 * [1.0, 2.0][i & 1] * [1.0, 1.5][i >> 1 & 1] * [1.0, 0.5][i >> 2 & 1];
        let table = Table { rows: vec![(0..8).map(value).collect(), (0..8).map(|i| 1.1 * value(i)).collect()] };
        let added = analyse(&table, &full(3), Model::Additive, 0.95);
        assert!(effect(&added, 0b011).abs() > 1.0);
        let multiplied = analyse(&table.logarithms().unwrap_or(table), &full(3), Model::Multiplicative, 0.95);
        for (treatments, factor) in [(1, 2.0), (2, 1.5), (4, 0.5), (3, 1.0), (5, 1.0), (6, 1.0), (7, 1.0)] {
            assert_relative_eq!(effect(&multiplied, treatments).exp(), factor, max_relative = 1e-12);
        }
        assert_relative_eq!(multiplied.residual, 0.0, epsilon = 1e-9);
    }

    #[test]
    fn fractions_find_single_effects_with_their_signs_and_name_what_they_cannot_tell() {
        // d follows a, b, c; e follows a, b.
        for follows in [vec![0b111], vec![0b111, 0b011]] {
            let k = 3 + follows.len();
            let effects = Effects { follows, ..full(k) };
            let on = |treatment: usize, bits: u32| (bits & effects.column(treatment)).count_ones() % 2 == 1;
            let size = |i: usize| (i + 1) as f64;
            let value = |bits: u32| (0..k).map(|i| if on(i, bits) { size(i) } else { 0.0 }).sum::<f64>();
            let table = Table { rows: vec![(0..8).map(value).collect()] };
            let found = analyse(&table, &effects, Model::Additive, 0.95);
            for i in 0..k {
                assert_relative_eq!(effect(&found, 1 << i), size(i), epsilon = 1e-12);
            }
            let pair = found.terms.iter().find(|term| term.treatments == 0b0011 || term.aliases.contains(&0b0011));
            assert!(pair.is_some_and(|pair| pair.aliases.iter().chain([&pair.treatments]).any(|t| *t == 0b1100)));
        }
    }

    #[test]
    fn jackknife_of_a_mean_is_students_interval() {
        let values = [1.0, 2.0, 4.0, 8.0];
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let without = (0..4).map(|out| {
            let rest: Vec<f64> = values.iter().enumerate().filter(|(i, _)| *i != out).map(|(_, v)| *v).collect();
            mean(&rest)
        });
        let expected = estimate(values.map(Some), 0.95).and_then(|estimate| estimate.half_width).unwrap_or(f64::NAN);
        assert_relative_eq!(jackknife(mean(&values), without, 0.95).unwrap_or(f64::NAN), expected, max_relative = 1e-9);
    }
}
