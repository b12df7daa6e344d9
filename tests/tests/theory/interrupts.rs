//! Interrupts: a core turns to a handler at once, whatever it does.

use tests::{Case, case};

/// One core; `c` and `d` are interrupts.
fn core(interrupts: &str) -> Case {
    case("exact")
        .set("cpu.interrupts", interrupts)
        .set("c.steps", "[Interrupt(on: \"cpu\", line: \"nic\", label: \"serve\")]")
        .set("d.steps", "[Interrupt(on: \"cpu\", line: \"disk\", label: \"serve\")]")
}

const LINES: &str = "{\"nic\": Interrupt(handler: \"1 s\", latency: \"0.5 s\"), \"disk\": Interrupt(handler: \"2 s\")}";

#[test]
fn a_task_is_suspended_and_goes_on_under_any_discipline() {
    for scheduler in
        ["Fcfs", "Lifo", "Sjf", "Edf(Resume)", "Srpt", "Sharing", "RoundRobin(\"100 s\")", "Tokio", "ThreadPool"]
    {
        let run = core(LINES)
            .set("cpu.scheduler", scheduler)
            .set("a.arrivals", "At([\"1 s\"])")
            .set("a.serve.work", "5 s")
            .set("c.arrivals", "At([\"2 s\"])")
            .set("d.arrivals", "At([\"3 s\"])")
            .run();
        println!("{scheduler}");
        // The first is handled from 2.5 to 3.5, the second after it until 5.5; the task had 1.5 s and ends 3.5 s later.
        run.is("c.latency.max", 1.5).is("d.latency.max", 2.5).is("a.latency.max", 8.0);
        run.is("cpu.utilisation", 8.0 / 1000.0).is("cpu.interrupts", 2.0 / 1000.0).is("cpu.handling", 3.0 / 1000.0);
        run.is("cpu.queue", 0.5 / 1000.0).is("cpu.availability", 1.0);
    }
}

#[test]
fn idle_cores_are_taken_first_and_a_line_is_handled_by_one_core_at_a_time() {
    let run = core(LINES)
        .set("cpu.cores", 3)
        .set("a.arrivals", "At([\"0 s\"])")
        .set("a.serve.work", "9 s")
        .set("b.arrivals", "At([\"1 s\"])")
        .set("b.serve.work", "9 s")
        .set("c.arrivals", "At([\"2 s\", \"2 s\"])")
        .set("d.arrivals", "At([\"2.5 s\"])")
        .run();
    // The line is masked until 3.5; the other one takes the latest started of equal tasks.
    run.is("c.latency.min", 1.5).is("c.latency.max", 2.5).is("d.latency.max", 2.0);
    run.is("a.latency.max", 9.0).is("b.latency.max", 9.0 + 2.0);
    // The least urgent one where they differ.
    let run = core(LINES)
        .set("cpu.cores", 2)
        .set("a.arrivals", "At([\"0 s\"])")
        .set("a.serve.work", "9 s")
        .set("b.arrivals", "At([\"1 s\"])")
        .set("b.priority", "High")
        .set("b.serve.work", "9 s")
        .set("d.arrivals", "At([\"2.5 s\"])")
        .run();
    run.is("a.latency.max", 11.0).is("b.latency.max", 9.0);
}

#[test]
fn a_device_is_initialised_once_before_its_first_interrupt() {
    let run = core(
        "{\"nic\": Interrupt(handler: \"1 s\", init: \"4 s\"), \"disk\": Interrupt(handler: \"2 s\", init: \"2 s\")}",
    )
    .set("a.arrivals", "At([\"0 s\"])")
    .set("c.arrivals", "At([\"1 s\", \"20 s\"])")
    .run();
    // Both are initialised until 6; the interrupt of 1 s waits for that, the task as well.
    run.is("c.latency.max", 6.0).is("c.latency.min", 1.0).is("a.latency.max", 8.0);
    run.is("cpu.handling", 8.0 / 1000.0).is("cpu.interrupts", 2.0 / 1000.0);
}

#[test]
fn interrupts_are_a_preemptive_top_priority() {
    // M/M/1, preemptive resume, lambda (.3, .5): 1.42857, 7.14286.
    let run = case("two_classes")
        .set("cpu", "Processor(interrupts: {\"nic\": Interrupt(handler: Exponential(\"1 s\"))})")
        .set("a.steps", "[Interrupt(on: \"cpu\", line: \"nic\")]")
        .run();
    run.holds("a.latency.mean", 1.42857, 0.03).holds("b.latency.mean", 7.14286, 0.6);
    run.holds("cpu.utilisation", 0.8, 0.01).holds("cpu.handling", 0.3, 0.005);
}

#[test]
fn failures_and_timeouts_stop_a_handler() {
    // The only failure is at 3, in the middle of the handler that began at 2; it begins anew at 5.
    let run = core(LINES)
        .set("a.arrivals", "At([\"1 s\"])")
        .set("a.serve.work", "4 s")
        .set("d.arrivals", "At([\"2 s\"])")
        .set("cpu.failures", "Failures(time_to_failure: Sequence([\"3 s\", \"5000 s\"]), repair: \"2 s\")")
        .run();
    run.is("d.latency.max", 5.0);
    // Aborted while it is handled at 3: the task goes on at once. Aborted while it is pending.
    let run = core(LINES)
        .set("a.arrivals", "At([\"1 s\"])")
        .set("a.serve.work", "4 s")
        .set("d.steps", "[Timeout(\"1 s\", [Interrupt(on: \"cpu\", line: \"disk\")], otherwise: [])]")
        .set("d.arrivals", "At([\"2 s\", \"2.5 s\"])")
        .run();
    // The second is handled from 3 to 3.5, when its time is over.
    run.is("d.latency.max", 1.0).is("a.latency.max", 5.5).is("cpu.aborted", 2.0 / 1000.0);
    run.is("cpu.handling", 1.5 / 1000.0).is("cpu.queue", 0.5 / 1000.0);
}

#[test]
fn unknown_interrupts_are_errors() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says(
        core("{\"nick\": Interrupt(handler: \"1 s\"), \"disk\": Interrupt(handler: \"1 s\")}"),
        &["interrupt line `nic`", "nick"],
    );
    says(core("{}"), &["cannot be interrupted"]);
    says(core(LINES).set("c.serve.on", "\"link\""), &["is a Network"]);
    says(core("{\"nic\": Interrupt(handler: \"1 Mcycle\"), \"disk\": Interrupt(handler: \"1 s\")}"), &["no frequency"]);
}
