//! Transfers within memory, and windows of credits: closed forms, and to the digit.

use tests::{Case, case};

fn moves(transfer: &str) -> Case {
    case("transfers").set("jobs.steps", format!("[Transfer({transfer})]"))
}

/// Rate of memcpy [B/s].
const MEMCPY: f64 = 13.7e9;

/// To the nanosecond.
fn ticks(seconds: f64) -> f64 {
    (seconds * 1e9).round() / 1e9
}

#[test]
fn a_copy_takes_the_processor_and_a_pooled_one_a_buffer_as_well() {
    moves("size: \"1 MB\", mode: Copy, on: \"cpu\"").run().is("jobs.latency.max", ticks(1e6 / MEMCPY));
    let run = moves("size: \"1 MB\", mode: Copy, on: \"cpu\", memcpy: \"1 GB/s\"").run();
    run.is("jobs.latency.max", 1e-3).is("cpu.utilisation", 1e-3 / 4000.0);
    // The first buffer is made, the second is there.
    let pooled =
        "size: \"1 MB\", mode: PooledCopy, on: \"cpu\", memcpy: \"1 GB/s\", pool: \"buffers\", steps: [Delay(\"1 s\")]";
    let run = moves(pooled).set("jobs.arrivals", "At(times: [\"1 s\", \"9 s\"])").run();
    run.is("jobs.latency.max", 1.00101).is("jobs.latency.min", 1.001).is("buffers.hit_ratio", 0.5);
}

#[test]
fn a_zero_copy_leaves_the_processor_to_others_while_it_transfers() {
    let run = moves("size: \"1 MB\", mode: ZeroCopy, on: \"cpu\", dma: \"dma\", map: \"1 us\", unmap: \"3 us\"").run();
    // Two maps, 2 us of set-up, 1 MB at 20 GB/s, two unmaps.
    run.is("jobs.latency.max", 60e-6).is("cpu.utilisation", 8e-6 / 4000.0).is("dma.utilisation", 52e-6 / 2000.0);
}

#[test]
fn small_pieces_are_copied_sooner_and_large_ones_without_a_copy() {
    // Crossover: (2 map + set-up + 2 unmap) / (1 / memcpy - 1 / bandwidth).
    let crossover = (2.0 * 1e-6 + 2e-6 + 2.0 * 3e-6) / (1.0 / MEMCPY - 1.0 / 20e9);
    let latency = |factor: f64, rest: &str| {
        let size = (crossover * factor).round();
        moves(&format!("size: \"{size} B\", on: \"cpu\", {rest}")).run().value("jobs.latency.max")
    };
    let copy = |factor| latency(factor, "mode: Copy");
    let without = |factor| latency(factor, "mode: ZeroCopy, dma: \"dma\", map: \"1 us\", unmap: \"3 us\"");
    assert!(copy(0.99) < without(0.99) && copy(1.01) > without(1.01));
    assert!((copy(1.0) - without(1.0)).abs() <= 3e-9);
}

#[test]
fn a_controller_that_is_full_queues_or_fails() {
    let with = |full: &str| {
        moves("size: \"20 GB\", mode: ZeroCopy, on: \"cpu\", dma: \"dma\", map: \"0 s\"")
            .set("dma", format!("Dma(channels: 2, bandwidth: \"20 GB/s\", full: {full})"))
            .set("jobs.arrivals", "At(times: [\"1 s\", \"1 s\", \"1 s\"])")
            .run()
    };
    with("Queue").is("jobs.latency.max", 2.0).is("dma.waiting", 1.0 / 3.0).is("dma.utilisation", 3.0 / 2000.0);
    with("Fail").is("jobs.failed", 1.0 / 3.0).is("dma.failed", 1e-3).is("jobs.latency.max", 1.0);
}

