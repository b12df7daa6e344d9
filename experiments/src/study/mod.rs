//! A study: an experiment file that has been read and checked, whole.
//!
//! Each part of the check has a file: parameters, profiles, the plan, targets, the sections for other commands, and what
//! does not suit the clock, the horizon or the machine. What a system may be is checked in [`models::lower`].

mod fit;
mod parameters;
mod plan;
mod precision;
mod profiles;
mod sections;
mod targets;
mod variant;

pub use parameters::{bare, measure};
pub use plan::Plan;
pub use precision::{Goal, Goals};
pub use profiles::read_profiles;
pub use targets::Target;
pub use variant::{Refused, Tried};

use crate::campaign::design::Design;
use crate::campaign::factorial::design::Effects;
use crate::file::{self, Diagnostic, Severity, Source, Tree};
use crate::trace::Traces;
use models::lower::{Lowered, Path as FieldPath, Problem};
use models::spec::{Experiment, Named, Precision, Scalar};
use std::path::{Path, PathBuf};

/// An experiment that can be run.
#[derive(Debug)]
pub struct Study {
    /// The file as the user named it.
    pub path: PathBuf,
    /// Its text, with overrides spliced in.
    pub source: Source,
    /// What it says.
    pub experiment: Experiment,
    /// The system that runs.
    pub lowered: Lowered,
    /// The values of its parameters.
    pub parameters: Named<f64>,
    /// How it is run.
    pub plan: Plan,
    /// What its sweep section varies.
    pub sweep: Option<Design>,
    /// What its factorial section runs, and how that is taken apart.
    pub factorial: Option<(Design, Effects)>,
    /// What should hold.
    pub targets: Vec<Target>,
    /// Doubtful things, to be shown.
    pub warnings: Vec<Diagnostic>,
    /// Overrides that were spliced in: (path, value).
    pub overrides: Vec<(String, String)>,
    /// Files that it reads, profiles and traces, as it names them.
    pub inputs: Vec<String>,
}

/// Why a file cannot be run, ready to print.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct BadInput {
    /// The diagnostics, rendered.
    pub text: String,
}

/// Overrides that the command line gives: path and value.
pub type Overrides = [(String, String)];

impl Study {
    /// Its title, or else the name of its file.
    pub fn title(&self) -> String {
        match self.experiment.title.trim() {
            "" => self.path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
            title => title.to_string(),
        }
    }

    /// The value of a bare number, which may be an expression of parameters.
    ///
    /// # Errors
    /// It has none, or a unit.
    pub fn number(&self, scalar: &Scalar) -> Result<f64, String> {
        bare(scalar, &self.parameters).ok_or_else(|| format!("error: `{scalar}` is no bare number"))
    }

    /// Reads and checks an experiment file, with overrides.
    ///
    /// # Errors
    /// All mistakes that were found, rendered with their places.
    pub fn load(path: &Path, overrides: &Overrides, colour: bool) -> Result<Study, BadInput> {
        let source = Source::load(path).map_err(|diagnostic| {
            let source = Source::new(path.display().to_string(), "");
            BadInput { text: file::render(&source, &[diagnostic], colour) }
        })?;
        Study::from_source(path, source, overrides, colour)
    }

    /// Checks a text that stands for the file at `path`.
    ///
    /// # Errors
    /// As [`Study::load`].
    pub fn from_source(path: &Path, source: Source, overrides: &Overrides, colour: bool) -> Result<Study, BadInput> {
        let mut source = source;
        for (at, value) in overrides {
            source = splice(&source, at, value)
                .map_err(|(source, diagnostics)| BadInput { text: file::render(&source, &diagnostics, colour) })?;
        }
        match check(path, &source, true) {
            Ok(mut study) => {
                study.overrides = overrides.to_vec();
                Ok(study)
            }
            Err(diagnostics) => Err(BadInput { text: file::render(&source, &diagnostics, colour) }),
        }
    }
}

