//! Assumed gains beside measured ones: what each treatment was said to change, what it changes alone, what on average
//! over the others, and whether all together multiply.

use super::design::Effects;
use super::effects::{Model, NoEffects, Table, analyse};
use sim_core::analyse::{Estimate, estimate};

/// A ratio with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The ratio.
    pub value: f64,
    /// Its interval.
    pub ends: Option<(f64, f64)>,
}

impl Ratio {
    /// From a logarithm.
    fn exp(estimate: Estimate) -> Ratio {
        let ends = estimate.half_width.map(|h| ((estimate.value - h).exp(), (estimate.value + h).exp()));
        Ratio { value: estimate.value.exp(), ends }
    }
}

/// The gains of one treatment, or of all together, as factors of the response.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    /// The treatment.
    pub name: String,
    /// What was assumed.
    pub assumed: Option<f64>,
    /// With it alone against nothing; of all together against nothing. `None` where the fraction leaves it out.
    pub measured: Option<Ratio>,
    /// On average over the others; of all together the product of what each does alone.
    pub compounded: Option<Ratio>,
}

/// What all treatments together are called.
pub const ALL: &str = "all together";

/// The gains of each treatment and, last, of all together.
///
/// # Errors
/// The response has no logarithm.
pub fn gains(table: &Table, effects: &Effects, confidence: f64) -> Result<Vec<Gain>, NoEffects> {
    let logarithms = table.logarithms()?;
    let analysis = analyse(&logarithms, effects, Model::Multiplicative, confidence);
    let k = effects.treatments.len();
    // The combination of free treatments at which exactly these are on, if the fraction has it.
    let at = |wanted: u32| {
        let on = |treatment: usize, bits: u32| (bits & effects.column(treatment)).count_ones() % 2 == 1;
        (0..1u32 << effects.free()).find(|bits| (0..k).all(|i| on(i, *bits) == (wanted >> i & 1 == 1)))
    };
    let against_nothing = |row: &Vec<f64>, bits: u32| row[bits as usize] - row[0];
    let ratio = |wanted: u32| {
        let bits = at(wanted)?;
        estimate(logarithms.rows.iter().map(|row| Some(against_nothing(row, bits))), confidence).map(Ratio::exp)
    };
    let mut all: Vec<Gain> = (0..k)
        .map(|i| Gain {
            name: effects.treatments[i].clone(),
            assumed: effects.assumed[i].map(|change| 1.0 + change),
            measured: ratio(1 << i),
            compounded: analysis
                .terms
                .iter()
                .find(|term| term.treatments == 1 << i)
                .map(|term| Ratio::exp(term.effect)),
        })
        .collect();
    let singles: Option<Vec<u32>> = (0..k).map(|i| at(1 << i)).collect();
    let product = singles.and_then(|singles| {
        let sum = |row: &Vec<f64>| singles.iter().map(|bits| against_nothing(row, *bits)).sum();
        estimate(logarithms.rows.iter().map(|row| Some(sum(row))), confidence).map(Ratio::exp)
    });
    all.push(Gain {
        name: ALL.to_string(),
        assumed: all.iter().map(|gain| gain.assumed).product::<Option<f64>>(),
        measured: ratio((1u32 << k) - 1),
        compounded: product,
    });
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn effects(assumed: &[f64]) -> Effects {
        Effects {
            treatments: assumed.iter().map(ToString::to_string).collect(),
            follows: Vec::new(),
            assumed: assumed.iter().map(|change| Some(*change)).collect(),
        }
    }

    #[test]
    fn gains_that_multiply_compound_as_assumed() {
        let factor =
            |i: usize| [1.0, 1.15][i & 1] * [1.0, 1.10][i >> 1 & 1] * [1.0, 1.20][i >> 2 & 1] * [1.0, 1.25][i >> 3];
        let rows = (1..4).map(|r| (0..16).map(|i| f64::from(r) * factor(i)).collect()).collect();
        let all = gains(&Table { rows }, &effects(&[0.15, 0.10, 0.20, 0.25]), 0.95).unwrap_or_default();
        let last = &all[4];
        // 1.15 x 1.10 x 1.20 x 1.25.
        for found in [last.assumed, last.measured.map(|r| r.value), last.compounded.map(|r| r.value)] {
            assert_relative_eq!(found.unwrap_or(f64::NAN), 1.8975, max_relative = 1e-12);
        }
        assert_relative_eq!(all[2].measured.map_or(f64::NAN, |r| r.value), 1.2, max_relative = 1e-12);
    }

    #[test]
    fn gains_on_the_same_bottleneck_do_not_compound() {
        // The slower of two stages decides: each treatment alone does nothing.
        let value = |i: usize| f64::min([1.0, 2.0][i & 1], [1.0, 2.0][i >> 1]);
        let rows = vec![(0..4).map(value).collect()];
        let all = gains(&Table { rows }, &effects(&[1.0, 1.0]), 0.95).unwrap_or_default();
        let last = &all[2];
        assert_eq!(last.assumed, Some(4.0));
        assert_relative_eq!(last.measured.map_or(f64::NAN, |r| r.value), 2.0, max_relative = 1e-12);
        assert_relative_eq!(last.compounded.map_or(f64::NAN, |r| r.value), 1.0, max_relative = 1e-12);
    }
}
