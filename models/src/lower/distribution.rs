//! Distributions.

use super::{Lower, Path};
use crate::spec::{DistributionKind, DistributionSpec, Scalar};
use crate::units::Dimension;
use sim_core::distributions::{
    BoundedPareto, Constant, Coxian, Distribution, DistributionError, Empirical, Erlang, Exponential, Gamma,
    Hyperexponential, Lognormal, Mixture, Pareto, PhaseType, Sequence, Triangular, TruncatedNormal, Uniform, Weibull,
    Zipf,
};

/// A constant of at least 0.
pub(super) fn constant(value: f64) -> Distribution {
    // Proof that this cannot fail: the value is made finite and not negative.
    let value = if value.is_finite() { value.max(0.0) } else { 0.0 };
    Distribution::Constant(Constant::new(value).unwrap_or_else(|_| unreachable!("a finite value of at least 0")))
}

impl Lower<'_> {
    /// A distribution of values of the given dimension, in base units.
    pub fn distribution(&self, at: &Path, spec: &DistributionSpec, dimension: Dimension) -> Distribution {
        if let Some(dependent) = self.dependent(at, &spec.0, dimension) {
            return dependent;
        }
        match self.try_distribution(at, &spec.0, dimension) {
            Some(Ok(distribution)) => distribution,
            Some(Err(error)) => {
                self.problem(at, error.to_string());
                constant(1.0)
            }
            None => constant(1.0),
        }
    }

    /// Work of a Compute: a distribution of seconds, or of cycles (then `true`).
    pub fn time_or_cycles(&self, at: &Path, spec: &DistributionSpec) -> (Distribution, bool) {
        let cycles = self.has_dimension(&spec.0, Dimension::CYCLES);
        let dimension = if cycles { Dimension::CYCLES } else { Dimension::TIME };
        (self.distribution(at, spec, dimension), cycles)
    }

    /// Whether some value in the distribution is of the given dimension.
    pub(super) fn has_dimension(&self, kind: &DistributionKind, dimension: Dimension) -> bool {
        let scalar = |s: &Scalar| self.dimension_of(s) == Some(dimension);
        let any = |list: &[&Scalar]| list.iter().any(|s| scalar(s));
        let option = |s: &Option<Scalar>| s.as_ref().is_some_and(scalar);
        use DistributionKind as D;
        match kind {
            D::Constant { value } => scalar(value),
            D::Uniform { low, high } => any(&[low, high]),
            D::Exponential { mean } | D::Erlang { mean, .. } | D::Gamma { mean, .. } | D::Lognormal { mean, .. } => {
                scalar(mean)
            }
            D::HyperExponential { branches, mean, .. } => {
                option(mean) || branches.iter().flatten().any(|(_, mean)| scalar(mean))
            }
            D::Weibull { scale, mean, .. } => option(scale) || option(mean),
            D::Pareto { minimum, mean, maximum, .. } => option(minimum) || option(mean) || option(maximum),
            D::Normal { mean, sd, .. } => any(&[mean, sd]),
            D::Triangular { low, mode, high } => any(&[low, mode, high]),
            D::Coxian { phases } => phases.iter().any(|(mean, _)| scalar(mean)),
            D::PhaseType { .. } => false,
            D::Empirical { values, .. } | D::Sequence { values } => values.iter().any(scalar),
            D::Zipf { unit, .. } | D::Trace { unit, .. } => option(unit),
            D::Content { per_byte } => option(per_byte),
            D::Mixture { parts } => parts.iter().any(|(_, part)| self.has_dimension(&part.0, dimension)),
        }
    }

    fn try_distribution(
        &self,
        at: &Path,
        kind: &DistributionKind,
        dimension: Dimension,
    ) -> Option<Result<Distribution, DistributionError>> {
        use DistributionKind as D;
        let value = |field: &str, s: &Scalar| self.not_negative(&at.field(field), s, dimension);
        let plain = |field: &str, s: &Scalar| self.number(&at.field(field), s, Dimension::NONE);
        let values = |field: &str, list: &[Scalar], dimension| -> Vec<f64> {
            let at = at.field(field);
            list.iter().enumerate().map(|(i, s)| self.not_negative(&at.index(i), s, dimension)).collect()
        };
        let pairs = |field: &str, list: &[(Scalar, Scalar)], first, second| -> Vec<(f64, f64)> {
            let at = at.field(field);
            let element = |i: usize, j: usize, s: &Scalar, d| self.not_negative(&at.index(i).index(j), s, d);
            list.iter().enumerate().map(|(i, (a, b))| (element(i, 0, a, first), element(i, 1, b, second))).collect()
        };
        let before = self.problems.borrow().len();
        let number = Dimension::NONE;
        let result = match kind {
            D::Constant { value } => Constant::new(self.not_negative(at, value, dimension)).map(Into::into),
            D::Uniform { low, high } => {
                let (low, high) = (value("low", low), value("high", high));
                if low == high { Constant::new(low).map(Into::into) } else { Uniform::new(low, high).map(Into::into) }
            }
            D::Exponential { mean } => {
                Exponential::with_mean(self.not_negative(&at.field("mean"), mean, dimension)).map(Into::into)
            }
            D::Erlang { k, mean } => {
                let k = self.whole(&at.field("k"), k, 1, u64::from(u32::MAX)) as u32;
                Erlang::new(k, value("mean", mean)).map(Into::into)
            }
            D::HyperExponential { branches: Some(branches), mean: None, scv: None } => {
                Hyperexponential::new(&pairs("branches", branches, number, dimension)).map(Into::into)
            }
            D::HyperExponential { branches: None, mean: Some(mean), scv: Some(scv) } => {
                let (mean, scv) = (value("mean", mean), plain("scv", scv));
                if scv == 1.0 {
                    Exponential::with_mean(mean).map(Into::into)
                } else {
                    Hyperexponential::with_scv(mean, scv).map(Into::into)
                }
            }
            D::HyperExponential { .. } => {
                let help = "give `[(probability, mean), ..]`, or `mean` and `scv`";
                self.problem_with_help(at, "a hyperexponential needs its branches, or mean and scv", help);
                return None;
            }
            D::Gamma { mean, scv: Some(scv), shape: None } => {
                Gamma::with_scv(value("mean", mean), plain("scv", scv)).map(Into::into)
            }
            D::Gamma { mean, scv: None, shape: Some(shape) } => {
                Gamma::with_shape(value("mean", mean), plain("shape", shape)).map(Into::into)
            }
            D::Gamma { .. } => {
                self.problem_with_help(
                    at,
                    "a gamma distribution needs scv or shape",
                    "give one of them beside the mean",
                );
                return None;
            }
            D::Lognormal { mean, scv } => Lognormal::with_scv(value("mean", mean), plain("scv", scv)).map(Into::into),
            D::Weibull { shape, scale: Some(scale), mean: None } => {
                Weibull::new(plain("shape", shape), value("scale", scale)).map(Into::into)
            }
            D::Weibull { shape, scale: None, mean: Some(mean) } => {
                Weibull::with_mean(plain("shape", shape), value("mean", mean)).map(Into::into)
            }
            D::Weibull { .. } => {
                self.problem_with_help(
                    at,
                    "a Weibull distribution needs scale or mean",
                    "give one of them beside the shape",
                );
                return None;
            }
            D::Pareto { shape, minimum: Some(minimum), mean: None, maximum: Some(maximum) } => {
                BoundedPareto::new(plain("shape", shape), value("minimum", minimum), value("maximum", maximum))
                    .map(Into::into)
            }
            D::Pareto { shape, minimum: Some(minimum), mean: None, maximum: None } => {
                Pareto::new(plain("shape", shape), value("minimum", minimum)).map(Into::into)
            }
            D::Pareto { shape, minimum: None, mean: Some(mean), maximum: None } => {
                Pareto::with_mean(plain("shape", shape), value("mean", mean)).map(Into::into)
            }
            D::Pareto { .. } => {
                let help = "give the shape with minimum, or with mean, or with minimum and maximum";
                self.problem_with_help(at, "a Pareto distribution needs a minimum or a mean", help);
                return None;
            }
            D::Normal { mean, sd, low, high } => {
                let low = low.as_ref().map_or(0.0, |low| value("low", low));
                let high = high.as_ref().map_or(f64::INFINITY, |high| value("high", high));
                TruncatedNormal::new(self.number(&at.field("mean"), mean, dimension), value("sd", sd), low, high)
                    .map(Into::into)
            }
            D::Triangular { low, mode, high } => {
                Triangular::new(value("low", low), value("mode", mode), value("high", high)).map(Into::into)
            }
            D::Coxian { phases } => Coxian::new(&pairs("phases", phases, dimension, number)).map(Into::into),
            D::PhaseType { initial, rates } => {
                // Rates are per base unit of the quantity, or written with the reciprocal unit.
                let per = number.over(dimension).unwrap_or(number);
                let at_rates = at.field("rates");
                let matrix: Vec<Vec<f64>> = rates
                    .iter()
                    .enumerate()
                    .map(|(i, row)| {
                        let at = at_rates.index(i);
                        row.iter().enumerate().map(|(j, s)| self.number(&at.index(j), s, per)).collect()
                    })
                    .collect();
                PhaseType::new(&values("initial", initial, number), &matrix).map(Into::into)
            }
            D::Empirical { values: list, weights: None } => {
                Empirical::new(&values("values", list, dimension)).map(Into::into)
            }
            D::Empirical { values: list, weights: Some(weights) } => {
                let (list, weights) = (values("values", list, dimension), values("weights", weights, number));
                if list.len() != weights.len() {
                    self.problem_with_help(
                        &at.field("weights"),
                        format!("{} weights for {} values", weights.len(), list.len()),
                        "give a weight for each value",
                    );
                    return None;
                }
                Empirical::weighted(&weights.into_iter().zip(list).collect::<Vec<_>>()).map(Into::into)
            }
            D::Zipf { n, s, unit } => {
                let unit = unit.as_ref().map_or(1.0, |unit| self.positive(&at.field("unit"), unit, dimension));
                let n = self.whole(&at.field("n"), n, 1, 1 << 53);
                Zipf::new(n, plain("s", s)).map(|zipf| Distribution::from(zipf).scaled(unit))
            }
            D::Mixture { parts } => {
                let at = at.field("parts");
                let parts = parts
                    .iter()
                    .enumerate()
                    .map(|(i, (p, part))| {
                        let at = at.index(i);
                        (self.probability(&at.index(0), p), self.distribution(&at.index(1), part, dimension))
                    })
                    .collect();
                Mixture::new(parts).map(Into::into)
            }
            D::Sequence { values: list } => Sequence::new(&values("values", list, dimension)).map(Into::into),
            D::Trace { file, column, unit } => {
                let unit = unit.as_ref().map_or_else(
                    || if dimension == Dimension::DATA { 8.0 } else { 1.0 },
                    |unit| self.positive(&at.field("unit"), unit, dimension),
                );
                let values = self.trace(at, file, column)?;
                Sequence::new(&values.iter().map(|value| value * unit).collect::<Vec<_>>()).map(Into::into)
            }
            D::Content { .. } => {
                let help = "it is what a block carries: use it in the `flush` of a Fill or the `fill` of a Drain";
                self.problem_with_help(at, "`Content` has no meaning here", help);
                return None;
            }
        };
        // A parameter that is wrong by itself has been reported at its own place.
        if self.problems.borrow().len() > before { None } else { Some(result) }
    }

    /// The values of a column of a trace file.
    pub(super) fn trace(&self, at: &Path, file: &str, column: &Option<Scalar>) -> Option<Vec<f64>> {
        let column = column.as_ref().map_or(0, |column| self.whole(&at.field("column"), column, 0, 10_000) as usize);
        match (self.traces)(file, column) {
            Ok(values) => Some(values),
            Err(message) => {
                let (message, help) = message.split_once("\nhelp: ").unwrap_or((message.as_str(), ""));
                if help.is_empty() {
                    self.problem(&at.field("file"), message);
                } else {
                    self.problem_with_help(&at.field("file"), message, help);
                }
                None
            }
        }
    }
}
