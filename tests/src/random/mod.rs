//! Systems put together at random from everything there is: no panic, books that balance, the same again to the bit.

mod dice;
mod mechanisms;

pub use dice::experiment;

use crate::books::{books, little};
use experiments::file::Source;
use experiments::study::Study;
use models::simulation::{Replication, Settings, Simulation};
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
        match Study::from_source(Path::new("random.ron"), Source::new("random.ron", &text), &[], false) {
            Err(bad) => tried.refused.push((number, bad.text)),
            Ok(study) => {
                tried.accepted += 1;
                let name = format!("system {number}");
                match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| twice(&name, &study))) {
                    Ok(born) => tried.requests += born,
                    Err(panic) => {
                        let text = panic.downcast_ref::<String>().cloned();
                        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_string()));
                        tried.failed.push((number, text.unwrap_or_default()));
                    }
                }
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
    // A run that is stopped in the middle of an instant leaves a request between two places.
    if run.stop.is_none() {
        little(name, &run);
    }
    let again = simulate(study, 0);
    assert_eq!((run.events, run.fingerprint), (again.events, again.fingerprint), "{name}: not the same again");
    run.flows.iter().map(|flow| flow.born).sum()
}

fn simulate(study: &Study, replication: u64) -> Replication {
    let plan = &study.plan;
    let settings = Settings {
        seed: plan.seed,
        replication,
        warm_up: plan.warm_up.unwrap_or(0),
        horizon: plan.horizon,
        drain: plan.drain,
        sample: plan.sample,
        max_in_system: plan.max_in_system,
        stop: None,
    };
    Simulation::new(&study.lowered.system, settings).run()
}
