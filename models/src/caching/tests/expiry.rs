//! Objects that expire, and what holds for invalidation.

use super::super::expiring::Expiring;
use super::super::index::{Dense, Hashed};
use super::super::{Capacity, Kind, Policy, Settings};

#[test]
fn an_object_is_good_until_its_time_and_no_longer() {
    for &kind in Kind::ALL {
        let mut cache = Expiring::new(kind.build(&Settings::of(Capacity::Entries(10)), Hashed::default()));
        assert!(!cache.touch(1, 0) && cache.insert(1, 1, Some(10), |_| {}));
        assert!(cache.touch(1, 9) && cache.contains(1, 9));
        assert!(!cache.contains(1, 10) && cache.cache().contains(1), "{kind:?}: it is not good, but takes room");
        assert!(!cache.touch(1, 10) && !cache.cache().contains(1), "{kind:?}");
        assert!(cache.insert(1, 1, None, |_| {}) && cache.touch(1, u64::MAX), "{kind:?}: without an end it stays");
    }
}

#[test]
fn a_new_time_replaces_the_old_one() {
    let mut cache = Expiring::new(Kind::Lru.build(&Settings::of(Capacity::Entries(2)), Hashed::default()));
    cache.insert(1, 1, Some(10), |_| {});
    cache.insert(1, 1, Some(20), |_| {});
    assert!(cache.touch(1, 15) && !cache.touch(1, 20));
    cache.insert(1, 1, Some(30), |_| {});
    // It leaves for others, and its time with it.
    cache.insert(2, 1, None, |_| {});
    cache.insert(3, 1, None, |key| assert_eq!(key, 1));
    cache.insert(1, 1, None, |key| assert_eq!(key, 2));
    assert!(cache.touch(1, 100));
    let mut expired = Vec::new();
    cache.insert(1, 1, Some(7), |_| {});
    cache.insert(3, 1, Some(6), |_| {});
    cache.purge(7, |key| expired.push(key));
    assert_eq!((expired, cache.cache().len()), (vec![3, 1], 0));
}

#[test]
fn what_was_removed_is_no_ghost() {
    // The two lists of ARC: an object that comes back from a ghost list would survive the scan, a new one does not.
    for kind in [Kind::Arc, Kind::TwoQ, Kind::S3Fifo] {
        let mut cache = kind.build(&Settings::of(Capacity::Entries(20)), Dense);
        (0..20).for_each(|key| _ = cache.access(key, 1));
        assert!(cache.remove(0) && !cache.remove(0) && cache.len() == 19);
        (100..110).for_each(|key| _ = cache.access(key, 1));
        assert!(!cache.access(0, 1), "{kind:?}");
        (200..260).for_each(|key| _ = cache.access(key, 1));
        assert!(!cache.contains(0), "{kind:?}");
    }
}

#[test]
fn names_are_found_however_they_are_written() {
    for (written, kind) in
        [("lru", Kind::Lru), ("S3FIFO", Kind::S3Fifo), ("W-TinyLFU", Kind::WTinyLfu), ("2Q", Kind::TwoQ)]
    {
        assert_eq!(Kind::named(written), Some(kind));
    }
    assert_eq!(Kind::named("lru2"), None);
}
