//! Tokens to a tree.
//!
//! The grammar is RON with one extension: inside `(..)`, arguments without a name may stand before named ones.
//! After a mistake the parser skips to the next comma or closing bracket of the same level and goes on, so that mistakes
//! in different places are reported together. A bracket closed by the wrong one ends the reading: what follows
//! cannot be trusted.

use super::diagnose::Diagnostic;
use super::lex::{Lexer, Token, TokenKind};
use super::source::Source;
use super::tree::{Field, Group, Kind, Name, Node, Tree};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// Deepest nesting of brackets that is read. Flows need about three levels per nested step; the limit keeps
/// every recursive walk over a tree within a small stack.
pub const MAX_DEPTH: usize = 200;

/// Most syntax errors reported for one document.
const MAX_ERRORS: usize = 20;

/// Reads a document into its tree.
///
/// # Errors
///
/// The syntax errors, in the order of the text; never an empty list.
pub fn parse(source: &Source) -> Result<Tree, Vec<Diagnostic>> {
    parse_fragment(&source.text, 0)
}

/// Reads a piece of a document that starts at byte `offset` of its file, so that spans are those of the file.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_fragment(text: &str, offset: usize) -> Result<Tree, Vec<Diagnostic>> {
    let mut parser = Parser { lexer: Lexer::new(text, offset), peeked: None, errors: Vec::new(), fatal: false };
    match parser.document() {
        Ok(root) if parser.errors.is_empty() => {
            Ok(Tree { text: text.to_owned(), offset, root, declared: RefCell::new(HashMap::new()) })
        }
        _ => Err(parser.errors),
    }
}

/// An error has been recorded; the caller skips or gives up.
struct Failed;

