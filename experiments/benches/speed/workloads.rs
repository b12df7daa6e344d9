//! What is measured: an experiment file each, the loop beside it, and what theory says.

use crate::floors::{self, Outcome};
use experiments::study::Study;
use models::analytic::erlang::mmc;
use std::path::Path;

/// Arrivals per second of all devices together, and mean service [s]: 64 servers at 0.8.
const DEVICES_RATE: f64 = 0.8 * 64.0;

/// One row of the table.
pub struct Workload {
    /// As `--only` takes it.
    pub name: &'static str,
    file: &'static str,
    /// What differs from the file.
    overrides: &'static [(&'static str, &'static str)],
    /// Most nanoseconds per event, in those of the floor.
    pub target: Option<f64>,
    /// Mean response [s].
    pub theory: fn() -> f64,
    /// The loop written for it: horizon [s] and seed.
    pub floor: fn(f64, u64) -> Outcome,
}

const MERGED: &[(&str, &str)] = &[("system.flows.reports.arrivals.merged", "true")];

pub const ALL: [Workload; 9] = [
    Workload {
        name: "mm1",
        file: "mm1",
        overrides: &[],
        target: Some(2.5),
        theory: || 1e-3 / (1.0 - 0.8),
        floor: |horizon, seed| floors::single(800.0, 1e-3, horizon, seed),
    },
    Workload {
        name: "series",
        file: "series",
        overrides: &[],
        target: Some(2.0),
        theory: || 10.0 * 1e-3 / (1.0 - 0.8),
        floor: |horizon, seed| floors::series(800.0, 1e-3, horizon, seed),
    },
    Workload {
        name: "closed",
        file: "closed",
        overrides: &[],
        target: Some(2.0),
        // By mean value analysis.
        theory: || 0.26068,
        floor: floors::closed,
    },
    devices("devices_1e3", |horizon, seed| floors::devices(1_000, DEVICES_RATE, horizon, seed)),
    devices("devices_1e4", |horizon, seed| floors::devices(10_000, DEVICES_RATE, horizon, seed)),
    devices("devices_1e5", |horizon, seed| floors::devices(100_000, DEVICES_RATE, horizon, seed)),
    devices("devices_1e6", |horizon, seed| floors::devices(1_000_000, DEVICES_RATE, horizon, seed)),
    Workload {
        name: "merged_1e3",
        file: "devices_1e3",
        overrides: MERGED,
        target: None,
        theory: many_servers,
        floor: |horizon, seed| floors::merged(1_000, DEVICES_RATE, horizon, seed),
    },
    Workload {
        name: "merged_1e6",
        file: "devices_1e6",
        overrides: MERGED,
        target: None,
        theory: many_servers,
        floor: |horizon, seed| floors::merged(1_000_000, DEVICES_RATE, horizon, seed),
    },
];

const fn devices(name: &'static str, floor: fn(f64, u64) -> Outcome) -> Workload {
    Workload { name, file: name, overrides: &[], target: Some(2.0), theory: many_servers, floor }
}

/// Mean response of M/M/64.
fn many_servers() -> f64 {
    mmc(DEVICES_RATE, 1.0, 64).expect("there is a steady state").sojourn
}

impl Workload {
    pub fn named(name: &str) -> &'static Workload {
        ALL.iter().find(|workload| workload.name == name).expect("--only and child processes name a workload")
    }

    /// Reads and checks its file, with the horizon divided.
    pub fn load(&self, shorter: f64) -> Study {
        load(self.file, self.overrides, shorter)
    }
}

/// Reads and checks a file of the benches, with the horizon divided.
pub fn load(file: &str, overrides: &[(&str, &str)], shorter: f64) -> Study {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/files/{file}.ron"));
    let overrides: Vec<_> = overrides.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    let mut study = Study::load(&path, &overrides, false).unwrap_or_else(|bad| panic!("{bad}"));
    let plan = &mut study.plan;
    for time in [&mut plan.horizon, &mut plan.drain, &mut plan.sample] {
        *time = (*time as f64 / shorter) as u64;
    }
    study
}
