//! What was run, and where the results are.

use super::Layout;
use crate::store::manifest::Manifest;
use models::spec::Method;

/// Title, file, and what the figures rest on.
pub fn part(manifest: &Manifest, layout: Layout) -> String {
    let mut lines = vec![layout.bold(&manifest.title)];
    let changes: Vec<String> = manifest.overrides.iter().map(|o| format!("{} = {}", o.path, o.value)).collect();
    let changes = if changes.is_empty() { String::new() } else { format!(", with {}", changes.join(", ")) };
    lines.push(layout.wrapped(&format!("{}{changes}", manifest.file), 2));
    lines.push(layout.wrapped(&format!("{}, seed {}", manifest.basis(), manifest.seed), 2));
    if manifest.replications == 1 && manifest.method == Method::Replications {
        lines.push(layout.wrapped("One replication says nothing of its own error: run several for half-widths.", 2));
    }
    lines.join("\n") + "\n"
}

/// Where the results are.
pub fn written(manifest: &Manifest, place: &str, layout: Layout) -> String {
    let pictures = manifest.files.iter().filter(|file| file.ends_with(".png")).count();
    let pictures = match pictures {
        0 => String::new(),
        1 => ", 1 picture".to_string(),
        n => format!(", {n} pictures"),
    };
    let inside = format!(
        "report.html, notebook.ipynb, results.csv, results.json, series.csv, latency.csv, manifest.json, \
         experiment.ron{pictures}"
    );
    format!("{} {place}\n{}\n", layout.bold("Results in"), layout.wrapped(&inside, 2))
}
