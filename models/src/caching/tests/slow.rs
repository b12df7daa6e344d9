//! Policies written to be obviously right: lists that are searched from end to end, as the papers describe them.

use super::super::{Capacity, Kind, Settings};
use super::in_bytes;
use sim_core::random::{Rng, Stream};
use std::collections::HashMap;

/// A policy, slow.
pub(super) trait Slow {
    fn touch(&mut self, key: u64) -> bool;
    /// Whether it was admitted, and what left, in order.
    fn insert(&mut self, key: u64, size: u32) -> (bool, Vec<u64>);
    fn remove(&mut self, key: u64) -> bool;
    /// All residents with their weights, in any order.
    fn residents(&self) -> Vec<(u64, u64)>;
    fn foresee(&mut self, _: u64) {}
}

/// What a capacity says.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) bytes: bool,
    pub(super) most: u64,
}

impl Limit {
    pub(super) fn of(capacity: Capacity) -> Limit {
        let (Capacity::Entries(most) | Capacity::Bytes(most)) = capacity;
        Limit { bytes: in_bytes(capacity), most }
    }

    pub(super) fn weight(self, size: u32) -> u64 {
        if self.bytes { u64::from(size) } else { 1 }
    }

    pub(super) fn part(self, share: f64, least: u64) -> u64 {
        let part = (self.most as f64 * share).floor() as u64;
        if self.bytes { part } else { part.max(least) }
    }
}

#[derive(Clone)]
struct Item {
    key: u64,
    weight: u64,
    entered: u64,
    used: u64,
    count: u64,
    next: u64,
    bit: bool,
}

/// Policies without ghosts: items in the order of their coming, the latest last, and a rule that says who leaves.
struct List {
    items: Vec<Item>,
    limit: Limit,
    clock: u64,
    next: u64,
    rule: Rule,
}

enum Rule {
    Fifo,
    Lru,
    Lfu,
    Belady,
    Clock,
    /// The key under the hand.
    Sieve(Option<u64>),
    /// Keys in the order that draws refer to.
    Random(Vec<u64>, Box<Stream>),
}

impl List {
    fn place(&self, key: u64) -> Option<usize> {
        self.items.iter().position(|item| item.key == key)
    }

    fn least(&self, rank: impl Fn(&Item) -> (u64, u64)) -> usize {
        (0..self.items.len()).min_by_key(|i| rank(&self.items[*i])).unwrap()
    }

    fn victim(&mut self) -> usize {
        match &mut self.rule {
            Rule::Fifo => self.least(|item| (item.entered, 0)),
            Rule::Lru => self.least(|item| (item.used, 0)),
            Rule::Lfu => self.least(|item| (item.count, item.used)),
            Rule::Belady => self.least(|item| (u64::MAX - item.next, item.used)),
            Rule::Clock => {
                while self.items[0].bit {
                    let mut item = self.items.remove(0);
                    item.bit = false;
                    self.items.push(item);
                }
                0
            }
            Rule::Sieve(hand) => {
                let mut at = hand.and_then(|key| self.items.iter().position(|item| item.key == key)).unwrap_or(0);
                while self.items[at].bit {
                    self.items[at].bit = false;
                    at = (at + 1) % self.items.len();
                }
                *hand = Some(self.items[at].key);
                at
            }
            Rule::Random(keys, stream) => {
                let at = (u128::from(stream.next_u64()) * keys.len() as u128) >> 64;
                let key = keys[at as usize];
                self.place(key).unwrap()
            }
        }
    }

    fn take_out(&mut self, at: usize) -> u64 {
        let key = self.items[at].key;
        match &mut self.rule {
            Rule::Sieve(hand) if *hand == Some(key) => *hand = self.items.get(at + 1).map(|item| item.key),
            Rule::Random(keys, _) => {
                let at = keys.iter().position(|k| *k == key).unwrap();
                keys.swap_remove(at);
            }
            _ => {}
        }
        self.items.remove(at);
        key
    }

    fn total(&self) -> u64 {
        self.items.iter().map(|item| item.weight).sum()
    }
}

impl Slow for List {
    fn touch(&mut self, key: u64) -> bool {
        self.clock += 1;
        let Some(at) = self.place(key) else { return false };
        let (used, next) = (self.clock, self.next);
        let item = &mut self.items[at];
        *item = Item { used, next, count: item.count + 1, bit: true, ..item.clone() };
        true
    }

