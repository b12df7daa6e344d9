//! Texts to trees.

use super::types::*;
use crate::file::{Diagnostic, MAX_DEPTH, Source, parse};

fn errors(text: &str) -> Vec<Diagnostic> {
    parse(&Source::new("t", text)).map(|_| ()).unwrap_err()
}

#[test]
fn ten_thousand_brackets_are_an_error_and_not_an_overflow() {
    for bracket in ["[", "(", "{", "A(", "[(", "(a: ", "{\"a\":"] {
        let found = errors(&bracket.repeat(10_000));
        assert_eq!(found.len(), 1, "{bracket}");
        assert!(found[0].message.contains("nested more than 200 deep"), "{:?}", found[0]);
    }
    assert!(errors(&"/*".repeat(10_000))[0].message.contains("comment is never closed"));
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let levels = (MAX_DEPTH - 1) / 3;
    let mut text = "Fail".to_owned();
    for _ in 0..levels {
        text = format!("Fork([[{text}]])");
    }
    let _: Step = good(&text);
    let deep = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    tree(&deep);
    assert_eq!(errors(&format!("[{deep}]")).len(), 1);
}

#[test]
fn mistakes_in_different_places_are_reported_together() {
    let text = "(a: 2 ms, b: [1 2, 3], c: @, d: \"\\q\", e: 5x)";
    let found: Vec<_> = errors(text).into_iter().map(|d| shown(text, d)).collect();
    let places: Vec<&str> = found.iter().map(|f| f.1.as_str()).collect();
    assert_eq!(places, ["ms", "2", "@", "\\q", "5x"]);
    assert_eq!(found[0].0, "expected `,` or `)`, found `ms`");
    assert!(found[0].2.help.as_deref().unwrap().contains("\"2 ms\""));
    assert!(found[4].2.help.as_deref().unwrap().contains("\"2 ms\""));
}

#[test]
fn brackets_that_do_not_match_show_both_places() {
    let text = "(a: [1, 2)";
    let found = errors(text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "expected `]`, found `)`");
    assert_eq!((found[0].span.clone(), found[0].notes[0].0.clone()), (Some(9..10), 4..5));
    let found = errors("(a: [1, 2]");
    assert_eq!(found[0].message, "expected `)`, found the end of the file");
    assert_eq!(found[0].span, Some(0..1));
}

#[test]
fn broken_ends_are_errors() {
    for text in [
        "",
        "  // only a comment",
        "(a: \"open",
        "/* open",
        "[1,",
        "'a",
        "r#\"x\"",
        "1..",
        "..2",
        "#![x",
        "a b",
        "(1) 2",
    ] {
        assert_eq!(errors(text).len(), 1, "{text}");
    }
    assert_eq!(errors("[1, , 2]")[0].span, Some(4..5));
    assert_eq!(errors("[: [1, 2], 3]").len(), 1, "one mistake is reported once");
    assert_eq!(errors("(a: 1, 2)")[0].message, "an argument without a name stands after a named one");
}

#[test]
fn spans_cover_exactly_the_value() {
    let text = "\u{feff}( a : [ 1 , -2.5 ] , b : N ( \"é\" ) )";
    let tree = tree(text);
    for (path, value) in [("a", "[ 1 , -2.5 ]"), ("a[1]", "-2.5"), ("b", "N ( \"é\" )"), ("b[0]", "\"é\"")] {
        let located = tree.locate(path);
        assert!(located.exact, "{path}");
        assert_eq!(&text[located.span], value, "{path}");
    }
}

#[test]
fn a_megabyte_is_read_and_of_its_mistakes_so_many_are_kept() {
    let row = "Compute(on: \"gate\", work: Exponential(\"2 Mcycle\"), label: \"x\"), // note\n";
    let text = format!("[{}]", row.repeat(1_000_000 / row.len()));
    let steps: Vec<Step> = good(&text);
    assert_eq!(steps.len(), 1_000_000 / row.len());
    // Every row wrong: what is kept of mistakes must not grow with their number.
    let found = bad::<Vec<Step>>(&text.replace("work", "wrok"));
    assert_eq!(found.len(), 1_000, "only so many are kept");
}
