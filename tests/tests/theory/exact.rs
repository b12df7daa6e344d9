//! To the digit: schedules without randomness, by hand.

use tests::{Case, Ran, case};

/// Requests (flow, arrival, service) at one processor [s].
fn schedule(requests: &[(&str, f64, &str)]) -> Case {
    requests.iter().fold(case("exact"), |case, (flow, at, service)| {
        case.set(&format!("{flow}.arrivals"), format!("At([\"{at} s\"])")).set(&format!("{flow}.serve.work"), service)
    })
}

/// The ends of the requests are these [s].
#[track_caller]
fn ends(run: &Ran, ends: &[(&str, f64, f64)]) {
    for (flow, at, end) in ends {
        run.is(&format!("{flow}.latency.max"), end - at);
        run.is(&format!("{flow}.latency.min"), end - at);
    }
}

#[test]
fn what_preemption_does_with_the_work_done() {
    for (how, end) in [("Restart", 19.0), ("Resume", 17.0), ("Resample", 16.0)] {
        let run = schedule(&[("a", 1.0, "Sequence([6, 3])"), ("c", 3.0, "10 s")])
            .set("cpu.scheduler", format!("Priority({how})"))
            .run();
        ends(&run, &[("a", 1.0, end), ("c", 3.0, 13.0)]);
    }
    let run = schedule(&[("a", 1.0, "6 s"), ("c", 3.0, "10 s")]).set("cpu.scheduler", "Priority").run();
    ends(&run, &[("a", 1.0, 7.0), ("c", 3.0, 17.0)]);
}

#[test]
fn reneging() {
    let run = case("reneging").run();
    run.is("jobs.latency.min", 11.0)
        .is("jobs.latency.max", 11.0)
        .is("jobs.reneged", 0.5)
        .is("cpu.reneged", 2.0 / 35.0)
        .is("jobs.in_time", 0.5)
        // Busy from 7 to 18 and from 21 to 32 of 35; waiting from 14 to 17 and from 28 to 31.
        .is("cpu.utilisation", 22.0 / 35.0)
        .is("cpu.queue", 6.0 / 35.0);
    // The ends themselves, by when what was there is gone.
    for (horizon, reneged, departed) in
        [(16.9, 0.0, 0.0), (17.1, 1.0, 0.0), (18.1, 1.0, 1.0), (30.9, 1.0, 1.0), (31.1, 2.0, 1.0), (32.1, 2.0, 2.0)]
    {
        let run = case("reneging").set("run.horizon", format!("\"{horizon} s\"")).run();
        run.is("cpu.reneged", reneged / horizon).is("jobs.throughput", departed / horizon);
    }
}

#[test]
fn requests_that_need_both_servers_preempt() {
    for (how, low) in [("Resume", 30.0), ("Restart", 35.0)] {
        let run = schedule(&[("a", 0.0, "10 s"), ("b", 0.0, "10 s"), ("c", 2.0, "10 s"), ("d", 15.0, "10 s")])
            .set("cpu.cores", 2)
            .set("c.serve.servers", 2)
            .set("d.serve.servers", 2)
            .set("cpu.scheduler", format!("Priority({how})"))
            .run();
        ends(&run, &[("a", 0.0, low), ("b", 0.0, low), ("c", 2.0, 12.0), ("d", 15.0, 25.0)]);
    }
}

#[test]
fn an_urgent_request_for_both_servers_need_not_wait_for_less_urgent_ones() {
    // c waits for d's server; when d leaves at 8 it takes the place of a as well.
    let run = schedule(&[("d", 0.0, "8 s"), ("a", 1.0, "20 s"), ("c", 2.0, "5 s")])
        .set("cpu.cores", 2)
        .set("c.serve.servers", 2)
        .set("cpu.scheduler", "Priority(Resume)")
        .run();
    ends(&run, &[("d", 0.0, 8.0), ("c", 2.0, 13.0), ("a", 1.0, 26.0)]);
}

