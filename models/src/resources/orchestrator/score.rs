//! Where a service is placed best.

/// Cores, memory [bit] and bandwidth [bit/s].
pub type Amounts = [f64; 3];

/// The bandwidth that counts for 1 [bit/s]: the source divides megabits per second by 1000.
const GIGABIT: f64 = 1e9;

/// What the parts of a score weigh.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Weights {
    pub cpu: f64,
    pub memory: f64,
    pub bandwidth: f64,
}

/// The score of a node on which so much is used of what there is; infinite where there is no limit.
pub fn score(used: Amounts, capacity: Amounts, weights: Weights) -> f64 {
    let free = |i: usize| 1.0 - used[i] / capacity[i];
    let bandwidth = ((capacity[2] - used[2]) / GIGABIT).clamp(0.0, 1.0);
    weights.cpu * free(0) + weights.memory * free(1) + weights.bandwidth * bandwidth
}

/// Whether there is room for more. Sums of fractions such as 0.1 fill a node to the brim.
pub fn fits(used: Amounts, needs: Amounts, capacity: Amounts) -> bool {
    (0..3).all(|i| used[i] + needs[i] <= capacity[i] * (1.0 + 1e-9))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: Weights = Weights { cpu: 0.4, memory: 0.4, bandwidth: 0.2 };

    #[test]
    fn the_score_is_that_of_the_source_where_that_is_sound() {
        // 0.4 * (1 - 1/4) + 0.4 * (1 - 2/8) + 0.2 * 0.5.
        let score = |used, capacity| score(used, capacity, SOURCE);
        assert!((score([1.0, 2.0, 0.0], [4.0, 8.0, 5e8]) - 0.7).abs() < 1e-12);
        // Bandwidth that is taken is no longer there, and a fast link does not outweigh the rest.
        assert!((score([0.0, 0.0, 3e8], [4.0, 8.0, 5e8]) - 0.84).abs() < 1e-12);
        assert_eq!(score([0.0; 3], [4.0, 8.0, 1e10]), 1.0);
        assert_eq!(score([0.0; 3], [4.0, f64::INFINITY, f64::INFINITY]), 1.0);
    }

    #[test]
    fn tenths_fill_a_node() {
        let mut used = [0.0; 3];
        let needs = [0.1, 0.0, 0.0];
        for _ in 0..10 {
            assert!(fits(used, needs, [1.0, 1.0, 1.0]));
            used[0] += 0.1;
        }
        assert!(!fits(used, needs, [1.0, 1.0, 1.0]));
    }
}
