//! Exit statuses.

use super::{Desk, QUEUE, Said};

#[test]
fn a_run_that_is_done_ends_with_0_and_says_where_its_results_are() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    let said = desk.say(&["run", "queue.ron"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let folder = desk.run_folder("queue");
    assert!(said.out.contains(&format!("{}", folder.strip_prefix(desk.path()).unwrap().display())), "{}", said.out);
    for word in ["A queue", "queue.ron", "jobs", "server", "throughput", "latency", "p95", "reliability", "energy", "±"]
    {
        assert!(said.out.contains(word), "no {word} in\n{}", said.out);
    }
    // Progress is for people who watch: elsewhere a line per phase, on stderr.
    assert_eq!(said.err.lines().count(), 2, "{}", said.err);
    assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "colour only on a terminal");
}

#[test]
fn a_missed_target_ends_with_3_and_an_undecided_one_with_0_and_a_warning() {
    let desk = Desk::new();
    let with = |target: &str| QUEUE.replace("    run:", &format!("    targets: [\"{target}\"],\n    run:"));
    desk.write("missed.ron", with("jobs.latency.mean <= 1 ms"));
    let said = desk.say(&["run", "missed.ron", "--no-plots"]);
    assert_eq!(said.status, 3);
    assert!(said.out.contains("MISSED"), "{}", said.out);
    desk.write("met.ron", with("jobs.latency.mean <= 1 s"));
    assert_eq!(desk.say(&["run", "met.ron", "--no-plots"]).status, 0);
    desk.write("one.ron", with("jobs.latency.mean <= 1 ms"));
    let said = desk.say(&["run", "one.ron", "--no-plots", "--replications", "1"]);
    assert_eq!(said.status, 0);
    assert!(said.out.contains("undecided") && said.out.contains("warning"), "{}", said.out);
}

#[test]
fn a_system_without_steady_state_ends_with_1_after_its_figures() {
    let desk = Desk::new();
    desk.write("over.ron", QUEUE.replace("80 /s", "150 /s"));
    let said = desk.say(&["run", "over.ron", "--no-plots"]);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("`server`") && said.out.contains("no steady state"), "{}", said.out);
    assert!(said.out.contains("throughput"), "what was measured is printed");
    desk.write("crowd.ron", QUEUE.replace("80 /s", "150 /s").replace("warm_up: \"1 s\"", "max_in_system: 100"));
    let said = desk.say(&["run", "crowd.ron", "--no-plots"]);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("100 requests"), "{}", said.out);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_leaves_nothing() {
    let desk = Desk::new();
    desk.write("long.ron", QUEUE.replace("20 s", "100 h"));
    let mut child = desk.command(&["run", "long.ron"]).stderr(std::process::Stdio::null()).spawn().unwrap();
    // The folder is prepared before the simulation starts; then the handler is in place.
    let out = desk.path().join("notebooks-out");
    while !out.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!out.exists(), "something was left behind");
}

#[cfg(unix)]
#[test]
fn a_reader_who_has_gone_is_no_panic() {
    use std::io::Read;
    let desk = Desk::new();
    let mut child = desk
        .command(&["list", "profiles"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    child.wait().unwrap();
    assert_eq!(err, "");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_ends_with_74_and_says_so() {
    let desk = Desk::new();
    desk.write("queue.ron", QUEUE);
    for arguments in
        [&["list", "profiles"][..], &["check", "queue.ron"], &["run", "queue.ron", "--quiet", "--no-plots"]]
    {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let said: Said = desk.command(arguments).stdout(full).output().unwrap().into();
        assert_eq!(said.status, 74, "{arguments:?}: {}", said.err);
        assert_eq!(said.err.matches("error:").count(), 1, "{}", said.err);
        assert!(said.err.contains("standard output cannot be written"), "{}", said.err);
    }
}
