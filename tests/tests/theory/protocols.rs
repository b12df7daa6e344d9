//! Protocols: bytes on the wire, round trips, time on the air, retransmissions, and what compression and signatures cost.

use tests::{Case, Ran, case};

fn messages(steps: &str) -> Case {
    case("protocols").set("messages.steps", format!("[{steps}]"))
}

fn send(protocol: &str) -> Case {
    messages(&format!("Send(over: \"link\", to: \"gateway\", size: \"20 B\", protocol: {protocol})"))
}

/// Poisson messages of the given rate, in ten runs of that length [s].
fn many(case: Case, rate: f64, horizon: f64) -> Case {
    case.set("messages.arrivals", format!("Poisson(\"{rate} /s\")"))
        .set("run.horizon", format!("\"{horizon} s\""))
        .set("run.replications", 10)
}

/// Bytes on the link in all.
fn bytes(run: &Ran) -> f64 {
    run.value("link.wire") * 1000.0 / 8.0
}

#[test]
fn a_message_has_the_bytes_of_its_protocol() {
    // The message, and what follows it aside.
    for (protocol, message, after) in [
        ("Mqtt(topic: \"12 B\")", 36.0, 0.0),
        ("Mqtt(topic: \"12 B\", qos: 1)", 38.0, 4.0),
        ("Mqtt(topic: \"12 B\", qos: 2)", 38.0, 12.0),
        ("Mqtt(topic: \"12 B\", version: 5)", 37.0, 0.0),
        ("Coap()", 39.0, 4.0),
        ("Coap(confirmable: false, token: \"0 B\", options: \"0 B\")", 25.0, 0.0),
        ("Http1()", 220.0, 0.0),
        ("Http2()", 68.0, 0.0),
        ("Grpc()", 83.0, 0.0),
        ("Quic()", 53.0, 0.0),
    ] {
        let run = send(protocol).run();
        run.is("messages.latency.max", message / 1000.0).is("messages.data_throughput", 160.0 / 1000.0);
        assert!((bytes(&run) - message - after).abs() < 1e-9, "{protocol}: {} B", bytes(&run));
        // What the sensor hears and says is in its energy.
        let says = message + if after == 12.0 { 4.0 } else { 0.0 };
        let hears = message + after - says;
        run.near("sensor.energy", (says + 0.5 * hears) / 1000.0, 1e-9);
    }
    // A request that waits goes on when the last acknowledgement is back.
    send("Mqtt(topic: \"12 B\", qos: 2, wait: true)").run().is("messages.latency.max", 0.050);
    send("Coap(wait: true)").run().is("messages.latency.max", 0.043);
    // The protocol of the network, and headers below it, are those of all messages.
    let run = send("Mqtt(topic: \"12 B\")").set("link.header", "\"40 B\"").run();
    run.is("messages.latency.max", 0.076);
}

#[test]
fn sizes_may_be_random_and_each_gets_its_own_bytes() {
    let steps =
        "Send(over: \"link\", to: \"gateway\", size: Sequence([\"20 B\", \"200 B\"]), protocol: Mqtt(topic: \"12 B\"))";
    let run = messages(steps).set("messages.arrivals", "At(times: [1, 2])").run();
    run.is("messages.latency.min", 0.036).is("messages.latency.max", 0.217);
    assert!((bytes(&run) - 253.0).abs() < 1e-9);
    run.is("messages.data_throughput", 220.0 * 8.0 / 1000.0).is("link.data_throughput", 220.0 * 8.0 / 1000.0);
}

#[test]
fn the_first_response_takes_the_round_trips_of_the_standards() {
    for (request, response, trips) in [
        ("Http1()", "Http1()", 1.0),
        ("Http1(connect: Tcp)", "Http1()", 2.0),
        ("Http2(connect: Tls13)", "Http2()", 3.0),
        ("Grpc(connect: Tls12)", "Grpc()", 4.0),
        ("Quic(connect: OneRtt)", "Quic()", 2.0),
        ("Quic(connect: ZeroRtt)", "Quic()", 1.0),
    ] {
        let steps = format!(
            "Send(over: \"link\", to: \"gateway\", size: \"20 B\", protocol: {request}), \
             Send(over: \"link\", to: \"sensor\", size: \"20 B\", protocol: {response})"
        );
        let run = messages(&steps).set("link", "Network(latency: \"10 ms\")").run();
        run.is("messages.latency.max", trips * 0.020);
    }
}

