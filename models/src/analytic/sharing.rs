//! One server shared by weight: discriminatory processor sharing.

use super::{AnalyticError, Answer, SINGULAR, linear, not_negative, positive, stable};

/// A class of requests that shares a server by weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// Arrivals per unit of time.
    pub arrival_rate: f64,
    /// Mean service; exponential.
    pub mean: f64,
    /// Weight: a request of weight 2 gets twice what one of weight 1 gets.
    pub weight: f64,
}

/// The most classes that the equations are solved for.
const MOST: usize = 200;

/// Mean sojourn of each class in M/M/1 with discriminatory processor sharing.
///
/// `T(k) (1 - sum l(j) g(j) / (m(j) g(j) + m(k) g(k))) - sum l(j) g(j) T(j) / (m(j) g(j) + m(k) g(k)) = 1 / m(k)`, with
/// rates l, service rates m and weights g (Fayolle, Mitrani and Iasnogorodski 1980).
///
/// # Errors
/// Arguments out of range, too many classes, or no steady state.
pub fn weighted(classes: &[Class]) -> Answer<Vec<f64>> {
    if classes.len() > MOST {
        return Err(AnalyticError::TooLarge { name: "the number of classes", size: classes.len(), limit: MOST });
    }
    for class in classes {
        not_negative("arrival rate", class.arrival_rate)?;
        positive("mean", class.mean)?;
        positive("weight", class.weight)?;
    }
    stable(classes.iter().map(|class| class.arrival_rate * class.mean).sum())?;
    let n = classes.len();
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(n);
    for (k, class) in classes.iter().enumerate() {
        let of =
            |other: &Class| other.arrival_rate * other.weight / (other.weight / other.mean + class.weight / class.mean);
        let mut row: Vec<f64> = classes.iter().map(|other| -of(other)).collect();
        row[k] += 1.0 - classes.iter().map(of).sum::<f64>();
        row.push(class.mean);
        rows.push(row);
    }
    linear::solve(rows, SINGULAR).ok_or(AnalyticError::NoExit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn equal_weights_are_processor_sharing() {
        let classes = [(0.3, 1.0), (0.2, 2.0)].map(|(arrival_rate, mean)| Class { arrival_rate, mean, weight: 3.0 });
        let found = weighted(&classes).unwrap();
        assert_relative_eq!(found[0], 1.0 / 0.3, max_relative = 1e-12);
        assert_relative_eq!(found[1], 2.0 / 0.3, max_relative = 1e-12);
    }

    /// Very unequal weights are preemptive priorities, and work is conserved: sum rho(k) T(k) / E[S(k)] is as in M/M/1.
    #[test]
    fn very_unequal_weights_are_priorities() {
        let classes = [(0.3, 1e9), (0.5, 1.0)].map(|(arrival_rate, weight)| Class { arrival_rate, mean: 1.0, weight });
        let found = weighted(&classes).unwrap();
        assert_relative_eq!(found[0], 1.428_571, max_relative = 1e-6);
        assert_relative_eq!(found[1], 7.142_857, max_relative = 1e-6);
        assert!(weighted(&[Class { arrival_rate: 1.0, mean: 1.0, weight: 1.0 }]).is_err());
        assert!(weighted(&[Class { arrival_rate: 0.1, mean: 1.0, weight: 0.0 }]).is_err());
    }
}
