//! How one quantity depends on another: points joined by lines, with their confidence bands.

use std::path::Path;

use super::axis::{Axis, Room, extent};
use super::canvas::Canvas;
use super::font::lower_first;
use super::frame::{self, Frame, Legend, Sample};
use super::raster::Rect;
use super::style::{Look, SCALE, look};
use super::{PlotError, Stamp};

const WIDTH: f64 = 600.0 * SCALE;
const HEIGHT: f64 = 340.0 * SCALE;

/// Curves over a common pair of axes. Values that are not finite, or not positive on a log axis, are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponsePlot {
    /// What the x axis shows, such as "Load".
    pub x_label: String,
    /// Unit of the x values; "s", "bit/s", "B", "J" and the like get a prefix when drawn.
    pub x_unit: String,
    /// What the y axis shows, such as "95th percentile of latency".
    pub y_label: String,
    /// Unit of the y values, as `x_unit`.
    pub y_unit: String,
    /// Whether the x axis is logarithmic.
    pub log_x: bool,
    /// Whether the y axis is logarithmic.
    pub log_y: bool,
    /// The curves.
    pub series: Vec<ResponseSeries>,
    /// Horizontal lines with their names, such as a target.
    pub references: Vec<(f64, String)>,
    /// Where there is nothing to show because there is no steady state: curves are not drawn across, and the places are
    /// marked.
    pub unstable: Vec<f64>,
}

/// One curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponseSeries {
    /// What the legend calls it.
    pub name: String,
    /// (x, y) in the order in which they are joined.
    pub points: Vec<(f64, f64)>,
    /// Half-width of the interval about each y, in the order of `points`.
    pub half_widths: Option<Vec<f64>>,
    /// Whether each point is marked.
    pub marker: bool,
}

impl ResponsePlot {
    /// Draws the picture into a PNG file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let looks: Vec<Look> = (0..self.series.len()).map(|i| self.look(i)).collect();
        let entries = self.series.iter().zip(&looks).map(|(s, look)| (s.name.clone(), *look)).collect();
        let legend = Legend::new(entries, WIDTH - 24.0 * SCALE, Sample::Line);
        let legend_height = if self.series.len() > 1 { legend.height() + 6.0 * SCALE } else { 0.0 };
        let unstable: Vec<f64> =
            self.unstable.iter().copied().filter(|x| x.is_finite() && (!self.log_x || *x > 0.0)).collect();
        let (mut canvas, content) = Canvas::page(WIDTH, HEIGHT + legend_height, stamp, &self.heading());

        let shown = |p: &&(f64, f64)| {
            p.0.is_finite() && p.1.is_finite() && (!self.log_x || p.0 > 0.0) && (!self.log_y || p.1 > 0.0)
        };
        let points = || self.series.iter().flat_map(|s| s.points.iter().filter(shown));
        let ends = self.series.iter().flat_map(bands).flat_map(|(_, lo, hi)| [lo, hi]);
        let references = self.references.iter().map(|r| r.0);
        let x_range = extent(points().map(|p| p.0).chain(unstable.iter().copied()), self.log_x);
        let mut y_range = extent(points().map(|p| p.1).chain(ends).chain(references), self.log_y);
        if !self.log_y {
            y_range = y_range.map(|(lo, hi)| (if lo > 0.0 && lo < 0.5 * hi { 0.0 } else { lo }, hi));
        }
        let bottom = content.bottom - legend_height - frame::bottom_margin(true);
        let up = Room::Up(bottom - content.top);
        let y = axis(self.log_y, &self.y_label, &self.y_unit, y_range, up);
        let left = content.left + frame::left_margin(&y);
        let across = Room::Across(content.right - frame::RIGHT_MARGIN - left);
        let x = axis(self.log_x, &self.x_label, &self.x_unit, x_range, across);
        let area = Rect::new(left, content.top, content.right - frame::RIGHT_MARGIN, bottom);
        let frame = Frame { left: content.left, area, x, y };

        frame.grid(&mut canvas);
        frame.axes(&mut canvas, true);
        for (series, look) in self.series.iter().zip(&looks) {
            let band: Vec<_> = bands(series).collect();
            let ends: Vec<(f64, f64)> = band.iter().map(|(x, lo, _)| (*x, *lo)).collect();
            let mut from = 0;
            for piece in pieces(&ends, &unstable) {
                frame.band(&mut canvas, &band[from..from + piece.len()], *look);
                from += piece.len();
            }
        }
        for (series, look) in self.series.iter().zip(&looks) {
            for piece in pieces(&series.points, &unstable) {
                frame.curve(&mut canvas, piece, *look);
            }
            if let (true, Some(marker)) = (series.marker, look.marker) {
                for at in series.points.iter().filter(shown).filter_map(|p| frame.point(*p)) {
                    canvas.marker(at, marker, look.color, area.grown(20.0));
                }
            }
        }
        let ink: Vec<_> = self.series.iter().flat_map(|s| frame.ink(&s.points)).collect();
        let mut taken = Vec::new();
        for (value, name) in &self.references {
            frame.horizontal(&mut canvas, *value, name, &ink, &mut taken);
        }
        if points().next().is_none() {
            frame::no_data(&mut canvas, area);
        }
        frame.unstable(&mut canvas, &unstable);
        if self.series.len() > 1 {
            legend.draw(&mut canvas, (area.left, content.bottom - legend.height()));
        }
        canvas.save(path, stamp)
    }

    fn look(&self, index: usize) -> Look {
        let marked = self.series[index].marker || self.series[index].points.len() == 1;
        let look = look(index);
        Look { marker: look.marker.filter(|_| marked), ..look }
    }

    fn heading(&self) -> String {
        let (x, y) = (&self.x_label, &self.y_label);
        let axes =
            if x.is_empty() || y.is_empty() { format!("{y}{x}") } else { format!("{y} over {}", lower_first(x)) };
        match &self.series[..] {
            [only] if !only.name.is_empty() => format!("{axes}: {}", only.name),
            _ => axes,
        }
    }
}

/// The parts of a curve between the places where there is nothing to show.
pub(super) fn pieces<'p>(points: &'p [(f64, f64)], unstable: &'p [f64]) -> impl Iterator<Item = &'p [(f64, f64)]> {
    points.chunk_by(|a, b| !unstable.iter().any(|x| (*x > a.0 && *x < b.0) || (*x > b.0 && *x < a.0)))
}

/// (x, low, high) of the points that have an interval.
pub(super) fn bands(series: &ResponseSeries) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
    let half_widths = series.half_widths.as_deref().unwrap_or_default();
    series
        .points
        .iter()
        .zip(half_widths)
        .filter(|((x, y), h)| x.is_finite() && y.is_finite() && h.is_finite())
        .map(|(&(x, y), &h)| (x, y - h, y + h))
}

/// The y axis ends on ticks, the x axis a little outside of the data.
pub(super) fn axis(log: bool, name: &str, unit: &str, range: Option<(f64, f64)>, room: Room) -> Axis {
    let outward = matches!(room, Room::Up(_));
    if log {
        let part = |(lo, hi): (f64, f64)| if outward { 1.0 } else { (hi / lo).powf(0.02) };
        let range = range.map(|r| (r.0 / part(r), r.1 * part(r)));
        Axis::logarithmic(name, unit, range, outward, room)
    } else {
        let part = |(lo, hi): (f64, f64)| if outward { 0.0 } else { 0.02 * (hi - lo) };
        let range = range.map(|r| (if r.0 == 0.0 { 0.0 } else { r.0 - part(r) }, r.1 + part(r)));
        Axis::linear(name, unit, range, outward, room)
    }
}
