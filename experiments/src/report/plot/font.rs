//! The font that comes with the program, and the measures of its glyphs.
//!
//! The font feature of plotters that needs no system library places glyphs without their left bearing. Texts are
//! therefore set glyph by glyph, with advance and bearing read from the font's own tables (OpenType 1.9, chapters
//! `cmap`, `hhea` and `hmtx`).

use std::collections::HashMap;
use std::sync::OnceLock;

use plotters::style::{FontStyle, register_font};

/// The name under which plotters knows the font.
pub(super) const FAMILY: &str = "loadgraph";

/// What stands for a character that the font does not have.
const MISSING: char = '\u{25a1}';

static REGULAR: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans.subset.ttf");
static BOLD: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans-Bold.subset.ttf");

/// A glyph to draw: the character, and where its picture begins [pixels from the start of the text].
pub(super) struct Placed {
    pub character: char,
    pub offset: f64,
}

#[derive(Default)]
struct Metrics {
    /// Height of the line that a font size stands for [font units].
    line: f64,
    /// Advance and left bearing by character [font units].
    glyphs: HashMap<char, (f64, f64)>,
}

struct Fonts {
    regular: Metrics,
    bold: Metrics,
    registered: bool,
}

fn fonts() -> &'static Fonts {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    FONTS.get_or_init(|| Fonts {
        regular: Metrics::read(REGULAR).unwrap_or_default(),
        bold: Metrics::read(BOLD).unwrap_or_default(),
        registered: register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok()
            && register_font(FAMILY, FontStyle::Bold, BOLD).is_ok(),
    })
}

/// Registers the font with plotters, once per process; false if plotters refuses it.
pub(super) fn register() -> bool {
    fonts().registered
}

/// The glyphs of a text and its width [pixels] for a font size [pixels].
pub(super) fn place(text: &str, size: f64, bold: bool) -> (Vec<Placed>, f64) {
    let metrics = if bold { &fonts().bold } else { &fonts().regular };
    let scale = if metrics.line > 0.0 { size / metrics.line } else { 0.0 };
    let mut pen: f64 = 0.0;
    let mut placed = Vec::new();
    for character in text.chars() {
        let character = match character {
            c if c.is_whitespace() && !metrics.glyphs.contains_key(&c) => ' ',
            c if c.is_control() => MISSING,
            c if metrics.glyphs.contains_key(&c) => c,
            _ => MISSING,
        };
        let (advance, bearing) = metrics.glyphs.get(&character).copied().unwrap_or((0.0, 0.0));
        placed.push(Placed { character, offset: pen.round() + (bearing * scale).floor() });
        pen += advance * scale;
    }
    (placed, pen)
}

/// Width of a text [pixels].
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    place(text, size, bold).1
}

/// Widest of some texts [pixels].
pub(super) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts.into_iter().map(|text| width(text, size, false)).fold(0.0, f64::max)
}

/// Height of capital letters [pixels]: 0.729 em, of lines that are 1.164 em high (DejaVu Sans).
pub(super) fn cap_height(size: f64) -> f64 {
    size * 0.626
}

