//! A study: an experiment file that has been read and checked, whole.

use crate::file::{self, Diagnostic, Severity, Source, Tree};
use crate::results::Owner;
use crate::trace::Traces;
use models::catalogue::{Catalogue, Profile};
use models::expression::{Condition, evaluate};
use models::lower::{Lowered, Path as FieldPath, Problem};
use models::spec::{Experiment, Levels, LevelsKind, Named, Raw, Scalar, WarmUp};
use models::units::Dimension;
use sim_core::time::Clock;
use std::path::{Path, PathBuf};

/// Levels of one factor that are tried when a file is checked.
const LEVELS_CHECKED: usize = 64;

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
    /// How it is run.
    pub plan: Plan,
    /// What should hold.
    pub targets: Vec<Target>,
    /// Doubtful things, to be shown.
    pub warnings: Vec<Diagnostic>,
    /// Overrides that were spliced in: (path, value).
    pub overrides: Vec<(String, String)>,
    /// Files that it reads, profiles and traces, as it names them.
    pub inputs: Vec<String>,
}

/// How a study is run; times in ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// End of the measured time.
    pub horizon: u64,
    /// Start of the measured time; `None`: found from the runs.
    pub warm_up: Option<u64>,
    /// Replications to begin with.
    pub replications: u64,
    /// Relative half-width to be reached.
    pub precision: Option<f64>,
    /// The most replications.
    pub max_replications: u64,
    /// Confidence of intervals.
    pub confidence: f64,
    /// Master seed.
    pub seed: u64,
    /// Time after the horizon in which requests may leave.
    pub drain: u64,
    /// The most requests in the system.
    pub max_in_system: u64,
    /// Interval of the time series.
    pub sample: u64,
    /// Ticks per second.
    pub clock: Clock,
}

