//! Networks and storage.

use tests::{Case, case};

fn radio() -> Case {
    case("radio")
}

#[test]
fn transmission_occupies_and_propagation_follows() {
    // 2 B at 1 B/s, 1 s of computing; two frames at once queue for the channel but not for the propagation.
    radio().run().is("up.latency.min", 3.0).is("up.latency.max", 3.0).is("radio.utilisation", 0.4);
    let both = radio().set("up.arrivals", "At([\"1 s\", \"1 s\"])").set("run.horizon", "\"100 s\"");
    let run = both.clone().set("radio.latency", "0.5 s").run();
    run.is("up.latency.min", 3.5).is("up.latency.max", 5.5).is("radio.utilisation", 0.04).is("radio.latency.max", 4.5);
    let run = both.clone().set("radio.latency", "0.5 s").set("radio.occupies", "true").run();
    run.is("up.latency.min", 3.5).is("up.latency.max", 6.0).is("radio.utilisation", 0.05);
    // Two channels: both at once; the gateway then serves one after the other.
    let run = both.set("radio.channels", 2).run();
    run.is("up.latency.min", 3.0).is("up.latency.max", 4.0);
}

#[test]
fn headers_are_on_the_wire_but_not_in_the_payload() {
    let run = radio().set("radio.header", "1 B").run();
    run.is("up.latency.max", 4.0).is("radio.wire", 2.0 * 24.0 / 10.0).is("radio.data_throughput", 2.0 * 16.0 / 10.0);
    run.is("up.data_throughput", 3.2).is("data_throughput", 3.2);
    radio().set("up.payload", "1 B").run().is("up.data_throughput", 1.6);
}

#[test]
fn half_and_full_duplex() {
    let two_ways = |duplex: &str| {
        radio()
            .set("up.arrivals", "At([\"1 s\"])")
            .set("down.arrivals", "At([\"1 s\"])")
            .set("radio.duplex", duplex)
            .run()
    };
    let run = two_ways("Half");
    run.is("up.latency.max", 3.0)
        .is("down.latency.max", 4.0)
        .is("radio.utilisation", 0.4)
        .is("radio.in_system_max", 2.0);
    // Each direction has a channel: two servers.
    let run = two_ways("Full");
    run.is("up.latency.max", 3.0).is("down.latency.max", 2.0).is("radio.utilisation", 0.2);
    // There and back: the second Send goes the other way.
    let round_trip = |duplex: &str| {
        radio()
            .set("up.arrivals", "At([\"1 s\", \"1 s\"])")
            .set("up.steps", "[Send(\"radio\", \"2 B\"), Send(\"radio\", \"2 B\")]")
            .set("radio.duplex", duplex)
            .set("run.horizon", "\"100 s\"")
            .run()
    };
    round_trip("Full").is("up.latency.min", 4.0).is("up.latency.max", 6.0);
    // a there 1-3, b there 3-5, a back 5-7, b back 7-9.
    round_trip("Half").is("up.latency.min", 6.0).is("up.latency.max", 8.0);
}

