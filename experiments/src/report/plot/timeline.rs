//! Quantities over virtual time: panels above each other with one time axis.

use std::path::Path;

use super::axis::{Axis, Room, extent};
use super::canvas::Canvas;
use super::font::lower_first;
use super::frame::{self, Frame, Legend, Sample, free_place, note};
use super::raster::Rect;
use super::style::{BLACK, Look, SCALE, SMALL, look};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 600.0 * SCALE;

/// Points of a line; longer series are averaged over equal pieces of time.
const MOST_POINTS: usize = 500;

/// Lines in a panel from which on they get markers too.
const MARKED_FROM: usize = 7;

/// Panels with a common time axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelinePlot {
    /// From top to bottom.
    pub panels: Vec<TimelinePanel>,
}

/// One panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelinePanel {
    /// What it shows, such as "Utilisation".
    pub y_label: String,
    /// Unit of the values, such as "%"; "bit/s", "J" and the like get a prefix when drawn.
    pub unit: String,
    /// The lines.
    pub series: Vec<TimelineSeries>,
    /// Ends of the y axis; from the data if not given.
    pub y_limit: Option<(f64, f64)>,
    /// Times \[s\] with their names. What is before one whose name begins with "warm-up" is shaded.
    pub marks: Vec<(f64, String)>,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineSeries {
    /// What the legend calls it.
    pub name: String,
    /// (time \[s\], value), ordered by time.
    pub points: Vec<(f64, f64)>,
    /// Low and high end of a band, in the order of `points`.
    pub band: Option<Vec<(f64, f64)>>,
}

impl TimelinePlot {
    /// Draws the picture into a PNG file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let empty = [TimelinePanel::default()];
        let panels = if self.panels.is_empty() { &empty[..] } else { &self.panels[..] };
        let height = match panels.len() {
            1 => 300.0,
            2 => 190.0,
            _ => 150.0,
        } * SCALE;
        // Panels with the same names share one legend, at the bottom.
        let names = |panel: &TimelinePanel| panel.series.iter().map(|s| s.name.clone()).collect::<Vec<_>>();
        let shared = panels.windows(2).all(|pair| names(&pair[0]) == names(&pair[1]));
        let legends: Vec<Option<Legend>> = panels
            .iter()
            .enumerate()
            .map(|(i, panel)| {
                let wanted =
                    if shared { i + 1 == panels.len() && panel.series.len() > 1 } else { !panel.series.is_empty() };
                let entries = panel.series.iter().enumerate().map(|(k, s)| (s.name.clone(), self.look(panel, k)));
                wanted.then(|| Legend::new(entries.collect(), WIDTH - 50.0 * SCALE, Sample::Line))
            })
            .collect();
        let gap = 12.0 * SCALE;
        let below = |i: usize| {
            let last = i + 1 == panels.len();
            let axis = if last { frame::bottom_margin(true) } else { 5.0 * SCALE };
            axis + legends[i].as_ref().map_or(0.0, |legend| legend.height() + 3.0 * SCALE)
        };
        let marks = if panels.iter().any(|panel| !panel.marks.is_empty()) { SMALL * 1.3 } else { 0.0 };
        let content_height: f64 = marks + (0..panels.len()).map(|i| height + below(i) + gap).sum::<f64>() - gap;
        let (mut canvas, content) = Canvas::page(WIDTH, content_height, stamp, &self.heading());

        let y_axes: Vec<Axis> = panels.iter().map(|panel| y_axis(panel, height)).collect();
        let left = content.left + y_axes.iter().map(frame::left_margin).fold(0.0, f64::max);
        let right = content.right - frame::RIGHT_MARGIN;
        let times = panels.iter().flat_map(|p| p.series.iter()).flat_map(|s| s.points.iter());
        let range = extent(times.filter(|p| p.1.is_finite()).map(|p| p.0), false);
        let (unit, factor) = if range.is_some_and(|r| r.1 > 4.0 * 3600.0) { ("h", 3600.0) } else { ("s", 1.0) };
        let range = range.map(|(lo, hi)| (lo / factor, hi / factor));
        let x = Axis::linear("Time", unit, range, false, Room::Across(right - left));

