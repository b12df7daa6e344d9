//! Slurm's commands: `sbatch` to submit an array job, `squeue` to see which of its tasks are left.
//!
//! Accounting is not asked: many sites have none.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Slurm does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// The command is not there.
    #[error("there is no Slurm here: `{0}` cannot be found")]
    Missing(&'static str),
    /// The command cannot be started.
    #[error("`{command}` cannot be started: {reason}")]
    Start {
        /// The command.
        command: &'static str,
        /// What the system said.
        reason: String,
    },
    /// Slurm refuses.
    #[error("Slurm refuses (`{command}`): {said}")]
    Refused {
        /// The command.
        command: &'static str,
        /// What it said.
        said: String,
    },
}

/// What every task runs.
#[derive(Clone, Debug)]
pub struct Task {
    /// The program and what is said to it, but for the shard.
    pub command: Vec<String>,
    /// Where it is started.
    pub folder: PathBuf,
    /// Name of the job.
    pub name: String,
    /// Where the scripts and what tasks print go.
    pub logs: PathBuf,
    /// Parts that the work is divided into.
    pub parts: u64,
    /// Further options of `sbatch`.
    pub options: Vec<String>,
}

impl Task {
    /// The batch script.
    pub fn script(&self) -> String {
        let words: Vec<String> = self.command.iter().map(|word| quoted(word)).collect();
        // The number of parts is written out: Slurm's own count is that of the tasks submitted at a time. `exec` lets
        // signals reach the program, which ends with 75 then, to be requeued.
        format!(
            "#!/bin/sh\nexec {} --shard \"$SLURM_ARRAY_TASK_ID/{}\" --threads \"${{SLURM_CPUS_PER_TASK:-1}}\"\n",
            words.join(" "),
            self.parts
        )
    }
}

/// A word as the shell reads it back.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Submits some parts as an array job; gives its number.
///
/// # Errors
/// There is no Slurm, or it refuses.
pub fn submit(task: &Task, script: &Path, parts: &BTreeSet<u64>) -> Result<u64, SlurmError> {
    let mut command = Command::new("sbatch");
    let output = task.logs.join("%A_%a.out");
    command
        .arg("--parsable")
        .arg(format!("--job-name={}", task.name))
        .arg(format!("--array={}", ranges(parts)))
        .arg(format!("--output={}", output.display()))
        .arg(format!("--chdir={}", task.folder.display()))
        .args(["--open-mode=append", "--requeue", "--signal=B:TERM@30"])
        .args(&task.options)
        .arg(script);
    let said = run("sbatch", &mut command)?;
    let number = said.trim().split(';').next().and_then(|first| first.trim().parse().ok());
    number.ok_or_else(|| SlurmError::Refused { command: "sbatch", said: format!("no job number in `{}`", said.trim()) })
}

/// A task that is still to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its part.
    pub part: u64,
    /// Its state, such as `R` or `PD`.
    pub state: String,
    /// Why it waits.
    pub reason: String,
}

/// The tasks of a job that are still to end.
///
/// # Errors
/// Slurm cannot be asked.
pub fn waiting(job: u64) -> Result<Vec<Waiting>, SlurmError> {
    let mut command = Command::new("squeue");
    command.args(["--noheader", "--array", "--format=%K|%t|%r", "--jobs"]).arg(job.to_string());
    match run("squeue", &mut command) {
        Ok(text) => Ok(text.lines().filter_map(task).collect()),
        // A job that has ended some time ago is not known any more.
        Err(SlurmError::Refused { said, .. }) if said.contains("Invalid job id") => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn task(line: &str) -> Option<Waiting> {
    let mut words = line.trim().splitn(3, '|');
    let part = words.next()?.trim().parse().ok()?;
    let state = words.next()?.trim().to_string();
    Some(Waiting { part, state, reason: words.next().unwrap_or_default().trim().to_string() })
}

/// Lets a task run that Slurm holds back after a failed start.
///
/// # Errors
/// Slurm refuses.
pub fn release(job: u64, part: u64) -> Result<(), SlurmError> {
    run("scontrol", Command::new("scontrol").arg("release").arg(format!("{job}_{part}"))).map(|_| ())
}

/// Ends what is left of a job.
///
/// # Errors
/// Slurm refuses.
pub fn cancel(job: u64) -> Result<(), SlurmError> {
    run("scancel", Command::new("scancel").arg(job.to_string())).map(|_| ())
}

fn run(name: &'static str, command: &mut Command) -> Result<String, SlurmError> {
    let output: Output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => SlurmError::Missing(name),
        _ => SlurmError::Start { command: name, reason: error.to_string() },
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().strip_prefix(&format!("{name}: ")).unwrap_or(said.trim());
    let said = said.strip_prefix("error: ").unwrap_or(said).to_string();
    Err(SlurmError::Refused { command: name, said: if said.is_empty() { output.status.to_string() } else { said } })
}

/// Numbers as Slurm takes them: `1-4,7`.
fn ranges(parts: &BTreeSet<u64>) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut rest = parts.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let mut last = first;
        while rest.peek() == Some(&(last + 1)) {
            last += 1;
            rest.next();
        }
        texts.push(if first == last { first.to_string() } else { format!("{first}-{last}") });
    }
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_as_ranges() {
        assert_eq!(ranges(&BTreeSet::from([1, 2, 3, 7, 9, 10])), "1-3,7,9-10");
    }

    #[test]
    fn scripts_keep_odd_words_whole() {
        let task = Task {
            command: ["/a b/loadgraph", "sweep", "it's.ron"].map(str::to_string).to_vec(),
            folder: "/".into(),
            name: "n".into(),
            logs: "/".into(),
            parts: 16,
            options: Vec::new(),
        };
        let script = task.script();
        assert!(script.contains(r"exec '/a b/loadgraph' 'sweep' 'it'\''s.ron' --shard"), "{script}");
        assert!(script.contains("/16\""), "{script}");
    }

    #[test]
    fn tasks_are_read_from_the_queue() {
        let found = task("3|PD|launch failed requeued held\n");
        let expected = Waiting { part: 3, state: "PD".into(), reason: "launch failed requeued held".into() };
        assert_eq!(found, Some(expected));
        assert_eq!(task("N/A|R|None"), None);
    }
}
