//! What requests take and hold: whether it is given back, in which order it is taken, and where that may end in a deadlock.

use crate::study::Study;
use models::ownership::{self, Asked, Circle, Draws, Ownership, Violation};
use models::system::System;

/// What each flow takes, and what may come of it; sentences for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holds {
    /// What each flow takes, and that it gives it back.
    pub flows: Vec<String>,
    /// What is not given back, or is given back twice: a mistake of the program.
    pub violations: Vec<String>,
    /// Pools from which requests draw several times, and whether they have enough.
    pub pools: Vec<(String, bool)>,
    /// Circles in which requests may wait for each other for ever.
    pub circles: Vec<String>,
}

/// What a study's requests take and hold.
pub fn holds(study: &Study) -> Holds {
    let system = &study.lowered.system;
    let flows = system.flows.iter().enumerate().filter(|(_, flow)| flow.arrivals.is_some());
    let all: Vec<Ownership> = flows.clone().map(|(flow, _)| ownership::walk(system, flow)).collect();
    let mut holds = Holds::default();
    for (ownership, (_, flow)) in all.iter().zip(flows) {
        let taken: Vec<String> = ownership.asked.iter().filter(|a| a.holds).map(|asked| taken(system, asked)).collect();
        let violations = ownership.violations.iter().map(|violation| wrong(system, &flow.name, violation));
        holds.violations.extend(violations);
        if !taken.is_empty() {
            let end = if ownership.violations.is_empty() { "; every way gives back once" } else { "" };
            holds.flows.push(format!("`{}` takes {}{end}.", flow.name, taken.join(", then ")));
        }
    }
    holds.pools =
        ownership::draws(system, &all).iter().map(|pool| (drawn(system, pool), !pool.may_lock_up())).collect();
    holds.circles = ownership::circles(system, &all).iter().map(|circle| told(system, circle)).collect();
    holds
}

fn station(system: &System, ask: usize) -> String {
    format!("`{}`", system.stations[system.program.asks[ask].station as usize].name)
}

/// What is taken, and what is held meanwhile.
fn taken(system: &System, asked: &Asked) -> String {
    let name = station(system, asked.ask);
    let mut held: Vec<String> = asked.held.iter().map(|held| station(system, *held)).collect();
    held.dedup();
    if held.is_empty() {
        return name;
    }
    let waits = if asked.waits { "while it holds" } else { "within" };
    format!("{name} {waits} {}", held.join(" and "))
}

fn wrong(system: &System, flow: &str, violation: &Violation) -> String {
    match violation {
        Violation::NotHeld { at } => format!("`{flow}` gives something back at {at} that it does not hold"),
        Violation::Kept { ask, at } => {
            format!("`{flow}` still holds {} at {at}, where it should have given it back", station(system, *ask))
        }
        Violation::Differs { at } => format!("the ways of `{flow}` that meet at {at} hold different things"),
    }
}

fn drawn(system: &System, pool: &Draws) -> String {
    let name = &system.stations[pool.station].name;
    let who = match pool.threads {
        Some(threads) => format!("{threads} requests at once"),
        None => "any number of requests".to_string(),
    };
    let each = pool.each.map_or("several units".to_string(), |each| format!("up to {each} units"));
    let enough = match pool.enough {
        Some(enough) => format!("with {enough} or more they cannot wait for each other for ever"),
        None => "no number is enough that they cannot wait for each other for ever".to_string(),
    };
    format!("`{name}`: {who} draw {each} each, one after the other; {enough}, and it has {}", pool.capacity)
}

