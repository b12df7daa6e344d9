//! A picture in memory: what is drawn on it, and how it gets to the disk.

use std::fmt::Display;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use plotters::prelude::{BitMapBackend, DrawingBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, TextStyle};

use super::font;
use super::raster::{Point, Rect, Shape};
use super::style::{GREY, INK, MARKER, Marker, SCALE, SMALL, TEXT, TITLE, WHITE};
use super::{PlotError, Stamp};

/// Key of the text chunk that holds the hash of the run.
pub(super) const HASH_KEY: &str = "loadgraph-manifest";

/// 300 dots per inch, in dots per metre.
pub(super) const DOTS_PER_METRE: u32 = 11_811;

/// Free space at the edges of the picture [pixels].
pub(super) const EDGE: f64 = 12.0 * SCALE;

/// Limits of a picture, so that memory stays under 400 MB: longest side and area [pixels].
const LONGEST: f64 = 20_000.0;
const LARGEST: f64 = 120e6;

/// Which part of a text lies at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Start,
    Middle,
    End,
}

/// Size, weight and colour of a text. Texts are centred vertically on their capital letters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letters {
    pub size: f64,
    pub bold: bool,
    pub color: RGBColor,
    pub align: Align,
}

impl Letters {
    pub fn new(size: f64, color: RGBColor) -> Self {
        Self { size, bold: false, color, align: Align::Start }
    }

    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub fn middle(self) -> Self {
        Self { align: Align::Middle, ..self }
    }

    pub fn end(self) -> Self {
        Self { align: Align::End, ..self }
    }
}

/// A picture that is being drawn. The first failure is kept and reported by [`Canvas::save`].
pub(super) struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    failure: Option<String>,
}

impl Canvas {
    /// An empty white picture of the given size [pixels].
    pub fn new(width: f64, height: f64) -> Self {
        let width = width.clamp(100.0, LONGEST);
        let height = height.clamp(100.0, LONGEST.min(LARGEST / width));
        let (width, height) = (width.ceil() as u32, height.ceil() as u32);
        let failure = (!font::register()).then(|| "the font is refused".to_owned());
        Self { width, height, pixels: vec![0xff; width as usize * height as usize * 3], failure }
    }

    /// A picture with title, heading and footnote, and the rectangle that is left for the content.
    pub fn page(width: f64, content_height: f64, stamp: &Stamp, heading: &str) -> (Self, Rect) {
        let top = EDGE + header_height();
        let foot = 16.0 * SCALE;
        let mut canvas = Self::new(width, top + content_height + foot + EDGE);
        let all = canvas.bounds().grown(-EDGE);
        let line = |canvas: &mut Self, y: f64, text: &str, letters: Letters| {
            let text = font::shorten(text, all.width(), letters.size, letters.bold);
            canvas.text((all.left, y), &text, letters);
        };
        line(&mut canvas, EDGE + 5.0 * SCALE, &stamp.title, Letters::new(TITLE, INK).bold());
        line(&mut canvas, EDGE + 24.0 * SCALE, heading, Letters::new(TEXT, GREY));
        let foot_y = all.bottom - 4.0 * SCALE;
        let short: String = stamp.hash.chars().take(12).collect();
        let letters = Letters::new(SMALL, GREY);
        canvas.text((all.right, foot_y), &short, letters.end());
        let room = all.width() - font::width(&short, SMALL, false) - 10.0 * SCALE;
        let note = font::shorten(&stamp.footnote, room, SMALL, false);
        canvas.text((all.left, foot_y), &note, letters);
        (canvas, Rect::new(all.left, top, all.right, all.bottom - foot))
    }

    /// The whole picture.
    pub fn bounds(&self) -> Rect {
        Rect::new(0.0, 0.0, f64::from(self.width), f64::from(self.height))
    }

    /// Fills a shape, as far as it lies inside `clip`.
    pub fn fill(&mut self, shape: &Shape, color: RGBColor, alpha: f64, clip: Rect) {
        let clip = clip.common(&self.bounds());
        self.with(|backend| {
            let mut result = Ok(());
            shape.cover(clip, |x, y, covered| {
                if result.is_ok() {
                    result = backend.draw_pixel((x, y), color.mix(covered * alpha).to_backend_color());
                }
            });
            result
        });
    }

    /// Fills a closed outline.
    pub fn polygon(&mut self, points: &[Point], color: RGBColor, alpha: f64, clip: Rect) {
        let mut shape = Shape::default();
        shape.polygon(points);
        self.fill(&shape, color, alpha, clip);
    }

