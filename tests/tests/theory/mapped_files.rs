//! Mapped files: which pages are there, and what those cost that are not.

use tests::{Case, case};

fn map(steps: &str) -> Case {
    case("memory").set("jobs.steps", steps)
}

/// A read is 1 ms, and 1 ms for each page; a write 1 ms, and 2 ms for each.
const ACCESS: &str = "[Access(\"map\", \"0 B\", \"1 B\")]";

#[test]
fn hits_and_misses_are_those_of_a_list_of_recently_used_pages() {
    // Some accesses of one or two pages, and a slow list beside.
    let mut state = 7u64;
    let mut offsets = Vec::new();
    for _ in 0..400 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Small ones more often.
        let (a, b) = ((state >> 33) % 15, (state >> 48) % 15);
        offsets.push(a.min(b) * 4096 + (state >> 20) % 4096);
    }
    let size = 1000u64;
    let mut list: Vec<u64> = Vec::new();
    let (mut hits, mut misses, mut runs) = (0, 0, 0);
    for offset in &offsets {
        let mut before = false;
        for page in offset / 4096..=(offset + size - 1) / 4096 {
            let there = list.contains(&page);
            hits += u64::from(there);
            misses += u64::from(!there);
            runs += u64::from(!there && !before);
            before = !there;
            list.retain(|other| *other != page);
            list.insert(0, page);
            list.truncate(4);
        }
    }
    let times: Vec<String> = (0..offsets.len()).map(|i| format!("\"{} s\"", i + 1)).collect();
    let values: Vec<String> = offsets.iter().map(|offset| format!("\"{offset} B\"")).collect();
    let run = map(&format!("[Access(\"map\", Sequence([{}]), \"{size} B\")]", values.join(", ")))
        .set("jobs.arrivals", format!("At([{}])", times.join(", ")))
        .run();
    assert!(hits > 50 && misses > 50, "{hits} {misses}");
    run.is("map.hit_ratio", hits as f64 / (hits + misses) as f64).is("map.faults", runs as f64 / 1000.0);
    run.is("disk.throughput", runs as f64 / 1000.0).is("disk.data_throughput", misses as f64 * 4096.0 * 8.0 / 1000.0);
}

#[test]
fn popular_pages_are_hit_as_che_says() {
    // Independent requests, Zipf .8 over 10 000 pages, 100 and 1000 of them in memory (Che, Tung and Wang 2002).
    for (pages, hits) in [(100, 0.156625), (1000, 0.436660)] {
        let run = map("[Access(\"map\", Zipf(10000, 0.8, unit: \"4 KiB\"), \"1 B\")]")
            .set("map.size", "\"41 MB\"")
            .set("map.pages", pages)
            .set("disk.channels", 64)
            .set("jobs.arrivals", "Poisson(\"200 /s\")")
            .set("run.warm_up", "\"100 s\"")
            .set("run.replications", 3)
            .run();
        run.near("map.hit_ratio", hits, 0.002).near("map.resident", f64::from(pages), 1e-9);
        run.near("disk.throughput", 200.0 * (1.0 - hits), 2.0);
    }
}

#[test]
fn a_fault_reads_each_run_of_missing_pages() {
    map(ACCESS).run().is("jobs.latency.max", 2e-3).is("map.faults", 1e-3).is("map.hit_ratio", 0.0);
    // Three pages in one read; then the middle one is there, and two reads are needed.
    map("[Access(\"map\", \"0 B\", \"12 KiB\")]").run().is("jobs.latency.max", 4e-3);
    let run = map("[Access(\"map\", \"4 KiB\", \"1 B\"), Access(\"map\", \"4095 B\", \"4098 B\")]").run();
    run.is("jobs.latency.max", 6e-3).is("map.faults", 3e-3).is("map.hit_ratio", 0.25);
    // What it costs beside the storage.
    let costs = |case: Case| case.set("map.touch", "\"1 s\"").set("map.fault", "\"10 s\"").run();
    costs(map(ACCESS)).is("jobs.latency.max", 11.002);
    let run = costs(map("[Access(\"map\", \"0 B\", \"8 KiB\")]").set("map.on", "\"cpu\""));
    run.is("jobs.latency.max", 12.003).is("cpu.utilisation", 12e-3);
}

