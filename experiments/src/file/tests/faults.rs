//! What is said about wrong documents, and where.

use super::types::*;
use std::collections::BTreeMap;

#[test]
fn several_mistakes_are_reported_together_each_at_its_place() {
    let text = r#"(
        system: System(
            components: {
                "radio": Network(bandwith: "20 Mbit/s"),
                "gate": Processor(cores: 300, speed: "fast"),
                "recent": Cache(policy: Lur, capacity: 1.5),
                "recent": Cache(policy: Lru, capacity: 1),
            },
            flows: { "f": (steps: [Delay("x ms"), Compue(on: "a"), Compute(on: gate, work: 1), Fail(2), Delay()]) },
        ),
        run: (horizon: [], sead: 7, verbose: "true"),
    )"#;
    let found = bad::<Experiment>(text);
    let said: Vec<(&str, &str)> = found.iter().map(|(message, at, _)| (message.as_str(), at.as_str())).collect();
    assert_eq!(
        said,
        [
            ("unknown field `bandwith` in Network", "bandwith"),
            ("expected a whole number from 0 to 255, found 300", "300"),
            ("expected a number, found the string \"fast\"", "\"fast\""),
            ("unknown variant `Lur`", "Lur"),
            ("expected a whole number, found the number 1.5", "1.5"),
            ("the key \"recent\" is given twice", "\"recent\""),
            ("`x ms` is not a quantity", "\"x ms\""),
            ("unknown variant `Compue`", "Compue"),
            ("expected a string in quotes, found the word `gate`", "gate"),
            ("`Fail` takes no arguments", "Fail(2)"),
            ("missing field `time` in Delay", "Delay"),
            ("expected a quantity such as \"2 ms\", a number or a distribution, found a list `[..]`", "[]"),
            ("unknown field `sead` in Run", "sead"),
            ("expected `true` or `false`, found the string \"true\"", "\"true\""),
        ]
    );
    let help = |i: usize| found[i].2.help.clone().unwrap_or_default();
    assert!(help(0).starts_with("did you mean `bandwidth`? expected one of: `bandwidth`, `latency`"), "{}", help(0));
    assert!(help(3).starts_with("did you mean `Lru`?"));
    assert_eq!(help(6), "write a number and a unit");
    assert!(help(7).starts_with("did you mean `Compute`?"));
    assert_eq!(help(8), "write it in quotes: \"gate\"");
    let first = &found[5].2.notes[0].0;
    assert_eq!(&text[first.clone()], "\"recent\"");
    assert!(first.start < found[5].2.span.clone().unwrap().start, "the note shows the first of the two");
}

#[test]
fn a_missing_field_is_reported_at_the_head_of_its_struct() {
    let found = bad::<Experiment>("Experiment(title: \"x\")");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), ("missing field `system` in Experiment", "Experiment"));
    let found = bad::<Experiment>("(title: \"x\")");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), ("missing field `system` in Experiment", "("));
    assert_eq!(found.len(), 1);
    let found = bad::<Step>("Compute(on: \"a\")");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), ("missing field `work` in Compute", "Compute"));
    let found = bad::<Component>("Processor");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), ("missing field `cores` in Processor", "Processor"));
}

#[test]
fn a_struct_must_have_its_own_name() {
    let found = bad::<Experiment>("(system: Systm(components: {}))");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), ("expected `System(..)`, found `Systm(..)`", "Systm"));
    assert_eq!(found[0].2.help.as_deref(), Some("did you mean `System`?"));
    assert_eq!(bad::<Experiment>("[1]")[0].0, "expected `Experiment(..)`, found a list `[..]`");
}

#[test]
fn a_field_given_twice_shows_both_places() {
    let text = "(seed: 1, seed: 2)";
    let found = bad::<Run>(text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "field `seed` of Run is given twice");
    assert_eq!(found[0].2.span, Some(10..14));
    assert_eq!(found[0].2.notes[0].0, 1..5);
    let found = bad::<Step>("Delay(1, time: 2)");
    assert_eq!(found[0].2.notes[0].0, 6..7);
}

#[test]
fn too_many_arguments_are_refused_at_the_first_extra_one() {
    let found = bad::<Step>("Delay(1, \"a\", 3, 4)");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), ("too many arguments in Delay", "3"));
    assert_eq!(found.len(), 1);
    assert_eq!(bad::<Policy>("Pair(1)")[0].0, "expected 2 values, found 1");
}

