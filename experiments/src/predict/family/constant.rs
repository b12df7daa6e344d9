//! The mean of all points.

use super::{Answer, Training};
use serde::{Deserialize, Serialize};

/// A mean with the spread of what was seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Constant {
    mean: f64,
    deviation: f64,
    n: u64,
}

impl Constant {
    pub(super) fn train(on: &Training) -> Option<Constant> {
        let n = on.y.len();
        if n < 2 {
            return None;
        }
        let equal = on.y.windows(2).all(|pair| pair[0] == pair[1]);
        let mean = if equal { on.y[0] } else { on.y.iter().sum::<f64>() / n as f64 };
        let squares: f64 = on.y.iter().map(|y| (y - mean).powi(2)).sum();
        let deviation = (squares / (n - 1) as f64 * (1.0 + 1.0 / n as f64)).sqrt();
        Some(Constant { mean, deviation, n: n as u64 })
    }

    pub(super) fn predict(&self) -> Answer {
        Answer::new(self.mean, self.deviation, self.n.saturating_sub(1) as f64, false)
    }
}
