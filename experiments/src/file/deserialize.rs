//! serde types from a tree.
//!
//! Mistakes are collected: the element, entry or field that fails is recorded with its place, and reading goes on
//! behind it (see `access.rs`). A value that could not be read is never returned: [`read`] fails if anything was recorded.

use super::access::{MapReader, Names, SequenceReader, StructReader, VariantReader};
use super::diagnose::Diagnostic;
use super::fault::Fault;
use super::raw::{RAW, RawParts};
use super::reader::{Reader, counted};
use super::session::Session;
use super::tree::{Group, Kind, Tree};
use serde::de::value::SeqDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use std::cell::RefCell;

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
