//! The components of a system and the flows between them.

use std::path::Path;

use plotters::style::RGBColor;

use super::axis::fixed;
use super::canvas::{Canvas, Letters};
use super::frame::{Legend, Sample};
use super::layered::{Layout, Spacing, layout};
use super::raster::{Point, Rect};
use super::style::{GREY, GROUND_ALPHA, INK, Look, PALETTE, SCALE, SMALL, TEXT, WHITE, look, mix};
use super::{PlotError, Stamp, font};

const WIDTH: f64 = 600.0 * SCALE;
const WIDEST: f64 = 1500.0 * SCALE;
const PADDING: f64 = 7.0 * SCALE;
const NAME_ROOM: f64 = 150.0 * SCALE;
const NARROWEST: f64 = 80.0 * SCALE;
const LINE: f64 = 15.0 * SCALE;
const LOOP: f64 = 32.0 * SCALE;
const RADIUS: f64 = 6.0 * SCALE;
const BAR: f64 = 6.0 * SCALE;

/// A system as a graph, laid out from left to right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphPlot {
    /// The components.
    pub nodes: Vec<GraphNode>,
    /// What runs between them; edges to nodes that do not exist are left out.
    pub edges: Vec<GraphEdge>,
    /// Names of the flows, which give edges their colours.
    pub flows: Vec<String>,
}

/// One component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphNode {
    /// Its name.
    pub name: String,
    /// "Device", "Network", "Processor" or "Storage", which have their tints; any other word is drawn grey.
    pub kind: String,
    /// A remark under the name, such as "4 cores".
    pub subtitle: String,
    /// Share of its capacity in use, 1 being all of it.
    pub utilisation: Option<f64>,
}

/// One step of a flow from component to component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphEdge {
    /// Index of the source in the nodes.
    pub from: usize,
    /// Index of the target in the nodes.
    pub to: usize,
    /// What is written at the line.
    pub label: String,
    /// Requests per second, which give the line its width.
    pub weight: f64,
    /// Index of the flow.
    pub flow: usize,
}

/// Tints of the kinds of components.
const KINDS: [(&str, usize); 4] = [("Device", 2), ("Network", 5), ("Processor", 4), ("Storage", 3)];

