//! Running a trace through a policy.

use super::index::{Dense, Index};
use super::{Build, Kind, Settings, Visit};

/// A trace of requests for objects that are numbered from 0.
#[derive(Clone, Copy, Debug)]
pub struct Requests<'t> {
    /// The object of each request.
    pub keys: &'t [u32],
    /// Its size at each request \[B\]; empty where none is known, and every object counts one.
    pub sizes: &'t [u32],
    /// The position of the object's next request, [`NEVER`] where there is none; empty where nobody needs it.
    pub next: &'t [u32],
    /// Number of objects.
    pub objects: usize,
}

/// No further request.
pub const NEVER: u32 = u32::MAX;

/// Requests between two calls that tell of progress.
const CHUNK: usize = 1 << 16;

/// Requests whose keys are announced to the policy together: what they need fits into the nearest cache.
const BATCH: usize = 64;

/// What was missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Requests that were misses.
    pub requests: u64,
    /// Bytes that they asked for.
    pub bytes: u64,
}

/// For each request the position of the next one for its object.
pub fn next_uses(keys: &[u32], objects: usize) -> Vec<u32> {
    let mut last = vec![NEVER; objects];
    let mut next = vec![NEVER; keys.len()];
    for (position, key) in keys.iter().enumerate().rev() {
        next[position] = std::mem::replace(&mut last[*key as usize], position as u32);
    }
    next
}

/// Runs a trace through an empty cache. `progress` is told how many requests were done since the last time, and ends the
/// run when it returns false; then nothing comes out.
pub fn run(
    kind: Kind,
    settings: &Settings,
    trace: Requests<'_>,
    progress: impl FnMut(usize) -> bool,
) -> Option<Missed> {
    kind.visit(settings, Dense, Trace { trace, progress })
}

struct Trace<'t, F> {
    trace: Requests<'t>,
    progress: F,
}

impl<I: Index, F: FnMut(usize) -> bool> Visit<I> for Trace<'_, F> {
    type Out = Option<Missed>;

    fn visit<P: Build<I>>(mut self, mut policy: P) -> Option<Missed> {
        let Requests { keys, sizes, next, .. } = self.trace;
        let mut missed = Missed::default();
        for (chunk, keys) in keys.chunks(CHUNK).enumerate() {
            for (batch, keys) in keys.chunks(BATCH).enumerate() {
                policy.prepare(keys.iter().map(|key| u64::from(*key)));
                let start = chunk * CHUNK + batch * BATCH;
                if sizes.is_empty() && next.is_empty() {
                    for key in keys {
                        missed.requests += u64::from(!policy.access(u64::from(*key), 1));
                    }
                    continue;
                }
                for (position, key) in (start..).zip(keys) {
                    let size = sizes.get(position).copied().unwrap_or(1);
                    if let Some(next) = next.get(position) {
                        policy.foresee(if *next == NEVER { u64::MAX } else { u64::from(*next) });
                    }
                    if !policy.access(u64::from(*key), size) {
                        missed.requests += 1;
                        missed.bytes += u64::from(size);
                    }
                }
            }
            if !(self.progress)(keys.len()) {
                return None;
            }
        }
        if sizes.is_empty() {
            missed.bytes = missed.requests;
        }
        Some(missed)
    }
}
