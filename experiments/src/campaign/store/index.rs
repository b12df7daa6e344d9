//! What is done, and who is doing what: all segments of a store together.

use super::segment::{self, Found, Kind};
use super::{StoreError, io_at, lock};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Ending of the names of segments.
pub const ENDING: &str = "seg";
/// The segment that all others are merged into.
pub const MERGED: &str = "merged.seg";
/// How often the folder is read again when segments are merged away at the same time.
const ATTEMPTS: usize = 20;

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    segment: usize,
    /// First byte of its line.
    pub offset: u64,
    check: u64,
}

/// What all segments say.
#[derive(Debug)]
pub struct Index {
    folder: PathBuf,
    id: String,
    /// File names, and the byte up to which each has been read.
    segments: Vec<(String, u64)>,
    /// Where the record of each configuration is.
    done: BTreeMap<u64, Place>,
    /// The segments that have claimed a configuration.
    claims: HashMap<u64, Vec<usize>>,
    /// Segments whose writer lives.
    alive: HashSet<usize>,
    /// The segment of this process.
    own: Option<String>,
}

impl Index {
    /// An index that has read nothing yet.
    pub fn new(folder: &Path, id: &str) -> Index {
        Index {
            folder: folder.to_path_buf(),
            id: id.to_string(),
            segments: Vec::new(),
            done: BTreeMap::new(),
            claims: HashMap::new(),
            alive: HashSet::new(),
            own: None,
        }
    }

    /// Says which segment is this process's own: its claims bind only others.
    pub fn set_own(&mut self, name: &str) {
        self.own = Some(name.to_string());
    }

    /// Reads what has been appended since the last time.
    ///
    /// # Errors
    /// A segment is damaged or cannot be read, or two records of a configuration differ.
    pub fn refresh(&mut self) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            if self.read_on()? {
                return Ok(());
            }
            // Segments have been merged while they were read: what they held is elsewhere now.
            *self = Index { own: self.own.take(), ..Index::new(&self.folder, &self.id) };
        }
        let source = std::io::Error::other("the folder changes faster than it can be read");
        Err(StoreError::Io { path: self.folder.clone(), source })
    }

    /// Reads on; `false` if a segment has gone meanwhile.
    fn read_on(&mut self) -> Result<bool, StoreError> {
        let mut names = segments(&self.folder)?;
        // What is merged first: others may be removed once it is there.
        names.sort_by_key(|name| (name != MERGED, name.clone()));
        if self.segments.iter().any(|(known, _)| !names.contains(known)) {
            return Ok(false);
        }
        self.alive.clear();
        for name in names {
            let path = self.folder.join(&name);
            let number = self.segments.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                self.segments.push((name.clone(), 0));
                self.segments.len() - 1
            });
            let from = self.segments[number].1;
            let length = match fs::metadata(&path) {
                Ok(metadata) => metadata.len(),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(io_at(&path)(error)),
            };
            if name == MERGED && from > 0 && length != from {
                return Ok(false);
            }
            let is_own = self.own.as_deref() == Some(name.as_str());
            if name != MERGED && !is_own && File::open(&path).is_ok_and(|file| lock::is_held(&file)) {
                self.alive.insert(number);
            }
            if length == from {
                continue;
            }
            let mut lines = Vec::new();
            let end = match segment::scan(&path, &self.id, from, &mut |found| lines.push(found)) {
                Ok(end) => end,
                Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            };
            self.segments[number].1 = end;
            lines.into_iter().try_for_each(|found| self.add(number, found))?;
        }
        Ok(true)
    }

    fn add(&mut self, number: usize, found: Found) -> Result<(), StoreError> {
        let Found { kind, index, offset, check } = found;
        if kind == Kind::Claim {
            let claims = self.claims.entry(index).or_default();
            if !claims.contains(&number) {
                claims.push(number);
            }
            return Ok(());
        }
        self.claims.remove(&index);
        let place = Place { segment: number, offset, check };
        let first = *self.done.entry(index).or_insert(place);
        if first.check != check {
            let path = |number: usize| self.folder.join(&self.segments[number].0);
            return Err(StoreError::Conflict { index, first: path(first.segment), second: path(number) });
        }
        Ok(())
    }

    /// Where the record of a configuration is, if it is done.
    pub fn place(&self, index: u64) -> Option<Place> {
        self.done.get(&index).copied()
    }

    /// How many configurations are done.
    pub fn len(&self) -> u64 {
        self.done.len() as u64
    }

    /// Whether nothing is done.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }

    /// The configurations that are done, in their order, with the places of their records.
    pub fn records(&self) -> impl Iterator<Item = (u64, Place)> + '_ {
        self.done.iter().map(|(index, place)| (*index, *place))
    }

    /// Names of the segments whose writers live and that have claimed a configuration.
    pub fn claimed_by(&self, index: u64) -> impl Iterator<Item = &str> {
        let claims = self.claims.get(&index).into_iter().flatten();
        claims.filter(|number| self.alive.contains(number)).map(|number| self.segments[*number].0.as_str())
    }

    /// Whether other processes work on the store.
    pub fn has_company(&self) -> bool {
        !self.alive.is_empty()
    }

    /// The line of a record, and the segment that it is in.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn line(&self, place: &Place) -> Result<(PathBuf, Vec<u8>), StoreError> {
        let path = self.folder.join(&self.segments[place.segment].0);
        let line = segment::line_at(&path, place.offset)?;
        Ok((path, line))
    }

    /// The content of a record, and the segment that it is in.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn json(&self, place: &Place) -> Result<(PathBuf, String), StoreError> {
        let (path, line) = self.line(place)?;
        let json = segment::parse(&line).map_or_else(String::new, |(.., json)| json.to_string());
        Ok((path, json))
    }

    /// Segments other than the merged one whose writers are gone.
    pub fn left_behind(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let dead = |(number, (name, _)): &(usize, &(String, u64))| name != MERGED && !self.alive.contains(number);
        self.segments.iter().enumerate().filter(dead).map(|(_, (name, _))| self.folder.join(name))
    }
}

/// Names of the segments in a folder.
fn segments(folder: &Path) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_at(folder))? {
        let entry = entry.map_err(io_at(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|ending| ending == ENDING) {
            names.push(name);
        }
    }
    Ok(names)
}
