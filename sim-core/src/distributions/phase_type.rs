//! General phase-type distributions.

use std::sync::Arc;

use rand::Rng;

use super::exponential::unit_exponential;
use super::support::{Choice, finite, non_negative, representable, scv_from_moments, unit};
use super::{DistributionError, Family};

const FAMILY: &str = "phase-type";

/// Phase-type: the time until a Markov chain in continuous time leaves its phases for good (Neuts 1975).
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseType {
    start: Choice,
    phases: Arc<[Phase]>,
}

#[derive(Clone, Debug, PartialEq)]
struct Phase {
    /// Mean time in the phase.
    mean: f64,
    /// Which phase is next; the number after the last phase means out.
    next: Choice,
}

impl PhaseType {
    /// From the probabilities to start in each phase, which add up to 1, and the generator restricted to the phases, a
    /// square matrix, row by row, in events per unit of the value: off the diagonal the rates from phase to phase, at
    /// least 0; on the diagonal minus the total rate out of the phase; what is missing in a row is the rate of leaving
    /// for good.
    ///
    /// # Errors
    /// If the shapes or signs are wrong, or if some phase never leads out.
    pub fn new(initial: &[f64], generator: &[Vec<f64>]) -> Result<Self, DistributionError> {
        let start = Choice::new(FAMILY, "initial probabilities", initial)?;
        let count = initial.len();
        let length = |parameter: String, found: usize| {
            let right = format!("{count}, one per initial probability");
            if found == count {
                Ok(())
            } else {
                Err(DistributionError::Length { family: FAMILY, parameter, found, right })
            }
        };
        length("generator".into(), generator.len())?;
        let mut phases = Vec::with_capacity(count);
        for (index, row) in generator.iter().enumerate() {
            length(format!("generator[{index}]"), row.len())?;
            let diagonal = finite(FAMILY, format!("generator[{index}][{index}]"), row[index])?;
            if diagonal >= 0.0 {
                let parameter = format!("generator[{index}][{index}]");
                let right = "less than 0: minus the rate of leaving the phase";
                return Err(DistributionError::OutOfRange { family: FAMILY, parameter, value: diagonal, right });
            }
            let mut probabilities = vec![0.0; count + 1];
            for (other, &rate) in row.iter().enumerate().filter(|&(other, _)| other != index) {
                probabilities[other] = non_negative(FAMILY, format!("generator[{index}][{other}]"), rate)? / -diagonal;
            }
            let out = 1.0 - probabilities.iter().sum::<f64>();
            if out < -1e-9 {
                let parameter = format!("sum of generator[{index}]");
                return Err(DistributionError::OutOfRange {
                    family: FAMILY,
                    parameter,
                    value: -out * -diagonal,
                    right: "at most 0",
                });
            }
            // What rounding leaves of a row that adds up to 0 is not a way out.
            probabilities[count] = if out < 1e-12 { 0.0 } else { out };
            let sum = probabilities.iter().sum();
            let mean = representable(FAMILY, "mean time in a phase", -1.0 / diagonal)?;
            phases.push(Phase { mean, next: Choice::from_weights(&probabilities, sum) });
        }
        let phase_type = Self { start, phases: phases.into() };
        if let Some(phase) = phase_type.endless() {
            return Err(DistributionError::Endless { family: FAMILY, phase });
        }
        representable(FAMILY, "mean", phase_type.mean())?;
        Ok(phase_type)
    }

    /// From checked start probabilities and, for each phase, its mean time and the probabilities of the next ones.
    pub(super) fn of_chain(initial: Vec<f64>, rows: Vec<(f64, Vec<f64>)>) -> Self {
        let phases = rows.into_iter().map(|(mean, mut next)| {
            let out = (1.0 - next.iter().sum::<f64>()).max(0.0);
            next.push(out);
            Phase { mean, next: Choice::from_weights(&next, 1.0) }
        });
        Self { start: Choice::from_weights(&initial, 1.0), phases: phases.collect() }
    }

    /// A phase from which the outside cannot be reached, if there is one.
    fn endless(&self) -> Option<usize> {
        let count = self.phases.len();
        let mut leads_out = vec![false; count + 1];
        leads_out[count] = true;
        // As many rounds as phases are enough: each round but the last finds at least one more.
        for _ in 0..count {
            for (index, phase) in self.phases.iter().enumerate() {
                let found = phase
                    .next
                    .probabilities()
                    .iter()
                    .zip(&leads_out)
                    .any(|(&probability, &out)| probability > 0.0 && out);
                leads_out[index] |= found;
            }
        }
        leads_out.iter().position(|&out| !out)
    }

