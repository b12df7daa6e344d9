//! Profiles: named sets of default fields for devices, networks, processors and storage, with where their figures stand.
//!
//! The built-in ones are data, one file per kind: `devices.ron`, `networks.ron`, `processors.ron`, `storage.ron`. A
//! component that says `profile: "esp32-wifi"` takes from the profile what it leaves out itself.
//!
//! Users add profiles in files of the same form, which their experiment file names:
//!
//! ```text
//! {
//!     "our-gateway": Profile(
//!         component: Processor(cores: 4, frequency: "1.8 GHz", power: (idle: "3 W", active: "7 W")),
//!         about: "The gateway in our hall, firmware 2.1",
//!         source: "measured at the plug, 2025-03-04",
//!         weak: false, // true where a figure is second-hand or unchecked; may be left out
//!     ),
//! }
//! ```
//!
//! A profile of a built-in name takes its place. Reading users' files, with places for mistakes, is not done here. The
//! built-in files are read by the `ron` crate alone, which cannot tell a law or a distribution from a plain number: they
//! hold constants, and name a measured law in `about`.

#[cfg(test)]
mod tests;

use crate::spec::{Component, Named};
use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Default fields of a component, and where their figures stand.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The fields that a component of this profile need not give.
    pub component: Component,
    /// What it is, and what the figures mean, in one line.
    pub about: String,
    /// Where the figures stand: document and table.
    pub source: String,
    /// Whether some of the figures are second-hand, or were not checked against the document.
    #[serde(default)]
    pub weak: bool,
}

/// Profiles by name, each with where it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    entries: Named<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    profile: Profile,
    origin: String,
}

/// The origin of the profiles that loadgraph brings along.
pub const BUILT_IN: &str = "built in";

/// The files of the built-in profiles: name and text.
const FILES: [(&str, &str); 4] = [
    ("devices.ron", include_str!("devices.ron")),
    ("networks.ron", include_str!("networks.ron")),
    ("processors.ron", include_str!("processors.ron")),
    ("storage.ron", include_str!("storage.ron")),
];

/// Why the profile of a component cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// No profile has that name.
    #[error("there is no profile `{name}` for a {kind}{}", suggestion(.nearest))]
    Unknown {
        /// The name as written.
        name: String,
        /// The kind of the component that names it.
        kind: &'static str,
        /// Profiles of that kind with a similar name, the most similar first.
        nearest: Vec<String>,
    },
    /// The profile is of another kind of component.
    #[error("the profile `{name}` is of a {found}, not of a {kind}")]
    OtherKind {
        /// The name as written.
        name: String,
        /// The kind of the component that names it.
        kind: &'static str,
        /// The kind that the profile is of.
        found: &'static str,
    },
}

fn suggestion(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!("; did you mean {}?", names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" or ")),
    }
}

impl Catalogue {
    /// The profiles that loadgraph brings along.
    pub fn built_in() -> Catalogue {
        static BUILT: OnceLock<Catalogue> = OnceLock::new();
        BUILT
            .get_or_init(|| {
                let mut catalogue = Catalogue::default();
                for (name, text) in FILES {
                    let added = parse(text)
                        .map_err(|error| error.to_string())
                        .and_then(|profiles| catalogue.extend(BUILT_IN, profiles));
                    // The files are part of the program, and a test parses and adds them all: this cannot fail.
                    added.unwrap_or_else(|error| panic!("the built-in profiles in {name} do not parse: {error}"));
                }
                catalogue
            })
            .clone()
    }

    /// Adds profiles that came from `origin`, a file name. A name that is built in is given its new meaning.
    ///
    /// # Errors
    /// A name that another of the user's files gives too, an empty name, and a profile that itself names a profile; the
    /// catalogue is then unchanged.
    pub fn extend(&mut self, origin: &str, profiles: Named<Profile>) -> Result<(), String> {
        for (name, profile) in &profiles {
            if name.trim().is_empty() {
                return Err(format!("a profile in {origin} has no name"));
            }
            if let Some(other) = profile.component.profile() {
                return Err(format!(
                    "the profile `{name}` in {origin} names the profile `{other}`; give its fields instead"
                ));
            }
            if let Some(entry) = self.entries.get(name)
                && (entry.origin != BUILT_IN || origin == BUILT_IN)
            {
                return Err(format!(
                    "the profile `{name}` is in {} and in {origin}; rename one of the two",
                    entry.origin
                ));
            }
        }
        for (name, profile) in profiles {
            self.entries.insert(name, Entry { profile, origin: origin.to_owned() });
        }
        Ok(())
    }

    /// The profile of that name.
    pub fn get(&self, name: &str) -> Option<&Profile> {
        self.entries.get(name).map(|entry| &entry.profile)
    }

    /// Names of the profiles of a kind ("Device", "Network", "Processor", "Storage"), in the order of the files.
    pub fn names_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(_, profile, _)| profile.component.kind() == kind).map(|(name, _, _)| name)
    }

    /// All profiles: name, profile and origin ([`BUILT_IN`] or a file name).
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Profile, &str)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), &entry.profile, entry.origin.as_str()))
    }

    /// The component with what it leaves out taken from the profile that it names; unchanged where it names none.
    ///
    /// # Errors
    /// The profile is unknown, or of another kind of component.
    pub fn apply(&self, component: Component) -> Result<Component, ApplyError> {
        let Some(name) = component.profile() else { return Ok(component) };
        let (name, kind) = (name.to_owned(), component.kind());
        let Some(profile) = self.get(&name) else {
            let nearest = self.nearest(&name, kind);
            return Err(ApplyError::Unknown { name, kind, nearest });
        };
        let found = profile.component.kind();
        component.or(profile.component.clone()).ok_or(ApplyError::OtherKind { name, kind, found })
    }

    /// Up to three names of that kind that `name` may have been meant to be, the most similar first.
    fn nearest(&self, name: &str, kind: &str) -> Vec<String> {
        /// Jaro-Winkler similarity below which two names have little in common.
        const SIMILAR: f64 = 0.8;
        let wanted = name.to_lowercase().replace(['_', ' '], "-");
        let mut similar: Vec<(f64, &str)> = self
            .names_of(kind)
            .map(|candidate| (strsim::jaro_winkler(candidate, &wanted), candidate))
            .filter(|(similarity, _)| *similarity >= SIMILAR)
            .collect();
        similar.sort_by(|a, b| b.0.total_cmp(&a.0)); // stable: equals stay in the order of the files
        similar.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
    }
}

/// Profiles from the text of a built-in file.
fn parse(text: &str) -> Result<Named<Profile>, ron::error::SpannedError> {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES)
        .from_str(text)
}
