//! The spanned syntax tree of an experiment file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// A parsed document: its text, its root value, and what reading it taught about positional arguments.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(super) text: String,
    /// Where `text` starts in the file it was cut from [bytes]; 0 for a whole file.
    pub(super) offset: usize,
    pub(super) root: Node,
    /// Declared field names of every struct that has been read, by the offset of its node. `read` fills it; paths use it
    /// to give positional arguments their names.
    pub(super) declared: RefCell<HashMap<usize, &'static [&'static str]>>,
}

impl Tree {
    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The source text of a node of this tree.
    #[must_use]
    pub fn text_of(&self, node: &Node) -> &str {
        let range = node.span.start.saturating_sub(self.offset)..node.span.end.saturating_sub(self.offset);
        self.text.get(range).unwrap_or_default()
    }

    /// The field names that the type read at this node declares, in order, when `read` has met it.
    pub(super) fn declared_at(&self, node: &Node) -> Option<&'static [&'static str]> {
        self.declared.borrow().get(&node.span.start).copied()
    }
}

/// One value, with its place in the file.
#[derive(Debug, Clone)]
pub struct Node {
    /// Byte range in the file.
    pub span: Range<usize>,
    /// What stands there.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number: sign and magnitude, so that every width fits.
    Integer {
        /// Whether a minus sign was written.
        negative: bool,
        /// The absolute value.
        magnitude: u128,
    },
    /// A number with a point, an exponent, or one of the words `inf` and `NaN`.
    Float(f64),
    /// A string, escapes resolved.
    Text(String),
    /// A character in single quotes.
    Char(char),
    /// A byte string `b".."`.
    Bytes(Vec<u8>),
    /// A bare identifier such as `Lru` or `None`.
    Word(String),
    /// `[..]`.
    Sequence(Vec<Node>),
    /// `{..}`, in the order of the document.
    Map(Vec<(Node, Node)>),
    /// `(..)` or `Name(..)`: a struct, a tuple, a variant or a unit.
    Group(Group),
    /// `start..end` or `start..=end`; both ends are numbers.
    Range {
        /// The first number.
        start: Box<Node>,
        /// The last number.
        end: Box<Node>,
        /// Whether `..=` was written.
        inclusive: bool,
    },
}

/// The content of `(..)` or `Name(..)`: positional arguments first, then named fields.
#[derive(Debug, Clone)]
pub struct Group {
    /// The name before the parenthesis, if any.
    pub name: Option<Name>,
    /// The place of the opening parenthesis.
    pub open: usize,
    /// Arguments without a name.
    pub positional: Vec<Node>,
    /// Arguments written `name: value`.
    pub fields: Vec<Field>,
}

impl Group {
    pub(super) fn is_empty(&self) -> bool {
        self.positional.is_empty() && self.fields.is_empty()
    }

    /// The only positional argument, when there is nothing else.
    pub(super) fn sole(&self) -> Option<&Node> {
        match (self.positional.as_slice(), self.fields.is_empty()) {
            ([only], true) => Some(only),
            _ => None,
        }
    }

    /// The place that stands for the whole: its name, or else its opening parenthesis.
    pub(super) fn head(&self) -> Range<usize> {
        self.name.as_ref().map_or(self.open..self.open + 1, |name| name.span.clone())
    }

    /// The value of the named field.
    pub(super) fn field(&self, name: &str) -> Option<&Node> {
        self.fields.iter().find(|field| field.name.text == name).map(|field| &field.value)
    }
}

/// An identifier with its place.
#[derive(Debug, Clone)]
pub struct Name {
    /// The identifier, without the `r#` of a raw one.
    pub text: String,
    /// Where it is written.
    pub span: Range<usize>,
}

/// `name: value`.
#[derive(Debug, Clone)]
pub struct Field {
    /// The field's name.
    pub name: Name,
    /// Its value.
    pub value: Node,
}