    /// First and second moment. From each phase, E T = m + P E T and E T² = 2 m E T + P E T², with m the mean times in
    /// the phases and P the probabilities of the next phase: two linear systems with the same matrix I - P.
    fn moments(&self) -> (f64, f64) {
        let first = self.solve(self.phases.iter().map(|phase| phase.mean).collect());
        let second =
            self.solve(self.phases.iter().zip(&first).map(|(phase, first)| 2.0 * phase.mean * first).collect());
        let expectation =
            |values: &[f64]| self.start.probabilities().iter().zip(values).map(|(p, value)| p * value).sum();
        (expectation(&first), expectation(&second))
    }

    /// Solves (I - P) x = `right` by Gaussian elimination. No pivoting is needed: the matrix is an M-matrix with weakly
    /// dominant diagonal, so the pivots stay positive (Grassmann, Taksar, Heyman 1985 for the stochastic case).
    fn solve(&self, mut right: Vec<f64>) -> Vec<f64> {
        let count = self.phases.len();
        let mut matrix: Vec<Vec<f64>> = (self.phases.iter().enumerate())
            .map(|(row, phase)| {
                let entry = |(column, p): (usize, &f64)| if row == column { 1.0 - p } else { -p };
                phase.next.probabilities()[..count].iter().enumerate().map(entry).collect()
            })
            .collect();
        for pivot in 0..count {
            let (upper, lower) = matrix.split_at_mut(pivot + 1);
            let pivot_row = &upper[pivot];
            for (offset, row) in lower.iter_mut().enumerate() {
                let factor = row[pivot] / pivot_row[pivot];
                if factor != 0.0 {
                    for (entry, above) in row[pivot..].iter_mut().zip(&pivot_row[pivot..]) {
                        *entry -= factor * above;
                    }
                    right[pivot + 1 + offset] -= factor * right[pivot];
                }
            }
        }
        for row in (0..count).rev() {
            let known: f64 = (row + 1..count).map(|column| matrix[row][column] * right[column]).sum();
            right[row] = (right[row] - known) / matrix[row][row];
        }
        right
    }
}

impl Family for PhaseType {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let mut total = 0.0;
        let mut index = self.start.pick(unit(rng));
        while let Some(phase) = self.phases.get(index) {
            total += phase.mean * unit_exponential(rng);
            index = phase.next.pick(unit(rng));
        }
        total
    }

    fn mean(&self) -> f64 {
        self.moments().0
    }

    fn scv(&self) -> f64 {
        let (first, second) = self.moments();
        scv_from_moments(first, second)
    }

    fn scaled(&self, factor: f64) -> Self {
        let phases = self.phases.iter().map(|phase| Phase { mean: phase.mean * factor, next: phase.next.clone() });
        Self { start: self.start.clone(), phases: phases.collect() }
    }

    fn min(&self) -> f64 {
        0.0
    }

    /// By uniformization (Jensen 1953); `None` where that would take more than a million steps.
    fn cdf(&self, x: f64) -> Option<f64> {
        if x <= 0.0 {
            return Some(0.0);
        }
        let count = self.phases.len();
        let rate = self.phases.iter().map(|phase| 1.0 / phase.mean).fold(0.0, f64::max);
        let jumps = rate * x;
        if jumps.is_nan() || jumps > 1e6 {
            return None;
        }
        // The number of jumps is Poisson; beyond ten standard deviations nothing is left of it.
        let last = (jumps + 10.0 * jumps.sqrt() + 30.0) as u32;
        let mut state = self.start.probabilities().to_vec();
        let mut inside = 0.0;
        for jump in 0..=last {
            let jump = f64::from(jump);
            let weight = libm::exp(jump * libm::log(jumps) - jumps - libm::lgamma(jump + 1.0));
            inside += weight * state.iter().sum::<f64>();
            let mut after = vec![0.0; count];
            for (index, phase) in self.phases.iter().enumerate() {
                let leaving = state[index] / (phase.mean * rate);
                after[index] += state[index] - leaving;
                for (target, probability) in after.iter_mut().zip(phase.next.probabilities()) {
                    *target += leaving * probability;
                }
            }
            state = after;
        }
        Some((1.0 - inside).clamp(0.0, 1.0))
    }

    fn is_exponential(&self) -> bool {
        self.phases.len() == 1 && self.phases[0].next.probabilities()[0] == 0.0
    }
}
