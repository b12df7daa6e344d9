//! The distribution of latencies: cumulative above, histogram below, over one time axis.

use std::path::Path;

use super::axis::{Axis, Room, extent, quantity};
use super::canvas::Canvas;
use super::frame::{self, Frame, Legend, Sample, free_place, note, quiet_place};
use super::raster::{Point, Rect};
use super::style::{BAND_ALPHA, INK, Look, SCALE, SMALL, STROKE, look};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 600.0 * SCALE;
const CUMULATIVE: f64 = 205.0 * SCALE;
const HISTOGRAM: f64 = 115.0 * SCALE;
const GAP: f64 = 12.0 * SCALE;

/// Decades between the first and the 99.9th percentile from which on the time axis is logarithmic.
const LOG_FROM: f64 = 1.5;

/// Bins of the histogram over the whole axis.
const BINS: usize = 72;

/// Latencies of one flow, or of several to compare.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LatencyPlot {
    /// One per flow, or per configuration.
    pub series: Vec<LatencySeries>,
}

/// One distribution.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LatencySeries {
    /// What the legend calls it.
    pub name: String,
    /// (latency \[s\], share of the requests with at most this latency), ascending.
    pub cdf: Vec<(f64, f64)>,
    /// (from \[s\], to \[s\], count or share of the requests between them). The heights are drawn as percentages of
    /// their sum.
    pub histogram: Vec<(f64, f64, f64)>,
    /// Name and value \[s\] of percentiles, such as ("p95", 0.042).
    pub percentiles: Vec<(String, f64)>,
    /// The latency that was asked for \[s\].
    pub deadline: Option<f64>,
}

impl LatencyPlot {
    /// Draws the picture into a PNG file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let legend = Legend::new(self.legend_entries(), WIDTH - 24.0 * SCALE, Sample::Line);
        let legend_height = if self.series.len() > 1 { legend.height() + 6.0 * SCALE } else { 0.0 };
        let height = CUMULATIVE + GAP + HISTOGRAM + frame::bottom_margin(true) + legend_height;
        let (mut canvas, content) = Canvas::page(WIDTH, height, stamp, &self.heading());

        let share = Axis::linear("Requests", "%", Some((0.0, 100.0)), false, Room::Up(CUMULATIVE));
        // Where the axis ends hardly depends on its exact length, which follows from the labels of the others.
        let rough = self.time_axis(Room::Across(0.85 * WIDTH));
        let bars: Vec<Vec<(f64, f64, f64)>> =
            self.series.iter().map(|series| even(&series.bars(), (rough.lo, rough.hi), rough.log)).collect();
        let highest = extent(bars.iter().flatten().map(|bar| bar.2), false).map_or(1.0, |range| range.1);
        let height = Axis::linear("Per bin", "%", Some((0.0, highest)), true, Room::Up(HISTOGRAM));
        let left = content.left + frame::left_margin(&share).max(frame::left_margin(&height));
        let right = content.right - frame::RIGHT_MARGIN;
        let time = self.time_axis(Room::Across(right - left));
        let middle = content.top + CUMULATIVE;
        let upper =
            Frame { left: content.left, area: Rect::new(left, content.top, right, middle), x: time.clone(), y: share };
        let lower_area = Rect::new(left, middle + GAP, right, middle + GAP + HISTOGRAM);
        let lower = Frame { left: content.left, area: lower_area, x: time, y: height };