impl GraphPlot {
    /// Draws the picture into a PNG file; its size grows with the graph.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        let cards: Vec<Card> = (0..self.nodes.len()).map(|n| self.card(n)).collect();
        let sizes: Vec<(f64, f64)> = cards.iter().map(|card| (card.width, card.height + 2.0 * card.loops)).collect();
        let ends: Vec<(usize, usize)> = self.edges.iter().map(|e| (e.from, e.to)).collect();
        let label = font::widest(self.edges.iter().map(|e| e.label.as_str()), SMALL);
        let spacing = Spacing {
            across: (label + 45.0 * SCALE).clamp(70.0 * SCALE, 200.0 * SCALE),
            down: 20.0 * SCALE,
            lane: 14.0 * SCALE,
            widest: WIDEST,
        };
        let placed = layout(&sizes, &ends, spacing);
        let edge = 30.0 * SCALE;
        let width = WIDTH.max(placed.width + 2.0 * edge + 24.0 * SCALE);
        let room = width - 24.0 * SCALE;
        let flows = self.flow_legend(room);
        let kinds = self.kind_legend(room);
        let legends = flows.height() + kinds.height() + 8.0 * SCALE;
        let height = (placed.height + 2.0 * edge).max(120.0 * SCALE);
        let (mut canvas, content) = Canvas::page(width, height + legends, stamp, "Components and flows");
        let shift = (
            content.left + (content.width() - placed.width) / 2.0,
            content.top + (content.height() - legends - placed.height) / 2.0,
        );
        let boxes: Vec<Rect> = placed
            .boxes
            .iter()
            .zip(&cards)
            .map(|(b, card)| {
                Rect::new(
                    b.left + shift.0,
                    b.top + shift.1 + card.loops,
                    b.right + shift.0,
                    b.bottom + shift.1 - card.loops,
                )
            })
            .collect();
        let lines = self.lines(&placed, shift, &boxes);
        for (edge, line) in self.edges.iter().zip(&lines) {
            draw_edge(&mut canvas, line, self.thickness(edge.weight), self.color(edge.flow));
        }
        for ((node, card), area) in self.nodes.iter().zip(&cards).zip(&boxes) {
            draw_node(&mut canvas, node, card, *area);
        }
        self.draw_labels(&mut canvas, &lines, &boxes);
        if self.nodes.is_empty() {
            super::frame::no_data(&mut canvas, content);
        }
        flows.draw(&mut canvas, (content.left, content.bottom - kinds.height() - flows.height()));
        kinds.draw(&mut canvas, (content.left, content.bottom - kinds.height()));
        canvas.save(path, stamp)
    }

    /// Texts and size of the box of a node.
    fn card(&self, node: usize) -> Card {
        let loops = self.edges.iter().any(|e| e.from == node && e.to == node);
        let data = &self.nodes[node];
        let name = font::wrap(&data.name, NAME_ROOM, TEXT, true, 3);
        let subtitle = if data.subtitle.is_empty() { data.kind.clone() } else { data.subtitle.clone() };
        let subtitle = font::wrap(&subtitle, NAME_ROOM, SMALL, false, 2);
        let percent =
            data.utilisation.filter(|u| u.is_finite()).map(|u| format!("{}%", fixed(100.0 * u, percent_decimals(u))));
        let widest = name.iter().map(|line| font::width(line, TEXT, true)).fold(0.0, f64::max);
        let widest = widest.max(font::widest(subtitle.iter().map(String::as_str), SMALL));
        let lines = name.len() + subtitle.len() + usize::from(percent.is_some());
        let sides =
            |side: fn(&GraphEdge) -> usize| self.edges.iter().filter(|e| e.from != e.to && side(e) == node).count();
        let ports = sides(|e| e.from).max(sides(|e| e.to)) as f64;
        Card {
            width: (widest + 2.0 * PADDING).max(NARROWEST),
            height: (lines as f64 * LINE + 1.2 * PADDING).max(ports * 14.0 * SCALE),
            // The space is kept above and below, so that the middle of the box stays the middle of its place.
            loops: if loops { LOOP } else { 0.0 },
            name,
            subtitle,
            percent,
        }
    }

    /// The lines of all edges, in pixels of the picture.
    fn lines(&self, placed: &Layout, shift: (f64, f64), boxes: &[Rect]) -> Vec<Vec<Point>> {
        let mut loops = vec![0usize; boxes.len()];
        self.edges
            .iter()
            .zip(&placed.routes)
            .map(|(edge, route)| {
                if edge.from == edge.to
                    && let Some(area) = boxes.get(edge.from)
                {
                    let number = loops[edge.from];
                    loops[edge.from] += 1;
                    return self_loop(*area, number);
                }
                let corners: Vec<Point> = route.iter().map(|p| (p.0 + shift.0, p.1 + shift.1)).collect();
                curved(&corners)
            })
            .collect()
    }

    /// Labels on the lines, where they cover neither boxes nor each other if that can be helped.
    fn draw_labels(&self, canvas: &mut Canvas, lines: &[Vec<Point>], boxes: &[Rect]) {
        let mut taken: Vec<Rect> = boxes.to_vec();
        for (edge, line) in self.edges.iter().zip(lines) {
            if edge.label.is_empty() || line.len() < 2 {
                continue;
            }
            let text = font::shorten(&edge.label, 260.0 * SCALE, SMALL, false);
            let width = font::width(&text, SMALL, false) + 14.0;
            let place = |share: f64, off: f64| {
                let at = along(line, share);
                let y = at.1 + off * SMALL;
                Rect::new(at.0 - width / 2.0, y - SMALL * 0.55, at.0 + width / 2.0, y + SMALL * 0.55)
            };
            let shares = [0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8];
            // The name of a loop stands above it, so that the loop is seen.
            let offsets = if edge.from == edge.to { [-0.9, -2.0, 0.0] } else { [0.0, -1.1, 1.1] };
            let candidates = offsets.into_iter().flat_map(|off| shares.map(|share| place(share, off)));
            let hidden = |area: &Rect| -> f64 { taken.iter().map(|other| area.grown(3.0).overlap(other)).sum() };
            let best = candidates.fold(None, |best: Option<(f64, Rect)>, area| {
                let cost = hidden(&area);
                if best.is_none_or(|best| cost < best.0) { Some((cost, area)) } else { best }
            });
            let Some((_, area)) = best else { continue };
            canvas.block(area, WHITE, GROUND_ALPHA);
            let at = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
            let color = mix(self.color(edge.flow), INK, 0.45);
            canvas.text(at, &text, Letters::new(SMALL, color).middle());
            taken.push(area);
        }
    }

    fn color(&self, flow: usize) -> RGBColor {
        if self.flows.is_empty() { GREY } else { look(flow).color }
    }

    /// Width of a line: its square grows with the weight.
    fn thickness(&self, weight: f64) -> f64 {
        let most = self.edges.iter().map(|e| e.weight).filter(|w| w.is_finite()).fold(0.0, f64::max);
        let share = if most > 0.0 && weight > 0.0 { (weight / most).min(1.0).sqrt() } else { 0.0 };
        3.0 + 12.0 * share
    }

    fn flow_legend(&self, room: f64) -> Legend {
        let entry = |(i, name): (usize, &String)| (name.clone(), Look { marker: None, dash: &[], ..look(i) });
        Legend::new(self.flows.iter().enumerate().map(entry).collect(), room, Sample::Line)
    }

    fn kind_legend(&self, room: f64) -> Legend {
        let mut kinds: Vec<&str> = self.nodes.iter().map(|n| n.kind.as_str()).filter(|k| !k.is_empty()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let entry = |kind: &str| (kind.to_owned(), Look { color: accent(kind), dash: &[], marker: None });
        Legend::new(kinds.into_iter().map(entry).collect(), room, Sample::Block)
    }
}