    /// Fills a rectangle.
    pub fn block(&mut self, area: Rect, color: RGBColor, alpha: f64) {
        let corners =
            [(area.left, area.top), (area.right, area.top), (area.right, area.bottom), (area.left, area.bottom)];
        self.polygon(&corners, color, alpha, self.bounds());
    }

    /// Draws a line through `points`, dashed by lengths of dashes and gaps in turn (none: a full line).
    pub fn line(&mut self, points: &[Point], width: f64, dash: &[f64], color: RGBColor, alpha: f64, clip: Rect) {
        let mut shape = Shape::default();
        if dash.is_empty() {
            shape.stroke(points, width);
        } else {
            // Nothing is seen outside of the clip: without this, a far-away point would mean millions of dashes.
            let near = clip.grown(width);
            let points: Vec<Point> =
                points.iter().map(|p| (p.0.clamp(near.left, near.right), p.1.clamp(near.top, near.bottom))).collect();
            for piece in dashes(&points, dash) {
                shape.stroke(&piece, width);
            }
        }
        self.fill(&shape, color, alpha, clip);
    }

    /// Draws a straight hairline, on whole pixels.
    pub fn hair(&mut self, from: Point, to: Point, width: f64, color: RGBColor, alpha: f64) {
        let half = width / 2.0;
        let (x, y) = (from.0.min(to.0).round(), from.1.min(to.1).round());
        let (right, bottom) = (from.0.max(to.0).round(), from.1.max(to.1).round());
        let area = if from.0 == to.0 {
            Rect::new(x - half, y, x + half, bottom)
        } else {
            Rect::new(x, y - half, right, y + half)
        };
        self.block(area, color, alpha);
    }

