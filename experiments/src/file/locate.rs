//! From a path to a place.

use super::path::{FieldPath, Segment};
use super::tree::{Group, Kind, Node, Tree};
use std::ops::Range;

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The value's byte range, or that of the deepest value around it that exists.
    pub span: Range<usize>,
    /// Whether the whole path exists.
    pub exact: bool,
}

impl Tree {
    /// The place of the value at a path. Variants are looked through (`gateway.cores` finds the field in
    /// `Processor(cores: 4)`); arguments without a name are found by `[i]`, and by name once the tree has been read.
    #[must_use]
    pub fn locate(&self, path: &str) -> Located {
        match FieldPath::parse(path) {
            Ok(path) => self.locate_path(&path),
            Err(_) => Located { span: self.root.span.clone(), exact: false },
        }
    }

    /// As [`Tree::locate`], for a path that is already split.
    #[must_use]
    pub fn locate_path(&self, path: &FieldPath) -> Located {
        let (node, used) = self.walk(&path.0);
        Located { span: node.span.clone(), exact: used == path.0.len() }
    }

    /// The node at a path, if it exists.
    #[must_use]
    pub fn node_at(&self, path: &FieldPath) -> Option<&Node> {
        let (node, used) = self.walk(&path.0);
        (used == path.0.len()).then_some(node)
    }

    /// Follows a path as far as it exists; returns the last node and how many parts led to it.
    pub(super) fn walk(&self, segments: &[Segment]) -> (&Node, usize) {
        let mut node = &self.root;
        for (i, segment) in segments.iter().enumerate() {
            match self.child(node, segment) {
                Some(child) => node = child,
                None => return (node, i),
            }
        }
        (node, segments.len())
    }

    /// The value inside a node that one part of a path names.
    pub(super) fn child<'t>(&'t self, node: &'t Node, segment: &Segment) -> Option<&'t Node> {
        match &node.kind {
            Kind::Sequence(items) => items.get(index(segment)?),
            Kind::Map(entries) => entries.iter().find(|(key, _)| self.is_key(key, segment)).map(|(_, value)| value),
            Kind::Range { start, end, .. } => match segment {
                Segment::Name(name) if name == "start" => Some(start),
                Segment::Name(name) if name == "end" => Some(end),
                _ => None,
            },
            Kind::Group(group) => self.child_of_group(node, group, segment),
            _ => None,
        }
    }

    fn child_of_group<'t>(&'t self, node: &'t Node, group: &'t Group, segment: &Segment) -> Option<&'t Node> {
        if let Segment::Name(name) = segment {
            if let Some(value) = group.field(name) {
                return Some(value);
            }
            let declared = self.declared_at(node).unwrap_or_default();
            if let Some(place) = declared.iter().position(|field| field == name)
                && let Some(value) = group.positional.get(place)
            {
                return Some(value);
            }
        }
        let by_index = || index(segment).and_then(|i| group.positional.get(i));
        let inside = || self.transparent(node).and_then(|inner| self.child(inner, segment));
        match segment {
            Segment::Name(_) => inside().or_else(by_index),
            Segment::Index(_) => by_index().or_else(inside),
        }
    }

    /// What a path looks into instead of a group with one argument, as in `Some(x)` or `Device((count: 2))`.
    pub(super) fn transparent<'t>(&'t self, node: &'t Node) -> Option<&'t Node> {
        let Kind::Group(group) = &node.kind else { return None };
        // A struct that was read has fields of its own.
        if self.declared_at(node).is_some() { None } else { group.sole() }
    }

    fn is_key(&self, key: &Node, segment: &Segment) -> bool {
        match (&key.kind, segment) {
            (Kind::Text(text) | Kind::Word(text), Segment::Name(name)) => text == name,
            (Kind::Integer { negative: false, magnitude }, Segment::Index(i)) => *magnitude == *i as u128,
            (_, Segment::Name(name)) => self.text_of(key) == name,
            _ => false,
        }
    }
}

fn index(segment: &Segment) -> Option<usize> {
    match segment {
        Segment::Index(i) => Some(*i),
        Segment::Name(name) => name.parse().ok(),
    }
}
