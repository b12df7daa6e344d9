//! Reading traces.

use super::format::{Format, RECORD, delimiter, detect};
use super::intern::{Numbers, Words};
use super::trace::Trace;
use crate::fault::Fault;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// First bytes of a file, by which its format is recognised.
const HEAD: usize = 1 << 13;
/// Bytes that are read at a time.
const BUFFER: usize = 1 << 18;
/// The longest key [bytes].
const LONGEST: usize = 1 << 16;
/// Names of columns of keys and of sizes, as common traces have them.
const KEY_NAMES: [&str; 12] =
    ["key", "id", "obj_id", "object_id", "objid", "obj", "object", "item", "block", "lbn", "url", "name"];
const SIZE_NAMES: [&str; 6] = ["size", "obj_size", "object_size", "bytes", "length", "size_bytes"];

/// What is said about a file.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Its format; else it is recognised.
    pub format: Option<Format>,
    /// The column of keys of a CSV file, by its name or its number from 1.
    pub key_column: Option<String>,
    /// The column of sizes.
    pub size_column: Option<String>,
}

/// A trace and how it was read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The trace.
    pub trace: Trace,
    /// Its format.
    pub format: Format,
    /// How it was read, such as "CSV, key in column 1, size in column 2, with a header".
    pub how: String,
}

/// Reads a trace. `progress` is told how many bytes were read since the last time, and ends the reading when it returns
/// false; then nothing comes out.
///
/// # Errors
/// What is wrong, with its line or record.
pub fn read(path: &Path, asked: &Asked, progress: &mut dyn FnMut(u64) -> bool) -> Result<Option<Reading>, Fault> {
    let shown = path.display();
    let cannot = |error: std::io::Error| Fault::new(format!("{shown} cannot be read: {error}"));
    if path.is_dir() {
        return Err(Fault::new(format!("{shown} is a folder")).help("give a file with a trace"));
    }
    let file = File::open(path).map_err(cannot)?;
    let length = file.metadata().map_err(cannot)?.len();
    let mut input = Input { inner: BufReader::with_capacity(BUFFER, file), progress, stopped: false };
    let mut head = Vec::with_capacity(HEAD);
    (&mut input.inner).take(HEAD as u64).read_to_end(&mut head).map_err(cannot)?;
    let format = match asked.format {
        Some(format) => format,
        None => detect(path, &head, length)?,
    };
    if format != Format::Csv && (asked.key_column.is_some() || asked.size_column.is_some()) {
        return Err(Fault::new(format!("{shown} is read as {}, which has no columns to choose", format.about()))
            .help("say `--format csv` if it has columns"));
    }
    let place = Place { shown: shown.to_string(), path: path.to_path_buf() };
    let whole = BufReader::with_capacity(BUFFER, std::io::Cursor::new(head.clone()).chain(&mut input));
    let (trace, how) = match format {
        Format::Lines => (lines(whole, &place)?, String::new()),
        Format::Csv => csv(whole, &head, asked, &place)?,
        Format::Oracle => (oracle(whole, length, &place)?, String::new()),
    };
    if input.stopped {
        return Ok(None);
    }
    if trace.is_empty() {
        return Err(Fault::new(format!("{shown} has no requests")).help("a trace has one request a line or record"));
    }
    Ok(Some(Reading { trace, format, how: format.about().to_string() + &how }))
}

/// A file that tells of its progress, and ends when it is told to.
struct Input<'p> {
    inner: BufReader<File>,
    progress: &'p mut dyn FnMut(u64) -> bool,
    stopped: bool,
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if self.stopped || !(self.progress)(read as u64) {
            self.stopped = true;
            return Ok(0);
        }
        Ok(read)
    }
}

/// Where something is wrong.
struct Place {
    shown: String,
    path: PathBuf,
}

impl Place {
    /// The line of a record that begins at this byte, or after the breaks that stand there. It is counted only when it is
    /// wanted: the reader of CSV leaves out blank lines and the second half of breaks of two bytes.
    fn line_at(&self, byte: u64) -> std::io::Result<u64> {
        let mut input = BufReader::new(File::open(&self.path)?);
        let (mut at, mut breaks) = (0, 0);
        loop {
            let chunk = input.fill_buf()?;
            for found in chunk {
                if at >= byte && !matches!(found, b'\n' | b'\r') {
                    return Ok(breaks + 1);
                }
                breaks += u64::from(*found == b'\n');
                at += 1;
            }
            match chunk.len() {
                0 => return Ok(breaks + 1),
                length => input.consume(length),
            }
        }
    }

    fn line(&self, number: u64, what: impl std::fmt::Display) -> Fault {
        Fault::new(format!("{}, line {number}: {what}", self.shown))
    }

    fn broken(&self, error: &std::io::Error) -> Fault {
        Fault::new(format!("{} cannot be read: {error}", self.shown))
    }
}

fn lines(mut input: impl BufRead, place: &Place) -> Result<Trace, Fault> {
    let (mut trace, mut words, mut line) = (Trace::default(), Words::default(), Vec::new());
    for number in 1.. {
        line.clear();
        let read = (&mut input).take(LONGEST as u64 + 2).read_until(b'\n', &mut line);
        if read.map_err(|error| place.broken(&error))? == 0 {
            break;
        }
        let key = line.strip_suffix(b"\n").unwrap_or(&line);
        let key = key.strip_suffix(b"\r").unwrap_or(key);
        if key.len() > LONGEST {
            return Err(place
                .line(number, "a key is longer than 64 KiB")
                .help("is it text, one key a line? Other formats are given with `--format`"));
        }
        if key.is_empty() {
            continue;
        }
        let (object, new) = words.number(key);
        trace.push(object, new, None)?;
    }
    Ok(trace)
}