#[test]
fn sharing() {
    let shared = |requests: &[(&str, f64, &str)]| schedule(requests).set("cpu.scheduler", "Sharing").run();
    ends(&shared(&[("a", 0.0, "2 s"), ("b", 1.0, "2 s")]), &[("a", 0.0, 3.0), ("b", 1.0, 4.0)]);
    ends(&shared(&[("a", 0.0, "5 s"), ("b", 1.0, "1 s")]), &[("a", 0.0, 6.0), ("b", 1.0, 3.0)]);
    ends(&shared(&[("a", 0.0, "1.5 s"), ("b", 0.0, "3 s")]), &[("a", 0.0, 3.0), ("b", 0.0, 4.5)]);
}

#[test]
fn sharing_of_a_link() {
    let link = |a: (f64, f64), b: (f64, f64)| {
        case("link")
            .set("a.arrivals", format!("At([\"{} s\"])", a.0))
            .set("b.arrivals", format!("At([\"{} s\"])", b.0))
            .set("a.frame.size", format!("\"{} B\"", a.1))
            .set("b.frame.size", format!("\"{} B\"", b.1))
            .run()
    };
    ends(&link((0.0, 200.0), (1.0, 200.0)), &[("a", 0.0, 3.0), ("b", 1.0, 4.0)]);
    ends(&link((0.0, 500.0), (1.0, 100.0)), &[("a", 0.0, 6.0), ("b", 1.0, 3.0)]);
    ends(&link((0.0, 150.0), (0.0, 300.0)), &[("a", 0.0, 3.0), ("b", 0.0, 4.5)]);
}

#[test]
fn weighted_sharing() {
    // Three quarters to a until it ends at 4; b then has 3 left, alone.
    let run = schedule(&[("a", 0.0, "3 s"), ("b", 0.0, "4 s")])
        .set("cpu.scheduler", "WeightedSharing")
        .set("a.weight", 3)
        .run();
    ends(&run, &[("a", 0.0, 4.0), ("b", 0.0, 7.0)]);
    // Nobody gets more than one of two servers: a 1, b and c 1/2 each.
    let run = schedule(&[("a", 0.0, "2 s"), ("b", 0.0, "2 s"), ("c", 0.0, "2 s")])
        .set("cpu.scheduler", "WeightedSharing")
        .set("cpu.cores", 2)
        .set("a.weight", 8)
        .run();
    ends(&run, &[("a", 0.0, 2.0), ("b", 0.0, 3.0), ("c", 0.0, 3.0)]);
}

#[test]
fn sharing_on_several_and_unequal_servers() {
    // Three on two servers: 2/3 each until the 2 s of each are done at 3.
    let run = schedule(&[("a", 0.0, "2 s"), ("b", 0.0, "2 s"), ("c", 0.0, "2 s")])
        .set("cpu.scheduler", "Sharing")
        .set("cpu.cores", 2)
        .run();
    ends(&run, &[("a", 0.0, 3.0), ("b", 0.0, 3.0), ("c", 0.0, 3.0)]);
}

#[test]
fn round_robin_with_a_switch_cost() {
    // Slices of 2, a change after an expired slice costs 0.5:
    // a 0-2, [b] 2.5-4.5, [c] 5-6 end, a at once... The change after a departure is free.
    let run = schedule(&[("a", 0.0, "3 s"), ("b", 0.0, "5 s"), ("c", 0.0, "1 s")])
        .set("cpu.scheduler", "RoundRobin(quantum: \"2 s\")")
        .run();
    ends(&run, &[("a", 0.0, 6.0), ("b", 0.0, 9.0), ("c", 0.0, 5.0)]);
    let run = schedule(&[("a", 0.0, "3 s"), ("b", 0.0, "5 s")])
        .set("cpu.scheduler", "RoundRobin(quantum: \"2 s\", switch: \"0.5 s\")")
        .run();
    // a 0-2, switch, b 2.5-4.5, switch, a 5-6 end; b alone goes on, 3 left.
    ends(&run, &[("a", 0.0, 6.0)]);
    let alone =
        schedule(&[("a", 0.0, "7 s")]).set("cpu.scheduler", "RoundRobin(quantum: \"2 s\", switch: \"1 s\")").run();
    ends(&alone, &[("a", 0.0, 7.0)]);
}