/// Replaces the value at a path; gives the new text.
fn splice(source: &Source, path: &str, value: &str) -> Result<Source, (Source, Vec<Diagnostic>)> {
    let fail = |diagnostics| (source.clone(), diagnostics);
    let tree = file::parse(source).map_err(fail)?;
    // Reading tells the tree which fields there can be; mistakes are reported when the whole is checked.
    let _ = file::read::<Experiment>(&tree);
    let one = |diagnostic: Diagnostic| {
        let message = format!("--set {path}={value}: {}", diagnostic.message);
        (source.clone(), vec![Diagnostic { message, ..diagnostic }])
    };
    let full = file::resolve(&tree, path).map_err(one)?;
    file::set(source, &tree, &full, value).map_err(one)
}

/// Checks a whole text, or all of it but for the sections of other commands.
fn check(path: &Path, source: &Source, with_sections: bool) -> Result<Study, Vec<Diagnostic>> {
    let tree = file::parse(source)?;
    let experiment: Experiment = file::read(&tree)?;
    let mut diagnostics = Vec::new();
    let folder = path.parent().unwrap_or(Path::new("."));

    let parameters = parameters::parameters(&experiment, &tree, &mut diagnostics);
    let catalogue = profiles::catalogue(&experiment, folder, &tree, &mut diagnostics);
    let mut plan = plan::plan(&experiment, &parameters, &tree, &mut diagnostics);
    let traces = Traces::beside(folder);
    let read_trace = |file: &str, column: usize| traces.column(file, column);
    let lowered = models::lower::lower(&experiment.system, &parameters, plan.clock, &catalogue, &read_trace);
    let lowered = match lowered {
        Ok(lowered) => {
            diagnostics.extend(fit::misfits(&lowered, &plan, &tree));
            Some(lowered)
        }
        Err(problems) => {
            diagnostics.extend(problems.iter().map(|problem| locate(problem, &tree)));
            None
        }
    };
    let names = targets::indicator_names(&experiment);
    if let Some(Precision::Goals(texts)) = &experiment.run.precision {
        let at = FieldPath::new("run").field("precision");
        if texts.is_empty() {
            let help = "name one, such as `telemetry.latency.p95 within 5 ms`".to_string();
            diagnostics.push(at_path(&tree, &at, "there is nothing to be reached", Some(help)));
        }
        let mut goals = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            match precision::goal(text, &parameters, &names) {
                Ok(goal) => goals.push(goal),
                Err((message, help)) => diagnostics.push(at_path(&tree, &at.index(i), message, help)),
            }
        }
        plan.precision = Some(Goals::Named(goals));
    }
    let mut wanted = Vec::new();
    for (i, text) in experiment.targets.iter().enumerate() {
        let at = FieldPath::new("targets").index(i);
        match targets::target(text, &parameters, &names) {
            Ok(target) => wanted.push(target),
            Err((message, help)) => diagnostics.push(at_path(&tree, &at, message, help)),
        }
    }
    let (sweep, factorial) = match with_sections {
        true => sections::sections(&experiment, source, &tree, &parameters, &names, &mut diagnostics),
        false => (None, None),
    };
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(diagnostics);
    }
    let Some(lowered) = lowered else { return Err(diagnostics) };
    let mut warnings = diagnostics;
    warnings.extend(lowered.warnings.iter().map(|problem| locate(problem, &tree)));
    warnings.extend(fit::tick_warnings(&lowered, &plan));
    let mut inputs = experiment.profiles.clone();
    inputs.extend(traces.files());
    let study = Study {
        path: path.to_path_buf(),
        source: source.clone(),
        experiment,
        lowered,
        parameters,
        plan,
        sweep,
        factorial,
        targets: wanted,
        warnings,
        overrides: Vec::new(),
        inputs,
    };
    if with_sections && let Err(mistakes) = crate::optimise::Problem::of(&study) {
        let located = mistakes.into_iter().map(|(at, (message, help))| at_path(&tree, &at, message, help));
        return Err(study.warnings.into_iter().chain(located).collect());
    }
    Ok(study)
}

/// A diagnostic at the place of a path.
fn at_path(tree: &Tree, path: &FieldPath, message: impl Into<String>, help: Option<String>) -> Diagnostic {
    let located = tree.locate(path.as_str());
    Diagnostic::error(message).at(located.span).maybe_help(help)
}

fn locate(problem: &Problem, tree: &Tree) -> Diagnostic {
    let diagnostic = at_path(tree, &problem.path, problem.message.clone(), problem.help.clone());
    let severity = if problem.warning { Severity::Warning } else { Severity::Error };
    Diagnostic { severity, ..diagnostic }
}