#[test]
fn confirmable_messages_are_sent_again_after_times_that_double() {
    // A link that loses two of five, either way; an exchange of message and acknowledgement succeeds with q = .36.
    let (p, q, n) = (0.6, 0.36, 5);
    let exchanges = (1.0 - f64::powi(1.0 - q, n)) / q;
    let lossy = |protocol: &str| {
        let link = format!("Network(bandwidth: \"1 Gbit/s\", reliability: {p})");
        many(send(protocol).set("link", link), 1.0, 20_000.0).run()
    };
    let run = lossy("Coap(wait: true)");
    run.holds("messages.reliability", 1.0 - f64::powi(1.0 - q, n), 0.005);
    // Bytes of messages of 39 and of acknowledgements of 4 for those that arrive.
    let wire = 8.0 * exchanges * (39.0 + p * 4.0);
    run.holds("link.wire", wire, 0.02 * wire);
    // The k-th attempt comes after T (2^(k-1) - 1), T uniform from 2 s to 3 s.
    let share = |k: i32| q * f64::powi(1.0 - q, k - 1) / (1.0 - f64::powi(1.0 - q, n));
    let wait: f64 = (1..=n).map(|k| share(k) * 2.5 * (f64::powi(2.0, k - 1) - 1.0)).sum();
    run.holds("messages.latency.mean", wait, 0.2);
    // The longest: 15 times 3 s.
    run.near("messages.latency.max", 45.0, 0.1);
    // One that does not wait has arrived with its first message; what goes over the link is the same.
    let run = lossy("Coap()");
    run.holds("messages.reliability", 1.0 - f64::powi(1.0 - p, n), 0.005).holds("link.wire", wire, 0.02 * wire);
    let share = |k: i32| p * f64::powi(1.0 - p, k - 1) / (1.0 - f64::powi(1.0 - p, n));
    let wait: f64 = (1..=n).map(|k| share(k) * 2.5 * (f64::powi(2.0, k - 1) - 1.0)).sum();
    run.holds("messages.latency.mean", wait, 0.1);
}

#[test]
fn retransmissions_are_exact_where_nothing_is_random() {
    // Nothing gets through: sent at 1, 3, 7, 15, 31 s, and given up then; each has 25 B.
    let never = "Coap(timeout: \"2 s\", spread: 1, token: \"0 B\", options: \"0 B\", wait: true)";
    let run = send(never).set("link", "Network(bandwidth: \"8 kbit/s\", reliability: 0)").run();
    run.is("messages.lost", 1.0).is("link.lost", 5e-3);
    assert!((bytes(&run) - 5.0 * 25.0).abs() < 1e-9);
    // In a loop; the acknowledgements share the link with the way back.
    let twice = "Repeat(2, [Send(over: \"link\", to: \"gateway\", size: \"20 B\", protocol: Coap()), Send(over: \"link\", to: \"sensor\", size: \"20 B\")])";
    messages(twice).run().is("messages.latency.max", 2.0 * (0.039 + 0.004 + 0.020));
}

