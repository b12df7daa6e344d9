//! Buffers of bytes: flushes as a renewal process, and to the digit.

use tests::{Case, case};

fn says(case: Case, words: &[&str]) {
    let text = case.refused();
    words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
}

#[test]
fn exponential_pieces_reach_the_threshold_as_a_renewal_process() {
    // Mean 100 B, threshold T = 10 of these. Pieces are points of a Poisson process along the content: a flush takes
    // T + 1 on average, and the content between pieces is T^2 / (2 (T + 1)).
    let run = case("buffered").set("pieces.fill.flush", "[]").run();
    run.holds("buffer.flushes", 100.0 / 11.0, 0.05).holds("buffer.flush_size", 8.0 * 1100.0, 20.0);
    run.holds("buffer.occupancy", 8.0 * 100.0 * 100.0 / 22.0, 20.0);
}

#[test]
fn all_that_is_filled_is_flushed_at_the_size_of_the_content() {
    let run = case("buffered").run();
    run.holds("disk.data_throughput", 80_000.0, 500.0).holds("disk.throughput", 100.0 / 11.0, 0.05);
    // 1 us and 1100 B at 1 GB/s each.
    run.holds("disk.utilisation", 100.0 / 11.0 * (1e-6 + 1.1e-6), 1e-7);
    // Work by the byte.
    let run = case("buffered")
        .set("disk", "Processor()")
        .set("pieces.fill.flush", "[Compute(on: \"disk\", work: Content(per_byte: \"1 us\"))]")
        .run();
    run.holds("disk.utilisation", 0.01, 1e-4);
}

fn exactly(buffer: &str, times: &str, steps: &str) -> Case {
    case("mechanisms")
        .set("pool", buffer)
        .set("jobs.arrivals", format!("At(times: [{times}])"))
        .set("jobs.steps", format!("[{steps}]"))
}

const AT_ONCE: &str = "\"0 s\", \"1 s\", \"2 s\", \"3 s\"";

#[test]
fn without_a_flush_a_full_buffer_blocks_drops_or_fails() {
    let fill = "Fill(buffer: \"pool\", size: \"4 B\")";
    let with = |full: &str| {
        exactly(&format!("Buffer(capacity: \"10 B\", full: {full})"), AT_ONCE, fill)
            .set("load.arrivals", "At(times: [\"10 s\"])")
            .set("load.steps", "[Drain(buffer: \"pool\", size: \"5 B\")]")
    };
    // Two fit; at 10 there is room for one of the two that wait.
    let run = with("Block").run();
    run.is("jobs.latency.max", 8.0).is("pool.stalls", 2e-3).is("pool.queue", (8.0 + 997.0) / 1000.0);
    run.is("pool.occupancy", 8.0 * (4.0 + 8.0 * 9.0 + 7.0 * 990.0) / 1000.0);
    run.is("pool.utilisation", (4.0 + 8.0 * 9.0 + 7.0 * 990.0) / 10_000.0);
    let run = with("Drop").run();
    run.is("jobs.reliability", 1.0).is("pool.overflows", 2e-3).is("pool.stalls", 0.0);
    let run = with("Fail").run();
    run.is("jobs.refused", 0.5).is("pool.overflows", 2e-3);
}

#[test]
fn a_reader_waits_for_bytes_fetches_them_or_fails() {
    let with = |empty: &str, drain: &str| {
        exactly(&format!("Buffer(capacity: \"10 B\", empty: {empty})"), "\"0 s\"", drain)
            .set("load.arrivals", "At(times: [\"3 s\", \"4 s\"])")
            .set("load.steps", "[Fill(buffer: \"pool\", size: \"4 B\")]")
    };
    with("Block", "Drain(buffer: \"pool\", size: \"6 B\")").run().is("jobs.latency.max", 4.0).is("pool.stalls", 1e-3);
    with("Fail", "Drain(buffer: \"pool\", size: \"6 B\")").run().is("jobs.refused", 1.0).is("pool.underflows", 1e-3);
    // To look takes nothing out.
    let run = with("Block", "Drain(buffer: \"pool\", size: \"6 B\", peek: true)").run();
    run.is("pool.occupancy", 8.0 * (4.0 + 8.0 * 996.0) / 1000.0);
    // Three reads of 4 B from fetches of 10 B, each 1 s: 6 and 2 B are left; the third takes 2 and fetches 8.
    let fetch = "Repeat(3, [Drain(buffer: \"pool\", size: \"4 B\", fill: [Delay(\"1 s\")])])";
    let run = exactly("Buffer(capacity: \"10 B\")", "\"0 s\"", fetch).run();
    run.is("jobs.latency.max", 2.0).is("pool.fills", 2e-3);
    // During the second fetch the 2 B are there, afterwards 2 + 8 - 4.
    run.is("pool.occupancy", 8.0 * (2.0 + 6.0 * 998.0) / 1000.0);
    // More than the buffer holds is read directly.
    let large = "Drain(buffer: \"pool\", size: \"25 B\", fill: [Delay(Content(per_byte: \"1 s\"))])";
    exactly("Buffer(capacity: \"10 B\")", "\"0 s\"", large)
        .run()
        .is("jobs.latency.max", 25.0)
        .is("pool.occupancy", 0.0);
}

