//! A command.
use super::ending::Ending;
/// What can be said.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {}
/// Does it.
///
/// # Errors
/// None.
pub fn command(_: &Options) -> Ending {
    Ok(0)
}
