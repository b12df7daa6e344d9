//! Slow versions of the policies that have several lists, with lists as vectors, the oldest first.

use super::super::sketch::Sketch;
use super::slow::{Limit, Slow};

/// (key, weight, uses), the oldest first.
#[derive(Default)]
struct Queue(Vec<(u64, u64, u32)>);

impl Queue {
    fn weight(&self) -> u64 {
        self.0.iter().map(|entry| entry.1).sum()
    }

    fn find(&mut self, key: u64) -> Option<&mut (u64, u64, u32)> {
        self.0.iter_mut().find(|entry| entry.0 == key)
    }

    fn take(&mut self, key: u64) -> Option<(u64, u64, u32)> {
        let at = self.0.iter().position(|entry| entry.0 == key)?;
        Some(self.0.remove(at))
    }

    fn oldest(&mut self) -> Option<(u64, u64, u32)> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
    }

    fn push(&mut self, key: u64, weight: u64) {
        self.0.push((key, weight, 0));
    }

    /// Adds to a queue of ghosts, of which the oldest are forgotten.
    fn remember(&mut self, key: u64, weight: u64, most: u64) {
        if weight <= most {
            while self.weight() + weight > most {
                self.oldest();
            }
            self.push(key, weight);
        }
    }
}

fn residents(queues: &[&Queue]) -> Vec<(u64, u64)> {
    queues.iter().flat_map(|queue| queue.0.iter().map(|entry| (entry.0, entry.1))).collect()
}

pub(super) struct TwoQ {
    a1in: Queue,
    a1out: Queue,
    am: Queue,
    limit: Limit,
}

impl TwoQ {
    pub(super) fn new(limit: Limit) -> TwoQ {
        TwoQ { a1in: Queue::default(), a1out: Queue::default(), am: Queue::default(), limit }
    }
}

impl Slow for TwoQ {
    fn touch(&mut self, key: u64) -> bool {
        if let Some((key, weight, _)) = self.am.take(key) {
            self.am.push(key, weight);
            return true;
        }
        self.a1in.find(key).is_some()
    }

    fn insert(&mut self, key: u64, size: u32) -> (bool, Vec<u64>) {
        let weight = self.limit.weight(size);
        if residents(&[&self.a1in, &self.am]).contains(&(key, weight)) {
            return (true, vec![]);
        }
        let back = self.a1out.take(key).is_some();
        self.remove(key);
        if weight > self.limit.most || self.limit.bytes && weight > self.limit.part(0.25, 0) {
            return (false, vec![]);
        }
        let mut left = Vec::new();
        while self.a1in.weight() + self.am.weight() + weight > self.limit.most {
            if self.a1in.weight() > self.limit.part(0.25, 0) || self.am.0.is_empty() {
                let (key, weight, _) = self.a1in.oldest().unwrap();
                self.a1out.remember(key, weight, self.limit.part(0.5, 0));
                left.push(key);
            } else {
                left.push(self.am.oldest().unwrap().0);
            }
        }
        if back && self.limit.bytes {
            while self.am.weight() + weight > self.limit.most - self.limit.part(0.25, 0) {
                left.push(self.am.oldest().unwrap().0);
            }
        }
        if back { &mut self.am } else { &mut self.a1in }.push(key, weight);
        (true, left)
    }

    fn remove(&mut self, key: u64) -> bool {
        self.a1out.take(key);
        self.a1in.take(key).is_some() | self.am.take(key).is_some()
    }

    fn residents(&self) -> Vec<(u64, u64)> {
        residents(&[&self.a1in, &self.am])
    }
}

pub(super) struct S3Fifo {
    small: Queue,
    main: Queue,
    ghost: Queue,
    limit: Limit,
}

impl S3Fifo {
    pub(super) fn new(limit: Limit) -> S3Fifo {
        S3Fifo { small: Queue::default(), main: Queue::default(), ghost: Queue::default(), limit }
    }

