//! `loadgraph cache`: replacement policies on a trace.

use super::ending::{Ending, Failure, lost};
use super::progress::Shown;
use super::results::{ResultArgs, shown};
use super::{stop, terminal};
use crate::cache::format::Format;
use crate::cache::read::{Asked, Reading, read};
use crate::cache::report::{self, Manifest};
use crate::cache::run::{policies, run};
use crate::cache::size::{Size, sizes};
use crate::store::identity::run_id;
use crate::store::manifest::{COMMIT, VERSION};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What can be said to `cache`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The trace: one key a line, CSV with keys and sizes, or binary oracle records
    trace: PathBuf,
    /// Policies, separated by commas (`list policies`); `all` are all
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "all")]
    policy: Vec<String>,
    /// Sizes, separated by commas: objects (or bytes with --bytes), or a share of the distinct ones such as 1%
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    size: Vec<String>,
    /// Sizes are bytes: `--bytes --size 64KiB,10MB,1%`; the trace must give the sizes of objects
    #[arg(long)]
    bytes: bool,
    /// How the trace is written (default: recognised by name and content)
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Column of the keys of a CSV file, by its name or its number from 1
    #[arg(long, value_name = "COLUMN")]
    key_column: Option<String>,
    /// Column of the sizes [B]
    #[arg(long, value_name = "COLUMN")]
    size_column: Option<String>,
    /// Seed of random replacement
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    results: ResultArgs,
}

/// Runs policies over a trace.
///
/// # Errors
/// Bad input, an interrupt, or results that cannot be written.
pub fn command(options: &Options) -> Ending {
    let kinds = policies(&options.policy)?;
    let stopped = stop::on_interrupt();
    let progress = Shown::new(options.results.is_quiet());
    let start = Instant::now();
    let done = trace(options, &progress).and_then(|reading| {
        let sizes = sizes(&options.size, options.bytes, &reading.trace)?;
        let names: Vec<&'static str> = kinds.iter().map(|kind| kind.name()).collect();
        let mut manifest = manifest(options, &reading, &names, &sizes);
        let target = options.results.folder(&options.trace, &manifest.id);
        let staging = options.results.staging(&target)?;

        let total = (kinds.len() * sizes.len() * reading.trace.len()) as u64;
        let requests = AtomicU64::new(0);
        progress.task("running policies", 100);
        let tick = |more: usize| {
            let done = requests.fetch_add(more as u64, Ordering::Relaxed) + more as u64;
            progress.reached(done * 100 / total);
            !stopped.load(Ordering::Relaxed)
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(manifest.threads)
            .build()
            .map_err(|error| Failure::Failed(format!("threads cannot be started: {error}")))?;
        let rows =
            pool.install(|| run(&kinds, &sizes, &reading.trace, options.seed, &tick)).ok_or(Failure::Interrupted)?;
        manifest.wall_seconds = start.elapsed().as_secs_f64();
        report::write(staging.path(), &mut manifest, &rows, !options.results.no_plots)
            .map_err(|error| lost(&target, &error))?;
        staging.publish().map_err(|error| lost(&target, &error))?;
        Ok((manifest, rows, sizes, shown(&target)))
    });
    progress.clear();
    let (manifest, rows, sizes, shown) = done?;
    if options.results.json {
        terminal::say(&manifest.figures(&rows).json())?;
    } else {
        let layout = terminal::layout();
        let text = report::text(&manifest, &rows, &sizes, layout);
        terminal::say(&format!("{text}\n{}", layout.results(&manifest.files, &shown)))?;
    }
    Ok(0)
}

fn trace(options: &Options, progress: &Shown) -> Result<Reading, Failure> {
    const MB: u64 = 1_000_000;
    let length = std::fs::metadata(&options.trace).map_or(0, |file| file.len());
    progress.task("reading the trace (MB)", length.div_ceil(MB));
    let mut read_so_far = 0;
    let asked = Asked {
        format: options.format,
        key_column: options.key_column.clone(),
        size_column: options.size_column.clone(),
    };
    let reading = read(&options.trace, &asked, &mut |more| {
        read_so_far += more;
        progress.reached(read_so_far / MB);
        !stop::interrupted()
    })?;
    reading.ok_or(Failure::Interrupted)
}

fn manifest(options: &Options, reading: &Reading, policies: &[&'static str], sizes: &[Size]) -> Manifest {
    let trace = &reading.trace;
    let sizes: Vec<String> = sizes.iter().map(Size::shown).collect();
    let asked = format!("cache {:016x} {policies:?} {sizes:?} {}", trace.hash, options.bytes);
    let name = options.trace.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Manifest {
        title: format!("Cache misses of {name}"),
        trace: options.trace.display().to_string(),
        format: reading.how.clone(),
        requests: trace.len() as u64,
        objects: u64::from(trace.objects),
        object_bytes: report::object_bytes(trace),
        trace_hash: format!("{:016x}", trace.hash),
        id: run_id(VERSION, &asked, options.seed, &[]),
        version: VERSION.to_string(),
        commit: COMMIT.map(str::to_string),
        seed: options.seed,
        policies: policies.to_vec(),
        sizes,
        threads: options.results.threads(),
        wall_seconds: 0.0,
        files: Vec::new(),
    }
}