/// Texts and size of a box.
struct Card {
    width: f64,
    height: f64,
    loops: f64,
    name: Vec<String>,
    subtitle: Vec<String>,
    percent: Option<String>,
}

fn percent_decimals(utilisation: f64) -> usize {
    if utilisation.abs() < 0.0995 && utilisation != 0.0 { 1 } else { 0 }
}

/// Colour of a kind.
fn accent(kind: &str) -> RGBColor {
    KINDS.iter().find(|k| k.0 == kind).map_or(mix(GREY, WHITE, 0.3), |k| PALETTE[k.1])
}

fn draw_node(canvas: &mut Canvas, node: &GraphNode, card: &Card, area: Rect) {
    let accent = accent(&node.kind);
    canvas.card(area, RADIUS, mix(accent, WHITE, 0.82), accent, 4.0);
    let x = area.left + PADDING;
    let lines = card.name.len() + card.subtitle.len() + usize::from(card.percent.is_some());
    let mut y = (area.top + area.bottom) / 2.0 - (lines as f64 - 1.0) * LINE / 2.0;
    for line in &card.name {
        canvas.text((x, y), line, Letters::new(TEXT, INK).bold());
        y += LINE;
    }
    for line in &card.subtitle {
        canvas.text((x, y), line, Letters::new(SMALL, GREY));
        y += LINE;
    }
    if let (Some(percent), Some(utilisation)) = (&card.percent, node.utilisation) {
        let room = font::width(percent, SMALL, false).max(font::width("100%", SMALL, false)) + PADDING;
        let bar = Rect::new(x, y - BAR / 2.0, area.right - PADDING - room, y + BAR / 2.0);
        let share = utilisation.clamp(0.0, 1.0);
        canvas.block(bar.grown(2.0), GREY, 1.0);
        canvas.block(bar, WHITE, 1.0);
        // One hue, darker with load, so that it reads in grey too.
        let color = mix(mix(PALETTE[0], WHITE, 0.55), mix(PALETTE[0], INK, 0.55), share);
        canvas.block(Rect::new(bar.left, bar.top, bar.left + share * bar.width(), bar.bottom), color, 1.0);
        let letters = Letters::new(SMALL, INK).end();
        let letters = if utilisation >= 0.9 { letters.bold() } else { letters };
        canvas.text((area.right - PADDING, y), percent, letters);
    }
}