    fn insert(&mut self, key: u64, size: u32) -> (bool, Vec<u64>) {
        self.clock += 1;
        let weight = self.limit.weight(size);
        if let Some(at) = self.place(key) {
            if self.items[at].weight == weight {
                return (true, vec![]);
            }
            self.take_out(at);
        }
        if weight > self.limit.most {
            return (false, vec![]);
        }
        let mut left = Vec::new();
        while self.total() + weight > self.limit.most {
            let at = self.victim();
            left.push(self.take_out(at));
        }
        let (now, next) = (self.clock, self.next);
        self.items.push(Item { key, weight, entered: now, used: now, count: 1, next, bit: false });
        if let Rule::Random(keys, _) = &mut self.rule {
            keys.push(key);
        }
        (true, left)
    }

    fn remove(&mut self, key: u64) -> bool {
        let place = self.place(key);
        place.map(|at| self.take_out(at)).is_some()
    }

    fn residents(&self) -> Vec<(u64, u64)> {
        self.items.iter().map(|item| (item.key, item.weight)).collect()
    }

    fn foresee(&mut self, next: u64) {
        self.next = next;
    }
}

/// Counts of all keys; residents are chosen by them.
struct Perfect {
    uses: HashMap<u64, (u64, u64)>,
    residents: Vec<(u64, u64)>,
    limit: Limit,
    clock: u64,
}

impl Slow for Perfect {
    fn touch(&mut self, key: u64) -> bool {
        self.clock += 1;
        let uses = self.uses.entry(key).or_default();
        *uses = (uses.0 + 1, self.clock);
        self.residents.iter().any(|(k, _)| *k == key)
    }

    fn insert(&mut self, key: u64, size: u32) -> (bool, Vec<u64>) {
        let weight = self.limit.weight(size);
        if self.residents.contains(&(key, weight)) {
            return (true, vec![]);
        }
        self.residents.retain(|(k, _)| *k != key);
        let uses = |key: u64| self.uses.get(&key).copied().unwrap_or_default();
        self.residents.sort_by_key(|(k, _)| uses(*k));
        let mut leave = 0;
        while self.residents[leave..].iter().map(|r| r.1).sum::<u64>() + weight > self.limit.most {
            if leave == self.residents.len() || uses(self.residents[leave].0) > uses(key) {
                return (false, vec![]);
            }
            leave += 1;
        }
        let left = self.residents.drain(..leave).map(|r| r.0).collect();
        self.residents.push((key, weight));
        (true, left)
    }

    fn remove(&mut self, key: u64) -> bool {
        let before = self.residents.len();
        self.residents.retain(|(k, _)| *k != key);
        self.residents.len() < before
    }

    fn residents(&self) -> Vec<(u64, u64)> {
        self.residents.clone()
    }
}

/// The slow version of a policy.
pub(super) fn slow(kind: Kind, settings: &Settings) -> Box<dyn Slow> {
    let limit = Limit::of(settings.capacity);
    let list = |rule| Box::new(List { items: vec![], limit, clock: 0, next: u64::MAX, rule });
    match kind {
        Kind::Fifo => list(Rule::Fifo),
        Kind::Lru => list(Rule::Lru),
        Kind::Lfu => list(Rule::Lfu),
        Kind::Belady => list(Rule::Belady),
        Kind::Clock => list(Rule::Clock),
        Kind::Sieve => list(Rule::Sieve(None)),
        Kind::Random => {
            let stream = Stream::named(settings.seed, 0, &settings.name, "eviction");
            list(Rule::Random(vec![], Box::new(stream)))
        }
        Kind::PerfectLfu => Box::new(Perfect { uses: HashMap::new(), residents: vec![], limit, clock: 0 }),
        Kind::TwoQ => Box::new(super::adaptive::TwoQ::new(limit)),
        Kind::Arc => Box::new(super::adaptive::Arc::new(limit)),
        Kind::S3Fifo => Box::new(super::adaptive::S3Fifo::new(limit)),
        Kind::WTinyLfu => Box::new(super::adaptive::WTinyLfu::new(limit)),
    }
}
