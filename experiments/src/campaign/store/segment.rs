//! Segments: what one process has appended, line by line.
//!
//! ```text
//! loadgraph records 1 <id of the campaign>
//! <kind> <configuration> <length> <checksum> <JSON>
//! ```
//!
//! Length and checksum tell a line that was written whole from one that was cut short. What is wrong at the end of a
//! segment was cut short, by a kill, a full disk or a power failure, and is passed over: it is done again. What is wrong
//! before a whole line is damage.

use super::StoreError;
use crate::store::identity::hash;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// What the first line says before the id.
const HEAD: &str = "loadgraph records 1 ";

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The writer starts with a configuration.
    Claim,
    /// A configuration is done.
    Record,
}

impl Kind {
    fn letter(self) -> char {
        match self {
            Kind::Claim => 'c',
            Kind::Record => 'r',
        }
    }
}

/// The first line of a segment.
pub fn head(id: &str) -> String {
    format!("{HEAD}{id}\n")
}

/// A line.
pub fn line(kind: Kind, index: u64, json: &str) -> String {
    let check = check(kind.letter(), index, json);
    format!("{} {index} {} {check:016x} {json}\n", kind.letter(), json.len())
}

fn check(letter: char, index: u64, json: &str) -> u64 {
    hash(&[letter.encode_utf8(&mut [0; 4]).as_bytes(), &index.to_le_bytes(), json.as_bytes()])
}

/// A whole line that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it says.
    pub kind: Kind,
    /// Of which configuration.
    pub index: u64,
    /// Where it starts [bytes].
    pub offset: u64,
    /// Its checksum.
    pub check: u64,
}

/// Reads a line; `None` if it is not whole.
pub fn parse(line: &[u8]) -> Option<(Kind, u64, u64, &str)> {
    let text = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let mut parts = text.splitn(5, ' ');
    let kind = match parts.next()? {
        "c" => Kind::Claim,
        "r" => Kind::Record,
        _ => return None,
    };
    let index = parts.next()?.parse().ok()?;
    let length: usize = parts.next()?.parse().ok()?;
    let told = u64::from_str_radix(parts.next()?, 16).ok()?;
    let json = parts.next()?;
    (json.len() == length && check(kind.letter(), index, json) == told).then_some((kind, index, told, json))
}

/// The whole lines of a segment from a byte on, which is 0 or where the last reading has ended; gives the byte behind
/// the last of them.
///
/// # Errors
/// The segment belongs to another campaign, is damaged, or cannot be read.
pub fn scan(path: &Path, id: &str, from: u64, found: &mut dyn FnMut(Found)) -> Result<u64, StoreError> {
    let failed = super::io_at(path);
    let corrupt = |at, reason: &str| StoreError::Corrupt { path: path.to_path_buf(), at, reason: reason.to_string() };
    let mut file = File::open(path).map_err(&failed)?;
    file.seek(SeekFrom::Start(from)).map_err(&failed)?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut at, mut good, mut wrong) = (from, from, None);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(&failed)? as u64;
        if read == 0 {
            return Ok(good);
        }
        let offset = at;
        at += read;
        if offset == 0 {
            let head = head(id);
            if line == head.as_bytes() {
                good = at;
                continue;
            }
            // A head that was cut short: nothing came of this writer.
            let written = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if head.as_bytes().starts_with(&line[..written]) {
                return Ok(0);
            }
            return Err(corrupt(0, "this is no segment of this store"));
        }
        match (parse(&line), wrong) {
            (Some((kind, index, check, _)), None) => {
                found(Found { kind, index, offset, check });
                good = at;
            }
            (Some(_), Some(wrong)) => return Err(corrupt(wrong, "a line is damaged, and whole ones follow it")),
            (None, None) => wrong = Some(offset),
            (None, Some(_)) => {}
        }
    }
}

/// The line that starts at a byte.
///
/// # Errors
/// It cannot be read, or is not whole any more.
pub fn line_at(path: &Path, offset: u64) -> Result<Vec<u8>, StoreError> {
    let failed = super::io_at(path);
    let mut file = File::open(path).map_err(&failed)?;
    file.seek(SeekFrom::Start(offset)).map_err(&failed)?;
    let mut line = Vec::new();
    BufReader::with_capacity(1 << 15, file.by_ref()).read_until(b'\n', &mut line).map_err(&failed)?;
    let whole = parse(&line).is_some();
    let reason = "the line has changed since it was read".to_string();
    if whole { Ok(line) } else { Err(StoreError::Corrupt { path: path.to_path_buf(), at: offset, reason }) }
}
