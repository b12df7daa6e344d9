//! One quantity over two factors: a cell for each pair of levels, its colour and its number.

use std::path::Path;

use plotters::style::RGBColor;

use super::axis::{Scale, estimate, fixed, log_ticks, multiples, nice_step};
use super::canvas::{Canvas, Letters};
use super::raster::Rect;
use super::style::{GREY, HAIR, INK, SCALE, SMALL, WHITE, mix};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 600.0 * SCALE;
/// Height of a row of cells, and the least of all of them.
const ROW: f64 = 34.0 * SCALE;
const LEAST: f64 = 120.0 * SCALE;
const MOST: f64 = 420.0 * SCALE;
/// Space between parts.
const GAP: f64 = 6.0 * SCALE;
/// Width of the colour bar.
const BAR: f64 = 12.0 * SCALE;
/// Longest names of levels that are shown in full.
const NAME: f64 = 120.0 * SCALE;
/// Cells without a steady state.
const NONE: RGBColor = RGBColor(0xb8, 0xb8, 0xb8);
/// Ratio of the largest to the smallest value from which on the colours are logarithmic.
const LOG_FROM: f64 = 30.0;

/// Viridis (Smith and van der Walt, 2015), every eighth part.
const VIRIDIS: [RGBColor; 9] = [
    RGBColor(0x44, 0x01, 0x54),
    RGBColor(0x47, 0x2d, 0x7b),
    RGBColor(0x3b, 0x52, 0x8b),
    RGBColor(0x2c, 0x72, 0x8e),
    RGBColor(0x21, 0x91, 0x8c),
    RGBColor(0x28, 0xae, 0x80),
    RGBColor(0x5e, 0xc9, 0x62),
    RGBColor(0xad, 0xdc, 0x30),
    RGBColor(0xfd, 0xe7, 0x25),
];

/// A quantity over two factors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMapPlot {
    /// What is shown.
    pub label: String,
    /// Unit of the values; "s", "bit/s", "B", "J" and the like get a prefix when drawn.
    pub unit: String,
    /// What the columns are.
    pub x_label: String,
    /// Names of the columns.
    pub x_levels: Vec<String>,
    /// What the rows are.
    pub y_label: String,
    /// Names of the rows, the first at the bottom.
    pub y_levels: Vec<String>,
    /// Values by row and column; grey where there is none.
    pub cells: Vec<Vec<Option<f64>>>,
}

impl HeatMapPlot {
    /// Draws the picture into a PNG file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let (columns, rows) = (self.x_levels.len().max(1), self.y_levels.len().max(1));
        let values: Vec<f64> = self.cells.iter().flatten().flatten().copied().filter(|v| v.is_finite()).collect();
        let colours = Colours::over(&values, &self.unit);
        let missing = values.len() < columns * rows;
        let height = (rows as f64 * ROW).clamp(LEAST, MOST);
        let foot = GAP + SMALL + GAP + SMALL + if missing { GAP + 16.0 * SCALE } else { 0.0 };
        let heading = format!(
            "{} over {} and {}",
            self.label,
            font::lower_first(&self.x_label),
            font::lower_first(&self.y_label)
        );
        let (mut canvas, content) = Canvas::page(WIDTH, height + foot, stamp, &heading);
        let names = font::widest(self.y_levels.iter().map(String::as_str), SMALL).min(NAME);
        let ticks = colours.ticks();
        let labels = font::widest(ticks.iter().map(|tick| tick.1.as_str()), SMALL).max(SMALL);
        let left = content.left + SMALL + GAP + names + GAP;
        let right = content.right - labels - GAP - BAR - 2.0 * GAP;
        let area = Rect::new(left, content.top, right, content.top + height);
        let cell = |row: usize, column: usize| {
            let (w, h) = (area.width() / columns as f64, area.height() / rows as f64);
            let bottom = area.bottom - row as f64 * h;
            Rect::new(area.left + column as f64 * w, bottom - h, area.left + (column + 1) as f64 * w, bottom)
        };
        let written = |value: f64| fixed(value / colours.scale.factor, colours.decimals);
        let fits = cell(0, 0).height() > SMALL * 1.3
            && values.iter().all(|v| font::width(&written(*v), SMALL, false) < cell(0, 0).width() - GAP);
        for row in 0..rows {
            for column in 0..columns {
                let place = cell(row, column);
                let value = self.cells.get(row).and_then(|cells| cells.get(column).copied().flatten());
                let value = value.filter(|value| value.is_finite());
                let colour = value.map_or(NONE, |value| colours.at(value));
                canvas.block(place.grown(-1.0), colour, 1.0);
                let middle = ((place.left + place.right) / 2.0, (place.top + place.bottom) / 2.0);
                if let (Some(value), true) = (value, fits) {
                    let ink = if light(colour) { INK } else { WHITE };
                    canvas.text(middle, &written(value), Letters::new(SMALL, ink).middle());
                }
            }
        }
        let small = Letters::new(SMALL, INK);
        let apart = every(&self.x_levels, cell(0, 0).width());
        for (column, name) in self.x_levels.iter().enumerate().step_by(apart) {
            let place = cell(0, column);
            let name = font::shorten(name, place.width() * apart as f64 - GAP, SMALL, false);
            let at = ((place.left + place.right) / 2.0, area.bottom + GAP + SMALL / 2.0);
            canvas.text(at, &name, small.middle());
        }
        let apart = (SMALL * 1.2 / cell(0, 0).height()).ceil().max(1.0) as usize;
        for (row, name) in self.y_levels.iter().enumerate().step_by(apart) {
            let place = cell(row, 0);
            let name = font::shorten(name, names, SMALL, false);
            canvas.text((area.left - GAP, (place.top + place.bottom) / 2.0), &name, small.end());
        }
        let title = font::shorten(&self.x_label, area.width(), SMALL, false);
        let y = area.bottom + GAP + SMALL + GAP + SMALL / 2.0;
        canvas.text(((area.left + area.right) / 2.0, y), &title, small.middle());
        let title = font::shorten(&self.y_label, area.height(), SMALL, false);
        canvas.text_upwards((content.left + SMALL / 2.0, (area.top + area.bottom) / 2.0), &title, small);

