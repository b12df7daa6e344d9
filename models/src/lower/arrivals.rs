//! Workloads.

use super::distribution::constant;
use super::{Lower, Path};
use crate::spec::ArrivalSpec;
use crate::steps::Step;
use crate::system::Arrivals;
use crate::units::Dimension;
use sim_core::distributions::{Distribution, Exponential};

impl Lower<'_> {
    /// A workload of a flow that starts with `steps`; `first` is the station of its first step.
    pub(super) fn arrivals(
        &self,
        at: &Path,
        spec: &ArrivalSpec,
        steps: &[Step],
        first: Option<u16>,
    ) -> Option<Arrivals> {
        let ticks = self.clock.ticks_per_second();
        let exponential = |mean: f64| -> Distribution {
            Exponential::with_mean(mean).map_or_else(|_| constant(mean), Distribution::from)
        };
        Some(match spec {
            ArrivalSpec::Poisson { rate, merged } => {
                let rate = self.positive(&at.field("rate"), rate, Dimension::RATE);
                Arrivals::Renewal { gap: exponential(ticks / rate), merged: merged.unwrap_or(true) }
            }
            ArrivalSpec::Renewal { gap } => {
                let gap = self.distribution(&at.field("gap"), gap, Dimension::TIME);
                if gap.mean() <= 0.0 {
                    self.problem_with_help(
                        &at.field("gap"),
                        "the gaps are all 0",
                        "give a distribution with a mean above 0",
                    );
                }
                Arrivals::Renewal { gap: gap.scaled(ticks), merged: false }
            }
            ArrivalSpec::Periodic { every, jitter, first } => {
                let every = self.positive(&at.field("every"), every, Dimension::TIME);
                Arrivals::Periodic {
                    every: self.clock.span(every).max(1),
                    first: first
                        .as_ref()
                        .map(|first| self.clock.span(self.not_negative(&at.field("first"), first, Dimension::TIME))),
                    jitter: jitter
                        .as_ref()
                        .map(|jitter| self.distribution(&at.field("jitter"), jitter, Dimension::TIME).scaled(ticks)),
                }
            }
            ArrivalSpec::MarkovModulated { states, moves } => self.modulated(at, states, moves.as_deref())?,
            ArrivalSpec::TimeVarying { rates } => {
                let at = at.field("rates");
                let pieces: Vec<(u64, f64)> = rates
                    .iter()
                    .enumerate()
                    .map(|(i, (time, rate))| {
                        let time = self.positive(&at.index(i).index(0), time, Dimension::TIME);
                        let rate = self.not_negative(&at.index(i).index(1), rate, Dimension::RATE);
                        (self.clock.span(time).max(1), rate / ticks)
                    })
                    .collect();
                if pieces.iter().all(|(_, rate)| *rate == 0.0) {
                    self.problem_with_help(&at, "the rate is 0 at all times", "give a piece with a rate above 0");
                    return None;
                }
                let total = pieces.iter().fold(0u64, |sum, (time, _)| sum.saturating_add(*time));
                Arrivals::TimeVarying { pieces, total }
            }
            ArrivalSpec::At { times } => {
                let at = at.field("times");
                let times: Vec<u64> = times
                    .iter()
                    .enumerate()
                    .map(|(i, time)| self.clock.span(self.not_negative(&at.index(i), time, Dimension::TIME)))
                    .collect();
                if times.windows(2).any(|pair| pair[0] > pair[1]) {
                    self.problem_with_help(&at, "the times do not rise", "sort them");
                }
                Arrivals::At { times }
            }
            ArrivalSpec::Trace { file, column, unit } => {
                let unit = unit.as_ref().map_or(1.0, |unit| self.positive(&at.field("unit"), unit, Dimension::TIME));
                let values = self.trace(at, file, column)?;
                if let Some(i) = values.windows(2).position(|pair| pair[0] > pair[1]) {
                    let message =
                        format!("the times of the trace do not rise: value {} is less than the one before", i + 2);
                    self.problem_with_help(&at.field("file"), message, "sort the file by time");
                }
                if values.iter().any(|value| *value < 0.0) {
                    self.problem_with_help(&at.field("file"), "the trace has a negative time", "times count from 0");
                }
                Arrivals::At { times: values.iter().map(|value| self.clock.span((value * unit).max(0.0))).collect() }
            }
            ArrivalSpec::Batch { size, arrivals } => {
                let size = self.distribution(&at.field("size"), size, Dimension::NONE);
                let inner = at.field("arrivals");
                if matches!(**arrivals, ArrivalSpec::Closed { .. } | ArrivalSpec::Saturated | ArrivalSpec::Batch { .. })
                {
                    let help = "give Poisson, Periodic, Renewal, MarkovModulated, TimeVarying, At or Trace";
                    self.problem_with_help(&inner, "batches arrive by an open process", help);
                    return None;
                }
                Arrivals::Batch { size, arrivals: Box::new(self.arrivals(&inner, arrivals, steps, first)?) }
            }
            ArrivalSpec::Closed { users, think } => {
                let users = self.whole(&at.field("users"), users, 1, 100_000_000) as u32;
                let think = think.as_ref().map_or_else(
                    || constant(0.0),
                    |think| self.distribution(&at.field("think"), think, Dimension::TIME).scaled(ticks),
                );
                Arrivals::Closed { users, think }
            }
            ArrivalSpec::Saturated => match first {
                Some(station) if steps.first().is_some_and(|step| step.component().is_some()) => {
                    Arrivals::Saturated { station }
                }
                _ => {
                    let help = "let the flow start with a Compute, Send, Read or Write";
                    self.problem_with_help(at, "a saturated flow must start at a component", help);
                    return None;
                }
            },
        })
    }

    fn modulated(
        &self,
        at: &Path,
        states: &[(crate::spec::Scalar, crate::spec::Scalar)],
        moves: Option<&[Vec<crate::spec::Scalar>]>,
    ) -> Option<Arrivals> {
        let ticks = self.clock.ticks_per_second();
        let at_states = at.field("states");
        let n = states.len();
        if n == 0 {
            self.problem_with_help(&at_states, "there are no states", "give states such as (\"10 /s\", \"5 s\")");
            return None;
        }
        let list: Vec<(f64, f64)> = states
            .iter()
            .enumerate()
            .map(|(i, (rate, stay))| {
                let rate = self.not_negative(&at_states.index(i).index(0), rate, Dimension::RATE);
                (ticks / rate, self.positive(&at_states.index(i).index(1), stay, Dimension::TIME) * ticks)
            })
            .collect();
        if list.iter().all(|(gap, _)| gap.is_infinite()) {
            self.problem_with_help(&at_states, "the rate is 0 in all states", "give a state with a rate above 0");
            return None;
        }
        let moves = match moves {
            None => (0..n)
                .map(|i| {
                    let mut row = vec![0.0; n];
                    row[(i + 1) % n] = 1.0;
                    row
                })
                .collect(),
            Some(rows) => {
                let at = at.field("moves");
                if rows.len() != n || rows.iter().any(|row| row.len() != n) {
                    self.problem_with_help(
                        &at,
                        "the matrix of moves does not fit the states",
                        format!("give {n} rows of {n} probabilities"),
                    );
                    return None;
                }
                let matrix: Vec<Vec<f64>> = rows
                    .iter()
                    .enumerate()
                    .map(|(i, row)| {
                        let at = at.index(i);
                        row.iter().enumerate().map(|(j, p)| self.probability(&at.index(j), p)).collect()
                    })
                    .collect();
                for (i, row) in matrix.iter().enumerate() {
                    self.adds_up(&at.index(i), row);
                }
                matrix
            }
        };
        let moves = moves.iter().map(|row: &Vec<f64>| crate::steps::cumulate(row)).collect();
        Some(Arrivals::Modulated { states: list, moves })
    }
}
