//! Sums by their parts, row by row: what a value is made of.

use std::path::Path;

use super::axis::{Axis, Room, extent};
use super::canvas::{Canvas, Letters};
use super::frame::{Legend, Sample};
use super::raster::Rect;
use super::style::{BLACK, GREY, GRID_ALPHA, HAIR, INK, Look, Marker, PALE, SCALE, SMALL, STROKE, look};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 720.0 * SCALE;
const ROW: f64 = 26.0 * SCALE;
const BAR: f64 = 13.0 * SCALE;
const GAP: f64 = 6.0 * SCALE;
/// Longest names that are shown in full.
const NAME: f64 = 300.0 * SCALE;

/// Sums and their parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContributionsPlot {
    /// What the picture is called.
    pub heading: String,
    /// What the axis shows.
    pub axis: String,
    /// What the parts are called.
    pub parts: Vec<String>,
    /// The rows.
    pub rows: Vec<ContributionsRow>,
}

/// One sum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContributionsRow {
    /// What it is about.
    pub name: String,
    /// What stands under the name.
    pub note: String,
    /// The parts; negative ones lie to the left.
    pub parts: Vec<f64>,
    /// The sum, and the half-width of its interval.
    pub total: f64,
    /// Its half-width.
    pub half_width: Option<f64>,
    /// Whether it is out of the question, and drawn paler.
    pub pale: bool,
}

impl ContributionsPlot {
    /// Draws the picture into a PNG file; its height grows with the rows.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let looks: Vec<Look> = (0..self.parts.len()).map(|i| Look { dash: &[], marker: None, ..look(i) }).collect();
        let entries = self.parts.iter().zip(&looks).map(|(name, look)| (name.clone(), *look)).collect();
        let legend = Legend::new(entries, WIDTH - 24.0 * SCALE, Sample::Block);
        let foot = GAP + SMALL + GAP + SMALL + GAP;
        let height = self.rows.len().max(1) as f64 * ROW;
        let (mut canvas, content) = Canvas::page(WIDTH, height + foot + legend.height(), stamp, &self.heading);
        let texts = self.rows.iter().flat_map(|row| [row.name.as_str(), row.note.as_str()]);
        let names = font::widest(texts, SMALL).min(NAME);
        let written: Vec<String> = self.rows.iter().map(number).collect();
        let room = font::widest(written.iter().map(String::as_str), SMALL);
        let left = content.left + names + GAP;
        let right = (content.right - room - GAP).max(left + 60.0);
        let area = Rect::new(left, content.top, right, content.top + height);
        let side =
            |row: &ContributionsRow, sign: f64| -> f64 { row.parts.iter().filter(|part| **part * sign > 0.0).sum() };
        let ends = self.rows.iter().flat_map(|row| {
            let half_width = row.half_width.unwrap_or(0.0);
            [side(row, 1.0), side(row, -1.0), row.total - half_width, row.total + half_width]
        });
        let range = extent(ends.chain([0.0]), false).map(|(low, high)| (low, high + 0.03 * (high - low)));
        let axis = Axis::linear(&self.axis, "", range, false, Room::Across(area.width()));
        let at = |value: f64| axis.share(value).map(|share| area.left + share.clamp(0.0, 1.0) * area.width());
        for tick in &axis.ticks {
            let Some(x) = at(tick.value) else { continue };
            canvas.hair((x, area.top), (x, area.bottom), HAIR, BLACK, GRID_ALPHA);
            canvas.text((x, area.bottom + GAP + SMALL / 2.0), &tick.label, Letters::new(SMALL, INK).middle());
        }
        let title = ((area.left + area.right) / 2.0, area.bottom + GAP + SMALL * 1.5 + GAP);
        canvas.text(title, &axis.title, Letters::new(SMALL, INK).middle());
        canvas.hair((area.left, area.bottom), (area.right, area.bottom), HAIR, INK, 1.0);
        let all = canvas.bounds();
        for (i, row) in self.rows.iter().enumerate() {
            let (top, middle) = (area.top + i as f64 * ROW, area.top + (i as f64 + 0.5) * ROW);
            if i > 0 {
                canvas.hair((content.left, top), (content.right, top), HAIR, PALE, 1.0);
            }
            let ink = if row.pale { GREY } else { INK };
            let name = font::shorten(&row.name, names, SMALL, false);
            let shift = if row.note.is_empty() { 0.0 } else { SMALL * 0.55 };
            canvas.text((area.left - GAP, middle - shift), &name, Letters::new(SMALL, ink).end());
            let note = font::shorten(&row.note, names, SMALL, false);
            canvas.text((area.left - GAP, middle + shift), &note, Letters::new(SMALL, GREY).end());
            let (mut up, mut down) = (0.0, 0.0);
            for (part, look) in row.parts.iter().zip(&looks) {
                let from = if *part >= 0.0 { &mut up } else { &mut down };
                let ends = (at(*from), at(*from + part));
                *from += part;
                if let (Some(a), Some(b)) = ends
                    && (a - b).abs() > 0.5
                {
                    let bar = Rect::new(a.min(b), middle - BAR / 2.0, a.max(b), middle + BAR / 2.0);
                    canvas.block(bar, look.color, if row.pale { 0.35 } else { 0.85 });
                }
            }
            if let Some(x) = at(row.total) {
                let half_width = row.half_width.unwrap_or(0.0);
                if let (Some(low), Some(high)) = (at(row.total - half_width), at(row.total + half_width)) {
                    canvas.line(&[(low, middle), (high, middle)], STROKE * 0.7, &[], BLACK, 1.0, all);
                }
                canvas.marker((x, middle), Marker::Diamond, ink, all);
            }
            canvas.text((content.right, middle), &written[i], Letters::new(SMALL, ink).end());
        }
        if let Some(x) = at(0.0) {
            canvas.hair((x, area.top), (x, area.bottom), HAIR, INK, 1.0);
        }
        if self.rows.is_empty() {
            super::frame::no_data(&mut canvas, area);
        }
        legend.draw(&mut canvas, (content.left, content.bottom - legend.height()));
        canvas.save(path, stamp)
    }
}

fn number(row: &ContributionsRow) -> String {
    let text = match row.half_width {
        Some(half_width) => models::units::format_with_error(row.total, half_width, models::units::Dimension::NONE),
        None => models::units::format(row.total, models::units::Dimension::NONE),
    };
    text.replace('-', "−")
}
