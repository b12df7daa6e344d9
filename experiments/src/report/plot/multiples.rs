//! Small multiples: panels with the same y axis side by side, each with curves or points.

use std::path::Path;

use super::axis::{Axis, Room, extent};
use super::canvas::{Canvas, Letters};
use super::frame::{self, Frame, Legend, Sample};
use super::raster::Rect;
use super::response::{ResponseSeries, axis, bands, pieces};
use super::style::{INK, Look, SCALE, SMALL, look};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 600.0 * SCALE;
/// Height of the data of a panel, and of its title.
const HEIGHT: f64 = 140.0 * SCALE;
const TITLE: f64 = 16.0 * SCALE;
/// Space between panels.
const GAP: f64 = 18.0 * SCALE;
/// Panels beside each other.
const COLUMNS: usize = 3;

/// Panels with common series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiplesPlot {
    /// What the picture is called.
    pub heading: String,
    /// What the y axes show.
    pub y_label: String,
    /// Unit of the y values; "s", "bit/s", "B", "J" and the like get a prefix when drawn.
    pub y_unit: String,
    /// Whether the y axes are logarithmic.
    pub log_y: bool,
    /// Whether points are joined.
    pub joined: bool,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
}

/// One panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// What is particular to it.
    pub title: String,
    /// What its x axis shows.
    pub x_label: String,
    /// Unit of the x values.
    pub x_unit: String,
    /// Whether its x axis is logarithmic.
    pub log_x: bool,
    /// The curves, the same number in the same order in each panel.
    pub series: Vec<ResponseSeries>,
    /// Where there is no steady state.
    pub unstable: Vec<f64>,
}

impl MultiplesPlot {
    /// Draws the picture into a PNG file; its height grows with the rows of panels.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let names: Vec<String> = self
            .panels
            .first()
            .map_or_else(Vec::new, |panel| panel.series.iter().map(|series| series.name.clone()).collect());
        let style = |index: usize| if self.joined { look(index) } else { Look { dash: &[], ..look(index) } };
        let entries = names.iter().enumerate().map(|(i, name)| (name.clone(), style(i))).collect();
        let legend = Legend::new(entries, WIDTH - 24.0 * SCALE, Sample::Line);
        let legend_height = if names.len() > 1 { legend.height() + 6.0 * SCALE } else { 0.0 };
        let columns = self.panels.len().clamp(1, COLUMNS);
        let rows = self.panels.len().div_ceil(columns).max(1);
        let foot = frame::bottom_margin(true);
        let row_height = TITLE + HEIGHT + foot + GAP;
        let (mut canvas, content) = Canvas::page(WIDTH, rows as f64 * row_height + legend_height, stamp, &self.heading);

        let points = || self.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
        let shown = |y: &f64| y.is_finite() && (!self.log_y || *y > 0.0);
        let ends = self.panels.iter().flat_map(|p| p.series.iter().flat_map(bands)).flat_map(|(_, lo, hi)| [lo, hi]);
        let mut range = extent(points().map(|p| p.1).filter(shown).chain(ends), self.log_y);
        if !self.log_y {
            range = range.map(|(lo, hi)| (if lo > 0.0 && lo < 0.5 * hi { 0.0 } else { lo }, hi));
        }
        let y = || axis(self.log_y, &self.y_label, &self.y_unit, range, Room::Up(HEIGHT));
        let left = frame::left_margin(&y());
        let width = (content.width() - left - frame::RIGHT_MARGIN - GAP * (columns - 1) as f64) / columns as f64;
        for (i, panel) in self.panels.iter().enumerate() {
            let (row, column) = (i / columns, i % columns);
            let top = content.top + row as f64 * row_height + TITLE;
            let from = content.left + left + column as f64 * (width + GAP);
            let area = Rect::new(from, top, from + width, top + HEIGHT);
            let mut y = y();
            if column > 0 {
                // The first panel of a row has the labels.
                y.ticks.iter_mut().for_each(|tick| tick.label.clear());
                y.title.clear();
            }
            let frame = Frame { left: content.left, area, x: panel.x_axis(width), y };
            let title = font::shorten(&panel.title, width, SMALL, true);
            canvas.text((from, top - TITLE / 2.0), &title, Letters::new(SMALL, INK).bold());
            self.fill(&mut canvas, &frame, panel, &style);
        }
        if self.panels.is_empty() {
            frame::no_data(&mut canvas, content);
        }
        if names.len() > 1 {
            legend.draw(&mut canvas, (content.left + left, content.bottom - legend.height()));
        }
        canvas.save(path, stamp)
    }

    fn fill(&self, canvas: &mut Canvas, frame: &Frame, panel: &Panel, style: &dyn Fn(usize) -> Look) {
        frame.grid(canvas);
        frame.axes(canvas, true);
        for (i, series) in panel.series.iter().enumerate().filter(|_| self.joined) {
            let band: Vec<_> = bands(series).collect();
            frame.band(canvas, &band, style(i));
        }
        for (i, series) in panel.series.iter().enumerate() {
            let look = style(i);
            for piece in pieces(&series.points, &panel.unstable).filter(|_| self.joined) {
                frame.curve(canvas, piece, look);
            }
            let Some(marker) = look.marker else { continue };
            for at in series.points.iter().filter(|p| p.0.is_finite() && p.1.is_finite()) {
                if let Some(at) = frame.point(*at) {
                    canvas.marker(at, marker, look.color, frame.area.grown(20.0));
                }
            }
        }
        if panel.series.iter().all(|series| series.points.is_empty()) {
            frame::no_data(canvas, frame.area);
        }
        frame.unstable(canvas, &panel.unstable);
    }
}

impl Panel {
    fn x_axis(&self, width: f64) -> Axis {
        let values = self.series.iter().flat_map(|series| series.points.iter().map(|p| p.0));
        let range = extent(values.chain(self.unstable.iter().copied()), self.log_x);
        axis(self.log_x, &self.x_label, &self.x_unit, range, Room::Across(width))
    }
}
