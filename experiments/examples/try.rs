#![allow(missing_docs, clippy::unwrap_used)]
use experiments::*;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let threads: usize = std::env::args().nth(2).map_or(1, |t| t.parse().unwrap());
    let study = match study::Study::load(std::path::Path::new(&path), &[], true) {
        Ok(s) => s,
        Err(e) => {
            eprintln!("{e}");
            std::process::exit(2)
        }
    };
    for w in &study.warnings {
        eprintln!("{}", w.message);
    }
    let start = std::time::Instant::now();
    let run = run::run(&study, threads, &run::Silent, &std::sync::atomic::AtomicBool::new(false)).unwrap();
    let t = start.elapsed().as_secs_f64();
    for row in &run.results.rows {
        if let Some(e) = row.estimate {
            if e.value != 0.0 || row.scope != results::Scope::Component {
                println!("{:40} {:>14.7} ± {:?}", format!("{:?} {}", row.scope, row.path()), e.value, e.half_width)
            }
        }
    }
    for a in &run.advice {
        println!("ADVICE {}", a.text());
    }
    for v in &run.verdicts {
        println!("{} {:?}", v.0.text, v.1);
    }
    println!(
        "events {} time {t:.3} ns/event {:.2} fp {:x} reps {} warm {}",
        run.events,
        t * 1e9 / run.events as f64,
        run.fingerprint,
        run.replications,
        run.warm_up
    );
}