        upper.grid(&mut canvas);
        lower.grid(&mut canvas);
        for (i, bars) in bars.iter().enumerate() {
            draw_bars(&mut canvas, &lower, bars, look(i), self.series.len() == 1);
        }
        for (i, series) in self.series.iter().enumerate() {
            let curve = series.curve();
            upper.curve(&mut canvas, &curve, look(i));
            if self.series.len() > 1 {
                upper.sparse_markers(&mut canvas, &curve, look(i), i as f64 * 0.618, 1.0);
            }
        }
        upper.axes(&mut canvas, false);
        lower.axes(&mut canvas, true);
        let mut taken = Vec::new();
        if let [only] = &self.series[..] {
            draw_percentiles(&mut canvas, &upper, &lower, only, &mut taken);
        }
        self.draw_deadlines(&mut canvas, (&upper, &lower), &bars, &mut taken);
        if self.series.iter().all(|s| s.curve().is_empty()) {
            frame::no_data(&mut canvas, upper.area);
        }
        if bars.iter().all(Vec::is_empty) {
            frame::no_data(&mut canvas, lower.area);
        }
        if self.series.len() > 1 {
            legend.draw(&mut canvas, (left, content.bottom - legend.height()));
        }
        canvas.save(path, stamp)
    }

    fn heading(&self) -> String {
        match &self.series[..] {
            [only] if !only.name.is_empty() => format!("Latency: {}", only.name),
            _ => "Latency".to_owned(),
        }
    }

    fn legend_entries(&self) -> Vec<(String, Look)> {
        let named = |series: &LatencySeries| {
            let tail = series.percentiles.iter().find(|p| p.0 == "p95" && p.1.is_finite());
            let tail = tail.map_or(String::new(), |(name, value)| format!(" · {name} {}", quantity(*value, "s")));
            format!("{}{tail}", series.name)
        };
        self.series.iter().enumerate().map(|(i, series)| (named(series), look(i))).collect()
    }

    /// From the first to the 99.9th percentile of all series, with the percentiles and deadlines that are near.
    fn time_axis(&self, room: Room) -> Axis {
        let quantile =
            |at: f64| self.series.iter().filter_map(move |s| s.curve().iter().find(|p| p.1 >= 100.0 * at).map(|p| p.0));
        let ends = quantile(0.01).chain(quantile(0.999));
        let last = self.series.iter().filter_map(|s| s.curve().last().map(|p| p.0));
        let bins = self.series.iter().filter(|s| s.curve().is_empty()).flat_map(|s| s.bars());
        let known = self.series.iter().flat_map(|s| s.percentiles.iter().map(|p| p.1)).filter(|p| *p >= 0.0);
        let few = self.series.iter().all(|s| s.curve().iter().all(|p| p.1 < 99.9));
        let values: Vec<f64> =
            ends.chain(last.filter(|_| few)).chain(bins.flat_map(|b| [b.0, b.1])).chain(known).collect();
        let range = extent(values.iter().copied(), false);
        let positive = extent(values.iter().copied(), true);
        let log = positive.is_some_and(|(lo, hi)| (hi / lo).log10() > LOG_FROM);
        let near = |hi: f64| {
            let deadlines = self.series.iter().filter_map(|s| s.deadline);
            deadlines.filter(move |d| *d > 0.0 && *d <= if log { 10.0 * hi } else { 2.0 * hi })
        };
        let with_deadlines = |(lo, hi): (f64, f64)| {
            // A little more than the deadline, or its line lies on the edge of the frame.
            near(hi).fold((lo, hi), |(lo, hi), d| (lo.min(0.95 * d), hi.max(1.05 * d)))
        };
        if log {
            Axis::logarithmic("Latency", "s", positive.map(with_deadlines), true, room)
        } else {
            let range = range.map(with_deadlines).map(|(lo, hi)| {
                let room = 0.04 * (hi - lo);
                (if lo < 0.5 * hi { lo.min(0.0) } else { lo - room }, hi + room)
            });
            Axis::linear("Latency", "s", range, false, room)
        }
    }

    /// The deadlines, ascending, each with whose it is: where there are several flows, their names behind " of ".
    fn deadlines(&self) -> Vec<(f64, String)> {
        let mut all: Vec<(f64, Vec<&str>)> = Vec::new();
        for series in &self.series {
            let Some(deadline) = series.deadline.filter(|d| d.is_finite() && *d > 0.0) else { continue };
            match all.iter_mut().find(|(known, _)| *known == deadline) {
                Some((_, names)) => names.push(&series.name),
                None => all.push((deadline, vec![&series.name])),
            }
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let whose = |names: &[&str]| match names {
            _ if self.series.len() < 2 => String::new(),
            [name] => format!(" of {name}"),
            [a, b] if a.len() + b.len() < 30 => format!(" of {a} and {b}"),
            [first, others @ ..] => format!(" of {first} and {} more", others.len()),
            [] => String::new(),
        };
        all.into_iter().map(|(deadline, names)| (deadline, whose(&names))).collect()
    }

    /// Upright lines at the deadlines, each named where it hides no curve.
    fn draw_deadlines(
        &self,
        canvas: &mut Canvas,
        (upper, lower): (&Frame, &Frame),
        bars: &[Vec<(f64, f64, f64)>],
        taken: &mut Vec<Rect>,
    ) {
        let deadlines = self.deadlines();
        let mut ink: Vec<Point> = self.series.iter().flat_map(|s| upper.ink(&s.curve())).collect();
        for x in deadlines.iter().filter_map(|(d, _)| upper.x_at(*d)) {
            for area in [upper.area, lower.area] {
                let points = [(x, area.top), (x, area.bottom)];
                canvas.line(&points, STROKE * 0.8, &[20.0, 8.0, 5.0, 8.0], INK, 1.0, area);
            }
            // A name across the line of another deadline misleads more than one across a curve.
            let height = lower.area.bottom - upper.area.top;
            ink.extend((0..400).map(|i| (x, upper.area.top + height * f64::from(i) / 400.0)));
        }
        for bars in bars {
            ink.extend(bars.iter().flat_map(|bar| lower.ink(&[(bar.0, 0.0), (bar.0, bar.2), (bar.1, bar.2)])));
        }
        for (deadline, whose) in deadlines {
            let text = format!("deadline{whose} {}", quantity(deadline, "s"));
            let (text, x) = match upper.x_at(deadline) {
                Some(x) => (text, x),
                None if deadline < upper.x.lo => (format!("← {text}"), upper.area.left),
                None => (format!("{text} →"), upper.area.right),
            };
            let width = font::width(&text, SMALL, false);
            let sides = [x + 14.0, x - width - 14.0];
            let sides = sides.into_iter().filter(|x| *x > upper.area.left && x + width < upper.area.right);
            let rows = [upper.area, lower.area].into_iter().flat_map(|area| {
                let rows = (0..24).map(move |i| area.top + SMALL * (0.9 + 0.6 * f64::from(i)));
                rows.filter(move |y| *y < area.bottom - SMALL)
            });
            let rows: Vec<f64> = rows.collect();
            let candidates = rows.iter().flat_map(|y| sides.clone().map(move |x| (x, *y)));
            if let Some(at) = quiet_place(candidates, width, &ink, taken) {
                note(canvas, at, &text);
            }
        }
    }
}

