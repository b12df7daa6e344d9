//! Characters to tokens.

use super::diagnose::Diagnostic;
use std::ops::Range;

/// A token with its place, relative to the text that is read.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub span: Range<usize>,
    pub kind: TokenKind,
}

#[derive(Debug, Clone)]
pub(super) enum TokenKind {
    Open(char),
    Close(char),
    Comma,
    Colon,
    /// `..` (false) or `..=` (true).
    Dots(bool),
    Word(String),
    Integer {
        negative: bool,
        magnitude: u128,
    },
    Float(f64),
    Text(String),
    Char(char),
    Bytes(Vec<u8>),
    End,
    /// Something that is no token; `true` when nothing after it can be trusted.
    Bad(Box<Diagnostic>, bool),
}

/// Splits a text into tokens.
pub(super) struct Lexer<'s> {
    text: &'s str,
    at: usize,
    /// Added to every span of a diagnostic.
    offset: usize,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(text: &'s str, offset: usize) -> Self {
        let mut lexer = Lexer { text, at: 0, offset };
        lexer.eat("\u{feff}");
        lexer
    }

    fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    fn bad(&self, from: usize, message: impl Into<String>, label: &str) -> TokenKind {
        let span = from + self.offset..self.at.max(from) + self.offset;
        TokenKind::Bad(Box::new(Diagnostic::error(message).at(span).label(label)), false)
    }

    fn unterminated(&self, from: usize, opening: usize, what: &str) -> TokenKind {
        let span = from + self.offset..from + opening + self.offset;
        let diagnostic = Diagnostic::error(format!("this {what} is never closed")).at(span).label("opened here");
        TokenKind::Bad(Box::new(diagnostic), true)
    }

    /// Skips `#![..]` headers, which switch on extensions of RON that are always on here.
    pub(super) fn skip_headers(&mut self) -> Result<(), TokenKind> {
        loop {
            self.skip_blank()?;
            let from = self.at;
            if !self.rest().starts_with("#!") {
                return Ok(());
            }
            match self.rest().find(']') {
                Some(end) => self.at += end + 1,
                None => {
                    self.at = from;
                    return Err(self.unterminated(from, 2, "header"));
                }
            }
        }
    }

    /// Whether a number stands before a place, on the same line.
    pub(super) fn is_behind_number(&self, place: usize) -> bool {
        let before = self.text.get(..place.saturating_sub(self.offset)).unwrap_or_default();
        before.trim_end_matches([' ', '\t']).ends_with(|c: char| c.is_ascii_digit())
    }

    fn skip_blank(&mut self) -> Result<(), TokenKind> {
        loop {
            let rest = self.rest();
            let blank = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200e}' | '\u{200f}'));
            self.at += rest.len() - blank.len();
            if blank.starts_with("//") {
                self.at += blank.find('\n').unwrap_or(blank.len());
            } else if blank.starts_with("/*") {
                self.skip_block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn skip_block_comment(&mut self) -> Result<(), TokenKind> {
        let from = self.at;
        self.at += 2;
        let mut depth = 1_usize;
        while depth > 0 {
            if self.eat("/*") {
                depth += 1;
            } else if self.eat("*/") {
                depth -= 1;
            } else if self.bump().is_none() {
                return Err(self.unterminated(from, 2, "comment"));
            }
        }
        Ok(())
    }

    pub(super) fn next(&mut self) -> Token {
        if let Err(kind) = self.skip_blank() {
            self.at = self.text.len();
            return Token { span: self.at + self.offset..self.at + self.offset, kind };
        }
        let from = self.at;
        let kind = self.token();
        Token { span: from + self.offset..self.at + self.offset, kind }
    }

    fn token(&mut self) -> TokenKind {
        let from = self.at;
        let Some(c) = self.peek() else { return TokenKind::End };
        let second = self.rest().chars().nth(1);
        match c {
            '(' | '[' | '{' => {
                self.at += 1;
                TokenKind::Open(c)
            }
            ')' | ']' | '}' => {
                self.at += 1;
                TokenKind::Close(c)
            }
            ',' => {
                self.at += 1;
                TokenKind::Comma
            }
            ':' => {
                self.at += 1;
                TokenKind::Colon
            }
            '"' => self.string(),
            '\'' => self.character(),
            'r' if self.is_raw_string(1) => self.raw_string(1),
            'b' if self.is_raw_string(2) && second == Some('r') => as_bytes(self.raw_string(2)),
            'b' if second == Some('"') => {
                self.at += 1;
                as_bytes(self.string())
            }
            'b' if second == Some('\'') => {
                self.at += 1;
                match self.character() {
                    TokenKind::Char(c) if c.is_ascii() => {
                        TokenKind::Integer { negative: false, magnitude: u128::from(u32::from(c)) }
                    }
                    TokenKind::Char(_) => self.bad(from, "a byte must be an ASCII character", "not ASCII"),
                    other => other,
                }
            }
            _ if self.rest().starts_with("r#") => {
                self.at += 2;
                // Raw identifiers may hold `.`, `+` and `-`, as in the ron crate.
                let word = self.take_while(|c| is_word_char(c) || matches!(c, '.' | '+' | '-'));
                if word.is_empty() {
                    return self.bad(from, "expected an identifier after `r#`", "here");
                }
                TokenKind::Word(word.to_owned())
            }
            _ if c == '_' || c.is_alphabetic() => TokenKind::Word(self.take_while(is_word_char).to_owned()),
            '.' if self.eat("..=") => TokenKind::Dots(true),
            '.' if self.eat("..") => TokenKind::Dots(false),
            '0'..='9' | '+' | '-' | '.' => self.number(),
            _ => {
                self.bump();
                let shown = if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
                self.bad(from, format!("unexpected character `{shown}`"), "not part of any value")
            }
        }
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'s str {
        let rest = self.rest();
        let end = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn is_raw_string(&self, prefix: usize) -> bool {
        let rest = self.rest().get(prefix..).unwrap_or_default();
        rest.trim_start_matches('#').starts_with('"')
    }

    fn raw_string(&mut self, prefix: usize) -> TokenKind {
        let from = self.at;
        self.at += prefix;
        let hashes = self.take_while(|c| c == '#');
        self.at += 1; // the quote, which `is_raw_string` has seen
        let closing = format!("\"{hashes}");
        let rest = self.rest();
        match rest.find(&closing) {
            Some(end) => {
                self.at += end + closing.len();
                TokenKind::Text(rest[..end].to_owned())
            }
            None => {
                self.at = self.text.len();
                self.unterminated(from, prefix + hashes.len() + 1, "string")
            }
        }
    }

    fn string(&mut self) -> TokenKind {
        let from = self.at;
        self.at += 1;
        let mut value = String::new();
        let mut wrong = None;
        loop {
            value.push_str(self.take_while(|c| c != '"' && c != '\\'));
            match self.bump() {
                Some('"') => return wrong.unwrap_or(TokenKind::Text(value)),
                Some(_) => match self.escape() {
                    Ok(c) => value.push(c),
                    Err(bad) => wrong = wrong.or(Some(bad)),
                },
                None => return self.unterminated(from, 1, "string"),
            }
        }
    }

    fn character(&mut self) -> TokenKind {
        let from = self.at;
        self.at += 1;
        let value = match self.bump() {
            Some('\\') => match self.escape() {
                Ok(c) => c,
                Err(bad) => return bad,
            },
            Some(c) if c != '\'' => c,
            _ => return self.bad(from, "expected one character between single quotes", "here"),
        };
        if self.eat("'") {
            TokenKind::Char(value)
        } else {
            match self.bad(from, "a character in single quotes is not closed", "opened here") {
                TokenKind::Bad(diagnostic, fatal) => {
                    TokenKind::Bad(Box::new(diagnostic.help("strings are written in double quotes")), fatal)
                }
                other => other,
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, TokenKind> {
        let from = self.at - 1;
        match self.bump() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('0') => Ok('\0'),
            Some(c @ ('\\' | '"' | '\'')) => Ok(c),
            Some('x') => self.byte_escape().ok_or_else(|| {
                self.bad(from, "`\\x` needs two hexadecimal digits of a UTF-8 character", "invalid escape")
            }),
            Some('u') => self.unicode_escape().ok_or_else(|| {
                self.bad(
                    from,
                    "a Unicode escape is written `\\u{..}` with one to six hexadecimal digits",
                    "invalid escape",
                )
            }),
            _ => Err(self.bad(from, "unknown escape in a string", "a backslash itself is written `\\\\`")),
        }
    }

    /// `\xNN`, or several of them that make up one UTF-8 character.
    fn byte_escape(&mut self) -> Option<char> {
        let mut bytes = Vec::with_capacity(4);
        loop {
            let digits = self.rest().get(..2)?;
            if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            self.at += 2;
            if let Ok(text) = str::from_utf8(&bytes) {
                return text.chars().next();
            }
            if bytes.len() == 4 || !self.eat("\\x") {
                return None;
            }
        }
    }

    fn unicode_escape(&mut self) -> Option<char> {
        if !self.eat("{") {
            return None;
        }
        let digits = self.take_while(|c| c.is_ascii_hexdigit());
        if digits.len() > 6 || !self.eat("}") {
            return None;
        }
        u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
    }

    fn number(&mut self) -> TokenKind {
        let from = self.at;
        let negative = match self.peek() {
            Some('-') => {
                self.at += 1;
                true
            }
            Some('+') => {
                self.at += 1;
                false
            }
            _ => false,
        };
        let digits_from = self.at;
        let radix = [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().find(|(prefix, _)| self.rest().starts_with(prefix));
        let mut previous = ' ';
        while let Some(c) = self.peek() {
            let exponent_sign = matches!(c, '+' | '-') && matches!(previous, 'e' | 'E') && radix.is_none();
            let point = c == '.' && !self.rest().starts_with("..");
            if !(is_word_char(c) || exponent_sign || point) {
                break;
            }
            previous = c;
            self.bump();
        }
        let body = &self.text[digits_from..self.at];
        let parsed = match (radix, body) {
            (_, "inf" | "inff32" | "inff64") => {
                Some(TokenKind::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }))
            }
            (_, "NaN" | "NaNf32" | "NaNf64") => Some(TokenKind::Float(f64::NAN)),
            (Some((prefix, radix)), _) => integer(&body[prefix.len()..], radix, negative),
            (None, _) => integer(body, 10, negative).or_else(|| float(body, negative)),
        };
        parsed.unwrap_or_else(|| {
            let bad =
                self.bad(from, format!("`{}` is not a number", cut(&self.text[from..self.at])), "cannot read this");
            match bad {
                TokenKind::Bad(diagnostic, fatal) => TokenKind::Bad(
                    Box::new(diagnostic.help("a quantity with a unit is a string in quotes, such as \"2 ms\"")),
                    fatal,
                ),
                other => other,
            }
        })
    }
}

fn cut(text: &str) -> String {
    super::words::cut(text, 40)
}

pub(super) fn is_word_char(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn as_bytes(kind: TokenKind) -> TokenKind {
    match kind {
        TokenKind::Text(text) => TokenKind::Bytes(text.into_bytes()),
        other => other,
    }
}

const INTEGER_SUFFIXES: [&str; 12] =
    ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"];

fn integer(body: &str, radix: u32, negative: bool) -> Option<TokenKind> {
    // Hexadecimal digits do not include `i` and `u`, so a suffix cannot be mistaken for digits.
    let body = INTEGER_SUFFIXES.iter().find_map(|suffix| body.strip_suffix(suffix)).unwrap_or(body);
    if body.starts_with('_') || body.is_empty() {
        return None;
    }
    let mut magnitude = 0_u128;
    for c in body.chars().filter(|&c| c != '_') {
        let digit = c.to_digit(radix)?;
        magnitude = magnitude.checked_mul(u128::from(radix))?.checked_add(u128::from(digit))?;
    }
    Some(TokenKind::Integer { negative, magnitude })
}

fn float(body: &str, negative: bool) -> Option<TokenKind> {
    let body = ["f32", "f64"].iter().find_map(|suffix| body.strip_suffix(suffix)).unwrap_or(body);
    let starts_well = body.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let plain = body.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-' | b'_'));
    if !starts_well || !plain {
        return None;
    }
    let value: f64 = body.replace('_', "").parse().ok()?;
    Some(TokenKind::Float(if negative { -value } else { value }))
}
