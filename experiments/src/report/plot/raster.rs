//! Filled shapes and strokes with smooth edges.
//!
//! The bitmap backend of plotters rounds the vertices of polygons and wide lines to whole pixels, which makes
//! smooth curves wobble. Here a shape is a set of closed outlines in fractional pixels; its coverage is exact along
//! a row and sampled [`SUB_ROWS`] times per pixel down a column. Overlapping outlines of one shape count once
//! (non-zero winding), so that a translucent line is even at its joints.

use std::f64::consts::PI;

/// A position in pixels: x to the right, y down.
pub(super) type Point = (f64, f64);

/// Samples per pixel in the vertical direction.
const SUB_ROWS: i64 = 5;

/// An axis-parallel rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub fn new(left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self { left, top, right, bottom }
    }

    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// The rectangle moved outwards by `by` pixels on all sides.
    pub fn grown(&self, by: f64) -> Self {
        Self::new(self.left - by, self.top - by, self.right + by, self.bottom + by)
    }

    /// The common part of two rectangles; its width or height is negative when there is none.
    pub fn common(&self, other: &Self) -> Self {
        Self::new(
            self.left.max(other.left),
            self.top.max(other.top),
            self.right.min(other.right),
            self.bottom.min(other.bottom),
        )
    }

    /// Shared area with another rectangle [square pixels].
    pub fn overlap(&self, other: &Self) -> f64 {
        let common = self.common(other);
        common.width().max(0.0) * common.height().max(0.0)
    }
}

/// A set of closed outlines, filled together.
#[derive(Default)]
pub(super) struct Shape {
    edges: Vec<(Point, Point)>,
}

impl Shape {
    /// Adds the closed outline through `points`; points that are not finite are skipped.
    pub fn polygon(&mut self, points: &[Point]) {
        let points: Vec<Point> = points.iter().copied().filter(|p| p.0.is_finite() && p.1.is_finite()).collect();
        for (i, &from) in points.iter().enumerate() {
            self.edges.push((from, points[(i + 1) % points.len()]));
        }
    }

    /// Adds a line of the given width with round joints and ends.
    pub fn stroke(&mut self, points: &[Point], width: f64) {
        for pair in points.windows(2) {
            self.capsule(pair[0], pair[1], width / 2.0);
        }
        if let [only] = points {
            self.circle(*only, width / 2.0);
        }
    }

    /// Adds a disc.
    pub fn circle(&mut self, centre: Point, radius: f64) {
        let corners = (radius * 2.0).clamp(12.0, 64.0) as usize;
        let outline: Vec<Point> =
            (0..corners).map(|i| around(centre, radius, 2.0 * PI * i as f64 / corners as f64)).collect();
        self.polygon(&outline);
    }

    fn capsule(&mut self, from: Point, to: Point, radius: f64) {
        let angle = (to.1 - from.1).atan2(to.0 - from.0);
        let steps = if radius > 4.0 { 8 } else { 5 };
        let cap = |centre: Point, start: f64| {
            (0..=steps).map(move |i| around(centre, radius, start + PI * i as f64 / steps as f64))
        };
        let outline: Vec<Point> = cap(to, angle - PI / 2.0).chain(cap(from, angle + PI / 2.0)).collect();
        self.polygon(&outline);
    }