#[test]
fn frames_last_as_their_standards_say() {
    for (link, size, milliseconds) in [
        ("LoRaWan(spreading: 7, overhead: \"0 B\")", 20, 56.576),
        ("LoRaWan(spreading: 9, overhead: \"0 B\")", 20, 185.344),
        ("LoRaWan(spreading: 10, overhead: \"0 B\")", 20, 370.688),
        ("LoRaWan(spreading: 12, overhead: \"0 B\")", 20, 1318.912),
        ("LoRaWan(spreading: 12)", 7, 1318.912),
        ("Ieee802154(acknowledged: false, backoff: 0)", 116, 4.256),
        ("Ieee802154(acknowledged: false, backoff: 0)", 232, 8.512),
        ("Ieee802154(backoff: 0)", 116, 4.256 + 0.192 + 0.352),
        ("Ble(overhead: \"0 B\", packet: \"27 B\", acknowledged: false)", 27, 0.296),
        ("Ble(overhead: \"0 B\", acknowledged: false)", 251, 2.088),
        ("Ble()", 244, 2.468),
        ("Wifi(acknowledged: false, backoff: false)", 1500, 0.248),
        ("Wifi(backoff: false)", 1500, 0.248 + 0.010 + 0.028),
    ] {
        let steps = format!("Send(over: \"link\", to: \"gateway\", size: \"{size} B\")");
        let run = messages(&steps).set("link", format!("Network(protocol: {link})")).run();
        run.near("messages.latency.max", milliseconds / 1e3, 1e-9);
        // A size that is drawn takes the same way at run time.
        let steps = format!("Send(over: \"link\", to: \"gateway\", size: Sequence([\"{size} B\", \"1 B\"]))");
        let drawn = messages(&steps).set("link", format!("Network(protocol: {link})")).run();
        drawn.near("messages.latency.max", milliseconds / 1e3, 1e-9).is("link.wire", run.value("link.wire"));
    }
}

#[test]
fn a_station_backs_off_before_it_sends() {
    // 0 to 7 units of 320 us and 128 us to look; then frame and acknowledgement.
    let frame = 4256e-6 + 192e-6 + 352e-6;
    let steps = "Send(over: \"link\", to: \"gateway\", size: \"116 B\")";
    let case = messages(steps).set("link", "Network(protocol: Ieee802154())");
    let run = many(case, 1.0, 2000.0).run();
    // A few wait for those before them.
    run.holds("messages.latency.mean", 128e-6 + 3.5 * 320e-6 + frame + frame * frame / 2.0, 4e-5);
    run.near("messages.latency.min", 128e-6 + frame, 1e-6);
}

#[test]
fn a_device_is_silent_after_its_frame_as_its_duty_cycle_asks() {
    let steps = "Send(over: \"link\", to: \"gateway\", size: \"20 B\")";
    let air = 0.056576;
    let run = messages(steps)
        .set("link", "Network(protocol: LoRaWan(overhead: \"0 B\", duty: 0.01))")
        .set("messages.arrivals", "At(times: [0, 0.1, 500])")
        .run();
    // The second may start a hundred frames after the first; the third finds the device ready.
    run.near("messages.latency.max", 101.0 * air - 0.1, 1e-8).near("messages.latency.min", air, 1e-8);
    run.near("link.asleep", 3.0 * 99.0 * air / 1000.0, 1e-8).near("link.utilisation", 3.0 * air / 1000.0, 1e-8);
    run.near("sensor.energy", 3.0 * air, 1e-8);
}

#[test]
fn frames_that_overlap_on_a_channel_are_lost_as_in_pure_aloha() {
    // Abramson 1970: G frames in the time of a frame on each channel; a frame gets through with exp(-2 G). Where the first
    // of two survives with chance c: exp(-(2 - c) G).
    let air = 0.056576;
    for (g, channels, capture) in [(0.1, 1, 0.0), (0.5, 1, 0.0), (0.5, 3, 0.0), (0.5, 1, 0.4)] {
        let rate = g * f64::from(channels) / air;
        let link =
            format!("Network(protocol: LoRaWan(overhead: \"0 B\", duty: 1, channels: {channels}, capture: {capture}))");
        let run = many(messages("Send(over: \"link\", to: \"gateway\", size: \"20 B\")"), rate / 2000.0, 10_000.0)
            .set("link", link)
            .set("sensor.count", 2000)
            .run();
        run.holds("messages.reliability", f64::exp(-(2.0 - capture) * g), 0.012);
        run.holds("messages.lost", 1.0 - f64::exp(-(2.0 - capture) * g), 0.012);
    }
}

#[test]
fn two_devices_that_send_at_once_lose_both_frames_on_one_channel_alone() {
    let at_once = |protocol: &str| {
        messages("Send(over: \"link\", to: \"gateway\", size: \"20 B\")")
            .set("sensor.count", 2)
            .set("link", format!("Network(protocol: {protocol})"))
            .run()
    };
    at_once("LoRaWan(channels: 1)").is("messages.lost", 1.0);
    let many_channels = at_once("LoRaWan(channels: 1000)");
    many_channels.is("messages.lost", 0.0).is("messages.throughput", 2e-3);
    at_once("LoRaWan(channels: 1, capture: 1)").is("messages.lost", 0.5);
}

