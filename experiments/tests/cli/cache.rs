//! `loadgraph cache`.

use super::Desk;
use serde_json::Value;

/// A trace whose misses can be counted by hand: a b c a b d a b c d.
const LETTERS: &str = "a\nb\nc\na\nb\nd\na\nb\nc\nd\n";

fn misses(json: &str) -> Vec<(String, u64, u64)> {
    let value: Value = serde_json::from_str(json).unwrap();
    let row = |row: &Value| {
        let number = |field: &str| row[field].as_u64().unwrap();
        (row["policy"].as_str().unwrap().to_string(), number("capacity"), number("misses"))
    };
    value["rows"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn misses_are_those_counted_by_hand() {
    let desk = Desk::new();
    desk.write("letters.txt", LETTERS);
    let said = desk.say(&["cache", "letters.txt", "--policy", "fifo,lru,belady", "--size", "2,3", "--json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let wanted = [("fifo", 2, 10), ("fifo", 3, 8), ("lru", 2, 10), ("lru", 3, 6), ("belady", 2, 7), ("belady", 3, 5)];
    let wanted: Vec<_> = wanted.map(|(policy, size, misses)| (policy.to_string(), size, misses)).to_vec();
    assert_eq!(misses(&said.out), wanted);
}

#[test]
fn all_formats_and_threads_give_the_same() {
    let desk = Desk::new();
    let keys: Vec<u64> = (0..3000_u64).map(|n| (n * n * 7 + n / 5) % 97 * (n % 3 + 1) % 89).collect();
    desk.write("t.txt", keys.iter().map(|key| format!("k{key}\n")).collect::<String>());
    desk.write("t.csv", keys.iter().map(|key| format!("{key},{}\n", key + 1)).collect::<String>());
    let record = |key: &u64| {
        [&[0; 4][..], &key.to_le_bytes(), &(*key as u32 + 1).to_le_bytes(), &(-1_i64).to_le_bytes()].concat()
    };
    desk.write("t.bin", keys.iter().flat_map(record).collect::<Vec<u8>>());
    let run = |file: &str, more: &[&str]| {
        let mut arguments = vec!["cache", file, "--json", "--size", "3,10,30%"];
        arguments.extend(more);
        let said = desk.say(&arguments);
        assert_eq!(said.status, 0, "{}", said.err);
        said.out
    };
    let lines = run("t.txt", &[]);
    assert_eq!(misses(&lines).len(), 36);
    for other in [run("t.csv", &["--threads", "1"]), run("t.bin", &["--threads", "3"])] {
        assert_eq!(misses(&lines), misses(&other));
    }
    let bytes = |file: &str| misses(&run(file, &["--bytes", "--size", "500"]));
    assert_eq!(bytes("t.csv"), bytes("t.bin"));
    let other = run("t.txt", &["--seed", "2"]);
    let (seeds, others): (Vec<_>, Vec<_>) =
        misses(&lines).into_iter().zip(misses(&other)).filter(|(a, b)| a != b).unzip();
    assert!(!seeds.is_empty() && seeds.iter().chain(&others).all(|row| row.0 == "random"), "{seeds:?}");
}

#[test]
fn a_table_is_printed_and_a_folder_written() {
    let desk = Desk::new();
    desk.write("letters.csv", LETTERS.lines().map(|key| format!("{key},{}\n", key.len() * 10)).collect::<String>());
    let said = desk.say(&["cache", "letters.csv", "--policy", "lru,arc", "--size", "1,2,3"]);
    assert_eq!(said.status, 0, "{}", said.err);
    for words in [
        "CSV, key in column 1, size in column 2",
        "10 requests",
        "4 objects",
        "Miss ratio",
        "Byte miss ratio",
        "0.6000",
    ] {
        assert!(said.out.contains(words), "no {words} in {}", said.out);
    }
    let folder = desk.run_folder("letters");
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let wanted = ["byte_miss_ratio.png", "manifest.json", "miss_ratio.png", "results.csv", "results.json"];
    assert_eq!(names, wanted);
    let table = std::fs::read_to_string(folder.join("results.csv")).unwrap();
    assert!(table.starts_with("policy,size,capacity,unit,requests,misses,miss_ratio,") && table.lines().count() == 7);
    // The same again replaces it; one size is printed with its counts.
    let said = desk.say(&["cache", "letters.csv", "--policy", "lru,arc", "--size", "3", "--out", "mine", "--no-plots"]);
    assert!(said.out.contains("misses") && said.out.contains("mine"), "{}", said.out);
    assert!(!desk.path().join("mine/miss_ratio.png").exists());
}

#[test]
fn bad_input_is_one_message_and_status_2() {
    let desk = Desk::new();
    desk.write("letters.txt", LETTERS);
    desk.write("empty.txt", "");
    desk.write("bad.csv", "key,size\na,1\nb,x\n");
    desk.write("cut.oracleGeneral", [1; 30]);
    let cases: [(&[&str], &str); 9] = [
        (&["missing.txt"], "missing.txt"),
        (&["."], "folder"),
        (&["empty.txt"], "no requests"),
        (&["bad.csv"], "line 3"),
        (&["cut.oracleGeneral"], "6 of 24 bytes"),
        (&["letters.txt", "--policy", "lrv"], "did you mean `lru`"),
        (&["letters.txt", "--size", "0"], "`0` is no size"),
        (&["letters.txt", "--bytes"], "no sizes"),
        (&["letters.txt", "--out", "empty.txt"], "cannot be written"),
    ];
    for (arguments, words) in cases {
        let said = desk.say(&[&["cache"], arguments].concat());
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{arguments:?}: {}", said.err);
        assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
        assert_eq!(said.err.matches("error: ").count(), 1, "{}", said.err);
        assert!(!desk.path().join("notebooks-out").exists(), "{arguments:?} leaves nothing");
    }
}