fn oracle(mut input: impl BufRead, length: u64, place: &Place) -> Result<Trace, Fault> {
    let rest = length % RECORD as u64;
    if rest != 0 {
        let what = format!(
            "{} is cut off: its last record, number {}, has {rest} of 24 bytes",
            place.shown,
            length / RECORD as u64 + 1
        );
        return Err(
            Fault::new(what).help("an oracle trace has records of u32 time, u64 key, u32 size, i64 next access")
        );
    }
    let (mut trace, mut numbers, mut record) = (Trace::default(), Numbers::default(), [0; RECORD]);
    loop {
        match input.read_exact(&mut record) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(trace),
            Err(error) => return Err(place.broken(&error)),
        }
        let [_, _, _, _, k0, k1, k2, k3, k4, k5, k6, k7, s0, s1, s2, s3, ..] = record;
        let (object, new) = numbers.number(u64::from_le_bytes([k0, k1, k2, k3, k4, k5, k6, k7]));
        trace.push(object, new, Some(u32::from_le_bytes([s0, s1, s2, s3])))?;
    }
}

/// Which columns are read.
struct Columns {
    key: usize,
    size: Option<usize>,
    header: bool,
}

fn csv(input: impl Read, head: &[u8], asked: &Asked, place: &Place) -> Result<(Trace, String), Fault> {
    let delimiter = delimiter(head).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(input);
    let (mut trace, mut words, mut record) = (Trace::default(), Words::default(), csv::ByteRecord::new());
    let mut columns: Option<Columns> = None;
    let mut seen = 0;
    loop {
        let more = reader.read_byte_record(&mut record);
        // Something that cannot be read twice, such as a pipe, has the lines that the reader counts.
        let position = record.position().cloned().unwrap_or_else(csv::Position::new);
        let line = || place.line_at(position.byte()).unwrap_or(position.line());
        if !more.map_err(|error| place.line(line(), error))? {
            break;
        }
        let chosen = match &columns {
            Some(columns) => columns,
            None => {
                let chosen = columns.insert(choose(&record, asked, place, &line)?);
                if chosen.header {
                    continue;
                }
                chosen
            }
        };
        let key = record.get(chosen.key).map(<[u8]>::trim_ascii).filter(|key| !key.is_empty());
        let Some(key) = key else {
            return Err(place.line(line(), format!("there is no key in column {}", chosen.key + 1)));
        };
        let size = match chosen.size {
            None => None,
            Some(column) => Some(size(record.get(column).unwrap_or_default()).map_err(|what| {
                let found = short(record.get(column).unwrap_or_default());
                place.line(line(), format!("the size in column {}, `{found}`, {what}", column + 1))
            })?),
        };
        let (object, new) = words.number(key);
        trace.push(object, new, size)?;
        seen += 1;
    }
    let Some(Columns { key, size, header }) = columns else { return Ok((trace, String::new())) };
    if seen == 0 && header {
        return Err(Fault::new(format!("{} has a header, but no requests", place.shown)));
    }
    let size = size.map_or_else(|| ", no sizes".to_string(), |size| format!(", size in column {}", size + 1));
    let header = if header { ", with a header" } else { "" };
    Ok((trace, format!(", key in column {}{size}{header}", key + 1)))
}

/// The columns of keys and sizes, by what was asked for, by names in the first line, or by their number.
fn choose(first: &csv::ByteRecord, asked: &Asked, place: &Place, line: &dyn Fn() -> u64) -> Result<Columns, Fault> {
    let names: Vec<String> = first
        .iter()
        .map(|field| String::from_utf8_lossy(field.trim_ascii()).trim_matches('\u{feff}').to_lowercase())
        .collect();
    let known = |list: &[&str]| list.iter().find_map(|name| names.iter().position(|field| field == name));
    let mut named = false;
    let mut told = |column: &Option<String>| match column {
        None => Ok(None),
        Some(column) => match column.parse::<usize>() {
            Ok(number) if (1..=names.len()).contains(&number) => Ok(Some(number - 1)),
            _ => {
                let at = names.iter().position(|field| *field == column.trim().to_lowercase());
                named |= at.is_some();
                at.map(Some).ok_or_else(|| {
                    place.line(line(), format!("there is no column `{column}`")).help(format!(
                        "columns are numbered from 1 to {}, or named as in the first line: {}",
                        names.len(),
                        short(names.join(", ").as_bytes())
                    ))
                })
            }
        },
    };
    let (key, size) = (told(&asked.key_column)?, told(&asked.size_column)?);
    let header = named || known(&KEY_NAMES).is_some() || known(&SIZE_NAMES).is_some();
    let key = match key.or_else(|| known(&KEY_NAMES)) {
        Some(key) => key,
        None if names.len() <= 2 => 0,
        None => {
            return Err(place.line(line(), format!("which of {} columns is the key?", names.len())).help(
                "say which with `--key-column N` and, where there are sizes, `--size-column N`, counted from 1",
            ));
        }
    };
    let second = || (names.len() == 2 && asked.key_column.is_none() && key == 0).then_some(1);
    let size = size.or_else(|| known(&SIZE_NAMES)).or_else(second).filter(|size| *size != key);
    let worded = |size: usize| names[size].starts_with(char::is_alphabetic);
    Ok(Columns { key, size, header: header || size.is_some_and(worded) })
}

/// A size in whole bytes.
fn size(field: &[u8]) -> Result<u32, &'static str> {
    let text = std::str::from_utf8(field).unwrap_or_default().trim();
    match text.parse::<u64>() {
        Ok(size) => u32::try_from(size).map_err(|_| "is larger than 4 GiB"),
        Err(_) => Err("is not a whole number of bytes"),
    }
}

fn short(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(60).collect()
}