#[test]
fn who_finds_no_room_flushes_what_is_there_and_large_pieces_pass_through() {
    let fill = "Fill(buffer: \"pool\", size: Sequence([\"4 B\", \"4 B\", \"4 B\", \"25 B\"]), \
                flush: [Delay(Content(per_byte: \"10 ms\"))])";
    // 4, 8; the third flushes 8 B in 80 ms and leaves its own 4; the last flushes these with its own, 29 B.
    let run = exactly("Buffer(capacity: \"10 B\")", AT_ONCE, fill).run();
    run.is("jobs.latency.max", 0.29).is("pool.flushes", 2e-3).is("pool.flush_size", 8.0 * 18.5);
    run.is("pool.occupancy", 8.0 * (4.0 + 8.0 + 8.0 * 0.08 + 4.0 * 0.92 + 4.0 * 0.29) / 1000.0);
    // A second flush waits for the first; what was broken off is flushed again.
    let slow = "Fill(buffer: \"pool\", size: \"6 B\", flush: [Delay(\"5 s\")])";
    let run = exactly("Buffer(capacity: \"10 B\")", "\"0 s\", \"1 s\", \"2 s\"", slow).run();
    // The second flushes 6 B from 1 to 6; the third finds no room until then, and flushes until 11.
    run.is("jobs.latency.max", 9.0).is("pool.flushes", 2e-3).is("pool.stalls", 1e-3);
    let broken = format!("Timeout(\"2 s\", [{slow}], otherwise: [])");
    let run = exactly("Buffer(capacity: \"10 B\")", "\"0 s\", \"1 s\", \"10 s\"", &broken).run();
    run.is("pool.flushes", 0.0).is("pool.aborted", 2e-3).is("pool.occupancy", 8.0 * 6.0);
}

#[test]
fn what_a_block_carries_is_that_of_the_innermost_one_and_comes_back() {
    // A flush of 20 B fills a second buffer in pieces of 8 B, whose flushes carry 8 B; afterwards it is 20 B again.
    let inner = "Repeat(2, [Fill(buffer: \"other\", size: \"8 B\", flush: [Delay(Content(per_byte: \"1 s\"))])])";
    let steps = format!(
        "Fill(buffer: \"pool\", size: \"20 B\", flush: [Fork([[{inner}], [Delay(Content(per_byte: \"0.1 s\"))]]), \
         Delay(Content(per_byte: \"100 s\", ))])"
    );
    let run = exactly("Buffer(capacity: \"20 B\")", "\"0 s\"", &steps)
        .set("other", "Buffer(capacity: \"8 B\")")
        .set("run.horizon", "\"3000 s\"")
        .run();
    run.is("jobs.latency.max", 16.0 + 2000.0).is("other.flushes", 2.0 / 3000.0);
}

#[test]
fn a_straight_buffer_is_compacted_where_a_ring_is_not() {
    // 6 in, 4 out, 6 in: the 2 that are left are moved to the front, at 1 B/s.
    let steps = "Fill(buffer: \"pool\", size: \"6 B\"), Drain(buffer: \"pool\", size: \"4 B\"), \
                 Fill(buffer: \"pool\", size: \"6 B\")";
    let with = |buffer: &str| exactly(buffer, "\"0 s\"", steps).run();
    with("Buffer(capacity: \"10 B\")").is("jobs.latency.max", 0.0).is("pool.compactions", 0.0);
    let run = with("Buffer(capacity: \"10 B\", compact: \"1 B/s\", on: \"cpu\")");
    run.is("jobs.latency.max", 2.0).is("pool.compactions", 1e-3).is("cpu.utilisation", 2.0 / 4000.0);
}

#[test]
fn what_is_wrong_with_a_buffer_is_said() {
    let fill = |buffer: &str, fill: &str| exactly(buffer, "\"0 s\"", fill);
    let small = "Fill(buffer: \"pool\", size: \"4 B\")";
    says(fill("Buffer()", small), &["capacity"]);
    says(fill("Buffer(capacity: \"4 B\", threshold: \"5 B\")", small), &["threshold", "never reached"]);
    says(fill("Buffer(capacity: \"3 B\")", small), &["more than the buffer holds", "flush"]);
    says(fill("Buffer(capacity: \"4 s\")", small), &["4 s"]);
    says(fill("Buffer(capacity: \"4 B\", on: \"cpu\")", small), &["compact"]);
    says(fill("Buffer(capacity: \"4 B\")", "Delay(Content)"), &["`Content` has no meaning here"]);
    let flush = "Fill(buffer: \"pool\", size: \"4 B\", flush: [Delay(Content)])";
    says(fill("Buffer(capacity: \"4 B\")", flush), &["`Content` alone is a size", "per_byte"]);
    says(fill("Semaphore(capacity: 1)", small), &["this step needs a Buffer"]);
}
