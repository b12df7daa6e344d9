//! What the store survives.

use super::index::MERGED;
use super::manifest::{FORMAT, Kind, Manifest};
use super::segment::{head, line};
use super::writer::Writer;
use super::{Store, StoreError, merge, segment};
use crate::campaign::design::{Block, Design, Factor};
use crate::campaign::levels::Level;
use std::fs;
use std::path::{Path, PathBuf};

fn manifest(id: &str, count: usize) -> Manifest {
    let level = |i: usize| Level { shown: i.to_string(), number: Some(i as f64), set: Vec::new() };
    let factor =
        Factor { name: "x".into(), unit: String::new(), logarithmic: false, levels: (0..count).map(level).collect() };
    Manifest {
        format: FORMAT,
        kind: Kind::Sweep,
        id: id.into(),
        title: "T".into(),
        file: "t.ron".into(),
        version: "0".into(),
        seed: 1,
        replications: 1,
        confidence: 0.95,
        horizon_seconds: 1.0,
        responses: Vec::new(),
        targets: Vec::new(),
        design: Design { blocks: vec![Block { factors: vec![factor], scattered: false }] },
        effects: None,
        text: String::new(),
    }
}

fn open(folder: &Path) -> Store {
    Store::open(folder, manifest("abc", 4)).unwrap()
}

fn json(index: u64) -> String {
    format!("{{\"value\":{index}}}")
}

fn write(store: &Store, numbers: &[u64]) -> PathBuf {
    let writer = Writer::new(store).unwrap();
    for number in numbers {
        writer.claim(*number).unwrap();
        writer.record(*number, &json(*number)).unwrap();
    }
    let path = store.records().join(writer.name());
    writer.close().unwrap();
    path
}

fn done(store: &Store) -> Vec<u64> {
    store.index().unwrap().records().map(|(number, _)| number).collect()
}

#[test]
fn what_was_appended_is_there_again() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    write(&store, &[2, 0]);
    assert_eq!(done(&store), [0, 2]);
    let index = open(root.path()).index().unwrap();
    assert_eq!(index.json(&index.place(2).unwrap()).unwrap().1, json(2));
}

#[test]
fn a_segment_that_was_cut_anywhere_loses_its_last_line_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    let path = write(&store, &[0, 1]);
    let whole = fs::read(&path).unwrap();
    let last = whole.len() - line(segment::Kind::Record, 1, &json(1)).len();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let found = done(&store);
        assert!(length < last || found == [0], "{length}: {found:?}");
        assert!(found.len() < 2);
        // What a power failure may leave: the length, but not the content.
        let mut zeros = whole[..length].to_vec();
        zeros.resize(whole.len(), 0);
        fs::write(&path, &zeros).unwrap();
        assert_eq!(done(&store), found, "{length}");
    }
}

#[test]
fn damage_before_a_whole_line_is_an_error_with_its_place() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    let path = write(&store, &[0, 1]);
    let whole = fs::read(&path).unwrap();
    let start = head("abc").len();
    for at in start..whole.len() - line(segment::Kind::Record, 1, &json(1)).len() {
        // Two lines that have become one are half a line, if nothing follows.
        if whole[at] == b'\n' {
            continue;
        }
        let mut damaged = whole.clone();
        damaged[at] ^= 0x04;
        fs::write(&path, &damaged).unwrap();
        let error = store.index().unwrap_err();
        assert!(
            matches!(error, StoreError::Corrupt { at: found, .. } if found <= at as u64 && found >= start as u64),
            "{at}: {error}"
        );
    }
    fs::write(&path, [b"something else\n".as_slice(), &whole].concat()).unwrap();
    assert!(matches!(store.index(), Err(StoreError::Corrupt { at: 0, .. })));
}

#[test]
fn merged_bytes_follow_from_the_records_alone() {
    let merged = |parts: &[&[u64]]| {
        let root = tempfile::tempdir().unwrap();
        let store = open(root.path());
        for part in parts {
            write(&store, part);
        }
        merge::merge(&store).unwrap();
        let names: Vec<String> =
            fs::read_dir(store.records()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(names, [MERGED], "the others are gone");
        fs::read(store.records().join(MERGED)).unwrap()
    };
    let one = merged(&[&[0, 1, 2, 3]]);
    assert_eq!(one, merged(&[&[3], &[1, 0], &[2]]));
    assert_eq!(one, merged(&[&[3, 2, 1], &[], &[0, 1, 2]]), "twice is as once");
}

#[test]
fn segments_stay_as_long_as_something_is_missing() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    let path = write(&store, &[0, 1]);
    merge::merge(&store).unwrap();
    assert!(path.exists() && done(&store) == [0, 1]);
    write(&store, &[2, 3]);
    merge::merge(&store).unwrap();
    assert!(!path.exists() && done(&store) == [0, 1, 2, 3]);
}

#[test]
fn two_results_of_one_configuration_are_an_error() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    write(&store, &[0]);
    let writer = Writer::new(&store).unwrap();
    writer.record(0, "{\"value\":7}").unwrap();
    writer.close().unwrap();
    assert!(matches!(store.index(), Err(StoreError::Conflict { index: 0, .. })));
    // The same between two stores.
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(a.path()), open(b.path()));
    write(&a, &[0]);
    let writer = Writer::new(&b).unwrap();
    writer.record(0, "{\"value\":7}").unwrap();
    writer.close().unwrap();
    assert!(matches!(merge::gather(&a, &[b]), Err(StoreError::Conflict { .. })));
    assert_eq!(done(&a), [0], "what was there stays");
}

#[cfg(unix)]
#[test]
fn claims_hold_as_long_as_their_writer_lives() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    let writer = Writer::new(&store).unwrap();
    writer.claim(3).unwrap();
    // The lock belongs to the open file, so that another one sees it in the same process too.
    let index = store.index().unwrap();
    assert!(index.has_company() && index.claimed_by(3).eq([writer.name()]) && index.claimed_by(1).next().is_none());
    drop(writer);
    assert_eq!(store.index().unwrap().claimed_by(3).count(), 0);
}

#[test]
fn an_index_goes_on_when_segments_are_merged_away_under_it() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    write(&store, &[0, 1]);
    let mut index = store.index().unwrap();
    write(&store, &[2, 3]);
    merge::merge(&store).unwrap();
    index.refresh().unwrap();
    assert_eq!(index.len(), 4);
}

#[test]
fn stores_of_others_are_refused() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("thesis.tex"), "x").unwrap();
    assert!(matches!(Store::open(root.path(), manifest("abc", 4)), Err(StoreError::Occupied(_))));
    let root = tempfile::tempdir().unwrap();
    open(root.path());
    assert!(matches!(Store::open(root.path(), manifest("xyz", 4)), Err(StoreError::Other { .. })));
    let path = root.path().join(super::manifest::FILE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"format\": 1", "\"format\": 2, \"news\": []")).unwrap();
    assert!(matches!(Store::read(root.path()), Err(StoreError::Newer { found: 2, .. })));
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    assert!(matches!(Store::read(root.path()), Err(StoreError::Manifest { .. })));
    assert!(matches!(Store::read(&root.path().join("none")), Err(StoreError::None(_))));
}
