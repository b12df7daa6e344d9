//! What is compared: files, named configurations, and sets of overrides from the command line.

use crate::file;
use crate::study::{BadInput, Overrides, Study};
use models::spec::Raw;
use std::path::{Path, PathBuf};

/// One side of a comparison.
#[derive(Debug)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// What is different about it.
    pub about: String,
    /// The system, checked.
    pub study: Study,
}

/// A named set of overrides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct With {
    /// Its name.
    pub name: String,
    /// Paths and values.
    pub overrides: Vec<(String, String)>,
}

impl std::str::FromStr for With {
    type Err = String;

    /// `NAME:PATH=VALUE,PATH=VALUE`; commas within brackets and quotes belong to a value.
    fn from_str(text: &str) -> Result<With, String> {
        const EXAMPLE: &str = "write it as `fast:gateway.cores=8,gateway.scheduler=Sjf`";
        let Some((name, rest)) = text.split_once(':') else { return Err(format!("there is no name; {EXAMPLE}")) };
        if name.trim().is_empty() || name.contains('=') {
            return Err(format!("there is no name; {EXAMPLE}"));
        }
        let pair = |text: &str| match text.split_once('=') {
            Some((path, value)) if !path.trim().is_empty() && !value.trim().is_empty() => {
                Ok((path.trim().to_string(), value.trim().to_string()))
            }
            _ => Err(format!("`{text}` is no path with a value; {EXAMPLE}")),
        };
        let overrides = split(rest).into_iter().map(pair).collect::<Result<_, String>>()?;
        Ok(With { name: name.trim().to_string(), overrides })
    }
}

/// The parts between commas, but for those within brackets and quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted, mut skipped) = (Vec::new(), 0, 0_i32, false, false);
    for (i, c) in text.char_indices() {
        if skipped {
            skipped = false;
            continue;
        }
        match c {
            '\\' if quoted => skipped = true,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// What the file as it stands is called.
const BASELINE: &str = "baseline";

/// Why there is nothing to compare.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// A file or an override is wrong.
    #[error("{0}")]
    Bad(#[from] BadInput),
    /// A side alone.
    #[error(
        "error: there is nothing to compare with\n  help: give a second file, `--with NAME:PATH=VALUE`, or \
         `configurations` in the file"
    )]
    Alone,
    /// A name that is none.
    #[error("error: there is no configuration `{name}`{help}")]
    Unknown {
        /// The name.
        name: String,
        /// What there is.
        help: String,
    },
    /// Two sides of one name.
    #[error("error: there are two sides of the name `{name}`\n  help: give one of them another name with `--with`")]
    Twice {
        /// The name.
        name: String,
    },
    /// Different measured times.
    #[error(
        "error: `{one}` and `{other}` are run for different horizons, so that there are no pairs\n  help: give them the \
         same with `--set 'run.horizon=\"10 min\"'`"
    )]
    Horizons {
        /// A side.
        one: String,
        /// Another.
        other: String,
    },
}

/// The sides of a comparison. Of several files each is a side as it stands. Of one file the named configurations are
/// compared: those that are asked for, else those of its section `compare`, else all, the file as it stands before them
/// (but not before those of the section, whose first is the reference). Overrides from the command line come last.
///
/// # Errors
/// A file is wrong, or there are less than two sides.
pub fn sides(
    files: &[PathBuf],
    chosen: &[String],
    with: &[With],
    common: &Overrides,
    colour: bool,
) -> Result<Vec<Side>, SideError> {
    let mut all: Vec<Side> = Vec::new();
    let Some(first) = files.first() else { return Err(SideError::Alone) };
    for file in files {
        let study = Study::load(file, common, colour)?;
        let about = if files.len() == 1 { "as it stands".to_string() } else { file.display().to_string() };
        let taken = |name: &str| {
            study.experiment.configurations.contains_key(name) || with.iter().any(|with| with.name == name)
        };
        let name = match files.len() {
            1 if taken(BASELINE) => about.clone(),
            1 => BASELINE.to_string(),
            _ => stem(file),
        };
        all.push(Side { name, about, study });
    }
    let own = &all[0].study.experiment;
    let section = own.compare.as_ref().map(|compare| compare.configurations.clone()).unwrap_or_default();
    let known: Vec<String> = own.configurations.keys().cloned().collect();
    let (names, alone) = match (files.len(), chosen, with) {
        (1, [], []) if section.len() > 1 => (section, true),
        (1, [], []) if section.len() == 1 => (section, false),
        (1, [], []) => (known.clone(), false),
        _ => (chosen.to_vec(), false),
    };
    let mut named = Vec::new();
    for name in &names {
        let Some(overrides) = own.configurations.get(name) else {
            let nearest = file::nearest(name, known.iter().map(String::as_str));
            let help = match nearest {
                Some(near) => format!("\n  help: did you mean `{near}`?"),
                None if known.is_empty() => "\n  help: the file names none; write `configurations: {..}`".to_string(),
                None => format!("\n  help: there are: {}", known.join(", ")),
            };
            return Err(SideError::Unknown { name: name.clone(), help });
        };
        let pairs = overrides.iter().map(|(path, value)| (path.clone(), Raw::text(value).to_string()));
        named.push(With { name: name.clone(), overrides: pairs.collect() });
    }
    if alone {
        all.clear();
    }
    for With { name, overrides } in named.iter().chain(with) {
        let both: Vec<(String, String)> = common.iter().chain(overrides).cloned().collect();
        let changes: Vec<String> = overrides.iter().map(|(path, value)| format!("{path} = {value}")).collect();
        let study = Study::load(first, &both, colour)?;
        all.push(Side { name: name.clone(), about: changes.join(", "), study });
    }
    if all.len() < 2 {
        return Err(SideError::Alone);
    }
    for (i, side) in all.iter().enumerate() {
        if all[..i].iter().any(|other| other.name == side.name) {
            return Err(SideError::Twice { name: side.name.clone() });
        }
    }
    Ok(all)
}

fn stem(file: &Path) -> String {
    file.file_stem().map_or_else(|| file.display().to_string(), |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn commas_within_values_belong_to_them() {
        let with: With = r#"fast:gateway.cores=8, "x,y".z=Choose([(0.5, "a,b")]) ,c="1\",2""#.parse().unwrap();
        assert_eq!(with.name, "fast");
        let wanted = [("gateway.cores", "8"), (r#""x,y".z"#, r#"Choose([(0.5, "a,b")])"#), ("c", r#""1\",2""#)];
        assert_eq!(with.overrides, wanted.map(|(path, value)| (path.to_string(), value.to_string())));
        for wrong in ["gateway.cores=8", ":a=1", "x:a", "x:a=", "x:=1", "x:a=1,"] {
            assert!(wrong.parse::<With>().is_err(), "{wrong}");
        }
    }
}
