//! The sections of a file that other commands than `run` take up: they are checked all the same.

use super::at_path;
use super::targets::{Names, indicator};
use crate::campaign::design::Design;
use crate::campaign::factorial::design::{Effects, of_factorial};
use crate::campaign::levels::Span;
use crate::file::{self, Diagnostic, Source, Tree};
use models::lower::Path as FieldPath;
use models::spec::{Experiment, Named, Raw, Sweep};

/// Levels of one factor that are tried when a file is checked.
const LEVELS_CHECKED: usize = 64;

/// Checks the sections that only other commands run; gives the designs of the sweep and of the factorial.
pub(super) fn sections(
    experiment: &Experiment,
    source: &Source,
    tree: &Tree,
    parameters: &Named<f64>,
    names: &Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Option<Design>, Option<(Design, Effects)>) {
    let mut report = |at: &FieldPath, message: String, help: Option<String>| {
        diagnostics.push(at_path(tree, at, message, help));
    };
    // A path that can be set, and a value that the field takes.
    let try_value = |path: &str, value: &str| -> Result<(), (String, Option<String>)> {
        let fail = |d: Diagnostic| (d.message, d.help);
        let full = file::resolve(tree, path).map_err(fail)?;
        let changed = file::set(source, tree, &full, value).map_err(fail)?;
        let first = |list: Vec<Diagnostic>| list.into_iter().next().map_or((String::new(), None), fail);
        let changed = file::parse(&changed).map_err(first)?;
        file::read::<Experiment>(&changed).map(|_| ()).map_err(first)
    };
    let same = |path: &str| file::resolve(tree, path).ok();
    let design = match Design::of_sweep(experiment, parameters, &same) {
        Ok(design) => design,
        Err(errors) => {
            errors.into_iter().for_each(|error| report(&error.at, error.message, error.help));
            None
        }
    };
    let factorial = match of_factorial(experiment, parameters, &same) {
        Ok(factorial) => factorial,
        Err(errors) => {
            errors.into_iter().for_each(|error| report(&error.at, error.message, error.help));
            None
        }
    };
    for factor in design.iter().flat_map(Design::factors) {
        // Of many levels some, spread over all of them.
        let apart = factor.levels.len().div_ceil(LEVELS_CHECKED).max(1);
        let tried = factor.levels.iter().step_by(apart).flat_map(|level| &level.set);
        for (path, value) in tried.filter(|(path, _)| *path == factor.name) {
            if let Err((message, help)) = try_value(path, value) {
                report(&place_of(experiment, path), format!("`{path}` does not take {value}: {message}"), help);
                break;
            }
        }
    }
    for (name, overrides) in &experiment.configurations {
        for (path, value) in overrides {
            if let Err((message, help)) = try_value(path, Raw::text(value)) {
                let at = FieldPath::new("configurations").field(name).field(path);
                report(&at, format!("`{path}` does not take {}: {message}", value.text()), help);
            }
        }
    }
    let configurations = || experiment.configurations.keys().map(String::as_str);
    let named = |report: &mut dyn FnMut(&FieldPath, String, Option<String>), at: &FieldPath, list: &[String]| {
        for (i, name) in list.iter().enumerate() {
            if !experiment.configurations.contains_key(name) {
                let help = file::nearest(name, configurations()).map(|name| format!("did you mean `{name}`?"));
                report(&at.index(i), format!("there is no configuration `{name}`"), help);
            }
        }
    };
    let measured = |report: &mut dyn FnMut(&FieldPath, String, Option<String>), at: &FieldPath, list: &[String]| {
        for (i, path) in list.iter().enumerate() {
            if let Err((message, help)) = indicator(path, names) {
                report(&at.index(i), message, help);
            }
        }
    };
    if let Some(sweep) = &experiment.sweep {
        let (at, written) = (FieldPath::new("sweep"), sweep.design());
        named(&mut report, &at.field("configurations"), &written.configurations);
        measured(&mut report, &at.field("responses"), &written.responses);
    }
    if let Some(factorial) = &experiment.factorial {
        let at = FieldPath::new("factorial");
        named(&mut report, &at.field("treatments"), &factorial.treatments);
        measured(&mut report, &at.field("responses"), &factorial.responses);
    }
    if let Some(compare) = &experiment.compare {
        let at = FieldPath::new("compare");
        named(&mut report, &at.field("configurations"), &compare.configurations);
        measured(&mut report, &at.field("responses"), &compare.responses);
    }
    if let Some(calibrate) = &experiment.calibrate {
        let at = FieldPath::new("calibrate");
        let families = || crate::calibrate::family::names();
        for (i, name) in
            calibrate.families.iter().enumerate().filter(|(_, name)| families().all(|known| known != *name))
        {
            let help = format!("there are: {}", families().collect::<Vec<_>>().join(", "));
            report(&at.field("families").index(i), format!("there is no family `{name}`"), Some(help));
        }
        if let Some(into) = &calibrate.into
            && let Err((message, help)) = try_value(into, "Constant(1)")
        {
            let help = help.or_else(|| Some("name a law, such as `server.laws.throughput`".into()));
            report(&at.field("into"), format!("`{into}` does not take a law: {message}"), help);
        }
    }
    if let Some(optimise) = &experiment.optimise {
        let at = FieldPath::new("optimise");
        named(&mut report, &at.field("configurations"), &optimise.configurations);
        // What exists only together with something else cannot be tried alone; ranges that are none are told elsewhere.
        let alone = optimise.vary.iter().filter(|(path, _)| !optimise.when.contains_key(*path));
        for (path, levels) in alone {
            let Ok(span) = Span::of(levels, parameters) else { continue };
            let values = span.levels();
            let apart = values.len().div_ceil(LEVELS_CHECKED).max(1);
            for value in values.iter().step_by(apart) {
                if let Err((message, help)) = try_value(path, &value.ron) {
                    let message = format!("`{path}` does not take {}: {message}", value.shown);
                    report(&at.field("vary").field(path), message, help);
                    break;
                }
            }
        }
    }
    (design, factorial)
}

/// Where a factor of the sweep is written.
pub(super) fn place_of(experiment: &Experiment, path: &str) -> FieldPath {
    let root = FieldPath::new("sweep");
    if experiment.configurations.contains_key(path) {
        return FieldPath::new("configurations").field(path);
    }
    match &experiment.sweep {
        Some(Sweep::Design(design)) if design.grid.contains_key(path) => root.field("grid").field(path),
        Some(Sweep::Design(design)) if design.zip.contains_key(path) => root.field("zip").field(path),
        Some(Sweep::Design(_)) => root.field("latin").field("vary").field(path),
        _ => root.field(path),
    }
}