        let mut top = content.top + marks;
        for (i, y) in y_axes.into_iter().enumerate() {
            let frame = Frame { left: content.left, area: Rect::new(left, top, right, top + height), x: x.clone(), y };
            self.draw_panel(&mut canvas, &frame, i, factor);
            frame.axes(&mut canvas, i + 1 == panels.len());
            let bottom = top + height + below(i);
            if let Some(legend) = &legends[i] {
                legend.draw(&mut canvas, (left, bottom - legend.height()));
            }
            top = bottom + gap;
        }
        canvas.save(path, stamp)
    }

    fn draw_panel(&self, canvas: &mut Canvas, frame: &Frame, index: usize, factor: f64) {
        let default = TimelinePanel::default();
        let panel = self.panels.get(index).unwrap_or(&default);
        let area = frame.area;
        for (time, name) in &panel.marks {
            if let (true, Some(x)) = (name.to_lowercase().starts_with("warm-up"), frame.x_at(time / factor)) {
                canvas.block(Rect::new(area.left, area.top, x, area.bottom), BLACK, 0.07);
            }
        }
        frame.grid(canvas);
        let thinned: Vec<Vec<Sampled>> = panel.series.iter().map(|s| thin(s, factor)).collect();
        for (k, samples) in thinned.iter().enumerate() {
            let band: Vec<_> = samples.iter().filter_map(|s| s.band.map(|(lo, hi)| (s.time, lo, hi))).collect();
            frame.band(canvas, &band, self.look(panel, k));
        }
        for (k, samples) in thinned.iter().enumerate() {
            let points: Vec<_> = samples.iter().map(|s| (s.time, s.value)).collect();
            let look = self.look(panel, k);
            // A single point is seen only by its marker.
            let drawn = if points.len() == 1 { super::style::look(k) } else { look };
            frame.curve(canvas, &points, drawn);
            frame.sparse_markers(canvas, &points, look, k as f64 * 0.618, 0.0);
        }
        let mut taken = Vec::new();
        for (time, name) in &panel.marks {
            frame.vertical(canvas, time / factor);
            // A mark of several panels is named once; above the first panel there is space for names.
            let named = self.panels[..index].iter().any(|p| p.marks.iter().any(|m| m.0 == *time && m.1 == *name));
            if let (false, Some(x)) = (named, frame.x_at(time / factor)) {
                let name = font::shorten(name, area.width() * 0.5, SMALL, false);
                let width = font::width(&name, SMALL, false);
                let x = (x + 4.0).min(area.right - width);
                let y = if index == 0 { area.top - SMALL * 0.65 } else { area.top + SMALL * 0.8 };
                let at = free_place(x, y, width, 1.0, &mut taken);
                note(canvas, at, &name);
            }
        }
        if thinned.iter().all(Vec::is_empty) {
            frame::no_data(canvas, area);
        }
    }

    fn look(&self, panel: &TimelinePanel, index: usize) -> Look {
        let look = look(index);
        Look { marker: look.marker.filter(|_| panel.series.len() >= MARKED_FROM), ..look }
    }

    fn heading(&self) -> String {
        let mut names: Vec<&str> = self.panels.iter().map(|p| p.y_label.as_str()).filter(|n| !n.is_empty()).collect();
        let mut seen = Vec::new();
        names.retain(|name| {
            !seen.contains(name) && {
                seen.push(*name);
                true
            }
        });
        let names = match names.split_first() {
            None => "Values".to_owned(),
            Some((first, rest)) => std::iter::once((*first).to_owned())
                .chain(rest.iter().map(|n| lower_first(n)))
                .collect::<Vec<_>>()
                .join(", "),
        };
        match &self.panels[..] {
            [panel] if panel.series.len() == 1 => format!("{names} over time: {}", panel.series[0].name),
            _ => format!("{names} over time"),
        }
    }
}

