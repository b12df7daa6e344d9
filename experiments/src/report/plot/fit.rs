//! Measured points with the curves that were fitted to them, and below what the curves leave.

use std::path::Path;

use super::axis::{Axis, Room, extent};
use super::canvas::Canvas;
use super::font::lower_first;
use super::frame::{self, Frame, Legend, Sample};
use super::raster::Rect;
use super::response::axis;
use super::style::{BLACK, INK, Look, Marker, SCALE, SMALL, look};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 600.0 * SCALE;
const UPPER: f64 = 300.0 * SCALE;
const LOWER: f64 = 110.0 * SCALE;
const GAP: f64 = 14.0 * SCALE;

/// Points and curves over a common axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FitPlot {
    /// What the x axis shows.
    pub x_label: String,
    /// Unit of the x values.
    pub x_unit: String,
    /// What the y axis shows.
    pub y_label: String,
    /// Unit of the y values.
    pub y_unit: String,
    /// What was measured.
    pub points: Vec<(f64, f64)>,
    /// The curves, the most important first.
    pub curves: Vec<FitCurve>,
    /// A place on the x axis that deserves a line, such as a peak, with its name.
    pub mark: Option<(f64, String)>,
}

/// A curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FitCurve {
    /// What the legend calls it.
    pub name: String,
    /// (x, y) by x.
    pub points: Vec<(f64, f64)>,
    /// Low and high end of a band, in the order of `points`.
    pub band: Vec<(f64, f64)>,
    /// What it leaves: (x, measured - fitted).
    pub residuals: Vec<(f64, f64)>,
}

impl FitPlot {
    /// Draws the picture into a PNG file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let measured = Look { color: INK, dash: &[], marker: Some(Marker::Circle) };
        let curve = |i: usize| look(i);
        let mut entries = vec![("measured".to_string(), measured)];
        entries.extend(self.curves.iter().enumerate().map(|(i, c)| (c.name.clone(), curve(i))));
        let legend = Legend::new(entries, WIDTH - 110.0 * SCALE, Sample::Line);
        let height = UPPER + GAP + LOWER + frame::bottom_margin(true) + legend.height() + 6.0 * SCALE;
        let heading = format!("{} over {}", self.y_label, lower_first(&self.x_label));
        let (mut canvas, content) = Canvas::page(WIDTH, height, stamp, &heading);

        let xs = self.points.iter().map(|p| p.0).chain(self.mark.as_ref().map(|mark| mark.0));
        let drawn = self.curves.iter().flat_map(|c| c.points.iter().map(|p| p.1));
        // Wide bands may leave the picture.
        let y_range = extent(self.points.iter().map(|p| p.1).chain(drawn), false);
        let y_range = y_range.map(|(lo, hi)| (if lo > 0.0 && lo < 0.5 * hi { 0.0 } else { lo }, hi));
        let left_over = self.curves.iter().flat_map(|c| c.residuals.iter().map(|p| p.1));
        let most = left_over.filter(|r| r.is_finite()).fold(0.0_f64, |most, r| most.max(r.abs()));
        let y = axis(false, &self.y_label, &self.y_unit, y_range, Room::Up(UPPER));
        let around = (most > 0.0).then_some((-most, most));
        let rest = Axis::linear("Residual", &self.y_unit, around, true, Room::Up(LOWER));
        let left = content.left + frame::left_margin(&y).max(frame::left_margin(&rest));
        let right = content.right - frame::RIGHT_MARGIN;
        let x = axis(false, &self.x_label, &self.x_unit, extent(xs, false), Room::Across(right - left));
        let upper = Rect::new(left, content.top, right, content.top + UPPER);
        let lower = Rect::new(left, upper.bottom + GAP, right, upper.bottom + GAP + LOWER);

        let frame = Frame { left: content.left, area: upper, x: x.clone(), y };
        frame.grid(&mut canvas);
        frame.axes(&mut canvas, false);
        if let Some((place, _)) = &self.mark {
            frame.vertical(&mut canvas, *place);
        }
        for (i, one) in self.curves.iter().enumerate() {
            let band: Vec<_> = one.points.iter().zip(&one.band).map(|(p, b)| (p.0, b.0, b.1)).collect();
            if !band.is_empty() {
                frame.band(&mut canvas, &band, curve(i));
            }
        }
        // What matters most lies on top.
        for (i, one) in self.curves.iter().enumerate().rev() {
            frame.curve(&mut canvas, &one.points, curve(i));
        }
        for at in self.points.iter().filter_map(|p| frame.point(*p)) {
            canvas.marker(at, Marker::Circle, INK, upper.grown(20.0));
        }
        if let Some((place, name)) = &self.mark
            && let Some(x) = frame.x_at(*place)
        {
            let name = font::shorten(name, upper.width() * 0.4, SMALL, false);
            let x = (x + 12.0).min(upper.right - font::width(&name, SMALL, false));
            frame::note(&mut canvas, (x, upper.bottom - SMALL), &name);
        }
        if self.points.is_empty() {
            frame::no_data(&mut canvas, upper);
        }

        let frame = Frame { left: content.left, area: lower, x, y: rest };
        frame.grid(&mut canvas);
        if let Some(zero) = frame.y_at(0.0) {
            canvas.hair((lower.left, zero), (lower.right, zero), 3.0, BLACK, 0.5);
        }
        frame.axes(&mut canvas, true);
        for (i, one) in self.curves.iter().enumerate().rev() {
            let Look { color, marker, .. } = curve(i);
            for at in one.residuals.iter().filter_map(|p| frame.point(*p)) {
                canvas.marker(at, marker.unwrap_or(Marker::Circle), color, lower.grown(20.0));
            }
        }
        legend.draw(&mut canvas, (left, content.bottom - legend.height()));
        canvas.save(path, stamp)
    }
}
