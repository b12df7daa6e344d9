//! A panel with two axes, what is drawn in it, and the legend under it.

use super::axis::Axis;
use super::canvas::{Canvas, Letters};
use super::font;
use super::raster::{Point, Rect};
use super::style::{
    BAND_ALPHA, BLACK, GREY, GRID_ALPHA, GROUND_ALPHA, HAIR, INK, Look, Marker, REFERENCE, SCALE, SMALL, STROKE, WHITE,
};

/// Space between an axis and its labels, and from tick labels to the title.
const GAP: f64 = 5.0 * SCALE;

/// Entries of a legend that are named; the others are only counted.
const NAMED: usize = 12;

/// Height of a line of a legend.
const LEGEND_LINE: f64 = 16.0 * SCALE;

/// Length of the sample of a line in a legend.
const SAMPLE: f64 = 26.0 * SCALE;

/// The rectangle of the data and its axes.
pub(super) struct Frame {
    /// Left end of the title of the y axis; common to panels above each other.
    pub left: f64,
    pub area: Rect,
    pub x: Axis,
    pub y: Axis,
}

/// Space left of the area for labels and title of an axis.
pub(super) fn left_margin(y: &Axis) -> f64 {
    let title = if y.title.is_empty() { 0.0 } else { SMALL + GAP };
    y.widest() + GAP + title
}

/// Space under the area for the labels of an axis and its title.
pub(super) fn bottom_margin(titled: bool) -> f64 {
    GAP + SMALL + if titled { SMALL + GAP } else { 0.0 }
}

/// Space at the right, for the half of the last label that overhangs.
pub(super) const RIGHT_MARGIN: f64 = 18.0 * SCALE;

impl Frame {
    /// Grid lines, under the data.
    pub fn grid(&self, canvas: &mut Canvas) {
        for tick in &self.y.ticks {
            if let Some(y) = self.y_at(tick.value) {
                canvas.hair((self.area.left, y), (self.area.right, y), HAIR, BLACK, GRID_ALPHA);
            }
        }
        for tick in &self.x.ticks {
            if let Some(x) = self.x_at(tick.value) {
                canvas.hair((x, self.area.top), (x, self.area.bottom), HAIR, BLACK, GRID_ALPHA);
            }
        }
    }

    /// Axes, tick marks, labels and titles, over the data. `x_labels` is false in a panel that shares its x axis
    /// with the panel under it.
    pub fn axes(&self, canvas: &mut Canvas, x_labels: bool) {
        let area = self.area;
        canvas.hair((area.left, area.bottom), (area.right, area.bottom), HAIR, INK, 1.0);
        canvas.hair((area.left, area.top), (area.left, area.bottom), HAIR, INK, 1.0);
        let letters = Letters::new(SMALL, INK);
        for tick in &self.x.ticks {
            if let Some(x) = self.x_at(tick.value) {
                canvas.hair((x, area.bottom), (x, area.bottom + 12.0), HAIR, INK, 1.0);
                if x_labels {
                    canvas.text((x, area.bottom + GAP + SMALL / 2.0), &tick.label, letters.middle());
                }
            }
        }
        for x in self.x.minor.iter().filter_map(|v| self.x_at(*v)) {
            canvas.hair((x, area.bottom), (x, area.bottom + 6.0), HAIR, INK, 1.0);
        }
        for tick in &self.y.ticks {
            if let Some(y) = self.y_at(tick.value) {
                canvas.hair((area.left - 12.0, y), (area.left, y), HAIR, INK, 1.0);
                canvas.text((area.left - GAP - 3.0, y), &tick.label, letters.end());
            }
        }
        for y in self.y.minor.iter().filter_map(|v| self.y_at(*v)) {
            canvas.hair((area.left - 6.0, y), (area.left, y), HAIR, INK, 1.0);
        }
        if x_labels {
            let title = font::shorten(&self.x.title, area.width(), SMALL, false);
            let y = area.bottom + GAP + SMALL * 1.5 + GAP;
            canvas.text(((area.left + area.right) / 2.0, y), &title, letters.middle());
        }
        let title = font::shorten(&self.y.title, area.height() + 2.0 * GAP, SMALL, false);
        canvas.text_upwards((self.left + SMALL / 2.0, (area.top + area.bottom) / 2.0), &title, letters);
    }

