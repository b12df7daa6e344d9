//! `loadgraph check`: what can be said of a file without simulating it.

use super::ending::Ending;
use super::{StudyArgs, terminal};
use crate::file;
use crate::report::table::Layout;
use crate::report::table::grid::Grid;
use crate::study::Study;
use models::units::format_share;

/// What can be said to `check`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
}

/// Checks a file.
///
/// # Errors
/// Bad input.
pub fn command(options: &Options) -> Ending {
    let study = Study::load(&options.study.file, &options.study.overrides(), terminal::colour_err())?;
    if !study.warnings.is_empty() {
        let text = file::render(&study.source, &study.warnings, terminal::colour_err());
        terminal::note(text.trim_end());
    }
    let system = &study.lowered.system;
    let mut grid = Grid::new(&["component", "kind", "offered utilisation"]);
    grid.texts = 2;
    for (station, offered) in system.stations.iter().zip(models::graph::offered_utilisation(system)) {
        let offered = offered.map_or_else(|| "what the system takes".to_string(), format_share);
        grid.row(vec![station.name.clone(), station.kind.name().to_string(), offered]);
    }
    let layout = Layout { width: terminal::width(), colour: terminal::colour_out() };
    terminal::say(&format!("{}\n{}: ok\n", grid.render(layout), options.study.file.display()))?;
    Ok(0)
}
