//! Random systems by the thousand: `cargo run --release -p tests --bin random_systems -- [FROM] [NUMBER]`, or with a
//! third word `show` the text of one.

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default: u64| words.get(i).and_then(|word| word.parse().ok()).unwrap_or(default);
    let (from, count) = (number(0, 0), number(1, 1000));
    if words.get(2).is_some_and(|word| word == "show") {
        println!("{}", tests::random::experiment(from));
        return ExitCode::SUCCESS;
    }
    let tried = tests::random::try_systems(from..from + count, |done| {
        if (done + 1 - from).is_multiple_of(100) {
            eprintln!("{} of {count}", done + 1 - from);
        }
    });
    for (number, text) in &tried.failed {
        println!("system {number}: {text}");
    }
    println!(
        "{} of {count} systems accepted, {} requests, {} failed",
        tried.accepted,
        tried.requests,
        tried.failed.len()
    );
    if tried.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
