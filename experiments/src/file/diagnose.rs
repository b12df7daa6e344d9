//! What is wrong, where, and what would be right; and how that is shown.

use super::source::Source;
use ariadne::{CharSet, Color, Config, IndexType, Label, Report, ReportKind};
use std::fmt;
use std::fmt::Write as _;
use std::ops::Range;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but probably does not mean what its author wants.
    Warning,
}

/// One finding about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where [byte range in the source], when it is about a place.
    pub span: Option<Range<usize>>,
    /// Text shown at the place.
    pub label: Option<String>,
    /// What would be right.
    pub help: Option<String>,
    /// Other places that matter, such as the first of two equal keys, each with its text.
    pub notes: Box<[(Range<usize>, String)]>,
    /// How bad it is.
    pub severity: Severity,
}

impl Diagnostic {
    /// An error without a place.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        let message = message.into();
        Diagnostic { message, span: None, label: None, help: None, notes: Box::default(), severity: Severity::Error }
    }

    /// A warning without a place.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(message) }
    }

    /// Adds the place.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// Adds the text at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a help text, if there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn note(mut self, span: Range<usize>, text: impl Into<String>) -> Self {
        let mut notes = self.notes.into_vec();
        notes.push((span, text.into()));
        self.notes = notes.into_boxed_slice();
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Diagnostic {}

/// Several findings as one error value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Whether any of them is an error.
    #[must_use]
    pub fn any_error(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Diagnostics(diagnostics)
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics(vec![diagnostic])
    }
}

/// Most findings shown; the rest is counted.
const MAX_SHOWN: usize = 50;

/// Longest line [bytes] whose excerpt is left to ariadne, which prints lines whole.
const MAX_LINE: usize = 300;

/// Characters shown on each side of a place in a longer line.
const AROUND: usize = 60;

/// Shows findings: file, line and column, the excerpt, the label, the help.
#[must_use]
pub fn render(source: &Source, diagnostics: &[Diagnostic], colour: bool) -> String {
    let text = printable(&source.text);
    let name = printable(&source.name).replace('\n', " ");
    let excerpts = ariadne::Source::from(text.as_str());
    let mut cache = (name.as_str(), &excerpts);
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(MAX_SHOWN) {
        let Some(span) = &diagnostic.span else {
            render_placeless(&mut out, &name, diagnostic);
            continue;
        };
        let span = within_line(&text, span);
        let mut places = vec![span.clone()];
        places.extend(diagnostic.notes.iter().map(|(place, _)| within_line(&text, place)));
        let short_lines = places.iter().all(|place| line_around(&text, place.start).len() <= MAX_LINE);
        if !short_lines || !render_excerpt(&mut out, &name, &mut cache, diagnostic, &places, colour) {
            render_cut(&mut out, &name, &text, diagnostic, &places);
        }
    }
    if diagnostics.len() > MAX_SHOWN {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "and {} more", diagnostics.len() - MAX_SHOWN);
    }
    out
}

/// Replaces control characters by as many question marks as they have bytes, so that a file cannot drive the
/// terminal, offsets stay, and no exotic line separator makes two counts of lines differ.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' | '\r' => out.push(' '),
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                out.extend(std::iter::repeat_n('?', c.len_utf8()));
            }
            c => out.push(c),
        }
    }
    out
}

/// The part of a span on its first line, on character boundaries and inside the text.
fn within_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = floor_boundary(text, span.start.min(text.len()));
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let end = floor_boundary(text, span.end.clamp(start, line_end));
    start..end.max(start)
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The range of the line that holds a place.
fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    start..end
}

/// Line and column of a byte offset, both from 1; columns count characters.
#[must_use]
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let at = floor_boundary(text, at.min(text.len()));
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.as_bytes()[..start].iter().filter(|&&byte| byte == b'\n').count() + 1;
    (line, text[start..at].chars().count() + 1)
}

