//! Caches: one replacement policy per file, named as in the literature.
//!
//! A [`Policy`] is asked for keys ([`Policy::touch`]), given what was fetched ([`Policy::insert`]), and says what it
//! throws out for it. A trace, where both happen at once, calls [`Policy::access`]. Policies know nothing of time and of
//! what is cached; expiry is put around them by [`expiring::Expiring`].
//!
//! A policy is written over an [`index::Index`], from keys to slots, and keeps what it knows in arrays by slots (`slots`),
//! in order by `queues` or `recency`. [`Cache`] is any of them by name, dispatched by an enum; [`Kind::visit`] gives the concrete type to code that
//! is to be compiled for each policy, such as the run of a trace ([`run::run`]).
//!
//! To add a policy, write a file with a type that implements [`Policy`] and [`Build`] and add its line below. `tests/`
//! holds a slow, obviously right version of each to compare with.
//!
//! # Capacity
//!
//! In entries, where each object weighs 1, or in bytes, where it weighs its size. An object that weighs more than the
//! capacity is not admitted, and nothing is thrown out for it. A size that differs when an object is *touched* changes
//! nothing; inserting a resident object with another size replaces it. Where a policy divides its capacity into parts,
//! the share is rounded down, and its file says what holds for objects that are larger than a part.

pub mod expiring;
pub mod index;
mod room;
pub mod run;
mod slots;

mod arc;
mod belady;
mod clock;
mod fifo;
mod heap;
mod lfu;
mod lru;
mod perfect_lfu;
mod plain;
mod queues;
mod random;
mod recency;
mod s3_fifo;
mod sieve;
mod sketch;
mod two_q;
mod w_tiny_lfu;

use index::Index;

/// How much a cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// So many objects.
    Entries(u64),
    /// Objects of so many bytes in all.
    Bytes(u64),
}

/// What a policy is made from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How much it holds.
    pub capacity: Capacity,
    /// Master seed of policies that draw random numbers.
    pub seed: u64,
    /// The cache's name, by which its random numbers are its own.
    pub name: String,
}

impl Settings {
    /// A cache of this capacity, with seed 1.
    pub fn of(capacity: Capacity) -> Settings {
        Settings { capacity, seed: 1, name: "cache".into() }
    }
}

/// What a cache does with requests. Keys are any numbers; who has other keys gives them numbers.
pub trait Policy {
    /// Asks for a key, which counts as a use: whether it is resident.
    fn touch(&mut self, key: u64) -> bool;

    /// Stores an object, after a miss: whether it was admitted. Calls `evicted` with the key of each object that leaves
    /// for it. An object that is resident is replaced if its weight has changed, without calling `evicted` for itself.
    fn insert(&mut self, key: u64, size: u32, evicted: impl FnMut(u64)) -> bool;

    /// Throws out an object (invalidation): whether it was resident. It does not become a ghost, and if it is one it is
    /// forgotten; counts that a policy keeps for ever stay.
    fn remove(&mut self, key: u64) -> bool;

    /// Whether a key is resident; no use is counted.
    fn contains(&self, key: u64) -> bool;

    /// Resident objects.
    fn len(&self) -> usize;

    /// Whether nothing is resident.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the resident objects take of the capacity, in its unit.
    fn used(&self) -> u64;

    /// How much it holds.
    fn capacity(&self) -> Capacity;

    /// Says when the key that is touched or inserted next will be asked for again: the position of that request,
    /// `u64::MAX` for never. Only Belady's policy listens.
    fn foresee(&mut self, next: u64) {
        let _ = next;
    }

    /// Says which keys will be asked for next, so that what is known of them can be brought near the processor, for all
    /// at a time: reading memory for one after the other is what takes the time of a trace. Changes nothing.
    #[inline]
    fn prepare(&self, keys: impl Iterator<Item = u64>) {
        let _ = keys;
    }

    /// A request of a trace: touches, and inserts after a miss; whether it was a hit.
    #[inline]
    fn access(&mut self, key: u64, size: u32) -> bool {
        self.touch(key) || {
            self.insert(key, size, |_| {});
            false
        }
    }
}

/// How a policy is made.
pub trait Build<I: Index>: Policy {
    /// An empty cache.
    fn build(settings: &Settings, index: I) -> Self;
}

