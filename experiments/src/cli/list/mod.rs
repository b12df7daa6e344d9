//! `loadgraph list`: what files can use.

mod families;
mod indicators;
mod profiles;
mod studies;
pub mod words;

use super::ending::{Ending, Failure};
use super::terminal;
use crate::report::table::Layout;
use std::fmt::Write;
use std::path::PathBuf;
use words::Word;

/// What can be said to `list`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// What to list; without it, what lists there are
    what: Option<What>,
    /// One of them in full: `list profiles wifi-4`, `list steps Send`
    name: Option<String>,
    /// Profiles of your own, as `profiles:` of an experiment names them
    #[arg(long, value_name = "FILE")]
    profiles: Vec<PathBuf>,
}

/// The lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// Kinds of components and their fields
    Components,
    /// Steps of flows
    Steps,
    /// Protocols of messages and links
    Protocols,
    /// Orders of service
    Disciplines,
    /// Laws of load
    Laws,
    /// Distributions of quantities
    Distributions,
    /// Workloads
    Arrivals,
    /// What is measured
    Indicators,
    /// Cache replacement policies
    Policies,
    /// Families of curves for `calibrate`, of models for `predict`
    Families,
    /// Named figures of real devices, links, processors and storage
    Profiles,
    /// Shipped experiment files
    Studies,
}

/// Prints a list.
///
/// # Errors
/// There is nothing of that name, or a file of profiles is wrong.
pub fn command(options: &Options) -> Ending {
    let layout = terminal::layout();
    let name = options.name.as_deref();
    let text = match options.what {
        None => overview(layout),
        Some(What::Components) => words(words::COMPONENTS, name, layout)? + &common(name, layout),
        Some(What::Steps) => words(words::STEPS, name, layout)?,
        Some(What::Protocols) => words(words::PROTOCOLS, name, layout)?,
        Some(What::Disciplines) => words(words::DISCIPLINES, name, layout)?,
        Some(What::Laws) => words(words::LAWS, name, layout)?,
        Some(What::Distributions) => words(words::DISTRIBUTIONS, name, layout)?,
        Some(What::Arrivals) => words(words::ARRIVALS, name, layout)?,
        Some(What::Indicators) => indicators::list(layout),
        Some(What::Policies) => policies(name, layout)?,
        Some(What::Families) => words(families::FAMILIES, name, layout)?,
        Some(What::Profiles) => profiles::list(&options.profiles, name, layout)?,
        Some(What::Studies) => studies::list(layout),
    };
    terminal::say(&text)?;
    Ok(0)
}

/// What lists there are.
fn overview(layout: Layout) -> String {
    use clap::ValueEnum;
    let mut out = String::from("Lists of what experiment files can use:\n\n");
    for what in What::value_variants() {
        let Some(value) = what.to_possible_value() else { continue };
        let about = value.get_help().map(ToString::to_string).unwrap_or_default();
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(out, "  loadgraph list {} {about}", layout.bold(&format!("{:14}", value.get_name())));
    }
    out
}

/// A list of words, or one of them.
fn words(all: &[Word], name: Option<&str>, layout: Layout) -> Result<String, Failure> {
    let chosen: Vec<&Word> = match name {
        None => all.iter().collect(),
        Some(name) => vec![
            all.iter()
                .find(|word| word.name.eq_ignore_ascii_case(name))
                .ok_or_else(|| unknown(name, all.iter().map(|word| word.name)))?,
        ],
    };
    let mut out = String::new();
    for word in chosen {
        let _ = writeln!(out, "{}", layout.wrapped(&format!("{}: {}", layout.bold(word.name), word.about), 4));
        for line in word.example.lines() {
            let _ = writeln!(out, "    {}", layout.styled("36", line));
        }
    }
    Ok(out)
}

/// The replacement policies, or one of them.
fn policies(name: Option<&str>, layout: Layout) -> Result<String, Failure> {
    use models::caching::Kind;
    let wanted = match name {
        None => None,
        Some(name) => Some(Kind::named(name).ok_or_else(|| unknown(name, Kind::LIST.iter().map(|entry| entry.0)))?),
    };
    let mut out = String::new();
    for (name, about) in Kind::LIST.iter().filter(|entry| wanted.is_none_or(|kind| kind.name() == entry.0)) {
        let _ = writeln!(out, "{}", layout.wrapped(&format!("{}: {about}", layout.bold(name)), 4));
    }
    Ok(out)
}

/// The fields that all components share.
fn common(name: Option<&str>, layout: Layout) -> String {
    if name.is_some() {
        return String::new();
    }
    let mut out = format!("\n{}\n", layout.bold("Fields of every component"));
    for (field, about) in words::COMMON {
        let _ = writeln!(out, "  {}", layout.styled("36", field));
        let narrow = Layout { width: layout.width.saturating_sub(6), ..layout };
        let _ = writeln!(out, "      {}", narrow.wrapped(about, 6));
    }
    out
}

/// Nothing has that name.
fn unknown<'n>(name: &str, all: impl Iterator<Item = &'n str>) -> Failure {
    let all: Vec<&str> = all.collect();
    let help = match crate::file::nearest(name, all.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", all.join(", ")),
    };
    Failure::BadInput(format!("error: there is no `{name}` in this list\n  help: {help}"))
}