/// The text, its end replaced by "…" if it is wider than `room` pixels.
pub(super) fn shorten(text: &str, room: f64, size: f64, bold: bool) -> String {
    // Half a pixel is nothing; a text that was measured to find its room must fit in it in spite of rounding.
    if width(text, size, bold) <= room + 0.5 {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while kept.pop().is_some() {
        let candidate = format!("{}…", kept.trim_end());
        if width(&candidate, size, bold) <= room {
            return candidate;
        }
    }
    "…".to_owned()
}

/// The text with a small first letter, unless it begins with an abbreviation.
pub(super) fn lower_first(text: &str) -> String {
    let mut rest = text.chars();
    match (rest.next(), rest.clone().next()) {
        (Some(first), second) if second.is_none_or(|c| !c.is_uppercase()) && text.chars().count() > 1 => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => text.to_owned(),
    }
}

/// The text in at most `lines` lines no wider than `room` pixels: broken after spaces, hyphens, dots, slashes and
/// underscores where there are some, else anywhere; the last line is shortened if need be.
pub(super) fn wrap(text: &str, room: f64, size: f64, bold: bool, lines: usize) -> Vec<String> {
    let mut done = Vec::new();
    let mut rest = text.trim();
    while done.len() + 1 < lines && width(rest, size, bold) > room {
        let mut fits = 0;
        let mut break_at = 0;
        for (at, c) in rest.char_indices() {
            let end = at + c.len_utf8();
            if width(rest[..end].trim_end(), size, bold) > room {
                break;
            }
            fits = end;
            if matches!(c, ' ' | '-' | '.' | '/' | '_' | ',') {
                break_at = end;
            }
        }
        let cut = if break_at > 0 { break_at } else { fits };
        if cut == 0 {
            break;
        }
        done.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    if !rest.is_empty() || done.is_empty() {
        done.push(shorten(rest, room, size, bold));
    }
    done
}

impl Metrics {
    /// Reads the tables; `None` if the font is broken.
    fn read(font: &[u8]) -> Option<Self> {
        let table = |tag: &[u8]| {
            let count = usize::from(word(font, 4)?);
            let entry = (0..count).map(|i| 12 + 16 * i).find(|&at| font.get(at..at + 4) == Some(tag))?;
            font.get(long(font, entry + 8)?..)
        };
        let (hhea, hmtx, cmap) = (table(b"hhea")?, table(b"hmtx")?, table(b"cmap")?);
        let line = f64::from(signed(hhea, 4)?) - f64::from(signed(hhea, 6)?);
        let wide = usize::from(word(hhea, 34)?).max(1);
        let measure = |glyph: usize| {
            let advance = f64::from(word(hmtx, 4 * glyph.min(wide - 1))?);
            let bearing = if glyph < wide { 4 * glyph + 2 } else { 4 * wide + 2 * (glyph - wide) };
            Some((advance, f64::from(signed(hmtx, bearing)?)))
        };
        let subtables = usize::from(word(cmap, 2)?);
        let segments = (0..subtables)
            .filter_map(|i| cmap.get(long(cmap, 8 + 8 * i)?..))
            .find(|subtable| word(subtable, 0) == Some(4))?;
        let count = usize::from(word(segments, 6)?) / 2;
        let mut glyphs = HashMap::new();
        for i in 0..count {
            let end = word(segments, 14 + 2 * i)?;
            let start = word(segments, 16 + 2 * (count + i))?;
            let delta = word(segments, 16 + 2 * (2 * count + i))?;
            let range_at = 16 + 2 * (3 * count + i);
            let range = usize::from(word(segments, range_at)?);
            for code in start..=end.min(0xfffe) {
                let glyph = if range == 0 {
                    code.wrapping_add(delta)
                } else {
                    match word(segments, range_at + range + 2 * usize::from(code - start))? {
                        0 => 0,
                        found => found.wrapping_add(delta),
                    }
                };
                if let (true, Some(c)) = (glyph != 0, char::from_u32(u32::from(code))) {
                    glyphs.insert(c, measure(usize::from(glyph))?);
                }
            }
        }
        Some(Self { line, glyphs })
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

fn signed(bytes: &[u8], at: usize) -> Option<i16> {
    Some(i16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(word(bytes, at)?) << 16 | usize::from(word(bytes, at + 2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_the_characters_that_plots_use() {
        assert!(register());
        for font in [&fonts().regular, &fonts().bold] {
            assert!(font.line > 0.0);
            for c in "azAZ09µαβλρ≤≥±×·–—…⁻⁰¹²³⁹₀₉→←−□\u{2009}ÄÉß".chars() {
                assert!(font.glyphs.contains_key(&c), "{c}");
            }
        }
    }

    #[test]
    fn a_missing_character_is_shown_as_a_box() {
        let (placed, width) = place("a秒b", 34.0, false);
        assert_eq!(placed.iter().map(|p| p.character).collect::<String>(), "a□b");
        assert!(width > 0.0);
    }

    #[test]
    fn wide_letters_are_wider_than_narrow_ones() {
        assert!(width("mmm", 34.0, false) > 2.0 * width("iii", 34.0, false));
        assert_eq!(width("", 34.0, false), 0.0);
    }

    #[test]
    fn shortened_and_wrapped_texts_fit() {
        let text = "a rather long name of a component, far too long for its place";
        let short = shorten(text, 200.0, 34.0, false);
        assert!(short.ends_with('…') && width(&short, 34.0, false) <= 200.0);
        let lines = wrap(text, 300.0, 34.0, false, 3);
        assert!(lines.len() == 3 && lines.iter().all(|line| width(line, 34.0, false) <= 300.0));
        assert_eq!(wrap("short", 300.0, 34.0, false, 3), ["short"]);
        assert_eq!(wrap("", 300.0, 34.0, false, 3), [""]);
    }
}
