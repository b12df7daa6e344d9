//! Sweeps on a real Slurm: two nodes on loopback, where it is installed (`.ci/slurm install`).

use super::Desk;
use super::sweep::same;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A Slurm that ends with the test.
struct Slurm {
    folder: tempfile::TempDir,
    conf: String,
}

fn script() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/slurm")
}

impl Slurm {
    /// Starts one, or says why there is none.
    fn start() -> Option<Slurm> {
        let there = |program: &str| {
            let known = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&known).chain(["/usr/sbin".into()]).any(|folder| folder.join(program).exists())
        };
        if !["slurmctld", "slurmd", "munged", "sbatch"].into_iter().all(there) {
            eprintln!("SKIPPED: Slurm is not installed; `.ci/slurm install` installs it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(script()).arg("start").arg(folder.path()).stderr(Stdio::inherit()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        if !output.status.success() {
            eprintln!("SKIPPED: Slurm is installed, but cannot be started here (it wants root and /run/munge)");
            return None;
        }
        let conf = said.trim().strip_prefix("export SLURM_CONF=").unwrap().to_string();
        Some(Slurm { folder, conf })
    }

    fn tell(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program).args(arguments).env("SLURM_CONF", &self.conf).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        let _ = Command::new(script()).arg("stop").arg(self.folder.path()).status();
    }
}

const LOADS: &str = r#"Experiment(
    title: "A queue",
    parameters: { "load": 0.8 },
    system: System(
        components: { "server": Processor() },
        flows: {
            "jobs": Flow(arrivals: Poisson("$load * 100 /s"), steps: [Compute(on: "server", work: Exponential("10 ms"))]),
        },
    ),
    run: Run(horizon: "200 s", warm_up: "1 s", replications: 10),
    sweep: { "parameters.load": Reals(0.2, 0.9, 24) },
)
"#;

/// One test, because there is one Slurm: what it refuses, a node that dies, and the same bytes in the end.
#[test]
fn an_array_job_ends_with_the_bytes_of_a_local_sweep_although_a_node_dies() {
    let Some(slurm) = Slurm::start() else { return };
    let desk = Desk::new();
    desk.write("q.ron", LOADS);
    assert_eq!(desk.say(&["sweep", "q.ron", "--out", "here"]).status, 0);
    let sweep = |out: &str, more: &[&str]| {
        let mut all = vec!["sweep", "q.ron", "--out", out, "--cluster", "slurm"];
        all.extend(more);
        let mut command = desk.command(&all);
        command.env("SLURM_CONF", &slurm.conf);
        command
    };
    let said: super::Said = sweep("refused", &["--sbatch=--partition=nowhere"]).output().unwrap().into();
    assert_eq!(said.status, 2, "{}{}", said.out, said.err);
    assert!(said.err.contains("Slurm refuses") && said.err.contains("partition"), "{}", said.err);

    let child = sweep("there", &["--parts", "6"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A node dies while it has a task: its daemon, and with it the task.
    let mut dead = false;
    for _ in 0..600 {
        std::thread::sleep(Duration::from_millis(50));
        let on_it = slurm.tell("squeue", &["-h", "-t", "R", "-w", "n2", "-o", "%i"]);
        if !on_it.trim().is_empty() {
            slurm.tell("scontrol", &["update", "nodename=n2", "state=down", "reason=test"]);
            dead = true;
            break;
        }
    }
    assert!(dead, "no task came to the second node");
    std::thread::sleep(Duration::from_secs(2));
    slurm.tell("scontrol", &["update", "nodename=n2", "state=idle"]);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}{err}", String::from_utf8_lossy(&output.stdout));
    assert!(err.contains("6 parts submitted"), "{err}");
    std::fs::remove_dir_all(desk.path().join("there/slurm")).unwrap();
    same(&desk.path().join("here"), &desk.path().join("there"));
}

#[test]
fn without_a_slurm_it_is_said_that_there_is_none() {
    let desk = Desk::new();
    desk.write("q.ron", LOADS);
    let said: super::Said = desk
        .command(&["sweep", "q.ron", "--out", "r", "--cluster", "slurm"])
        .env("PATH", desk.path())
        .output()
        .unwrap()
        .into();
    assert_eq!(said.status, 2, "{}{}", said.out, said.err);
    assert!(said.err.contains("no Slurm here"), "{}", said.err);
}
