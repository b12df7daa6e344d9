//! One node about to be read: what it looks like, and what is said when that does not fit.

use super::access::{Names, SequenceReader, StructReader};
use super::diagnose::Diagnostic;
use super::fault::Fault;
use super::session::Session;
use super::tree::{Group, Kind, Name, Node};
use super::words;
use serde::de::{Expected, Visitor};

/// A node, or the content of the variant that a node is.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub session: &'a Session<'a>,
    pub node: &'a Node,
    /// Whether the group's name has been used up as a variant's name, so that only its content is left to read.
    pub content: bool,
}

/// A group without anything in it: the content of `Lru`.
static NOTHING: Group = Group { name: None, open: 0, positional: Vec::new(), fields: Vec::new() };

impl<'a> Reader<'a> {
    pub(super) fn of(self, node: &'a Node) -> Self {
        Reader { node, content: false, ..self }
    }

    /// The group and its name, if this is one.
    pub(super) fn group(self) -> Option<(Option<&'a Name>, &'a Group)> {
        match &self.node.kind {
            Kind::Group(group) if self.content => Some((None, group)),
            Kind::Group(group) => Some((group.name.as_ref(), group)),
            Kind::Word(_) if self.content => Some((None, &NOTHING)),
            _ => None,
        }
    }

    /// Looks through a variant's content that is one value: `V(x)` is read as `x`.
    pub(super) fn reduced(self) -> Self {
        match self.group() {
            Some((_, group)) if self.content => group.sole().map_or(self, |only| self.of(only)),
            _ => self,
        }
    }

    fn found(self) -> String {
        match &self.node.kind {
            Kind::Word(word) if self.content => format!("`{}` without its argument", words::cut(word, 40)),
            _ => words::found(self.node),
        }
    }

    pub(super) fn wrong(self, expected: &dyn Expected) -> Fault {
        self.wrong_kind(&words::expected(&expected.to_string()))
    }

    pub(super) fn wrong_kind(self, expected: &str) -> Fault {
        let mut diagnostic = Diagnostic::error(format!("expected {expected}, found {}", self.found()));
        let span = match &self.node.kind {
            // The head says enough; a group may be many lines long.
            Kind::Group(group) => group.head(),
            _ => self.node.span.clone(),
        };
        diagnostic = diagnostic.at(span).label(format!("this should be {expected}"));
        Fault::located(diagnostic.maybe_help(self.hint(expected)))
    }

    /// The correction when it is likely: quotes that are missing or too many.
    fn hint(self, expected: &str) -> Option<String> {
        match &self.node.kind {
            Kind::Word(word) if expected.contains("string") && !self.content => {
                Some(format!("write it in quotes: \"{}\"", words::cut(word, 40)))
            }
            Kind::Text(text) if expected.contains("number") && text.parse::<f64>().is_ok() => {
                Some(format!("write it without quotes: {}", words::cut(text, 40)))
            }
            Kind::Text(text) if expected.contains("true") && matches!(text.as_str(), "true" | "false") => {
                Some(format!("write it without quotes: {text}"))
            }
            Kind::Integer { .. } if expected.contains("string") => {
                Some(format!("write it in quotes: \"{}\"", words::cut(self.session.tree.text_of(self.node), 40)))
            }
            Kind::Group(group) if expected.contains("list") && group.name.is_none() => {
                Some("a list is written in square brackets: [..]".to_owned())
            }
            Kind::Map(_) if expected.contains("(..)") => {
                Some("fields are written in parentheses: (name: value, ..)".to_owned())
            }
            Kind::Group(group) if expected.contains("map") && group.name.is_none() => {
                Some("a map is written in braces: {\"key\": value, ..}".to_owned())
            }
            _ => None,
        }
    }

    /// Runs the reading of this node and gives a fault without a place the node's.
    pub(super) fn settled<T>(self, read: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        let before = self.session.count();
        read().map_err(|fault| self.session.settle(fault, self.node, before))
    }

    /// A whole number between two bounds; `None` when the node is no whole number.
    pub(super) fn whole<T: TryFrom<i128> + TryFrom<u128>>(
        self,
        lowest: i128,
        highest: u128,
        expected: &dyn Expected,
    ) -> Result<T, Fault> {
        let Kind::Integer { negative, magnitude } = self.node.kind else {
            // serde's own words for integer types are their Rust names; a type's own words are better kept.
            let words = words::expected(&expected.to_string());
            return Err(self.wrong_kind(&words));
        };
        let value = if negative {
            0_i128.checked_sub_unsigned(magnitude).and_then(|value| T::try_from(value).ok())
        } else {
            T::try_from(magnitude).ok()
        };
        value.ok_or_else(|| {
            let sign = if negative { "-" } else { "" };
            let message = format!("expected a whole number from {lowest} to {highest}, found {sign}{magnitude}");
            Fault::located(Diagnostic::error(message).at(self.node.span.clone()).label("out of range"))
        })
    }