    /// Pixel column of a value inside the axis; `None` outside.
    pub fn x_at(&self, value: f64) -> Option<f64> {
        let share = self.x.share(value).filter(|s| (-1e-6..=1.0 + 1e-6).contains(s))?;
        Some(self.area.left + share * self.area.width())
    }

    /// Pixel row of a value inside the axis; `None` outside.
    pub fn y_at(&self, value: f64) -> Option<f64> {
        let share = self.y.share(value).filter(|s| (-1e-6..=1.0 + 1e-6).contains(s))?;
        Some(self.area.bottom - share * self.area.height())
    }

    /// Pixel of a pair of values, perhaps outside of the area; `None` if they cannot be shown on these axes.
    pub fn point(&self, (x, y): (f64, f64)) -> Option<Point> {
        let (x, y) = (self.x.share(x)?, self.y.share(y)?);
        Some((self.area.left + x * self.area.width(), self.area.bottom - y * self.area.height()))
    }

    /// The area and a little more, so that lines on its edge keep their width.
    pub fn clip(&self) -> Rect {
        self.area.grown(STROKE / 2.0)
    }

    /// A curve; points that cannot be shown are left out. A single point is a marker.
    pub fn curve(&self, canvas: &mut Canvas, points: &[(f64, f64)], look: Look) {
        let points: Vec<Point> = points.iter().filter_map(|p| self.point(*p)).collect();
        if let ([only], Some(marker)) = (&points[..], look.marker) {
            canvas.marker(*only, marker, look.color, self.area.grown(20.0));
        }
        if points.len() > 1 {
            canvas.line(&points, STROKE, look.dash, look.color, 1.0, self.clip());
        }
    }

    /// Some markers along a curve, so that it can be told from others without colour. `phase` in 0..1 sets off the
    /// markers of one curve from those of another; `upright` says how much vertical distance counts (little where
    /// curves are noisy).
    pub fn sparse_markers(&self, canvas: &mut Canvas, points: &[(f64, f64)], look: Look, phase: f64, upright: f64) {
        let Some(marker) = look.marker else { return };
        let points: Vec<Point> = points.iter().filter_map(|p| self.point(*p)).collect();
        let spacing = if upright > 0.0 { 400.0 } else { 220.0 };
        let mut left = spacing * (0.2 + 0.8 * phase.fract());
        for pair in points.windows(2) {
            let length = (pair[1].0 - pair[0].0).hypot(upright * (pair[1].1 - pair[0].1));
            let mut walked = 0.0;
            while length - walked > left && walked < 1e5 {
                walked += left;
                left = spacing;
                let share = walked / length;
                let at = (pair[0].0 + (pair[1].0 - pair[0].0) * share, pair[0].1 + (pair[1].1 - pair[0].1) * share);
                let inside = self.area.grown(1.0);
                if (inside.left..inside.right).contains(&at.0) && (inside.top..inside.bottom).contains(&at.1) {
                    canvas.marker(at, marker, look.color, self.area.grown(20.0));
                }
            }
            left -= length - walked;
        }
    }

    /// The band between two curves: (x, low, high).
    pub fn band(&self, canvas: &mut Canvas, points: &[(f64, f64, f64)], look: Look) {
        // On a log axis the low end of a band may be at or under zero: it then reaches the bottom of the area.
        let low = |y: f64| if self.y.log && y <= 0.0 { self.y.lo } else { y };
        let pairs: Vec<(Point, Point)> =
            points.iter().filter_map(|&(x, lo, hi)| Some((self.point((x, low(lo)))?, self.point((x, hi))?))).collect();
        let outline: Vec<Point> = pairs.iter().map(|p| p.1).chain(pairs.iter().rev().map(|p| p.0)).collect();
        canvas.polygon(&outline, look.color, BAND_ALPHA, self.area);
    }

    /// A dashed vertical line through the area.
    pub fn vertical(&self, canvas: &mut Canvas, x: f64) {
        if let Some(x) = self.x_at(x) {
            let points = [(x, self.area.top), (x, self.area.bottom)];
            canvas.line(&points, HAIR + 1.0, REFERENCE, GREY, 1.0, self.area);
        }
    }