impl LatencySeries {
    /// The points of the distribution function that can be shown, in percent.
    fn curve(&self) -> Vec<(f64, f64)> {
        let shown = |p: &&(f64, f64)| p.0.is_finite() && p.1.is_finite() && p.0.abs() < 1e100;
        self.cdf.iter().filter(shown).map(|p| (p.0, 100.0 * p.1.clamp(0.0, 1.0))).collect()
    }

    /// The bins that can be shown, their heights in percent of all.
    fn bars(&self) -> Vec<(f64, f64, f64)> {
        let shown =
            |b: &&(f64, f64, f64)| b.0.is_finite() && b.1.is_finite() && b.1 > b.0 && b.2.is_finite() && b.2 >= 0.0;
        let sum: f64 = self.histogram.iter().filter(shown).map(|b| b.2).sum();
        if sum <= 0.0 || !sum.is_finite() {
            return Vec::new();
        }
        self.histogram.iter().filter(shown).map(|b| (b.0, b.1, 100.0 * b.2 / sum)).collect()
    }
}

/// The same counts in bins that are equally wide on the axis: bins of different width would show steps that the latencies
/// do not have. What lies beyond the ends keeps its bins.
fn even(bars: &[(f64, f64, f64)], (lo, hi): (f64, f64), log: bool) -> Vec<(f64, f64, f64)> {
    let place = |x: f64| if log { x.max(lo * 1e-3).ln() } else { x };
    let (start, width) = (place(lo), (place(hi) - place(lo)) / BINS as f64);
    if !(width.is_finite() && width > 0.0) {
        return bars.to_vec();
    }
    let edge = |i: usize| if log { (start + width * i as f64).exp() } else { start + width * i as f64 };
    let mut heights = vec![0.0; BINS];
    let mut beyond = Vec::new();
    for &(from, to, height) in bars {
        let (a, b) = ((place(from) - start) / width, (place(to) - start) / width);
        if a < 0.0 || b > BINS as f64 {
            beyond.push((from, to, height));
            continue;
        }
        // Each bin gets the part of the bar that lies in it.
        let last = (b.ceil() as usize).clamp(1, BINS) - 1;
        let first = (a as usize).min(last);
        for (i, sum) in heights.iter_mut().enumerate().take(last + 1).skip(first) {
            let share = if first == last { 1.0 } else { (b.min((i + 1) as f64) - a.max(i as f64)) / (b - a) };
            *sum += height * share;
        }
    }
    let even = heights.iter().enumerate().filter(|(_, height)| **height > 0.0);
    let mut all: Vec<(f64, f64, f64)> = even.map(|(i, height)| (edge(i), edge(i + 1), *height)).collect();
    all.extend(beyond);
    all
}

