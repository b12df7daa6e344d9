//! The policies and their slow versions do the same, request for request.

use super::super::index::{Dense, Hashed, Index};
use super::super::{Build, Cache, Capacity, Kind, Policy, Settings, Visit};
use super::slow::{Slow, slow};
use super::{Zipf, below};
use sim_core::random::Stream;

/// One request in words, so that both sides are told the same.
#[derive(Clone, Copy, Debug)]
enum Request {
    Access(u64, u32),
    /// A miss that is not followed by an insertion.
    Touch(u64),
    /// An insertion that does not follow a miss.
    Insert(u64, u32),
    Remove(u64),
}

fn requests(count: usize, keys: usize, largest: u64, seed: u64) -> Vec<Request> {
    let mut zipf = Zipf::new(keys, 0.7, seed);
    let mut stream = Stream::named(seed, 0, "requests", "test");
    let mut requests = Vec::with_capacity(count);
    for n in 0..count {
        // The popular ones change, so that adaptive policies have something to adapt to; and there are scans.
        let scan = n % 1000 > 900;
        let key = if scan { (n % keys) as u64 } else { (zipf.draw() + n as u64 / 3000 * 7) % keys as u64 };
        // A size of the object's own that seldom changes; few have none, and few are very large.
        let own = super::super::index::NONE as u64 ^ (key * 0x9e37_79b9);
        let mut size = (own % largest) as u32;
        match below(&mut stream, 100) {
            0 => requests.push(Request::Remove(key)),
            1 => requests.push(Request::Touch(key)),
            2 => requests.push(Request::Insert(key, size)),
            dice => {
                size += u32::from(dice == 3);
                requests.push(Request::Access(key, size));
            }
        }
    }
    requests
}

fn agree(kind: Kind, settings: &Settings, index: impl Index, requests: &[Request]) {
    let mut fast: Cache<_> = kind.build(settings, index);
    let mut slow: Box<dyn Slow> = slow(kind, settings);
    let mut hits = 0;
    for (n, request) in requests.iter().enumerate() {
        let at = format!("{kind:?} of {:?} at {n}: {request:?}", settings.capacity);
        // Any future will do to compare: a function of the position.
        let next = n as u64 + (n as u64 * 7919) % 1009;
        fast.foresee(next);
        slow.foresee(next);
        let insert = match *request {
            Request::Access(key, size) => {
                let hit = fast.touch(key);
                assert_eq!(hit, slow.touch(key), "{at}");
                hits += u64::from(hit);
                (!hit).then_some((key, size))
            }
            Request::Touch(key) => {
                assert_eq!(fast.touch(key), slow.touch(key), "{at}");
                None
            }
            Request::Insert(key, size) => Some((key, size)),
            Request::Remove(key) => {
                assert_eq!(fast.remove(key), slow.remove(key), "{at}");
                None
            }
        };
        if let Some((key, size)) = insert {
            let mut left = Vec::new();
            let admitted = fast.insert(key, size, |key| left.push(key));
            assert_eq!((admitted, left), slow.insert(key, size), "{at}");
            assert_eq!(fast.contains(key), admitted, "{at}");
        }
        if n % 16 == 0 {
            let residents = slow.residents();
            assert_eq!(fast.len(), residents.len(), "{at}");
            assert_eq!(fast.used(), residents.iter().map(|r| r.1).sum::<u64>(), "{at}");
            assert!(residents.iter().all(|r| fast.contains(r.0)), "{at}");
            let (Capacity::Entries(most) | Capacity::Bytes(most)) = fast.capacity();
            assert!(fast.used() <= most, "{at}");
        }
    }
    assert!(hits > 0 || matches!(settings.capacity, Capacity::Bytes(_) | Capacity::Entries(1)), "{kind:?} never hits");
}

#[test]
fn every_policy_agrees_with_its_slow_version_in_entries() {
    for &kind in Kind::ALL {
        for (capacity, keys, count) in
            [(1, 5, 2000), (2, 8, 4000), (3, 9, 4000), (7, 30, 8000), (20, 60, 12_000), (100, 400, 20_000)]
        {
            let settings = Settings { seed: capacity, ..Settings::of(Capacity::Entries(capacity)) };
            let requests = requests(count, keys, 100, capacity);
            agree(kind, &settings, Dense, &requests);
            agree(kind, &settings, Hashed::default(), &requests);
        }
    }
}

#[test]
fn every_policy_agrees_with_its_slow_version_in_bytes() {
    for &kind in Kind::ALL {
        for (capacity, keys, largest, count) in [
            (10, 8, 12, 4000),
            (100, 30, 20, 8000),
            (1000, 100, 60, 16_000),
            (5000, 300, 40, 20_000),
            (5000, 300, 700, 20_000),
        ] {
            let settings = Settings { seed: capacity, ..Settings::of(Capacity::Bytes(capacity)) };
            agree(kind, &settings, Hashed::default(), &requests(count, keys, largest, capacity));
        }
    }
}

/// Compares accesses with touches and insertions after misses.
struct Accesses<'r> {
    truth: Cache<Dense>,
    requests: &'r [Request],
    kind: Kind,
}

impl Visit<Dense> for Accesses<'_> {
    type Out = ();

    fn visit<P: Build<Dense>>(mut self, mut policy: P) {
        for (n, request) in self.requests.iter().enumerate() {
            let at = format!("{:?} at {n}: {request:?}", self.kind);
            let next = n as u64 + (n as u64 * 7919) % 1009;
            policy.foresee(next);
            self.truth.foresee(next);
            let (one, other) = match *request {
                Request::Access(key, size) => (policy.access(key, size), self.truth.access(key, size)),
                Request::Touch(key) => (policy.touch(key), self.truth.touch(key)),
                Request::Insert(key, size) => {
                    let insert = |policy: &mut P| policy.insert(key, size, |_| {});
                    (insert(&mut policy), self.truth.insert(key, size, |_| {}))
                }
                Request::Remove(key) => (policy.remove(key), self.truth.remove(key)),
            };
            assert_eq!(one, other, "{at}");
            assert_eq!((policy.len(), policy.used()), (self.truth.len(), self.truth.used()), "{at}");
        }
    }
}

#[test]
fn an_access_is_a_touch_and_after_a_miss_an_insertion() {
    for &kind in Kind::ALL {
        for (capacity, keys) in [(0, 5), (1, 5), (7, 30), (100, 400)] {
            let settings = Settings { seed: capacity, ..Settings::of(Capacity::Entries(capacity)) };
            let requests = requests(20_000, keys, 100, capacity);
            // Removals, which leave holes, and long runs without them.
            let accesses = requests.iter().filter(|request| matches!(request, Request::Access(..)));
            let undisturbed: Vec<Request> = accesses.copied().collect();
            for requests in [&requests, &undisturbed] {
                let truth = kind.build(&settings, Dense);
                kind.visit(&settings, Dense, Accesses { truth, requests, kind });
            }
        }
    }
}