fn told(system: &System, circle: &Circle) -> String {
    let edge = |edge: &ownership::Edge| {
        let place = |ask: usize| &system.program.places[ask].name;
        format!(
            "`{}` holds {} ({}) and waits for {} ({})",
            system.flows[edge.flow].name,
            station(system, edge.held),
            place(edge.held),
            station(system, edge.asked),
            place(edge.asked)
        )
    };
    let edges: Vec<String> = circle.edges.iter().map(edge).collect();
    let between = if circle.edges.len() == 1 { ", with a writer who waits in between" } else { "" };
    format!("with {} requests at once {}{between}", circle.least, edges.join("; "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::file::Source;
    use models::system::Instruction;
    use std::path::Path;

    fn load(components: &str, flows: &[&str]) -> Result<Study, String> {
        let flow = |(i, steps): (usize, &&str)| {
            format!(r#""f{i}": Flow(arrivals: Closed(users: 4, think: "1 s"), steps: [{steps}])"#)
        };
        let flows: Vec<String> = flows.iter().enumerate().map(flow).collect();
        let text = format!(
            r#"Experiment(system: System(components: {{ {components}, "cpu": Processor() }}, flows: {{ {} }}), run: Run(horizon: "9 s"))"#,
            flows.join(", ")
        );
        Study::from_source(Path::new("holds.ron"), Source::new("holds.ron", text), &[], false).map_err(|bad| bad.text)
    }

    fn found(components: &str, flows: &[&str]) -> Holds {
        holds(&load(components, flows).unwrap_or_else(|text| panic!("{text}")))
    }

    const TWO: &str = r#""a": Lock(), "b": Lock()"#;
    const WORK: &str = r#"Compute("cpu", "1 ms")"#;

    fn lock(name: &str, body: &str) -> String {
        format!(r#"Lock("{name}", Exclusive, [{body}], label: "take {name}")"#)
    }

    #[test]
    fn what_each_flow_takes_is_told_with_what_it_holds() {
        let holds = found(TWO, &[&lock("a", &lock("b", WORK)), WORK]);
        assert_eq!(holds.flows, ["`f0` takes `a`, then `b` while it holds `a`; every way gives back once."]);
        assert!(holds.circles.is_empty() && holds.violations.is_empty() && holds.pools.is_empty(), "{holds:?}");
    }

    #[test]
    fn opposite_orders_are_a_circle_in_whatever_they_are_wrapped() {
        let (ab, ba) = (lock("a", &lock("b", WORK)), lock("b", &lock("a", WORK)));
        let circle = found(TWO, &[&ab, &ba]).circles;
        let told = "with 2 requests at once `f0` holds `a` (f0.take a) and waits for `b` (f0.take b); `f1` holds `b` \
                    (f1.take b) and waits for `a` (f1.take a)";
        assert_eq!(circle, [told.replace("take a)", "\"take a\")").replace("take b)", "\"take b\")")]);
        let inner = |wrapped: &str| lock("b", &wrapped.replace("BODY", &lock("a", WORK)));
        for wrapped in [
            "Fork([[BODY], []])",
            "Choose([(0.999, []), (0.001, [BODY])])",
            "Repeat(3, [BODY])",
            r#"Retry(times: 1, steps: [BODY])"#,
            r#"Route(start: "x", moves: {"x": [(1, Done)]}, steps: [Choose([(1, [BODY])], label: "x")])"#,
            "Balance([[Compute(\"cpu\", \"1 ms\"), BODY], [Compute(\"cpu\", \"1 ms\")]], by: RoundRobin)",
        ] {
            assert_eq!(found(TWO, &[&ab, &inner(wrapped)]).circles.len(), 1, "{wrapped}");
        }
        // What is started apart holds nothing, and what becomes another flow gives all back.
        for wrapped in
            ["Spawn([BODY])", r#"Become("f2")"#, r#"Timeout("1 s", [BODY])"#, "Fork([[BODY], []], join: Any)"]
        {
            let third = lock("a", WORK);
            assert!(found(TWO, &[&ab, &inner(wrapped), &third]).circles.is_empty(), "{wrapped}");
        }
    }

    #[test]
    fn longer_circles_are_found_and_kept_apart_by_a_gate() {
        let three = r#""a": Lock(), "b": Lock(), "c": Lock(), "gate": Semaphore(capacity: 1)"#;
        let ways = [lock("a", &lock("b", WORK)), lock("b", &lock("c", WORK)), lock("c", &lock("a", WORK))];
        let flows: Vec<&str> = ways.iter().map(String::as_str).collect();
        let circles = found(three, &flows).circles;
        assert!(circles.len() == 1 && circles[0].starts_with("with 3 requests"), "{circles:?}");
        let gated: Vec<String> = ways.iter().map(|way| format!(r#"Hold(pool: "gate", steps: [{way}])"#)).collect();
        let flows: Vec<&str> = gated.iter().map(String::as_str).collect();
        assert!(found(three, &flows).circles.is_empty());
        // A gate that is taken in between closes nothing, but is in circles itself.
        let late = [lock("a", &lock("g", &lock("b", WORK))), lock("b", &lock("g", &lock("a", WORK)))];
        let locks = r#""a": Lock(), "b": Lock(), "g": Lock()"#;
        assert!(!found(locks, &[&late[0], &late[1]]).circles.is_empty());
    }

    #[test]
    fn readers_close_a_circle_only_where_a_writer_may_stand_between_them() {
        let read = |name: &str, body: &str| format!(r#"Lock("{name}", Shared, [{body}])"#);
        let (ab, ba) = (read("a", &read("b", WORK)), read("b", &read("a", WORK)));
        let write = lock("a", WORK) + ", " + &lock("b", WORK);
        let locks = |kind: &str| format!(r#""a": Lock(kind: {kind}), "b": Lock(kind: {kind})"#);
        assert!(found(&locks("RwLock()"), &[&ab, &ba]).circles.is_empty());
        assert_eq!(found(&locks("RwLock()"), &[&ab, &ba, &write]).circles.len(), 1);
        assert!(found(&locks("RwLock(prefer: Readers)"), &[&ab, &ba, &write]).circles.is_empty());
        assert!(found(&locks("LockFree"), &[&ab, &ba, &write]).circles.is_empty());
        // Reading within reading waits for a writer who waits for oneself.
        let twice = read("a", &read("a", WORK));
        let circles = found(&locks("RwLock()"), &[&twice, &write, WORK]).circles;
        assert!(circles.len() == 1 && circles[0].contains("a writer who waits in between"), "{circles:?}");
    }

    #[test]
    fn semaphores_lock_up_only_with_as_many_requests_as_use_them_up() {
        let hold = |name: &str, body: &str| format!(r#"Hold(pool: "{name}", steps: [{body}])"#);
        let (ab, ba) = (hold("a", &hold("b", WORK)), hold("b", &hold("a", WORK)));
        let pools = |n: u32| format!(r#""a": Semaphore(capacity: {n}), "b": Semaphore(capacity: {n})"#);
        // Two times four users.
        assert!(found(&pools(4), &[&ab, &ba]).circles[0].starts_with("with 8 requests"));
        assert!(found(&pools(5), &[&ab, &ba]).circles.is_empty());
    }

    #[test]
    fn who_takes_what_it_holds_already_is_told_at_once() {
        let wrong = |components: &str, steps: &str| load(components, &[steps]).err().unwrap_or_default();
        let twice = lock("a", &lock("a", WORK));
        let renamed = twice.replacen("take a", "again", 1);
        let text = wrong(TWO, &renamed);
        assert!(text.contains("holds `a` already") && text.contains("wait for itself for ever"), "{text}");
        let upgrade = r#"Lock("a", Shared, [Lock("a", Exclusive, [])])"#;
        assert!(wrong(r#""a": Lock(kind: RwLock()), "b": Lock()"#, upgrade).contains("for ever"));
        let changed = r#"Lock("a", Exclusive, [Lock("a", Exclusive, [])])"#;
        assert!(wrong(r#""a": Lock(kind: LockFree)"#, changed).contains("never succeed"));
        let units = r#"Hold(pool: "a", n: 2, steps: [Hold(pool: "a", n: 2, steps: [])])"#;
        assert!(wrong(r#""a": Semaphore(capacity: 3)"#, units).contains("2 of 3 units"));
        let timed = lock("a", &format!(r#"Timeout("1 s", [{}], otherwise: [])"#, r#"Lock("a", Exclusive, [])"#));
        let study = load(TWO, &[&timed]).unwrap();
        assert!(study.warnings.iter().any(|warning| warning.message.contains("for ever")), "{:?}", study.warnings);
    }

    #[test]
    fn a_program_that_gives_back_wrongly_is_found_out() {
        let steps = lock("a", r#"Choose([(0.5, [Compute("cpu", "1 ms")]), (0.5, [])])"#) + ", " + &lock("b", WORK);
        let broken = |change: &dyn Fn(&mut Vec<Instruction>)| {
            let mut study = load(TWO, &[&steps]).unwrap();
            change(&mut study.lowered.system.program.code);
            holds(&study).violations
        };
        assert!(broken(&|_| {}).is_empty());
        let place = |code: &[Instruction], what: Instruction| code.iter().position(|i| *i == what).unwrap();
        let kept = broken(&|code| {
            let at = place(code, Instruction::Release);
            code[at] = Instruction::Jump(at as u32 + 1);
        });
        assert!(!kept.is_empty(), "a release is left out");
        let twice = broken(&|code| {
            let at = code.iter().position(|i| matches!(i, Instruction::Visit(_))).unwrap();
            code[at] = Instruction::Release;
        });
        assert!(!twice.is_empty(), "one way gives back twice");
        let skipped = broken(&|code| {
            let release = place(code, Instruction::Release) as u32;
            let at = place(code, Instruction::Jump(release));
            code[at] = Instruction::Jump(release + 1);
        });
        assert!(!skipped.is_empty(), "one way goes around the end of the block");
    }
}