        if values.is_empty() {
            super::frame::no_data(&mut canvas, area);
        } else {
            let top = area.top + SMALL + GAP;
            colours.draw(&mut canvas, Rect::new(right + 2.0 * GAP, top, right + 2.0 * GAP + BAR, area.bottom), &ticks);
            let unit = if colours.scale.unit.is_empty() { String::new() } else { format!("[{}]", colours.scale.unit) };
            canvas.text((content.right, area.top + SMALL / 2.0), &unit, Letters::new(SMALL, GREY).end());
        }
        if missing {
            let y = content.bottom - SMALL / 2.0;
            canvas.block(Rect::new(area.left, y - SMALL * 0.38, area.left + SMALL * 0.76, y + SMALL * 0.38), NONE, 1.0);
            canvas.text((area.left + SMALL + GAP, y), "no steady state, or no figure", small);
        }
        canvas.save(path, stamp)
    }
}

/// Every how many names can be written without touching.
fn every(names: &[String], room: f64) -> usize {
    let widest = font::widest(names.iter().map(String::as_str), SMALL).min(NAME) + GAP;
    (widest / room.max(1.0)).ceil().max(1.0) as usize
}

/// Whether black is read better on a colour than white.
fn light(colour: RGBColor) -> bool {
    0.299 * f64::from(colour.0) + 0.587 * f64::from(colour.1) + 0.114 * f64::from(colour.2) > 140.0
}

/// Which value has which colour.
struct Colours {
    lo: f64,
    hi: f64,
    log: bool,
    scale: Scale,
    decimals: usize,
}

impl Colours {
    fn over(values: &[f64], unit: &str) -> Colours {
        let (lo, hi) = super::axis::extent(values.iter().copied(), false).unwrap_or((0.0, 1.0));
        let scale = Scale::choose(unit, lo.abs().max(hi.abs()));
        let log = lo > 0.0 && hi / lo > LOG_FROM;
        // As many decimals as show a hundredth of the largest value.
        let size = (lo.abs().max(hi.abs()) / scale.factor).max(1e-9);
        let decimals = (2 - size.log10().floor() as i32).clamp(0, 6) as usize;
        Colours { lo, hi, log, scale, decimals }
    }

    fn share(&self, value: f64) -> f64 {
        let share = match self.log {
            true => (value / self.lo).ln() / (self.hi / self.lo).ln(),
            false => (value - self.lo) / (self.hi - self.lo),
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 }
    }

    fn at(&self, value: f64) -> RGBColor {
        viridis(self.share(value))
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        let values = match self.log {
            true => log_ticks(self.lo, self.hi),
            false => multiples(self.lo, self.hi, nice_step(self.hi - self.lo, 5)),
        };
        let unitless = Scale { factor: self.scale.factor, unit: String::new() };
        values.into_iter().map(|value| (value, estimate(value, None, &unitless))).collect()
    }

    fn draw(&self, canvas: &mut Canvas, bar: Rect, ticks: &[(f64, String)]) {
        let parts = 128;
        let height = bar.height() / f64::from(parts);
        for part in 0..parts {
            let bottom = bar.bottom - f64::from(part) * height;
            let place = Rect::new(bar.left, bottom - height - 0.5, bar.right, bottom);
            canvas.block(place, viridis((f64::from(part) + 0.5) / f64::from(parts)), 1.0);
        }
        for (value, label) in ticks {
            let y = bar.bottom - self.share(*value) * bar.height();
            canvas.hair((bar.right, y), (bar.right + 8.0, y), HAIR, INK, 1.0);
            canvas.text((bar.right + GAP, y), label, Letters::new(SMALL, INK));
        }
    }
}

fn viridis(share: f64) -> RGBColor {
    let at = share * (VIRIDIS.len() - 1) as f64;
    let below = (at as usize).min(VIRIDIS.len() - 2);
    mix(VIRIDIS[below], VIRIDIS[below + 1], at - below as f64)
}