    /// A dashed horizontal line through the area, with its name at one of its ends, where it hides least of `ink`.
    pub fn horizontal(&self, canvas: &mut Canvas, y: f64, name: &str, ink: &[Point], taken: &mut Vec<Rect>) {
        if let Some(y) = self.y_at(y) {
            let points = [(self.area.left, y), (self.area.right, y)];
            canvas.line(&points, HAIR + 1.0, REFERENCE, GREY, 1.0, self.area);
            let name = font::shorten(name, self.area.width() * 0.6, SMALL, false);
            let width = font::width(&name, SMALL, false);
            let (left, right) = (self.area.left + 12.0, self.area.right - width - 12.0);
            let rows = [y - SMALL * 0.8, y + SMALL * 0.8, y - SMALL * 2.0, y + SMALL * 2.0];
            let inside = |y: &f64| *y > self.area.top + SMALL * 0.6 && *y < self.area.bottom - SMALL * 0.6;
            let candidates = rows.into_iter().filter(inside).flat_map(|y| [(right, y), (left, y)]);
            let at = quiet_place(candidates, width, ink, taken).unwrap_or((right, y));
            note(canvas, at, &name);
        }
    }

    /// Marks on the lower edge where there is no steady state, and one word of what they mean.
    pub fn unstable(&self, canvas: &mut Canvas, at: &[f64]) {
        let places: Vec<f64> = at.iter().filter_map(|x| self.x_at(*x)).collect();
        let y = self.area.bottom - 8.0 * SCALE;
        for x in &places {
            canvas.marker((*x, y), Marker::Cross, GREY, self.area.grown(20.0));
        }
        let Some(last) = places.iter().copied().reduce(f64::max) else { return };
        let text = "no steady state";
        let width = font::width(text, SMALL, false);
        let beside =
            if last - width - 12.0 > self.area.left { last - width / 2.0 } else { self.area.left + width / 2.0 };
        let x =
            (beside - width / 2.0).clamp(self.area.left + 12.0, (self.area.right - width - 12.0).max(self.area.left));
        note(canvas, (x, y - SMALL * 1.1), text);
    }

    /// Points every few pixels along a curve: where a text would hide it.
    pub fn ink(&self, points: &[(f64, f64)]) -> Vec<Point> {
        let points: Vec<Point> = points.iter().filter_map(|p| self.point(*p)).collect();
        let mut ink = points.clone();
        for pair in points.windows(2) {
            let parts = (((pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1) / 10.0) as usize).min(400);
            ink.extend((1..parts).map(|i| {
                let share = i as f64 / parts as f64;
                (pair[0].0 + (pair[1].0 - pair[0].0) * share, pair[0].1 + (pair[1].1 - pair[0].1) * share)
            }));
        }
        ink
    }
}

/// The place of a text whose start is at `at`.
fn text_place(at: Point, width: f64) -> Rect {
    Rect::new(at.0 - 6.0, at.1 - SMALL * 0.55, at.0 + width + 6.0, at.1 + SMALL * 0.55)
}

/// The first of the candidates where a text of this width hides neither other texts nor `ink`, or else the one where
/// it hides least; it joins the places that are taken.
pub(super) fn quiet_place(
    candidates: impl Iterator<Item = Point>,
    width: f64,
    ink: &[Point],
    taken: &mut Vec<Rect>,
) -> Option<Point> {
    let cost = |at: Point| {
        let place = text_place(at, width);
        let hidden =
            ink.iter().filter(|p| p.0 > place.left && p.0 < place.right && p.1 > place.top && p.1 < place.bottom);
        hidden.count() as f64 + taken.iter().map(|other| place.overlap(other)).sum::<f64>()
    };
    let best = candidates.map(|at| (cost(at), at)).fold(None, |best: Option<(f64, Point)>, next| {
        if best.is_none_or(|best| next.0 < best.0) { Some(next) } else { best }
    })?;
    taken.push(text_place(best.1, width));
    Some(best.1)
}

