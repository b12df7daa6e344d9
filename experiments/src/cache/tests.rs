use super::format::Format;
use super::read::{Asked, Reading, read};
use super::run::policies;
use super::size::sizes;
use super::trace::Trace;
use crate::fault::Fault;
use models::caching::Kind;

fn reading(name: &str, content: &[u8], asked: &Asked) -> Result<Reading, Fault> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    read(&path, asked, &mut |_| true).map(Option::unwrap)
}

fn plain(name: &str, content: &[u8]) -> Reading {
    reading(name, content, &Asked::default()).unwrap()
}

fn fault(name: &str, content: &[u8], asked: &Asked) -> String {
    reading(name, content, asked).unwrap_err().to_string()
}

fn oracle(records: &[(u64, u32)]) -> Vec<u8> {
    let record = |(time, (key, size)): (usize, &(u64, u32))| {
        let (time, key, size) = ((time as u32).to_le_bytes(), key.to_le_bytes(), size.to_le_bytes());
        [&time[..], &key, &size, &(-1_i64).to_le_bytes()].concat()
    };
    records.iter().enumerate().flat_map(record).collect()
}

#[test]
fn keys_are_any_text_and_equal_only_if_all_bytes_are() {
    let trace = plain("t.txt", b"a\n7\n07\na\r\n\n7\nb c\nb  c\n").trace;
    assert_eq!((trace.keys, trace.objects), (vec![0, 1, 2, 0, 1, 3, 4], 5));
    // No break at the end, bytes that are no UTF-8, and lines that come in parts.
    let long = "x".repeat(50_000);
    let trace = plain("t", format!("{long}\n{long}y\n{long}").as_bytes()).trace;
    assert_eq!(trace.keys, [0, 1, 0]);
    assert_eq!(plain("t", b"\xff\xfe\n\xff\n\xff\xfe").trace.keys, [0, 1, 0]);
}

#[test]
fn a_table_may_have_a_header_or_none_and_other_delimiters() {
    let wanted = (vec![0, 1, 0], vec![10, 200, 10], 210);
    let cases = [
        ("t.csv", "key,size\na,10\nb,200\na,10\n"),
        ("t.csv", "a,10\nb,200\na,10\n"),
        ("t.csv", "name,weight\na,10\nb,200\na,10"),
        ("t.csv", "size,time,obj_id\n10,1,a\n200,2,b\n10,3,a\n"),
        ("t.csv", "\"a\",10\r\n\"b\", 200\r\na,10\r\n"),
        ("t", "a;10\nb;200\na;10\n"),
        ("t.tsv", "a\t10\nb\t200\na\t10\n"),
    ];
    for (name, text) in cases {
        let read = plain(name, text.as_bytes());
        assert_eq!(read.format, Format::Csv, "{text}");
        assert_eq!((read.trace.keys, read.trace.sizes, read.trace.object_bytes), wanted, "{text}");
    }
    let columns = |key: &str, size: &str| Asked {
        format: Some(Format::Csv),
        key_column: Some(key.into()),
        size_column: Some(size.into()),
    };
    let read = reading("t", b"1,a,10\n2,b,200\n3,a,10\n", &columns("2", "3")).unwrap();
    assert_eq!((read.trace.keys, read.trace.sizes), (wanted.0.clone(), wanted.1.clone()));
    let read = reading("t", b"t,what,much\n1,a,10\n2,b,200\n3,a,10\n", &columns("what", "much")).unwrap();
    assert_eq!((read.trace.keys, read.trace.sizes), (wanted.0, wanted.1));
    assert!(
        read.how.contains("column 2") && read.how.contains("column 3") && read.how.contains("header"),
        "{}",
        read.how
    );
    assert!(!plain("t.csv", b"a\nb\na\n").trace.has_sizes());
}

#[test]
fn keys_with_commas_are_no_table() {
    let read = plain("t.txt", b"/x?a,b\n/x?a,c\n/y,1,2\n/x?a,b\n");
    assert_eq!((read.format, read.trace.keys), (Format::Lines, vec![0, 1, 2, 0]));
}

#[test]
fn oracle_records_are_recognised_by_name_and_by_content() {
    let content = oracle(&[(u64::MAX, 5), (7, 4_000_000_000), (u64::MAX, 5)]);
    for name in ["t.oracleGeneral", "t.bin", "t"] {
        let read = plain(name, &content);
        assert_eq!((read.format, read.trace.keys), (Format::Oracle, vec![0, 1, 0]), "{name}");
        assert_eq!((read.trace.sizes, read.trace.bytes), (vec![5, 4_000_000_000, 5], 4_000_000_010));
    }
}

