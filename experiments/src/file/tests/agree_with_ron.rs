//! What the `ron` crate reads, we read to the same value.

use super::mutations::{Random, damaged};
use super::types::good;
use crate::file::{Source, parse, read};
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

fn agree<T: DeserializeOwned + PartialEq + Debug>(text: &str) {
    let theirs: T = ron::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(good::<T>(text), theirs, "{text}");
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Unit,
    New(f64),
    Tuple(i32, String),
    Struct { a: Option<u8>, b: Vec<Shape> },
    Nested(Inner),
    Maybe(Option<Inner>),
    Both((u8, u8)),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    x: f32,
    y: (u8, char),
    #[serde(default)]
    z: IndexMap<String, Newtype>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Newtype(u64);

#[derive(Debug, PartialEq, Deserialize)]
struct Marker;

#[derive(Debug, PartialEq, Deserialize)]
struct Pair(u8, Newtype);

#[test]
fn numbers_agree() {
    for text in ["0", "1_000", "0xff", "0o17", "0b1010_1010", "+7", "255u16"] {
        agree::<u16>(text);
    }
    for text in ["b'a'", r"b'\n'", r"b'\x41'"] {
        agree::<u8>(text);
    }
    for text in ["-5", "-0x1f", "-128", "-7i16"] {
        agree::<i16>(text);
    }
    for text in ["1", "-1", "1.5", "1e3", "1.5E-3", ".5", "3.", "1_0.2_5", "inf", "-inf", "1e+2", "2.5f64"] {
        agree::<f64>(text);
    }
    assert!(good::<f64>("NaN").is_nan());
}

#[test]
fn strings_agree() {
    for text in [
        r#""plain""#,
        r#""esc \" \\ \n \t \0 \r \' \x41 \u{1F600} é""#,
        r#""\xc3\xa9""#,
        "r\"raw \\n\"",
        "r#\"a \"quoted\" b\"#",
        "\"two\nlines\"",
        "\"\"",
    ] {
        agree::<String>(text);
    }
    for text in ["'a'", r"'\''", r"'\n'", "'é'", r"'\u{41}'"] {
        agree::<char>(text);
    }
}

#[test]
fn shapes_agree() {
    for text in [
        "Unit",
        "New(2.5)",
        "New( 2, )",
        "Tuple(-3, \"x\")",
        "Struct(a: Some(3), b: [Unit, New(1.0),],)",
        "Struct(a: None, b: [])",
        "/* a */ Struct(b: [], /* b /* c */ */ a: None) // end",
        "Nested((x: 1.5, y: (2, 'c'), z: {\"k\": (3), \"j\": Newtype(4)}))",
        "Nested(Inner(x: 1, y: (2, 'c')))",
        "Maybe(Some((x: 1, y: (2, 'c'))))",
        "Maybe(None)",
        "Both((1, 2))",
        "#![enable(implicit_some)]\nStruct(a: 3, b: [])",
        "#![enable(unwrap_variant_newtypes)] Nested(x: 1, y: (2, 'd'))",
        "#![enable(unwrap_newtypes)]\n#![enable(implicit_some)]\nNested((x: 1, y: (2, 'd'), z: {\"k\": 3}))",
    ] {
        agree::<Shape>(text);
    }
    agree::<Marker>("Marker");
    agree::<Marker>("()");
    agree::<()>("()");
    agree::<Pair>("Pair(1, Newtype(2))");
    agree::<Pair>("(1, (2))");
    agree::<bool>("true");
    agree::<Vec<Option<bool>>>("[Some(true), None]");
    agree::<IndexMap<(u8, u8), char>>("{(1, 2): 'a', (0, 3): 'b'}");
    agree::<IndexMap<char, ()>>("{'x': (), 'a': (),}");
    agree::<std::ops::Range<i32>>("-3..8");
    agree::<std::ops::RangeInclusive<u32>>("1..=8");
}

#[test]
fn whatever_ron_reads_of_damaged_documents_is_read_alike() {
    const DOCUMENT: &str = r##"[Unit, New(2.5), Tuple(-3, "x\n"), Struct(a: Some(3), b: [Unit, New(1e3)]), /* c */ Both((1, 0x2)),
        Nested((x: 1.5, y: (2, 'c'), z: {"k": (3), "j": Newtype(4_0)})), // d
        Maybe(Some((x: -0.1, y: (b'a', '\u{41}')))), Maybe(None), Struct(a: None, b: []), Tuple(+5, r#"a"b"#)]"##;
    let mut random = Random(11);
    let (mut accepted, mut strict) = (0, 0);
    for _ in 0..60_000 {
        let text = damaged(DOCUMENT, &mut random);
        let Ok(theirs) = ron::from_str::<Vec<Shape>>(&text) else { continue };
        accepted += 1;
        let ours = parse(&Source::new("t", text.as_str())).and_then(|tree| read::<Vec<Shape>>(&tree));
        match ours {
            // Through text, because NaN is not equal to itself.
            Ok(ours) => assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{text}"),
            Err(errors) => {
                assert!(errors.iter().all(|error| error.message.ends_with("given twice")), "{text}\n{errors:?}");
                strict += 1;
            }
        }
    }
    assert!(accepted > 1_000 && strict < accepted / 100, "{accepted} {strict}");
}