#[test]
fn compression_pays_up_to_its_bandwidth() {
    // lz4: 2.101, 700 and 4000 MB/s: up to 312.2 MB/s; zstd-1: 2.887, 510 and 1580 MB/s: up to 252.0 MB/s.
    let size = 10e6;
    for (codec, ratio, c, d, most) in
        [("lz4", 2.101, 700e6, 4000e6, 312.2e6), ("zstd-1", 2.887, 510e6, 1580e6, 252.0e6)]
    {
        for (bandwidth, pays) in [(most * 0.998, true), (most * 1.002, false)] {
            let latency = |compress: &str| {
                let steps = format!("Send(over: \"link\", to: \"gateway\", size: \"10 MB\"{compress})");
                messages(&steps).set("link", format!("Network(bandwidth: \"{bandwidth} B/s\")")).run()
            };
            let plain = latency("");
            let small = latency(&format!(", compress: (codec: \"{codec}\", on: \"sensor\", at: \"gateway\")"));
            plain.near("messages.latency.max", size / bandwidth, 2e-9);
            small.near("messages.latency.max", size * (1.0 / c + 1.0 / d + 1.0 / ratio / bandwidth), 4e-9);
            assert_eq!(small.value("messages.latency.max") < plain.value("messages.latency.max"), pays, "{codec}");
            small
                .near("link.wire", 8.0 * size / ratio / 1000.0, 1e-3)
                .is("messages.data_throughput", 8.0 * size / 1000.0);
            small.near("sensor.utilisation", size / c / 1000.0, 1e-9).near(
                "gateway.utilisation",
                size / d / 1000.0,
                1e-9,
            );
        }
    }
    let steps = "Send(over: \"link\", size: \"10 MB\", compress: (codec: \"lz4\"))";
    let study = messages(steps).set("link.bandwidth", "\"400 MB/s\"").load();
    let warning = study.lowered.warnings.iter().find(|w| w.message.contains("longer than it saves")).unwrap();
    assert!(warning.help.as_ref().unwrap().contains("312.2 MB/s"), "{warning:?}");
}

#[test]
fn a_compressed_message_has_the_same_size_wherever_it_is_looked_at() {
    // In a loop, and again after losses: time of the processors and of the link are those of one size.
    let steps = "Repeat(20, [Send(over: \"link\", to: \"gateway\", size: Exponential(\"1 kB\"), \
                 compress: (ratio: 2, compress: \"1 kB/s\", decompress: \"1 kB/s\"))])";
    let run = messages(steps).run();
    // Each byte takes 1 ms to compress, 1 ms to decompress, and half a byte 0.5 ms on the link.
    let link = run.value("link.utilisation") * 1000.0;
    assert!((run.value("messages.latency.max") - 5.0 * link).abs() < 1e-6, "{link}");
}

#[test]
fn a_handshake_takes_round_trips_and_work_at_both_ends() {
    let shake = |more: &str| {
        messages(&format!("Handshake(client: \"sensor\", server: \"gateway\", over: \"link\"{more})"))
            .set("link", "Network(latency: \"10 ms\")")
            .run()
    };
    let work = ", client_work: \"1 ms\", server_work: \"2 ms\"";
    shake(work).is("messages.latency.max", 0.043).is("gateway.utilisation", 2e-6).is("sensor.utilisation", 1e-6);
    shake(&format!("{work}, version: Tls12")).is("messages.latency.max", 0.063);
    shake(&format!("{work}, tcp: false")).is("messages.latency.max", 0.023);
    // Of 2253 full and 4861 resumed handshakes of a client a second, and 3427 signatures.
    let full = shake("");
    full.near("sensor.utilisation", 1e-3 / 2253.0, 1e-12).near(
        "gateway.utilisation",
        1e-3 * (1.0 / 4861.0 + 1.0 / 3427.0),
        1e-12,
    );
    shake(", resumed: 1, version: Tls12").near("messages.latency.max", 0.040 + 2.0 / 4861.0, 1e-8);
    // The first suite of the server that the client has: with ECDSA, so that it signs fast.
    let chosen = shake(
        ", version: Tls12, server_suites: [\"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8\", \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"], \
         client_suites: [\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\", \"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8\"]",
    );
    chosen.near("gateway.utilisation", 1e-3 * (1.0 / 4861.0 + 1.0 / 48_234.0), 1e-12);
    let none = ", version: Tls12, server_suites: [\"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8\"], \
                client_suites: [\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]";
    shake(none).is("messages.refused", 1.0).is("gateway.utilisation", 0.0);
}