#[test]
fn orders_of_service() {
    // d is in service from 0 to 1; the others wait: a 4 s, b 2 s, c 3 s.
    let orders = [
        ("Fcfs", [5.0, 7.0, 10.0]),
        ("Lifo", [10.0, 6.0, 4.0]),
        ("Sjf", [10.0, 3.0, 6.0]),
        ("Edf", [10.0, 6.0, 4.0]),
        ("Priority", [8.0, 10.0, 4.0]),
    ];
    for (scheduler, by) in orders {
        let run = schedule(&[("d", 0.0, "1 s"), ("a", 0.1, "4 s"), ("b", 0.2, "2 s"), ("c", 0.3, "3 s")])
            .set("cpu.scheduler", scheduler)
            .set("a.deadline", "30 s")
            .set("b.deadline", "20 s")
            .set("c.deadline", "10 s")
            .run();
        ends(&run, &[("a", 0.1, by[0]), ("b", 0.2, by[1]), ("c", 0.3, by[2])]);
    }
}

#[test]
fn preemptive_orders_of_service() {
    // a 0 for 5; b 1 for 2: b interrupts. SRPT: b has 2 left against 4. LIFO: the latest. EDF: the earlier deadline.
    for scheduler in ["Srpt", "LifoPreemptive", "Edf(Resume)"] {
        let run = schedule(&[("a", 0.0, "5 s"), ("b", 1.0, "2 s")])
            .set("cpu.scheduler", scheduler)
            .set("a.deadline", "50 s")
            .set("b.deadline", "10 s")
            .run();
        ends(&run, &[("a", 0.0, 7.0), ("b", 1.0, 3.0)]);
    }
    // With 1.5 s left, a job is not interrupted by one of 2 s under SRPT.
    let run = schedule(&[("a", 0.0, "5 s"), ("b", 3.5, "2 s")]).set("cpu.scheduler", "Srpt").run();
    ends(&run, &[("a", 0.0, 5.0), ("b", 3.5, 7.0)]);
    // Restart of the last come: a 0-1, b 1-3, a again 3-8.
    let run = schedule(&[("a", 0.0, "5 s"), ("b", 1.0, "2 s")]).set("cpu.scheduler", "LifoPreemptive(Restart)").run();
    ends(&run, &[("a", 0.0, 8.0), ("b", 1.0, 3.0)]);
}

#[test]
fn the_victim_is_the_least_urgent_then_the_latest_started() {
    // a and b are Low, b started later: c takes b's place.
    let run = schedule(&[("a", 0.0, "10 s"), ("b", 1.0, "10 s"), ("c", 2.0, "3 s")])
        .set("cpu.cores", 2)
        .set("cpu.scheduler", "Priority(Resume)")
        .run();
    ends(&run, &[("a", 0.0, 10.0), ("b", 1.0, 14.0), ("c", 2.0, 5.0)]);
    // a is less urgent than b, so it is the victim though it started first.
    let run = schedule(&[("a", 0.0, "10 s"), ("b", 1.0, "10 s"), ("c", 2.0, "3 s")])
        .set("cpu.cores", 2)
        .set("b.priority", "Normal")
        .set("cpu.scheduler", "Priority(Resume)")
        .run();
    ends(&run, &[("a", 0.0, 13.0), ("b", 1.0, 11.0), ("c", 2.0, 5.0)]);
}

#[test]
fn a_preempted_request_goes_before_its_equals() {
    // a is interrupted at 2 and goes on at 5, before b, which came later.
    let run = schedule(&[("a", 0.0, "4 s"), ("b", 1.0, "4 s"), ("c", 2.0, "3 s")])
        .set("cpu.scheduler", "Priority(Resume)")
        .run();
    ends(&run, &[("a", 0.0, 7.0), ("b", 1.0, 11.0), ("c", 2.0, 5.0)]);
}

