//! `loadgraph merge`: shards put together.

use super::campaign::{incomplete, present, refused};
use super::ending::Ending;
use super::terminal;
use crate::campaign::store::manifest::Kind;
use crate::campaign::store::{Store, StoreError, merge};
use std::path::PathBuf;

/// What can be said to `merge`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Folders of shards of one sweep or factorial, as `--out` named them, or the one that all have used
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Put everything into this folder (default: the first one)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the results as JSON, and nothing else
    #[arg(long)]
    json: bool,
    /// Draw no pictures
    #[arg(long)]
    no_plots: bool,
}

/// Merges shards.
///
/// # Errors
/// A folder holds no store, or one of another campaign; a store is corrupt; results differ.
pub fn command(options: &Options) -> Ending {
    let mut stores: Vec<Store> =
        options.folders.iter().map(|f| Store::read(f)).collect::<Result<_, _>>().map_err(refused)?;
    let manifest = stores[0].manifest.clone();
    if let Some(other) = stores.iter().find(|store| store.manifest.id != manifest.id) {
        let error =
            StoreError::Other { folder: other.folder().to_path_buf(), manifest: Box::new(other.manifest.clone()) };
        return Err(refused(error));
    }
    let target = match &options.out {
        Some(out) => Store::open(out, manifest).map_err(refused)?,
        None => stores.remove(0),
    };
    let index = merge::gather(&target, &stores).map_err(refused)?;
    if target.manifest.kind == Kind::Optimise {
        terminal::note("put together: the same `loadgraph optimise` goes on from there");
        return Ok(0);
    }
    if index.is_empty() {
        return incomplete(&target, &index);
    }
    let status = present(&target, &index, options.json, !options.no_plots)?;
    if index.len() < target.manifest.count() { incomplete(&target, &index) } else { Ok(status) }
}
