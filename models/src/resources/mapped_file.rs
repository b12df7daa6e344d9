//! `MappedFile`: a file in memory, page by page, before a storage.
//!
//! ```text
//!   Access ──▶ pages there? ──yes──▶ `touch` each
//!                 │ no: a fault                       Sync ──▶ all dirty pages
//!                 ▼                                             │ Write per run
//!      room for them: the least recently used leave             ▼
//!                 │  dirty ones: Write per run ──▶ storage ◀────┘
//!                 └─ Read per run of missing pages ──▶ storage
//! ```
//!
//! Pages are used in the order in which requests come, true LRU. A page that somebody is already reading is not read
//! twice: who needs it waits. A page is read even where all of it is to be written, as the kernel cannot know that.
//! Figures of cost that are not given are: 20 ns to touch a page (a random access to memory), 300 ns for a fault (as a
//! system call), both napkin-math.

use super::{Answer, Ask, Effect, FigureName, Grant, Held, Measured, Prototype, Resource, World, passive};
use crate::caching::index::Hashed;
use crate::caching::{Cache, Capacity, Kind, Policy, Settings};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use sim_core::observe::Level;
use sim_core::time::Time;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

passive! {
    /// A file in memory: a page cache with least recently used replacement before a storage.
    MappedFile {
        /// The storage that the file is on (required).
        storage: String,
        /// Size of the file; an access beyond it fails (required).
        size: Scalar,
        /// Pages that fit into memory (required).
        pages: Scalar,
        /// Size of a page (default 4 KiB).
        page: Scalar,
        /// Time to touch a page that is there (default 20 ns).
        touch: Scalar,
        /// Time to handle a fault, beside what the storage takes: for each run of missing pages (default 300 ns).
        fault: Scalar,
        /// The processor that these times are spent on (default: they pass, and nothing is occupied).
        on: String,
    }
    MappedFile::prototype
}

/// What a step wants.
pub(crate) const ACCESS: u8 = 0;
pub(crate) const WRITE: u8 = 1;
pub(crate) const SYNC: u8 = 2;

/// How a request goes on within its block.
pub(crate) const DONE: u8 = 0;
pub(crate) const TO_READ: u8 = 1;
pub(crate) const TO_WRITE: u8 = 2;

/// The most pages of one access: more would be a scan, which a Repeat describes.
const MOST_AT_ONCE: u64 = 1 << 20;

impl MappedFile {
    fn prototype(&self, lower: &Lower<'_>, components: &Named<Component>, at: &Path) -> Prototype {
        let ticks = lower.clock().ticks_per_second();
        let needed = |field: &str, value: &Option<Scalar>, example: &str| {
            if value.is_none() {
                let help = format!("give `{field}: {example}`");
                lower.problem_with_help(at, format!("a MappedFile needs `{field}`"), help);
            }
        };
        needed("size", &self.size, "\"1 GB\"");
        needed("pages", &self.pages, "1000");
        match self.storage.as_ref().map(|name| (name, components.get(name))) {
            None => lower.problem_with_help(at, "a MappedFile needs a storage", "give `storage: \"disk\"`"),
            Some((_, Some(Component::Storage(_)))) => {}
            Some((name, _)) => {
                let storages = components.iter().filter(|(_, c)| matches!(c, Component::Storage(_)));
                lower.unknown(&at.field("storage"), "storage", name, storages.map(|(name, _)| name.as_str()));
            }
        }
        let bytes = |field: &str, value: &Option<Scalar>, default: f64| {
            let given = |v: &Scalar| lower.positive(&at.field(field), v, Dimension::DATA) / 8.0;
            value.as_ref().map_or(default, given).round().max(1.0) as u64
        };
        let time = |field: &str, value: &Option<Scalar>, default: f64| {
            ticks * value.as_ref().map_or(default, |v| lower.not_negative(&at.field(field), v, Dimension::TIME))
        };
        let pages = self.pages.as_ref().map_or(1, |n| lower.whole(&at.field("pages"), n, 1, 100_000_000));
        let state = State {
            size: bytes("size", &self.size, 1.0),
            page: bytes("page", &self.page, 4096.0),
            touch: time("touch", &self.touch, 20e-9),
            fault: time("fault", &self.fault, 300e-9),
            cache: Kind::Lru.build(&Settings::of(Capacity::Entries(pages)), Hashed::default()),
            dirty: BTreeSet::new(),
            reading: HashMap::new(),
            jobs: Vec::new(),
            free_slots: Vec::new(),
            waiting: Vec::new(),
            resident: Level::default(),
            unwritten: Level::default(),
            counts: Counts::default(),
        };
        Prototype { state: super::State::MappedFile(Box::new(state)), units: 0.0 }
    }
}

