//! serde types from a tree.
//!
//! Mistakes are collected: the element, entry or field that fails is recorded with its place, and reading goes on
//! behind it (see `access.rs`). A value that could not be read is never returned: [`read`] fails if anything was recorded.

use super::access::{MapReader, Names, SequenceReader, StructReader, VariantReader};
use super::diagnose::Diagnostic;
use super::fault::Fault;
use super::raw::RAW;
use super::tree::{Group, Kind, Name, Node, Tree};
use super::words;
use serde::de::value::SeqDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Expected, IntoDeserializer, Visitor};
use std::cell::RefCell;
use std::ops::Range;

/// Reads a value of type `T` from a tree.
///
/// # Errors
///
/// Everything that is wrong with the document as far as it can be seen at once, in the order of the text; never an
/// empty list.
pub fn read<T: DeserializeOwned>(tree: &Tree) -> Result<T, Vec<Diagnostic>> {
    let session = Session { tree, diagnostics: RefCell::new(Vec::new()) };
    let root = Reader { session: &session, node: &tree.root, content: false };
    let result = T::deserialize(root);
    let result = result.map_err(|fault| session.record(fault.settle(&tree.root)));
    let mut diagnostics = session.diagnostics.into_inner();
    match result {
        Ok(value) if diagnostics.is_empty() => Ok(value),
        _ => {
            diagnostics.sort_by_key(|diagnostic| diagnostic.span.as_ref().map(|span| (span.start, span.end)));
            diagnostics.dedup();
            if diagnostics.is_empty() {
                diagnostics.push(Diagnostic::error("this file cannot be read").at(tree.root.span.clone()));
            }
            Err(diagnostics)
        }
    }
}

/// What one `read` shares.
pub(super) struct Session<'a> {
    pub tree: &'a Tree,
    pub diagnostics: RefCell<Vec<Diagnostic>>,
}

impl Session<'_> {
    /// How many mistakes have been recorded so far.
    pub(super) fn count(&self) -> usize {
        self.diagnostics.borrow().len()
    }

    pub(super) fn add(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Records a settled fault.
    pub(super) fn record(&self, fault: Fault) {
        match fault {
            Fault::Located(diagnostic) => self.add(*diagnostic),
            Fault::Recorded => {}
            other => self.add(Diagnostic::error(other.to_string())),
        }
    }

    /// Gives a fault of a node its place. A fault without a place in a node in which something else is wrong is
    /// taken for a consequence: it may come from a stand-in value.
    pub(super) fn settle(&self, fault: Fault, node: &Node, count_before: usize) -> Fault {
        match fault {
            Fault::Located(_) | Fault::Recorded => fault,
            _ if self.count() > count_before => Fault::Recorded,
            fault => fault.settle(node),
        }
    }
}

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
    fn of(self, node: &'a Node) -> Self {
        Reader { node, content: false, ..self }
    }

    /// The group and its name, if this is one.
    fn group(self) -> Option<(Option<&'a Name>, &'a Group)> {
        match &self.node.kind {
            Kind::Group(group) if self.content => Some((None, group)),
            Kind::Group(group) => Some((group.name.as_ref(), group)),
            Kind::Word(_) if self.content => Some((None, &NOTHING)),
            _ => None,
        }
    }

    /// Looks through a variant's content that is one value: `V(x)` is read as `x`.
    fn reduced(self) -> Self {
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

    fn wrong(self, expected: &dyn Expected) -> Fault {
        self.wrong_kind(&words::expected(&expected.to_string()))
    }

    fn wrong_kind(self, expected: &str) -> Fault {
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
    fn settled<T>(self, read: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        let before = self.session.count();
        read().map_err(|fault| self.session.settle(fault, self.node, before))
    }

    /// A whole number between two bounds; `None` when the node is no whole number.
    fn whole<T: TryFrom<i128> + TryFrom<u128>>(
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

    fn float(self, expected: &dyn Expected) -> Result<f64, Fault> {
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

    fn visit_group<V: Visitor<'a>>(self, group: &'a Group, visitor: V) -> Result<V::Value, Fault> {
        if group.is_empty() {
            visitor.visit_unit()
        } else if group.fields.is_empty() {
            visitor.visit_seq(SequenceReader::new(self.session, &group.positional, false))
        } else {
            visitor.visit_map(&mut StructReader::new(self.session, group, "this group", Names::Any))
        }
    }
}

fn counted(length: usize) -> String {
    match length {
        1 => "one value".to_owned(),
        length => format!("{length} values"),
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ty,)*) => {$(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
            let reader = self.reduced();
            let value: $type = reader.whole(<$type>::MIN as i128, <$type>::MAX as u128, &visitor)?;
            reader.settled(|| visitor.$visit(value))
        }
    )*};
}