#[test]
fn numbers_out_of_range_or_with_a_fraction_are_refused() {
    let say = |text: &str| bad::<u32>(text).remove(0).0;
    assert_eq!(say("-1"), "expected a whole number from 0 to 4294967295, found -1");
    assert_eq!(say("1.0"), "expected a whole number, found the number 1");
    assert_eq!(say("4294967296"), "expected a whole number from 0 to 4294967295, found 4294967296");
    assert_eq!(bad::<u32>("\"4\"")[0].2.help.as_deref(), Some("write it without quotes: 4"));
    assert_eq!(good::<i64>("-9223372036854775808"), i64::MIN);
    assert_eq!(good::<u128>("340282366920938463463374607431768211455"), u128::MAX);
    assert_eq!(good::<i128>("-170141183460469231731687303715884105728"), i128::MIN);
    assert_eq!(good::<f64>("3"), 3.0);
    assert_eq!(bad::<std::num::NonZeroU8>("0")[0].0, "expected a nonzero u8, found 0");
}

#[test]
fn one_mistake_is_reported_once() {
    // The misspelt field would also be missing.
    let found = bad::<Component>("Cache(polcy: Lru, capacity: 1)");
    assert_eq!(found.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(), ["unknown field `polcy` in Cache"]);
    let found = bad::<Component>("Cache(policy: Lru, capacity: \"many\")");
    assert_eq!(found.len(), 1);
}

#[test]
fn entries_after_a_bad_one_are_still_checked() {
    let found = bad::<BTreeMap<String, Vec<u8>>>(r#"{ "a": [1, x, 2, y], 3: [4], "b": [z] }"#);
    let places: Vec<&str> = found.iter().map(|f| f.1.as_str()).collect();
    assert_eq!(places, ["x", "y", "3", "z"]);
}

#[test]
fn options_and_variants_take_the_short_and_the_long_form() {
    assert_eq!(good::<Option<u8>>("3"), Some(3));
    assert_eq!(good::<Option<u8>>("Some(3)"), Some(3));
    assert_eq!(good::<Option<u8>>("None"), None);
    assert_eq!(good::<Policy>("Arc"), Policy::Arc { ghost: None });
    assert_eq!(good::<Policy>("Lru()"), Policy::Lru);
    assert_eq!(good::<Quantity>("Exponential(Exponential(2))"), {
        Quantity::Exponential(Box::new(Quantity::Exponential(Box::new(Quantity::Number(2.0)))))
    });
    assert_eq!(bad::<Policy>("Ttl")[0].1, "Ttl");
    assert_eq!(bad::<Option<u8>>("Some(1, 2)").len(), 1);
}

#[test]
fn ranges_read_as_the_types_of_the_standard_library() {
    assert_eq!(good::<std::ops::Range<u8>>("1..8"), 1..8);
    assert_eq!(good::<std::ops::RangeInclusive<f64>>("1..=8.5"), 1.0..=8.5);
    let found = bad::<std::ops::Range<u8>>("1..800");
    assert_eq!(found[0].1, "800");
}

#[test]
fn an_error_of_a_types_own_conversion_has_the_place_of_its_value() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(try_from = "String")]
    #[allow(dead_code)]
    struct Even(String);
    impl TryFrom<String> for Even {
        type Error = String;
        fn try_from(text: String) -> Result<Self, String> {
            if text.len().is_multiple_of(2) { Ok(Even(text)) } else { Err("odd length\nhelp: add a letter".to_owned()) }
        }
    }
    let found = bad::<Vec<Even>>("[\"ab\", \"abc\", \"a\"]");
    assert_eq!(found.iter().map(|f| f.1.as_str()).collect::<Vec<_>>(), ["\"abc\"", "\"a\""]);
    assert_eq!((found[0].0.as_str(), found[0].2.help.as_deref()), ("odd length", Some("add a letter")));
}

#[test]
fn a_check_of_a_whole_struct_is_silent_when_a_part_of_it_is_wrong() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(try_from = "Ends")]
    #[allow(dead_code)]
    struct Span(u8);
    #[derive(Debug, serde::Deserialize)]
    struct Ends {
        low: u8,
        high: u8,
    }
    impl TryFrom<Ends> for Span {
        type Error = String;
        fn try_from(ends: Ends) -> Result<Self, String> {
            ends.high.checked_sub(ends.low).map(Span).ok_or_else(|| "high is below low".to_owned())
        }
    }
    let found = bad::<Vec<Span>>("[(low: 3, high: 2), (low: 30, high: 700), (low: 1, high: 2)]");
    let said: Vec<(&str, &str)> = found.iter().map(|(message, at, _)| (message.as_str(), at.as_str())).collect();
    assert_eq!(
        said,
        [("high is below low", "(low: 3, high: 2)"), ("expected a whole number from 0 to 255, found 700", "700")]
    );
}
