//! Every policy with every size.

use super::size::Size;
use super::trace::Trace;
use crate::fault::Fault;
use crate::file::nearest;
use models::caching::run::{self as caching, Missed};
use models::caching::{Kind, Settings};
use rayon::prelude::*;
use serde::Serialize;

/// What came out for a policy with a size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The policy.
    pub policy: &'static str,
    /// Its capacity, as asked for.
    pub size: String,
    /// Its capacity.
    pub capacity: u64,
    /// Unit of the capacity: `objects` or `B`.
    pub unit: &'static str,
    /// Requests.
    pub requests: u64,
    /// Requests that were misses.
    pub misses: u64,
    /// Their share.
    pub miss_ratio: f64,
    /// Bytes that were asked for, where sizes are known.
    pub bytes: Option<u64>,
    /// Bytes of the requests that were misses.
    pub missed_bytes: Option<u64>,
    /// Their share.
    pub byte_miss_ratio: Option<f64>,
}

/// The policies of a list such as `lru, s3-fifo`, each once, in that order; `all` are all.
///
/// # Errors
/// There is none of that name.
pub fn policies(list: &[String]) -> Result<Vec<Kind>, Fault> {
    let mut kinds: Vec<Kind> = Vec::new();
    for name in list.iter().map(|name| name.trim()) {
        let found = match name {
            _ if name.eq_ignore_ascii_case("all") => Kind::ALL.to_vec(),
            _ => vec![Kind::named(name).ok_or_else(|| unknown(name))?],
        };
        for kind in found {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Ok(kinds)
}

fn unknown(name: &str) -> Fault {
    let names = || Kind::ALL.iter().map(|kind| kind.name());
    let help = match nearest(&name.to_lowercase(), names()) {
        Some(near) => format!("did you mean `{near}`? `loadgraph list policies` shows all"),
        None => format!("there are: {}, and `all`", names().collect::<Vec<_>>().join(", ")),
    };
    Fault::new(format!("there is no policy `{name}`")).help(help)
}

/// Runs every policy with every size over a trace, on the threads of the current pool. Each run is a pass of its own over
/// the trace in memory. `progress` is told how many requests were done since the last time, and ends it all when it
/// returns false; then nothing comes out.
pub fn run(
    kinds: &[Kind],
    sizes: &[Size],
    trace: &Trace,
    seed: u64,
    progress: &(dyn Fn(usize) -> bool + Sync),
) -> Option<Vec<Row>> {
    let next = match kinds.contains(&Kind::Belady) {
        true => caching::next_uses(&trace.keys, trace.objects as usize),
        false => Vec::new(),
    };
    let runs: Vec<(Kind, &Size)> = kinds.iter().flat_map(|kind| sizes.iter().map(|size| (*kind, size))).collect();
    let one = |(kind, size): &(Kind, &Size)| {
        let settings = Settings { seed, ..Settings::of(size.capacity) };
        let next = if *kind == Kind::Belady { &next[..] } else { &[] };
        let missed = caching::run(*kind, &settings, trace.requests(next), progress)?;
        Some(row(*kind, size, trace, missed))
    };
    // In order of the list, whoever was first.
    runs.par_iter().with_max_len(1).map(one).collect()
}

fn row(kind: Kind, size: &Size, trace: &Trace, missed: Missed) -> Row {
    let bytes = trace.has_sizes().then_some(trace.bytes);
    Row {
        policy: kind.name(),
        size: size.asked.clone(),
        capacity: size.amount(),
        unit: match size.capacity {
            models::caching::Capacity::Entries(_) => "objects",
            models::caching::Capacity::Bytes(_) => "B",
        },
        requests: trace.len() as u64,
        misses: missed.requests,
        miss_ratio: missed.requests as f64 / trace.len() as f64,
        bytes,
        missed_bytes: bytes.map(|_| missed.bytes),
        byte_miss_ratio: bytes.filter(|bytes| *bytes > 0).map(|bytes| missed.bytes as f64 / bytes as f64),
    }
}
