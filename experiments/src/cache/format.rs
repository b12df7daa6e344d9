//! How a trace is written.

use crate::fault::Fault;
use std::path::Path;

/// How a trace is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One key a line, any text
    Lines,
    /// Columns for the key and, if wanted, its size in bytes, with or without a header
    Csv,
    /// Binary records of 24 bytes, little-endian: u32 time, u64 key, u32 size, i64 next access
    Oracle,
}

impl Format {
    /// What it is called in output.
    pub fn about(self) -> &'static str {
        match self {
            Format::Lines => "one key a line",
            Format::Csv => "CSV",
            Format::Oracle => "binary oracle records",
        }
    }
}

/// Bytes of an oracle record.
pub const RECORD: usize = 24;

/// First bytes of compressed files, and what they are.
const COMPRESSED: [(&[u8], &str); 4] = [
    (&[0x1f, 0x8b], "gzip"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
    (b"BZh", "bzip2"),
    (&[0xfd, b'7', b'z', b'X', b'Z'], "xz"),
];

/// Recognises a format by the name of a file and its first bytes.
///
/// # Errors
/// The file is compressed, or binary but not of whole records.
pub fn detect(path: &Path, head: &[u8], length: u64) -> Result<Format, Fault> {
    if let Some((_, name)) = COMPRESSED.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(Fault::new(format!("{} is compressed with {name}", path.display())).help("decompress it first"));
    }
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
    if name.ends_with(".csv") || name.ends_with(".tsv") {
        return Ok(Format::Csv);
    }
    if name.contains("oracle") || name.ends_with(".bin") {
        return Ok(Format::Oracle);
    }
    if head.contains(&0) {
        return match length % RECORD as u64 {
            0 => Ok(Format::Oracle),
            _ => Err(Fault::new(format!("{} is binary, but not of whole records of 24 bytes", path.display())).help(
                "give its format with `--format`; binary is read as u32 time, u64 key, u32 size, i64 next access",
            )),
        };
    }
    Ok(if delimiter(head).is_some_and(|delimiter| is_table(head, delimiter)) { Format::Csv } else { Format::Lines })
}

/// What separates the columns of the first line.
pub fn delimiter(head: &[u8]) -> Option<u8> {
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    [b',', b'\t', b';'].into_iter().find(|delimiter| first.contains(delimiter))
}

/// Whether the lines that can be seen have equally many columns, of which one is of whole numbers from the second line
/// on. Keys with commas in them hardly look so.
fn is_table(head: &[u8], delimiter: u8) -> bool {
    let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    if lines.len() > 1 && !head.ends_with(b"\n") {
        lines.pop();
    }
    let columns = |line: &[u8]| line.iter().filter(|byte| **byte == delimiter).count() + 1;
    let number = |field: &[u8]| field.trim_ascii().iter().all(u8::is_ascii_digit) && !field.trim_ascii().is_empty();
    let rows = if lines.len() > 1 { &lines[1..] } else { &lines[..] };
    let wide = columns(lines[0]);
    lines.iter().all(|line| columns(line) == wide)
        && (1..wide).any(|i| rows.iter().all(|line| line.split(|byte| *byte == delimiter).nth(i).is_some_and(number)))
}
