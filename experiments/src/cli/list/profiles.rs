//! Profiles: names by kind, or one as it would be written in a file.

use super::{Failure, Layout, unknown};
use models::catalogue::{BUILT_IN, Catalogue, Profile};
use ron::extensions::Extensions;
use std::fmt::Write;
use std::path::PathBuf;

/// All profiles, or the one of that name.
///
/// # Errors
/// A file of profiles is wrong, or there is none of that name.
pub fn list(files: &[PathBuf], name: Option<&str>, layout: Layout) -> Result<String, Failure> {
    let mut catalogue = Catalogue::built_in();
    for file in files {
        let shown = file.display().to_string();
        crate::study::read_profiles(file, &shown)
            .and_then(|profiles| catalogue.extend(&shown, profiles))
            .map_err(|message| Failure::BadInput(format!("error: {message}")))?;
    }
    match name {
        Some(name) => match catalogue.iter().find(|(own, ..)| *own == name) {
            Some((name, profile, origin)) => one(name, profile, origin, layout),
            None => Err(unknown(name, catalogue.iter().map(|(name, ..)| name))),
        },
        None => Ok(all(&catalogue, layout)),
    }
}

fn all(catalogue: &Catalogue, layout: Layout) -> String {
    let mut out = String::new();
    for kind in ["Device", "Network", "Processor", "Storage"] {
        let _ = writeln!(out, "{}", layout.bold(kind));
        for (name, profile, origin) in catalogue.iter().filter(|(_, profile, _)| profile.component.kind() == kind) {
            let origin = if origin == BUILT_IN { String::new() } else { format!(" [{origin}]") };
            let narrow = Layout { width: layout.width.saturating_sub(2), ..layout };
            let _ = writeln!(out, "  {}", narrow.wrapped(&format!("{name}: {}{origin}", profile.about), 6));
        }
    }
    out.push_str("\nOne with its figures and their source: loadgraph list profiles NAME\n");
    out
}

fn one(name: &str, profile: &Profile, origin: &str, layout: Layout) -> Result<String, Failure> {
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES;
    let pretty = ron::ser::PrettyConfig::new().extensions(extensions);
    let text = ron::ser::to_string_pretty(&profile.component, pretty)
        .map_err(|error| Failure::Failed(format!("the profile cannot be written: {error}")))?;
    // The extensions are what files of loadgraph are read with; they need not say so.
    let text: String = text.lines().filter(|line| !line.starts_with("#!")).map(|line| format!("{line}\n")).collect();
    let weak =
        if profile.weak { "\nSome figures are second-hand, or were not checked against the document." } else { "" };
    Ok(format!(
        "{} ({origin})\n{}\nSource: {}{weak}\n\n{}",
        layout.bold(name),
        layout.wrapped(&profile.about, 0),
        layout.wrapped(&profile.source, 2),
        text.trim_start()
    ))
}