/// What should hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// As written.
    pub text: String,
    /// The condition; its left side is a path to an indicator.
    pub condition: Condition,
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
        match check(path, &source) {
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

/// Checks a whole text.
fn check(path: &Path, source: &Source) -> Result<Study, Vec<Diagnostic>> {
    let tree = file::parse(source)?;
    let experiment: Experiment = file::read(&tree)?;
    let mut diagnostics = Vec::new();
    let folder = path.parent().unwrap_or(Path::new("."));

    let parameters = parameters(&experiment, &tree, &mut diagnostics);
    let catalogue = catalogue(&experiment, folder, &tree, &mut diagnostics);
    let plan = plan(&experiment, &parameters, &tree, &mut diagnostics);
    let traces = Traces::beside(folder);
    let read_trace = |file: &str, column: usize| traces.column(file, column);
    let lowered = models::lower::lower(&experiment.system, &parameters, plan.clock, &catalogue, &read_trace);
    let lowered = match lowered {
        Ok(lowered) => Some(lowered),
        Err(problems) => {
            diagnostics.extend(problems.iter().map(|problem| locate(problem, &tree)));
            None
        }
    };
    let names = indicator_names(&experiment);
    let mut targets = Vec::new();
    for (i, text) in experiment.targets.iter().enumerate() {
        let at = FieldPath::new("targets").index(i);
        match target(text, &parameters, &names) {
            Ok(target) => targets.push(target),
            Err((message, help)) => diagnostics.push(at_path(&tree, &at, message, help)),
        }
    }
    sections(&experiment, source, &tree, &parameters, &names, &mut diagnostics);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(diagnostics);
    }
    let Some(lowered) = lowered else { return Err(diagnostics) };
    let mut warnings = diagnostics;
    warnings.extend(lowered.warnings.iter().map(|problem| locate(problem, &tree)));
    warnings.extend(tick_warnings(&lowered, &plan));
    let mut inputs = experiment.profiles.clone();
    inputs.extend(traces.files());
    Ok(Study {
        path: path.to_path_buf(),
        source: source.clone(),
        experiment,
        lowered,
        plan,
        targets,
        warnings,
        overrides: Vec::new(),
        inputs,
    })
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

/// The values of the parameters, which may use each other.
fn parameters(experiment: &Experiment, tree: &Tree, diagnostics: &mut Vec<Diagnostic>) -> Named<f64> {
    let mut values = Named::new();
    let mut left: Vec<(&String, &Scalar)> = experiment.parameters.iter().collect();
    // Each round settles those that use only settled ones.
    loop {
        let before = left.len();
        left.retain(|(name, scalar)| {
            let value = match scalar {
                Scalar::Number(value) => Some(*value),
                Scalar::Text(text) => evaluate(text, &|name| values.get(name).copied())
                    .ok()
                    .filter(|measure| measure.dimension == Dimension::NONE)
                    .map(|measure| measure.value),
            };
            match value {
                Some(value) => {
                    values.insert((*name).clone(), value);
                    false
                }
                None => true,
            }
        });
        if left.is_empty() || left.len() == before {
            break;
        }
    }
    let waiting: Vec<&str> = left.iter().map(|(name, _)| name.as_str()).collect();
    for (name, scalar) in &left {
        let at = FieldPath::new("parameters").field(name);
        let text = scalar.to_string();
        // With the others given some value, what is still wrong is wrong by itself; else they wait for each other.
        let trial =
            evaluate(&text, &|name| values.get(name).copied().or_else(|| waiting.contains(&name).then_some(1.0)));
        let (message, help) = match trial {
            Err(error) => (error.message, error.help),
            Ok(measure) if measure.dimension != Dimension::NONE => {
                let help = "leave the unit to the field that uses it: `\"$load * 2 ms\"`";
                (format!("a parameter is a bare number, but this is {}", measure.dimension.name()), Some(help.into()))
            }
            Ok(_) => {
                let message = format!("`{name}` depends on itself, through {}", waiting.join(", "));
                (message, Some("break the circle of references".into()))
            }
        };
        diagnostics.push(at_path(tree, &at, message, help));
        values.insert((*name).clone(), 1.0);
    }
    values
}

/// The built-in catalogue with the user's files.
fn catalogue(experiment: &Experiment, folder: &Path, tree: &Tree, diagnostics: &mut Vec<Diagnostic>) -> Catalogue {
    let mut catalogue = Catalogue::built_in();
    for (i, name) in experiment.profiles.iter().enumerate() {
        let at = FieldPath::new("profiles").index(i);
        match read_profiles(&folder.join(name), name) {
            Ok(profiles) => {
                if let Err(message) = catalogue.extend(name, profiles) {
                    diagnostics.push(at_path(tree, &at, message, None));
                }
            }
            Err(message) => diagnostics.push(at_path(tree, &at, message, None)),
        }
    }
    catalogue
}

/// The profiles of a user's file.
///
/// # Errors
/// What is wrong with it, with the place.
pub fn read_profiles(path: &Path, name: &str) -> Result<Named<Profile>, String> {
    let first = |source: &Source, diagnostics: &[Diagnostic]| {
        let Some(diagnostic) = diagnostics.first() else { return format!("`{name}` cannot be read") };
        let (line, column) = file::line_and_column(&source.text, diagnostic.span.as_ref().map_or(0, |span| span.start));
        let help = diagnostic.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
        format!("{name}:{line}:{column}: {}{help}", diagnostic.message)
    };
    let source = Source::load(path).map_err(|diagnostic| diagnostic.message)?;
    let tree = file::parse(&source).map_err(|d| first(&source, &d))?;
    file::read(&tree).map_err(|d| first(&source, &d))
}

/// How a study is run.
fn plan(experiment: &Experiment, parameters: &Named<f64>, tree: &Tree, diagnostics: &mut Vec<Diagnostic>) -> Plan {
    let run = &experiment.run;
    let at = FieldPath::new("run");
    let no_traces = |_: &str, _: usize| Err("there are no traces here".to_string());
    let lower = models::lower::Lower::new(parameters, Clock::default(), &no_traces);
    let tick = run.tick.as_ref().map_or(1e-9, |tick| lower.positive(&at.field("tick"), tick, Dimension::TIME));
    let clock = Clock::new(1.0 / tick).unwrap_or_default();
    let most = (1u64 << 62) as f64 / clock.ticks_per_second();
    let span = |field: &str, scalar: &Scalar, zero: bool| {
        let at = at.field(field);
        let seconds = match zero {
            true => lower.not_negative(&at, scalar, Dimension::TIME),
            false => lower.positive(&at, scalar, Dimension::TIME),
        };
        if seconds > most {
            let help = format!("with this tick the most is {}", models::units::format(most, Dimension::TIME));
            lower.problem_with_help(&at, "this is beyond the end of virtual time", help);
        }
        clock.span(seconds.min(most))
    };
    let mut problems = lower.take_problems();
    let horizon = match &run.horizon {
        Some(horizon) => span("horizon", horizon, false).max(1),
        None => {
            let help = "add `run: Run(horizon: \"10 min\")`";
            lower.problem_with_help(&at, "the run has no horizon", help);
            1
        }
    };
    let of_horizon = lower.take_problems();
    let known = of_horizon.is_empty();
    problems.extend(of_horizon);
    let warm_up = match &run.warm_up {
        None | Some(WarmUp::Auto) => None,
        Some(WarmUp::Time(time)) => Some(span("warm_up", time, true)),
    };
    if let Some(warm_up) = warm_up.filter(|warm_up| *warm_up >= horizon && known) {
        let seconds = |ticks: u64| models::units::format(ticks as f64 / clock.ticks_per_second(), Dimension::TIME);
        lower.problem_with_help(
            &at.field("warm_up"),
            format!("the warm-up of {} leaves nothing of the horizon of {}", seconds(warm_up), seconds(horizon)),
            "give a shorter warm-up, or a longer horizon",
        );
    }
    let whole = |field: &str, value: &Option<Scalar>, default: u64, low: u64, high: u64| {
        value.as_ref().map_or(default, |value| lower.whole(&at.field(field), value, low, high))
    };
    let replications = whole("replications", &run.replications, 10, 1, 1_000_000);
    let plan = Plan {
        horizon,
        warm_up,
        replications,
        precision: run.precision.as_ref().map(|p| lower.positive(&at.field("precision"), p, Dimension::NONE)),
        max_replications: whole(
            "max_replications",
            &run.max_replications,
            replications.saturating_mul(100).min(1000).max(replications),
            1,
            1_000_000,
        ),
        confidence: run.confidence.as_ref().map_or(0.95, |c| {
            let at = at.field("confidence");
            let value = lower.probability(&at, c);
            if value <= 0.0 || value >= 1.0 {
                lower.problem_with_help(&at, "a confidence lies between 0 and 1", "give 0.95, or 0.99");
                return 0.95;
            }
            value
        }),
        seed: run.seed.unwrap_or(1),
        drain: run.drain.as_ref().map_or(horizon / 10, |drain| span("drain", drain, true)),
        max_in_system: whole("max_in_system", &run.max_in_system, 1_000_000, 1, 1_000_000_000),
        sample: run.sample.as_ref().map_or((horizon / 500).max(1), |sample| span("sample", sample, false).max(1)),
        clock,
    };
    if horizon / plan.sample > 1_000_000 {
        let help = "give a longer `sample`: at most a million points are kept";
        lower.problem_with_help(&at.field("sample"), "the time series would have over a million points", help);
    }
    problems.extend(lower.take_problems());
    diagnostics.extend(problems.iter().map(|problem| locate(problem, tree)));
    plan
}

/// What a path to an indicator may start with.
struct Names {
    components: Vec<String>,
    /// The kind of each.
    kinds: Vec<&'static str>,
    flows: Vec<String>,
}

fn indicator_names(experiment: &Experiment) -> Names {
    Names {
        components: experiment.system.components.keys().cloned().collect(),
        kinds: experiment.system.components.values().map(|component| component.kind()).collect(),
        flows: experiment.system.flows.keys().cloned().collect(),
    }
}

/// A target from its text.
fn target(text: &str, parameters: &Named<f64>, names: &Names) -> Result<Target, (String, Option<String>)> {
    let condition = Condition::parse_with(text, &|name| parameters.get(name).copied())
        .map_err(|error| (error.message, error.help))?;
    let dimension = indicator(&condition.left, names)?;
    let right = condition.right;
    // Percentages and plain numbers are bare.
    if right.dimension != dimension && !(right.dimension == Dimension::NONE && right.value == 0.0) {
        let message =
            format!("`{}` is {}, but the bound is {}", condition.left, dimension.name(), right.dimension.name());
        return Err((message, Some(format!("give {}", dimension.describe()))));
    }
    Ok(Target { text: text.to_string(), condition })
}

/// The dimension of an indicator by its path, such as `telemetry.latency.p95`.
fn indicator(path: &str, names: &Names) -> Result<Dimension, (String, Option<String>)> {
    let known: Vec<&str> = names.components.iter().chain(&names.flows).map(String::as_str).collect();
    let (owner, rest) = match known.iter().find(|name| path.strip_prefix(**name).is_some_and(|r| r.starts_with('.'))) {
        Some(name) => (Some(*name), &path[name.len() + 1..]),
        None => (None, path.strip_prefix("system.").unwrap_or(path)),
    };
    let component = owner.and_then(|name| names.components.iter().position(|c| c == name));
    let flow = owner.is_some_and(|name| names.flows.iter().any(|f| f == name));
    if component.is_some() && flow {
        let message = format!("`{}` is both a component and a flow", owner.unwrap_or_default());
        return Err((message, Some("give the component or the flow another name".into())));
    }
    let whose = match component {
        Some(index) => Owner::Component(models::resources::figures_of(names.kinds[index])),
        None if flow => Owner::Flow,
        None => Owner::System,
    };
    let all = crate::results::indicators(whose);
    match all.iter().find(|(name, _)| *name == rest) {
        Some((_, dimension)) => Ok(*dimension),
        None => {
            let nearest = file::nearest(rest, all.iter().map(|(name, _)| *name));
            let first = path.split('.').next().unwrap_or(path);
            let unknown_owner = owner.is_none() && path.contains('.') && !first.is_empty();
            let owner_nearest = if unknown_owner { file::nearest(first, known.iter().copied()) } else { None };
            let help = match (owner_nearest, nearest) {
                (Some(name), _) => format!("did you mean `{name}`?"),
                (None, Some(name)) => format!("did you mean `{name}`?"),
                _ => {
                    let list: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
                    format!("there are: {}", list.join(", "))
                }
            };
            Err((format!("nothing is measured under `{path}`"), Some(help)))
        }
    }
}

/// Checks the sections that only later commands run.
fn sections(
    experiment: &Experiment,
    source: &Source,
    tree: &Tree,
    parameters: &Named<f64>,
    names: &Names,
    diagnostics: &mut Vec<Diagnostic>,
) {
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
    let try_levels =
        |report: &mut dyn FnMut(&FieldPath, String, Option<String>), at: &FieldPath, path: &str, levels: &Levels| {
            let values: Vec<String> = match levels {
                Levels::List(raw) | Levels::Kind(LevelsKind::OneOf { values: raw }) => {
                    if raw.is_empty() {
                        report(at, "there are no levels".into(), Some("give at least one, such as [1, 2, 4]".into()));
                    }
                    raw.iter().map(|raw| raw.text().to_string()).collect()
                }
                Levels::Kind(kind) => match range_ends(kind, parameters) {
                    Ok(ends) => ends,
                    Err(message) => {
                        report(at, message, Some("the first end is below the second, and neither is infinite".into()));
                        Vec::new()
                    }
                },
            };
            for value in values.iter().take(LEVELS_CHECKED) {
                if let Err((message, help)) = try_value(path, value) {
                    report(at, format!("`{path}` does not take {value}: {message}"), help);
                    break;
                }
            }
        };
    for (path, levels) in experiment.sweep.iter().flatten() {
        try_levels(&mut report, &FieldPath::new("sweep").field(path), path, levels);
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
    if let Some(optimise) = &experiment.optimise {
        let at = FieldPath::new("optimise");
        let indicators = ["throughput", "latency", "data_throughput", "reliability", "energy"];
        for (name, weight) in &optimise.weights {
            let at = at.field("weights").field(name);
            if !indicators.contains(&name.as_str()) {
                let help = format!("there are: {}", indicators.join(", "));
                report(&at, format!("unknown indicator `{name}`"), Some(help));
            }
            let value = match weight {
                Scalar::Number(value) => Some(*value),
                Scalar::Text(text) => {
                    evaluate(text, &|name| parameters.get(name).copied()).ok().map(|measure| measure.value)
                }
            };
            match value {
                Some(value) if value < 0.0 => {
                    report(&at, "a weight is not negative".into(), Some("give 0 or more".into()))
                }
                None => report(&at, format!("`{weight}` is not a number"), None),
                _ => {}
            }
        }
        for (path, levels) in &optimise.vary {
            try_levels(&mut report, &at.field("vary").field(path), path, levels);
        }
        for (i, text) in optimise.subject_to.iter().enumerate() {
            if let Err((message, help)) = target(text, parameters, names) {
                report(&at.field("subject_to").index(i), message, help);
            }
        }
    }
}

/// The ends of a range, as texts that a field may take.
fn range_ends(kind: &LevelsKind, parameters: &Named<f64>) -> Result<Vec<String>, String> {
    let value = |scalar: &Scalar| match scalar {
        Scalar::Number(value) => Ok(*value),
        Scalar::Text(text) => evaluate(text, &|name| parameters.get(name).copied())
            .map(|measure| measure.value)
            .map_err(|error| error.message),
    };
    let (low, high, logarithmic) = match kind {
        LevelsKind::Range { start, end, .. } => (start, end, false),
        LevelsKind::Integers { low, high, .. } | LevelsKind::Reals { low, high, .. } => (low, high, false),
        LevelsKind::LogIntegers { low, high, .. } | LevelsKind::LogReals { low, high, .. } => (low, high, true),
        LevelsKind::OneOf { .. } => return Ok(Vec::new()),
    };
    if let LevelsKind::Integers { step: Some(step), .. } = kind
        && value(step)? <= 0.0
    {
        return Err("a step must be above 0".into());
    }
    let (a, b) = (value(low)?, value(high)?);
    if a > b {
        return Err(format!("the range from {low} to {high} is empty"));
    }
    if logarithmic && a <= 0.0 {
        return Err("a logarithmic range starts above 0".into());
    }
    let text = |scalar: &Scalar| match scalar {
        Scalar::Number(value) => value.to_string(),
        Scalar::Text(text) => format!("{text:?}"),
    };
    Ok(vec![text(low), text(high)])
}

/// Mean durations of so few ticks that rounding to ticks shows.
fn tick_warnings(lowered: &Lowered, plan: &Plan) -> Vec<Diagnostic> {
    let system = &lowered.system;
    let mut told = Vec::new();
    for visit in &system.program.visits {
        let mean = models::graph::mean_demand(visit);
        let name = &system.stations[visit.station as usize].name;
        if mean > 0.0 && mean < 1000.0 && !told.contains(name) {
            told.push(name.clone());
        }
    }
    let tick = models::units::format(1.0 / plan.clock.ticks_per_second(), Dimension::TIME);
    let warn = |name: String| {
        let message = format!("a mean service at `{name}` is under 1000 ticks of {tick}: rounding to ticks may show");
        Diagnostic::warning(message).help("give a shorter `tick` in `run`, such as `tick: \"1 ps\"`")
    };
    told.into_iter().map(warn).collect()
}