#[test]
fn retransmissions_are_geometric() {
    let lossy = || {
        radio()
            .set("up.arrivals", "Poisson(\"0.1 /s\")")
            .set("up.frame.size", "1 B")
            .set("up.serve.work", "0 s")
            .set("radio.reliability", 0.8)
            .set("run.horizon", "\"50000 s\"")
            .set("run.replications", 10)
    };
    let run = lossy().run();
    run.holds("up.reliability", 0.8, 0.01).holds("up.lost", 0.2, 0.01).holds("radio.retransmitted", 0.0, 0.0);
    run.holds("radio.utilisation", 0.1, 0.003).holds("radio.wire", 0.8, 0.02).holds(
        "radio.data_throughput",
        0.64,
        0.02,
    );
    let run = lossy().set("radio.retransmit", "Forever").run();
    run.holds("up.reliability", 1.0, 0.0).holds("radio.retransmitted", 0.1 * 0.25, 0.001);
    run.holds("radio.utilisation", 0.1 / 0.8, 0.003);
    // M/G/1 with a geometric service of 1 s slots: mean 1.25, variance .2/.64.
    let second = 0.2 / 0.64 + 1.25 * 1.25;
    run.holds("radio.latency.mean", 1.25 + 0.1 * second / (2.0 * (1.0 - 0.125)), 0.02);
    let run = lossy().set("radio.retransmit", "UpTo(2)").run();
    run.holds("up.lost", 0.008, 0.002).holds("radio.utilisation", 0.1 * (1.0 + 0.2 + 0.04), 0.003);
    // Shared, the same.
    let run = lossy().set("radio.retransmit", "UpTo(2)").set("radio.scheduler", "Sharing").run();
    run.holds("up.lost", 0.008, 0.002).holds("radio.utilisation", 0.1 * (1.0 + 0.2 + 0.04), 0.003);
    // A Retry in the flow does the same as the link layer, from the end of the queue.
    let run =
        lossy().set("up.steps", "[Retry(2, steps: [Send(over: \"radio\", size: \"1 B\", to: \"gateway\")])]").run();
    run.holds("up.lost", 0.008, 0.002).holds("radio.utilisation", 0.1 * (1.0 + 0.2 + 0.04), 0.003);
}

#[test]
fn a_frame_on_the_air_finishes_without_its_request() {
    // Cut off at 2, half-way; the channel is free at 3, so the frame of `down` that comes at 2.5 goes 3-5.
    let run = radio()
        .set("up.arrivals", "At([\"1 s\"])")
        .set("up.steps", "[Timeout(\"1 s\", [Send(over: \"radio\", size: \"2 B\", to: \"gateway\")])]")
        .set("down.arrivals", "At([\"2.5 s\"])")
        .run();
    run.is("up.timed_out", 1.0).is("down.latency.max", 2.5).is("radio.utilisation", 0.4).is("radio.aborted", 0.1);
    // A computation is broken off.
    let run = radio()
        .set("up.arrivals", "At([\"1 s\"])")
        .set("up.steps", "[Timeout(\"1 s\", [Compute(\"gateway\", \"2 s\")])]")
        .run();
    run.is("gateway.utilisation", 0.1);
}

#[test]
fn storage_takes_its_access_time_and_transfer_and_fills_up() {
    let disk = || case("disk");
    // Access .5 s, 100 B at 100 B/s to write and 200 B/s to read.
    let run = disk().run();
    run.is("write.latency.max", 1.5).is("read.latency.max", 1.0).is("disk.utilisation", 2.5 / 100.0);
    // A second write at the same time waits.
    let run = disk().set("write.arrivals", "At([\"1 s\", \"1 s\"])").run();
    run.is("write.latency.min", 1.5).is("write.latency.max", 3.0).is("disk.filled", 0.2);
    // Ten fit into 1000 B; the rest fails, having taken the time to try; the last one ends beyond the horizon.
    let run = disk().set("write.arrivals", "Periodic(\"5 s\")").set("run.drain", "10 s").run();
    run.is("disk.filled", 1.0).is("disk.failed", 0.09).is("write.reliability", 0.5).is("write.failed", 0.5);
    let run = disk().set("write.arrivals", "At([\"1 s\", \"1 s\"])").set("disk.channels", 2).run();
    run.is("write.latency.max", 1.5);
}

#[test]
fn short_forms_and_units() {
    // 1 kB at 8 kbit/s and at 1 kB/s take 1 s; KiB are 1024 B.
    for (size, bandwidth, time) in
        [("1 kB", "8 kbit/s", 1.0), ("1 kB", "1 kB/s", 1.0), ("1 KiB", "1 kB/s", 1.024), ("8 Mbit", "1 MB/s", 1.0)]
    {
        let run = radio()
            .set("up.arrivals", "At([\"1 s\"])")
            .set("up.serve.work", "0 s")
            .set("up.frame.size", size)
            .set("radio.bandwidth", bandwidth)
            .run();
        run.is("up.latency.max", time);
    }
}