struct Parser<'s> {
    lexer: Lexer<'s>,
    peeked: Option<Token>,
    errors: Vec<Diagnostic>,
    /// Nothing after this point can be trusted.
    fatal: bool,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Node, Failed> {
        if let Err(TokenKind::Bad(diagnostic, _)) = self.lexer.skip_headers() {
            return Err(self.fail(*diagnostic));
        }
        let root = self.value(0, "a value")?;
        let token = self.next();
        match token.kind {
            TokenKind::End => Ok(root),
            TokenKind::Bad(diagnostic, _) => Err(self.fail(*diagnostic)),
            ref kind => {
                let mut diagnostic =
                    Diagnostic::error(format!("expected the end of the file, found {}", describe(kind)))
                        .at(token.span)
                        .label("left over");
                if matches!(root.kind, Kind::Integer { .. } | Kind::Float(_)) {
                    diagnostic = diagnostic.help(QUANTITY);
                }
                Err(self.fail(diagnostic))
            }
        }
    }

    fn next(&mut self) -> Token {
        self.peeked.take().unwrap_or_else(|| self.lexer.next())
    }

    fn peek(&mut self) -> &Token {
        let lexer = &mut self.lexer;
        self.peeked.get_or_insert_with(|| lexer.next())
    }

    fn fail(&mut self, diagnostic: Diagnostic) -> Failed {
        if !self.fatal {
            self.errors.push(diagnostic);
        }
        if self.errors.len() >= MAX_ERRORS {
            self.fatal = true;
        }
        Failed
    }

    fn fail_for_good(&mut self, diagnostic: Diagnostic) -> Failed {
        let failed = self.fail(diagnostic);
        self.fatal = true;
        failed
    }

    /// Complains about a token; it is put back when skipping needs to see it.
    fn unexpected(&mut self, token: Token, expected: &str) -> Failed {
        let (span, found) = (token.span.clone(), describe(&token.kind));
        match token.kind {
            TokenKind::Bad(diagnostic, fatal) => {
                let failed = self.fail(*diagnostic);
                self.fatal |= fatal;
                failed
            }
            TokenKind::End => self
                .fail_for_good(Diagnostic::error(format!("expected {expected}, found the end of the file")).at(span)),
            _ => {
                self.peeked = Some(token);
                self.fail(Diagnostic::error(format!("expected {expected}, found {found}")).at(span).label("unexpected"))
            }
        }
    }

    /// A value; `depth` brackets are open around it.
    fn value(&mut self, depth: usize, expected: &str) -> Result<Node, Failed> {
        let token = self.next();
        if let TokenKind::Word(word) = token.kind {
            return self.value_after_word(word, token.span, depth);
        }
        let span = token.span.clone();
        let kind = match token.kind {
            TokenKind::Open('[') => return self.sequence(span, depth),
            TokenKind::Open('{') => return self.map(span, depth),
            TokenKind::Open(_) => return self.group(None, span, depth),
            TokenKind::Integer { .. } | TokenKind::Float(_) => return self.number(token),
            TokenKind::Text(text) => Kind::Text(text),
            TokenKind::Char(c) => Kind::Char(c),
            TokenKind::Bytes(bytes) => Kind::Bytes(bytes),
            _ => return Err(self.unexpected(token, expected)),
        };
        Ok(Node { span, kind })
    }

    /// A value whose first token was an identifier.
    fn value_after_word(&mut self, word: String, span: Range<usize>, depth: usize) -> Result<Node, Failed> {
        if matches!(self.peek().kind, TokenKind::Open('(')) {
            let open = self.next().span;
            return self.group(Some(Name { text: word, span }), open, depth);
        }
        let kind = match word.as_str() {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "inf" | "inff32" | "inff64" => Kind::Float(f64::INFINITY),
            "NaN" | "NaNf32" | "NaNf64" => Kind::Float(f64::NAN),
            _ => Kind::Word(word),
        };
        Ok(Node { span, kind })
    }

    /// A number, or a range that starts with it.
    fn number(&mut self, token: Token) -> Result<Node, Failed> {
        let start = match number_node(token) {
            Ok(node) => node,
            Err(token) => return Err(self.unexpected(token, "a number")),
        };
        let TokenKind::Dots(inclusive) = self.peek().kind else { return Ok(start) };
        self.next();
        let end = match number_node(self.next()) {
            Ok(node) => node,
            Err(token) => return Err(self.unexpected(token, "a number that ends the range")),
        };
        let span = start.span.start..end.span.end;
        Ok(Node { span, kind: Kind::Range { start: Box::new(start), end: Box::new(end), inclusive } })
    }

    fn sequence(&mut self, open: Range<usize>, depth: usize) -> Result<Node, Failed> {
        let mut items = Vec::new();
        let end = self.items(open.clone(), ']', depth, |parser| {
            items.push(parser.value(depth + 1, "a value or `]`")?);
            Ok(())
        })?;
        Ok(Node { span: open.start..end, kind: Kind::Sequence(items) })
    }

    fn map(&mut self, open: Range<usize>, depth: usize) -> Result<Node, Failed> {
        let mut entries = Vec::new();
        let end = self.items(open.clone(), '}', depth, |parser| {
            let key = parser.value(depth + 1, "a key or `}`")?;
            let token = parser.next();
            if !matches!(token.kind, TokenKind::Colon) {
                return Err(parser.unexpected(token, "`:` after the key"));
            }
            entries.push((key, parser.value(depth + 1, "a value after `:`")?));
            Ok(())
        })?;
        Ok(Node { span: open.start..end, kind: Kind::Map(entries) })
    }

    fn group(&mut self, name: Option<Name>, open: Range<usize>, depth: usize) -> Result<Node, Failed> {
        let mut positional = Vec::new();
        let mut fields: Vec<Field> = Vec::new();
        let end = self.items(open.clone(), ')', depth, |parser| {
            let token = parser.next();
            let node = match token.kind {
                TokenKind::Word(word) if matches!(parser.peek().kind, TokenKind::Colon) => {
                    parser.next();
                    let value = parser.value(depth + 1, "a value after `:`")?;
                    fields.push(Field { name: Name { text: word, span: token.span }, value });
                    return Ok(());
                }
                TokenKind::Word(word) => parser.value_after_word(word, token.span, depth + 1)?,
                _ => {
                    parser.peeked_back(token);
                    parser.value(depth + 1, "a field, a value or `)`")?
                }
            };
            if let Some(last) = fields.last() {
                let diagnostic = Diagnostic::error("an argument without a name stands after a named one")
                    .at(node.span.clone())
                    .label("needs a name, or a place before the named ones")
                    .note(last.name.span.clone(), "this one is named");
                return Err(parser.fail(diagnostic));
            }
            positional.push(node);
            Ok(())
        })?;
        let start = name.as_ref().map_or(open.start, |name| name.span.start);
        Ok(Node { span: start..end, kind: Kind::Group(Group { name, open: open.start, positional, fields }) })
    }

    fn peeked_back(&mut self, token: Token) {
        // A group's item peeks one token beyond a word only, so nothing is lost here.
        debug_assert!(self.peeked.is_none());
        self.peeked = Some(token);
    }

    /// Items separated by commas up to the closing bracket; returns the end of the bracket.
    fn items(
        &mut self,
        open: Range<usize>,
        close: char,
        depth: usize,
        mut item: impl FnMut(&mut Self) -> Result<(), Failed>,
    ) -> Result<usize, Failed> {
        if depth >= MAX_DEPTH {
            let diagnostic = Diagnostic::error(format!("brackets are nested more than {MAX_DEPTH} deep")).at(open);
            return Err(self.fail_for_good(diagnostic.label("this one is too deep")));
        }
        let errors_before = self.errors.len();
        loop {
            if let TokenKind::Close(found) = self.peek().kind {
                let token = self.next();
                if found == close {
                    return if self.errors.len() > errors_before { Err(Failed) } else { Ok(token.span.end) };
                }
                return Err(self.mismatched(open, close, token));
            }
            if matches!(self.peek().kind, TokenKind::End) {
                return Err(self.unclosed(open, close));
            }
            if item(self).is_err() {
                if self.fatal {
                    return Err(Failed);
                }
                self.skip_item();
            }
            let number_before = self.errors.len();
            match &self.peek().kind {
                TokenKind::Comma => {
                    self.next();
                }
                TokenKind::Close(_) | TokenKind::End => {}
                _ => {
                    let token = self.next();
                    let quantity =
                        matches!(token.kind, TokenKind::Word(_)) && self.lexer.is_behind_number(token.span.start);
                    self.unexpected(token, &format!("`,` or `{close}`"));
                    if quantity && let Some(last) = self.errors.get_mut(number_before) {
                        last.help = Some(QUANTITY.to_owned());
                    }
                    if self.fatal {
                        return Err(Failed);
                    }
                    self.skip_item();
                    if matches!(self.peek().kind, TokenKind::Comma) {
                        self.next();
                    }
                }
            }
        }
    }

    /// Skips to the next comma or closing bracket of this level.
    fn skip_item(&mut self) {
        let mut depth = 0_usize;
        loop {
            match &self.peek().kind {
                TokenKind::End => return,
                TokenKind::Comma if depth == 0 => return,
                TokenKind::Close(_) if depth == 0 => return,
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => depth -= 1,
                _ => {}
            }
            self.next();
        }
    }

    fn mismatched(&mut self, open: Range<usize>, close: char, token: Token) -> Failed {
        let found = describe(&token.kind);
        self.fail_for_good(
            Diagnostic::error(format!("expected `{close}`, found {found}"))
                .at(token.span)
                .label(format!("expected `{close}`"))
                .note(open, "to close this one"),
        )
    }

    fn unclosed(&mut self, open: Range<usize>, close: char) -> Failed {
        let end = self.peek().span.clone();
        self.fail_for_good(
            Diagnostic::error(format!("expected `{close}`, found the end of the file"))
                .at(open)
                .label("opened here and never closed")
                .note(end, "the file ends here"),
        )
    }
}

