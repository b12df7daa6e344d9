//! Quantities: expressions of what is measured and of what is set, such as `telemetry.latency.p99 + 2 * radio.latency`.
//!
//! A path to an indicator stands for what a replication gave; a path to a field, or a `$parameter`, for its value in the
//! configuration. Energy is mean power times the declared horizon, so that warm-up and longer runs do not move it.

use crate::campaign::levels::Span;
use crate::file::{self, FieldPath};
use crate::study::Study;
use models::expression::{Compiled, evaluate};
use models::spec::Experiment;
use models::units::Dimension;
use std::cell::OnceCell;

/// The indicators that are kept of each replication, by their paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// The paths, as results name them.
    pub paths: Vec<String>,
}

impl Kept {
    /// The number of a path, which is added where it is new.
    pub fn number(&mut self, path: &str) -> usize {
        let path = path.strip_prefix("system.").unwrap_or(path);
        let bare = path == "latency" || path.ends_with(".latency");
        let path = if bare { format!("{path}.mean") } else { path.to_string() };
        self.paths.iter().position(|known| *known == path).unwrap_or_else(|| {
            self.paths.push(path);
            self.paths.len() - 1
        })
    }
}

/// What a variable of an expression stands for.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// An indicator, by its number among those kept, and what it is multiplied by.
    Indicator(usize, f64),
    /// A field or parameter.
    Field(String),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// As written.
    pub text: String,
    compiled: Compiled,
    sources: Vec<Source>,
}

/// What is wrong, and what would be right.
pub type Wrong = (String, Option<String>);

impl Quantity {
    /// Reads an expression; what it measures is added to `kept`.
    ///
    /// # Errors
    /// Nothing is measured or set under a path, a field without a number, and all that expressions refuse.
    pub fn parse(text: &str, fields: &Fields<'_>, kept: &mut Kept) -> Result<Quantity, Wrong> {
        let study = fields.study;
        let mut sources: Vec<Source> = Vec::new();
        let mut types: Vec<(String, Dimension)> = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let before = plain.chars().next_back();
            let Some(length) = path_length(rest, before, study) else {
                let next = rest.chars().next().map_or(1, char::len_utf8);
                plain.push_str(&rest[..next]);
                rest = &rest[next..];
                continue;
            };
            let (path, behind) = rest.split_at(length);
            rest = behind;
            let call = behind.trim_start().starts_with('(');
            let known = if call || path.starts_with('$') { None } else { study.indicator(path).ok() };
            let found = match known {
                Some(dimension) => {
                    // Of energy the power is kept.
                    let owner = path.strip_suffix("energy").filter(|o| o.is_empty() || o.ends_with('.'));
                    let (path, factor) = match owner {
                        Some(owner) => (format!("{owner}power"), horizon(study)),
                        None => (path.to_string(), 1.0),
                    };
                    Some((Source::Indicator(kept.number(&path), factor), dimension))
                }
                None if path.starts_with('$') || (path.contains('.') && !call) => {
                    let name = path.strip_prefix('$').map(|name| format!("parameters.{name}"));
                    let name = name.unwrap_or_else(|| path.to_string());
                    let varied = || varied(study, &name).ok_or(());
                    let measure = fields.value(&name).or_else(|wrong| varied().map_err(|()| wrong));
                    let measure = measure.map_err(|(message, help)| {
                        // Rather what could be measured than what could be set.
                        let near = study.indicator(path).err().and_then(|(_, help)| help);
                        (message, near.filter(|near| near.contains("did you mean")).or(help))
                    })?;
                    Some((Source::Field(name), measure.1))
                }
                None => None,
            };
            match found {
                Some((source, dimension)) => {
                    let number = sources.iter().position(|known| *known == source).unwrap_or_else(|| {
                        sources.push(source);
                        types.push((format!("quantity_{}", sources.len()), dimension));
                        sources.len() - 1
                    });
                    plain.push_str(&types[number].0);
                }
                None => plain.push_str(path),
            }
        }
        let names: Vec<(&str, Dimension)> = types.iter().map(|(name, dimension)| (name.as_str(), *dimension)).collect();
        let word = text.trim();
        let alone = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
        let compiled = Compiled::parse_typed(&plain, &names, &|_| None).map_err(|error| {
            if let (true, true, Err(wrong)) = (alone, types.is_empty(), study.indicator(word)) {
                return wrong;
            }
            let mut message = error.message;
            for ((name, _), source) in types.iter().zip(&sources) {
                let shown = match source {
                    Source::Indicator(number, _) => &kept.paths[*number],
                    Source::Field(path) => path,
                };
                message = message.replace(name.as_str(), shown);
            }
            let words = study.indicator(text.trim()).err().and_then(|(_, help)| help);
            (message, error.help.or(words.filter(|help| help.contains("did you mean"))))
        })?;
        Ok(Quantity { text: text.trim().to_string(), compiled, sources })
    }

    /// Its dimension.
    pub fn dimension(&self) -> Dimension {
        self.compiled.dimension()
    }

    /// Whether it is the same whatever is measured and set.
    pub fn is_constant(&self) -> bool {
        self.sources.is_empty()
    }

    /// Whether anything in it is measured; else it follows from the configuration.
    pub fn is_measured(&self) -> bool {
        self.sources.iter().any(|source| matches!(source, Source::Indicator(..)))
    }

    /// The values of its fields in a configuration.
    ///
    /// # Errors
    /// A field has none there.
    pub fn inputs(&self, fields: &Fields<'_>) -> Result<Vec<f64>, Wrong> {
        let names = || {
            self.sources.iter().filter_map(|source| match source {
                Source::Field(path) => Some(path),
                Source::Indicator(..) => None,
            })
        };
        if names().next().is_none() {
            return Ok(Vec::new());
        }
        names().map(|path| fields.value(path).map(|(value, _)| value)).collect()
    }

    /// The value, where the fields have these values and `indicator` gives what was measured under a number; `None` where
    /// that is missing, or there is no finite value.
    pub fn value(&self, inputs: &[f64], indicator: &dyn Fn(usize) -> Option<f64>) -> Option<f64> {
        let mut fields = inputs.iter();
        let values: Vec<f64> = self
            .sources
            .iter()
            .map(|source| match source {
                Source::Indicator(number, factor) => indicator(*number).map(|value| value * factor),
                Source::Field(_) => fields.next().copied(),
            })
            .collect::<Option<_>>()?;
        Some(self.compiled.eval(&values)).filter(|value| value.is_finite())
    }
}

