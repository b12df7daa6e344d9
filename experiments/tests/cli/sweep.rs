//! Sweeps: which configurations there are, what is kept of them, and what a store survives.

use super::{Desk, QUEUE, Said};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// All files below a folder, with what they hold.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_string();
                all.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

pub(crate) fn same(a: &Path, b: &Path) {
    let (a, b) = (files(a), files(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, content) in &a {
        assert!(*content == b[name], "{name} differs");
    }
}

/// The numbers of the records in all segments, as often as they are there.
fn records(store: &Path) -> Vec<u64> {
    let mut numbers = Vec::new();
    for (name, content) in files(&store.join("records")) {
        if !name.ends_with(".seg") {
            continue;
        }
        for line in String::from_utf8_lossy(&content).split_inclusive('\n') {
            // Half a line at the end is none.
            if line.starts_with("r ") && line.ends_with('\n') {
                numbers.push(line.split(' ').nth(1).unwrap().parse().unwrap());
            }
        }
    }
    numbers.sort_unstable();
    numbers
}

fn with(section: &str) -> String {
    QUEUE
        .replace("    run:", &format!("    parameters: {{ \"load\": 0.8 }},\n    {section}\n    run:"))
        .replace("\"80 /s\"", "\"$load * 100 /s\"")
}

fn done(said: &Said) {
    assert_eq!(said.status, 0, "{}\n{}", said.out, said.err);
}

/// Numbers that look random and are the same each time (Lehmer's generator, Park and Miller 1988).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 % n
    }
}

#[test]
fn every_combination_is_simulated_tabulated_and_drawn() {
    let desk = Desk::new();
    desk.write("q.ron", with("sweep: { \"parameters.load\": [0.3, 0.6], \"server.cores\": 1..=3 },"));
    let said = desk.say(&["sweep", "q.ron", "--out", "r"]);
    done(&said);
    let all = files(&desk.path().join("r"));
    for name in [
        "results.csv",
        "replications.csv",
        "configurations.csv",
        "store.json",
        "records/merged.seg",
        "map-jobs.latency.mean.png",
        "response-jobs.latency.p95.png",
    ] {
        assert!(all.contains_key(name), "no {name} in {:?}", all.keys());
    }
    let table = String::from_utf8(all["results.csv"].clone()).unwrap();
    let head =
        "configuration,parameters.load,server.cores,status,scope,name,indicator,statistic,unit,value,half_width,n";
    assert_eq!(table.lines().next(), Some(head));
    assert!(table.contains("\n4,0.6,1,ok,flow,jobs,latency,p95,s,0.0"), "{}", &table[..2000]);
    let samples = String::from_utf8(all["replications.csv"].clone()).unwrap();
    assert!(samples.contains("\n6,0.6,3,ok,3,flow,jobs,latency,mean,s,0.0"));
    let configurations = String::from_utf8(all["configurations.csv"].clone()).unwrap();
    assert_eq!(configurations.lines().count(), 7);
    assert!(said.out.contains("server.cores") && said.out.contains("Results in r"), "{}", said.out);
}

#[test]
fn a_configuration_gives_what_a_run_of_it_gives() {
    let desk = Desk::new();
    desk.write("q.ron", with("sweep: { \"server.cores\": [1, 2] },"));
    done(&desk.say(&["sweep", "q.ron", "--out", "s", "--no-plots"]));
    done(&desk.say(&["run", "q.ron", "--set", "server.cores=2", "--out", "r", "--no-plots"]));
    let run = std::fs::read_to_string(desk.path().join("r/results.csv")).unwrap();
    let sweep = std::fs::read_to_string(desk.path().join("s/results.csv")).unwrap();
    let line = |text: &str, start: &str| text.lines().find_map(|l| l.strip_prefix(start).map(str::to_string)).unwrap();
    for what in
        ["flow,jobs,latency,p99,s,", "system,system,throughput,mean,1/s,", "component,server,utilisation,mean,,"]
    {
        assert_eq!(line(&run, what), line(&sweep, &format!("2,2,ok,{what}")));
    }
}