const QUANTITY: &str = "a quantity with a unit is a string in quotes, such as \"2 ms\"";

fn number_node(token: Token) -> Result<Node, Token> {
    let kind = match token.kind {
        TokenKind::Integer { negative, magnitude } => Kind::Integer { negative, magnitude },
        TokenKind::Float(value) => Kind::Float(value),
        _ => return Err(token),
    };
    Ok(Node { span: token.span, kind })
}

fn describe(kind: &TokenKind) -> String {
    match kind {
        TokenKind::Open(c) | TokenKind::Close(c) => format!("`{c}`"),
        TokenKind::Comma => "`,`".to_owned(),
        TokenKind::Colon => "`:`".to_owned(),
        TokenKind::Dots(true) => "`..=`".to_owned(),
        TokenKind::Dots(false) => "`..`".to_owned(),
        TokenKind::Word(word) => format!("`{}`", super::words::cut(word, 40)),
        TokenKind::Integer { .. } | TokenKind::Float(_) => "a number".to_owned(),
        TokenKind::Text(_) | TokenKind::Bytes(_) => "a string".to_owned(),
        TokenKind::Char(_) => "a character".to_owned(),
        TokenKind::End => "the end of the file".to_owned(),
        TokenKind::Bad(..) => "something that cannot be read".to_owned(),
    }
}
