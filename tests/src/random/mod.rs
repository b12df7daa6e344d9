//! Systems put together at random from everything there is: no panic, books that balance, the same again to the bit.

mod dice;
mod mechanisms;

pub use dice::experiment;

use crate::books::{books, little};
use crate::simulate;
use experiments::file::Source;
use experiments::study::Study;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::Path;

/// What came of some random systems.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    /// Files that are accepted.
    pub accepted: u64,
    /// What is wrong with the others, by number.
    pub refused: Vec<(u64, String)>,
    /// Requests born in the measured time.
    pub requests: u64,
    /// A hash over all that was observed: a change of the code that leaves it as it was has changed nothing.
    pub digest: u64,
    /// What went wrong, by number: the message.
    pub failed: Vec<(u64, String)>,
}

/// Runs the random systems with these numbers, each twice, and checks their books. Calls `seen` after each.
pub fn try_systems(numbers: Range<u64>, mut seen: impl FnMut(u64)) -> Tried {
    let mut tried = Tried::default();
    for number in numbers {
        let text = experiment(number);
        let attempt = || try_text(&format!("system {number}"), &text);
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(attempt)) {
            Ok(Err(refused)) => tried.refused.push((number, refused)),
            Ok(Ok(good)) => {
                tried.accepted += 1;
                tried.requests += good.requests;
                tried.digest = tried.digest.rotate_left(1) ^ good.digest;
            }
            Err(panic) => {
                tried.accepted += 1;
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_string()));
                tried.failed.push((number, text.unwrap_or_default()));
            }
        }
        seen(number);
    }
    tried
}

/// What came of one system.
#[derive(Clone, Copy, Debug)]
pub struct Good {
    /// Requests born in the measured time.
    pub requests: u64,
    /// A hash over all that was observed.
    pub digest: u64,
}

/// Runs one system, twice, and checks its books: what is wrong with the file, or what came of it. Panics where the books
/// do not balance.
pub fn try_text(name: &str, text: &str) -> Result<Good, String> {
    let source = Source::new("random.ron", text);
    let study = Study::from_source(Path::new("random.ron"), source, &[], false).map_err(|bad| bad.text)?;
    Ok(twice(name, &study))
}

fn twice(name: &str, study: &Study) -> Good {
    let run = simulate(study, 0);
    books(name, &run);
    little(name, &run);
    let again = simulate(study, 0);
    assert_eq!((run.events, run.fingerprint), (again.events, again.fingerprint), "{name}: not the same again");
    let mut hasher = DefaultHasher::new();
    format!("{run:?}").hash(&mut hasher);
    Good { requests: run.flows.iter().map(|flow| flow.born).sum(), digest: hasher.finish() }
}
