//! Random systems by the thousand: `cargo run --release -p tests --bin random_systems -- [FROM] [NUMBER]`, or with a
//! third word `show` the text of one, with `refused` why some are no valid files.
//! With `file PATH` the books of one file are checked, to find out which part of a system is to blame.

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "file") {
        return one(words.get(1).map_or("", String::as_str));
    }
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
    if words.get(2).is_some_and(|word| word == "refused") {
        for (number, text) in &tried.refused {
            println!("system {number} is refused: {text}");
        }
    }
    for (number, text) in &tried.failed {
        println!("system {number}: {text}");
    }
    println!(
        "{} of {count} systems accepted, {} requests, {} failed; digest {:016x}",
        tried.accepted,
        tried.requests,
        tried.failed.len(),
        tried.digest
    );
    if tried.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(path: &str) -> ExitCode {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::from(2);
        }
    };
    match tests::random::try_text(path, &text) {
        Ok(good) => {
            println!("{} requests, and the books balance; digest {:016x}", good.requests, good.digest);
            ExitCode::SUCCESS
        }
        Err(refused) => {
            eprintln!("{refused}");
            ExitCode::from(2)
        }
    }
}
