//! What takes processes of its own: peak memory, and two threads against two processes.

use crate::measure::{median, simulate};
use crate::workloads::Workload;
use experiments::run::{self, Silent};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// What a child process is asked to do.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub enum Task {
    /// Simulates a million devices once and prints the most memory it held [kB].
    Memory { shorter: f64 },
    /// Runs so many replications of M/M/1 on so many threads.
    Replicate { replications: u64, threads: usize, seed: u64, shorter: f64 },
}

impl Task {
    pub fn perform(self) {
        match self {
            Task::Memory { shorter } => {
                simulate(&Workload::named("devices_1e6").load(shorter), 0);
                let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
                let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                println!("{}", peak.map_or("", |peak| peak.trim().trim_end_matches(" kB")));
            }
            Task::Replicate { replications, threads, seed, shorter } => {
                let mut study = Workload::named("mm1").load(shorter);
                (study.plan.replications, study.plan.seed) = (replications, seed);
                run::run(&study, threads, &Silent, &AtomicBool::new(false)).expect("nobody interrupts it");
            }
        }
    }

    fn start(self) -> Child {
        let words = match self {
            Task::Memory { shorter } => vec!["memory".to_string(), shorter.to_string()],
            Task::Replicate { replications, threads, seed, shorter } => {
                let numbers = [replications.to_string(), threads.to_string(), seed.to_string(), shorter.to_string()];
                ["replicate".to_string()].into_iter().chain(numbers).collect()
            }
        };
        let own = std::env::current_exe().expect("a running program has a path");
        Command::new(own).args(words).stdout(Stdio::piped()).spawn().expect("the bench can start itself")
    }
}

fn wait(child: Child) -> String {
    let output = child.wait_with_output().expect("a child can be waited for");
    assert!(output.status.success(), "a child process failed");
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

/// Most memory of a process that simulates a million devices [MB]; `None` where the system does not tell.
pub fn peak_memory(shorter: f64) -> Option<f64> {
    wait(Task::Memory { shorter }.start()).parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0 / 1e6)
}

/// Seconds of one process with 20 replications on two threads, of two processes with 10 each on one, side by side, and
/// their ratio: medians.
pub fn parallel(pairs: u64, shorter: f64) -> (f64, f64, f64) {
    let time = |tasks: &[Task]| {
        let start = Instant::now();
        let children: Vec<Child> = tasks.iter().map(|task| task.start()).collect();
        children.into_iter().map(wait).for_each(drop);
        start.elapsed().as_secs_f64()
    };
    let task = |replications, threads, seed| Task::Replicate { replications, threads, seed, shorter };
    let times: Vec<(f64, f64)> =
        (0..pairs).map(|_| (time(&[task(20, 2, 1)]), time(&[task(10, 1, 1), task(10, 1, 2)]))).collect();
    (
        median(times.iter().map(|(threads, _)| *threads)),
        median(times.iter().map(|(_, processes)| *processes)),
        median(times.iter().map(|(threads, processes)| threads / processes)),
    )
}
