//! Paths such as `system.flows.telemetry.steps[2].size`.

use super::diagnose::Diagnostic;
use std::fmt;

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// A field, a map key, or (as `.0`) an index.
    Name(String),
    /// `[i]`, from 0.
    Index(usize),
}

/// A path to a value; names with dots, brackets or spaces are quoted: `system.components."my gateway".cores`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldPath(pub Vec<Segment>);

impl FieldPath {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// An empty path or name, an unclosed quote or bracket, an index that is no whole number.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let wrong = |what: &str| Diagnostic::error(format!("`{}` is not a path: {what}", super::words::cut(text, 100)));
        let wrong =
            |what: &str| wrong(what).help("a path is written system.components.gateway.cores or flow.steps[2].size");
        let mut segments = Vec::new();
        let mut rest = text.trim();
        // A bracket may follow a name directly; a name needs a dot before it, but for the first.
        let mut name_next = true;
        while !rest.is_empty() || name_next {
            if let Some(after) = rest.strip_prefix('[') {
                if name_next && !segments.is_empty() {
                    return Err(wrong("a name is missing after `.`"));
                }
                let (inside, after) = after.split_once(']').ok_or_else(|| wrong("`[` is not closed"))?;
                let index = inside.trim().parse().map_err(|_| wrong("an index must be a whole number from 0"))?;
                segments.push(Segment::Index(index));
                (rest, name_next) = (after, false);
            } else if !name_next {
                rest = rest.strip_prefix('.').ok_or_else(|| wrong("`.` or `[` is missing between two parts"))?;
                name_next = true;
            } else {
                let (name, after) = if rest.starts_with('"') {
                    quoted(rest).ok_or_else(|| wrong("a quote is not closed"))?
                } else {
                    let end = rest.find(['.', '[', '"']).unwrap_or(rest.len());
                    let name = rest[..end].trim().to_owned();
                    if name.is_empty() {
                        return Err(wrong("a name is missing"));
                    }
                    (name, &rest[end..])
                };
                segments.push(Segment::Name(name));
                (rest, name_next) = (after, false);
            }
        }
        Ok(FieldPath(segments))
    }

    /// This path with one more part.
    #[must_use]
    pub fn with(&self, segment: Segment) -> Self {
        let mut longer = self.clone();
        longer.0.push(segment);
        longer
    }
}

/// A name in quotes, with `\"` and `\\` resolved, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((name, &text[at + 1..])),
            '\\' => name.push(chars.next()?.1),
            c => name.push(c),
        }
    }
    None
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Name(name) => {
                    if i > 0 {
                        f.write_str(".")?;
                    }
                    let plain =
                        !name.is_empty() && name.trim() == name && !name.contains(['.', '[', ']', '"', '\\', ' ']);
                    if plain {
                        f.write_str(name)?;
                    } else {
                        write!(f, "\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))?;
                    }
                }
            }
        }
        Ok(())
    }
}
