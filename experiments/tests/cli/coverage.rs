//! `coverage`: what it prints and refuses.

use super::Desk;

#[test]
fn coverage_is_counted_and_threads_change_nothing() {
    let desk = Desk::new();
    let run = |threads: &str| {
        desk.say(&[
            "coverage",
            "--case",
            "mm23-loss",
            "--case",
            "closed",
            "--experiments",
            "20",
            "--threads",
            threads,
            "--json",
            "--out",
            threads,
        ])
    };
    let (one, two) = (run("1"), run("2"));
    assert_eq!((one.status, &one.out), (two.status, &two.out), "{}", one.err);
    let value: serde_json::Value = serde_json::from_str(&one.out).unwrap();
    let cells = value["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 8);
    for cell in cells {
        // Of 20 intervals of 95 % fewer than 15 with a probability of about 3e-4 for each cell; seeds are fixed.
        assert!(cell["covered"].as_u64().unwrap() >= 15, "{cell}");
    }
    for file in ["coverage.csv", "coverage.json", "manifest.json"] {
        assert!(desk.path().join("1").join(file).is_file(), "{file}");
    }
}

#[test]
fn cases_are_listed_and_unknown_ones_refused() {
    let desk = Desk::new();
    let list = desk.say(&["coverage", "--list"]);
    assert_eq!(list.status, 0);
    assert!(list.out.contains("mm1-90") && list.out.contains("tandem"), "{}", list.out);
    let said = desk.say(&["coverage", "--case", "tandm"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("did you mean `tandem`?"), "{}", said.err);
    assert_eq!(desk.say(&["coverage", "--experiments", "1"]).status, 2);
    let markdown = desk.say(&["coverage", "--case", "mm23-loss", "--experiments", "10", "--markdown"]);
    assert!(markdown.out.contains("| case | quantity |"), "{}", markdown.out);
}
