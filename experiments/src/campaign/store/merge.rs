//! Merging: all records in the order of their configurations, each once, in one segment.
//!
//! The bytes follow from what was run alone, whoever has run which part of it, how often it was begun, and what was run
//! twice.

use super::index::{Index, MERGED};
use super::{Store, StoreError, held, io_at, segment};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

/// Merges the segments of a store, and removes them once everything is done. Gives what is done.
///
/// # Errors
/// A segment is damaged, two records differ, or the disk refuses; then everything is as it was.
pub fn merge(store: &Store) -> Result<Index, StoreError> {
    gather(store, &[])
}

/// The same, with the records of other stores of the same campaign.
///
/// # Errors
/// As [`merge`].
pub fn gather(store: &Store, others: &[Store]) -> Result<Index, StoreError> {
    let _held = held(store.folder())?;
    let own = store.index()?;
    let mut all: Vec<Index> = others.iter().map(Store::index).collect::<Result<_, _>>()?;
    all.insert(0, own);
    let path = store.records().join(MERGED);
    let beside = store.records().join(format!("{MERGED}-{}.tmp", std::process::id()));
    let written =
        write(&beside, &store.manifest.id, &all).and_then(|()| fs::rename(&beside, &path).map_err(io_at(&path)));
    if let Err(error) = written {
        // What could not be finished is not needed.
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    if let Ok(folder) = File::open(store.records()) {
        let _ = folder.sync_all();
    }
    let merged = store.index()?;
    // As long as something is missing somebody may still be at work where locks are not seen.
    let complete = merged.len() >= store.manifest.count();
    for old in all[0].left_behind().filter(|_| complete) {
        match fs::remove_file(&old) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io_at(&old)(error)),
            _ => {}
        }
    }
    store.index()
}

fn write(path: &Path, id: &str, all: &[Index]) -> Result<(), StoreError> {
    let failed = io_at(path);
    let mut out = BufWriter::new(File::create(path).map_err(&failed)?);
    out.write_all(segment::head(id).as_bytes()).map_err(&failed)?;
    let mut numbers: Vec<u64> = all.iter().flat_map(|index| index.records().map(|(number, _)| number)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    for number in numbers {
        let mut first: Option<(std::path::PathBuf, Vec<u8>)> = None;
        for index in all {
            let Some(place) = index.place(number) else { continue };
            let found = index.line(&place)?;
            match &first {
                None => first = Some(found),
                Some((path, line)) if *line != found.1 => {
                    return Err(StoreError::Conflict { index: number, first: path.clone(), second: found.0 });
                }
                Some(_) => {}
            }
        }
        if let Some((_, line)) = first {
            out.write_all(&line).map_err(&failed)?;
        }
    }
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(&failed)
}