    pub(super) fn float(self, expected: &dyn Expected) -> Result<f64, Fault> {
        match self.node.kind {
            Kind::Float(value) => Ok(value),
            // A magnitude beyond 2^53 is rounded, as any float literal is.
            Kind::Integer { negative, magnitude } => Ok(if negative { -(magnitude as f64) } else { magnitude as f64 }),
            _ => Err(self.wrong(expected)),
        }
    }

    /// Positional arguments or list elements as a sequence of fixed length.
    pub(super) fn tuple<V: Visitor<'a>>(self, length: usize, expected: &str, visitor: V) -> Result<V::Value, Fault> {
        let items = match (&self.node.kind, self.group()) {
            (_, Some((_, group))) if group.fields.is_empty() => group.positional.as_slice(),
            (Kind::Sequence(items), _) => items.as_slice(),
            _ => return Err(self.wrong_kind(expected)),
        };
        if items.len() != length {
            let (values, found) = (counted(length), items.len());
            let message = format!("expected {values}, found {found}");
            return Err(Fault::located(Diagnostic::error(message).at(self.node.span.clone())));
        }
        self.settled(|| visitor.visit_seq(SequenceReader::new(self.session, items, false)))
    }

    /// The fields of a struct or struct variant.
    pub(super) fn fields<V: Visitor<'a>>(
        self,
        owner: &'a str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let before = self.session.count();
        if let Kind::Range { start, end, inclusive } = &self.node.kind {
            let mut reader = StructReader::of_range(self.session, [start, end], *inclusive, names);
            return self.settled(|| visitor.visit_map(&mut reader));
        }
        let Some((_, group)) = self.group() else { return Err(self.wrong_kind(&format!("`{owner}(..)`"))) };
        self.session.tree.declared.borrow_mut().insert(self.node.span.start, names);
        let head = if std::ptr::eq(group, &NOTHING) { self.node.span.clone() } else { group.head() };
        let mut reader = StructReader::new(self.session, group, owner, Names::Declared(names));
        let result = visitor.visit_map(&mut reader);
        result.map_err(|fault| match fault {
            Fault::MissingField(name) if reader.explains(name) => Fault::Recorded,
            Fault::MissingField(name) => {
                let message = format!("missing field `{name}` in {owner}");
                Fault::located(Diagnostic::error(message).at(head).label(format!("needs `{name}: ..`")))
            }
            fault => self.session.settle(fault, self.node, before),
        })
    }

    pub(super) fn visit_group<V: Visitor<'a>>(self, group: &'a Group, visitor: V) -> Result<V::Value, Fault> {
        if group.is_empty() {
            visitor.visit_unit()
        } else if group.fields.is_empty() {
            visitor.visit_seq(SequenceReader::new(self.session, &group.positional, false))
        } else {
            visitor.visit_map(&mut StructReader::new(self.session, group, "this group", Names::Any))
        }
    }
}

pub(super) fn counted(length: usize) -> String {
    match length {
        1 => "one value".to_owned(),
        length => format!("{length} values"),
    }
}

impl Reader<'_> {
    pub(super) fn misnamed(self, written: &Name, name: &str) -> Fault {
        let shown = words::cut(&written.text, 40);
        let mut diagnostic = Diagnostic::error(format!("expected `{name}(..)`, found `{shown}(..)`"));
        diagnostic = diagnostic.at(written.span.clone()).label(format!("this should be `{name}`"));
        if words::nearest(&written.text, [name]).is_some() {
            diagnostic = diagnostic.help(format!("did you mean `{name}`?"));
        }
        Fault::located(diagnostic)
    }

    /// The node is no variant at all.
    pub(super) fn no_variant(self, variants: &[&str]) -> Fault {
        let expected = format!("one of {}", words::listed(variants));
        let mut diagnostic = Diagnostic::error(format!("expected {expected}, found {}", self.found()));
        diagnostic = diagnostic.at(match &self.node.kind {
            Kind::Group(group) => group.head(),
            _ => self.node.span.clone(),
        });
        diagnostic = diagnostic.label("this should be one of them");
        if let Kind::Text(text) = &self.node.kind
            && let Some(near) = words::nearest(text, variants.iter().copied())
        {
            diagnostic = diagnostic.help(format!("write it without quotes: {near}"));
        }
        Fault::located(diagnostic)
    }
}