#[test]
fn servers_of_different_speed_the_fastest_free_one_first() {
    // Speeds 2 and 1: a on the fast one until 2, b on the slow one until 4; c from 2 on the fast one, d from 3 on it.
    let run = schedule(&[("a", 0.0, "4 s"), ("b", 0.0, "4 s"), ("c", 1.0, "2 s"), ("d", 1.0, "2 s")])
        .set("cpu.cores", "[(1, 1), (1, 2)]")
        .run();
    ends(&run, &[("a", 0.0, 2.0), ("b", 0.0, 4.0), ("c", 1.0, 3.0), ("d", 1.0, 4.0)]);
    // In cycles: 8 Gcycle at 2 GHz and 4 Gcycle at 1 GHz take 4 s each.
    let run = schedule(&[("a", 0.0, "8 Gcycle"), ("b", 0.0, "4 Gcycle")])
        .set("cpu.cores", "[(1, \"2 GHz\"), (1, \"1 GHz\")]")
        .run();
    ends(&run, &[("a", 0.0, 4.0), ("b", 0.0, 4.0)]);
}

#[test]
fn a_schedule_of_servers() {
    // Nobody on duty until 5, then one server for 5 s, again and again.
    let run = schedule(&[("a", 1.0, "3 s"), ("b", 2.0, "3 s"), ("c", 3.0, "3 s")])
        .set("cpu.schedule", "[(\"5 s\", 0), (\"5 s\", 1)]")
        .run();
    // a 5-8, b 8-11 (it started on duty), c 15-18.
    ends(&run, &[("a", 1.0, 8.0), ("b", 2.0, 11.0), ("c", 3.0, 18.0)]);
}

#[test]
fn setup_vacation_and_sleep() {
    // Off until a comes at 1; ready at 3; off again when b has left.
    let run = schedule(&[("a", 1.0, "3 s"), ("b", 2.0, "3 s"), ("c", 20.0, "1 s")]).set("cpu.setup", "2 s").run();
    ends(&run, &[("a", 1.0, 6.0), ("b", 2.0, 9.0), ("c", 20.0, 23.0)]);
    // Away 0-4, 4-8; a comes at 5, is served 8-9; away 9-13, 13-17; b comes at 14.
    let run = schedule(&[("a", 5.0, "1 s"), ("b", 14.0, "1 s")]).set("cpu.vacation", "4 s").run();
    ends(&run, &[("a", 5.0, 9.0), ("b", 14.0, 18.0)]);
    // Asleep until two wait.
    let run = schedule(&[("a", 1.0, "1 s"), ("b", 4.0, "1 s"), ("c", 5.5, "1 s")]).set("cpu.wake", "AtLeast(2)").run();
    ends(&run, &[("a", 1.0, 5.0), ("b", 4.0, 6.0), ("c", 5.5, 7.0)]);
}

#[test]
fn setup_wakes_all_the_servers_that_a_request_needs() {
    let run =
        schedule(&[("a", 1.0, "3 s")]).set("cpu.cores", 3).set("cpu.setup", "2 s").set("a.serve.servers", 3).run();
    ends(&run, &[("a", 1.0, 6.0)]);
}

#[test]
fn a_failure_interrupts() {
    // Up 0-3, down 3-5, up 5-8, down 8-10, ...
    for (how, end) in [("Resume", 7.0), ("Restart", 8.0)] {
        let run = schedule(&[("a", 1.0, if how == "Resume" { "4 s" } else { "3 s" })])
            .set("cpu.failures", format!("(time_to_failure: \"3 s\", repair: \"2 s\", interrupted: {how})"))
            .run();
        ends(&run, &[("a", 1.0, end)]);
    }
    let run = schedule(&[("a", 1.0, "4 s"), ("b", 2.0, "1 s")])
        .set("cpu.failures", "(time_to_failure: \"3 s\", repair: \"2 s\", interrupted: Lose)")
        .set("run.horizon", "\"100 s\"")
        .run();
    run.is("a.failed", 1.0).is("cpu.availability", 0.6);
    ends(&run, &[("b", 2.0, 6.0)]);
}

