//! Submitting a campaign and following it: its state is that of the store.

use super::slurm::{self, SlurmError, Task};
use crate::campaign::shard::Shard;
use crate::campaign::store::index::Index;
use crate::campaign::store::{Store, StoreError, io_at};
use crate::campaign::work::Observer;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often store and queue are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How often a part is submitted again that has ended without anything new in the store.
const ATTEMPTS: u32 = 3;
/// The file in which the jobs stand.
const JOBS: &str = "jobs.json";
/// The script of the tasks.
const SCRIPT: &str = "task.sh";

/// Why a campaign on a cluster is not done.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Slurm refuses.
    #[error(transparent)]
    Slurm(#[from] SlurmError),
    /// The flag was set.
    #[error("interrupted")]
    Interrupted {
        /// The job that goes on.
        job: u64,
    },
    /// Parts end without being done.
    #[error("part{} {} ended {ATTEMPTS} times without being done", if .0.len() == 1 { "" } else { "s" }, listed(.0))]
    Failed(Vec<u64>),
}

fn listed(parts: &[u64]) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What was submitted.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Jobs {
    /// Parts that the work is divided into.
    parts: u64,
    /// The jobs, the last one submitted last.
    jobs: Vec<u64>,
}

/// Runs what is missing in a store as an array job, and comes back when all of it is done. A job that was submitted
/// before is followed further.
///
/// # Errors
/// The store or Slurm refuses, `stop` was set, or parts fail again and again. What is done is kept.
pub fn follow(
    store: &Store,
    task: &Task,
    observer: &dyn Observer,
    tell: &dyn Fn(&str),
    stop: &AtomicBool,
) -> Result<(), FollowError> {
    let count = store.manifest.count();
    let mut index = store.index()?;
    observer.begin(count, index.len());
    if index.len() >= count {
        return Ok(());
    }
    fs::create_dir_all(&task.logs).map_err(io_at(&task.logs))?;
    let script = task.logs.join(SCRIPT);
    fs::write(&script, task.script()).map_err(io_at(&script))?;
    let mut jobs = read(&task.logs).filter(|jobs| jobs.parts == task.parts).unwrap_or_default();
    jobs.parts = task.parts;
    let mut attempts: BTreeMap<u64, (u32, u64)> = BTreeMap::new();
    let mut missed: BTreeSet<u64> = BTreeSet::new();
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut first = true;
    let mut done = index.len();
    loop {
        let missing = missing(&index, task.parts, count);
        if missing.is_empty() {
            for job in jobs.jobs.iter().rev().take(1) {
                // What is left of it would find nothing to do.
                let _ = slurm::cancel(*job);
            }
            return Ok(());
        }
        let mut alive: BTreeSet<u64> = BTreeSet::new();
        for job in &jobs.jobs {
            for waiting in slurm::waiting(*job)? {
                alive.insert(waiting.part);
                if waiting.state == "PD" && waiting.reason.to_lowercase().contains("requeued held") {
                    slurm::release(*job, waiting.part)?;
                }
                let usual = ["None", "Priority", "Resources", "BeginTime", "JobArrayTaskLimit", "Dependency", ""];
                if waiting.state == "PD"
                    && !usual.contains(&waiting.reason.as_str())
                    && told.insert(waiting.reason.clone())
                {
                    tell(&format!("job {job}: tasks wait: {}", waiting.reason));
                }
            }
        }
        // A task is missed when it is neither in the queue nor done twice in a row: it may be on its way between the two.
        let gone: BTreeSet<u64> = missing.keys().copied().filter(|part| !alive.contains(part)).collect();
        let again: BTreeSet<u64> = if first { gone.clone() } else { gone.intersection(&missed).copied().collect() };
        missed = if first { BTreeSet::new() } else { gone };
        if !again.is_empty() {
            let mut failed = Vec::new();
            for part in &again {
                let left = missing.get(part).copied().unwrap_or_default();
                let entry = attempts.entry(*part).or_insert((0, u64::MAX));
                // What has come further may go on as often as it takes.
                *entry = if left < entry.1 { (1, left) } else { (entry.0 + 1, left) };
                if entry.0 > ATTEMPTS {
                    failed.push(*part);
                }
            }
            if !failed.is_empty() {
                return Err(FollowError::Failed(failed));
            }
            let job = slurm::submit(task, &script, &again)?;
            let several = if again.len() == 1 { "" } else { "s" };
            tell(&format!("job {job}: {} part{several} submitted", again.len()));
            jobs.jobs.push(job);
            write(&task.logs, &jobs)?;
            missed.clear();
        } else if first {
            tell(&format!("job {}: followed further", jobs.jobs.last().copied().unwrap_or_default()));
        }
        first = false;
        let start = Instant::now();
        while start.elapsed() < LOOK {
            if stop.load(Ordering::Relaxed) {
                return Err(FollowError::Interrupted { job: jobs.jobs.last().copied().unwrap_or_default() });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        index.refresh()?;
        if index.len() > done {
            done = index.len();
            observer.done(done);
        }
    }
}

/// Parts in which something is missing, and how much.
fn missing(index: &Index, parts: u64, count: u64) -> BTreeMap<u64, u64> {
    let left = |number: u64| Shard { number, of: parts }.members(count).filter(|i| index.place(*i).is_none()).count();
    (1..=parts).map(|number| (number, left(number) as u64)).filter(|(_, left)| *left > 0).collect()
}

fn read(folder: &Path) -> Option<Jobs> {
    serde_json::from_str(&fs::read_to_string(folder.join(JOBS)).ok()?).ok()
}

fn write(folder: &Path, jobs: &Jobs) -> Result<(), StoreError> {
    let path = folder.join(JOBS);
    // Numbers and lists of them: this cannot fail.
    fs::write(&path, serde_json::to_string(jobs).unwrap_or_default() + "\n").map_err(io_at(&path))
}