#[test]
fn requesters_that_share_the_channels_are_a_machine_repair_model() {
    // M/M/2//6: think 1, transfer 0.5 on average. Birth-death: rates (6 - n) up, min(n, 2) * 2 down.
    let mut weights = vec![1.0];
    for n in 1..=6 {
        weights.push(weights[n - 1] * (7.0 - n as f64) / (2.0 * n.min(2) as f64));
    }
    let sum: f64 = weights.iter().sum();
    let busy: f64 = weights.iter().enumerate().map(|(n, w)| w * n.min(2) as f64).sum::<f64>() / sum;
    let present: f64 = weights.iter().enumerate().map(|(n, w)| w * n as f64).sum::<f64>() / sum;
    let run = moves("size: Exponential(\"10 GB\"), mode: ZeroCopy, on: \"cpu\", dma: \"dma\", map: \"0 s\"")
        .set("dma.setup", "\"0 s\"")
        .set("jobs.arrivals", "Closed(users: 6, think: Exponential(\"1 s\"))")
        .set("run", "Run(horizon: \"10000 s\", warm_up: \"100 s\", replications: 20, seed: 17)")
        .run();
    run.holds("jobs.throughput", busy * 2.0, 0.02).holds("dma.utilisation", busy / 2.0, 0.003);
    run.holds("dma.in_system", present, 0.02);
}

#[test]
fn a_window_of_credits_bounds_the_throughput_by_the_round_trip() {
    // 1 ms on the link and 99 ms back: W / RTT until the link is the bottleneck.
    let window = |credits: u32| case("credits").set("credits.capacity", credits).run();
    window(1).is("sender.throughput", 10.0).is("credits.utilisation", 1.0);
    window(4).is("sender.throughput", 40.0).is("link.utilisation", 0.04);
    window(99).is("sender.throughput", 990.0);
    for credits in [100, 200] {
        window(credits)
            .near("sender.throughput", 1000.0, 0.02)
            .is("link.utilisation", 1.0)
            .is("credits.in_system", 100.0);
    }
    // The sender does not wait for the acknowledgement, but for a credit.
    window(200).is("sender.latency.max", 1e-3);
}

#[test]
fn a_credit_comes_back_however_its_acknowledgement_ends() {
    let lost = |back: &str| case("credits").set("sender.window.acknowledge", format!("[{back}]")).run();
    lost("Delay(\"99 ms\"), Fail()").is("sender.throughput", 40.0);
    lost("Timeout(\"49 ms\", [Delay(\"99 ms\")])").is("sender.throughput", 80.0);
    // A message that is lost before it is acknowledged gives its credit back at once.
    let run = case("credits").set("link.reliability", 0).set("credits.capacity", 1).run();
    run.is("sender.lost", 1.0).near("credits.aborted", 1000.0, 0.02);
}

#[test]
fn what_is_wrong_with_a_transfer_is_said() {
    let says = |transfer: &str, words: &[&str]| {
        let text = moves(transfer).refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says("size: \"1 B\", mode: Copy, on: \"cpo\"", &["cpo", "cpu"]);
    says("size: \"1 B\", mode: Copy, on: \"dma\"", &["is a Dma"]);
    says("size: \"1 B\", mode: Copy, on: \"cpu\", dma: \"dma\"", &["no meaning with mode Copy"]);
    says("size: \"1 B\", mode: PooledCopy, on: \"cpu\"", &["needs `pool`"]);
    says("size: \"1 B\", mode: ZeroCopy, on: \"cpu\"", &["needs `dma`", "needs `map`"]);
    says("size: \"1 B\", mode: ZeroCopy, on: \"cpu\", dma: \"cpu\", map: \"1 us\"", &["is a Processor", "needs a Dma"]);
    says("size: \"1 s\", mode: Copy, on: \"cpu\"", &["1 s"]);
    let text = moves("size: \"1 B\", mode: Copy, on: \"cpu\"").set("dma", "Dma()").refused();
    assert!(text.contains("bandwidth"), "{text}");
}