#[test]
fn an_abort_lets_smaller_requests_start() {
    // c needs both servers and waits for d; a, behind it, needs one. c loses its patience at 4: a starts.
    let run = schedule(&[("d", 0.0, "10 s"), ("c", 1.0, "5 s"), ("a", 2.0, "5 s")])
        .set("cpu.cores", 2)
        .set("c.serve.servers", 2)
        .set("c.serve.patience", "3 s")
        .run();
    run.is("c.reneged", 1.0);
    ends(&run, &[("d", 0.0, 10.0), ("a", 2.0, 9.0)]);
    // Cut off by a Timeout, the same.
    let run = schedule(&[("d", 0.0, "10 s"), ("a", 2.0, "5 s")])
        .set("cpu.cores", 2)
        .set("c.arrivals", "At([\"1 s\"])")
        .set("c.steps", "[Timeout(\"3 s\", [Compute(on: \"cpu\", work: \"5 s\", servers: 2)])]")
        .run();
    ends(&run, &[("d", 0.0, 10.0), ("a", 2.0, 9.0)]);
}

#[test]
fn simultaneous_departures_come_before_arrivals() {
    // Room for one: b comes when a leaves, and finds it free.
    let run = schedule(&[("a", 0.0, "2 s"), ("b", 2.0, "1 s")]).set("cpu.limit", 1).run();
    ends(&run, &[("a", 0.0, 2.0), ("b", 2.0, 3.0)]);
}

#[test]
fn more_orders_on_two_servers() {
    // Round robin on two servers: three requests of 3 s in slices of 1 s.
    // a 0-1, b 0-1 | c, a 1-2 | b, c 2-3 | a, b 3-4 end, c 4-5 end.
    let run = schedule(&[("a", 0.0, "3 s"), ("b", 0.0, "3 s"), ("c", 0.0, "3 s")])
        .set("cpu.cores", 2)
        .set("cpu.scheduler", "RoundRobin(\"1 s\")")
        .run();
    ends(&run, &[("a", 0.0, 4.0), ("b", 0.0, 4.0), ("c", 0.0, 5.0)]);
    // SRPT on two servers: c takes the place of the one with the most left.
    let run = schedule(&[("a", 0.0, "4 s"), ("b", 0.0, "9 s"), ("c", 1.0, "2 s")])
        .set("cpu.cores", 2)
        .set("cpu.scheduler", "Srpt")
        .run();
    ends(&run, &[("a", 0.0, 4.0), ("b", 0.0, 11.0), ("c", 1.0, 3.0)]);
}

#[test]
fn the_fixed_part_is_as_long_on_fast_servers() {
    for scheduler in ["Fcfs", "Sharing"] {
        let one = |work: &str| {
            let case = case("exact").set("a.arrivals", "At([\"1 s\"])").set("a.serve.work", format!("\"{work}\""));
            case.set("cpu.cores", "[(1, 2)]").set("cpu.overhead", "\"1 s\"").set("cpu.scheduler", scheduler)
        };
        one("0 s").run().is("a.latency.max", 1.0);
        one("4 s").run().is("a.latency.max", 3.0);
    }
    // Two at once: the fixed parts take twice as long, and so does the work.
    let both = case("exact").set("a.arrivals", "At([\"1 s\"])").set("b.arrivals", "At([\"1 s\"])");
    let run = both.set("cpu.cores", "[(1, 2)]").set("cpu.overhead", "\"1 s\"").set("cpu.scheduler", "Sharing").run();
    run.is("a.latency.max", 3.0).is("b.latency.max", 3.0);
}