#[test]
fn bad_tokens_are_refused_and_counted_apart() {
    let case = messages("Token(tokens: \"tokens\", on: \"gateway\")")
        .set("tokens", "Tokens(algorithm: Es256, bad_form: 0.05, bad_signature: 0.1, expired: 0.15)");
    let run = many(case, 100.0, 2000.0).run();
    run.holds("tokens.tokens_bad_form", 5.0, 0.2).holds("tokens.tokens_bad_signature", 10.0, 0.3);
    run.holds("tokens.tokens_expired", 15.0, 0.3).holds("tokens.tokens_accepted", 70.0, 0.7);
    run.holds("messages.refused", 0.3, 0.005);
    // Those of a bad form take no time.
    run.holds("gateway.utilisation", 95.0 * 223e-6, 2e-4);
    let sum: f64 = ["bad_form", "bad_signature", "expired", "accepted"]
        .iter()
        .map(|kind| run.value(&format!("tokens.tokens_{kind}")))
        .sum();
    run.holds("tokens.tokens_accepted", sum * run.value("messages.reliability"), 0.7);
    // Made once by another flow: RSA signs 3427 times a second.
    let made = send("Http1()").run();
    made.is("tokens.tokens_created", 1e-3).near("others.latency.max", 1.0 / 3427.0, 1e-9);
}

#[test]
fn what_is_wrong_with_a_protocol_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says(send("Mqtt(qos: 3)"), &["not possible", "0 to 2"]);
    says(send("Ble()"), &["link protocol", "network"]);
    says(send("Coap(confirmable: false, wait: true)"), &["not confirmable"]);
    says(send("Coap(token: \"9 B\")"), &["8 bytes"]);
    says(send("Quic(datagram: \"20 B\")"), &["nothing fits"]);
    says(send("Mqt()"), &["Mqtt"]);
    let link = |protocol: &str| messages("Send(over: \"link\", size: \"20 B\")").set("link.protocol", protocol);
    says(link("Ieee802154()"), &["rate of its own"]);
    let link =
        |network: &str| messages("Send(over: \"link\", size: \"20 B\")").set("link", format!("Network({network})"));
    says(link("protocol: LoRaWan(spreading: 6)"), &["not possible"]);
    says(link("protocol: LoRaWan(), retransmit: Forever"), &["Retry"]);
    says(link("protocol: LoRaWan(duty: 0)"), &["never send"]);
    says(link("protocol: Wifi(rate: \"11 Mbit/s\")"), &["no such rate"]);
    says(link("protocol: Mqtt()"), &["bandwidth or a latency"]);
    says(link("protocol: LoRaWan()").set("messages.from", "\"gatewa\""), &["gateway"]);
    let compress = |with: &str| messages(&format!("Send(over: \"link\", size: \"20 B\", compress: ({with}))"));
    says(compress("codec: \"lz5\""), &["lz4"]);
    says(compress("ratio: 2"), &["codec"]);
    says(compress("codec: \"lz4\", on: \"link\""), &["is a Network"]);
    let shake =
        |more: &str| messages(&format!("Handshake(client: \"sensor\", server: \"gateway\", over: \"link\", {more})"));
    says(shake("client_suites: [\"TLS_AES_128_GCM_SHA255\"]"), &["TLS_AES_128_GCM_SHA256"]);
    says(messages("Token(tokens: \"tokens\")").set("tokens", "Tokens(bad_form: 0.6, expired: 0.6)"), &["add up"]);
}
