//! Measured points: CSV with a header, from other programs and other hands.
//!
//! Every fault has its line and column, and says what would be right. Nothing is guessed but what separates columns.

use crate::fault::Fault;
use crate::file::nearest;
use csv::{ReaderBuilder, StringRecord, Trim};
use std::path::Path;

/// The largest file that is read \[bytes\].
const LARGEST: u64 = 1 << 28;

/// A table as it was read: texts, with the lines on which its rows stand.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The file as it was named.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// What separates columns.
    pub separator: char,
    rows: Vec<(u64, StringRecord)>,
}

impl Measured {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, is no text, has no header or no rows, or rows that are shorter or longer than the header.
    pub fn load(path: &Path) -> Result<Measured, Fault> {
        let name = path.display().to_string();
        let cannot = |why: &dyn std::fmt::Display| Fault::new(format!("{name} cannot be read: {why}"));
        if path.is_dir() {
            return Err(Fault::new(format!("{name} is a folder")).help("give a CSV file"));
        }
        let size = std::fs::metadata(path).map_err(|error| cannot(&error))?.len();
        if size > LARGEST {
            return Err(cannot(&format!("it has {} MB", size / 1_000_000)).help("at most 256 MiB are read"));
        }
        let bytes = std::fs::read(path).map_err(|error| cannot(&error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
            Fault::new(format!("{name}, line {}: this is no UTF-8 text", line + 1))
                .help("export it as CSV in UTF-8; spreadsheets themselves are not read")
        })?;
        Measured::parse(&name, text)
    }

    /// Reads a text: as [`Measured::load`].
    ///
    /// # Errors
    /// As [`Measured::load`].
    pub fn parse(name: &str, text: String) -> Result<Measured, Fault> {
        let content = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let first = content.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or("");
        let separator = [';', '\t', ','].into_iter().find(|c| first.contains(*c)).unwrap_or(',');
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(Trim::All)
            .delimiter(separator as u8)
            .from_reader(content.as_bytes());
        let (mut head, mut rows) = (Vec::<String>::new(), Vec::new());
        let mut lines = Lines { content, at: 0, line: 1 };
        for record in reader.records() {
            let record = record.map_err(|error| Fault::new(format!("{name}: {error}")))?;
            let line = lines.of(record.position().map_or(0, |position| position.byte() as usize));
            if head.is_empty() {
                head = record.iter().map(str::to_string).collect();
                header(name, line, &head)?;
                continue;
            }
            // A line of nothing but separators, as spreadsheets leave behind the data.
            if record.iter().all(str::is_empty) {
                continue;
            }
            if record.len() != head.len() {
                let decimal = separator == ',' && record.len() > head.len();
                let help = if decimal {
                    "columns are separated by `,`: a decimal comma makes two of one; write 0.5, or separate by `;`"
                } else {
                    "each line has a value for each column of the first"
                };
                let what = format!("{name}, line {line}: columns: {}, but the header has {}", record.len(), head.len());
                return Err(Fault::new(what).help(help));
            }
            rows.push((line, record));
        }
        if head.is_empty() {
            return Err(
                Fault::new(format!("{name} is empty")).help("a first line names the columns: `users,throughput`")
            );
        }
        if rows.is_empty() {
            return Err(Fault::new(format!("{name} has a header, but no rows")));
        }
        Ok(Measured { name: name.to_string(), text, head, separator, rows })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The line of a row.
    pub fn line(&self, row: usize) -> u64 {
        self.rows[row].0
    }

    /// What stands in a row and a column.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].1.get(column).unwrap_or("")
    }

    /// The number of the column that is asked for by name, or by its number from 1.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub fn column(&self, asked: &str) -> Result<usize, Fault> {
        let same: Vec<usize> = (0..self.head.len()).filter(|i| self.head[*i] == asked).collect();
        match same.as_slice() {
            [one] => return Ok(*one),
            [] => {}
            _ => {
                return Err(Fault::new(format!("{}: there are {} columns `{asked}`", self.name, same.len()))
                    .help("give the number of one of them, counted from 1"));
            }
        }
        if let Ok(number) = asked.parse::<usize>()
            && (1..=self.head.len()).contains(&number)
        {
            return Ok(number - 1);
        }
        let help = match nearest(asked, self.head.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", self.head.join(", ")),
        };
        Err(Fault::new(format!("{} has no column `{asked}`", self.name)).help(help))
    }

    /// The numbers of a column.
    ///
    /// # Errors
    /// One of them is missing or no finite number.
    pub fn numbers(&self, column: usize) -> Result<Vec<f64>, Fault> {
        (0..self.len()).map(|row| self.number(row, column)).collect()
    }

    /// The number in a row and a column.
    ///
    /// # Errors
    /// It is missing, or no finite number.
    pub fn number(&self, row: usize, column: usize) -> Result<f64, Fault> {
        let text = self.cell(row, column);
        if text.is_empty() {
            let what = format!("{}: there is no value", self.place(row, column));
            return Err(Fault::new(what).help("leave out lines that were not measured"));
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            Ok(_) => Err(Fault::new(format!("{}: `{text}` is not finite", self.place(row, column)))
                .help("leave out lines that were not measured")),
            Err(_) => {
                let shown: String = text.chars().take(40).collect();
                let comma = text.replace(',', ".");
                let help = if text.contains(',') && comma.parse::<f64>().is_ok() {
                    format!("decimals have a point: {comma}")
                } else {
                    "a number without its unit and without separators of thousands, such as 1200.5".to_string()
                };
                Err(Fault::new(format!("{}: `{shown}` is no number", self.place(row, column))).help(help))
            }
        }
    }

    /// A row and a column as messages name them.
    pub fn place(&self, row: usize, column: usize) -> String {
        format!("{}, line {}, column `{}`", self.name, self.line(row), self.head[column])
    }
}