    /// The smallest rectangle of whole pixels around all of it; without area where there is none.
    fn bounds(&self) -> Rect {
        let mut bounds = Rect::new(f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
        for &((x, y), _) in &self.edges {
            bounds.left = bounds.left.min(x.floor());
            bounds.top = bounds.top.min(y.floor());
            bounds.right = bounds.right.max(x.ceil());
            bounds.bottom = bounds.bottom.max(y.ceil());
        }
        bounds
    }

    /// Calls `put(x, y, coverage)` for each pixel inside `clip` that the shape touches, row by row.
    pub fn cover(&self, clip: Rect, mut put: impl FnMut(i32, i32, f64)) {
        let clip = clip.common(&self.bounds());
        let (first, last) = (clip.left.floor() as i64, clip.right.ceil() as i64);
        let (top, bottom) = (clip.top.floor() as i64, clip.bottom.ceil() as i64);
        if last <= first || bottom <= top {
            return;
        }
        let mut crossings: Vec<Vec<(f64, i32)>> = vec![Vec::new(); ((bottom - top) * SUB_ROWS) as usize];
        for &(from, to) in &self.edges {
            let (upper, lower, winding) = if from.1 < to.1 { (from, to, 1) } else { (to, from, -1) };
            if upper.1 == lower.1 {
                continue;
            }
            // Sub-row k is sampled at its middle, y = top + (k + 1/2) / SUB_ROWS.
            let row = |y: f64| ((y - top as f64) * SUB_ROWS as f64 - 0.5).ceil();
            let begin = row(upper.1).clamp(0.0, crossings.len() as f64) as usize;
            let end = row(lower.1).clamp(0.0, crossings.len() as f64) as usize;
            let slope = (lower.0 - upper.0) / (lower.1 - upper.1);
            for (k, crossing) in crossings.iter_mut().enumerate().take(end).skip(begin) {
                let y = top as f64 + (k as f64 + 0.5) / SUB_ROWS as f64;
                crossing.push((upper.0 + (y - upper.1) * slope, winding));
            }
        }
        let mut row = vec![0.0; (last - first) as usize];
        for (y, rows) in crossings.chunks_mut(SUB_ROWS as usize).enumerate() {
            if rows.iter().all(Vec::is_empty) {
                continue;
            }
            row.fill(0.0);
            for crossing in rows {
                add_spans(crossing, clip, first, &mut row);
            }
            for (x, &covered) in row.iter().enumerate() {
                if covered > 0.002 {
                    put((first + x as i64) as i32, (top + y as i64) as i32, covered.min(1.0));
                }
            }
        }
    }
}

/// Adds the inside of one sub-row to the coverage of its row.
fn add_spans(crossing: &mut [(f64, i32)], clip: Rect, first: i64, row: &mut [f64]) {
    crossing.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut winding = 0;
    let mut enter = 0.0;
    for &(x, step) in crossing.iter() {
        let before = winding;
        winding += step;
        if before == 0 {
            enter = x;
        } else if winding == 0 {
            let (from, to) = (enter.max(clip.left) - first as f64, x.min(clip.right) - first as f64);
            let mut at = from;
            while at < to {
                let cell = at.floor();
                let until = to.min(cell + 1.0);
                if let Some(covered) = row.get_mut(cell as usize) {
                    *covered += (until - at) / SUB_ROWS as f64;
                }
                at = until;
            }
        }
    }
}

fn around(centre: Point, radius: f64, angle: f64) -> Point {
    (centre.0 + radius * angle.cos(), centre.1 + radius * angle.sin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(shape: &Shape) -> f64 {
        let mut sum = 0.0;
        shape.cover(Rect::new(0.0, 0.0, 100.0, 100.0), |_, _, covered| sum += covered);
        sum
    }

    #[test]
    fn coverage_adds_up_to_the_area() {
        let mut square = Shape::default();
        square.polygon(&[(10.25, 10.2), (30.75, 10.2), (30.75, 30.2), (10.25, 30.2)]);
        assert!((area(&square) - 20.5 * 20.0).abs() < 1e-9);
        let mut disc = Shape::default();
        disc.circle((50.0, 50.0), 20.0);
        assert!((area(&disc) / (PI * 400.0) - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_line_that_crosses_itself_is_covered_once() {
        let mut line = Shape::default();
        line.stroke(&[(10.0, 50.0), (90.0, 50.0), (10.0, 50.0)], 6.0);
        assert!((area(&line) - (80.0 * 6.0 + PI * 9.0)).abs() < 3.0);
    }

    #[test]
    fn what_is_outside_of_the_clip_or_not_finite_is_left_out() {
        let mut shape = Shape::default();
        shape.polygon(&[(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (f64::NAN, 3.0), (-1e9, 1e9)]);
        assert!((area(&shape) - 10_000.0).abs() < 1.0);
    }
}
