//! Ratios of several kinds side by side, row by row: what was assumed, and what came out.

use std::path::Path;

use super::axis::{Axis, Room, extent};
use super::canvas::{Canvas, Letters};
use super::frame::{Legend, Sample};
use super::raster::Rect;
use super::style::{BLACK, GREY, GRID_ALPHA, HAIR, INK, Look, PALE, SCALE, SMALL, STROKE, look};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 600.0 * SCALE;
/// Height of the line of one value, and space between rows.
const LINE: f64 = 13.0 * SCALE;
const SPACE: f64 = 7.0 * SCALE;
const GAP: f64 = 6.0 * SCALE;
/// Longest names that are shown in full.
const NAME: f64 = 170.0 * SCALE;

/// Ratios by row and kind, drawn as changes in percent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GainsPlot {
    /// What the picture is called.
    pub heading: String,
    /// What the three kinds are called.
    pub names: [String; 3],
    /// The rows; the last is set apart.
    pub rows: Vec<GainsRow>,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GainsRow {
    /// What it is about.
    pub name: String,
    /// The ratio of each kind, with the ends of its interval.
    pub values: [GainsValue; 3],
}

/// A ratio, and the ends of its interval.
pub type GainsValue = (Option<f64>, Option<(f64, f64)>);

impl GainsPlot {
    /// Draws the picture into a PNG file; its height grows with the rows.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let looks: Vec<Look> = (0..3).map(|i| Look { dash: &[], ..look(i) }).collect();
        let entries = self.names.iter().zip(&looks).map(|(name, look)| (name.clone(), *look)).collect();
        let legend = Legend::new(entries, WIDTH - 24.0 * SCALE, Sample::Line);
        let row = 3.0 * LINE + SPACE;
        let foot = GAP + SMALL + GAP + SMALL + GAP;
        let height = self.rows.len().max(1) as f64 * row;
        let (mut canvas, content) = Canvas::page(WIDTH, height + foot + legend.height(), stamp, &self.heading);
        let percent = |ratio: f64| (ratio - 1.0) * 100.0;
        let names = font::widest(self.rows.iter().map(|row| row.name.as_str()), SMALL).min(NAME);
        let values = || self.rows.iter().flat_map(|row| row.values.iter());
        let written = |ratio: f64| format!("{:+.1} %", percent(ratio)).replace('-', "−");
        let texts: Vec<String> =
            values().filter_map(|(value, _)| value.filter(|v| v.is_finite())).map(written).collect();
        let room = font::widest(texts.iter().map(String::as_str), SMALL);
        let left = content.left + names + GAP;
        let right = (content.right - room - GAP).max(left + 60.0);
        let area = Rect::new(left, content.top, right, content.top + height);
        let ends =
            values().flat_map(|(value, ends)| [*value, ends.map(|e| e.0), ends.map(|e| e.1)]).flatten().map(percent);
        let range = extent(ends.chain([0.0]), false).map(|(lo, hi)| (lo - 0.03 * (hi - lo), hi + 0.03 * (hi - lo)));
        let axis = Axis::linear("change", "%", range, false, Room::Across(area.width()));
        let at = |ratio: f64| {
            let share = axis.share(percent(ratio))?;
            Some(area.left + share.clamp(0.0, 1.0) * area.width())
        };
        for tick in &axis.ticks {
            let Some(share) = axis.share(tick.value) else { continue };
            let x = area.left + share * area.width();
            canvas.hair((x, area.top), (x, area.bottom), HAIR, BLACK, GRID_ALPHA);
            canvas.text((x, area.bottom + GAP + SMALL / 2.0), &tick.label, Letters::new(SMALL, INK).middle());
        }
        let title = ((area.left + area.right) / 2.0, area.bottom + GAP + SMALL * 1.5 + GAP);
        canvas.text(title, &axis.title, Letters::new(SMALL, INK).middle());
        canvas.hair((area.left, area.bottom), (area.right, area.bottom), HAIR, INK, 1.0);
        if let Some(x) = at(1.0) {
            canvas.hair((x, area.top), (x, area.bottom), HAIR, INK, 1.0);
        }
        for (i, one) in self.rows.iter().enumerate() {
            let top = area.top + i as f64 * row;
            // What is about all of them is set apart by a stronger line.
            let (color, width) = if i + 1 == self.rows.len() { (GREY, HAIR) } else { (PALE, HAIR) };
            if i > 0 {
                canvas.hair((content.left, top), (content.right, top), width, color, 1.0);
            }
            let name = font::shorten(&one.name, names, SMALL, false);
            canvas.text((area.left - GAP, top + row / 2.0), &name, Letters::new(SMALL, INK).end());
            for (kind, (value, ends)) in one.values.iter().enumerate() {
                let y = top + SPACE / 2.0 + (kind as f64 + 0.5) * LINE;
                let Some((ratio, x)) = value.and_then(|ratio| Some((ratio, at(ratio)?))) else { continue };
                let all = canvas.bounds();
                if let Some((low, high)) = ends.and_then(|(low, high)| Some((at(low)?, at(high)?))) {
                    canvas.line(&[(low, y), (high, y)], STROKE * 0.7, &[], looks[kind].color, 1.0, all);
                    for end in [low, high] {
                        canvas.line(&[(end, y - 9.0), (end, y + 9.0)], STROKE * 0.7, &[], looks[kind].color, 1.0, all);
                    }
                }
                if let Some(marker) = looks[kind].marker {
                    canvas.marker((x, y), marker, looks[kind].color, all);
                }
                canvas.text((content.right, y), &written(ratio), Letters::new(SMALL, looks[kind].color).end());
            }
        }
        if texts.is_empty() {
            super::frame::no_data(&mut canvas, area);
        }
        legend.draw(&mut canvas, (content.left, content.bottom - legend.height()));
        canvas.save(path, stamp)
    }
}