/// The declared horizon [s].
pub fn horizon(study: &Study) -> f64 {
    study.plan.horizon as f64 / study.plan.clock.ticks_per_second()
}

/// The first level of a field that is varied, which need not stand in the file.
fn varied(study: &Study, path: &str) -> Option<(f64, Dimension)> {
    let levels = study.experiment.optimise.as_ref()?.vary.get(path)?;
    Span::of(levels, &study.parameters).ok()?.levels().first()?.number
}

/// How long a path at the beginning of a text is: a parameter, an owner whose name may have spaces with what follows, or a
/// word that does not stand behind a number or a word.
fn path_length(rest: &str, before: Option<char>, study: &Study) -> Option<usize> {
    let within = |c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == '[' || c == ']';
    let tail = |from: usize| rest[from..].find(|c: char| !within(c)).map_or(rest.len(), |length| from + length);
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') {
        return None;
    }
    if rest.starts_with('$') {
        return Some(tail(1)).filter(|length| *length > 1);
    }
    let components = study.experiment.system.components.keys();
    let owners = components.chain(study.experiment.system.flows.keys());
    let owner = owners
        .filter(|name| rest.strip_prefix(name.as_str()).is_some_and(|r| r.starts_with('.')))
        .max_by_key(|n| n.len());
    match owner {
        Some(name) => Some(tail(name.len() + 1)),
        None if rest.starts_with(|c: char| c.is_alphabetic() || c == '_') => Some(tail(0)),
        None => None,
    }
}

/// The fields of a file as numbers. The file is read when the first of them is asked for.
pub struct Fields<'s> {
    study: &'s Study,
    tree: OnceCell<Option<file::Tree>>,
}

impl<'s> Fields<'s> {
    /// Those of a study.
    pub fn of(study: &'s Study) -> Fields<'s> {
        Fields { study, tree: OnceCell::new() }
    }

    fn tree(&self) -> Option<&file::Tree> {
        let read = || {
            // It has been read before.
            let tree = file::parse(&self.study.source).ok()?;
            // Reading tells the tree which fields there can be.
            let _ = file::read::<Experiment>(&tree);
            Some(tree)
        };
        self.tree.get_or_init(read).as_ref()
    }

    /// The full path that a path means.
    pub fn full(&self, path: &str) -> Option<String> {
        file::resolve(self.tree()?, path).ok()
    }

    fn value(&self, path: &str) -> Result<(f64, Dimension), Wrong> {
        if let Some(value) = path.strip_prefix("parameters.").and_then(|name| self.study.parameters.get(name)) {
            return Ok((*value, Dimension::NONE));
        }
        let nothing = |help: Option<String>| (format!("nothing is measured or set under `{path}`"), help);
        let Some(tree) = self.tree() else { return Err(nothing(None)) };
        let full = file::resolve(tree, path).map_err(|diagnostic| nothing(diagnostic.help))?;
        let node = FieldPath::parse(&full).ok().and_then(|full| tree.node_at(&full));
        let Some(node) = node else {
            return Err(nothing(Some("only fields that stand in the file have a value: write it out".into())));
        };
        let text = tree.text_of(node).trim();
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let number = inner.replace('_', "").parse::<f64>().ok().filter(|number| number.is_finite());
        match number {
            Some(number) => Ok((number, Dimension::NONE)),
            None => evaluate(inner, &|name| self.study.parameters.get(name).copied())
                .map(|measure| (measure.value, measure.dimension))
                .map_err(|_| (format!("`{path}` is {text}, which is no number"), None)),
        }
    }
}
