//! Indicators side by side: per group a row for each component or flow, with its interval and its value.

use std::path::Path;

use super::axis::{Axis, Room, Scale, estimate, extent};
use super::canvas::{Canvas, Letters};
use super::raster::Rect;
use super::style::{BLACK, GREY, GRID_ALPHA, HAIR, INK, PALE, PALETTE, SCALE, SMALL, STROKE, TEXT};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 600.0 * SCALE;
const HEADER: f64 = 19.0 * SCALE;
const ROW: f64 = 17.0 * SCALE;
const FOOT: f64 = 20.0 * SCALE;
const LEAD: f64 = 6.0 * SCALE;
const GAP: f64 = 14.0 * SCALE;
const SPACE: f64 = 7.0 * SCALE;

/// Longest names that are shown in full; the picture gets wider for them.
const MOST_NAME: f64 = 700.0 * SCALE;

/// Most of the width that values with notes may take.
const MOST_VALUE: f64 = 0.36;

/// Names and values up to this width leave room for two groups beside each other.
const NARROW: f64 = 85.0 * SCALE;

/// Ratio of the largest to the smallest value from which on an axis is logarithmic; shares are never.
const LOG_FROM: f64 = 300.0;

/// Groups of indicators, each with its own axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndicatorPlot {
    /// What the picture shows; where it is empty, the title of the only group, or "Indicators".
    pub heading: String,
    /// The groups, in the order in which they are drawn.
    pub groups: Vec<IndicatorGroup>,
}

/// One indicator of many things.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndicatorGroup {
    /// What is shown, such as "Latency".
    pub title: String,
    /// Unit of the values; "s", "bit/s", "J" and the like get a prefix when drawn.
    pub unit: String,
    /// One row each.
    pub items: Vec<IndicatorItem>,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndicatorItem {
    /// Component or flow.
    pub name: String,
    /// The estimate; a dash is written if it is not finite.
    pub value: f64,
    /// Half-width of its confidence interval.
    pub half_width: Option<f64>,
    /// A remark beside the value.
    pub note: Option<String>,
}

impl IndicatorPlot {
    /// Draws the picture into a PNG file; its height grows with the rows.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let columns = self.columns();
        let name_width = self.groups.iter().map(IndicatorGroup::name_width).fold(0.0, f64::max).min(MOST_NAME);
        let page_width = WIDTH.max(name_width + 340.0 * SCALE);
        let mut heights = vec![0.0; columns];
        let mut places: Vec<(usize, f64)> = Vec::new();
        // Each group goes to the column that is the shortest so far.
        for group in &self.groups {
            let column = (0..columns).fold(0, |best, c| if heights[c] < heights[best] { c } else { best });
            places.push((column, heights[column]));
            heights[column] += group.height() + GAP;
        }
        let height = heights.iter().copied().fold(0.0, f64::max).max(100.0 * SCALE) - GAP;
        let (mut canvas, mut content) = Canvas::page(page_width, height + LEAD, stamp, &self.heading());
        content.top += LEAD;
        let width = (content.width() - GAP * (columns - 1) as f64) / columns as f64;
        let value_width =
            self.groups.iter().map(IndicatorGroup::value_width).fold(0.0, f64::max).min(MOST_VALUE * width);
        for (group, (column, top)) in self.groups.iter().zip(places) {
            let left = content.left + column as f64 * (width + GAP);
            let top = content.top + top;
            let place = Rect::new(left, top, left + width, top + group.height());
            group.draw(&mut canvas, place, name_width, value_width);
        }
        if self.groups.is_empty() {
            super::frame::no_data(&mut canvas, content);
        }
        canvas.save(path, stamp)
    }

    fn columns(&self) -> usize {
        let narrow = |group: &IndicatorGroup| group.name_width() <= NARROW && group.value_width() <= NARROW;
        if self.groups.len() > 1 && self.groups.iter().all(narrow) { 2 } else { 1 }
    }

    fn heading(&self) -> String {
        match &self.groups[..] {
            _ if !self.heading.is_empty() => self.heading.clone(),
            [only] if !only.title.is_empty() => only.title.clone(),
            _ => "Indicators".to_owned(),
        }
    }
}

impl IndicatorGroup {
    fn height(&self) -> f64 {
        HEADER + self.items.len().max(1) as f64 * ROW + FOOT
    }

    fn name_width(&self) -> f64 {
        font::widest(self.items.iter().map(|item| item.name.as_str()), SMALL)
    }

    fn value_width(&self) -> f64 {
        let width = |item: &IndicatorItem| {
            let note = item.note.as_ref().map_or(0.0, |note| font::width(note, SMALL, false) + SPACE);
            font::width(&self.written(item), SMALL, false) + note
        };
        self.items.iter().map(width).fold(0.0, f64::max)
    }

    fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.items.iter().map(|item| item.value).filter(|v| v.is_finite())
    }

    /// A value as text: in the unit of the largest one, unless it is far smaller.
    fn written(&self, item: &IndicatorItem) -> String {
        let common = Scale::choose(&self.unit, self.values().map(f64::abs).fold(0.0, f64::max));
        let small = self.unit != "%" && item.value != 0.0 && item.value.abs() < 0.01 * common.factor;
        let scale = if small { Scale::choose(&self.unit, item.value) } else { common };
        estimate(item.value, item.half_width, &scale)
    }

    fn axis(&self, width: f64) -> Axis {
        let room = Room::Across(width);
        let positive = self.values().all(|v| v > 0.0);
        let range = extent(self.values(), false);
        let ends = self.items.iter().filter(|item| item.value.is_finite()).flat_map(|item| {
            let half_width = item.half_width.filter(|h| h.is_finite()).unwrap_or(0.0).abs();
            [item.value - half_width, item.value + half_width]
        });
        if let Some((lo, hi)) = range.filter(|(lo, hi)| positive && self.unit != "%" && hi / lo > LOG_FROM) {
            let ends = extent(ends, true).map_or((lo, hi), |ends| (ends.0.max(lo / 10.0), ends.1));
            return Axis::logarithmic("", &self.unit, Some(ends), true, room);
        }
        // Where no value is negative the axis begins at zero, although an interval may reach under it.
        let negative = range.is_some_and(|r| r.0 < 0.0);
        let ends = ends.map(|end| if negative { end } else { end.max(0.0) });
        let range = extent(ends.chain([0.0]), false).filter(|_| range.is_some());
        let range = range.map(|(lo, hi)| (lo * 1.03, hi * 1.03));
        Axis::linear("", &self.unit, range, false, room)
    }

    fn draw(&self, canvas: &mut Canvas, place: Rect, name_width: f64, value_width: f64) {
        let left = place.left + name_width + SPACE;
        let right = (place.right - value_width - 2.0 * SPACE).max(left + 60.0);
        let area = Rect::new(left, place.top + HEADER, right, place.bottom - FOOT);
        let axis = self.axis(area.width());
        let at = |value: f64| axis.share(value).map(|share| area.left + share.clamp(0.0, 1.0) * area.width());

        let unit = if axis.scale.unit.is_empty() { String::new() } else { format!(" [{}]", axis.scale.unit) };
        let title = font::shorten(&self.title, place.width() * 0.8, TEXT, true);
        let title_at = (place.left, place.top + 6.0 * SCALE);
        canvas.text(title_at, &title, Letters::new(TEXT, INK).bold());
        let after = title_at.0 + font::width(&title, TEXT, true);
        canvas.text((after, title_at.1), &unit, Letters::new(SMALL, GREY));

        for (i, item) in self.items.iter().enumerate() {
            let y = area.top + (i as f64 + 0.5) * ROW;
            canvas.hair((place.left, y + ROW / 2.0), (place.right, y + ROW / 2.0), HAIR, PALE, 0.7);
            let name = font::shorten(&item.name, name_width, SMALL, false);
            canvas.text((left - SPACE, y), &name, Letters::new(SMALL, INK).end());
        }
        let letters = Letters::new(SMALL, GREY).middle();
        let empty = self.values().next().is_none();
        for tick in axis.ticks.iter().filter(|_| !empty) {
            if let Some(x) = at(tick.value) {
                canvas.hair((x, area.top), (x, area.bottom), HAIR, BLACK, GRID_ALPHA);
                canvas.text((x, area.bottom + 3.0 * SCALE + SMALL / 2.0), &tick.label, letters);
            }
        }
        canvas.hair((area.left, area.bottom), (area.right, area.bottom), HAIR, GREY, 1.0);
        // Bars grow from zero; on a log axis, which has no zero, there are dots only.
        let base = if axis.log { None } else { at(0.0) };
        if let Some(x) = base.filter(|x| *x > area.left + 1.0) {
            canvas.hair((x, area.top), (x, area.bottom), HAIR, INK, 1.0);
        }
        for (i, item) in self.items.iter().enumerate() {
            let y = area.top + (i as f64 + 0.5) * ROW;
            draw_item(canvas, item, y, base, &at);
            let value = self.written(item);
            let value_at = area.right + 2.0 * SPACE;
            canvas.text((value_at, y), &value, Letters::new(SMALL, INK));
            if let Some(note) = &item.note {
                let x = value_at + font::width(&value, SMALL, false) + SPACE;
                let note = font::shorten(note, place.right - x, SMALL, false);
                canvas.text((x, y), &note, Letters::new(SMALL, GREY));
            }
        }
        if empty {
            super::frame::no_data(canvas, area);
        }
    }
}

/// Bar, interval and dot of a row at height `y`.
fn draw_item(canvas: &mut Canvas, item: &IndicatorItem, y: f64, base: Option<f64>, at: &dyn Fn(f64) -> Option<f64>) {
    let Some(x) = at(item.value) else { return };
    let all = canvas.bounds();
    if let Some(base) = base {
        let half = ROW * 0.3;
        canvas.block(Rect::new(base.min(x), y - half, base.max(x), y + half), PALETTE[0], 0.3);
    }
    if let Some(half_width) = item.half_width.filter(|h| h.is_finite() && *h > 0.0) {
        let low = at(item.value - half_width).or(base).unwrap_or(x);
        let high = at(item.value + half_width).unwrap_or(x);
        canvas.line(&[(low, y), (high, y)], STROKE * 0.7, &[], INK, 1.0, all);
        for end in [low, high] {
            canvas.line(&[(end, y - 9.0), (end, y + 9.0)], STROKE * 0.7, &[], INK, 1.0, all);
        }
    }
    let mut dot = super::raster::Shape::default();
    dot.circle((x, y), 9.0);
    canvas.fill(&dot, PALETTE[0], 1.0, all);
}
