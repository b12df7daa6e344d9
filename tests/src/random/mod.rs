//! Systems put together at random from everything there is: no panic, books that balance, the same again to the bit.

mod dice;
mod mechanisms;

pub use dice::experiment;

use crate::books::{books, little};
use crate::simulate;
use experiments::file::Source;
use experiments::study::Study;
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
            Ok(Ok(born)) => {
                tried.accepted += 1;
                tried.requests += born;
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

/// Runs one system, twice, and checks its books: what is wrong with the file, or the requests born. Panics where the books
/// do not balance.
pub fn try_text(name: &str, text: &str) -> Result<u64, String> {
    let source = Source::new("random.ron", text);
    let study = Study::from_source(Path::new("random.ron"), source, &[], false).map_err(|bad| bad.text)?;
    Ok(twice(name, &study))
}

/// Runs it twice; gives the requests born.
fn twice(name: &str, study: &Study) -> u64 {
    let run = simulate(study, 0);
    books(name, &run);
    little(name, &run);
    let again = simulate(study, 0);
    assert_eq!((run.events, run.fingerprint), (again.events, again.fingerprint), "{name}: not the same again");
    run.flows.iter().map(|flow| flow.born).sum()
}
