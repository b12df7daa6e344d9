//! Which folder a run gets.

use std::path::{Path, PathBuf};

/// The folder of results.
pub const OUT: &str = "notebooks-out";

/// The folder of a run: `notebooks-out/<file>/<id>` in the nearest folder upwards that has a `notebooks-out`, else here.
pub fn folder(here: &Path, file: &Path, id: &str) -> PathBuf {
    let root = here.ancestors().map(|folder| folder.join(OUT)).find(|out| out.is_dir());
    let stem = file.file_stem().map_or_else(|| "experiment".into(), |stem| stem.to_string_lossy().into_owned());
    root.unwrap_or_else(|| here.join(OUT)).join(safe(&stem)).join(id)
}

/// A name as a file name on every system: letters, digits, `-`, `_` and `.`, not at the start.
pub fn safe(name: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let safe: String = name.chars().take(80).map(keep).collect();
    match safe.trim_start_matches('.') {
        "" => "unnamed".to_string(),
        rest => rest.to_string(),
    }
}

/// A path as the user would write it from `here`.
pub fn shown(here: &Path, path: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_of_results_is_used() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::create_dir(root.path().join(OUT)).unwrap();
        assert_eq!(folder(&inner, Path::new("x/s.ron"), "id"), root.path().join("notebooks-out/s/id"));
        std::fs::create_dir(inner.join(OUT)).unwrap();
        assert_eq!(folder(&inner, Path::new("s.ron"), "id"), inner.join("notebooks-out/s/id"));
    }

    #[test]
    fn names_become_file_names() {
        assert_eq!(safe("a/b: c"), "a-b--c");
        assert_eq!(safe(".."), "unnamed");
        assert_eq!(safe("Fühler 2"), "Fühler-2");
    }
}
