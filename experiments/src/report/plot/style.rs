//! Colours, sizes, dashes and markers of all pictures.
//!
//! Lengths are in pixels. Pictures are drawn for 300 dots per inch: [`SCALE`] pixels are about a pixel of a screen.

use plotters::style::RGBColor;

/// Pixels per screen pixel.
pub(super) const SCALE: f64 = 3.0;

/// Okabe and Ito (2008), in an order in which neighbours differ in lightness too.
pub(super) const PALETTE: [RGBColor; 6] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
];

pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);
pub(super) const PALE: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
pub(super) const BLACK: RGBColor = RGBColor(0, 0, 0);
pub(super) const WHITE: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// Opacity of grid lines (black), of bands and bars, and of the ground under texts that lie on data.
pub(super) const GRID_ALPHA: f64 = 0.11;
pub(super) const BAND_ALPHA: f64 = 0.18;
pub(super) const GROUND_ALPHA: f64 = 0.85;

/// Font sizes; even, because plotters rounds the baseline of odd ones glyph by glyph.
pub(super) const TITLE: f64 = 46.0;
pub(super) const TEXT: f64 = 38.0;
pub(super) const SMALL: f64 = 34.0;

/// Widths of curves and of hairlines.
pub(super) const STROKE: f64 = 1.8 * SCALE;
pub(super) const HAIR: f64 = 2.0;

/// Side of a marker.
pub(super) const MARKER: f64 = 7.0 * SCALE;

/// A shape that marks points of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Downward,
    Cross,
}

const MARKERS: [Marker; 6] =
    [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond, Marker::Downward, Marker::Cross];

/// Lengths of dashes and gaps, in turn; none for a full line.
const DASHES: [&[f64]; 4] = [&[], &[24.0, 14.0], &[6.0, 12.0], &[30.0, 12.0, 6.0, 12.0]];

/// Dashes of reference lines.
pub(super) const REFERENCE: &[f64] = &[12.0, 10.0];

/// How one series is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub color: RGBColor,
    pub dash: &'static [f64],
    pub marker: Option<Marker>,
}

/// The look of series number `index`: six colours with six markers; after that other dashes and other markers.
pub(super) fn look(index: usize) -> Look {
    let round = index / PALETTE.len();
    Look {
        color: PALETTE[index % PALETTE.len()],
        dash: DASHES[round % DASHES.len()],
        marker: Some(MARKERS[(index + round) % MARKERS.len()]),
    }
}

/// The colour between two, `share` of the way from `a` to `b`.
pub(super) fn mix(a: RGBColor, b: RGBColor, share: f64) -> RGBColor {
    let part = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
    RGBColor(part(a.0, b.0), part(a.1, b.1), part(a.2, b.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_24_series_look_different() {
        for a in 0..24 {
            for b in 0..a {
                assert_ne!(look(a), look(b));
            }
        }
    }
}