#[test]
fn who_needs_a_page_that_is_being_read_waits_for_it() {
    let run = map(ACCESS).set("jobs.arrivals", "At([\"1 s\", \"1.0005 s\"])").run();
    run.is("jobs.latency.max", 2e-3).is("jobs.latency.min", 1.5e-3).is("map.faults", 1e-3);
    run.is("map.waiting", 0.75e-3).is("disk.throughput", 1e-3);
    // The reader gives up; nobody waits for ever.
    let run = map(ACCESS)
        .set("load.arrivals", "At([\"1 s\"])")
        .set("load.steps", "[Timeout(\"1 ms\", [Access(\"map\", \"0 B\", \"1 B\")], otherwise: [])]")
        .set("jobs.arrivals", "At([\"1.0005 s\"])")
        .run();
    run.is("jobs.latency.max", 0.5e-3).is("load.latency.max", 1e-3).is("map.aborted", 1e-3);
}

#[test]
fn dirty_pages_are_written_when_they_leave_and_when_they_are_synced() {
    let one = |steps: &str| map(steps).set("map.pages", 1).run();
    // Read 2 ms; then a write of 3 ms and a read of 2 ms; a clean page leaves without a write.
    let run = one("[Access(\"map\", \"0 B\", \"1 B\", true), Access(\"map\", \"4 KiB\", \"1 B\")]");
    run.is("jobs.latency.max", 7e-3).is("map.written_back", 1e-3).is("map.dirty", 2e-3 / 1000.0);
    one("[Access(\"map\", \"0 B\", \"1 B\"), Access(\"map\", \"4 KiB\", \"1 B\")]").is("jobs.latency.max", 4e-3);
    // Adjacent dirty pages are one write; a second sync has nothing to do.
    let run = map("[Access(\"map\", \"0 B\", \"8 KiB\", true), Access(\"map\", \"12 KiB\", \"1 B\", true), Sync(\"map\"), Sync(\"map\")]")
        .run();
    run.is("jobs.latency.max", 3e-3 + 2e-3 + 5e-3 + 3e-3)
        .is("map.written_back", 3e-3)
        .is("map.resident", (3.0 * 999.0 - 3e-3) / 1000.0);
}

#[test]
fn a_write_back_in_between_keeps_pages_dirty_that_were_written_meanwhile() {
    // Synced from 1 s on for 3 ms; written again at 1.001 s: dirty until the end.
    let run = map("[Access(\"map\", \"0 B\", \"1 B\", true)]")
        .set("jobs.arrivals", "At([\"0.5 s\", \"1.001 s\"])")
        .set("load.arrivals", "At([\"1 s\"])")
        .set("load.steps", "[Sync(\"map\")]")
        .run();
    run.is("map.dirty", (0.5 + 998.999) / 1000.0).is("map.written_back", 1e-3).is("load.latency.max", 3e-3);
}

#[test]
fn what_is_wrong_with_a_mapped_file_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says(map("[Access(\"disk\", \"0 B\", \"1 B\")]"), &["is a Storage", "MappedFile"]);
    says(map(ACCESS).set("map", "MappedFile()"), &["size", "pages", "storage"]);
    says(map(ACCESS).set("map.storage", "\"cpu\""), &["storage", "disk"]);
    says(map(ACCESS).set("map.pages", "0"), &["not possible"]);
    says(map(ACCESS).set("disk", "Storage(write: \"1 MB/s\")"), &["rate to read"]);
    says(map(ACCESS).set("map.on", "\"disk\""), &["is a Storage"]);
    // Beyond the end of the file it fails.
    map("[Access(\"map\", \"60 KiB\", \"4097 B\")]").run().is("jobs.failed", 1.0).is("map.failed", 1e-3);
    map("[Access(\"map\", \"60 KiB\", \"4096 B\")]").run().is("jobs.in_time", 1.0);
}
