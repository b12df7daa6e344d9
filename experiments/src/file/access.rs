//! Lists, maps, structs and variants, read part by part.
//!
//! serde calls `next_element`, `next_entry`, `next_key` and `next_value` with a type, so a part that fails can be recorded
//! and the next one tried with the same type. The methods that take a seed can be used once only and stop at the first
//! mistake. In a struct nothing can be left out: a field that fails is replaced by a stand-in (see `placeholder.rs`),
//! so that the fields after it are read too.

use super::diagnose::Diagnostic;
use super::fault::{Fault, unknown};
use super::placeholder;
use super::reader::Reader;
use super::session::Session;
use super::tree::{Group, Kind, Node};
use super::words;
use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::collections::HashMap;
use std::ops::Range;

fn identifier(text: &str) -> StrDeserializer<'_, Fault> {
    text.into_deserializer()
}

/// Reads a node; a failure is recorded.
fn read_or_record<'a, T: Deserialize<'a>>(session: &'a Session<'a>, node: &'a Node) -> Result<T, Fault> {
    let before = session.count();
    T::deserialize(Reader { session, node, content: false }).map_err(|fault| {
        session.record(session.settle(fault, node, before));
        Fault::Recorded
    })
}

fn seed_or_record<'a, S: DeserializeSeed<'a>>(
    session: &'a Session<'a>,
    node: &'a Node,
    seed: S,
) -> Result<S::Value, Fault> {
    let before = session.count();
    seed.deserialize(Reader { session, node, content: false }).map_err(|fault| {
        session.record(session.settle(fault, node, before));
        Fault::Recorded
    })
}

/// A list, or the elements of a tuple.
pub(super) struct SequenceReader<'a> {
    session: &'a Session<'a>,
    items: std::slice::Iter<'a, Node>,
    /// Whether all elements have one type, so that one may be left out.
    uniform: bool,
}

impl<'a> SequenceReader<'a> {
    pub(super) fn new(session: &'a Session<'a>, items: &'a [Node], uniform: bool) -> Self {
        SequenceReader { session, items: items.iter(), uniform }
    }
}

impl<'a> SeqAccess<'a> for SequenceReader<'a> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(node) = self.items.next() else { return Ok(None) };
        seed_or_record(self.session, node, seed).map(Some)
    }

    fn next_element<T: Deserialize<'a>>(&mut self) -> Result<Option<T>, Fault> {
        for node in self.items.by_ref() {
            match read_or_record(self.session, node) {
                Ok(value) => return Ok(Some(value)),
                Err(_) if self.uniform => {}
                Err(fault) => return placeholder::stand_in().map(Some).ok_or(fault),
            }
        }
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// `{..}`.
pub(super) struct MapReader<'a> {
    session: &'a Session<'a>,
    entries: std::slice::Iter<'a, (Node, Node)>,
    seen: HashMap<String, Range<usize>>,
    value: Option<&'a Node>,
}

impl<'a> MapReader<'a> {
    pub(super) fn new(session: &'a Session<'a>, entries: &'a [(Node, Node)]) -> Self {
        MapReader { session, entries: entries.iter(), seen: HashMap::new(), value: None }
    }

    /// The next entry whose key has not been met; repeated keys are recorded.
    fn next_pair(&mut self) -> Option<(&'a Node, &'a Node)> {
        for (key, value) in self.entries.by_ref() {
            let written = match &key.kind {
                Kind::Text(text) => format!("{text:?}"),
                _ => self.session.tree.text_of(key).to_owned(),
            };
            if let Some(first) = self.seen.get(&written) {
                self.session.add(
                    Diagnostic::error(format!("the key {} is given twice", words::cut(&written, 60)))
                        .at(key.span.clone())
                        .label("given again")
                        .note(first.clone(), "given first here"),
                );
                continue;
            }
            self.seen.insert(written, key.span.clone());
            return Some((key, value));
        }
        None
    }
}

