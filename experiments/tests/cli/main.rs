//! The command as its users meet it: the program is started, and what it prints, writes and returns is looked at.

#![allow(missing_docs, clippy::unwrap_used, clippy::new_without_default)]

mod bad_input;
mod cache;
mod calibrate;
mod commands;
mod compare;
mod coverage;
mod documents;
mod endings;
mod factorial;
mod optimise;
mod predict;
mod results;
mod slurm;
mod sweep;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of one test, with the program to be run in it.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

/// What a command printed and returned.
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        Said {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loadgraph"));
        command.args(arguments).current_dir(self.path()).env_remove("COLUMNS").env_remove("NO_COLOR");
        command
    }

    pub(crate) fn say(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    /// The folder of the only run of an experiment.
    pub(crate) fn run_folder(&self, stem: &str) -> PathBuf {
        let mut runs: Vec<PathBuf> = std::fs::read_dir(self.path().join("notebooks-out").join(stem))
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.remove(0)
    }
}

/// A single queue at 80 %.
pub(crate) const QUEUE: &str = r#"Experiment(
    title: "A queue",
    system: System(
        components: { "server": Processor(cores: 1) },
        flows: {
            "jobs": Flow(arrivals: Poisson(rate: "80 /s"), steps: [Compute(on: "server", work: Exponential("10 ms"))]),
        },
    ),
    run: Run(horizon: "20 s", warm_up: "1 s", replications: 3),
)
"#;

/// Something of everything.
pub(crate) const FACTORY: &str = r#"Experiment(
    title: "Sensors and a gateway",
    parameters: { "load": 1.0 },
    system: System(
        components: {
            "sensors": Device(count: 50, profile: "esp32-wifi", battery: "20 J"),
            "radio": Network(bandwidth: "20 Mbit/s", latency: "2 ms", reliability: 0.95, retransmit: UpTo(times: 1)),
            "gateway": Processor(cores: 2, frequency: "1.5 GHz", scheduler: Priority(preemption: Resume), limit: 10,
                power: (idle: "2 W", active: "5 W")),
            "disk": Storage(access: Uniform("0.1 ms", "0.5 ms"), read: "90 MB/s", write: "40 MB/s"),
        },
        flows: {
            "telemetry": Flow(
                from: "sensors",
                arrivals: Periodic(every: "100 ms / $load", jitter: "5 ms"),
                deadline: "8 ms",
                steps: [
                    Send(over: "radio", size: "256 B"),
                    Compute(on: "gateway", work: Exponential("4 Mcycle")),
                    Choose([(0.9, []), (0.1, [Write(storage: "disk", size: "4 KiB")])]),
                ],
            ),
            "alarms": Flow(
                from: "sensors", arrivals: Poisson(rate: "0.1 /s"), priority: High, deadline: Hard("5 ms"),
                steps: [Send(over: "radio", size: "64 B"), Compute(on: "gateway", work: "1 Mcycle")],
            ),
        },
    ),
    run: Run(horizon: "5 s", replications: 4, seed: 7),
    targets: ["telemetry.latency.p95 <= 1 s"],
)
"#;
