//! Trace files: columns of numbers.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Largest trace file that is read [bytes].
const MAX_BYTES: u64 = 1 << 30;

/// A column of a file by its name, or what is wrong with it.
type Column = Result<Vec<f64>, String>;

/// Reads trace files beside an experiment file, each column once.
#[derive(Debug)]
pub struct Traces {
    folder: PathBuf,
    read: RefCell<HashMap<(String, usize), Column>>,
}

impl Traces {
    /// Files are looked for in `folder`, that of the experiment file.
    pub fn beside(folder: &Path) -> Traces {
        Traces { folder: folder.to_path_buf(), read: RefCell::default() }
    }

    /// The files that were read, by name.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = self.read.borrow().keys().map(|(file, _)| file.clone()).collect();
        files.sort();
        files.dedup();
        files
    }

    /// The values of a column, counted from 0.
    ///
    /// # Errors
    /// What is wrong, with file and line; what would be right follows after `help:`.
    pub fn column(&self, file: &str, column: usize) -> Column {
        let key = (file.to_string(), column);
        if let Some(values) = self.read.borrow().get(&key) {
            return values.clone();
        }
        let values = read(&self.folder.join(file), file, column);
        self.read.borrow_mut().insert(key, values.clone());
        values
    }
}

fn read(path: &Path, name: &str, column: usize) -> Column {
    let wrong = |what: String| format!("the trace `{name}` {what}");
    let size = std::fs::metadata(path).map_err(|error| wrong(format!("cannot be read: {error}")))?.len();
    if size > MAX_BYTES {
        return Err(wrong("is larger than 1 GiB".into()));
    }
    if !path.is_file() {
        return Err(wrong("is no file".into()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let mut values = Vec::new();
    let mut heading = true;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let field = line.split([',', ';', '\t']).nth(column).map(str::trim);
        let value = field.and_then(|field| field.parse::<f64>().ok()).filter(|value| value.is_finite());
        let may_be_heading = std::mem::replace(&mut heading, false);
        match (value, field) {
            (Some(value), _) => values.push(value),
            // A first line without a number is a heading; comments may stand before it.
            (None, Some(_)) if may_be_heading => {}
            (None, Some(field)) => {
                let what = format!("is wrong in line {}: `{}` is not a number", number + 1, short(field));
                return Err(format!("{}\nhelp: give one number a line, or say which `column` (from 0)", wrong(what)));
            }
            (None, None) => {
                let what = format!("is wrong in line {}: it has no column {column}", number + 1);
                return Err(format!("{}\nhelp: columns are separated by commas and counted from 0", wrong(what)));
            }
        }
    }
    if values.is_empty() {
        return Err(wrong("has no values".into()));
    }
    Ok(values)
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
