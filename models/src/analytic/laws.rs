//! Stations that slow down as they fill: where the feedback settles.
//!
//! Service at rate factor(u) while the utilisation is u makes the utilisation r / factor(u), r being the load at
//! the nominal rate. Steady states are the fixed points of that map. A fixed point where the map is steeper than 1
//! drives away what comes near it: it is the ridge between settling and running full (metastability: Bronson et al. 2021).

use super::{Answer, bisect, not_negative};

/// A utilisation that reproduces itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedPoint {
    /// The utilisation.
    pub utilisation: f64,
    /// Slope of u -> r / factor(u) there.
    pub slope: f64,
    /// Whether a small disturbance dies out (slope below 1).
    pub stable: bool,
}

/// All that a law does to a load.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedPoints {
    /// The fixed points in [0, 1), by rising utilisation.
    pub points: Vec<FixedPoint>,
    /// Whether a full station stays full: r / factor(1) is 1 or more.
    pub full_is_absorbing: bool,
}

/// Cells of the scan; two roots within one cell are seen only where they touch.
const CELLS: u32 = 20_000;

/// The solutions of u = `load` / factor(u) on [0, 1), by scanning and bisection.
///
/// `factor` is the rate at a utilisation relative to the nominal one; where it is 0 or negative, nothing is served.
/// Jumps of `factor` that leap over the diagonal are no solutions.
///
/// # Errors
/// A load that is negative or not finite.
pub fn fixed_points(load: f64, factor: impl Fn(f64) -> f64) -> Answer<FixedPoints> {
    not_negative("load", load)?;
    let map = |u: f64| {
        let rate = factor(u);
        if rate > 0.0 { load / rate } else { f64::INFINITY }
    };
    let excess = |u: f64| map(u) - u;
    let at = |i: u32| f64::from(i) / f64::from(CELLS);
    let mut roots: Vec<f64> = Vec::new();
    let mut before = excess(0.0);
    if before == 0.0 {
        roots.push(0.0);
    }
    for i in 1..=CELLS {
        let (mut low, mut high) = (at(i - 1), at(i));
        let now = excess(high);
        if before != 0.0 && now != 0.0 && (before > 0.0) != (now > 0.0) {
            let side = before > 0.0;
            bisect(&mut low, &mut high, |u| (excess(u) > 0.0) == side);
            let root = if excess(low).abs() <= excess(high).abs() { low } else { high };
            if excess(root).abs() < 1e-9 {
                roots.push(root);
            }
        } else if now == 0.0 && i < CELLS {
            roots.push(high);
        } else if i < CELLS && before > 0.0 && now > 0.0 {
            // A valley of the excess that only touches zero, or dips below it between two points of the scan.
            let next = excess(at(i + 1));
            if now <= before && now <= next && now < 1e-4 {
                let bottom = valley(low, at(i + 1), &excess);
                let depth = excess(bottom);
                if depth < 0.0 {
                    let (mut left, mut turn) = (low, bottom);
                    bisect(&mut left, &mut turn, |u| excess(u) > 0.0);
                    roots.push(left);
                    let (mut turn, mut right) = (bottom, at(i + 1));
                    bisect(&mut turn, &mut right, |u| excess(u) <= 0.0);
                    roots.push(right);
                } else if depth < 1e-12 {
                    roots.push(bottom);
                }
            }
        }
        before = now;
    }
    let points = roots.into_iter().filter(|u| *u < 1.0).map(|u| describe(u, &map)).collect();
    Ok(FixedPoints { points, full_is_absorbing: map(1.0) >= 1.0 })
}

fn describe(utilisation: f64, map: &impl Fn(f64) -> f64) -> FixedPoint {
    let step = 1e-6;
    let (low, high) = ((utilisation - step).max(0.0), (utilisation + step).min(1.0));
    let slope = (map(high) - map(low)) / (high - low);
    // Where the map only touches the diagonal, the slope is 1 up to rounding: it repels on one side.
    FixedPoint { utilisation, slope, stable: slope < 1.0 - 1e-5 }
}