impl<'a> Deserializer<'a> for Reader<'a> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        if reader.content
            && let Some((_, group)) = reader.group()
        {
            return reader.settled(|| reader.visit_group(group, visitor));
        }
        reader.settled(|| match &reader.node.kind {
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Integer { negative, magnitude } => match (negative, u64::try_from(*magnitude)) {
                (false, Ok(value)) => visitor.visit_u64(value),
                (false, Err(_)) => visitor.visit_u128(*magnitude),
                (true, _) => match 0_i128.checked_sub_unsigned(*magnitude) {
                    Some(value) => match i64::try_from(value) {
                        Ok(value) => visitor.visit_i64(value),
                        Err(_) => visitor.visit_i128(value),
                    },
                    None => visitor.visit_f64(-(*magnitude as f64)),
                },
            },
            Kind::Float(value) => visitor.visit_f64(*value),
            Kind::Text(text) => visitor.visit_str(text),
            Kind::Char(c) => visitor.visit_char(*c),
            Kind::Bytes(bytes) => visitor.visit_bytes(bytes),
            Kind::Sequence(items) => visitor.visit_seq(SequenceReader::new(reader.session, items, true)),
            Kind::Map(entries) => visitor.visit_map(MapReader::new(reader.session, entries)),
            Kind::Word(word) if word == "None" => visitor.visit_none(),
            Kind::Word(_) | Kind::Range { .. } => visitor.visit_enum(VariantReader::new(reader)?),
            Kind::Group(group) => match &group.name {
                None => reader.visit_group(group, visitor),
                Some(name) => match group.sole() {
                    Some(only) if name.text == "Some" => visitor.visit_some(reader.of(only)),
                    _ => visitor.visit_enum(VariantReader::new(reader)?),
                },
            },
        })
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        match reader.node.kind {
            Kind::Bool(value) => reader.settled(|| visitor.visit_bool(value)),
            _ => Err(reader.wrong(&visitor)),
        }
    }

    whole_numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
    }

    fn deserialize_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        let value = reader.float(&visitor)?;
        reader.settled(|| visitor.visit_f64(value))
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        match reader.node.kind {
            Kind::Char(c) => reader.settled(|| visitor.visit_char(c)),
            _ => Err(reader.wrong(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        match &reader.node.kind {
            Kind::Text(text) => reader.settled(|| visitor.visit_str(text)),
            _ => Err(reader.wrong(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        match &reader.node.kind {
            Kind::Bytes(bytes) => reader.settled(|| visitor.visit_bytes(bytes)),
            Kind::Text(text) => reader.settled(|| visitor.visit_bytes(text.as_bytes())),
            Kind::Sequence(_) => reader.deserialize_seq(visitor),
            _ => Err(reader.wrong(&visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        reader.settled(|| match &reader.node.kind {
            Kind::Word(word) if word == "None" && !reader.content => visitor.visit_none(),
            Kind::Group(group) if !reader.content && group.name.as_ref().is_some_and(|name| name.text == "Some") => {
                match group.sole() {
                    Some(only) => visitor.visit_some(reader.of(only)),
                    None => Err(reader.wrong_kind("one value in `Some(..)`")),
                }
            }
            _ => visitor.visit_some(reader),
        })
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        match reader.group() {
            Some((None, group)) if group.is_empty() => reader.settled(|| visitor.visit_unit()),
            _ => Err(reader.wrong(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        let fits = match (&reader.node.kind, reader.group()) {
            (_, Some((written, group))) => group.is_empty() && written.is_none_or(|written| written.text == name),
            (Kind::Word(word), None) => word == name,
            _ => false,
        };
        if fits { reader.settled(|| visitor.visit_unit()) } else { Err(reader.wrong_kind(&format!("`{name}`"))) }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        if name == RAW {
            let reader = self.reduced();
            let parts = RawParts { span: reader.node.span.clone(), text: reader.session.tree.text_of(reader.node) };
            return reader.settled(|| visitor.visit_newtype_struct(parts));
        }
        let content = match self.group() {
            // `Name(x)` and `(x)`; any other group is the inner value itself.
            Some((Some(written), _)) if written.text == name => true,
            Some((None, group)) => group.sole().is_some(),
            _ => false,
        };
        let inner = Reader { content: self.content || content, ..self };
        self.settled(|| visitor.visit_newtype_struct(inner))
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        match &reader.node.kind {
            Kind::Sequence(items) => {
                reader.settled(|| visitor.visit_seq(SequenceReader::new(reader.session, items, true)))
            }
            Kind::Bytes(bytes) => reader.settled(|| visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied()))),
            _ => Err(reader.wrong(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        let expected = format!("{} in parentheses `(..)`", counted(length));
        match reader.group() {
            Some((Some(_), _)) => Err(reader.wrong_kind(&expected)),
            _ => reader.tuple(length, &expected, visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        let expected = format!("`{name}(..)`");
        match reader.group() {
            Some((Some(written), _)) if written.text != name => Err(reader.misnamed(written, name)),
            _ => reader.tuple(length, &expected, visitor),
        }
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        match (&reader.node.kind, reader.group()) {
            (Kind::Map(entries), _) => reader.settled(|| visitor.visit_map(MapReader::new(reader.session, entries))),
            // A struct with a flattened field is read as a map.
            (_, Some((None, group))) if !group.fields.is_empty() && group.positional.is_empty() => reader
                .settled(|| visitor.visit_map(&mut StructReader::new(reader.session, group, "this group", Names::Any))),
            _ => Err(reader.wrong(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.content
            && let Some((_, group)) = self.group()
        {
            // `Device((count: 2))` as well as `Device(count: 2)`. A lone `(..)` none of whose fields is ours is
            // the first argument.
            if let Some(only) = group.sole()
                && let Kind::Group(inner) = &only.kind
                && inner.name.as_ref().is_none_or(|written| written.text == name)
                && (inner.fields.is_empty()
                    || inner.fields.iter().any(|field| fields.contains(&field.name.text.as_str())))
            {
                return self.of(only).deserialize_struct(name, fields, visitor);
            }
            let owner = match &self.node.kind {
                Kind::Group(Group { name: Some(written), .. }) => written.text.as_str(),
                Kind::Word(word) => word.as_str(),
                _ => name,
            };
            return self.fields(owner, fields, visitor);
        }
        match (&self.node.kind, self.group()) {
            (_, Some((Some(written), _))) if written.text != name => Err(self.misnamed(written, name)),
            (_, Some(_)) | (Kind::Range { .. }, _) => self.fields(name, fields, visitor),
            (Kind::Word(word), _) if word == name => Reader { content: true, ..self }.fields(name, fields, visitor),
            _ => Err(self.wrong_kind(&format!("`{name}(..)`"))),
        }
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        match VariantReader::new(reader) {
            Ok(variant) => reader.settled(|| visitor.visit_enum(variant)),
            Err(_) => Err(reader.no_variant(variants)),
        }
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reduced();
        match &reader.node.kind {
            Kind::Word(text) | Kind::Text(text) => reader.settled(|| visitor.visit_str(text)),
            _ => Err(reader.wrong(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

impl Reader<'_> {
    fn misnamed(self, written: &Name, name: &str) -> Fault {
        let shown = words::cut(&written.text, 40);
        let mut diagnostic = Diagnostic::error(format!("expected `{name}(..)`, found `{shown}(..)`"));
        diagnostic = diagnostic.at(written.span.clone()).label(format!("this should be `{name}`"));
        if words::nearest(&written.text, [name]).is_some() {
            diagnostic = diagnostic.help(format!("did you mean `{name}`?"));
        }
        Fault::located(diagnostic)
    }

    /// The node is no variant at all.
    fn no_variant(self, variants: &[&str]) -> Fault {
        let expected = format!("one of {}", words::listed(variants));
        let mut diagnostic = Diagnostic::error(format!("expected {expected}, found {}", self.found()));
        diagnostic = diagnostic.at(match &self.node.kind {
            Kind::Group(group) => group.head(),
            _ => self.node.span.clone(),
        });
        if let Kind::Text(text) = &self.node.kind
            && let Some(near) = words::nearest(text, variants.iter().copied())
        {
            diagnostic = diagnostic.help(format!("write it without quotes: {near}"));
        }
        Fault::located(diagnostic)
    }
}

/// What a newtype struct called `$Raw` is given.
struct RawParts<'a> {
    span: Range<usize>,
    text: &'a str,
}

impl<'de> Deserializer<'de> for RawParts<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let parts = [
            RawPart::Place(self.span.start as u64),
            RawPart::Place(self.span.end as u64),
            RawPart::Text(self.text.to_owned()),
        ];
        visitor.visit_seq(SeqDeserializer::new(parts.into_iter()))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

enum RawPart {
    Place(u64),
    Text(String),
}

impl<'de> IntoDeserializer<'de, Fault> for RawPart {
    type Deserializer = RawPart;

    fn into_deserializer(self) -> RawPart {
        self
    }
}

impl<'de> Deserializer<'de> for RawPart {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            RawPart::Place(place) => visitor.visit_u64(place),
            RawPart::Text(text) => visitor.visit_string(text),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
