//! The notebook and the page that every result has.

use super::{Desk, FACTORY, QUEUE};
use std::path::{Path, PathBuf};
use std::process::Command;

fn notebook(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("notebook.ipynb")).unwrap()).unwrap()
}

/// The first of these programs that answers.
fn program(names: &[&str], version: &str) -> Option<PathBuf> {
    let answers = |name: &&&str| Command::new(name).args(version.split(' ')).output().is_ok_and(|o| o.status.success());
    names.iter().find(answers).map(PathBuf::from)
}

/// The folder of a run of everything, of a comparison, and of a coverage experiment.
fn folders(desk: &Desk) -> [PathBuf; 3] {
    desk.write("factory.ron", FACTORY);
    desk.write("queue.ron", QUEUE);
    let run = desk.say(&["run", "factory.ron", "--quiet", "--out", "run", "--set", "gateway.cores=3"]);
    assert_eq!(run.status, 0, "{}", run.err);
    let compare = desk.say(&["compare", "queue.ron", "--with", "two:server.cores=2", "--quiet", "--out", "compare"]);
    assert_eq!(compare.status, 0, "{}", compare.err);
    let coverage =
        desk.say(&["coverage", "--case", "mm23-loss", "--experiments", "20", "--quiet", "--out", "coverage"]);
    assert!(matches!(coverage.status, 0 | 3), "{}", coverage.err);
    ["run", "compare", "coverage"].map(|name| desk.path().join(name))
}

#[test]
fn every_result_has_a_notebook_and_a_page_with_its_pictures() {
    let desk = Desk::new();
    for folder in folders(&desk) {
        let manifest: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
        let files: Vec<&str> =
            manifest["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
        assert!(files.contains(&"notebook.ipynb") && files.contains(&"report.html"), "{files:?}");
        for file in &files {
            assert!(folder.join(file).is_file(), "{file}");
        }
        let notebook = notebook(&folder);
        let cells = notebook["cells"].as_array().unwrap();
        let attached = cells.iter().filter(|cell| cell.get("attachments").is_some()).count();
        let page = std::fs::read_to_string(folder.join("report.html")).unwrap();
        let pictures = files.iter().filter(|file| file.ends_with(".png")).count();
        assert_eq!((attached, page.matches("src=\"data:image/png;base64,").count()), (pictures, pictures));
        // Nothing is fetched: no address, no script, no style from elsewhere.
        for bad in ["<script", "<link", "<iframe", "@import", "url(", "src=\"http", "src='http", "href="] {
            assert!(!page.contains(bad), "{}: {bad}", folder.display());
        }
        assert!(page.contains("default-src 'none'"));
        assert!(page.contains("How to run it again"));
        // Every tag that is opened is closed.
        for tag in ["section", "table", "figure", "details", "pre", "tr", "main", "div"] {
            let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
    let page = std::fs::read_to_string(desk.path().join("run/report.html")).unwrap();
    for part in
        ["Targets", "class=\"met\"", "The component graph", "--set gateway.cores=3", "loadgraph run experiment.ron"]
    {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_result_without_pictures_has_a_notebook_and_a_page_too() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    assert_eq!(desk.say(&["run", "queue.ron", "--quiet", "--no-plots", "--out", "r"]).status, 0);
    let folder = desk.path().join("r");
    assert!(!std::fs::read_to_string(folder.join("report.html")).unwrap().contains("<img"));
    assert!(notebook(&folder)["cells"].as_array().unwrap().len() > 5);
}

#[test]
fn notebooks_execute_as_they_are() {
    let Some(jupyter) = program(&["jupyter"], "nbconvert --version") else {
        eprintln!("skipped: there is no `jupyter nbconvert` on this machine (pip install nbconvert ipykernel pandas)");
        return;
    };
    let desk = Desk::new();
    let mut folders = folders(&desk).to_vec();
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks-out/example"));
    for folder in folders {
        let out = desk.path().join("executed");
        let done = Command::new(&jupyter)
            .args(["nbconvert", "--to", "notebook", "--execute", "--output-dir"])
            .arg(&out)
            .arg(folder.join("notebook.ipynb"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        if said.contains("No module named 'pandas'") || said.contains("No such kernel") {
            eprintln!("skipped: there is no kernel with pandas (pip install ipykernel pandas)");
            return;
        }
        assert!(done.status.success(), "{}: {said}", folder.display());
        assert!(!said.contains("Warning"), "{}: {said}", folder.display());
        let executed: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(out.join("notebook.ipynb")).unwrap()).unwrap();
        let empty = |cell: &&serde_json::Value| {
            cell["cell_type"] == "code" && cell["outputs"].as_array().is_none_or(Vec::is_empty)
        };
        let silent: Vec<_> = executed["cells"].as_array().unwrap().iter().filter(empty).collect();
        assert!(silent.is_empty(), "{}: every cell shows something: {silent:?}", folder.display());
    }
}

#[test]
fn pages_open_from_disk_in_a_browser() {
    let Some(browser) = program(&["chromium", "chromium-browser", "google-chrome"], "--version") else {
        eprintln!("skipped: there is no Chromium on this machine");
        return;
    };
    let desk = Desk::new();
    for (folder, pictures) in folders(&desk).iter().zip([6, 2, 0]) {
        let page = format!("file://{}", folder.join("report.html").display());
        let profile = format!("--user-data-dir={}", desk.path().join("profile").display());
        let shot = desk.path().join("shot.png");
        let browse = |what: &str| {
            Command::new(&browser)
                .args([
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--window-size=1200,1600",
                ])
                .args([&profile, what, &page])
                .output()
                .unwrap()
        };
        let dom = String::from_utf8(browse("--dump-dom").stdout).unwrap();
        assert!(dom.contains("<h2>How to run it again</h2>") && dom.contains("</html>"), "{page}: {dom:.300}");
        assert_eq!(dom.matches("<img").count(), pictures, "{page}");
        let done = browse(&format!("--screenshot={}", shot.display()));
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!said.contains("violates the following Content Security Policy"), "{said}");
        // A page that is not blank does not compress to nothing.
        assert!(std::fs::metadata(&shot).unwrap().len() > 20_000, "{page}: {said}");
    }
}

#[test]
fn the_committed_example_is_a_notebook_with_pictures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks-out/example");
    let notebook = notebook(&folder);
    assert_eq!((notebook["nbformat"].as_u64(), notebook["nbformat_minor"].as_u64()), (Some(4), Some(5)));
    assert!(notebook["cells"].as_array().unwrap().iter().any(|cell| cell.get("attachments").is_some()));
    for file in ["results.csv", "series.csv", "latency.csv", "manifest.json", "report.html"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
}
