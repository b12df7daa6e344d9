//! Tests of units and of numbers as they are shown.
#![allow(clippy::unwrap_used)]

use super::format::*;
use super::*;

#[test]
fn numbers_carry_four_digits_and_a_sensible_prefix() {
    let cases = [
        (0.00234, Dimension::TIME, "2.340 ms"),
        (0.99999, Dimension::TIME, "1.000 s"),
        (0.999_96e-3, Dimension::TIME, "1.000 ms"),
        (9000.0, Dimension::TIME, "9000 s"),
        (86_400.0, Dimension::TIME, "24.00 h"),
        (864_000.0, Dimension::TIME, "10.00 d"),
        (0.0, Dimension::TIME, "0 s"),
        (f64::INFINITY, Dimension::TIME, "\u{221e} s"),
        (f64::NAN, Dimension::POWER, "n/a W"),
        (8.0, Dimension::RATE, "8.000 /s"),
        (12_345.6, Dimension::RATE, "12346 /s"),
        (20e6, Dimension::DATA_RATE, "20.00 Mbit/s"),
        (2048.0, Dimension::DATA, "256 B"),
        (12_000.0, Dimension::DATA, "1.500 kB"),
        (4.0, Dimension::DATA, "4 bit"),
        (8000.0, Dimension::DATA, "1 kB"),
        (0.012, Dimension::POWER, "12.00 mW"),
        (3.0, Dimension::ENERGY, "3.000 J"),
        (-0.003, Dimension::TIME, "-3.000 ms"),
        (0.82, Dimension::NONE, "0.8200"),
        (24e-9, Dimension::ENERGY_PER_DATA, "24.00 nJ/bit"),
        (1.5e-12, Dimension::TIME, "0.001500 ns"),
        (1e-15, Dimension::TIME, "1.000e-6 ns"),
        (2.0, Dimension::of(2, 0, 0, 0, 0), "2.000 s^2"),
    ];
    for (value, dimension, text) in cases {
        assert_eq!(format(value, dimension), text);
    }
    assert_eq!(format_share(0.82), "82.00 %");
}

#[test]
fn a_value_is_rounded_where_its_half_width_is() {
    let time = |value, half_width| format_with_error(value, half_width, Dimension::TIME);
    assert_eq!(time(0.00234, 0.000_012), "2.340 \u{b1} 0.012 ms");
    assert_eq!(time(0.0, 0.002), "0.0 \u{b1} 2.0 ms");
    assert_eq!(time(-1e-9, 0.002), "0.0 \u{b1} 2.0 ms");
    assert_eq!(time(0.00234, 0.0), "2.340 \u{b1} 0 ms");
    assert_eq!(time(0.00234, f64::INFINITY), "2.340 \u{b1} \u{221e} ms");
    assert_eq!(time(0.00234, f64::NAN), "2.340 \u{b1} n/a ms");
    assert_eq!(time(f64::NAN, 1.0), "n/a s");
    assert_eq!(time(5.0, 0.0996), "5.00 \u{b1} 0.10 s");
    assert_eq!(time(8765.0, 432.0), "8770 \u{b1} 430 s");
    assert_eq!(format_with_error(2.5, 0.1, Dimension::NONE), "2.50 \u{b1} 0.10");
    assert_eq!(format_with_error(2.5e12, 1e11, Dimension::NONE), "(2.50 \u{b1} 0.10) * 1e12");
    assert_eq!(format_share_with_error(0.82, 0.0031), "82.00 \u{b1} 0.31 %");
}

#[test]
fn a_wrong_dimension_is_named_with_what_was_wanted() {
    let time = Measure { value: 1.0, dimension: Dimension::TIME };
    assert_eq!(
        expect(time, Dimension::DATA_RATE),
        Err("expected a data rate (such as `20 Mbit/s`), found a time".to_owned())
    );
    assert_eq!(expect(time, Dimension::TIME), Ok(1.0));
    let hertz = Measure { value: 1.0, dimension: Dimension::FREQUENCY };
    assert!(expect(hertz, Dimension::RATE).unwrap_err().contains("did you mean `/s`"));
    assert_eq!(Dimension::TIME.to_string(), "a time (such as `2 ms`)");
    assert_eq!(Dimension::of(2, 1, 0, 0, 0).to_string(), "a quantity in bit * s^2");
}

#[test]
fn dimensions_multiply_divide_and_have_roots() {
    assert_eq!(Dimension::ENERGY.over(Dimension::TIME), Some(Dimension::POWER));
    assert_eq!(Dimension::CHARGE.times(Dimension::VOLTAGE), Some(Dimension::ENERGY));
    assert_eq!(Dimension::TIME.root(), None);
    assert_eq!(Dimension::TIME.to_power(2).and_then(Dimension::root), Some(Dimension::TIME));
    assert_eq!(Dimension::of(100, 0, 0, 0, 0).to_power(2), None);
}