/// A place for a text of this width: at `(x, y)`, or moved by whole lines in `direction` (1 down, -1 up) until it
/// is free of the others, which it joins.
pub(super) fn free_place(x: f64, y: f64, width: f64, direction: f64, taken: &mut Vec<Rect>) -> Point {
    let mut y = y;
    for _ in 0..12 {
        let place = text_place((x, y), width);
        if taken.iter().all(|other| place.overlap(other) == 0.0) {
            break;
        }
        y += direction * SMALL * 1.2;
    }
    taken.push(text_place((x, y), width));
    (x, y)
}

/// A text on a nearly opaque ground, for places where data may lie under it.
pub(super) fn note(canvas: &mut Canvas, at: Point, text: &str) {
    if text.is_empty() {
        return;
    }
    let width = font::width(text, SMALL, false);
    canvas.block(text_place(at, width), WHITE, GROUND_ALPHA);
    canvas.text(at, text, Letters::new(SMALL, INK));
}

/// "no data", in the middle of an area.
pub(super) fn no_data(canvas: &mut Canvas, area: Rect) {
    let at = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
    let width = font::width("no data", SMALL, false);
    canvas.block(text_place((at.0 - width / 2.0, at.1), width), WHITE, 1.0);
    canvas.text(at, "no data", Letters::new(SMALL, GREY).middle());
}

/// How entries of a legend look.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sample {
    /// A line with a marker.
    Line,
    /// A square.
    Block,
}

/// The names under a panel, in columns.
pub(super) struct Legend {
    entries: Vec<(String, Look)>,
    rest: usize,
    columns: usize,
    column_width: f64,
    sample: Sample,
}

impl Legend {
    /// A legend as wide as `room`; names that do not fit are shortened, and those after the twelfth only counted.
    pub fn new(entries: Vec<(String, Look)>, room: f64, sample: Sample) -> Self {
        let rest = entries.len().saturating_sub(NAMED);
        let mut entries = entries;
        entries.truncate(NAMED);
        let length = if sample == Sample::Line { SAMPLE } else { SMALL };
        let widest = font::widest(entries.iter().map(|e| e.0.as_str()), SMALL).min(room - length - GAP);
        let wanted = widest + length + GAP + 12.0 * SCALE;
        let cells = entries.len() + usize::from(rest > 0);
        let most = ((room / wanted) as usize).clamp(1, cells.max(1));
        // As few lines as possible, and then columns as even as possible.
        let columns = cells.div_ceil(cells.div_ceil(most).max(1)).max(1);
        Self { entries, rest, columns, column_width: wanted.min(room), sample }
    }

    /// Height that the legend takes [pixels].
    pub fn height(&self) -> f64 {
        let cells = self.entries.len() + usize::from(self.rest > 0);
        cells.div_ceil(self.columns) as f64 * LEGEND_LINE
    }

    /// Draws it with its upper left corner at `at`.
    pub fn draw(&self, canvas: &mut Canvas, at: Point) {
        let letters = Letters::new(SMALL, INK);
        let all = canvas.bounds();
        let place = |i: usize| {
            let (row, column) = (i / self.columns, i % self.columns);
            (at.0 + column as f64 * self.column_width, at.1 + (row as f64 + 0.5) * LEGEND_LINE)
        };
        for (i, (name, look)) in self.entries.iter().enumerate() {
            let (x, y) = place(i);
            let length = match self.sample {
                Sample::Line => {
                    canvas.line(&[(x + 4.0, y), (x + SAMPLE - 4.0, y)], STROKE, look.dash, look.color, 1.0, all);
                    if let Some(marker) = look.marker {
                        canvas.marker((x + SAMPLE / 2.0, y), marker, look.color, all);
                    }
                    SAMPLE
                }
                Sample::Block => {
                    let half = SMALL * 0.38;
                    canvas.block(Rect::new(x, y - half, x + 2.0 * half, y + half), look.color, 1.0);
                    SMALL
                }
            };
            let name = font::shorten(name, self.column_width - length - GAP, SMALL, false);
            canvas.text((x + length + GAP, y), &name, letters);
        }
        if self.rest > 0 {
            let (x, y) = place(self.entries.len());
            canvas.text((x, y), &format!("and {} more", self.rest), Letters::new(SMALL, GREY));
        }
    }
}