/// Bars for a single series, outlines for several.
fn draw_bars(canvas: &mut Canvas, frame: &Frame, bars: &[(f64, f64, f64)], look: Look, single: bool) {
    let mut outline: Vec<Point> = Vec::new();
    for &(lo, hi, height) in bars {
        // On a log axis a bin that begins at zero begins at the left edge.
        let lo = if frame.x.log { lo.max(frame.x.lo * 1e-3) } else { lo };
        let (Some(from), Some(to), Some(base)) =
            (frame.point((lo, height)), frame.point((hi, height)), frame.point((hi, 0.0)))
        else {
            continue;
        };
        if single {
            let bar = Rect::new(from.0, from.1, (to.0 - 2.0).max(from.0 + 1.0), base.1).common(&frame.area);
            if bar.width() > 0.0 && bar.height() > 0.0 {
                canvas.block(bar, look.color, 0.75);
            }
        } else {
            let start = (from.0, base.1);
            if outline.last().is_none_or(|last| (last.0 - start.0).abs() > 1.0) {
                outline.extend(outline.last().map(|last| (last.0, base.1)));
                outline.push(start);
            }
            outline.extend([from, to]);
        }
    }
    if let (Some(first), Some(last)) = (outline.first().copied(), outline.last().copied()) {
        outline.push((last.0, first.1));
        canvas.polygon(&outline, look.color, BAND_ALPHA, frame.area);
        canvas.line(&outline, STROKE * 0.7, look.dash, look.color, 1.0, frame.area);
    }
}

/// Dashed lines at p50, p95 and p99 (or at the first three, if these are not there), with their values.
fn draw_percentiles(canvas: &mut Canvas, upper: &Frame, lower: &Frame, series: &LatencySeries, taken: &mut Vec<Rect>) {
    let usual = |p: &&(String, f64)| ["p50", "p95", "p99"].contains(&p.0.as_str());
    let mut chosen: Vec<&(String, f64)> = series.percentiles.iter().filter(usual).collect();
    if chosen.is_empty() {
        chosen = series.percentiles.iter().take(3).collect();
    }
    for (_, value) in &chosen {
        upper.vertical(canvas, *value);
        lower.vertical(canvas, *value);
    }
    for (name, value) in chosen {
        let Some(x) = upper.x_at(*value) else { continue };
        let text = format!("{name} {}", quantity(*value, "s"));
        let width = font::width(&text, SMALL, false);
        let left = if x + 12.0 + width > upper.area.right { x - 12.0 - width } else { x + 12.0 };
        let at = free_place(left, upper.area.bottom - SMALL * 0.9, width, -1.0, taken);
        note(canvas, at, &text);
    }
}
