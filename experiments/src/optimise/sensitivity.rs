//! What would change the recommendation: how far each weight may go until another candidate is better.
//!
//! The objective is linear in the weights. With all others as they are, candidate c is as good as the best b where
//! sum w_i (P_ic - P_ib) is 0, which is at one value of each weight.

use super::goal::{Goal, INDICATORS};
use super::select::{Fate, Selection};

/// How far one weight may go.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Which indicator, by its place.
    pub indicator: usize,
    /// The weight as it is.
    pub weight: f64,
    /// The least weight with which the best stays the best, and the candidate that is better below it.
    pub low: Option<(f64, usize)>,
    /// The greatest, and the candidate that is better above it.
    pub high: Option<(f64, usize)>,
}

/// How far each weight may go, the others staying; by the estimates of the selection, among the candidates that may meet
/// all bounds.
pub fn ranges(goal: &Goal, selection: &Selection) -> Vec<Range> {
    let Some(best) = selection.best else { return Vec::new() };
    let losses = |i: usize| -> [Option<f64>; 5] { std::array::from_fn(|p| selection.candidates[i].judged.loss(p)) };
    let own = losses(best);
    let weights = goal.objective.weights;
    let mut ranges = Vec::new();
    for indicator in 0..INDICATORS.len() {
        if own[indicator].is_none() {
            continue;
        }
        let mut range = Range { indicator, weight: weights[indicator], low: None, high: None };
        for (i, candidate) in selection.candidates.iter().enumerate() {
            if i == best || !matches!(candidate.fate, Fate::Worse(_) | Fate::AsGood) {
                continue;
            }
            let other = losses(i);
            let mut rest = candidate.judged.cost() - selection.candidates[best].judged.cost();
            let mut known = true;
            for p in (0..INDICATORS.len()).filter(|p| *p != indicator && weights[*p] > 0.0) {
                match (other[p], own[p]) {
                    (Some(other), Some(own)) => rest += weights[p] * (other - own),
                    _ => known = false,
                }
            }
            let (Some(slope), true) = (other[indicator].zip(own[indicator]).map(|(other, own)| other - own), known)
            else {
                continue;
            };
            // What differs by rounding does not differ.
            if slope.abs() < 1e-9 {
                continue;
            }
            let turn = -rest / slope;
            // The candidate is better where rest + w slope < 0.
            if slope > 0.0 {
                let turn = turn.min(weights[indicator]);
                if turn > 0.0 && range.low.is_none_or(|(low, _)| turn > low) {
                    range.low = Some((turn, i));
                }
            } else {
                let turn = turn.max(weights[indicator]);
                if range.high.is_none_or(|(high, _)| turn < high) {
                    range.high = Some((turn, i));
                }
            }
        }
        ranges.push(range);
    }
    ranges
}
