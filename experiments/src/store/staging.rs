//! Writing a folder so that it is there whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What the names of temporary folders begin and end with.
const PREFIX: &str = ".loadgraph-";
const SUFFIX: &str = ".tmp";
/// Age from which a temporary folder is taken to be left over, where the system does not say who lives.
const STALE: Duration = Duration::from_secs(24 * 3600);
/// The file that makes a folder a result; it is moved last.
pub const MANIFEST: &str = "manifest.json";

/// A folder that is being written.
#[derive(Debug)]
pub struct Staging {
    temporary: PathBuf,
    target: PathBuf,
    /// The highest folder that did not exist before: removed again if nothing comes of it.
    made: Option<PathBuf>,
    /// Files are moved into the target one by one, because it is the user's own.
    into: bool,
}

impl Staging {
    /// Makes a temporary folder for `target`, and finds out whether it can be written. A folder that the user names
    /// (`given`) and that exists keeps what else it holds; any other is replaced as a whole.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn prepare(target: &Path, given: bool) -> io::Result<Staging> {
        let into = given && target.is_dir();
        if target.exists() && !target.is_dir() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of that name"));
        }
        let beside = if into { target } else { target.parent().unwrap_or(Path::new(".")) };
        let beside = if beside.as_os_str().is_empty() { Path::new(".") } else { beside };
        let made = beside.ancestors().take_while(|folder| !folder.exists()).last().map(Path::to_path_buf);
        fs::create_dir_all(beside)?;
        clean(beside);
        let name = target.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let temporary = beside.join(format!("{PREFIX}{name}-{}{SUFFIX}", std::process::id()));
        let staging = Staging { temporary, target: target.to_path_buf(), made, into };
        fs::create_dir(&staging.temporary)?;
        // A full disk shows as well.
        let trial = staging.temporary.join("trial");
        fs::write(&trial, [0; 4096])?;
        fs::remove_file(&trial)?;
        Ok(staging)
    }

    /// The temporary folder, to write into.
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Moves what was written to its place.
    ///
    /// # Errors
    /// The file system refuses; the target is then as it was, or can be recovered from beside it.
    pub fn publish(mut self) -> io::Result<()> {
        if self.into {
            self.move_files()?;
        } else if self.target.exists() {
            let old = self.temporary.with_extension("old.tmp");
            fs::rename(&self.target, &old)?;
            if let Err(error) = fs::rename(&self.temporary, &self.target) {
                fs::rename(&old, &self.target)?;
                return Err(error);
            }
            fs::remove_dir_all(&old)?;
        } else {
            fs::rename(&self.temporary, &self.target)?;
        }
        self.made = None;
        Ok(())
    }

    /// Into the user's own folder: the manifest, which says that a result is whole, goes first and comes last.
    fn move_files(&self) -> io::Result<()> {
        let manifest = self.target.join(MANIFEST);
        for old in super::manifest::files_of(&manifest) {
            remove(&self.target.join(old))?;
        }
        remove(&manifest)?;
        let mut names: Vec<_> =
            fs::read_dir(&self.temporary)?.map(|e| e.map(|e| e.file_name())).collect::<Result<_, _>>()?;
        names.sort_by_key(|name| (name == MANIFEST, name.clone()));
        for name in names {
            let to = self.target.join(&name);
            if to.is_dir() {
                fs::remove_dir_all(&to)?;
            }
            fs::rename(self.temporary.join(&name), to)?;
        }
        Ok(())
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Nothing can be done about failures here; the next run cleans up.
        let _ = fs::remove_dir_all(&self.temporary);
        // Folders made for a result that did not come: only while they are empty.
        let Some(made) = &self.made else { return };
        let below = self.temporary.parent().into_iter().flat_map(Path::ancestors);
        for folder in below.take_while(|folder| folder.starts_with(made)) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

/// Removes the temporary folders of programs that have died.
fn clean(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)) else {
            continue;
        };
        let name = name.strip_suffix(".old").unwrap_or(name);
        let owner = name.rsplit('-').next().and_then(|id| id.parse::<u32>().ok());
        if owner.is_some_and(|owner| !lives(owner, &entry)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether the process that made a folder may still run.
fn lives(process: u32, entry: &fs::DirEntry) -> bool {
    if process == std::process::id() {
        return false;
    }
    if Path::new("/proc/self").exists() {
        return Path::new("/proc").join(process.to_string()).exists();
    }
    let changed = entry.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    SystemTime::now().duration_since(changed).unwrap_or_default() < STALE
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_there_whole_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out/study/id");
        let staging = Staging::prepare(&target, false).unwrap();
        fs::write(staging.path().join("a"), "1").unwrap();
        assert!(!target.exists());
        drop(staging);
        assert!(names(root.path()).is_empty(), "an abandoned result leaves nothing");

        for content in ["1", "2"] {
            let staging = Staging::prepare(&target, false).unwrap();
            fs::write(staging.path().join(content), content).unwrap();
            staging.publish().unwrap();
            assert_eq!(names(&target), [content]);
            assert_eq!(names(target.parent().unwrap()), ["id"]);
        }
    }

    #[test]
    fn a_folder_of_the_users_keeps_what_else_it_holds() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("thesis.tex"), "x").unwrap();
        for files in [["a", MANIFEST], ["b", MANIFEST]] {
            let staging = Staging::prepare(root.path(), true).unwrap();
            fs::write(staging.path().join(files[0]), "1").unwrap();
            fs::write(staging.path().join(MANIFEST), format!("{{\"files\": [\"{}\"]}}", files[0])).unwrap();
            staging.publish().unwrap();
            assert_eq!(names(root.path()), [files[0], MANIFEST, "thesis.tex"]);
        }
    }

    #[test]
    fn what_the_dead_left_is_removed() {
        let root = tempfile::tempdir().unwrap();
        // No process has this number: the largest of Linux is 2^22.
        let left = root.path().join(".loadgraph-id-4294967295.tmp");
        fs::create_dir(&left).unwrap();
        let staging = Staging::prepare(&root.path().join("id"), false).unwrap();
        assert!(!left.exists() && staging.path().exists());
    }

    #[test]
    fn what_cannot_be_written_is_known_before() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(Staging::prepare(&file, true).is_err());
        assert!(Staging::prepare(&file.join("below"), true).is_err());
    }
}