fn word_for(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn render_placeless(out: &mut String, name: &str, diagnostic: &Diagnostic) {
    let _ = writeln!(out, "{}: {}\n  --> {name}", word_for(diagnostic.severity), printable(&diagnostic.message));
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "  help: {}", printable(help));
    }
}

/// The usual form; false when it could not be written.
fn render_excerpt<'a>(
    out: &mut String,
    name: &'a str,
    cache: &mut (&'a str, &ariadne::Source<&str>),
    diagnostic: &Diagnostic,
    places: &[Range<usize>],
    colour: bool,
) -> bool {
    let tint = match diagnostic.severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
    };
    // ariadne colours kinds of our own even when colour is off, so its kinds are used and their words made ours.
    let (kind, its_word) = match diagnostic.severity {
        Severity::Error => (ReportKind::Error, "Error:"),
        Severity::Warning => (ReportKind::Warning, "Warning:"),
    };
    let config = Config::new().with_index_type(IndexType::Byte).with_color(colour).with_char_set(CharSet::Unicode);
    let texts = diagnostic.label.iter().map(Some).chain(diagnostic.label.is_none().then_some(None));
    let texts = texts.chain(diagnostic.notes.iter().map(|(_, text)| Some(text)));
    let mut report =
        Report::build(kind, (name, places[0].clone())).with_config(config).with_message(printable(&diagnostic.message));
    let mut labels: Vec<_> = places.iter().zip(texts).enumerate().collect();
    // ariadne shows places out of order as if they were of different files.
    labels.sort_by_key(|(_, (place, _))| place.start);
    for (i, (place, text)) in labels {
        let tint = if i == 0 { tint } else { Color::Cyan };
        // Without any text ariadne leaves the excerpt out, so the place always gets one.
        let text = text.map_or_else(|| "here".to_owned(), |text| printable(text));
        report = report.with_label(Label::new((name, place.clone())).with_color(tint).with_message(text));
    }
    if let Some(help) = &diagnostic.help {
        report = report.with_help(printable(help));
    }
    let mut bytes = Vec::new();
    if report.finish().write(&mut *cache, &mut bytes).is_err() {
        return false;
    }
    let Ok(text) = String::from_utf8(bytes) else { return false };
    let text = text.replacen(its_word, &format!("{}:", word_for(diagnostic.severity)), 1);
    for line in text.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    true
}

/// The form for very long lines: position and a cut excerpt.
fn render_cut(out: &mut String, name: &str, text: &str, diagnostic: &Diagnostic, places: &[Range<usize>]) {
    let _ = writeln!(out, "{}: {}", word_for(diagnostic.severity), printable(&diagnostic.message));
    let texts = std::iter::once(diagnostic.label.as_ref()).chain(diagnostic.notes.iter().map(|(_, text)| Some(text)));
    for (place, label) in places.iter().zip(texts) {
        let (line, column) = line_and_column(text, place.start);
        let around = line_around(text, place.start);
        let before: String = {
            let kept: Vec<char> = text[around.start..place.start].chars().rev().take(AROUND).collect();
            kept.into_iter().rev().collect()
        };
        let after: String = text[place.start..around.end].chars().take(AROUND).collect();
        let marked = text[place.clone()].chars().count().clamp(1, AROUND);
        let gutter = format!("{line} | ");
        let lead = if around.start + before.len() < place.start { "…" } else { "" };
        let tail = if place.start + after.len() < around.end { "…" } else { "" };
        let _ = writeln!(out, "  --> {name}:{line}:{column}\n{gutter}{lead}{before}{after}{tail}");
        let indent = gutter.chars().count() + lead.chars().count() + before.chars().count();
        let label = label.map_or_else(String::new, |label| format!(" {}", printable(label)));
        let _ = writeln!(out, "{}{}{label}", " ".repeat(indent), "^".repeat(marked));
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "  help: {}", printable(help));
    }
}