impl<'a> MapAccess<'a> for MapReader<'a> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((key, value)) = self.next_pair() else { return Ok(None) };
        self.value = Some(value);
        seed_or_record(self.session, key, seed).map(Some)
    }

    fn next_key<K: Deserialize<'a>>(&mut self) -> Result<Option<K>, Fault> {
        while let Some((key, value)) = self.next_pair() {
            if let Ok(key) = read_or_record(self.session, key) {
                self.value = Some(value);
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let node = self.value.take().ok_or_else(|| Fault::Custom("a value was asked for before its key".to_owned()))?;
        seed_or_record(self.session, node, seed)
    }

    fn next_value<V: Deserialize<'a>>(&mut self) -> Result<V, Fault> {
        let node = self.value.take().ok_or_else(|| Fault::Custom("a value was asked for before its key".to_owned()))?;
        read_or_record(self.session, node).or_else(|fault| placeholder::stand_in().ok_or(fault))
    }

    fn next_entry<K: Deserialize<'a>, V: Deserialize<'a>>(&mut self) -> Result<Option<(K, V)>, Fault> {
        while let Some((key, value)) = self.next_pair() {
            let key = read_or_record(self.session, key);
            let value = read_or_record(self.session, value);
            if let (Ok(key), Ok(value)) = (key, value) {
                return Ok(Some((key, value)));
            }
        }
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// Which field names a group may have.
pub(super) enum Names {
    /// Those of a struct, in order.
    Declared(&'static [&'static str]),
    /// Any: the group is read as a map.
    Any,
}

/// A field to be read.
struct Entry<'a> {
    name: &'a str,
    name_span: Range<usize>,
    value: &'a Node,
}

/// The fields of a struct or struct variant.
pub(super) struct StructReader<'a> {
    session: &'a Session<'a>,
    owner: &'a str,
    entries: std::vec::IntoIter<Entry<'a>>,
    value: Option<&'a Node>,
    /// Names that a misspelt field probably means.
    meant: Vec<String>,
}

static INCLUSIVE: Node = Node { span: 0..0, kind: Kind::Bool(true) };
static EXCLUSIVE: Node = Node { span: 0..0, kind: Kind::Bool(false) };

impl<'a> StructReader<'a> {
    /// Positional arguments get the declared names; what is too many or given twice is recorded and left out.
    pub(super) fn new(session: &'a Session<'a>, group: &'a Group, owner: &'a str, names: Names) -> Self {
        let declared: &[&'static str] = match names {
            Names::Declared(names) => names,
            Names::Any => &[],
        };
        let mut entries = Vec::with_capacity(group.positional.len() + group.fields.len());
        let mut seen: HashMap<&str, Range<usize>> = HashMap::new();
        for (i, value) in group.positional.iter().enumerate() {
            let Some(&name) = declared.get(i) else {
                session.add(too_many(owner, declared, &group.positional, i));
                break;
            };
            seen.insert(name, value.span.clone());
            entries.push(Entry { name, name_span: value.span.clone(), value });
        }
        for field in &group.fields {
            let (name, span) = (field.name.text.as_str(), field.name.span.clone());
            if let Some(first) = seen.get(name) {
                session.add(
                    Diagnostic::error(format!("field `{}` of {owner} is given twice", words::cut(name, 60)))
                        .at(span)
                        .label("given again")
                        .note(first.clone(), "given first here"),
                );
                continue;
            }
            seen.insert(name, span.clone());
            entries.push(Entry { name, name_span: span, value: &field.value });
        }
        StructReader { session, owner, entries: entries.into_iter(), value: None, meant: Vec::new() }
    }

    /// The parts of a range as fields `start`, `end` (or `last`) and, where declared, `inclusive`.
    pub(super) fn of_range(
        session: &'a Session<'a>,
        [start, end]: [&'a Node; 2],
        inclusive: bool,
        names: &'static [&'static str],
    ) -> Self {
        let last = if names.contains(&"last") { "last" } else { "end" };
        let mut parts = vec![("start", start), (last, end)];
        if names.contains(&"inclusive") {
            parts.push(("inclusive", if inclusive { &INCLUSIVE } else { &EXCLUSIVE }));
        }
        let entries: Vec<Entry> =
            parts.into_iter().map(|(name, value)| Entry { name, name_span: value.span.clone(), value }).collect();
        StructReader { session, owner: "Range", entries: entries.into_iter(), value: None, meant: Vec::new() }
    }

    /// Whether a field is missing because its name is misspelt, which has been reported.
    pub(super) fn explains(&self, missing: &str) -> bool {
        self.meant.iter().any(|name| name == missing)
    }