fn y_axis(panel: &TimelinePanel, height: f64) -> Axis {
    let limit = panel.y_limit.filter(|(lo, hi)| lo.is_finite() && hi.is_finite() && lo < hi);
    let values = || panel.series.iter().flat_map(|s| s.points.iter().map(|p| p.1));
    let bands = || panel.series.iter().flat_map(|s| s.band.iter().flatten()).flat_map(|b| [b.0, b.1]);
    let range = limit.or_else(|| {
        let (lo, hi) = extent(values().chain(bands()), false)?;
        Some((if lo > 0.0 && lo < 0.5 * hi { 0.0 } else { lo }, hi))
    });
    Axis::linear(&panel.y_label, &panel.unit, range, limit.is_none(), Room::Up(height))
}

/// A point of a line, perhaps the mean of several.
struct Sampled {
    time: f64,
    value: f64,
    band: Option<(f64, f64)>,
}

/// The points of a series, as means over at most [`MOST_POINTS`] equal pieces of time; times divided by `factor`.
fn thin(series: &TimelineSeries, factor: f64) -> Vec<Sampled> {
    let band = series.band.as_deref().unwrap_or_default();
    let samples: Vec<Sampled> = series
        .points
        .iter()
        .enumerate()
        .filter(|(_, p)| p.0.is_finite() && p.1.is_finite())
        .map(|(i, p)| Sampled {
            time: p.0 / factor,
            value: p.1,
            band: band.get(i).copied().filter(|b| b.0.is_finite() && b.1.is_finite()),
        })
        .collect();
    let range = extent(samples.iter().map(|s| s.time), false);
    let Some((lo, hi)) = range.filter(|r| samples.len() > MOST_POINTS && r.1 > r.0) else { return samples };
    let piece = |s: &Sampled| (((s.time - lo) / (hi - lo) * MOST_POINTS as f64) as usize).min(MOST_POINTS - 1);
    samples.chunk_by(|a, b| piece(a) == piece(b)).map(mean).collect()
}

fn mean(samples: &[Sampled]) -> Sampled {
    let over = |value: fn(&Sampled) -> f64, of: &[&Sampled]| -> f64 {
        of.iter().map(|s| value(s)).sum::<f64>() / of.len() as f64
    };
    let all: Vec<&Sampled> = samples.iter().collect();
    let banded: Vec<&Sampled> = samples.iter().filter(|s| s.band.is_some()).collect();
    Sampled {
        time: over(|s| s.time, &all),
        value: over(|s| s.value, &all),
        band: (!banded.is_empty())
            .then(|| (over(|s| s.band.map_or(0.0, |b| b.0), &banded), over(|s| s.band.map_or(0.0, |b| b.1), &banded))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_series_are_averaged_and_short_ones_kept() {
        let long: Vec<(f64, f64)> = (0..10_000).map(|i| (f64::from(i), f64::from(i % 2))).collect();
        let band = Some(long.iter().map(|_| (0.0, 1.0)).collect());
        let thinned = thin(&TimelineSeries { name: String::new(), points: long, band }, 1.0);
        assert_eq!(thinned.len(), MOST_POINTS);
        assert!(thinned.iter().all(|s| (s.value - 0.5).abs() < 0.03 && s.band == Some((0.0, 1.0))));
        let short = TimelineSeries { points: vec![(0.0, 1.0), (f64::NAN, 2.0), (3600.0, 4.0)], ..Default::default() };
        let thinned = thin(&short, 3600.0);
        assert_eq!(thinned.iter().map(|s| (s.time, s.value)).collect::<Vec<_>>(), [(0.0, 1.0), (1.0, 4.0)]);
    }
}