/// Adjacent pages: the first, and how many.
type Run = (u64, u64);

/// What a request has still to do.
#[derive(Clone, Debug, Default)]
struct Job {
    writes: VecDeque<Run>,
    reads: VecDeque<Run>,
    /// The run that is being read.
    current: Option<Run>,
    /// Pages that others are reading.
    awaited: HashSet<u64>,
    /// What it costs beside the storage [ticks].
    cost: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Pages that were there, and that were not.
    hits: u64,
    missing: u64,
    /// Runs of missing pages.
    faults: u64,
    /// Pages that were written back.
    written: u64,
}

/// The state of a mapped file: sizes in bytes, times in ticks.
#[derive(Clone, Debug)]
pub struct State {
    size: u64,
    page: u64,
    touch: f64,
    fault: f64,
    cache: Cache<Hashed>,
    dirty: BTreeSet<u64>,
    /// Pages on their way, by whose job.
    reading: HashMap<u64, u32>,
    jobs: Vec<Job>,
    free_slots: Vec<u32>,
    /// Requests that wait for pages that others are reading, with their jobs, in order of arrival.
    waiting: Vec<(u32, u32)>,
    resident: Level,
    unwritten: Level,
    counts: Counts,
}

/// Adds a page to runs, the last of which may grow.
fn append(runs: &mut VecDeque<Run>, page: u64) {
    match runs.back_mut() {
        Some((first, n)) if *first + *n == page => *n += 1,
        _ => runs.push_back((page, 1)),
    }
}

impl State {
    /// Uses the pages of an access, in order.
    fn use_pages(&mut self, first: u64, last: u64, writes: bool, slot: u32, now: Time) -> Job {
        let mut job = Job::default();
        for page in first..=last {
            if self.cache.touch(page) {
                self.counts.hits += 1;
                job.cost += self.touch;
                if self.reading.get(&page).is_some_and(|reader| *reader != slot) {
                    job.awaited.insert(page);
                }
            } else {
                self.counts.missing += 1;
                let (dirty, reading, written) = (&mut self.dirty, &mut self.reading, &mut job.writes);
                self.cache.insert(page, 1, |leaving| {
                    reading.remove(&leaving);
                    if dirty.remove(&leaving) {
                        append(written, leaving);
                    }
                });
                self.reading.insert(page, slot);
                append(&mut job.reads, page);
                job.cost += self.touch;
            }
            if writes {
                self.dirty.insert(page);
            }
        }
        self.counts.faults += job.reads.len() as u64;
        job.cost += job.reads.len() as f64 * self.fault;
        self.settle(now);
        job
    }

    /// All dirty pages are to be written.
    fn sync(&mut self, now: Time) -> Job {
        let mut job = Job::default();
        for page in std::mem::take(&mut self.dirty) {
            append(&mut job.writes, page);
        }
        self.settle(now);
        job
    }

    fn settle(&mut self, now: Time) {
        self.resident.change(now, self.cache.len() as i64 - self.resident.get());
        self.unwritten.change(now, self.dirty.len() as i64 - self.unwritten.get());
    }

