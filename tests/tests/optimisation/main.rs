//! Optimisation: problems whose best configuration is known, over repetitions with other seeds.
//!
//! One file per kind of question: `selection` asks how often the best is found and the infeasible called feasible,
//! `search` whether large spaces are searched well, `resume` whether interrupted ones end the same.
#![allow(clippy::unwrap_used)]

mod known;
mod problems;
mod resume;
mod search;
mod selection;
