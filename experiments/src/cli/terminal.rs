//! Where output goes: results to stdout, everything else to stderr.

use super::ending::Failure;
use crate::report::table::Layout;
use std::io::{ErrorKind, IsTerminal, Write};

/// Narrowest and widest tables [columns].
const WIDTHS: (usize, usize) = (80, 120);

/// Whether stdout takes colour.
pub fn colour_out() -> bool {
    std::io::stdout().is_terminal() && colour_wanted()
}

/// Whether stderr takes colour.
pub fn colour_err() -> bool {
    std::io::stderr().is_terminal() && colour_wanted()
}

/// <https://no-color.org>: set and not empty means none.
fn colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Columns that tables may take: those of the terminal, or of `COLUMNS`, within limits.
pub fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    told.or_else(terminal).unwrap_or(100).clamp(WIDTHS.0, WIDTHS.1)
}

/// How tables are laid out on stdout.
pub fn layout() -> Layout {
    Layout { width: width(), colour: colour_out() }
}

/// Prints to stdout.
///
/// # Errors
/// [`Failure::NoReader`] when stdout was closed, [`Failure::Failed`] when it cannot be written.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::NoReader,
        _ => Failure::Failed(format!("standard output cannot be written: {error}")),
    })
}

/// Prints a line to stderr, if somebody listens.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