    fn evict(&mut self) -> Option<u64> {
        let main_part = self.limit.most - self.limit.part(0.1, 1);
        if self.main.weight() > main_part || self.small.0.is_empty() {
            while let Some((key, weight, uses)) = self.main.oldest() {
                if uses == 0 {
                    return Some(key);
                }
                self.main.0.push((key, weight, uses - 1));
            }
        } else {
            while let Some((key, weight, uses)) = self.small.oldest() {
                if uses < 2 {
                    self.ghost.remember(key, weight, self.limit.part(0.9, 0));
                    return Some(key);
                }
                self.main.push(key, weight);
            }
        }
        None
    }
}

impl Slow for S3Fifo {
    fn touch(&mut self, key: u64) -> bool {
        for queue in [&mut self.small, &mut self.main] {
            if let Some(entry) = queue.find(key) {
                entry.2 = (entry.2 + 1).min(3);
                return true;
            }
        }
        false
    }

    fn insert(&mut self, key: u64, size: u32) -> (bool, Vec<u64>) {
        let weight = self.limit.weight(size);
        if residents(&[&self.small, &self.main]).contains(&(key, weight)) {
            return (true, vec![]);
        }
        let to_main = self.ghost.take(key).is_some();
        self.remove(key);
        let small = self.limit.part(0.1, 1);
        let fits = if to_main { weight <= small } else { weight < small };
        if weight > self.limit.most || self.limit.bytes && !fits {
            return (false, vec![]);
        }
        let mut left = Vec::new();
        while self.small.weight() + self.main.weight() + weight > self.limit.most {
            left.extend(self.evict());
        }
        if to_main { &mut self.main } else { &mut self.small }.push(key, weight);
        (true, left)
    }

    fn remove(&mut self, key: u64) -> bool {
        self.ghost.take(key);
        self.small.take(key).is_some() | self.main.take(key).is_some()
    }

    fn residents(&self) -> Vec<(u64, u64)> {
        residents(&[&self.small, &self.main])
    }
}

pub(super) struct Arc {
    t1: Queue,
    t2: Queue,
    b1: Queue,
    b2: Queue,
    p: f64,
    limit: Limit,
}

impl Arc {
    pub(super) fn new(limit: Limit) -> Arc {
        let queue = Queue::default;
        Arc { t1: queue(), t2: queue(), b1: queue(), b2: queue(), p: 0.0, limit }
    }

    fn lacks(&self, weight: u64) -> bool {
        self.t1.weight() + self.t2.weight() + weight > self.limit.most
    }

    fn replace(&mut self, in_b2: bool) -> u64 {
        let size = self.t1.weight() as f64;
        let from_t1 = !self.t1.0.is_empty() && (size > self.p || in_b2 && size == self.p || self.t2.0.is_empty());
        let (from, ghosts) = if from_t1 { (&mut self.t1, &mut self.b1) } else { (&mut self.t2, &mut self.b2) };
        let (key, weight, _) = from.oldest().unwrap();
        ghosts.push(key, weight);
        key
    }
}

impl Slow for Arc {
    fn touch(&mut self, key: u64) -> bool {
        match self.t1.take(key).or_else(|| self.t2.take(key)) {
            Some((key, weight, _)) => {
                self.t2.push(key, weight);
                true
            }
            None => false,
        }
    }

    fn insert(&mut self, key: u64, size: u32) -> (bool, Vec<u64>) {
        let weight = self.limit.weight(size);
        if residents(&[&self.t1, &self.t2]).contains(&(key, weight)) {
            return (true, vec![]);
        }
        let resident = self.t1.take(key).is_some() | self.t2.take(key).is_some();
        if weight > self.limit.most {
            return (false, vec![]);
        }
        let (c, mut left) = (self.limit.most, Vec::new());
        let (in_b1, in_b2) = (self.b1.find(key).is_some(), self.b2.find(key).is_some());
        assert!(!(resident && (in_b1 || in_b2)));
        if in_b1 || in_b2 {
            let (b1, b2) = (self.b1.weight() as f64, self.b2.weight() as f64);
            if in_b1 {
                self.p = (self.p + weight as f64 * if b2 > b1 && b1 > 0.0 { b2 / b1 } else { 1.0 }).min(c as f64);
                self.b1.take(key);
            } else {
                self.p = (self.p - weight as f64 * if b1 > b2 && b2 > 0.0 { b1 / b2 } else { 1.0 }).max(0.0);
                self.b2.take(key);
            }
            while self.lacks(weight) {
                left.push(self.replace(in_b2));
            }
            self.t2.push(key, weight);
            return (true, left);
        }
        while self.t1.weight() + self.b1.weight() + weight > c {
            if self.b1.oldest().is_none() {
                left.extend(self.t1.oldest().map(|entry| entry.0));
            }
        }
        while residents(&[&self.t1, &self.t2, &self.b1, &self.b2]).iter().map(|r| r.1).sum::<u64>() + weight > 2 * c {
            if self.b2.oldest().is_none() {
                break;
            }
        }
        while self.lacks(weight) {
            left.push(self.replace(false));
        }
        self.t1.push(key, weight);
        (true, left)
    }

