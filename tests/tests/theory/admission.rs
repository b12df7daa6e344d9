//! Admission: cores, memory, bandwidth and storage, all or nothing.

use tests::{Case, case};

/// Blocking of each class where classes with offered loads share what there is, which takes all of their needs or none:
/// by the product form over all states that fit (Kaufman 1981).
fn blocking(capacity: &[f64], classes: &[(f64, &[f64])]) -> Vec<f64> {
    let fits = |n: &[u32], more: Option<usize>| {
        capacity.iter().enumerate().all(|(k, most)| {
            let used: f64 = classes.iter().zip(n).map(|((_, needs), n)| needs[k] * f64::from(*n)).sum();
            used + more.map_or(0.0, |class| classes[class].1[k]) <= most + 1e-9
        })
    };
    let (mut total, mut blocked) = (0.0, vec![0.0; classes.len()]);
    let mut states: Vec<(Vec<u32>, f64)> = vec![(Vec::new(), 1.0)];
    for (load, _) in classes {
        let mut next = Vec::new();
        for (n, weight) in states {
            let mut weight = weight;
            for k in 0..60_u32 {
                weight *= if k == 0 { 1.0 } else { load / f64::from(k) };
                let mut n = n.clone();
                n.push(k);
                next.push((n, weight));
            }
        }
        states = next;
    }
    for (n, weight) in states.iter().filter(|(n, _)| fits(n, None)) {
        total += weight;
        for (class, sum) in blocked.iter_mut().enumerate() {
            *sum += if fits(n, Some(class)) { 0.0 } else { *weight };
        }
    }
    blocked.iter().map(|sum| sum / total).collect()
}

#[test]
fn the_product_form_agrees_with_erlang_and_with_kaufman_and_roberts() {
    // Erlang B .121661 with ten servers and eight erlangs.
    assert!((blocking(&[10.0], &[(8.0, &[1.0])])[0] - 0.121661).abs() < 1e-6);
    // q(j) = sum of a_k b_k q(j - b_k) / j.
    let (mut q, classes) = (vec![1.0], [(4.0, 1), (1.0, 3)]);
    for j in 1..=10_usize {
        let sum: f64 = classes.iter().filter(|(_, b)| *b <= j).map(|(a, b)| a * *b as f64 * q[j - b]).sum();
        q.push(sum / j as f64);
    }
    let total: f64 = q.iter().sum();
    let known = [q[10] / total, (q[8] + q[9] + q[10]) / total];
    let found = blocking(&[10.0], &[(4.0, &[1.0]), (1.0, &[3.0])]);
    known.iter().zip(&found).for_each(|(known, found)| assert!((known - found).abs() < 1e-9, "{known} {found}"));
}

#[test]
fn with_one_resource_it_is_a_multi_rate_loss_system() {
    let run = case("admission").run();
    let exact = blocking(&[10.0], &[(4.0, &[1.0]), (1.0, &[3.0])]);
    run.holds("small.refused", exact[0], 0.003).holds("large.refused", exact[1], 0.006);
    run.holds("node.refused", 4.0 * exact[0] + exact[1], 0.02);
    let carried = 4.0 * (1.0 - exact[0]) + 3.0 * (1.0 - exact[1]);
    run.holds("node.utilisation", carried / 10.0, 0.005).holds("node.cores_held", carried / 10.0, 0.005);
    // Insensitive to the distribution of what is held.
    let run = case("admission").set("large.stay.time", "\"1 s\"").run();
    run.holds("small.refused", exact[0], 0.003).holds("large.refused", exact[1], 0.006);
}

#[test]
fn with_several_resources_all_are_given_or_none() {
    // Cores bind the one class, memory the other.
    let run = case("admission")
        .set(
            "node",
            "Admission(cores: 6, memory: \"4 GB\", bandwidth: \"50 Mbit/s\", storage: \"10 GB\", short: Refuse)",
        )
        .set("small.admit.cores", 2)
        .set("small.admit.memory", "\"0.25 GB\"")
        .set("large.admit.cores", 1)
        .set("large.admit.memory", "\"1 GB\"")
        .set("large.admit.bandwidth", "\"20 Mbit/s\"")
        .set("large.admit.storage", "\"1 GB\"")
        .set("small.arrivals", "Poisson(\"2 /s\")")
        .run();
    let classes: [(f64, &[f64]); 2] = [(2.0, &[2.0, 0.25, 0.0, 0.0]), (1.0, &[1.0, 1.0, 20.0, 1.0])];
    let exact = blocking(&[6.0, 4.0, 50.0, 10.0], &classes);
    run.holds("small.refused", exact[0], 0.008).holds("large.refused", exact[1], 0.008);
    let carried = [2.0 * (1.0 - exact[0]), 1.0 - exact[1]];
    run.holds("node.cores_held", (2.0 * carried[0] + carried[1]) / 6.0, 0.008);
    run.holds("node.memory_held", (0.25 * carried[0] + carried[1]) / 4.0, 0.008);
    run.holds("node.bandwidth_held", 20.0 * carried[1] / 50.0, 0.008);
    run.holds("node.storage_held", carried[1] / 10.0, 0.006);
}

#[test]
fn where_requests_wait_it_is_an_m_m_c_queue_for_one_core_each() {
    // Erlang C: mean wait .204590.
    let run = case("admission")
        .set("node.short", "Queue")
        .set("small.arrivals", "Poisson(\"8 /s\")")
        .set("large.arrivals", "Poisson(\"0.000001 /s\")")
        .run();
    run.holds("node.queue", 8.0 * 0.204590, 0.2).holds("small.latency.mean", 1.204590, 0.03);
}

