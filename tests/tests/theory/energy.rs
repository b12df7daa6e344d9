//! Power and energy, to the digit; batteries.

use tests::{Case, case};

/// One computation from 1 to 5 within 10 s.
fn one() -> Case {
    case("exact").set("a.arrivals", "At([\"1 s\"])").set("a.serve.work", "4 s").set("run.horizon", "\"10 s\"")
}

fn power(case: Case, component: &str) -> Case {
    let figures =
        "(idle: \"1 W\", active: \"3 W\", sleep: \"0.1 W\", setup: \"2 W\", down: \"0.5 W\", tx: \"5 W\", rx: \"4 W\")";
    case.set(&format!("{component}.power"), figures)
}

#[test]
fn active_and_idle() {
    let run = power(one(), "cpu").run();
    run.is("cpu.energy", 10.0 + 4.0 * 2.0).is("cpu.power", 1.8).is("energy", 18.0);
    // All of it is the flow's: nobody else asked for service.
    run.is("a.energy", 18.0).is("a.energy_per_request", 18.0).is("b.energy", 0.0);
    // Half of the cores: half-way between.
    power(one().set("cpu.cores", 2), "cpu").run().is("cpu.energy", 10.0 + 4.0 * 1.0);
    power(one().set("cpu.cores", 2).set("a.serve.servers", 2), "cpu").run().is("cpu.energy", 18.0);
    // Three instances, one of them busy.
    power(one().set("cpu.count", 3), "cpu").run().is("cpu.energy", 30.0 + 8.0);
    // Sharing and other disciplines draw the same.
    for scheduler in ["Sharing", "Sjf", "RoundRobin(\"1 s\")"] {
        power(one().set("cpu.scheduler", scheduler), "cpu").run().is("cpu.energy", 18.0);
    }
    // What is not declared is 0 W.
    one().run().is("energy", 0.0);
}

#[test]
fn shares_of_flows_follow_what_they_ask_for() {
    let run = power(one(), "cpu").set("b.arrivals", "At([\"2 s\"])").set("b.serve.work", "1 s").run();
    run.is("cpu.energy", 20.0).is("a.energy", 16.0).is("b.energy", 4.0);
}

#[test]
fn sleep_setup_and_failure() {
    // Off 0-1, set up 1-3, busy 3-7, off 7-10.
    let run = power(one().set("cpu.setup", "2 s"), "cpu").run();
    run.is("cpu.energy", 4.0 * 0.1 + 2.0 * 2.0 + 4.0 * 3.0).is("cpu.asleep", 0.4);
    // Vacations of 3 s: 0-3; busy 3-7; 7-10.
    power(one().set("cpu.vacation", "3 s"), "cpu").run().is("cpu.energy", 6.0 * 0.1 + 4.0 * 3.0);
    // Off duty 0-3.
    let run = power(one().set("cpu.schedule", "[(\"3 s\", 0), (\"100 s\", 1)]"), "cpu").run();
    run.is("cpu.energy", 3.0 * 0.1 + 4.0 * 3.0 + 3.0 * 1.0);
    // Busy 1-2, down 2-4, busy 4-6, down 6-8, busy 8-9.
    let failing = |interrupted: &str| {
        power(
            one().set(
                "cpu.failures",
                format!("(time_to_failure: \"2 s\", repair: \"2 s\", interrupted: {interrupted})"),
            ),
            "cpu",
        )
        .run()
    };
    let run = failing("Resume");
    run.is("a.latency.max", 8.0).is("cpu.energy", 2.0 * 1.0 + 4.0 * 0.5 + 4.0 * 3.0).is("cpu.availability", 0.6);
}