/// Counts lines: a record is said to begin where the one before has ended, before empty lines and comments.
struct Lines<'t> {
    content: &'t str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, byte: usize) -> u64 {
        let bytes = self.content.as_bytes();
        let mut start = byte.max(self.at);
        while let Some(next) = bytes.get(start) {
            match next {
                b'\n' | b'\r' => start += 1,
                b'#' => start += bytes[start..].iter().take_while(|byte| **byte != b'\n').count(),
                _ => break,
            }
        }
        self.line += bytes[self.at..start].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = start;
        self.line
    }
}

/// A header has names.
fn header(name: &str, line: u64, head: &[String]) -> Result<(), Fault> {
    if let Some(number) = head.iter().find(|field| field.parse::<f64>().is_ok()) {
        return Err(Fault::new(format!("{name}, line {line}: the first line has a number, `{number}`, and no names"))
            .help("a first line names the columns: `users,throughput`"));
    }
    if let Some(empty) = head.iter().position(String::is_empty) {
        let what = format!("{name}, line {line}: column {} has no name", empty + 1);
        return Err(Fault::new(what).help("a first line names the columns: `users,throughput`"));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fault(text: &str, column: &str) -> String {
        match Measured::parse("m.csv", text.to_string()) {
            Err(fault) => fault.to_string(),
            Ok(table) => match table.column(column).and_then(|column| table.numbers(column)) {
                Err(fault) => fault.to_string(),
                Ok(numbers) => panic!("{numbers:?}"),
            },
        }
    }

    #[test]
    fn quotes_breaks_marks_and_semicolons_are_understood() {
        let texts = [
            "users,x\n1,2.5\n3,4\n",
            "\u{feff}users,x\r\n1,2.5\r\n3,4\r\n",
            "# from 2024\n\"users\";\"x\"\n\"1\";\"2.5\"\n\n3;4\n;\n",
            "users\tx\n1\t2.5\n3\t 4 ",
        ];
        for text in texts {
            let table = Measured::parse("m.csv", text.to_string()).unwrap();
            assert_eq!(table.numbers(table.column("x").unwrap()).unwrap(), [2.5, 4.0], "{text:?}");
            assert_eq!(table.numbers(table.column("1").unwrap()).unwrap(), [1.0, 3.0], "{text:?}");
        }
    }

    #[test]
    fn every_fault_has_its_place() {
        let cases = [
            ("", "x", "is empty"),
            ("users,x\n", "x", "no rows"),
            ("1,2\n3,4\n", "x", "line 1: the first line has a number, `1`"),
            ("users,x\n1,2\n3,\n", "x", "line 3, column `x`: there is no value"),
            ("users,x\n1,2\n3,many\n", "x", "line 3, column `x`: `many` is no number"),
            ("users,x\n1,2\n\n3,NaN\n", "x", "line 4, column `x`: `NaN` is not finite"),
            ("# by hand\n\nusers,x\n1,2\n# again\n\n3,?\n", "x", "line 7, column `x`: `?` is no number"),
            ("users,x\n1,2\n3\n", "x", "line 3: columns: 1, but the header has 2"),
            ("users,x\n1,2,5\n", "x", "a decimal comma makes two of one"),
            ("users;x\n1;2,5\n", "x", "decimals have a point: 2.5"),
            ("users,throughput\n1,2\n", "thruput", "did you mean `throughput`?"),
            ("users,x,x\n1,2,3\n", "x", "there are 2 columns `x`"),
        ];
        for (text, column, words) in cases {
            let said = fault(text, column);
            assert!(said.contains(words), "{text:?}: {said}");
        }
    }
}
