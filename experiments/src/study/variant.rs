//! Variants of a study: other values in some of its fields.

use super::{BadInput, Study, at_path, check, fit, sections};
use crate::campaign::design::{Design, Factor};
use crate::file::{self, Diagnostic, Severity};
use models::lower::Path as FieldPath;
use models::spec::Experiment;

/// Why a variant cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Whether it is nothing but too large for the memory of this machine.
    pub too_large: bool,
}

impl Study {
    /// The study with other values. It gets every check, but for the sections that only other commands read.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn variant(&self, overrides: &[(String, String)]) -> Result<Study, Refused> {
        let mut source = self.source.clone();
        for (path, value) in overrides {
            let tree = file::parse(&source).map_err(first)?;
            // Reading tells the tree which fields there can be; mistakes are reported when the whole is checked.
            let _ = file::read::<Experiment>(&tree);
            let one = |diagnostic| first(vec![diagnostic]);
            let full = file::resolve(&tree, path).map_err(one)?;
            source = file::set(&source, &tree, &full, value).map_err(one)?;
        }
        let mut study = check(&self.path, &source, false).map_err(first)?;
        study.overrides = self.overrides.iter().chain(overrides).cloned().collect();
        Ok(study)
    }
}

/// Levels of one factor that are tried before a sweep begins.
const LEVELS_TRIED: usize = 64;

/// Values of fields: path and value.
type Values = Vec<(String, String)>;

/// A factor whose levels are to be tried.
pub struct Tried<'a> {
    /// The factor.
    pub factor: &'a Factor,
    /// Where it is written.
    pub at: FieldPath,
    /// The values of some configurations that have a level.
    pub with: Box<dyn Fn(usize) -> Vec<Values> + 'a>,
}

impl Study {
    /// Tries the levels of a design: as [`Study::try_factors`].
    ///
    /// # Errors
    /// All levels that make no system, each at its place.
    pub fn try_levels(&self, design: &Design, colour: bool) -> Result<(), BadInput> {
        let tried = |(number, factor)| {
            let with = move |level: usize| {
                let numbers = design.with_level(number, level);
                numbers.into_iter().map(|index| design.configuration(index).overrides).collect()
            };
            Tried { factor, at: sections::place_of(&self.experiment, &factor.name), with: Box::new(with) }
        };
        self.try_factors(design.factors().enumerate().map(tried), colour)
    }

    /// Tries the levels of factors, of many some, spread over all: each must make a system that can be run in at least one
    /// of some configurations that have it.
    ///
    /// # Errors
    /// All levels that do not, each at its place.
    pub fn try_factors<'a>(&self, factors: impl Iterator<Item = Tried<'a>>, colour: bool) -> Result<(), BadInput> {
        let mut found = Vec::new();
        for Tried { factor, at, with } in factors {
            let apart = factor.levels.len().div_ceil(LEVELS_TRIED).max(1);
            for level in (0..factor.levels.len()).step_by(apart) {
                let mut refusals = Vec::new();
                let mut tried = with(level).into_iter().map(|overrides| self.variant(&overrides));
                // Too little memory is no mistake of the file, and may be different on the next machine.
                if tried.any(|tried| tried.map_err(|refused| refusals.push(refused)).is_ok()) {
                    continue;
                }
                let Some(refused) = refusals.into_iter().find(|refused| !refused.too_large) else { continue };
                let message =
                    format!("`{}` cannot be {}: {}", factor.name, factor.levels[level].shown, refused.message);
                found.push(match file::parse(&self.source) {
                    Ok(tree) => at_path(&tree, &at, message, refused.help),
                    Err(_) => Diagnostic::error(message).maybe_help(refused.help),
                });
            }
        }
        if found.is_empty() { Ok(()) } else { Err(BadInput { text: file::render(&self.source, &found, colour) }) }
    }
}

fn first(diagnostics: Vec<Diagnostic>) -> Refused {
    let mut errors = diagnostics.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let Some(error) = errors.next() else {
        return Refused { message: "the variant is refused".into(), help: None, too_large: false };
    };
    let too_large = error.message.contains(fit::OF_MEMORY) && errors.next().is_none();
    Refused { message: error.message, help: error.help, too_large }
}
