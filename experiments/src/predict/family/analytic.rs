//! What theory says, and how far that is from what was found.

use super::{Answer, Place, Training};
use serde::{Deserialize, Serialize};

/// Theory alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Analytic {
    /// Whether errors are relative.
    log: bool,
    /// Root of their mean square.
    deviation: f64,
    n: u64,
}

impl Analytic {
    pub(super) fn train(on: &Training) -> Option<Analytic> {
        let prior = on.prior.as_ref()?;
        let n = on.y.len();
        if n < 2 {
            return None;
        }
        let log = on.positive();
        let error = |(y, prior): (&f64, &f64)| if log { (y / prior).ln() } else { y - prior };
        let squares: f64 = on.y.iter().zip(prior).map(|pair| error(pair).powi(2)).sum();
        Some(Analytic { log, deviation: (squares / n as f64).sqrt(), n: n as u64 })
    }

    pub(super) fn predict(&self, at: &Place) -> Option<Answer> {
        let prior = at.prior.filter(|prior| !self.log || *prior > 0.0)?;
        let centre = if self.log { prior.ln() } else { prior };
        Some(Answer::new(centre, self.deviation, self.n as f64, self.log))
    }
}