    /// Draws a marker with a thin white edge.
    pub fn marker(&mut self, at: Point, marker: Marker, color: RGBColor, clip: Rect) {
        for (side, color) in [(MARKER + 5.0, WHITE), (MARKER, color)] {
            let mut shape = Shape::default();
            let r = side / 2.0;
            let around = |corners: &[Point]| -> Vec<Point> {
                corners.iter().map(|c| (at.0 + c.0 * r, at.1 + c.1 * r)).collect()
            };
            match marker {
                Marker::Circle => shape.circle(at, r),
                Marker::Square => shape.polygon(&around(&[(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)])),
                Marker::Triangle => shape.polygon(&around(&[(0.0, -1.15), (1.08, 0.75), (-1.08, 0.75)])),
                Marker::Downward => shape.polygon(&around(&[(0.0, 1.15), (1.08, -0.75), (-1.08, -0.75)])),
                Marker::Diamond => shape.polygon(&around(&[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)])),
                Marker::Cross => {
                    let width = 5.0 + (side - MARKER);
                    shape.stroke(&around(&[(-0.8, -0.8), (0.8, 0.8)]), width);
                    shape.stroke(&around(&[(-0.8, 0.8), (0.8, -0.8)]), width);
                }
            }
            self.fill(&shape, color, 1.0, clip);
        }
    }

    /// Fills a rectangle with round corners, with an edge of another colour.
    pub fn card(&mut self, area: Rect, radius: f64, color: RGBColor, edge: RGBColor, edge_width: f64) {
        for (area, radius, color) in
            [(area, radius, edge), (area.grown(-edge_width), (radius - edge_width).max(0.0), color)]
        {
            let mut shape = Shape::default();
            let (inner, r) = (area.grown(-radius), radius * 2.0);
            shape.stroke(&[(inner.left, inner.top), (inner.right, inner.top)], r);
            shape.stroke(&[(inner.right, inner.top), (inner.right, inner.bottom)], r);
            shape.stroke(&[(inner.right, inner.bottom), (inner.left, inner.bottom)], r);
            shape.stroke(&[(inner.left, inner.bottom), (inner.left, inner.top)], r);
            shape.polygon(&[
                (inner.left, inner.top),
                (inner.right, inner.top),
                (inner.right, inner.bottom),
                (inner.left, inner.bottom),
            ]);
            self.fill(&shape, color, 1.0, self.bounds());
        }
    }

    /// Writes a text; `at` is its start, middle or end at the middle of its capital letters.
    pub fn text(&mut self, at: Point, text: &str, letters: Letters) {
        self.write(at, text, letters, false);
    }

    /// Writes a text upwards; `at` is its middle.
    pub fn text_upwards(&mut self, at: Point, text: &str, letters: Letters) {
        self.write(at, text, letters.middle(), true);
    }

    fn write(&mut self, at: Point, text: &str, letters: Letters, upwards: bool) {
        let (placed, width) = font::place(text, letters.size, letters.bold);
        let before = match letters.align {
            Align::Start => 0.0,
            Align::Middle => width / 2.0,
            Align::End => width,
        };
        let weight = if letters.bold { FontStyle::Bold } else { FontStyle::Normal };
        let turn = if upwards { FontTransform::Rotate270 } else { FontTransform::None };
        let font = FontDesc::new(FontFamily::Name(font::FAMILY), letters.size, weight).transform(turn);
        let style = TextStyle { font, color: letters.color.to_backend_color(), pos: Pos::new(HPos::Left, VPos::Top) };
        // Plotters puts the baseline of a text with anchor "top" half of the font size under its position.
        let lift = letters.size / 2.0 - font::cap_height(letters.size) / 2.0;
        let start = if upwards { (at.0 - lift, at.1 + before) } else { (at.0 - before, at.1 - lift) };
        let start = (start.0.round() as i32, start.1.round() as i32);
        self.with(|backend| {
            let mut visible = placed.iter().filter(|glyph| !glyph.character.is_whitespace());
            visible.try_for_each(|glyph| {
                let offset = glyph.offset as i32;
                let at = if upwards { (start.0, start.1 - offset) } else { (start.0 + offset, start.1) };
                backend.draw_text(glyph.character.encode_utf8(&mut [0; 4]), &style, at)
            })
        });
    }

    fn with<E: Display>(&mut self, draw: impl FnOnce(&mut BitMapBackend<'_>) -> Result<(), E>) {
        let mut backend = BitMapBackend::with_buffer(&mut self.pixels, (self.width, self.height));
        if let Err(error) = draw(&mut backend)
            && self.failure.is_none()
        {
            self.failure = Some(error.to_string());
        }
    }

    /// Writes the picture as PNG: first beside `path`, then in its place, so that there is never half a picture.
    pub fn save(self, path: &Path, stamp: &Stamp) -> Result<(), PlotError> {
        if let Some(reason) = self.failure {
            return Err(PlotError::Drawing { path: path.to_owned(), reason });
        }
        let beside = temporary_name(path);
        let result = self.write_png(&beside, stamp).and_then(|()| fs::rename(&beside, path));
        result.map_err(|source| {
            // The error that is reported is the first one; a file that was not made cannot be removed either.
            let _ = fs::remove_file(&beside);
            PlotError::Io { path: path.to_owned(), source }
        })
    }

    fn write_png(&self, path: &Path, stamp: &Stamp) -> io::Result<()> {
        let mut file = BufWriter::new(fs::File::create(path)?);
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: DOTS_PER_METRE,
            yppu: DOTS_PER_METRE,
            unit: png::Unit::Meter,
        }));
        let hash = stamp.hash.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect();
        encoder.add_text_chunk(HASH_KEY.to_owned(), hash)?;
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        file.flush()
    }
}

/// Height of title and heading [pixels].
fn header_height() -> f64 {
    38.0 * SCALE
}

/// A name beside `path` that no other writer uses.
fn temporary_name(path: &Path) -> PathBuf {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{}.partial", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

/// Cuts a line into its dashes.
fn dashes(points: &[Point], lengths: &[f64]) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = Vec::new();
    let (mut index, mut left) = (0, lengths[0]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut rest = (to.0 - from.0).hypot(to.1 - from.1);
        if index % 2 == 0 && piece.is_empty() {
            piece.push(from);
        }
        while rest > left {
            let share = left / rest;
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            rest -= left;
            if index % 2 == 0 {
                piece.push(from);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece.push(from);
            }
            index = (index + 1) % (2 * lengths.len());
            left = lengths[index % lengths.len()];
        }
        left -= rest;
        if index % 2 == 0 {
            piece.push(to);
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn dashes_have_their_lengths_around_a_corner() {
        let pieces = dashes(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], &[6.0, 2.0]);
        let length =
            |piece: &Vec<Point>| -> f64 { piece.windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)).sum() };
        assert_eq!(pieces.iter().map(length).collect::<Vec<_>>(), [6.0, 6.0, 4.0]);
    }

    #[test]
    fn a_picture_that_cannot_be_written_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let stamp = Stamp { title: String::new(), hash: String::new(), footnote: String::new() };
        let taken = dir.path().join("taken.png");
        fs::create_dir(&taken).unwrap();
        let error = Canvas::new(100.0, 100.0).save(&taken, &stamp).unwrap_err();
        assert!(matches!(error, PlotError::Io { ref path, .. } if *path == taken), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