#[test]
fn mistakes_are_told_with_their_places() {
    let none = Asked::default();
    let as_csv = |key: &str| Asked { format: Some(Format::Csv), key_column: Some(key.into()), size_column: None };
    let cut = &oracle(&[(1, 1), (2, 2)])[..40];
    let cases: Vec<(String, &[&str])> = vec![
        (fault("t.csv", b"key,size\na,10\nb,ten\n", &none), &["line 3", "`ten`", "whole number"]),
        (fault("t.csv", b"a,10\nb,-1\n", &none), &["line 2", "`-1`"]),
        (fault("t.csv", b"key,size\r\na,10\r\nb,-1\r\n", &none), &["line 3", "`-1`"]),
        (fault("t.csv", b"\nkey,size\n\na,10\n\n\nb,-1", &none), &["line 7", "`-1`"]),
        (fault("t.csv", b"a,10\nb\n", &none), &["line 2", "column 2"]),
        (fault("t.csv", b"a,10\n,10\n", &none), &["line 2", "no key"]),
        (fault("t.csv", b"a,5000000000\nb,1\n", &none), &["line 1", "4 GiB"]),
        (fault("t.csv", b"1,a,10\n2,b,10\n", &none), &["line 1", "--key-column"]),
        (fault("t.csv", b"a,10\n", &as_csv("4")), &["no column `4`", "1 to 2"]),
        (fault("t.csv", b"key,size\n", &none), &["header", "no requests"]),
        (fault("t.txt", b"", &none), &["no requests"]),
        (fault("t.txt", b"\n\n", &none), &["no requests"]),
        (fault("t.oracleGeneral", cut, &none), &["number 2", "16 of 24 bytes"]),
        (fault("t", &[0; 25], &none), &["binary", "--format"]),
        (fault("t.csv.gz", &[0x1f, 0x8b, 8, 0], &none), &["gzip", "decompress"]),
        (fault("t.txt", "x".repeat(70_000).as_bytes(), &none), &["line 1", "64 KiB"]),
        (fault("t.txt", b"a\nb\n", &Asked { key_column: Some("1".into()), ..none.clone() }), &["no columns"]),
    ];
    for (said, words) in cases {
        assert!(said.starts_with("error: ") && words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
    }
}

fn trace(objects: u32, bytes: u64) -> Trace {
    Trace { objects, object_bytes: bytes, sizes: vec![1], keys: vec![0], ..Trace::default() }
}

#[test]
fn sizes_are_absolute_or_shares_and_each_is_tried_once() {
    let amounts = |list: &[&str], bytes: bool| -> Result<Vec<u64>, String> {
        let list: Vec<String> = list.iter().map(|size| size.to_string()).collect();
        let sizes = sizes(&list, bytes, &trace(100, 1_000_000)).map_err(|fault| fault.to_string())?;
        Ok(sizes.iter().map(|size| size.amount()).collect())
    };
    assert_eq!(amounts(&["50", " 10", "29%", "1_000", "29"], false), Ok(vec![10, 29, 50, 1000]));
    assert_eq!(amounts(&["64 KiB", "1 kB", "1%", "10MB", "7"], true), Ok(vec![7, 1000, 10_000, 65_536, 10_000_000]));
    assert_eq!(amounts(&[], false), Ok(vec![1, 2, 5, 10, 20, 50]));
    for (size, bytes, word) in [
        ("0", false, "is 0"),
        ("0 B", true, "is 0"),
        ("0%", false, "more than 0 %"),
        ("101%", false, "at most 100 %"),
        ("0.5%", false, "less than one"),
        ("ten", false, "whole number"),
        ("1.5", false, "whole number"),
        ("-3", true, "amount of data"),
        ("10 MB", false, "--bytes"),
        ("10 ms", true, "time"),
        ("", false, "size"),
        ("99999999999999999999", true, "size"),
    ] {
        let said = amounts(&[size], bytes).unwrap_err();
        assert!(said.contains(word), "{size}: {said}");
    }
}

#[test]
fn an_unknown_policy_is_answered_with_the_nearest() {
    let list = |names: &[&str]| policies(&names.iter().map(|name| name.to_string()).collect::<Vec<_>>());
    assert_eq!(list(&["LRU", "s3fifo", "lru"]), Ok(vec![Kind::Lru, Kind::S3Fifo]));
    assert_eq!(list(&["all"]).unwrap().len(), Kind::ALL.len());
    let said = list(&["lru", "seive"]).unwrap_err().to_string();
    assert!(said.contains("no policy `seive`") && said.contains("`sieve`"), "{said}");
    let said = list(&["zzzzzz"]).unwrap_err().to_string();
    assert!(said.contains("s3-fifo"), "{said}");
}
