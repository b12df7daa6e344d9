//! `loadgraph sweep`: many configurations.

use super::campaign::{self, CampaignArgs};
use super::ending::{Ending, Failure};
use super::{StudyArgs, terminal};
use crate::campaign::responses::responses;
use crate::campaign::store::manifest::{Kind, Manifest};
use crate::file::{self, Diagnostic, Source};
use crate::study::Study;

/// What can be said to `sweep`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
    /// Vary a field instead of what the file says: `gateway.cores=1,2,4`, `load=Reals(0.1,0.9,9)`, `sensors.count=1..=8`,
    /// `LogReals`, `Integers`, `LogIntegers`; several are combined
    #[arg(long, value_name = "PATH=LEVELS", value_parser = super::override_)]
    vary: Vec<(String, String)>,
    /// Take the levels of all --vary together, first with first, instead of every combination
    #[arg(long, requires = "vary", conflicts_with = "latin")]
    zip: bool,
    /// Take so many points of a Latin hypercube over the ranges of all --vary
    #[arg(long, requires = "vary", value_name = "POINTS")]
    latin: Option<u64>,
    /// Print and draw this indicator, such as telemetry.latency.p95; may be given several times
    #[arg(long, value_name = "PATH")]
    response: Vec<String>,
    #[command(flatten)]
    campaign: CampaignArgs,
}

/// Runs a sweep.
///
/// # Errors
/// Bad input, an interrupt, or results that cannot be kept.
pub fn command(options: &Options) -> Ending {
    let study = load(options)?;
    let inputs = campaign::prepare(&study)?;
    let Some(design) = study.sweep.clone() else {
        return Err(Failure::BadInput(format!(
            "error: {} has no `sweep` section\n  help: say what to vary: `--vary gateway.cores=1,2,4`",
            study.path.display()
        )));
    };
    let asked = study.experiment.sweep.as_ref().map_or_else(Vec::new, |sweep| sweep.design().responses);
    let responses = responses(&study, &asked).map_err(|(message, help)| {
        Failure::BadInput(format!("error: {message}{}", help.map_or(String::new(), |help| format!("\n  help: {help}"))))
    })?;
    let manifest = Manifest::of(Kind::Sweep, &study, design, responses, &inputs);
    campaign::run(&study, manifest, &options.campaign)
}

/// The study, with what the command line says of its sweep spliced into the text, so that it gets every check.
fn load(options: &Options) -> Result<Study, Failure> {
    let mut overrides = options.study.overrides();
    let file = &options.study.file;
    if !options.vary.is_empty() {
        overrides.push(("sweep".to_string(), section(options)));
    } else if !options.response.is_empty() {
        let list = texts(&options.response);
        // A plain map of fields has no room for responses.
        let plain = Source::load(file).ok().and_then(|source| plain_section(&source));
        overrides.push(match plain {
            Some(map) => ("sweep".to_string(), format!("Sweep(grid: {map}, responses: {list})")),
            None => ("sweep.responses".to_string(), list),
        });
    }
    Ok(Study::load(file, &overrides, terminal::colour_err())?)
}

/// The sweep section of a file, if it is a plain map.
fn plain_section(source: &Source) -> Option<String> {
    let tree = file::parse(source).ok()?;
    let file::Kind::Group(group) = &tree.root().kind else { return None };
    let field = group.fields.iter().find(|field| field.name.text == "sweep")?;
    let text = tree.text_of(&field.value).to_string();
    text.starts_with('{').then_some(text)
}

/// The section that `--vary` stands for.
fn section(options: &Options) -> String {
    let entries: Vec<String> =
        options.vary.iter().map(|(path, levels)| format!("{path:?}: {}", levels_of(levels))).collect();
    let map = format!("{{ {} }}", entries.join(", "));
    let part = match (options.latin, options.zip) {
        (Some(points), _) => format!("latin: (points: {points}, vary: {map})"),
        (None, true) => format!("zip: {map}"),
        (None, false) => format!("grid: {map}"),
    };
    let responses =
        if options.response.is_empty() { String::new() } else { format!(", responses: {}", texts(&options.response)) };
    format!("Sweep({part}{responses})")
}

fn texts(list: &[String]) -> String {
    let list: Vec<String> = list.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", list.join(", "))
}

/// Levels as the file would have them: a list or range as it is, values with commas between them as a list.
fn levels_of(text: &str) -> String {
    const RANGES: [&str; 5] = ["Integers(", "LogIntegers(", "Reals(", "LogReals(", "OneOf("];
    let text = text.trim();
    let range = text.contains("..") && !text.contains([',', '"']);
    if text.starts_with('[') || range || RANGES.iter().any(|name| text.starts_with(name)) {
        return text.to_string();
    }
    let value = |item: &str| -> String {
        let item = item.trim();
        let reads: Result<_, Vec<Diagnostic>> = file::parse_fragment(item, 0);
        if reads.is_ok() { item.to_string() } else { format!("{item:?}") }
    };
    format!("[{}]", at_commas(text).into_iter().map(value).collect::<Vec<_>>().join(", "))
}

/// The parts between commas that stand in no brackets and no quotes.
fn at_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quoted) = (Vec::new(), 0, 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_may_be_written_shortly() {
        assert_eq!(levels_of("1,2, 4"), "[1, 2, 4]");
        assert_eq!(levels_of("8"), "[8]");
        assert_eq!(levels_of("20 Mbit/s,54 Mbit/s"), "[\"20 Mbit/s\", \"54 Mbit/s\"]");
        assert_eq!(levels_of("Fcfs,Priority(preemption: Resume, aging: 1),\"a,b\""), {
            "[Fcfs, Priority(preemption: Resume, aging: 1), \"a,b\"]"
        });
        assert_eq!(levels_of("[1, 2]"), "[1, 2]");
        assert_eq!(levels_of("1..=8"), "1..=8");
        assert_eq!(levels_of("LogReals(0.1, 10, 3)"), "LogReals(0.1, 10, 3)");
        assert_eq!(levels_of("PowerOf(2),PowerOf(3)"), "[PowerOf(2), PowerOf(3)]");
    }
}
