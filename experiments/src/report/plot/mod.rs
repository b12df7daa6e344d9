//! Pictures of results, as PNG.
//!
//! One file per kind of picture: each defines the plain data that it shows and draws it. `style` holds colours and
//! sizes, `axis` ranges, units and tick marks, `frame` panels and legends, `layered` the layout of graphs, `font` and
//! `raster` texts and shapes, `canvas` the drawing and saving. Nothing here knows of simulations, and nothing needs
//! fonts or libraries of the machine. Equal data give equal bytes.
//!
//! To add a kind of picture, write its file and name it in the list below.

use std::io;
use std::path::PathBuf;

mod axis;
mod canvas;
mod font;
mod frame;

mod layered;
mod raster;
mod style;

pub mod contributions;
pub mod fit;
pub mod gains;
pub mod graph;
pub mod heat_map;
pub mod indicators;
pub mod latency;
pub mod multiples;
pub mod response;
pub mod scatter;
pub mod timeline;

/// What every picture of a study says at its edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Title of the study, at the top.
    pub title: String,
    /// Hash of the manifest of the run: its first characters at the bottom, all of it in the text chunk
    /// `loadgraph-manifest` of the file.
    pub hash: String,
    /// What the numbers rest on, such as "10 replications of 600 s, warm-up 30 s, 95 % intervals".
    pub footnote: String,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The file could not be written.
    #[error("cannot write the picture {}: {source}", path.display())]
    Io {
        /// The picture that was wanted.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The drawing library refused.
    #[error("cannot draw the picture {}: {reason}", path.display())]
    Drawing {
        /// The picture that was wanted.
        path: PathBuf,
        /// What the library said.
        reason: String,
    },
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