    fn remove(&mut self, key: u64) -> bool {
        self.b1.take(key);
        self.b2.take(key);
        self.t1.take(key).is_some() | self.t2.take(key).is_some()
    }

    fn residents(&self) -> Vec<(u64, u64)> {
        residents(&[&self.t1, &self.t2])
    }
}

/// The sketch is the real one: its counts are tested beside it.
pub(super) struct WTinyLfu {
    window: Queue,
    probation: Queue,
    protected: Queue,
    sketch: Sketch,
    entries: u64,
    limit: Limit,
}

impl WTinyLfu {
    pub(super) fn new(limit: Limit) -> WTinyLfu {
        let entries = if limit.bytes { 1024 } else { limit.most };
        let queue = Queue::default;
        let sketch = Sketch::new(entries as usize);
        WTinyLfu { window: queue(), probation: queue(), protected: queue(), sketch, entries, limit }
    }

    fn main(&self) -> u64 {
        self.limit.most - self.limit.part(0.01, 1)
    }

    fn compete(&mut self, key: u64, weight: u64, left: &mut Vec<u64>) -> bool {
        while self.probation.weight() + self.protected.weight() + weight > self.main() {
            let last = self.probation.0.first().or(self.protected.0.first());
            let Some(&(victim, ..)) = last.filter(|_| weight <= self.main()) else { return false };
            if self.sketch.count(key) <= self.sketch.count(victim) {
                return false;
            }
            self.remove(victim);
            left.push(victim);
        }
        self.probation.push(key, weight);
        true
    }
}

impl Slow for WTinyLfu {
    fn touch(&mut self, key: u64) -> bool {
        self.sketch.add(key, self.entries);
        if let Some((key, weight, _)) = self.window.take(key) {
            self.window.push(key, weight);
            return true;
        }
        let Some((key, weight, _)) = self.probation.take(key).or_else(|| self.protected.take(key)) else {
            return false;
        };
        self.protected.push(key, weight);
        while self.protected.weight() > (self.main() as f64 * 0.8).floor() as u64 {
            let (key, weight, _) = self.protected.oldest().unwrap();
            self.probation.push(key, weight);
        }
        true
    }

    fn insert(&mut self, key: u64, size: u32) -> (bool, Vec<u64>) {
        let weight = self.limit.weight(size);
        if self.residents().contains(&(key, weight)) {
            return (true, vec![]);
        }
        self.remove(key);
        let part = self.limit.part(0.01, 1);
        let mut left = Vec::new();
        if weight > part {
            return (self.compete(key, weight, &mut left), left);
        }
        while self.window.weight() + weight > part {
            let (key, weight, _) = self.window.oldest().unwrap();
            if !self.compete(key, weight, &mut left) {
                left.push(key);
            }
        }
        self.window.push(key, weight);
        let len = self.residents().len();
        self.sketch.fit(len);
        self.entries = self.entries.max(len as u64);
        (true, left)
    }

    fn remove(&mut self, key: u64) -> bool {
        self.window.take(key).is_some() | self.probation.take(key).is_some() | self.protected.take(key).is_some()
    }

    fn residents(&self) -> Vec<(u64, u64)> {
        residents(&[&self.window, &self.probation, &self.protected])
    }
}
