//! Damaged documents: whatever is done to a good one, nothing panics and nothing hangs.

use super::types::*;
use crate::file::{Source, parse, read, render, resolve, set};

/// SplitMix64 (Steele, Lea and Flood, 2014): enough for picking places.
pub struct Random(pub u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

const PIECES: [&str; 40] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "'",
    "\\",
    "/*",
    "*/",
    "//",
    "r#\"",
    "\"#",
    "..",
    "..=",
    "1",
    "-",
    "1e999",
    "0x",
    "None",
    "Some(",
    "Lru",
    "Fail",
    "Range",
    "é",
    "\u{0}",
    "\u{2028}",
    "#!",
    "inf",
    "_",
    "b\"",
    "label: ",
    "Fork([[",
    "\n",
    " ",
    "99999999999999999999999999999999999999999",
    "r#x",
];

pub fn damaged(good: &str, random: &mut Random) -> String {
    let mut text: Vec<char> = good.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(text.len());
        let end = (at + 1 + random.below(8)).min(text.len());
        let piece = PIECES[random.below(PIECES.len())].chars();
        match random.below(4) {
            0 => drop(text.drain(at..end)),
            1 => drop(text.splice(at..at, piece)),
            2 => drop(text.splice(at..end, piece)),
            _ => {
                let other = random.below(text.len());
                text.swap(at, other);
            }
        }
    }
    text.into_iter().collect()
}

#[test]
fn twenty_thousand_damaged_documents_are_read_or_refused() {
    let mut random = Random(7);
    let (mut unreadable, mut wrong, mut fine) = (0, 0, 0);
    for i in 0..20_000 {
        let source = Source::new("t.ron", damaged(GOOD, &mut random));
        let tree = match parse(&source) {
            Ok(tree) => tree,
            Err(errors) => {
                unreadable += 1;
                assert!(!errors.is_empty());
                for error in &errors {
                    let span = error.span.clone().unwrap();
                    assert!(source.text.get(span).is_some(), "{error:?}");
                }
                if i % 10 == 0 {
                    assert!(!render(&source, &errors, i % 20 == 0).is_empty());
                }
                continue;
            }
        };
        match read::<Experiment>(&tree) {
            Ok(_) => fine += 1,
            Err(errors) => {
                wrong += 1;
                assert!(!errors.is_empty());
                assert!(errors.iter().all(|e| source.text.get(e.span.clone().unwrap()).is_some()), "{errors:?}");
                if i % 10 == 0 {
                    assert!(!render(&source, &errors, true).is_empty());
                }
            }
        }
        for path in ["radio.latency", "telemetry.inner.time", "run.seed"] {
            if let Ok(full) = resolve(&tree, path)
                && let Ok(changed) = set(&source, &tree, &full, "5 s")
            {
                assert!(parse(&changed).is_ok(), "{}", changed.text);
            }
        }
    }
    assert!(unreadable > 1_000 && wrong > 1_000 && fine > 100, "{unreadable} {wrong} {fine}");
}
