//! Two quantities against each other: what can be had of one for how much of the other.

use std::path::Path;

use super::axis::{Room, extent};
use super::canvas::Canvas;
use super::frame::{self, Frame};
use super::raster::{Point, Rect};
use super::response::axis;
use super::style::{GREY, Marker, PALETTE, SCALE, SMALL, STROKE};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 600.0 * SCALE;
const HEIGHT: f64 = 360.0 * SCALE;
/// Points of the front that have a name beside them.
const NAMED: usize = 12;
/// The longest name, as a part of the width.
const NAME: f64 = 0.35;

/// A cloud of points with its Pareto front.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScatterPlot {
    /// What the x axis shows.
    pub x_label: String,
    /// Unit of the x values; "s", "bit/s", "B", "J" and the like get a prefix when drawn.
    pub x_unit: String,
    /// What the y axis shows.
    pub y_label: String,
    /// Unit of the y values, as `x_unit`.
    pub y_unit: String,
    /// Whether the x axis is logarithmic.
    pub log_x: bool,
    /// Whether more of x is better.
    pub more_x: bool,
    /// Whether more of y is better.
    pub more_y: bool,
    /// The points.
    pub points: Vec<ScatterPoint>,
}

/// One point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScatterPoint {
    /// The first quantity.
    pub x: f64,
    /// The second quantity.
    pub y: f64,
    /// What it is called.
    pub name: String,
}

impl ScatterPlot {
    /// Numbers of the points of which no other is better in one quantity and at least as good in the other, by x.
    pub fn front(&self) -> Vec<usize> {
        let worth = |i: usize| {
            let point = &self.points[i];
            (if self.more_x { point.x } else { -point.x }, if self.more_y { point.y } else { -point.y })
        };
        let mut order: Vec<usize> =
            (0..self.points.len()).filter(|i| self.points[*i].x.is_finite() && self.points[*i].y.is_finite()).collect();
        order.sort_by(|a, b| worth(*b).0.total_cmp(&worth(*a).0).then(worth(*b).1.total_cmp(&worth(*a).1)));
        let mut best = f64::NEG_INFINITY;
        let mut front: Vec<usize> = Vec::new();
        for i in order {
            if worth(i).1 > best {
                best = worth(i).1;
                front.push(i);
            }
        }
        front.sort_by(|a, b| self.points[*a].x.total_cmp(&self.points[*b].x));
        front
    }

    /// Draws the picture into a PNG file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let heading = format!("{} against {}; best: {}", self.y_label, font::lower_first(&self.x_label), self.corner());
        let (mut canvas, content) = Canvas::page(WIDTH, HEIGHT, stamp, &heading);
        let x_range = extent(self.points.iter().map(|p| p.x), self.log_x);
        let y_range = extent(self.points.iter().map(|p| p.y), false);
        let bottom = content.bottom - frame::bottom_margin(true);
        let y = axis(false, &self.y_label, &self.y_unit, y_range, Room::Up(bottom - content.top));
        let left = content.left + frame::left_margin(&y);
        let right = content.right - frame::RIGHT_MARGIN;
        let x = axis(self.log_x, &self.x_label, &self.x_unit, x_range, Room::Across(right - left));
        let area = Rect::new(left, content.top, right, bottom);
        let frame = Frame { left: content.left, area, x, y };
        frame.grid(&mut canvas);
        frame.axes(&mut canvas, true);

        let at = |i: usize| frame.point((self.points[i].x, self.points[i].y));
        let front = self.front();
        for i in (0..self.points.len()).filter(|i| !front.contains(i)) {
            if let Some(at) = at(i) {
                canvas.marker(at, Marker::Circle, GREY, area.grown(20.0));
            }
        }
        let places: Vec<Point> = front.iter().filter_map(|i| at(*i)).collect();
        canvas.line(&self.steps(&places), STROKE * 0.7, &[24.0, 14.0], PALETTE[1], 1.0, frame.clip());
        let mut taken: Vec<Rect> =
            (0..self.points.len()).filter_map(at).map(|p| Rect::new(p.0, p.1, p.0, p.1).grown(14.0)).collect();
        for place in &places {
            canvas.marker(*place, Marker::Diamond, PALETTE[1], area.grown(20.0));
        }
        let apart = front.len().div_ceil(NAMED).max(1);
        for i in front.iter().step_by(apart) {
            let Some(place) = at(*i) else { continue };
            let name = font::shorten(&self.points[*i].name, area.width() * NAME, SMALL, false);
            let width = font::width(&name, SMALL, false);
            let (beside, step) = (place.0 + 24.0, SMALL * 1.1);
            let starts = [beside, place.0 - width - 24.0];
            let rows = [0.0, -step, step, -2.0 * step, 2.0 * step].map(|dy| place.1 + dy);
            let candidates = rows.into_iter().flat_map(|y| starts.map(|x| (x, y)));
            let inside = |p: &Point| p.0 > area.left && p.0 + width < area.right && p.1 > area.top && p.1 < area.bottom;
            let ink: Vec<Point> = (0..self.points.len()).filter_map(at).collect();
            if let Some(at) = frame::quiet_place(candidates.filter(inside), width, &ink, &mut taken) {
                frame::note(&mut canvas, at, &name);
            }
        }
        if x_range.is_none() || y_range.is_none() {
            frame::no_data(&mut canvas, area);
        }
        canvas.save(path, stamp)
    }

    fn corner(&self) -> &'static str {
        match (self.more_x, self.more_y) {
            (false, false) => "bottom left",
            (false, true) => "top left",
            (true, false) => "bottom right",
            (true, true) => "top right",
        }
    }

    /// The edge of what can be had: between two points of the front only the worse of both is sure.
    fn steps(&self, places: &[Point]) -> Vec<Point> {
        let mut line: Vec<Point> = Vec::new();
        for place in places {
            if let Some(last) = line.last().copied() {
                // From left to right; what is worse in y waits until x has been paid, where less of it is better.
                line.push(if self.more_x { (last.0, place.1) } else { (place.0, last.1) });
            }
            line.push(*place);
        }
        line
    }
}