/// load takes all four cores until 10 s; others ask from 1 s on, for all of them for 1 s each.
fn line(node: &str) -> Case {
    let flow = |at: &str, more: &str, needs: &str| {
        format!(
            "Flow(arrivals: At([\"{at} s\"]), {more} steps: [Admit(pool: \"pool\", {needs}, steps: [Delay(\"1 s\", label: \"work\")], label: \"admit\")])"
        )
    };
    case("mechanisms")
        .set("pool", format!("Admission(cores: 4, memory: \"10 GB\"{node})"))
        .set("load", flow("0", "", "cores: 4").replace("\"1 s\"", "\"10 s\""))
        .set("jobs", flow("1", "", "cores: 4, memory: \"1 MB\""))
}

fn more(case: Case, more: &str, needs: &str) -> Case {
    // The flow `load` is followed by another request, which differs.
    case.set(
        "system.flows",
        format!(
            "{{ \"load\": Flow(arrivals: At([\"0 s\"]), steps: [Admit(pool: \"pool\", cores: 4, steps: [Delay(\"10 s\")])]), \
             \"jobs\": Flow(arrivals: At([\"1 s\"]), steps: [Admit(pool: \"pool\", cores: 4, memory: \"1 MB\", steps: [Delay(\"1 s\")])]), \
             \"more\": Flow(arrivals: At([\"2 s\"]), {more} steps: [Admit(pool: \"pool\", {needs}, steps: [Delay(\"1 s\")])]) }}"
        ),
    )
}

#[test]
fn the_highest_priority_is_next() {
    // jobs has 10 + .4 + .01 and came first.
    for (flow, needs, first) in [
        ("", "cores: 4, memory: \"1 MB\"", false),
        // More memory.
        ("", "cores: 4, memory: \"2 MB\"", true),
        ("priority: Low,", "cores: 4, memory: \"500 MB\"", false),
        ("priority: Low,", "cores: 4, memory: \"2 GB\"", true),
        ("priority: High,", "cores: 1", true),
        ("priority: Critical,", "cores: 1", true),
        // A deadline that lies far ahead adds a little.
        ("deadline: \"1000 s\",", "cores: 4, memory: \"1 MB\"", true),
        ("deadline: \"1000 s\",", "cores: 3, memory: \"1 MB\"", false),
        // Due 12 s after 2 s: 1/4 at 10 s, as much as 2.5 cores; by then, not at the time of arrival (1/12).
        ("deadline: \"12 s\",", "cores: 2, memory: \"1 MB\"", true),
        ("deadline: \"14 s\",", "cores: 2, memory: \"1 MB\"", false),
        // A deadline that has passed is no reason to wait: Low and late beats Normal.
        ("deadline: \"2 s\", priority: Low,", "cores: 1", true),
    ] {
        let run = more(case("mechanisms").set("pool", "Admission(cores: 4, memory: \"10 GB\")"), flow, needs).run();
        println!("{flow} {needs}");
        let (jobs, more) = if first { (11.0, 9.0) } else { (10.0, 10.0) };
        run.is("jobs.latency.max", jobs).is("more.latency.max", more);
    }
}

#[test]
fn the_first_in_line_is_not_passed_unless_backfilling_is_wanted() {
    let run = |backfill: bool| {
        let pool = format!("Admission(cores: 4, memory: \"10 GB\", backfill: {backfill})");
        more(case("mechanisms").set("pool", pool), "", "cores: 1").set("load.steps[0].cores", 3).run()
    };
    run(false).is("more.latency.max", 10.0).is("jobs.latency.max", 10.0);
    run(true).is("more.latency.max", 1.0).is("jobs.latency.max", 10.0);
}

#[test]
fn a_line_has_its_limit_and_those_who_wait_can_leave() {
    line(", queue: 0").run().is("jobs.refused", 1.0).is("pool.refused", 1.0 / 1000.0);
    line("").run().is("jobs.latency.max", 10.0).is("pool.queue", 9.0 / 1000.0);
    line("").set("jobs.admit.patience", "\"3 s\"").run().is("jobs.reneged", 1.0).is("pool.queue", 3.0 / 1000.0);
    // What a timeout breaks off is given back: jobs goes on at 5.
    let steps = "[Timeout(\"5 s\", [Admit(pool: \"pool\", cores: 4, steps: [Delay(\"10 s\")])], otherwise: [])]";
    let run = line("").set("load.steps", steps).run();
    run.is("jobs.latency.max", 5.0).is("pool.aborted", 1.0 / 1000.0).is("pool.cores_held", (5.0 + 1.0) / 1000.0);
}

#[test]
fn what_is_wrong_with_an_admission_is_said() {
    let says = |case: Case, words: &[&str]| {
        let text = case.refused();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    says(case("admission").set("node", "Admission()"), &["something to give"]);
    says(case("admission").set("small.admit.memory", "\"1 MB\""), &["no memory to give"]);
    says(case("admission").set("node.queue", 3), &["nobody waits"]);
    says(case("admission").set("node.cores", 1.5), &["not possible"]);
    says(case("admission").set("small.admit.pool", "\"nodes\""), &["nodes", "node"]);
    says(case("admission").set("small.steps", "[Admit(pool: \"node\", steps: [])]"), &["must need something"]);
    case("admission").set("large.admit.cores", 11).run().is("large.refused", 1.0);
}