#[test]
fn the_command_line_varies_what_the_file_does_not() {
    let desk = Desk::new();
    desk.write("q.ron", QUEUE);
    let count = |arguments: &[&str]| -> usize {
        let mut all =
            vec!["sweep", "q.ron", "--json", "--no-plots", "--set", "run.horizon=2 s", "--set", "run.warm_up=0.1 s"];
        all.extend(arguments);
        let said = desk.say(&all);
        assert_eq!((said.status, said.err.as_str()), (0, ""), "{}", said.err);
        let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        json["configurations"].as_array().unwrap().len()
    };
    assert_eq!(count(&["--vary", "server.cores=1,2,4"]), 3);
    assert_eq!(count(&["--vary", "server.cores=1..=4", "--vary", "jobs.arrivals.rate=10 /s,20 /s"]), 8);
    assert_eq!(count(&["--vary", "server.cores=1..=2", "--vary", "jobs.arrivals.rate=10 /s,20 /s", "--zip"]), 2);
    assert_eq!(count(&["--vary", "jobs.arrivals.rate=LogReals(\"1 /s\", \"50 /s\", 4)"]), 4);
    assert_eq!(count(&["--vary", "jobs.arrivals.rate=Reals(\"1 /s\", \"50 /s\")", "--latin", "7"]), 7);
    assert_eq!(count(&["--vary", "server.scheduler=Fcfs,Sharing,Lifo()"]), 3);
}

#[test]
fn a_look_ahead_counts_and_writes_nothing() {
    let desk = Desk::new();
    desk.write("q.ron", with("sweep: { \"parameters.load\": Reals(0.1, 0.8, 8), \"server.cores\": [1, 2] },"));
    let said = desk.say(&["sweep", "q.ron", "--dry-run"]);
    done(&said);
    assert!(said.out.contains("16 configurations") && said.out.contains("about "), "{}", said.out);
    assert!(!desk.path().join("notebooks-out").exists());
}

#[test]
fn what_has_no_steady_state_is_marked_and_the_rest_goes_on() {
    let desk = Desk::new();
    desk.write("q.ron", with("sweep: { \"parameters.load\": [1.5, 0.5], \"run.max_in_system\": [100, 1000000] },"));
    let said = desk.say(&["sweep", "q.ron", "--out", "r"]);
    done(&said);
    assert!(said.out.contains("unstable") && said.out.contains("no steady state"), "{}", said.out);
    let table = std::fs::read_to_string(desk.path().join("r/configurations.csv")).unwrap();
    let status: Vec<&str> = table.lines().skip(1).map(|line| line.split(',').nth(3).unwrap()).collect();
    assert_eq!(status, ["unstable", "unstable", "ok", "ok"], "{table}");
}

#[test]
fn a_combination_that_is_no_system_is_recorded_and_the_rest_goes_on() {
    let desk = Desk::new();
    // A warm-up of 5 s leaves nothing of a horizon of 4 s; each alone is fine.
    desk.write("q.ron", with("sweep: { \"run.horizon\": [\"4 s\", \"20 s\"], \"run.warm_up\": [\"1 s\", \"5 s\"] },"));
    let said = desk.say(&["sweep", "q.ron", "--out", "r"]);
    done(&said);
    let table = std::fs::read_to_string(desk.path().join("r/configurations.csv")).unwrap();
    let status: Vec<&str> = table.lines().skip(1).map(|line| line.split(',').nth(3).unwrap()).collect();
    assert_eq!(status, ["ok", "refused", "ok", "ok"], "{table}");
    assert!(said.out.contains("warm-up"), "{}", said.out);
}

/// Sweeps of some milliseconds to some hundredths of a second each.
fn long(desk: &Desk, count: usize) {
    let section = format!("sweep: {{ \"parameters.load\": Reals(0.2, 0.9, {count}) }},");
    desk.write("q.ron", with(&section).replace("20 s", "60 s"));
}