    fn record_key(&mut self, fault: Fault, name: &str, span: Range<usize>) {
        let node = Node { span: span.clone(), kind: Kind::Word(name.to_owned()) };
        match fault {
            Fault::UnknownField { name, names } => {
                self.meant.extend(words::nearest(&name, names.iter().copied()).map(str::to_owned));
                self.session.add(unknown("field", &name, Some(self.owner), names, span));
            }
            fault => self.session.record(fault.settle(&node)),
        }
    }
}

fn too_many(owner: &str, declared: &[&str], positional: &[Node], i: usize) -> Diagnostic {
    let span = positional[i].span.clone();
    if declared.is_empty() {
        return Diagnostic::error(format!("{owner} takes no arguments without a name")).at(span).label("needs a name");
    }
    Diagnostic::error(format!("too many arguments in {owner}"))
        .at(span)
        .label(format!("{owner} has {} fields", declared.len()))
        .help(format!("the fields are {}", words::listed(declared)))
}

impl<'a> MapAccess<'a> for &mut StructReader<'a> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(entry.value);
        seed.deserialize(identifier(entry.name)).map(Some).map_err(|fault| {
            self.record_key(fault, entry.name, entry.name_span);
            Fault::Recorded
        })
    }

    fn next_key<K: Deserialize<'a>>(&mut self) -> Result<Option<K>, Fault> {
        while let Some(entry) = self.entries.next() {
            match K::deserialize(identifier(entry.name)) {
                Ok(key) => {
                    self.value = Some(entry.value);
                    return Ok(Some(key));
                }
                Err(fault) => self.record_key(fault, entry.name, entry.name_span),
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let node = self.value.take().ok_or_else(|| Fault::Custom("a value was asked for before its key".to_owned()))?;
        seed_or_record(self.session, node, seed)
    }

    fn next_value<V: Deserialize<'a>>(&mut self) -> Result<V, Fault> {
        let node = self.value.take().ok_or_else(|| Fault::Custom("a value was asked for before its key".to_owned()))?;
        read_or_record(self.session, node).or_else(|fault| placeholder::stand_in().ok_or(fault))
    }
}

/// A variant: a bare word, `Name(..)`, or a range.
pub(super) struct VariantReader<'a> {
    reader: Reader<'a>,
    name: &'a str,
    name_span: Range<usize>,
}

impl<'a> VariantReader<'a> {
    /// Fails when the node is no variant.
    pub(super) fn new(reader: Reader<'a>) -> Result<Self, Fault> {
        let (name, name_span) = match &reader.node.kind {
            _ if reader.content => return Err(Fault::Custom("expected a variant".to_owned())),
            Kind::Word(word) => (word.as_str(), reader.node.span.clone()),
            Kind::Range { .. } => ("Range", reader.node.span.clone()),
            Kind::Group(Group { name: Some(name), .. }) => (name.text.as_str(), name.span.clone()),
            _ => return Err(Fault::Custom("expected a variant".to_owned())),
        };
        Ok(VariantReader { reader, name, name_span })
    }
}

impl<'a> EnumAccess<'a> for VariantReader<'a> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let variant = seed.deserialize(identifier(self.name)).map_err(|fault| {
            fault.settle(&Node { span: self.name_span.clone(), kind: Kind::Word(self.name.to_owned()) })
        })?;
        Ok((variant, VariantReader { reader: Reader { content: true, ..self.reader }, ..self }))
    }
}

impl<'a> VariantAccess<'a> for VariantReader<'a> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match &self.reader.node.kind {
            Kind::Word(_) => Ok(()),
            Kind::Group(group) if group.is_empty() => Ok(()),
            _ => Err(Fault::located(
                Diagnostic::error(format!("`{}` takes no arguments", words::cut(self.name, 60)))
                    .at(self.reader.node.span.clone())
                    .label(format!("write `{}`", words::cut(self.name, 60))),
            )),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value, Fault> {
        let before = self.reader.session.count();
        seed.deserialize(self.reader).map_err(|fault| self.reader.session.settle(fault, self.reader.node, before))
    }

    fn tuple_variant<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        let expected = format!("`{}(..)` with its values", words::cut(self.name, 60));
        self.reader.tuple(length, &expected, visitor)
    }

    fn struct_variant<V: Visitor<'a>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.reader.fields(self.name, fields, visitor)
    }
}
