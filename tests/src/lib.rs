//! Helpers that the validation suite shares: run an experiment file as a user would, and compare what comes out with
//! what is known.
#![allow(clippy::unwrap_used)]

pub mod books;
pub mod chance;
pub mod random;

use experiments::run::{Run, Silent, run};
use experiments::study::Study;
use models::simulation::{Replication, Settings, Simulation};
use sim_core::analyse::Estimate;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// Confidence of all intervals of the suite: with some hundred of them a false alarm is rare, and seeds are fixed.
pub const CONFIDENCE: f64 = 0.999;

/// Half a tick: what is exact is equal to the nanosecond.
const HALF_A_TICK: f64 = 0.5e-9;

/// An experiment file of the suite, with fields overridden.
#[derive(Clone, Debug)]
pub struct Case {
    file: String,
    overrides: Vec<(String, String)>,
    threads: usize,
}

/// The file `tests/files/<file>.ron`.
pub fn case(file: &str) -> Case {
    Case { file: file.to_string(), overrides: Vec::new(), threads: 1 }
}

impl Case {
    /// Overrides a field, as `--set path=value` does.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Display) -> Case {
        self.overrides.push((path.to_string(), value.to_string()));
        self
    }

    /// Runs on so many threads.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Case {
        self.threads = threads;
        self
    }

    fn path(&self) -> PathBuf {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/files"));
        folder.join(format!("{}.ron", self.file))
    }

    /// The study, read and checked.
    ///
    /// # Panics
    /// When the file has a mistake, with what is wrong.
    pub fn load(&self) -> Study {
        let study = Study::load(&self.path(), &self.overrides, false);
        let mut study = study.unwrap_or_else(|bad| panic!("{}:\n{}", self.name(), bad.text));
        study.plan.confidence = CONFIDENCE;
        study
    }

    /// What is wrong with the file, rendered; for files that must be refused.
    ///
    /// # Panics
    /// When it is accepted.
    pub fn refused(&self) -> String {
        match Study::load(&self.path(), &self.overrides, false) {
            Ok(_) => panic!("{} is accepted", self.name()),
            Err(bad) => bad.text,
        }
    }

    /// Runs it.
    pub fn run(&self) -> Ran {
        let study = self.load();
        let run = run(&study, self.threads, &Silent, &AtomicBool::new(false)).unwrap();
        Ran { name: self.name(), run }
    }

    /// One replication, with all that it reports.
    pub fn replication(&self, number: u64) -> Replication {
        simulate(&self.load(), number)
    }

    fn name(&self) -> String {
        let overrides: Vec<String> = self.overrides.iter().map(|(path, value)| format!("{path}={value}")).collect();
        format!("{} {}", self.file, overrides.join(" "))
    }
}

/// The settings of a replication; where the warm-up is to be found from runs it is left out.
pub fn settings(study: &Study, replication: u64) -> Settings<'static> {
    study.plan.settings(replication, study.plan.warm_up.unwrap_or(0))
}

/// One replication of a study.
pub fn simulate(study: &Study, replication: u64) -> Replication {
    Simulation::new(&study.lowered.system, settings(study, replication)).run()
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct Ran {
    name: String,
    /// All that it gave.
    pub run: Run,
}

impl Ran {
    /// The estimate at a path such as `jobs.latency.mean`.
    pub fn estimate(&self, path: &str) -> Estimate {
        let estimate = self.run.results.find(path);
        estimate.unwrap_or_else(|| panic!("{}: there is nothing at {path}", self.name))
    }

    /// Whether there is anything at the path.
    pub fn has(&self, path: &str) -> bool {
        self.run.results.find(path).is_some()
    }

    /// Its value.
    pub fn value(&self, path: &str) -> f64 {
        self.estimate(path).value
    }

    /// The interval holds the exact value, and is no wider than `tolerance` to each side.
    #[track_caller]
    pub fn holds(&self, path: &str, exact: f64, tolerance: f64) -> &Ran {
        let Estimate { value, half_width, .. } = self.estimate(path);
        let half_width = half_width.unwrap();
        println!("{}: {path} = {value:.6} +- {half_width:.6}, exactly {exact:.6}", self.name);
        assert!(
            half_width <= tolerance,
            "{}: {path} = {value} +- {half_width}, which is wider than {tolerance}",
            self.name
        );
        assert!(
            (value - exact).abs() <= half_width.max(1e-9 * exact.abs()),
            "{}: {path} = {value} +- {half_width}, exactly {exact}",
            self.name
        );
        self
    }

    /// The value is exact: a time to the nanosecond, others to twelve digits.
    #[track_caller]
    pub fn is(&self, path: &str, exact: f64) -> &Ran {
        let value = self.value(path);
        assert!(
            (value - exact).abs() <= HALF_A_TICK.max(1e-12 * exact.abs()),
            "{}: {path} = {value}, exactly {exact}",
            self.name
        );
        self
    }

    /// The value is near, for what is known approximately.
    #[track_caller]
    pub fn near(&self, path: &str, about: f64, tolerance: f64) -> &Ran {
        let value = self.value(path);
        println!("{}: {path} = {value:.6}, about {about:.6}", self.name);
        assert!((value - about).abs() <= tolerance, "{}: {path} = {value}, not {about} +- {tolerance}", self.name);
        self
    }
}
