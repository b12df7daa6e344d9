//! Tests of expressions, and of what is said of wrong ones.
#![allow(clippy::unwrap_used)]

use super::operations::Operation;
use super::*;
use crate::units::Dimension;
use proptest::prelude::*;

fn parameters(name: &str) -> Option<f64> {
    match name {
        "load" => Some(2.0),
        "x" => Some(0.5),
        "batch.n" => Some(4.0),
        _ => None,
    }
}

fn value(text: &str) -> Measure {
    evaluate(text, &parameters).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn error(text: &str) -> ExpressionError {
    match evaluate(text, &parameters) {
        Ok(measure) => panic!("{text} is {measure:?}"),
        Err(error) => error,
    }
}

#[test]
fn quantities_are_read_as_people_write_them() {
    let cases = [
        ("2 ms", 0.002, Dimension::TIME),
        ("20 Mbit/s", 20e6, Dimension::DATA_RATE),
        ("20Mbps", 20e6, Dimension::DATA_RATE),
        ("256 B", 2048.0, Dimension::DATA),
        ("4 KiB", 32768.0, Dimension::DATA),
        ("1.5 GHz", 1.5e9, Dimension::FREQUENCY),
        ("2 Mcycle", 2e6, Dimension::CYCLES),
        ("3 J", 3.0, Dimension::ENERGY),
        ("12 mW", 0.012, Dimension::POWER),
        ("80 /s", 80.0, Dimension::RATE),
        ("100 req/s", 100.0, Dimension::RATE),
        ("60 /min", 1.0, Dimension::RATE),
        ("$load * 80 /s", 160.0, Dimension::RATE),
        ("$batch.n * 1 ms", 0.004, Dimension::TIME),
        ("1/1.9", 1.0 / 1.9, Dimension::NONE),
        ("2400 mAh * 3.7 V", 31968.0, Dimension::ENERGY),
        ("24 nJ/bit", 24e-9, Dimension::ENERGY_PER_DATA),
        ("50 %", 0.5, Dimension::NONE),
        ("16_000 MIPS", 16e9, Dimension::FREQUENCY),
        ("min(2 ms, $x * 1 s)", 0.002, Dimension::TIME),
        ("max(1, 2, 7, 3)", 7.0, Dimension::NONE),
        ("10 min", 600.0, Dimension::TIME),
        ("min(10 min, 1 h)", 600.0, Dimension::TIME),
        ("8 h", 28800.0, Dimension::TIME),
        ("1.5e3 us", 0.0015, Dimension::TIME),
        ("2 \u{b5}s", 2e-6, Dimension::TIME),
        ("2 \u{3bc}s", 2e-6, Dimension::TIME),
        ("2 ms + 1 s", 1.002, Dimension::TIME),
        ("-2^2", -4.0, Dimension::NONE),
        ("2^-1", 0.5, Dimension::NONE),
        ("2^3^2", 512.0, Dimension::NONE),
        ("8/4/2", 1.0, Dimension::NONE),
        ("(1 + 2) ms", 0.003, Dimension::TIME),
        ("sqrt(4 s^2)", 2.0, Dimension::TIME),
        ("1 Wh / 1 h", 1.0, Dimension::POWER),
        ("5 W * 2 s", 10.0, Dimension::ENERGY),
        ("1/2 s", 0.5, Dimension::RATE),
        ("round(2.6) * 1 s", 3.0, Dimension::TIME),
        ("2 kcycle / 1 kHz", 2.0, Dimension::TIME),
        (".5", 0.5, Dimension::NONE),
    ];
    for (text, expected, dimension) in cases {
        let measure = value(text);
        assert_eq!(measure.dimension, dimension, "{text}");
        assert!((measure.value - expected).abs() <= 1e-12 * expected.abs(), "{text}: {}", measure.value);
    }
}

#[test]
fn what_does_not_fit_is_an_error_at_its_place() {
    let cases = [
        ("2 ms + 1", 0..8, "cannot add a bare number to a time"),
        ("2 ms + 1 J", 0..10, "cannot add an energy to a time"),
        ("1/0", 2..3, "division by zero"),
        ("3 / (2 - 2)", 4..11, "division by zero"),
        ("1e300 * 1e300", 0..13, "this is not finite"),
        ("sqrt(-1)", 0..8, "this is not a number"),
        ("ln(0)", 0..5, "this is not finite"),
        ("2 mss", 2..5, "unknown unit `mss`"),
        ("$y", 0..2, "there is no parameter `$y` here"),
        ("2 + ", 4..4, "a number is missing at the end"),
        ("", 0..0, "a number is missing at the end"),
        ("(2", 0..1, "this `(` is not closed"),
        ("2)", 1..2, "this `)` closes nothing"),
        ("2 3", 2..3, "an operator is missing here"),
        ("2 ms ms", 5..7, "an operator is missing here"),
        ("1.2.3", 0..4, "this number has two decimal points"),
        ("sqrt", 0..4, "`sqrt` is a function: its arguments in parentheses are missing"),
        ("sin(1)", 0..3, "there is no function `sin`"),
        ("2 ; 3", 2..3, "`;` has no meaning here"),
        ("exp(1 s)", 0..8, "this function takes a bare number, found a time"),
        ("2^(1 s)", 2..7, "an exponent is a bare number"),
    ];
    for (text, at, message) in cases {
        let error = error(text);
        assert_eq!(error.message, message, "{text}");
        assert!(at.contains(&error.at.start) || at == error.at, "{text}: {:?}", error.at);
    }
}

#[test]
fn an_unknown_unit_is_answered_with_the_nearest() {
    let near = |text: &str| error(text).help.unwrap_or_default();
    assert!(near("20 mbit/s").starts_with("did you mean `Mbit`?"));
    assert!(near("3 sec").starts_with("did you mean `s`? Units of time: ns, us"));
    assert!(near("3 Mcycles").starts_with("did you mean `Mcycle`?"));
    assert!(near("3 kb").starts_with("did you mean `kB`?"));
    assert!(near("3 parsecs").starts_with("units are, for example"));
}

#[test]
fn deep_nesting_is_refused_without_overflowing_the_stack() {
    for text in ["(".repeat(10_000), "-".repeat(10_000), "2^".repeat(10_000), "abs(".repeat(10_000)] {
        assert!(error(&text).message.contains("nests deeper"), "{}", &text[..4]);
    }
    assert_eq!(value(&format!("1{}", " + 1".repeat(10_000))).value, 10_001.0);
}

#[test]
fn a_compiled_expression_agrees_with_its_formula() {
    let law = Compiled::parse("1/(1+0.5*l)", &["l"]).unwrap();
    for load in [0.0, 0.3, 1.0] {
        assert_eq!(law.eval(&[load]), 1.0 / (1.0 + 0.5 * load));
    }
    let law = Compiled::parse_with("$x * 2 * exp(-a) + max(a, b, 3)", &["a", "b"], &parameters).unwrap();
    assert_eq!(law.eval(&[0.0, 5.0]), 6.0);
    assert!(law.eval(&[]).is_nan());
    assert_eq!(Compiled::parse("2 ms * l", &["l"]).unwrap().dimension(), Dimension::TIME);
    assert_eq!(Compiled::parse("1 + 2 * 3", &[]).unwrap().program, [Operation::Constant(7.0)]);
    assert!(Compiled::parse("1 ms + l", &["l"]).is_err());
    assert!(Compiled::parse("1 + u", &["l"]).unwrap_err().help.unwrap().contains("the variables here are l"));
    let deep = format!("{}l{}", "l + (".repeat(40), ")".repeat(40));
    assert_eq!(Compiled::parse(&deep, &["l"]).unwrap().eval(&[1.0]), 41.0);
}

#[test]
fn conditions_have_a_path_an_operator_and_a_bound() {
    let condition = Condition::parse("telemetry.latency.p95 <= 250 ms").unwrap();
    assert_eq!(condition.left, "telemetry.latency.p95");
    assert_eq!(condition.operator, Operator::LessEq);
    assert_eq!(condition.right, Measure { value: 0.25, dimension: Dimension::TIME });
    assert!(condition.operator.holds(0.25, condition.right.value));
    assert_eq!(Condition::parse("a>3").unwrap().operator, Operator::Greater);

    let wrong = |text: &str| Condition::parse(text).unwrap_err();
    assert!(wrong("a == 3").help.unwrap().contains("never equals"));
    assert_eq!(wrong("a = 3").at, 2..3);
    assert_eq!(wrong("a => 3").help.unwrap(), "write `>=`");
    assert!(wrong("a").message.contains("missing"));
    assert!(wrong("<= 3").message.contains("missing"));
    assert!(wrong("3 <= a").message.contains("left side"));
    assert!(wrong("a b <= 3").message.contains("no spaces"));
    assert!(wrong("a < b < 3").message.contains("two comparisons"));
    assert_eq!(wrong("a <= 3 mss").at, 7..10);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[-+*/^()$%.,0-9a-zµ _<>=]{0,40}") {
        let _ = evaluate(&text, &parameters);
        let _ = Compiled::parse(&text, &["l", "a"]).map(|law| law.eval(&[0.5, 2.0]));
        let _ = Condition::parse(&text);
    }

    #[test]
    fn formatted_values_read_back(value in 1e-6_f64..1e6) {
        for dimension in [Dimension::TIME, Dimension::DATA, Dimension::DATA_RATE, Dimension::RATE, Dimension::ENERGY] {
            let text = crate::units::format(value, dimension);
            let back = evaluate(&text, &|_| None).unwrap();
            prop_assert_eq!(back.dimension, dimension);
            prop_assert!((back.value - value).abs() <= 6e-4 * value, "{} is {}", text, back.value);
        }
    }
}
