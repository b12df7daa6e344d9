//! How a command ends: exit statuses and the last words.

use crate::cli::terminal;
use crate::fault::Fault;
use crate::store::owner;
use crate::study::BadInput;
use std::path::Path;
use std::process::ExitCode;

/// What could be worked out could not be written: as `EX_IOERR` of sysexits.h.
const UNWRITTEN: u8 = 74;

/// Interrupted, and the same command goes on from there: as `EX_TEMPFAIL` of sysexits.h.
pub const RESUMABLE: u8 = 75;

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file or an option is wrong: rendered diagnostics.
    #[error("{0}")]
    BadInput(String),
    /// Something outside went wrong.
    #[error("error: {0}")]
    Failed(String),
    /// Ctrl-C.
    #[error("interrupted: nothing was written")]
    Interrupted,
    /// Interrupted; what was done is kept.
    #[error("{0}")]
    Resumable(String),
    /// Nobody reads the output any more.
    #[error("")]
    NoReader,
}

impl From<BadInput> for Failure {
    fn from(bad: BadInput) -> Failure {
        Failure::BadInput(bad.text.trim_end().to_string())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure::BadInput(fault.to_string())
    }
}

impl From<crate::run::Interrupted> for Failure {
    fn from(_: crate::run::Interrupted) -> Failure {
        Failure::Interrupted
    }
}

/// Results cannot be written to a folder.
pub fn cannot_write(target: &Path, error: &std::io::Error) -> Failure {
    Failure::BadInput(format!(
        "error: results cannot be written to {}: {error}\n  help: give a folder that can be written with `--out DIR`",
        target.display()
    ))
}

/// Results that were worked out cannot be written.
pub fn lost(target: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Failed(format!("the results could not be written to {}: {error}", target.display()))
}

/// Whether a folder that was named may be written to without `--force`.
pub fn may_replace(out: Option<&Path>, file: &Path, title: &str) -> Result<(), Failure> {
    match out.and_then(|out| owner::objection(out, file, title)) {
        None => Ok(()),
        Some(objection) => {
            let help = "give another folder, or `--force` to replace what is there";
            Err(Failure::BadInput(format!("error: {objection}\n  help: {help}")))
        }
    }
}

/// An exit status, or why there is nothing to say it about.
pub type Ending = Result<u8, Failure>;

/// Prints the last words, if any, and gives the status to the system.
pub fn exit(ending: Ending) -> ExitCode {
    let status = match &ending {
        Ok(status) => *status,
        Err(Failure::Failed(_)) => UNWRITTEN,
        Err(Failure::BadInput(_)) => 2,
        Err(Failure::Resumable(_)) => RESUMABLE,
        Err(Failure::Interrupted) => 130,
        Err(Failure::NoReader) => 0,
    };
    if let Err(failure) = ending {
        let text = failure.to_string();
        if !text.is_empty() {
            terminal::note(&text);
        }
    }
    ExitCode::from(status)
}