/// Something to be done with a policy, compiled for each.
pub trait Visit<I: Index> {
    /// What comes out.
    type Out;
    /// Does it.
    fn visit<P: Build<I>>(self, policy: P) -> Self::Out;
}

/// Declares the list of policies: its type and file, its name on the command line, and what it is.
macro_rules! policies {
    ($($kind:ident($type:ident::$name:ident) $word:literal $about:literal,)*) => {
        /// A policy by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
        #[allow(missing_docs)]
        pub enum Kind { $($kind,)* }

        impl Kind {
            /// All policies.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];

            /// Names and one line each, for `loadgraph list`.
            pub const LIST: &'static [(&'static str, &'static str)] = &[$(($word, $about),)*];

            /// What it is called.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $word,)* }
            }

            /// An empty cache.
            pub fn build<I: Index>(self, settings: &Settings, index: I) -> Cache<I> {
                match self { $(Kind::$kind => Cache::$kind($type::$name::build(settings, index)),)* }
            }

            /// Does something with an empty cache of the concrete type.
            pub fn visit<I: Index, V: Visit<I>>(self, settings: &Settings, index: I, visitor: V) -> V::Out {
                match self { $(Kind::$kind => visitor.visit($type::$name::<I>::build(settings, index)),)* }
            }
        }

        /// A cache with any policy.
        #[derive(Clone, Debug)]
        #[allow(missing_docs)]
        pub enum Cache<I> { $($kind($type::$name<I>),)* }

        impl<I: Index> Policy for Cache<I> {
            fn touch(&mut self, key: u64) -> bool {
                match self { $(Cache::$kind(policy) => policy.touch(key),)* }
            }
            fn insert(&mut self, key: u64, size: u32, evicted: impl FnMut(u64)) -> bool {
                match self { $(Cache::$kind(policy) => policy.insert(key, size, evicted),)* }
            }
            fn remove(&mut self, key: u64) -> bool {
                match self { $(Cache::$kind(policy) => policy.remove(key),)* }
            }
            fn contains(&self, key: u64) -> bool {
                match self { $(Cache::$kind(policy) => policy.contains(key),)* }
            }
            fn len(&self) -> usize {
                match self { $(Cache::$kind(policy) => policy.len(),)* }
            }
            fn used(&self) -> u64 {
                match self { $(Cache::$kind(policy) => policy.used(),)* }
            }
            fn capacity(&self) -> Capacity {
                match self { $(Cache::$kind(policy) => policy.capacity(),)* }
            }
            fn foresee(&mut self, next: u64) {
                match self { $(Cache::$kind(policy) => policy.foresee(next),)* }
            }
        }
    };
}
policies! {
    Fifo(fifo::Fifo) "fifo" "first in, first out",
    Lru(lru::Lru) "lru" "least recently used",
    Lfu(lfu::Lfu) "lfu" "least frequently used since it came in; of equals the least recently used",
    PerfectLfu(perfect_lfu::PerfectLfu) "perfect-lfu" "least frequently used ever; a newcomer must have been asked for as often",
    Clock(clock::Clock) "clock" "first in, first out with a second chance for what was used (one bit)",
    Random(random::Random) "random" "a uniform choice",
    TwoQ(two_q::TwoQ) "2q" "a FIFO for newcomers (25 %), an LRU for what came back (Johnson and Shasha 1994)",
    Arc(arc::Arc) "arc" "adaptive replacement: recency against frequency (Megiddo and Modha 2003)",
    Sieve(sieve::Sieve) "sieve" "a FIFO with a hand that passes over what was used (Zhang et al. 2024)",
    S3Fifo(s3_fifo::S3Fifo) "s3-fifo" "a small FIFO for newcomers (10 %), a main one, and ghosts (Yang et al. 2023)",
    WTinyLfu(w_tiny_lfu::WTinyLfu) "w-tinylfu" "an LRU window (1 %), then admission by counted frequency (Einziger et al. 2017)",
    Belady(belady::Belady) "belady" "the farthest next use: the optimum for a trace that is known (Belady 1966)",
}

impl Kind {
    /// The policy of a name; case, and `-`, `_` and blanks in it, do not matter.
    pub fn named(name: &str) -> Option<Kind> {
        let plain = |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).collect() };
        let wanted = plain(name).to_lowercase();
        Kind::ALL.iter().copied().find(|kind| plain(kind.name()) == wanted)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