/// Kills a sweep so many times at random moments; in the end it must have the bytes of an undisturbed one, and no
/// configuration may have been simulated twice.
fn killed(count: usize, kills: usize, longest: u64) {
    let desk = Desk::new();
    long(&desk, count);
    done(&desk.say(&["sweep", "q.ron", "--out", "whole", "--quiet", "--threads", "2"]));
    let mut dice = Dice(7);
    let mut killed = 0;
    while killed < kills {
        let mut child = desk
            .command(&["sweep", "q.ron", "--out", "killed", "--quiet", "--threads", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(dice.below(longest)));
        // SIGKILL, of which the program hears nothing.
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        killed += 1;
        let Ok(true) = std::fs::exists(desk.path().join("killed/records")) else { continue };
        let found = records(&desk.path().join("killed"));
        let mut once = found.clone();
        once.dedup();
        let merged = desk.path().join("killed/records/merged.seg").exists();
        assert!(merged || found == once, "configurations were simulated again");
    }
    done(&desk.say(&["sweep", "q.ron", "--out", "killed", "--quiet"]));
    same(&desk.path().join("whole"), &desk.path().join("killed"));
}

#[test]
fn a_sweep_that_is_killed_and_started_again_ends_with_the_same_bytes() {
    killed(30, 6, 600);
}

#[test]
#[ignore = "takes minutes: 400 configurations, killed 20 times"]
fn a_large_sweep_that_is_killed_many_times_ends_with_the_same_bytes() {
    killed(400, 20, 6000);
}

#[cfg(unix)]
#[test]
fn a_sweep_that_is_interrupted_ends_with_75_and_goes_on() {
    let desk = Desk::new();
    long(&desk, 40);
    done(&desk.say(&["sweep", "q.ron", "--out", "whole", "--no-plots"]));
    let child = desk
        .command(&["sweep", "q.ron", "--out", "r", "--no-plots", "--threads", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while records_so_far(&desk.path().join("r")) < 3 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let sent = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(75));
    assert!(String::from_utf8_lossy(&output.stderr).contains("goes on from there"));
    done(&desk.say(&["sweep", "q.ron", "--out", "r", "--no-plots"]));
    same(&desk.path().join("whole"), &desk.path().join("r"));
}

fn records_so_far(store: &Path) -> usize {
    if store.join("records").exists() { records(store).len() } else { 0 }
}

#[test]
fn two_processes_share_a_store_and_end_with_the_same_bytes() {
    let desk = Desk::new();
    long(&desk, 40);
    done(&desk.say(&["sweep", "q.ron", "--out", "whole", "--no-plots"]));
    let start = || {
        desk.command(&["sweep", "q.ron", "--out", "shared", "--no-plots", "--threads", "1", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [start(), start()].map(|child| child.wait_with_output().unwrap());
    for output in both {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    same(&desk.path().join("whole"), &desk.path().join("shared"));
}

#[test]
fn shards_are_put_together_to_the_same_bytes_whoever_ran_twice() {
    let desk = Desk::new();
    long(&desk, 10);
    done(&desk.say(&["sweep", "q.ron", "--out", "whole", "--no-plots"]));
    for (shard, out) in [("1/3", "a"), ("2/3", "b"), ("3/3", "c"), ("2/3", "d")] {
        let said = desk.say(&["sweep", "q.ron", "--shard", shard, "--out", out]);
        done(&said);
        assert!(said.err.contains("is done") && said.out.is_empty(), "{}", said.err);
    }
    let said = desk.say(&["merge", "a", "b", "--out", "m", "--no-plots"]);
    assert_eq!(said.status, 75, "something is missing");
    assert!(said.err.contains("3 of 10 configurations are missing: 3, 6, 9"), "{}", said.err);
    done(&desk.say(&["merge", "a", "d", "c", "b", "--out", "m", "--no-plots"]));
    same(&desk.path().join("whole"), &desk.path().join("m"));
    // The same in one folder.
    for shard in ["3/3", "1/3", "1/3", "2/3"] {
        done(&desk.say(&["sweep", "q.ron", "--shard", shard, "--out", "n", "--no-plots"]));
    }
    same(&desk.path().join("whole"), &desk.path().join("n"));
}

#[test]
fn pictures_of_a_sweep_are_drawn_again_to_the_byte() {
    let desk = Desk::new();
    desk.write("q.ron", with("sweep: { \"parameters.load\": [0.3, 0.6, 0.9] },"));
    done(&desk.say(&["sweep", "q.ron", "--out", "r"]));
    done(&desk.say(&["plot", "r", "--out", "again"]));
    let (all, again) = (files(&desk.path().join("r")), files(&desk.path().join("again")));
    assert!(again.len() >= 4 && again.iter().all(|(name, content)| all[name] == *content), "{:?}", again.keys());
}

/// One message with certain words and status 2; nothing is written.
fn refused(section: &str, arguments: &[&str], words: &[&str]) {
    let desk = Desk::new();
    desk.write("bad.ron", with(section));
    let mut all = vec!["sweep", "bad.ron"];
    all.extend(arguments);
    let said = desk.say(&all);
    assert_eq!(said.status, 2, "{section} {arguments:?}\n{}{}", said.out, said.err);
    assert!(!said.err.contains("panicked") && said.out.is_empty(), "{}", said.err);
    assert!(!desk.path().join("notebooks-out").exists(), "nothing is written");
    for word in words {
        assert!(said.err.contains(word), "no {word} in\n{}", said.err);
    }
}

#[test]
fn sweeps_that_cannot_be_are_refused_with_their_place() {
    for (section, words) in [
        ("sweep: { \"server.cores\": [] },", &["bad.ron:10:", "no levels"][..]),
        ("sweep: { \"server.cores\": 5..=1 },", &["bad.ron:10:", "empty"]),
        ("sweep: { \"server.cores\": Integers(1, 9, 0) },", &["bad.ron:10:", "step"]),
        (
            "sweep: { \"parameters.load\": Reals(0.1, 0.9, 1000000), \"server.cores\": 1..=1000000 },",
            &["1000000000000"],
        ),
        ("sweep: { \"server.corse\": [1, 2] },", &["bad.ron:10:", "`corse`", "`cores`"]),
        ("sweep: { \"sever.cores\": [1, 2] },", &["bad.ron:10:", "`sever`", "`server`"]),
        ("sweep: { \"server.cores\": [1, true, 2] },", &["bad.ron:10:", "true"]),
        ("sweep: { \"server.cores\": [1, 0] },", &["bad.ron:10:", "`server.cores` cannot be 0"]),
        ("sweep: { \"run.horizon\": [\"5 s\", \"5 B\"] },", &["bad.ron:10:", "5 B"]),
        ("sweep: Sweep(zip: { \"server.cores\": [1, 2], \"parameters.load\": [0.5] }),", &["bad.ron:10:", "1 levels"]),
        ("sweep: Sweep(gird: { \"server.cores\": [1, 2] }),", &["bad.ron:10:", "`gird`", "`grid`"]),
        (
            "sweep: Sweep(grid: { \"server.cores\": [1] }, responses: [\"jobs.latncy.p95\"]),",
            &["bad.ron:10:", "latncy"],
        ),
        ("sweep: Sweep(latin: (points: 0, vary: { \"server.cores\": 1..=4 })),", &["bad.ron:10:", "points"]),
    ] {
        refused(section, &[], words);
    }
    refused("", &[], &["no `sweep` section", "--vary"]);
    for (arguments, words) in [
        (&["--vary", "server.corse=1,2"][..], &["`corse`", "`cores`"][..]),
        (&["--vary", "server.cores"], &["path and a value"]),
        (&["--vary", "server.cores=1,2", "--shard", "5/4"], &["no part 5 of 4"]),
        (&["--vary", "server.cores=1,2", "--shard", "0/4"], &["no part 0 of 4"]),
        (&["--vary", "server.cores=1,2", "--shard", "1"], &["2/16"]),
        (&["--vary", "server.cores=1,2", "--response", "jobs.nothing"], &["nothing"]),
    ] {
        refused("", arguments, words);
    }
}

#[test]
fn stores_that_cannot_be_used_are_refused_and_stay_as_they_are() {
    let desk = Desk::new();
    desk.write("q.ron", with("sweep: { \"server.cores\": [1, 2] },"));
    done(&desk.say(&["sweep", "q.ron", "--out", "r", "--no-plots"]));
    let bad = |arguments: &[&str], words: &[&str]| {
        let before = files(&desk.path().join("r"));
        let said = desk.say(arguments);
        assert_eq!(said.status, 2, "{}{}", said.out, said.err);
        for word in words {
            assert!(said.err.contains(word), "no {word} in\n{}", said.err);
        }
        assert!(files(&desk.path().join("r")) == before, "the store has changed");
    };
    bad(&["sweep", "q.ron", "--out", "r", "--seed", "9"], &["holds another sweep", "\"A queue\"", "--out"]);
    bad(&["sweep", "q.ron", "--out", "."], &["not empty"]);
    bad(&["merge", "none"], &["store.json"]);
    bad(&["sweep", "q.ron", "--out", "q.ron"], &["q.ron"]);
    let change = |file: &str, edit: &dyn Fn(String) -> String| -> (PathBuf, String) {
        let path = desk.path().join("r").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, edit(text.clone())).unwrap();
        (path, text)
    };
    let (path, text) = change("store.json", &|text| text.replace("\"format\": 1", "\"format\": 99"));
    bad(&["sweep", "q.ron", "--out", "r"], &["newer version", "99"]);
    std::fs::write(&path, &text[..100]).unwrap();
    bad(&["sweep", "q.ron", "--out", "r"], &["corrupt", "store.json"]);
    std::fs::write(&path, &text).unwrap();
    let (path, text) = change("records/merged.seg", &|text| text.replacen("latency", "lateness", 1));
    bad(&["sweep", "q.ron", "--out", "r"], &["corrupt", "merged.seg", "byte"]);
    std::fs::write(&path, &text).unwrap();
    done(&desk.say(&["sweep", "q.ron", "--out", "r", "--no-plots"]));
}

/// A disk that is full: files may not grow over a limit. The signal that goes with it is ignored, so that the program
/// sees an error, as it does of a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_with_74_and_what_is_done_stays() {
    let desk = Desk::new();
    long(&desk, 20);
    done(&desk.say(&["sweep", "q.ron", "--out", "whole", "--no-plots"]));
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec {} sweep q.ron --out r --no-plots --threads 1",
        env!("CARGO_BIN_EXE_loadgraph")
    );
    let output = std::process::Command::new("bash").args(["-c", &script]).current_dir(desk.path()).output().unwrap();
    let said = Said::from(output);
    assert_eq!(said.status, 74, "{}{}", said.out, said.err);
    assert!(said.err.contains(".seg") && said.err.contains("what is stored stays"), "{}", said.err);
    let kept = records(&desk.path().join("r")).len();
    assert!(kept > 0 && kept < 20, "{kept}");
    done(&desk.say(&["sweep", "q.ron", "--out", "r", "--no-plots"]));
    same(&desk.path().join("whole"), &desk.path().join("r"));
}

#[test]
#[ignore = "a measurement: wants two idle cores"]
fn two_threads_keep_up_with_two_processes() {
    let desk = Desk::new();
    desk.write("q.ron", with("sweep: { \"parameters.load\": Reals(0.2, 0.9, 200) },").replace("20 s", "300 s"));
    let time = |arguments: &[&[&str]]| {
        let start = std::time::Instant::now();
        let children: Vec<_> = arguments
            .iter()
            .map(|more| {
                let mut all = vec!["sweep", "q.ron", "--quiet", "--no-plots", "--json"];
                all.extend(*more);
                desk.command(&all).stdout(Stdio::null()).spawn().unwrap()
            })
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        start.elapsed().as_secs_f64()
    };
    let mut ratios = Vec::new();
    for round in 0..3 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        // Both simulate, put together and report; the processes do so on a common store.
        let process = ["--threads", "1", "--out", &a];
        let two = time(&[&process, &process]);
        let one = time(&[&["--threads", "2", "--out", &b]]);
        ratios.push(one / two);
    }
    ratios.sort_by(f64::total_cmp);
    eprintln!("two threads took {ratios:?} of the time of two processes");
    assert!(ratios[1] < 1.05, "{ratios:?}");
}