    /// Pages have been read, or will not be: who waited for them goes on.
    fn arrived(&mut self, (first, n): Run, slot: u32, world: &mut World<'_>) {
        let pages = first..first + n;
        for page in pages.clone() {
            if self.reading.get(&page) == Some(&slot) {
                self.reading.remove(&page);
            }
        }
        let jobs = &mut self.jobs;
        self.waiting.retain(|(request, waiter)| {
            let awaited = &mut jobs[*waiter as usize].awaited;
            awaited.retain(|page| !pages.contains(page));
            if awaited.is_empty() {
                world.effects.push(Effect::Go(*request, holding(*waiter)));
            }
            !awaited.is_empty()
        });
    }

    /// A job ends, at its end or before.
    fn end(&mut self, slot: u32, world: &mut World<'_>) {
        let job = std::mem::take(&mut self.jobs[slot as usize]);
        self.free_slots.push(slot);
        // What is broken off is read to its end by the kernel all the same.
        for run in job.current.into_iter().chain(job.reads) {
            self.arrived(run, slot, world);
        }
    }
}

fn holding(slot: u32) -> Grant {
    Grant { way: 0, holds: true, units: 0.0, cost: 0.0, token: slot }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::share("hit_ratio", "pages that were there, of those that were accessed"),
        FigureName::of("faults", Dimension::RATE, "runs of missing pages, each a read"),
        FigureName::of("written_back", Dimension::RATE, "pages written to the storage"),
        FigureName::of("resident", Dimension::NONE, "pages in memory, mean"),
        FigureName::of("dirty", Dimension::NONE, "pages that differ from the storage, mean"),
    ];

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            self.jobs.push(Job::default());
            self.jobs.len() as u32 - 1
        });
        let job = if ask.mode == SYNC {
            self.sync(world.now)
        } else {
            let start = ask.key / 8;
            let last = start.saturating_add(((ask.amount / 8.0).ceil() as u64).max(1)) - 1;
            let pages = (start / self.page, last / self.page);
            if last >= self.size || pages.1 - pages.0 >= MOST_AT_ONCE {
                self.free_slots.push(slot);
                return Answer::Refuse(Outcome::Failed);
            }
            self.use_pages(pages.0, pages.1, ask.mode == WRITE, slot, world.now)
        };
        let waits = !job.awaited.is_empty();
        self.jobs[slot as usize] = job;
        if waits {
            self.waiting.push((ask.request, slot));
            return Answer::Wait;
        }
        Answer::Go(holding(slot))
    }

    fn further(&mut self, held: &Held, world: &mut World<'_>) -> (u8, f64) {
        let slot = held.token;
        if let Some(run) = self.jobs[slot as usize].current.take() {
            self.arrived(run, slot, world);
        }
        let bits = (self.page * 8) as f64;
        let job = &mut self.jobs[slot as usize];
        if let Some((_, n)) = job.writes.pop_front() {
            self.counts.written += n;
            return (TO_WRITE, n as f64 * bits);
        }
        if let Some(run) = job.reads.pop_front() {
            job.current = Some(run);
            return (TO_READ, run.1 as f64 * bits);
        }
        (DONE, 0.0)
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let cost = self.jobs[held.token as usize].cost;
        self.end(held.token, world);
        cost
    }

    fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
        if let Some(place) = self.waiting.iter().position(|(who, _)| *who == request) {
            let (_, slot) = self.waiting.remove(place);
            self.end(slot, world);
        }
    }

    fn reset(&mut self, now: Time) {
        self.resident.reset(now);
        self.unwritten.reset(now);
        self.counts = Counts::default();
    }

    fn measure(all: &[&State], measured: Measured) -> Vec<Option<f64>> {
        let sum = |f: &dyn Fn(&State) -> f64| all.iter().map(|state| f(state)).sum::<f64>();
        let rate = |number: f64| Some(number / (measured.span / measured.ticks));
        let (hits, missing) = (sum(&|s| s.counts.hits as f64), sum(&|s| s.counts.missing as f64));
        vec![
            (hits + missing > 0.0).then(|| hits / (hits + missing)),
            rate(sum(&|s| s.counts.faults as f64)),
            rate(sum(&|s| s.counts.written as f64)),
            Some(sum(&|s| s.resident.integral(measured.end)) / measured.span),
            Some(sum(&|s| s.unwritten.integral(measured.end)) / measured.span),
        ]
    }
}
