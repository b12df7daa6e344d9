//! The store of a campaign: what is done, so that it need not be done again.
//!
//! ```text
//! <folder>/store.json              what is run (manifest)
//!          store.lock              held while the store is opened or merged
//!          records/<writer>.seg    what one process has appended (segment)
//!          records/merged.seg      all of it in order, once it is complete (merge)
//! ```
//!
//! Every process appends to a segment of its own and never changes another's, so processes that die leave at worst half
//! a line behind, and processes that live at once cannot disturb each other. A line has its length and a checksum
//! ([`segment`]). Before a process starts with a configuration it says so by a claim; a claim holds as long as its
//! writer lives, that is, holds the lock of its segment ([`lock`]), so others take something else meanwhile
//! ([`index`]). Where locks do not work (some network file systems) claims are not believed: work may then be done twice,
//! which changes nothing, as equal records count once. Unequal ones are an error: something is not deterministic.

pub mod index;
pub mod lock;
pub mod manifest;
pub mod merge;
pub mod segment;
pub mod writer;

use index::{Index, Place};
use manifest::Manifest;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::record::Record;

/// The folder of the segments.
const RECORDS: &str = "records";
/// Held while the store is opened or merged.
const LOCK: &str = "store.lock";

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was to be read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds no store.
    #[error("{} holds no sweep or factorial: there is no {} in it", .0.display(), manifest::FILE)]
    None(PathBuf),
    /// The folder holds something else.
    #[error("{} is not empty, and holds no store", .0.display())]
    Occupied(PathBuf),
    /// The manifest cannot be read.
    #[error("{}: the store is corrupt: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The store belongs to something else.
    #[error(
        "{} holds another {}, \"{}\" ({}): other text, seed, inputs or version of loadgraph", folder.display(), manifest.kind,
        manifest.title, manifest.file
    )]
    Other {
        /// The folder.
        folder: PathBuf,
        /// Whose it is.
        manifest: Box<Manifest>,
    },
    /// The store was written by a later version.
    #[error("{} was written by a newer version of loadgraph (format {found}; this one knows {})", folder.display(), manifest::FORMAT)]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// Its format.
        found: u64,
    },
    /// A segment is damaged.
    #[error("{}: the store is corrupt: byte {at}: {reason}", path.display())]
    Corrupt {
        /// The segment.
        path: PathBuf,
        /// Where it is wrong [bytes].
        at: u64,
        /// What is wrong.
        reason: String,
    },
    /// The same configuration gave two results.
    #[error(
        "configuration {} was simulated twice with different results: in {} and in {}", index + 1, first.display(),
        second.display()
    )]
    Conflict {
        /// The configuration.
        index: u64,
        /// A segment.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
}

impl StoreError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            StoreError::Io { .. } => "what is stored stays: the same command goes on from there",
            StoreError::None(_) => "give the folder that `loadgraph sweep` or `factorial` has printed",
            StoreError::Occupied(_) => "give an empty folder, or one that does not exist yet",
            StoreError::Manifest { .. } => "move the folder away and start again",
            StoreError::Other { .. } => "give another folder with `--out DIR`",
            StoreError::Newer { .. } => "use that version, or give another folder with `--out DIR`",
            StoreError::Corrupt { .. } => {
                "move that file away: its configurations are simulated again, all others stay"
            }
            StoreError::Conflict { .. } => {
                "two versions of the program or two kinds of machine have worked on it: remove one of the files"
            }
        }
    }
}

/// Says what an error of the file system is about.
pub(super) fn io_at(path: &Path) -> impl Fn(io::Error) -> StoreError + use<> {
    let path = path.to_path_buf();
    move |source| StoreError::Io { path: path.clone(), source }
}

/// A store.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// What is run.
    pub manifest: Manifest,
}

impl Store {
    /// Opens the store in a folder for a campaign; makes it where there is none.
    ///
    /// # Errors
    /// The folder holds something else, or cannot be written.
    pub fn open(folder: &Path, manifest: Manifest) -> Result<Store, StoreError> {
        let there = folder.join(manifest::FILE).exists();
        if !there && fs::read_dir(folder).is_ok_and(|mut entries| entries.any(|e| !is_own_trace(e))) {
            return Err(StoreError::Occupied(folder.to_path_buf()));
        }
        let records = folder.join(RECORDS);
        fs::create_dir_all(&records).map_err(io_at(&records))?;
        let _held = held(folder)?;
        match manifest::read(folder) {
            Ok(found) if found.id == manifest.id && found.kind == manifest.kind => {
                Ok(Store { folder: folder.to_path_buf(), manifest: found })
            }
            Ok(found) => Err(StoreError::Other { folder: folder.to_path_buf(), manifest: Box::new(found) }),
            Err(StoreError::None(_)) => {
                manifest::write(folder, &manifest)?;
                Ok(Store { folder: folder.to_path_buf(), manifest })
            }
            Err(error) => Err(error),
        }
    }

    /// The store that is in a folder.
    ///
    /// # Errors
    /// There is none, or one that cannot be read.
    pub fn read(folder: &Path) -> Result<Store, StoreError> {
        Ok(Store { folder: folder.to_path_buf(), manifest: manifest::read(folder)? })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where its segments are.
    pub fn records(&self) -> PathBuf {
        self.folder.join(RECORDS)
    }

    /// What is done, as it stands now.
    ///
    /// # Errors
    /// A segment is damaged or cannot be read.
    pub fn index(&self) -> Result<Index, StoreError> {
        let mut index = Index::new(&self.records(), &self.manifest.id);
        index.refresh()?;
        Ok(index)
    }

    /// The store to oneself, until what is returned is dropped: tables and pictures are written one after the other by
    /// those that come to the end together. What others have left half-written is removed.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn alone(&self) -> Result<File, StoreError> {
        let held = held(&self.folder)?;
        for folder in [&self.folder, &self.records()] {
            let entries = fs::read_dir(folder).map_err(io_at(folder))?;
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.extension().is_some_and(|ending| ending == "tmp" || ending == "partial") {
                    // Whoever cannot remove it leaves it to the next.
                    let _ = fs::remove_file(path);
                }
            }
        }
        Ok(held)
    }

    /// A record.
    ///
    /// # Errors
    /// It cannot be read, or is none of this campaign.
    pub fn record(&self, index: &Index, place: &Place) -> Result<Record, StoreError> {
        let (path, json) = index.json(place)?;
        serde_json::from_str(&json).map_err(|error| StoreError::Corrupt {
            path,
            at: place.offset,
            reason: format!("the record cannot be understood: {error}"),
        })
    }
}

/// The lock of a store, held until it is dropped.
pub(super) fn held(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io_at(&path))?;
    lock::hold(&file);
    Ok(file)
}

/// Whether an entry of a folder is what a process leaves that is killed while it makes a store.
fn is_own_trace(entry: io::Result<fs::DirEntry>) -> bool {
    entry.is_ok_and(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name == RECORDS || name == LOCK || name.ends_with(".tmp")
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
