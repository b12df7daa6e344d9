//! Overrides: another text in which one value is different.

use super::diagnose::Diagnostic;
use super::lex::is_word_char;
use super::path::{FieldPath, Segment};
use super::source::Source;
use super::syntax::parse_fragment;
use super::tree::{Group, Kind, Node, Tree};
use super::words;
use std::ops::Range;

/// Puts a value at a full path (see [`resolve`](super::resolve) for short ones) and returns the new text.
///
/// A field that a struct leaves out is added to it, together with the structs on the way to it. The value is RON; text
/// that is not, such as `20 Mbit/s`, becomes a string. A bare word stays a word, that is, a variant.
///
/// # Errors
///
/// A path that leads nowhere: an unknown key of a map or field of a struct (with the nearest ones), an index beyond a
/// list, a field of a value that has none; or a value that starts like RON and is not.
pub fn set(source: &Source, tree: &Tree, path: &str, value_text: &str) -> Result<Source, Diagnostic> {
    let path = FieldPath::parse(path)?;
    let value = value_of(value_text)?;
    let (node, used) = tree.walk(&path.0);
    let (range, text) = match path.0.get(used..) {
        None | Some([]) => (node.span.clone(), value),
        Some(missing) => {
            let here = FieldPath(path.0[..used].to_vec());
            insertion(tree, node, missing, &value).map_err(|reason| reason.diagnostic(&path, &here))?
        }
    };
    let (Some(before), Some(after)) = (source.text.get(..range.start), source.text.get(range.end..)) else {
        return Err(Diagnostic::error("the tree does not belong to this source"));
    };
    Ok(Source { name: source.name.clone(), text: format!("{before}{text}{after}") })
}

/// The value as RON.
fn value_of(text: &str) -> Result<String, Diagnostic> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Diagnostic::error("the value is empty").help("an empty string is written \"\""));
    }
    match parse_fragment(text, 0) {
        // The node only: a comment behind it would swallow what follows.
        Ok(tree) => Ok(tree.text_of(&tree.root).to_owned()),
        Err(errors) if text.starts_with(['[', '{', '(', '"', '\'']) || ends_like_a_call(text) => {
            let reason = errors.first().map_or_else(String::new, |error| format!(": {}", error.message));
            Err(Diagnostic::error(format!("the value `{}` cannot be read{reason}", words::cut(text, 60))))
        }
        Err(_) => Ok(quoted(text)),
    }
}

/// Whether a text looks like `Name(..)`, which is no quantity.
fn ends_like_a_call(text: &str) -> bool {
    let name = text.trim_start_matches(is_word_char);
    name.starts_with('(') && name.len() < text.len() && text.starts_with(|c: char| c.is_alphabetic())
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Why nothing can be put at a path.
struct Reason {
    message: String,
    span: Range<usize>,
    help: Option<String>,
}

impl Reason {
    fn new(node: &Node, message: impl Into<String>) -> Self {
        let span = match &node.kind {
            Kind::Group(group) => group.head(),
            _ => node.span.clone(),
        };
        Reason { message: message.into(), span, help: None }
    }

    fn diagnostic(self, path: &FieldPath, here: &FieldPath) -> Diagnostic {
        let place = if here.0.is_empty() { "the file".to_owned() } else { format!("`{here}`") };
        Diagnostic::error(format!("cannot set `{path}`: {place} {}", self.message)).at(self.span).maybe_help(self.help)
    }
}

/// What to write where, so that the missing parts of a path exist below a node.
fn insertion(tree: &Tree, node: &Node, missing: &[Segment], value: &str) -> Result<(Range<usize>, String), Reason> {
    let (first, deeper) = match missing.split_first() {
        Some((Segment::Name(name), deeper)) => (name, deeper),
        Some((Segment::Index(index), _)) => return Err(no_element(node, *index)),
        None => return Ok((node.span.clone(), value.to_owned())),
    };
    if let Some(inner) = tree.transparent(node)
        && matches!(inner.kind, Kind::Group(_) | Kind::Map(_))
    {
        return insertion(tree, inner, missing, value);
    }
    match &node.kind {
        Kind::Map(entries) => Err(no_key(node, entries, first)),
        Kind::Group(group) => {
            check_declared(tree, node, first)?;
            Ok(into_group(node, group, &format!("{first}: {}", nested(node, deeper, value)?), first)?)
        }
        Kind::Word(word) => {
            check_declared(tree, node, first)?;
            check_name(node, first)?;
            let inner = format!("({first}: {})", nested(node, deeper, value)?);
            // `None` stands for an absent struct, any other word for a variant without arguments.
            let text = if word == "None" { inner } else { format!("{word}{inner}") };
            Ok((node.span.clone(), text))
        }
        Kind::Sequence(_) => Err(Reason::new(node, "is a list, whose elements are reached by [0], [1], ..")),
        _ => Err(Reason::new(node, format!("is {}, which has no fields", words::found(node)))),
    }
}

/// `(a: (b: value))` for the parts `a.b`.
fn nested(node: &Node, segments: &[Segment], value: &str) -> Result<String, Reason> {
    segments.iter().rev().try_fold(value.to_owned(), |inner, segment| match segment {
        Segment::Name(name) => {
            check_name(node, name)?;
            Ok(format!("({name}: {inner})"))
        }
        Segment::Index(_) => Err(Reason::new(node, "has no such list")),
    })
}

fn into_group(node: &Node, group: &Group, item: &str, name: &str) -> Result<(Range<usize>, String), Reason> {
    check_name(node, name)?;
    let last = group.fields.last().map(|field| &field.value).or(group.positional.last());
    Ok(match last {
        // Directly behind the last item, so that a trailing comma or comment stays where it is.
        Some(last) => (last.span.end..last.span.end, format!(", {item}")),
        None => (group.open + 1..group.open + 1, item.to_owned()),
    })
}

fn check_name(node: &Node, name: &str) -> Result<(), Reason> {
    let good = name.starts_with(|c: char| c == '_' || c.is_alphabetic()) && name.chars().all(is_word_char);
    if good { Ok(()) } else { Err(Reason::new(node, format!("cannot have a field called `{}`", words::cut(name, 60)))) }
}

/// Refuses a field that the type read here does not have.
fn check_declared(tree: &Tree, node: &Node, name: &str) -> Result<(), Reason> {
    match tree.declared_at(node) {
        Some(declared) if !declared.contains(&name) => {
            let mut reason = Reason::new(node, format!("has no field `{}`", words::cut(name, 60)));
            reason.help = words::suggestion(name, declared, "its fields");
            Err(reason)
        }
        _ => Ok(()),
    }
}

fn no_key(node: &Node, entries: &[(Node, Node)], name: &str) -> Reason {
    let keys: Vec<&str> = entries
        .iter()
        .filter_map(|(key, _)| match &key.kind {
            Kind::Text(text) | Kind::Word(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let mut reason = Reason::new(node, format!("has no entry `{}`", words::cut(name, 60)));
    // The map may be long; its opening brace is enough.
    reason.span.end = reason.span.start + 1;
    reason.help = words::suggestion(name, &keys, "its entries");
    reason
}

fn no_element(node: &Node, index: usize) -> Reason {
    let count = match &node.kind {
        Kind::Sequence(items) => items.len(),
        Kind::Group(group) => group.positional.len(),
        _ => return Reason::new(node, format!("is {}, which has no elements", words::found(node))),
    };
    let counted = match count {
        0 => "is empty".to_owned(),
        1 => "has 1 element".to_owned(),
        count => format!("has {count} elements"),
    };
    Reason::new(node, format!("{counted}, so there is no [{index}] (the first is [0])"))
}