#[test]
fn the_air() {
    // Two frames of 2 s each: the sender in tx, the receiver in rx, in place of idle; the network draws its own.
    let run = power(power(case("radio"), "sensor"), "gateway").run();
    run.is("sensor.energy", 10.0 + 4.0 * 4.0).is("radio.energy", 0.0);
    run.is("gateway.energy", 10.0 + 4.0 * 3.0 + 2.0 * 2.0);
    let run = power(case("radio"), "radio").run();
    run.is("radio.energy", 10.0 + 4.0 * 2.0);
    let run = case("radio").set("radio.energy_per_bit", "0.5 J/bit").run();
    run.is("radio.energy", 32.0 * 0.5);
    // Back: the gateway sends.
    let run = power(power(case("radio").set("down.arrivals", "At([\"8 s\"])"), "sensor"), "gateway").run();
    run.is("sensor.energy", 10.0 + 4.0 * 4.0 + 2.0 * 3.0);
    // Shared by several: the same.
    power(case("radio").set("radio.scheduler", "Sharing"), "sensor").run().is("sensor.energy", 26.0);
    // Half of the time without: the warm-up resets.
    let run = power(case("radio").set("run.warm_up", "6 s"), "sensor").run();
    run.is("sensor.energy", 4.0 + 1.0 * 4.0);
}

#[test]
fn an_instance_is_on_the_air_once_however_many_frames_it_hears() {
    // Three devices at once on three channels: the gateway hears for 2 s, each device sends for 2 s.
    let run = power(power(case("radio"), "sensor"), "gateway")
        .set("sensor.count", 3)
        .set("radio.channels", 3)
        .set("up.arrivals", "At([\"1 s\"])")
        .run();
    run.is("sensor.energy", 3.0 * (10.0 + 2.0 * 4.0)).is("gateway.energy", 10.0 + 2.0 * 3.0 + 3.0 * 2.0);
}

#[test]
fn battery_life() {
    let run = power(case("radio"), "sensor").set("sensor.battery", "100 J").run();
    run.is("sensor.battery_life", 100.0 / 2.6).is("sensor.instances_lost", 0.0);
    // Empty at: 1 W to 1, 5 W to 3 makes 11 J; 10 J are gone at 2.8.
    let horizon = |end: f64| {
        power(case("radio"), "sensor").set("sensor.battery", "10 J").set("run.horizon", format!("\"{end} s\"")).run()
    };
    horizon(2.79).is("sensor.instances_lost", 0.0);
    horizon(2.81).is("sensor.instances_lost", 1.0);
    // The dead send no more: nothing was born at 5. The frame on the air finishes.
    let run = horizon(10.0);
    run.is("up.throughput", 0.1).is("sensor.instances_lost", 1.0).is("radio.utilisation", 0.2);
}

#[test]
fn a_battery_pays_for_computing() {
    for (count, cores, servers, after) in [(1, 1, 1, 3.0), (3, 1, 1, 3.0), (1, 2, 1, 4.0), (1, 2, 2, 3.0)] {
        for scheduler in ["Fcfs", "Sharing"] {
            // From 1 on 3 W with all cores busy, 2 W with half: 7 J are gone at 3, or at 4.
            let at = |end: f64| {
                power(case("radio"), "sensor")
                    .set("sensor.battery", "7 J")
                    .set("sensor.count", count)
                    .set("sensor.cores", cores)
                    .set("sensor.scheduler", scheduler)
                    .set("up.arrivals", "At([\"1 s\"])")
                    .set("up.steps", format!("[Compute(on: \"sensor\", work: \"20 s\", servers: {servers})]"))
                    .set("run.horizon", format!("\"{end} s\""))
                    .run()
            };
            at(after - 0.01).is("sensor.instances_lost", 0.0);
            let run = at(after + 0.01);
            run.is("sensor.instances_lost", f64::from(count)).is("up.failed", 1.0);
        }
    }
}

#[test]
fn a_receiver_pays_from_its_own_battery() {
    // 4 W from 1 to 3 and from 5 to 7, else 1 W: 10 J are gone at 4.
    let at = |end: f64| {
        power(case("radio"), "gateway")
            .set("system.components.gateway", "Device(battery: \"10 J\", power: (idle: \"1 W\", rx: \"4 W\"))")
            .set("sensor.count", 5)
            .set("radio.channels", 5)
            .set("up.arrivals", "At([\"1 s\"])")
            .set("up.steps", "[Send(over: \"radio\", size: \"2 B\", to: \"gateway\")]")
            .set("run.horizon", format!("\"{end} s\""))
            .run()
    };
    at(3.99).is("gateway.instances_lost", 0.0);
    at(4.01).is("gateway.instances_lost", 1.0);
}