/// The lowest point of a function with one minimum, by golden section (Kiefer 1953).
fn valley(mut low: f64, mut high: f64, height: &impl Fn(f64) -> f64) -> f64 {
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    for _ in 0..80 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if height(left) <= height(right) {
            high = right;
        } else {
            low = left;
        }
    }
    0.5 * (low + high)
}

/// The largest load that a law can carry, and the utilisation at which it does: the maximum of u factor(u).
///
/// For factor = 1 - u these are 1/4 and 1/2: more than that has no steady state.
pub fn capacity(factor: impl Fn(f64) -> f64) -> (f64, f64) {
    let carried = |u: f64| u * factor(u).max(0.0);
    let at = |i: u32| f64::from(i) / f64::from(CELLS);
    let mut best = 0;
    for i in 1..=CELLS {
        if carried(at(i)) > carried(at(best)) {
            best = i;
        }
    }
    let top = valley(at(best.saturating_sub(1)), at((best + 1).min(CELLS)), &|u| -carried(u));
    // The maximum may lie at a corner or a jump, which the section does not improve on.
    let u = if carried(top) > carried(at(best)) { top } else { at(best) };
    (carried(u), u)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn the_linear_law_has_two_roots_below_a_quarter() {
        let found = fixed_points(0.16, |u| 1.0 - u).unwrap();
        assert_eq!(found.points.len(), 2);
        assert_abs_diff_eq!(found.points[0].utilisation, 0.2, epsilon = 1e-12);
        assert_abs_diff_eq!(found.points[1].utilisation, 0.8, epsilon = 1e-12);
        assert!(found.points[0].stable && !found.points[1].stable);
        assert!(found.full_is_absorbing);
    }

    #[test]
    fn roots_that_touch_are_found_and_repel() {
        // Off the scan's points: the two roots of 1 - u / (2 p) meet at u = p.
        for touch in [0.5, 0.333_333_3] {
            let law = |u: f64| 1.0 - u / (2.0 * touch);
            let found = fixed_points(touch / 2.0 * (1.0 - 1e-15), law).unwrap();
            assert!(!found.points.is_empty() && found.points.iter().all(|p| (p.utilisation - touch).abs() < 1e-6));
            assert_eq!(fixed_points(touch / 2.0 + 1e-6, law).unwrap().points.len(), 0);
            assert_eq!(fixed_points(touch / 2.0 - 1e-6, law).unwrap().points.len(), 2);
            let (load, at) = capacity(law);
            assert_abs_diff_eq!(load, touch / 2.0, epsilon = 1e-12);
            assert_abs_diff_eq!(at, touch, epsilon = 1e-6);
        }
    }

    #[test]
    fn without_a_law_the_load_is_the_utilisation() {
        let found = fixed_points(0.7, |_| 1.0).unwrap();
        assert_eq!(found.points.len(), 1);
        assert_abs_diff_eq!(found.points[0].utilisation, 0.7, epsilon = 1e-12);
        assert!(found.points[0].stable && !found.full_is_absorbing);
        assert_eq!(capacity(|_| 1.0), (1.0, 1.0));
        assert!(fixed_points(1.2, |_| 1.0).unwrap().points.is_empty());
    }

    #[test]
    fn a_floor_adds_no_root_and_a_jump_is_none() {
        let found = fixed_points(0.16, |u: f64| (1.0 - u).max(0.05)).unwrap();
        assert_eq!(found.points.len(), 2);
        assert!(found.full_is_absorbing);
        let found = fixed_points(0.4, |u: f64| if u < 0.3 { 1.0 } else { 0.5 }).unwrap();
        assert_eq!(found.points.len(), 1);
        assert_abs_diff_eq!(found.points[0].utilisation, 0.8, epsilon = 1e-9);
        assert!(fixed_points(f64::NAN, |_| 1.0).is_err());
    }
}
