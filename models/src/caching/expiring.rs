//! Objects that expire.

use super::index::Index;
use super::{Cache, Policy};
use std::collections::{BTreeSet, HashMap};

/// A cache whose objects are good until some time.
///
/// An object that is no longer good is a miss and is thrown out when it is asked for ([`Expiring::touch`]); until then it
/// takes room, unless [`Expiring::purge`] is called before. Time is any number that does not fall, such as ticks. An
/// object that is good until a time is no longer good at it. Objects without an expiry cost nothing.
#[derive(Clone, Debug)]
pub struct Expiring<I> {
    cache: Cache<I>,
    ends: HashMap<u64, u64>,
    order: BTreeSet<(u64, u64)>,
}

impl<I: Index> Expiring<I> {
    /// Puts expiry around a cache.
    pub fn new(cache: Cache<I>) -> Expiring<I> {
        Expiring { cache, ends: HashMap::new(), order: BTreeSet::new() }
    }

    /// The cache within, to be looked at.
    pub fn cache(&self) -> &Cache<I> {
        &self.cache
    }

    /// Asks for a key at a time: whether it is resident and good.
    pub fn touch(&mut self, key: u64, now: u64) -> bool {
        if self.ends.get(&key).is_some_and(|end| *end <= now) {
            self.remove(key);
        }
        self.cache.touch(key)
    }

    /// Whether a key is resident and good at a time; no use is counted.
    pub fn contains(&self, key: u64, now: u64) -> bool {
        self.cache.contains(key) && self.ends.get(&key).is_none_or(|end| *end > now)
    }

    /// Stores an object that is good until a time, or for ever. An object that is resident gets the new time.
    /// Whether it was admitted, and what left for it, are told as by [`Policy::insert`].
    pub fn insert(&mut self, key: u64, size: u32, until: Option<u64>, mut evicted: impl FnMut(u64)) -> bool {
        self.forget(key);
        let (ends, order) = (&mut self.ends, &mut self.order);
        let admitted = self.cache.insert(key, size, |key| {
            if let Some(end) = ends.remove(&key) {
                order.remove(&(end, key));
            }
            evicted(key);
        });
        if let (true, Some(end)) = (admitted, until) {
            self.ends.insert(key, end);
            self.order.insert((end, key));
        }
        admitted
    }

    /// Throws out an object (invalidation): whether it was resident, good or not.
    pub fn remove(&mut self, key: u64) -> bool {
        self.forget(key);
        self.cache.remove(key)
    }

    /// Throws out all that is no longer good, and calls with the key of each.
    pub fn purge(&mut self, now: u64, mut expired: impl FnMut(u64)) {
        while let Some(&(end, key)) = self.order.first() {
            if end > now {
                break;
            }
            self.remove(key);
            expired(key);
        }
    }

    fn forget(&mut self, key: u64) {
        if let Some(end) = self.ends.remove(&key) {
            self.order.remove(&(end, key));
        }
    }
}