/// A line with an arrow head at its end.
fn draw_edge(canvas: &mut Canvas, line: &[Point], thickness: f64, color: RGBColor) {
    let [.., tip] = line else { return };
    let length = 24.0 + thickness;
    // The line ends inside of the head, which is turned as the last part of the line is.
    let mut shaft = line.to_vec();
    while shaft.len() > 1 && shaft.last().is_some_and(|p| (p.0 - tip.0).hypot(p.1 - tip.1) < length * 0.8) {
        shaft.pop();
    }
    let Some(neck) = shaft.last().copied() else { return };
    let distance = (tip.0 - neck.0).hypot(tip.1 - neck.1);
    if distance < 1e-6 {
        return;
    }
    let (dx, dy) = ((tip.0 - neck.0) / distance, (tip.1 - neck.1) / distance);
    let base = (tip.0 - dx * length, tip.1 - dy * length);
    shaft.push((tip.0 - dx * length * 0.8, tip.1 - dy * length * 0.8));
    let half = length * 0.45 + thickness * 0.3;
    let all = canvas.bounds();
    canvas.line(&shaft, thickness, &[], color, 0.8, all);
    canvas.polygon(
        &[*tip, (base.0 - dy * half, base.1 + dx * half), (base.0 + dy * half, base.1 - dx * half)],
        color,
        1.0,
        all,
    );
}

/// Joins corners by curves that are level at each; upright and level parts stay straight.
fn curved(corners: &[Point]) -> Vec<Point> {
    let mut line: Vec<Point> = corners.first().copied().into_iter().collect();
    for pair in corners.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        if x0 == x1 || y0 == y1 {
            line.push((x1, y1));
            continue;
        }
        let bend = (x1 - x0) * 0.5;
        line.extend(bezier((x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)));
    }
    line
}

/// A loop above the right end of a box; further ones lie further left.
fn self_loop(area: Rect, number: usize) -> Vec<Point> {
    let span = 26.0 * SCALE;
    let room = ((area.width() - span - 2.0 * RADIUS) / (span * 0.5)).max(1.0) as usize;
    let right = area.right - RADIUS - (number % room) as f64 * span * 0.5;
    let (from, to) = ((right - span, area.top), (right, area.top));
    let mut line = vec![from];
    line.extend(bezier(from, (from.0 - 12.0, area.top - 1.2 * LOOP), (to.0 + 12.0, area.top - 1.2 * LOOP), to));
    line
}

fn bezier(a: Point, b: Point, c: Point, d: Point) -> impl Iterator<Item = Point> {
    const PARTS: usize = 32;
    (1..=PARTS).map(move |i| {
        let t = i as f64 / PARTS as f64;
        let s = 1.0 - t;
        let (wa, wb, wc, wd) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
        (wa * a.0 + wb * b.0 + wc * c.0 + wd * d.0, wa * a.1 + wb * b.1 + wc * c.1 + wd * d.1)
    })
}

/// The point of a line at a share of its length.
fn along(line: &[Point], share: f64) -> Point {
    let length = |pair: &[Point]| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
    let mut left = share * line.windows(2).map(length).sum::<f64>();
    for pair in line.windows(2) {
        let part = length(pair);
        if part > 0.0 && left <= part {
            let t = left / part;
            return (pair[0].0 + (pair[1].0 - pair[0].0) * t, pair[0].1 + (pair[1].1 - pair[0].1) * t);
        }
        left -= part;
    }
    line.last().copied().unwrap_or_default()
}
