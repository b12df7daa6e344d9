//! What the user sees.

use super::types::*;
use crate::file::{Diagnostic, MAX_BYTES, Source, parse, read, render};

#[test]
fn a_diagnostic_shows_file_line_column_excerpt_label_and_help() {
    let text = "(\n    é: 1,\n    system: (componets: {}),\n)";
    let source = Source::new("lab/one.ron", text);
    let found = read::<Experiment>(&parse(&source).unwrap()).unwrap_err();
    let shown = render(&source, &found, false);
    for part in [
        "error: unknown field `componets` in System",
        "lab/one.ron:3:14",
        "system: (componets: {}),",
        "no such field",
        "did you mean `components`?",
        "lab/one.ron:2:5",
    ] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    assert!(!shown.contains('\u{1b}'), "no colour was asked for");
    assert!(render(&source, &found, true).contains('\u{1b}'));
}

#[test]
fn odd_places_are_shown_without_panic() {
    for text in ["", "\n", "a", "é", "a\nb", "a\r\n\tb\n\n", "\u{1b}[31m\u{2028}x\u{85}\n"] {
        let source = Source::new("t.ron", text);
        for start in 0..text.len() + 3 {
            for end in start..text.len() + 4 {
                let diagnostic =
                    Diagnostic::error("wrong").at(start..end).label("here").help("right").note(end..end + 1, "and");
                let shown = render(&source, &[diagnostic], false);
                assert!(shown.contains("wrong") && shown.contains("t.ron:"), "{text:?} {start}..{end}\n{shown}");
                assert!(!shown.contains('\u{1b}'));
            }
        }
    }
    let shown = render(&Source::new("t.ron", ""), &[Diagnostic::warning("nothing").help("do it")], false);
    assert_eq!(shown, "warning: nothing\n  --> t.ron\n  help: do it\n");
    for text in ["", "(", "(a: \"x", "[1,\n"] {
        let source = Source::new("t.ron", text);
        assert!(!render(&source, &parse(&source).unwrap_err(), true).is_empty());
    }
}

#[test]
fn a_very_long_line_is_cut() {
    let text = format!("[{} @ {}]", "1, ".repeat(350_000), ", 2".repeat(10));
    let source = Source::new("long.ron", text);
    let shown = render(&source, &parse(&source).unwrap_err(), false);
    assert!(shown.len() < 1_000, "{}", shown.len());
    assert!(shown.contains("long.ron:1:1050003") && shown.contains('@') && shown.contains('…'), "{shown}");
    let caret = shown.lines().find(|line| line.contains('^')).unwrap();
    let excerpt = shown.lines().find(|line| line.contains('@') && line.contains('…')).unwrap();
    let column = |line: &str, c: char| line.chars().position(|x| x == c).unwrap();
    assert_eq!(column(caret, '^'), column(excerpt, '@'));
}

#[test]
fn many_findings_on_a_large_file_are_cut() {
    let found = vec![Diagnostic::error("x").at(3..4); 5_000];
    let shown = render(&Source::new("t.ron", "[1]\n".repeat(100_000)), &found, false);
    assert!(shown.ends_with("and 4950 more\n"));
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("factory.ron"), "()").unwrap();
    assert_eq!(Source::load(&at("factory.ron")).unwrap().text, "()");
    let missing = Source::load(&at("factroy.ron")).unwrap_err();
    assert!(missing.message.contains("there is no file"));
    assert!(missing.help.unwrap().contains("factory.ron`?"));
    assert!(Source::load(&at("factory")).unwrap_err().help.unwrap().contains("factory.ron"));
    assert!(Source::load(&at("no/x.ron")).unwrap_err().help.unwrap().contains("no folder"));
    assert!(Source::load(folder.path()).unwrap_err().message.contains("is a folder"));
    std::fs::write(at("latin.ron"), b"(\n\"\xe9\")").unwrap();
    assert!(Source::load(&at("latin.ron")).unwrap_err().message.contains("byte 3 (line 2)"));
    std::fs::File::create(at("huge.ron")).unwrap().set_len(MAX_BYTES + 1).unwrap();
    assert!(Source::load(&at("huge.ron")).unwrap_err().message.contains("larger than 16 MiB"));
}

#[test]
fn two_places_are_shown_in_the_order_of_the_text() {
    let text = "{\n    \"a\": 1,\n    \"a\": 2,\n}";
    let source = Source::new("t.ron", text);
    let tree = parse(&source).unwrap();
    let found = read::<std::collections::BTreeMap<String, u8>>(&tree).unwrap_err();
    let shown = render(&source, &found, false);
    assert_eq!(shown.matches("t.ron").count(), 1, "one excerpt for both\n{shown}");
    assert!(shown.find("given first here").unwrap() < shown.find("given again").unwrap(), "{shown}");
    assert!(shown.contains("t.ron:3:5"), "{shown}");
}
